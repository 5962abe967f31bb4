// SPDX-License-Identifier: GPL-3.0-or-later
// The module's factory, the device, plans and memory.
#include "engine/libtorch/engine_module.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/cuda/train_reference.h"
#include "engine/libtorch/decode.h"
#include "engine/libtorch/errors.h"
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/train_cpu.h"
#include "engine/libtorch/train_device.h"
#include "engine/libtorch/train_tensors.h"
#include "engine/lora.h"
#include "engine/module.h"
#include "record/error.h"

namespace foothold {
namespace {

/// Loads libtorch_cuda.so where there is a driver, before libtorch is asked for anything: it looks for CUDA once, and
/// what it does not find then is off for the whole process. Returns why there is no CUDA, or an empty text.
std::string load_cuda() {
    if (!std::filesystem::exists("/proc/driver/nvidia/version") && !::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL))
        return "this machine has no NVIDIA driver";
    // By its bare name: the module's own RPATH leads to libtorch.
    if (!::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL))
        return fmt::format("libtorch's CUDA part does not load: {}. packaging/bootstrap --cuda installs what it needs", ::dlerror());
    return at::hasCUDA() ? "" : "there is no GPU, or its driver is older than CUDA 13 asks for (580)";
}

/// Why the GPU that was found cannot compute, or an empty text: libtorch may have no kernels for it, or another process holds it.
std::string try_cuda() {
    try {
        at::ones({1}, at::Device(at::kCUDA, 0)).add_(1).item<float>();
        return "";
    } catch (const c10::Error& error) {
        return fmt::format("the GPU cannot be used: {}", error.what_without_backtrace());
    }
}

at::Device choose_device(const std::string& wanted) {
    static const std::string not_loaded = load_cuda();
    if (wanted == "cpu") return at::kCPU;
    static const std::string no_cuda = not_loaded.empty() ? try_cuda() : not_loaded;
    if (wanted == "auto" && !no_cuda.empty()) return at::kCPU;
    if (!no_cuda.empty()) throw UserError(fmt::format("no CUDA device: {}. Choose --device cpu or auto", no_cuda));
    return at::Device(at::kCUDA, 0);
}

/// The ops that train on a GPU, by which floats can do without; on a processor, for tests, the plain loops.
std::unique_ptr<TrainOps> open_train_ops(at::Device device, const EngineOptions& options) {
    if (!device.is_cuda()) {
        if (options.bf16)
            throw UserError("bfloat16 is for a GPU, and this is the processor. Choose --device cuda, or dtype = \"float32\"");
        return asked_ops() == AskedOps::reference && !options.double_precision ? std::make_unique<ReferenceTrainOps>() : nullptr;
    }
    if (options.bf16) return open_cuda_train_ops(Number::bf16);
    if (options.double_precision || asked_ops() == AskedOps::tensors) return nullptr;
    try {
        return open_cuda_train_ops(Number::f32);
    } catch (const UserError&) {
        return nullptr;  // PagedSampling::open() has said why.
    }
}

}  // namespace

