// SPDX-License-Identifier: GPL-3.0-or-later
// Experiments: files, keys, presets, and what is refused.
#include <QtTest>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/random.h"

using namespace foothold;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_experiment(text, "x.toml");
    } catch (const UserError& error) {
        return error.what();
    }
    return "";
}

bool same(const Experiment& a, const Experiment& b) {
    for (const ExperimentKey& key : experiment_keys())
        if (key.get(a) != key.get(b)) return false;
    return a.interventions == b.interventions;
}

}  // namespace

class TestExperiment : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void writingAndReadingGivesTheSame() {
        Experiment e = parse_experiment("seed = 7\n[guidance]\npolicy = \"tier-target\"\nratio = 0.3\n[corruption]\noperator = \"swap\"\ntiers = [\"*:10\"]\n", "t");
        set_key(e, "guidance.ratios.*:10", 0.25);
        set_key_text(e, "optimizer.betas", "[0.8, 0.9]");
        e.interventions.push_back({3, "guidance.ratio", 0.1});
        e.interventions.push_back({5, "corruption.tiers", std::vector<std::string>{"+:4"}});
        e.interventions.push_back({5, "guidance.policy", std::string("grpo")});
        e.interventions.push_back({9, "guidance.ratios.+:4", 0.1});
        QVERIFY(same(parse_experiment(write_experiment(e), "t"), e));
    }

    void everyShippedExperimentReads() {
        for (const QString& name : QDir(FOOTHOLD_SOURCE_DIR "/resources/experiments").entryList({"*.toml"}))
            read_experiment((FOOTHOLD_SOURCE_DIR "/resources/experiments/" + name).toStdString());
    }

    void theDefaultExperimentListsEveryKey() {
        const std::string text = load_text_file(FOOTHOLD_SOURCE_DIR "/resources/experiments/dead-groups.toml");
        for (const ExperimentKey& key : experiment_keys()) {
            const std::string last = key.name.substr(key.name.find('.') + 1);
            QVERIFY2(text.find("\n" + last + " = ") != std::string::npos, key.name.c_str());
        }
    }

    void mistakesNameLineKeyRangeAndNearest() {
        const std::string unknown = refusal("seed = 1\n[guidance]\npolcy = \"ghpo\"\n");
        for (const char* part : {"x.toml", "line 3", "guidance.polcy", "guidance.policy"}) QVERIFY2(unknown.find(part) != std::string::npos, unknown.c_str());
        const std::string range = refusal("[sampling]\nattempts = 1\n");
        for (const char* part : {"line 2", "sampling.attempts", "2 to 128"}) QVERIFY2(range.find(part) != std::string::npos, range.c_str());
        const std::string choice = refusal("[loss]\ntype = \"dappo\"\n");
        QVERIFY2(choice.find("\"dapo\"") != std::string::npos, choice.c_str());
        for (const char* bad : {"seed = \"x\"", "seed = 1.5", "steps = -1", "[optimizer]\nlr = nan", "[optimizer]\nbetas = [0.9]", "[problems]\ntiers = []", "seed = ",
                                "[guidance]\nratio = 1.01", "[guidance]\nratios = { \"*:9\" = 0.5 }", "[guidance]\npolicy = \"random\"",
                                "[guidance]\ntrigger = \"always\"", "[guidance]\nhint_gradient = \"policy\"\nplacement = \"prompt\"",
                                "[[interventions]]\nstep = 0\nkey = \"guidance.ratio\"\nvalue = 0.5", "[[interventions]]\nstep = 2\nkey = \"problems.seed\"\nvalue = 5",
                                "[[interventions]]\nstep = 2\nkey = \"guidance.ratio\"", "[[interventions]]\nstep = 2\nkey = \"guidance.ratio\"\nvalue = 7.0", "interventions = 3"})
            QVERIFY2(!refusal(bad).empty(), bad);
    }

    void aPresetSetsItsKnobsAndGivenKnobsWin() {
        // Whatever the order in the file.
        const Experiment e = parse_experiment("[guidance]\nratio = 0.5\npolicy = \"ghpo\"\n", "t");
        QCOMPARE(e.guidance.schedule, std::string("ladder"));
        QCOMPARE(e.guidance.ratio, 0.5);
        QVERIFY(!is_preset(e));
        for (const GuidancePreset& preset : guidance_presets()) {
            Experiment x;
            set_key(x, "guidance.policy", preset.name);
            QVERIFY2(is_preset(x), preset.name.c_str());
            if (preset.name != "random") check_experiment(x);
        }
    }

    void textSetsKeysAsTheCommandLineWritesThem() {
        Experiment e;
        set_key_text(e, "corruption.tiers", "+:4,*:10");
        QCOMPARE(e.corruption.tiers, (std::vector<std::string>{"+:4", "*:10"}));
        set_key_text(e, "problems.tiers", "*:10");
        QCOMPARE(e.problems.tiers, std::vector<std::string>{"*:10"});
        set_key_text(e, "guidance.ratios.*:10", "0.5");
        QCOMPARE(e.guidance.ratios.at("*:10"), 0.5);
        set_key_text(e, "guidance.match", "123");
        QCOMPARE(e.guidance.match, std::string("123"));
        set_key_text(e, "optimizer.lr", "1e-3");
        QCOMPARE(e.optimizer.lr, 1e-3);
        QVERIFY_THROWS_EXCEPTION(UserError, set_key_text(e, "optimizer.lr", "fast"));
    }

    void randomNumbersDependOnTheirKeyAlone() {
        // Known answer of Philox4x32-10 with key and counter zero (Random123's kat_vectors).
        const auto zero = philox(0, 0);
        QCOMPARE(zero[0], 0x6627e8d5u);
        QCOMPARE(zero[3], 0x9b00dbd8u);
        QCOMPARE(uniform_at(5, 9), uniform_at(5, 9));
        QVERIFY(random_key({1, 2}) != random_key({2, 1}));
        double sum = 0;
        for (int i = 0; i < 100000; ++i) sum += uniform_at(17, static_cast<std::uint64_t>(i));
        QVERIFY(std::abs(sum / 100000 - 0.5) < 0.005);
    }
};

QTEST_GUILESS_MAIN(TestExperiment)
#include "test_experiment.moc"
