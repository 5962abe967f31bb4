// SPDX-License-Identifier: GPL-3.0-or-later
// Any view as a picture, a table or its attempts; charts that open their step's groups; where the time went.
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QSvgRenderer>
#include <cmath>
#include <map>

#include "../core/whole_runs.h"
#include "session/comparison_runs.h"
#include "ui/models/comparison_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/compare/arm_plot.h"
#include "ui/views/common/plot_library.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/live/attempt_table.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/plots.h"
#include "ui/views/live/step_groups.h"
#include "ui/views/live/timeline.h"
#include "ui/window_bench.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/inspect_workspace.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

namespace {

/// Answers every file dialog with a path in the folder, and keeps what was proposed.
struct Answers {
    explicit Answers(const QTemporaryDir& folder) : before(MainWindow::askFile) {
        MainWindow::askFile = [this, &folder](QWidget*, const FileQuestion& question, const std::function<void(const QString&)>& answer) {
            proposed = QFileInfo(question.place).fileName();
            path = elsewhere.isEmpty() ? folder.filePath(proposed) : elsewhere;
            ++asked;
            answer(path);
        };
    }
    ~Answers() { MainWindow::askFile = before; }
    decltype(MainWindow::askFile) before;
    QString proposed, path, elsewhere;
    int asked = 0;
};

QByteArray bytes(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A CSV without quoted line ends, as rows of fields.
std::vector<QStringList> csv(const QString& path) {
    std::vector<QStringList> rows;
    for (const QString& line : QString::fromUtf8(bytes(path)).split('\n', Qt::SkipEmptyParts)) {
        QStringList fields{QString()};
        bool quoted = false;
        for (const QChar c : line) {
            if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted) fields << QString();
            else fields.back() += c;
        }
        rows.push_back(fields);
    }
    return rows;
}

int column(const std::vector<QStringList>& table, const char* name) {
    const auto at = table.front().indexOf(QString::fromLatin1(name));
    if (at < 0) qFatal("no column %s", name);
    return static_cast<int>(at);
}

void choose(const ExportButton* button, const char* format) {
    for (QAction* action : button->menu()->actions())
        if (action->objectName().endsWith('.' + QString::fromLatin1(format))) return action->trigger();
    qFatal("no format %s", format);
}

ComparisonPlan twoArms(const WindowBench& bench) {
    ComparisonPlan plan;
    plan.dir = bench.path("comparison").toStdString();
    plan.seeds = 2;
    plan.steps = 2;
    plan.arms = {{"plain", small("[guidance]\npolicy = \"grpo\"\n"), {}, 0}, {"hinted", small(), {}, 0}};
    write_plan(plan);
    if (!run_comparison(plan, "cpu", [](CellIndex, Session&, bool) {}, {})) qFatal("the comparison did not run");
    return plan;
}

}  // namespace

class TestViewExport : public QObject {
    Q_OBJECT

