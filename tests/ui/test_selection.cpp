// SPDX-License-Identifier: GPL-3.0-or-later
// One selection in every view: brushing, slices, pinning, stars, by mouse and keys in the real window.
#include <QListWidget>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTest>
#include <QToolButton>
#include <QUndoView>

#include "record/error.h"
#include "ui/models/experiment_editor.h"
#include "ui/selection/selection.h"
#include "ui/selection/slices.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/inspect/problem_rows.h"
#include "ui/views/inspect/solved_histogram.h"
#include "ui/window_bench.h"
#include "ui/workspaces/inspect_workspace.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

class TestSelection : public QObject {
    Q_OBJECT

    static QPoint rowCentre(int row) { return {100, row * ProblemRows::rowHeight + ProblemRows::rowHeight / 2}; }
    static const Slice& named(const std::vector<Slice>& all, const QString& name) {
        for (const Slice& slice : all)
            if (slice.name == name) return slice;
        qFatal("no such slice");
    }

   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void aDragAndKeysBrushTheList() {
        WindowBench bench;
        bench.advance(40);
        bench.window->showWorkspace(QStringLiteral("inspect"));
        auto* rows = bench.find<ProblemRows>("problem-list.rows");
        Selection* selection = bench.window->selection();
        QTest::mousePress(rows->viewport(), Qt::LeftButton, {}, rowCentre(1));
        QMouseEvent move(QEvent::MouseMove, rowCentre(3), rows->viewport()->mapToGlobal(rowCentre(3)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(rows->viewport(), &move);
        QTest::mouseRelease(rows->viewport(), Qt::LeftButton, {}, rowCentre(3));
        const auto& order = rows->order();
        QCOMPARE(selection->brushed(), (std::set<int>{order[1], order[2], order[3]}));
        QVERIFY(selection->dimmed(order[0]));
        QCOMPARE(bench.find<QToolButton>("problem-list.slices")->text(), QStringLiteral("3 brushed"));
        QCOMPARE(bench.find<QToolButton>("map.slices")->text(), QStringLiteral("3 brushed"));
        QTest::mouseClick(rows->viewport(), Qt::LeftButton, Qt::ControlModifier, rowCentre(5));
        QCOMPARE(selection->brushed().size(), std::size_t{4});
        QTest::mouseClick(rows->viewport(), Qt::LeftButton, {}, rowCentre(2));  // One of them: they stay.
        QCOMPARE(selection->problem(), order[2]);
        QCOMPARE(selection->brushed().size(), std::size_t{4});
        rows->setFocus();
        QTest::keyClick(rows, Qt::Key_Escape);
        QVERIFY(selection->brushed().empty());
        QTest::keyClick(rows, Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(rows, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(selection->brushed(), (std::set<int>{order[2], order[3], order[4]}));
        QTest::keyClick(rows, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(selection->brushed().size(), order.size());
    }

    void theHistogramBrushesWhatItCounts() {
        WindowBench bench;
        bench.advance(60);
        bench.window->showWorkspace(QStringLiteral("inspect"));
        auto* histogram = bench.find<SolvedHistogram>("problem-list.histogram");
        QTRY_VERIFY(!histogram->problemsIn(0).empty());
        QTest::mouseClick(histogram, Qt::LeftButton, {}, histogram->barRect(0).center());
        QCOMPARE(bench.window->selection()->brushed(), histogram->problemsIn(0));
        QTest::keyClick(histogram, Qt::Key_Right, Qt::ShiftModifier);
        auto both = histogram->problemsIn(0);
        both.insert(histogram->problemsIn(1).begin(), histogram->problemsIn(1).end());
        QCOMPARE(bench.window->selection()->brushed(), both);
    }

    void slicesAreKeptWithTheRun() {
        WindowBench bench;
        bench.advance(30);
        Selection* selection = bench.window->selection();
        Slices* slices = Slices::of(bench.window->model(), selection);
        selection->setBrushed({3, 5, 8});
        bench.trigger("select.save-slice");
        bench.find<QLineEdit>("slices.name")->setText(QStringLiteral("the stubborn"));
        bench.click("slices.save");
        QCOMPARE(named(slices->all(), QStringLiteral("the stubborn")).problems, (std::set<int>{3, 5, 8}));
        // The name is taken: said in the dialog, nothing lost.
        bench.find<QLineEdit>("slices.name")->setText(QStringLiteral("The Stubborn"));
        bench.click("slices.save");
        QVERIFY(bench.text("slices.message").contains(QStringLiteral("already")));
        slices->rename(QStringLiteral("the stubborn"), QStringLiteral("hard ones"));
        selection->setBrushed({});
        QVERIFY(slices->apply(QStringLiteral("hard ones")));
        QCOMPARE(selection->brushed(), (std::set<int>{3, 5, 8}));
        // Another window on the same run reads them.
        Selection other;
        RunModel model;
        Slices* again = Slices::of(&model, &other);
        model.setSession(bench.session);
        QCOMPARE(named(again->all(), QStringLiteral("hard ones")).problems, (std::set<int>{3, 5, 8}));
        again->remove(QStringLiteral("hard ones"));
        for (const Slice& slice : again->all()) QVERIFY(slice.builtIn);
        QVERIFY_EXCEPTION_THROWN(again->save(QStringLiteral("none"), {}), UserError);
        QVERIFY_EXCEPTION_THROWN(again->save(QStringLiteral("  "), {1}), UserError);
    }

    void builtInSlicesFollowTheRun() {
        WindowBench bench;
        bench.advance(60);
        Selection* selection = bench.window->selection();
        const auto all = Slices::of(bench.window->model(), selection)->all();
        const RunModel& model = *bench.window->model();
        for (const int problem : model.rows()) {
            const GroupSummary* last = model.lastGroup(problem, model.lastStep());
            QCOMPARE(named(all, QStringLiteral("Rescued")).problems.contains(problem), last->state() == GroupState::rescued);
            QCOMPARE(named(all, QStringLiteral("Lucky rescue")).problems.contains(problem), last->state() == GroupState::lucky);
        }
        QVERIFY(!named(all, QStringLiteral("Rescued")).problems.empty());
        // Hard problems are visited every third step: 20 visits, all dead before the cold start ended.
        for (const int problem : named(all, QStringLiteral("Dead for the last 10 visits")).problems) QVERIFY(named(all, QStringLiteral("Never solved")).problems.contains(problem));
    }

    void pinSwapStar() {
        WindowBench bench;
        bench.advance(30);
        Selection* selection = bench.window->selection();
        selection->setProblem(7);
        auto* strip = bench.find<QWidget>("pinned");
        QVERIFY(!strip->isVisible());
        bench.trigger("select.pin");
        selection->setProblem(9);
        QVERIFY(strip->isVisible());
        QVERIFY(bench.text("pinned.name").startsWith(QStringLiteral("P-8")));
        QVERIFY(bench.text("pinned.against").contains(QStringLiteral("P-10")));
        bench.trigger("select.swap");
        QCOMPARE(selection->problem(), 7);
        QCOMPARE(selection->pinned(), 9);
        bench.click("pinned.unpin");
        QVERIFY(!strip->isVisible());
        bench.click("problem.pin");
        QCOMPARE(selection->pinned(), 7);
        bench.click("problem.pin");
        QCOMPARE(selection->pinned(), -1);
        bench.trigger("select.star");
        QVERIFY(Slices::of(bench.window->model(), selection)->starred(7));
        QVERIFY(bench.window->actions().find(QStringLiteral("select.star"))->isChecked());
        bench.trigger("select.star");
        QVERIFY(!Slices::of(bench.window->model(), selection)->starred(7));
    }

    void theHistoryIsWalkedByKeys() {
        WindowBench bench;
        bench.advance(30);
        Selection* selection = bench.window->selection();
        const RunModel& model = *bench.window->model();
        selection->setProblem(20);
        auto* history = bench.find<QWidget>("history");
        qint64 last = -1, before = -1;
        QVERIFY(model.lastGroup(20, 30, &last) && model.lastGroup(20, last - 1, &before));
        selection->setStep(last);
        QTest::keyClick(history, Qt::Key_Left);
        QCOMPARE(selection->step(), before);
        QTest::keyClick(history, Qt::Key_Right);
        QCOMPARE(selection->step(), last);
    }

    void theListOfEditsGoesBack() {
        WindowBench bench;
        bench.window->editor()->edit("optimizer.lr", 0.0005);
        bench.window->editor()->edit("optimizer.lr", 0.0007);
        const int edits = bench.window->editor()->undoStack()->count();
        QVERIFY(edits > 0);
        bench.trigger("edit.history");
        auto* list = bench.find<QUndoView>("edits.list");
        list->setCurrentIndex(list->model()->index(0, 0));
        QCOMPARE(bench.window->editor()->undoStack()->index(), 0);
    }
};

QTEST_MAIN(TestSelection)
#include "test_selection.moc"
