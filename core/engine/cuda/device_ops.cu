// SPDX-License-Identifier: GPL-3.0-or-later
// The ops on a GPU: memory, a stream of its own, graphs, and cuBLAS for the matrix products.
#include <algorithm>
#include <vector>

#include "engine/cuda/typed_launch.cuh"

namespace foothold {
namespace {

using device::check;

class Graph final : public StepGraph {
public:
    Graph(cudaStream_t stream, cudaGraph_t graph) : stream_(stream) {
        const cudaError_t error = cudaGraphInstantiate(&graph_, graph, 0);
        cudaGraphDestroy(graph);
        check(error, "a CUDA graph");
    }
    ~Graph() override { cudaGraphExecDestroy(graph_); }
    void launch() override { check(cudaGraphLaunch(graph_, stream_), "a CUDA graph"); }

private:
    cudaStream_t stream_;
    cudaGraphExec_t graph_ = nullptr;
};

/// Memory that kernels leave something in for each other. What was given stays where it is, as graphs have its address.
class Scratch {
public:
    void* at_least(DecodeOps& ops, std::size_t bytes) {
        if (bytes > bytes_) {
            bytes = std::max(bytes, 2 * bytes_);
            given_.push_back(ops.allocate(bytes));
            bytes_ = bytes;
        }
        return given_.empty() ? nullptr : given_.back();
    }
    void release(DecodeOps& ops) {
        for (void* memory : given_) ops.release(memory);
        given_.clear();
    }

private:
    std::vector<void*> given_;
    std::size_t bytes_ = 0;
};

class DeviceOps final : public DecodeOps, device::TypedLaunch {
public:
    explicit DeviceOps(Number number) : TypedLaunch(number) {
        check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "a CUDA stream");
        for (cudaEvent_t& event : events_)
            check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "a CUDA event");
        check(cublasCreate(&blas_), "cuBLAS");
        check(cublasSetStream(blas_, stream_), "cuBLAS");
        // Memory of its own, after the stream, which would take it away again: none may be asked for while capturing.
        check(cudaMalloc(&workspace_, workspace_bytes), "cuBLAS");
        check(cublasSetWorkspace(blas_, workspace_, workspace_bytes), "cuBLAS");
        check(cublasSetMathMode(blas_, CUBLAS_DEFAULT_MATH), "cuBLAS");  // Floats are floats, not TF32.
    }
    ~DeviceOps() override {
        cudaStreamSynchronize(stream_);
        partial_sums_.release(*this);
        partial_counters_.release(*this);
        cublasDestroy(blas_);
        cudaFree(workspace_);
        for (const cudaEvent_t event : events_) cudaEventDestroy(event);
        cudaStreamDestroy(stream_);
    }

    Number number() const override { return number_; }
    std::string name() const override {
        cudaDeviceProp properties{};
        check(cudaGetDeviceProperties(&properties, 0), "the GPU's name");
        return properties.name;
    }

