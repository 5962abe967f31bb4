// SPDX-License-Identifier: GPL-3.0-or-later
// The arms of a comparison.
#include "ui/views/compare/arm_list.h"

#include <QCheckBox>
#include <QComboBox>
#include <QMouseEvent>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>

#include "ui/models/comparison_model.h"
#include "ui/views/common/export_button.h"
#include "ui/models/value_text.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {
namespace {

/// One arm, painted: name, sample and dots; the check box is a child, so that it works by keyboard.
class ArmRow : public QWidget {
   public:
    ArmRow(ComparisonModel* model, std::size_t arm, QWidget* parent) : QWidget(parent), model_(model), arm_(arm) {
        const QString name = QString::fromStdString(model->plan().arms[arm].name);
        setObjectName(QStringLiteral("arm%1").arg(arm));
        setAccessibleName(name);
        setFixedHeight(64);
        setFocusPolicy(Qt::StrongFocus);
        setToolTip(tr("Click: the finding is about %1. Double click: everything is compared with it (baseline).").arg(name));
        auto* box = new QCheckBox(this);
        box->setObjectName(QStringLiteral("armShown%1").arg(arm));
        box->setAccessibleName(tr("Show %1 in the plots").arg(name));
        box->setChecked(model->shown(arm));
        box->setGeometry(8, 8, 20, 20);
        connect(box, &QCheckBox::toggled, this, [=](bool on) { model->setShown(arm, on); });
    }

   protected:
    void mousePressEvent(QMouseEvent*) override { model_->setChosen(arm_); }
    void mouseDoubleClickEvent(QMouseEvent*) override { model_->setBaseline(arm_); }
    void keyPressEvent(QKeyEvent* event) override {
        if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) model_->setChosen(arm_);
        else if (event->key() == Qt::Key_B) model_->setBaseline(arm_);
        else QWidget::keyPressEvent(event);
    }
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const bool chosen = model_->chosen() == arm_;
        if (chosen) {
            painter.fillRect(rect(), theme.color(ColorRole::accentSoft));
            painter.fillRect(0, 0, 3, height(), theme.color(ColorRole::accent));
        }
        if (hasFocus()) {
            painter.setPen(QPen(theme.color(ColorRole::accent), 2));
            painter.drawRect(rect().adjusted(1, 1, -1, -1));
        }
        painter.setFont(theme.font(FontRole::sectionTitle));
        painter.setPen(theme.color(ColorRole::text));
        const bool baseline = model_->baseline() == arm_;
        const QRect title(34, 8, width() - 34 - (baseline ? 70 : 10), 20);
        painter.drawText(title, Qt::AlignVCenter, painter.fontMetrics().elidedText(QString::fromStdString(model_->plan().arms[arm_].name), Qt::ElideRight, title.width()));
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text2));
        if (baseline) painter.drawText(QRect(width() - 66, 8, 56, 20), Qt::AlignVCenter | Qt::AlignRight, tr("baseline"));
        drawArmSample(painter, QRectF(34, 36, 46, 16), arm_);
        const auto& cells = model_->result().cells;
        int done = 0, x = 96;
        const int seeds = static_cast<int>(model_->plan().seeds);
        for (int i = 0; i < seeds; ++i) {
            const Cell::State state = arm_ < cells.size() ? cells[arm_][static_cast<std::size_t>(i)].state : Cell::State::missing;
            done += state == Cell::State::done;
            if (i >= 8) continue;  // Counted in words beside.
            painter.setPen(QPen(armColor(arm_), 1.2));
            painter.setBrush(state == Cell::State::done ? QBrush(armColor(arm_)) : QBrush(Qt::NoBrush));
            painter.drawEllipse(QPointF(x, 44), 4, 4);
            if (state == Cell::State::part) {
                painter.setBrush(armColor(arm_));
                painter.drawPie(QRectF(x - 4, 40, 8, 8), 90 * 16, -180 * 16);
            }
            x += 12;
        }
        painter.setPen(theme.color(done < seeds ? ColorRole::warn : ColorRole::text2));
        painter.drawText(QRect(width() - 100, 36, 90, 16), Qt::AlignVCenter | Qt::AlignRight, done < seeds ? tr("%1 of %2 seeds").arg(done).arg(seeds) : tr("seeds: %1").arg(seeds));
        painter.setPen(theme.color(ColorRole::border));
        painter.drawLine(12, height() - 1, width() - 12, height() - 1);
    }

   private:
    ComparisonModel* model_;
    std::size_t arm_;
};

/// A value as an experiment file spells it, in the window's words.
QString valueWords(const std::string& key, const std::string& spelled) {
    const bool text = spelled.size() >= 2 && spelled.front() == '"' && spelled.back() == '"';
    if (text) return choiceTitle(key, spelled.substr(1, spelled.size() - 2));
    bool number = false;
    const double value = QString::fromStdString(spelled).toDouble(&number);
    return number ? numberText(value) : QString::fromStdString(spelled);
}

