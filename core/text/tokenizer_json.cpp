// SPDX-License-Identifier: GPL-3.0-or-later
// Reading tokenizer.json.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "record/error.h"
#include "text/bpe_tokenizer.h"
#include "text/tokenizer_files.h"

namespace foothold {
namespace {

using nlohmann::json;

/// Where in the file we are, for messages.
[[noreturn]] void refuse(const std::string& place, const std::string& why) { throw UserError(fmt::format("{}: {}", place, why)); }

const json& member(const json& object, const char* key, const std::string& place) {
    if (!object.is_object()) refuse(place.empty() ? "the file" : place, "must be an object");
    const auto found = object.find(key);
    if (found == object.end()) refuse(place.empty() ? key : place + "." + key, "is missing");
    return *found;
}

std::string text_at(const json& object, const char* key, const std::string& place) {
    const json& value = member(object, key, place);
    if (!value.is_string()) refuse(place + "." + key, "must be a text");
    return value.get<std::string>();
}

bool flag_at(const json& object, const char* key, const std::string& place, bool usual) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return usual;
    if (!found->is_boolean()) refuse(place + "." + key, "must be true or false");
    return found->get<bool>();
}

std::int32_t id_of(const json& value, const std::string& place) {
    if (!value.is_number_integer()) refuse(place, "an id must be a whole number");
    const auto id = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(largest_vocabulary) ? largest_vocabulary : value.get<std::int64_t>();
    if (id < 0 || id >= largest_vocabulary) refuse(place, fmt::format("the id {} is out of range: ids go from 0 to {}", value.dump(), largest_vocabulary - 1));
    return static_cast<std::int32_t>(id);
}

NormalForm normalizer(const json& value, const std::string& place) {
    if (value.is_null()) return NormalForm::none;
    const std::string type = text_at(value, "type", place);
    if (type == "NFC") return NormalForm::nfc;
    if (type == "NFD") return NormalForm::nfd;
    if (type == "NFKC") return NormalForm::nfkc;
    if (type == "NFKD") return NormalForm::nfkd;
    if (type == "Sequence") {
        const json& list = member(value, "normalizers", place);
        if (list.is_array() && list.empty()) return NormalForm::none;
        if (list.is_array() && list.size() == 1) return normalizer(list[0], place + ".normalizers[0]");
    }
    refuse(place + ".type", fmt::format("\"{}\" is not supported; known: NFC, NFD, NFKC, NFKD, or a Sequence of one of them", type));
}

SplitBehavior behavior(const json& object, const std::string& place) {
    const std::string name = text_at(object, "behavior", place);
    if (name == "Isolated") return SplitBehavior::isolated;
    if (name == "Removed") return SplitBehavior::removed;
    if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
    if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
    if (name == "Contiguous") return SplitBehavior::contiguous;
    refuse(place + ".behavior", fmt::format("\"{}\" is not known", name));
}

/// Adds the stages of a pre-tokenizer; byte_level: one of them writes bytes in GPT-2's alphabet.
void pre_tokenizer(const json& value, const std::string& place, std::vector<std::unique_ptr<Splitter>>& stages, bool& byte_level) {
    if (value.is_null()) return;
    const std::string type = text_at(value, "type", place);
    if (byte_level) refuse(place, fmt::format("\"{}\" after ByteLevel is not supported", type));
    if (type == "Sequence") {
        const json& list = member(value, "pretokenizers", place);
        if (!list.is_array()) refuse(place + ".pretokenizers", "must be a list");
        for (std::size_t i = 0; i < list.size(); ++i) pre_tokenizer(list[i], fmt::format("{}.pretokenizers[{}]", place, i), stages, byte_level);
    } else if (type == "ByteLevel") {
        if (flag_at(value, "add_prefix_space", place, true)) refuse(place + ".add_prefix_space", "true is not supported");
        if (flag_at(value, "use_regex", place, true)) stages.push_back(make_regex_splitter(gpt2_pattern, SplitBehavior::isolated));
        byte_level = true;
    } else if (type == "Digits") {
        stages.push_back(make_digit_splitter(flag_at(value, "individual_digits", place, false)));
    } else if (type == "Split") {
        const json& pattern = member(value, "pattern", place);
        const bool invert = flag_at(value, "invert", place, false);
        if (pattern.is_object() && pattern.contains("Regex")) {
            try {
                stages.push_back(make_regex_splitter(text_at(pattern, "Regex", place + ".pattern"), behavior(value, place), invert));
            } catch (const UserError& error) {
                refuse(place + ".pattern", error.what());
            }
        } else {
            stages.push_back(make_literal_splitter(text_at(pattern, "String", place + ".pattern"), behavior(value, place), invert));
        }
    } else {
        refuse(place + ".type", fmt::format("\"{}\" is not supported; known: ByteLevel, Split, Digits, Sequence", type));
    }
}

BytePairs byte_pairs(const json& model) {
    const auto type = model.is_object() && model.contains("type") ? text_at(model, "type", "model") : std::string("BPE");
    if (type != "BPE") refuse("model.type", fmt::format("\"{}\" is not supported; known: BPE", type));
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
        if (const auto found = model.find(key); found != model.end() && !found->is_null() && *found != "") refuse(fmt::format("model.{}", key), "is not supported");
    if (const auto dropout = model.find("dropout"); dropout != model.end() && !dropout->is_null() && *dropout != 0) refuse("model.dropout", "is not supported");
    if (flag_at(model, "byte_fallback", "model", false)) refuse("model.byte_fallback", "true is not supported");

    const json& vocab = member(model, "vocab", "model");
    if (!vocab.is_object() || vocab.empty()) refuse("model.vocab", "must be an object of tokens and ids, with at least one");
    std::unordered_map<std::string, std::int32_t> ids;
    ids.reserve(vocab.size());
    for (const auto& [token, id] : vocab.items()) ids[bytes_of_token(token).value_or(token)] = id_of(id, fmt::format("model.vocab[\"{}\"]", token));

    const json& list = member(model, "merges", "model");
    if (!list.is_array()) refuse("model.merges", "must be a list");
    std::vector<BytePairs::Merge> merges;
    merges.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::string left, right;
        const json& merge = list[i];
        if (merge.is_string()) {
            const auto& text = merge.get_ref<const std::string&>();
            const std::size_t blank = text.find(' ');
            if (blank == std::string::npos || text.find(' ', blank + 1) != std::string::npos)
                refuse(fmt::format("model.merges[{}]", i), "must be two tokens with one blank between");
            left = text.substr(0, blank), right = text.substr(blank + 1);
        } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            left = merge[0].get<std::string>(), right = merge[1].get<std::string>();
        } else {
            refuse(fmt::format("model.merges[{}]", i), "must be two tokens");
        }
        merges.push_back({bytes_of_token(left).value_or(left), bytes_of_token(right).value_or(right)});
    }

    BytePairs::Options options;
    options.ignore_merges = flag_at(model, "ignore_merges", "model", false);
    options.fuse_unknown = flag_at(model, "fuse_unk", "model", false);
    if (const auto unknown = model.find("unk_token"); unknown != model.end() && !unknown->is_null()) {
        if (!unknown->is_string()) refuse("model.unk_token", "must be a text");
        const auto found = ids.find(unknown->get<std::string>());
        if (found == ids.end()) refuse("model.unk_token", fmt::format("\"{}\" is not in model.vocab", unknown->get<std::string>()));
        options.unknown = found->second;
    }
    try {
        return {std::move(ids), merges, options};
    } catch (const UserError& error) {
        refuse("model.merges", error.what());
    }
}

