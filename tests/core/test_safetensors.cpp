// SPDX-License-Identifier: GPL-3.0-or-later
// Models on disk: what is written is read back, and a damaged file is refused with its name and the reason.
#include <QTemporaryDir>
#include <QtTest>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "engine/safetensors.h"
#include "record/error.h"

using namespace foothold;

namespace {

ModelConfig small() {
    ModelConfig config;
    config.hidden_size = 8;
    config.intermediate_size = 12;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.vocab_size = 5;
    config.rope_theta = 5000;
    return config;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string with_header(const std::string& header, const std::string& data) {
    const std::uint64_t size = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &size, 8);
    return bytes + header + data;
}

/// The header and the data of a file.
std::pair<std::string, std::string> parts(const std::string& bytes) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    return {bytes.substr(8, size), bytes.substr(8 + size)};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

class TestSafetensors : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::filesystem::path path(const char* name) const { return folder_.filePath(name).toStdString(); }

    /// The complaint about a file with these bytes; empty if it was accepted.
    std::string complaint(const std::string& bytes) const {
        put(path("damaged.safetensors"), bytes);
        try {
            read_model(path("damaged.safetensors"));
        } catch (const UserError& error) {
            return error.what();
        }
        return "";
    }

private slots:
    void keepsEverything() {
        for (const bool tied : {true, false}) {
            ModelFile model;
            ModelConfig config = small();
            config.tie_word_embeddings = tied;
            model.state = initial_state(config, 7);
            model.state.optimizer_steps = 12;
            const auto numbers = static_cast<std::size_t>(config.parameters());
            model.state.tensors["optimizer.m"] = {{config.parameters()}, std::vector<float>(numbers, 0.25f)};
            model.state.tensors["optimizer.v"] = {{config.parameters()}, std::vector<float>(numbers, 1e-30f)};
            model.metadata["vocabulary"] = "[\"a\",\"ü\",\"\\n\"]";
            write_model(path("model.safetensors"), model);
            const ModelFile read = read_model(path("model.safetensors"));
            QCOMPARE(read.metadata, model.metadata);
            QCOMPARE(read.state.optimizer_steps, std::int64_t{12});
            QCOMPARE(read.state.config.rope_theta, 5000.0);
            QCOMPARE(read.state.config.tie_word_embeddings, tied);
            QCOMPARE(read.state.tensors.size(), model.state.tensors.size());
            for (const auto& [name, tensor] : model.state.tensors) {
                QVERIFY2(read.state.tensors.at(name).shape == tensor.shape, name.c_str());
                QVERIFY2(read.state.tensors.at(name).data == tensor.data, name.c_str());
            }
        }
    }

    void writesTheFormat() {
        write_model(path("format.safetensors"), {initial_state(small(), 1), {}});
        const auto [header, data] = parts(bytes_of(path("format.safetensors")));
        QCOMPARE(header.size() % 8, std::size_t{0});
        QCOMPARE(header[0], '{');
        QCOMPARE(data.size(), static_cast<std::size_t>(small().parameters()) * 4);
        QVERIFY(header.find("model.layers.1.self_attn.k_proj.weight") != header.npos);
    }

    void freshWeightsHaveTheirSpread() {
        ModelConfig config;
        config.hidden_size = 256;
        config.intermediate_size = 512;
        const EngineState state = initial_state(config, 3, 0.05);
        const auto spread = [&](const char* name) {
            double sum = 0;
            for (const float value : state.tensors.at(name).data) sum += value * value;
            return std::sqrt(sum / static_cast<double>(state.tensors.at(name).data.size()));
        };
        QVERIFY(std::abs(spread("model.layers.0.self_attn.q_proj.weight") * 16 - 1) < 0.02);
        QVERIFY(std::abs(spread("model.layers.1.self_attn.o_proj.weight") * 32 - 1) < 0.02);
        QVERIFY(std::abs(spread("model.layers.1.mlp.down_proj.weight") * 2 * std::sqrt(512.0) - 1) < 0.02);
        QVERIFY(std::abs(spread("model.embed_tokens.weight") / 0.05 - 1) < 0.05);
        QCOMPARE(spread("model.norm.weight"), 1.0);
        QVERIFY(initial_state(config, 3, 0.05).tensors.at("model.embed_tokens.weight").data ==
                state.tensors.at("model.embed_tokens.weight").data);
    }

    void widensHalves() {
        ModelFile model{initial_state(small(), 2), {}};
        for (float& value : model.state.tensors.at("model.norm.weight").data) value = -1.5f;
        model.state.tensors.at("model.norm.weight").data[1] = 0x1p-24f;  // The smallest half.
        write_model(path("wide.safetensors"), model);
        const auto [header, data] = parts(bytes_of(path("wide.safetensors")));
        // The norm is the last tensor by name: its 8 numbers are the last 32 bytes, 16 as halves.
        const std::size_t begin = data.size() - 32;
        const std::string at = std::to_string(begin) + "," + std::to_string(data.size()),
                          now = std::to_string(begin) + "," + std::to_string(begin + 16);
        for (const auto& [type, number] : {std::pair("F16", 0xbe00), std::pair("BF16", 0xbfc0)}) {
            std::string norm(16, '\0');
            for (int i = 0; i < 8; ++i) {
                const auto bits = static_cast<std::uint16_t>(i == 1 ? 1 : number);
                std::memcpy(norm.data() + 2 * i, &bits, 2);
            }
            const std::string entry = "\"data_offsets\":[" + at + "],\"dtype\":\"F32\"";
            QVERIFY(header.find(entry) != header.npos);
            const std::string half = "\"data_offsets\":[" + now + "],\"dtype\":\"" + type + "\"";
            put(path("half.safetensors"), with_header(replaced(header, entry, half), data.substr(0, begin) + norm));
            const auto read = read_model(path("half.safetensors")).state.tensors.at("model.norm.weight").data;
            QCOMPARE(read[0], -1.5f);
            QCOMPARE(read[1], std::string(type) == "F16" ? 0x1p-24f : std::bit_cast<float>(std::uint32_t{1} << 16));
        }
    }

