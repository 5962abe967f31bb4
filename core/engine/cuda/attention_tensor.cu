// SPDX-License-Identifier: GPL-3.0-or-later
// Attention in bf16 on the tensor cores, for heads of a multiple of 16 numbers. A page is a tile of 16 keys: scores are
// keys [16, size] x queries^T [size, 8 heads], and what is added up values^T [size, 16] x chances [16, 8 heads]. Nothing
// is staged: which number stands where in a product does not matter as long as both factors agree, so a lane takes those
// that lie together in memory, 16 bytes a load.
#include "engine/cuda/attention.cuh"
#include "engine/cuda/tensor_core.cuh"

namespace foothold::device {
namespace {

template <int Size>
struct Shape {
    static constexpr int warps = Size > 128 ? 4 : 8;
    static constexpr int turn = Size > 64 ? 1 : 2;  ///< Pages that a warp has under way.
    static constexpr int blocks = Size > 128 ? 1 : 2;  ///< At once on a multiprocessor.
    static constexpr int words = Size / 8;   ///< Of a key, of one of the four lanes that have it.
    static constexpr int tiles = Size / 16;  ///< Of sums; also the words of a value, of one of eight lanes.
};

/// A lane's words of a key or query: 32 numbers are 16 bytes of each of four lanes, and 16 at the end 8 bytes.
template <int Size>
__device__ void load_key(const bf16* line, int c, bool there, unsigned (&words)[Size / 8]) {
#pragma unroll
    for (int i = 0; i < Size / 32; ++i) {
        uint4 four = make_uint4(0, 0, 0, 0);
        if (there) four = *reinterpret_cast<const uint4*>(line + 32 * i + 8 * c);
        words[4 * i] = four.x, words[4 * i + 1] = four.y, words[4 * i + 2] = four.z, words[4 * i + 3] = four.w;
    }
    if constexpr (Size % 32 != 0) {
        uint2 two = make_uint2(0, 0);
        if (there) two = *reinterpret_cast<const uint2*>(line + Size / 32 * 32 + 4 * c);
        words[Size / 8 - 2] = two.x, words[Size / 8 - 1] = two.y;
    }
}

/// A lane's words of a value: 64 numbers are 16 bytes of each of eight lanes, 32 of the rest 8 bytes, and 16 four.
template <int Size>
__device__ void load_value(const bf16* line, int g, bool there, unsigned (&words)[Size / 16]) {
    constexpr int whole = Size / 64 * 64;
#pragma unroll
    for (int i = 0; i < Size / 64; ++i) {
        uint4 four = make_uint4(0, 0, 0, 0);
        if (there) four = *reinterpret_cast<const uint4*>(line + 64 * i + 8 * g);
        words[4 * i] = four.x, words[4 * i + 1] = four.y, words[4 * i + 2] = four.z, words[4 * i + 3] = four.w;
    }
    if constexpr (Size % 64 >= 32) {
        uint2 two = make_uint2(0, 0);
        if (there) two = *reinterpret_cast<const uint2*>(line + whole + 4 * g);
        words[whole / 16] = two.x, words[whole / 16 + 1] = two.y;
    }
    if constexpr (Size % 32 != 0) {
        words[Size / 16 - 1] = 0;
        if (there) words[Size / 16 - 1] = *reinterpret_cast<const unsigned*>(line + Size - 16 + 2 * g);
    }
}

/// Which number of a value is the first of a lane's word.
template <int Size>
__device__ int number_of(int word, int g) {
    constexpr int whole = Size / 64 * 64;
    if (word < whole / 16) return word / 4 * 64 + 8 * g + word % 4 * 2;
    if (Size % 32 != 0 && word == Size / 16 - 1) return Size - 16 + 2 * g;
    return whole + 4 * g + 2 * (word - whole / 16);
}

__device__ unsigned pair_of(float first, float second) {
    return static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(first))) |
           static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(second))) << 16;
}

