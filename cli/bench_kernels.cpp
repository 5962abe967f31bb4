// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_kernels.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>

#include "engine/cuda/array.h"
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
        auto* const floats = reinterpret_cast<float*>(x.data());
        const auto* const turns = reinterpret_cast<const float*>(angles.data());
        const Pages cache{keys.data(), values.data()};
        const double n = rows_, b = static_cast<double>(bytes_of(ops_.number()));

        time("embed", n * hidden * (b + 4), [&] { ops_.embed(rows, weights.data(), hidden, floats); });
        time("add_rms_norm", n * hidden * (8 + 2 * b), [&] { ops_.add_rms_norm(rows_, hidden, floats, a.data(), weights.data(), 1e-6f, c.data()); });
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
        multiply("multiply o", inner, hidden, false);
        multiply("multiply gate_up", hidden, 2 * mlp, false);
        multiply("multiply down", mlp, hidden, false);
        multiply("multiply head", hidden, vocabulary, true);
        sample(rows, vocabulary, reinterpret_cast<const float*>(c.data()));
    }

private:
    void sample(const Rows& rows, int vocabulary, const float* logits) {
        SamplerRules data;
        data.top = std::min(5, vocabulary);
        data.end_token = -1;
        const auto n = static_cast<std::size_t>(rows_);
        Array<SamplerRules> rules(ops_, 1);
        rules.upload({&data, 1});
        Array<int> counts(ops_, n), limits(ops_, n), since(ops_, n), positions(ops_, n);
        limits.upload(std::vector<int>(n, 1 << 30));
        Array<Token> tokens(ops_, n);
        Array<std::uint64_t> keys(ops_, n);
        Array<TokenRecord> records(ops_, n);
        Array<float> recent(ops_, 1);
        Array<std::uint8_t> marks(ops_, static_cast<std::size_t>(vocabulary));
        time("sample", 4.0 * rows.count * vocabulary, [&] {
            ops_.sample(rows.count, vocabulary, logits,
                        {tokens.data(), positions.data(), counts.data(), limits.data(), since.data(), keys.data(), records.data(), 1, recent.data(), 0,
                         marks.data(), tokens.data(), rules.data()});
        });
    }

    template <class Work>
    void time(const char* name, double bytes, Work work) {
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
            best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count() / repeats_);
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
