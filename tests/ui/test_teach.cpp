// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons: their files, what a prediction comes to, and a walk through lesson 1 in the real window with the real engine.
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>

#include "record/error.h"
#include "record/experiment_file.h"
#include "ui/lessons/handout.h"
#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/theme/theme.h"
#include "ui/views/teach/lesson_map.h"
#include "ui/views/teach/slow_motion.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/main_window.h"
#include "ui/workspaces/teach_workspace.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

constexpr int patience = 120000;

/// A lesson that is over in 15 steps of a few problems.
const char* const kSmall = R"(number = 1
title = "Small"
question = "Does it work?"
preset = "claim-1"
set = ["problems.pool=8", "sampling.problems=8", "sampling.attempts=4", "guidance.policy=grpo", "heldout.every=5", "heldout.n=8"]
waiting = "Nothing much."
against = "It is a test."
[[steps]]
title = "Look"
text = "Look at **this**."
drawing = { kind = "traces", tiers = ["+:4"] }
run_to = 3
[[steps]]
title = "Dead groups"
text = "They are dead."
drawing = { kind = "advantages" }
run_to = 5
[steps.prediction]
question = "How many stay dead?"
measure = "all-wrong"
tiers = ["*:10"]
last = 2
measured = "of the hard groups were all wrong"
least = 4
unclear = "Between."
[[steps.prediction.options]]
text = "All"
at_least = 0.7
happened = "All dead."
[[steps.prediction.options]]
text = "None"
at_most = 0.3
happened = "None dead."
[[steps]]
title = "Hint"
text = "Now a hint."
drawing = { kind = "rounds" }
change = "guidance.policy=ghpo"
run_to = 10
slow_motion = true
[steps.prediction]
question = "How many new problems?"
measure = "held-out"
tiers = ["*:10"]
measured = "of new hard problems"
least = 8
unclear = "Between."
[[steps.prediction.options]]
text = "Few"
at_most = 0.5
happened = "Few it was."
[[steps.prediction.options]]
text = "Many"
at_least = 0.6
happened = "Many it was."
)";

QString replaced(const char* before, const char* after) { return QString::fromUtf8(kSmall).replace(QLatin1String(before), QLatin1String(after)); }

std::string complaint(const QString& text) {
    try {
        parseLesson(text.toStdString(), "folder/1-small.toml");
    } catch (const UserError& error) {
        return error.what();
    }
    return {};
}

/// A step in which `wrong` of `all` groups of problem 0 were all wrong, and held-out accuracy was `heldout`.
std::shared_ptr<StepSummary> summary(int step, int wrong, int all, double heldout = -1) {
    auto made = std::make_shared<StepSummary>();
    made->step = step;
    for (int i = 0; i < all; ++i) {
        GroupSummary group;
        group.attempts = 8;
        group.correct_before = i < wrong ? 0 : 2;
        group.correct = 2;
        group.sound = i % 2 ? 2 : 1;
        made->groups.push_back(group);
    }
    if (heldout >= 0) made->metrics.emplace_back("heldout/*:10/accuracy", heldout);
    return made;
}

struct Bench {
    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window;

    explicit Bench(bool shipped = false) {
        SessionDoors doors{[](const Experiment& e, const SessionOptions& o) { return std::shared_ptr<Session>(Session::create(e, o)); },
                           [](const SessionOptions& o, bool readOnly) { return std::shared_ptr<Session>(Session::open(o, readOnly)); }};
        WindowOptions options;
        options.remember = false;
        options.session.device = "cpu";
        options.session.dir = folder.filePath(QStringLiteral("first")).toStdString();
        options.runs = folder.filePath(QStringLiteral("runs")).toStdString();
        if (!shipped) {
            QDir(folder.path()).mkdir(QStringLiteral("lessons"));
            options.lessons = folder.filePath(QStringLiteral("lessons")).toStdString();
            save_text_file(options.lessons / "1-small.toml", kSmall);
            save_text_file(options.lessons / "2-broken.toml", replaced("unclear = \"Between.\"", "").toStdString());
        }
        window = std::make_unique<MainWindow>(std::move(doors), options);
        window->resize(1600, 1000);
        window->show();
    }
    template <class T>
    T* find(const char* name) const {
        T* found = window->findChild<T*>(QString::fromLatin1(name));
        if (!found) qFatal("no %s", name);
        return found;
    }
    void trigger(const char* id) const { window->actions().find(QString::fromLatin1(id))->trigger(); }
    void click(const char* name) const { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    QString said(const char* name) const { return find<QLabel>(name)->text(); }
    RunModel* model() const { return window->model(); }
    LessonRun* run() const { return window->teach()->run(); }
    bool at(qint64 step) const { return model()->lastStep() == step && model()->progress().state == TrainerState::paused; }
};

}  // namespace

