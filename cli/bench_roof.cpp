// SPDX-License-Identifier: GPL-3.0-or-later
// The roofs of this machine.
#include "bench_roof.h"

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

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
    double best = 1e9;
    for (int i = 0; i < 3; ++i) best = std::min(best, on_all(threads, [&] { sink = vector ? fma_work(rounds) : plain_work(rounds); }));
    Roof roof;
    roof.flops = 2.0 * 96 * rounds * threads / best;
    std::vector<std::uint64_t> block(16u << 20, 1);  // 128 MiB a thread, larger than any cache here.
    best = 1e9;
    for (int i = 0; i < 3; ++i) best = std::min(best, on_all(threads, [&] {
        std::uint64_t sums[8] = {};
        for (std::size_t at = 0; at < block.size(); at += 8)
            for (int k = 0; k < 8; ++k) sums[k] += block[at + static_cast<std::size_t>(k)];
        sink = static_cast<double>(sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7]);
    }));
    roof.bandwidth = static_cast<double>(block.size() * 8) * threads / best;
    return roof;
}

double floor_seconds(const ModelConfig& m, const StepWork& w, const Roof& roof) {
    const double hidden = m.hidden_size, layers = m.num_hidden_layers;
    const double weights = static_cast<double>(m.parameters());
    // Attention: scores and weighted sum, two multiply-adds a pair of token and dimension.
    const auto attention = [&](double from, double to) { return layers * 4 * hidden * (to * to - from * from) / 2; };
    const double p = static_cast<double>(w.prompt_tokens), all = p + static_cast<double>(w.new_tokens);
    const double groups = static_cast<double>(w.problems), rows = groups * static_cast<double>(w.attempts);
    const double prefill = groups * (2 * weights * p + attention(0, p));
    const double decode = rows * (2 * weights * static_cast<double>(w.new_tokens) + attention(p, all));
    const double train = rows * 3 * (2 * weights * all + attention(0, all));
    const double cache = rows * layers * 2 * (hidden * m.num_key_value_heads / m.num_attention_heads) * 4 * (all * all - p * p) / 2;
    const double bytes = static_cast<double>(w.new_tokens) * weights * 4 + cache;
    return std::max((prefill + decode) / roof.flops, bytes / roof.bandwidth) + train / roof.flops;
}

}  // namespace foothold::cli