template <int Size>
__global__ void __launch_bounds__(Shape<Size>::warps * warp, Shape<Size>::blocks)
    attend_tensor_kernel(Rows rows, Heads heads, int splits, const bf16* qkv, const bf16* keys, const bf16* values, Partials partials, bf16* y) {
    constexpr int warps = Shape<Size>::warps, turn = Shape<Size>::turn, words = Shape<Size>::words, tiles = Shape<Size>::tiles;
    __shared__ __align__(16) Found<warps, most_heads, Size> found;
    const Reader way = reader<warps, turn>(rows, splits);
    if (!way.there) return;
    const int own = static_cast<int>(threadIdx.x) / warp, lane = static_cast<int>(threadIdx.x) % warp, g = lane / 4, c = lane % 4;
    const int group = heads.heads / heads.kv_heads, first = way.part * most_heads;
    unsigned query[words];
    load_key<Size>(qkv + static_cast<std::size_t>(way.row) * heads.width() + (way.kv * group + first + g) * Size, c, g < group - first, query);

    constexpr unsigned ones = 0x3f803f80u;
    const float scale = 1.44269504f / sqrtf(static_cast<float>(Size));  // Powers of two, not of e.
    float sum[tiles][4] = {}, total[4] = {};  // Of two heads, 2c and 2c + 1.
    float largest[2] = {-INFINITY, -INFINITY};
    for (int entry = way.begin; entry < way.end; entry += way.step) {
        unsigned key[turn][2][words], value[turn][4][tiles];
        int tokens[turn];
        std::size_t line[turn];
#pragma unroll
        for (int p = 0; p < turn; ++p) {
            const bool there = entry + p < way.end;
            tokens[p] = there ? way.tokens(entry + p) : 0;
            line[p] = there ? way.line(heads, entry + p) : 0;
        }
#pragma unroll
        for (int p = 0; p < turn; ++p)
#pragma unroll
            for (int i = 0; i < 2; ++i) load_key<Size>(keys + (line[p] + g + 8 * i) * Size, c, g + 8 * i < tokens[p], key[p][i]);
#pragma unroll
        for (int p = 0; p < turn; ++p)
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int token = 2 * c + i % 2 + i / 2 * 8;
                load_value<Size>(values + (line[p] + token) * Size, g, token < tokens[p], value[p][i]);
            }

        float score[turn][4], now[2] = {largest[0], largest[1]};
#pragma unroll
        for (int p = 0; p < turn; ++p) {
#pragma unroll
            for (int i = 0; i < 4; ++i) score[p][i] = 0;
#pragma unroll
            for (int s = 0; s < words / 2; ++s)
                multiply_add(score[p], key[p][0][2 * s], key[p][1][2 * s], key[p][0][2 * s + 1], key[p][1][2 * s + 1], query[2 * s], query[2 * s + 1]);
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                score[p][i] = g + i / 2 * 8 < tokens[p] ? score[p][i] * scale : -INFINITY;
                now[i % 2] = fmaxf(now[i % 2], score[p][i]);
            }
        }
        float fade[2];
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            for (int away = 4; away < warp; away *= 2) now[i] = fmaxf(now[i], __shfl_xor_sync(all_lanes, now[i], away));
            fade[i] = exp2f(largest[i] - now[i]);
            largest[i] = now[i];
        }
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            total[i] *= fade[i % 2];
#pragma unroll
            for (int j = 0; j < tiles; ++j) sum[j][i] *= fade[i % 2];
        }
#pragma unroll
        for (int p = 0; p < turn; ++p) {
            // The chances of keys g and g + 8 become those of keys 2c.. and 2c + 8.. of head g.
            const unsigned low = transpose(pair_of(exp2f(score[p][0] - now[0]), exp2f(score[p][1] - now[1])));
            const unsigned high = transpose(pair_of(exp2f(score[p][2] - now[0]), exp2f(score[p][3] - now[1])));
            multiply_add(total, ones, ones, ones, ones, low, high);
#pragma unroll
            for (int j = 0; j < tiles; ++j)
                multiply_add(sum[j], __byte_perm(value[p][0][j], value[p][1][j], 0x5410), __byte_perm(value[p][0][j], value[p][1][j], 0x7632),
                             __byte_perm(value[p][2][j], value[p][3][j], 0x5410), __byte_perm(value[p][2][j], value[p][3][j], 0x7632), low, high);
        }
    }

#pragma unroll
    for (int j = 0; j < tiles; ++j)
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            const float two[2] = {sum[j][i], sum[j][2 + i]};
            store<2>(&found.sums[own][2 * c + i][number_of<Size>(j, g)], two);
        }
    if (g == 0)
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            found.largest[own][2 * c + i] = largest[i];
            found.total[own][2 * c + i] = total[i];
        }
    finish(way, rows, heads, splits, found, partials, y);
}

}  // namespace

bool attend_by_tensor_cores(cudaStream_t stream, const Rows& rows, const Heads& heads, const bf16* qkv, const bf16* keys,
                            const bf16* values, const Partials& partials, bf16* y) {
    const auto aligned = [](const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; };
    if (!aligned(qkv) || !aligned(keys) || !aligned(values)) return false;
    const auto launch = [&]<int Size>() {
        attend_tensor_kernel<Size><<<attention_blocks(rows, heads, Shape<Size>::warps), Shape<Size>::warps * warp, 0, stream>>>(
            rows, heads, splits_for(rows), qkv, keys, values, partials, y);
        return true;
    };
    switch (heads.size) {
        case 32: return launch.operator()<32>();
        case 64: return launch.operator()<64>();
        case 80: return launch.operator()<80>();
        case 96: return launch.operator()<96>();
        case 128: return launch.operator()<128>();
        case 256: return launch.operator()<256>();
        default: return false;
    }
}

}  // namespace foothold::device