class TestTeach : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void shippedLessonsAreRead() {
        const auto slots = findLessons(lessonFolder());
        QCOMPARE(slots.size(), std::size_t{6});
        for (const LessonSlot& slot : slots) QCOMPARE(QString::fromStdString(slot.error), QString());
        for (int i = 0; i < 6; ++i) {
            QVERIFY(slots[static_cast<std::size_t>(i)].lesson);
            const Lesson& lesson = *slots[static_cast<std::size_t>(i)].lesson;
            QVERIFY(lesson.experiment.problems.pool <= LessonMap::mostProblems);
            QVERIFY(lesson.experiment.steps > lesson.lastStep());
            QVERIFY(lesson.steps.back().prediction);
        }
    }

    void brokenFilesSayFileLineAndWhatToDo_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* before, const char* after, const char* line, const char* words) {
            QTest::newRow(name) << replaced(before, after) << QString::fromLatin1(line) << QString::fromLatin1(words);
        };
        row("not TOML", "title = \"Small\"", "title = Small", "line 2", "");
        row("unknown key", "title = \"Look\"", "titel = \"Look\"", "line 9", "do you mean title?");
        row("no text for unclear", "unclear = \"Between.\"", "", "line 18", "needs \"unclear\"");
        row("no text for an outcome", "happened = \"All dead.\"", "", "line 26", "needs \"happened\"");
        row("unknown tier", "tiers = [\"*:10\"]", "tiers = [\"*:11\"]", "line 21", "the lesson's experiment has +:4, *:10");
        row("unknown measure", "measure = \"all-wrong\"", "measure = \"wrong\"", "line 20", "all-wrong, right, rescued");
        row("bad value of a change", "guidance.policy=ghpo", "guidance.policy=ghbo", "line 38", "ghpo");
        row("change that needs a new run", "guidance.policy=ghpo", "problems.pool=16", "line 38", "cannot change while a run goes on");
        row("options that both can be true", "at_most = 0.3", "at_most = 0.8", "", "can both be true");
        row("held-out off the beat", "run_to = 10", "run_to = 9", "line 39", "measured every 5 steps");
        row("backwards", "run_to = 10", "run_to = 4", "line 39", "at step 5 already");
        row("no such preset", "claim-1", "claim-7", "line 4", "take one of");
        row("bad override", "problems.pool=8", "problems.pol=8", "line 5", "problems.pool");
        row("nothing against it", "against = \"It is a test.\"", "", "line 1", "what speaks against the claim");
    }
    void brokenFilesSayFileLineAndWhatToDo() {
        QFETCH(QString, text);
        QFETCH(QString, line);
        QFETCH(QString, words);
        const QString said = QString::fromStdString(complaint(text));
        QVERIFY2(said.contains(QLatin1String("1-small.toml")), qPrintable(said));
        QVERIFY2(said.contains(line), qPrintable(said));
        QVERIFY2(said.contains(words), qPrintable(said));
        QCOMPARE(complaint(QString::fromUtf8(kSmall)), std::string());
    }

    void predictionsComeOutBothWaysOrUnclear() {
        const Lesson lesson = parseLesson(kSmall, "1-small.toml");
        std::vector<Problem> problems(1);
        problems[0].tier = "*:10";
        const auto judged = [&](int wrong, int all) {
            const std::vector<std::shared_ptr<const StepSummary>> steps = {summary(0, 0, 0), summary(1, 0, 4), summary(2, 0, 4), summary(3, 0, 4), summary(4, wrong, all), summary(5, wrong, all)};
            return judge(lesson.steps[1], steps, problems, 8);
        };
        QCOMPARE(judged(4, 4).state, LessonOutcome::State::happened);
        QCOMPARE(judged(4, 4).option, 0);
        QCOMPARE(judged(4, 4).measured.n, 8);  // The two steps asked for, not those before.
        QCOMPARE(judged(0, 4).option, 1);
        QCOMPARE(judged(2, 4).state, LessonOutcome::State::unclear);
        QCOMPARE(judged(1, 1).state, LessonOutcome::State::unclear);  // Two groups are too few.
        const std::vector<std::shared_ptr<const StepSummary>> early = {summary(0, 0, 0), summary(1, 1, 1)};
        QCOMPARE(judge(lesson.steps[1], early, problems, 8).state, LessonOutcome::State::waiting);

        std::vector<std::shared_ptr<const StepSummary>> steps;
        for (int step = 0; step <= 10; ++step) steps.push_back(summary(step, 0, 4, step == 5 ? .75 : -1));
        const LessonOutcome heldout = judge(lesson.steps[2], steps, problems, 8);
        QCOMPARE(heldout.option, 1);
        QCOMPARE(heldout.measured.to, 5);
        const Measured lucky = measure({MeasureKind::lucky, {"*:10"}, 1}, 10, steps, problems, 8);
        QCOMPARE(lucky.n, 8);
        QCOMPARE(lucky.share, .25);
    }

    void aBrokenLessonStandsWhereItWouldBe() {
        Bench bench;
        bench.trigger("view.teach");
        QVERIFY(bench.window->teach()->isVisible());
        QVERIFY(bench.said("lesson.error-2").contains(QLatin1String("2-broken.toml: line")));
        QVERIFY(bench.find<QPushButton>("lesson.start-1")->isEnabled());
        QVERIFY(!bench.window->findChild<QPushButton*>(QStringLiteral("lesson.start-2")));
    }

    void walkWithHandoutAndSlowMotion() {
        Bench bench;
        bench.trigger("view.teach");
        bench.click("lesson.start-1");
        QVERIFY(bench.window->teach()->inLesson());
        auto* next = bench.find<QPushButton>("lesson.next");
        QVERIFY(!next->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(bench.find<QPushButton>("lesson.play")->isEnabled(), patience);
        bench.click("lesson.speed-3");
        bench.click("lesson.play");
        QTRY_VERIFY_WITH_TIMEOUT(bench.at(3) && next->isEnabled(), patience);  // To the end of this part, not past it.
        bench.click("lesson.next");
        QCOMPARE(bench.run()->current(), 1);

        // The question comes before the steps.
        QVERIFY(!bench.find<QPushButton>("lesson.play")->isEnabled());
        QVERIFY(!bench.find<QPushButton>("lesson.lock")->isEnabled());
        QVERIFY(!next->isEnabled());
        QTest::keyClick(bench.window->teach(), Qt::Key_1);
        QVERIFY(bench.find<QRadioButton>("lesson.option-1")->isChecked());
        QTest::keyClick(bench.window->teach(), Qt::Key_2);
        QVERIFY(bench.find<QRadioButton>("lesson.option-2")->isChecked());
        QCOMPARE(bench.model()->lastStep(), 3);
        QTest::keyClick(bench.window->teach(), Qt::Key_Return);
        QVERIFY(bench.run()->locked(1));
        QTRY_VERIFY_WITH_TIMEOUT(bench.at(5) && next->isEnabled(), patience);
        QTest::keyClick(bench.window->teach(), Qt::Key_1);  // Too late.
        QCOMPARE(bench.run()->chosen(1), 1);
        const LessonOutcome outcome = bench.run()->outcome(1);
        const Measured again = measure(bench.run()->lesson().steps[1].prediction->measure, 5, bench.model()->steps(), bench.model()->info().problems, 8);
        QCOMPARE(outcome.measured.share, again.share);
        QVERIFY(bench.find<QLabel>("lesson.verdict")->isVisible());
        QCOMPARE(bench.said("lesson.verdict"), outcome.state == LessonOutcome::State::unclear ? QStringLiteral("Unclear") : outcome.option == 1 ? QStringLiteral("As you predicted") : QStringLiteral("It came out differently"));

        // The hint is given from this part's first step on, and is no change by hand.
        QTest::keyClick(bench.window->teach(), Qt::Key_Return);
        QCOMPARE(bench.run()->current(), 2);
        QTest::keyClick(bench.window->teach(), Qt::Key_1);
        bench.click("lesson.lock");
        QTRY_VERIFY_WITH_TIMEOUT(bench.at(10) && next->isEnabled(), patience);
        const auto& applied = bench.model()->steps()[6]->applied;
        QCOMPARE(applied.size(), std::size_t{1});
        QCOMPARE(applied[0].key, std::string("guidance.policy"));
        QVERIFY(bench.run()->changedByHand().isEmpty());
        QVERIFY(bench.said("lesson.ending").contains(QLatin1String("It is a test.")));

        // Slow motion: seven stages of the step that was just trained.
        bench.click("lesson.slow-motion");
        auto* slow = bench.window->findChild<SlowMotion*>();
        QVERIFY(slow);
        QTRY_COMPARE_WITH_TIMEOUT(slow->stages().size(), std::size_t{7}, patience);
        for (int stage = 0; stage < 7; ++stage) {
            QCOMPARE(slow->stage(), stage);
            QVERIFY(!slow->findChild<QTextBrowser*>()->toPlainText().isEmpty());
            if (stage < 6) QTest::keyClick(slow, Qt::Key_Right);
        }
        slow->reject();

        // The handout holds what was predicted and what came out.
        const QString page = handoutHtml(*bench.run(), *bench.model(), QDateTime::currentDateTime());
        QVERIFY(page.contains(QLatin1String("How many stay dead?")));
        QVERIFY(page.contains(QLatin1String("I predicted: <b>None</b>")));
        QVERIFY(page.contains(QLatin1String("I predicted: <b>Few</b>")));
        QVERIFY(page.contains(QStringLiteral("of %1)").arg(outcome.measured.n)));
        QVERIFY(page.contains(QLatin1String("It is a test.")));
        QVERIFY(page.contains(QLatin1String("seed 1")));
        const QString pdf = bench.folder.filePath(QStringLiteral("page.pdf")), html = bench.folder.filePath(QStringLiteral("page.html"));
        MainWindow::askFile = [&](QWidget*, const FileQuestion&, std::function<void(const QString&)> answer) { answer(pdf); };
        bench.trigger("teach.handout");
        QFile file(pdf);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY(bytes.startsWith("%PDF"));
        QCOMPARE(bytes.count("/Type /Page\n"), 1);  // One page.
        writeHandout(page, html);
        QVERIFY(QFile::exists(html));
        QVERIFY_THROWS_EXCEPTION(UserError, writeHandout(page, bench.folder.filePath(QStringLiteral("none/page.pdf"))));

        // Out, back, and into Live: the run and the predictions stay.
        bench.click("lesson.leave");
        QVERIFY(!bench.window->teach()->inLesson());
        bench.click("lesson.resume");
        QVERIFY(bench.window->teach()->inLesson());
        QCOMPARE(bench.run()->current(), 2);
        QCOMPARE(bench.run()->chosen(1), 1);
        QVERIFY(bench.run()->locked(2));
        const auto dir = bench.model()->session()->dir();
        bench.click("lesson.open-in-live");
        QVERIFY(!bench.window->teach()->isVisible());
        QCOMPARE(bench.model()->session()->dir(), dir);
        QVERIFY(bench.find<QWidget>("tools")->isVisible());
    }

    void aRunTrainedOnElsewhereIsNamed() {
        Bench bench;
        bench.trigger("teach.lesson-1");
        QTRY_VERIFY_WITH_TIMEOUT(bench.find<QPushButton>("lesson.play")->isEnabled(), patience);
        bench.click("lesson.play");
        QTRY_VERIFY_WITH_TIMEOUT(bench.at(3), patience);
        bench.click("lesson.open-in-live");
        bench.model()->session()->intervene("optimizer.lr", 1e-3);
        bench.model()->session()->run_until(10);
        QTRY_VERIFY_WITH_TIMEOUT(bench.at(10), patience);
        bench.trigger("view.teach");
        QVERIFY(bench.window->teach()->inLesson());
        bench.click("lesson.next");
        bench.run()->choose(0);
        bench.click("lesson.lock");
        QVERIFY(bench.run()->done(1));  // Its steps are there already.
        QVERIFY(bench.find<QLabel>("lesson.by-hand")->isVisible());
        const QString changes = bench.run()->changedByHand().join(' ');
        QVERIFY2(changes.contains(QLatin1String("optimizer.lr was set at step 4")), qPrintable(changes));
        QVERIFY2(changes.contains(QLatin1String("guidance.policy was not set at step 6")), qPrintable(changes));
        QVERIFY(handoutHtml(*bench.run(), *bench.model(), QDateTime::currentDateTime()).contains(QLatin1String("optimizer.lr")));
    }

    void predictionsSurviveTheWindow() {
        QTemporaryDir kept;
        const std::filesystem::path dir = kept.filePath(QStringLiteral("run")).toStdString();
        {
            Bench bench;
            bench.trigger("view.teach");
            bench.click("lesson.start-1");
            QTRY_VERIFY_WITH_TIMEOUT(bench.find<QPushButton>("lesson.play")->isEnabled(), patience);
            bench.click("lesson.play");
            QTRY_VERIFY_WITH_TIMEOUT(bench.at(3), patience);
            bench.click("lesson.next");
            QTest::keyClick(bench.window->teach(), Qt::Key_2);
            // As if it ended here: what is in the folder now is all there is.
            QTRY_VERIFY_WITH_TIMEOUT(!bench.model()->session()->note("lesson").empty(), patience);
            const auto from = bench.model()->session()->dir();
            bench.window.reset();
            std::filesystem::copy(from, dir, std::filesystem::copy_options::recursive);
        }
        Bench bench;
        bench.window->openRun(dir);
        bench.trigger("view.teach");
        bench.click("lesson.resume");
        QCOMPARE(bench.run()->current(), 1);
        QCOMPARE(bench.run()->chosen(1), 1);
        QVERIFY(!bench.run()->locked(1));
    }

    void aRunThatTrainsIsStoppedAndKept() {
        Bench bench;
        save_text_file(bench.folder.filePath(QStringLiteral("small.toml")).toStdString(), "steps = 5000\n[problems]\ntiers = [\"+:4\", \"*:10\"]\npool = 8\n[sampling]\nproblems = 8\nattempts = 4\n[heldout]\nn = 0\n");
        bench.window->openPath(bench.folder.filePath(QStringLiteral("small.toml")).toStdString());
        const auto before = bench.model()->session()->dir();
        bench.trigger("run");
        QTRY_VERIFY_WITH_TIMEOUT(bench.model()->lastStep() >= 2, patience);
        bench.trigger("teach.lesson-1");
        QVERIFY(bench.window->notice()->text().contains(QLatin1String("was stopped after step")));
        QVERIFY(bench.model()->session()->dir() != before);
        QVERIFY(!bench.window->actions().find(QStringLiteral("intervene"))->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(before / "run.sqlite"), patience);
        bench.trigger("view.live");
        bench.window->openRun(before);
        QTRY_VERIFY_WITH_TIMEOUT(bench.model()->lastStep() >= 2, patience);
        QVERIFY(!bench.run()->active());  // Its run is no longer the window's.
    }
};

QTEST_MAIN(TestTeach)
#include "test_teach.moc"
