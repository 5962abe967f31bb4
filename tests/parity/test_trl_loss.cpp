// SPDX-License-Identifier: GPL-3.0-or-later
// Our objective, called directly and through the verb `loss`, against the numbers of TRL 1.16.0 (trl_loss.jsonl, made
// by make_trl_loss.py).
#include <QProcess>
#include <QtTest>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "training/advantages.h"
#include "training/objective.h"

using namespace foothold;
using nlohmann::json;

namespace {

/// Both sides compute in double: what remains is the order of summation. The floor is for TRL's rounding where the
/// answer is 0: the mean of equal rewards, divided by 1e-4.
bool agrees(double ours, double theirs) { return std::abs(ours - theirs) <= 1e-9 * std::abs(theirs) + 1e-11; }

struct Answer {
    std::vector<double> advantages;
    double loss = 0;
    std::vector<std::vector<double>> dlogp;
    int clipped_low = 0, clipped_high = 0;
};

Answer answer(const json& input) {
    const ObjectiveSettings settings{.type = parse_loss_type(input.at("loss_type").get<std::string>()),
                                     .epsilon = input.at("epsilon"),
                                     .epsilon_high = input.at("epsilon_high"),
                                     .beta = input.at("beta"),
                                     .max_completion_length = input.at("max_completion_length")};
    std::vector<double> rewards;
    for (const auto& group : input.at("rewards")) {
        for (const auto& value : group) {
            rewards.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
        }
    }
    using Rows = std::vector<std::vector<double>>;
    const auto logp = input.at("logp").get<Rows>();
    const auto old_logp = input.at("old_logp").is_null() ? Rows(logp.size()) : input.at("old_logp").get<Rows>();
    const auto ref_logp = input.at("ref_logp").is_null() ? Rows(logp.size()) : input.at("ref_logp").get<Rows>();
    const auto mask = input.at("mask").get<std::vector<std::vector<std::uint8_t>>>();
    StepTotals totals{.rows = logp.size(), .tokens = 0};
    for (const auto& row : mask) totals.tokens += count_tokens(row);

    Answer result;
    result.advantages = group_advantages(rewards, input.at("rewards").at(0).size(),
                                         parse_reward_scale(input.at("scale_rewards").get<std::string>()));
    for (std::size_t i = 0; i < logp.size(); ++i) {
        auto& dlogp = result.dlogp.emplace_back(logp[i].size());
        const RowResult row = objective_row<double>(logp[i], old_logp[i], ref_logp[i], mask[i], result.advantages[i],
                                                    1.0, settings, totals, dlogp);
        result.loss += row.loss;
        result.clipped_low += row.clipped_low;
        result.clipped_high += row.clipped_high;
    }
    return result;
}

const char* const kTable = FOOTHOLD_SOURCE_DIR "/tests/parity/trl_loss.jsonl";

}  // namespace

class TestTrlLoss : public QObject {
    Q_OBJECT

private slots:
    void agreesWithTrl() {
        std::ifstream file(kTable);
        QVERIFY(file);
        int cases = 0, clipped_low = 0, clipped_high = 0;
        for (std::string line; std::getline(file, line); ++cases) {
            const json example = json::parse(line);
            const json& expected = example.at("output");
            const Answer ours = answer(example.at("input"));
            const auto where = "case " + std::to_string(cases + 1);
            QVERIFY2(agrees(ours.loss, expected.at("loss")), (where + ": loss " + std::to_string(ours.loss)).c_str());
            QCOMPARE(ours.advantages.size(), expected.at("advantages").size());
            for (std::size_t i = 0; i < ours.advantages.size(); ++i) {
                QVERIFY2(agrees(ours.advantages[i], expected.at("advantages").at(i)), (where + ": advantage").c_str());
                QCOMPARE(ours.dlogp[i].size(), expected.at("dlogp").at(i).size());
                for (std::size_t t = 0; t < ours.dlogp[i].size(); ++t) {
                    QVERIFY2(agrees(ours.dlogp[i][t], expected.at("dlogp").at(i).at(t)),
                             (where + ": derivative").c_str());
                }
            }
            clipped_low += ours.clipped_low;
            clipped_high += ours.clipped_high;
        }
        QVERIFY2(cases >= 24, "the table has lost its cases");
        QVERIFY2(clipped_low > 10 && clipped_high > 10, "the table no longer reaches beyond the clip range");
    }

    void theVerbAnswersLineForLine() {
        // The whole table, then what is wrong in several ways, then a good line again.
        std::vector<json> examples;
        std::ifstream file(kTable);
        for (std::string line; std::getline(file, line);) examples.push_back(json::parse(line));
        QVERIFY(!examples.empty());
        std::string input;
        for (const json& example : examples) input += example.at("input").dump() + "\n";
        json unknown = examples[0].at("input"), short_row = unknown, text = unknown;
        unknown["loss_type"] = "ppo";
        short_row["mask"][0] = json::array({1});
        text["beta"] = "much";
        for (const std::string& bad :
             {std::string("no JSON"), std::string(), unknown.dump(), short_row.dump(), text.dump()}) {
            input += bad + "\n";
        }
        input += examples[0].at("input").dump();  // the last line may lack its line feed

        QProcess process;
        process.start(qEnvironmentVariable("FOOTHOLD_BIN") + "/foothold-cli", {"loss"});
        QVERIFY2(process.waitForStarted(), qPrintable(process.errorString()));
        process.write(QByteArray::fromStdString(input));
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 1);
        const auto lines = process.readAllStandardOutput().trimmed().split('\n');
        QCOMPARE(static_cast<std::size_t>(lines.size()), examples.size() + 6);
        for (std::size_t i = 0; i < examples.size(); ++i) {
            const json ours = json::parse(lines[static_cast<int>(i)].toStdString());
            const Answer direct = answer(examples[i].at("input"));
            // Not one digit may be lost on the way through the text.
            QVERIFY(ours.at("loss").get<double>() == direct.loss);
            QVERIFY(ours.at("advantages").get<std::vector<double>>() == direct.advantages);
            QVERIFY(ours.at("dlogp").get<std::vector<std::vector<double>>>() == direct.dlogp);
        }
        for (std::size_t i = examples.size(); i < examples.size() + 5; ++i) {
            const json ours = json::parse(lines[static_cast<int>(i)].toStdString());
            QVERIFY2(ours.at("error").get<std::string>().starts_with("line " + std::to_string(i + 1) + ": "),
                     ours.dump().c_str());
        }
        QVERIFY(json::parse(lines.last().toStdString()).contains("dlogp"));
    }
};

QTEST_GUILESS_MAIN(TestTrlLoss)
#include "test_trl_loss.moc"
