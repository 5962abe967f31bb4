// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF files and Hugging Face folders that are damaged or mean harm: each is refused with its name and the reason.
#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/hugging_face.h"
#include "engine/model_file.h"
#include "formats/gguf.h"
#include "formats/safetensors_file.h"
#include "record/error.h"
#include "record/random.h"

using namespace foothold;
namespace fs = std::filesystem;

namespace {

/// Bytes of a GGUF file, a value at a time.
struct Bytes {
    std::string data;
    template <class T>
    Bytes& put(T value) {
        data.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Bytes& u32(std::uint32_t value) { return put(value); }
    Bytes& u64(std::uint64_t value) { return put(value); }
    Bytes& text(const std::string& value) {
        u64(value.size()).data += value;
        return *this;
    }
    Bytes& key(const std::string& name, std::uint32_t type) { return text(name).u32(type); }
    Bytes& number(const std::string& name, std::uint32_t value) { return key(name, 4).u32(value); }
    Bytes& tensor(const std::string& name, std::vector<std::uint64_t> sizes, std::uint32_t type, std::uint64_t offset) {
        text(name).u32(static_cast<std::uint32_t>(sizes.size()));
        for (const std::uint64_t size : sizes) u64(size);
        return u32(type).u64(offset);
    }
    Bytes& align() {
        data.resize((data.size() + 31) / 32 * 32);
        return *this;
    }
};

Bytes header(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    Bytes bytes;
    bytes.data = "GGUF";
    return bytes.u32(version).u64(tensors).u64(keys);
}

/// A file of two keys and two tensors.
std::string good_gguf() {
    Bytes bytes = header(2, 2);
    bytes.text("general.architecture").u32(8).text("llama");
    bytes.key("tokenizer.ggml.tokens", 9).u32(8).u64(3).text("a").text("b").text("ü");
    bytes.tensor("one", {4, 2}, 0, 0).tensor("two", {32}, 8, 32).align();
    for (int i = 0; i < 8; ++i) bytes.put(static_cast<float>(i));
    bytes.put(std::uint16_t{0x3c00});
    for (int i = 0; i < 32; ++i) bytes.put(static_cast<std::int8_t>(i - 16));
    return bytes.data;
}

/// A whole Llama model of one layer as GGUF, F32: hidden 4, two heads, MLP 6, five tokens.
std::string model_gguf() {
    const std::vector<std::pair<std::string, std::vector<std::uint64_t>>> tensors = {
        {"token_embd.weight", {4, 5}},        {"output_norm.weight", {4}},      {"blk.0.attn_norm.weight", {4}},
        {"blk.0.attn_q.weight", {4, 4}},      {"blk.0.attn_k.weight", {4, 4}},  {"blk.0.attn_v.weight", {4, 4}},
        {"blk.0.attn_output.weight", {4, 4}}, {"blk.0.ffn_norm.weight", {4}},   {"blk.0.ffn_gate.weight", {4, 6}},
        {"blk.0.ffn_up.weight", {4, 6}},      {"blk.0.ffn_down.weight", {6, 4}}};
    Bytes bytes = header(tensors.size(), 7);
    bytes.text("general.architecture").u32(8).text("llama");
    bytes.number("llama.embedding_length", 4).number("llama.block_count", 1).number("llama.feed_forward_length", 6);
    bytes.number("llama.attention.head_count", 2).number("llama.context_length", 16);
    bytes.key("llama.attention.layer_norm_rms_epsilon", 6).put(1e-5f);
    std::uint64_t at = 0, total = 0;
    for (const auto& [name, sizes] : tensors) {
        std::uint64_t numbers = 1;
        for (const std::uint64_t size : sizes) numbers *= size;
        bytes.tensor(name, sizes, 0, at);
        total = at + numbers * 4;
        at = (total + 31) / 32 * 32;
    }
    bytes.align();
    const std::size_t data = bytes.data.size();
    for (std::uint64_t i = 0; i < total / 4; ++i) bytes.put(0.01f * static_cast<float>(i));
    bytes.data.resize(data + total);
    return bytes.data;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

ModelConfig small() {
    ModelConfig config;
    config.hidden_size = 8;
    config.intermediate_size = 12;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.vocab_size = 5;
    return config;
}

}  // namespace

class TestModelFiles : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    fs::path path(const std::string& name) const { return folder_.filePath(name.c_str()).toStdString(); }

