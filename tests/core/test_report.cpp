// SPDX-License-Identifier: GPL-3.0-or-later
// Reports: well-formed, escaped, their numbers those of the metrics export, whatever the run holds.
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "core/store_samples.h"
#include "record/error.h"
#include "report/chart.h"
#include "report/comparison_report.h"
#include "report/export_file.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/run_report.h"
#include "store/exports.h"
#include "studies/comparison.h"

using namespace foothold;
namespace fs = std::filesystem;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// A page taken apart. It is written so that it is XML too: an XML reader finds every tag that is not closed in its
/// place.
struct Page {
    QString error, text;  ///< All text outside the style sheet.
    QStringList elements;
    std::map<std::string, QString> metrics;  ///< data-metric -> its value in full precision.
    std::vector<std::pair<QString, QString>> attributes;
    bool says(const QString& words) const { return text.contains(words); }
    int count(const QString& element) const { return static_cast<int>(elements.count(element)); }
    QStringList classes(const QString& start) const {
        QStringList found;
        for (const auto& [name, value] : attributes)
            if (name == "class" && value.startsWith(start)) found << value;
        return found;
    }
};

Page taken_apart(const std::string& html) {
    Page page;
    QXmlStreamReader reader(QByteArray::fromStdString(html));
    std::string metric;
    bool value = false, style = false;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement()) {
            const QString name = reader.name().toString();
            page.elements << name;
            style = name == "style";
            for (const auto& attribute : reader.attributes())
                page.attributes.emplace_back(attribute.name().toString(), attribute.value().toString());
            if (name == "tr") metric = reader.attributes().value("data-metric").toString().toStdString();
            value = name == "data" && !metric.empty();
            if (value && !page.metrics.contains(metric))
                page.metrics[metric] = reader.attributes().value("value").toString();
        } else if (reader.isCharacters() && !style) {
            page.text += reader.text();
        } else if (reader.isEndElement()) {
            style = false;
        }
    }
    if (reader.hasError())
        page.error = QString("%1 at line %2, column %3")
                         .arg(reader.errorString())
                         .arg(reader.lineNumber())
                         .arg(reader.columnNumber());
    return page;
}

StepRecord measured(std::int64_t step, std::vector<std::pair<std::string, double>> metrics) {
    StepRecord record;
    record.summary.step = step;
    record.summary.metrics = std::move(metrics);
    return record;
}

/// What a step of training measures, as far as the report draws it.
std::vector<std::pair<std::string, double>> usual(double wrong, double hinted) {
    return {{"reward", 1. / 3},
            {"frac_all_wrong", wrong / 2},
            {"frac_all_right", .125},
            {"frac_all_wrong/before_hints", wrong},
            {"frac_all_right/before_hints", .125},
            {"hint_level/0.25", hinted},
            {"hint_level/0.5", 0},
            {"hint_level/0.75", 0},
            {"hint_level/1", 0},
            {"tokens_generated", 1234},
            {"step_time", .7}};
}

GroupSummary group(std::uint32_t problem, int before, int correct, int sound, float hint) {
    GroupSummary g;
    g.problem = problem;
    g.attempts = 2;
    g.correct_before = static_cast<std::uint8_t>(before);
    g.correct = static_cast<std::uint8_t>(correct);
    g.sound = static_cast<std::uint8_t>(sound);
    g.hint_ratio = hint;
    return g;
}

Attempt attempt(std::int64_t step, std::uint32_t problem, int round, int index, bool right,
                const std::string& completion) {
    Attempt a;
    a.step = step;
    a.problem = problem;
    a.round = static_cast<std::uint16_t>(round);
    a.attempt = static_cast<std::uint16_t>(index);
    a.hint_ratio = round > 0 ? .25f : 0;
    a.prompt = a.sampled_under = "prompt";
    if (round > 0) a.hint = "the hint", a.sampled_under += " the hint";
    a.completion = completion;
    a.reward = right;
    a.verdict = right ? Verdict::correct : Verdict::wrong;
    a.soundness = right ? Soundness::sound : Soundness::unknown;
    a.trained = round > 0;
    return a;
}

}  // namespace

