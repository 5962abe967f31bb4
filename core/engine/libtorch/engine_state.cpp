// SPDX-License-Identifier: GPL-3.0-or-later
// What goes in and out of the engine: a model, or an adapter on it, each with its optimiser.
#include <fmt/format.h>

#include <algorithm>

#include "engine/libtorch/engine_module.h"
#include "engine/libtorch/errors.h"
#include "engine/libtorch/train_device.h"
#include "engine/lora.h"
#include "engine/parameters.h"

namespace foothold {
namespace {

/// Where each tensor of a state lies in the flat one that holds them all.
std::vector<Placement> placements_of(const EngineState& state) {
    if (state.lora.rank == 0) return place_parameters(state.config);
    std::vector<Placement> placements;
    std::int64_t offset = 0;
    for (const auto& [name, shape] : lora_shapes(state.config, state.lora)) {
        placements.push_back({name, shape, offset, shape[0] * shape[1]});
        offset += placements.back().size;
    }
    return placements;
}

/// The numbers of a state in the layout of `placements`, on the host: next(placement) gives where each one's begin.
template <class Next>
at::Tensor gather(const std::vector<Placement>& placements, Next&& next) {
    std::int64_t size = 0;
    for (const Placement& place : placements) size += place.size;
    at::Tensor flat = at::empty({size}, at::TensorOptions().dtype(at::kFloat));
    for (const Placement& place : placements)
        std::copy_n(next(place), place.size, flat.data_ptr<float>() + place.offset);
    return flat;
}

at::Tensor on_host(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kFloat).contiguous(); }

}  // namespace

void LibtorchEngine::load(const EngineState& state) {
    check_state(state);
    if (settings_.bf16 && !DevicePasses::supports(state.config))
        throw UserError(fmt::format("bfloat16 takes heads of at most 256 numbers in at most 8192, and this model has {} in {}. Choose dtype = \"float32\"",
                                    state.config.head_size(), state.config.hidden_size));
    translate_errors("load", [&] { place(state); });
}

void LibtorchEngine::place(const EngineState& state) {
    const at::NoGradGuard no_grad;
    const auto placements = placements_of(state);
    const auto moment = [&](const char* name) {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end()) return at::Tensor();
        const float* from = found->second.data.data();  // In the order of the names, as the placements are.
        return gather(placements, [&](const Placement& place) { return std::exchange(from, from + place.size); })
            .to(this->options());
    };
    const auto flat = gather(placements, [&](const Placement& place) {
                          return state.tensors.at(place.name).data.data();
                      }).to(this->options());
    auto first = moment(first_moment_name), second = moment(second_moment_name);
    if (state.lora.rank > 0) {
        place_adapter(state, flat);
    } else {
        adapter_.reset();
        base_hash_.reset();
        passes_.clear();
        packed_.reset();
        rounded_.reset();
        if (paged_) paged_->forget();
        model_.emplace(state.config, flat);
        // A checkpoint of the same model keeps the reference it is measured against.
        if (reference_ && reference_->flat.numel() != model_->flat.numel()) reference_.reset();
    }
    first_moment_ = std::move(first);
    second_moment_ = std::move(second);
    optimizer_steps_ = state.optimizer_steps;
}

void LibtorchEngine::place_adapter(const EngineState& state, const at::Tensor& flat) {
    if (!base_hash_) {  // Then nothing is merged into the model.
        const at::Tensor weights = on_host(model().flat);
        std::uint64_t hash = hash_start;
        for (const Placement& place : place_parameters(model().config))
            hash = hash_numbers(hash, {weights.data_ptr<float>() + place.offset, static_cast<std::size_t>(place.size)});
        base_hash_ = hash;
    }
    check_base(state, model().config, *base_hash_);
    passes_.clear();
    packed_.reset();
    rounded_stale_ = true;
    adapter_.reset();
    adapter_.emplace(*model_, state.lora, flat);
    adapter_->merge(workers_, fused_);
}

EngineState LibtorchEngine::state() const {
    return translate_errors("the weights", [&] { return fetch(); });
}

EngineState LibtorchEngine::fetch() const {
    EngineState state;
    state.config = model().config;
    if (adapter_) {
        state.lora = adapter_->lora;
        state.base = *base_hash_;
    }
    state.optimizer_steps = optimizer_steps_;
    const auto placements = placements_of(state);
    const auto numbers = on_host(trained());
    for (const Placement& place : placements) {
        const float* from = numbers.data_ptr<float>() + place.offset;
        state.tensors[place.name] = {place.shape, {from, from + place.size}};
    }
    const auto keep = [&](const char* name, const at::Tensor& moment) {
        EngineState::Tensor& to = state.tensors[name];
        to.shape = {numbers.numel()};
        if (!moment.defined()) return to.data.resize(static_cast<std::size_t>(numbers.numel()));
        const at::Tensor flat = on_host(moment);
        to.data.reserve(static_cast<std::size_t>(flat.numel()));
        for (const Placement& place : placements) {
            const float* from = flat.data_ptr<float>() + place.offset;
            to.data.insert(to.data.end(), from, from + place.size);
        }
    };
    keep(first_moment_name, first_moment_);
    keep(second_moment_name, second_moment_);
    return state;
}

}  // namespace foothold
