// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizer files that are damaged or not supported, odd texts, chat templates. Ids are checked in parity/test_tokenizer_ids.cpp.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "record/error.h"
#include "text/model_text.h"
#include "text/unicode.h"

using namespace foothold;
using nlohmann::json;

namespace {

/// Bytes, "ab", "abc" and a few added tokens.
json small() {
    json vocab = json::object();
    for (std::size_t b = 0; b < 256; ++b) {
        std::string letter;
        append_utf8(letter, byte_alphabet()[b]);
        vocab[letter] = b;
    }
    vocab["ab"] = 256;
    vocab["abc"] = 257;
    json added = json::array();
    for (const char* text : {"<|im_start|>", "<|im_end|>", "<|endoftext|>"}) added.push_back({{"id", 258 + added.size()}, {"content", text}, {"special", true}});
    return {{"added_tokens", added},
            {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
            {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b", "ab c"}}}}};
}

std::string message_of(const std::function<void()>& what) {
    try {
        what();
    } catch (const UserError& error) {
        return error.what();
    }
    return "no error";
}

std::string refused(const json& file) {
    return message_of([&] { parse_tokenizer_json(file.dump(), "tokenizer.json"); });
}

#define CONTAINS(text, part) QVERIFY2((text).find(part) != std::string::npos, (text).c_str())

GgufVocabulary small_gguf() {
    GgufVocabulary out;
    out.model = "gpt2";
    out.pre = "gpt-2";
    for (std::size_t b = 0; b < 256; ++b) append_utf8(out.tokens.emplace_back(), byte_alphabet()[b]);
    out.tokens.insert(out.tokens.end(), {"ab", "<|im_end|>"});
    out.types.assign(257, 1);
    out.types.push_back(3);
    out.merges = {"a b"};
    out.eos = 257;
    return out;
}

}  // namespace

class TestTokenizer : public QObject {
    Q_OBJECT

private slots:
    void merges_are_taken_in_their_order() {
        const auto tokenizer = parse_tokenizer_json(small().dump(), "tokenizer.json");
        QCOMPARE(tokenizer->encode("abcab"), (std::vector<std::int32_t>{257, 256}));
        QCOMPARE(tokenizer->encode("ab<|im_end|>c"), (std::vector<std::int32_t>{256, 259, 'c'}));
        QCOMPARE(tokenizer->decode(tokenizer->encode("naïve 😀\n")), std::string("naïve 😀\n"));
        QCOMPARE(tokenizer->encode("").size(), 0u);
        QCOMPARE(tokenizer->size(), 261);
        QCOMPARE(tokenizer->decode(std::vector<std::int32_t>{256, 259, 'c'}, 259), std::string("ab"));
        QCOMPARE(tokenizer->decode(std::vector<std::int32_t>{-1, 5000000, 'c', 0xc3}), std::string("c\xef\xbf\xbd"));
    }

    void unsupported_parts_are_named_with_their_place() {
        json file = small();
        file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {{{"type", "Digits"}}, {{"type", "Metaspace"}}}}};
        CONTAINS(refused(file), "tokenizer.json: pre_tokenizer.pretokenizers[1].type: \"Metaspace\" is not supported; known: ByteLevel");
        file = small();
        file["pre_tokenizer"]["add_prefix_space"] = true;
        CONTAINS(refused(file), "pre_tokenizer.add_prefix_space");
        file = small();
        file["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
        CONTAINS(refused(file), "pre_tokenizer.pattern: the pattern cannot be read");
        file["pre_tokenizer"]["pattern"]["Regex"] = "\\w+";
        CONTAINS(refused(file), "\\w, which is not supported");
        file = small();
        file["normalizer"] = {{"type", "Lowercase"}};
        CONTAINS(refused(file), "normalizer.type: \"Lowercase\" is not supported");
        file = small();
        file["model"]["type"] = "Unigram";
        CONTAINS(refused(file), "model.type: \"Unigram\" is not supported");
        file = small();
        file["model"]["byte_fallback"] = true;
        CONTAINS(refused(file), "model.byte_fallback");
        file = small();
        file["pre_tokenizer"] = nullptr;
        CONTAINS(refused(file), "only byte-level BPE");
    }

    void damaged_files_are_refused_without_eating_memory() {
        CONTAINS(message_of([] { parse_tokenizer_json("{\"model\":", "t.json"); }), "t.json: not JSON");
        CONTAINS(message_of([] { parse_tokenizer_json("[1]", "t.json"); }), "must be an object");
        CONTAINS(message_of([] { parse_tokenizer_json("{\"model\":\"\xff\"}", "t.json"); }), "not UTF-8");
        json file = small();
        file["model"]["vocab"]["abc"] = 1000000000;
        CONTAINS(refused(file), "model.vocab[\"abc\"]: the id 1000000000 is out of range");
        file["model"]["vocab"]["abc"] = 18446744073709551615ull;
        CONTAINS(refused(file), "out of range");
        file["model"]["vocab"]["abc"] = -1;
        CONTAINS(refused(file), "out of range");
        file = small();
        file["added_tokens"][0]["id"] = 2147483647;
        CONTAINS(refused(file), "added_tokens[0].id: the id 2147483647 is out of range");
        file = small();
        file["model"]["merges"].push_back("x");
        CONTAINS(refused(file), "model.merges[2]");
        file["model"]["merges"][2] = "x yz";
        CONTAINS(refused(file), "merge 2 makes \"xyz\"");
        file["model"].erase("vocab");
        CONTAINS(refused(file), "model.vocab: is missing");
        CONTAINS(message_of([] { read_tokenizer_json("/nonexistent/tokenizer.json"); }), "cannot be read");
        QTemporaryDir dir;
        const std::string path = dir.filePath("tokenizer.json").toStdString();
        std::ofstream(path).close();
        std::filesystem::resize_file(path, 300u << 20);
        CONTAINS(message_of([&] { read_tokenizer_json(path); }), "too large");
    }

    void texts_that_are_not_utf8_are_refused() {
        const auto tokenizer = parse_tokenizer_json(small().dump(), "tokenizer.json");
        CONTAINS(message_of([&] { tokenizer->encode("ab\xff"); }), "not UTF-8 (byte 3)");
        CONTAINS(message_of([&] { tokenizer->encode("\xed\xa0\x80"); }), "not UTF-8 (byte 1)");
        CONTAINS(message_of([&] { tokenizer->encode("a\xc0\x80"); }), "not UTF-8 (byte 2)");
        QCOMPARE(repaired_utf8("a\xf0\x9f\x98z\xff\xfe"), std::string("a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd"));
    }

    /// Hostile texts take time in proportion to their length.
    void long_texts_of_one_kind_are_encoded() {
        const auto tokenizer = parse_tokenizer_json(small().dump(), "tokenizer.json");
        QCOMPARE(tokenizer->encode(std::string(1000000, ' ')).size(), 1000000u);
        std::string text;
        for (int i = 0; i < 300000; ++i) text += "abc";
        QCOMPARE(tokenizer->encode(text).size(), 300000u);
    }

    void gguf_vocabularies_that_do_not_hold_are_refused() {
        const auto refusal = [](const GgufVocabulary& v) { return message_of([&] { model_text(v); }); };
        QCOMPARE(model_text(small_gguf()).tokenizer->encode("ab<|im_end|>"), (std::vector<std::int32_t>{256, 257}));
        GgufVocabulary v = small_gguf();
        v.pre = "tekken";
        CONTAINS(refusal(v), "tokenizer.ggml.pre = \"tekken\" is not supported");
        v = small_gguf();
        v.model = "llama";
        CONTAINS(refusal(v), "tokenizer.ggml.model = \"llama\"");
        v = small_gguf();
        v.types.pop_back();
        CONTAINS(refusal(v), "token_type has 257 entries for 258 tokens");
        v = small_gguf();
        v.merges.push_back("nothing");
        CONTAINS(refusal(v), "merges[1]");
        v = small_gguf();
        v.tokens[3] = "\xff";
        CONTAINS(refusal(v), "tokens[3] is not UTF-8");
        v = small_gguf();
        v.eos = 5000;
        CONTAINS(refusal(v), "eos_token_id");
        v.tokens.clear();
        CONTAINS(refusal(v), "no tokens");
    }

    /// What transformers makes of these turns with the models' own templates.
    void turns_are_written_as_the_family_has_it() {
        const std::vector<ChatTurn> asked = {{Role::user, " 2+3? \n"}};
        const std::vector<ChatTurn> told = {{Role::system, "Be brief."}, {Role::user, "2+3?"}, {Role::assistant, "<think>\nhm\n</think>\n\n5"}};
        const auto smol = ChatTemplate::recognise("{{'<|im_start|>system\nBe kind.<|im_end|>\n'}}{{'<|im_start|>' + message['role']}}");
        QCOMPARE(smol.render(asked, true), std::string("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\n 2+3? \n<|im_end|>\n<|im_start|>assistant\n"));
        QCOMPARE(smol.render(told, false), std::string("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n<think>\nhm\n</think>\n\n5<|im_end|>\n"));
        const auto qwen = ChatTemplate::recognise(R"({{- '<|im_start|>system\n' + x }}{{- '<|im_start|>system\nBe Qwen.<|im_end|>\n' }})");
        QCOMPARE(qwen.render(asked, false), std::string("<|im_start|>system\nBe Qwen.<|im_end|>\n<|im_start|>user\n 2+3? \n<|im_end|>\n"));
        const auto qwen3 = ChatTemplate::recognise("<|im_start|> <|im_end|> enable_thinking");
        QCOMPARE(qwen3.render(asked, true), std::string("<|im_start|>user\n 2+3? \n<|im_end|>\n<|im_start|>assistant\n"));
        QCOMPARE(qwen3.render(told, false), std::string("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n<think>\nhm\n</think>\n\n5<|im_end|>\n"));
        const std::vector<ChatTurn> older = {told[1], told[2], told[1]};
        QCOMPARE(qwen3.render(older, false), std::string("<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n5<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n"));
        const std::vector<ChatTurn> plain = {told[1], {Role::assistant, "5"}};
        QCOMPARE(qwen3.render(plain, false), std::string("<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n5<|im_end|>\n"));
        const auto llama = ChatTemplate::recognise("<|start_header_id|> <|end_header_id|> <|eot_id|>");
        QCOMPARE(llama.render(asked, true),
                 std::string("<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n2+3?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"));
        const auto llama31 = ChatTemplate::recognise("<|start_header_id|> <|end_header_id|> <|eot_id|> Today Date: ");
        QCOMPARE(llama31.render(std::span(told).first(2), false),
                 std::string("<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|>"
                             "<|start_header_id|>user<|end_header_id|>\n\n2+3?<|eot_id|>"));
        QCOMPARE(llama.end_of_turn(), std::string("<|eot_id|>"));
        QVERIFY(!ChatTemplate::recognise("").known());
        CONTAINS(message_of([] { ChatTemplate::recognise("[INST] {{ x }} [/INST]"); }), "unknown kind (its marks: none)");
        CONTAINS(message_of([] { ChatTemplate::recognise("<|user|>{{ x }}<|end|>"); }), "its marks: <|user|> <|end|>");
    }

    void a_directory_says_how_its_model_is_talked_to() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        CONTAINS(message_of([&] { read_model_text(path); }), "no tokenizer.json there");
        std::ofstream(path / "tokenizer.json") << small();
        QVERIFY(!read_model_text(path).chat.known());
        QCOMPARE(read_model_text(path).end_token, 260);
        std::ofstream(path / "tokenizer_config.json") << json{{"eos_token", {{"content", "c"}}}};
        QCOMPARE(read_model_text(path / "tokenizer.json").end_token, int{'c'});
        std::ofstream(path / "chat_template.jinja") << "<|im_start|> <|im_end|>";
        const ModelText text = read_model_text(path / "model.safetensors");
        QVERIFY(text.chat.known());
        QCOMPARE(text.end_token, 259);
        std::ofstream(path / "chat_template.jinja") << "[INST]";
        CONTAINS(message_of([&] { read_model_text(path); }), path.string());
    }
};

QTEST_GUILESS_MAIN(TestTokenizer)
#include "test_tokenizer.moc"
