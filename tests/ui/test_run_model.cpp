// SPDX-License-Identifier: GPL-3.0-or-later
// The window's copy of a run: indexes, markers, attempts, edits.
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <condition_variable>

#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/trace_book.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/trace_text.h"
#include "ui/fake_session.h"

using namespace foothold;
using namespace foothold::ui;
using test::FakeSession;

namespace {

/// Holds the first reader back until it is let go, so that a second question comes while the first is being answered.
class SlowSession : public FakeSession {
   public:
    std::vector<Attempt> attempts(const AttemptQuery& query) const override {
        std::unique_lock lock(mutex_);
        ++asked;
        wake_.notify_all();
        wake_.wait(lock, [this] { return open_; });
        lock.unlock();
        return FakeSession::attempts(query);
    }
    void waitForQuestion() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return asked > 0; });
    }
    void letGo() {
        const std::scoped_lock lock(mutex_);
        open_ = true;
        wake_.notify_all();
    }
    mutable int asked = 0;

   private:
    mutable std::mutex mutex_;
    mutable std::condition_variable wake_;
    bool open_ = false;
};

AttemptQuery at(std::int64_t step) {
    AttemptQuery query;
    query.step = step;
    return query;
}

}  // namespace

class TestRunModel : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    /// Only a run that ends while it is looked at has ended now.
    void theEndIsToldOnce() {
        auto session = std::make_shared<FakeSession>();
        session->advance(5);
        session->set_state(TrainerState::finished);
        RunModel model;
        QSignalSpy finished(&model, &RunModel::finished);
        model.setSession(session);
        session->set_state(TrainerState::loading);  // For a probe.
        model.poll();
        session->set_state(TrainerState::finished);
        model.poll();
        QCOMPARE(finished.count(), 0);
        session->run();
        model.poll();
        session->set_state(TrainerState::finished);
        model.poll();
        QCOMPARE(finished.count(), 1);
    }

    void stepsAreAligned() {
        const auto pairs = alignSteps({"a", "b", "d", "e"}, {"a", "b", "c", "d", "e"});  // One was deleted: nothing else differs.
        for (const auto& [now, was] : pairs) QCOMPARE(now, was);
        const auto changed = alignSteps({"a", "X", "c"}, {"a", "b", "c"});
        QCOMPARE(changed[1], std::pair(std::string("X"), std::string("b")));
        const auto longer = alignSteps({"a", "n", "b"}, {"a", "b"});
        QCOMPARE(longer[1], std::pair(std::string("n"), std::string()));
        QCOMPARE(longer[2], std::pair(std::string("b"), std::string("b")));
        const auto all = alignSteps({"x", "y"}, {"a", "b", "c"});
        QCOMPARE(all[1], std::pair(std::string("y"), std::string("b")));
        // Another problem's trace has a step of this one by chance, elsewhere: it is not this one's.
        const auto swapped = alignSteps({"c", "x", "y", "z"}, {"a", "b", "c", "d"});
        QCOMPARE(swapped[0], std::pair(std::string("c"), std::string("a")));
        const auto moved = alignSteps({"b", "c", "d", "n"}, {"a", "b", "c", "d"});  // One deleted, one written at the end.
        QCOMPARE(moved[0], std::pair(std::string("b"), std::string("b")));
    }

    /// A line of text that is edited stays a line: its end is not typed, and must not get lost.
    void editedStepsOfTextKeepTheirLines() {
        auto session = std::make_shared<FakeSession>();
        Problem problem;
        problem.id = "t1";
        problem.family = "text";
        problem.tier = "+:4";
        problem.prompt = "How many?";
        problem.steps = {"Two and two are four.", "Four and one are five.\n", "Five and two are seven.\n"};
        problem.answer = "9";
        session->put_problem(0, problem);
        RunModel model;
        Selection selection;
        ExperimentEditor editor(&model);
        TraceBook book(&model, &selection, &editor);
        model.setSession(session);
        selection.setProblem(0);
        QCOMPARE(book.current().steps.size(), std::size_t{3});
        book.setStep(1, QStringLiteral("Four and one are five."));
        QCOMPARE(book.entries().size(), std::size_t{1});  // Nothing was changed, so there is no variant.
        book.setStep(1, QStringLiteral("Four and one are six."));
        QCOMPARE(book.current().steps[1], std::string("Four and one are six.\n"));
        book.insertStep(2, QStringLiteral("Six is even."));
        QCOMPARE(book.current().steps[2], std::string("Six is even.\n"));
        book.setStep(0, QStringLiteral("Two and two are five."));
        QCOMPARE(book.current().steps[0], std::string("Two and two are five."));
    }

    void historyArrivesOnce() {
        auto session = std::make_shared<FakeSession>();
        RunModel model;
        QSignalSpy arrived(&model, &RunModel::stepsArrived);
        model.setSession(session);
        QCOMPARE(model.lastStep(), 0);
        session->advance(7);
        model.poll();
        model.poll();
        QCOMPARE(model.lastStep(), 7);
        QCOMPARE(arrived.count(), 2);
        QCOMPARE(arrived[1][0].toLongLong(), 1);
        QCOMPARE(arrived[1][1].toLongLong(), 7);
        for (qint64 i = 0; i <= 7; ++i) QCOMPARE(model.steps()[static_cast<std::size_t>(i)]->step, i);
        model.setSession(nullptr);
        QCOMPARE(model.lastStep(), -1);
        QVERIFY(model.rows().empty());
    }

    void rowsBeginWithTheHardestTier() {
        RunModel model;
        model.setSession(std::make_shared<FakeSession>());
        QCOMPARE(model.tierCount(), 4);
        QCOMPARE(model.tiers().back(), QStringLiteral("*:10"));
        QCOMPARE(model.rows().size(), std::size_t(48));
        for (std::size_t i = 1; i < 48; ++i) QVERIFY(model.tierOf(model.rows()[i - 1]) >= model.tierOf(model.rows()[i]));
        QCOMPARE(model.tierOf(model.rows().front()), 3);
        QCOMPARE(model.problemName(36), QStringLiteral("P-37"));
    }

    void lastGroupIsTheNewestVisitUpToAStep() {
        auto session = std::make_shared<FakeSession>();
        session->advance(30);
        RunModel model;
        model.setSession(session);
        for (int problem : {0, 17, 47})
            for (qint64 step = 0; step <= 30; ++step) {
                const GroupSummary* expected = nullptr;
                qint64 when = -1;
                for (qint64 s = 0; s <= step; ++s)
                    for (const GroupSummary& g : model.steps()[static_cast<std::size_t>(s)]->groups)
                        if (static_cast<int>(g.problem) == problem) expected = &g, when = s;
                qint64 found = -1;
                QCOMPARE(model.lastGroup(problem, step, &found), expected);
                QCOMPARE(found, when);
            }
        QVERIFY(!model.lastGroup(-1, 30));
        QVERIFY(!model.lastGroup(999, 30));
    }

    void tierSuccessCountsTheRoundWithoutAHint() {
        auto session = std::make_shared<FakeSession>();
        RunModel model;
        model.setSession(session);
        QVERIFY(std::isnan(model.tierSuccess(0)[3]));
        session->advance(12);
        model.poll();
        double right = 0, all = 0;
        for (qint64 s = 3; s <= 12; ++s)
            for (const GroupSummary& g : model.steps()[static_cast<std::size_t>(s)]->groups)
                if (model.tierOf(static_cast<int>(g.problem)) == 0) right += g.correct_before, all += g.attempts;
        QVERIFY(all > 0);
        QCOMPARE(model.tierSuccess(12)[0], right / all);
    }

    void anEditBecomesAMarkerWithBothValues() {
        auto session = std::make_shared<FakeSession>();
        RunModel model;
        model.setSession(session);
        session->advance(4);
        QSignalSpy changed(&model, &RunModel::experimentChanged);
        session->intervene("guidance.ratios.*:10", 0.25);
        model.poll();
        QCOMPARE(changed.count(), 1);  // Pending.
        session->advance(1);
        model.poll();
        QCOMPARE(changed.count(), 2);  // In effect.
        const auto markers = model.markers();
        QCOMPARE(markers.size(), std::size_t(1));
        QCOMPARE(markers[0].step, 5);
        QVERIFY(markers[0].byUser);
        QCOMPARE(markers[0].text, QStringLiteral("T4 ratio .75 → .25 @ step 5"));
        session->advance(20);
        model.poll();
        QCOMPARE(model.markers().back().step, 20);
        QVERIFY(!model.markers().back().byUser);
    }

    void attemptsComeFromTheReader() {
        auto session = std::make_shared<FakeSession>();
        session->advance(3);
        RunModel model;
        model.setSession(session);
        std::vector<Attempt> read;
        bool done = false;
        QObject context;
        model.readAttempts(at(2), &context, [&](std::vector<Attempt> attempts) { read = std::move(attempts), done = true; });
        QVERIFY(!done);
        QTRY_VERIFY(done);
        QVERIFY(read.size() >= 16 * 8);
        for (const Attempt& a : read) QCOMPARE(a.step, 2);
    }

    void theNewestQuestionOfAContextIsAnswered() {
        auto session = std::make_shared<SlowSession>();
        session->advance(3);
        RunModel model;
        model.setSession(session);
        QObject context, other;
        QList<int> answered;
        bool otherDone = false;
        model.readAttempts(at(1), &context, [&](std::vector<Attempt>) { answered << 1; });
        session->waitForQuestion();
        model.readAttempts(at(2), &context, [&](std::vector<Attempt>) { answered << 2; });
        model.readAttempts(at(3), &context, [&](std::vector<Attempt>) { answered << 3; });
        auto* dying = new QObject;
        model.readAttempts(at(3), dying, [&](std::vector<Attempt>) { QFAIL("asked by an object that is gone"); });
        delete dying;
        model.readAttempts(at(3), &other, [&](std::vector<Attempt>) { otherDone = true; });
        session->letGo();
        QTRY_VERIFY(otherDone);
        QCOMPARE(answered, QList<int>{3});
    }

    void aChangedRunForgetsItsQuestions() {
        auto session = std::make_shared<SlowSession>();
        session->advance(1);
        RunModel model;
        model.setSession(session);
        QObject context, other;
        bool answered = false, otherDone = false;
        model.readAttempts(at(1), &context, [&](std::vector<Attempt>) { answered = true; });
        session->waitForQuestion();
        model.setSession(std::make_shared<FakeSession>());
        session->letGo();
        model.readAttempts(at(0), &other, [&](std::vector<Attempt>) { otherDone = true; });
        QTRY_VERIFY(otherDone);
        QVERIFY(!answered);
    }

    void editsBeforeTheFirstStepChangeTheDraft() {
        auto session = std::make_shared<FakeSession>();
        RunModel model;
        ExperimentEditor editor(&model);
        model.setSession(session);
        editor.setDraft(FakeSession::example());
        editor.edit("sampling.attempts", std::int64_t{4});  // Needs a new run, and none has begun.
        editor.edit("guidance.ratio", 0.5);
        QCOMPARE(editor.draft().sampling.attempts, 4);
        QCOMPARE(editor.shown().guidance.ratio, 0.5);
        QVERIFY(editor.draftEdited());
        QVERIFY(session->pending().empty());
        editor.undoStack()->undo();
        QCOMPARE(editor.shown().guidance.ratio, 0.75);
    }

    void editsOfARunAreInterventions() {
        auto session = std::make_shared<FakeSession>();
        RunModel model;
        ExperimentEditor editor(&model);
        model.setSession(session);
        editor.setDraft(FakeSession::example());
        session->advance(2);
        model.poll();
        QSignalSpy needs(&editor, &ExperimentEditor::needsNewRun), refused(&editor, &ExperimentEditor::refused);
        editor.edit("sampling.attempts", std::int64_t{4});
        QCOMPARE(needs.count(), 1);
        QCOMPARE(session->pending().size(), std::size_t(0));
        // A second one goes into the same new run, until the first is not wanted any more.
        editor.edit("sampling.problems", std::int64_t{3});
        QCOMPARE(needs.count(), 2);
        QCOMPARE(needs.back()[0].toStringList().size(), 2);
        QCOMPARE(needs.back()[1].value<Experiment>().sampling.attempts, 4);
        QCOMPARE(needs.back()[1].value<Experiment>().sampling.problems, 3);
        editor.edit("sampling.attempts", FakeSession::example().sampling.attempts);  // Back to what it is: one is left.
        editor.edit("sampling.problems", std::int64_t{2});
        QCOMPARE(needs.back()[0].toStringList().size(), 1);
        editor.forgetNewRun();
        editor.edit("sampling.attempts", std::int64_t{5});
        QCOMPARE(needs.back()[0].toStringList().size(), 1);
        QCOMPARE(needs.back()[1].value<Experiment>().sampling.problems, FakeSession::example().sampling.problems);
        needs.clear();
        editor.edit("guidance.ratio", 7.0);
        QCOMPARE(refused.count(), 1);
        editor.edit("problems.tiers", std::vector<std::string>{"foo:xyz"});  // A new run could not have it either.
        QCOMPARE(needs.count(), 0);
        QCOMPARE(refused.count(), 2);
        QVERIFY2(refused.back().front().toString().contains(QStringLiteral("foo:xyz")), qPrintable(refused.back().front().toString()));

        editor.edit("guidance.ratio", 0.5);
        editor.edit("guidance.ratio", 0.25);
        editor.edit("guidance.accept", std::string("two"));
        QCOMPARE(editor.pendingCount(), 2);
        QCOMPARE(editor.shown().guidance.ratio, 0.25);
        QCOMPARE(session->experiment().guidance.ratio, 0.75);
        editor.undoStack()->undo();  // Takes back what is pending, and leaves the rest.
        QCOMPARE(editor.pendingCount(), 1);
        editor.undoStack()->undo();
        QCOMPARE(editor.shown().guidance.ratio, 0.5);
        editor.undoStack()->undo();
        QCOMPARE(editor.pendingCount(), 0);

        editor.edit("guidance.ratio", 0.25);
        session->advance(1);
        model.poll();
        QCOMPARE(editor.pendingCount(), 0);
        QCOMPARE(session->experiment().guidance.ratio, 0.25);
        editor.undoStack()->undo();  // In effect already: a counter-intervention.
        QCOMPARE(editor.pendingCount(), 1);
        session->advance(1);
        model.poll();
        QCOMPARE(session->experiment().guidance.ratio, 0.75);
        QCOMPARE(model.markers().size(), std::size_t(2));
    }

    void theSelectionFollowsUntilItIsFrozen() {
        Selection selection;
        QSignalSpy steps(&selection, &Selection::stepChanged);
        selection.followHead(5);
        QCOMPARE(selection.step(), 5);
        selection.setStep(3);
        QVERIFY(!selection.live());
        selection.followHead(9);
        QCOMPARE(selection.step(), 3);
        selection.setLive(true);
        selection.followHead(9);
        QCOMPARE(selection.step(), 9);
        QCOMPARE(steps.count(), 3);
        selection.toggleState(3);
        QVERIFY(!selection.stateShown(3));
        selection.toggleState(3);
        QVERIFY(selection.stateShown(3));
    }

    void tracesAreReadable() {
        const auto prompt = readChainPrompt("chain", "n3 * n2 + n5 ?");
        QVERIFY(prompt);
        QCOMPARE(prompt->start, QStringLiteral("3"));
        QCOMPARE(prompt->operations, (QStringList{QStringLiteral("× 2"), QStringLiteral("+ 5")}));
        const ShownTrace trace = readTrace("chain", "n3 * n2 = n6 ; n6 + n5 = n11 ; # n6 n11 <eos>");
        QCOMPARE(trace.steps, (QStringList{QStringLiteral("3 × 2 = 6"), QStringLiteral("6 + 5 = 11")}));
        QCOMPARE(trace.answer, QStringLiteral("6 11"));
        const ShownTrace search = readTrace("maze", "close 0,0 0 4 create 1,0 1 3 | | | | | | | | plan 0,0 1,0");
        QCOMPARE(search.steps, (QStringList{QStringLiteral("close 0,0 0 4"), QStringLiteral("create 1,0 1 3"), QStringLiteral("| | | |"), QStringLiteral("| | | |")}));
        QCOMPARE(search.answer, QStringLiteral("0,0 1,0"));
        Problem problem;
        problem.family = "maze";
        QCOMPARE(stepsIn(problem, "close 0,0 0 4 create 1,0 1 3"), 2);
        problem.family = "text";
        problem.steps = {"Two and two are four.", "That is even.\n", "So it is five.\n"};
        QCOMPARE(stepsIn(problem, "Two and two are four. That is even.\n"), 2);
        QCOMPARE(stepsIn(problem, "Two and two are four. That is odd.\n"), 1);  // Of no problem: a line.
        const ShownTrace sum = readTrace("addition", "7 8 c0 = 5 c1 ; 5 6 c1 = 2 c1 ; # 1 2 5");
        QCOMPARE(sum.steps, (QStringList{QStringLiteral("7 8 c0 = 5 c1"), QStringLiteral("5 6 c1 = 2 c1")}));
        QCOMPARE(sum.answer, QStringLiteral("1 2 5"));
        const ShownTrace moves = readTrace("countdown", "n5 * n3 = n15 back n5 + n3 = n8 n8 * n2 = n16 ! <eos>");
        QCOMPARE(moves.steps, (QStringList{QStringLiteral("5 × 3 = 15 back"), QStringLiteral("5 + 3 = 8"), QStringLiteral("8 × 2 = 16 !")}));
        QCOMPARE(moves.answer, QStringLiteral("16"));
        problem = {};
        problem.family = "countdown";
        QCOMPARE(stepsIn(problem, "n5 + n3 = n8"), 1);
        QCOMPARE(typedStep("countdown", QStringLiteral("8/2=4")), std::string("n8 / n2 = n4"));
        QCOMPARE(typedStep("countdown", QStringLiteral("back")), std::string("back"));
        QVERIFY(!readChainPrompt("words", "What is 3 times 2?"));
        QCOMPARE(shownText("words", "n3 * n2"), QStringLiteral("n3 * n2"));
        QCOMPARE(ratioText(0.75), QStringLiteral(".75"));
        QCOMPARE(ratioText(0), QStringLiteral("off"));
        QCOMPARE(durationText(200), QStringLiteral("3:20"));
    }
};

QTEST_MAIN(TestRunModel)
#include "test_run_model.moc"
