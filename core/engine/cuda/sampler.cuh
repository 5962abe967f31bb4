// SPDX-License-Identifier: GPL-3.0-or-later
// The sampler: one block a row, which reads the logits once, and one warp's part of them once more to draw from it; all of
// them again only where they are changed before (temperature, penalty) or cut (top_p).
// The choice is the one of reference_sampler.cpp up to the rounding of sums. With top_p < 1 nothing is sorted: the chance
// at which the kept set ends, and the one that is drawn, are found digit by digit from sums of chances.
#pragma once
#include "engine/cuda/device.cuh"
#include "record/philox.h"

namespace foothold::device {
namespace {

constexpr int most_top = 5;
constexpr int most_warps = 32;
using Fixed = unsigned long long;  ///< Chances in units of 2^-38: their sums do not depend on the order.

constexpr int eight = 8;             ///< Logits that a lane has at a time, in two fours,
constexpr int stride = eight * warp;  ///< of so many of its warp.
constexpr float nothing = -1e38f;    ///< In the place of logits beyond the end: below all, and its chance is 0.

/// One row as the block sees it. A warp has the tokens [begin, end), all warps but the last the same multiple of `stride`.
struct View {
    const float* logits;
    const std::uint8_t* marks;
    float penalty;    ///< Subtracted from marked tokens when choosing; 0 = none now.
    float sharpness;  ///< 1 / temperature.
    float largest;    ///< Of the logits as they are chosen from.
    int vocabulary, part, begin, end, lane;

    __device__ float seen(int token) const {
        const float logit = logits[token];
        return penalty != 0 && marks[token] ? logit - penalty : logit;
    }
    __device__ float chance(int token) const { return expf((seen(token) - largest) * sharpness); }

    /// Which tokens a lane's eight from `from` on are, in order.
    __device__ int token(int from, int k) const { return from + 4 * lane + k % 4 + k / 4 * 4 * warp; }
    /// Their logits. With Four they lie so that four are read at a time.
    template <bool Four>
    __device__ void load(int from, float (&values)[eight]) const {
#pragma unroll
        for (int k = 0; k < eight; k += 4) {
            const int first = token(from, k);
            if (Four && first + 4 <= end) {
                const float4 four = *reinterpret_cast<const float4*>(logits + first);
                values[k] = four.x, values[k + 1] = four.y, values[k + 2] = four.z, values[k + 3] = four.w;
            } else {
#pragma unroll
                for (int i = 0; i < 4; ++i) values[k + i] = first + i < end ? logits[first + i] : nothing;
            }
        }
    }
    /// The logits as they are chosen from.
    __device__ void change(int from, float (&values)[eight]) const {
#pragma unroll
        for (int k = 0; k < eight; ++k) {
            const int which = token(from, k);
            if (which < end && marks[which]) values[k] -= penalty;
        }
    }
};

__device__ Fixed fixed(float chance) { return static_cast<Fixed>(__float2ull_rn(chance * 0x1p38f)); }

/// The largest of all lanes' sorted lists, for every lane; the lists are used up.
__device__ void warp_top(float (&best)[most_top], float (&top)[most_top]) {
    const int lane = static_cast<int>(threadIdx.x) % warp;
#pragma unroll
    for (int r = 0; r < most_top; ++r) {
        top[r] = warp_max(best[0]);
        const unsigned holders = __ballot_sync(all_lanes, best[0] == top[r]);
        if (lane == __ffs(static_cast<int>(holders)) - 1) {
#pragma unroll
            for (int k = 0; k + 1 < most_top; ++k) best[k] = best[k + 1];
            best[most_top - 1] = -INFINITY;
        }
    }
}

/// The larger, of equals the one that comes first.
__device__ void take_larger(float& value, int& token, float other, int other_token) {
    if (other > value || (other == value && other_token < token)) {
        value = other;
        token = other_token;
    }
}

__device__ void insert(float (&best)[most_top], float value) {
    if (!(value > best[most_top - 1])) return;
    best[most_top - 1] = value;
#pragma unroll
    for (int k = most_top - 1; k > 0; --k)
        if (best[k] > best[k - 1]) {
            const float swap = best[k];
            best[k] = best[k - 1];
            best[k - 1] = swap;
        }
}

/// A sum of exp(logit - reference) and of the same times (logit - reference). The reference is near the largest so far:
/// a lane seldom moves it.
struct Exponentials {
    float reference = -1e30f;
    double total = 0, weighted = 0;

