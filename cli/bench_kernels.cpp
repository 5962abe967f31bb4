// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_kernels.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>

#include "engine/cuda/forward.h"
#include "engine/cuda/reference.h"
#include "engine/parameters.h"

namespace foothold::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// The buffers of one layer's kernels, zeros but for where tokens are.
class Kernels {
public:
    Kernels(DecodeOps& ops, const EngineBench& bench)
        : ops_(ops),
          config_(bench.shape),
          rows_(static_cast<int>(bench.work.problems * bench.work.attempts)),
          context_(static_cast<int>(bench.work.prompt_tokens + bench.work.new_tokens / 2)),
          repeats_(dynamic_cast<ReferenceOps*>(&ops) ? 1 : 50),
          roof_(measure_roof(ops)) {}

    void operator()() {
        const Heads heads{config_.num_attention_heads, config_.num_key_value_heads, config_.head_size()};
        const int hidden = config_.hidden_size, mlp = config_.intermediate_size, vocabulary = config_.vocab_size,
                  inner = heads.heads * heads.size, width = pages_for(context_);
        const auto room = [&](std::int64_t a, std::int64_t b) { return Array<std::byte>(ops_, static_cast<std::size_t>(a * b) * sizeof(float)); };
        const auto ints = [&](const std::vector<int>& values) {
            Array<int> array(ops_, values.size());
            array.upload(values);
            return array;
        };
        const auto all = [&](int value) { return std::vector<int>(static_cast<std::size_t>(rows_), value); };
        std::vector<int> pages(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(width)), own(static_cast<std::size_t>(rows_));
        std::iota(pages.begin(), pages.end(), 0);
        std::iota(own.begin(), own.end(), 0);
        const Array<int> tokens = ints(all(0)), positions = ints(all(context_ - 1)), shared = ints(all(0)), table_of = ints(own), tables = ints(pages);
        const Rows rows{rows_, tokens.data(), positions.data(), shared.data(), table_of.data(), tables.data(), width};
        const int largest = std::max({vocabulary, 2 * mlp, heads.width(), hidden, inner});
        const auto a = room(rows_, largest), c = room(rows_, largest), x = room(rows_, hidden), weights = room(hidden, std::max({vocabulary, 2 * mlp, heads.width(), inner}));
        const auto keys = room(static_cast<std::int64_t>(pages.size()) * page_tokens, heads.kv_heads * heads.size), values = room(static_cast<std::int64_t>(pages.size()) * page_tokens, heads.kv_heads * heads.size),
                   angles = room(context_, heads.size);
        const Array<float> parts(ops_, static_cast<std::size_t>(delta_parts(config_)) * static_cast<std::size_t>(rows_) * static_cast<std::size_t>(hidden));
        auto* const floats = reinterpret_cast<float*>(x.data());
        const auto* const turns = reinterpret_cast<const float*>(angles.data());
        const Pages cache{keys.data(), values.data()};
        const double n = rows_, b = static_cast<double>(bytes_of(ops_.number()));

        time("embed", n * hidden * (b + 4), [&] { ops_.embed(rows, weights.data(), hidden, floats); });
        time("add_rms_norm", n * hidden * (12 + b), [&] { ops_.add_rms_norm(rows_, hidden, floats, parts.data(), 1, weights.data(), 1e-6f, c.data()); });
        time("rotate_append", n * heads.width() * 2 * b, [&] { ops_.rotate_append(rows, heads, {nullptr, nullptr, nullptr, 0, turns, turns}, a.data(), cache); });
        time("attend", n * (2.0 * context_ * heads.kv_heads * heads.size + 2 * inner) * b, [&] { ops_.attend(rows, heads, a.data(), cache, c.data()); });
        // The last tokens of one context, as they are read before anything is sampled.
        const int count = std::min(rows_, context_);
        std::vector<int> each(static_cast<std::size_t>(count)), same(each.size(), context_), first(each.size(), 0);
        std::iota(each.begin(), each.end(), context_ - count);
        const Array<int> at = ints(each), of_prompt = ints(same), table = ints(first);
        const Rows prompt{count, tokens.data(), at.data(), of_prompt.data(), table.data(), tables.data(), width, true};
        time("attend a prompt", (2.0 * context_ * heads.kv_heads * heads.size + 2.0 * count * inner) * b, [&] { ops_.attend(prompt, heads, a.data(), cache, c.data()); });
        time("silu_times", n * mlp * 3 * b, [&] { ops_.silu_times(rows_, mlp, a.data(), c.data()); });
        const auto multiply = [&](const char* name, int inputs, int outputs, bool to_float) {
            time(name, b * inputs * outputs + n * (inputs * b + outputs * (to_float ? 4 : b)), [&] { ops_.multiply(rows_, inputs, outputs, a.data(), weights.data(), c.data(), to_float); });
        };
        multiply("multiply qkv", hidden, heads.width(), false);
        const auto multiply_parts = [&](const char* name, int inputs, int outputs) {
            time(name, b * inputs * outputs + n * (inputs * b + outputs * product_parts(inputs, outputs) * 4), [&] { ops_.multiply_parts(rows_, inputs, outputs, a.data(), weights.data(), parts.data()); });
        };
        multiply_parts("multiply o", inner, hidden);
        multiply("multiply gate_up", hidden, 2 * mlp, false);
        multiply_parts("multiply down", mlp, hidden);
        multiply("multiply head", hidden, vocabulary, true);
        sample(rows, vocabulary, reinterpret_cast<const float*>(c.data()));
        if (decode_in_one_call(config_)) decode();
    }

private:
    /// What the sampler keeps of the rows; nobody comes to an end.
    struct Sampling {
        Sampling(DecodeOps& ops, std::size_t rows, int vocabulary)
            : rules(ops, 1), counts(ops, rows), limits(ops, rows), since(ops, rows), keys(ops, rows), records(ops, rows), recent(ops, 1), marks(ops, static_cast<std::size_t>(vocabulary)) {
            SamplerRules data;
            data.top = std::min(5, vocabulary);
            data.end_token = -1;
            rules.upload({&data, 1});
            limits.upload(std::vector<int>(rows, 1 << 30));
        }
        SamplerState state(const Array<Token>& tokens, const Array<int>& positions) const {
            return {tokens.data(), positions.data(), counts.data(), limits.data(), since.data(), keys.data(), records.data(), 1, recent.data(), 0,
                    marks.data(), tokens.data(), rules.data()};
        }
        Array<SamplerRules> rules;
        Array<int> counts, limits, since;
        Array<std::uint64_t> keys;
        Array<TokenRecord> records;
        Array<float> recent;
        Array<std::uint8_t> marks;
    };