    void* allocate(std::size_t bytes) override {
        void* memory = nullptr;
        check(cudaMalloc(&memory, bytes), "memory for sampling");
        check(cudaMemsetAsync(memory, 0, bytes, stream_), "memory for sampling");
        return memory;
    }
    void release(void* memory) noexcept override { cudaFree(memory); }  // Waits for what uses it.
    void* allocate_host(std::size_t bytes) override {
        void* memory = nullptr;
        check(cudaMallocHost(&memory, bytes), "memory for samples");
        return memory;
    }
    void release_host(void* memory) noexcept override { cudaFreeHost(memory); }
    // From memory that is not pinned: staged before the call returns.
    void upload(void* to, const void* from, std::size_t bytes) override {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "upload");
    }
    void download(void* to, const void* from, std::size_t bytes) override {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "download");
    }
    void copy(void* to, const void* from, std::size_t bytes) override {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copy");
    }
    void mark(int which) override { check(cudaEventRecord(events_[which], stream_), "a CUDA event"); }
    void wait(int which) override { check(cudaEventSynchronize(events_[which]), "generate"); }
    void synchronize() override { check(cudaStreamSynchronize(stream_), "generate"); }

    std::unique_ptr<StepGraph> capture(const std::function<void()>& work) override {
        synchronize();
        cudaGraph_t graph = nullptr;
        // Of this thread alone: other threads of libtorch may use the device meanwhile.
        check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "a CUDA graph");
        try {
            work();
        } catch (...) {
            cudaStreamEndCapture(stream_, &graph);
            if (graph) cudaGraphDestroy(graph);
            (void)cudaGetLastError();
            throw;
        }
        check(cudaStreamEndCapture(stream_, &graph), "a CUDA graph");
        return std::make_unique<Graph>(stream_, graph);
    }

    void embed(const Rows& rows, const void* table, int size, float* x) override {
        launch("embed", [&]<class T>() { device::embed<T>(stream_, rows, of<T>(table), size, x); });
    }
    void add_rms_norm(int rows, int size, float* x, const float* delta, int parts, const void* weight, float eps, void* y) override {
        launch("add_rms_norm", [&]<class T>() {
            device::add_rms_norm<T, float>(stream_, rows, size, x, delta, parts, of<T>(weight), eps, x, of<T>(y), nullptr);
        });
    }
    void rotate_append(const Rows& rows, const Heads& heads, const HeadWeights& weights, void* qkv, const Pages& pages) override {
        launch("rotate_append", [&]<class T>() {
            device::rotate_append<T>(stream_, rows, heads, weights, of<T>(qkv), of<T>(pages.keys), of<T>(pages.values));
        });
    }
    void attend(const Rows& rows, const Heads& heads, const void* qkv, const Pages& pages, void* y) override {
        const device::Partials partials{
            static_cast<float*>(partial_sums_.at_least(*this, sizeof(float) * device::partial_sums(rows, heads))),
            static_cast<unsigned*>(partial_counters_.at_least(*this, sizeof(unsigned) * device::partial_counters(rows, heads)))};
        launch("attend", [&]<class T>() {
            device::attend<T>(stream_, rows, heads, of<T>(qkv), of<const T>(pages.keys), of<const T>(pages.values), partials, of<T>(y));
        });
    }
    void silu_times(int rows, int size, const void* gate_up, void* y) override {
        launch("silu_times", [&]<class T>() { device::silu_times<T>(stream_, rows, size, of<T>(gate_up), of<T>(y)); });
    }
    void sample(int rows, int vocabulary, const float* logits, const SamplerState& state) override {
        device::sample(stream_, rows, vocabulary, logits, state);
        check(cudaGetLastError(), "sample");
    }
    void decode(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows,
                const SamplerState& state, int steps) override {
        launch("decode", [&]<class T>() { device::decode<T>(stream_, config, weights, pages, rows, state, steps); });
    }
    // cuBLAS counts by columns, so it sees all three transposed: c^T = weight a^T.
    void multiply(int rows, int inputs, int outputs, const void* a, const void* weight, void* c, bool to_float) override {
        check(cublasGemmEx(blas_, CUBLAS_OP_T, CUBLAS_OP_N, outputs, rows, inputs, &one, weight, type(), inputs, a, type(), inputs, &zero,
                           c, to_float ? CUDA_R_32F : type(), outputs, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
              "multiply");
    }
    void multiply_parts(int rows, int inputs, int outputs, const void* a, const void* weight, float* parts) override {
        const int count = product_parts(inputs, outputs), share = inputs / count;
        if (count == 1) return multiply(rows, inputs, outputs, a, weight, parts, true);
        check(cublasGemmStridedBatchedEx(blas_, CUBLAS_OP_T, CUBLAS_OP_N, outputs, rows, share, &one, weight, type(), inputs, share, a, type(),
                                         inputs, share, &zero, parts, CUDA_R_32F, outputs, static_cast<long long>(rows) * outputs, count,
                                         CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
              "multiply_parts");
    }

private:
    static constexpr float one = 1, zero = 0;
    static constexpr std::size_t workspace_bytes = std::size_t{32} << 20;  // What cuBLAS takes by itself on an H100.

    cudaStream_t stream_ = nullptr;
    cudaEvent_t events_[2] = {};
    cublasHandle_t blas_ = nullptr;
    void* workspace_ = nullptr;
    Scratch partial_sums_, partial_counters_;
};

}  // namespace
}  // namespace foothold

extern "C" __attribute__((visibility("default"))) foothold::DecodeOps* foothold_make_decode_ops_2(foothold::Number number) {
    foothold::device::use_first_gpu();
    return new foothold::DeviceOps(number);
}