    template <class Work>
    static std::string complaint(Work&& work) {
        try {
            work();
        } catch (const UserError& error) {
            return error.what();
        }
        return "";
    }
    std::string gguf_complaint(const std::string& bytes) const {
        put(path("damaged.gguf"), bytes);
        return complaint([&] { read_gguf(path("damaged.gguf")); });
    }
    /// A fresh folder with a good model in it.
    fs::path model_folder(const std::string& name) const {
        fs::remove_all(path(name));
        write_hugging_face(path(name), initial_state(small(), 3));
        return path(name);
    }

private slots:
    void readsMetadataAndTensors() {
        put(path("good.gguf"), good_gguf());
        const GgufFile file = read_gguf(path("good.gguf"));
        QCOMPARE(file.need<std::string>("general.architecture"), std::string("llama"));
        QCOMPARE(file.need<std::vector<std::string>>("tokenizer.ggml.tokens"),
                 (std::vector<std::string>{"a", "b", "ü"}));
        QVERIFY(!file.find<std::string>("nothing"));
        QVERIFY_THROWS_EXCEPTION(UserError, file.need<std::string>("nothing"));
        QVERIFY_THROWS_EXCEPTION(UserError, file.find<double>("general.architecture"));
        QCOMPARE(file.tensors.at("one").shape, (std::vector<std::int64_t>{2, 4}));
        QCOMPARE(read_numbers(file.path, file.tensors.at("one")), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
        QCOMPARE(read_numbers(file.path, file.tensors.at("two"))[31], 15.0f);
        QVERIFY(is_gguf(path("good.gguf")));
        QVERIFY(!is_gguf(path("nowhere")));
    }

    void everyTruncationIsRefused() {
        const std::string good = good_gguf();
        for (std::size_t length = 0; length < good.size(); ++length) {
            const std::string text = gguf_complaint(good.substr(0, length));
            QVERIFY2(text.find("damaged.gguf") != text.npos,
                     qPrintable(QString("%1 bytes: %2").arg(length).arg(text.c_str())));
        }
    }

    /// Any byte of the header may be any other: the file is read or refused, nothing else.
    void changedBytesAreReadOrRefused() {
        const std::string good = model_gguf();
        Random random(random_key({5}));
        int refused = 0;
        for (std::size_t at = 0; at < good.size() && at < 900; ++at)
            for (int times = 0; times < 3; ++times) {
                std::string bytes = good;
                bytes[at] = static_cast<char>(random.between(0, 255));
                put(path("changed.gguf"), bytes);
                refused += !complaint([&] { open_model(path("changed.gguf")); }).empty();
            }
        QVERIFY(refused > 1000);
    }

    void refusesHostileGguf_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const Bytes& bytes, const char* says) {
            QTest::newRow(name) << QByteArray(bytes.data.data(), static_cast<qsizetype>(bytes.data.size())) << says;
        };
        constexpr std::uint64_t huge = std::uint64_t{1} << 63;
        row("other magic", Bytes{std::string(64, 'x')}, "not a GGUF file");
        row("version 1", header(0, 0, 1), "version 1 is not supported");
        row("big-endian", header(0, 0, 0x03000000), "big-endian");
        row("2^63 keys", header(0, huge), "more than any model has");
        row("2^63 tensors", header(huge, 0), "more than any model has");
        row("more keys than bytes", header(0, 60000), "truncated");
        row("more tensors than bytes", header(60000, 0), "truncated");
        row("text of 2^63 bytes", header(0, 1).key("a", 8).u64(huge), "claims");
        row("text beyond the file", header(0, 1).key("a", 8).u64(1000), "truncated");
        row("a billion tokens", header(0, 1).key("tokenizer.ggml.tokens", 9).u32(8).u64(1'000'000'000),
            "tokenizer.ggml.tokens");
        row("an array in an array", header(0, 1).key("a", 9).u32(9).u64(1).u64(0), "arrays of arrays");
        row("unknown value type", header(0, 1).key("a", 77).u64(0), "type 77");
        row("unknown element type", header(0, 1).key("a", 9).u32(77).u64(1).u64(0), "type 77");
        row("a key twice", header(0, 2).number("a", 1).number("a", 2), "twice");
        row("a number beyond int64", header(0, 1).key("a", 10).u64(huge), "too large");
        row("2^63 rows", header(1, 0).tensor("t", {huge}, 0, 0).align(), "impossible shape");
        row("a product beyond 2^64", header(1, 0).tensor("t", {1ull << 40, 1ull << 40}, 0, 0).align(),
            "impossible shape");
        row("100 dimensions", header(1, 0).tensor("t", std::vector<std::uint64_t>(100, 1), 0, 0), "100 dimensions");
        row("beyond the file", header(1, 0).tensor("t", {1 << 20}, 0, 0).align(), "beyond the end");
        row("an offset that wraps", header(1, 0).tensor("t", {4}, 0, ~std::uint64_t{31}).align(), "beyond the end");
        row("not aligned", header(1, 0).tensor("t", {4}, 0, 4).align(), "aligned");
        row("half a block", header(1, 0).tensor("t", {33}, 8, 0).align(), "blocks of 32");
        row("a type that is not read", header(1, 0).tensor("t", {256}, 10, 0).align(), "type 10");
        row("a tensor twice", header(2, 0).tensor("t", {0}, 0, 0).tensor("t", {0}, 0, 0).align(), "twice");
        row("overlapping",
            header(2, 0).tensor("t", {16}, 0, 0).tensor("u", {16}, 0, 32).align().put(std::array<float, 24>{}),
            "overlap");
        row("alignment 3", header(0, 1).number("general.alignment", 3), "general.alignment");
        row("alignment as text", header(0, 1).key("general.alignment", 8).text("32"), "general.alignment");
    }
    void refusesHostileGguf() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        const std::string text = gguf_complaint(bytes.toStdString());
        QVERIFY2(text.find("damaged.gguf") != text.npos, text.c_str());
        QVERIFY2(text.find(says.toStdString()) != text.npos, text.c_str());
    }

