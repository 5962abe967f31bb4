// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the store: CSV of the metrics, JSON lines of the attempts.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/store_samples.h"
#include "record/error.h"
#include "store/exports.h"

using namespace foothold;

class TestExports : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    int runs_ = 0;

    std::unique_ptr<RunReader> store(std::vector<StepRecord> records) {
        const auto dir = std::filesystem::path(folder_.path().toStdString()) / std::to_string(runs_++);
        {
            auto writer = RunWriter::create(dir, samples::experiment("ghpo"), samples::info());
            for (auto& record : records) writer->append(std::move(record));
            writer->flush();
        }
        return RunReader::open(dir);
    }
    static std::vector<std::string> lines(const std::string& text) {
        std::istringstream in(text);
        std::vector<std::string> all;
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    }
    static StepRecord measured(std::int64_t step, std::vector<std::pair<std::string, double>> metrics) {
        StepRecord record;
        record.summary.step = step;
        record.summary.metrics = std::move(metrics);
        return record;
    }

private slots:
    void metricsAsATable() {
        auto run = store({measured(0, {{"heldout/*:10/accuracy", 0.125}}),
                          measured(1, {{"reward", 0.1}, {"odd, \"name\"", 3}}),
                          measured(2, {{"heldout/*:10/accuracy", 1e-7}, {"reward", 1.0 / 3}, {"late", -2.5e300}})});
        std::ostringstream out;
        export_metrics(*run, out);
        QCOMPARE(out.str(), std::string("step,heldout/*:10/accuracy,reward,\"odd, \"\"name\"\"\",late\n"
                                        "0,0.125,,,\n"
                                        "1,,0.1,3,\n"
                                        "2,1e-07,0.3333333333333333,,-2.5e+300\n"));
    }

    void metricsOfAnEmptyRun() {
        std::ostringstream out;
        export_metrics(*store({}), out);
        QCOMPARE(out.str(), std::string("step\n"));
    }

    /// More steps than are read at once, each there once and in order, every number exactly what was stored.
    void metricsOfALongRun() {
        std::vector<StepRecord> records;
        Random random(5);
        for (std::int64_t s = 0; s < 600; ++s)
            records.push_back(measured(s, {{"x", random.normal() * std::exp(random.normal() * 50)}}));
        const auto expected = records;
        std::ostringstream out;
        export_metrics(*store(std::move(records)), out);
        const auto rows = lines(out.str());
        QCOMPARE(rows.size(), expected.size() + 1);
        for (std::size_t s = 0; s < expected.size(); ++s) {
            const std::string& row = rows[s + 1];
            const auto comma = row.find(',');
            QCOMPARE(row.substr(0, comma), std::to_string(s));
            QCOMPARE(std::stod(row.substr(comma + 1)), expected[s].summary.metrics[0].second);
        }
    }

    /// A line for each attempt that TRL would log: of a group with rounds those that were trained, else the last round.
    void completionsHaveTrlsColumns() {
        const auto sample = [](std::uint32_t problem, int round, int index, bool trained) {
            Attempt a = samples::attempt(3, problem, round, index, 2);
            a.trained = trained;
            return a;
        };
        StepRecord record = samples::step(3, 0);
        // Plain attempts of which one was replaced by a hinted one; a group that stayed all wrong; a reference put among them.
        record.attempts = {sample(0, 0, 0, true), sample(0, 0, 1, false), sample(0, 1, 0, false), sample(0, 1, 1, true), sample(1, 0, 0, false), sample(1, 1, 0, false), sample(1, 1, 1, false)};
        record.attempts.push_back(sample(2, 0, 0, true));
        record.attempts.back().origin = Origin::given;
        const auto given = record.attempts;
        std::ostringstream out;
        export_completions(*store({record}), out);
        const auto rows = lines(out.str());
        QCOMPARE(rows.size(), std::size_t{4});
        const int expected[] = {0, 3, 5, 6};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto row = nlohmann::ordered_json::parse(rows[i]);
            const Attempt& a = given[static_cast<std::size_t>(expected[i])];
            std::vector<std::string> columns;
            for (const auto& [name, value] : row.items()) columns.push_back(name);
            QCOMPARE(columns, (std::vector<std::string>{"step", "prompt", "completion", "accuracy_reward", "problem", "hint_ratio", "advantage"}));
            QCOMPARE(row["step"].get<int>(), 3);
            QCOMPARE(row["prompt"].get<std::string>(), a.sampled_under);
            QCOMPARE(row["completion"].get<std::string>(), a.completion);
            QCOMPARE(row["accuracy_reward"].get<double>(), a.reward);
            QCOMPARE(row["advantage"].get<double>(), a.advantage);
        }
    }

    void rolloutsHaveTheContractsKeys() {
        std::ostringstream out;
        export_rollouts(*store({samples::step(0)}), out);
        const auto line = nlohmann::ordered_json::parse(lines(out.str()).at(0));
        std::string keys;
        for (const auto& item : line.items()) keys += item.key() + " ";
        QCOMPARE(keys,
                 std::string(
                     "step problem tier occurrence round attempt origin variant hint_ratio sampled_under trained_under "
                     "trained prompt hint completion reward advantage verdict sound first_wrong_step extracted gold "));
    }

    void someAttemptsAreWrittenLikeAll() {
        const auto run = store({samples::step(0), samples::step(1)});
        std::ostringstream all, some;
        export_rollouts(*run, all);
        export_attempts(run->attempts({}), run->info().problems, some);
        QVERIFY(!all.str().empty());
        QCOMPARE(some.str(), all.str());
    }

    void rolloutsSayWhatWasStored() {
        std::vector<StepRecord> records = {samples::step(0), samples::step(1), samples::step(2)};
        records[0].attempts[0].origin = Origin::eval;
        records[2].attempts[0].problem = 99;  // Not in the run's list.
        std::vector<Attempt> expected;
        auto run = store(records);
        for (std::int64_t s = 0; s <= 2; ++s) {
            AttemptQuery query;
            query.step = s;
            for (auto& a : run->attempts(query)) expected.push_back(std::move(a));
        }
        std::ostringstream out;
        export_rollouts(*run, out);
        const auto rows = lines(out.str());
        QCOMPARE(rows.size(), expected.size());
        std::size_t total = 0;
        for (const auto& record : records) total += record.attempts.size();
        QCOMPARE(rows.size(), total);
        bool sound_seen[3] = {};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto line = nlohmann::json::parse(rows[i]);
            const Attempt& a = expected[i];
            QCOMPARE(line["step"].get<std::int64_t>(), a.step);
            const bool known = a.problem < run->info().problems.size();
            QCOMPARE(line["problem"].is_null(), !known);
            if (known) {
                const Problem& problem = run->info().problems[a.problem];
                QCOMPARE(line["problem"].get<std::string>(), problem.id);
                QCOMPARE(line["tier"].get<std::string>(), problem.tier);
                QCOMPARE(line["gold"].get<std::string>(), problem.answer);
            }
            QCOMPARE(line["occurrence"].get<int>(), a.occurrence);
            QCOMPARE(line["round"].get<int>(), a.round);
            QCOMPARE(line["attempt"].get<int>(), a.attempt);
            QCOMPARE(line["origin"].get<std::string>(), std::string(to_string(a.origin)));
            QCOMPARE(line["variant"].get<std::int64_t>(), a.variant);
            QCOMPARE(line["hint_ratio"].get<float>(), a.hint_ratio);
            QCOMPARE(line["sampled_under"].get<std::string>(), a.sampled_under);
            QCOMPARE(line["trained_under"].get<std::string>(), a.trained_under);
            QCOMPARE(line["trained"].get<bool>(), a.trained);
            QCOMPARE(line["prompt"].get<std::string>(), a.prompt);
            QCOMPARE(line["hint"].get<std::string>(), a.hint);
            QCOMPARE(line["completion"].get<std::string>(), a.completion);
            QCOMPARE(line["reward"].get<double>(), a.reward);
            QCOMPARE(line["advantage"].get<double>(), a.advantage);
            QCOMPARE(line["verdict"].get<std::string>(), std::string(to_string(a.verdict)));
            sound_seen[static_cast<int>(a.soundness)] = true;
            QCOMPARE(line["sound"].is_null(), a.soundness == Soundness::unknown);
            if (a.soundness != Soundness::unknown) QCOMPARE(line["sound"].get<bool>(), a.soundness == Soundness::sound);
            QCOMPARE(line["first_wrong_step"].is_null(), a.first_wrong_step < 0);
            if (a.first_wrong_step >= 0) QCOMPARE(line["first_wrong_step"].get<int>(), a.first_wrong_step);
            QCOMPARE(line["extracted"].get<std::string>(), a.extracted);
        }
        QVERIFY(sound_seen[0] && sound_seen[1] && sound_seen[2]);
    }

    /// A ratio is written as a person typed it, not as the nearest double of its float.
    void ratiosAreShort() {
        StepRecord record;
        record.attempts = {samples::attempt(0, 0, 1, 0)};
        std::ostringstream out;
        export_rollouts(*store({record}), out);
        QVERIFY2(out.str().find("\"hint_ratio\":0.3,") != std::string::npos, out.str().c_str());
    }

    /// Half a character (a piece of a real tokenizer) is replaced; the line stays JSON.
    void textThatIsNotUtf8() {
        StepRecord record;
        record.attempts = {samples::attempt(0, 0, 0, 0)};
        record.attempts[0].completion = "half \xc3";
        std::ostringstream out;
        export_rollouts(*store({record}), out);
        QCOMPARE(nlohmann::json::parse(out.str())["completion"].get<std::string>(), std::string("half \xef\xbf\xbd"));
    }

    void aFullTargetIsSaid() {
        auto run = store({samples::step(0)});
        std::ostringstream out;
        out.setstate(std::ios::badbit);
        QVERIFY_THROWS_EXCEPTION(RunError, export_rollouts(*run, out));
        QVERIFY_THROWS_EXCEPTION(RunError, export_metrics(*run, out));
    }
};

QTEST_GUILESS_MAIN(TestExports)
#include "test_exports.moc"
