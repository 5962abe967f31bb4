// SPDX-License-Identifier: GPL-3.0-or-later
// The palette's list and its filter.
#include "ui/workspaces/command_palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/theme/theme.h"
#include "ui/workspaces/action_registry.h"

namespace foothold::ui {
namespace {

enum Role { idRole = Qt::UserRole, groupRole, keyRole };

/// "Trainer   Run                       F5"
class CommandDelegate : public QStyledItemDelegate {
   public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, 32}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Theme& theme = Theme::instance();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool chosen = option.state & QStyle::State_Selected, enabled = option.state & QStyle::State_Enabled;
        if (chosen) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(theme.color(ColorRole::accentSoft));
            painter->drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), 4, 4);
        }
        const QRect row = option.rect.adjusted(10, 0, -10, 0);
        painter->setFont(theme.font(FontRole::caption));
        painter->setPen(theme.color(ColorRole::text3));
        painter->drawText(row, Qt::AlignVCenter, index.data(groupRole).toString());
        painter->drawText(row, Qt::AlignVCenter | Qt::AlignRight, index.data(keyRole).toString());
        painter->setFont(theme.font(FontRole::body));
        painter->setPen(theme.color(enabled ? ColorRole::text : ColorRole::text3));
        painter->drawText(row.adjusted(86, 0, -70, 0), Qt::AlignVCenter, index.data(Qt::DisplayRole).toString());
        painter->restore();
    }
};

}  // namespace

int fuzzyScore(const QString& typed, const QString& text) {
    int score = 0;
    qsizetype at = 0, last = -2;
    for (const QChar c : typed) {
        if (c.isSpace()) continue;
        while (at < text.size() && text[at].toLower() != c.toLower()) ++at;
        if (at == text.size()) return -1;
        score += 1 + (at == last + 1 ? 4 : 0) + (at == 0 || !text[at - 1].isLetterOrNumber() ? 3 : 0);
        last = at++;
    }
    return score;
}

CommandPalette::CommandPalette(const ActionRegistry& actions, QWidget* parent) : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), actions_(actions) {
    setObjectName(QStringLiteral("palette.dialog"));
    setWindowTitle(tr("Commands"));
    setModal(true);
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(10, 10, 10, 10);
    column->setSpacing(8);
    field_ = new QLineEdit;
    field_->setObjectName(QStringLiteral("palette.field"));
    field_->setPlaceholderText(tr("What do you want to do?"));
    field_->addAction(Theme::instance().icon(QStringLiteral("search"), ColorRole::text3), QLineEdit::LeadingPosition);
    field_->installEventFilter(this);
    list_ = new QListWidget;
    list_->setObjectName(QStringLiteral("palette.list"));
    list_->setItemDelegate(new CommandDelegate(list_));
    list_->setFrameShape(QFrame::NoFrame);
    list_->setFocusPolicy(Qt::NoFocus);
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column->addWidget(field_);
    column->addWidget(list_);
    resize(560, 420);
    connect(field_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(field_, &QLineEdit::returnPressed, this, &CommandPalette::runCurrent);
    connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
    filter({});
    if (parent) move(parent->mapToGlobal(QPoint((parent->width() - width()) / 2, 96)));
}

void CommandPalette::filter(const QString& typed) {
    std::vector<std::pair<int, QAction*>> found;
    for (QAction* action : actions_.all()) {
        QString text = action->text();
        text.remove('&');
        const int score = std::max(fuzzyScore(typed, text), fuzzyScore(typed, ActionRegistry::group(action) + ' ' + text));
        if (score >= 0 && action->objectName() != QLatin1String("palette")) found.emplace_back(score, action);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    list_->clear();
    for (const auto& [score, action] : found) {
        QString text = action->text();
        auto* item = new QListWidgetItem(text.remove('&'), list_);
        item->setData(idRole, action->objectName());
        item->setData(groupRole, ActionRegistry::group(action));
        item->setData(keyRole, action->shortcut().toString(QKeySequence::NativeText));
        if (!action->isEnabled()) item->setFlags(Qt::NoItemFlags);
    }
    for (int i = 0; i < list_->count(); ++i)
        if (list_->item(i)->flags() & Qt::ItemIsEnabled) {
            list_->setCurrentRow(i);
            break;
        }
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = list_->currentItem();
    if (!item) return;
    QAction* action = actions_.find(item->data(idRole).toString());
    accept();
    if (action) action->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == field_ && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            const int by = key == Qt::Key_Down || key == Qt::Key_PageDown ? 1 : -1;
            for (int row = list_->currentRow() + by; row >= 0 && row < list_->count(); row += by)
                if (list_->item(row)->flags() & Qt::ItemIsEnabled) {
                    list_->setCurrentRow(row);
                    break;
                }
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::instance().color(ColorRole::field));
    painter.setPen(Theme::instance().color(ColorRole::borderStrong));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace foothold::ui
