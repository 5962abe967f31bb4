// SPDX-License-Identifier: GPL-3.0-or-later
// Layout files and shortcuts: saved, applied, refused with a reason, never lost.
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QTreeWidget>

#include "ui/models/comparison_model.h"
#include "ui/selection/selection.h"
#include "ui/views/inspect/problem_list.h"
#include "ui/views/live/heat_map.h"
#include "ui/window_bench.h"
#include "ui/workspaces/compare_workspace.h"
#include "ui/workspaces/habits.h"
#include "ui/workspaces/inspect_workspace.h"
#include "ui/workspaces/layouts.h"
#include "ui/workspaces/live_workspace.h"
#include "ui/workspaces/shortcuts.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

namespace {

QString said(const std::function<void()>& work) {
    try {
        work();
    } catch (const UserError& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

}  // namespace

class TestLayouts : public QObject {
    Q_OBJECT
    QTemporaryDir settings_;

   private Q_SLOTS:
    void initTestCase() {
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings_.path());  // Not the person's own.
        QCoreApplication::setOrganizationName(QStringLiteral("foothold-test"));
        Theme::instance().setMode(Theme::Mode::light);
    }

    void aLayoutKeepsEveryViewsSettings() {
        QTemporaryDir config;
        {
            WindowBench bench;
            bench.advance(20);
            bench.window->showWorkspace(QStringLiteral("inspect"));
            bench.window->inspect()->problems()->setSort(ProblemList::Sort::id);
            bench.find<QLineEdit>("problem-list.filter")->setText(QStringLiteral("T4"));
            bench.find<QComboBox>("attempts.show")->setCurrentIndex(2);
            bench.window->selection()->toggleState(1);
            bench.window->live()->map()->setOnlyFresh(true);
            Layouts* layouts = bench.window->habits()->layouts();
            bench.trigger("layout.save");
            bench.find<QLineEdit>("layouts.name")->setText(QStringLiteral("Hard / wrong"));
            bench.click("layouts.save");
            QVERIFY(!bench.find<QLabel>("layouts.message")->isVisible());
            layouts->reset();
            QVERIFY(bench.window->selection()->stateShown(1));
            QVERIFY(!bench.window->live()->map()->onlyFresh());
            QCOMPARE(bench.window->inspect()->problems()->sort(), ProblemList::Sort::need);
            bench.window->showWorkspace(QStringLiteral("live"));
            layouts->apply(QStringLiteral("Hard / wrong"));
            QCOMPARE(bench.window->workspace(), QStringLiteral("inspect"));
            QVERIFY(!bench.window->selection()->stateShown(1));
            QVERIFY(bench.window->live()->map()->onlyFresh());
            QCOMPARE(bench.find<QComboBox>("attempts.show")->currentIndex(), 2);
            // Readable: names, not numbers.
            QFile file(bench.path("config/layouts/hard---wrong.json"));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            QVERIFY(text.contains("\"filter\": \"T4\""));
            QVERIFY(text.contains("\"show\": \"wrong\""));
            QVERIFY(QDir().mkpath(config.filePath(QStringLiteral("layouts"))));
            QVERIFY(file.copy(config.filePath(QStringLiteral("layouts/hard.json"))));
        }
        // A window in which Inspect is not made yet gets its part when it is.
        WindowBench bench;
        QVERIFY(QDir().mkpath(bench.path("config/layouts")));
        QVERIFY(QFile::copy(config.filePath(QStringLiteral("layouts/hard.json")), bench.path("config/layouts/hard.json")));
        bench.window->habits()->layouts()->apply(QStringLiteral("Hard / wrong"));
        QCOMPARE(bench.window->inspect()->problems()->sort(), ProblemList::Sort::id);
        QCOMPARE(bench.find<QLineEdit>("problem-list.filter")->text(), QStringLiteral("T4"));
    }

    void comparesChoicesAreKept() {
        WindowBench bench;
        ComparisonModel* model = bench.window->compare()->model();
        model->setAxis(ComparisonModel::Axis::tokens);
        model->setSmoothing(25);
        Layouts* layouts = bench.window->habits()->layouts();
        layouts->save(QStringLiteral("by tokens"));
        layouts->reset();
        QCOMPARE(model->axis(), ComparisonModel::Axis::steps);
        QCOMPARE(model->smoothing(), ComparisonModel::usualSmoothing);
        layouts->apply(QStringLiteral("by tokens"));
        QCOMPARE(model->axis(), ComparisonModel::Axis::tokens);
        QCOMPARE(bench.find<QComboBox>("compareAxis")->currentIndex(), 1);
        QCOMPARE(bench.find<QSlider>("compareSmoothing")->value(), 25);
    }

    void aBrokenFileIsNamedAndNeverLost() {
        WindowBench bench;
        Layouts* layouts = bench.window->habits()->layouts();
        QVERIFY(QDir().mkpath(bench.path("config/layouts")));
        QFile file(bench.path("config/layouts/mine.json"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const QByteArray broken = "{\n  \"foothold-layout\": 1,\n  \"views\": {,}\n}\n";
        file.write(broken);
        file.close();
        bench.window->live()->map()->setOnlyFresh(true);
        const QString message = said([&] { layouts->apply(QStringLiteral("mine")); });
        QVERIFY2(message.contains(QStringLiteral("mine.json")) && message.contains(QStringLiteral("line 3")), qPrintable(message));
        QVERIFY(!bench.window->live()->map()->onlyFresh());  // The standard layout.
        QVERIFY(said([&] { layouts->save(QStringLiteral("Mine")); }).contains(QStringLiteral("not written over")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), broken);
    }

    void builtInOnesAreNotWrittenOver() {
        WindowBench bench;
        Layouts* layouts = bench.window->habits()->layouts();
        layouts->apply(QStringLiteral("Inspect"));
        QCOMPARE(bench.window->workspace(), QStringLiteral("inspect"));
        layouts->apply(QStringLiteral("Explore"));
        QCOMPARE(bench.window->workspace(), QStringLiteral("live"));
        QVERIFY(!said([&] { layouts->save(QStringLiteral("explore")); }).isEmpty());
        layouts->save(QStringLiteral("a"));
        layouts->save(QStringLiteral("b"));
        QVERIFY(said([&] { layouts->rename(QStringLiteral("a"), QStringLiteral("B")); }).contains(QStringLiteral("already")));
        layouts->rename(QStringLiteral("a"), QStringLiteral("first"));
        layouts->remove(QStringLiteral("b"));
        QStringList own;
        for (const Layouts::One& one : layouts->all())
            if (!one.builtIn) own << one.name;
        QCOMPARE(own, QStringList{QStringLiteral("first")});
    }

    void shortcutsClashWithAName() {
        WindowBench bench;
        Shortcuts* shortcuts = bench.window->habits()->shortcuts();
        QAction* pin = bench.window->actions().find(QStringLiteral("select.pin"));
        const QString clash = said([&] { shortcuts->set(pin, QKeySequence(QStringLiteral("F5"))); });
        QVERIFY2(clash.contains(QStringLiteral("Run")), qPrintable(clash));
        QVERIFY(said([&] { shortcuts->set(pin, QKeySequence(QStringLiteral("P"))); }).contains(QStringLiteral("typed")));
        shortcuts->set(pin, QKeySequence(QStringLiteral("Ctrl+F9")));
        QCOMPARE(pin->shortcut(), QKeySequence(QStringLiteral("Ctrl+F9")));
        QVERIFY(pin->toolTip().contains(QStringLiteral("Ctrl+F9")));
        bench.trigger("palette");
        auto* list = bench.find<QListWidget>("palette.list");
        bool shown = false;
        for (int i = 0; i < list->count(); ++i)
            for (int role = Qt::UserRole; role < Qt::UserRole + 4; ++role) shown = shown || list->item(i)->data(role).toString() == QStringLiteral("Ctrl+F9");
        QVERIFY(shown);
        shortcuts->reset(pin);
        QCOMPARE(pin->shortcut(), QKeySequence(QStringLiteral("Ctrl+D")));
    }

    void everyActionHasItsOwnKeys() {
        WindowBench bench;
        const Shortcuts* shortcuts = bench.window->habits()->shortcuts();
        for (QAction* action : bench.window->actions().all())
            if (const QAction* other = shortcuts->holder(action->shortcut(), action)) QFAIL(qPrintable(action->objectName() + QStringLiteral(" and ") + other->objectName()));
    }

    void theEditorTakesKeysFromAnother() {
        WindowBench bench;
        bench.trigger("shortcuts");
        auto* tree = bench.find<QTreeWidget>("shortcuts.tree");
        for (QTreeWidgetItemIterator at(tree); *at; ++at)
            if ((*at)->data(0, Qt::UserRole).toString() == QStringLiteral("select.star")) tree->setCurrentItem(*at);
        bench.find<QKeySequenceEdit>("shortcuts.keys")->setKeySequence(QKeySequence(QStringLiteral("F8")));
        bench.click("shortcuts.assign");
        QVERIFY(bench.text("shortcuts.message").contains(QStringLiteral("Swap")));
        QVERIFY(bench.find<QPushButton>("shortcuts.take")->isVisible());
        bench.click("shortcuts.take");
        QCOMPARE(bench.window->actions().find(QStringLiteral("select.star"))->shortcut(), QKeySequence(QStringLiteral("F8")));
        QVERIFY(bench.window->actions().find(QStringLiteral("select.swap"))->shortcut().isEmpty());
        bench.click("shortcuts.reset-all");
        QCOMPARE(bench.window->actions().find(QStringLiteral("select.swap"))->shortcut(), QKeySequence(QStringLiteral("F8")));
    }

    void shortcutsAreRemembered() {
        QWidget window;
        ActionRegistry first(&window), second(&window);
        for (ActionRegistry* registry : {&first, &second}) {
            registry->add(QStringLiteral("a"), {}, QStringLiteral("A"), {}, QKeySequence(QStringLiteral("F2")), [] {});
            registry->add(QStringLiteral("b"), {}, QStringLiteral("B"), {}, QKeySequence(QStringLiteral("F3")), [] {});
        }
        Shortcuts one(&first, true);
        one.set(first.find(QStringLiteral("a")), {});
        one.set(first.find(QStringLiteral("b")), QKeySequence(QStringLiteral("F2")));
        Shortcuts two(&second, true);
        two.restore();
        QVERIFY(second.find(QStringLiteral("a"))->shortcut().isEmpty());
        QCOMPARE(second.find(QStringLiteral("b"))->shortcut(), QKeySequence(QStringLiteral("F2")));
        two.resetAll();
        QVERIFY(!QSettings().contains(QStringLiteral("shortcuts/a")));
    }
};

QTEST_MAIN(TestLayouts)
#include "test_layouts.moc"
