// SPDX-License-Identifier: GPL-3.0-or-later
// Help, "what is this?", views in words, the way by keyboard, files dropped and experiments pasted.
#include <QAbstractButton>
#include <QActionGroup>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <set>

#include "../core/whole_runs.h"
#include "session/comparison_runs.h"
#include "ui/models/experiment_editor.h"
#include "ui/selection/selection.h"
#include "ui/views/frame/help_dialog.h"
#include "ui/window_bench.h"
#include "ui/workspaces/habits.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

namespace {

/// What a person can use: what takes the focus, and every button. Parts of other controls (the field of a combo box) are not counted.
std::vector<QWidget*> controls(QWidget* root) {
    std::vector<QWidget*> found;
    for (QWidget* widget : root->findChildren<QWidget*>()) {
        if (widget->focusPolicy() == Qt::NoFocus && !qobject_cast<QAbstractButton*>(widget)) continue;
        if (widget->objectName().startsWith(QStringLiteral("qt_")) || qobject_cast<QScrollBar*>(widget) || qobject_cast<QLabel*>(widget) || qobject_cast<QMenu*>(widget) || qobject_cast<QMenuBar*>(widget)) continue;
        if (widget->windowType() == Qt::Popup || widget->inherits("QComboBoxPrivateContainer") || widget->inherits("QComboBoxListView")) continue;
        const QWidget* parent = widget->parentWidget();
        if (parent && (parent->inherits("QAbstractSpinBox") || parent->inherits("QComboBox") || parent->inherits("QLineEdit") || parent->inherits("QMenuBar"))) continue;
        found.push_back(widget);
    }
    return found;
}

bool send(QWidget* to, QEvent::Type type, const QMimeData& data) {
    if (type == QEvent::Drop) {
        QDropEvent drop(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(to, &drop);
        return drop.isAccepted();
    }
    QDragEnterEvent enter({200, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(to, &enter);
    return enter.isAccepted();
}

}  // namespace

class TestHelp : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    void initTestCase() { Theme::instance().setMode(Theme::Mode::light); }

    /// A page with long tables froze the window for minutes: this test did not end.
    void everyPageOpens() {
        const std::filesystem::path folder = FOOTHOLD_SOURCE_DIR "/resources/help";
        HelpDialog dialog(folder);
        auto* text = dialog.findChild<QTextBrowser*>(QStringLiteral("help.text"));
        for (const QString& name : QDir(QString::fromStdString(folder.string())).entryList({QStringLiteral("*.md")})) {
            dialog.open(name.chopped(3));
            QCoreApplication::processEvents();
            QFile file(QString::fromStdString(folder.string()) + '/' + name);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QString title = QString::fromUtf8(file.readLine()).mid(2).trimmed();
            QVERIFY2(text->toPlainText().startsWith(title), qPrintable(name + ": " + text->toPlainText().left(40)));
            QVERIFY2(!text->toPlainText().contains(QStringLiteral("|---")), qPrintable(name));
        }
    }

    void linksLeadToHeadings() {
        const std::filesystem::path folder = FOOTHOLD_SOURCE_DIR "/resources/help";
        HelpDialog dialog(folder);
        auto* text = dialog.findChild<QTextBrowser*>(QStringLiteral("help.text"));
        dialog.open(QStringLiteral("words"));
        QUrl there = QUrl::fromLocalFile(QString::fromStdString((folder / "studies.md").string()));
        there.setFragment(QStringLiteral("problem-families"));
        text->setSource(there);
        QCoreApplication::processEvents();
        QCOMPARE(text->textCursor().block().text(), QStringLiteral("Problem families"));
        QVERIFY(text->verticalScrollBar()->value() > 0 && text->cursorRect().top() < text->viewport()->height() / 2);
    }

    void everyControlSaysWhatItIs() {
        WindowBench bench;
        bench.advance(30);
        ComparisonPlan plan;
        plan.dir = bench.path("comparison").toStdString();
        plan.seeds = 2;
        plan.steps = 2;
        plan.arms = {{"plain", small("[guidance]\npolicy = \"grpo\"\n"), {}, 0}, {"hinted", small(), {}, 0}};
        write_plan(plan);
        QVERIFY(run_comparison(plan, "cpu", [](CellIndex, Session&, bool) {}, {}));
        bench.window->openComparison(plan.dir);
        for (QAction* action : bench.window->actions().find(QStringLiteral("view.live"))->actionGroup()->actions()) action->trigger();
        QCoreApplication::processEvents();
        QStringList missing;
        const auto all = controls(bench.window.get());
        for (const QWidget* widget : all) {
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            const bool named = !widget->accessibleName().isEmpty() || (button && !button->text().isEmpty());
            if (widget->whatsThis().size() < 12 || !named)
                missing << QStringLiteral("%1 %2 (in %3)%4").arg(QString::fromLatin1(widget->metaObject()->className()), widget->objectName(), widget->parentWidget() ? widget->parentWidget()->objectName() : QString(),
                                                                 named ? QString() : QStringLiteral(" has no name"));
        }
        QVERIFY(all.size() > 60);
        for (const QString& one : missing) qWarning("%s", qPrintable(one));
        QVERIFY(missing.isEmpty());
    }

    void everyPlotIsDescribedAndFollowsTheStep() {
        WindowBench bench;
        bench.advance(30);
        for (const char* name : {"heatMap", "plots", "history"}) {
            QWidget* view = bench.find<QWidget>(name);
            bench.window->selection()->setStep(28);
            QCoreApplication::processEvents();
            view->grab();
            const QString late = view->accessibleDescription();
            bench.window->selection()->setStep(3);
            view->grab();
            QVERIFY2(!late.isEmpty(), name);
            QVERIFY2(view->accessibleDescription() != late, name);
        }
        bench.trigger("view.describe");
        const QString text = bench.find<QPlainTextEdit>("describe.text")->toPlainText();
        QVERIFY(text.contains(QStringLiteral("Step 3 of 30")));
        QVERIFY(text.contains(bench.find<QWidget>("heatMap")->accessibleDescription()));
        bench.window->selection()->setStep(20);
        QVERIFY(bench.find<QPlainTextEdit>("describe.text")->toPlainText().contains(QStringLiteral("Step 20 of 30")));
    }

    void tabReachesEveryControlInFront() {
        WindowBench bench;
        bench.advance(10);
        for (const char* workspace : {"live", "inspect"}) {
            bench.window->showWorkspace(QString::fromLatin1(workspace));
            QCoreApplication::processEvents();
            std::set<const QWidget*> reached;
            const QWidget* at = bench.window.get();
            for (int i = 0; i < 2000 && (at = at->nextInFocusChain()) != bench.window.get(); ++i) reached.insert(at);
            for (const QWidget* widget : controls(bench.window.get()))
                if (widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus)) QVERIFY2(reached.contains(widget), qPrintable(widget->objectName()));
        }
    }

    void filesAreDropped() {
        WindowBench bench;
        const auto before = bench.made.size();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(bench.path("mine.toml"))});
        QVERIFY(send(bench.window.get(), QEvent::DragEnter, data));
        QVERIFY(bench.find<QWidget>("drop.hint")->isVisible());
        QVERIFY(bench.find<QWidget>("drop.hint")->accessibleName().contains(QStringLiteral("mine.toml")));
        send(bench.window.get(), QEvent::Drop, data);
        QVERIFY(!bench.find<QWidget>("drop.hint")->isVisible());
        QCOMPARE(bench.made.size(), before + 1);
        QVERIFY(QDir().mkpath(bench.path("some-run")));
        data.setUrls({QUrl::fromLocalFile(bench.path("some-run"))});
        QVERIFY(send(bench.window.get(), QEvent::DragEnter, data));
        send(bench.window.get(), QEvent::Drop, data);
        QVERIFY2(bench.window->notice()->text().contains(QStringLiteral("not a run directory")), qPrintable(bench.window->notice()->text()));
        QCOMPARE(bench.opened.size(), std::size_t{1});
        QCOMPARE(bench.made.size(), before + 1);  // What was open stays.
        QMimeData words;
        words.setText(QStringLiteral("hello"));
        QVERIFY(!send(bench.window.get(), QEvent::DragEnter, words));
    }

    void anExperimentTravelsAsText() {
        WindowBench bench;
        bench.window->editor()->edit("optimizer.lr", 0.00042);
        bench.trigger("file.copy");
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("0.00042")));
        const auto before = bench.made.size();
        bench.trigger("file.paste");
        QCOMPARE(bench.made.size(), before + 1);
        QCOMPARE(bench.made.back().optimizer.lr, 0.00042);
        QGuiApplication::clipboard()->setText(QStringLiteral("guidance.ratoi = 3"));
        bench.trigger("file.paste");
        QCOMPARE(bench.made.size(), before + 1);
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("ratoi")) || bench.window->notice()->text().contains(QStringLiteral("clipboard")));
        QGuiApplication::clipboard()->clear();
        bench.trigger("file.paste");
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("no text")));
    }

    void helpIsSearched() {
        WindowBench bench;
        bench.trigger("help.contents");
        auto* pages = bench.find<QListWidget>("help.pages");
        QVERIFY(pages->count() >= 5);
        QCOMPARE(pages->currentRow(), 0);
        auto* text = bench.find<QTextBrowser>("help.text");
        QVERIFY(text->toPlainText().contains(QStringLiteral("First tour")));
        text->setSource(QUrl(QStringLiteral("inspect.md")));  // As a click on a link does.
        QCOMPARE(pages->currentItem()->data(Qt::UserRole).toString(), QStringLiteral("inspect.md"));
        bench.find<QLineEdit>("help.find")->setText(QStringLiteral("advantage"));
        QVERIFY(!text->extraSelections().isEmpty());
        bench.find<QLineEdit>("help.find")->setText(QStringLiteral("xyzzy"));
        QVERIFY(text->extraSelections().isEmpty());
        QVERIFY(bench.text("help.found").contains(QStringLiteral("not found")));
    }
};

QTEST_MAIN(TestHelp)
#include "test_help.moc"
