// SPDX-License-Identifier: GPL-3.0-or-later
// bench step, decode and update.
#include "bench_engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/model_file.h"
#include "engine/parameters.h"
#include "record/error.h"
#include "record/paths.h"
#include "record/random.h"
#include "training/advantages.h"
#include "training/objective.h"

namespace foothold::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

std::vector<Token> random_tokens(Random& random, std::int64_t count, int vocabulary) {
    std::vector<Token> tokens;
    for (std::int64_t t = 0; t < count; ++t)
        tokens.push_back(static_cast<Token>(random.below(static_cast<std::uint64_t>(vocabulary))));
    return tokens;
}

std::vector<GenerateRequest> requests_of(const StepWork& w, int vocabulary) {
    std::vector<GenerateRequest> requests;
    Random random(random_key({1}));
    for (std::int64_t i = 0; i < w.problems; ++i)
        requests.push_back({random_tokens(random, w.prompt_tokens, vocabulary), static_cast<int>(w.attempts),
                            static_cast<int>(w.new_tokens), random_key({1, static_cast<std::uint64_t>(i)})});
    return requests;
}

/// A model of this shape with weights of about the size that initial_state() draws: one block of random numbers over and
/// over, because half a billion drawn one by one take longer than what is measured.
EngineState repeated_state(const ModelConfig& config) {
    check_config(config);
    std::vector<float> block(65521);  // Prime, so that no two lines of a matrix are the same.
    Random random(random_key({3}));
    for (float& value : block) value = static_cast<float>(random.normal());
    EngineState state;
    state.config = config;
    for (const auto& [name, shape] : parameter_shapes(config)) {
        std::size_t count = 1;
        for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
        EngineState::Tensor tensor{shape, {}};
        if (shape.size() == 2) {
            const float std = name.ends_with("embed_tokens.weight") ? 0.1f : 1 / std::sqrt(static_cast<float>(shape[1]));
            std::vector<float> scaled(block);
            for (float& value : scaled) value *= std;
            for (tensor.data.reserve(count); tensor.data.size() < count;)
                tensor.data.insert(tensor.data.end(), scaled.data(), scaled.data() + std::min(scaled.size(), count - tensor.data.size()));
        } else {
            tensor.data.assign(count, name.ends_with("bias") ? 0.0f : 1.0f);
        }
        state.tensors.emplace(name, std::move(tensor));
    }
    return state;
}

/// Each attempt as it is trained, with the tokens that were sampled, or random ones where nothing was.
std::vector<ScoredSequence> rows_of(const std::vector<GenerateRequest>& requests,
                                    const std::vector<std::vector<Completion>>& completions, int vocabulary) {
    std::vector<ScoredSequence> rows;
    Random random(random_key({2}));
    for (std::size_t i = 0; i < requests.size(); ++i)
        for (std::size_t a = 0; a < static_cast<std::size_t>(requests[i].attempts); ++a) {
            ScoredSequence row{requests[i].context, requests[i].context.size()};
            const auto tokens = completions.empty() ? random_tokens(random, requests[i].max_new_tokens, vocabulary)
                                                    : completions[i][a].tokens;
            row.tokens.insert(row.tokens.end(), tokens.begin(), tokens.end());
            rows.push_back(std::move(row));
        }
    return rows;
}

/// The roof of what the engine runs on, and the bytes of a number while it samples there. A GPU is measured by the CUDA
/// module; without it there is no roof, and zeros are given.
std::pair<Roof, double> roof_of(const Engine& engine, int threads, bool bf16) {
    if (engine.device_name().starts_with("CPU")) return {measure_roof(threads), 4};
    const Number number = bf16 ? Number::bf16 : Number::f32;
    try {
        return {measure_roof(*open_cuda_ops(number)), static_cast<double>(bytes_of(number))};
    } catch (const UserError&) {
        return {{}, 4};
    }
}

}  // namespace

nlohmann::ordered_json bench_engine(const std::string& what, const EngineBench& bench) {
    const auto begun = Clock::now();
    const auto engine = open_engine(bench.options);
    engine->load(bench.model.empty() ? repeated_state(bench.shape) : open_model(find_file(bench.model)).state);
    const ModelConfig& config = engine->config();
    const StepWork& w = bench.work;
    const bool decode = what != "update", update = what != "decode";

    const auto requests = requests_of(w, config.vocab_size);
    std::vector<double> rewards;
    for (std::int64_t i = 0; i < w.problems * w.attempts; ++i) rewards.push_back(static_cast<double>(i % 2));
    const auto advantages = group_advantages(rewards, static_cast<std::size_t>(w.attempts), RewardScale::Group);
    const StepTotals totals{rewards.size(), static_cast<double>(w.problems * w.attempts * w.new_tokens)};
    const ObjectiveSettings objective;
    const LogprobGradient gradient = [&](std::size_t row, std::span<const float> logprobs, std::span<float> slopes) {
        const std::vector<std::uint8_t> mask(logprobs.size(), 1);
        objective_row<float>(logprobs, {}, {}, mask, advantages[row], 1, objective, totals, slopes);
    };

    const int warm_up = bench.model.empty() ? 2 : 1;
    std::vector<double> times, generating;
    double setup = 0;
    for (int step = 0; step < bench.steps + warm_up; ++step) {
        if (step == warm_up) setup = seconds_since(begun);
        const auto start = Clock::now();
        constexpr Token no_end = -1;
        std::vector<std::vector<Completion>> completions;
        if (decode) completions = engine->generate(requests, DecodingRules{}, no_end, {}, [](std::int64_t) {});
        const double generated = seconds_since(start);
        if (update) engine->update(rows_of(requests, completions, config.vocab_size), gradient, OptimizerSettings{}, {});
        if (step < warm_up) continue;
        times.push_back(seconds_since(start));
        generating.push_back(generated);
    }
    const double seconds = median(times), tokens = totals.tokens;
    const auto [roof, number_bytes] = roof_of(*engine, bench.options.threads, bench.options.bf16);
    const double floor = (decode ? decode_floor(config, w, roof, number_bytes) : 0) + (update ? update_floor(config, w, roof) : 0);
    nlohmann::ordered_json line{{"name", what}, {"seconds", seconds}, {"tokens_per_second", tokens / seconds}};
    if (roof.bandwidth > 0) line.update({{"roof_tokens_per_second", tokens / floor}, {"ratio_to_roof", floor / seconds}});
    line["completion_tokens"] = static_cast<std::int64_t>(tokens);
    line["flops"] = forward_work(config, w) * ((decode ? 1 : 0) + (update ? 3 : 0));
    if (update) line["trained_tokens"] = line["completion_tokens"];
    if (decode && update) line["generate_seconds"] = median(generating);
    line.update({{"setup_seconds", setup},
                 {"parameters", config.parameters()},
                 {"threads", bench.options.threads},
                 {"device", engine->device_name()},
                 {"memory_bytes", engine->memory().total()},
                 {"roof_flops", roof.flops},
                 {"roof_bandwidth", roof.bandwidth}});
    return line;
}

}  // namespace foothold::cli
