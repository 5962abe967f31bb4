// SPDX-License-Identifier: GPL-3.0-or-later
// The scrolled field of attempt cards: only what is visible is painted.
#pragma once
#include <QAbstractScrollArea>
#include <optional>
#include <set>
#include <vector>

#include "ui/views/inspect/attempt_cards_layout.h"

namespace foothold::ui {

enum class AttemptFilter { all, right, wrong, lucky, hinted };
enum class AttemptOrder { given, reward, length, probability };

/// Cards in one or two columns. All indices are places in the group's list of attempts, whatever is shown and in which order.
class AttemptCardsView : public QAbstractScrollArea {
    Q_OBJECT
   public:
    explicit AttemptCardsView(QWidget* parent = nullptr);

    void setGroup(AttemptGroup group);  ///< Keeps the current attempt, by its place, where there still is one.
    const AttemptGroup& group() const { return group_; }
    const AttemptWords& words(int index) const;
    void setColors(TokenColors colors);
    TokenColors colors() const { return colors_; }
    void setFilter(AttemptFilter filter);
    void setOrder(AttemptOrder order);
    void setNotice(const QString& title, const QString& text);  ///< Stands in the middle while there is no card.

    int current() const { return current_; }
    int token() const { return token_; }
    int second() const { return second_; }  ///< The one to compare the current with; -1 = none.
    void setCurrent(int index, int token = -1);
    void setSecond(int index);
    const std::vector<int>& shown() const { return shown_; }  ///< In the order they stand in.

    int find(const QString& text);  ///< Marks all places; returns their number.
    void nextMatch(int by);         ///< Makes the next one current.

    void setUnfolded(int index, bool on);  ///< Writes the given steps out.
    void setWhole(int index, bool on);     ///< Shows the lines of a long attempt that were left out.
    bool unfolded(int index) const { return unfolded_.contains(index); }
    QRect cardRect(int index) const;              ///< In the viewport; empty if it is not shown.
    QRect tokenRect(int index, int token) const;  ///< In the viewport; empty if it is not shown.
    QRect chipRect(int index) const;              ///< In the viewport.
    int columns() const;
    void reveal(int index, int token = -1);

   Q_SIGNALS:
    void currentChanged(int index);
    void secondChanged(int index);
    void shownChanged();
    void tokenChosen(int index, int token);
    void tokenHovered(int index, int token, QRect where);  ///< index -1 = none; `where` in the screen's pixels.

   protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

   private:
    struct Match {
        int index, first, last;  ///< Words [first, last] of an attempt.
    };
    struct Spot {
        int index = -1, word = -1;
        bool chip = false, more = false;
    };
    void arrange();  ///< Which cards are shown and in which order.
    void place();    ///< Where they stand.
    const CardLayout& layout(int index, int width) const;
    Spot spotAt(QPoint viewport) const;
    void hover(const Spot& spot);
    void moveCurrent(int by);
    void moveToColumnNeighbour(int by);
    void moveToken(int by);
    void scrollToRect(const QRect& content);
    int tokenOf(const Spot& spot) const;

    AttemptGroup group_;
    TokenColors colors_ = TokenColors::probability;
    AttemptFilter filter_ = AttemptFilter::all;
    AttemptOrder order_ = AttemptOrder::given;
    QString noticeTitle_, noticeText_;
    std::vector<int> shown_;
    std::vector<QRect> rects_;  ///< One a shown card, in the content.
    std::vector<int> slot_;     ///< Place in shown_ of each attempt; -1 = not shown.
    mutable std::vector<std::optional<AttemptWords>> words_;
    mutable std::vector<CardLayout> layouts_;
    mutable int headedWidth_ = -1;  ///< Card width that headed_ was found for.
    mutable bool headed_ = false;
    std::set<int> unfolded_, whole_;
    std::vector<Match> matches_;
    int match_ = -1;
    int current_ = -1, token_ = -1, second_ = -1;
    Spot hover_;
    double largest_ = 1;
    bool rounds_ = false;  ///< Attempts of several steps or rounds are shown together.
};

}  // namespace foothold::ui
