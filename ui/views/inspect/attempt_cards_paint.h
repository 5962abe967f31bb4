// SPDX-License-Identifier: GPL-3.0-or-later
// Painting of one attempt's card.
#pragma once
#include <QPainter>

#include "ui/views/inspect/attempt_cards_layout.h"

namespace foothold::ui {

/// All that a card's looks depend on.
struct CardPicture {
    const AttemptGroup& group;
    const Attempt& attempt;
    const AttemptWords& words;
    const CardLayout& layout;
    std::vector<std::pair<int, int>> matches = {};  ///< Words [first, last] found.
    TokenColors colors = TokenColors::probability;
    double largest = 1;  ///< |advantage| of the group.
    bool rounds = false;
    bool current = false, second = false, focus = false, hovered = false, hoveredChip = false, hoveredMore = false;
    int token = -1, hoveredWord = -1;
};

void paintCard(QPainter& painter, QPoint at, const QRect& clip, const CardPicture& card);

/// Do "answer … gold …" fit beside number, verdict and advantage?
bool answersFit(const AttemptGroup& group, const Attempt& attempt, int width, bool rounds);

/// Background of a token of that strength (see colorStrength); transparent at 0.
QColor tokenColor(TokenColors mode, double strength);

/// The diamond that marks lucky successes everywhere.
void paintDiamond(QPainter& painter, QPointF center, double radius, const QColor& color);

}  // namespace foothold::ui