    void refusesDamage_data() {
        QTest::addColumn<QString>("damage");
        QTest::addColumn<QString>("says");
        QTest::newRow("empty") << "empty"
                               << "only 0 bytes";
        QTest::newRow("short") << "short"
                               << "only 5 bytes";
        QTest::newRow("header longer than the file") << "long header"
                                                     << "longer than the file";
        QTest::newRow("absurd header length") << "absurd header"
                                              << "not a safetensors file";
        QTest::newRow("other format") << "gguf"
                                      << "not a safetensors file";
        QTest::newRow("broken JSON") << "json"
                                     << "header is damaged";
        QTest::newRow("JSON array") << "array"
                                    << "not a JSON object";
        QTest::newRow("truncated data") << "truncated"
                                        << "beyond the end";
        QTest::newRow("bytes left over") << "trailing"
                                         << "belong to no tensor";
        QTest::newRow("overlap") << "overlap"
                                 << "does not match its shape";
        QTest::newRow("missing tensor") << "missing"
                                        << "model.norm.weight";
        QTest::newRow("wrong shape") << "shape"
                                     << "has the shape";
        QTest::newRow("unknown tensor") << "unknown"
                                        << "is not part of";
        QTest::newRow("unknown type") << "type"
                                      << "F64";
        QTest::newRow("not a number") << "nan"
                                      << "not finite";
        QTest::newRow("no configuration") << "config"
                                          << "\"config\"";
        QTest::newRow("impossible configuration") << "heads"
                                                  << "attention heads";
        QTest::newRow("other architecture") << "architecture"
                                            << "gpt2";
    }

    void refusesDamage() {
        QFETCH(QString, damage);
        QFETCH(QString, says);
        write_model(path("good.safetensors"), {initial_state(small(), 5), {{"note", "x"}}});
        const std::string good = bytes_of(path("good.safetensors"));
        const auto [header, data] = parts(good);
        QCOMPARE(complaint(good), std::string());
        std::string bytes;
        if (damage == "empty") bytes = "";
        if (damage == "short") bytes = "abcde";
        if (damage == "long header") bytes = good.substr(0, 100);
        if (damage == "absurd header") bytes = std::string(64, '\xff');
        if (damage == "gguf") bytes = "GGUF" + std::string(60, '\0');
        if (damage == "json") bytes = with_header(header.substr(0, header.size() / 2), data);
        if (damage == "array") bytes = with_header("[1,2]", data);
        if (damage == "truncated") bytes = good.substr(0, good.size() - 10);
        if (damage == "trailing") bytes = good + "more";
        if (damage == "overlap") bytes = with_header(replaced(header, "[0,160]", "[0,164]"), data);
        if (damage == "missing") bytes = with_header(replaced(header, "model.norm.weight", "model.norm.weigth"), data);
        if (damage == "shape") bytes = with_header(replaced(header, "\"shape\":[5,8]", "\"shape\":[8,5]"), data);
        if (damage == "type") bytes = with_header(replaced(header, "F32", "F64"), data);
        if (damage == "config") bytes = with_header(replaced(header, "\"config\":", "\"konfig\":"), data);
        if (damage == "heads")
            bytes =
                with_header(replaced(header, "\\\"num_attention_heads\\\":2", "\\\"num_attention_heads\\\":3"), data);
        if (damage == "architecture") bytes = with_header(replaced(header, "\\\"llama\\\"", "\\\"gpt2\\\""), data);
        if (damage == "unknown")
            bytes = with_header(
                replaced(header, "\"model.norm.weight\":",
                         "\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"model.norm.weight\":"),
                data);
        if (damage == "nan") {
            const float nan = std::numeric_limits<float>::quiet_NaN();
            bytes = good;
            std::memcpy(bytes.data() + bytes.size() - 4, &nan, 4);
        }
        const std::string text = complaint(bytes);
        QVERIFY2(text.find("damaged.safetensors") != text.npos, text.c_str());
        QVERIFY2(text.find(says.toStdString()) != text.npos, text.c_str());
    }

    void refusesWhatIsNoFile() {
        QVERIFY_THROWS_EXCEPTION(UserError, read_model(path("nowhere.safetensors")));
        QVERIFY_THROWS_EXCEPTION(UserError, read_model(folder_.path().toStdString()));
    }

    void writesAllOrNothing() {
        const ModelFile model{initial_state(small(), 6), {}};
        write_model(path("kept.safetensors"), model);
        const std::string before = bytes_of(path("kept.safetensors"));
        QVERIFY_THROWS_EXCEPTION(RunError, write_model(path("no/such/folder/x.safetensors"), model));
        // A folder in the target's place: the rename fails, and nothing is left beside it.
        std::filesystem::create_directories(path("taken/inside"));
        QVERIFY_THROWS_EXCEPTION(RunError, write_model(path("taken"), model));
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path().toStdString()))
            QVERIFY2(entry.path().string().find("writing") == std::string::npos, entry.path().c_str());
        QCOMPARE(bytes_of(path("kept.safetensors")), before);
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "test_safetensors.moc"
