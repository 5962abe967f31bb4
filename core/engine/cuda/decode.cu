// SPDX-License-Identifier: GPL-3.0-or-later
// Whole steps of a small model in one kernel. A block takes one, two or four rows through embedding, layers, head and
// sampler, as often as it is asked to; no block waits for another. Every block reads all weights, by weight_stream.cuh;
// what belongs to its rows stays in shared memory, as floats.
#include "engine/cuda/rotate.cuh"
#include "engine/cuda/row_attention.cuh"
#include "engine/cuda/sampler.cuh"
#include "engine/cuda/weight_stream.cuh"

namespace foothold::device {
namespace {

constexpr int decode_warps = decode_threads / warp;
constexpr int most_hidden = 256;

/// What a row has in shared memory, in numbers of four bytes; each begins where four floats may be read at once.
struct RowRoom {
    int x, y;    ///< The residual; what is made of it for a matrix, or by attention.
    int wide;    ///< What the wide matrices give: queries, keys and values; gate and up; logits.
    int angles;  ///< Cosines and sines of the row's position.
    int parts, table;  ///< Of attention's warps; the row's pages.
    __host__ __device__ RowRoom(int hidden, int mlp, int vocabulary, const Heads& heads, int table_width)
        : x(fours(hidden)),
          y(fours(max(hidden, heads.heads * heads.size))),
          wide(fours(max(max(heads.width(), 2 * mlp), vocabulary))),
          angles(fours(heads.size)),
          parts(heads.heads * splits * part_size(heads.size)),
          table(fours(table_width)) {}
    __host__ __device__ int all() const { return x + y + wide + angles + parts + table; }

private:
    __host__ __device__ static int fours(int size) { return (size + 3) / 4 * 4; }
    __host__ __device__ static int max(int a, int b) { return a > b ? a : b; }
};

/// Compiled once, not once a kernel below.
__device__ __noinline__ void sample_one(int index, int vocabulary, const float* logits, const SamplerState& state) {
    sample_row<false>(index, vocabulary, logits, state);
}

/// y = x / sqrt(mean(x^2) + eps) x weight, a warp a row. Begins with a barrier and ends with none.
template <int R, class T>
__device__ inline void norm(int size, float eps, const T* weight, const float* x, int x_stride, float* y, int y_stride) {
    constexpr int most = most_hidden / warp;  // Numbers of a lane.
    const int row = static_cast<int>(threadIdx.x) / warp, lane = static_cast<int>(threadIdx.x) % warp;
    float weights[most], numbers[most], squares = 0;
#pragma unroll
    for (int k = 0; k < most; ++k) weights[k] = row < R && lane + k * warp < size ? load(weight + lane + k * warp) : 0;
    __syncthreads();
    if (row >= R) return;
#pragma unroll
    for (int k = 0; k < most; ++k) {
        numbers[k] = lane + k * warp < size ? x[row * x_stride + lane + k * warp] : 0;
        squares = fmaf(numbers[k], numbers[k], squares);
    }
    const float scale = 1 / sqrtf(warp_sum(squares) / static_cast<float>(size) + eps);
#pragma unroll
    for (int k = 0; k < most; ++k)
        if (lane + k * warp < size) y[row * y_stride + lane + k * warp] = numbers[k] * (scale * weights[k]);
}

/// Where a block's rows are in shared memory: arrays of R, lines of the room's strides.
struct BlockRows {
    const int *positions, *shared, *tables;
    float *x, *y, *wide, *angles, *parts;
};

/// From queries, keys and values in `wide`: bias, norm and rotation, keys and values to their pages, and what the queries
/// find to y. Begins with a barrier and ends with none.
template <int R, class T>
__device__ inline void attend(const SmallModel<T>& model, const typename SmallModel<T>::Layer& layer, const RowRoom& room, const BlockRows& rows) {
    const int thread = static_cast<int>(threadIdx.x), own_warp = thread / warp;
    const Heads heads = model.heads;
    const int size = heads.size, inner = heads.heads * size, units = heads.heads + 2 * heads.kv_heads;
    const auto pages_of = [&](int r, int kv) {
        return PagesOfHead<T>{layer.keys, layer.values, rows.tables + r * room.table, rows.shared[r], kv, heads.kv_heads, size};
    };
    __syncthreads();
    for (int i = own_warp; i < R * units; i += decode_warps) {
        const int r = i / units, unit = i % units, position = rows.positions[r];
        if (position < 0) continue;
        const bool query = unit < heads.heads, key = !query && unit < heads.heads + heads.kv_heads;
        const float* const angles = rows.angles + r * room.angles;
        const Turn<T> turn{layer.qkv_bias ? layer.qkv_bias + unit * size : nullptr, query ? layer.q_norm : key ? layer.k_norm : nullptr,
                           model.eps, query || key ? angles : nullptr, angles + size / 2};
        float* const from = rows.wide + r * room.wide + unit * size;
        if (query) {
            turn_head<1>(size, turn, from, from);
        } else {
            const auto pages = pages_of(r, (unit - heads.heads) % heads.kv_heads);
            turn_head<1>(size, turn, from, (key ? layer.keys : layer.values) + pages.at(pages.line(position)));
        }
    }
    __syncthreads();
    for (int i = own_warp; i < R * heads.heads * splits; i += decode_warps) {
        const int split = i % splits, head = i / splits % heads.heads, r = i / splits / heads.heads;
        const auto pages = pages_of(r, head / (heads.heads / heads.kv_heads));
        const float* query = rows.wide + r * room.wide + head * size;
        float* part = rows.parts + i * part_size(size);
        if (size % 4 == 0)
            attend_part<4>(query, pages, rows.positions[r] + 1, split, part);
        else
            attend_part<2>(query, pages, rows.positions[r] + 1, split, part);
    }
    __syncthreads();
    for (int i = thread; i < R * inner; i += decode_threads) {
        const int r = i / inner, k = i % inner, head = k / size;
        rows.y[r * room.y + k] =
            rows.positions[r] < 0 ? 0 : attended(rows.parts + (r * heads.heads + head) * splits * part_size(size), size, k % size);
    }
}

/// R rows a block. Staged needs a ring of stages x stage_bytes before the rows' room in shared memory.
template <class T, int Width, int R, bool Staged>
__global__ void __launch_bounds__(decode_threads, 1)
    decode_kernel(const __grid_constant__ SmallModel<T> model, const __grid_constant__ Rows rows, const __grid_constant__ SamplerState state, int steps) {
    extern __shared__ __align__(128) unsigned char memory[];
    __shared__ int positions[R], tokens[R], shared[R];
    const int thread = static_cast<int>(threadIdx.x), first_row = static_cast<int>(blockIdx.x) * R;
    const int hidden = model.hidden, mlp = model.mlp, size = model.heads.size;
    const RowRoom room(hidden, mlp, model.vocabulary, model.heads, rows.table_width);
    auto* const x = reinterpret_cast<float*>(memory + (Staged ? stages * model.stage_bytes : 0));
    float *const y = x + R * room.x, *const wide = y + R * room.y, *const angles = wide + R * room.wide, *const parts = angles + R * room.angles;
    auto* const tables = reinterpret_cast<int*>(parts + R * room.parts);
    const BlockRows block{positions, shared, tables, x, y, wide, angles, parts};

    for (int i = thread; i < R * rows.table_width; i += decode_threads) {
        const int r = i / rows.table_width, entry = i % rows.table_width;
        if (first_row + r >= rows.count) continue;
        tables[r * room.table + entry] = rows.tables[static_cast<std::size_t>(rows.table_of[first_row + r]) * rows.table_width + entry];
    }
    if (thread < R) shared[thread] = first_row + thread < rows.count ? rows.shared[first_row + thread] : 0;
    WeightStream<T, Staged> stream(model, memory);

    for (int step = 0; step < steps; ++step) {
        __syncthreads();  // The sampler's tokens are there, and nobody looks at the positions of the step before.
        if (thread < R) {
            const int row = first_row + thread;
            positions[thread] = row < rows.count ? rows.positions[row] : -1;
            tokens[thread] = row < rows.count ? rows.tokens[row] : 0;
        }
        __syncthreads();
        bool living = false;
        for (int r = 0; r < R; ++r) living |= positions[r] >= 0;
        if (!living) break;  // The whole block.

        for (int i = thread; i < R * hidden; i += decode_threads) {
            const int r = i / hidden, k = i % hidden;
            x[r * room.x + k] = positions[r] < 0 ? 0 : load(model.embedding + tokens[r] * hidden + k);
        }
        for (int i = thread; i < R * size; i += decode_threads) {
            const int r = i / size, k = i % size, half = size / 2;
            const std::size_t line = static_cast<std::size_t>(max(positions[r], 0)) * half;
            angles[r * room.angles + k] = k < half ? model.cos[line + k] : model.sin[line + k - half];
        }

        // Matrix by matrix, each with what makes its inputs: one place for the products, so that all code stays in the
        // processor's cache of instructions.
#pragma unroll 1
        for (int m = 0; m <= matrix_head * model.layers; ++m) {
            const bool of_head = m == matrix_head * model.layers;
            const auto& layer = model.layer[of_head ? 0 : m / matrix_head];
            const int which = of_head ? static_cast<int>(matrix_head) : m % matrix_head;
            if (which == matrix_o) {
                attend<R>(model, layer, room, block);
            } else if (which == matrix_down) {
                __syncthreads();
                for (int i = thread; i < R * mlp; i += decode_threads) {
                    float* const gate = wide + i / mlp * room.wide + i % mlp;
                    *gate = *gate / (1 + expf(-*gate)) * gate[mlp];
                }
            } else {
                const T* weight = of_head ? model.norm : which == matrix_qkv ? layer.input_norm : layer.attention_norm;
                norm<R>(hidden, model.eps, weight, x, room.x, y, room.y);
            }
            const bool down = which == matrix_down, add = down || which == matrix_o;
            multiply<Width, R>(stream, model.shapes[which], of_head ? model.head : layer.matrix[which], down ? wide : y, down ? room.wide : room.y,
                               {add ? x : wide, add ? room.x : room.wide, add});
        }
        for (int r = 0; r < R; ++r) {
            __syncthreads();
            if (positions[r] >= 0) sample_one(first_row + r, model.vocabulary, wide + r * room.wide, state);
        }
    }
    stream.finish();
}

/// Bytes of shared memory that are the kernel's own.
int own_bytes(const void* kernel) {
    cudaFuncAttributes attributes{};
    cudaFuncGetAttributes(&attributes, kernel);
    return static_cast<int>(attributes.sharedSizeBytes);
}

template <class T, int Width, int R, bool Staged>
void launch(cudaStream_t stream, SmallModel<T> model, const Rows& rows, const SamplerState& state, int steps) {
    const auto kernel = decode_kernel<T, Width, R, Staged>;
    const auto* const entry = reinterpret_cast<const void*>(kernel);
    int bytes = R * 4 * RowRoom(model.hidden, model.mlp, model.vocabulary, model.heads, rows.table_width).all();
    int device = 0, most = 0;
    cudaGetDevice(&device);
    cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
    if constexpr (Staged) {
        const int left = (most - own_bytes(entry) - bytes) / stages;
        model.stage_bytes = (left < most_stage_bytes ? left : most_stage_bytes) / 16 * 16;
        int longest = 0;
        for (const MatrixShape& shape : model.shapes) longest = max(longest, shape.inputs * static_cast<int>(sizeof(T)));
        if constexpr (R > 1)
            if (model.stage_bytes < 8 * longest) return launch<T, Width, R / 2, Staged>(stream, model, rows, state, steps);
        for (MatrixShape& shape : model.shapes) shape.tile = min(shape.outputs, model.stage_bytes / (shape.inputs * static_cast<int>(sizeof(T))));
        bytes += stages * model.stage_bytes;
    }
    cudaFuncSetAttribute(entry, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
    const auto blocks = static_cast<unsigned>((rows.count + R - 1) / R);
    kernel<<<blocks, decode_threads, static_cast<std::size_t>(bytes), stream>>>(model, rows, state, steps);
}

template <class T>
const T* numbers(const void* from) { return static_cast<const T*>(from); }

template <class T>
SmallModel<T> small_model(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages) {
    SmallModel<T> model{};
    model.layers = config.num_hidden_layers;
    model.hidden = config.hidden_size;
    model.mlp = config.intermediate_size;
    model.vocabulary = config.vocab_size;
    model.eps = static_cast<float>(config.rms_norm_eps);
    model.heads = {config.num_attention_heads, config.num_key_value_heads, config.head_size()};
    const int inner = model.heads.heads * model.heads.size;
    const auto shape = [&](Matrix which, int inputs, int outputs) { model.shapes[which] = {inputs, outputs, outputs}; };
    shape(matrix_qkv, model.hidden, model.heads.width());
    shape(matrix_o, inner, model.hidden);
    shape(matrix_gate_up, model.hidden, 2 * model.mlp);
    shape(matrix_down, model.mlp, model.hidden);
    shape(matrix_head, model.hidden, model.vocabulary);
    model.embedding = numbers<T>(weights.embedding);
    model.norm = numbers<T>(weights.norm);
    model.head = numbers<T>(weights.head);
    model.cos = weights.cos;
    model.sin = weights.sin;
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
        const DecoderWeights::Layer& from = weights.layers[i];
        model.layer[i] = {numbers<T>(from.input_norm), numbers<T>(from.attention_norm), numbers<T>(from.qkv_bias), numbers<T>(from.q_norm),
                          numbers<T>(from.k_norm), {numbers<T>(from.qkv), numbers<T>(from.o), numbers<T>(from.gate_up), numbers<T>(from.down)},
                          static_cast<T*>(pages[i].keys), static_cast<T*>(pages[i].values)};
    }
    return model;
}

/// Whether every row of every matrix is whole 16 bytes.
template <class T>
bool in_sixteens(const SmallModel<T>& model) {
    const auto whole = [](const T* matrix) { return reinterpret_cast<std::uintptr_t>(matrix) % 16 == 0; };
    bool all = whole(model.head);
    for (const MatrixShape& shape : model.shapes) all = all && shape.inputs * sizeof(T) % 16 == 0;
    for (int l = 0; l < model.layers; ++l)
        for (const T* matrix : model.layer[l].matrix) all = all && whole(matrix);
    return all;
}

}  // namespace

template <class T>
void decode(cudaStream_t stream, const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
            const SamplerState& state, int steps) {
    const SmallModel<T> model = small_model<T>(config, weights, pages);
    if (!in_sixteens(model)) return launch<T, 1, 1, false>(stream, model, rows, state, steps);
    // One row a block leaves most to do side by side. More, which read all weights once for several rows, when there would be
    // more blocks than processors.
    int device = 0, processors = 0;
    cudaGetDevice(&device);
    cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    const auto chosen = rows.count <= processors ? launch<T, 4, 1, true> : rows.count <= 2 * processors ? launch<T, 4, 2, true> : launch<T, 4, 4, true>;
    chosen(stream, model, rows, state, steps);
}

template void decode<float>(cudaStream_t, const ModelConfig&, const DecoderWeights&, std::span<const Pages>, const Rows&, const SamplerState&, int);
template void decode<bf16>(cudaStream_t, const ModelConfig&, const DecoderWeights&, std::span<const Pages>, const Rows&, const SamplerState&, int);

}  // namespace foothold::device
