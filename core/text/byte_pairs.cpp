// SPDX-License-Identifier: GPL-3.0-or-later
// Merging pairs: the most urgent first, the leftmost of equals.
#include "text/byte_pairs.h"

#include <fmt/format.h>

#include <queue>

#include "record/error.h"

namespace foothold {

BytePairs::BytePairs(std::unordered_map<std::string, std::int32_t> ids, const std::vector<Merge>& merges, Options options)
    : ids_(std::move(ids)), options_(options) {
    for (std::size_t b = 0; b < bytes_.size(); ++b) {
        const auto found = ids_.find(std::string(1, static_cast<char>(b)));
        bytes_[b] = found == ids_.end() ? options_.unknown : found->second;
    }
    rules_.reserve(merges.size());
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
        const auto& [left, right] = merges[rank];
        const auto l = ids_.find(left), r = ids_.find(right), whole = ids_.find(left + right);
        if (l == ids_.end() || r == ids_.end() || whole == ids_.end())
            throw UserError(fmt::format("merge {} makes \"{}\" out of \"{}\" and \"{}\", and they are not all in the vocabulary", rank, left + right, left, right));
        rules_[pair(l->second, r->second)] = {static_cast<std::uint32_t>(rank), whole->second};
    }
}

void BytePairs::encode(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<std::size_t>& lengths) const {
    if (options_.ignore_merges)
        if (const auto whole = ids_.find(std::string(piece)); whole != ids_.end()) {
            ids.push_back(whole->second);
            lengths.push_back(piece.size());
            return;
        }
    // A linked list of symbols; merging one into the left neighbour leaves length 0 behind.
    struct Symbol {
        std::int32_t id;
        std::int32_t before, after;  // -1 = none.
        std::size_t length;
    };
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size());
    for (const char c : piece) {
        const std::int32_t id = bytes_[static_cast<unsigned char>(c)];
        const bool unknown = id < 0 || (id == options_.unknown && !ids_.contains(std::string(1, c)));
        if (unknown && !symbols.empty() && (id < 0 || (options_.fuse_unknown && symbols.back().id == id))) {
            ++symbols.back().length;  // Left out or fused; its byte is covered by what stands before it.
            continue;
        }
        if (id < 0) continue;
        const auto at = static_cast<std::int32_t>(symbols.size());
        symbols.push_back({id, at - 1, -1, 1});
        if (at > 0) symbols[static_cast<std::size_t>(at) - 1].after = at;
    }

    struct Candidate {
        std::uint32_t rank;
        std::int32_t at, id;
        bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
    };
    std::priority_queue<Candidate> queue;
    const auto offer = [&](std::int32_t at) {
        if (at < 0) return;
        const Symbol& left = symbols[static_cast<std::size_t>(at)];
        if (left.after < 0) return;
        if (const auto rule = rules_.find(pair(left.id, symbols[static_cast<std::size_t>(left.after)].id)); rule != rules_.end())
            queue.push({rule->second.rank, at, rule->second.id});
    };
    for (std::size_t i = 0; i < symbols.size(); ++i) offer(static_cast<std::int32_t>(i));
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        Symbol& left = symbols[static_cast<std::size_t>(best.at)];
        if (left.length == 0 || left.after < 0) continue;
        Symbol& right = symbols[static_cast<std::size_t>(left.after)];
        const auto rule = rules_.find(pair(left.id, right.id));
        if (rule == rules_.end() || rule->second.id != best.id) continue;  // One of the two was merged with another meanwhile.
        left.id = best.id;
        left.length += right.length;
        right.length = 0;
        left.after = right.after;
        if (left.after >= 0) symbols[static_cast<std::size_t>(left.after)].before = best.at;
        offer(left.before);
        offer(best.at);
    }
    for (const Symbol& s : symbols)
        if (s.length > 0) {
            ids.push_back(s.id);
            lengths.push_back(s.length);
        }
}

}  // namespace foothold
