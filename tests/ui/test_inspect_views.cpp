// SPDX-License-Identifier: GPL-3.0-or-later
// The views of Inspect: solve curve, its table, the problem list, the objective explained.
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "statistics/intervals.h"
#include "ui/curve_samples.h"
#include "ui/fake_session.h"
#include "ui/models/problem_history.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/common/card.h"
#include "ui/views/inspect/curve_rows.h"
#include "ui/views/inspect/curve_table.h"
#include "ui/views/live/map_states.h"
#include "ui/views/inspect/objective_explainer.h"
#include "ui/views/common/plot_library.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/inspect/problem_rows.h"
#include "ui/views/inspect/solve_curve.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

struct ListWindow {
    explicit ListWindow(int steps) : session(std::make_shared<test::FakeSession>()), list(&model, &selection) {
        QObject::connect(&model, &RunModel::stepsArrived, &selection, [this](qint64, qint64 last) { selection.followHead(last); });
        session->advance(steps);
        model.setSession(session);
        list.resize(256, 600);
        list.show();
        QCoreApplication::processEvents();
    }
    QString text(const char* name) const { return list.findChild<QLabel*>(QLatin1String(name))->text(); }
    std::shared_ptr<test::FakeSession> session;
    RunModel model;
    Selection selection;
    ProblemList list;
};

/// What a value on screen says, as a number.
double number(QString text) { return text.replace(QChar(0x2212), '-').toDouble(); }

QString shown(const ObjectiveExplainer& view, const char* name) { return view.findChild<QLabel*>(QLatin1String(name))->text(); }

}  // namespace

