// SPDX-License-Identifier: GPL-3.0-or-later
// A link of the chain.
#include "ui/views/inspect/explainer_stage.h"

#include <QPainter>

#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

constexpr int kRail = 26, kDisc = 18;

}  // namespace

ExplainerStage::ExplainerStage(const QString& name, const QString& title, bool last, QWidget* parent) : QWidget(parent), title_(title), last_(last) {
    setObjectName(name);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(kRail, 3, 0, 5);
    column->setSpacing(1);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(new Text(title, last ? FontRole::sectionTitle : FontRole::button));
    line->addStretch();
    const auto value = [&](const char* which, ColorRole role) {
        auto* text = new Text({}, FontRole::mono, role);
        QFont font = text->font();
        font.setWeight(QFont::DemiBold);
        text->setFont(font);
        text->setObjectName(name + QLatin1Char('.') + which);
        text->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        text->setMinimumWidth(valueWidth);
        line->addWidget(text);
        return text;
    };
    run_ = value("run", ColorRole::text);
    other_ = value("other", ColorRole::accent);
    column->addLayout(line);
    const auto words = [&](const char* which, ColorRole role) {
        auto* text = new Text({}, FontRole::caption, role);
        text->setObjectName(name + QLatin1Char('.') + which);
        text->setWordWrap(true);
        column->addWidget(text);
        return text;
    };
    formula_ = words("formula", ColorRole::text3);
    otherFormula_ = words("other-formula", ColorRole::accent);
    setValues({}, {});
}

void ExplainerStage::setNumber(int number) {
    number_ = number;
    update();
}

void ExplainerStage::setValues(const QString& run, const QString& other) {
    run_->setText(run);
    const bool same = other == run;
    other_->setText(same ? QStringLiteral("=") : other);
    other_->setRole(same ? ColorRole::text3 : ColorRole::accent);
    other_->setVisible(!other.isEmpty());
    setAccessibleName(title_ + QStringLiteral(": ") + run + (other.isEmpty() || same ? QString() : QStringLiteral(" / ") + other));
}

void ExplainerStage::setFormula(const QString& run, const QString& other) {
    formula_->setText(run);
    formula_->setVisible(!run.isEmpty());
    otherFormula_->setText(other);
    otherFormula_->setVisible(!other.isEmpty() && other != run);
}

void ExplainerStage::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF disc(.5, 3.5, kDisc - 1, kDisc - 1);
    const double x = disc.center().x();
    painter.setPen(QPen(theme.color(ColorRole::borderStrong), 1));
    if (number_ > 1) painter.drawLine(QPointF(x, 0), QPointF(x, disc.top()));
    if (!last_) painter.drawLine(QPointF(x, disc.bottom()), QPointF(x, height()));
    painter.setBrush(theme.color(last_ ? ColorRole::accent : ColorRole::sunken));
    if (last_) painter.setPen(Qt::NoPen);
    painter.drawEllipse(disc);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(last_ ? ColorRole::onAccent : ColorRole::text2));
    painter.drawText(disc, Qt::AlignCenter, QString::number(number_));
}

}  // namespace foothold::ui
