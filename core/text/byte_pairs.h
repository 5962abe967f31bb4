// SPDX-License-Identifier: GPL-3.0-or-later
// Byte pair encoding (Sennrich et al. 2016, arXiv 1508.07909, algorithm 1) on bytes.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace foothold {

class BytePairs {
   public:
    struct Options {
        bool ignore_merges = false;  ///< A piece that is a token as it stands becomes that token, whatever the merges say.
        std::int32_t unknown = -1;   ///< For bytes without a token; -1 = they are left out.
        bool fuse_unknown = false;   ///< Neighbouring unknown bytes become one.
    };

    /// A merge of two tokens, the more urgent first.
    struct Merge {
        std::string left, right;
    };

    BytePairs() = default;
    /// ids: token bytes -> id. Throws UserError naming the merge whose parts or whole are not among them.
    BytePairs(std::unordered_map<std::string, std::int32_t> ids, const std::vector<Merge>& merges, Options options);

    /// Appends the ids of one piece, and how many bytes each of them covers.
    void encode(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<std::size_t>& lengths) const;
    const std::unordered_map<std::string, std::int32_t>& ids() const { return ids_; }

   private:
    struct Rule {
        std::uint32_t rank;
        std::int32_t id;
    };
    static std::uint64_t pair(std::int32_t left, std::int32_t right) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
    }
    std::unordered_map<std::string, std::int32_t> ids_;
    std::unordered_map<std::uint64_t, Rule> rules_;
    std::array<std::int32_t, 256> bytes_{};
    Options options_;
};

}  // namespace foothold
