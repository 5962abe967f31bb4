// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays in the memory of the ops.
#pragma once
#include <algorithm>
#include <span>
#include <utility>

#include "engine/cuda/ops.h"

namespace foothold {

/// `size` values of a type, zero at first; with `host`, on the host for downloads.
template <class T>
class Array {
public:
    Array() = default;
    Array(DecodeOps& ops, std::size_t size, bool host = false) : ops_(&ops), host_(host), size_(size) {
        const std::size_t bytes = std::max<std::size_t>(size, 1) * sizeof(T);
        data_ = static_cast<T*>(host ? ops.allocate_host(bytes) : ops.allocate(bytes));
    }
    Array(Array&& other) noexcept { *this = std::move(other); }
    Array& operator=(Array&& other) noexcept {
        std::swap(ops_, other.ops_);
        std::swap(host_, other.host_);
        std::swap(size_, other.size_);
        std::swap(data_, other.data_);
        return *this;
    }
    ~Array() {
        if (!data_) return;
        if (host_)
            ops_->release_host(data_);
        else
            ops_->release(data_);
    }

    T* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return size_ * sizeof(T); }
    void upload(std::span<const T> from, std::size_t at = 0) {
        if (!from.empty()) ops_->upload(data_ + at, from.data(), from.size_bytes());
    }

private:
    DecodeOps* ops_ = nullptr;
    bool host_ = false;
    std::size_t size_ = 0;
    T* data_ = nullptr;
};

}  // namespace foothold
