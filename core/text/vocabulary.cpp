// SPDX-License-Identifier: GPL-3.0-or-later
// Words and ids.
#include "text/vocabulary.h"

#include <fmt/format.h>

#include "record/error.h"

namespace foothold {

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::size_t i = 0; i < words_.size(); ++i) ids_.emplace(words_[i], static_cast<std::int32_t>(i));
}

std::int32_t Vocabulary::id(std::string_view word) const {
    const auto found = ids_.find(word);
    if (found == ids_.end()) throw UserError(fmt::format("the vocabulary has no word \"{}\"", word));
    return found->second;
}

std::optional<std::int32_t> Vocabulary::find(std::string_view word) const {
    const auto found = ids_.find(word);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::int32_t> Vocabulary::encode(std::string_view text) const {
    std::vector<std::int32_t> out;
    for (std::string_view word : split_words(text)) out.push_back(id(word));
    return out;
}

std::string Vocabulary::decode(std::span<const std::int32_t> ids, std::int32_t stop) const {
    std::string out;
    for (std::int32_t token : ids) {
        if (token == stop) break;
        if (!out.empty()) out += ' ';
        out += words_.at(static_cast<std::size_t>(token));
    }
    return out;
}

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at) out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

std::string join_words(std::span<const std::string> parts) {
    std::string out;
    for (const std::string& part : parts) {
        if (part.empty()) continue;
        if (!out.empty() && out.back() != '\n') out += ' ';
        out += part;
    }
    return out;
}

}  // namespace foothold
