// SPDX-License-Identifier: GPL-3.0-or-later
// The tour goes on by what really happens, ends for good, and can be had again.
#include <QPushButton>
#include <QSettings>
#include <QSlider>

#include "ui/models/experiment_editor.h"
#include "ui/models/trace_book.h"
#include "ui/selection/selection.h"
#include "ui/views/frame/tool_strip.h"
#include "ui/views/frame/tour_bubble.h"
#include "ui/views/live/ratio_rows.h"
#include "ui/window_bench.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/inspect_workspace.h"
#include "ui/workspaces/tour.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

class TestTour : public QObject {
    Q_OBJECT
    QTemporaryDir settings_;

   private Q_SLOTS:
    void initTestCase() {
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings_.path());  // Not the person's own.
        QCoreApplication::setOrganizationName(QStringLiteral("foothold-test"));
        Theme::instance().setMode(Theme::Mode::light);
    }

    void itFollowsWhatHappens() {
        WindowBench bench;
        Tour* tour = bench.window->habits()->tour();
        QVERIFY(!tour->running());  // Nothing is remembered here, so it does not begin by itself.
        bench.trigger("help.tour");
        QCOMPARE(tour->stop(), 0);
        auto* bubble = bench.find<TourBubble>("tour");
        QCOMPARE(bubble->target(), bench.find<QWidget>("run.button"));
        bench.trigger("step");
        bench.advance(1);
        QCOMPARE(tour->stop(), 1);
        QCOMPARE(bubble->target(), bench.find<QWidget>("heatMap"));
        bench.advance(6);  // The hard tiers are dead from the start: the stop stays until it was read.
        QCOMPARE(tour->stop(), 1);
        bench.click("tour.next");
        QCOMPARE(tour->stop(), 2);
        // The problem that is selected already counts too, at a step where its group was dead.
        Selection* selection = bench.window->selection();
        const auto dead = [&](qint64 step) {
            const GroupSummary* group = bench.window->model()->lastGroup(selection->problem(), step);
            return group && group->state() == GroupState::all_wrong;
        };
        qint64 step = 6;
        while (step > 0 && !dead(step)) --step;
        QVERIFY(step > 0);
        selection->setStep(step);
        QCOMPARE(tour->stop(), 3);
        bench.window->showWorkspace(QStringLiteral("inspect"));
        QTRY_COMPARE(tour->stop(), 4);
        QCOMPARE(bubble->target(), bench.find<QWidget>("trace-editor"));
        const double before = bench.window->inspect()->book()->ratio();
        bench.window->inspect()->book()->setRatio(before > .5 ? .2 : .8);
        QCOMPARE(tour->stop(), 4);  // The hand may still be on the handle.
        QTRY_COMPARE(tour->stop(), 5);
        QVERIFY(bench.text("tour.title").contains(QStringLiteral("Live")));  // It is somewhere else: the bubble says where.
        QCOMPARE(bubble->target(), bench.find<QWidget>("view.live.button"));
        bench.window->showWorkspace(QStringLiteral("live"));
        QTRY_COMPARE(bubble->target(), bench.find<QWidget>("ratio.all"));
        bench.window->editor()->edit("guidance.ratio", 0.25);
        QCOMPARE(tour->stop(), 6);
        QVERIFY(selection->live());  // What the change does is still to come.
        QCOMPARE(bench.find<QPushButton>("tour.next")->text(), QStringLiteral("Finish"));
        bench.click("tour.next");
        QVERIFY(!tour->running());
    }

    void aRunThatMovesDoesNotRushThrough() {
        WindowBench bench;
        Tour* tour = bench.window->habits()->tour();
        bench.session->run();
        bench.advance(2);
        bench.trigger("help.tour");
        bench.advance(3);
        QCOMPARE(tour->stop(), 0);
        bench.window->showWorkspace(QStringLiteral("inspect"));
        QTRY_VERIFY(bench.text("tour.title").contains(QStringLiteral("Live")));
        bench.click("tour.next");  // Goes where the stop is before it goes on.
        QCOMPARE(bench.window->workspace(), QStringLiteral("live"));
        QCOMPARE(tour->stop(), 0);
        bench.click("tour.next");
        QCOMPARE(tour->stop(), 1);
    }

    void theBubbleStandsBesideWhatItMeans() {
        for (const QSize size : {QSize(1600, 1000), QSize(1280, 800)}) {
            WindowBench bench(size);
            bench.trigger("help.tour");
            auto* bubble = bench.find<TourBubble>("tour");
            QCoreApplication::processEvents();
            const QRect target(bubble->target()->mapTo(bench.window.get(), QPoint()), bubble->target()->size());
            QVERIFY(!bubble->geometry().intersects(target));
            QVERIFY(bench.window->rect().contains(bubble->geometry()));
        }
    }

    /// At the usual pace the run was over before the fourth stop.
    void theRunWaitsForTheReader() {
        WindowBench bench;
        auto* tools = bench.find<ToolStrip>("tools");
        tools->setPace(5);
        bench.trigger("help.tour");
        QCOMPARE(tools->pace(), 1.);
        bench.click("tour.skip");
        QCOMPARE(tools->pace(), 5.);
        bench.trigger("help.tour");
        tools->setPace(2);  // The person's own choice stays.
        bench.click("tour.skip");
        QCOMPARE(tools->pace(), 2.);
        tools->setPace(.5);
        bench.trigger("help.tour");
        QCOMPARE(tools->pace(), .5);
        bench.click("tour.skip");
        QCOMPARE(tools->pace(), .5);
    }

    void endedItDoesNotComeBackByItself() {
        {
            WindowBench first({1600, 1000}, true);
            QTRY_VERIFY(first.window->habits()->tour()->running());
            first.click("tour.skip");
            QVERIFY(!first.window->habits()->tour()->running());
        }
        WindowBench second({1600, 1000}, true);
        QCoreApplication::processEvents();
        QVERIFY(!second.window->habits()->tour()->running());
        second.trigger("help.tour");
        QVERIFY(second.window->habits()->tour()->running());
    }
};

QTEST_MAIN(TestTour)
#include "test_tour.moc"
