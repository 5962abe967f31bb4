// SPDX-License-Identifier: GPL-3.0-or-later
// The plots: same pixels as the map, the right numbers, one cursor.
#include <QTest>
#include <QWheelEvent>

#include "ui/fake_session.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/common/plot_library.h"
#include "ui/views/common/plot_overlay.h"
#include "ui/views/live/plots.h"
#include "ui/views/common/step_axis.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

struct Window {
    explicit Window(int steps) : session(std::make_shared<test::FakeSession>(longRun())), plots(&model, &selection) {
        QObject::connect(&model, &RunModel::stepsArrived, &selection,
                         [this](qint64, qint64 last) { selection.followHead(last); });
        session->advance(steps);
        model.setSession(session);
        plots.resize(952, 336);
        plots.show();
        plots.grab();
        axis = StepAxis::of(&model);
    }
    static Experiment longRun() {
        Experiment experiment = test::FakeSession::example();
        experiment.steps = 5000;
        return experiment;
    }
    std::shared_ptr<test::FakeSession> session;
    RunModel model;
    Selection selection;
    Plots plots;
    StepAxis* axis;
};

}  // namespace

class TestPlots : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A share before hints is missing where every group got its hint at once; what was measured last says nothing about that step.
    void aStepWithoutAMeasurementIsKnown() {
        PlotSeries series;
        series.add(1, .5);
        series.add(4, .25);
        QVERIFY(series.measuredAt(1) && series.measuredAt(4));
        QVERIFY(!series.measuredAt(0) && !series.measuredAt(2) && !series.measuredAt(5));
        QCOMPARE(series.indexAt(5), 1);
    }

    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void stepsLieWhereTheAxisSays_data() {
        QTest::addColumn<int>("steps");
        QTest::newRow("few") << 12;
        QTest::newRow("usual") << 112;
        QTest::newRow("binned") << 900;
    }
    void stepsLieWhereTheAxisSays() {
        QFETCH(int, steps);
        Window w(steps);
        const auto rects = w.plots.plot()->axisRects();
        QCOMPARE(rects.size(), 3);
        for (QCPAxisRect* rect : rects) {
            QCOMPARE(rect->rect().left(), w.axis->left());
            QCOMPARE(rect->rect().right() + 1, w.axis->right());
            for (const int step : {0, steps / 2, steps})
                QVERIFY(std::abs(rect->axis(QCPAxis::atBottom)->coordToPixel(step) - w.axis->center(step)) < 0.51);
        }
    }

    void showsTheRunsNumbers() {
        Window w(60);
        const PlotData& data = w.plots.data();
        QCOMPARE(data.allWrong.step.size(), std::size_t(60));
        QCOMPARE(data.allWrong.value[29], *w.model.steps()[30]->metric("frac_all_wrong"));
        QCOMPARE(data.allWrongBefore.value[29], *w.model.steps()[30]->metric("frac_all_wrong/before_hints"));
        QCOMPARE(data.allRight.value[29], *w.model.steps()[30]->metric("frac_all_right"));
        QVERIFY(std::abs(data.allWrong.smooth[1] - (.8 * data.allWrong.value[0] + .2 * data.allWrong.value[1])) <
                1e-12);
        QCOMPARE(data.accuracy.size(), std::size_t(4));
        QCOMPARE(data.accuracy[3].step, (std::vector<double>{0, 10, 20, 30, 40, 50, 60}));
        const auto share = data.meanLevels(30, 31);
        QVERIFY(std::abs(share[0] - *w.model.steps()[30]->metric("hint_level/0.25")) < 1e-6);
        QVERIFY(std::abs(share[2] - *w.model.steps()[30]->metric("hint_level/0.75") -
                         *w.model.steps()[30]->metric("hint_level/1")) < 1e-6);
        QVERIFY(w.plots.accessibleDescription().startsWith("step 60: all wrong "));
    }

    /// A run without lucky successes is not shown a line at zero.
    void luckIsDrawnOnceThereIsSome() {
        PlotData data;
        data.luck.add(1, 0);
        data.luck.add(2, 0.001);
        QVERIFY(!data.lucky());
        data.luck.add(3, 0.4);
        QVERIFY(data.lucky());
    }

    void newStepsJoin() {
        Window w(20);
        w.session->advance(7);
        w.model.poll();
        QTRY_COMPARE(w.plots.data().allWrong.step.size(), std::size_t(27));
        w.model.setSession(std::make_shared<test::FakeSession>());
        QCOMPARE(w.plots.data().allWrong.step.size(), std::size_t(0));
        QTRY_COMPARE(w.plots.data().accuracy.size(), std::size_t(4));
        QCOMPARE(w.plots.data().accuracy[0].step.size(), std::size_t(1));  // Step 0: before training.
    }

    void clickSetsTheStepAndWheelZooms() {
        Window w(60);
        QTest::mouseClick(&w.plots, Qt::LeftButton, {}, QPoint(static_cast<int>(w.axis->center(33)), 100));
        QCOMPARE(w.selection.step(), 33);
        QVERIFY(!w.selection.live());
        w.selection.setLive(true);
        const QPoint at(500, 100);
        QWheelEvent event(at, w.plots.mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QCoreApplication::sendEvent(&w.plots, &event);
        QVERIFY(!w.axis->follow());
        QVERIFY(w.selection.live());
        w.axis->reset();
        QVERIFY(w.axis->follow());
    }

    void labelsArePushedApart() {
        std::vector<EdgeLabel> labels{{50, "a", {}}, {51, "b", {}}, {99, "c", {}}, {100, "d", {}}, {10, "e", {}}};
        pushApart(labels, 13, 0, 100);
        QCOMPARE(labels.front().text, QStringLiteral("e"));
        for (std::size_t i = 1; i < labels.size(); ++i) QVERIFY(labels[i].y - labels[i - 1].y >= 13 - 1e-9);
        QVERIFY(labels.front().y >= 6.5);
        QVERIFY(labels.back().y <= 93.5 + 1e-9);
    }
};

QTEST_MAIN(TestPlots)
#include "test_plots.moc"