    void readsAWholeGguf() {
        put(path("model.gguf"), model_gguf());
        const ModelFile model = open_model(path("model.gguf"));
        QCOMPARE(model.state.config.parameters(), std::int64_t{5 * 4 + 4 + 4 * 16 + 8 + 3 * 24});
        QVERIFY(model.state.config.tie_word_embeddings);
        QCOMPARE(model.state.config.num_key_value_heads, 2);
        QCOMPARE(model.state.config.rms_norm_eps, 1e-5);
        // Heads of two numbers turn as one pair: their order is the same in both forms.
        QCOMPARE(model.state.tensors.size(), std::size_t{11});
        QCOMPARE(describe_model(path("model.gguf")).state.config.vocab_size, 5);
        QVERIFY(describe_model(path("model.gguf")).state.tensors.empty());
    }

    void refusesOtherGgufModels_data() {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, std::string from, std::string to, std::string says) {
            QTest::newRow(name) << from << to << says;
        };
        row("architecture", "llama\x16", "mamba\x16", "mamba");
        row("missing key", "llama.block_count", "llama.block_kount", "block_count");
        row("missing tensor", "blk.0.ffn_up.weight", "blk.0.ffn_uq.weight", "mlp.up_proj");
        row("unknown layer", "blk.0.attn_norm", "blk.7.attn_norm", "model.layers.0.input_layernorm");
        row("no embedding", "token_embd.weight", "token_embe.weight", "token_embd.weight");
        const auto sized = [](const std::string& key, std::uint32_t value) { return Bytes{}.number(key, value).data; };
        row("another width", sized("llama.embedding_length", 4), sized("llama.embedding_length", 8), "shape");
        row("a billion layers", sized("llama.block_count", 1), sized("llama.block_count", 1'000'000'000),
            "num_hidden_layers");
        row("no heads", sized("llama.attention.head_count", 2), sized("llama.attention.head_count", 0),
            "num_attention_heads");
        row("2^32 - 1 positions", sized("llama.context_length", 16), sized("llama.context_length", ~0u),
            "context_length");
    }
    void refusesOtherGgufModels() {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        QFETCH(std::string, says);
        const std::string good = model_gguf(), changed = replaced(good, from, to);
        QVERIFY(changed != good);
        put(path("other.gguf"), changed);
        for (const bool whole : {true, false}) {
            const std::string text =
                complaint([&] { whole ? open_model(path("other.gguf")) : describe_model(path("other.gguf")); });
            QVERIFY2(text.find("other.gguf") != text.npos, text.c_str());
            QVERIFY2(text.find(says) != text.npos, text.c_str());
        }
    }

