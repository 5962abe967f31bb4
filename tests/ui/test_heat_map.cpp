// SPDX-License-Identifier: GPL-3.0-or-later
// The heat map and its legend through what a person sees and does.
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include "ui/fake_session.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/legend.h"
#include "ui/views/live/map_states.h"
#include "ui/views/common/step_axis.h"
#include "ui/views/common/tier_labels.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

struct Window {
    explicit Window(int steps, int width = 952, int height = 420, Experiment experiment = longRun())
        : session(std::make_shared<test::FakeSession>(std::move(experiment))),
          map(&model, &selection),
          legend(&model, &selection) {
        QObject::connect(&model, &RunModel::stepsArrived, &selection,
                         [this](qint64, qint64 last) { selection.followHead(last); });
        session->advance(steps);
        model.setSession(session);
        map.resize(width, height);
        legend.resize(width, 30);
        map.show();
        legend.show();
        picture();
    }
    static Experiment longRun() {
        Experiment experiment = test::FakeSession::example();
        experiment.steps = 5000;
        return experiment;
    }
    void advance(int steps) {
        session->advance(steps);
        model.poll();
    }
    QImage picture() { return map.grab().toImage(); }
    /// A problem drawn at this step, of a given legend entry.
    int problemAt(qint64 step, int entry) const {
        for (const GroupSummary& group : model.steps()[static_cast<std::size_t>(step)]->groups)
            if (legendEntry(group) == entry) return static_cast<int>(group.problem);
        return -1;
    }
    QColor colorAt(int problem, qint64 step) {
        return picture().pixelColor(map.cellRect(problem, step).bottomRight() - QPoint(1, 1));
    }
    void wheel(QWidget& target, QPoint at, int notches) {
        QWheelEvent event(at, target.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&target, &event);
    }
    std::shared_ptr<test::FakeSession> session;
    RunModel model;
    Selection selection;
    HeatMap map;
    Legend legend;
};

int distance(const QColor& a, const QColor& b) {
    return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue());
}

}  // namespace

