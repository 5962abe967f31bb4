// SPDX-License-Identifier: GPL-3.0-or-later
// Painting and counting of the legend's chips.
#include "ui/views/live/legend.h"

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/theme/theme.h"
#include "ui/views/live/map_cells.h"

#include <QFocusEvent>
#include <QFontMetrics>
#include <QPainter>

namespace foothold::ui {
namespace {

constexpr int kHeight = 26, kPadding = 7, kSwatch = 14, kGap = 6;

const QString& hint() {
    static const QString text = QObject::tr("click to filter");
    return text;
}

}  // namespace

LegendChip::LegendChip(int entry, QWidget* parent) : QAbstractButton(parent), entry_(entry) {
    setObjectName(QStringLiteral("legendChip%1").arg(entry));
    setCheckable(true);
    setChecked(true);
    setText(legendName(entry));
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setToolTip(tr("%1: click to hide or show these groups in the map").arg(legendLongName(entry)));
    setCount(0);
}

bool LegendChip::setCount(qint64 count) {
    if (count == count_ && !accessibleName().isEmpty()) return false;
    const bool wider = QString::number(count).size() != QString::number(count_).size();
    count_ = count;
    setAccessibleName(tr("%1: %2 groups").arg(legendLongName(entry_)).arg(count));
    update();
    return wider;
}

void LegendChip::setShort(bool on) { short_ = on; }

QSize LegendChip::sizeHint() const {
    const Theme& theme = Theme::instance();
    // As wide as the digits, so that a chip does not tremble while it counts.
    const QString digits(std::max<qsizetype>(2, QString::number(count_).size()), '0');
    int width = 2 * kPadding + kSwatch + kGap + QFontMetrics(theme.font(FontRole::caption)).horizontalAdvance(digits);
    if (!short_) width += kGap + QFontMetrics(theme.font(FontRole::button)).horizontalAdvance(text());
    return {width, kHeight};
}

void LegendChip::focusInEvent(QFocusEvent* event) {
    byKey_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    QAbstractButton::focusInEvent(event);
}

void LegendChip::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool ring = hasFocus() && byKey_;
    const double line = ring ? 2 : 1;
    painter.setPen(QPen(theme.color(ring           ? ColorRole::accent
                                    : underMouse() ? ColorRole::borderStrong
                                                   : ColorRole::border),
                        line));
    painter.setBrush(isChecked() ? theme.color(ColorRole::sunken) : QColor(Qt::transparent));
    painter.drawRoundedRect(QRectF(rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2), Theme::controlRadius,
                            Theme::controlRadius);
    painter.setOpacity(isChecked() ? 1 : 0.28);
    MapCells::paint(painter, QRectF(kPadding, (height() - kSwatch) / 2, kSwatch, kSwatch), MapCells::example(entry_));
    painter.setOpacity(1);
    int x = kPadding + kSwatch + kGap;
    if (!short_) {
        QFont font = theme.font(FontRole::button);
        font.setStrikeOut(!isChecked());
        painter.setFont(font);
        painter.setPen(theme.color(isChecked() ? ColorRole::text : ColorRole::text3));
        painter.drawText(QRect(x, 0, width(), height()), Qt::AlignVCenter | Qt::AlignLeft, text());
        x += QFontMetrics(font).horizontalAdvance(text()) + kGap;
    }
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(x, 0, width(), height()), Qt::AlignVCenter | Qt::AlignLeft, QString::number(count_));
}

Legend::Legend(RunModel* model, Selection* selection, QWidget* parent)
    : QWidget(parent), model_(model), selection_(selection) {
    setObjectName("legend");
    setAccessibleName(tr("Legend of group states"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_OpaquePaintEvent);
    for (int entry = 0; entry < kLegendEntries; ++entry) {
        auto* chip = new LegendChip(entry, this);
        chips_[static_cast<std::size_t>(entry)] = chip;
        chip->setChecked(selection->stateShown(entry));
        connect(chip, &QAbstractButton::clicked, this, [this, entry] { selection_->toggleState(entry); });
    }
    connect(selection, &Selection::hiddenStatesChanged, this, [this] {
        for (int entry = 0; entry < kLegendEntries; ++entry)
            chips_[static_cast<std::size_t>(entry)]->setChecked(selection_->stateShown(entry));
    });
    connect(model, &RunModel::runChanged, this, [this] {
        counted_ = -1;
        counts_ = {};
        recount();
    });
    connect(model, &RunModel::stepsArrived, this, &Legend::recount);
    connect(selection, &Selection::stepChanged, this, &Legend::recount);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        place();
        update();
    });
    recount();
}

QVariantMap Legend::viewSettings() const {
    QVariantList hidden;
    for (const int entry : selection_->hiddenStates()) hidden << entry;
    return {{QStringLiteral("hidden"), hidden}};
}

void Legend::applyViewSettings(const QVariantMap& values) {
    const QVariantList hidden = values.value(QStringLiteral("hidden")).toList();
    for (int entry = 0; entry < kLegendEntries; ++entry)
        if (selection_->stateShown(entry) == hidden.contains(entry)) selection_->toggleState(entry);
}

void Legend::recount() {
    const qint64 until = std::min(selection_->step(), model_->lastStep());
    const auto add = [this](qint64 step, int sign) {
        for (const GroupSummary& group : model_->steps()[static_cast<std::size_t>(step)]->groups)
            counts_[static_cast<std::size_t>(legendEntry(group))] += sign;
    };
    if (counted_ > model_->lastStep()) {  // Another run.
        counted_ = -1;
        counts_ = {};
    }
    while (counted_ < until) add(++counted_, 1);
    while (counted_ > until) add(counted_--, -1);
    bool wider = false;
    for (std::size_t i = 0; i < chips_.size(); ++i) wider |= chips_[i]->setCount(counts_[i]);
    if (wider) place();
}

void Legend::place() {
    const auto widthOf = [this](bool small) {
        int width = 0;
        for (LegendChip* chip : chips_) {
            chip->setShort(small);
            width += chip->sizeHint().width() + kGap;
        }
        return width - kGap;
    };
    if (widthOf(false) > width()) widthOf(true);
    int x = 0;
    for (LegendChip* chip : chips_) {
        const QRect to(x, (height() - kHeight) / 2, chip->sizeHint().width(), kHeight);
        if (chip->geometry() != to) chip->setGeometry(to);
        x += to.width() + kGap;
    }
    if (used_ != x) {
        used_ = x;
        update();
    }
}

QSize Legend::sizeHint() const {
    int width = 0;
    for (const LegendChip* chip : chips_) width += chip->sizeHint().width() + kGap;
    return {width, kHeight + 2};
}

void Legend::resizeEvent(QResizeEvent*) { place(); }

void Legend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::instance().color(ColorRole::surface));
    const QFont font = Theme::instance().font(FontRole::caption);
    if (QFontMetrics(font).horizontalAdvance(hint()) > width() - used_ - kGap) return;
    painter.setFont(font);
    painter.setPen(Theme::instance().color(ColorRole::text3));
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, hint());
}

}  // namespace foothold::ui
