// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters against PEFT (numbers made by make_lora.py): log-probabilities, gradients of A and B, two optimiser steps,
// and folders in its layout, in and out.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "engine/lora.h"
#include "engine/model_file.h"
#include "engine/peft.h"
#include "formats/json_file.h"
#include "record/error.h"

using namespace foothold;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path folder = FOOTHOLD_SOURCE_DIR "/tests/parity/lora", models = FOOTHOLD_SOURCE_DIR "/tests/parity/checkpoints";

json expected_of(const std::string& model) {
    std::ifstream file(folder / "expected.json");
    return json::parse(file).at(model);
}

std::vector<ScoredSequence> sequences_of(const json& expected) {
    std::vector<ScoredSequence> sequences;
    for (const json& line : expected.at("sequences")) sequences.push_back({line.at("ids").get<std::vector<Token>>(), 1});
    return sequences;
}

std::unique_ptr<Engine> engine_of(const EngineState& state, bool precise) {
    EngineOptions options;
    options.device = "cpu";
    options.double_precision = precise;
    auto engine = open_engine(options);
    engine->load(state);
    return engine;
}

/// d loss / d log-prob of the mean negative log-probability.
LogprobGradient mean_over(const std::vector<ScoredSequence>& sequences) {
    std::size_t total = 0;
    for (const ScoredSequence& sequence : sequences) total += sequence.scored();
    return [total](std::size_t, std::span<const float>, std::span<float> slopes) {
        std::ranges::fill(slopes, -1 / static_cast<float>(total));
    };
}

double largest_difference(const std::vector<std::vector<float>>& scores, const json& expected) {
    double most = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto& wanted = expected.at("sequences").at(i).at("logprobs");
        for (std::size_t t = 0; t < scores[i].size(); ++t) most = std::max(most, std::abs(scores[i][t] - wanted.at(t).get<double>()));
    }
    return most;
}

}  // namespace

class TestLora : public QObject {
    Q_OBJECT

    static void bothModels() {
        QTest::addColumn<std::string>("model");
        QTest::addColumn<bool>("precise");  // In double by tensors, else by the kernels.
        for (const std::string model : {"qwen2", "llama3"})
            for (const bool precise : {false, true})
                QTest::newRow((model + (precise ? ", tensors" : ", kernels")).c_str()) << model << precise;
    }

private slots:
    void logprobs_data() { bothModels(); }
    void logprobs() {
        QFETCH(std::string, model);
        QFETCH(bool, precise);
        const json expected = expected_of(model);
        const auto sequences = sequences_of(expected);
        const double most = precise ? 5e-6 : 2e-5;  // transformers has its cosines in floats
        // The adapter on its base in the engine, and merged into it when the folder is opened as a model.
        auto engine = engine_of(open_model(models / model).state, precise);
        QVERIFY(largest_difference(engine->score(sequences, false, {}), expected) > 0.1);
        engine->load(read_peft(folder / model, engine->config()));
        const double adapted = largest_difference(engine->score(sequences, false, {}), expected);
        QVERIFY2(adapted < most, std::to_string(adapted).c_str());
        const double merged = largest_difference(engine_of(open_model(folder / model).state, precise)->score(sequences, false, {}), expected);
        QVERIFY2(merged < 2e-5, std::to_string(merged).c_str());
    }

    void gradients_data() { bothModels(); }
    void gradients() {
        QFETCH(std::string, model);
        QFETCH(bool, precise);
        const json expected = expected_of(model);
        const auto sequences = sequences_of(expected);
        auto engine = engine_of(open_model(models / model).state, precise);
        engine->load(read_peft(folder / model, engine->config()));
        const auto flat = engine->gradient(sequences, mean_over(sequences));
        std::size_t at = 0;
        for (const auto& [name, shape] : lora_shapes(engine->config(), engine->state().lora)) {
            double squares = 0, sum = 0;
            for (std::int64_t i = 0; i < shape[0] * shape[1]; ++i, ++at) {
                squares += static_cast<double>(flat[at]) * flat[at];
                sum += flat[at];
            }
            const auto wanted = expected.at("gradients").at(name).get<std::vector<double>>();
            const double most = (precise ? 2e-6 : 2e-5) * std::max(wanted[0], 1e-3);
            QVERIFY2(std::abs(std::sqrt(squares) - wanted[0]) < most && std::abs(sum - wanted[1]) < 10 * most,
                     qPrintable(QStringLiteral("%1: norm %2 for %3, sum %4 for %5").arg(name.c_str()).arg(std::sqrt(squares)).arg(wanted[0]).arg(sum).arg(wanted[1])));
        }
        QCOMPARE(at, flat.size());
        QCOMPARE(expected.at("gradients").size(), lora_shapes(engine->config(), engine->state().lora).size());
    }

