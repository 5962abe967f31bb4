// SPDX-License-Identifier: GPL-3.0-or-later
// The ops of an update on a GPU: the kernels, and cuBLAS for the matrix products, on libtorch's stream.
#include <utility>
#include <vector>

#include "engine/cuda/train_kernels.cuh"
#include "engine/cuda/typed_launch.cuh"

namespace foothold {
namespace {

using device::check;

class DeviceTrainOps final : public TrainOps, device::TypedLaunch {
public:
    explicit DeviceTrainOps(Number number) : TypedLaunch(number) {
        check(cublasCreate(&blas_), "cuBLAS");
        check(cublasSetMathMode(blas_, CUBLAS_DEFAULT_MATH), "cuBLAS");  // Floats are floats, not TF32.
    }
    ~DeviceTrainOps() override {
        cublasDestroy(blas_);
        cudaFree(scratch_);
    }
    Number number() const override { return number_; }

    void embed(int rows, int size, const Token* tokens, const void* table, float* x) override {
        launch("embed", [&]<class T>() { device::embed_tokens<T>(stream, rows, size, tokens, of<T>(table), x); });
    }
    void add_embedding_gradient(int distinct, int size, const Token* tokens, const Lists& lists, const float* dx, float* dtable) override {
        launch("add_embedding_gradient", [&]<class T>() { device::add_embedding_gradient(stream, distinct, size, tokens, lists, dx, dtable); });
    }
    // cuBLAS counts by columns, so that it sees everything transposed.
    void multiply(int rows, int inputs, int outputs, const void* x, const void* weight, void* y, bool to_float) override {
        product(CUBLAS_OP_T, CUBLAS_OP_N, outputs, rows, inputs, weight, inputs, x, inputs, y, to_float ? CUDA_R_32F : type(), 0);
    }
    void multiply_back(int rows, int inputs, int outputs, const void* dy, const void* weight, void* dx) override {
        product(CUBLAS_OP_N, CUBLAS_OP_N, inputs, rows, outputs, weight, inputs, dy, outputs, dx, type(), 0);
    }
    void add_weight_gradient(int rows, int inputs, int outputs, const void* dy, const void* x, float* dweight) override {
        product(CUBLAS_OP_N, CUBLAS_OP_T, inputs, outputs, rows, x, inputs, dy, outputs, dweight, CUDA_R_32F, 1);
    }
    void add_column_sums(int rows, int columns, const void* x, float* to) override {
        launch("add_column_sums", [&]<class T>() { device::add_column_sums<T>(stream, rows, columns, of<T>(x), scratch(columns), to); });
    }
    void add_rms_norm(int rows, int size, const float* x, const void* delta, const void* weight, float eps, float* sum, void* y,
                      float* inverse) override {
        launch("add_rms_norm", [&]<class T>() {
            device::add_rms_norm<T, T>(stream, rows, size, x, of<T>(delta), delta ? 1 : 0, of<T>(weight), eps, sum, of<T>(y), inverse);
        });
    }
    void rms_norm_backward(int rows, int size, const void* dy, const float* x, const float* inverse, const void* weight, float* dx,
                           void* rounded, float* dweight) override {
        launch("rms_norm_backward", [&]<class T>() {
            device::rms_norm_backward<T>(stream, rows, size, of<T>(dy), x, inverse, of<T>(weight), dx, of<T>(rounded),
                                         dweight ? scratch(size) : nullptr, dweight);
        });
    }
    void rotate(int rows, const Heads& heads, const int* positions, const void* bias, const float* cos, const float* sin, void* qkv) override {
        launch("rotate", [&]<class T>() { device::rotate<T>(stream, rows, heads, positions, of<T>(bias), cos, sin, of<T>(qkv)); });
    }
    void rotate_back(int rows, const Heads& heads, const int* positions, const Lists& readers, const float* cos, const float* sin,
                     const void* dq, const void* dk, const void* dv, void* dqkv) override {
        launch("rotate_back", [&]<class T>() {
            device::rotate_back<T>(stream, rows, heads, positions, readers, cos, sin, of<T>(dq), of<T>(dk), of<T>(dv), of<T>(dqkv));
        });
    }
    void attend(const PackedAttention& a, void* y, float* log_sums) override {
        launch("attend", [&]<class T>() {
            device::attend_packed<T>(stream, a.rows, a.bounds, a.heads, of<T>(a.q), a.q_stride, of<T>(a.k), of<T>(a.v), a.kv_stride, of<T>(y), log_sums);
        });
    }
    void attend_back(const PackedAttention& a, const void* y, const void* dy, const float* log_sums, float* dots, void* dq, void* dk,
                     void* dv) override {
        launch("attend_back", [&]<class T>() {
            device::attend_packed_back<T>(stream, a.rows, a.keys, a.bounds, a.heads, of<T>(a.q), a.q_stride, of<T>(a.k), of<T>(a.v), a.kv_stride,
                                          of<T>(y), of<T>(dy), log_sums, dots, of<T>(dq), of<T>(dk), of<T>(dv));
        });
    }
    void sum_lines(int rows, int size, const Lists& lists, const void* from, void* to) override {
        launch("sum_lines", [&]<class T>() { device::sum_lines<T>(stream, rows, size, lists, of<T>(from), of<T>(to)); });
    }
    void silu_times(int rows, int size, const void* gate_up, void* y) override {
        launch("silu_times", [&]<class T>() { device::silu_times<T>(stream, rows, size, of<T>(gate_up), of<T>(y)); });
    }
    void silu_times_backward(int rows, int size, void* dy, void* gate_up) override {
        launch("silu_times_backward", [&]<class T>() { device::silu_times_backward<T>(stream, rows, size, of<T>(dy), of<T>(gate_up)); });
    }
    void logprobs(int rows, int vocabulary, const float* logits, const Token* targets, float* logprobs, float* log_sums) override {
        launch("logprobs", [&]<class T>() { device::logprobs(stream, rows, vocabulary, logits, targets, logprobs, log_sums); });
    }
    void logprobs_backward(int rows, int vocabulary, const float* logits, const Token* targets, const float* log_sums,
                           const float* slopes, void* dlogits) override {
        launch("logprobs_backward", [&]<class T>() {
            device::logprobs_backward<T>(stream, rows, vocabulary, logits, targets, log_sums, slopes, of<T>(dlogits));
        });
    }
    double sum_of_squares(std::int64_t count, const float* x) override {
        auto* parts = reinterpret_cast<double*>(scratch(2));
        device::squares(stream, count, x, parts);
        check(cudaGetLastError(), "sum_of_squares");
        std::vector<double> host(device::sum_parts);
        check(cudaMemcpy(host.data(), parts, host.size() * sizeof(double), cudaMemcpyDeviceToHost), "sum_of_squares");
        double sum = 0;
        for (const double part : host) sum += part;
        return sum;
    }
    void adamw(std::int64_t count, const AdamWStep& step, const float* gradient, float* weights, float* first_moment, float* second_moment,
               void* rounded) override {
        launch("adamw", [&]<class T>() {
            device::adamw<T>(stream, count, step, gradient, weights, first_moment, second_moment, of<T>(rounded));
        });
    }

private:
    static constexpr cudaStream_t stream = nullptr;  // libtorch's, where nobody chose another.

