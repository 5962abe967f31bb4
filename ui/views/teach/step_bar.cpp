// SPDX-License-Identifier: GPL-3.0-or-later
// The bar's numbered buttons.
#include "ui/views/teach/step_bar.h"

#include <QHBoxLayout>
#include <QPainter>

#include "ui/lessons/lesson_run.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

/// A circle with its number or a check, and the step's title where there is room.
class StepButton : public QPushButton {
   public:
    StepButton(int number, const QString& title) : number_(number), title_(title) {
        setFlat(true);
        setCursor(Qt::PointingHandCursor);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
        setMinimumWidth(34);
        setAccessibleName(StepBar::tr("Step %1: %2").arg(number).arg(title));
        setToolTip(title);
    }
    void setState(bool done, bool here) {
        done_ = done;
        here_ = here;
        updateGeometry();
        update();
    }
    QSize sizeHint() const override { return {38 + QFontMetrics(lessonFont(13, QFont::DemiBold)).horizontalAdvance(title_) + 12, 34}; }

   protected:
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF circle(3, height() / 2. - 12, 24, 24);
        const QColor accent = theme.color(ColorRole::accent);
        painter.setPen(QPen(here_ || done_ ? accent : theme.color(ColorRole::borderStrong), 1.5));
        painter.setBrush(here_ ? accent : done_ ? theme.color(ColorRole::accentSoft) : theme.color(ColorRole::surface));
        painter.drawEllipse(circle);
        if (done_ && !here_) {
            paintIcon(painter, QStringLiteral("check"), circle.adjusted(5, 5, -5, -5), accent);
        } else {
            painter.setPen(here_ ? theme.color(ColorRole::onAccent) : theme.color(ColorRole::text3));
            painter.setFont(lessonFont(12, QFont::DemiBold));
            painter.drawText(circle, Qt::AlignCenter, QString::number(number_));
        }
        painter.setFont(lessonFont(13, here_ ? QFont::DemiBold : QFont::Medium));
        painter.setPen(here_ ? theme.color(ColorRole::text) : isEnabled() ? theme.color(ColorRole::text2) : theme.color(ColorRole::text3));
        const QRect words(35, 0, width() - 37, height());
        if (words.width() > 30) painter.drawText(words, Qt::AlignVCenter, painter.fontMetrics().elidedText(title_, Qt::ElideRight, words.width()));
        if (hasFocus()) {
            painter.setPen(QPen(accent, 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
        }
    }

   private:
    int number_;
    QString title_;
    bool done_ = false, here_ = false;
};

}  // namespace

StepBar::StepBar(LessonRun* run, QWidget* parent) : QWidget(parent), run_(run) {
    setObjectName(QStringLiteral("lesson.steps"));
    setFixedHeight(48);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(14, 0, 12, 0);
    line->setSpacing(8);
    steps_ = new QHBoxLayout;
    steps_->setSpacing(10);
    line->addLayout(steps_, 1);
    auto* live = new QPushButton(tr("Open in Live"));
    live->setObjectName(QStringLiteral("lesson.open-in-live"));
    live->setIcon(Theme::instance().icon(QStringLiteral("open"), ColorRole::text2));
    live->setToolTip(tr("The same run with everything that Live has"));
    connect(live, &QPushButton::clicked, this, &StepBar::openInLive);
    auto* out = new QPushButton(tr("Leave lesson"));
    out->setObjectName(QStringLiteral("lesson.leave"));
    out->setToolTip(tr("Back to the list; the run and your predictions are kept"));
    connect(out, &QPushButton::clicked, this, &StepBar::leave);
    line->addWidget(live);
    line->addWidget(out);
    connect(run_, &LessonRun::changed, this, &StepBar::refresh);
    connect(&Theme::instance(), &Theme::changed, this, [live] { live->setIcon(Theme::instance().icon(QStringLiteral("open"), ColorRole::text2)); });
}

void StepBar::rebuild() {
    while (QLayoutItem* item = steps_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    buttons_.clear();
    shown_ = run_->lesson().id;
    for (int i = 0; i < run_->stepCount(); ++i) {
        auto* button = new StepButton(i + 1, QString::fromStdString(run_->lesson().steps[static_cast<std::size_t>(i)].title));
        button->setObjectName(QStringLiteral("lesson.step-%1").arg(i + 1));
        connect(button, &QPushButton::clicked, this, [this, i] { run_->show(i); });
        buttons_.push_back(button);
        steps_->addWidget(button);
    }
    steps_->addStretch(1);
}

void StepBar::refresh() {
    if (!run_->active()) return;
    if (shown_ != run_->lesson().id) rebuild();
    for (int i = 0; i < static_cast<int>(buttons_.size()); ++i) {
        auto* button = static_cast<StepButton*>(buttons_[static_cast<std::size_t>(i)]);
        const bool open = i <= run_->reached() || (i == run_->reached() + 1 && run_->done(run_->reached()));
        button->setEnabled(open);
        button->setState(i <= run_->reached() && run_->done(i), i == run_->current());
    }
}

}  // namespace foothold::ui
