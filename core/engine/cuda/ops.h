// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of a decode step, as the paged decoder asks for it: one virtual function a kernel. reference.h does it
// with plain loops on the host; the CUDA module (libfoothold_cuda.so, the .cu files here) on a GPU, where a whole step is
// one graph, and some steps of a small model are one kernel. Calls are queued and done in order; nothing waits but wait()
// and synchronize().
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace foothold {

/// In how many parts a product is worth making, one for so many of the inputs: where there are few outputs, too few blocks of
/// a GPU have something to do. Whoever reads the product next sums them up.
constexpr int product_parts(int inputs, int outputs) {
    constexpr int most = 4;
    return inputs >= most * outputs && inputs % (16 * most) == 0 ? most : 1;
}

/// The type of weights, keys, values and what passes between kernels; sums, the residual and logits are always floats.
enum class Number { f32, bf16 };
constexpr std::size_t bytes_of(Number number) { return number == Number::f32 ? 4 : 2; }

/// Keys and values live in pages of so many tokens. A sequence has two runs of pages: `shared` tokens that others read
/// too, then its own, which begin on a page of their own, so that no page with two readers is ever written.
constexpr int page_tokens = 16;
constexpr int pages_for(int tokens) { return (tokens + page_tokens - 1) / page_tokens; }
/// Where a position's page stands in its sequence's table, and its place in that page.
constexpr int table_entry(int position, int shared) {
    return position < shared ? position / page_tokens : pages_for(shared) + (position - shared) / page_tokens;
}
constexpr int page_place(int position, int shared) {
    return (position < shared ? position : position - shared) % page_tokens;
}

/// The tokens of one pass, arrays of `count`. A row with a negative position is nobody's: its numbers mean nothing, and
/// nothing of it is written to pages or records.
struct Rows {
    int count = 0;
    const Token* tokens = nullptr;
    const int* positions = nullptr;  ///< In the text.
    const int* shared = nullptr;     ///< Tokens in the pages that others read too.
    const int* table_of = nullptr;   ///< Which of the tables is the row's.
    const int* tables = nullptr;     ///< [tables, table_width] pages.
    int table_width = 0;
    bool contexts = false;  ///< Contexts are read, rows that follow each other mostly one of them; otherwise a step.
};

/// Attention's shape. qkv [rows, (heads + 2 kv_heads) x size]; keys and values of a layer [pages, kv_heads, page_tokens,
/// size]. Query head h reads key head h / (heads / kv_heads).
struct Heads {
    int heads = 0, kv_heads = 0, size = 0;
    constexpr int width() const { return (heads + 2 * kv_heads) * size; }
};
struct Pages {
    void *keys = nullptr, *values = nullptr;
};

/// What happens to queries and keys between projection and attention; null where the type of model has none.
struct HeadWeights {
    const void* bias = nullptr;                           ///< [width]
    const void *q_norm = nullptr, *k_norm = nullptr;      ///< [size]
    float eps = 0;                                        ///< Of those norms.
    const float *cos = nullptr, *sin = nullptr;           ///< [positions, size / 2]
};

/// A model's weights where they lie, of the type number(), shapes as in libtorch/model.h; null where the type has none.
struct DecoderWeights {
    struct Layer {
        const void *input_norm, *qkv, *qkv_bias, *q_norm, *k_norm, *o, *attention_norm, *gate_up, *down;
    };
    const void *embedding = nullptr, *norm = nullptr, *head = nullptr;
    const float *cos = nullptr, *sin = nullptr;  ///< [positions, head / 2], always floats.
    std::vector<Layer> layers;
};

/// What is recorded of one token. Log-prob, entropy and confidence as Completion has them.
struct TokenRecord {
    Token token = 0;
    float logprob = 0, entropy = 0, confidence = 0;
};

/// Decoding rules as the sampler reads them: data, in the memory of the ops, so that a captured step follows what is
/// there when it runs.
struct SamplerRules {
    double top_p = 1, stop_threshold = 0;
    float sharpness = 1;  ///< 1 / temperature; 0 = greedy.
    float penalty = 0;
    int penalty_duration = 0;  ///< 0 = no penalty.
    int forced = 0;            ///< Tokens of the forced prefix.
    int stop_window = 0;       ///< 0 = no stop by confidence.
    int top = 1;               ///< Tokens whose mean log-prob is the confidence.
    Token end_token = 0;
};

/// The rows being sampled, arrays of the number of rows unless it is said; the sampler moves each on by one token.
struct SamplerState {
    Token* tokens = nullptr;     ///< In: fed in this step. Out: the sampled ones.
    int* positions = nullptr;    ///< Out: one further; -1 once the row is finished.
    int* counts = nullptr;       ///< Tokens sampled so far.
    const int* limits = nullptr; ///< How many may be.
    int* since = nullptr;        ///< Tokens since the present thought began.
    const std::uint64_t* keys = nullptr;  ///< Token t uses uniform_at(key, t).
    TokenRecord* records = nullptr;       ///< [rows, record_steps]; token t at t % record_steps.
    int record_steps = 1;
    float* recent = nullptr;  ///< [rows, recent_width] confidences; token t at t % stop_window.
    int recent_width = 0;
    const std::uint8_t* marks = nullptr;   ///< [vocabulary] 1 = penalised.
    const Token* forced_prefix = nullptr;  ///< [rules->forced]
    const SamplerRules* rules = nullptr;
};

/// A step that is kept to be run again and again.
class StepGraph {
public:
    virtual ~StepGraph() = default;
    virtual void launch() = 0;
};

/// Pointers are to memory of allocate() unless it is said, 256-byte aligned where allocate() gave them. `void*` numbers
/// are of the type number(). Throws RunError when memory or the device gives out. One thread at a time.
class DecodeOps {
public:
    virtual ~DecodeOps() = default;
    virtual Number number() const = 0;
    virtual std::string name() const = 0;  ///< For people.

    virtual void* allocate(std::size_t bytes) = 0;  ///< Zeros.
    virtual void release(void* memory) noexcept = 0;
    virtual void* allocate_host(std::size_t bytes) = 0;  ///< Host memory for download().
    virtual void release_host(void* memory) noexcept = 0;
    virtual void upload(void* to, const void* from, std::size_t bytes) = 0;  ///< `from` may change afterwards.
    virtual void download(void* to, const void* from, std::size_t bytes) = 0;  ///< There after a later mark() was waited for.
    virtual void copy(void* to, const void* from, std::size_t bytes) = 0;  ///< Within the memory of the ops.
    virtual void mark(int which) = 0;  ///< `which` is 0 or 1.
    virtual void wait(int which) = 0;  ///< Until all that was queued before the last mark(which) is done.
    virtual void synchronize() = 0;
    /// `work` calls copy() and kernels below, nothing else, and has been run with the same sizes before, so that nothing is loaded
    /// or allocated while it is captured. Pointers are kept, numbers read at each launch.
    virtual std::unique_ptr<StepGraph> capture(const std::function<void()>& work) = 0;

    /// x [rows, size] = the rows' lines of table [vocabulary, size]; zeros for nobody's.
    virtual void embed(const Rows& rows, const void* table, int size, float* x) = 0;
    /// x [rows, size] += the sum of delta [parts, rows, size], then y = x / sqrt(mean(x^2) + eps) x weight.
    virtual void add_rms_norm(int rows, int size, float* x, const float* delta, int parts, const void* weight, float eps, void* y) = 0;
    /// c [rows, outputs] = a [rows, inputs] x weight [outputs, inputs]^T; floats with `to_float`, else number().
    virtual void multiply(int rows, int inputs, int outputs, const void* a, const void* weight, void* c, bool to_float) = 0;
    /// The same in parts: the sum of parts [product_parts(inputs, outputs), rows, outputs] is c.
    virtual void multiply_parts(int rows, int inputs, int outputs, const void* a, const void* weight, float* parts) = 0;
    /// Bias, norms and rotation, queries in place; keys and values go to their rows' pages.
    virtual void rotate_append(const Rows& rows, const Heads& heads, const HeadWeights& weights, void* qkv,
                               const Pages& pages) = 0;
    /// y [rows, heads x size] = softmax(q . keys / sqrt(size)) values over positions 0 to the row's own. The order in which
    /// a row's numbers are added up follows from its position, its `shared` and whether contexts are read: never from the
    /// other rows.
    virtual void attend(const Rows& rows, const Heads& heads, const void* qkv, const Pages& pages, void* y) = 0;
    /// y [rows, size] = silu(gate) x up of rows [gate | up].
    virtual void silu_times(int rows, int size, const void* gate_up, void* y) = 0;
    /// Chooses a token a row from logits [rows, vocabulary], records it, and stops what has to stop.
    virtual void sample(int rows, int vocabulary, const float* logits, const SamplerState& state) = 0;

    /// All of the above, `steps` times over, in one call: the state's rows through a model of decode_in_one_call(), each of
    /// whose layers has its `pages`, and the sampler. `rows` reads the tokens and positions that the sampler writes. Rows
    /// that finish on the way stay as they are. What a row gets does not depend, to the bit, on the rows beside it.
    virtual void decode(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
                        const SamplerState& state, int steps) = 0;
};

/// Whether the kernels are written for a model's shape.
inline bool decode_ops_support(const ModelConfig& config) { return config.head_size() <= 256; }

/// Whether decode() is: a model so small that reading all of it for every few rows costs less than launching its kernels.
/// 4 MiB in floats, and a row's numbers fit a block's shared memory.
inline bool decode_in_one_call(const ModelConfig& config) {
    return config.parameters() <= 1 << 20 && config.num_hidden_layers <= 16 && config.hidden_size <= 256 &&
           config.num_attention_heads * config.head_size() <= 256 && config.head_size() <= 64 && config.head_size() % 2 == 0 &&
           config.intermediate_size <= 1024 && config.vocab_size <= 1024 && config.max_position_embeddings <= 32768;
}

/// Makes the ops of the CUDA module, for the first GPU, to be deleted by the caller. Throws UserError with the reason
/// where there is none.
using MakeDecodeOps = DecodeOps*(Number number);

/// Exported by the module; the number goes up whenever this header changes.
inline constexpr const char* make_decode_ops_symbol = "foothold_make_decode_ops_2";

/// Opens libfoothold_cuda.so beside the engine module, once a process. Throws UserError with the reason where that
/// cannot be: not built, NVIDIA's libraries missing, no GPU.
std::unique_ptr<DecodeOps> open_cuda_ops(Number number);

}  // namespace foothold
