// SPDX-License-Identifier: GPL-3.0-or-later
// A card: header, words in boxes, footer.
#include "ui/views/inspect/attempt_cards_paint.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "ui/models/value_text.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/common/trace_text.h"

namespace foothold::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Attempts", text); }

constexpr int rowHeight = 20, barWidth = 36, advantageWidth = 38;

struct Answers {
    QString own, gold;
};
Answers answers(const AttemptGroup& group, const Attempt& a) {
    const std::string& family = group.problem.family;
    return {a.extracted.empty() ? QString() : shownText(family, a.extracted), shownText(family, group.problem.answer)};
}

QString numberWords(const CardPicture& card) {
    QString name = QStringLiteral("#%1").arg(card.attempt.attempt + 1);
    if (card.rounds) name += tr("  step %1, round %2").arg(card.attempt.step).arg(card.attempt.round + 1);
    return name;
}

/// Words of `text` with those underlined that differ from `other` at their place; returns the width used.
int paintWords(QPainter& painter, const QRect& room, const QString& text, const QString& other, const QColor& ink, bool mark) {
    const Theme& theme = Theme::instance();
    const QFontMetrics metrics(painter.font());
    const QStringList words = text.split(' '), against = other.split(' ');
    const int blank = metrics.horizontalAdvance(' ');
    int x = room.left();
    for (qsizetype i = 0; i < words.size() && x < room.right(); ++i) {
        const bool differs = mark && (i >= against.size() || words[i] != against[i]);
        const int width = std::min(metrics.horizontalAdvance(words[i]), room.right() - x + 1);
        painter.setPen(differs ? theme.color(ColorRole::bad) : ink);
        painter.drawText(QRect(x, room.top(), width + 1, room.height()), Qt::AlignVCenter | Qt::TextSingleLine, metrics.elidedText(words[i], Qt::ElideRight, width + 1));
        if (differs) painter.fillRect(QRectF(x, room.center().y() + 7, width, 1.5), theme.color(ColorRole::bad));
        x += width + blank;
    }
    return x - room.left() - blank;
}

/// What stands right of the verdict: one answer where it is the gold one, both where they differ.
struct AnswerLine {
    QString ownLabel, own, goldLabel, gold;
    bool read;  ///< `own` is an answer, not words about there being none.
};
AnswerLine answerLine(const AttemptGroup& group, const Attempt& a) {
    const auto [own, gold] = answers(group, a);
    if (a.verdict == Verdict::correct && own == gold) return {tr("answer = gold"), own, {}, {}, true};
    return {tr("answer"), own.isEmpty() ? tr("none") : own, tr("gold"), gold, !own.isEmpty()};
}
constexpr int labelGap = 5, answerGap = 14;
int labelsWidth(const AnswerLine& line) {
    const QFontMetrics small(Theme::instance().font(FontRole::caption));
    return small.horizontalAdvance(line.ownLabel) + labelGap + (line.goldLabel.isEmpty() ? 0 : answerGap + small.horizontalAdvance(line.goldLabel) + labelGap);
}
int ownWidth(const AnswerLine& line) {
    return QFontMetrics(Theme::instance().font(line.read ? FontRole::mono : FontRole::caption)).horizontalAdvance(line.own);
}

void paintAnswers(QPainter& painter, const QRect& room, const CardPicture& card, bool alignRight) {
    const Theme& theme = Theme::instance();
    const AnswerLine line = answerLine(card.group, card.attempt);
    const QFontMetrics small(theme.font(FontRole::caption)), mono(theme.font(FontRole::mono));
    const int labels = labelsWidth(line), space = room.width() - labels;
    int own = ownWidth(line), gold = mono.horizontalAdvance(line.gold);
    if (own + gold > space) {  // Both give way, the longer first.
        own = std::min(own, std::max(space / 2, space - gold));
        gold = std::min(gold, space - own);
    }
    int x = alignRight ? room.right() + 1 - labels - own - gold : room.left();
    const auto label = [&](const QString& text) {
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(QRect(x, room.top(), 200, room.height()), Qt::AlignVCenter, text);
        x += small.horizontalAdvance(text) + labelGap;
    };
    label(line.ownLabel);
    if (!line.read) {
        painter.setPen(theme.color(ColorRole::bad));
        painter.drawText(QRect(x, room.top(), own + 2, room.height()), Qt::AlignVCenter, line.own);
    } else {
        painter.setFont(theme.font(FontRole::mono));
        paintWords(painter, QRect(x, room.top(), own, room.height()), line.own, line.gold, theme.color(ColorRole::text), !line.goldLabel.isEmpty());
    }
    x += own + answerGap;
    if (line.goldLabel.isEmpty()) return;
    label(line.goldLabel);
    painter.setFont(theme.font(FontRole::mono));
    paintWords(painter, QRect(x, room.top(), gold, room.height()), line.gold, {}, theme.color(ColorRole::text3), false);
}

