// SPDX-License-Identifier: GPL-3.0-or-later
// A walk through Inspect in the real window, with the real engine, by object names: a dead group is opened, its trace cut, corrupted, probed,
// sent into training, taken back.
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "../core/whole_runs.h"
#include "ui/models/comparison_model.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/trace_book.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_cards.h"
#include "ui/views/inspect/attempt_cards_hover.h"
#include "ui/views/inspect/attempt_cards_view.h"
#include "ui/views/inspect/objective_explainer.h"
#include "studies/curve_file.h"
#include "ui/models/curve_book.h"
#include "ui/views/inspect/solve_curve.h"
#include "ui/views/inspect/trace_chips.h"
#include "ui/views/common/trace_text.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/new_comparison.h"
#include "ui/workspaces/explained_token.h"
#include "ui/workspaces/inspect_workspace.h"
#include "ui/workspaces/main_window.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

constexpr int patience = 60000;

struct Bench {
    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window;

    Bench() {
        SessionDoors doors{[](const Experiment& e, const SessionOptions& o) { return std::shared_ptr<Session>(Session::create(e, o)); },
                           [](const SessionOptions& o, bool readOnly) { return std::shared_ptr<Session>(Session::open(o, readOnly)); }};
        WindowOptions options;
        options.remember = false;
        options.session.device = "cpu";
        options.session.dir = folder.filePath(QStringLiteral("run")).toStdString();
        options.runs = folder.filePath(QStringLiteral("runs")).toStdString();
        window = std::make_unique<MainWindow>(std::move(doors), options);
        window->resize(1600, 1000);
        window->show();
        const QString file = folder.filePath(QStringLiteral("small.toml"));
        save_text_file(file.toStdString(), "steps = 60\n[model]\npath = \"" FOOTHOLD_SOURCE_DIR
                                           "/resources/models/chain-slips.safetensors\"\n[problems]\ntiers = [\"+:4\", \"*:10\"]\npool = 8\n[sampling]\nproblems = 8\n"
                                           "attempts = 4\n[guidance]\npolicy = \"fixed\"\nratio = 0.5\n[heldout]\nn = 0\n");
        window->openPath(file.toStdString());
    }
    template <class T>
    T* find(const char* name) const {
        T* found = window->findChild<T*>(QString::fromLatin1(name));
        if (!found) qFatal("no %s", name);
        return found;
    }
    void trigger(const char* id) const { window->actions().find(QString::fromLatin1(id))->trigger(); }
    void click(const char* name) const { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    RunModel* model() const { return window->model(); }
    TraceBook* book() const { return window->inspect()->book(); }
    /// One step of training, seen by the views.
    void train() const {
        const qint64 before = std::max<qint64>(0, model()->lastStep());
        trigger("step");
        QTRY_VERIFY_WITH_TIMEOUT(model()->lastStep() > before && model()->progress().state == TrainerState::paused, patience);
    }
    int deadProblem() const {
        for (const int problem : model()->rows())
            if (const GroupSummary* group = model()->lastGroup(problem, model()->lastStep()); group && group->correct_before == 0) return problem;
        return -1;
    }
    const AttemptGroup& shown() const { return find<AttemptCards>("attempts")->group(); }
    /// In Inspect, with a dead group.
    void open() const {
        train();
        const int problem = deadProblem();
        QVERIFY(problem >= 0);
        window->selection()->setProblem(problem);
        trigger("view.inspect");
        QVERIFY(window->inspect()->isVisible());
    }
};

}  // namespace

class TestInspect : public QObject {
    Q_OBJECT
    QTemporaryDir data_;  ///< Where forks and comparisons go.

   private Q_SLOTS:
    void initTestCase() {
        qputenv("XDG_DATA_HOME", data_.path().toUtf8());
        Theme::instance().setMode(Theme::Mode::light);
    }

