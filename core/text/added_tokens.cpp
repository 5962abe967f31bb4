// SPDX-License-Identifier: GPL-3.0-or-later
// Finding added tokens.
#include "text/added_tokens.h"

#include <algorithm>

#include "text/unicode.h"

namespace foothold {
namespace {

CodePoint last_code_point(std::string_view text) {
    std::size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    return first_code_point(text.substr(at));
}

std::size_t space_at_start(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const CodePoint code = first_code_point(text.substr(at));
        if (!is_white_space(code.value)) break;
        at += code.bytes;
    }
    return at;
}

std::size_t space_at_end(std::string_view text) {
    std::size_t left = text.size();
    while (left > 0) {
        const CodePoint code = last_code_point(text.substr(0, left));
        if (!is_white_space(code.value)) break;
        left -= code.bytes;
    }
    return text.size() - left;
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
    std::erase_if(tokens_, [](const AddedToken& t) { return t.text.empty(); });
    std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) { return a.text.size() > b.text.size(); });
    for (std::size_t i = 0; i < tokens_.size(); ++i) by_first_[static_cast<unsigned char>(tokens_[i].text[0])].push_back(static_cast<std::uint32_t>(i));
}

std::vector<Stretch> AddedTokens::split(std::string_view text) const {
    std::vector<Stretch> out;
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size();) {
        const AddedToken* found = nullptr;
        for (const std::uint32_t i : by_first_[static_cast<unsigned char>(text[at])])
            if (text.substr(at).starts_with(tokens_[i].text)) {
                found = &tokens_[i];
                break;
            }
        if (!found) {
            ++at;
            continue;
        }
        std::size_t start = at, stop = at + found->text.size();
        at = stop;
        if (found->single_word) {
            const bool before = start > 0 && is_word(last_code_point(text.substr(0, start)).value);
            const bool after = stop < text.size() && is_word(first_code_point(text.substr(stop)).value);
            if (before || after) continue;
        }
        if (found->lstrip) start = std::max(done, start - space_at_end(text.substr(0, start)));
        if (found->rstrip) stop += space_at_start(text.substr(stop));
        if (start > done) out.push_back({text.substr(done, start - done), -1});
        out.push_back({text.substr(start, stop - start), found->id});
        done = at = stop;
    }
    if (done < text.size()) out.push_back({text.substr(done), -1});
    return out;
}

}  // namespace foothold
