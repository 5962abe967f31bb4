// SPDX-License-Identifier: GPL-3.0-or-later
// Models of other people's software: tiny Llama 3, Qwen2 and Qwen3 models as folders and as GGUF files against what
// transformers says of them, blocks against the gguf package (all made by make_checkpoints.py), and SmolLM2 where it
// is.
#include <QDir>
#include <QTemporaryDir>
#include <QtTest>
#include <bit>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/hugging_face.h"
#include "engine/model_file.h"
#include "formats/gguf.h"
#include "training/objective.h"

using namespace foothold;
using nlohmann::json;

namespace {

const std::filesystem::path folder = FOOTHOLD_SOURCE_DIR "/tests/parity/checkpoints";

json expected_of(const std::string& model) {
    std::ifstream file(folder / "logprobs.json");
    return json::parse(file).at(model);
}

std::vector<ScoredSequence> sequences_of(const json& expected) {
    std::vector<ScoredSequence> sequences;
    for (const json& line : expected.at("sequences"))
        sequences.push_back({line.at("ids").get<std::vector<Token>>(), 1});
    return sequences;
}

std::unique_ptr<Engine> engine_with(const EngineState& state, bool precise = false) {
    EngineOptions options;
    options.device = "cpu";
    options.threads = 2;
    options.double_precision = precise;
    auto engine = open_engine(options);
    engine->load(state);
    return engine;
}

}  // namespace

