// SPDX-License-Identifier: GPL-3.0-or-later
// The engine: everything that needs a model. Only this interface is seen above; the implementation is a module opened at run time.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace foothold {

using Token = std::int32_t;

/// Which family a decoder belongs to: they differ in biases and in norms within attention.
enum class ModelType { llama, qwen2, qwen3 };

/// Rotary positions stretched as Llama 3.1 does it: slow turns are slowed down by `factor`, fast ones are kept, those between
/// are mixed. Hugging Face's rope_type "llama3".
struct RopeScaling {
    double factor = 8, low_freq_factor = 1, high_freq_factor = 4;
    int original_max_position_embeddings = 8192;
    bool operator==(const RopeScaling&) const = default;
};

/// Shape of a Llama-type decoder: RMSNorm, rotary positions, SwiGLU. Names are those of Hugging Face's config.json.
struct ModelConfig {
    ModelType model_type = ModelType::llama;
    int hidden_size = 64;
    int num_hidden_layers = 2;
    int num_attention_heads = 4;
    int num_key_value_heads = 4;
    int head_dim = 0;  ///< Numbers in a head; 0 = hidden_size / num_attention_heads.
    int intermediate_size = 128;
    int vocab_size = 23;
    int max_position_embeddings = 512;
    double rope_theta = 10000;
    std::optional<RopeScaling> rope_scaling;
    double rms_norm_eps = 1e-6;
    bool tie_word_embeddings = true;

    int head_size() const { return head_dim > 0 ? head_dim : hidden_size / num_attention_heads; }
    bool qkv_bias() const { return model_type == ModelType::qwen2; }  ///< Biases on queries, keys and values.
    bool qk_norm() const { return model_type == ModelType::qwen3; }   ///< RMSNorm of each query and key head.
    std::int64_t parameters() const;                                  ///< Number of trainable numbers.
};

/// Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): the linear layers of these names, in all blocks, become
/// W = W0 + (alpha / rank) B A with A [rank, inputs] and B [outputs, rank]. A and B are trained, all else is frozen.
struct LoraConfig {
    int rank = 0;  ///< 0 = none: the model itself is trained.
    double alpha = 32;
    std::vector<std::string> targets;  ///< "q_proj", ..., "lm_head"; see lora.h.
    double scale() const { return alpha / rank; }
    bool operator==(const LoraConfig&) const = default;
};

/// A penalty on given tokens' logits during the first `duration` tokens of each thought (a thought starts after the context and
/// after each of these tokens). Wang et al. 2025, arXiv 2501.18585, section 4.
struct ThoughtPenalty {
    std::vector<Token> tokens;
    double strength = 0;
    int duration = 0;
};

/// Stops an attempt when the mean confidence of its last `window` tokens falls below `threshold` (confidence = mean negative log-prob of
/// the top k: large = a peaked distribution = sure). Fu et al. 2025, arXiv 2508.15260, section 3.
struct ConfidenceStop {
    int window = 0;
    double threshold = 0;
};

/// How tokens are chosen: data, so that every implementation can run it. temperature 0 = greedy.
struct DecodingRules {
    double temperature = 1;
    double top_p = 1;
    std::vector<Token> forced_prefix;  ///< Tokens every attempt starts with (recorded as generated, with their log-probs).
    std::optional<ThoughtPenalty> penalty;
    std::optional<ConfidenceStop> stop;
};

/// One group to be sampled: a context shared by `attempts` completions.
struct GenerateRequest {
    std::vector<Token> context;  ///< Prompt and hint, [context tokens], not empty.
    int attempts = 1;
    int max_new_tokens = 1;
    std::uint64_t random_key = 0;  ///< Attempt a, position t uses uniform_at(random_key({random_key, a}), t).
};

/// One completion with what was recorded at each of its tokens; all vectors have one entry a generated token (the end token included).
struct Completion {
    std::vector<Token> tokens;
    std::vector<float> logprobs;    ///< Natural log of the probability under temperature 1 and no filter, whatever the rules.
    std::vector<float> entropies;   ///< Of the full distribution at temperature 1, in nats.
    std::vector<float> confidence;  ///< Mean negative log-prob of the top min(5, V) tokens, on raw logits: large = sure.
    bool ended = false;             ///< The end token was sampled (it is the last token).
};

/// What could come next, and how likely it is.
struct NextToken {
    Token token = 0;
    double probability = 0;
};

/// A sequence to be scored or trained: log-probs are taken of tokens[first..n-1], each given all before it. 1 <= first <= n.
struct ScoredSequence {
    std::vector<Token> tokens;
    std::size_t first = 1;
    std::size_t scored() const { return tokens.size() - first; }
};

/// Given row r of an update and its log-probs [scored], writes d loss / d log-prob [scored]. Called once a row, possibly from several
/// threads for different rows: it must not touch shared state but row r's own.
using LogprobGradient = std::function<void(std::size_t row, std::span<const float> logprobs, std::span<float> gradient)>;

/// AdamW (Loshchilov & Hutter 2019, algorithm 2) with clipping of the global gradient norm before it.
struct OptimizerSettings {
    double lr = 1e-4;
    double beta1 = 0.9;
    double beta2 = 0.95;
    double eps = 1e-8;
    double weight_decay = 0;
    double max_grad_norm = 1;  ///< 0 = no clipping.
    double update_norm = 0;    ///< What all weights together change by in a step, decay included: the step is stretched or cut to it. 0 = as AdamW has it.
};

struct UpdateResult {
    double grad_norm = 0;  ///< Before clipping.
    std::int64_t tokens = 0;  ///< Scored tokens that went through forward and backward.
};

