// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of the small tables under the solve curve.
#include "ui/views/inspect/curve_rows.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace foothold::ui {
namespace {

constexpr int kSample = 22, kAfterSample = 7, kColumnGap = 11, kNoteGap = 4, kLeastTitle = 56;

QFont strongFont() {
    QFont font = Theme::instance().font(FontRole::body);
    font.setWeight(QFont::DemiBold);
    return font;
}
QFont valueFont(const CurveCell& cell) { return cell.strong ? strongFont() : Theme::instance().font(FontRole::body); }

}  // namespace

CurveRows::CurveRows(const QString& name, QWidget* parent) : QWidget(parent) {
    setObjectName(name);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CurveRows::setHeader(const QString& first, const QStringList& columns) {
    if (first == first_ && columns == header_) return;
    first_ = first;
    header_ = columns;
    update();
}

void CurveRows::setRows(std::vector<CurveRow> rows) {
    const bool taller = rows.size() != rows_.size();
    rows_ = std::move(rows);
    if (taller) updateGeometry();
    QStringList lines;
    for (const CurveRow& row : rows_) {
        QStringList words{row.title};
        for (std::size_t c = 0; c < row.cells.size(); ++c)
            words << (header_.value(static_cast<int>(c)) + ' ' + row.cells[c].value + ' ' + row.cells[c].note).trimmed();
        lines << words.join(QStringLiteral(", "));
    }
    setAccessibleDescription(lines.join(QStringLiteral(". ")));
    update();
}

QSize CurveRows::sizeHint() const { return {352, headerHeight + static_cast<int>(rows_.size()) * rowHeight}; }

std::vector<CurveRows::Column> CurveRows::columns() const {
    const QFontMetrics notes(Theme::instance().font(FontRole::caption));
    std::vector<Column> all(static_cast<std::size_t>(header_.size()));
    for (const CurveRow& row : rows_)
        for (std::size_t c = 0; c < row.cells.size() && c < all.size(); ++c) {
            all[c].value = std::max(all[c].value, QFontMetrics(valueFont(row.cells[c])).horizontalAdvance(row.cells[c].value));
            if (!row.cells[c].note.isEmpty()) all[c].note = std::max(all[c].note, notes.horizontalAdvance(row.cells[c].note) + kNoteGap);
        }
    const auto fit = [&] {
        int used = kSample + kAfterSample + kLeastTitle;
        for (std::size_t c = 0; c < all.size(); ++c) {
            const QString& head = header_[static_cast<int>(c)];
            all[c].header = all[c].narrow ? head.section(QStringLiteral(" ["), 0, 0) : head;
            used += std::max(all[c].value, notes.horizontalAdvance(all[c].header) - all[c].note) + all[c].note + kColumnGap;
        }
        return used <= width();
    };
    // Where there is no room, intervals go, the last first: the picture above has them as bands.
    for (std::size_t c = all.size(); c-- > 0 && !fit();) all[c].note = 0, all[c].narrow = true;
    fit();
    for (Column& column : all) column.value = std::max(column.value, notes.horizontalAdvance(column.header) - column.note);
    return all;
}

int CurveRows::titleWidth() const {
    int rest = width() - kSample - kAfterSample;
    for (const Column& column : columns()) rest -= column.value + column.note + kColumnGap;
    return std::max(rest, kLeastTitle);
}

void CurveRows::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    const std::vector<Column> widths = columns();
    const int title = titleWidth();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(QRect(0, 0, kSample + kAfterSample + title, headerHeight), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(first_, Qt::ElideRight, kSample + kAfterSample + title));
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    int x = kSample + kAfterSample + title;
    for (std::size_t c = 0; c < widths.size(); ++c) {
        const int wide = widths[c].value + widths[c].note + kColumnGap;
        painter.drawText(QRect(x, 0, wide, headerHeight), Qt::AlignRight | Qt::AlignVCenter, widths[c].header);
        x += wide;
    }
    int y = headerHeight;
    for (const CurveRow& row : rows_) {
        painter.fillRect(QRectF(0, y, width(), 1), theme.color(ColorRole::gridLine));
        drawLineSample(painter, row.line, QRectF(0, y, kSample, rowHeight));
        painter.setFont(theme.font(FontRole::body));
        painter.setPen(theme.color(ColorRole::text));
        painter.drawText(QRect(kSample + kAfterSample, y, title, rowHeight), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(row.title, Qt::ElideRight, title));
        x = kSample + kAfterSample + title + kColumnGap;
        for (std::size_t c = 0; c < row.cells.size() && c < widths.size(); ++c) {
            const CurveCell& cell = row.cells[c];
            painter.setFont(valueFont(cell));
            painter.setPen(theme.color(cell.role));
            const int wide = widths[c].value + (cell.note.isEmpty() ? widths[c].note : 0);
            painter.drawText(QRect(x, y, wide, rowHeight), Qt::AlignRight | Qt::AlignVCenter, cell.value);
            painter.setFont(theme.font(FontRole::caption));
            painter.setPen(theme.color(ColorRole::text3));
            if (!widths[c].narrow) painter.drawText(QRect(x + widths[c].value, y, widths[c].note, rowHeight), Qt::AlignRight | Qt::AlignVCenter, cell.note);
            x += widths[c].value + widths[c].note + kColumnGap;
        }
        y += rowHeight;
    }
}

bool CurveRows::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const int row = (help->y() - headerHeight) / rowHeight;
    if (help->y() >= headerHeight && row < static_cast<int>(rows_.size())) {
        const CurveRow& at = rows_[static_cast<std::size_t>(row)];
        QToolTip::showText(help->globalPos(), at.tip.isEmpty() ? at.title : at.tip, this);
    }
    return true;
}

}  // namespace foothold::ui