class TestCheckpoints : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (QDir(qEnvironmentVariable("FOOTHOLD_BIN") + "/../lib/foothold").isEmpty())
            QSKIP("built without the engine module");
    }

    void logprobs_data() {
        QTest::addColumn<std::string>("model");
        QTest::addColumn<std::string>("path");
        QTest::addColumn<bool>("precise");  // In double by tensors, else by the kernels.
        for (const std::string model : {"llama3", "qwen2", "qwen3"})
            for (const std::string& path : {model, model + ".gguf"})
                for (const bool precise : {false, true})
                    QTest::newRow((path + (precise ? ", tensors" : "")).c_str()) << model << path << precise;
    }

    void logprobs() {
        QFETCH(std::string, model);
        QFETCH(std::string, path);
        QFETCH(bool, precise);
        const json expected = expected_of(model);
        const auto scores =
            engine_with(open_model(folder / path).state, precise)->score(sequences_of(expected), false, {});
        for (std::size_t i = 0; i < scores.size(); ++i) {
            const auto wanted = expected.at("sequences").at(i).at("logprobs").get<std::vector<double>>();
            QCOMPARE(scores[i].size(), wanted.size());
            for (std::size_t t = 0; t < wanted.size(); ++t)
                QVERIFY2(std::abs(static_cast<double>(scores[i][t]) - wanted[t]) < 5e-5,
                         qPrintable(QString("sequence %1, token %2: %3, not %4")
                                        .arg(i)
                                        .arg(t + 1)
                                        .arg(static_cast<double>(scores[i][t]))
                                        .arg(wanted[t])));
        }
    }

    void gradients_data() { logprobs_data(); }

    void gradients() {
        QFETCH(std::string, model);
        QFETCH(std::string, path);
        QFETCH(bool, precise);
        const json expected = expected_of(model);
        const auto sequences = sequences_of(expected);
        double tokens = 0;
        for (const auto& sequence : sequences) tokens += static_cast<double>(sequence.scored());
        const EngineState state = open_model(folder / path).state;
        const auto flat =
            engine_with(state, precise)
                ->gradient(sequences, [&](std::size_t, std::span<const float> logp, std::span<float> dlogp) {
                    supervised_row<float>(logp, std::vector<std::uint8_t>(logp.size(), 1), tokens, dlogp);
                });
        std::size_t begin = 0;
        for (const auto& [name, tensor] : state.tensors) {
            double squares = 0, sum = 0;
            for (const float value : std::span(flat).subspan(begin, tensor.data.size())) {
                squares += static_cast<double>(value) * value;
                sum += value;
            }
            begin += tensor.data.size();
            const double norm = expected.at("gradients").at(name).at(0),
                         total = expected.at("gradients").at(name).at(1);
            const double tolerance = 2e-4 * norm;
            QVERIFY2(std::abs(std::sqrt(squares) - norm) < tolerance,
                     qPrintable(QString("%1: %2, not %3").arg(name.c_str()).arg(std::sqrt(squares)).arg(norm)));
            QVERIFY2(std::abs(sum - total) < tolerance * std::sqrt(static_cast<double>(tensor.data.size())),
                     qPrintable(QString("%1: sum %2, not %3").arg(name.c_str()).arg(sum).arg(total)));
        }
        QCOMPARE(begin, flat.size());
    }

    /// Sampling says the same of its own tokens as scoring does, with both decoders.
    void decodesWhatItScores_data() { logprobs_data(); }
    void decodesWhatItScores() {
        QFETCH(std::string, path);
        QFETCH(bool, precise);
        auto engine = engine_with(open_model(folder / path).state, precise);
        const GenerateRequest request{{3, 1, 4, 1, 5, 9, 2, 6}, 3, 20, 7};
        const auto completions = engine->generate(std::span(&request, 1), {}, -1, {}, {});
        for (const Completion& completion : completions.front()) {
            ScoredSequence sequence{request.context, request.context.size()};
            sequence.tokens.insert(sequence.tokens.end(), completion.tokens.begin(), completion.tokens.end());
            const auto scores = engine->score(std::span(&sequence, 1), false, {}).front();
            QCOMPARE(scores.size(), std::size_t{20});
            for (std::size_t t = 0; t < scores.size(); ++t)
                QVERIFY(std::abs(scores[t] - completion.logprobs[t]) < 1e-4f);
        }
    }

    /// The folder and the GGUF file hold the same weights: names, order of rows and shapes.
    void formsAgree_data() {
        QTest::addColumn<std::string>("model");
        for (const std::string model : {"llama3", "qwen2", "qwen3"}) QTest::newRow(model.c_str()) << model;
    }
    void formsAgree() {
        QFETCH(std::string, model);
        const ModelFile a = open_model(folder / model), b = open_model(folder / (model + ".gguf"));
        QCOMPARE(a.state.tensors.size(), b.state.tensors.size());
        for (const auto& [name, tensor] : a.state.tensors)
            QVERIFY2(tensor.data == b.state.tensors.at(name).data, name.c_str());
        QCOMPARE(a.state.config.rms_norm_eps, b.state.config.rms_norm_eps);
        QCOMPARE(a.state.config.rope_theta, b.state.config.rope_theta);
        QVERIFY(a.state.config.rope_scaling == b.state.config.rope_scaling);
        QCOMPARE(a.state.config.head_dim, b.state.config.head_dim);
        QCOMPARE(a.state.config.rope_scaling.has_value(), model == "llama3");
    }

    void writtenFoldersAreReadBack_data() { formsAgree_data(); }
    void writtenFoldersAreReadBack() {
        QFETCH(std::string, model);
        QTemporaryDir temporary;
        const std::filesystem::path to = temporary.filePath("model").toStdString();
        const ModelFile before = open_model(folder / model);
        write_hugging_face(to, before.state, folder / model);
        const ModelFile after = open_model(to);
        QCOMPARE(before.state.tensors.size(), after.state.tensors.size());
        for (const auto& [name, tensor] : before.state.tensors)
            QVERIFY2(tensor.data == after.state.tensors.at(name).data, name.c_str());
        std::ifstream file(to / "config.json");
        QCOMPARE(json::parse(file).at("initializer_range").get<double>(), 0.25);  // Of the folder it is like.
        QVERIFY(after.state.config.rope_scaling == before.state.config.rope_scaling);
    }

    void blocks() {
        const GgufFile file = read_gguf(folder / "blocks.gguf");
        std::size_t compared = 0;
        for (const auto& [name, tensor] : file.tensors) {
            const auto expected = file.tensors.find(name + ".expected");
            if (expected == file.tensors.end()) continue;
            const auto numbers = read_numbers(file.path, tensor), wanted = read_numbers(file.path, expected->second);
            QCOMPARE(numbers.size(), wanted.size());
            for (std::size_t i = 0; i < numbers.size(); ++i)
                QVERIFY2(std::bit_cast<std::uint32_t>(numbers[i]) == std::bit_cast<std::uint32_t>(wanted[i]),
                         qPrintable(QString("%1, number %2: %3, not %4")
                                        .arg(name.c_str())
                                        .arg(i)
                                        .arg(static_cast<double>(numbers[i]))
                                        .arg(static_cast<double>(wanted[i]))));
            ++compared;
        }
        QCOMPARE(compared, std::size_t{7});
    }
};

QTEST_GUILESS_MAIN(TestCheckpoints)
#include "test_checkpoints.moc"
