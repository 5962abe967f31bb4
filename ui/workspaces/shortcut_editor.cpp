// SPDX-License-Identifier: GPL-3.0-or-later
// List, field and buttons of the shortcut editor.
#include "ui/workspaces/shortcut_editor.h"

#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>

#include "record/error.h"
#include "ui/views/common/card.h"
#include "ui/workspaces/action_registry.h"
#include "ui/workspaces/shortcuts.h"

namespace foothold::ui {

ShortcutEditor::ShortcutEditor(const ActionRegistry& actions, Shortcuts* shortcuts, QWidget* parent) : QDialog(parent), actions_(actions), shortcuts_(shortcuts) {
    setObjectName(QStringLiteral("shortcuts.dialog"));
    setWindowTitle(tr("Shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(22, 18, 22, 18);
    column->setSpacing(10);
    column->addWidget(new Text(windowTitle(), FontRole::cardTitle));
    filter_ = new QLineEdit;
    filter_->setObjectName(QStringLiteral("shortcuts.filter"));
    filter_->setAccessibleName(tr("Filter the actions"));
    filter_->setPlaceholderText(tr("Filter by name or keys"));
    filter_->addAction(Theme::instance().icon(QStringLiteral("search"), ColorRole::text3), QLineEdit::LeadingPosition);
    filter_->setClearButtonEnabled(true);
    column->addWidget(filter_);
    tree_ = new QTreeWidget;
    tree_->setObjectName(QStringLiteral("shortcuts.tree"));
    tree_->setAccessibleName(tr("Actions and their keys"));
    tree_->setHeaderLabels({tr("Action"), tr("Keys")});
    tree_->setUniformRowHeights(true);
    column->addWidget(tree_, 1);
    auto* line = new QHBoxLayout;
    keys_ = new QKeySequenceEdit;
    keys_->setObjectName(QStringLiteral("shortcuts.keys"));
    keys_->setAccessibleName(tr("New keys"));
    const auto button = [](const QString& text, const char* name) {
        auto* made = new QPushButton(text);
        made->setObjectName(QString::fromLatin1(name));
        made->setAutoDefault(false);
        return made;
    };
    assign_ = button(tr("Assign"), "shortcuts.assign");
    none_ = button(tr("No keys"), "shortcuts.none");
    reset_ = button(tr("Standard"), "shortcuts.reset");
    auto* all = button(tr("Reset all"), "shortcuts.reset-all");
    auto* close = button(tr("Close"), "shortcuts.close");
    line->addWidget(keys_, 1);
    for (QWidget* one : {assign_, none_, reset_}) line->addWidget(one);
    column->addLayout(line);
    auto* said = new QHBoxLayout;
    message_ = new Text(QString(), FontRole::body, ColorRole::bad);
    message_->setObjectName(QStringLiteral("shortcuts.message"));
    message_->setWordWrap(true);
    message_->setMinimumHeight(36);
    take_ = button({}, "shortcuts.take");
    take_->hide();
    said->addWidget(message_, 1);
    said->addWidget(take_);
    column->addLayout(said);
    auto* bottom = new QHBoxLayout;
    bottom->addWidget(all);
    bottom->addStretch();
    bottom->addWidget(close);
    column->addLayout(bottom);
    resize(620, 560);
    fill();

    connect(filter_, &QLineEdit::textChanged, this, &ShortcutEditor::filter);
    connect(tree_, &QTreeWidget::currentItemChanged, this, &ShortcutEditor::showCurrent);
    connect(tree_, &QTreeWidget::itemActivated, keys_, qOverload<>(&QWidget::setFocus));
    connect(assign_, &QPushButton::clicked, this, [this] { assign(false); });
    connect(take_, &QPushButton::clicked, this, [this] { assign(true); });
    connect(none_, &QPushButton::clicked, this, [this] {
        keys_->clear();
        assign(false);
    });
    connect(reset_, &QPushButton::clicked, this, [this] {
        if (!current()) return;
        keys_->setKeySequence(Shortcuts::standard(current()));
        assign(false);
    });
    connect(all, &QPushButton::clicked, this, [this] {
        shortcuts_->resetAll();
        showCurrent();
    });
    connect(shortcuts_, &Shortcuts::changed, this, &ShortcutEditor::fill);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    showCurrent();
}

QAction* ShortcutEditor::current() const {
    const QTreeWidgetItem* item = tree_->currentItem();
    return item ? actions_.find(item->data(0, Qt::UserRole).toString()) : nullptr;
}

void ShortcutEditor::choose(const QString& id) {
    for (QTreeWidgetItemIterator at(tree_); *at; ++at)
        if ((*at)->data(0, Qt::UserRole).toString() == id) tree_->setCurrentItem(*at);
}

void ShortcutEditor::fill() {
    const QString chosen = current() ? current()->objectName() : QString();
    const QSignalBlocker quiet(tree_);
    tree_->clear();
    QMap<QString, QTreeWidgetItem*> groups;
    for (const QAction* action : actions_.all()) {
        const QString group = ActionRegistry::group(action);
        QTreeWidgetItem*& under = groups[group];
        if (!under) {
            under = new QTreeWidgetItem(tree_, {group});
            under->setExpanded(true);
            under->setFlags(Qt::ItemIsEnabled);
        }
        auto* item = new QTreeWidgetItem(under, {ActionRegistry::plainText(action), action->shortcut().toString(QKeySequence::NativeText)});
        item->setData(0, Qt::UserRole, action->objectName());
        if (action->shortcut() != Shortcuts::standard(action)) {
            QFont bold = item->font(1);
            bold.setWeight(QFont::DemiBold);
            item->setFont(1, bold);
        }
    }
    tree_->header()->resizeSection(0, 380);
    filter(filter_->text());
    if (!chosen.isEmpty()) choose(chosen);
}

void ShortcutEditor::filter(const QString& typed) {
    for (int g = 0; g < tree_->topLevelItemCount(); ++g) {
        QTreeWidgetItem* group = tree_->topLevelItem(g);
        int shown = 0;
        for (int i = 0; i < group->childCount(); ++i) {
            QTreeWidgetItem* item = group->child(i);
            const bool fits = typed.isEmpty() || item->text(0).contains(typed, Qt::CaseInsensitive) || item->text(1).contains(typed, Qt::CaseInsensitive) ||
                              group->text(0).contains(typed, Qt::CaseInsensitive);
            item->setHidden(!fits);
            shown += fits;
        }
        group->setHidden(shown == 0);
    }
}

void ShortcutEditor::showCurrent() {
    const QAction* action = current();
    for (QWidget* one : std::initializer_list<QWidget*>{keys_, assign_, none_, reset_}) one->setEnabled(action);
    keys_->setKeySequence(action ? action->shortcut() : QKeySequence());
    message_->setRole(ColorRole::text3);
    message_->setText(action ? tr("“%1” comes with %2.").arg(ActionRegistry::plainText(action), Shortcuts::standard(action).isEmpty() ? tr("no keys") : Shortcuts::standard(action).toString(QKeySequence::NativeText))
                             : tr("Choose an action, click the field and press the new keys."));
    take_->hide();
}

void ShortcutEditor::assign(bool take) {
    QAction* action = current();
    if (!action) return;
    const QKeySequence keys = keys_->keySequence();
    try {
        if (take)
            while (QAction* other = shortcuts_->holder(keys, action)) shortcuts_->set(other, {});
        shortcuts_->set(action, keys);
        showCurrent();
    } catch (const UserError& error) {
        message_->setRole(ColorRole::bad);
        message_->setText(QString::fromUtf8(error.what()));
        const QAction* other = shortcuts_->holder(keys, action);
        take_->setVisible(other);
        if (other) take_->setText(tr("Take them"));
    }
}

}  // namespace foothold::ui