    /// Each format of each card in sight, as files that are what they say.
    void exportAll(const WindowBench& bench, const Answers& answers, const QString& mark, int atLeast) {
        int cards = 0;
        for (ExportButton* button : bench.window->findChildren<ExportButton*>()) {
            if (!button->isVisible() || !button->source().view) continue;
            ++cards;
            const QByteArray name = button->objectName().toUtf8();
            choose(button, "png");
            const QImage once(answers.path);
            QVERIFY2(!once.isNull(), name);
            QVERIFY2(once.text(QStringLiteral("Description")).contains(mark), name);
            choose(button, "png2x");
            QCOMPARE(QImage(answers.path).size(), once.size() * 2);
            choose(button, "svg");
            QVERIFY2(QSvgRenderer(answers.path).isValid(), name);
            QVERIFY2(QString::fromUtf8(bytes(answers.path)).contains(mark), name);
            choose(button, "pdf");
            QVERIFY2(bytes(answers.path).startsWith("%PDF"), name);
            choose(button, "csv");
            const auto table = csv(answers.path);
            QVERIFY2(table.size() > 1, name);
            for (const QStringList& row : table) QCOMPARE(row.size(), table.front().size());
        }
        QVERIFY2(cards >= atLeast, qPrintable(QString::number(cards)));
    }

   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void everyCardIsExported() {
        WindowBench bench;
        bench.session->record_times = true;
        bench.advance(30);
        Answers answers(bench.folder);
        bench.trigger("view.timeline");
        bench.trigger("view.step-groups");
        QTRY_VERIFY(!bench.window->findChild<AttemptTable*>()->attempts().empty());
        exportAll(bench, answers, QStringLiteral("run run · seed %1 · steps 0 to 30 · shown at step 30").arg(bench.session->experiment().seed), 6);
        bench.window->showWorkspace(QStringLiteral("inspect"));
        QCoreApplication::processEvents();
        bench.window->selection()->setProblem(bench.window->model()->rows()[3]);
        QTRY_VERIFY(bench.text("attempts.caption").contains(QStringLiteral("right")));
        for (ExportButton* button : bench.window->findChildren<ExportButton*>(QStringLiteral("export-curve"))) {
            choose(button, "csv");  // It has not been sampled: the heads alone.
            QCOMPARE(csv(answers.path).size(), std::size_t{1});
            button->hide();
        }
        exportAll(bench, answers, QStringLiteral("run run · seed"), 3);
    }

    void theMapsTableIsWhatIsShown() {
        WindowBench bench;
        bench.advance(30);
        Answers answers(bench.folder);
        Selection* selection = bench.window->selection();
        selection->setStep(24);
        auto* button = bench.find<ExportButton>("export-map");
        choose(button, "csv");
        QCOMPARE(answers.proposed, QStringLiteral("run-groups-by-step.csv"));
        auto table = csv(answers.path);
        const RunModel& model = *bench.window->model();
        std::size_t groups = 0;
        for (int step = 0; step <= 24; ++step) groups += model.steps()[static_cast<std::size_t>(step)]->groups.size();
        QCOMPARE(table.size(), groups + 1);
        std::map<std::pair<QString, int>, QStringList> found;
        for (std::size_t i = 1; i < table.size(); ++i) found[{table[i][column(table, "id")], table[i][column(table, "step")].toInt()}] = table[i];
        for (const GroupSummary& g : model.steps()[17]->groups) {
            const QStringList row = found.at({QString::fromStdString(model.info().problems[g.problem].id), 17});
            QCOMPARE(row[column(table, "state")], QString::fromLatin1(to_string(g.state())));
            QCOMPARE(row[column(table, "right")].toInt(), int(g.correct));
            QCOMPARE(row[column(table, "gradient")].toInt(), g.has_gradient() ? 1 : 0);
        }
        // What the legend or a brush dims is not shown.
        selection->toggleState(0);
        selection->setBrushed({model.rows()[0], model.rows()[1]});
        choose(button, "csv");
        table = csv(answers.path);
        QVERIFY(table.size() > 1 && table.size() < groups / 4);
        for (std::size_t i = 1; i < table.size(); ++i) {
            QVERIFY(table[i][column(table, "state")] != QStringLiteral("all_wrong"));
            QVERIFY(table[i][0] == model.problemName(model.rows()[0]) || table[i][0] == model.problemName(model.rows()[1]));
        }
        choose(button, "svg");
        QVERIFY(bytes(answers.path).contains("dimmed: all wrong"));
        QVERIFY(bytes(answers.path).contains("2 problem(s) brushed"));
    }

