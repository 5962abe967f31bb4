// SPDX-License-Identifier: GPL-3.0-or-later
// The ops as plain loops over floats on the host: what the kernels for a GPU are held against, and what the paged decoder
// is tested with where there is none. Written to be read, not to be fast.
#pragma once
#include "engine/cuda/ops.h"

namespace foothold {

class ReferenceOps : public DecodeOps {
public:
    Number number() const override { return Number::f32; }
    std::string name() const override { return "plain loops on the host"; }

    void* allocate(std::size_t bytes) override;
    void release(void* memory) noexcept override;
    void* allocate_host(std::size_t bytes) override { return allocate(bytes); }
    void release_host(void* memory) noexcept override { release(memory); }
    void upload(void* to, const void* from, std::size_t bytes) override;
    void download(void* to, const void* from, std::size_t bytes) override { upload(to, from, bytes); }
    void copy(void* to, const void* from, std::size_t bytes) override { upload(to, from, bytes); }
    void mark(int) override {}
    void wait(int) override {}
    void synchronize() override {}
    std::unique_ptr<StepGraph> capture(const std::function<void()>& work) override;

    void embed(const Rows& rows, const void* table, int size, float* x) override;
    void add_rms_norm(int rows, int size, float* x, const float* delta, int parts, const void* weight, float eps, void* y) override;
    void multiply_parts(int rows, int inputs, int outputs, const void* a, const void* weight, float* parts) override;
    void multiply(int rows, int inputs, int outputs, const void* a, const void* weight, void* c, bool to_float) override;
    void rotate_append(const Rows& rows, const Heads& heads, const HeadWeights& weights, void* qkv, const Pages& pages) override;
    void attend(const Rows& rows, const Heads& heads, const void* qkv, const Pages& pages, void* y) override;
    void silu_times(int rows, int size, const void* gate_up, void* y) override;
    void sample(int rows, int vocabulary, const float* logits, const SamplerState& state) override;
    void decode(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
                const SamplerState& state, int steps) override;
};

}  // namespace foothold
