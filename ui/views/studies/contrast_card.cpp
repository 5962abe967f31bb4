// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of words, interval and number.
#include "ui/views/studies/contrast_card.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "studies/arm_table.h"
#include "ui/views/common/export_button.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {
namespace {

constexpr int kLine = 22, kGroup = 30, kAxis = 22;

QString text(const std::string& words) { return QString::fromStdString(words); }

/// "GHPO - GRPO" with a minus that reads as one.
QString label(const StudyContrast& c) { return text(c.label).replace(QStringLiteral(" - "), QStringLiteral(" − ")); }

class Lines : public QWidget {
   public:
    explicit Lines(const std::vector<StudyContrast>& contrasts) : contrasts_(contrasts) {
        int height = kAxis;
        QStringList words;
        for (std::size_t i = 0; i < contrasts_.size(); ++i) {
            const StudyContrast& c = contrasts_[i];
            height += kLine + (begins(i) ? kGroup : 0);
            words << QStringLiteral("%1, %2: %3").arg(text(c.group), label(c), numbers(c));
            if (c.estimate.interval) reach_ = std::max({reach_, std::abs(c.estimate.interval->first), std::abs(c.estimate.interval->second)});
            else if (std::isfinite(c.estimate.mean)) reach_ = std::max(reach_, std::abs(c.estimate.mean));
        }
        reach_ = std::min(1.0, std::ceil(reach_ * 10 - 1e-9) / 10);
        setFixedHeight(height);
        setObjectName(QStringLiteral("study.contrasts"));
        setAccessibleName(QObject::tr("Differences with their intervals"));
        setAccessibleDescription(words.join(QStringLiteral("; ")));
        connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    }

    static QString numbers(const StudyContrast& c) {
        return text(estimate_words(c.estimate)) + (c.estimate.interval ? QString() : QObject::tr(", no interval")) + (c.estimate.n == 1 ? QObject::tr("  1 seed") : (c.values_are_bases() ? QObject::tr("  %1 bases") : QObject::tr("  %1 seeds")).arg(c.estimate.n));
    }

   protected:
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const double words = std::clamp(width() * .44, 220.0, 460.0), right = std::clamp(width() * .26, 190.0, 260.0), from = words + 14, to = width() - right - 14;
        const auto across = [&](double value) { return from + (std::clamp(value, -reach_, reach_) + reach_) / (2 * reach_) * (to - from); };
        const auto line = [&](double x, const QColor& color) {
            painter.setPen(QPen(color, 1));
            painter.drawLine(QPointF(x, 0), QPointF(x, height() - kAxis + 2));
        };
        painter.setFont(theme.font(FontRole::caption));
        for (const double tick : {-reach_, -reach_ / 2, 0.0, reach_ / 2, reach_}) {
            line(across(tick), theme.color(tick == 0 ? ColorRole::borderStrong : ColorRole::gridLine));
            painter.setPen(theme.color(ColorRole::text3));
            painter.drawText(QRectF(across(tick) - 30, height() - kAxis + 3, 60, kAxis - 3), Qt::AlignCenter, tick == 0 ? QStringLiteral("0") : shareText(tick, true));
        }
        double y = 0;
        for (std::size_t i = 0; i < contrasts_.size(); ++i) {
            const StudyContrast& c = contrasts_[i];
            if (begins(i)) {
                painter.setFont(theme.font(FontRole::sectionTitle));
                painter.setPen(theme.color(ColorRole::text));
                painter.drawText(QRectF(0, y + 6, words, kGroup - 6), Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(text(c.group), Qt::ElideRight, static_cast<int>(words)));
                y += kGroup;
            }
            const bool clear = c.estimate.excludes_zero();
            painter.setFont(theme.font(FontRole::body));
            painter.setPen(theme.color(clear ? ColorRole::text : ColorRole::text2));
            painter.drawText(QRectF(0, y, words, kLine), Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(label(c), Qt::ElideRight, static_cast<int>(words)));
            painter.drawText(QRectF(width() - right, y, right, kLine), Qt::AlignLeft | Qt::AlignVCenter, numbers(c));
            const QColor ink = theme.color(clear ? ColorRole::accent : ColorRole::text3);
            const double middle = y + kLine / 2.0;
            if (const auto& interval = c.estimate.interval) {
                painter.setPen(QPen(ink, 2));
                painter.drawLine(QPointF(across(interval->first), middle), QPointF(across(interval->second), middle));
            }
            painter.setPen(Qt::NoPen);
            painter.setBrush(ink);
            if (std::isfinite(c.estimate.mean)) painter.drawEllipse(QPointF(across(c.estimate.mean), middle), 4, 4);
            y += kLine;
        }
    }

   private:
    bool begins(std::size_t i) const { return i == 0 || contrasts_[i].group != contrasts_[i - 1].group; }
    const std::vector<StudyContrast>& contrasts_;
    double reach_ = .1;
};

}  // namespace

ContrastCard::ContrastCard(const QString& study, std::vector<StudyContrast> contrasts, QWidget* parent)
    : Card(QStringLiteral("study.%1.differences").arg(study), parent), name_(study + QStringLiteral("-differences")), contrasts_(std::move(contrasts)) {
    header()->addWidget(new Text(tr("Differences"), FontRole::cardTitle));
    header()->addWidget(new Text(tr("mean over paired seeds, 95% interval; blue where it excludes zero"), FontRole::caption, ColorRole::text3), 1);
    auto* lines = new Lines(contrasts_);
    header()->addWidget(new ExportButton(name_, [this, lines] { return ExportSource{this, {lines}}; }));
    header()->setContentsMargins(12, 10, 12, 4);
    body()->setContentsMargins(12, 0, 12, 12);
    body()->addWidget(lines);
}

ShownTable ContrastCard::shownTable() const {
    ShownTable out{{QStringLiteral("of"), QStringLiteral("difference"), QStringLiteral("mean"), QStringLiteral("low"), QStringLiteral("high"), QStringLiteral("seeds")}, {}};
    for (const StudyContrast& c : contrasts_) {
        const auto& interval = c.estimate.interval;
        out.rows.push_back({text(c.group), text(c.label), csvNumber(c.estimate.mean), interval ? csvNumber(interval->first) : QString(), interval ? csvNumber(interval->second) : QString(), QString::number(c.estimate.n)});
    }
    return out;
}

}  // namespace foothold::ui
