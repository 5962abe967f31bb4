// SPDX-License-Identifier: GPL-3.0-or-later
// Line breaking: steps stay together where they fit.
#include "ui/views/inspect/attempt_cards_layout.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QHash>
#include <algorithm>

#include "ui/theme/theme.h"

namespace foothold::ui {
namespace {

constexpr float gap = 2, stepGap = 12;

/// Widths of words in the font of traces.
class Widths {
   public:
    Widths() : metrics_(Theme::instance().font(FontRole::mono)), one_(static_cast<float>(metrics_.horizontalAdvance('0'))) {}
    float operator()(const QString& text) {
        const bool plain = std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x7F || c == QChar(0x00D7) || c == QChar(0x2212); });
        if (plain) return one_ * static_cast<float>(text.size());  // One width for all: it is a typewriter's face.
        auto known = known_.find(text);
        if (known == known_.end()) known = known_.insert(text, static_cast<float>(metrics_.horizontalAdvance(text)));
        return *known;
    }

   private:
    QFontMetricsF metrics_;
    float one_;
    QHash<QString, float> known_;
};

}  // namespace

QString chipText(const AttemptWords& words, bool unfolded) {
    if (unfolded) return QCoreApplication::translate("Attempts", "fold given");
    if (words.givenSteps == 0) return QCoreApplication::translate("Attempts", "%1 words given").arg(words.given);
    if (words.steps < words.givenSteps) return QCoreApplication::translate("Attempts", "%1 steps given").arg(words.givenSteps);
    return QCoreApplication::translate("Attempts", "%1 of %2 steps given").arg(words.givenSteps).arg(words.steps);
}

QRect CardLayout::wordRect(int word) const {
    if (word < 0 || static_cast<std::size_t>(word) >= places.size() || places[static_cast<std::size_t>(word)].width <= 0) return {};
    const auto line = std::partition_point(lines.begin(), lines.end(), [word](const Line& l) { return l.last <= word; });
    if (line == lines.end() || line->first > word) return {};
    const Place& p = places[static_cast<std::size_t>(word)];
    return QRectF(p.x, line->y + (linePitch - boxHeight) / 2, p.width, boxHeight).toAlignedRect();
}

int CardLayout::lineAt(int y) const {
    return static_cast<int>(std::partition_point(lines.begin(), lines.end(), [y](const Line& l) { return l.y + linePitch <= y; }) - lines.begin());
}

int CardLayout::wordAt(QPoint at) const {
    const auto index = static_cast<std::size_t>(lineAt(at.y()));
    if (index >= lines.size() || at.y() < lines[index].y) return -1;
    for (int i = lines[index].first; i < lines[index].last; ++i) {
        const Place& p = places[static_cast<std::size_t>(i)];
        if (static_cast<float>(at.x()) >= p.x && static_cast<float>(at.x()) < p.x + p.width) return i;
    }
    return -1;
}

CardLayout layOut(const AttemptWords& words, int width, bool unfolded, bool whole, bool headed) {
    CardLayout out;
    out.width = width;
    out.unfolded = unfolded;
    out.whole = whole;
    out.headed = headed;
    out.answerBelow = headed;
    out.headerHeight = headed ? 50 : 32;
    const int count = static_cast<int>(words.words.size());
    out.places.assign(words.words.size(), {0, 0});
    const float from = CardLayout::padding - CardLayout::boxPad, to = static_cast<float>(width - CardLayout::padding + CardLayout::boxPad);
    int y = out.headerHeight;
    float x = from;
    bool bare = true;  // Nothing stands in the line yet.
    if (words.given > 0) {
        const QFontMetrics small(Theme::instance().font(FontRole::caption));
        const int chip = small.horizontalAdvance(chipText(words, unfolded)) + 30;
        out.chip = QRect(CardLayout::padding, y + 1, std::min(chip, width - 2 * CardLayout::padding), 20);
        x = static_cast<float>(out.chip.right() + 1);
        bare = false;
    }
    Widths widths;
    const int begin = unfolded ? 0 : words.given;
    int first = begin;
    const auto box = [&](int i) { return widths(words.words[static_cast<std::size_t>(i)].text) + 2 * CardLayout::boxPad; };
    const auto feed = [&](int next) {
        out.lines.push_back({first, next, y});
        first = next;
        y += CardLayout::linePitch;
        x = from;
        bare = true;
    };
    for (int i = begin; i < count; ++i) {
        const AttemptWord& w = words.words[static_cast<std::size_t>(i)];
        const float own = std::min(box(i), to - from);
        const float before = bare ? 0 : i == begin ? stepGap : !w.gap ? -2 * CardLayout::boxPad : w.opens ? stepGap : gap;
        float need = own;
        if (w.opens && !w.newline) {
            for (int j = i + 1; j < count && !words.words[static_cast<std::size_t>(j)].opens && need <= to - from; ++j) need += gap + box(j);
            if (need > to - from) need = own;  // Too long to be kept together.
        }
        if (!bare && (w.newline || x + before + need > to)) {
            feed(i);
            x = from;
        } else {
            x += before;
        }
        out.places[static_cast<std::size_t>(i)] = {x, own};
        x += own;
        bare = false;
    }
    if (!bare || out.lines.empty()) feed(count);

    const int all = static_cast<int>(out.lines.size());
    if (!whole && all > CardLayout::longest) {
        out.left = all - CardLayout::head - CardLayout::tail;
        const int at = out.lines[CardLayout::head].y;
        for (int i = out.lines[CardLayout::head].first; i < out.lines[static_cast<std::size_t>(all - CardLayout::tail)].first; ++i) out.places[static_cast<std::size_t>(i)].width = 0;
        out.lines.erase(out.lines.begin() + CardLayout::head, out.lines.end() - CardLayout::tail);
        const int pulled = (out.left - 1) * CardLayout::linePitch - 8;
        for (std::size_t i = CardLayout::head; i < out.lines.size(); ++i) out.lines[i].y -= pulled;
        out.more = QRect(CardLayout::padding, at + 3, width - 2 * CardLayout::padding, 24);
        y -= pulled;
    }
    out.height = y + 2 + CardLayout::footer;
    return out;
}

}  // namespace foothold::ui