void paintHeader(QPainter& painter, QPoint at, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const Attempt& a = card.attempt;
    const int top = at.y() + 8, right = at.x() + card.layout.width - CardLayout::padding;
    int x = at.x() + CardLayout::padding;
    const auto text = [&](const QString& words, FontRole font, ColorRole ink) {
        painter.setFont(theme.font(font));
        painter.setPen(theme.color(ink));
        const int width = QFontMetrics(painter.font()).horizontalAdvance(words);
        painter.drawText(QRect(x, top, width + 2, rowHeight), Qt::AlignVCenter, words);
        x += width;
    };
    text(numberWords(card), FontRole::sectionTitle, ColorRole::text);
    // The bar grows from the middle, at the same place in each card; without an update there is nothing to draw.
    x = std::max(x + 8, at.x() + CardLayout::padding + 26);
    const int middle = x + barWidth / 2;
    painter.fillRect(QRect(middle, top + 3, 1, rowHeight - 6), theme.color(ColorRole::borderStrong));
    const int length = static_cast<int>(std::lround(std::abs(a.advantage) / card.largest * (barWidth / 2. - 1)));
    if (a.advantage > 0) painter.fillRect(QRect(middle + 1, top + 6, length, 8), theme.color(ColorRole::mixedHigh));
    if (a.advantage < 0) painter.fillRect(QRect(middle - length, top + 6, length, 8), theme.color(ColorRole::allWrong));
    x += barWidth + 2;
    painter.setFont(theme.font(FontRole::mono));
    painter.setPen(theme.color(a.trained ? ColorRole::text : ColorRole::text3));
    painter.drawText(QRect(x, top, advantageWidth, rowHeight), Qt::AlignVCenter | Qt::AlignRight, signedNumber(a.advantage));
    x += advantageWidth + 12;
    const bool correct = a.verdict == Verdict::correct, lucky = correct && a.soundness == Soundness::lucky;
    const ColorRole ink = lucky ? ColorRole::lucky : correct ? ColorRole::good : ColorRole::bad;
    if (lucky)
        paintDiamond(painter, {x + 6.5, top + rowHeight / 2.}, 5, theme.color(ink));
    else
        paintIcon(painter, correct ? QStringLiteral("check") : a.verdict == Verdict::wrong ? QStringLiteral("cross") : QStringLiteral("minus"), QRectF(x, top + 3, 14, 14), theme.color(ink));
    x += 17;
    text(verdictWords(a), FontRole::button, ink);
    x += 12;
    if (card.layout.answerBelow)
        paintAnswers(painter, QRect(at.x() + CardLayout::padding, top + rowHeight - 1, card.layout.width - 2 * CardLayout::padding, rowHeight), card, false);
    else
        paintAnswers(painter, QRect(x, top, right - x, rowHeight), card, true);
}

void paintChip(QPainter& painter, QPoint at, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const QRect chip = card.layout.chip.translated(at);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(card.hoveredChip ? QPen(theme.color(ColorRole::rescued50), 1) : Qt::NoPen);
    painter.setBrush(theme.color(ColorRole::given));
    painter.drawRoundedRect(QRectF(chip).adjusted(.5, .5, -.5, -.5), 4, 4);
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (!card.layout.unfolded) painter.fillRect(QRectF(chip.left() + 7, chip.bottom() - 3, chip.width() - 28, 1.3), theme.color(ColorRole::rescued50));
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(chip.adjusted(7, 0, -18, -1), Qt::AlignVCenter, chipText(card.words, card.layout.unfolded));
    paintIcon(painter, card.layout.unfolded ? QStringLiteral("chevron-up") : QStringLiteral("chevron-down"), QRectF(chip.right() - 17, chip.top() + 4, 12, 12), theme.color(ColorRole::text2));
}

void paintMore(QPainter& painter, QPoint at, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const QRect more = card.layout.more.translated(at);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.color(card.hoveredMore ? ColorRole::text3 : ColorRole::border), 1));
    painter.setBrush(theme.color(ColorRole::sunken));
    painter.drawRoundedRect(QRectF(more).adjusted(.5, .5, -.5, -.5), 4, 4);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text2));
    QString words = tr("%1 more lines").arg(card.layout.left);
    const auto first = std::find_if(card.words.words.begin(), card.words.words.end(), [&](const AttemptWord& w) { return !w.given && w.step == card.attempt.first_wrong_step; });
    if (card.attempt.first_wrong_step >= 0 && first != card.words.words.end() && card.layout.places[static_cast<std::size_t>(first - card.words.words.begin())].width <= 0)
        words += tr(", the first wrong step among them");
    painter.drawText(more, Qt::AlignCenter, words);
}

