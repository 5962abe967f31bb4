// SPDX-License-Identifier: GPL-3.0-or-later
// The way of a text to ids: as in Hugging Face's tokenizers, part by part.
#include "text/bpe_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/error.h"

namespace foothold {

BpeTokenizer::BpeTokenizer(Parts parts) : pairs_(std::move(parts.pairs)), form_(parts.form), splitters_(std::move(parts.splitters)) {
    const auto put = [this](std::int32_t id, const std::string& text) {
        if (id < 0 || id >= largest_vocabulary) throw UserError(fmt::format("token \"{}\" has the id {}; ids go from 0 to {}", text, id, largest_vocabulary - 1));
        if (static_cast<std::size_t>(id) >= tokens_.size()) tokens_.resize(static_cast<std::size_t>(id) + 1);
        tokens_[static_cast<std::size_t>(id)] = text;
    };
    for (const auto& [text, id] : pairs_.ids()) put(id, text);
    std::vector<AddedToken> before, after;
    for (AddedToken& token : parts.added) {
        put(token.id, token.text);
        added_ids_[token.text] = token.id;
        if (token.normalized) token.text = normalized(token.text, form_);
        (token.normalized ? after : before).push_back(std::move(token));
    }
    before_ = AddedTokens(std::move(before));
    after_ = AddedTokens(std::move(after));
}

void BpeTokenizer::encode_piece(std::string_view text, Encoding& out) const {
    std::vector<std::string_view> pieces{text}, next;
    for (const auto& splitter : splitters_) {
        next.clear();
        for (const std::string_view piece : pieces) splitter->split(piece, next);
        std::swap(pieces, next);
    }
    for (const std::string_view piece : pieces) pairs_.encode(piece, out.ids, out.lengths);
}

BpeTokenizer::Encoding BpeTokenizer::encoded(std::string_view text) const {
    if (const auto bad = find_bad_utf8(text)) throw UserError(fmt::format("the text is not UTF-8 (byte {})", *bad + 1));
    Encoding out;
    for (const Stretch& stretch : before_.split(text)) {
        if (stretch.id >= 0) {
            out.ids.push_back(stretch.id);
            out.lengths.push_back(stretch.text.size());
            continue;
        }
        const std::string own = form_ == NormalForm::none ? std::string() : normalized(stretch.text, form_);
        for (const Stretch& inner : after_.split(form_ == NormalForm::none ? stretch.text : std::string_view(own))) {
            if (inner.id < 0) {
                encode_piece(inner.text, out);
                continue;
            }
            out.ids.push_back(inner.id);
            out.lengths.push_back(inner.text.size());
        }
    }
    return out;
}

std::vector<std::int32_t> BpeTokenizer::encode(std::string_view text) const { return encoded(text).ids; }

std::size_t BpeTokenizer::normalized_size(std::string_view text) const {
    if (form_ == NormalForm::none) return text.size();
    std::size_t size = 0;
    for (const Stretch& stretch : before_.split(text)) size += stretch.id >= 0 ? stretch.text.size() : normalized(stretch.text, form_).size();
    return size;
}

std::vector<std::int32_t> BpeTokenizer::encode_start(std::string_view text, std::size_t bytes) const {
    Encoding all = encoded(text);
    const std::size_t room = normalized_size(text.substr(0, bytes));
    std::size_t count = 0;
    for (std::size_t end = 0; count < all.ids.size() && end + all.lengths[count] <= room; ++count) end += all.lengths[count];
    all.ids.resize(count);
    return std::move(all.ids);
}

std::string BpeTokenizer::decode(std::span<const std::int32_t> ids, std::int32_t stop) const {
    std::string out;
    for (const std::int32_t id : ids) {
        if (id == stop && stop >= 0) break;
        if (id >= 0 && id < size()) out += tokens_[static_cast<std::size_t>(id)];
    }
    return repaired_utf8(out);
}

std::optional<std::int32_t> BpeTokenizer::find(std::string_view token) const {
    const std::string text(token);
    if (const auto found = added_ids_.find(text); found != added_ids_.end()) return found->second;
    if (const auto found = pairs_.ids().find(text); found != pairs_.ids().end()) return found->second;
    return std::nullopt;
}

std::vector<std::string> BpeTokenizer::words() const {
    std::vector<std::string> out;
    out.reserve(tokens_.size());
    for (const std::string& token : tokens_) out.push_back(repaired_utf8(token));
    return out;
}

}  // namespace foothold
