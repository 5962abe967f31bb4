// SPDX-License-Identifier: GPL-3.0-or-later
// Aligning two attempts, and the dialog that shows them.
#include "ui/views/inspect/attempt_diff.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cstdint>

#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_diff_view.h"
#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

/// Words [from, to) cut where a step opens.
std::vector<std::pair<int, int>> chunks(const AttemptWords& words, int from, int to) {
    std::vector<std::pair<int, int>> all;
    for (int i = from; i < to; ++i)
        if (all.empty() || words.words[static_cast<std::size_t>(i)].opens)
            all.emplace_back(i, i + 1);
        else
            all.back().second = i + 1;
    return all;
}

}  // namespace

std::vector<std::pair<int, int>> alignWords(const std::vector<QString>& a, const std::vector<QString>& b, std::size_t cells) {
    std::vector<std::pair<int, int>> pairs;
    std::size_t begin = 0, endA = a.size(), endB = b.size();
    while (begin < endA && begin < endB && a[begin] == b[begin]) {
        pairs.emplace_back(static_cast<int>(begin), static_cast<int>(begin));
        ++begin;
    }
    while (endA > begin && endB > begin && a[endA - 1] == b[endB - 1]) --endA, --endB;
    const std::size_t n = endA - begin, m = endB - begin;
    if (n > 0 && m > 0 && n * m <= cells) {
        // Lengths in two rows; of each cell only where its value came from is kept, in two bits.
        enum : std::uint8_t { both = 0, up = 1, across = 2 };
        std::vector<std::uint8_t> from((n * m + 3) / 4, 0);
        std::vector<int> row(m + 1, 0), above(m + 1, 0);
        for (std::size_t i = n; i-- > 0;) {
            std::swap(row, above);
            for (std::size_t j = m; j-- > 0;) {
                const std::size_t cell = i * m + j;
                std::uint8_t way = both;
                if (a[begin + i] == b[begin + j]) {
                    row[j] = above[j + 1] + 1;
                } else {
                    way = above[j] >= row[j + 1] ? up : across;
                    row[j] = std::max(above[j], row[j + 1]);
                }
                from[cell / 4] = static_cast<std::uint8_t>(from[cell / 4] | (way << (cell % 4 * 2)));
            }
            row[m] = 0;
        }
        for (std::size_t i = 0, j = 0; i < n && j < m;) {
            const std::size_t cell = i * m + j;
            const int way = (from[cell / 4] >> (cell % 4 * 2)) & 3;
            if (way == both) pairs.emplace_back(static_cast<int>(begin + i++), static_cast<int>(begin + j++));
            else ++(way == up ? i : j);
        }
    }
    for (std::size_t i = endA, j = endB; i < a.size(); ++i, ++j) pairs.emplace_back(static_cast<int>(i), static_cast<int>(j));
    return pairs;
}

AttemptDifference compareAttempts(const AttemptGroup& group, int a, int b) {
    AttemptDifference out;
    out.left = readWords(group, group.attempts[static_cast<std::size_t>(a)]);
    out.right = readWords(group, group.attempts[static_cast<std::size_t>(b)]);
    const auto texts = [](const AttemptWords& words) {
        std::vector<QString> all;
        for (const AttemptWord& w : words.words) all.push_back(w.text);
        return all;
    };
    const auto pairs = alignWords(texts(out.left), texts(out.right));
    const int n = static_cast<int>(out.left.words.size()), m = static_cast<int>(out.right.words.size());
    out.leftDiffers.assign(out.left.words.size(), 1);
    out.rightDiffers.assign(out.right.words.size(), 1);
    for (const auto& [i, j] : pairs) out.leftDiffers[static_cast<std::size_t>(i)] = out.rightDiffers[static_cast<std::size_t>(j)] = 0;

    // A row begins where both sides open a step with the same word; between two such places steps are put beside each other in turn.
    std::vector<std::pair<int, int>> cuts{{0, 0}};
    for (const auto& [i, j] : pairs)
        if (out.left.words[static_cast<std::size_t>(i)].opens && out.right.words[static_cast<std::size_t>(j)].opens && (i > 0 || j > 0)) cuts.emplace_back(i, j);
    cuts.emplace_back(n, m);
    for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
        const auto left = chunks(out.left, cuts[c].first, cuts[c + 1].first), right = chunks(out.right, cuts[c].second, cuts[c + 1].second);
        for (std::size_t k = 0; k < std::max(left.size(), right.size()); ++k) {
            DiffRow row;
            if (k < left.size()) std::tie(row.leftFrom, row.leftTo) = left[k];
            if (k < right.size()) std::tie(row.rightFrom, row.rightTo) = right[k];
            const auto any = [](const std::vector<char>& differs, int from, int to) { return std::any_of(differs.begin() + from, differs.begin() + to, [](char d) { return d; }); };
            row.equal = !any(out.leftDiffers, row.leftFrom, row.leftTo) && !any(out.rightDiffers, row.rightFrom, row.rightTo);
            out.differingRows += !row.equal;
            out.rows.push_back(row);
        }
    }
    return out;
}

AttemptDiff::AttemptDiff(const AttemptGroup& group, int a, int b, QWidget* parent) : QDialog(parent), difference_(compareAttempts(group, a, b)) {
    setObjectName(QStringLiteral("attempt-diff"));
    const auto number = [&](int i) { return group.attempts[static_cast<std::size_t>(i)].attempt + 1; };
    setWindowTitle(tr("Attempts #%1 and #%2").arg(number(a)).arg(number(b)));
    resize(920, 640);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    all->setSpacing(Theme::gutter);
    auto* card = new Card(QStringLiteral("attempt-diff.card"));
    auto* title = new Text(windowTitle(), FontRole::cardTitle);
    title->setFixedHeight(40);
    const int rows = static_cast<int>(difference_.rows.size());
    auto* count = new Text(difference_.differingRows == 0 ? tr("the same, word for word") : tr("%1 of %2 steps differ").arg(difference_.differingRows).arg(rows), FontRole::body, ColorRole::text3);
    count->setObjectName(QStringLiteral("attempt-diff.count"));
    auto* only = new QCheckBox(tr("Only what differs"));
    only->setObjectName(QStringLiteral("attempt-diff.only"));
    card->header()->addWidget(title);
    card->header()->addSpacing(6);
    card->header()->addWidget(count);
    card->header()->addStretch();
    card->header()->addWidget(only);
    card->body()->addWidget(rule());
    view_ = new DiffView(group.attempts[static_cast<std::size_t>(a)], group.attempts[static_cast<std::size_t>(b)], difference_);
    card->body()->addWidget(view_, 1);
    all->addWidget(card, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    all->addWidget(buttons);
    connect(only, &QCheckBox::toggled, view_, &DiffView::setOnlyDifferent);
    only->setEnabled(difference_.differingRows > 0);
    setAccessibleDescription(count->text());
    view_->setFocus();
}

}  // namespace foothold::ui
