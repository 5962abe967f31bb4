// SPDX-License-Identifier: GPL-3.0-or-later
// The large buttons of a lesson.
#include "ui/views/teach/lesson_controls.h"

#include <QButtonGroup>
#include <QProgressBar>
#include <QPushButton>

#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

constexpr double kPaces[] = {2, 8, 0};

}  // namespace

LessonControls::LessonControls(RunModel* model, LessonRun* run, QWidget* parent) : Card(QStringLiteral("lessonControls"), parent), model_(model), run_(run) {
    auto* line = new QHBoxLayout;
    line->setContentsMargins(18, 12, 18, 12);
    line->setSpacing(12);
    const auto button = [&](const char* name, const QString& text, int width) {
        auto* made = new QPushButton(text);
        made->setObjectName(QString::fromLatin1(name));
        made->setFixedSize(width, 64);
        made->setFont(lessonFont(18, QFont::DemiBold));
        made->setStyleSheet(QStringLiteral("font-size: 18px; font-weight: 600;"));
        made->setIconSize({20, 20});
        line->addWidget(made);
        return made;
    };
    play_ = button("lesson.play", tr("Play"), 150);
    play_->setProperty("primary", true);
    step_ = button("lesson.one-step", QStringLiteral(" ") + tr("Step"), 134);
    reset_ = button("lesson.reset", QString(), 64);
    step_->setToolTip(tr("One training step (F10)"));
    reset_->setToolTip(tr("Begin this lesson again, as a new run"));
    reset_->setAccessibleName(tr("Reset"));
    connect(play_, &QPushButton::clicked, this, [this] {
        Q_EMIT pressed();
        playOrPause();
    });
    connect(step_, &QPushButton::clicked, this, [this] {
        Q_EMIT pressed();
        run_->oneStep();
    });
    connect(reset_, &QPushButton::clicked, this, &LessonControls::resetAsked);
    line->addSpacing(4);
    auto* progress = new QVBoxLayout;
    progress->setSpacing(8);
    auto* words = new QHBoxLayout;
    place_ = new LessonLabel(14, QFont::DemiBold, ColorRole::text);
    place_->setObjectName(QStringLiteral("lesson.progress-text"));
    place_->setWordWrap(false);
    about_ = new LessonLabel(12, QFont::Normal, ColorRole::text2);
    about_->setWordWrap(false);
    about_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    words->addWidget(place_);
    words->addWidget(about_, 1);
    bar_ = new QProgressBar;
    bar_->setObjectName(QStringLiteral("lesson.progress"));
    bar_->setAccessibleName(tr("Progress of the lesson"));
    bar_->setTextVisible(false);
    progress->addStretch();
    progress->addLayout(words);
    progress->addWidget(bar_);
    progress->addStretch();
    line->addLayout(progress, 1);
    line->addSpacing(4);
    auto* speed = new QVBoxLayout;
    speed->setSpacing(6);
    auto* name = new LessonLabel(14, QFont::DemiBold, ColorRole::text);
    name->setText(tr("Speed"));
    speed->addStretch();
    speed->addWidget(name);
    auto* frame = new QFrame;
    frame->setProperty("segmented", true);
    auto* segments = new QHBoxLayout(frame);
    segments->setContentsMargins(2, 2, 2, 2);
    segments->setSpacing(2);
    speeds_ = new QButtonGroup(this);
    const QString names[] = {tr("Slow"), tr("Normal"), tr("Fast")}, tips[] = {tr("Two steps a second at most"), tr("Eight steps a second at most"), tr("As fast as it goes")};
    for (int i = 0; i < 3; ++i) {
        auto* one = new QPushButton(names[i]);
        one->setObjectName(QStringLiteral("lesson.speed-%1").arg(i + 1));
        one->setCheckable(true);
        one->setMinimumWidth(QFontMetrics(Theme::instance().font(FontRole::button)).horizontalAdvance(names[i]) + 38);
        one->setChecked(i == 1);
        one->setToolTip(tips[i]);
        speeds_->addButton(one, i);
        segments->addWidget(one);
    }
    connect(speeds_, &QButtonGroup::idClicked, this, &LessonControls::sendPace);
    speed->addWidget(frame);
    speed->addStretch();
    line->addLayout(speed);
    body()->addLayout(line);
    connect(run_, &LessonRun::changed, this, &LessonControls::refresh);
    connect(model_, &RunModel::runChanged, this, &LessonControls::sendPace);
    connect(&Theme::instance(), &Theme::changed, this, &LessonControls::refresh);
}

double LessonControls::pace() const { return kPaces[std::max(0, speeds_->checkedId())]; }

void LessonControls::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    const bool narrow = width() < 900;
    about_->setVisible(!narrow);
    play_->setFixedWidth(narrow ? 132 : 150);
    step_->setFixedWidth(narrow ? 112 : 134);
}

void LessonControls::sendPace() {
    if (run_->active() && model_->session()) model_->session()->set_pace(pace());
}

void LessonControls::playOrPause() { run_->running() ? run_->pause() : run_->play(); }

void LessonControls::refresh() {
    if (!run_->active()) return;
    const bool running = run_->running();
    const Theme& theme = Theme::instance();
    play_->setText(QStringLiteral(" ") + (running ? tr("Pause") : tr("Play")));
    play_->setAccessibleName(running ? tr("Pause") : tr("Play"));
    play_->setIcon(theme.icon(running ? QStringLiteral("pause") : QStringLiteral("play"), ColorRole::onAccent));
    step_->setIcon(theme.icon(QStringLiteral("step")));
    reset_->setIcon(theme.icon(QStringLiteral("restart"), ColorRole::text2));
    play_->setEnabled(running || run_->mayTrain());
    step_->setEnabled(!running && run_->mayTrain());
    const LessonStep& now = run_->step();
    const bool ask = now.prediction && !run_->locked(run_->current());
    play_->setToolTip(ask ? tr("Lock in your prediction first") : run_->mayTrain() ? tr("Train to step %1 (F5)").arg(now.runTo) : tr("This part of the lesson is trained: go on with Next"));
    place_->setText(tr("Step %1 of %2").arg(std::max<qint64>(0, model_->lastStep())).arg(run_->lesson().lastStep()));
    const Experiment experiment = model_->experiment();
    about_->setText(model_->progress().state == TrainerState::loading ? tr("loading the model …") : tr("one step = %1 groups of %2 attempts").arg(experiment.sampling.problems).arg(experiment.sampling.attempts));
    bar_->setRange(0, static_cast<int>(run_->lesson().lastStep()));
    bar_->setValue(static_cast<int>(std::clamp<qint64>(model_->lastStep(), 0, run_->lesson().lastStep())));
}

}  // namespace foothold::ui
