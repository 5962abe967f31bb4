// SPDX-License-Identifier: GPL-3.0-or-later
// Where the words of an attempt stand in a card of a given width. Made once a width; painting and hit tests only look it up.
#pragma once
#include <QRect>
#include <vector>

#include "ui/views/inspect/attempt_text.h"

namespace foothold::ui {

struct CardLayout {
    struct Line {
        int first, last;  ///< Words [first, last).
        int y;            ///< Top, in the card.
    };
    struct Place {
        float x, width;  ///< Of the box, in the card.
    };
    int width = 0;
    bool unfolded = false, whole = false, headed = false;  ///< What it was made for.
    int height = 0;
    int headerHeight = 0;
    bool answerBelow = false;  ///< The answers need a line of their own.
    std::vector<Line> lines;   ///< Those that are shown, from top to bottom.
    std::vector<Place> places; ///< One a word; words that are not shown have no width.
    QRect chip;                ///< "7 of 10 steps given"; empty if nothing was given.
    QRect more;                ///< Stands for the lines left out; empty if there are none.
    int left = 0;              ///< Lines left out.

    static constexpr int padding = 12, linePitch = 22, boxHeight = 18, footer = 24, boxPad = 2;
    /// Attempts of more lines than this show their head and tail until they are opened.
    static constexpr int longest = 48, head = 16, tail = 6;

    QRect wordRect(int word) const;  ///< In the card; empty if it is not shown.
    int wordAt(QPoint at) const;     ///< -1 = none.
    int lineAt(int y) const;         ///< First line whose bottom is below y.
};

/// `unfolded`: the given words are written out. `whole`: no line is left out. `headed`: the answers take a second header line.
CardLayout layOut(const AttemptWords& words, int width, bool unfolded, bool whole, bool headed);

QString chipText(const AttemptWords& words, bool unfolded);

}  // namespace foothold::ui