    void twoSteps_data() { bothModels(); }
    void twoSteps() {
        QFETCH(std::string, model);
        QFETCH(bool, precise);
        const json expected = expected_of(model);
        const auto sequences = sequences_of(expected);
        auto engine = engine_of(open_model(models / model).state, precise);
        const EngineState before = read_peft(folder / model, engine->config()), after = read_peft(folder / (model + "-after"), engine->config());
        engine->load(before);
        const json& o = expected.at("optimizer");
        OptimizerSettings settings{o.at("lr"), o.at("betas").at(0), o.at("betas").at(1), o.at("eps"), o.at("weight_decay"), o.at("max_grad_norm")};
        for (const json& norm : expected.at("norms")) {
            const double got = engine->update(sequences, mean_over(sequences), settings, {}).grad_norm;
            QVERIFY2(std::abs(got - norm.get<double>()) < 1e-5 * norm.get<double>(), std::to_string(got).c_str());
        }
        const EngineState state = engine->state();
        double most = 0, moved = 0;
        for (const auto& [name, shape] : lora_shapes(engine->config(), before.lora))
            for (std::size_t i = 0; i < after.tensors.at(name).data.size(); ++i) {
                most = std::max<double>(most, std::abs(state.tensors.at(name).data[i] - after.tensors.at(name).data[i]));
                moved = std::max<double>(moved, std::abs(before.tensors.at(name).data[i] - after.tensors.at(name).data[i]));
            }
        QVERIFY2(moved > 1e-3 && most < 2e-6, qPrintable(QStringLiteral("off by %1 where weights moved by %2").arg(most).arg(moved)));
    }

    void foldersInPeftsLayoutGoOutAsTheyCameIn() {
        QTemporaryDir place;
        const fs::path to = fs::path(place.path().toStdString()) / "adapter";
        const fs::path base = fs::canonical(models / "qwen2");
        const EngineState adapter = read_peft(folder / "qwen2", describe_model(base).state.config);
        write_peft(to, adapter, base.string());
        const EngineState again = read_peft(to, adapter.config);
        QCOMPARE(again.lora.rank, 4);
        QCOMPARE(again.lora.alpha, 6.0);
        QCOMPARE(again.tensors.size(), std::size_t{30});
        for (const auto& [name, tensor] : adapter.tensors) QVERIFY2(again.tensors.at(name).data == tensor.data, name.c_str());
        QVERIFY(open_model(to).state.tensors.at("lm_head.weight").data == open_model(folder / "qwen2").state.tensors.at("lm_head.weight").data);
        QCOMPARE(base_of_adapter(to), base);
        QVERIFY_THROWS_EXCEPTION(UserError, write_peft(to, adapter, base.string()));  // It holds one already.
        QVERIFY_THROWS_EXCEPTION(UserError, write_peft(to.string() + "-2", open_model(base).state, base.string()));
    }

    void whatPeftCanDoBeyondIsRefused_data() {
        QTest::addColumn<QString>("changes");
        QTest::addColumn<QString>("said");
        QTest::newRow("DoRA") << R"({"use_dora": true})" << "use_dora";
        QTest::newRow("biases") << R"({"bias": "all"})" << "bias";
        QTest::newRow("whole layers") << R"({"modules_to_save": ["lm_head"]})" << "modules_to_save";
        QTest::newRow("ranks of their own") << R"({"rank_pattern": {"q_proj": 2}})" << "rank_pattern";
        QTest::newRow("another method") << R"({"peft_type": "IA3"})" << "IA3";
        QTest::newRow("another rank") << R"({"r": 5})" << "shape";
        QTest::newRow("a rank beyond the matrices") << R"({"r": 33})" << "from 1 to";
        QTest::newRow("no base") << R"({"base_model_name_or_path": null})" << "base_model_name_or_path";
        QTest::newRow("a base elsewhere") << R"({"base_model_name_or_path": "someone/model"})" << "someone/model";
        QTest::newRow("itself") << R"({"base_model_name_or_path": "."})" << "and so on";
    }
    void whatPeftCanDoBeyondIsRefused() {
        QFETCH(QString, changes);
        QFETCH(QString, said);
        QTemporaryDir place;
        const fs::path to = place.path().toStdString();
        fs::copy_file(folder / "qwen2/adapter_model.safetensors", to / "adapter_model.safetensors");
        json config = read_json_object(folder / "qwen2/adapter_config.json");
        config["base_model_name_or_path"] = (models / "qwen2").string();
        config.update(json::parse(changes.toStdString()));
        write_text(to / "adapter_config.json", config.dump());
        try {
            open_model(to);
        } catch (const UserError& error) {
            QVERIFY2(QString(error.what()).contains(said) && QString(error.what()).contains("adapter"), error.what());
            return;
        }
        QFAIL("accepted");
    }
};

QTEST_GUILESS_MAIN(TestLora)
#include "test_lora.moc"
