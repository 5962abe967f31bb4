// SPDX-License-Identifier: GPL-3.0-or-later
// Sliders, fields and bars of the prefix ratios.
#include "ui/views/live/ratio_rows.h"

#include <QGridLayout>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <cmath>
#include <limits>

#include "record/experiment_keys.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/common/tier_labels.h"

namespace foothold::ui {

RatioSlider::RatioSlider(const QString& name, QWidget* parent) : QSlider(Qt::Horizontal, parent) {
    setObjectName(name);
    setRange(0, 100);
    setSingleStep(5);
    setPageStep(25);
    setTickInterval(25);
    setTickPosition(QSlider::TicksBelow);
    setTracking(false);
    connect(this, &QSlider::valueChanged, this, [this](int value) { Q_EMIT edited(value / 100.); });
}

void RatioSlider::setRatio(double ratio) {
    if (isSliderDown()) return;
    const QSignalBlocker quiet(this);
    setValue(static_cast<int>(std::lround(ratio * 100)));
}

void RatioSlider::setGhost(std::optional<double> ratio) {
    if (ratio == ghost_) return;
    ghost_ = ratio;
    update();
}

void RatioSlider::paintEvent(QPaintEvent* event) {
    QSlider::paintEvent(event);
    if (!ghost_ || isSliderDown()) return;
    constexpr double radius = 6, handle = 8;
    const double x = handle + *ghost_ * (width() - 2 * handle);
    if (std::abs(*ghost_ - ratio()) * (width() - 2 * handle) < handle + radius) return;  // It would lie under the handle.
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::instance().color(ColorRole::text2), 1.3, Qt::DotLine));
    painter.setBrush(Theme::instance().color(ColorRole::surface));
    painter.drawEllipse(QPointF(x, handle + 1), radius, radius);
}

void RatioSlider::mouseReleaseEvent(QMouseEvent* event) {
    // Near a stop the mouse means the stop; in between it means the nearest twentieth.
    const int near = (sliderPosition() + 12) / 25 * 25;
    setSliderPosition(std::abs(sliderPosition() - near) <= 5 ? near : (sliderPosition() + 2) / 5 * 5);
    QSlider::mouseReleaseEvent(event);
}

ShareBar::ShareBar(QWidget* parent) : QWidget(parent), share_(std::numeric_limits<double>::quiet_NaN()) {
    setFixedSize(sizeHint());
    setToolTip(tr("Share of attempts without a hint that were right, over the last 10 steps"));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ShareBar::setShare(double share) {
    if (share == share_ || (std::isnan(share) && std::isnan(share_))) return;
    share_ = share;
    setAccessibleName(std::isnan(share) ? tr("not sampled yet") : tr("solved without a hint: %1").arg(numberText(share)));
    update();
}

void ShareBar::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    const QRect ground(0, (height() - 7) / 2, 52, 7);
    painter.fillRect(ground, theme.color(ColorRole::border));
    const bool known = !std::isnan(share_);
    if (known) painter.fillRect(QRect(ground.topLeft(), QSize(static_cast<int>(std::lround(share_ * ground.width())), ground.height())), theme.color(ColorRole::mixedHigh));
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(theme.color(known ? ColorRole::text : ColorRole::text3));
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, known ? numberText(std::round(share_ * 100) / 100) : QStringLiteral("–"));
}

RatioRows::RatioRows(RunModel* model, Selection* selection, ExperimentEditor* editor, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection), editor_(editor) {
    setObjectName(QStringLiteral("ratios"));
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(3);
    connect(editor_, &ExperimentEditor::changed, this, &RatioRows::refresh);
    connect(model_, &RunModel::runChanged, this, &RatioRows::refresh);
    connect(selection_, &Selection::stepChanged, this, &RatioRows::showSuccess);
    connect(model_, &RunModel::stepsArrived, this, &RatioRows::showSuccess);
    refresh();
}

