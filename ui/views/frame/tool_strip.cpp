// SPDX-License-Identifier: GPL-3.0-or-later
// The tool strip's buttons and its step counter.
#include "ui/views/frame/tool_strip.h"

#include <QComboBox>
#include <QMenu>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QResizeEvent>
#include <algorithm>

#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/theme/icons.h"
#include "ui/views/common/card.h"
#include "ui/workspaces/action_registry.h"

namespace foothold::ui {
namespace {

QFrame* separator() {
    auto* line = new QFrame;
    line->setProperty("rule", true);
    line->setStyleSheet(QStringLiteral("max-height: 30px; min-height: 30px; max-width: 1px; min-width: 1px;"));
    return line;
}

/// Looks like a field to type in, and opens the palette, which has one.
class CommandsButton : public QPushButton {
   public:
    static constexpr int withWords = 150, alone = 32;  ///< Least widths with its words and without.

   protected:
    void paintEvent(QPaintEvent* event) override {
        QPushButton::paintEvent(event);
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        paintIcon(painter, QStringLiteral("search"), QRectF(9, (height() - 14) / 2., 14, 14), theme.color(ColorRole::text3));
        if (width() < withWords) return;
        painter.setPen(theme.color(ColorRole::text3));
        painter.setFont(theme.font(FontRole::body));
        painter.drawText(rect().adjusted(30, 0, -9, 0), Qt::AlignVCenter, ToolStrip::tr("Commands"));
        painter.setFont(theme.font(FontRole::caption));
        painter.drawText(rect().adjusted(30, 0, -9, 0), Qt::AlignVCenter | Qt::AlignRight, QStringLiteral("Ctrl+K"));
    }
};

}  // namespace

ToolStrip::ToolStrip(RunModel* model, const ActionRegistry& actions, QWidget* parent)
    : QWidget(parent), model_(model), run_(actions.find(QStringLiteral("run"))), pause_(actions.find(QStringLiteral("pause"))) {
    setObjectName(QStringLiteral("tools"));
    setFixedHeight(48);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(12, 0, 12, 0);
    line->setSpacing(8);

    runButton_ = new QPushButton;
    runButton_->setObjectName(QStringLiteral("run.button"));
    runButton_->setProperty("primary", true);
    runButton_->setFixedWidth(86);
    runButton_->setIconSize({14, 14});
    connect(runButton_, &QPushButton::clicked, this, [this] { (pause_->isEnabled() ? pause_ : run_)->trigger(); });
    line->addWidget(runButton_);
    line->addWidget(actionButton(actions.find(QStringLiteral("step")), tr("Step")));
    line->addWidget(actionButton(actions.find(QStringLiteral("stop")), tr("Stop")));
    line->addSpacing(4);
    line->addWidget(separator());
    line->addSpacing(4);

    auto* counter = new QWidget;
    counter->setFixedWidth(176);
    auto* rows = new QVBoxLayout(counter);
    rows->setContentsMargins(0, 8, 0, 10);
    rows->setSpacing(3);
    auto* words = new QHBoxLayout;
    step_ = new Text(QString(), FontRole::sectionTitle);
    step_->setObjectName(QStringLiteral("counter.step"));
    time_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    time_->setToolTip(tr("Time trained / expected in all"));
    words->addWidget(step_);
    words->addStretch();
    words->addWidget(time_);
    progress_ = new QProgressBar;
    progress_->setTextVisible(false);
    progress_->setFixedHeight(4);
    progress_->setObjectName(QStringLiteral("counter.progress"));
    rows->addLayout(words);
    rows->addWidget(progress_);
    line->addWidget(counter);
    line->addSpacing(4);
    line->addWidget(separator());
    line->addSpacing(4);

    paceLabel_ = new Text(tr("Pace"), FontRole::body, ColorRole::text2);
    line->addWidget(paceLabel_);
    pace_ = new QComboBox;
    pace_->setObjectName(QStringLiteral("pace"));
    pace_->setAccessibleName(tr("Pace"));
    pace_->setToolTip(tr("Slows training down so that it can be watched"));
    pace_->addItem(tr("No limit"), 0.);
    for (const double pace : {10., 5., 2., 1., .5}) pace_->addItem(pace == 1 ? tr("1 step/s") : tr("%1 steps/s").arg(numberText(pace)), pace);
    pace_->setFixedWidth(104);
    connect(pace_, &QComboBox::currentIndexChanged, this, [this] { Q_EMIT paceChanged(pace()); });
    line->addWidget(pace_);

    line->addStretch(1);
    switch_ = new QFrame;
    switch_->setProperty("segmented", true);
    auto* segments = new QHBoxLayout(switch_);
    segments->setContentsMargins(2, 2, 2, 2);
    segments->setSpacing(2);
    switch_->hide();
    line->addWidget(switch_, 0, Qt::AlignVCenter);
    line->addStretch(1);

    line->addWidget(actionButton(actions.find(QStringLiteral("intervene")), tr("Intervene")));
    commands_ = new CommandsButton;
    commands_->setObjectName(QStringLiteral("palette.button"));
    commands_->setAccessibleName(tr("Commands"));
    commands_->setToolTip(actions.find(QStringLiteral("palette"))->toolTip());
    commands_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(commands_, &QPushButton::clicked, actions.find(QStringLiteral("palette")), &QAction::trigger);
    commands_->setMinimumWidth(CommandsButton::withWords);
    commands_->setMaximumWidth(216);
    line->addWidget(commands_, 2);
    export_ = iconButton(QStringLiteral("export"), tr("Export"), QStringLiteral("export.button"));
    export_->setPopupMode(QToolButton::InstantPopup);
    line->addWidget(export_);
    line->addWidget(iconButton(actions.find(QStringLiteral("theme.toggle"))));

    connect(model_, &RunModel::progressChanged, this, &ToolStrip::refresh);
    connect(model_, &RunModel::runChanged, this, &ToolStrip::refresh);
    connect(pause_, &QAction::changed, this, &ToolStrip::refresh);
    connect(run_, &QAction::changed, this, &ToolStrip::refresh);
    refresh();
}

QPushButton* ToolStrip::actionButton(QAction* action, const QString& text) {
    auto* button = new QPushButton(text);
    button->setObjectName(action->objectName() + QStringLiteral(".button"));
    button->setIcon(action->icon());
    button->setIconSize({14, 14});
    button->setToolTip(action->toolTip());
    button->setEnabled(action->isEnabled());
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, button, [button, action] {
        // A button that is busy for a moment keeps the keyboard: Qt would hand it to the next one, and Space would press that.
        if (!action->isEnabled() && button->hasFocus()) {
            button->setProperty("waiting", true);
            button->window()->setFocus();
        }
        button->setEnabled(action->isEnabled());
        if (action->isEnabled() && button->property("waiting").toBool()) {
            button->setProperty("waiting", false);
            if (button->window()->focusWidget() == nullptr || button->window()->focusWidget() == button->window()) button->setFocus();
        }
    });
    return button;
}

