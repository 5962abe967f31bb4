// SPDX-License-Identifier: GPL-3.0-or-later
// Reading what a model's directory says of its language.
#include "text/model_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/gguf.h"
#include "formats/json_file.h"
#include "record/error.h"
#include "record/experiment_file.h"

namespace foothold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Where the language of an adapter is: in its own folder if it has a tokenizer, else with its base.
fs::path language_of(fs::path path) {
    for (int adapters = 0; adapters < 8 && fs::is_directory(path) && !fs::exists(path / "tokenizer.json"); ++adapters) {
        const fs::path base = base_of_adapter(path);
        if (base.empty()) break;
        path = base;
    }
    return path;
}

fs::path tokenizer_path(const fs::path& path) {
    if (fs::is_directory(path)) return path / "tokenizer.json";
    return path.extension() == ".json" ? path : path.parent_path() / "tokenizer.json";
}

json read_object(const fs::path& path) {
    if (!fs::exists(path)) return json::object();
    json value = json::parse(load_text_file(path), nullptr, false);
    if (!value.is_object()) throw UserError(fmt::format("{}: not a JSON object", path.string()));
    return value;
}

/// A token in tokenizer_config.json: its text, or an object with its "content".
std::string token_text(const json& config, const char* key) {
    const auto found = config.find(key);
    if (found == config.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    return found->is_object() && found->contains("content") && (*found)["content"].is_string() ? (*found)["content"].get<std::string>() : std::string();
}

/// "chat_template": a text, or a list of named ones, of which "default" counts.
std::string chat_template(const json& config, const fs::path& dir) {
    if (const fs::path own = dir / "chat_template.jinja"; fs::exists(own)) return load_text_file(own);
    const auto found = config.find("chat_template");
    if (found == config.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (found->is_array())
        for (const json& named : *found)
            if (named.is_object() && named.value("name", "") == "default") return named.value("template", "");
    return {};
}

bool is_gguf_file(const fs::path& path) { return fs::is_regular_file(path) && is_gguf(path); }

GgufVocabulary vocabulary_of(const GgufFile& file) {
    GgufVocabulary out;
    const auto text = [&](const char* key, std::string& into) {
        if (const auto* value = file.find<std::string>(std::string("tokenizer.") + key)) into = *value;
    };
    text("ggml.model", out.model);
    text("ggml.pre", out.pre);
    text("chat_template", out.chat_template);
    if (const auto* tokens = file.find<std::vector<std::string>>("tokenizer.ggml.tokens")) out.tokens = *tokens;
    if (const auto* merges = file.find<std::vector<std::string>>("tokenizer.ggml.merges")) out.merges = *merges;
    if (const auto* types = file.find<std::vector<std::int64_t>>("tokenizer.ggml.token_type")) out.types.assign(types->begin(), types->end());
    const auto id = [&](const char* key, std::int32_t& into) { into = static_cast<std::int32_t>(std::clamp(file.number(std::string("tokenizer.ggml.") + key, -1), -1.0, 2e9)); };
    id("bos_token_id", out.bos);
    id("eos_token_id", out.eos);
    id("unknown_token_id", out.unknown);
    return out;
}

}  // namespace

bool has_model_text(const fs::path& model) {
    const fs::path path = language_of(model);
    return is_gguf_file(path) || fs::exists(tokenizer_path(path));
}

std::shared_ptr<const Tokenizer> read_model_tokenizer(const fs::path& model) {
    const fs::path path = language_of(model);
    if (!is_gguf_file(path)) return read_tokenizer_json(tokenizer_path(path));
    const GgufVocabulary vocabulary = vocabulary_of(read_gguf(path));
    try {
        return make_tokenizer(vocabulary);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", path.string(), error.what()));
    }
}

ModelText read_model_text(const fs::path& model) {
    const fs::path path = language_of(model);
    if (is_gguf_file(path)) {
        try {
            return model_text(vocabulary_of(read_gguf(path)));
        } catch (const UserError& error) {
            const std::string why = error.what();
            throw why.starts_with(path.string()) ? error : UserError(fmt::format("{}: {}", path.string(), why));
        }
    }
    const fs::path file = tokenizer_path(path), dir = file.parent_path();
    if (!fs::exists(file)) throw UserError(fmt::format("{}: no tokenizer.json there; the model's tokenizer belongs beside its weights", path.string()));
    ModelText out;
    out.tokenizer = read_tokenizer_json(file);
    const json config = read_object(dir / "tokenizer_config.json");
    try {
        out.chat = ChatTemplate::recognise(chat_template(config, dir));
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", dir.string(), error.what()));
    }
    std::vector<std::string> ends;
    if (out.chat.known()) ends.push_back(out.chat.end_of_turn());
    ends.push_back(token_text(config, "eos_token"));
    ends.insert(ends.end(), {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"});
    for (const std::string& end : ends)
        if (const auto id = out.tokenizer->find(end); id && !end.empty()) {
            out.end_token = *id;
            return out;
        }
    throw UserError(fmt::format("{}: no token that ends a text: name it as \"eos_token\" in {}", file.string(), (dir / "tokenizer_config.json").string()));
}

ModelText model_text(const GgufVocabulary& vocabulary) {
    ModelText out;
    out.tokenizer = make_tokenizer(vocabulary);
    out.chat = ChatTemplate::recognise(vocabulary.chat_template);
    out.end_token = vocabulary.eos;
    if (out.chat.known())
        if (const auto id = out.tokenizer->find(out.chat.end_of_turn())) out.end_token = *id;
    if (out.end_token < 0 || out.end_token >= out.tokenizer->size()) throw UserError("tokenizer.ggml.eos_token_id is missing or out of range: nothing would end an answer");
    return out;
}

}  // namespace foothold