/// A word's ground: given, colour of the mode, matches.
void paintGround(QPainter& painter, const QRectF& box, const AttemptWord& w, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    if (w.given) {
        painter.fillRect(box, theme.color(ColorRole::given));
        painter.fillRect(QRectF(box.left(), box.bottom() - 1.3, box.width(), 1.3), theme.color(w.altered ? ColorRole::bad : ColorRole::rescued50));
        return;
    }
    if (card.colors == TokenColors::source) {
        if (w.reference) painter.fillRect(box, theme.color(ColorRole::allRight));
        return;
    }
    if (!card.words.recorded) return;
    const double strength = colorStrength(card.words, w, card.attempt, card.colors, card.largest);
    if (std::abs(strength) < .02) return;
    painter.fillRect(box, tokenColor(card.colors, strength));
    // Up and down are told apart by a bar above or below as well.
    if (card.colors != TokenColors::advantage && card.colors != TokenColors::push) return;
    const double bar = std::abs(strength) < .08 ? 0 : std::abs(strength) < .2 ? 1 : 2;
    if (strength > 0)
        painter.fillRect(QRectF(box.left(), box.top(), box.width(), bar), theme.color(ColorRole::mixedHigh));
    else
        painter.fillRect(QRectF(box.left(), box.bottom() - bar, box.width(), bar), theme.color(ColorRole::rose));
}

void paintLines(QPainter& painter, QPoint at, const QRect& clip, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const CardLayout& layout = card.layout;
    const QFont mono = theme.font(FontRole::mono), small = theme.font(FontRole::caption);
    const QFontMetrics metrics(mono);
    const QColor ink = theme.color(ColorRole::text), bad = theme.color(ColorRole::bad), accent = theme.color(ColorRole::accent);
    painter.setFont(mono);
    const int lines = static_cast<int>(layout.lines.size());
    for (int l = layout.lineAt(clip.top() - at.y()); l < lines && layout.lines[static_cast<std::size_t>(l)].y + at.y() <= clip.bottom(); ++l) {
        const CardLayout::Line& line = layout.lines[static_cast<std::size_t>(l)];
        const double top = at.y() + line.y + (CardLayout::linePitch - CardLayout::boxHeight) / 2;
        double wrongFrom = -1, wrongTo = -1;
        for (int i = line.first; i < line.last; ++i) {
            const AttemptWord& w = card.words.words[static_cast<std::size_t>(i)];
            const CardLayout::Place& place = layout.places[static_cast<std::size_t>(i)];
            const QRectF box(at.x() + std::round(place.x), top, std::round(place.width), CardLayout::boxHeight);
            paintGround(painter, box, w, card);
            // Given words of one step stand on one ground.
            if (w.given && i + 1 < line.last && card.words.words[static_cast<std::size_t>(i + 1)].given && !card.words.words[static_cast<std::size_t>(i + 1)].opens) {
                const double next = at.x() + std::round(layout.places[static_cast<std::size_t>(i + 1)].x);
                painter.fillRect(QRectF(box.right(), top, next - box.right(), box.height()), theme.color(ColorRole::given));
                painter.fillRect(QRectF(box.right(), box.bottom() - 1.3, next - box.right(), 1.3), theme.color(ColorRole::rescued50));
            }
            if (!w.given && card.attempt.first_wrong_step >= 0 && w.step == card.attempt.first_wrong_step && !w.end) {
                if (wrongFrom < 0) wrongFrom = box.left();
                wrongTo = box.right();
            }
            for (const auto& [first, last] : card.matches)
                if (i >= first && i <= last) {
                    painter.setPen(QPen(accent, 1));
                    painter.setBrush(theme.color(ColorRole::accentSoft));
                    painter.drawRect(box.adjusted(.5, .5, -.5, -.5));
                }
            if (w.end) {
                painter.setFont(small);
                painter.setPen(theme.color(ColorRole::text3));
                painter.drawText(box.adjusted(-6, 0, 6, 0), Qt::AlignCenter, w.text);
                painter.setFont(mono);
            } else {
                painter.setPen(w.altered ? bad : ink);
                const bool narrow = box.width() >= layout.width - 2 * CardLayout::padding;  // Nothing wider fits in a line.
                painter.drawText(box.adjusted(CardLayout::boxPad, 0, 4, 0), Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextDontClip,
                                 narrow ? metrics.elidedText(w.text, Qt::ElideRight, static_cast<int>(box.width()) - 2 * CardLayout::boxPad) : w.text);
            }
            const bool chosen = card.token >= 0 && w.token == card.token;
            if (chosen || i == card.hoveredWord) {
                painter.setRenderHint(QPainter::Antialiasing);
                painter.setPen(QPen(chosen ? accent : theme.color(ColorRole::text3), chosen ? 1.8 : 1));
                painter.setBrush(Qt::NoBrush);
                painter.drawRoundedRect(box.adjusted(0, 0, 0, 0), 2.5, 2.5);
                painter.setRenderHint(QPainter::Antialiasing, false);
            }
        }
        if (wrongFrom >= 0) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(bad, 1.4));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(wrongFrom - 1.5, top - 1, wrongTo - wrongFrom + 3, CardLayout::boxHeight + 2), 3, 3);
            painter.setRenderHint(QPainter::Antialiasing, false);
        }
    }
}

