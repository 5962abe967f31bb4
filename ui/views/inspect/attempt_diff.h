// SPDX-License-Identifier: GPL-3.0-or-later
// Two attempts side by side, aligned by words, with what differs marked.
#pragma once
#include <QDialog>
#include <vector>

#include "ui/views/inspect/attempt_text.h"

namespace foothold::ui {

class DiffView;

/// A longest common run of words (in order, not side by side): pairs of places, rising in both. Beyond `cells` comparisons (after what is
/// equal at both ends) the middle is taken as different throughout.
std::vector<std::pair<int, int>> alignWords(const std::vector<QString>& a, const std::vector<QString>& b, std::size_t cells = 100'000'000);

/// A step of either side, or of both; words [from, to).
struct DiffRow {
    int leftFrom = 0, leftTo = 0, rightFrom = 0, rightTo = 0;
    bool equal = true;
};

struct AttemptDifference {
    AttemptWords left, right;
    std::vector<char> leftDiffers, rightDiffers;  ///< One a word.
    std::vector<DiffRow> rows;
    int differingRows = 0;
};
AttemptDifference compareAttempts(const AttemptGroup& group, int a, int b);

class AttemptDiff : public QDialog {
    Q_OBJECT
   public:
    AttemptDiff(const AttemptGroup& group, int a, int b, QWidget* parent = nullptr);
    const AttemptDifference& difference() const { return difference_; }

   private:
    AttemptDifference difference_;
    DiffView* view_;
};

}  // namespace foothold::ui