class TestHeatMap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void cellsShowStates() {
        Window w(60);
        const Theme& theme = Theme::instance();
        const int right = w.problemAt(50, 2);
        QVERIFY(right >= 0);
        QCOMPARE(w.colorAt(right, 50), theme.color(ColorRole::allRight));
        int rescued = -1;
        qint64 step = 21;
        for (; rescued < 0 && step < 60; ++step) rescued = w.problemAt(step, 3);
        --step;
        QVERIFY(rescued >= 0);
        const QRect cell = w.map.cellRect(rescued, step);
        const QImage image = w.picture();
        QCOMPARE(image.pixelColor(cell.center().x(), cell.bottom()), theme.color(ColorRole::rescued25));
        QCOMPARE(image.pixelColor(cell.center().x(), cell.top()), theme.color(ColorRole::rescuedGround));
    }

    void hardestTierIsOnTop() {
        Window w(3);
        const int hardest = w.model.rows().front(), easiest = w.model.rows().back();
        QCOMPARE(w.model.tierOf(hardest), w.model.tierCount() - 1);
        QVERIFY(w.map.cellRect(hardest, 1).top() < w.map.cellRect(easiest, 1).top());
        QCOMPARE(w.map.mapLayout().bands.size(), std::size_t(4));
        const auto& bands = w.map.mapLayout().bands;
        QVERIFY(bands[1].top - (bands[0].top + bands[0].height) >= 5);
    }

    void stateStaysFaintBetweenVisits() {
        Window w(40);
        const int problem = w.problemAt(31, 2);  // The first step of an epoch: nothing is drawn again at 32.
        QVERIFY(problem >= 0);
        const QColor fresh = w.colorAt(problem, 31), faint = w.colorAt(problem, 32);
        w.map.setOnlyFresh(true);
        const QColor none = w.colorAt(problem, 32);
        QVERIFY(distance(faint, none) > 0);
        QVERIFY(distance(faint, none) < distance(fresh, none) / 2);
        QCOMPARE(w.colorAt(problem, 31), fresh);
    }

    void onlyNewColumnsAreDrawn() {
        Window w(50);
        const qint64 before = w.map.columnsDrawn();
        w.advance(3);
        w.picture();
        QCOMPARE(w.map.columnsDrawn(), before + 3);
        w.picture();
        QCOMPARE(w.map.columnsDrawn(), before + 3);
    }

    void manyStepsAndRowsAreBinned() {
        Window w(2000, 952, 150);
        StepAxis* axis = w.map.axis();
        QVERIFY(axis->bin() > 1);
        QVERIFY(axis->pitch() >= 4);
        QVERIFY(axis->visible(0) && axis->visible(2000));
        const MapLayout& layout = w.map.mapLayout();
        QVERIFY(layout.bin > 1);
        QVERIFY(layout.pitch >= 4);
        for (int row = 0; row < 48; ++row) {
            const auto [first, last] = layout.rowsOf(layout.lineOf(row));
            QVERIFY(first <= row && row < last);
            // Both problems of a line can be pointed at.
            QCOMPARE(layout.rowAt(layout.lineTop(layout.lineOf(row)) + (row - first + 0.5) * layout.pitch / layout.bin),
                     row);
        }
        for (qint64 step = 0; step <= 2000; step += 37) QCOMPARE(axis->stepAt(axis->center(double(step))), step);
    }

    void clickSelectsProblemAndStep() {
        Window w(60);
        const int problem = w.model.rows()[17];
        QTest::mouseClick(&w.map, Qt::LeftButton, {}, w.map.cellRect(problem, 23).center());
        QCOMPARE(w.selection.problem(), problem);
        QCOMPARE(w.selection.step(), 23);
        QVERIFY(!w.selection.live());
    }

    void dragBrushesProblems() {
        Window w(60);
        const QPoint from = w.map.cellRect(w.model.rows()[4], 20).center(),
                     to = w.map.cellRect(w.model.rows()[7], 30).center();
        QTest::mousePress(&w.map, Qt::LeftButton, {}, from);
        QTest::mouseMove(&w.map, from + QPoint(2, 20));
        QTest::mouseMove(&w.map, to);
        QTest::mouseRelease(&w.map, Qt::LeftButton, {}, to);
        std::set<int> wanted;
        for (int row = 4; row <= 7; ++row) wanted.insert(w.model.rows()[static_cast<std::size_t>(row)]);
        QCOMPARE(w.selection.brushed(), wanted);
        QVERIFY(w.selection.live());  // A brush does not freeze the views.
        QTest::keyClick(&w.map, Qt::Key_Escape);
        QVERIFY(w.selection.brushed().empty());
    }

    void hoverSaysWhatACellMeans() {
        Window w(60);
        const int problem = w.problemAt(50, 2);
        QVERIFY(w.map.cardText().isEmpty());
        QTest::mouseMove(&w.map, w.map.cellRect(problem, 50).center());
        QTRY_VERIFY(!w.map.cardText().isEmpty());
        const QString text = w.map.cardText();
        QVERIFY2(text.contains(w.model.problemName(problem)) && text.contains("step 50"), qPrintable(text));
        QVERIFY2(text.contains("All right: 8 of 8 right") && text.contains("gradient from this group: no"),
                 qPrintable(text));
    }

    void wheelZoomsAndKeepsLive() {
        Window w(90);
        StepAxis* axis = w.map.axis();
        const QPoint at = w.map.cellRect(w.model.rows()[10], 30).center();
        const double before = axis->pixelsPerStep();
        w.wheel(w.map, at, 3);
        QVERIFY(axis->pixelsPerStep() > before);
        QCOMPARE(axis->stepAt(at.x()), 30);
        QVERIFY(!axis->follow());
        QVERIFY(w.selection.live());
        w.advance(1);
        QVERIFY(!axis->follow());
        QCOMPARE(w.selection.step(), 91);
        QSignalSpy opened(&w.map, &HeatMap::inspectAsked);
        QTest::mouseDClick(&w.map, Qt::LeftButton, {}, at);
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened.front().front().toInt(), w.model.rows()[10]);
        QTest::mouseDClick(&w.map, Qt::LeftButton, {}, QPoint(w.map.width() - 4, at.y()));  // Beside the cells: the whole run again.
        QVERIFY(axis->follow());
        QCOMPARE(axis->pixelsPerStep(), before);
    }

    void arrowKeysMoveTheSelection() {
        Window w(60);
        w.selection.setProblem(w.model.rows()[5]);
        QTest::keyClick(&w.map, Qt::Key_Down);
        QCOMPARE(w.selection.problem(), w.model.rows()[6]);
        QTest::keyClick(&w.map, Qt::Key_Up);
        QTest::keyClick(&w.map, Qt::Key_Up);
        QCOMPARE(w.selection.problem(), w.model.rows()[4]);
        QTest::keyClick(&w.map, Qt::Key_Left);
        QCOMPARE(w.selection.step(), 59);
        QTest::keyClick(&w.map, Qt::Key_Home);
        QCOMPARE(w.selection.step(), 1);
        QTest::keyClick(&w.map, Qt::Key_Right);
        QCOMPARE(w.selection.step(), 2);
    }

    void markerFlagOpensItsEdit() {
        Window w(30);
        w.session->intervene("guidance.ratio", 0.25);
        w.advance(20);
        w.picture();
        QSignalSpy opened(&w.map, &HeatMap::openMarker);
        QTest::mouseClick(&w.map, Qt::LeftButton, {}, QPoint(w.map.axis()->columnLeft(31), 11));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened.front().front().toLongLong(), 31);
    }

    void legendFiltersAndCounts() {
        Window w(60);
        std::array<qint64, kLegendEntries> counts{};
        for (const auto& step : w.model.steps())
            if (step->step <= 40)
                for (const GroupSummary& group : step->groups) ++counts[static_cast<std::size_t>(legendEntry(group))];
        w.selection.setStep(40);
        for (int entry = 0; entry < kLegendEntries; ++entry)
            QCOMPARE(w.legend.count(entry), counts[static_cast<std::size_t>(entry)]);
        w.selection.setLive(true);
        w.selection.followHead(60);

        const int problem = w.problemAt(50, 2);
        const QColor shown = w.colorAt(problem, 50);
        QTest::mouseClick(w.legend.findChild<LegendChip*>("legendChip2"), Qt::LeftButton);
        QVERIFY(!w.selection.stateShown(2));
        const QColor dimmed = w.colorAt(problem, 50);
        QVERIFY(dimmed != shown);
        QTest::mouseClick(w.legend.findChild<LegendChip*>("legendChip2"), Qt::LeftButton);
        QCOMPARE(w.colorAt(problem, 50), shown);
    }

    void descriptionSumsUpTheStep() {
        Window w(60);
        w.selection.setStep(10);
        w.picture();
        int wrong = 0;
        for (const int problem : w.model.rows()) {
            const GroupSummary* group = w.model.lastGroup(problem, 10);
            wrong += group && group->state() == GroupState::all_wrong;
        }
        QVERIFY(wrong > 0);
        QVERIFY2(
            w.map.accessibleDescription().startsWith(QStringLiteral("step 10: %1 of 48 problems all wrong").arg(wrong)),
            qPrintable(w.map.accessibleDescription()));
    }

    void anotherRunReplacesTheFirst() {
        Window w(60);
        w.selection.setStep(40);
        w.model.setSession(std::make_shared<test::FakeSession>());
        QCOMPARE(w.model.lastStep(), 0);
        w.picture();
        QVERIFY(w.map.axis()->follow());
        QVERIFY(w.map.accessibleDescription().startsWith("no steps yet"));
        for (int entry = 0; entry < kLegendEntries; ++entry) QCOMPARE(w.legend.count(entry), 0);
        w.model.setSession(nullptr);
        w.picture();
    }

    void aViewThatAnswersFirstDoesNoHarm() {
        // It changes the selection while map and legend still know the old rows.
        auto session = std::make_shared<test::FakeSession>();
        session->advance(60);
        RunModel model;
        Selection selection;
        connect(&model, &RunModel::runChanged, &selection, [&] {
            selection.setProblem(selection.problem() < 0 ? 40 : -1);
            selection.setStep(3);
            selection.setStep(50);
        });
        HeatMap map(&model, &selection);
        Legend legend(&model, &selection);
        model.setSession(session);
        map.grab();
        QVERIFY(legend.count(0) > 0);
        model.setSession(nullptr);
        map.grab();
        QCOMPARE(legend.count(0), 0);
    }

    void tierNamesAreReadable() {
        QCOMPARE(tierWords("*:10"), QStringLiteral("× depth 10"));
        QCOMPARE(tierWords("+-:6"), QStringLiteral("+ − depth 6"));
        QCOMPARE(tierWords("algebra"), QStringLiteral("algebra"));
        QCOMPARE(tierWords("n-1"), QStringLiteral("one edge less"));
        QCOMPARE(shareText(.25), QStringLiteral(".25"));
        QCOMPARE(shareText(1), QStringLiteral("1"));
    }
};

QTEST_MAIN(TestHeatMap)
#include "test_heat_map.moc"
