// SPDX-License-Identifier: GPL-3.0-or-later
// Our ids against those of Hugging Face's tokenizers on 6,000 generated texts (tokenizer_ids.json, made by make_tokenizer_ids.py).
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "record/random.h"
#include "text/tokenizer_files.h"
#include "text/unicode.h"

using namespace foothold;
using nlohmann::json;

namespace {

std::string file_text(const char* name) {
    std::ifstream file(std::string(FOOTHOLD_SOURCE_DIR "/tests/parity/") + name);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
}

/// The generator of make_tokenizer_ids.py, number for number.
class Texts {
   public:
    Texts() : tables_(json::parse(file_text("tokenizer_texts.json"))) {}

    std::string text(std::uint64_t seed, std::uint64_t index) {
        state_ = mix(seed * 1000003 + index);
        std::string out;
        const std::uint64_t parts = 1 + below(12);
        for (std::uint64_t part = 0; part < parts; ++part) {
            if (part && below(2)) out += ' ';
            const std::uint64_t kind = below(10);
            if (kind < 4) out += one_of("words");
            else if (kind == 4) {
                const auto& script = tables_["scripts"][below(tables_["scripts"].size())];
                const std::uint64_t low = script[0], high = script[1];
                run(8, low, high - low + 1, out);
            } else if (kind == 5) run(7, 48, 10, out);
            else if (kind == 6) out += one_of("spaces");
            else if (kind == 7) out += one_of("marks");
            else if (kind == 8) {
                append_utf8(out, static_cast<char32_t>(97 + below(26)));
                run(3, 0x300, 0x70, out);
            } else {
                const std::uint64_t code = below(0x110000 - 0x800);
                append_utf8(out, static_cast<char32_t>(code < 0xd800 ? code : code + 0x800));
            }
        }
        return out;
    }

   private:
    std::uint64_t below(std::uint64_t n) { return (state_ = mix(state_)) % n; }
    std::string one_of(const char* table) { return tables_[table][below(tables_[table].size())]; }
    void run(std::uint64_t longest, std::uint64_t low, std::uint64_t count, std::string& out) {
        for (std::uint64_t n = 1 + below(longest); n > 0; --n) append_utf8(out, static_cast<char32_t>(low + below(count)));
    }
    json tables_;
    std::uint64_t state_ = 0;
};

class Hash {
   public:
    void add(std::int64_t number) {
        for (int shift = 0; shift < 32; shift += 8) value_ = (value_ ^ ((static_cast<std::uint64_t>(number) >> shift) & 0xff)) * 0x100000001b3ull;
    }
    void add_text(std::string_view text) {
        while (!text.empty()) {
            const CodePoint code = first_code_point(text);
            add(static_cast<std::int64_t>(code.value));
            text.remove_prefix(code.bytes);
        }
    }
    std::uint64_t value() const { return value_; }

   private:
    std::uint64_t value_ = 0xcbf29ce484222325ull;
};

/// The trained file with one family's way of splitting.
std::string with_split(const json& trained, const json& split) {
    json out = trained;
    out["normalizer"] = split.at("normalizer");
    out["pre_tokenizer"] = split.at("pre_tokenizer");
    out["model"]["ignore_merges"] = split.at("ignore_merges");
    return out.dump();
}

}  // namespace

class TestTokenizerIds : public QObject {
    Q_OBJECT

    json trained_ = json::parse(file_text("tokenizer.json")), expected_ = json::parse(file_text("tokenizer_ids.json"));
    std::vector<std::string> texts_;

