// SPDX-License-Identifier: GPL-3.0-or-later
// The real window over a session without an engine, used by object names as a person would.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <set>

#include "record/error.h"
#include "record/experiment_file.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/fake_session.h"
#include "ui/theme/theme.h"
#include "ui/views/live/attempt_table.h"
#include "ui/views/live/heat_map.h"
#include "ui/views/live/legend.h"
#include "ui/views/live/ratio_rows.h"
#include "ui/views/live/trace_view.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/command_palette.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/script.h"

using namespace foothold;
using namespace foothold::ui;
using test::FakeSession;

namespace {

/// A window with a fake session on an experiment file.
struct Bench {
    QTemporaryDir folder;
    std::shared_ptr<FakeSession> session;
    std::vector<Experiment> made;
    std::unique_ptr<MainWindow> window;

    explicit Bench(QSize size = {1600, 1000}, const QString& file = QStringLiteral("mine.toml")) {
        SessionDoors doors;
        doors.create = [this](const Experiment& experiment, const SessionOptions&) {
            made.push_back(experiment);
            session = std::make_shared<FakeSession>(experiment, folder.filePath(QStringLiteral("run")).toStdString());
            return session;
        };
        doors.open = [](const SessionOptions& options, bool) -> std::shared_ptr<Session> { throw UserError(options.dir.string() + " is not a run directory"); };
        WindowOptions options;
        options.remember = false;
        options.runs = folder.filePath(QStringLiteral("runs")).toStdString();
        window = std::make_unique<MainWindow>(doors, options);
        window->resize(size);
        window->show();
        save_text_file(path(file).toStdString(), write_experiment(FakeSession::example()));
        window->openPath(path(file).toStdString());
        QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    }
    QString path(const QString& file) const { return folder.filePath(file); }
    template <class T>
    T* find(const char* name) const {
        T* found = window->findChild<T*>(QString::fromLatin1(name));
        if (!found) qFatal("no %s", name);
        return found;
    }
    void trigger(const char* id) const { window->actions().find(QString::fromLatin1(id))->trigger(); }
    void click(const char* name) const { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    QString text(const char* name) const { return find<QLabel>(name)->text(); }
    void advance(int steps) const {
        session->advance(steps);
        window->model()->poll();
    }
};

}  // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void runPauseStepStop() {
        Bench bench;
        QPushButton* run = bench.find<QPushButton>("run.button");
        QCOMPARE(run->text(), QStringLiteral("Run"));
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_VERIFY(bench.window->model()->lastStep() >= 2);
        QCOMPARE(run->text(), QStringLiteral("Pause"));
        QVERIFY(!bench.window->actions().find(QStringLiteral("step"))->isEnabled());
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_COMPARE(bench.text("status.state"), QStringLiteral("Paused"));
        const qint64 before = bench.window->model()->lastStep();
        bench.click("step.button");
        QCOMPARE(bench.window->model()->lastStep(), before + 1);
        QCOMPARE(bench.text("counter.step"), QStringLiteral("Step %1 / 120").arg(before + 1));
        QCOMPARE(bench.window->selection()->step(), before + 1);  // The views follow.
        bench.click("stop.button");
        QCOMPARE(bench.text("status.state"), QStringLiteral("Finished"));
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("Stopped after")));
        QVERIFY(bench.window->windowTitle().contains(QStringLiteral("finished")));
        bench.click("notice.go-on");
        QTRY_COMPARE(bench.text("status.state"), QStringLiteral("Training"));
    }

    void aRatioIsPendingThenInEffectThenMarked() {
        Bench bench;
        bench.advance(5);
        auto* slider = bench.find<RatioSlider>("ratio.T4");
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_PageDown);  // .75 -> .50
        QCOMPARE(slider->ratio(), 0.5);
        QCOMPARE(bench.text("pending.title"), QStringLiteral("1 change from step 6"));
        QVERIFY(bench.find<QPushButton>("pending.undo")->isVisible());
        bench.click("pending.undo");
        QCOMPARE(bench.text("pending.title"), QStringLiteral("All changes are in effect"));
        QCOMPARE(slider->ratio(), 0.75);

        auto* field = bench.find<QLineEdit>("ratio.T4.value");
        field->selectAll();
        QTest::keyClicks(field, QStringLiteral(".4"));
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(slider->ratio(), 0.4);
        bench.click("step.button");
        QCOMPARE(bench.text("pending.title"), QStringLiteral("All changes are in effect"));
        QCOMPARE(bench.session->experiment().guidance.ratios.at("*:10"), 0.4);
        QCOMPARE(bench.window->model()->markers().front().text, QStringLiteral("T4 ratio .75 → .40 @ step 6"));

        auto* all = bench.find<RatioSlider>("ratio.all");
        all->setFocus();
        QTest::keyClick(all, Qt::Key_PageDown);
        QCOMPARE(slider->ratio(), 0.5);  // "All" is all tiers.
        bench.trigger("edit.undo");
        QCOMPARE(slider->ratio(), 0.4);
        bench.trigger("edit.undo");  // Not .75 of its own: none of its own, as it was.
        bench.click("step.button");
        QCOMPARE(slider->ratio(), 0.75);
        QVERIFY(bench.session->experiment().guidance.ratios.empty());
        field->selectAll();
        QTest::keyClicks(field, QStringLiteral("abc"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY2(bench.window->notice()->text().contains(QStringLiteral("“abc”")), qPrintable(bench.window->notice()->text()));
        QCOMPARE(slider->ratio(), 0.75);
    }

    void aMarkerCanBeReverted() {
        Bench bench;
        bench.advance(2);
        bench.window->editor()->edit("guidance.accept", std::string("two"));
        bench.advance(1);
        Q_EMIT bench.window->findChild<HeatMap*>()->openMarker(3);
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("any → two")));
        QCOMPARE(bench.window->selection()->step(), 3);
        bench.click("notice.revert");
        QCOMPARE(bench.session->pending().front().key, std::string("guidance.accept"));
        QCOMPARE(std::get<std::string>(bench.session->pending().front().value), std::string("any"));
    }

    void corruptionAndPolicyFromTheirRows() {
        Bench bench;
        bench.advance(1);
        QVERIFY(!bench.find<RatioSlider>("corruption.dose")->isEnabled());
        auto* op = bench.find<QComboBox>("corruption.operator");
        op->setCurrentIndex(op->findData(QStringLiteral("swap")));
        Q_EMIT op->activated(op->currentIndex());
        QVERIFY(bench.find<RatioSlider>("corruption.dose")->isEnabled());
        bench.trigger("guidance.fixed");
        QCOMPARE(bench.find<QComboBox>("guidance.schedule")->currentData().toString(), QStringLiteral("fixed"));
        bench.advance(1);
        QCOMPARE(bench.session->experiment().corruption.operation, std::string("swap"));
        QCOMPARE(bench.session->experiment().guidance.policy, std::string("fixed"));
    }

    void aKeyThatNeedsANewRunOffersOne() {
        Bench bench;
        bench.advance(3);
        const auto first = bench.session;
        bench.window->editor()->edit("sampling.attempts", std::int64_t{16});
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("needs a new run")));
        QCOMPARE(bench.window->model()->session(), first.get());
        bench.click("notice.new-run");
        QVERIFY(bench.window->model()->session() != first.get());
        QCOMPARE(bench.made.back().sampling.attempts, 16);
        QCOMPARE(bench.window->model()->lastStep(), 0);
    }

    void editsBeforeTheStartBelongToTheRun() {
        Bench bench;
        bench.window->editor()->edit("guidance.ratio", 0.5);
        QCOMPARE(bench.made.size(), std::size_t(1));
        bench.click("step.button");
        QCOMPARE(bench.made.size(), std::size_t(2));
        QCOMPARE(bench.made.back().guidance.ratio, 0.5);
        QVERIFY(bench.window->model()->markers().empty());
        QCOMPARE(bench.window->model()->lastStep(), 1);
    }

    void aProblemShowsItsGroup() {
        Bench bench;
        bench.advance(40);
        QVERIFY(bench.window->selectProblem(QStringLiteral("P-40")));
        QCOMPARE(bench.text("problem.name"), QStringLiteral("P-40"));
        auto* table = bench.find<AttemptTable>("attempts");
        QTRY_COMPARE(table->attempts().size(), std::size_t(8));
        qint64 at = -1;
        const GroupSummary* group = bench.window->model()->lastGroup(39, 40, &at);
        QCOMPARE(bench.text("group.title"), QStringLiteral("Group at step %1").arg(at));
        int right = 0;
        for (const Attempt& a : table->attempts()) right += a.verdict == Verdict::correct;
        QCOMPARE(right, int(group->correct));
        QTest::mouseClick(table, Qt::LeftButton, {}, table->rowRect(2).center());
        QCOMPARE(bench.window->selection()->attempt(), 2);
        auto* trace = bench.find<TraceView>("attempt.trace");
        QVERIFY(trace->isVisible());
        QCOMPARE(trace->trace().firstWrong, table->attempts()[2].first_wrong_step);
        bench.window->selection()->setStep(1);  // Frozen early in the run: an earlier group or none.
        QTRY_VERIFY(bench.text("group.title") != QStringLiteral("Group at step %1").arg(at));
        bench.click("problem.next");
        QVERIFY(bench.text("problem.name") != QStringLiteral("P-40"));
    }

    void theLegendFilters() {
        Bench bench;
        bench.advance(30);
        const auto chips = bench.window->findChildren<LegendChip*>();
        QCOMPARE(chips.size(), kLegendEntries);
        QTest::mouseClick(chips[0], Qt::LeftButton);
        QVERIFY(!bench.window->selection()->stateShown(0));
        QTest::mouseClick(chips[0], Qt::LeftButton);
        QVERIFY(bench.window->selection()->stateShown(0));
    }

    void thePaletteFindsAndRuns() {
        QVERIFY(fuzzyScore(QStringLiteral("kym"), QStringLiteral("Keys and mouse")) > 0);
        QCOMPARE(fuzzyScore(QStringLiteral("xyz"), QStringLiteral("Keys and mouse")), -1);
        Bench bench;
        bench.click("palette.button");
        auto* field = bench.find<QLineEdit>("palette.field");
        auto* list = bench.find<QListWidget>("palette.list");
        QCOMPARE(list->count(), int(bench.window->actions().all().size()) - 1);
        QTest::keyClicks(field, QStringLiteral("one step"));
        QCOMPARE(list->currentItem()->text(), QStringLiteral("One step"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(bench.window->model()->lastStep(), 1);
    }

    void everyActionHasItsOwnIdAndShortcut() {
        Bench bench;
        std::set<QString> ids, keys;
        for (const QAction* action : bench.window->actions().all()) {
            QVERIFY2(!action->text().isEmpty(), qPrintable(action->objectName()));
            QVERIFY2(ids.insert(action->objectName()).second, qPrintable(action->objectName()));
            if (!action->shortcut().isEmpty()) QVERIFY2(keys.insert(action->shortcut().toString()).second, qPrintable(action->objectName()));
        }
        for (const char* id : {"run", "pause", "step", "stop", "file.new", "file.open", "file.save", "file.save-as", "runs", "theme.toggle", "palette", "view.live", "intervene", "quit"})
            QVERIFY2(ids.contains(QString::fromLatin1(id)), id);
    }

    void savedAndOpenedAgainItIsTheSame() {
        Bench bench;
        const QString target = bench.path(QStringLiteral("changed.toml"));
        bench.window->editor()->edit("guidance.ratio", 0.25);
        QVERIFY(bench.window->isWindowModified());
        const auto before = std::exchange(MainWindow::askFile, [&](QWidget*, const FileQuestion&, std::function<void(const QString&)> answer) { answer(target); });
        bench.trigger("file.save-as");
        QVERIFY(!bench.window->isWindowModified());
        QVERIFY(bench.window->windowTitle().startsWith(QStringLiteral("changed — seed 1")));
        const Experiment saved = read_experiment(target.toStdString());
        QCOMPARE(write_experiment(saved), write_experiment(bench.window->editor()->shown()));
        bench.window->editor()->edit("guidance.ratio", 1.0);
        bench.trigger("file.open");
        QCOMPARE(bench.window->editor()->shown().guidance.ratio, 0.25);
        // A broken file: a message, and what was open stays.
        save_text_file(target.toStdString(), "guidance.ration = 3\n");
        bench.trigger("file.open");
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("guidance.ratio")));
        QCOMPARE(bench.window->editor()->shown().guidance.ratio, 0.25);
        MainWindow::askFile = before;
    }

    void aFailureIsToldAndStays() {
        Bench bench;
        bench.advance(2);
        bench.session->fail("the loss is not finite at step 3");
        bench.window->model()->poll();
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("not finite")));
        QCOMPARE(bench.text("status.state"), QStringLiteral("Failed"));
        QCOMPARE(bench.find<QPushButton>("status.error")->text(), QStringLiteral("1 error"));
        QVERIFY(!bench.window->actions().find(QStringLiteral("run"))->isEnabled());
    }

    void narrowWindowsHaveTabs() {
        Bench bench({1280, 800});
        bench.advance(10);
        auto* tab = bench.find<QToolButton>("tab.problem");
        QVERIFY(tab->isVisible());
        QVERIFY(bench.find<QWidget>("experiment")->isVisible());
        QTest::mouseClick(tab, Qt::LeftButton);
        QVERIFY(bench.find<QWidget>("problem")->isVisible());
        QVERIFY(!bench.find<QWidget>("experiment")->isVisible());
        QVERIFY(bench.window->findChild<HeatMap*>()->width() >= 690);
        bench.window->resize(1600, 1000);
        QTRY_VERIFY(bench.find<QWidget>("experiment")->isVisible() && bench.find<QWidget>("problem")->isVisible());
        QVERIFY(!tab->isVisible());
    }

    void dialogsOpenOverARun() {
        Bench bench;
        bench.advance(3);
        for (const auto& [id, dialog] : {std::pair{"intervene", "intervene.dialog"}, {"runs", "runs.dialog"}, {"help.keys", "keys.dialog"}, {"help.about", "about.dialog"}, {"help.log", "log.dialog"}}) {
            bench.trigger(id);
            auto* opened = bench.find<QDialog>(dialog);
            QVERIFY2(opened->isVisible(), id);
            QVERIFY(!picture(bench.window.get()).isNull());
            opened->reject();
        }
        bench.trigger("intervene");
        auto* value = bench.find<QLineEdit>("intervene.value");
        value->setText(QStringLiteral("1.5"));
        bench.click("intervene.apply");
        QVERIFY(bench.text("intervene.message").contains(QStringLiteral("0 to 1")));
        value->setText(QStringLiteral("0.5"));
        bench.click("intervene.apply");
        QCOMPARE(bench.session->pending().size(), std::size_t(1));
    }

    void closingWhileRunning() {
        Bench bench;
        bench.click("run.button");
        QTRY_VERIFY(bench.window->model()->lastStep() >= 1);
        std::weak_ptr<FakeSession> watched = bench.session;
        bench.session.reset();
        QVERIFY(bench.window->close());
        bench.window.reset();
        QVERIFY(watched.expired());  // The session has ended with the window.
    }
};

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"