    void plotsAreExportedAsMeasuredAndSmoothed() {
        WindowBench bench;
        bench.advance(30);
        Answers answers(bench.folder);
        bench.find<Plots>("plots")->flush();
        choose(bench.find<ExportButton>("export-plots"), "csv");
        const auto table = csv(answers.path);
        QCOMPARE(table.size(), std::size_t{32});  // Heads, steps 0 to 30.
        double smooth = 0;
        for (int step = 1; step <= 30; ++step) {
            const double* raw = bench.window->model()->steps()[static_cast<std::size_t>(step)]->metric("frac_all_wrong");
            QVERIFY(raw);
            smooth = step == 1 ? *raw : .8 * smooth + .2 * *raw;
            const QStringList& row = table[static_cast<std::size_t>(step) + 1];
            QVERIFY(std::abs(row[column(table, "all_wrong")].toDouble() - *raw) < 1e-6);
            QVERIFY(std::abs(row[column(table, "all_wrong_ema80")].toDouble() - smooth) < 1e-6);
            QCOMPARE(row[column(table, "heldout_*:10")].isEmpty(), step % 10 != 0);
        }
        choose(bench.find<ExportButton>("export-plots"), "svg");
        QVERIFY(bytes(answers.path).contains("EMA .80"));
    }

    void attemptsAreExportedAsLines() {
        WindowBench bench;
        bench.advance(30);
        Answers answers(bench.folder);
        const RunModel& model = *bench.window->model();
        const GroupSummary group = model.steps()[25]->groups.front();
        bench.window->selection()->setStep(25);
        bench.window->selection()->setProblem(static_cast<int>(group.problem));
        choose(bench.find<ExportButton>("export-map"), "jsonl");
        QTRY_COMPARE(answers.asked, 1);
        const QList<QByteArray> lines = bytes(answers.path).trimmed().split('\n');
        QCOMPARE(lines.size(), qsizetype(group.rounds) * 8);
        for (const QByteArray& line : lines) {
            const QJsonObject one = QJsonDocument::fromJson(line).object();
            QCOMPARE(one[QStringLiteral("step")].toInt(), 25);
            QCOMPARE(one[QStringLiteral("problem")].toString().toStdString(), model.info().problems[group.problem].id);
            QVERIFY(one.contains(QStringLiteral("completion")) && one.contains(QStringLiteral("advantage")) && one.contains(QStringLiteral("gold")));
        }
        // Nothing was drawn at step 0.
        bench.window->selection()->setStep(0);
        choose(bench.find<ExportButton>("export-map"), "jsonl");
        QTRY_VERIFY(bench.window->notice()->text().contains(QStringLiteral("no attempts")));
        QCOMPARE(answers.asked, 1);
    }