    /// c = op(a) op(b) + beta c; c has m rows.
    void product(cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k, const void* a, int lda, const void* b, int ldb,
                 void* c, cudaDataType c_type, float beta) {
        const float one = 1;
        check(cublasGemmEx(blas_, op_a, op_b, m, n, k, &one, a, type(), lda, b, type(), ldb, &beta, c, c_type, m, CUBLAS_COMPUTE_32F,
                           CUBLAS_GEMM_DEFAULT),
              "a matrix product");
    }

    /// Room for sum_parts rows of so many numbers.
    float* scratch(int columns) {
        if (columns > columns_) {
            cudaFree(std::exchange(scratch_, nullptr));
            columns_ = 0;
            check(cudaMalloc(&scratch_, static_cast<std::size_t>(columns) * device::sum_parts * sizeof(float)), "memory for sums");
            columns_ = columns;
        }
        return scratch_;
    }

    cublasHandle_t blas_ = nullptr;
    float* scratch_ = nullptr;
    int columns_ = 0;
};

}  // namespace
}  // namespace foothold

extern "C" __attribute__((visibility("default"))) foothold::TrainOps* foothold_make_train_ops_2(foothold::Number number) {
    foothold::device::use_first_gpu();
    return new foothold::DeviceTrainOps(number);
}