std::int64_t free_memory(at::Device device) {
    if (device.is_cuda()) return static_cast<std::int64_t>(c10::getDeviceAllocator(at::kCUDA)->getMemoryInfo(0).first);
    std::ifstream file("/proc/meminfo");
    for (std::string name; file >> name;) {
        std::int64_t kilobytes = 0;
        if (name == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
    }
    return ::sysconf(_SC_AVPHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
}

LibtorchEngine::LibtorchEngine(const EngineOptions& options)
    : settings_(options),
      device_(choose_device(options.device)),
      type_(options.double_precision ? at::kDouble : at::kFloat),
      fused_(!device_.is_cuda() && !options.double_precision && kernels::supported()),
      workers_(device_.is_cuda() ? 1 : options.threads),
      paged_(PagedSampling::open(device_, type_, options.bf16)),
      train_ops_(open_train_ops(device_, options)) {
    // Wrong results and NaN gradients in libtorch 2.11 (pytorch issues 193893, 196678).
    at::globalContext().setSDPUseCuDNN(false);
    // Its backward pass adds in any order, so that a resumed run would not repeat.
    at::globalContext().setSDPUseMemEfficient(false);
}

const Model& LibtorchEngine::model() const {
    if (!model_) throw RunError("the engine has no model yet: load() comes first");
    return *model_;
}

at::Tensor LibtorchEngine::as_read(const Model& model) const {
    const at::NoGradGuard no_grad;
    return settings_.bf16 ? model.flat.to(at::kBFloat16) : model.flat;
}

const at::Tensor& LibtorchEngine::read_weights() {
    if (!settings_.bf16) return model().flat;
    const at::NoGradGuard no_grad;
    translate_errors("the weights in bf16", [&] {
        if (!rounded_.defined())
            rounded_ = as_read(model());
        else if (rounded_stale_)
            rounded_.copy_(model().flat);
        rounded_stale_ = false;
    });
    return rounded_;
}

const PackedWeights* LibtorchEngine::packed(bool backward) {
    if (!fused_ || train_ops_) return nullptr;
    translate_errors("a copy of the weights", [&] {
        if (!packed_) packed_.emplace(model(), workers_);
        else if (packed_stale_) packed_->repack(model(), workers_);
        packed_stale_ = false;
        if (backward) packed_->add_backward(model(), workers_);
    });
    return &*packed_;
}

std::vector<NextToken> LibtorchEngine::next_tokens(std::span<const Token> context, int count) {
    const ModelConfig& shape = model().config;
    if (context.empty() || std::ssize(context) > shape.max_position_embeddings)
        throw UserError(fmt::format("{} tokens do not fit this model: it has room for 1 to {}", context.size(),
                                    shape.max_position_embeddings));
    for (const Token token : context)
        if (token < 0 || token >= shape.vocab_size)
            throw UserError(fmt::format("token {} is not in this model's vocabulary of {}", token, shape.vocab_size));
    const at::NoGradGuard no_grad;
    const auto [likely, which] = translate_errors("next_tokens", [&] {
        const std::vector<std::int64_t> ids(context.begin(), context.end());
        const at::Tensor tokens = at::tensor(ids).unsqueeze(0).to(device_);
        const at::Tensor logits = model().logits(model().forward(tokens).select(1, -1)).squeeze(0);
        const auto [values, indices] = at::softmax(logits, -1, at::kFloat).topk(std::min<std::int64_t>(count, shape.vocab_size));
        return std::pair(values.to(at::kCPU).contiguous(), indices.to(at::kCPU).contiguous());
    });
    std::vector<NextToken> next;
    for (std::int64_t i = 0; i < likely.numel(); ++i) {
        const double probability = likely.data_ptr<float>()[i];
        if (!std::isfinite(probability)) throw RunError("next_tokens: the model's numbers are not finite");
        next.push_back({static_cast<Token>(which.data_ptr<std::int64_t>()[i]), probability});
    }
    return next;
}

void LibtorchEngine::keep_reference() {
    const at::NoGradGuard no_grad;
    translate_errors("a reference model", [&] { reference_.emplace(model().config, model().flat.clone()); });
}

MemoryPlan LibtorchEngine::plan(const PlanRequest& request) const {
    const ModelConfig& shape = request.config;
    const auto bytes = static_cast<std::int64_t>(c10::elementSize(type_));
    const std::int64_t parameters = shape.parameters(), layers = shape.num_hidden_layers, hidden = shape.hidden_size,
                       mlp = shape.intermediate_size, vocabulary = shape.vocab_size,
                       workers = request.threads > 0 && !device_.is_cuda() ? request.threads : workers_.count();
    const std::int64_t inner = std::int64_t{shape.num_attention_heads} * shape.head_size(),
                       kv = std::int64_t{shape.num_key_value_heads} * shape.head_size();
    // The matrices, of which the kernels read copies, both ways.
    const std::int64_t matrices = layers * hidden * (2 * inner + 2 * kv + 3 * mlp) + vocabulary * hidden;
    std::int64_t trained = parameters, kept = 0;  // What W0 takes under an adapter.
    if (request.lora.rank > 0) {
        trained = lora_parameters(shape, request.lora);
        for (const LoraModule& module : lora_modules(shape, request.lora)) kept += module.outputs * module.inputs;
        kept += trained * (fused_ ? 2 : 1);
    }
    MemoryPlan plan;
    // The copy of the base is packed as well while it scores.
    plan.need.weights = bytes * (parameters + kept + (fused_ ? 2 * matrices : 0) +
                                 (request.reference ? parameters + (fused_ ? matrices : 0) : 0));
    // Two moments, and a gradient a worker; in its place, while a checkpoint is written, weights and moments.
    plan.need.optimizer = trained * bytes * (2 + (device_.is_cuda() ? workers : std::max<std::int64_t>(3, workers)));
    const std::int64_t rows = std::min<std::int64_t>(
        request.rows, workers * static_cast<std::int64_t>(
                                    rows_at_once(shape, request.tokens_per_row, request.tokens_per_row, device_.is_cuda())));
    const auto paged = paged_ ? paged_->bytes_for(shape, request.rows, request.tokens_per_row) : std::nullopt;
    plan.need.cache = paged.value_or(rows * request.tokens_per_row * 2 * layers * kv * bytes);
    // What is kept of a token for the way back, and the logits of as many as there are at a time.
    const std::int64_t tokens = std::max<std::int64_t>(request.tokens_per_row, tokens_at_once(std::max(0, request.tokens_per_row - request.new_tokens), request.tokens_per_microbatch));
    plan.available = free_memory(device_);
    if (train_ops_ && DevicePasses::supports(shape)) {
        if (settings_.bf16) plan.need.weights += 2 * parameters * (request.reference ? 2 : 1);
        plan.need.activations = pass_bytes(shape, tokens, settings_.recompute);
        if (!plan.fits()) plan.need.activations = pass_bytes(shape, tokens, true);
    } else if (fused_) {
        plan.need.activations =
            workers * bytes *
            (tokens * (layers * (4 * hidden + 2 * inner + 2 * kv + 3 * mlp) + 8 * hidden + 8 * mlp) +
             2 * std::min(tokens * vocabulary, std::max<std::int64_t>(CpuPasses::most_logits, vocabulary)));
    } else {
        plan.need.activations =
            workers * bytes *
            (tokens * layers * (12 * hidden + 4 * mlp + 2 * shape.num_attention_heads * std::int64_t{request.tokens_per_row}) +
             3 * std::min(tokens * vocabulary, TensorPasses::most_logits));
    }
    return plan;
}

std::int64_t LibtorchEngine::pass_bytes(const ModelConfig& config, std::int64_t tokens, bool recompute) const {
    const std::int64_t layers = config.num_hidden_layers, hidden = config.hidden_size, mlp = config.intermediate_size, vocabulary = config.vocab_size,
                       inner = std::int64_t{config.num_attention_heads} * config.head_size(), kv = std::int64_t{config.num_key_value_heads} * config.head_size(),
                       number = settings_.bf16 ? 2 : 4, floats = 4;
    // A layer's x; what else it keeps; what is between; logits and their gradient.
    return tokens * (floats * layers * hidden +
                     (recompute ? 1 : layers) * (floats * hidden + number * (2 * hidden + 2 * inner + 4 * kv + 2 * mlp)) +
                     floats * 3 * hidden + number * (6 * hidden + 4 * mlp)) +
           (floats + number) * std::min(tokens * vocabulary, DevicePasses::most_logits);
}

std::string LibtorchEngine::device_name() const {
    if (!device_.is_cuda())
        return fmt::format("CPU, {} {}", workers_.count(), workers_.count() == 1 ? "thread" : "threads");
    // Of several GPUs it is not known which one the driver counts as the first.
    constexpr const char* gpus = "/proc/driver/nvidia/gpus";
    std::error_code error;
    if (std::distance(std::filesystem::directory_iterator(gpus, error), {}) > 1) return "CUDA device 0";
    for (const auto& gpu : std::filesystem::directory_iterator(gpus, error)) {
        std::ifstream file(gpu.path() / "information");
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("Model:"))
                if (const auto at = line.find_first_not_of(" \t", 6); at != line.npos) return line.substr(at);
    }
    return "CUDA device 0";
}

Memory LibtorchEngine::memory() const {
    Memory memory;
    if (!model_) return memory;
    const auto bytes = [](const at::Tensor& tensor) {
        return tensor.defined() ? static_cast<std::int64_t>(tensor.nbytes()) : 0;
    };
    memory.weights =
        bytes(model_->flat) + (reference_ ? bytes(reference_->flat) : 0) + (packed_ ? packed_->bytes() : 0) + bytes(rounded_) +
        (adapter_ ? adapter_->bytes() : 0);
    memory.optimizer = bytes(first_moment_) + bytes(second_moment_);
    if (paged_) memory.cache = paged_->bytes();
    if (device_.is_cuda()) {
        const auto stats = c10::getDeviceAllocator(at::kCUDA)->getDeviceStats(0);
        memory.activations =
            std::max<std::int64_t>(0, stats.reserved_bytes[0].current - memory.weights - memory.optimizer);
    }
    return memory;
}

}  // namespace foothold

extern "C" __attribute__((visibility("default"))) foothold::Engine* foothold_make_engine_5(
    const foothold::EngineOptions& options) {
    return std::make_unique<foothold::LibtorchEngine>(options).release();
}
