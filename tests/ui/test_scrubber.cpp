// SPDX-License-Identifier: GPL-3.0-or-later
// The scrubber: freezing the views at a step, markers, the way back to Live.
#include <QPushButton>
#include <QTest>
#include <QToolButton>

#include "ui/fake_session.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/scrubber.h"
#include "ui/views/common/step_axis.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

struct Window {
    explicit Window(int steps) : session(std::make_shared<test::FakeSession>()), scrubber(&model, &selection) {
        QObject::connect(&model, &RunModel::stepsArrived, &selection,
                         [this](qint64, qint64 last) { selection.followHead(last); });
        session->advance(steps / 2);
        session->intervene("guidance.ratio", 0.5);
        session->advance(steps - steps / 2);
        model.setSession(session);
        scrubber.resize(952, 52);
        scrubber.show();
        axis = StepAxis::of(&model);
    }
    QPoint at(qint64 step) const { return {static_cast<int>(axis->center(double(step))), 22}; }
    QPushButton* pill() { return scrubber.findChild<QPushButton*>("livePill"); }
    std::shared_ptr<test::FakeSession> session;
    RunModel model;
    Selection selection;
    Scrubber scrubber;
    StepAxis* axis;
};

}  // namespace

class TestScrubber : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void draggingFreezesTheViews() {
        Window w(60);
        QVERIFY(w.selection.live());
        QCOMPARE(w.selection.step(), 60);
        QCOMPARE(w.pill()->text(), QStringLiteral("Live"));
        QVERIFY(w.scrubber.line().isEmpty());
        QTest::mousePress(&w.scrubber, Qt::LeftButton, {}, w.at(60));
        QVERIFY(w.selection.live());  // Taking hold is not moving.
        QTest::mouseMove(&w.scrubber, w.at(50));
        QTest::mouseMove(&w.scrubber, w.at(37));
        QTest::mouseRelease(&w.scrubber, Qt::LeftButton, {}, w.at(37));
        QVERIFY(!w.selection.live());
        QCOMPARE(w.selection.step(), 37);
        QCOMPARE(w.pill()->text(), QStringLiteral("Go live"));
    }

    void saysWhereTrainingIs() {
        Window w(60);
        w.selection.setStep(20);
        w.session->set_state(TrainerState::running);
        w.model.poll();  // Makes step 61 while it runs.
        QCOMPARE(w.selection.step(), 20);
        const QString line = w.scrubber.line();
        QVERIFY2(line.startsWith("Viewing step 20. Training goes on at step "), qPrintable(line));
        QVERIFY(line.endsWith(QStringLiteral(" %1.").arg(w.model.lastStep())));
        QVERIFY(w.scrubber.accessibleDescription().contains("Viewing step 20"));
    }

    void stepsBackForwardAndLive() {
        Window w(60);
        QVERIFY(!w.scrubber.findChild<QToolButton*>("stepForwardButton")->isEnabled());
        QTest::mouseClick(w.scrubber.findChild<QToolButton*>("stepBackButton"), Qt::LeftButton);
        QCOMPARE(w.selection.step(), 59);
        QVERIFY(!w.selection.live());
        w.scrubber.stepForward();
        QCOMPARE(w.selection.step(), 60);
        QVERIFY(!w.selection.live());
        w.scrubber.stepForward();  // There is no later step: back to the head.
        QVERIFY(w.selection.live());
        w.selection.setStep(0);
        w.scrubber.stepBack();
        QCOMPARE(w.selection.step(), 0);
        w.session->advance(5);
        w.model.poll();
        QCOMPARE(w.selection.step(), 0);
        QTest::mouseClick(w.pill(), Qt::LeftButton);
        QVERIFY(w.selection.live());
        QCOMPARE(w.selection.step(), 65);
    }

    void goesFromMarkerToMarker() {
        Window w(60);
        std::vector<qint64> markers;
        for (const auto& marker : w.model.markers()) markers.push_back(marker.step);
        QCOMPARE(markers.size(), std::size_t(2));  // The cold start's end and the edit.
        w.selection.setStep(5);
        w.scrubber.nextMarker();
        QCOMPARE(w.selection.step(), markers[0]);
        w.scrubber.nextMarker();
        QCOMPARE(w.selection.step(), markers[1]);
        w.scrubber.nextMarker();
        QCOMPARE(w.selection.step(), markers[0]);
    }

    void clickOnADiamondGoesToItsStep() {
        Window w(60);
        QTest::mouseClick(&w.scrubber, Qt::LeftButton, {}, QPoint(w.axis->columnLeft(31), 22));
        QCOMPARE(w.selection.step(), 31);
    }

    void worksWithoutARun() {
        RunModel model;
        Selection selection;
        Scrubber scrubber(&model, &selection);
        scrubber.resize(952, 52);
        scrubber.grab();
        scrubber.stepBack();
        scrubber.stepForward();
        scrubber.nextMarker();
        QTest::mouseClick(&scrubber, Qt::LeftButton, {}, QPoint(400, 22));
        QVERIFY(selection.live());
    }
};

QTEST_MAIN(TestScrubber)
#include "test_scrubber.moc"
