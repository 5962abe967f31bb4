// SPDX-License-Identifier: GPL-3.0-or-later
// What the pinned strip says.
#include "ui/views/common/pinned_strip.h"

#include "ui/models/problem_history.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/card.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/live/history_bars.h"
#include "ui/views/live/map_states.h"

namespace foothold::ui {

PinnedStrip::PinnedStrip(RunModel* model, Selection* selection, QWidget* parent) : QFrame(parent), model_(model), selection_(selection) {
    setObjectName(QStringLiteral("pinned"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(rule());
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(Theme::padding, 6, Theme::padding, 8);
    inside->setSpacing(3);
    auto* line = new QHBoxLayout;
    line->setSpacing(6);
    auto* pin = new QLabel;
    pin->setPixmap(Theme::instance().icon(QStringLiteral("pin"), ColorRole::accent).pixmap(14, 14));
    connect(&Theme::instance(), &Theme::changed, pin, [pin] { pin->setPixmap(Theme::instance().icon(QStringLiteral("pin"), ColorRole::accent).pixmap(14, 14)); });
    name_ = new Text(QString(), FontRole::sectionTitle);
    name_->setObjectName(QStringLiteral("pinned.name"));
    QToolButton* swap = iconButton(QStringLiteral("refresh"), tr("Swap the pinned problem and the one shown"), QStringLiteral("pinned.swap"));
    QToolButton* unpin = iconButton(QStringLiteral("cross"), tr("Unpin"), QStringLiteral("pinned.unpin"));
    connect(swap, &QToolButton::clicked, selection, &Selection::swapPinned);
    connect(unpin, &QToolButton::clicked, selection, [selection] { selection->setPinned(-1); });
    line->addWidget(pin);
    name_->setElided(true);
    line->addWidget(name_, 1);
    line->addWidget(swap);
    line->addWidget(unpin);
    inside->addLayout(line);
    words_ = new Text(QString(), FontRole::caption, ColorRole::text2);
    words_->setObjectName(QStringLiteral("pinned.words"));
    words_->setElided(true);
    against_ = new Text(QString(), FontRole::caption, ColorRole::text2);
    against_->setObjectName(QStringLiteral("pinned.against"));
    against_->setElided(true);
    inside->addWidget(words_);
    inside->addWidget(against_);
    inside->addWidget(new HistoryBars(model, selection, nullptr, true));
    column->addLayout(inside);
    connect(selection, &Selection::pinnedChanged, this, &PinnedStrip::refresh);
    connect(selection, &Selection::problemChanged, this, &PinnedStrip::refresh);
    connect(selection, &Selection::stepChanged, this, &PinnedStrip::refresh);
    connect(model, &RunModel::stepsArrived, this, &PinnedStrip::refresh);
    connect(model, &RunModel::runChanged, this, &PinnedStrip::refresh);
    refresh();
}

void PinnedStrip::refresh() {
    const int pinned = selection_->pinned(), all = static_cast<int>(model_->rows().size());
    const bool any = pinned >= 0 && pinned < all;
    setVisible(any);
    if (!any) return;
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    const int tier = model_->tierOf(pinned);
    name_->setText(tr("%1 · %2").arg(model_->problemName(pinned), tierTitle(tier, model_->tiers()[static_cast<std::size_t>(tier)])));
    qint64 at = -1;
    const GroupSummary* group = model_->lastGroup(pinned, step, &at);
    words_->setText(group ? tr("step %1: %2").arg(at).arg(groupWords(*group)) : tr("not sampled up to step %1").arg(std::max<qint64>(0, step)));
    const auto share = [&](int problem) {
        const SolvedNow now = solvedNow(*model_, problem, step);
        return now.known() ? shareText(now.share()) : QStringLiteral("–");
    };
    const int primary = selection_->problem();
    against_->setText(primary >= 0 && primary < all && primary != pinned
                          ? tr("solved without hint: %1, %2: %3").arg(share(pinned), model_->problemName(primary), share(primary))
                          : tr("solved without hint: %1").arg(share(pinned)));
    setAccessibleDescription(name_->text() + QStringLiteral(". ") + words_->text() + QStringLiteral(". ") + against_->text());
}

}  // namespace foothold::ui
