// SPDX-License-Identifier: GPL-3.0-or-later
// What the six questions' reports say of made-up cells: verdicts that ask their controls, and comparisons at equal accuracy.
#include <QtTest>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "studies/arm_table.h"
#include "studies/matched_accuracy.h"
#include "studies/study.h"

using namespace foothold;

class TestVerdicts : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    /// An effect is one thing, what the claim gives as its cause another: the controls decide.
    void verdictsAskTheControls() {
        const auto cells = [](const std::string& world, const std::vector<std::pair<std::string, double>>& arms, const std::string& measure, const std::string& base) {
            std::vector<StoredCell> out;
            for (const auto& [arm, value] : arms)
                for (std::int64_t seed = 1; seed <= 6; ++seed) {
                    CellResult r;
                    r.measures[measure] = value + .001 * static_cast<double>(seed % 3) * (arm == "grpo" || arm == "easy" ? 1 : 2);
                    r.measures["dead"] = arm == "grpo" ? .5 : .1 + .001 * static_cast<double>(seed % 2);
                    out.push_back({{arm, seed, base, world, 1}, r});
                }
            return out;
        };
        const Study& guidance = find_study("guidance");
        const auto guided = [&](double random) {
            return guidance.report(StudySetting::full, cells("pool 64", {{"ghpo", .6}, {"grpo", .4}, {"random", random}, {"foothold", .7}}, "auc", "one"));
        };
        QCOMPARE(guided(.5).verdict, std::string("supported"));
        QCOMPARE(guided(.6).verdict, std::string("supported in part"));
        QVERIFY(guided(.6).sentence.find("does not show") != std::string::npos);
        // Programs know four verdicts.
        const auto line = study_line(guidance, StudySetting::full, cells("pool 64", {{"ghpo", .6}, {"grpo", .4}, {"random", .6}, {"foothold", .7}}, "auc", "one"));
        QVERIFY(line["verdict"] == "supported" && line["in_part"] == true);
        const Study& hard = find_study("hard-samples");
        const auto of_ten_bases = [&](const std::string& world, const std::vector<std::pair<std::string, double>>& changes) {
            std::vector<StoredCell> out = cells(world, changes, "change/+:4", "");
            for (StoredCell& c : out) {
                c.cell.base = fmt::format("base {}", c.cell.seed);
                if (world.find('^') != std::string::npos) c.result.measures["change/+:4"] += .001 * static_cast<double>(c.cell.seed % 2) - .0005;  // No two worlds move as one.
                if (c.cell.arm != "hard, ten bases") c.result.measures["change/+:4"] += .0007 * static_cast<double>(c.cell.seed % 4);             // Nor two pools.
            }
            return out;
        };
        const auto harmed = [&](double open, double closed, double closed_unskipped, double other = 0, double one_step = 0) {
            std::vector<StoredCell> all;
            const std::vector<std::pair<std::string, double>> changes = {
                {"guess 1/13, skipping 5%", open}, {"guess 1/13, skipping 0%", open}, {"guess 1/13^4, skipping 5%", closed}, {"guess 1/13^4, skipping 0%", closed_unskipped}};
            for (const auto& [world, change] : changes)
                for (StoredCell& c : of_ten_bases(world, {{"hard, ten bases", change}, {"another operator, ten bases", other}, {"one step, ten bases", one_step}})) all.push_back(std::move(c));
            return hard.report(StudySetting::full, all).verdict;
        };
        QCOMPARE(harmed(-.5, -.01, -.01), std::string("supported"));
        QCOMPARE(harmed(-.5, -.01, -.5), std::string("supported in part"));  // In one kind of base, not in the other.
        QCOMPARE(harmed(-.5, -.5, -.5), std::string("supported in part"));
        QCOMPARE(harmed(-.5, -.01, -.01, -.2, -.501), std::string("supported in part"));  // One step of the hard operator does as much.
        QCOMPARE(harmed(-.5, -.01, -.01, -.501, -.6), std::string("no clear difference"));  // Training on anything else does.
        QCOMPARE(harmed(-.0015, .5, .5), std::string("no clear difference"));
        QCOMPARE(harmed(.2, .2, .2), std::string("against"));
        const std::vector<std::pair<std::string, double>> pools = {{"hard, ten bases", -.5}, {"another operator, ten bases", 0}, {"one step, ten bases", 0}};
        std::vector<StoredCell> half = of_ten_bases("guess 1/13, skipping 5%", pools), other = of_ten_bases("guess 1/13^4, skipping 5%", pools);
        half.insert(half.end(), other.begin(), other.end());
        QCOMPARE(hard.report(StudySetting::full, half).verdict, std::string("not testable"));  // Not before both kinds of base were tried.
        QCOMPARE(hard.report(StudySetting::full, of_ten_bases("guess 1/13, skipping 5%", pools)).verdict, std::string("not testable"));  // Not before unguessable answers were tried.
    }

    void aTemplateIsMendedWhereItsGapShrinks() {
        const auto verdict = [](double gap, double half, double after) {
            std::vector<StoredCell> cells;
            for (std::int64_t seed = 1; seed <= 6; ++seed)
                for (const auto& [arm, value] : {std::pair("one topology", gap), std::pair("half learned", half), std::pair("half learned, then GRPO", after)}) {
                    CellResult r;
                    r.measures = {{"gap", value + .001 * static_cast<double>(seed % (arm == std::string("half learned") ? 2 : 3))}, {"accuracy/n", .6}, {"accuracy/n-1", .3}, {"optimum before/n-1", .6}};
                    cells.push_back({{arm, seed, "own", "graph-path", 1}, r});
                }
            return find_study("template-or-procedure").report(StudySetting::full, cells).verdict;
        };
        QCOMPARE(verdict(.6, .2, .2), std::string("supported"));
        QCOMPARE(verdict(.6, .2, .3), std::string("supported"));
        QCOMPARE(verdict(.6, .2, .1), std::string("supported in part"));
        QCOMPARE(verdict(-.1, .2, .1), std::string("against"));
        QCOMPARE(verdict(.6, .2, std::nan("")), std::string("not testable"));  // What GRPO does where there is something to learn was not asked.
    }

    void rightAnswersByWrongStepsAreNamed() {
        std::vector<StoredCell> cells;
        for (std::int64_t seed = 1; seed <= 4; ++seed) {
            CellResult r;
            r.measures = {{"auc", .5}, {"accuracy/*:10", seed == 4 ? .1 : .9}, {"sound/*:10", seed >= 3 ? .01 : .8}};
            cells.push_back({{"ghpo", seed, "one", "pool 64", 1}, r});
        }
        const StudyReport report = find_study("guidance").report(StudySetting::full, cells);
        QVERIFY(std::ranges::any_of(report.findings, [](const std::string& f) { return f.find("1 of 3 runs on pool 64 (arm and seed: ghpo 3); by base: 1 from base one") != std::string::npos; }));
    }

    void armsAreMatchedWhereTheyAreEquallyGood() {
        std::vector<StoredCell> cells;
        const auto add = [&](const char* arm, std::int64_t seed, std::vector<std::pair<double, double>> trained, std::vector<std::pair<double, double>> other) {
            CellResult r;
            r.curves = {{"accuracy/in", std::move(trained)}, {"accuracy/out", std::move(other)}};
            cells.push_back({{arm, seed, "one", "w", 1}, r});
        };
        add("slow", 1, {{0, 0}, {100, .4}}, {{0, 0}, {100, .2}});           // .4 at the end: .2 beyond.
        add("quick", 1, {{0, 0}, {50, .8}, {100, .9}}, {{0, 0}, {50, .6}, {100, .1}});  // .4 at 25 tokens: .3 beyond.
        add("slow", 2, {{0, 0}, {100, .05}}, {{0, 0}, {100, .2}});          // Learned nothing that could be matched.
        add("quick", 2, {{0, 0}, {100, .9}}, {{0, 0}, {100, .9}});
        const ArmDifference d = matched_difference(cells, "w", "quick", "slow", "in", {"out"});
        QCOMPARE(d.values.size(), std::size_t{1});
        QVERIFY(std::abs(d.values[0] - .1) < 1e-12);
        QVERIFY(matched_difference(cells, "w", "quick", "slow", "in", {"out", "unknown"}).values.empty());
        QVERIFY(matched_difference(cells, "w", "quick", "slow", "unknown", {"out"}).values.empty());
    }

    /// Question 3 says no more than its three tasks allow. `lost`: what swapped traces cost, by task; the search task's other mazes get `beyond`.
    void threeTasksMustAgreeOnTraces() {
        const Study& study = find_study("corrupted-traces");
        const auto report = [&](std::map<std::string, double> lost, double beyond, double spread) {
            std::vector<StoredCell> cells;
            for (int i = 0; i < 6 * static_cast<int>(lost.size()); ++i) {
                const bool swapped = i % 2 == 1;
                const StudyCell cell{swapped ? "swap" : "correct", i / 2 % 3 + 1, "own", std::next(lost.begin(), i / 6)->first, 1};
                CellResult r;
                const double shift = swapped ? spread * static_cast<double>(cell.seed % 2) : 0;
                r.measures["in"] = .9 - (swapped ? lost.at(cell.world) : 0) + shift;
                r.measures["out"] = .3 + (swapped ? beyond : 0) + shift;
                cells.push_back({cell, r});
            }
            return study.report(StudySetting::full, cells);
        };
        const auto all = [](double x, double y, double z) { return std::map<std::string, double>{{"serial task", x}, {"parallel task", y}, {"search task", z}}; };
        QCOMPARE(report({{"serial task", .5}, {"parallel task", 0}}, 0, .001).verdict, std::string("not testable"));
        QCOMPARE(report(all(0, 0, 0), .2, .001).verdict, std::string("supported"));
        QCOMPARE(report(all(0, 0, 0), 0, 0.001).verdict, std::string("no clear difference"));
        QVERIFY(report(all(0, 0, 0), 0, .001).findings.front().starts_with("The first half"));
        QCOMPARE(report(all(.5, .4, .3), .2, .001).verdict, std::string("against"));
        QCOMPARE(report(all(.5, 0, .3), .2, .001).verdict, std::string("mixed"));
        QVERIFY(report(all(.5, 0, .3), .2, .001).findings.front().starts_with("The tasks disagree about swapped traces: serial task worse, parallel task as well, search task worse"));
        QCOMPARE(report(all(0, 0, 0), .2, .3).verdict, std::string("no clear difference"));  // Too few seeds for so wide a spread.
        QVERIFY(report(all(0, 0, 0), .2, .001).sentence.find("Search task: accuracy") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestVerdicts)
#include "test_verdicts.moc"