class TestInspectViews : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    // The curve.

    void curveBeginsEmptyAndGrows() {
        SolveCurve view;
        view.resize(352, 300);
        view.setState(test::curve_state(0));
        QCOMPARE(view.accessibleDescription(), QStringLiteral("not sampled yet"));
        QCOMPARE(view.plot()->graph(0)->dataCount(), 0);
        CurveState state = test::curve_state(1);
        state.curves[0].points[4].n = 0;  // Not there yet: absent, not 0.
        view.setState(state);
        QCOMPARE(view.plot()->graph(0)->dataCount(), 8);
        view.setState(test::curve_state(1));
        QCOMPARE(view.plot()->graph(0)->dataCount(), 9);
        state.curves.resize(1);
        view.setState(state);
        QCOMPARE(view.plot()->graphCount(), 3);
    }

    void curveSaysItselfInWords() {
        SolveCurve view;
        view.setState(test::curve_state(1));
        const QString text = view.accessibleDescription();
        QVERIFY2(text.startsWith(QStringLiteral("gold: .09 without a hint, .30 at half, 1 in full; foothold at 7 of 10 steps")), qPrintable(text));
        QVERIFY(text.contains(QStringLiteral("B swap 2 numbers: ")));
        QVERIFY(text.endsWith(QStringLiteral("Cut at .50.")));
        CurveState failed = test::curve_state(0);
        failed.failure = "The engine was closed.";
        view.setState(failed);
        QCOMPARE(view.accessibleDescription(), QStringLiteral("The engine was closed."));
    }

    void clickAndKeysChooseACut() {
        SolveCurve view;
        view.resize(352, 300);
        view.setState(test::curve_state(1));
        view.show();
        QSignalSpy chosen(&view, &SolveCurve::cutChosen);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.pixelOf(.78, .5).toPoint());
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.takeFirst().front().toDouble(), .8);  // The nearest cut of the curve.
        QCOMPARE(view.cut(), .8);
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(chosen.takeFirst().front().toDouble(), .7);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.cut(), 1.0);
        chosen.clear();
        QTest::keyClick(&view, Qt::Key_Right);  // There is nothing beyond.
        view.setCut(.5);                        // Set from outside: not announced.
        QCOMPARE(chosen.count(), 0);
    }

    void pointsAnswerTheMouse() {
        SolveCurve view;
        view.resize(352, 300);
        view.setState(test::curve_state(1));
        view.show();
        const CurvePoint& point = view.state().curves[1].points[3];
        QTest::mouseMove(&view, view.pixelOf(point.ratio, point.p()).toPoint());
        QTRY_VERIFY(QToolTip::isVisible());
        const QString text = QToolTip::text();
        QVERIFY2(text.contains(QStringLiteral("%1 of %2 right, %3 of them sound").arg(point.successes).arg(point.n).arg(point.sound)), qPrintable(text));
        QVERIFY(text.contains(intervalText(point.interval)));
        QVERIFY(text.startsWith(QStringLiteral("B swap 2 numbers")));
        QToolTip::hideText();
    }

    // The table.

    void tableComparesWithGoldAtTheCut() {
        CurveTable view;
        view.resize(352, 400);
        const CurveState state = test::curve_state(1);
        view.setState(state);
        view.setCut(.5);
        const auto* rows = view.findChild<CurveRows*>(QStringLiteral("curve-table.cut"));
        QCOMPARE(rows->rows().size(), std::size_t(4));
        const CurvePoint& gold = *nearestPoint(state.curves[0], .5);
        const CurvePoint& variant = *nearestPoint(state.curves[1], .5);
        QCOMPARE(rows->rows()[0].cells[0].value, QStringLiteral(".30"));
        QCOMPARE(rows->rows()[0].cells[1].value, QStringLiteral("baseline"));
        QCOMPARE(rows->rows()[1].cells[0].note, intervalText(variant.interval));
        QCOMPARE(rows->rows()[1].cells[1].value, signedShare(variant.p() - gold.p()));
        QCOMPARE(rows->rows()[1].cells[1].note, intervalText(newcombe_difference(variant.successes, variant.n, gold.successes, gold.n)));
        view.setCut(1);
        QCOMPARE(rows->rows()[0].cells[0].value, QStringLiteral("1"));
        view.setCut(.46);  // Between two cuts: says which one is shown.
        QVERIFY2(rows->rows()[0].title.endsWith(QStringLiteral(", at .50")), qPrintable(rows->rows()[0].title));
        view.setCut(.02);  // What was sampled without a hint says nothing about a hint.
        QVERIFY2(!rows->rows()[0].title.endsWith(QStringLiteral(", at 0")), qPrintable(rows->rows()[0].title));
        view.setCut(0);
        QCOMPARE(rows->rows()[0].cells[0].note, intervalText(state.curves[0].points.front().interval));
    }

    void tableTellsTheWholeCurve() {
        CurveTable view;
        view.setState(test::curve_state(1));
        view.setCut(.5);
        const auto* whole = view.findChild<CurveRows*>(QStringLiteral("curve-table.whole"));
        QCOMPARE(whole->rows()[0].cells[0].value, QStringLiteral("7 of 10"));
        QCOMPARE(whole->rows()[2].cells[0].value, QStringLiteral("none"));
        const auto* kept = view.findChild<CurveRows*>(QStringLiteral("curve-table.kept"));
        const auto* broken = view.findChild<CurveRows*>(QStringLiteral("curve-table.broken"));
        QCOMPARE(kept->rows().size(), std::size_t(1));
        QCOMPARE(kept->rows()[0].title, QStringLiteral("B swap 2 numbers"));
        QCOMPARE(broken->rows().size(), std::size_t(1));
        QCOMPARE(broken->rows()[0].cells[0].value, QStringLiteral("undefined"));
        view.setState(test::curve_state(0));
        QVERIFY(!whole->isVisibleTo(&view));
    }

    // The list of problems.

    void listSortsAndFilters() {
        ListWindow w(60);
        const qint64 step = w.selection.step();
        QCOMPARE(w.list.order().size(), std::size_t(48));
        double before = -1;
        for (const int problem : w.list.order()) {
            const SolvedNow now = solvedNow(w.model, problem, step);
            const double share = now.known() ? now.share() : 2;
            QVERIFY(share >= before);
            before = share;
        }
        w.list.setSort(ProblemList::Sort::id);
        QVERIFY(std::is_sorted(w.list.order().begin(), w.list.order().end()));
        w.list.setSort(ProblemList::Sort::tier);
        QCOMPARE(w.model.tierOf(w.list.order().front()), 3);
        w.list.findChild<QAction*>(QStringLiteral("problem-list.sort.lucky"))->trigger();
        QCOMPARE(w.list.sort(), ProblemList::Sort::lucky);

        auto* filter = w.list.findChild<QLineEdit*>(QStringLiteral("problem-list.filter"));
        filter->setText(QStringLiteral("p-37"));
        QCOMPARE(w.list.order(), std::vector<int>{36});
        filter->setText(QStringLiteral("37"));
        QCOMPARE(w.list.order(), std::vector<int>{36});
        filter->setText(QStringLiteral("t4"));
        QCOMPARE(w.list.order().size(), std::size_t(12));
        filter->setText(QStringLiteral("t1 all right"));
        for (const int problem : w.list.order()) {
            QCOMPARE(w.model.tierOf(problem), 0);
            QCOMPARE(legendEntry(*w.model.lastGroup(problem, step)), 2);
        }
        filter->setText(QStringLiteral("nonsense"));
        QVERIFY(w.list.order().empty());
        QVERIFY(w.text("problem-list.empty").contains(QStringLiteral("nonsense")));
        filter->clear();
        QCOMPARE(w.list.order().size(), std::size_t(48));
    }

    void listFollowsKeysAndSelection() {
        ListWindow w(30);
        w.list.setSort(ProblemList::Sort::id);
        auto* rows = w.list.findChild<ProblemRows*>();
        QTest::mouseClick(rows->viewport(), Qt::LeftButton, {}, QPoint(40, ProblemRows::rowHeight * 2 + 5));
        QCOMPARE(w.selection.problem(), 2);
        QTest::keyClick(rows, Qt::Key_Down);
        QCOMPARE(w.selection.problem(), 3);
        QTest::keyClick(rows, Qt::Key_Up);
        QCOMPARE(w.selection.problem(), 2);
        const int below = rows->below();
        QVERIFY(below > 0);
        QCOMPARE(w.text("problem-list.footer"), QStringLiteral("%1 more below").arg(below));
        QTest::keyClick(rows, Qt::Key_End);
        QCOMPARE(w.selection.problem(), 47);
        QCOMPARE(rows->below(), 0);
        w.selection.setProblem(0);  // Chosen elsewhere: comes into sight.
        QVERIFY(rows->below() == below);
        QTest::keyClick(rows, Qt::Key_P);
        QCOMPARE(w.list.findChild<QLineEdit*>(QStringLiteral("problem-list.filter"))->text(), QStringLiteral("p"));
    }

    void historyIsBinnedAsTheRunGrows() {
        ListWindow w(0);
        ProblemHistory grown;
        for (int step = 0; step < 100; ++step) {
            w.session->advance(1);
            w.model.poll();
            grown.extend(w.model);
        }
        ProblemHistory once;
        once.extend(w.model);
        QCOMPARE(grown.width(), qint64(4));  // 100 steps in 28 bins.
        for (int problem = 0; problem < grown.problems(); ++problem) {
            std::uint32_t attempts = 0, correct = 0;
            for (int i = 0; i < ProblemHistory::bins; ++i) {
                const HistoryBin &a = grown.of(problem)[static_cast<std::size_t>(i)], &b = once.of(problem)[static_cast<std::size_t>(i)];
                QCOMPARE(a.correct, b.correct);
                QCOMPARE(a.states, b.states);
                attempts += a.attempts;
                correct += a.correct;
            }
            std::uint32_t all = 0, right = 0;
            qint64 at = w.model.lastStep();
            for (const GroupSummary* group = w.model.lastGroup(problem, at, &at); group; group = w.model.lastGroup(problem, at - 1, &at)) {
                all += group->attempts;
                right += group->correct;
            }
            QCOMPARE(attempts, all);
            QCOMPARE(correct, right);
        }
    }

    void listFollowsTheStepShown() {
        ListWindow w(100);
        const int problem = 0;
        const SolvedNow late = solvedNow(w.model, problem, 100), early = solvedNow(w.model, problem, 3);
        QCOMPARE(early.visits, 1);
        QCOMPARE(late.visits, 4);
        w.session->advance(5);
        w.model.poll();
        QTRY_COMPARE(w.selection.step(), qint64(105));
        w.model.setSession(nullptr);
        QTRY_VERIFY(w.list.order().empty());
        QVERIFY(w.text("problem-list.empty").startsWith(QStringLiteral("No run is open")));
    }

    // The objective explained.

    void pushIsWhatAHandWouldCompute_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<double>("denominator");
        QTest::newRow("grpo") << int(LossType::Grpo) << 3.0 * 8;       // The attempt's tokens x attempts.
        QTest::newRow("dr_grpo") << int(LossType::DrGrpo) << 8.0 * 64; // Attempts x the longest completion allowed.
        QTest::newRow("dapo") << int(LossType::Dapo) << 30.0;          // All tokens of the step.
        QTest::newRow("bnpo") << int(LossType::Bnpo) << 30.0;
    }
    void pushIsWhatAHandWouldCompute() {
        QFETCH(int, type);
        QFETCH(double, denominator);
        ExplainedToken token = test::explained_token();
        token.settings.type = static_cast<LossType>(type);
        ObjectiveExplainer view;
        view.setToken(token);
        // Rewards 0 1 0 0: mean .25, deviation .5; the token went from .5 to .45, ratio .9.
        const double advantage = (1 - .25) / (.5 + 1e-4), push = -.9 * advantage / denominator;
        const double told = number(shown(view, "explainer.push.run"));
        QVERIFY2(std::abs(told - push) < 5e-3 * std::abs(push), qPrintable(shown(view, "explainer.push.run")));
        QVERIFY(std::abs(number(shown(view, "explainer.advantage.run")) - advantage) < .005);
        QCOMPARE(shown(view, "explainer.ratio.run"), QStringLiteral(".9"));
        QCOMPARE(shown(view, "explainer.verdict"), QStringLiteral("Made more likely"));
    }

    void otherSettingsStandBeside() {
        ObjectiveExplainer view;
        view.setToken(test::explained_token());
        view.resize(352, 600);
        view.show();
        QVERIFY(!view.compares());
        view.findChild<QPushButton*>(QStringLiteral("explainer.type.grpo"))->click();
        view.findChild<QPushButton*>(QStringLiteral("explainer.scale.none"))->click();
        QVERIFY(view.compares());
        QCOMPARE(shown(view, "explainer.advantage.other"), QStringLiteral("+.75"));
        const double push = -.9 * .75 / 24;
        QVERIFY(std::abs(number(shown(view, "explainer.push.other")) - push) < 5e-3 * std::abs(push));
        QCOMPARE(shown(view, "explainer.ratio.other"), QStringLiteral("="));
        QVERIFY(shown(view, "explainer.verdict").contains(QStringLiteral("what if")));
        view.findChild<QPushButton*>(QStringLiteral("explainer.back"))->click();
        QVERIFY(!view.compares());
        QVERIFY(!view.findChild<QLabel*>(QStringLiteral("explainer.push.other"))->isVisibleTo(&view));
    }

    void reasonsForAnUntouchedToken() {
        ObjectiveExplainer view;
        ExplainedToken token = test::explained_token();
        token.rewards.assign(8, 1.0);
        view.setToken(token);
        QCOMPARE(shown(view, "explainer.verdict"), QStringLiteral("Untouched"));
        QVERIFY(shown(view, "explainer.reason").contains(QStringLiteral("same reward")));
        token = test::explained_token();
        token.logprobs[1] = std::log(.7);  // From .5: ratio 1.4, and the push would go on.
        view.setToken(token);
        QCOMPARE(shown(view, "explainer.clip.run"), QStringLiteral("clipped"));
        QCOMPARE(shown(view, "explainer.push.run"), QStringLiteral("0"));
        QVERIFY(shown(view, "explainer.reason").contains(QStringLiteral("clip")));
        token.accepted = false;
        view.setToken(token);
        QVERIFY(shown(view, "explainer.reason").contains(QStringLiteral("did not accept")));
        token.token = 99;  // Not a token of the attempt: said, not shown as 0.
        view.setToken(token);
        QVERIFY(view.findChild<QLabel*>(QStringLiteral("explainer.empty"))->isVisibleTo(&view));
        view.setToken(std::nullopt);
        QVERIFY(view.findChild<QLabel*>(QStringLiteral("explainer.empty"))->isVisibleTo(&view));
    }

    void referencePullIsPartOfThePush() {
        ExplainedToken token = test::explained_token();
        token.settings.beta = .1;
        token.reference_logprobs = token.logprobs;
        token.reference_logprobs[1] -= .5;
        ObjectiveExplainer view;
        view.setToken(token);
        const double pull = -.1 * std::expm1(-.5) / 30;
        QVERIFY(std::abs(number(shown(view, "explainer.reference.run")) - pull) < 5e-3 * pull);
        const double push = -.9 * .75 / .5001 / 30 + pull;
        QVERIFY(std::abs(number(shown(view, "explainer.push.run")) - push) < 5e-3 * std::abs(push));
    }

    /// Pictures for the eye, only when FOOTHOLD_PICTURES names a folder.
    void pictures() {
        const QString folder = qEnvironmentVariable("FOOTHOLD_PICTURES");
        if (folder.isEmpty()) QSKIP("FOOTHOLD_PICTURES is not set");
        QVERIFY(QDir().mkpath(folder));
        const QString scale = qEnvironmentVariable("QT_SCALE_FACTOR", "1");
        for (const auto mode : {Theme::Mode::light, Theme::Mode::dark}) {
            Theme::instance().setMode(mode);
            const QString suffix = QStringLiteral("%1%2.png").arg(mode == Theme::Mode::dark ? "_dark" : "", scale == "1" ? "" : "@" + scale);
            ListWindow w(100);
            w.selection.setProblem(36);
            w.list.resize(256, 880);
            w.list.grab().save(folder + "/problems" + suffix);
            for (const double grown : {0., .35, 1.}) {
                Card card(QStringLiteral("picture"));
                auto* title = new Text(QStringLiteral("Solve probability by prefix ratio"), FontRole::cardTitle);
                title->setFixedHeight(38);
                card.header()->addWidget(title);
                auto* curve = new SolveCurve;
                auto* table = new CurveTable;
                auto* column = new QVBoxLayout;
                column->setContentsMargins(Theme::padding, 0, Theme::padding, Theme::padding);
                column->addWidget(curve, 1);
                column->addWidget(rule());
                column->addWidget(table);
                card.body()->addLayout(column);
                curve->setState(test::curve_state(grown));
                table->setState(test::curve_state(grown));
                card.resize(376, grown == 0 ? 440 : 760);
                card.show();
                QCoreApplication::processEvents();
                curve->plot()->replot(QCustomPlot::rpImmediateRefresh);
                card.grab().save(folder + QStringLiteral("/curve_%1").arg(int(grown * 100)) + suffix);
            }
            for (const bool other : {false, true}) {
                Card card(QStringLiteral("picture"));
                auto* view = new ObjectiveExplainer;
                auto* column = new QVBoxLayout;
                column->setContentsMargins(Theme::padding, Theme::padding, Theme::padding, Theme::padding);
                column->addWidget(view);
                card.body()->addLayout(column);
                view->setToken(test::explained_token());
                if (other) view->compareWith(LossType::Grpo, RewardScale::None);
                card.resize(376, 600);
                card.show();
                QCoreApplication::processEvents();
                card.grab().save(folder + QStringLiteral("/explainer%1").arg(other ? "_other" : "") + suffix);
            }
        }
        Theme::instance().setMode(Theme::Mode::light);
    }
};

QTEST_MAIN(TestInspectViews)
#include "test_inspect_views.moc"
