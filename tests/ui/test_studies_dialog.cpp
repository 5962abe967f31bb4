// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions in the window: nothing stored, stored cells with their verdict and plots, names for everything.
#include <QComboBox>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QWheelEvent>
#include <QtTest>

#include "studies/study.h"
#include "ui/views/common/export_button.h"
#include "ui/views/studies/studies_dialog.h"
#include "ui/views/studies/study_chart.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

QString shown(const QWidget& dialog) {
    QString all;
    for (const QLabel* label : dialog.findChild<QScrollArea*>(QStringLiteral("studies.page"))->widget()->findChildren<QLabel*>()) all += label->text() + '\n';
    return all.remove(QChar(0x2060));  // Which keeps numbers whole.
}

/// Cells of the guidance study as if they had been run: GHPO .2 above GRPO in area, with fewer dead groups.
void store(const std::filesystem::path& root, StudySetting setting) {
    const Study& study = find_study("guidance");
    for (const StudyCell& cell : study.cells(setting)) {
        CellResult r;
        const bool plain = cell.arm == "grpo";
        r.measures = {{"auc", (plain ? .4 : cell.arm == "random" ? .5 : .6) + .001 * static_cast<double>(cell.seed % 4) * (plain ? 1 : 2)}, {"dead", plain ? .5 : .1 + .001 * static_cast<double>(cell.seed % 3)}};
        r.curves["accuracy/*:10"] = {{0, 0}, {1e6, plain ? 0 : .8}};
        r.curves["dead"] = {{0, .5}, {1e6, plain ? .5 : 0}};
        r.tokens = 1e6;
        write_cell(study, root / study.name() / to_string(setting), {cell, r});
    }
}

}  // namespace