std::vector<AddedToken> added_tokens(const json& file, const BytePairs& pairs) {
    std::vector<AddedToken> out;
    const auto list = file.find("added_tokens");
    if (list == file.end() || list->is_null()) return out;
    if (!list->is_array()) refuse("added_tokens", "must be a list");
    for (std::size_t i = 0; i < list->size(); ++i) {
        const json& entry = (*list)[i];
        const std::string place = fmt::format("added_tokens[{}]", i);
        AddedToken token;
        token.text = text_at(entry, "content", place);
        token.id = id_of(member(entry, "id", place), place + ".id");
        token.special = flag_at(entry, "special", place, false);
        token.lstrip = flag_at(entry, "lstrip", place, false);
        token.rstrip = flag_at(entry, "rstrip", place, false);
        token.single_word = flag_at(entry, "single_word", place, false);
        token.normalized = flag_at(entry, "normalized", place, !token.special);
        if (const auto known = pairs.ids().find(token.text); known != pairs.ids().end()) token.id = known->second;
        out.push_back(std::move(token));
    }
    return out;
}

}  // namespace

std::unique_ptr<Tokenizer> parse_tokenizer_json(const std::string& text, const std::string& name) {
    try {
        const json file = json::parse(text);
        BpeTokenizer::Parts parts;
        parts.pairs = byte_pairs(member(file, "model", ""));
        parts.added = added_tokens(file, parts.pairs);
        if (file.contains("normalizer")) parts.form = normalizer(file["normalizer"], "normalizer");
        bool byte_level = false;
        if (file.contains("pre_tokenizer")) pre_tokenizer(file["pre_tokenizer"], "pre_tokenizer", parts.splitters, byte_level);
        if (!byte_level) refuse("pre_tokenizer", "has no ByteLevel stage: only byte-level BPE is supported");
        return std::make_unique<BpeTokenizer>(std::move(parts));
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", name, error.what()));
    } catch (const json::parse_error& error) {
        throw UserError(fmt::format("{}: not JSON, or not UTF-8 (byte {})", name, error.byte));
    } catch (const json::exception& error) {
        throw UserError(fmt::format("{}: {}", name, error.what()));
    }
}

std::unique_ptr<Tokenizer> read_tokenizer_json(const std::filesystem::path& path) {
    constexpr std::uintmax_t largest_file = 128u << 20;  // The largest in use are about 35 MB.
    std::error_code failed;
    const auto size = std::filesystem::file_size(path, failed);
    if (failed) throw UserError(fmt::format("{}: cannot be read ({})", path.string(), failed.message()));
    if (size > largest_file) throw UserError(fmt::format("{}: {} MB is too large for a tokenizer.json; the limit is {} MB", path.string(), size >> 20, largest_file >> 20));
    std::ifstream file(path, std::ios::binary);
    std::string text(size, '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(size))) throw UserError(fmt::format("{}: cannot be read", path.string()));
    return parse_tokenizer_json(text, path.string());
}

}  // namespace foothold
