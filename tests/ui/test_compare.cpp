// SPDX-License-Identifier: GPL-3.0-or-later
// The Compare workspace on stored runs, and the dialog that plans a comparison.
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QtTest>

#include "../core/whole_runs.h"
#include "record/error.h"
#include "session/comparison_runs.h"
#include "ui/models/comparison_model.h"
#include "ui/views/common/setting_field.h"
#include "ui/views/compare/finding_card.h"
#include "ui/views/compare/problem_map.h"
#include "ui/views/common/plot_library.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/new_comparison.h"

using namespace foothold;
using namespace foothold::ui;

class TestCompare : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    ComparisonPlan stored_;

   private Q_SLOTS:
    void initTestCase() {
        stored_.dir = tmp_.filePath("comparison").toStdString();
        stored_.seeds = 2;
        stored_.steps = 4;
        stored_.arms = {{"plain", small("[guidance]\npolicy = \"grpo\"\n"), {}, 0}, {"hinted", small(), {}, 0}};
        write_plan(stored_);
        QVERIFY(run_comparison(stored_, "cpu", [](CellIndex, Session&, bool) {}, {}));
    }

    void showsWhatIsStored() {
        CompareWorkspace workspace;
        workspace.model()->open(stored_.dir);
        workspace.resize(1200, 760);
        workspace.show();
        QCOMPARE(workspace.model()->doneCells(), std::size_t(4));
        QCOMPARE(workspace.model()->tier(), QStringLiteral("*:6"));
        QVERIFY(!workspace.findChild<QPushButton*>("compareRun")->isVisible());  // Nothing is missing.
        auto* plot = workspace.findChild<QCustomPlot*>("wrongPlotCanvas");
        QVERIFY(plot->accessibleDescription().contains("plain") && plot->accessibleDescription().contains("hinted"));
        auto* finding = workspace.findChild<FindingCard*>();
        QVERIFY(finding->text().contains("hinted minus plain"));
        workspace.model()->setBaseline(1);
        QVERIFY(finding->text().contains("plain minus hinted"));
        workspace.findChild<QPushButton*>("findingCopy")->click();
        const QString copied = QApplication::clipboard()->text();
        QVERIFY(copied.contains("What this does not show") && copied.contains("seeds: 2"));
        workspace.model()->setShown(0, false);
        QVERIFY(!plot->accessibleDescription().contains("plain"));
        workspace.model()->setOnlyTwo(true);
        QVERIFY(plot->accessibleDescription().contains("plain"));
    }

    void onePairOffersMoreSeeds() {
        ComparisonPlan pair = stored_;
        pair.dir = tmp_.filePath("pair").toStdString();
        pair.seeds = 1;
        write_plan(pair);
        QVERIFY(run_comparison(pair, "cpu", [](CellIndex, Session&, bool) {}, {}));
        CompareWorkspace workspace;
        auto* model = workspace.model();
        model->open(pair.dir);
        workspace.show();
        QVERIFY(workspace.findChild<FindingCard*>()->text().contains("one pair: no interval, no claim", Qt::CaseInsensitive));
        auto* more = workspace.findChild<QPushButton*>("findingMore");
        QVERIFY(more->isVisible());
        more->click();
        QCOMPARE(read_plan(pair.dir).seeds, 6);
        QVERIFY(model->running() && !more->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(model->doneCells(), std::size_t(12), 60000);
        QVERIFY(!workspace.findChild<FindingCard*>()->text().contains("one pair", Qt::CaseInsensitive));
    }

    /// Counts and tiles are those of the stored runs; a double click asks for the run of the chosen arm.
    void problemsOneByOne() {
        CompareWorkspace workspace;
        workspace.model()->open(stored_.dir);
        workspace.resize(1200, 760);
        workspace.show();
        int higher = 0, tried = 0;
        std::string first;
        for (const ProblemDifference& p : problem_differences(workspace.model()->result(), 1, 0)) {
            tried += p.seeds > 0;
            higher += p.seeds == 2 && p.higher == 2;
            if (first.empty() && p.tier == "*:6") first = p.id;  // The hardest tier is on top.
        }
        QVERIFY(tried > 0);
        auto* map = workspace.findChild<ProblemMap*>();
        QVERIFY2(map->summary().contains(QStringLiteral("▲ %1 higher").arg(higher)) && map->summary().contains(QStringLiteral("of %1 problems (seeds: 2)").arg(tried)), qPrintable(map->summary()));
        QSignalSpy asked(&workspace, &CompareWorkspace::cellAsked);
        auto* tiles = workspace.findChild<QWidget*>("problemTiles");
        QTest::keyClick(tiles, Qt::Key_Home);
        QTest::keyClick(tiles, Qt::Key_Return);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked[0][0].toString().toStdString(), stored_.cell_dir(1, 0).string());
        QCOMPARE(asked[0][1].toString().toStdString(), first);
    }

    /// A longer plan is written at once, and shows what is missing; while another process runs the cells, it stays as it is.
    void armsAndSeedsAreAdded() {
        ComparisonPlan copy = stored_;
        copy.dir = tmp_.filePath("grown").toStdString();
        write_plan(copy);
        CompareWorkspace workspace;
        auto* model = workspace.model();
        model->open(copy.dir);
        model->addSeeds(3);
        QCOMPARE(read_plan(copy.dir).seeds, 5);
        NewComparisonDialog dialog(model->plan(), model->baseline());
        dialog.findChild<SettingField*>()->setKey("optimizer.lr");
        dialog.findChild<QLineEdit*>("comparison.value")->setText("0.002");
        QSignalSpy armed(&dialog, &NewComparisonDialog::armed);
        dialog.findChild<QPushButton*>("comparisonStart")->click();
        QCOMPARE(armed.size(), 1);
        model->addArm(dialog.arm());
        QCOMPARE(read_plan(copy.dir).arms[2].experiment.optimizer.lr, .002);
        QCOMPARE(model->chosen(), std::size_t(2));
        QCOMPARE(model->allCells(), std::size_t(15));
        QVERIFY_THROWS_EXCEPTION(UserError, model->addArm(dialog.arm()));  // The same name twice.
        QCOMPARE(model->plan().arms.size(), std::size_t(3));
        QVERIFY(!model->running());
        const RunLock held(copy.dir);
        QVERIFY(model->running());
        QVERIFY_THROWS_EXCEPTION(UserError, model->addSeeds(1));
    }

    void aFolderThatIsNoneLeavesWhatWasOpen() {
        CompareWorkspace workspace;
        workspace.model()->open(stored_.dir);
        QVERIFY_THROWS_EXCEPTION(UserError, workspace.model()->open(tmp_.path().toStdString()));
        QCOMPARE(workspace.model()->plan().arms.size(), std::size_t(2));
    }

    void thePlanIsOneSettingChanged() {
        NewComparisonDialog dialog(small(), {}, -1);
        dialog.findChild<QSpinBox*>("comparisonSeeds")->setValue(3);
        const ComparisonPlan plan = dialog.plan();
        QCOMPARE(plan.seeds, 3);
        QCOMPARE(plan.arms[1].experiment.guidance.policy, std::string("grpo"));
        dialog.findChild<SettingField*>()->setKey("guidance.ratio");
        dialog.findChild<QLineEdit*>("comparison.value")->setText("7");
        QVERIFY_THROWS_EXCEPTION(UserError, dialog.plan());  // Out of range.
        dialog.findChild<QLineEdit*>("comparison.value")->setText("0.75");
        QVERIFY_THROWS_EXCEPTION(UserError, dialog.plan());  // As it is already.
        dialog.findChild<QPushButton*>("comparisonStart")->click();
        QVERIFY(dialog.findChild<QLabel*>("comparisonProblem")->text().contains("guidance.ratio"));
    }
};

QTEST_MAIN(TestCompare)
#include "test_compare.moc"
