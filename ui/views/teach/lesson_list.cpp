// SPDX-License-Identifier: GPL-3.0-or-later
// Cards of the lessons.
#include "ui/views/teach/lesson_list.h"

#include <QGridLayout>
#include <QPushButton>
#include <algorithm>

#include "ui/views/common/card.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {

LessonList::LessonList(QWidget* parent) : QScrollArea(parent) {
    setObjectName(QStringLiteral("lesson.list"));
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(28, 26, 28, 26);
    column->setSpacing(8);
    auto* title = new LessonLabel(22, QFont::DemiBold, ColorRole::text);
    title->setText(tr("Six questions, answered by what happens in front of you"));
    auto* how = new LessonLabel(14, QFont::Normal, ColorRole::text2);
    how->setText(tr("In each lesson you predict, then a real model trains on this machine, and what happened stands beside what you predicted. A wrong guess costs nothing."));
    column->addWidget(title);
    column->addWidget(how);
    column->addSpacing(10);
    grid_ = new QGridLayout;
    grid_->setSpacing(12);
    column->addLayout(grid_);
    column->addStretch(1);
    setWidget(page);
}

QWidget* LessonList::makeCard(const LessonSlot& slot, int index, bool resumable, bool main) {
    auto* card = new Card(QStringLiteral("lesson.card-%1").arg(index + 1));
    auto* column = new QVBoxLayout;
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(8);
    card->body()->addLayout(column);
    const auto say = [&](const QString& text, int pixels, QFont::Weight weight, ColorRole color) {
        auto* label = new LessonLabel(pixels, weight, color);
        label->setText(text);
        column->addWidget(label);
        return label;
    };
    auto* place = say(slot.lesson ? tr("Lesson %1 · about %2 minutes").arg(slot.number).arg(slot.lesson->minutes) : slot.number > 0 ? tr("Lesson %1").arg(slot.number) : tr("A lesson file"), 13, QFont::Medium, ColorRole::accent);
    if (!slot.lesson && slot.error.empty()) place->setRole(ColorRole::text3);
    say(QString::fromStdString(slot.question), 17, QFont::DemiBold, slot.lesson || !slot.error.empty() ? ColorRole::text : ColorRole::text2);
    if (slot.lesson) {
        say(lessonPlain(slot.lesson->about), 14, QFont::Normal, ColorRole::text2);
        column->addStretch(1);
        auto* line = new QHBoxLayout;
        auto* start = new QPushButton(resumable ? tr("Begin again") : tr("Start"));
        start->setObjectName(QStringLiteral("lesson.start-%1").arg(index + 1));
        start->setAccessibleName(tr("Start: %1").arg(QString::fromStdString(slot.lesson->title)));
        start->setProperty("primary", main && !resumable);
        start->setMinimumSize(110, 34);
        connect(start, &QPushButton::clicked, this, [this, index] { Q_EMIT started(index); });
        if (resumable) {
            auto* resume = new QPushButton(tr("Go on"));
            resume->setObjectName(QStringLiteral("lesson.resume"));
            resume->setProperty("primary", true);
            resume->setMinimumSize(110, 34);
            resume->setToolTip(tr("With the open run and what you predicted"));
            connect(resume, &QPushButton::clicked, this, &LessonList::resumed);
            line->addWidget(resume);
        }
        line->addWidget(start);
        line->addStretch();
        auto* steps = new LessonLabel(12, QFont::Normal, ColorRole::text3);
        steps->setText(tr("%1 parts, %2 training steps").arg(slot.lesson->steps.size()).arg(slot.lesson->lastStep()));
        steps->setWordWrap(false);
        line->addWidget(steps);
        column->addLayout(line);
    } else if (!slot.error.empty()) {
        auto* broken = say(tr("This lesson file cannot be used:"), 14, QFont::DemiBold, ColorRole::bad);
        broken->setObjectName(QStringLiteral("lesson.broken-%1").arg(index + 1));
        auto* why = say(QString::fromStdString(slot.error), 13, QFont::Normal, ColorRole::text2);
        why->setObjectName(QStringLiteral("lesson.error-%1").arg(index + 1));
        column->addStretch(1);
    } else {
        say(tr("Not written yet."), 14, QFont::Normal, ColorRole::text3);
        column->addStretch(1);
    }
    return card;
}

void LessonList::setSlots(const std::vector<LessonSlot>& slots, const std::string& resumable) {
    for (QWidget* card : cards_) delete card;
    cards_.clear();
    // One main action: to go on, else to begin with the first lesson there is.
    const auto going = std::find_if(slots.begin(), slots.end(), [&](const LessonSlot& slot) { return slot.lesson && slot.lesson->id == resumable; });
    const auto first = std::find_if(slots.begin(), slots.end(), [](const LessonSlot& slot) { return slot.lesson.has_value(); });
    const auto main = (going != slots.end() ? going : first) - slots.begin();
    for (std::size_t i = 0; i < slots.size(); ++i)
        cards_.push_back(makeCard(slots[i], static_cast<int>(i), slots[i].lesson && slots[i].lesson->id == resumable, static_cast<std::ptrdiff_t>(i) == main));
    arrange();
}

void LessonList::arrange() {
    const int columns = width() >= 1240 ? 3 : 2;
    for (QWidget* card : cards_) grid_->removeWidget(card);
    for (std::size_t i = 0; i < cards_.size(); ++i) grid_->addWidget(cards_[i], static_cast<int>(i) / columns, static_cast<int>(i) % columns);
    for (int i = 0; i < 3; ++i) grid_->setColumnStretch(i, i < columns ? 1 : 0);
}

void LessonList::resizeEvent(QResizeEvent* event) {
    QScrollArea::resizeEvent(event);
    arrange();
}

}  // namespace foothold::ui