struct Memory {
    std::int64_t weights = 0, optimizer = 0, cache = 0, activations = 0;  ///< Bytes.
    std::int64_t total() const { return weights + optimizer + cache + activations; }
};

/// A job, for plan(): the model, how it is trained, attempts asked for at once and the length of the longest.
struct PlanRequest {
    ModelConfig config;
    LoraConfig lora;
    bool reference = false;  ///< The base is kept too, for a KL term.
    int rows = 1, tokens_per_row = 1;
    int new_tokens = 0;  ///< Of tokens_per_row, those that are sampled; 0 = not known.
    int threads = 0, tokens_per_microbatch = 0;  ///< Instead of the engine's own; 0 = those.
};

struct MemoryPlan {
    Memory need;
    std::int64_t available = 0;  ///< Bytes free on the device now.
    bool fits() const { return need.total() <= available; }
};

/// All that a checkpoint must hold of the engine: named fp32 tensors (weights under Hugging Face's names, and the optimiser's moments
/// flat under "optimizer.m" and "optimizer.v", in the order of the names) and the number of optimiser steps taken. With `lora.rank` it
/// is an adapter: the tensors are A and B alone (lora.h has their names), and the moments theirs.
struct EngineState {
    struct Tensor {
        std::vector<std::int64_t> shape;
        std::vector<float> data;
    };
    ModelConfig config;
    LoraConfig lora;
    std::uint64_t base = 0;  ///< Of an adapter: hash_weights() of the model under it; 0 = any of the configuration.
    std::map<std::string, Tensor> tensors;
    std::int64_t optimizer_steps = 0;
};

struct EngineOptions {
    std::string device = "auto";  ///< auto, cpu or cuda.
    int threads = 2;              ///< Workers inside a call (CPU); part of the batch plan, so it changes rounding.
    /// Most tokens (context and padding included) in one micro-batch of an update, a worker; at least one sequence is taken.
    int tokens_per_microbatch = 4096;
    /// Weights as they are read, and what passes between layers, in bf16; what is trained, and sums, stay floats. For a GPU and the
    /// CUDA module; UserError where they are not there, or the model's heads have another size than they take.
    bool bf16 = false;
    bool recompute = false;  ///< On a GPU: layers keep little for the way back and are computed twice, also where there is room for more.
    bool double_precision = false;  ///< Weights and arithmetic in double, for tests of the gradient. Spans and states stay float.
};

/// One model, its optimiser and its device. Not thread-safe: one thread owns it. Every call throws RunError when numbers are not finite
/// or memory runs out, and Stopped when `stop` was requested (checked between tokens and between micro-batches; the state is unchanged).
class Engine {
   public:
    virtual ~Engine() = default;

    /// Puts a model (and its optimiser's moments if the state has them, zero otherwise) in place of the present one. An adapter goes onto
    /// the model that is there, in place of another adapter, and is what update() trains from then on; UserError if that is not its base.
    virtual void load(const EngineState& state) = 0;
    /// What load() takes: the model, or the adapter where there is one.
    virtual EngineState state() const = 0;
    virtual const ModelConfig& config() const = 0;

    /// Samples each request's attempts: result [requests][attempts]. The context of a group is computed once and shared. `progress` is
    /// told the number of tokens sampled so far, now and then.
    virtual std::vector<std::vector<Completion>> generate(std::span<const GenerateRequest> requests, const DecodingRules& rules,
                                                          Token end_token, std::stop_token stop,
                                                          const std::function<void(std::int64_t)>& progress) = 0;

    /// The `count` most probable tokens after a context (not empty) at temperature 1, most probable first; all of them if there are fewer.
    virtual std::vector<NextToken> next_tokens(std::span<const Token> context, int count) = 0;

    /// Log-probs (temperature 1) of each sequence: [sequences][scored]. With `reference`, under the weights kept by keep_reference().
    virtual std::vector<std::vector<float>> score(std::span<const ScoredSequence> sequences, bool reference, std::stop_token stop) = 0;
    virtual void keep_reference() = 0;

    /// Forward, `gradient` asked for each row, backward through exactly these numbers, clipping and one AdamW step. An empty span of
    /// sequences still takes the optimiser step with zero gradient only if weight decay or moments are not zero; it is cheap.
    virtual UpdateResult update(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient,
                                const OptimizerSettings& optimizer, std::stop_token stop) = 0;

    /// The gradient of an update without the optimiser step, flat in the order of state().tensors (weights only). For tests and probes.
    virtual std::vector<float> gradient(std::span<const ScoredSequence> sequences, const LogprobGradient& gradient) = 0;

    /// What a job takes, whatever model is there now.
    virtual MemoryPlan plan(const PlanRequest& request) const = 0;
    virtual std::string device_name() const = 0;  ///< For people, e.g. "CPU, 2 threads" or "NVIDIA H100".
    virtual Memory memory() const = 0;            ///< In use now.
};

/// Thrown by engine calls that were asked to stop.
struct Stopped {};

/// A model with fresh weights: N(0, 1/inputs) for matrices (output projections at half that spread), `embedding_std` for the embedding.
EngineState initial_state(const ModelConfig& config, std::uint64_t seed, double embedding_std = 0.1);

/// Opens the engine module beside the program (once a process; libtorch_cuda.so first where a driver is) and makes an engine without a
/// model. Throws UserError if the module or the device is not there. Call it from the thread that will own the engine.
std::unique_ptr<Engine> open_engine(const EngineOptions& options);

}  // namespace foothold
