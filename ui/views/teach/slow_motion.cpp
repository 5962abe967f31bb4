// SPDX-License-Identifier: GPL-3.0-or-later
// The dialog of the slow-motion step.
#include "ui/views/teach/slow_motion.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "record/experiment_keys.h"
#include "ui/models/run_model.h"
#include "ui/views/live/map_states.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

constexpr int kStages = 7, kAutoMilliseconds = 4000;

/// How much a group has to show: a rescue has every stage, a dead one the fewest.
int shows(const GroupSummary& group) { return group.rounds > 1 && group.correct > 0 ? 3 : group.has_gradient() ? 2 : group.correct == 0 ? 1 : 0; }

}  // namespace

SlowMotion::SlowMotion(RunModel* model, qint64 step, int problem, QWidget* parent) : QDialog(parent), model_(model), step_(step) {
    setObjectName(QStringLiteral("slow-motion"));
    setWindowTitle(tr("Slow motion: step %1").arg(step));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(parent ? QSize(960, 640).boundedTo(parent->size() - QSize(40, 60)) : QSize(960, 640));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(22, 18, 22, 16);
    column->setSpacing(12);
    auto* head = new QHBoxLayout;
    auto* heading = new LessonLabel(18, QFont::DemiBold, ColorRole::text);
    heading->setText(tr("Step %1 in slow motion").arg(step));
    heading->setWordWrap(false);
    head->addWidget(heading);
    head->addStretch();
    auto* of = new LessonLabel(13, QFont::Normal, ColorRole::text2);
    of->setText(tr("Group"));
    of->setWordWrap(false);
    head->addWidget(of);
    groups_ = new QComboBox;
    groups_->setObjectName(QStringLiteral("slow-motion.group"));
    groups_->setAccessibleName(tr("Group"));
    groups_->setMinimumWidth(300);
    const auto& all = model_->steps()[static_cast<std::size_t>(step)]->groups;
    int best = 0;
    for (int i = 0; i < static_cast<int>(all.size()); ++i) {
        const GroupSummary& g = all[static_cast<std::size_t>(i)];
        groups_->addItem(QStringLiteral("%1  %2: %3").arg(model_->problemName(static_cast<int>(g.problem)), QString::fromStdString(model_->info().problems[g.problem].tier), groupWords(g)));
        if (problem < 0 && shows(g) > shows(all[static_cast<std::size_t>(best)])) best = i;
        if (static_cast<int>(g.problem) == problem) best = i;
    }
    groups_->setCurrentIndex(best);
    connect(groups_, &QComboBox::currentIndexChanged, this, &SlowMotion::read);
    head->addWidget(groups_);
    column->addLayout(head);

    auto* line = new QHBoxLayout;
    line->setSpacing(0);
    for (int i = 0; i < kStages; ++i) {
        auto* name = new QPushButton;
        name->setObjectName(QStringLiteral("slow-motion.stage-%1").arg(i + 1));
        name->setCheckable(true);
        name->setFocusPolicy(Qt::NoFocus);
        name->setMinimumHeight(34);
        connect(name, &QPushButton::clicked, this, [this, i] { show(i); });
        names_.push_back(name);
        line->addWidget(name, 1);
        if (i + 1 < kStages) {
            auto* arrow = new LessonLabel(14, QFont::Normal, ColorRole::text3);
            arrow->setText(QStringLiteral("›"));
            arrow->setWordWrap(false);
            arrow->setAlignment(Qt::AlignCenter);
            arrow->setFixedWidth(16);
            line->addWidget(arrow);
        }
    }
    column->addLayout(line);
    title_ = new LessonLabel(18, QFont::DemiBold, ColorRole::text);
    title_->setObjectName(QStringLiteral("slow-motion.title"));
    column->addWidget(title_);
    text_ = new QTextBrowser;
    text_->setObjectName(QStringLiteral("slow-motion.text"));
    text_->setFont(lessonFont(13));
    text_->document()->setDocumentMargin(14);
    text_->setAccessibleName(tr("What happened in this stage"));
    column->addWidget(text_, 1);

    auto* foot = new QHBoxLayout;
    source_ = new LessonLabel(12, QFont::Normal, ColorRole::text3);
    source_->setText(tr("From the record of a step that was really trained, not acted again."));
    foot->addWidget(source_, 1);
    const auto button = [&](const char* name, const QString& text) {
        auto* made = new QPushButton(text);
        made->setObjectName(QString::fromLatin1(name));
        made->setMinimumHeight(32);
        made->setAutoDefault(false);
        foot->addWidget(made);
        return made;
    };
    auto_ = button("slow-motion.auto", tr("Play by itself"));
    auto_->setCheckable(true);
    auto_->setToolTip(tr("Space"));
    connect(auto_, &QPushButton::toggled, this, &SlowMotion::setAuto);
    back_ = button("slow-motion.back", tr("Back"));
    connect(back_, &QPushButton::clicked, this, [this] { show(stage_ - 1); });
    next_ = button("slow-motion.next", tr("Next"));
    next_->setProperty("primary", true);
    next_->setMinimumWidth(90);
    connect(next_, &QPushButton::clicked, this, [this] { stage_ + 1 < kStages ? show(stage_ + 1) : accept(); });
    column->addLayout(foot);

    timer_.setInterval(kAutoMilliseconds);
    connect(&timer_, &QTimer::timeout, this, [this] { stage_ + 1 < kStages ? show(stage_ + 1) : auto_->setChecked(false); });
    retry_.setSingleShot(true);
    retry_.setInterval(250);
    connect(&retry_, &QTimer::timeout, this, &SlowMotion::read);
    connect(model_, &RunModel::runChanged, this, &QDialog::reject);
    connect(&Theme::instance(), &Theme::changed, this, &SlowMotion::fill);
    read();
    next_->setFocus();
}

