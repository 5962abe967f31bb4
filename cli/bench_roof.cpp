// SPDX-License-Identifier: GPL-3.0-or-later
// The roofs of this machine.
#include "bench_roof.h"

#include <immintrin.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/cuda/array.h"
#include "engine/cuda/reference.h"
#include "engine/libtorch/large_pages.h"

namespace foothold::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Twelve independent chains of eight-wide multiply-adds: enough to hide their latency.
__attribute__((target("avx2,fma"))) double fma_work(std::int64_t rounds) {
    __m256 sums[12];
    for (int i = 0; i < 12; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
    const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
    for (std::int64_t r = 0; r < rounds; ++r)
#pragma GCC unroll 12
        for (int i = 0; i < 12; ++i) sums[i] = _mm256_fmadd_ps(sums[i], a, b);
    __m256 all = sums[0];
    for (int i = 1; i < 12; ++i) all = _mm256_add_ps(all, sums[i]);
    float out[8];
    _mm256_storeu_ps(out, all);
    return std::accumulate(out, out + 8, 0.0);
}

#pragma GCC push_options
#pragma GCC target("avx512f")
/// The same, sixteen wide.
double wide_fma_work(std::int64_t rounds) {
    __m512 sums[12];
    for (int i = 0; i < 12; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
    const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
    for (std::int64_t r = 0; r < rounds; ++r)
#pragma GCC unroll 12
        for (int i = 0; i < 12; ++i) sums[i] = _mm512_fmadd_ps(sums[i], a, b);
    __m512 all = sums[0];
    for (int i = 1; i < 12; ++i) all = _mm512_add_ps(all, sums[i]);
    float out[16];
    _mm512_storeu_ps(out, all);
    return std::accumulate(out, out + 16, 0.0);
}
#pragma GCC pop_options

double plain_work(std::int64_t rounds) {
    float sums[96];
    for (int i = 0; i < 96; ++i) sums[i] = static_cast<float>(i);
    for (std::int64_t r = 0; r < rounds; ++r)
        for (float& s : sums) s = s * 0.999f + 0.001f;
    return std::accumulate(sums, sums + 96, 0.0);
}

/// Runs `work` on every thread at once; seconds until the last is done.
template <class Work>
double on_all(int threads, Work work) {
    const auto start = Clock::now();
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i < threads; ++i) pool.emplace_back([&work] { work(); });
    }
    return seconds_since(start);
}

}  // namespace

Roof measure_roof(int threads) {
    const bool vector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    constexpr std::int64_t rounds = 8'000'000;
    volatile double sink = 0;
    Roof roof;
    const auto measure = [&](auto work, int lanes) {
        for (int i = 0; i < 3; ++i)
            roof.flops = std::max(roof.flops, 2.0 * 12 * lanes * rounds * threads / on_all(threads, [&] { sink = work(rounds); }));
    };
    const char* kernels = std::getenv("FOOTHOLD_KERNELS");  // Held to eight lanes, ours stands under the roof of eight.
    if (__builtin_cpu_supports("avx512f") && !(kernels && std::string_view(kernels) == "eight")) measure(wide_fma_work, 16);
    if (vector) measure(fma_work, 8);
    else measure(plain_work, 8);
    std::vector<std::uint64_t, LargePages<std::uint64_t>> block(16u << 20, 1);  // 128 MiB a thread, larger than any cache of its own.
    double best = 1e9;
    for (int i = 0; i < 3; ++i) best = std::min(best, on_all(threads, [&] {
        std::uint64_t sums[8] = {};
        for (std::size_t at = 0; at < block.size(); at += 8)
            for (int k = 0; k < 8; ++k) sums[k] += block[at + static_cast<std::size_t>(k)];
        sink = static_cast<double>(sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7]);
    }));
    roof.bandwidth = static_cast<double>(block.size() * 8) * threads / best;
    roof.cache = static_cast<double>(std::max(0L, sysconf(_SC_LEVEL2_CACHE_SIZE))) * threads;
    return roof;
}

Roof measure_roof(DecodeOps& ops) {
    const bool plain = dynamic_cast<ReferenceOps*>(&ops);
    const std::size_t bytes = plain ? std::size_t{32} << 20 : std::size_t{512} << 20;
    const int side = plain ? 64 : 4096;
    const Array<std::byte> from(ops, bytes), to(ops, bytes);
    const auto best_of = [&](auto work) {
        double best = 1e9;
        for (int i = 0; i < 5; ++i) {
            ops.synchronize();
            const auto start = Clock::now();
            for (int k = 0; k < 10; ++k) work();
            ops.synchronize();
            best = std::min(best, seconds_since(start) / 10);
        }
        return best;
    };
    Roof roof;
    roof.bandwidth = 2.0 * static_cast<double>(bytes) / best_of([&] { ops.copy(to.data(), from.data(), bytes); });
    const double product = best_of([&] { ops.multiply(side, side, side, from.data(), from.data(), to.data(), false); });
    roof.flops = 2.0 * side * side * side / product;
    return roof;
}

namespace {

double tokens_of(std::int64_t count) { return static_cast<double>(count); }

/// Numbers of the table that makes logits, and of all else that a token is multiplied by.
double in_head(const ModelConfig& m) { return static_cast<double>(m.hidden_size) * m.vocab_size; }
double in_layers(const ModelConfig& m) { return static_cast<double>(m.parameters()) - (m.tie_word_embeddings ? 1 : 2) * in_head(m); }

/// Attention from one length to another: scores and weighted sum, two multiply-adds a pair of token and dimension.
double attention(const ModelConfig& m, double from, double to) {
    return m.num_hidden_layers * 4.0 * m.num_attention_heads * m.head_size() * (to * to - from * from) / 2;
}

}  // namespace

double forward_work(const ModelConfig& m, const StepWork& w) {
    const double p = tokens_of(w.prompt_tokens), more = tokens_of(w.new_tokens - 1), attempts = tokens_of(w.attempts);
    return tokens_of(w.problems) * (2 * in_layers(m) * (p + attempts * more) + 2 * in_head(m) * (1 + attempts * more) +
                                    attention(m, 0, p) + attempts * attention(m, p, p + more));
}

double decode_bytes(const ModelConfig& m, const StepWork& w, double cache, double number_bytes) {
    const double weights = (in_layers(m) + in_head(m)) * number_bytes,
                 token = 2.0 * m.num_hidden_layers * m.num_key_value_heads * m.head_size() * number_bytes;
    const std::int64_t rows = w.problems * w.attempts;
    double least = std::numeric_limits<double>::infinity();
    for (const std::int64_t together : {std::int64_t{1}, w.attempts, rows}) {
        const double contexts = std::max(1.0, tokens_of(together) / tokens_of(w.attempts)) * tokens_of(w.prompt_tokens);
        double bytes = 0;
        for (std::int64_t t = 1; t < w.new_tokens; ++t)
            bytes += std::max(0.0, weights + token * (contexts + tokens_of(together * t)) - cache);
        least = std::min(least, bytes * tokens_of(rows) / tokens_of(together));
    }
    return least;
}

double decode_floor(const ModelConfig& m, const StepWork& w, const Roof& roof, double number_bytes) {
    return std::max(forward_work(m, w) / roof.flops, decode_bytes(m, w, roof.cache, number_bytes) / roof.bandwidth);
}

double update_floor(const ModelConfig& m, const StepWork& w, const Roof& roof) { return 3 * forward_work(m, w) / roof.flops; }

}  // namespace foothold::cli