    void sample(const Rows& rows, int vocabulary, const float* logits) {
        const auto n = static_cast<std::size_t>(rows_);
        const Sampling sampling(ops_, n, vocabulary);
        const Array<Token> tokens(ops_, n);
        const Array<int> positions(ops_, n);
        time("sample", 4.0 * rows.count * vocabulary, [&] { ops_.sample(rows.count, vocabulary, logits, sampling.state(tokens, positions)); });
    }

    /// A whole step of a small model, of eight in one call that each time begin where the rows were.
    void decode() {
        constexpr int steps = 8;
        const auto n = static_cast<std::size_t>(rows_);
        const int size = config_.head_size(), width = pages_for(context_ + steps), layers = config_.num_hidden_layers;
        const auto room = [&](std::int64_t count) { return Array<std::byte>(ops_, static_cast<std::size_t>(count) * bytes_of(ops_.number())); };
        const auto ints = [&](int count, auto value) {
            std::vector<int> values;
            for (int i = 0; i < count; ++i) values.push_back(value(i));
            Array<int> array(ops_, values.size());
            array.upload(values);
            return array;
        };
        const Array<int> start = ints(rows_, [&](int) { return context_ - 1; }), positions(ops_, n), tokens(ops_, n), shared(ops_, n),
                         table_of = ints(rows_, [](int row) { return row; }), tables = ints(rows_ * width, [](int page) { return page; });
        const Array<float> angles(ops_, static_cast<std::size_t>((context_ + steps) * size));
        const std::int64_t layer_numbers = static_cast<std::int64_t>(rows_) * width * page_tokens * config_.num_key_value_heads * size;
        const Array<std::byte> parameters = room(config_.parameters()), cache = room(2 * layers * layer_numbers);
        // Each matrix in a place of its own, as in a model.
        std::int64_t at = 0;
        const auto next = [&](std::int64_t count) { return parameters.data() + static_cast<std::size_t>(std::exchange(at, at + count)) * bytes_of(ops_.number()); };
        const std::int64_t hidden = config_.hidden_size, inner = config_.num_attention_heads * size, mlp = config_.intermediate_size;
        DecoderWeights weights;
        weights.embedding = weights.head = next(hidden * config_.vocab_size);
        weights.cos = weights.sin = angles.data();
        std::vector<Pages> pages;
        for (int layer = 0; layer < layers; ++layer) {
            const void *input_norm = next(hidden), *qkv = next((inner + 2 * config_.num_key_value_heads * size) * hidden), *o = next(inner * hidden),
                       *attention_norm = next(hidden), *gate_up = next(2 * mlp * hidden), *down = next(mlp * hidden);
            weights.layers.push_back({input_norm, qkv, nullptr, nullptr, nullptr, o, attention_norm, gate_up, down});
            const auto place = [&](int part) { return cache.data() + static_cast<std::size_t>(part * layer_numbers) * bytes_of(ops_.number()); };
            pages.push_back({place(2 * layer), place(2 * layer + 1)});
        }
        weights.norm = next(hidden);
        const Sampling sampling(ops_, n, config_.vocab_size);
        const Rows rows{rows_, tokens.data(), positions.data(), shared.data(), table_of.data(), tables.data(), width};
        const auto b = static_cast<double>(bytes_of(ops_.number()));
        const double keys = 2.0 * rows_ * context_ * config_.num_key_value_heads * size * layers;
        time("decode, a step", b * (static_cast<double>(config_.parameters()) + keys), [&] {
            ops_.copy(positions.data(), start.data(), start.bytes());
            ops_.decode(config_, weights, pages, rows, sampling.state(tokens, positions), steps);
        }, steps);
    }