    void compare(const Tokenizer& tokenizer, const json& split) {
        QCOMPARE(tokenizer.encode(texts_[0]), split.at("first").get<std::vector<std::int32_t>>());
        for (std::size_t block = 0; block < split.at("blocks").size(); ++block) {
            Hash hash;
            for (std::size_t i = 500 * block; i < 500 * (block + 1); ++i) {
                for (const std::int32_t id : tokenizer.encode(texts_[i])) hash.add(id);
                hash.add(-1);
            }
            QVERIFY2(hash.value() == split.at("blocks")[block].get<std::uint64_t>(), qPrintable(QString("texts %1 to %2").arg(500 * block).arg(500 * block + 499)));
        }
    }

private slots:
    void initTestCase() {
        Texts generator;
        Hash hash;
        for (std::uint64_t i = 0; i < 6000; ++i) {
            texts_.push_back(generator.text(1, i));
            hash.add_text(texts_.back());
        }
        QCOMPARE(hash.value(), expected_.at("texts").get<std::uint64_t>());
    }

    void ids_equal_hugging_faces_data() {
        QTest::addColumn<QString>("name");
        for (const auto& [name, split] : expected_.at("splits").items()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }
    void ids_equal_hugging_faces() {
        QFETCH(QString, name);
        const json& split = expected_.at("splits").at(name.toStdString());
        compare(*parse_tokenizer_json(with_split(trained_, split), "tokenizer.json"), split);
    }

    void decoded_texts_equal_hugging_faces() {
        const auto tokenizer = parse_tokenizer_json(trained_.dump(), "tokenizer.json");
        Hash hash;
        for (std::int32_t i = 0; i < 6000; ++i) {
            std::vector<std::int32_t> ids;
            for (std::int32_t j = 7 * i; j < 7 * i + i % 9; ++j) ids.push_back(j % tokenizer->size());
            hash.add_text(tokenizer->decode(ids));
        }
        QCOMPARE(hash.value(), expected_.at("decoded").get<std::uint64_t>());
    }

    /// A GGUF file names the split instead of spelling it, and knows no flags of added tokens.
    void a_gguf_vocabulary_gives_the_same_ids() {
        json plain = trained_;
        plain["added_tokens"] = json::array();
        GgufVocabulary vocabulary;
        vocabulary.model = "gpt2";
        vocabulary.tokens.resize(plain["model"]["vocab"].size());
        for (const auto& [token, id] : plain["model"]["vocab"].items()) vocabulary.tokens[id] = token;
        vocabulary.types.assign(vocabulary.tokens.size(), 1);
        for (const json& merge : plain["model"]["merges"]) vocabulary.merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
        for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
            const std::int32_t id = plain["model"]["vocab"][special];
            vocabulary.types[static_cast<std::size_t>(id)] = 3;
            plain["added_tokens"].push_back({{"id", id}, {"content", special}, {"special", true}, {"normalized", false}});
        }
        for (const auto& [name, split] : expected_.at("splits").items()) {
            vocabulary.pre = name;
            const auto ours = make_tokenizer(vocabulary), json_one = parse_tokenizer_json(with_split(plain, split), "tokenizer.json");
            for (std::size_t i = 0; i < texts_.size(); i += 3) QCOMPARE(ours->encode(texts_[i]), json_one->encode(texts_[i]));
        }
    }

    /// Cutting the ids of a text and decoding them gives the text's start; what lies across the cut is left out.
    void a_text_is_cut_after_it_was_encoded() {
        for (const auto& [name, split] : expected_.at("splits").items()) {
            const auto tokenizer = parse_tokenizer_json(with_split(trained_, split), "tokenizer.json");
            for (std::size_t i = 0; i < 600; ++i) {
                const std::string& text = texts_[i];
                const auto all = tokenizer->encode(text);
                std::size_t cut = text.size() * (i % 7) / 6;
                while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) ++cut;
                const auto start = tokenizer->encode_start(text, cut);
                QVERIFY(start.size() <= all.size() && std::equal(start.begin(), start.end(), all.begin()));
                if (cut == text.size()) QCOMPARE(start, all);
                // A normal form and tokens that take in blanks change the text.
                const bool as_written = name != "qwen2" && text.find("<left>") == std::string::npos && text.find("<right>") == std::string::npos;
                if (as_written) QVERIFY(text.starts_with(tokenizer->decode(start)) || tokenizer->decode(start).find("\xef\xbf\xbd") != std::string::npos);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTokenizerIds)
#include "test_tokenizer_ids.moc"