double ToolStrip::pace() const { return pace_->currentData().toDouble(); }

void ToolStrip::setPace(double stepsPerSecond) {
    if (const int at = pace_->findData(stepsPerSecond); at >= 0) pace_->setCurrentIndex(at);
}

void ToolStrip::addWorkspace(QAction* action) {
    auto* button = new QToolButton;
    button->setObjectName(action->objectName() + QStringLiteral(".button"));
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    switch_->layout()->addWidget(button);
    switch_->setVisible(switch_->layout()->count() > 1);
}

void ToolStrip::setExportMenu(QMenu* menu) { export_->setMenu(menu); }

void ToolStrip::resizeEvent(QResizeEvent* event) {
    const int width = event->size().width();
    paceLabel_->setVisible(width >= 1320);
    commands_->setMinimumWidth(width < 1260 ? CommandsButton::alone : CommandsButton::withWords);
    const QString tight = width < 1260 ? QStringLiteral("QToolButton { padding: 0 7px; }") : QString();
    if (switch_->styleSheet() != tight) switch_->setStyleSheet(tight);
    QWidget::resizeEvent(event);
}

void ToolStrip::refresh() {
    const Progress& p = model_->progress();
    const std::int64_t step = std::max<std::int64_t>(0, p.step);
    const bool pausing = pause_->isEnabled();
    const QString text = pausing ? tr("Pause") : tr("Run");
    if (runButton_->text() != text || runButton_->icon().isNull()) {
        runButton_->setText(text);
        runButton_->setIcon(Theme::instance().icon(pausing ? QStringLiteral("pause") : QStringLiteral("play"), ColorRole::onAccent));
        runButton_->setToolTip((pausing ? pause_ : run_)->toolTip());
    }
    runButton_->setEnabled(pausing || run_->isEnabled());
    step_->setText(p.planned_steps > 0 ? tr("Step %1 / %2").arg(countText(step), countText(p.planned_steps)) : tr("Step %1").arg(step));
    const double whole = p.steps_per_second > 0 ? p.seconds + static_cast<double>(p.planned_steps - step) / p.steps_per_second : 0;
    time_->setText(p.state == TrainerState::loading ? tr("loading")
                   : whole > 0 && p.step < p.planned_steps ? tr("%1 / %2").arg(durationText(p.seconds), durationText(whole))
                                                            : durationText(p.seconds));
    const int planned = static_cast<int>(std::max<std::int64_t>(1, p.planned_steps));
    if (progress_->maximum() == planned && progress_->value() == static_cast<int>(step)) return;
    progress_->setUpdatesEnabled(false);  // It would paint at once, and by itself.
    progress_->setRange(0, planned);
    progress_->setValue(static_cast<int>(step));
    progress_->setUpdatesEnabled(true);
}

}  // namespace foothold::ui
