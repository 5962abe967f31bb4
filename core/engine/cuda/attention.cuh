// SPDX-License-Identifier: GPL-3.0-or-later
// What the attention kernels share: which pages a warp reads, and how the sums of several warps and blocks become one
// (Milakov & Gimelshein 2018, "Online normalizer calculation for softmax"; Dao et al. 2023, "Flash-Decoding").
// In a step the warps of a block take turns at a row's pages, and a long row has a block for every split_pages of them:
// the same ones whoever else is in the batch, so that company changes no row's number. In a pass over contexts a warp
// reads all that its row sees, and the warps of a block have rows that follow each other, so that they find each other's
// pages in the cache.
#pragma once
#include "engine/cuda/device.cuh"

namespace foothold::device {

constexpr int most_heads = 8;    ///< Query heads of a block, of those that share a key head.
constexpr int split_pages = 64;  ///< Of a row that one block reads.

inline int splits_for(const Rows& rows) { return rows.contexts ? 1 : (rows.table_width + split_pages - 1) / split_pages; }
inline int parts_for(const Heads& heads) { return (heads.heads / heads.kv_heads + most_heads - 1) / most_heads; }

/// Blocks: rows (by `warps` in a pass over contexts), key heads, splits of each part of the heads.
inline dim3 attention_blocks(const Rows& rows, const Heads& heads, int warps) {
    return dim3(static_cast<unsigned>(rows.contexts ? (rows.count + warps - 1) / warps : rows.count),
                static_cast<unsigned>(heads.kv_heads), static_cast<unsigned>(parts_for(heads) * splits_for(rows)));
}

/// A warp's way through the table of its row, Turn pages at a time.
struct Reader {
    int row = 0, kv = 0, part = 0, split = 0;
    int splits = 0;                       ///< Blocks that read of this row.
    int begin = 0, end = 0, step = 0;     ///< Entries of the table.
    int length = 0, shared = 0;
    const int* table = nullptr;
    bool there = false;  ///< Whether there is something to read: for the warp, and in a step for its whole block.

    /// How many tokens of a page the row sees.
    __device__ int tokens(int entry) const {
        const int prompt = pages_for(shared);
        return min(page_tokens, entry < prompt ? min(shared, length) - entry * page_tokens
                                               : length - shared - (entry - prompt) * page_tokens);
    }
    /// Which line [.., size] of a layer's keys or values is the page's first.
    __device__ std::size_t line(const Heads& heads, int entry) const {
        return (static_cast<std::size_t>(table[entry]) * heads.kv_heads + kv) * page_tokens;
    }
};

template <int Warps, int Turn>
__device__ Reader reader(const Rows& rows, int splits) {
    const int own = static_cast<int>(threadIdx.x) / warp;
    Reader reader;
    reader.row = rows.contexts ? static_cast<int>(blockIdx.x) * Warps + own : static_cast<int>(blockIdx.x);
    reader.kv = static_cast<int>(blockIdx.y);
    reader.part = static_cast<int>(blockIdx.z) / splits;
    reader.split = static_cast<int>(blockIdx.z) % splits;
    if (reader.row >= rows.count) return reader;
    reader.length = rows.positions[reader.row] + 1;
    if (reader.length <= 0) return reader;
    reader.shared = rows.shared[reader.row];
    reader.table = rows.tables + static_cast<std::size_t>(rows.table_of[reader.row]) * rows.table_width;
    const int entries = table_entry(reader.length - 1, reader.shared) + 1;
    if (rows.contexts) {
        reader.splits = 1;
        reader.end = entries;
        reader.step = Turn;
        reader.there = true;
    } else {
        const int first = reader.split * split_pages;
        reader.splits = (entries + split_pages - 1) / split_pages;
        reader.begin = first + own * Turn;
        reader.end = min(entries, first + split_pages);
        reader.step = Warps * Turn;
        reader.there = first < entries;
    }
    return reader;
}

/// What each warp has found, in shared memory: sums of values times 2^(score - largest), and of the powers alone.
template <int Warps, int Group, int Width>
struct Found {
    float sums[Warps][Group][Width];
    float largest[Warps][Group], total[Warps][Group];
};

/// Makes y of what was found; in a step with what the other blocks of the row have found, by the last of them. To be
/// called by every warp that is `there`. Group: query heads of a block.
template <class T, int Warps, int Group, int Width>
__device__ void finish(const Reader& reader, const Rows& rows, const Heads& heads, int splits, const Found<Warps, Group, Width>& found,
                       const Partials& partials, T* y) {
    const int thread = static_cast<int>(threadIdx.x), size = heads.size;
    const int group = heads.heads / heads.kv_heads, first = reader.part * Group, mine = min(Group, group - first);
    T* to = y + (static_cast<std::size_t>(reader.row) * heads.heads + reader.kv * group + first) * size;
    if (rows.contexts) {
        const int own = thread / warp;
        __syncwarp();
        for (int i = thread % warp; i < mine * size; i += warp) store(to + i, found.sums[own][i / size][i % size] / found.total[own][i / size]);
        return;
    }
    // Of the row and part, [splits][sums [Group, size], largest and total [Group, 2]].
    const std::size_t slot = (static_cast<std::size_t>(reader.row) * heads.kv_heads + reader.kv) * (gridDim.z / splits) + reader.part;
    const std::size_t room = static_cast<std::size_t>(Group) * (size + 2);
    float* const parts = partials.sums + slot * splits * room;
    __syncthreads();
    for (int i = thread; i < mine * size; i += Warps * warp) {
        const int j = i / size;
        float most = -INFINITY, weighted = 0, all = 0;
        for (int w = 0; w < Warps; ++w) most = fmaxf(most, found.largest[w][j]);
        for (int w = 0; w < Warps; ++w) {
            const float share = exp2f(found.largest[w][j] - most);  // 0 of a warp that had no turn.
            weighted += share * found.sums[w][j][i % size];
            all += share * found.total[w][j];
        }
        if (reader.splits == 1) {
            store(to + i, weighted / all);
            continue;
        }
        float* part = parts + reader.split * room;
        part[i] = weighted;
        if (i % size == 0) {
            part[Group * size + 2 * j] = most;
            part[Group * size + 2 * j + 1] = all;
        }
    }
    if (reader.splits == 1) return;
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    // Counts to splits - 1 and is zero again after the last, ready for the next launch.
    const auto others = static_cast<unsigned>(reader.splits - 1);
    if (thread == 0) last = atomicInc(partials.arrived + slot, others) == others;
    __syncthreads();
    if (!last) return;
    __threadfence();
    for (int i = thread; i < mine * size; i += Warps * warp) {
        const float* of_head = parts + Group * size + 2 * (i / size);
        float most = -INFINITY, weighted = 0, all = 0;
        for (int s = 0; s < reader.splits; ++s) most = fmaxf(most, __ldcg(of_head + s * room));
        for (int s = 0; s < reader.splits; ++s) {
            const float share = exp2f(__ldcg(of_head + s * room) - most);
            weighted += share * __ldcg(parts + s * room + i);
            all += share * __ldcg(of_head + s * room + 1);
        }
        store(to + i, weighted / all);
    }
}

/// Attention on the tensor cores. Returns false where the heads' size is none of those it is compiled for.
bool attend_by_tensor_cores(cudaStream_t stream, const Rows& rows, const Heads& heads, const bf16* qkv, const bf16* keys,
                            const bf16* values, const Partials& partials, bf16* y);

}  // namespace foothold::device
