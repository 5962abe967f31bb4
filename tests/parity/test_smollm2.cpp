// SPDX-License-Identifier: GPL-3.0-or-later
// SmolLM2-135M-Instruct against transformers on the same weights (smollm2.json, made by make_smollm2.py). Runs where
// the model is: $FOOTHOLD_SMOLLM2, or the data folder, where packaging/bootstrap --with-smollm2 puts it.
#include <QDir>
#include <QtTest>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "engine/model_file.h"

using namespace foothold;
using nlohmann::json;

namespace {

/// The tests have a data folder of their own, so the person's is looked up by hand.
std::filesystem::path model_path() {
    if (const char* named = std::getenv("FOOTHOLD_SMOLLM2"); named && *named) return named;
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home ? home : ".") / ".local/share/foothold/models/SmolLM2-135M-Instruct.Q4_1.gguf";
}

struct Prompt {
    std::vector<Token> ids;
    std::size_t context = 0;
    std::vector<double> logprobs;
};

std::vector<Prompt> prompts() {
    std::ifstream file(FOOTHOLD_SOURCE_DIR "/tests/parity/smollm2.json");
    std::vector<Prompt> all;
    for (const json& line : json::parse(file)) all.push_back({line.at("ids"), line.at("context"), line.at("logprobs")});
    return all;
}

}  // namespace

class TestSmolLM2 : public QObject {
    Q_OBJECT
    std::unique_ptr<Engine> engine_;

private slots:
    void initTestCase() {
        if (QDir(qEnvironmentVariable("FOOTHOLD_BIN") + "/../lib/foothold").isEmpty())
            QSKIP("built without the engine module");
        const auto path = model_path();
        if (!std::filesystem::exists(path))
            QSKIP(("no model at " + path.string() + ": packaging/bootstrap --with-smollm2 fetches it").c_str());
        EngineOptions options;
        options.device = "cpu";
        engine_ = open_engine(options);
        engine_->load(open_model(path).state);
    }

    void logprobs() {
        const auto all = prompts();
        QCOMPARE(all.size(), std::size_t{20});
        std::vector<ScoredSequence> sequences;
        for (const Prompt& prompt : all) sequences.push_back({prompt.ids, 1});
        const auto scores = engine_->score(sequences, false, {});
        double largest = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            QCOMPARE(scores[i].size(), all[i].logprobs.size());
            for (std::size_t t = 0; t < scores[i].size(); ++t)
                largest = std::max(largest, std::abs(static_cast<double>(scores[i][t]) - all[i].logprobs[t]));
        }
        qInfo("largest difference of a log-prob: %.2e", largest);
        QVERIFY(largest < 2e-3);
    }

    void greedyContinuations() {
        const auto all = prompts();
        std::vector<GenerateRequest> requests;
        for (const Prompt& prompt : all) {
            const auto end = prompt.ids.begin() + static_cast<std::ptrdiff_t>(prompt.context);
            requests.push_back({{prompt.ids.begin(), end}, 1, static_cast<int>(prompt.ids.size() - prompt.context), 1});
        }
        DecodingRules greedy;
        greedy.temperature = 0;
        const auto completions = engine_->generate(requests, greedy, -1, {}, {});
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::vector<Token> wanted(all[i].ids.begin() + static_cast<std::ptrdiff_t>(all[i].context),
                                            all[i].ids.end());
            QCOMPARE(wanted.size(), std::size_t{64});
            QVERIFY2(completions[i].front().tokens == wanted, qPrintable(QString("prompt %1").arg(i + 1)));
        }
    }
};

QTEST_GUILESS_MAIN(TestSmolLM2)
#include "test_smollm2.moc"