    /// What else could have stood there comes from the model itself: the answer is a distribution over its own tokens.
    void aRestingMouseAsksTheModel() {
        Bench bench;
        bench.open();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty(), patience);
        auto* view = bench.find<AttemptCardsView>("attempts.cards");
        QTest::mouseMove(view->viewport(), view->tokenRect(0, 2).center());
        auto* card = bench.find<TokenCard>("attempts.token");
        QTRY_VERIFY_WITH_TIMEOUT(card->text().contains(QStringLiteral("likely here, after step 1")), patience);
        const QStringList lines = card->text().section(QStringLiteral("after step 1\n"), 1).split('\n');
        QCOMPARE(lines.size(), 5);
        QStringList known;  // In the signs of the cards: 6 and not n6.
        for (const std::string& token : bench.model()->info().vocabulary) known << shownToken("chain", token);
        for (const QString& line : lines) QVERIFY2(known.contains(line.section(' ', 0, 0)), qPrintable(line));
    }

    /// With more variants than there is room for, a click chooses the row under the mouse, and the row stays there.
    void aClickedVariantIsTheOneChosen() {
        Bench bench;
        bench.open();
        auto* operators = bench.find<QComboBox>("trace.operator");
        operators->setCurrentIndex(operators->findData(QStringLiteral("noise")));
        auto* seeds = bench.find<QSpinBox>("trace.seed");
        for (int seed = 1; seed <= 12; ++seed) {
            bench.book()->select(0);
            seeds->setValue(seed);
            bench.click("trace.apply");
        }
        const auto& entries = bench.book()->entries();
        QVERIFY(entries.size() >= 10);
        auto* tree = bench.find<QTreeWidget>("trace-variants");
        const auto idOf = [](const QTreeWidgetItem* item) { return item->data(0, Qt::UserRole).toLongLong(); };
        QCOMPARE(idOf(tree->currentItem()), bench.book()->current().id);
        QTreeWidgetItem* wanted = tree->itemAbove(tree->itemAbove(tree->currentItem()));
        const QRect before = tree->visualItemRect(wanted);
        QVERIFY(tree->viewport()->rect().contains(before));
        const std::int64_t id = idOf(wanted);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, before.center());
        QCOMPARE(bench.book()->current().id, id);
        QCOMPARE(idOf(tree->currentItem()), id);
        QCOMPARE(tree->visualItemRect(tree->currentItem()), before);
    }

    /// The rest of the walk: a fork, a comparison run by its own process, and the run written out.
    void forkCompareExport() {
        Bench bench;
        bench.train();
        bench.train();
        const std::filesystem::path parent = bench.model()->session()->dir();
        bench.window->selection()->setProblem(3);
        bench.trigger("run.fork");
        QVERIFY(bench.model()->session()->dir() != parent);
        QCOMPARE(bench.window->selection()->problem(), 3);  // What was looked at is looked at still.
        QCOMPARE(bench.model()->info().parent, parent.string());
        QCOMPARE(bench.model()->info().parent_step, 2);
        bench.train();  // Unchanged it repeats its parent: the same third step.
        auto again = Session::open(at(parent, 3));
        run_to_end(*again);
        QCOMPARE(hashes(bench.model()->session()->dir()), hashes(parent));

        bench.trigger("compare.new");
        auto* dialog = bench.find<NewComparisonDialog>("newComparison");
        dialog->findChild<QSpinBox*>("comparisonSeeds")->setValue(2);
        dialog->findChild<QSpinBox*>("comparisonSteps")->setValue(5);
        dialog->findChild<QCheckBox*>("comparisonFork")->setChecked(true);
        QTest::mouseClick(dialog->findChild<QPushButton*>("comparisonStart"), Qt::LeftButton);
        auto* compare = bench.window->findChild<CompareWorkspace*>();
        QVERIFY(compare && compare->isVisible() && compare->model()->running());
        QTRY_VERIFY_WITH_TIMEOUT(compare->model()->doneCells() == 6 && !compare->model()->running(), patience);
        QCOMPARE(compare->model()->plan().parent, bench.model()->session()->dir());

        // Exports of the run; the report, asked for where a comparison is shown, is the comparison's.
        std::string file;
        const auto before = std::exchange(MainWindow::askFile, [&](QWidget*, const FileQuestion&, std::function<void(const QString&)> answer) { answer(QString::fromStdString(file)); });
        const auto exported = [&](const char* action, const char* name) {
            file = bench.folder.filePath(name).toStdString();
            bench.trigger(action);
        };
        exported("export.metrics", "metrics.csv");
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(file) && std::filesystem::file_size(file) > 100, patience);
        exported("export.tensorboard", "events");
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(file + "/events.out.tfevents.0.foothold"), patience);
        exported("file.export-report", "comparison.html");
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(file), patience);
        QVERIFY(load_text_file(file).find("Report of a comparison") != std::string::npos);
        bench.trigger("view.live");
        exported("file.export-report", "run.html");
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(file), patience);
        QVERIFY(load_text_file(file).find("Report of one run") != std::string::npos);
        MainWindow::askFile = before;
    }

    void cutCorruptProbeTrainUndo() {
        Bench bench;
        bench.open();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty(), patience);
        for (const Attempt& a : bench.shown().attempts) QCOMPARE(static_cast<int>(a.problem), bench.book()->problem());

        // The handle is dragged from the middle to the third step.
        auto* chips = bench.find<TraceChips>("trace-chips");
        const QPoint from = chips->handle().center(), to(chips->chip(2).right(), chips->chip(2).center().y());
        QTest::mousePress(chips, Qt::LeftButton, {}, from);
        QTest::mouseMove(chips, (from + to) / 2);
        QTest::mouseMove(chips, to);
        QTest::mouseRelease(chips, Qt::LeftButton, {}, to);
        QCOMPARE(bench.book()->cut(), 3);
        QVERIFY(bench.find<QLabel>("trace.cut")->text().startsWith(QStringLiteral(".30 · 3 of 10 steps · 18 tokens")));
        QTest::keyClick(chips, Qt::Key_Right);
        QCOMPARE(bench.book()->cut(), 4);
        bench.book()->setRatio(0.5);

        // Corrupted: a child, the parent stays.
        const std::vector<std::string> gold = bench.book()->reference()->steps;
        auto* operators = bench.find<QComboBox>("trace.operator");
        operators->setCurrentIndex(operators->findData(QStringLiteral("swap")));
        bench.click("trace.apply");
        QCOMPARE(bench.book()->entries().size(), std::size_t{2});
        QVERIFY(bench.book()->current().id != 0);
        QVERIFY(bench.book()->current().steps != gold);
        QCOMPARE(bench.book()->entries().front().steps, gold);
        QCOMPARE(bench.model()->session()->variants().size(), std::size_t{1});
        const std::int64_t variant = bench.book()->current().id;

        // Probed: a group under that trace, cut there, not trained.
        bench.click("trace.probe");
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && bench.shown().attempts[0].origin == Origin::probe, patience);
        for (const Attempt& a : bench.shown().attempts) {
            QCOMPARE(a.variant, variant);
            QVERIFY(!a.trained);
            QVERIFY(a.hint.starts_with(bench.book()->current().steps[0]));
            QCOMPARE(a.hint_ratio, 0.5F);
        }
        bench.click("curve.probe");
        QTRY_VERIFY_WITH_TIMEOUT(bench.find<QLabel>("curve.note")->text().startsWith(QStringLiteral("weights after step 1")), patience);
        const CurveState& curve = bench.window->inspect()->curve()->state();
        QCOMPARE(curve.curves.size(), std::size_t{3});
        QVERIFY(curve.failure.empty());
        for (const CurvePoint& p : curve.curves[0].points) QVERIFY(p.n >= 32);
        // It stays with the run: whoever opens it again finds it.
        CurveBook again(bench.model());
        QVERIFY(again.sampled(bench.book()->problem()) && !again.sampled(bench.book()->problem() + 1));
        const CurveState kept = again.state(bench.book()->problem());
        QCOMPARE(kept.step, std::int64_t{1});
        QCOMPARE(write_curves({&kept, 1}), write_curves({&curve, 1}));

        // Into training from the next step on; the marker says so.
        const std::string id = bench.book()->reference()->id;
        QCOMPARE(bench.find<QPushButton>("trace.train")->text(), QStringLiteral("Train on A from 2"));
        bench.click("trace.train");
        QCOMPARE(bench.book()->trained(), variant);
        bench.train();
        QVERIFY(bench.model()->session()->experiment().guidance.traces.contains(id));
        const auto markers = bench.model()->markers();
        QVERIFY(std::any_of(markers.begin(), markers.end(), [](const RunModel::Marker& m) { return m.byUser && m.step == 2 && m.text.contains(QStringLiteral("trace of")); }));
        AttemptQuery query;
        query.step = 2;
        query.problem = static_cast<std::uint32_t>(bench.book()->problem());
        QTRY_VERIFY_WITH_TIMEOUT(!bench.model()->session()->attempts(query).empty(), patience);
        for (const Attempt& a : bench.model()->session()->attempts(query))
            if (!a.hint.empty()) QCOMPARE(a.variant, variant);

        // Undone: first the training (a counter-intervention), then the variant.
        bench.trigger("edit.undo");
        QCOMPARE(bench.book()->trained(), std::int64_t{0});
        bench.train();
        QVERIFY(bench.model()->session()->experiment().guidance.traces.empty());
        bench.trigger("edit.undo");
        QCOMPARE(bench.book()->entries().size(), std::size_t{1});
        QCOMPARE(bench.book()->current().id, std::int64_t{0});
        bench.trigger("edit.redo");
        QCOMPARE(bench.book()->current().id, variant);
    }

    void stepsAreEditedInPlaceAndNonsenseIsRefusedWhereItIs() {
        Bench bench;
        bench.open();
        auto* chips = bench.find<TraceChips>("trace-chips");
        const std::string family = bench.book()->reference()->family;
        chips->editStep(1);
        auto* field = bench.find<QLineEdit>("trace-step");
        QCOMPARE(field->text(), shownText(family, bench.book()->current().steps[1]));
        field->setText(QStringLiteral("3 x 4 = banana"));
        QTest::keyClick(field, Qt::Key_Return);
        auto* refusal = bench.find<QLabel>("trace.refusal");
        QVERIFY(refusal->isVisible());
        QVERIFY2(refusal->text().contains(QStringLiteral("banana")), qPrintable(refusal->text()));
        QVERIFY(bench.find<QLineEdit>("trace-step")->text().contains(QStringLiteral("banana")));  // Nothing typed is lost.
        QCOMPARE(bench.book()->entries().size(), std::size_t{1});

        bench.find<QLineEdit>("trace-step")->setText(QStringLiteral("3x4=7"));
        QTest::keyClick(bench.find<QLineEdit>("trace-step"), Qt::Key_Return);
        QVERIFY(!refusal->isVisible());
        QCOMPARE(bench.book()->current().steps[1], std::string("n3 * n4 = n7 ;"));

        QTest::keyClick(chips, Qt::Key_Right, Qt::AltModifier);  // The chosen step moves on.
        QCOMPARE(bench.book()->current().steps[2], std::string("n3 * n4 = n7 ;"));
        const std::size_t before = bench.book()->current().steps.size();
        QTest::keyClick(chips, Qt::Key_Delete);
        QCOMPARE(bench.book()->current().steps.size(), before - 1);
        QCOMPARE(bench.book()->entries().back().depth, 3);  // Each edit is a child of the one before.
        for (int i = 0; i < 3; ++i) bench.trigger("edit.undo");
        QCOMPARE(bench.book()->current().id, std::int64_t{0});
        QCOMPARE(bench.find<QTreeWidget>("trace-variants")->topLevelItemCount(), 1);
    }

    void tierAndAllTakeOnlyWhatAnOperatorMade() {
        Bench bench;
        bench.open();
        QVERIFY(!bench.book()->whyNot(TraceBook::Scope::tier).isEmpty());
        bench.book()->corrupt("error", 0.3, 4);
        QVERIFY(bench.book()->whyNot(TraceBook::Scope::tier).isEmpty());
        bench.book()->train(TraceBook::Scope::tier);
        const Experiment shown = bench.window->editor()->shown();
        QCOMPARE(shown.corruption.operation, std::string("error"));
        QCOMPARE(shown.corruption.dose, 0.3);
        QCOMPARE(shown.corruption.tiers, std::vector<std::string>{bench.book()->reference()->tier});
        bench.book()->removeStep(0);
        QVERIFY(bench.book()->whyNot(TraceBook::Scope::all).contains(QStringLiteral("by hand")));
    }

    void branchesKeepWhatWasWritten() {
        Bench bench;
        bench.open();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty(), patience);
        auto* cards = bench.find<AttemptCards>("attempts");
        QVERIFY(!bench.find<QPushButton>("attempts.branch")->isEnabled());
        cards->setCurrent(0, 7);
        Q_EMIT cards->tokenChosen(0, 7);
        QVERIFY(bench.find<QPushButton>("attempts.branch")->isEnabled());
        const Attempt from = bench.shown().attempts[0];
        bench.click("attempts.branch");
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && bench.shown().attempts[0].origin == Origin::branch, patience);
        QCOMPARE(bench.shown().attempts.size(), std::size_t{16});
        for (const Attempt& a : bench.shown().attempts) {
            QCOMPARE(a.hint, from.hint);
            QVERIFY(std::equal(from.tokens.begin(), from.tokens.begin() + 8, a.tokens.begin()));
        }
        QVERIFY(bench.find<QLabel>("attempts.caption")->text().contains(QStringLiteral(" of 16 right")));

        // Another token in the place of the chosen one, from those that the model finds likely.
        bench.click("attempts.source.0");
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && bench.shown().attempts[0].origin == Origin::train, patience);
        cards->setCurrent(0, 7);
        Q_EMIT cards->tokenChosen(0, 7);
        bench.click("attempts.branch-more");
        QMenu* menu = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((menu = bench.window->findChild<QMenu*>("attempts.branch-menu")) && menu->isVisible(), patience);
        const auto actions = menu->actions();
        QVERIFY(actions.size() >= 8);
        for (QAction* action : actions)
            if (action->text() == QStringLiteral("8 each time")) action->trigger();
        actions[2]->trigger();  // After the heading: the most likely one, then the second.
        menu->close();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && bench.shown().attempts[0].origin == Origin::branch, patience);
        QCOMPARE(bench.shown().attempts.size(), std::size_t{8});
        const Token taken = bench.shown().attempts[0].tokens[7];
        QVERIFY(std::equal(from.tokens.begin(), from.tokens.begin() + 7, bench.shown().attempts[0].tokens.begin()));
        for (const Attempt& a : bench.shown().attempts) QCOMPARE(a.tokens[7], taken);
    }

    /// Two problems that were drawn at the same step: the cards are those of the one that is chosen.
    void cardsFollowTheProblem() {
        Bench bench;
        bench.open();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty(), patience);
        const int first = bench.window->selection()->problem();
        const qint64 step = bench.shown().attempts[0].step;
        for (const int other : bench.model()->rows()) {
            if (other == first) continue;
            bench.window->selection()->setProblem(other);
            QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && static_cast<int>(bench.shown().attempts[0].problem) == other, patience);
            QCOMPARE(bench.shown().attempts[0].step, step);  // All are drawn in every step.
        }
    }

    /// A variant that was undone stays undone when the run is opened again.
    void undoneVariantsStayUndone() {
        Bench bench;
        bench.open();
        bench.book()->corrupt("noise", 1, 1);
        QCOMPARE(bench.book()->entries().size(), std::size_t{2});
        bench.trigger("edit.undo");
        QCOMPARE(bench.book()->entries().size(), std::size_t{1});
        const int problem = bench.window->selection()->problem();
        const auto dir = bench.model()->session()->dir();
        bench.trigger("file.new");
        bench.window->openPath(dir);
        bench.window->selection()->setProblem(problem);
        QCOMPARE(bench.book()->entries().size(), std::size_t{1});
    }

    void aTokenIsExplainedWithTheSettingsOfItsStep() {
        Bench bench;
        bench.open();
        bench.model()->session()->intervene("loss.type", std::string("grpo"));
        bench.train();
        auto* cards = bench.find<AttemptCards>("attempts");
        auto* explainer = bench.find<ObjectiveExplainer>("explainer");
        for (const auto& [step, type] : {std::pair{1, LossType::Dapo}, std::pair{2, LossType::Grpo}}) {
            bench.window->selection()->setStep(step);
            QTRY_VERIFY_WITH_TIMEOUT(!bench.shown().attempts.empty() && bench.shown().attempts[0].step == step, patience);
            QTRY_VERIFY(!bench.model()->reading());  // What was shown live may have been of this step, with a newer answer on its way.
            cards->setCurrent(0, 2);
            Q_EMIT cards->tokenChosen(0, 2);
            QTRY_VERIFY(explainer->token());  // The attempts of the step are read for it.
            QVERIFY(explainer->token()->settings.type == type);
        }
        // What is not stored is not made up.
        Experiment kl = bench.model()->experiment();
        kl.loss.beta = 0.04;
        QVERIFY(!whyNotExplained(bench.shown().attempts[0], kl).isEmpty());
        Attempt probe = bench.shown().attempts[0];
        probe.origin = Origin::probe;
        QVERIFY(!whyNotExplained(probe, bench.model()->experiment()).isEmpty());
    }

    void aNoteIsKeptWithTheRun() {
        Bench bench;
        bench.open();
        const std::string key = "problem/" + bench.book()->reference()->id;
        bench.find<QPlainTextEdit>("note")->setPlainText(QStringLiteral("abandons the third step"));
        bench.trigger("problem.next");  // Going on keeps it at once.
        QCOMPARE(bench.model()->session()->note(key), std::string("abandons the third step"));
        QVERIFY(bench.find<QPlainTextEdit>("note")->toPlainText().isEmpty());
        bench.trigger("problem.previous");
        QCOMPARE(bench.find<QPlainTextEdit>("note")->toPlainText(), QStringLiteral("abandons the third step"));
    }
};

QTEST_MAIN(TestInspect)
#include "test_inspect.moc"
