// SPDX-License-Identifier: GPL-3.0-or-later
// bench: our speed beside the roof of this machine, and what the window costs.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "bench_roof.h"
#include "bench_verify.h"
#include "bench_window.h"
#include "common.h"
#include "record/error.h"
#include "record/random.h"
#include "training/advantages.h"
#include "training/objective.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Flags {
    std::string name;
    int hidden = 96, layers = 3, heads = 4, mlp = 0, vocab = 23, steps = 8, threads = 2;
    StepWork work;
    std::string device = "auto", experiment = "experiments/claim-1.toml", run;
    std::int64_t stored_steps = 2000, stored_problems = 512;
};

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

/// A whole step without problems: every completion runs to its limit, rewards are 0,1,0,1,... so that every attempt is trained.
void bench_step(const Flags& flags) {
    EngineOptions options;
    options.device = flags.device;
    options.threads = flags.threads;
    const auto engine = open_engine(options);
    ModelConfig config;
    config.hidden_size = flags.hidden;
    config.num_hidden_layers = flags.layers;
    config.num_attention_heads = config.num_key_value_heads = flags.heads;
    config.intermediate_size = flags.mlp > 0 ? flags.mlp : 3 * flags.hidden;
    config.vocab_size = flags.vocab;
    engine->load(initial_state(config, 1));

    const StepWork& w = flags.work;
    std::vector<GenerateRequest> requests;
    Random random(random_key({1}));
    for (std::int64_t i = 0; i < w.problems; ++i) {
        std::vector<Token> prompt;
        for (std::int64_t t = 0; t < w.prompt_tokens; ++t) prompt.push_back(static_cast<Token>(random.below(static_cast<std::uint64_t>(flags.vocab))));
        requests.push_back({std::move(prompt), static_cast<int>(w.attempts), static_cast<int>(w.new_tokens), random_key({1, static_cast<std::uint64_t>(i)})});
    }
    std::vector<double> rewards;
    for (std::int64_t i = 0; i < w.problems * w.attempts; ++i) rewards.push_back(static_cast<double>(i % 2));
    const auto advantages = group_advantages(rewards, static_cast<std::size_t>(w.attempts), RewardScale::Group);
    const StepTotals totals{rewards.size(), static_cast<double>(w.problems * w.attempts * w.new_tokens)};
    const ObjectiveSettings objective;
    const OptimizerSettings optimizer;

    std::vector<double> times, generating;
    for (int step = 0; step < flags.steps + 2; ++step) {
        const auto start = Clock::now();
        constexpr Token no_end = -1;
        const auto completions = engine->generate(requests, DecodingRules{}, no_end, {}, [](std::int64_t) {});
        const auto middle = Clock::now();
        std::vector<ScoredSequence> rows;
        for (std::size_t i = 0; i < completions.size(); ++i)
            for (const Completion& c : completions[i]) {
                ScoredSequence s{requests[i].context, requests[i].context.size()};
                s.tokens.insert(s.tokens.end(), c.tokens.begin(), c.tokens.end());
                rows.push_back(std::move(s));
            }
        engine->update(
            rows,
            [&](std::size_t row, std::span<const float> logprobs, std::span<float> gradient) {
                const std::vector<std::uint8_t> mask(logprobs.size(), 1);
                objective_row<float>(logprobs, {}, {}, mask, advantages[row], 1, objective, totals, gradient);
            },
            optimizer, {});
        if (step < 2) continue;  // Warm-up.
        times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        generating.push_back(std::chrono::duration<double>(middle - start).count());
    }
    const double seconds = median(times), tokens = totals.tokens;
    const Roof roof = measure_roof(flags.threads);
    const double floor = floor_seconds(config, w, roof);
    std::cout << Json{{"name", "step"}, {"seconds", seconds}, {"tokens_per_second", tokens / seconds}, {"roof_tokens_per_second", tokens / floor},
                      {"ratio_to_roof", floor / seconds}, {"trained_tokens", static_cast<std::int64_t>(tokens)}, {"generate_seconds", median(generating)},
                      {"parameters", config.parameters()}, {"threads", flags.threads}, {"device", engine->device_name()},
                      {"roof_flops", roof.flops}, {"roof_bandwidth", roof.bandwidth}}
                     .dump()
              << std::endl;
}

void bench_of_window(const Flags& flags) { std::cout << bench_window(flags.experiment).dump() << std::endl; }
void bench_of_scrub(const Flags& flags) { std::cout << bench_scrub(flags.run, flags.stored_steps, flags.stored_problems).dump() << std::endl; }

void bench_of_verify(const Flags&) { std::cout << bench_verify().dump() << std::endl; }

struct Bench {
    const char *name, *meaning;
    void (*run)(const Flags&);
};

constexpr Bench benches[] = {
    {"step", "generate and update, every completion to its limit, every attempt trained", bench_step},
    {"verify", "maths answers judged a second on one core, and the time that hostile ones take", bench_of_verify},
    {"window", "an experiment in the window: seconds, the window thread's share, its longest block", bench_of_window},
    {"scrub", "a long stored run in the window: first paint, going to any step in Live and Inspect, memory", bench_of_scrub},
};

}  // namespace

void register_bench(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* bench = app.add_subcommand("bench", "Benchmarks; `bench list` names them");
    bench->add_option("name", flags->name, "Which")->required();
    bench->add_option("--hidden", flags->hidden, "Hidden size")->check(CLI::Range(8, 8192));
    bench->add_option("--layers", flags->layers, "Layers")->check(CLI::Range(1, 128));
    bench->add_option("--heads", flags->heads, "Attention heads")->check(CLI::Range(1, 128));
    bench->add_option("--mlp", flags->mlp, "MLP width (default 3 x hidden)");
    bench->add_option("--vocab", flags->vocab, "Vocabulary")->check(CLI::Range(2, 1000000));
    bench->add_option("--problems", flags->work.problems, "Problems a step")->check(CLI::Range(1, 100000));
    bench->add_option("--attempts", flags->work.attempts, "Attempts a problem")->check(CLI::Range(2, 1024));
    bench->add_option("--prompt-tokens", flags->work.prompt_tokens, "Tokens of a prompt")->check(CLI::Range(1, 100000));
    bench->add_option("--new-tokens", flags->work.new_tokens, "Tokens of a completion")->check(CLI::Range(1, 100000));
    bench->add_option("--steps", flags->steps, "Steps measured")->check(CLI::Range(1, 10000));
    bench->add_option("--threads", flags->threads, "Workers")->check(CLI::Range(1, 64));
    bench->add_option("--device", flags->device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
    bench->add_option("--experiment", flags->experiment, "Experiment for `bench window`");
    bench->add_option("--run", flags->run, "Run directory of `bench scrub`; made if it is not there, then kept");
    bench->add_option("--stored-steps", flags->stored_steps, "Steps of the run that `bench scrub` makes")->check(CLI::Range(1, 100000));
    bench->add_option("--stored-problems", flags->stored_problems, "Problems of each of them")->check(CLI::Range(4, 4096));
    bench->callback([flags, &exit_code] {
        exit_code = 0;
        for (const Bench& b : benches) {
            if (flags->name == "list") std::cout << Json{{"name", b.name}, {"meaning", b.meaning}}.dump() << '\n';
            else if (flags->name == b.name) return b.run(*flags);
        }
        if (flags->name != "list") throw UserError(fmt::format("bench {}: no such benchmark; `bench list` names them", flags->name));
    });
}

}  // namespace foothold::cli