class TestStudiesDialog : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    void everyQuestionHasItsPageBeforeAnythingIsRun() {
        QTemporaryDir folder;
        StudiesDialog dialog(folder.path().toStdString());
        auto* list = dialog.findChild<QListWidget*>(QStringLiteral("studies.list"));
        QCOMPARE(list->count(), static_cast<int>(studies().size()));
        for (const auto& study : studies()) {
            dialog.showStudy(study->name());
            const QString all = shown(dialog);
            QVERIFY(all.contains(QString::fromStdString(study->title())) && all.contains(QString::fromStdString(study->claim())));
            QVERIFY(all.contains(QStringLiteral("Not run yet")));
            QVERIFY(all.contains(QString::fromStdString(study->report(StudySetting::full, {}).against.front())));
            QVERIFY(dialog.findChildren<QTableWidget*>().isEmpty());
            QVERIFY(!dialog.grab().isNull());
        }
        QVERIFY(!dialog.findChild<QPushButton*>(QStringLiteral("studies.stop"))->isVisible());
    }

    void aDemonstrationClaimsNothing() {
        QTemporaryDir folder;
        store(folder.path().toStdString(), StudySetting::quick);
        StudiesDialog dialog(folder.path().toStdString());
        QVERIFY(shown(dialog).contains(QStringLiteral("Not decided")));
        QVERIFY(shown(dialog).contains(QStringLiteral("no interval")));
        QCOMPARE(dialog.findChild<QTableWidget*>(QStringLiteral("study.table"))->rowCount(), 3);
    }

    void hoursAreSaidBeforeTheStart() {
        QTemporaryDir folder;
        StudiesDialog dialog(folder.path().toStdString());
        double hours = 0;
        for (const StudyCell& cell : studies().front()->cells(StudySetting::full)) hours += cell.minutes / 60;
        const QString words = dialog.findChild<QPushButton*>(QStringLiteral("studies.full"))->text();
        QVERIFY2(words.contains(QString::number(hours, 'f', 1)), qPrintable(words));
    }

    void storedCellsGiveVerdictPlotsAndTable() {
        QTemporaryDir folder;
        store(folder.path().toStdString(), StudySetting::full);
        StudiesDialog dialog(folder.path().toStdString());
        QVERIFY2(shown(dialog).contains(QStringLiteral("Supported here")), qPrintable(shown(dialog)));
        const StudyReport report = find_study("guidance").report(StudySetting::full, read_cells(find_study("guidance"), StudySetting::full, std::filesystem::path(folder.path().toStdString()) / "guidance" / "full"));
        QVERIFY(shown(dialog).contains(QString::fromStdString(report.sentence)));
        auto* table = dialog.findChild<QTableWidget*>(QStringLiteral("study.table"));
        QCOMPARE(table->rowCount(), static_cast<int>(report.texts.size()));
        const auto charts = dialog.findChildren<StudyChart*>();
        QCOMPARE(charts.size(), static_cast<qsizetype>(report.plots.size()));
        for (StudyChart* chart : charts) {
            std::size_t points = 0;
            for (const auto& series : report.plots[static_cast<std::size_t>(charts.indexOf(chart))].series) points += series.points.size();
            QCOMPARE(chart->shownTable().rows.size(), points);
            QVERIFY(chart->findChild<ExportButton*>());
        }
    }

    /// A plot that takes the wheel would stop a page of many plots wherever the pointer stands.
    void theWheelScrollsOverPlotsToo() {
        const QTemporaryDir folder;
        store(folder.path().toStdString(), StudySetting::full);
        StudiesDialog dialog(folder.path().toStdString());
        dialog.show();
        for (auto* chart : dialog.findChildren<StudyChart*>()) {
            auto* canvas = chart->findChildren<QWidget*>(QRegularExpression(QStringLiteral("study.canvas.*"))).value(0);
            QVERIFY(canvas);
            QWidget* under = chart->childAt(canvas->mapTo(chart, canvas->rect().center()));
            for (; under && under != chart; under = under->parentWidget()) {
                QWheelEvent wheel({5, 5}, under->mapToGlobal(QPointF(5, 5)), {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
                QApplication::sendEvent(under, &wheel);
                QVERIFY2(!wheel.isAccepted(), qPrintable(under->objectName()));
            }
        }
    }

    void whatCameWithTheProgramStandsBesideOnesOwn() {
        QTemporaryDir folder, evidence;
        const Study& study = find_study("guidance");
        const std::filesystem::path own = folder.path().toStdString(), came = evidence.path().toStdString();
        store(came, StudySetting::full);
        auto cells = read_cells(study, StudySetting::full, came / "guidance" / "full");
        cells.resize(60);
        pack_cells(study, cells, came / "guidance.jsonl");
        {
            StudiesDialog dialog(own, came);
            auto* state = dialog.findChild<QLabel*>(QStringLiteral("studies.state"));
            QVERIFY2(state->text().contains(QStringLiteral("60 of")), qPrintable(state->text()));
            QVERIFY(shown(dialog).contains(QStringLiteral("Supported here")));
            dialog.showStudy("hard-samples");  // Nothing came of this one.
            QVERIFY(shown(dialog).contains(QStringLiteral("Not run yet")));
        }
        store(own, StudySetting::full);
        StudiesDialog dialog(own, came);  // Whoever ran everything sees that first.
        auto* state = dialog.findChild<QLabel*>(QStringLiteral("studies.state"));
        QVERIFY2(state->text().contains(QStringLiteral("All")), qPrintable(state->text()));
        auto* source = dialog.findChild<QComboBox*>(QStringLiteral("studies.source"));
        source->setFocus();
        QTest::keyClick(source, Qt::Key_Up);
        QVERIFY2(state->text().contains(QStringLiteral("60 of")), qPrintable(state->text()));
    }

    void theListTellsEveryVerdict() {
        QTemporaryDir folder, evidence;
        const std::filesystem::path own = folder.path().toStdString(), came = evidence.path().toStdString();
        store(own, StudySetting::full);
        const Study& last = *studies().back();
        pack_cells(last, {{last.cells(StudySetting::full).front(), {}}}, came / (last.name() + ".jsonl"));
        StudiesDialog dialog(own, came);
        auto* list = dialog.findChild<QListWidget*>(QStringLiteral("studies.list"));
        QTRY_VERIFY2(list->item(list->count() - 1)->text().endsWith(QStringLiteral("\nNot decided")), qPrintable(list->item(list->count() - 1)->text()));
        QVERIFY2(list->item(0)->text().contains(QStringLiteral("\nSupported here")), qPrintable(list->item(0)->text()));
        QVERIFY(!list->item(1)->text().contains('\n'));
    }

    void everyControlIsNamed() {
        QTemporaryDir folder;
        store(folder.path().toStdString(), StudySetting::quick);
        StudiesDialog dialog(folder.path().toStdString());
        for (QWidget* widget : dialog.findChildren<QWidget*>()) {
            const auto* button = qobject_cast<QAbstractButton*>(widget);
            if ((widget->focusPolicy() == Qt::NoFocus && !button) || widget->objectName().startsWith(QStringLiteral("qt_")) || widget->inherits("QComboBoxListView") || widget->inherits("QTableCornerButton")) continue;
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()), qPrintable(QString::fromLatin1(widget->metaObject()->className()) + ' ' + widget->objectName()));
            QVERIFY2(widget->whatsThis().size() >= 12, qPrintable(QString::fromLatin1(widget->metaObject()->className()) + ' ' + widget->objectName()));
        }
    }
};

QTEST_MAIN(TestStudiesDialog)
#include "test_studies_dialog.moc"