void paintFooter(QPainter& painter, QPoint at, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const Attempt& a = card.attempt;
    const QRect room(at.x() + CardLayout::padding, at.y() + card.layout.height - CardLayout::footer - 2, card.layout.width - 2 * CardLayout::padding, CardLayout::footer);
    painter.setFont(theme.font(FontRole::caption));
    const QFontMetrics metrics(painter.font());
    const QString wrong = firstWrongWords(a);
    int end = room.right() + 1;
    if (!wrong.isEmpty()) {
        painter.setPen(theme.color(ColorRole::bad));
        painter.drawText(room, Qt::AlignRight | Qt::AlignVCenter, wrong);
        end -= metrics.horizontalAdvance(wrong) + 12;
    }
    QStringList parts{tr("reward %1").arg(numberText(a.reward)), tr("%1 new tokens").arg(countText(static_cast<qint64>(a.tokens.size())))};
    const double mean = meanProbability(a);
    if (!std::isnan(mean)) parts << tr("mean probability %1").arg(numberText(mean));
    if (!a.trained) parts << tr("not trained");
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(QRect(room.left(), room.top(), end - room.left(), room.height()), Qt::AlignVCenter,
                     metrics.elidedText(parts.join(tr(", ")), Qt::ElideRight, end - room.left()));
}

}  // namespace

void paintDiamond(QPainter& painter, QPointF c, double r, const QColor& color) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF({c + QPointF(0, -r), c + QPointF(r, 0), c + QPointF(0, r), c + QPointF(-r, 0)}));
    painter.restore();
}

QColor tokenColor(TokenColors mode, double strength) {
    const Theme& theme = Theme::instance();
    const bool blue = strength > 0 && (mode == TokenColors::advantage || mode == TokenColors::push);
    QColor color = theme.color(blue ? ColorRole::mixedHigh : ColorRole::rose);
    // Full strength leaves the word readable (checked by a test).
    color.setAlphaF(static_cast<float>(std::min(1., std::abs(strength)) * (theme.isDark() ? .5 : .6)));
    return color;
}

bool answersFit(const AttemptGroup& group, const Attempt& a, int width, bool rounds) {
    const Theme& theme = Theme::instance();
    const AnswerLine line = answerLine(group, a);
    const QFontMetrics mono(theme.font(FontRole::mono)), strong(theme.font(FontRole::sectionTitle)), medium(theme.font(FontRole::button));
    const int number = rounds ? strong.horizontalAdvance(tr("#8  step 1000, round 4")) + 8 : 26;
    const int left = number + barWidth + 2 + advantageWidth + 12 + 17 + medium.horizontalAdvance(verdictWords(a)) + 12;
    return left + labelsWidth(line) + ownWidth(line) + mono.horizontalAdvance(line.gold) <= width - 2 * CardLayout::padding;
}

void paintCard(QPainter& painter, QPoint at, const QRect& clip, const CardPicture& card) {
    const Theme& theme = Theme::instance();
    const QRectF frame(at.x(), at.y(), card.layout.width, card.layout.height);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(theme.color(ColorRole::surface));
    const bool marked = card.current || card.second;
    QPen pen(theme.color(marked ? ColorRole::accent : card.hovered ? ColorRole::borderStrong : ColorRole::border), marked ? 1.6 : 1);
    if (card.second && !card.current) pen.setDashPattern({4, 3});
    painter.setPen(pen);
    const double inset = marked ? .8 : .5;
    painter.drawRoundedRect(frame.adjusted(inset, inset, -inset, -inset), 6, 6);
    if (card.focus) {
        QColor ring = theme.color(ColorRole::accent);
        ring.setAlphaF(.45f);
        painter.setPen(QPen(ring, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(frame.adjusted(-2, -2, 2, 2), 8, 8);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto visible = [&](int top, int bottom) { return at.y() + bottom >= clip.top() && at.y() + top <= clip.bottom(); };
    if (visible(0, card.layout.headerHeight)) paintHeader(painter, at, card);
    if (!card.layout.chip.isEmpty() && visible(card.layout.chip.top(), card.layout.chip.bottom())) paintChip(painter, at, card);
    paintLines(painter, at, clip, card);
    if (!card.layout.more.isEmpty()) paintMore(painter, at, card);
    if (visible(card.layout.height - CardLayout::footer, card.layout.height)) paintFooter(painter, at, card);
}

}  // namespace foothold::ui
