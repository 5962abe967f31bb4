// SPDX-License-Identifier: GPL-3.0-or-later
// The hover card: title, state in words, what happened without the hint, gradient yes or no.
#include "ui/views/live/map_card.h"

#include "ui/models/run_model.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/common/tier_labels.h"

#include <QFontMetrics>
#include <QPainter>

namespace foothold::ui {
namespace {

constexpr int kPadding = 10, kLine = 18, kSwatch = 12, kTitle = 20;

}  // namespace

MapCard::MapCard(QWidget* parent) : QWidget(parent) {
    setObjectName("mapCard");
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void MapCard::show(const RunModel& model, int problem, qint64 step, const QRect& cell) {
    qint64 at = -1;
    const GroupSummary* group = model.lastGroup(problem, step, &at);
    const int tier = model.tierOf(problem);
    title_ = tr("%1 · step %2").arg(model.problemName(problem)).arg(step);
    tier_ = tierTitle(tier, model.tiers()[static_cast<std::size_t>(tier)]);
    group_.reset();
    lines_.clear();
    if (group) {
        group_ = *group;
        lines_ << groupWords(*group);
        if (const QString before = beforeWords(*group); !before.isEmpty()) lines_ << before;
        lines_ << (group->has_gradient() ? tr("gradient from this group: yes") : tr("gradient from this group: no"));
        if (at != step) lines_ << tr("drawn at step %1, not at this one").arg(at);
    } else {
        lines_ << tr("not drawn yet");
    }
    QFont bold = Theme::instance().font(FontRole::sectionTitle);
    const QFontMetrics titles(bold), body(Theme::instance().font(FontRole::body)),
        captions(Theme::instance().font(FontRole::caption));
    int width = titles.horizontalAdvance(title_) + 24 + captions.horizontalAdvance(tier_);
    for (const QString& line : lines_)
        width = std::max(width, body.horizontalAdvance(line) + (line == lines_.front() && group_ ? kSwatch + 6 : 0));
    resize(width + 2 * kPadding, kTitle + kLine * static_cast<int>(lines_.size()) + 2 * kPadding - 2);

    const QRect room = parentWidget()->rect().adjusted(4, 4, -4, -4);
    QPoint place(cell.center().x() - this->width() / 2, cell.bottom() + 8);
    if (place.y() + height() > room.bottom()) place.setY(cell.top() - 8 - height());
    place.setX(std::clamp(place.x(), room.left(), std::max(room.left(), room.right() - this->width())));
    place.setY(std::max(place.y(), room.top()));
    move(place);
    QWidget::show();
    raise();
    update();
}

QString MapCard::text() const { return title_ + '\n' + tier_ + '\n' + lines_.join('\n'); }

void MapCard::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.color(ColorRole::borderStrong), 1));
    painter.setBrush(theme.color(theme.isDark() ? ColorRole::field : ColorRole::surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::cardRadius, Theme::cardRadius);
    const int right = width() - 2 * kPadding;
    int y = kPadding - 2;
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(QRect(kPadding, y, right, kTitle), Qt::AlignVCenter | Qt::AlignLeft, title_);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(kPadding, y, right, kTitle), Qt::AlignVCenter | Qt::AlignRight, tier_);
    y += kTitle;
    painter.setFont(theme.font(FontRole::body));
    for (qsizetype i = 0; i < lines_.size(); ++i, y += kLine) {
        const bool first = i == 0 && group_;
        if (first) MapCells::paint(painter, QRectF(kPadding, y + (kLine - kSwatch) / 2, kSwatch, kSwatch), *group_);
        painter.setPen(theme.color(i == 0 ? ColorRole::text : ColorRole::text2));
        painter.drawText(QRect(kPadding + (first ? kSwatch + 6 : 0), y, right, kLine), Qt::AlignVCenter | Qt::AlignLeft,
                         lines_[i]);
    }
}

}  // namespace foothold::ui
