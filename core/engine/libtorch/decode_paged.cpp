// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/libtorch/decode_paged.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "engine/cuda/reference.h"
#include "engine/libtorch/decode.h"
#include "record/error.h"

namespace foothold {

AskedOps asked_ops() {
    const char* named = std::getenv("FOOTHOLD_OPS");
    const std::string_view way = named ? named : "";
    if (way.empty()) return AskedOps::usual;
    if (way == "tensors") return AskedOps::tensors;
    if (way == "reference") return AskedOps::reference;
    throw UserError("FOOTHOLD_OPS in the environment is neither tensors nor reference");
}

namespace {

/// The model's weights where the ops read them.
DecoderWeights decoder_weights(const Model& model, const at::Tensor& read) {
    const auto at = [&](const at::Tensor& tensor) -> const void* {
        if (!tensor.defined()) return nullptr;
        return static_cast<const char*>(read.const_data_ptr()) + model.offset(tensor) * static_cast<std::int64_t>(read.element_size());
    };
    DecoderWeights weights;
    weights.embedding = at(model.embedding);
    weights.norm = at(model.norm);
    weights.head = at(model.head);
    weights.cos = model.cos.const_data_ptr<float>();
    weights.sin = model.sin.const_data_ptr<float>();
    for (const Model::Layer& layer : model.layers)
        weights.layers.push_back({at(layer.input_norm), at(layer.qkv), at(layer.qkv_bias), at(layer.q_norm), at(layer.k_norm),
                                  at(layer.o), at(layer.attention_norm), at(layer.gate_up), at(layer.down)});
    return weights;
}

}  // namespace

std::unique_ptr<PagedSampling> PagedSampling::open(at::Device device, at::ScalarType type, bool bf16) {
    const AskedOps asked = asked_ops();
    const auto made = [](std::unique_ptr<DecodeOps> ops, bool on_gpu) {
        return std::unique_ptr<PagedSampling>(new PagedSampling(std::move(ops), on_gpu));
    };
    if (type != at::kFloat || asked == AskedOps::tensors) return nullptr;
    if (!device.is_cuda()) return asked == AskedOps::reference ? made(std::make_unique<ReferenceOps>(), false) : nullptr;
    try {
        const Number number = bf16 ? Number::bf16 : Number::f32;
        auto ops = open_cuda_ops(number);
        spdlog::info("sampling by the CUDA module on {}, in {}", ops->name(), number == Number::bf16 ? "bf16" : "floats");
        return made(std::move(ops), true);
    } catch (const UserError& error) {
        spdlog::info("sampling by libtorch's operations: {}", error.what());
        return nullptr;
    }
}

void PagedSampling::decode(const Model& model, const at::Tensor& read, const Batch& batch) {
    if (!decode_ops_support(model.config) || trust_ == Trust::bad) return decode_by_tensors(model, batch);
    if (!decoder_) decoder_.emplace(*ops_, model.config, decoder_weights(model, read));
    if (on_gpu_) {
        // The ops have a stream and an allocator of their own: what was queued before comes first, and what libtorch only
        // keeps for later is theirs.
        c10::impl::VirtualGuardImpl(at::kCUDA).getStream(model.flat.device()).synchronize();
        if (!decoder_->fits(batch)) c10::getDeviceAllocator(at::kCUDA)->emptyCache();
    }
    if (trust_ == Trust::unknown) {
        trust_ = agrees(model, batch) ? Trust::good : Trust::bad;
        if (trust_ == Trust::bad) {
            spdlog::warn("sampling by libtorch's operations: {} gives other numbers for this model", ops_->name());
            return decode_by_tensors(model, batch);
        }
    }
    decoder_->decode(batch);
}

bool PagedSampling::agrees(const Model& model, const Batch& batch) {
    const float tolerance = ops_->number() == Number::bf16 ? .1f : 2e-3f;
    // The first row's first tokens, with nothing told to anyone.
    if (batch.rows.empty()) return true;
    GenerateRequest few = *batch.rows.front().request;
    few.attempts = 1;
    few.max_new_tokens = std::min(few.max_new_tokens, 8);
    Completion theirs, ours;
    const auto one = [&](Completion& completion) { return Row{&few, batch.rows.front().key, &completion}; };
    const Row their_row = one(theirs), our_row = one(ours);
    const auto part = [&](const Row& row) { return Batch{std::span(&row, 1), batch.rules, batch.end_token, batch.stop, {}}; };
    decode_by_tensors(model, part(their_row));
    decoder_->decode(part(our_row));
    for (std::size_t t = 0; t < std::min(ours.tokens.size(), theirs.tokens.size()); ++t) {
        // The entropy is that of the token's distribution, whichever was drawn.
        if (!(std::abs(ours.entropies[t] - theirs.entropies[t]) <= tolerance)) return false;
        if (ours.tokens[t] != theirs.tokens[t]) return true;  // A number between two tokens' chances may fall on either side.
        if (!(std::abs(ours.logprobs[t] - theirs.logprobs[t]) <= tolerance)) return false;
    }
    return true;
}

void PagedSampling::forget() {
    trust_ = Trust::unknown;
    decoder_.reset();
}

std::int64_t PagedSampling::bytes() const {
    return decoder_ ? decoder_->bytes() : 0;
}

std::optional<std::int64_t> PagedSampling::bytes_for(const ModelConfig& config, std::int64_t rows, int tokens) const {
    if (!decode_ops_support(config)) return std::nullopt;
    const std::int64_t rounded = ops_->number() == Number::bf16 ? 2 * config.parameters() : 0;
    return rounded + PagedDecoder::bytes_for(config, ops_->number(), rows, tokens);
}

}  // namespace foothold
