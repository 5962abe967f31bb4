// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's decoder against Hugging Face's LlamaForCausalLM (llama_logprobs.json, made by make_llama_logprobs.py).
#include <QDir>
#include <QtTest>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/safetensors.h"
#include "training/objective.h"

using namespace foothold;
using nlohmann::json;

namespace {

// Float against float: the numbers of the table are themselves good to about 5e-6.
constexpr double kLogprobTolerance = 5e-5;
constexpr double kGradientTolerance = 1e-4;

struct Expected {
    std::vector<ScoredSequence> sequences;
    std::vector<std::vector<float>> logprobs;
    json gradients;
};

Expected expected_of(const std::string& model) {
    std::ifstream file(FOOTHOLD_SOURCE_DIR "/tests/parity/llama_logprobs.json");
    Expected expected;
    for (const json& line : json::parse(file)) {
        if (line.at("model") != model) continue;
        if (line.contains("gradients")) {
            expected.gradients = line.at("gradients");
        } else {
            expected.sequences.push_back({.tokens = line.at("ids").get<std::vector<Token>>(), .first = 1});
            expected.logprobs.push_back(line.at("logprobs").get<std::vector<float>>());
        }
    }
    return expected;
}

std::unique_ptr<Engine> engine_with(const std::string& model) {
    auto engine = open_engine({.device = "cpu", .threads = 2});
    engine->load(read_model(FOOTHOLD_SOURCE_DIR "/tests/parity/" + model + ".safetensors").state);
    return engine;
}

}  // namespace

class TestLlamaLogprobs : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (QDir(qEnvironmentVariable("FOOTHOLD_BIN") + "/../lib/foothold").isEmpty())
            QSKIP("built without the engine module");
    }

    void logprobs_data() {
        QTest::addColumn<std::string>("model");
        QTest::newRow("shared embeddings") << std::string("llama_tiny_a");
        QTest::newRow("own head, grouped keys") << std::string("llama_tiny_b");
    }

    void logprobs() {
        QFETCH(std::string, model);
        const Expected expected = expected_of(model);
        QVERIFY(!expected.sequences.empty());
        const auto scores = engine_with(model)->score(expected.sequences, false, {});
        QCOMPARE(scores.size(), expected.logprobs.size());
        for (std::size_t i = 0; i < scores.size(); ++i) {
            QCOMPARE(scores[i].size(), expected.logprobs[i].size());
            for (std::size_t t = 0; t < scores[i].size(); ++t) {
                const auto text = QString("sequence %1, token %2: %3, not %4")
                                      .arg(i)
                                      .arg(t + 1)
                                      .arg(static_cast<double>(scores[i][t]))
                                      .arg(static_cast<double>(expected.logprobs[i][t]));
                QVERIFY2(std::abs(scores[i][t] - expected.logprobs[i][t]) < kLogprobTolerance, qPrintable(text));
            }
        }
    }

    void gradients_data() { logprobs_data(); }

    void gradients() {
        QFETCH(std::string, model);
        const Expected expected = expected_of(model);
        double tokens = 0;
        for (const auto& sequence : expected.sequences) tokens += static_cast<double>(sequence.scored());
        const auto engine = engine_with(model);
        const std::vector<float> flat =
            engine->gradient(expected.sequences, [&](std::size_t, std::span<const float> logp, std::span<float> dlogp) {
                supervised_row<float>(logp, std::vector<std::uint8_t>(logp.size(), 1), tokens, dlogp);
            });
        std::size_t begin = 0, compared = 0;
        for (const auto& [name, tensor] : engine->state().tensors) {
            if (name.starts_with("optimizer.")) continue;
            QVERIFY2(expected.gradients.contains(name), name.c_str());
            const json& wanted = expected.gradients.at(name);
            QVERIFY(begin + tensor.data.size() <= flat.size());
            double squares = 0, sum = 0;
            for (const float value : std::span(flat).subspan(begin, tensor.data.size())) {
                squares += static_cast<double>(value) * value;
                sum += value;
            }
            begin += tensor.data.size();
            const double norm = wanted.at("norm").get<double>(), tolerance = kGradientTolerance * norm;
            QVERIFY2(std::abs(std::sqrt(squares) - norm) < tolerance, name.c_str());
            // Summing n numbers of a tensor adds their errors: sqrt(n) of them.
            const double elements = std::sqrt(static_cast<double>(tensor.data.size()));
            QVERIFY2(std::abs(sum - wanted.at("sum").get<double>()) < tolerance * elements, name.c_str());
            QVERIFY2(std::abs(flat[begin - 1] - wanted.at("last").get<double>()) < tolerance, name.c_str());
            ++compared;
        }
        QCOMPARE(compared, expected.gradients.size());
        QCOMPARE(begin, flat.size());
    }
};

QTEST_GUILESS_MAIN(TestLlamaLogprobs)
#include "test_llama_logprobs.moc"