    void commandsMeanTheViewInUse() {
        WindowBench bench;
        bench.advance(20);
        Answers answers(bench.folder);
        bench.find<QWidget>("heatMap")->setFocus();
        bench.trigger("export.view.csv");
        QCOMPARE(answers.proposed, QStringLiteral("run-groups-by-step.csv"));
        QTest::mouseClick(bench.find<QWidget>("plots"), Qt::LeftButton, {}, QPoint(300, 60));
        bench.trigger("export.view.svg");
        QCOMPARE(answers.proposed, QStringLiteral("run-plots.svg"));
        bench.window->showWorkspace(QStringLiteral("inspect"));
        bench.find<QWidget>("problem-list.rows")->setFocus();
        bench.trigger("export.view.csv");
        QCOMPARE(answers.proposed, QStringLiteral("run-problems.csv"));
        const auto table = csv(answers.path);
        QCOMPARE(table.size(), bench.window->inspect()->problems()->order().size() + 1);
        // Where no view can be exported it says so.
        bench.window->showWorkspace(QStringLiteral("teach"));
        const int asked = answers.asked;
        bench.trigger("export.view.png");
        QCOMPARE(answers.asked, asked);
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("no view to export")));
    }

    void aFailedWriteSaysWhatToDo() {
        WindowBench bench;
        bench.advance(5);
        Answers answers(bench.folder);
        answers.elsewhere = bench.path("no/such/folder/map.png");
        choose(bench.find<ExportButton>("export-map"), "png");
        const QString said = bench.window->notice()->text();
        QVERIFY2(said.contains(QStringLiteral("map.png")) && said.contains(QStringLiteral("no/such/folder")) && said.contains(QStringLiteral("Choose another folder")), qPrintable(said));
        QVERIFY(!QFile::exists(answers.elsewhere));
        // A folder of that name stands in the way: it stays.
        answers.elsewhere = bench.path("taken");
        QVERIFY(QDir().mkpath(answers.elsewhere));
        choose(bench.find<ExportButton>("export-map"), "csv");
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("taken")));
        QVERIFY(QFileInfo(answers.elsewhere).isDir());
    }

    void aClickOnAPlotListsTheStepsGroups() {
        WindowBench bench;
        bench.advance(30);
        auto* plots = bench.find<Plots>("plots");
        StepAxis* axis = StepAxis::of(bench.window->model());
        const QPoint at(static_cast<int>(axis->center(22)), 60);
        QVERIFY(!bench.find<QWidget>("step-groups.list")->isVisible());
        QTest::mouseClick(plots, Qt::LeftButton, {}, at);
        QCOMPARE(bench.window->selection()->step(), 22);
        auto* list = bench.find<QListWidget>("step-groups.list");
        QVERIFY(list->isVisible());
        QVERIFY(bench.window->actions().find(QStringLiteral("view.step-groups"))->isChecked());
        const auto groups = worstFirst(*bench.window->model(), 22);
        QCOMPARE(list->count(), static_cast<int>(bench.window->model()->steps()[22]->groups.size()));
        QCOMPARE(list->count(), static_cast<int>(groups.size()));
        bool gone = false;  // No group that is all wrong stands after one that is not.
        for (const GroupSummary& g : groups) {
            gone = gone || g.state() != GroupState::all_wrong;
            QVERIFY(!gone || g.state() != GroupState::all_wrong);
        }
        QCOMPARE(groups.back().correct, groups.back().attempts);
        list->setCurrentRow(2);
        QCOMPARE(bench.window->selection()->problem(), static_cast<int>(groups[2].problem));
        bench.window->selection()->setStep(9);  // The list follows the cursor.
        QVERIFY(bench.text("step-groups.title").contains(QStringLiteral("step 9")));
        // A drag scrubs and opens nothing.
        bench.click("step-groups.close");
        QVERIFY(!list->isVisible());
        QTest::mousePress(plots, Qt::LeftButton, {}, at);
        QTest::mouseMove(plots, at + QPoint(60, 0));
        QTest::mouseRelease(plots, Qt::LeftButton, {}, at + QPoint(60, 0));
        QVERIFY(!list->isVisible());
        // A double click goes to the worst of the step.
        QTest::mouseClick(plots, Qt::LeftButton, {}, at);
        QTest::mouseDClick(plots, Qt::LeftButton, {}, at);
        QCOMPARE(bench.window->workspace(), QStringLiteral("inspect"));
        QCOMPARE(bench.window->selection()->step(), 22);
        QCOMPARE(bench.window->selection()->problem(), static_cast<int>(groups.front().problem));
    }

    void theTimelineTellsWhereTheTimeWent() {
        WindowBench bench;
        bench.advance(10);
        bench.trigger("view.timeline");
        auto* timeline = bench.find<Timeline>("timeline");
        QVERIFY(timeline->isVisible());
        QVERIFY(!timeline->recorded());
        QVERIFY(timeline->accessibleDescription().contains(QStringLiteral("did not record")));
        bench.session->record_times = true;
        bench.advance(10);
        bench.window->selection()->setStep(15);
        QVERIFY(timeline->recorded());
        // A step of .2 s: draw .01, generate .1, judge .02, update .05; .02 are not accounted for. Jobs come on top.
        QCOMPARE(timeline->accessibleDescription(), QStringLiteral("step 15: .50 s: draw 10 ms (2 %), generate .10 s (20 %), judge 20 ms (4 %), update 50 ms (10 %), jobs .30 s (60 %), not recorded 20 ms (4 %)"));
        QCOMPARE(timeline->words(5), QStringLiteral("not recorded"));
        bench.trigger("view.describe");
        QVERIFY(bench.find<QPlainTextEdit>("describe.text")->toPlainText().contains(QStringLiteral("generate .10 s (20 %)")));
        Answers answers(bench.folder);
        bench.window->selection()->setLive(true);
        choose(bench.find<ExportButton>("export-timeline"), "csv");
        const auto table = csv(answers.path);
        QCOMPARE(table.front(), (QStringList{QStringLiteral("step"), QStringLiteral("draw_s"), QStringLiteral("generate_s"), QStringLiteral("judge_s"), QStringLiteral("update_s"), QStringLiteral("jobs_s"), QStringLiteral("not_recorded_s")}));
        QCOMPARE(table.size(), std::size_t{22});
        QCOMPARE(table[16], (QStringList{QStringLiteral("15"), QStringLiteral("0.01"), QStringLiteral("0.1"), QStringLiteral("0.02"), QStringLiteral("0.05"), QStringLiteral("0.3"), table[16].back()}));
        QVERIFY(std::abs(table[16].back().toDouble() - .02) < 1e-6);
        // Its cursor is that of the map.
        StepAxis* axis = StepAxis::of(bench.window->model());
        QTest::mouseClick(timeline, Qt::LeftButton, {}, QPoint(static_cast<int>(axis->center(12)), 50));
        QCOMPARE(bench.window->selection()->step(), 12);
        QVERIFY(bench.find<QListWidget>("step-groups.list")->isVisible());
        QTest::keyClick(timeline, Qt::Key_Left);
        QCOMPARE(bench.window->selection()->step(), 11);
        bench.trigger("view.timeline");
        QVERIFY(!timeline->isVisible());
    }

    void aComparisonIsExportedAndOpensItsRuns() {
        WindowBench bench;
        const ComparisonPlan plan = twoArms(bench);
        bench.window->openComparison(plan.dir);
        ComparisonModel* model = bench.window->compare()->model();
        QTRY_COMPARE(model->doneCells(), std::size_t{4});
        QCoreApplication::processEvents();
        Answers answers(bench.folder);
        exportAll(bench, answers, QStringLiteral("comparison comparison · seeds 1 to 2 · 4 of 4 runs done"), 5);
        choose(bench.find<ExportButton>("export-results"), "csv");
        const auto table = csv(answers.path);
        QCOMPARE(table.size(), std::size_t{3});
        QCOMPARE(table[1][column(table, "arm")], QStringLiteral("plain"));
        QCOMPARE(table[2][column(table, "seeds_done")], QStringLiteral("2"));
        const double difference = find_difference(plan, model->result(), 1, 0, model->measure()).difference.mean;
        QVERIFY(std::abs(table[2][column(table, "difference")].toDouble() - difference) < 1e-6);
        // A click reads a place, a double click opens the run that stands there.
        auto* plot = bench.find<ArmPlot>("wrongPlot");
        auto* canvas = bench.find<QCustomPlot>("wrongPlotCanvas");
        const auto spot = plot->spotAt(QPointF(canvas->width() / 2., canvas->height() / 2.));
        QVERIFY(spot);
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot->pixelOf(*spot).toPoint());
        QCOMPARE(model->chosen(), spot->arm);
        QVERIFY2(canvas->accessibleDescription().contains(QStringLiteral("step %1").arg(spot->step)), qPrintable(canvas->accessibleDescription()));
        QTest::mouseDClick(canvas, Qt::LeftButton, {}, plot->pixelOf(*spot).toPoint());
        QCOMPARE(bench.opened.size(), std::size_t{1});
        QCOMPARE(bench.opened.front(), plan.cell_dir(spot->arm, static_cast<std::int64_t>(spot->seed)));
    }
};

QTEST_MAIN(TestViewExport)
#include "test_view_export.moc"