RatioRows::Row RatioRows::makeRow(const std::string& key, const QString& title, const QString& words, const QString& name, bool withBar) {
    auto* cell = new QWidget;
    auto* grid = new QGridLayout(cell);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(0);
    auto* head = new QHBoxLayout;
    head->setSpacing(6);
    head->addWidget(new Text(title, FontRole::sectionTitle));
    if (!words.isEmpty()) head->addWidget(new Text(words, FontRole::body, ColorRole::text2));
    head->addStretch();
    Row row{key, new RatioSlider(name), new QLineEdit, withBar ? new ShareBar : nullptr};
    if (row.bar) head->addWidget(row.bar);
    row.slider->setAccessibleName(tr("Largest prefix ratio, %1").arg(title));
    row.field->setObjectName(name + QStringLiteral(".value"));
    row.field->setAccessibleName(row.slider->accessibleName());
    row.field->setFixedWidth(44);
    row.field->setAlignment(Qt::AlignCenter);
    row.field->setFont(Theme::instance().font(FontRole::sectionTitle));
    row.field->setStyleSheet(QStringLiteral("QLineEdit { min-height: 22px; max-height: 22px; } QLineEdit:focus { min-height: 20px; max-height: 20px; }"));
    if (row.bar) {
        grid->addLayout(head, 0, 0, 1, 2);
        grid->addWidget(row.slider, 1, 0);
        grid->addWidget(row.field, 1, 1, Qt::AlignTop);
    } else {  // The row for all needs no line of its own for a bar.
        grid->setHorizontalSpacing(10);
        grid->addLayout(head, 0, 0);
        grid->addWidget(row.slider, 0, 1);
        grid->addWidget(row.field, 0, 2, Qt::AlignTop);
        grid->setColumnStretch(1, 1);
    }
    layout()->addWidget(cell);

    const auto set = [this, key](double ratio) {
        if (key == "guidance.ratio" && !editor_->shown().guidance.ratios.empty()) {
            // "All" means all: tiers with a ratio of their own give it up.
            editor_->undoStack()->beginMacro(tr("ratio of all tiers %1").arg(ratioText(ratio)));
            editor_->edit("guidance.ratios", std::map<std::string, double>{});
            editor_->edit(key, ratio);
            editor_->undoStack()->endMacro();
        } else {
            editor_->edit(key, ratio);
        }
    };
    connect(row.slider, &RatioSlider::edited, this, set);
    connect(row.field, &QLineEdit::editingFinished, this, [this, set, field = row.field] {
        if (!field->isModified()) return;
        field->setModified(false);
        QString text = field->text().trimmed();
        bool number = false;
        double ratio = text.replace(',', '.').toDouble(&number);
        if (text == tr("off")) ratio = 0, number = true;
        if (number && ratio > 1 && ratio <= 100) ratio /= 100;  // "75" means .75
        if (number && ratio >= 0 && ratio <= 1) set(ratio);
        else Q_EMIT editor_->refused(tr("A largest ratio is a number from 0 to 1, or a percentage: “%1” is none").arg(field->text().trimmed()));
        refresh();
    });
    return row;
}

void RatioRows::build() {
    for (QWidget* old : findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        layout()->removeWidget(old);
        old->hide();
        old->deleteLater();
    }
    rows_.clear();
    rows_.push_back(makeRow("guidance.ratio", tr("All tiers"), QString(), QStringLiteral("ratio.all"), false));
    for (int tier = static_cast<int>(tiers_.size()) - 1; tier >= 0; --tier) {
        const std::string& name = tiers_[static_cast<std::size_t>(tier)];
        rows_.push_back(makeRow("guidance.ratios." + name, tierShort(tier), tierWords(QString::fromStdString(name)),
                                QStringLiteral("ratio.%1").arg(tierShort(tier)), true));
    }
}

void RatioRows::refresh() {
    const Experiment experiment = editor_->shown();
    if (tiers_ != experiment.problems.tiers || rows_.empty()) {
        tiers_ = experiment.problems.tiers;
        build();
    }
    const bool hints = experiment.guidance.trigger != "never";
    for (const Row& row : rows_) {
        const double ratio = std::get<double>(get_key(experiment, row.key));
        const bool all = row.key == "guidance.ratio", mixed = all && !experiment.guidance.ratios.empty();
        row.slider->setRatio(ratio);
        const auto before = editor_->before(row.key);
        const double* ghost = before ? std::get_if<double>(&*before) : nullptr;
        row.slider->setGhost(ghost && *ghost != ratio ? std::optional(*ghost) : std::nullopt);
        if (!row.field->isModified()) row.field->setText(mixed ? QStringLiteral("…") : ratioText(ratio));
        row.slider->setEnabled(hints);
        row.field->setEnabled(hints);
        const QString why = hints ? QString() : tr("No hints are given under the trigger “Never”");
        row.slider->setToolTip(why);
        row.field->setToolTip(mixed ? tr("Tiers have ratios of their own") : why);
    }
    showSuccess();
}

void RatioRows::showSuccess() {
    const std::vector<double> success = model_->tierSuccess(selection_->step());
    for (std::size_t i = 1; i < rows_.size(); ++i) {
        const std::size_t tier = tiers_.size() - i;
        rows_[i].bar->setShare(tier < success.size() ? success[tier] : std::numeric_limits<double>::quiet_NaN());
    }
}

}  // namespace foothold::ui