class TestReport : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    int runs_ = 0;
    fs::path path(const std::string& name) const { return fs::path(tmp_.path().toStdString()) / name; }

    fs::path store(const std::vector<StepRecord>& records, const RunInfo& info = samples::info(),
                   const Experiment& experiment = {}) {
        const fs::path dir = path(std::to_string(runs_++));
        auto writer = RunWriter::create(dir, write_experiment(experiment), info);
        for (const StepRecord& record : records) writer->append(record);
        writer->flush();
        return dir;
    }
    static Page report(const fs::path& dir) { return taken_apart(run_report(*RunReader::open(dir))); }
    static std::string content(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    /// A comparison whose cells are stored by hand: the arms' held-out scores at the end, a value a seed.
    fs::path comparison(const char* name, const std::vector<std::vector<double>>& values) {
        ComparisonPlan plan;
        plan.dir = path(name);
        plan.seeds = static_cast<std::int64_t>(values[0].size());
        plan.steps = 2;
        for (std::size_t arm = 0; arm < values.size(); ++arm) {
            Experiment experiment;
            experiment.guidance.ratio = .25 * static_cast<double>(arm);
            plan.arms.push_back({arm == 0 ? "base <line>" : "arm " + std::to_string(arm), experiment, {}, 0});
        }
        write_plan(plan);
        for (std::size_t arm = 0; arm < values.size(); ++arm)
            for (std::size_t seed = 0; seed < values[arm].size(); ++seed) {
                if (std::isnan(values[arm][seed])) continue;
                RunInfo info = samples::info();
                info.planned_steps = 2;
                const fs::path dir = plan.cell_dir(arm, static_cast<std::int64_t>(seed));
                fs::create_directories(dir.parent_path());
                auto writer = RunWriter::create(dir, write_experiment(plan.arms[arm].experiment), info);
                for (std::int64_t step = 0; step <= 2; ++step) {
                    auto metrics = usual(.5, 0);
                    metrics.emplace_back("heldout/*:10/accuracy", step < 2 ? 0 : values[arm][seed]);
                    writer->append(measured(step, metrics));
                }
                writer->flush();
            }
        return plan.dir;
    }

private slots:
    void textIsEscapedAndElementsClose() {
        QCOMPARE(escaped("a<b>&\"'"), std::string("a&lt;b&gt;&amp;&quot;&#39;"));
        QCOMPARE(escaped("tab\tline\nü✓😀"), std::string("tab\tline\nü✓😀"));
        const std::string odd = "\xef\xbf\xbd";
        QCOMPARE(escaped(std::string("\0\x1b\x7f", 3)), odd + odd + odd);
        QCOMPARE(escaped("half \xc3"), "half " + odd);
        QCOMPARE(escaped("\xc0\xaf\xed\xa0\x80"), odd + odd + odd + odd + odd);  // Overlong, a lone surrogate.
        QCOMPARE(escaped("\u202egnp.exe\u2066"), odd + "gnp.exe" + odd);         // Turns the direction of writing.
        Markup page;
        {
            const auto outer = page.element("div", {{"title", "a\"><b"}});
            page.leaf("p", "1 < 2");
            page.empty("br", {});
        }
        QCOMPARE(std::move(page).take(), std::string("<div title=\"a&quot;&gt;&lt;b\"><p>1 &lt; 2</p><br/></div>"));
    }

    void numbersAsPeopleReadThem() {
        QCOMPARE(share_text(.333), std::string(".33"));
        QCOMPARE(share_text(-.06), std::string("−.06"));
        QCOMPARE(share_text(1), std::string("1"));
        QCOMPARE(share_text(nan_value), std::string("NaN"));
        QCOMPARE(number_text(1234567), std::string("1\u202f234\u202f567"));
        QCOMPARE(number_text(-.000123), std::string("−.000123"));
        QCOMPARE(duration_text(3725), std::string("1 h 2 min"));
        QCOMPARE(moment_text("2026-03-04T05:06:07Z"), std::string("2026-03-04 05:06 UTC"));
        QCOMPARE(ticks(0, 1, 4, false), (std::vector<double>{0, .5, 1}));
        QCOMPARE(ticks(0, 3, 8, true), (std::vector<double>{0, 1, 2, 3}));
        const auto columns = StepColumns::of_steps(10, 4);  // Three steps a column.
        QCOMPARE(columns.bounds, (std::vector<std::int64_t>{0, 3, 6, 9, 10}));
        QCOMPARE(columns.of(3), std::size_t{0});
        QCOMPARE(columns.of(4), std::size_t{1});
        QCOMPARE(columns.of(10), std::size_t{3});
    }

    void numbersEqualTheMetricsExport() {
        std::vector<StepRecord> records = {
            measured(0, {{"heldout/*:10/accuracy", 0.125}, {"heldout/+:4/accuracy", .75}})};
        for (std::int64_t step = 1; step <= 7; ++step) {
            records.push_back(samples::step(step));
            records.back().summary.metrics = usual(1. / static_cast<double>(step), .1);
            records.back().summary.metrics.emplace_back("odd \"name\" <b>", 1e-300);
        }
        const fs::path dir = store(records);
        const Page page = report(dir);
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        std::ostringstream csv;
        export_metrics(*RunReader::open(dir), csv);
        const QStringList lines = QString::fromStdString(csv.str()).trimmed().split('\n');
        const QStringList last = lines.last().split(',');
        int compared = 0;
        for (const auto& [name, value] : records.back().summary.metrics) {
            const auto found = page.metrics.find(name);
            QVERIFY2(found != page.metrics.end(), name.c_str());
            QVERIFY2(last.contains(found->second), qPrintable(found->second));
            QCOMPARE(found->second.toDouble(), value);
            ++compared;
        }
        QCOMPARE(compared, 12);
        QVERIFY(page.count("svg") > 5);
        QCOMPARE(page.count("script"), 0);
        for (const auto& [name, value] : page.attributes)
            QVERIFY2(name != "src" && name != "href" && !name.startsWith("on"), qPrintable(name));
        QCOMPARE(run_report(*RunReader::open(dir)),
                 run_report(*RunReader::open(dir)));  // Nothing of the moment it is made.
    }

    void settingsThatDifferComeFirstAndChangesAreListed() {
        Experiment experiment;
        experiment.guidance.ratio = .5;
        StepRecord step = measured(1, usual(.5, 0));
        step.summary.applied = {{1, "guidance.ratio", .25}};
        const Page page = report(store({step}, samples::info(), experiment));
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        const auto differing = page.text.indexOf("guidance.ratio"),
                   rest = page.text.indexOf("settings at their defaults"), seed = page.text.indexOf("problems.pool");
        QVERIFY(differing > 0 && differing < rest && rest < seed);
        QVERIFY(page.says("guidance.ratio0.50.25"));  // #1, from step 1, before, after.
        QVERIFY(page.says("settings were changed while it ran"));
        QVERIFY(page.says("One run with one seed (1): no claim about the method."));
        QVERIFY(page.says("[[interventions]]"));  // The experiment that repeats it stands in the page.
    }

    void hostileTextStaysText() {
        RunInfo info = samples::info();
        const std::string attack = "</td></table><script>alert(1)</script><img src=x onerror=alert(2)>";
        info.name = "name </title><script>alert(0)</script>";
        info.host = attack;
        for (Problem& problem : info.problems) problem.prompt = problem.answer = problem.steps[0] = attack;
        info.problems[1].id = "\"><script>";
        StepRecord step = measured(1, usual(.5, .1));
        step.summary.groups = {group(0, 0, 0, 0, 0), group(1, 0, 1, 1, .25f)};
        for (int i = 0; i < 2; ++i) {
            step.attempts.push_back(attempt(1, 0, 0, i, false, attack + std::string("\0\xff", 2)));
            step.attempts.push_back(attempt(1, 1, 1, i, i == 0, "</section>" + attack));
            step.attempts.back().hint = "the hint <mark>";
            step.attempts.back().extracted = "'\"<&";
        }
        const fs::path dir = store({step}, info);
        const Page page = report(dir);
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        QCOMPARE(page.count("script") + page.count("img"), 0);
        QVERIFY(page.says(QString::fromStdString(attack)));
        QVERIFY(page.says("the hint <mark>"));
        QVERIFY(!content(dir / "experiment.toml").empty());
    }

    void aGroupOfEachKind() {
        StepRecord step = measured(1, usual(1, .6));
        step.summary.groups = {group(0, 0, 0, 0, .25f), group(1, 0, 1, 1, .25f), group(2, 0, 1, 0, .25f)};
        for (std::uint32_t problem = 0; problem < 3; ++problem)
            for (int round = 0; round < 2; ++round)
                for (int i = 0; i < 2; ++i) {
                    const bool right = round == 1 && i == 0 && problem > 0;
                    step.attempts.push_back(attempt(1, problem, round, i, right, "text of " + std::to_string(problem)));
                    if (right && problem == 2) step.attempts.back().soundness = Soundness::lucky;
                }
        const Page page = report(store({step}));
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        for (const char* words : {"text of 0", "text of 1", "text of 2", "✓ right, sound", "✓ right, lucky",
                                  "Round 1, no hint: 0 of 2 right, none with a gradient",
                                  "Round 2, hint ratio .25: 1 of 2 right, 2 with a gradient"})
            QVERIFY2(page.says(words), words);
        QVERIFY(!page.says("There was none in this run."));
        QCOMPARE(page.count("mark"), 3 + 6);  // Once a group and once an attempt under it.
        const Page none = report(store({measured(1, usual(0, 0))}));
        QCOMPARE(none.text.count("There was none in this run."), 3);
    }

    /// Everything that may be missing is missing: it is said, and nothing else changes.
    void runsWithLittleInThem() {
        const Page empty = report(store({}));
        QVERIFY2(empty.error.isEmpty(), qPrintable(empty.error));
        QVERIFY(empty.says("No training step is stored yet"));
        const Page before = report(store({measured(0, {{"heldout/*:10/accuracy", .5}})}));
        QVERIFY2(before.error.isEmpty(), qPrintable(before.error));
        QVERIFY(before.says("No training step is stored yet"));
        const Page bare = report(store({measured(1, {})}));
        QVERIFY2(bare.error.isEmpty(), qPrintable(bare.error));
        QVERIFY(bare.says("did not time the phases"));
        RunInfo info = samples::info(0, 0);
        const Page unpopulated = report(store({measured(1, usual(.5, 0))}, info));
        QVERIFY2(unpopulated.error.isEmpty(), qPrintable(unpopulated.error));
    }

    void whereTheTimeWentInNewAndOldRuns() {
        auto metrics = usual(.5, 0);
        const std::vector<std::pair<std::string, double>> times = {
            {"time/draw", .01},   {"time/generate", .3},   {"time/judge", .04}, {"time/update", .35},
            {"time/held-out", 0}, {"time/checkpoint", .1}, {"time/jobs", .2}};
        metrics.insert(metrics.end(), times.begin(), times.end());
        const Page fresh = report(store({measured(1, metrics)}));
        QVERIFY2(fresh.error.isEmpty(), qPrintable(fresh.error));
        QVERIFY(fresh.says("30.0 %") && fresh.says("20.0 %") &&
                fresh.says("35.0 %"));  // Of 1 s: the step's .7, .1 and .2 on top.
        QVERIFY(!fresh.says("the rest"));
        metrics = usual(.5, 0);
        metrics.insert(metrics.end(), {{"time/generate", .35}, {"time/update", .28}});
        const Page old = report(store({measured(1, metrics)}));
        QVERIFY2(old.error.isEmpty(), qPrintable(old.error));
        QVERIFY(old.says("before draw, judge, held-out sets and checkpoints were timed"));
        QVERIFY(old.says("the rest") && old.says("10.0 %"));
    }

    void whatIsNoNumberIsNamedAndNotDrawn() {
        std::vector<StepRecord> records;
        for (std::int64_t step = 0; step <= 6; ++step) {
            auto metrics = usual(step == 3 ? nan_value : .5, step == 4 ? nan_value : .1);
            metrics.emplace_back("heldout/*:10/accuracy", step == 2 ? nan_value : .25);
            if (step == 6) metrics[0].second = nan_value;
            metrics.emplace_back("time/generate", step == 5 ? INFINITY : .1);
            records.push_back(measured(step, metrics));
        }
        const fs::path dir = store(records);
        const Page page = report(dir);
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        QVERIFY(page.says("in 5 steps a metric is not a finite number"));
        QVERIFY(page.says("NaN"));
        for (const auto& [name, value] : page.attributes)
            if (name == "d" || name == "cx" || name == "cy")
                QVERIFY2(!value.contains("nan") && !value.contains("inf"), qPrintable(value));
    }

    void aComparisonSaysWhatItsIntervalsAllow() {
        const fs::path dir = comparison("cmp", {{.1, .2, .15}, {.5, .6, .5}, {.1, .25, .1}});
        const Page page = taken_apart(comparison_report(dir));
        QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
        ComparisonResult result;
        const ComparisonPlan plan = read_plan(dir);
        result.refresh(plan);
        for (std::size_t arm : {1u, 2u}) {
            const Finding finding = find_difference(plan, result, arm, 0, "heldout/*:10/accuracy");
            QVERIFY2(page.says(QString::fromStdString(finding.sentence)), finding.sentence.c_str());
            QVERIFY(page.says(QString::fromStdString(finding.verdict)));
            for (const std::string& limit : finding.limits)
                QVERIFY2(page.says(QString::fromStdString(limit)), limit.c_str());
            bool there = false;
            for (const auto& [name, value] : page.attributes)
                there = there || (name == "value" && value.toDouble() == finding.difference.mean);
            QVERIFY(there);
        }
        QVERIFY(page.says("No clear difference between arm 2 and base <line>"));
        QVERIFY(page.says("foothold-cli compare arm-1.toml arm-2.toml arm-3.toml --seeds 3 --seed 1 --steps 2"));
    }

    void aComparisonInPartIsNotCounted() {
        const Page part = taken_apart(comparison_report(comparison("part", {{.1, .2}, {.5, nan_value}})));
        QVERIFY2(part.error.isEmpty(), qPrintable(part.error));
        QVERIFY(part.says("3 of 4 runs finished"));
        QVERIFY(part.says("One pair: no interval, no claim"));
        const Page none = taken_apart(comparison_report(comparison("none", {{nan_value}, {nan_value}})));
        QVERIFY2(none.error.isEmpty(), qPrintable(none.error));
        QVERIFY(none.says("nothing to compare yet"));
        const Page alone = taken_apart(comparison_report(comparison("alone", {{.1, .2}})));
        QVERIFY2(alone.error.isEmpty(), qPrintable(alone.error));
        QVERIFY(alone.says("nothing to compare it with"));
    }

    void filesAreWholeOrAsTheyWere() {
        const fs::path run = store({measured(1, usual(.5, 0))}), file = path("report.html");
        export_file(run, "report", file);
        QCOMPARE(content(file), run_report(*RunReader::open(run)));
        QVERIFY(!fs::exists(path("report.html.part")));
        export_file(comparison("whole", {{.1}, {.2}}), "report", file);
        QVERIFY(content(file).find("Report of a comparison") != std::string::npos);
        const std::string before = content(file);
        QVERIFY_THROWS_EXCEPTION(UserError, export_file(path("nowhere"), "report", file));
        QVERIFY_THROWS_EXCEPTION(UserError, export_file(run, "report", path("no-such-folder") / "x.html"));
        QVERIFY_THROWS_EXCEPTION(UserError, export_file(run, "report", tmp_.path().toStdString()));
        QVERIFY_THROWS_EXCEPTION(
            UserError, export_file(path("whole"), "metrics", file));  // A comparison has no metrics of its own.
        QCOMPARE(content(file), before);
    }
};

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
