// SPDX-License-Identifier: GPL-3.0-or-later
// Which cards stand where, and what a click, a key and a search do. Painting is in attempt_cards_paint.cpp.
#include "ui/views/inspect/attempt_cards_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_cards_paint.h"

namespace foothold::ui {
namespace {

constexpr int margin = 10, rightMargin = 4, cardGap = 8, narrowest = 700;

bool passes(const Attempt& a, AttemptFilter filter) {
    switch (filter) {
        case AttemptFilter::all: return true;
        case AttemptFilter::right: return a.verdict == Verdict::correct;
        case AttemptFilter::wrong: return a.verdict != Verdict::correct;
        case AttemptFilter::lucky: return a.verdict == Verdict::correct && a.soundness == Soundness::lucky;
        case AttemptFilter::hinted: return !a.hint.empty();
    }
    return true;
}

}  // namespace

AttemptCardsView::AttemptCardsView(QWidget* parent) : QAbstractScrollArea(parent) {
    setObjectName(QStringLiteral("attempts.cards"));
    setAccessibleName(tr("Attempts"));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    verticalScrollBar()->setSingleStep(CardLayout::linePitch * 2);
    connect(&Theme::instance(), &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void AttemptCardsView::setGroup(AttemptGroup group) {
    group_ = std::move(group);
    const auto count = group_.attempts.size();
    words_.assign(count, std::nullopt);
    layouts_.assign(count, {});
    unfolded_.clear();
    whole_.clear();
    matches_.clear();
    match_ = -1;
    hover_ = {};
    token_ = -1;
    headedWidth_ = -1;
    largest_ = largestAdvantage(group_.attempts);
    rounds_ = std::any_of(group_.attempts.begin(), group_.attempts.end(), [this](const Attempt& a) {
        return a.step != group_.attempts.front().step || a.round != group_.attempts.front().round;
    });
    if (second_ >= static_cast<int>(count)) setSecond(-1);
    arrange();
    const int kept = count == 0 ? -1 : current_ < static_cast<int>(count) ? current_ : -1;
    if (kept != current_) {
        current_ = kept;
        Q_EMIT currentChanged(current_);
    }
}

const AttemptWords& AttemptCardsView::words(int index) const {
    auto& words = words_[static_cast<std::size_t>(index)];
    if (!words) words = readWords(group_, group_.attempts[static_cast<std::size_t>(index)]);
    return *words;
}

void AttemptCardsView::setColors(TokenColors colors) {
    if (std::exchange(colors_, colors) != colors) viewport()->update();
}

void AttemptCardsView::setFilter(AttemptFilter filter) {
    if (std::exchange(filter_, filter) != filter) arrange();
}

void AttemptCardsView::setOrder(AttemptOrder order) {
    if (std::exchange(order_, order) != order) arrange();
}

void AttemptCardsView::setNotice(const QString& title, const QString& text) {
    noticeTitle_ = title;
    noticeText_ = text;
    viewport()->update();
}

void AttemptCardsView::arrange() {
    const auto& all = group_.attempts;
    shown_.clear();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (passes(all[i], filter_)) shown_.push_back(static_cast<int>(i));
    std::vector<double> key(all.size(), 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (order_ == AttemptOrder::reward) key[i] = -all[i].reward;
        if (order_ == AttemptOrder::length) key[i] = -static_cast<double>(all[i].tokens.size());
        if (order_ == AttemptOrder::probability) {
            const double mean = meanProbability(all[i]);
            key[i] = std::isnan(mean) ? 1 : -mean;  // Without a record: last.
        }
    }
    std::stable_sort(shown_.begin(), shown_.end(), [&](int a, int b) { return key[static_cast<std::size_t>(a)] < key[static_cast<std::size_t>(b)]; });
    slot_.assign(all.size(), -1);
    for (std::size_t s = 0; s < shown_.size(); ++s) slot_[static_cast<std::size_t>(shown_[s])] = static_cast<int>(s);
    place();
    Q_EMIT shownChanged();
}

int AttemptCardsView::columns() const { return viewport()->width() >= narrowest ? 2 : 1; }

const CardLayout& AttemptCardsView::layout(int index, int width) const {
    CardLayout& made = layouts_[static_cast<std::size_t>(index)];
    const bool unfolded = unfolded_.contains(index), whole = whole_.contains(index);
    if (made.width != width || made.unfolded != unfolded || made.whole != whole) {
        // All cards have the same head: what is read in one place in one card is there in the next.
        if (std::exchange(headedWidth_, width) != width)
            headed_ = !std::all_of(group_.attempts.begin(), group_.attempts.end(), [&](const Attempt& a) { return answersFit(group_, a, width, rounds_); });
        made = layOut(words(index), width, unfolded, whole, headed_);
    }
    return made;
}

void AttemptCardsView::place() {
    const int across = columns(), room = viewport()->width() - margin - rightMargin;
    const int width = std::max(160, (room - (across - 1) * cardGap) / across);
    std::array<int, 2> bottom{2, 2};
    rects_.clear();
    for (const int index : shown_) {
        // The next card goes where there is room first: equal cards make rows, a long one leaves no hole beside it.
        const int column = across == 2 && bottom[1] < bottom[0] ? 1 : 0;
        const int height = layout(index, width).height;
        auto& y = bottom[static_cast<std::size_t>(column)];
        rects_.emplace_back(margin + column * (width + cardGap), y, width, height);
        y += height + cardGap;
    }
    const int height = std::max(bottom[0], across == 2 ? bottom[1] : 0) + 2;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, shown_.empty() ? 0 : std::max(0, height - viewport()->height()));
    viewport()->update();
}

void AttemptCardsView::resizeEvent(QResizeEvent*) { place(); }

void AttemptCardsView::scrollContentsBy(int, int dy) {
    hover({});
    viewport()->scroll(0, dy);
}

QRect AttemptCardsView::cardRect(int index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= slot_.size() || slot_[static_cast<std::size_t>(index)] < 0) return {};
    return rects_[static_cast<std::size_t>(slot_[static_cast<std::size_t>(index)])].translated(0, -verticalScrollBar()->value());
}

QRect AttemptCardsView::tokenRect(int index, int token) const {
    const QRect card = cardRect(index);
    if (card.isEmpty()) return {};
    const QRect word = layout(index, card.width()).wordRect(words(index).wordOf(token));
    return word.isEmpty() ? QRect() : word.translated(card.topLeft());
}

QRect AttemptCardsView::chipRect(int index) const {
    const QRect card = cardRect(index);
    if (card.isEmpty()) return {};
    const QRect chip = layout(index, card.width()).chip;
    return chip.isEmpty() ? QRect() : chip.translated(card.topLeft());
}

void AttemptCardsView::setUnfolded(int index, bool on) {
    if (on == unfolded_.contains(index)) return;
    on ? static_cast<void>(unfolded_.insert(index)) : static_cast<void>(unfolded_.erase(index));
    place();
}

void AttemptCardsView::setWhole(int index, bool on) {
    if (on == whole_.contains(index)) return;
    on ? static_cast<void>(whole_.insert(index)) : static_cast<void>(whole_.erase(index));
    place();
}

void AttemptCardsView::setCurrent(int index, int token) {
    if (index < 0 || static_cast<std::size_t>(index) >= group_.attempts.size()) index = token = -1;
    if (index == current_ && token == token_) return;
    const bool other = index != current_ || (token < 0 && token_ >= 0);  // No token any more is news too.
    current_ = index;
    token_ = token;
    if (index >= 0) reveal(index, token);
    viewport()->update();
    if (other) Q_EMIT currentChanged(index);
}

void AttemptCardsView::setSecond(int index) {
    if (std::exchange(second_, index) == index) return;
    viewport()->update();
    Q_EMIT secondChanged(index);
}

void AttemptCardsView::reveal(int index, int token) {
    if (cardRect(index).isEmpty()) return;
    if (token >= 0 && tokenRect(index, token).isEmpty()) setWhole(index, true);
    const QRect word = token >= 0 ? tokenRect(index, token) : QRect();
    const int offset = verticalScrollBar()->value();
    scrollToRect((word.isEmpty() ? cardRect(index) : word.adjusted(0, -60, 0, 60)).translated(0, offset));
}

void AttemptCardsView::scrollToRect(const QRect& content) {
    QScrollBar* bar = verticalScrollBar();
    const int top = bar->value(), height = viewport()->height();
    if (content.height() > height || content.top() < top)
        bar->setValue(content.top() - 4);
    else if (content.bottom() > top + height)
        bar->setValue(content.bottom() - height + 4);
}

int AttemptCardsView::find(const QString& text) {
    matches_.clear();
    match_ = -1;
    QString wanted = text.simplified();
    wanted.replace('*', QChar(0x00D7)).replace('-', QChar(0x2212));
    if (!wanted.isEmpty())
        for (const int index : shown_) {
            // Words joined by blanks, with the place at which each begins.
            const auto& all = words(index).words;
            QString joined;
            std::vector<qsizetype> begins;
            for (const AttemptWord& w : all) {
                if (!joined.isEmpty() && w.gap) joined += ' ';
                begins.push_back(joined.size());
                joined += w.text;
            }
            joined.replace('-', QChar(0x2212));
            for (qsizetype at = joined.indexOf(wanted, 0, Qt::CaseInsensitive); at >= 0; at = joined.indexOf(wanted, at + wanted.size(), Qt::CaseInsensitive)) {
                const auto wordAt = [&](qsizetype place) { return static_cast<int>(std::upper_bound(begins.begin(), begins.end(), place) - begins.begin()) - 1; };
                matches_.push_back({index, wordAt(at), wordAt(at + wanted.size() - 1)});
            }
        }
    viewport()->update();
    return static_cast<int>(matches_.size());
}

void AttemptCardsView::nextMatch(int by) {
    const int count = static_cast<int>(matches_.size());
    if (count == 0) return;
    match_ = match_ < 0 ? (by > 0 ? 0 : count - 1) : (match_ + by + count) % count;
    const Match& m = matches_[static_cast<std::size_t>(match_)];
    if (m.first < words(m.index).given) setUnfolded(m.index, true);
    setCurrent(m.index, words(m.index).words[static_cast<std::size_t>(m.first)].token);
}

AttemptCardsView::Spot AttemptCardsView::spotAt(QPoint at) const {
    for (std::size_t s = 0; s < rects_.size(); ++s) {
        const QRect card = rects_[s].translated(0, -verticalScrollBar()->value());
        if (!card.contains(at)) continue;
        Spot spot{shown_[s], -1, false, false};
        const CardLayout& made = layout(spot.index, card.width());
        const QPoint inside = at - card.topLeft();
        spot.chip = made.chip.contains(inside);
        spot.more = made.more.contains(inside);
        if (!spot.chip && !spot.more) spot.word = made.wordAt(inside);
        return spot;
    }
    return {};
}

int AttemptCardsView::tokenOf(const Spot& spot) const {
    if (spot.index < 0 || spot.word < 0 || !words(spot.index).recorded) return -1;
    return words(spot.index).words[static_cast<std::size_t>(spot.word)].token;
}

void AttemptCardsView::mousePressEvent(QMouseEvent* event) {
    const Spot spot = spotAt(event->pos());
    if (event->button() != Qt::LeftButton || spot.index < 0) return;
    if (event->modifiers() & Qt::ControlModifier) {
        if (spot.index != current_ && current_ >= 0) setSecond(second_ == spot.index ? -1 : spot.index);
        else setCurrent(spot.index);
        return;
    }
    if (spot.chip) return setUnfolded(spot.index, !unfolded(spot.index));
    if (spot.more) return setWhole(spot.index, true);
    const int token = tokenOf(spot);
    setCurrent(spot.index, token);
    if (second_ == spot.index) setSecond(-1);
    if (token >= 0) Q_EMIT tokenChosen(spot.index, token);
}

void AttemptCardsView::mouseDoubleClickEvent(QMouseEvent* event) {
    const Spot spot = spotAt(event->pos());
    if (spot.index >= 0 && spot.word < 0 && !spot.chip && !spot.more) setWhole(spot.index, !whole_.contains(spot.index));
}

void AttemptCardsView::mouseMoveEvent(QMouseEvent* event) { hover(spotAt(event->pos())); }

bool AttemptCardsView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::Leave) hover({});
    return QAbstractScrollArea::viewportEvent(event);
}

