// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of kernels share: the same numbers in the memory of a GPU and in that of the plain loops, and how far what
// comes of them is apart.
#pragma once
#include "core/paged_bench.h"
#include "engine/cuda/reference.h"

namespace foothold::engines {

enum class Kind { reference, device_f32, device_bf16 };

inline std::size_t product(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

inline std::vector<float> random_numbers(std::size_t count, std::uint64_t seed, double spread = 1) {
    Random random(random_key({seed, 31}));
    std::vector<float> numbers(count);
    // Drawing is slow: from a prime on the same ones again.
    constexpr std::size_t drawn = 65521;
    for (std::size_t i = 0; i < count; ++i) numbers[i] = i < drawn ? static_cast<float>(spread * random.normal()) : numbers[i - drawn];
    return numbers;
}

/// The ops under test beside the plain ones, fed with the same numbers.
class Pair {
public:
    explicit Pair(DecodeOps& device) : device(device) {}

    /// The same numbers, as the device's type can hold them, in both memories.
    struct Both {
        Array<std::byte> device, reference;
    };
    Both numbers(std::vector<float> values) {
        if (device.number() == Number::bf16)
            for (float& value : values) value = from_bf16(to_bf16(value));
        return {in_ops(device, values), in_ops(reference, values)};
    }
    template <class T>
    std::pair<Array<T>, Array<T>> same(const std::vector<T>& values) {
        std::pair<Array<T>, Array<T>> both{Array<T>(device, values.size()), Array<T>(reference, values.size())};
        both.first.upload(values);
        both.second.upload(values);
        return both;
    }

    /// Numbers that the ops have written.
    static std::vector<float> read(DecodeOps& ops, const void* from, std::size_t count, bool floats) {
        const bool halves = !floats && ops.number() == Number::bf16;
        Array<std::byte> host(ops, count * (halves ? 2 : 4), true);
        ops.download(host.data(), from, host.bytes());
        ops.synchronize();
        std::vector<float> numbers(count);
        if (halves)
            std::ranges::transform(std::span(reinterpret_cast<const std::uint16_t*>(host.data()), count), numbers.begin(), from_bf16);
        else
            std::memcpy(numbers.data(), host.data(), host.bytes());
        return numbers;
    }
    /// The largest difference, in units of what the type allows for numbers of this size.
    double apart(const void* of_device, const void* of_reference, std::size_t count, bool floats = false) {
        const auto a = read(device, of_device, count, floats), b = read(reference, of_reference, count, floats);
        double scale = 1e-30, largest = 0;
        for (const float value : b) scale = std::max(scale, static_cast<double>(std::abs(value)));
        const double allowed = device.number() == Number::bf16 ? 0x1p-7 : 2e-5;
        for (std::size_t i = 0; i < count; ++i) {
            const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
            if (!(difference <= largest * allowed * scale)) largest = std::isnan(difference) ? 1e30 : difference / (allowed * scale);
        }
        return largest;
    }

    DecodeOps& device;
    ReferenceOps reference;
};

}  // namespace foothold::engines
