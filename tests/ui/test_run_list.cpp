// SPDX-License-Identifier: GPL-3.0-or-later
// The list of stored runs and comparisons.
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>

#include "../core/whole_runs.h"
#include "studies/comparison.h"
#include "ui/views/frame/run_list.h"

using namespace foothold;
using namespace foothold::ui;

class TestRunList : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    std::filesystem::path in_(const char* name) const { return std::filesystem::path(tmp_.path().toStdString()) / name; }
    static QTreeWidgetItem* row(RunListDialog& dialog, const QString& name) {
        const auto found = dialog.findChild<QTreeWidget*>("runs.list")->findItems(name, Qt::MatchExactly);
        return found.isEmpty() ? nullptr : found.first();
    }

   private Q_SLOTS:
    void initTestCase() {
        run_to_end(*Session::create(small(), at(in_("alone"), 1)));
        ComparisonPlan plan;
        plan.dir = in_("two-arms");
        plan.seeds = 3;
        plan.arms = {{"a", small(), {}, 0}, {"b", small(), {}, 0}};
        write_plan(plan);
        std::filesystem::create_directories(in_("broken"));
        QFile file(QString::fromStdString((in_("broken") / "comparison.toml").string()));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("arms = 3") > 0);
    }

    void comparisonsStandBesideRuns() {
        RunListDialog dialog(in_(""), {}, nullptr);
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        auto* list = dialog.findChild<QTreeWidget*>("runs.list");
        QCOMPARE(list->topLevelItemCount(), 3);
        QCOMPARE(row(dialog, "two-arms")->text(2), QStringLiteral("2 × 3 seeds"));
        QVERIFY(row(dialog, "broken")->toolTip(2).contains("arms"));  // Said where it is listed.
        list->setCurrentItem(row(dialog, "two-arms"));
        QVERIFY(dialog.findChild<QPushButton*>("runs.open")->isEnabled() && !dialog.findChild<QPushButton*>("runs.resume")->isEnabled());
        QSignalSpy opened(&dialog, &RunListDialog::openRun);
        dialog.findChild<QPushButton*>("runs.open")->click();
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toString().toStdString(), in_("two-arms").string());
    }

    void aRunIsRenamedUnlessItIsInUse() {
        RunListDialog dialog(in_(""), {}, nullptr);
        {
            const RunLock held(in_("alone"));
            row(dialog, "alone")->setText(0, "taken");
            QVERIFY(dialog.findChild<QLabel*>("runs.message")->text().contains("in use by process"));
            QVERIFY(row(dialog, "alone"));
        }
        dialog.findChild<QTreeWidget*>("runs.list")->setCurrentItem(row(dialog, "alone"));
        row(dialog, "alone")->setText(0, "first try");
        QVERIFY(row(dialog, "first try"));
        QCOMPARE(RunReader::open(in_("alone"))->info().name, std::string("first try"));
    }

    void theTrashIsAskedAndBelieved() {
        RunListDialog dialog(in_(""), {}, nullptr);
        auto* list = dialog.findChild<QTreeWidget*>("runs.list");
        list->setCurrentItem(row(dialog, "two-arms"));
        RunListDialog::moveToTrash = [](const QString&) { return false; };
        dialog.findChild<QPushButton*>("runs.trash")->click();
        QVERIFY(dialog.findChild<QLabel*>("runs.message")->text().contains("could not be moved"));
        QCOMPARE(list->topLevelItemCount(), 3);
        RunListDialog::moveToTrash = [](const QString& path) { return std::filesystem::remove_all(path.toStdString()) > 0; };
        list->setCurrentItem(row(dialog, "two-arms"));
        dialog.findChild<QPushButton*>("runs.trash")->click();
        QCOMPARE(list->topLevelItemCount(), 2);
    }
};

QTEST_MAIN(TestRunList)
#include "test_run_list.moc"
