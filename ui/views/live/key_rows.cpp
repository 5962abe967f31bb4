// SPDX-License-Identifier: GPL-3.0-or-later
// Controls bound to keys.
#include "ui/views/live/key_rows.h"

#include <QBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStyleOptionButton>
#include <QWheelEvent>
#include <algorithm>

#include "record/experiment_keys.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/value_text.h"
#include "ui/theme/icons.h"
#include "ui/views/common/card.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {
namespace {

constexpr int labelWidth = 86;

/// A button that opens a menu and looks like the combo boxes above it.
class MenuButton : public QPushButton {
   public:
    using QPushButton::QPushButton;

   protected:
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        QStyleOptionButton option;
        initStyleOption(&option);
        option.text.clear();
        option.features &= ~QStyleOptionButton::HasMenu;
        QPainter painter(this);
        style()->drawControl(QStyle::CE_PushButton, &option, &painter, this);
        painter.setFont(theme.font(FontRole::body));
        painter.setPen(theme.color(isEnabled() ? ColorRole::text : ColorRole::text3));
        painter.drawText(rect().adjusted(8, 0, -24, 0), Qt::AlignVCenter, text());
        paintIcon(painter, QStringLiteral("chevron-down"), QRectF(width() - 22, (height() - 14) / 2., 14, 14), theme.color(ColorRole::text2));
    }
};

}  // namespace

void addRow(QBoxLayout* column, const std::string& key, QWidget* control, const QString& title) {
    const ExperimentKey& known = find_key(key);
    auto* line = new QHBoxLayout;
    line->setSpacing(0);
    auto* label = new Text(title.isEmpty() ? keyTitle(key) : title, FontRole::body, ColorRole::text2);
    label->setToolTip(QString::fromStdString(known.meaning));
    label->setBuddy(control);
    auto* left = new QWidget;
    left->setFixedWidth(labelWidth);
    auto* inside = new QHBoxLayout(left);
    inside->setContentsMargins(0, 0, 4, 0);
    inside->setSpacing(4);
    inside->addWidget(label);
    if (!known.live) {
        auto* mark = new QLabel;
        mark->setPixmap(Theme::instance().icon(QStringLiteral("restart"), ColorRole::text3).pixmap(12, 12));
        QObject::connect(&Theme::instance(), &Theme::changed, mark,
                         [mark] { mark->setPixmap(Theme::instance().icon(QStringLiteral("restart"), ColorRole::text3).pixmap(12, 12)); });
        mark->setToolTip(QObject::tr("Changing this needs a new run"));
        mark->setAccessibleName(mark->toolTip());
        inside->addWidget(mark);
    }
    inside->addStretch();
    line->addWidget(left);
    line->addWidget(control, 1);
    column->addLayout(line);
    if (control->toolTip().isEmpty()) control->setToolTip(QString::fromStdString(known.meaning));
    control->setAccessibleName(label->text());
}

KeyCombo::KeyCombo(ExperimentEditor* editor, std::string key, std::vector<std::string> choices, QWidget* parent)
    : QComboBox(parent), editor_(editor), key_(std::move(key)) {
    setObjectName(QString::fromStdString(key_));
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(6);
    setFocusPolicy(Qt::StrongFocus);
    if (choices.empty()) choices = find_key(key_).choices;
    for (const std::string& choice : choices) addItem(choiceTitle(key_, choice), QString::fromStdString(choice));
    connect(this, &QComboBox::activated, this, [this] { editor_->edit(key_, currentData().toString().toStdString()); });
    connect(editor_, &ExperimentEditor::changed, this, &KeyCombo::refresh);
    refresh();
}

void KeyCombo::refresh() {
    const std::string value = std::get<std::string>(get_key(editor_->shown(), key_));
    int at = findData(QString::fromStdString(value));
    if (at < 0) {
        addItem(choiceTitle(key_, value), QString::fromStdString(value));
        at = count() - 1;
    }
    const QSignalBlocker quiet(this);
    setCurrentIndex(at);
}

void KeyCombo::wheelEvent(QWheelEvent* event) { event->ignore(); }

KeySpin::KeySpin(ExperimentEditor* editor, std::string key, QWidget* parent) : QSpinBox(parent), editor_(editor), key_(std::move(key)) {
    setObjectName(QString::fromStdString(key_));
    const ExperimentKey& known = find_key(key_);
    setRange(static_cast<int>(known.low), static_cast<int>(std::min(known.high, 99999.)));
    setKeyboardTracking(false);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &QSpinBox::valueChanged, this, [this](int value) { editor_->edit(key_, static_cast<std::int64_t>(value)); });
    connect(editor_, &ExperimentEditor::changed, this, &KeySpin::refresh);
    refresh();
}

void KeySpin::refresh() {
    const QSignalBlocker quiet(this);
    setValue(static_cast<int>(std::get<std::int64_t>(get_key(editor_->shown(), key_))));
}

void KeySpin::wheelEvent(QWheelEvent* event) { event->ignore(); }

QPushButton* tierMenuButton(ExperimentEditor* editor, const std::string& key, QWidget* parent) {
    auto* button = new MenuButton(parent);
    button->setObjectName(QString::fromStdString(key));
    auto* menu = new QMenu(button);
    button->setMenu(menu);
    const auto chosen = [editor, key] { return std::get<std::vector<std::string>>(get_key(editor->shown(), key)); };
    const auto refresh = [=] {
        const std::vector<std::string> tiers = editor->shown().problems.tiers, picked = chosen();
        QStringList names;
        for (int i = static_cast<int>(tiers.size()) - 1; i >= 0; --i)
            if (std::find(picked.begin(), picked.end(), tiers[static_cast<std::size_t>(i)]) != picked.end()) names.prepend(tierShort(i));
        button->setText(names.isEmpty() ? QObject::tr("All tiers") : names.join(QObject::tr(" and ")));
    };
    QObject::connect(menu, &QMenu::aboutToShow, button, [=] {
        menu->clear();
        const std::vector<std::string> tiers = editor->shown().problems.tiers, picked = chosen();
        for (int i = static_cast<int>(tiers.size()) - 1; i >= 0; --i) {
            const std::string tier = tiers[static_cast<std::size_t>(i)];
            QAction* action = menu->addAction(tierTitle(i, QString::fromStdString(tier)));
            action->setCheckable(true);
            action->setChecked(std::find(picked.begin(), picked.end(), tier) != picked.end());
            QObject::connect(action, &QAction::triggered, button, [=](bool on) {
                std::vector<std::string> now = chosen();
                std::erase(now, tier);
                if (on) now.push_back(tier);
                editor->edit(key, now);
            });
        }
    });
    QObject::connect(editor, &ExperimentEditor::changed, button, refresh);
    refresh();
    return button;
}

}  // namespace foothold::ui
