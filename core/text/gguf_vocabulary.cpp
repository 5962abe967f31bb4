// SPDX-License-Identifier: GPL-3.0-or-later
// A tokenizer out of what GGUF says. The split follows from a name, not from a pattern in the file.
#include <fmt/format.h>

#include "record/error.h"
#include "text/bpe_tokenizer.h"
#include "text/tokenizer_files.h"

namespace foothold {
namespace {

/// Qwen2's and Llama 3's patterns, which differ in how many digits stand together.
std::string word_pattern(const char* digits) {
    return fmt::format(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", digits);
}

/// Sets splitters, normal form and, for the merges, whether whole words win.
bool set_split(const std::string& pre, BpeTokenizer::Parts& parts) {
    const auto regex = [&](const std::string& pattern) { parts.splitters.push_back(make_regex_splitter(pattern, SplitBehavior::isolated)); };
    if (pre == "smollm") {
        parts.splitters.push_back(make_digit_splitter(true));
        regex(gpt2_pattern);
    } else if (pre == "qwen2") {
        parts.form = NormalForm::nfc;
        regex(word_pattern(R"(\p{N})"));
    } else if (pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3") {
        regex(word_pattern(R"(\p{N}{1,3})"));
        return true;
    } else if (pre.empty() || pre == "default" || pre == "gpt-2") {
        regex(gpt2_pattern);
    } else {
        throw UserError(fmt::format("tokenizer.ggml.pre = \"{}\" is not supported; known: smollm, qwen2, llama-bpe, gpt-2, default", pre));
    }
    return false;
}

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(const GgufVocabulary& vocabulary) {
    if (vocabulary.model != "gpt2") throw UserError(fmt::format("tokenizer.ggml.model = \"{}\" is not supported; known: gpt2 (byte-level BPE)", vocabulary.model));
    const std::size_t n = vocabulary.tokens.size();
    if (n == 0) throw UserError("tokenizer.ggml.tokens holds no tokens");
    if (n > static_cast<std::size_t>(largest_vocabulary)) throw UserError(fmt::format("tokenizer.ggml.tokens holds {} tokens; the limit is {}", n, largest_vocabulary));
    if (!vocabulary.types.empty() && vocabulary.types.size() != n)
        throw UserError(fmt::format("tokenizer.ggml.token_type has {} entries for {} tokens", vocabulary.types.size(), n));

    BpeTokenizer::Parts parts;
    BytePairs::Options options;
    options.ignore_merges = set_split(vocabulary.pre, parts);
    std::unordered_map<std::string, std::int32_t> ids;
    ids.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::string& token = vocabulary.tokens[i];
        if (const auto bad = find_bad_utf8(token)) throw UserError(fmt::format("tokenizer.ggml.tokens[{}] is not UTF-8 (byte {})", i, *bad + 1));
        const std::int32_t type = vocabulary.types.empty() ? 1 : vocabulary.types[i], id = static_cast<std::int32_t>(i);
        constexpr std::int32_t control = 3, user_defined = 4;
        if (type == control || type == user_defined) {
            AddedToken added;
            added.id = id;
            added.text = token;
            added.special = type == control;
            parts.added.push_back(std::move(added));
        } else {
            ids.emplace(bytes_of_token(token).value_or(token), id);
        }
    }
    if (vocabulary.unknown >= 0 && static_cast<std::size_t>(vocabulary.unknown) < n) options.unknown = vocabulary.unknown;
    std::vector<BytePairs::Merge> merges;
    merges.reserve(vocabulary.merges.size());
    for (std::size_t i = 0; i < vocabulary.merges.size(); ++i) {
        const std::string& text = vocabulary.merges[i];
        const std::size_t blank = text.find(' ', 1);
        if (find_bad_utf8(text) || blank == std::string::npos || blank + 1 == text.size())
            throw UserError(fmt::format("tokenizer.ggml.merges[{}] must be two tokens with one blank between, in UTF-8", i));
        const std::string left = text.substr(0, blank), right = text.substr(blank + 1);
        merges.push_back({bytes_of_token(left).value_or(left), bytes_of_token(right).value_or(right)});
    }
    try {
        parts.pairs = BytePairs(std::move(ids), merges, options);
    } catch (const UserError& error) {
        throw UserError(fmt::format("tokenizer.ggml.merges: {}", error.what()));
    }
    return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace foothold