    __device__ void move(float to) {
        if (total != 0) {  // Not the first time, then.
            const double down = static_cast<double>(reference) - static_cast<double>(to), share = exp(down);
            weighted = share * (weighted + total * down);
            total *= share;
        }
        reference = to;
    }
    __device__ void add(const float (&logits)[eight], float largest) {
        if (largest > reference + 16) move(largest);
        float sum = 0, product = 0;
#pragma unroll
        for (int k = 0; k < eight; ++k) {
            const float below = logits[k] - reference, chance = expf(below);
            sum += chance;
            product += chance * below;
        }
        total += static_cast<double>(sum);
        weighted += static_cast<double>(product);
    }
};

struct Summary {
    float top[most_top];     ///< The largest of the plain logits.
    float largest;           ///< Of those that are chosen from, and which it is.
    int token;
    double total, weighted;  ///< Over all, relative to top[0].
};

/// What one reading of the logits tells. `parts` is filled with the warps' shares of the total.
template <bool Four>
__device__ Summary summarise(const View& row, double* parts) {
    __shared__ float tops[most_warps][most_top], values[most_warps];
    __shared__ int tokens[most_warps], bound_bits;
    const int own = static_cast<int>(threadIdx.x) / warp, warps = static_cast<int>(blockDim.x) / warp;
    // What is smaller than five others of some warp is none of the largest five. Ordered as integers; starts below all.
    const auto ordered = [](int bits) { return bits < 0 ? bits ^ 0x7fffffff : bits; };
    if (threadIdx.x == 0) bound_bits = ordered(__float_as_int(-INFINITY));
    __syncthreads();

    Exponentials sums;
    float best[most_top], value = -INFINITY, next[eight];
#pragma unroll
    for (float& one : best) one = -INFINITY;
    int where = -1, turn = 0;  // Where `value` was seen.
    if (row.begin < row.end) row.load<Four>(row.begin, next);
    for (int from = row.begin; from < row.end; from += stride, ++turn) {
        float logits[eight];
#pragma unroll
        for (int k = 0; k < eight; ++k) logits[k] = next[k];
        if (from + stride < row.end) row.load<Four>(from + stride, next);  // On its way while these are worked on.
        const float bound = __int_as_float(ordered(*static_cast<volatile int*>(&bound_bits)));
        float largest = logits[0];
#pragma unroll
        for (int k = 1; k < eight; ++k) largest = fmaxf(largest, logits[k]);
        if (row.token(from, 0) < row.end) sums.add(logits, largest);
        if (largest > bound && largest > best[most_top - 1])
#pragma unroll
            for (int k = 0; k < eight; ++k)
                if (logits[k] > bound) insert(best, logits[k]);
        if (row.penalty != 0) {
            row.change(from, logits);
            largest = logits[0];
#pragma unroll
            for (int k = 1; k < eight; ++k) largest = fmaxf(largest, logits[k]);
        }
        if (largest > value) {
            value = largest;
            where = from;
        }
        if (turn == 0 || turn == 3) {
            float left[most_top], top[most_top];
#pragma unroll
            for (int k = 0; k < most_top; ++k) left[k] = best[k];
            warp_top(left, top);
            if (row.lane == 0) atomicMax(&bound_bits, ordered(__float_as_int(top[most_top - 1])));
        }
    }
    int token = row.begin < row.end ? row.begin : 0;  // Of the row, whatever the logits are.
    const float most = warp_max(value);
    if (where >= 0 && value == most) {
        token = row.token(where, 0);
        for (int k = eight - 1; k >= 0; --k) {
            const int which = row.token(where, k);
            if (which < row.end && row.seen(which) == value) token = which;
        }
    }
    for (int away = warp / 2; away > 0; away /= 2)
        take_larger(value, token, __shfl_xor_sync(all_lanes, value, away), __shfl_xor_sync(all_lanes, token, away));
    Summary found;
    warp_top(best, found.top);
    if (row.lane == 0) {
#pragma unroll
        for (int k = 0; k < most_top; ++k) tops[own][k] = found.top[k];
        values[own] = value;
        tokens[own] = token;
    }
    __syncthreads();
    // Every warp does this, so that nobody waits again.
#pragma unroll
    for (int k = 0; k < most_top; ++k) best[k] = row.lane < warps ? tops[row.lane][k] : -INFINITY;
    warp_top(best, found.top);
    found.largest = values[0];
    found.token = tokens[0];
    for (int w = 1; w < warps; ++w) take_larger(found.largest, found.token, values[w], tokens[w]);

    sums.move(found.top[0]);
    const double total = warp_sum(sums.total);
    if (row.lane == 0) parts[own] = total;
    found.weighted = block_sum(sums.weighted);
    found.total = 0;
    for (int w = 0; w < warps; ++w) found.total += parts[w];
    return found;
}

/// The warps' shares of the sum of all chances.
template <bool Four>
__device__ void sum_chances(const View& row, double* parts) {
    double sum = 0;
    for (int from = row.begin; from < row.end; from += stride) {
        float logits[eight], few = 0;
        row.load<Four>(from, logits);
        if (row.penalty != 0) row.change(from, logits);
#pragma unroll
        for (int k = 0; k < eight; ++k) few += expf((logits[k] - row.largest) * row.sharpness);
        sum += static_cast<double>(few);
    }
    sum = warp_sum(sum);
    __syncthreads();  // Whoever still reads the parts of another sum.
    if (row.lane == 0) parts[threadIdx.x / warp] = sum;
    __syncthreads();
}

/// In which warp's part a running sum of `parts` goes beyond `target`, and the sum before it; the last part that has
/// something where rounding lets none do so.
template <class Number>
__device__ int find_part(const Number* parts, int warps, Number target, Number& before) {
    int found = 0;
    Number sum = 0;
    for (int w = 0; w < warps; ++w) {
        if (!(parts[w] > 0)) continue;
        found = w;
        before = sum;
        sum += parts[w];
        if (sum > target) break;
    }
    return found;
}

/// The first token at which the sum of the chances goes beyond `target`, where the warps hold `parts` of it; the last that
/// has a chance where rounding lets none do so.
__device__ int inverse(const View& row, const double* parts, double target, int otherwise) {
    __shared__ double sums[most_warps];
    __shared__ int first, last;
    const int thread = static_cast<int>(threadIdx.x), own = thread / warp, warps = static_cast<int>(blockDim.x) / warp;
    double before = 0;
    const int found = find_part(parts, warps, target, before);
    // The whole block looks through this part, each thread at a few tokens that follow each other.
    const int begin = min(row.vocabulary, found * row.part), end = min(row.vocabulary, begin + row.part);
    const int each = (row.part + warps * warp - 1) / (warps * warp);
    const int from = min(end, begin + thread * each), to = min(end, from + each);
    double few = 0;
    for (int token = from; token < to; ++token) few += static_cast<double>(row.chance(token));
    double sum = few;  // Up to this lane.
    for (int away = 1; away < warp; away *= 2) {
        const double other = __shfl_up_sync(all_lanes, sum, away);
        if (row.lane >= away) sum += other;
    }
    if (row.lane == warp - 1) sums[own] = sum;
    if (thread == 0) {
        first = row.vocabulary;
        last = -1;
    }
    __syncthreads();
    for (int w = 0; w < own; ++w) before += sums[w];
    if (few > 0) {
        double so_far = before + sum - few;
        const bool beyond = before + sum > target;
        int mine = -1;
        for (int token = from; token < to; ++token) {
            const float chance = row.chance(token);
            if (!(chance > 0)) continue;
            mine = token;
            so_far += static_cast<double>(chance);
            if (beyond && so_far > target) break;
        }
        if (beyond) atomicMin(&first, mine);
        atomicMax(&last, mine);
    }
    __syncthreads();
    return first < row.vocabulary ? first : last >= 0 ? last : otherwise;
}

/// A chance's bits, and the sum of all larger chances.
struct Cut {
    unsigned bits;
    Fixed above;
};

/// The largest chance at which the sum of all that are as large reaches `target`, of those not below `least`; the
/// smallest of them where rounding lets none do so.
__device__ Cut find_cut(const View& row, float least, Fixed target) {
    __shared__ Fixed sums[256];
    __shared__ Cut cut;
    Cut now{0, 0};
    unsigned known = 0;  // Which bits of it are.
    for (int shift = 24; shift >= 0; shift -= 8) {
        __syncthreads();
        for (unsigned i = threadIdx.x; i < 256; i += blockDim.x) sums[i] = 0;
        __syncthreads();
        for (int i = row.begin + row.lane; i < row.end; i += warp) {
            const float chance = row.chance(i);
            const unsigned bits = __float_as_uint(chance);
            if (chance >= least && (bits & known) == now.bits) atomicAdd(&sums[bits >> shift & 255u], fixed(chance));
        }
        __syncthreads();
        if (threadIdx.x < warp) {
            // From the largest digit down, eight a lane.
            const int first = 255 - 8 * row.lane;
            Fixed own = 0;
            for (int k = 0; k < 8; ++k) own += sums[first - k];
            Fixed sum = own;
            for (int away = 1; away < warp; away *= 2) {
                const Fixed other = __shfl_up_sync(all_lanes, sum, away);
                if (row.lane >= away) sum += other;
            }
            const Fixed all = now.above + __shfl_sync(all_lanes, sum, warp - 1);
            if (target > all) target = all;
            const unsigned reached = __ballot_sync(all_lanes, now.above + sum >= target);
            if (row.lane == __ffs(static_cast<int>(reached)) - 1) {
                Fixed above = now.above + sum - own;
                int digit = first;
                for (; digit > first - 7 && above + sums[digit] < target; --digit) above += sums[digit];
                cut = {now.bits | static_cast<unsigned>(digit) << shift, above};
            }
        }
        __syncthreads();
        now = cut;
        known |= 255u << shift;
    }
    return now;
}

/// The token of this chance that has `number` others of it before it; the last where there are not so many.
__device__ int find_equal(const View& row, unsigned bits, Fixed number, int otherwise) {
    __shared__ Fixed counts[most_warps];
    __shared__ int result;
    const int own = static_cast<int>(threadIdx.x) / warp;
    unsigned count = 0;
    for (int i = row.begin + row.lane; i < row.end; i += warp) count += __float_as_uint(row.chance(i)) == bits;
    count = warp_sum(count);
    if (row.lane == 0) counts[own] = count;
    if (threadIdx.x == 0) result = otherwise;
    __syncthreads();
    Fixed before = 0, all = 0;
    for (unsigned w = 0; w < blockDim.x / warp; ++w) all += counts[w];
    if (number >= all) number = all > 0 ? all - 1 : 0;
    if (find_part(counts, static_cast<int>(blockDim.x) / warp, number, before) == own)
        for (int begin = row.begin; begin < row.end; begin += warp) {
            const int token = begin + row.lane;
            const bool equal = token < row.end && __float_as_uint(row.chance(token)) == bits;
            const unsigned holders = __ballot_sync(all_lanes, equal);
            const int earlier = __popc(holders & ((1u << row.lane) - 1));
            if (equal && before + static_cast<Fixed>(earlier) == number) result = token;
            before += static_cast<Fixed>(__popc(holders));
        }
    __syncthreads();
    return result;
}

/// A draw from the most likely tokens that together reach top_p, those of equal chance in the order of their numbers.
__device__ int draw_of_top(const View& row, int vocabulary, double total, double top_p, double uniform, int otherwise) {
    // All below this share together hold less than 1 - top_p: none of them is needed.
    const auto least = static_cast<float>(0.5 * (1 - top_p) * total / vocabulary);
    const auto wanted = static_cast<Fixed>(ceil(top_p * total * 0x1p38));
    const Cut cut = find_cut(row, least, wanted);
    const Fixed each = fixed(__uint_as_float(cut.bits));
    if (each == 0) return otherwise;
    const Fixed kept = wanted > cut.above ? (wanted - cut.above + each - 1) / each : 1;
    const Fixed reached = cut.above + kept * each;
    const auto target = static_cast<Fixed>(uniform * static_cast<double>(reached));
    const Cut drawn = find_cut(row, least, target + 1);
    const Fixed share = fixed(__uint_as_float(drawn.bits));
    if (share == 0) return otherwise;
    return find_equal(row, drawn.bits, target > drawn.above ? (target - drawn.above) / share : 0, otherwise);
}

/// One row [index] of the state, by a whole block; `logits` are the row's own, with Four in memory from which four can be
/// read at once.
template <bool Four>
__device__ inline void sample_row(int index, int vocabulary, const float* logits, const SamplerState& state) {
    __shared__ double parts[most_warps];
    const int position = state.positions[index];
    if (position < 0) return;  // The whole block.
    const SamplerRules rules = *state.rules;
    const int before = state.counts[index], thread = static_cast<int>(threadIdx.x), warps = static_cast<int>(blockDim.x) / warp;
    View row{};
    row.logits = logits;
    row.marks = state.marks;
    row.penalty = state.since[index] < rules.penalty_duration ? rules.penalty : 0;
    row.sharpness = rules.sharpness;
    row.vocabulary = vocabulary;
    row.part = ((vocabulary + warps - 1) / warps + stride - 1) / stride * stride;
    row.begin = min(vocabulary, thread / warp * row.part);
    row.end = min(vocabulary, row.begin + row.part);
    row.lane = thread % warp;

    const Summary found = summarise<Four>(row, parts);
    row.largest = found.largest;
    const float largest = found.top[0];
    int token = found.token;
    if (before < rules.forced) {
        token = state.forced_prefix[before];
    } else if (row.sharpness > 0) {
        if (row.penalty != 0 || row.sharpness != 1) sum_chances<Four>(row, parts);
        double sum = 0;
        for (int w = 0; w < warps; ++w) sum += parts[w];
        const double uniform = philox_uniform(state.keys[index], static_cast<std::uint64_t>(before));
        token = rules.top_p < 1 ? draw_of_top(row, vocabulary, sum, rules.top_p, uniform, found.token)
                                : inverse(row, parts, uniform * sum, found.token);
    }

    double top = 0;
#pragma unroll
    for (int k = 0; k < most_top; ++k) top += k < rules.top ? static_cast<double>(found.top[k]) : 0;
    const double log_total = log(found.total);
    const auto confidence = static_cast<float>(static_cast<double>(largest) + log_total - top / rules.top);
    const int count = before + 1;
    bool unsure = false;
    if (rules.stop_window > 0) {
        float* recent = state.recent + static_cast<std::size_t>(index) * state.recent_width;
        if (thread == 0) recent[before % rules.stop_window] = confidence;
        __syncthreads();
        double sum = 0;
        for (int i = thread; i < rules.stop_window; i += static_cast<int>(blockDim.x)) sum += static_cast<double>(recent[i]);
        unsure = count >= rules.stop_window && block_sum(sum) / rules.stop_window < rules.stop_threshold;
    }
    if (thread != 0) return;
    const auto logprob = static_cast<float>(static_cast<double>(row.logits[token] - largest) - log_total);
    const double entropy = log_total - found.weighted / found.total;
    state.records[static_cast<std::size_t>(index) * state.record_steps + before % state.record_steps] = {
        token, logprob, static_cast<float>(entropy < 0 ? 0 : entropy), confidence};
    state.tokens[index] = token;
    state.since[index] = state.marks[token] ? 0 : state.since[index] + 1;
    state.counts[index] = count;
    state.positions[index] = unsure || token == rules.end_token || count >= state.limits[index] ? -1 : position + 1;
}

}  // namespace
}  // namespace foothold::device