void AttemptCardsView::hover(const Spot& spot) {
    if (spot.index == hover_.index && spot.word == hover_.word && spot.chip == hover_.chip && spot.more == hover_.more) return;
    for (const int index : {hover_.index, spot.index})
        if (index >= 0) viewport()->update(cardRect(index));
    hover_ = spot;
    const int token = tokenOf(spot);
    viewport()->setCursor(spot.chip || spot.more || token >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    QRect where = token >= 0 ? tokenRect(spot.index, token) : QRect();
    if (!where.isEmpty()) where.moveTopLeft(viewport()->mapToGlobal(where.topLeft()));
    Q_EMIT tokenHovered(token >= 0 ? spot.index : -1, token, where);
}

void AttemptCardsView::moveCurrent(int by) {
    if (shown_.empty()) return;
    const int slot = current_ >= 0 ? slot_[static_cast<std::size_t>(current_)] : -1;
    const int next = slot < 0 ? (by > 0 ? 0 : static_cast<int>(shown_.size()) - 1) : std::clamp(slot + by, 0, static_cast<int>(shown_.size()) - 1);
    setCurrent(shown_[static_cast<std::size_t>(next)]);
}

void AttemptCardsView::moveToColumnNeighbour(int by) {
    const int slot = current_ >= 0 ? slot_[static_cast<std::size_t>(current_)] : -1;
    if (slot < 0) return moveCurrent(by);
    const int column = rects_[static_cast<std::size_t>(slot)].left();
    for (int s = slot + by; s >= 0 && s < static_cast<int>(shown_.size()); s += by)
        if (rects_[static_cast<std::size_t>(s)].left() == column) return setCurrent(shown_[static_cast<std::size_t>(s)]);
}

void AttemptCardsView::moveToken(int by) {
    if (current_ < 0 || !words(current_).recorded) return;
    const int count = static_cast<int>(group_.attempts[static_cast<std::size_t>(current_)].tokens.size());
    if (count == 0) return;
    const int next = std::clamp(token_ < 0 ? (by > 0 ? 0 : count - 1) : token_ + by, 0, count - 1);
    setCurrent(current_, next);
    Q_EMIT tokenChosen(current_, next);
}

void AttemptCardsView::keyPressEvent(QKeyEvent* event) {
    const bool control = event->modifiers() & Qt::ControlModifier;
    if (event->matches(QKeySequence::Copy) && current_ >= 0) {
        const Attempt& a = group_.attempts[static_cast<std::size_t>(current_)];
        return QGuiApplication::clipboard()->setText(QString::fromStdString(a.hint.empty() ? a.completion : a.hint + " " + a.completion));
    }
    switch (event->key()) {
        case Qt::Key_Right: return control ? moveToken(1) : moveCurrent(1);
        case Qt::Key_Left: return control ? moveToken(-1) : moveCurrent(-1);
        case Qt::Key_Down: return moveToColumnNeighbour(1);
        case Qt::Key_Up: return moveToColumnNeighbour(-1);
        case Qt::Key_N: return moveCurrent(1);
        case Qt::Key_P: return moveCurrent(-1);
        case Qt::Key_Home: return moveCurrent(-static_cast<int>(shown_.size()));
        case Qt::Key_End: return moveCurrent(static_cast<int>(shown_.size()));
        case Qt::Key_PageDown: return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepAdd);
        case Qt::Key_PageUp: return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepSub);
        case Qt::Key_C: return setSecond(current_ == second_ ? -1 : current_);
        case Qt::Key_G: {
            const bool on = unfolded_.empty();
            unfolded_.clear();
            if (on) unfolded_.insert(shown_.begin(), shown_.end());
            return place();
        }
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (current_ >= 0) setWhole(current_, !whole_.contains(current_));
            return;
        case Qt::Key_Escape:
            if (second_ >= 0) return setSecond(-1);
            if (token_ >= 0) return setCurrent(current_);
            break;
        default: break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void AttemptCardsView::focusInEvent(QFocusEvent* event) {
    if (current_ < 0 && !shown_.empty() && event->reason() != Qt::MouseFocusReason) setCurrent(shown_.front());
    viewport()->update();
}

void AttemptCardsView::focusOutEvent(QFocusEvent*) { viewport()->update(); }

void AttemptCardsView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const Theme& theme = Theme::instance();
    if (shown_.empty()) {
        const QRect room = viewport()->rect().adjusted(24, 0, -24, 0);
        const int middle = room.center().y();
        painter.setFont(theme.font(FontRole::sectionTitle));
        painter.setPen(theme.color(ColorRole::text2));
        painter.drawText(QRect(room.left(), middle - 26, room.width(), 22), Qt::AlignHCenter | Qt::AlignBottom, noticeTitle_);
        painter.setFont(theme.font(FontRole::body));
        painter.setPen(theme.color(ColorRole::text3));
        painter.drawText(QRect(room.left(), middle + 2, room.width(), 60), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, noticeText_);
        return;
    }
    const QRect clip = event->rect();
    for (std::size_t s = 0; s < shown_.size(); ++s) {
        const QRect rect = rects_[s].translated(0, -verticalScrollBar()->value());
        if (!rect.adjusted(-4, -4, 4, 4).intersects(clip)) continue;
        const int index = shown_[s];
        CardPicture card{group_, group_.attempts[static_cast<std::size_t>(index)], words(index), layout(index, rect.width())};
        card.colors = colors_;
        card.largest = largest_;
        card.rounds = rounds_;
        card.current = index == current_;
        card.second = index == second_;
        card.focus = card.current && hasFocus();
        card.hovered = index == hover_.index;
        card.hoveredChip = card.hovered && hover_.chip;
        card.hoveredMore = card.hovered && hover_.more;
        card.hoveredWord = card.hovered && tokenOf(hover_) >= 0 ? hover_.word : -1;
        card.token = card.current ? token_ : -1;
        for (const Match& m : matches_)
            if (m.index == index) card.matches.emplace_back(m.first, m.last);
        paintCard(painter, rect.topLeft(), clip, card);
    }
}

}  // namespace foothold::ui
