// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and painting of the token strip.
#include "ui/views/inspect/token_strip.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/models/value_text.h"
#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr int titleHeight = 24, markHeight = 10, labelHeight = 18, axisWidth = 24;
constexpr float sure = .8F;  ///< Bars below are coloured.

}  // namespace

TokenStrip::TokenStrip(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("token-strip"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Token probability"));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TokenStrip::setAttempt(const Attempt* attempt, const AttemptGroup& group, int index) {
    probabilities_.clear();
    words_ = {};
    title_.clear();
    wrong_.clear();
    firstWrong_ = wrongStep_ = answer_ = token_ = hover_ = -1;
    attempt_ = attempt ? std::optional(*attempt) : std::nullopt;
    if (attempt) {
        title_ = index >= 0 ? tr("Token probability, attempt #%1").arg(attempt->attempt + 1) : tr("Token probability");
        words_ = readWords(group, *attempt);
        if (words_.recorded)
            for (const float l : attempt->logprobs) probabilities_.push_back(std::exp(l));
        wrong_ = firstWrongWords(*attempt);
        wrongStep_ = attempt->first_wrong_step;
        const auto begin = words_.words.begin() + words_.given;
        ownStep_ = begin == words_.words.end() ? 0 : begin->step;
        const auto find = [&](auto&& test) {
            const auto at = std::find_if(begin, words_.words.end(), test);
            return at == words_.words.end() ? -1 : at->token;
        };
        firstWrong_ = wrongStep_ < 0 ? -1 : find([this](const AttemptWord& w) { return w.step == wrongStep_; });
        answer_ = find([](const AttemptWord& w) { return w.answer; });
    }
    const double mean = attempt ? meanProbability(*attempt) : std::nan("");
    setAccessibleDescription(probabilities_.empty() ? tr("no token probabilities")
                                                    : tr("%1 tokens, mean probability %2, %3").arg(probabilities_.size()).arg(numberText(mean), wrong_.isEmpty() ? tr("no wrong step") : wrong_));
    update();
}

void TokenStrip::setToken(int token) {
    if (std::exchange(token_, token) != token) update();
}

QRectF TokenStrip::plot() const {
    return QRectF(axisWidth, titleHeight + markHeight, std::max(10, width() - axisWidth - 2), std::max(10, height() - titleHeight - markHeight - labelHeight));
}

double TokenStrip::unit() const {
    const auto all = static_cast<double>(words_.given) + static_cast<double>(probabilities_.size());
    return all > 0 ? plot().width() / all : 0;
}

double TokenStrip::left(int token) const { return plot().left() + unit() * (words_.given + token); }

int TokenStrip::tokenAt(int x) const {
    if (unit() <= 0 || x < plot().left()) return -1;
    const int token = static_cast<int>((x - plot().left()) / unit()) - words_.given;
    return token >= 0 && token < static_cast<int>(probabilities_.size()) ? token : -1;
}

std::vector<TokenStrip::Bar> TokenStrip::bars() const {
    std::vector<Bar> all;
    const QRectF room = plot();
    const int count = static_cast<int>(probabilities_.size());
    for (int i = 0; i < count;) {
        const double x = left(i);
        int end = i + 1;
        if (unit() < 1)
            while (end < count && std::floor(left(end)) == std::floor(x)) ++end;
        Bar bar{i, end - 1, 0, 1, QRectF(unit() < 1 ? std::floor(x) : x, room.top(), std::max(1., unit()), room.height())};
        for (int t = i; t < end; ++t) {
            const float p = probabilities_[static_cast<std::size_t>(t)];
            bar.mean += p / static_cast<float>(end - i);
            bar.least = std::min(bar.least, p);
        }
        all.push_back(bar);
        i = end;
    }
    return all;
}

void TokenStrip::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    const QRectF room = plot();
    const QFont small = theme.font(FontRole::caption);
    painter.setFont(theme.font(FontRole::sectionTitle));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(QRect(0, 0, width(), 18), Qt::AlignVCenter, title_.isEmpty() ? tr("Token probability") : title_);
    painter.setFont(small);
    painter.setPen(theme.color(ColorRole::bad));
    painter.drawText(QRect(0, 0, width(), 18), Qt::AlignRight | Qt::AlignVCenter, wrong_);
    for (const double level : {0., .5, 1.}) {
        const double y = room.bottom() - level * room.height();
        painter.fillRect(QRectF(room.left(), std::round(y), room.width(), 1), theme.color(level == 0 ? ColorRole::borderStrong : ColorRole::gridLine));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(QRectF(0, y - 8, axisWidth - 6, 16), Qt::AlignRight | Qt::AlignVCenter, level == .5 ? QStringLiteral(".5") : QString::number(level));
    }
    if (probabilities_.empty()) {
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(room, Qt::AlignCenter | Qt::TextWordWrap, title_.isEmpty() ? tr("Choose an attempt:\nits tokens stand here.") : tr("No token probabilities were stored."));
    }
    const QRectF given(room.left(), room.top(), unit() * words_.given, room.height());
    if (given.width() > 0) {
        painter.fillRect(given, theme.color(ColorRole::given));
        painter.fillRect(QRectF(given.left(), given.bottom() - 2, given.width(), 2), theme.color(ColorRole::rescued50));
        const QFontMetrics metrics(small);
        const QString label = metrics.horizontalAdvance(tr("given, not scored")) + 8 <= given.width() ? tr("given, not scored")
                              : metrics.horizontalAdvance(tr("given")) + 4 <= given.width()            ? tr("given")
                                                                                                       : QString();
        painter.setPen(theme.color(ColorRole::warn));
        painter.drawText(given, Qt::AlignCenter, label);
    }
    const double gap = unit() >= 2.5 ? 1 : 0;
    const QColor calm = theme.color(ColorRole::borderStrong), rose = theme.color(ColorRole::rose), foot = theme.color(ColorRole::text3);
    for (const Bar& bar : bars()) {
        const double height = bar.mean * room.height();
        const bool wrong = firstWrong_ >= 0 && [&] {
            for (int t = bar.first; t <= bar.last; ++t)
                if (words_.words[static_cast<std::size_t>(words_.given + t)].step == wrongStep_) return true;
            return false;
        }();
        QRectF box(bar.room.left(), room.bottom() - height, bar.room.width() - gap, height);
        painter.fillRect(box, wrong ? theme.color(ColorRole::bad) : bar.mean < sure ? rose : calm);
        if (bar.last > bar.first && bar.least < bar.mean)  // The least of the pixel, drawn over the mean.
            painter.fillRect(QRectF(box.left(), room.bottom() - bar.least * room.height(), box.width(), 2), bar.least < sure ? rose : foot);
        if (token_ >= bar.first && token_ <= bar.last) {
            QColor mark = theme.color(ColorRole::accent);
            mark.setAlphaF(.3F);
            painter.fillRect(QRectF(bar.room.left(), room.top(), std::max(1.5, bar.room.width() - gap), room.height()), mark);
        }
        if (hover_ >= bar.first && hover_ <= bar.last) {
            painter.setPen(theme.color(ColorRole::text2));
            painter.drawRect(QRectF(bar.room.left(), room.top(), std::max(1., bar.room.width() - gap), room.height() - 1));
        }
    }
    if (firstWrong_ >= 0) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.color(ColorRole::bad));
        const QPointF tip(left(firstWrong_) + std::max(1., unit()) / 2, room.top() - 2);
        painter.drawPolygon(QPolygonF({tip, tip + QPointF(-5, -7), tip + QPointF(5, -7)}));
        painter.setRenderHint(QPainter::Antialiasing, false);
    }
    // Labels under the axis; one that would run into another is left out.
    painter.setFont(small);
    painter.setPen(theme.color(ColorRole::text3));
    const QFontMetrics metrics(small);
    double taken = -1e9, limit = room.right();
    const auto label = [&](double x, const QString& words, bool right) {
        const double length = metrics.horizontalAdvance(words), at = std::clamp(right ? x - length : x, room.left(), room.right() - length);
        if (at < taken + 8 || at + length > limit) return;
        painter.drawText(QRectF(at, room.bottom() + 3, length + 2, labelHeight - 3), Qt::AlignVCenter, words);
        taken = at + length;
    };
    if (!words_.words.empty() && unit() > 0) {
        const QString end = answer_ >= 0 ? tr("answer") : QString();
        if (answer_ >= 0) limit = room.right() - metrics.horizontalAdvance(end) - 8;
        label(room.left(), tr("step %1").arg(words_.given > 0 ? 1 : ownStep_ + 1), false);
        if (words_.given > 0) label(left(0), tr("step %1").arg(ownStep_ + 1), false);
        if (firstWrong_ >= 0 && wrongStep_ != ownStep_) label(left(firstWrong_) - 10, tr("step %1").arg(wrongStep_ + 1), false);
        limit = room.right() + 1;
        if (answer_ >= 0) label(room.right(), end, true);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.color(ColorRole::accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void TokenStrip::choose(int token) {
    if (token < 0) return;
    setToken(token);
    Q_EMIT tokenChosen(token);
}

void TokenStrip::mousePressEvent(QMouseEvent* event) { choose(tokenAt(event->pos().x())); }

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
    const int token = plot().adjusted(0, -markHeight, 0, 0).contains(event->position()) ? tokenAt(event->pos().x()) : -1;
    if (std::exchange(hover_, token) != token) update();
    setCursor(token >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void TokenStrip::leaveEvent(QEvent*) {
    hover_ = -1;
    update();
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(probabilities_.size()) - 1;
    if (last >= 0 && event->key() == Qt::Key_Right) return choose(std::min(token_ + 1, last));
    if (last >= 0 && event->key() == Qt::Key_Left) return choose(token_ < 0 ? last : std::max(token_ - 1, 0));
    if (last >= 0 && event->key() == Qt::Key_Home) return choose(0);
    if (last >= 0 && event->key() == Qt::Key_End) return choose(last);
    QWidget::keyPressEvent(event);
}

void TokenStrip::focusInEvent(QFocusEvent*) { update(); }
void TokenStrip::focusOutEvent(QFocusEvent*) { update(); }

bool TokenStrip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int token = tokenAt(help->pos().x());
        if (token < 0) {
            QToolTip::hideText();
            return true;
        }
        const auto all = bars();
        const auto bar = std::find_if(all.begin(), all.end(), [token](const Bar& b) { return token <= b.last; });
        if (bar != all.end() && bar->last > bar->first)
            QToolTip::showText(help->globalPos(), tr("tokens %1 to %2: mean %3, least %4").arg(bar->first + 1).arg(bar->last + 1).arg(numberText(bar->mean), numberText(bar->least)), this);
        else
            QToolTip::showText(help->globalPos(), tr("%1, token %2: probability %3").arg(words_.words[static_cast<std::size_t>(words_.given + token)].text).arg(token + 1).arg(numberText(std::round(probabilities_[static_cast<std::size_t>(token)] * 1000) / 1000)), this);
        return true;
    }
    return QWidget::event(event);
}

}  // namespace foothold::ui