void clear(QLayout* layout) {
    while (QLayoutItem* item = layout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

}  // namespace

ArmList::ArmList(ComparisonModel* model, QWidget* parent) : Card(QStringLiteral("armList"), parent), model_(model) {
    header()->addWidget(new Text(tr("Arms"), FontRole::cardTitle));
    header()->addStretch();
    header()->addWidget(count_ = new Text({}, FontRole::caption, ColorRole::text2));
    header()->addWidget(new ExportButton(QStringLiteral("arms"), [this] { return ExportSource{this, pictured()}; }));
    header()->setContentsMargins(12, 10, 12, 6);
    auto* inner = new QWidget;
    auto* column = new QVBoxLayout(inner);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(rows_ = new QVBoxLayout);
    auto* below = new QVBoxLayout;
    below->setContentsMargins(12, 12, 12, 12);
    below->setSpacing(6);
    auto* more = new QHBoxLayout;
    const auto button = [&](const QString& text, const char* name, const QString& tip, void (ArmList::*signal)()) {
        auto* made = new QPushButton(text);
        made->setObjectName(QLatin1String(name));
        made->setToolTip(tip);
        connect(made, &QPushButton::clicked, this, signal);
        more->addWidget(made);
        return made;
    };
    addArm_ = button(tr("Add arm…"), "compareAddArm", tr("The baseline with another setting changed; its runs are added to the plan"), &ArmList::addArmAsked);
    addSeeds_ = button(tr("Add seeds…"), "compareAddSeeds", tr("More seeds of every arm: narrower intervals"), &ArmList::addSeedsAsked);
    below->addLayout(more);
    below->addSpacing(4);
    onlyTwo_ = new QCheckBox(tr("Only baseline and chosen arm"));
    onlyTwo_->setObjectName(QStringLiteral("compareOnlyTwo"));
    connect(onlyTwo_, &QCheckBox::toggled, model, &ComparisonModel::setOnlyTwo);
    below->addWidget(onlyTwo_);
    auto* axis = new QComboBox;
    axis->setObjectName(QStringLiteral("compareAxis"));
    axis->setAccessibleName(tr("Horizontal axis"));
    axis->addItems({tr("By training step"), tr("By generated tokens"), tr("By training time")});
    connect(axis, &QComboBox::currentIndexChanged, model, [model](int index) { model->setAxis(static_cast<ComparisonModel::Axis>(index)); });
    below->addWidget(axis);
    auto* smooth = new QHBoxLayout;
    smooth->addWidget(new Text(tr("Smoothing"), FontRole::body, ColorRole::text2));
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setObjectName(QStringLiteral("compareSmoothing"));
    slider->setAccessibleName(tr("Smoothing of what is measured every step"));
    slider->setToolTip(tr("What is measured every step is drawn as the mean of this many steps. Held-out scores are never smoothed."));
    slider->setRange(1, 50);
    slider->setValue(model->smoothing());
    auto* window = new Text(tr("steps: %1").arg(model->smoothing()), FontRole::caption, ColorRole::text2);
    connect(slider, &QSlider::valueChanged, model, [=](int steps) {
        window->setText(tr("steps: %1").arg(steps));
        model->setSmoothing(steps);
    });
    connect(model, &ComparisonModel::changed, this, [=, this] {  // A layout sets them too.
        onlyTwo_->setChecked(model->onlyTwo());
        axis->setCurrentIndex(static_cast<int>(model->axis()));
        slider->setValue(model->smoothing());
    });
    smooth->addWidget(slider, 1);
    smooth->addWidget(window);
    below->addLayout(smooth);
    below->addSpacing(8);
    below->addWidget(differTitle_ = new Text({}, FontRole::sectionTitle));
    below->addLayout(differences_ = new QVBoxLayout);
    column->addLayout(below);
    column->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setAccessibleName(tr("Arms"));
    scroll->setObjectName(QStringLiteral("armScroll"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(inner);
    body()->setContentsMargins(0, 0, 0, 0);
    body()->addWidget(scroll);
    connect(model, &ComparisonModel::opened, this, &ArmList::rebuild);
    connect(model, &ComparisonModel::changed, this, &ArmList::refresh);
}

QWidgetList ArmList::pictured() const {
    QWidgetList shown;
    for (int i = 0; i < rows_->count(); ++i) shown << rows_->itemAt(i)->widget();
    shown << differTitle_;
    for (int i = 0; i < differences_->count(); ++i) shown << differences_->itemAt(i)->widget();
    return shown;
}

void ArmList::rebuild() {
    clear(rows_);
    for (std::size_t arm = 0; arm < model_->plan().arms.size(); ++arm) rows_->addWidget(new ArmRow(model_, arm, this));
}

void ArmList::refresh() {
    const bool fixed = !model_->isOpen() || model_->running();
    addArm_->setEnabled(!fixed);
    addSeeds_->setEnabled(!fixed);
    count_->setText(tr("%1 of %2 runs").arg(model_->doneCells()).arg(model_->allCells()));
    for (int i = 0; i < rows_->count(); ++i) rows_->itemAt(i)->widget()->update();
    clear(differences_);
    const auto& arms = model_->plan().arms;
    if (arms.size() < 2) return;
    const Arm &base = arms[model_->baseline()], &chosen = arms[model_->chosen()];
    differTitle_->setText(tr("What differs: %1 → %2").arg(QString::fromStdString(base.name), QString::fromStdString(chosen.name)));
    differTitle_->setElided(true);
    const auto different = differing_keys(base, chosen);
    for (std::size_t i = 0; i < different.size() && i < 8; ++i) {
        const auto& [key, from, to] = different[i];
        auto* line = new Text(tr("%1: %2 → %3").arg(keyTitle(key), valueWords(key, from), valueWords(key, to)), FontRole::caption, ColorRole::text2);
        line->setWordWrap(true);
        line->setToolTip(QStringLiteral("%1: %2 → %3").arg(QString::fromStdString(key), QString::fromStdString(from), QString::fromStdString(to)));
        differences_->addWidget(line);
    }
    differences_->addWidget(new Text(different.empty() ? tr("Nothing: their difference is noise")
                                     : different.size() > 8 ? tr("%1 more settings differ").arg(different.size() - 8) : tr("All other settings are the same"),
                                     FontRole::caption, ColorRole::text3));
}

}  // namespace foothold::ui