const GroupSummary* SlowMotion::group() const {
    const auto& all = model_->steps()[static_cast<std::size_t>(step_)]->groups;
    const int at = groups_->currentIndex();
    return at >= 0 && at < static_cast<int>(all.size()) ? &all[static_cast<std::size_t>(at)] : nullptr;
}

void SlowMotion::read() {
    const GroupSummary* wanted = group();
    if (!wanted) return;
    AttemptQuery query;
    query.step = step_;
    query.problem = wanted->problem;
    query.occurrence = wanted->occurrence;
    query.origin = Origin::train;
    model_->readAttempts(query, this, [this, at = groups_->currentIndex()](std::vector<Attempt> attempts) {
        if (at != groups_->currentIndex()) return;
        if (attempts.empty()) {
            title_->setText(tr("This step is being stored …"));
            if (++retries_ < 40) retry_.start();
            return;
        }
        attempts_ = std::move(attempts);
        fill();
    });
}

void SlowMotion::fill() {
    if (attempts_.empty() || !group() || !model_->session()) return;
    // As it was in that step: what was changed by then, and no more.
    Experiment then = model_->session()->initial_experiment();
    for (qint64 s = 0; s <= step_; ++s)
        for (const Intervention& change : model_->steps()[static_cast<std::size_t>(s)]->applied) set_key(then, change.key, change.value);
    stages_ = slowMotionStages(*model_->steps()[static_cast<std::size_t>(step_)], *group(), attempts_, model_->info(), then, model_->problemName(static_cast<int>(group()->problem)));
    show(stage_);
}

void SlowMotion::show(int stage) {
    if (stages_.empty() || stage < 0 || stage >= static_cast<int>(stages_.size())) return;
    stage_ = stage;
    const SlowStage& now = stages_[static_cast<std::size_t>(stage)];
    for (int i = 0; i < kStages; ++i) {
        QPushButton* name = names_[static_cast<std::size_t>(i)];
        name->setText(stages_[static_cast<std::size_t>(i)].name);
        name->setChecked(i == stage);
        name->setToolTip(stages_[static_cast<std::size_t>(i)].idle ? tr("Nothing to do in this step") : QString());
    }
    title_->setText(tr("%1. %2").arg(stage + 1).arg(now.title));
    text_->setHtml(now.html);
    back_->setEnabled(stage > 0);
    next_->setText(stage + 1 < kStages ? tr("Next") : tr("Done"));
}

void SlowMotion::setAuto(bool on) {
    if (on && stage_ + 1 == kStages) show(0);
    on ? timer_.start() : timer_.stop();
    auto_->setText(on ? tr("Stop here") : tr("Play by itself"));
}

void SlowMotion::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Right: return show(stage_ + 1);
        case Qt::Key_Left: return show(stage_ - 1);
        case Qt::Key_Space: return auto_->toggle();
        default: QDialog::keyPressEvent(event);
    }
}

}  // namespace foothold::ui