    void refusesDamagedFolders_data() {
        QTest::addColumn<std::string>("damage");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* damage, const char* says) {
            QTest::newRow(damage) << std::string(damage) << std::string(says);
        };
        row("no config", "config.json");
        row("broken config", "damaged");
        row("deep config", "nested too deeply");
        row("config is a list", "not a JSON object");
        row("architecture", "gpt2");
        row("billion tokens", "vocab_size");
        row("fractional size", "hidden_size = 8.5");
        row("text for a size", "cannot be read");
        row("yarn", "yarn");
        row("sliding window", "use_sliding_window");
        row("quantised", "quantization_config");
        row("no weights", "neither model.safetensors");
        row("pickled", "pytorch_model.bin");
        row("missing shard", "model-00002.safetensors is missing");
        row("shard elsewhere", "not the name of a file");
        row("broken index", "damaged");
        row("index lies", "is not in it");
        row("another type", "I64");
        row("another shape", "has the shape");
        row("truncated", "beyond the end");
        row("deep header", "nested too deeply");
        row("a tensor in two files", "in another file too");
    }
    void refusesDamagedFolders() {
        QFETCH(std::string, damage);
        QFETCH(std::string, says);
        const fs::path model = model_folder("model"), config = model / "config.json",
                       weights = model / "model.safetensors", index = model / "model.safetensors.index.json";
        QCOMPARE(complaint([&] { open_model(model); }), std::string());
        const std::string text = contents(config), bytes = contents(weights);
        const auto with = [&](const char* key, const nlohmann::json& value) {
            auto json = nlohmann::json::parse(text);
            json[key] = value;
            put(config, json.dump());
        };
        const auto sharded = [&](const nlohmann::json& map) {
            fs::rename(weights, model / "model-00001.safetensors");
            put(index, nlohmann::json{{"weight_map", map}}.dump());
        };
        if (damage == "no config") fs::remove(config);
        if (damage == "broken config") put(config, text.substr(0, 40));
        if (damage == "deep config") put(config, std::string(100000, '['));
        if (damage == "config is a list") put(config, "[1]");
        if (damage == "architecture") with("model_type", "gpt2");
        if (damage == "billion tokens") with("vocab_size", 1000000000);
        if (damage == "fractional size") with("hidden_size", 8.5);
        if (damage == "text for a size") with("hidden_size", "8");
        if (damage == "yarn") with("rope_scaling", {{"type", "yarn"}, {"factor", 4}});
        if (damage == "sliding window") with("use_sliding_window", true);
        if (damage == "quantised") with("quantization_config", {{"bits", 4}});
        if (damage == "no weights" || damage == "pickled") fs::remove(weights);
        if (damage == "pickled") put(model / "pytorch_model.bin", "x");
        if (damage == "missing shard")
            sharded({{"model.norm.weight", "model-00001.safetensors"}, {"lm_head.weight", "model-00002.safetensors"}});
        if (damage == "shard elsewhere") sharded({{"model.norm.weight", "../model/model-00001.safetensors"}});
        if (damage == "broken index") {
            sharded({});
            put(index, "{\"weight_map\":[");
        }
        if (damage == "index lies") sharded({{"model.extra.weight", "model-00001.safetensors"}});
        if (damage == "another type") put(weights, replaced(bytes, "\"F32\"", "\"I64\""));
        if (damage == "another shape") with("vocab_size", 6);
        if (damage == "truncated") put(weights, bytes.substr(0, bytes.size() - 4));
        if (damage == "deep header") {
            const std::string deep = "{\"a\":" + std::string(100000, '[');
            put(weights, Bytes{}.u64(deep.size()).data + deep);
        }
        if (damage == "a tensor in two files") {
            sharded({{"model.norm.weight", "model-00001.safetensors"},
                     {"model.embed_tokens.weight", "model-00002.safetensors"}});
            fs::copy(model / "model-00001.safetensors", model / "model-00002.safetensors");
        }
        const std::string said = complaint([&] { open_model(model); });
        QVERIFY2(said.find(model.string()) != said.npos, said.c_str());
        QVERIFY2(said.find(says) != said.npos, said.c_str());
        QVERIFY(!complaint([&] { describe_model(model); }).empty());
    }

    void ignoresWhatTransformersIgnores() {
        const fs::path model = model_folder("ignored");
        SafetensorsFile file = read_safetensors(model / "model.safetensors");
        std::vector<std::pair<std::string, std::vector<float>>> numbers;
        for (const auto& [name, entry] : file.tensors) numbers.emplace_back(name, read_numbers(file.path, entry));
        std::vector<TensorView> views;
        for (const auto& [name, values] : numbers) views.push_back({name, file.tensors.at(name).shape, values});
        const std::vector<float> extra(40, 0.5f);
        views.push_back({"lm_head.weight", {5, 8}, extra});
        views.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", {2}, std::span(extra).first(2)});
        write_safetensors(model / "model.safetensors", {}, views);
        QCOMPARE(open_model(model).state.tensors.size(), numbers.size());
    }

    void readsRopeInBothForms() {
        const fs::path model = model_folder("rope");
        const auto text = nlohmann::json::parse(contents(model / "config.json"));
        const nlohmann::json numbers = {{"factor", 32.0},
                                        {"low_freq_factor", 1.0},
                                        {"high_freq_factor", 4.0},
                                        {"original_max_position_embeddings", 8192}};
        const RopeScaling wanted{32, 1, 4, 8192};
        for (const char* form : {"rope_scaling", "rope_parameters"}) {
            auto json = text;
            json.erase("rope_theta");
            json[form] = numbers;
            json[form]["rope_type"] = "llama3";
            if (form == std::string("rope_parameters"))
                json[form]["rope_theta"] = 500000.0;
            else
                json["rope_theta"] = 500000.0;
            put(model / "config.json", json.dump());
            const ModelConfig config = describe_model(model).state.config;
            QVERIFY(config.rope_scaling == wanted);
            QCOMPARE(config.rope_theta, 500000.0);
        }
    }

    void doesNotOverwriteAModel() {
        const fs::path model = model_folder("taken");
        const std::string before = contents(model / "model.safetensors");
        QVERIFY(complaint([&] { write_hugging_face(model, initial_state(small(), 4)); }).find("another folder") !=
                std::string::npos);
        QCOMPARE(contents(model / "model.safetensors"), before);
    }

    void saysWhatIsNoModel() {
        QVERIFY(complaint([&] { open_model(path("nowhere")); }).find("no such file") != std::string::npos);
        fs::create_directories(path("empty"));
        QVERIFY(complaint([&] { open_model(path("empty")); }).find("config.json") != std::string::npos);
        const fs::path model = model_folder("single");
        QVERIFY(complaint([&] { open_model(model / "model.safetensors"); }).find("name the folder") !=
                std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestModelFiles)
#include "test_model_files.moc"
