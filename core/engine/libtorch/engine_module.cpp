// SPDX-License-Identifier: GPL-3.0-or-later
// The module's factory, the device, and what goes in and out of the engine: states, plans, memory.
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

#include "engine/libtorch/errors.h"
#include "engine/libtorch/kernels.h"
#include "engine/libtorch/train_cpu.h"
#include "engine/module.h"
#include "engine/parameters.h"
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

std::int64_t free_memory(at::Device device) {
    if (device.is_cuda()) return static_cast<std::int64_t>(c10::getDeviceAllocator(at::kCUDA)->getMemoryInfo(0).first);
    std::ifstream file("/proc/meminfo");
    for (std::string name; file >> name;) {
        std::int64_t kilobytes = 0;
        if (name == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
    }
    return ::sysconf(_SC_AVPHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

LibtorchEngine::LibtorchEngine(const EngineOptions& options)
    : settings_(options),
      device_(choose_device(options.device)),
      type_(options.double_precision ? at::kDouble : at::kFloat),
      fused_(!device_.is_cuda() && !options.double_precision && kernels::supported()),
      workers_(device_.is_cuda() ? 1 : options.threads) {
    // Wrong results and NaN gradients in libtorch 2.11 (pytorch issues 193893, 196678).
    at::globalContext().setSDPUseCuDNN(false);
    // Its backward pass adds in any order, so that a resumed run would not repeat.
    at::globalContext().setSDPUseMemEfficient(false);
}

const Model& LibtorchEngine::model() const {
    if (!model_) throw RunError("the engine has no model yet: load() comes first");
    return *model_;
}

const PackedWeights* LibtorchEngine::packed(bool backward) {
    if (!fused_) return nullptr;
    translate_errors("a copy of the weights", [&] {
        if (!packed_) packed_.emplace(model());
        if (backward) packed_->add_backward(model());
    });
    return &*packed_;
}

void LibtorchEngine::load(const EngineState& state) {
    check_state(state);
    translate_errors("load", [&] { place(state); });
}

void LibtorchEngine::place(const EngineState& state) {
    const at::NoGradGuard no_grad;
    const auto size = state.config.parameters();
    const auto on_host = at::TensorOptions().dtype(at::kFloat);
    const auto placements = place_parameters(state.config);
    const auto moment = [&](const char* name) {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end()) return at::zeros({size}, this->options());
        at::Tensor flat = at::empty({size}, on_host);
        const float* from = found->second.data.data();
        for (const Placement& place : placements) {
            std::copy_n(from, place.size, flat.data_ptr<float>() + place.offset);
            from += place.size;
        }
        return flat.to(this->options());
    };
    at::Tensor flat = at::empty({size}, on_host);
    for (const Placement& place : placements)
        std::ranges::copy(state.tensors.at(place.name).data, flat.data_ptr<float>() + place.offset);
    auto first = moment(first_moment_name), second = moment(second_moment_name);
    packed_.reset();
    model_.emplace(state.config, flat.to(this->options()));
    first_moment_ = std::move(first);
    second_moment_ = std::move(second);
    optimizer_steps_ = state.optimizer_steps;
    // A checkpoint of the same model keeps the reference it is measured against.
    if (reference_ && reference_->flat.numel() != model_->flat.numel()) reference_.reset();
}

EngineState LibtorchEngine::state() const {
    return translate_errors("the weights", [&] { return fetch(); });
}

EngineState LibtorchEngine::fetch() const {
    EngineState state;
    state.config = model().config;
    state.optimizer_steps = optimizer_steps_;
    const auto host = [](const at::Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kFloat).contiguous(); };
    const auto weights = host(model().flat), first = host(first_moment_), second = host(second_moment_);
    const auto size = static_cast<std::size_t>(weights.numel());
    EngineState::Tensor m{{weights.numel()}, {}}, v{{weights.numel()}, {}};
    m.data.reserve(size);
    v.data.reserve(size);
    for (const Placement& place : place_parameters(state.config)) {
        const auto part = [&](const at::Tensor& tensor) {
            return std::span(tensor.data_ptr<float>() + place.offset, place.size);
        };
        const auto w = part(weights), a = part(first), b = part(second);
        state.tensors[place.name] = {place.shape, {w.begin(), w.end()}};
        m.data.insert(m.data.end(), a.begin(), a.end());
        v.data.insert(v.data.end(), b.begin(), b.end());
    }
    state.tensors[first_moment_name] = std::move(m);
    state.tensors[second_moment_name] = std::move(v);
    return state;
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
    const ModelConfig& shape = model().config;
    const auto bytes = static_cast<std::int64_t>(c10::elementSize(type_));
    const std::int64_t parameters = shape.parameters(), layers = shape.num_hidden_layers, hidden = shape.hidden_size,
                       mlp = shape.intermediate_size, vocabulary = shape.vocab_size, workers = workers_.count();
    const std::int64_t inner = model().heads() * model().head_size(), kv = model().kv_heads() * model().head_size();
    // The matrices, of which the kernels read copies, both ways.
    const std::int64_t matrices = layers * hidden * (2 * inner + 2 * kv + 3 * mlp) + vocabulary * hidden;
    MemoryPlan plan;
    plan.need.weights = bytes * (parameters * (1 + (reference_ ? 1 : 0)) + (fused_ ? 2 * matrices : 0));
    plan.need.optimizer = parameters * bytes * (2 + workers);  // Two moments, and a gradient a worker.
    plan.need.cache = std::int64_t{request.rows} * request.tokens_per_row * 2 * layers * kv * bytes;
    // What is kept of a token for the way back, and the logits of as many as there are at a time.
    if (fused_) {
        const std::int64_t tokens = std::max<std::int64_t>(
            request.tokens_per_row, std::min<std::int64_t>(request.tokens_per_microbatch, tokens_at_once()));
        plan.need.activations =
            workers * bytes *
            (tokens * (layers * (4 * hidden + 2 * inner + 2 * kv + 3 * mlp) + 8 * hidden + 8 * mlp) +
             2 * std::min(tokens * vocabulary, std::max<std::int64_t>(CpuPasses::most_logits, vocabulary)));
    } else {
        const std::int64_t tokens = std::max(request.tokens_per_row, request.tokens_per_microbatch);
        plan.need.activations =
            workers * bytes *
            (tokens * layers * (12 * hidden + 4 * mlp + 2 * model().heads() * std::int64_t{request.tokens_per_row}) +
             3 * std::min(tokens * vocabulary, most_logits));
    }
    plan.available = free_memory(device_);
    return plan;
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
    const auto bytes = [](const at::Tensor& tensor) { return static_cast<std::int64_t>(tensor.nbytes()); };
    memory.weights =
        bytes(model_->flat) + (reference_ ? bytes(reference_->flat) : 0) + (packed_ ? packed_->bytes() : 0);
    memory.optimizer = bytes(first_moment_) + bytes(second_moment_);
    if (device_.is_cuda()) {
        const auto stats = c10::getDeviceAllocator(at::kCUDA)->getDeviceStats(0);
        memory.activations =
            std::max<std::int64_t>(0, stats.reserved_bytes[0].current - memory.weights - memory.optimizer);
    }
    return memory;
}

}  // namespace foothold

extern "C" __attribute__((visibility("default"))) foothold::Engine* foothold_make_engine_3(
    const foothold::EngineOptions& options) {
    return std::make_unique<foothold::LibtorchEngine>(options).release();
}