    /// `parts`: what a call does so many times; seconds are of one.
    template <class Work>
    void time(const char* name, double bytes, Work work, int parts = 1) {
        work();
        const auto graph = ops_.capture([work, this] {
            for (int i = 0; i < repeats_; ++i) work();
        });
        double best = 1e9;
        for (int i = 0; i < 5; ++i) {
            ops_.synchronize();
            const auto start = Clock::now();
            graph->launch();
            ops_.synchronize();
            best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count() / (repeats_ * parts));
        }
        std::cout << nlohmann::ordered_json{{"name", "kernels"},
                                            {"kernel", name},
                                            {"numbers", ops_.number() == Number::f32 ? "f32" : "bf16"},
                                            {"rows", rows_},
                                            {"context", context_},
                                            {"seconds", best},
                                            {"bytes", bytes},
                                            {"bytes_per_second", bytes / best},
                                            {"ratio_to_copy", bytes / best / roof_.bandwidth},
                                            {"device", ops_.name()}}
                         .dump()
                  << std::endl;
    }

    DecodeOps& ops_;
    const ModelConfig config_;
    int rows_, context_, repeats_;
    Roof roof_;
};

}  // namespace

void bench_kernels(const EngineBench& bench) {
    check_config(bench.shape);
    if (bench.options.device == "cpu") {
        ReferenceOps plain;
        return Kernels(plain, bench)();
    }
    for (const Number number : {Number::f32, Number::bf16}) {
        const auto ops = open_cuda_ops(number);
        Kernels(*ops, bench)();
    }
}

}  // namespace foothold::cli
