// SPDX-License-Identifier: GPL-3.0-or-later
// bench: our speed beside the roof of this machine, and what the window costs.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "bench_engine.h"
#include "bench_kernels.h"
#include "bench_peers.h"
#include "bench_verify.h"
#include "bench_window.h"
#include "record/error.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Flags {
    std::string name;
    int hidden = 96, layers = 3, heads = 4, kv_heads = 0, mlp = 0, vocab = 23, steps = 8, threads = 2, rounds = 3, microbatch = 4096;
    bool bf16 = false, recompute = false;
    StepWork work;
    std::string model, device = "auto", experiment = "experiments/claim-1.toml", run;
    std::int64_t stored_steps = 2000, stored_problems = 512;
};

EngineBench engine_bench(const Flags& flags) {
    EngineBench bench;
    bench.model = flags.model;
    bench.shape.hidden_size = flags.hidden;
    bench.shape.num_hidden_layers = flags.layers;
    bench.shape.num_attention_heads = flags.heads;
    bench.shape.num_key_value_heads = flags.kv_heads > 0 ? flags.kv_heads : flags.heads;
    bench.shape.max_position_embeddings = static_cast<int>(std::max<std::int64_t>(bench.shape.max_position_embeddings, flags.work.prompt_tokens + flags.work.new_tokens));
    bench.shape.intermediate_size = flags.mlp > 0 ? flags.mlp : 3 * flags.hidden;
    bench.shape.vocab_size = flags.vocab;
    bench.work = flags.work;
    bench.options.device = flags.device;
    bench.options.threads = flags.threads;
    bench.options.bf16 = flags.bf16;
    bench.options.recompute = flags.recompute;
    bench.options.tokens_per_microbatch = flags.microbatch;
    bench.steps = flags.steps;
    return bench;
}

void bench_of_engine(const Flags& flags) { std::cout << bench_engine(flags.name, engine_bench(flags)).dump() << std::endl; }
void bench_of_window(const Flags& flags) { std::cout << bench_window(flags.experiment).dump() << std::endl; }
void bench_of_scrub(const Flags& flags) { std::cout << bench_scrub(flags.run, flags.stored_steps, flags.stored_problems).dump() << std::endl; }
void bench_of_peers(const Flags& flags) { bench_peers(flags.model, flags.threads, flags.rounds); }
void bench_of_kernels(const Flags& flags) { bench_kernels(engine_bench(flags)); }
void bench_of_verify(const Flags&) { std::cout << bench_verify().dump() << std::endl; }

struct Bench {
    const char *name, *meaning;
    void (*run)(const Flags&);
};

constexpr Bench benches[] = {
    {"step", "generate and update, every completion to its limit, every attempt trained", bench_of_engine},
    {"decode", "generate alone", bench_of_engine},
    {"update", "forward, backward and the optimiser's step alone, of random completions", bench_of_engine},
    {"kernels", "each kernel of a decode step, on a GPU (--device cpu: the plain loops): bytes a second beside those of a copy", bench_of_kernels},
    {"peers", "step beside TRL, and with --model decode and update beside transformers, in a Python environment of their own", bench_of_peers},
    {"verify", "maths answers judged a second on one core, and the time that hostile ones take", bench_of_verify},
    {"window", "an experiment in the window: seconds, the window thread's share, its longest block", bench_of_window},
    {"scrub", "a long stored run in the window: first paint, going to any step in Live and Inspect, memory", bench_of_scrub},
};

}  // namespace

void register_bench(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* bench = app.add_subcommand("bench", "Benchmarks; `bench list` names them");
    bench->add_option("name", flags->name, "Which")->required();
    bench->add_option("--model", flags->model, "Model on disk for `bench step`, `decode`, `update` and `peers`, instead of a shape");
    bench->add_option("--hidden", flags->hidden, "Hidden size")->check(CLI::Range(8, 8192));
    bench->add_option("--layers", flags->layers, "Layers")->check(CLI::Range(1, 128));
    bench->add_option("--heads", flags->heads, "Attention heads")->check(CLI::Range(1, 128));
    bench->add_option("--kv-heads", flags->kv_heads, "Key/value heads (default: as many)")->check(CLI::Range(1, 128));
    bench->add_option("--mlp", flags->mlp, "MLP width (default 3 x hidden)");
    bench->add_option("--vocab", flags->vocab, "Vocabulary")->check(CLI::Range(2, 1000000));
    bench->add_option("--problems", flags->work.problems, "Problems a step")->check(CLI::Range(1, 100000));
    bench->add_option("--attempts", flags->work.attempts, "Attempts a problem")->check(CLI::Range(2, 1024));
    bench->add_option("--prompt-tokens", flags->work.prompt_tokens, "Tokens of a prompt")->check(CLI::Range(1, 100000));
    bench->add_option("--new-tokens", flags->work.new_tokens, "Tokens of a completion")->check(CLI::Range(1, 100000));
    bench->add_option("--steps", flags->steps, "Steps measured")->check(CLI::Range(1, 10000));
    bench->add_option("--threads", flags->threads, "Workers")->check(CLI::Range(1, 64));
    bench->add_option("--rounds", flags->rounds, "Turns of `bench peers`, ours and theirs one after the other")->check(CLI::Range(1, 100));
    bench->add_option("--microbatch", flags->microbatch, "Tokens that go forward and back together")->check(CLI::Range(1, 1000000));
    bench->add_flag("--recompute", flags->recompute, "Keep little of a layer for the way back (a GPU)");
    bench->add_flag("--bf16", flags->bf16, "Weights and what passes between layers in bf16 (a GPU)");
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
