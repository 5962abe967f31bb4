// SPDX-License-Identifier: GPL-3.0-or-later
// Counter-based random numbers: a number depends on its key alone, never on what was drawn before.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace foothold {

/// What a number is for. Retries, probes and evaluations have streams of their own, so they never share or disturb numbers.
enum class Stream : std::uint32_t { draw = 1, rollout, heldout, probe, branch, corruption, guidance, problems, pretrain, initial, reward };

/// One step of splitmix64: a bijection whose output bits each depend on all input bits.
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

/// A 64-bit key made of parts; the order of the parts matters.
constexpr std::uint64_t random_key(std::initializer_list<std::uint64_t> parts) {
    std::uint64_t key = 0x466f6f74686f6c64ull;
    for (std::uint64_t part : parts) key = mix(key ^ mix(part));
    return key;
}

/// A 64-bit key of a text.
constexpr std::uint64_t text_key(std::string_view text) {
    std::uint64_t key = 0;
    for (char c : text) key = mix(key ^ static_cast<unsigned char>(c));
    return key;
}

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11): four words for a key and a counter.
std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter);

/// Uniform in [0, 1) with 53 bits, number `counter` of the sequence that `key` names.
double uniform_at(std::uint64_t key, std::uint64_t counter);

/// A sequence of numbers under one key, for code that draws one after the other.
class Random {
   public:
    explicit Random(std::uint64_t key) : key_(key) {}
    double uniform() { return uniform_at(key_, next_++); }
    /// Uniform integer in [0, n), n > 0.
    std::uint64_t below(std::uint64_t n) { return static_cast<std::uint64_t>(uniform() * static_cast<double>(n)); }
    /// Uniform integer in [low, high].
    int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low + 1))); }
    /// Standard normal (Box and Muller 1958).
    double normal();
    template <class T>
    void shuffle(std::span<T> items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

   private:
    std::uint64_t key_;
    std::uint64_t next_ = 0;
};

}  // namespace foothold
