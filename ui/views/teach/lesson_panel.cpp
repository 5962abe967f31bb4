// SPDX-License-Identifier: GPL-3.0-or-later
// What the panel says at each moment of a step.
#include "ui/views/teach/lesson_panel.h"

#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QTimer>

#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/views/teach/group_drawing.h"
#include "ui/views/teach/lesson_text.h"
#include "ui/views/teach/option_row.h"

namespace foothold::ui {
namespace {

/// A tinted box in the panel.
class TintBox : public QFrame {
   public:
    TintBox(const QString& name, ColorRole ground, ColorRole edge) : ground_(ground), edge_(edge) {
        setObjectName(name);
        connect(&Theme::instance(), &Theme::changed, this, &TintBox::apply);
        apply();
    }

   private:
    void apply() {
        const Theme& theme = Theme::instance();
        setStyleSheet(QStringLiteral("QFrame#%1 { background: %2; border: 1px solid %3; border-radius: 6px; }")
                          .arg(objectName(), theme.color(ground_).name(), theme.color(edge_).name()));
    }
    ColorRole ground_, edge_;
};

QString lowerFirst(const QString& text) { return text.isEmpty() ? text : text.left(1).toLower() + text.mid(1); }

}  // namespace

LessonPanel::LessonPanel(RunModel* model, LessonRun* run, QWidget* parent) : Card(QStringLiteral("lessonPanel"), parent), model_(model), run_(run) {
    setFixedWidth(456);
    scroll_ = new QScrollArea;
    scroll_->setObjectName(QStringLiteral("lesson.text"));
    scroll_->setWidgetResizable(true);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFocusPolicy(Qt::NoFocus);
    inside_ = new QWidget;
    auto* column = new QVBoxLayout(inside_);
    column->setContentsMargins(22, 16, 22, 10);
    column->setSpacing(10);
    const auto label = [&](QBoxLayout* to, const char* name, int pixels, QFont::Weight weight, ColorRole color) {
        auto* made = new LessonLabel(pixels, weight, color);
        made->setObjectName(QString::fromLatin1(name));
        to->addWidget(made);
        return made;
    };
    place_ = label(column, "lesson.place", 13, QFont::Medium, ColorRole::accent);
    column->addSpacing(-6);
    title_ = label(column, "lesson.title", 22, QFont::DemiBold, ColorRole::text);
    text_ = label(column, "lesson.idea", 14, QFont::Normal, ColorRole::text2);
    column->addWidget(drawing_ = new GroupDrawing(model_));
    slow_ = new QPushButton(tr("Walk through this step in slow motion"));
    slow_->setObjectName(QStringLiteral("lesson.slow-motion"));
    slow_->setIcon(Theme::instance().icon(QStringLiteral("eye"), ColorRole::text2));
    connect(slow_, &QPushButton::clicked, this, &LessonPanel::slowMotionAsked);

    prediction_ = new TintBox(QStringLiteral("lessonPrediction"), ColorRole::accentSoft, ColorRole::border);
    rows_ = new QVBoxLayout(prediction_);
    rows_->setContentsMargins(14, 12, 14, 12);
    rows_->setSpacing(6);
    ask_ = label(rows_, "lesson.ask", 13, QFont::DemiBold, ColorRole::accent);
    ask_->setText(tr("Your prediction"));
    question_ = label(rows_, "lesson.question", 15, QFont::DemiBold, ColorRole::text);
    auto* locking = new QHBoxLayout;
    locking->setSpacing(12);
    lock_ = new QPushButton(tr("Lock in"));
    lock_->setObjectName(QStringLiteral("lesson.lock"));
    lock_->setAccessibleName(tr("Lock in the prediction"));
    lock_->setProperty("primary", true);
    lock_->setMinimumHeight(32);
    connect(lock_, &QPushButton::clicked, this, [this] {
        Q_EMIT pressed();
        run_->lockIn();
    });
    locking->addWidget(lock_);
    lockNote_ = new LessonLabel(12, QFont::Normal, ColorRole::text2);
    locking->addWidget(lockNote_, 1);
    rows_->addLayout(locking);
    column->addWidget(prediction_);

    answer_ = new TintBox(QStringLiteral("lessonAnswer"), ColorRole::sunken, ColorRole::border);
    auto* said = new QVBoxLayout(answer_);
    said->setContentsMargins(14, 12, 14, 12);
    said->setSpacing(6);
    verdict_ = label(said, "lesson.verdict", 15, QFont::DemiBold, ColorRole::text);
    measured_ = label(said, "lesson.measured", 14, QFont::Medium, ColorRole::text);
    outcome_ = label(said, "lesson.outcome", 14, QFont::Normal, ColorRole::text2);
    hand_ = label(said, "lesson.by-hand", 13, QFont::Normal, ColorRole::warn);
    column->addWidget(answer_);
    column->addWidget(slow_, 0, Qt::AlignLeft);
    ending_ = label(column, "lesson.ending", 14, QFont::Normal, ColorRole::text2);
    column->addStretch(1);
    scroll_->setWidget(inside_);
    body()->addWidget(scroll_, 1);

    body()->addWidget(rule());
    auto* ways = new QHBoxLayout;
    ways->setContentsMargins(22, 10, 22, 12);
    ways->setSpacing(10);
    back_ = new QPushButton(tr("Back"));
    back_->setObjectName(QStringLiteral("lesson.back"));
    back_->setIcon(Theme::instance().icon(QStringLiteral("chevron-left")));
    back_->setMinimumHeight(32);
    connect(back_, &QPushButton::clicked, this, [this] {
        Q_EMIT pressed();
        run_->show(run_->current() - 1);
    });
    next_ = new QPushButton(tr("Next"));
    next_->setObjectName(QStringLiteral("lesson.next"));
    next_->setAccessibleName(tr("Next part"));
    next_->setMinimumHeight(32);
    connect(next_, &QPushButton::clicked, this, [this] {
        Q_EMIT pressed();
        if (run_->current() + 1 < run_->stepCount()) run_->show(run_->current() + 1);
        else Q_EMIT handoutAsked();
    });
    nextNote_ = new LessonLabel(12, QFont::Normal, ColorRole::text2);
    nextNote_->setObjectName(QStringLiteral("lesson.next-note"));
    nextNote_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    ways->addWidget(back_);
    ways->addWidget(nextNote_, 1);
    ways->addWidget(next_);
    body()->addLayout(ways);
    connect(run_, &LessonRun::changed, this, &LessonPanel::refresh);
}

void LessonPanel::showStep() {
    shown_ = run_->current();
    shownLesson_ = run_->lesson().id;
    wasDone_ = run_->done(shown_);
    const LessonStep& step = run_->step();
    place_->setText(tr("Step %1 of %2").arg(shown_ + 1).arg(run_->stepCount()));
    title_->setText(QString::fromStdString(step.title));
    text_->setLesson(step.text);
    drawing_->setDrawing(step.drawing);
    for (OptionRow* option : options_) {
        rows_->removeWidget(option);
        delete option;
    }
    options_.clear();
    delete group_;
    group_ = new QButtonGroup(this);
    prediction_->setVisible(step.prediction.has_value());
    if (step.prediction) {
        question_->setText(QString::fromStdString(step.prediction->question));
        for (std::size_t i = 0; i < step.prediction->options.size(); ++i) {
            const LessonOption& option = step.prediction->options[i];
            auto* row = new OptionRow(QString::fromStdString(option.text), QString::fromStdString(option.swatch));
            row->setObjectName(QStringLiteral("lesson.option-%1").arg(i + 1));
            row->setToolTip(tr("Key %1").arg(i + 1));
            row->setChecked(run_->chosen(shown_) == static_cast<int>(i));
            connect(row, &QRadioButton::clicked, this, [this, i] { run_->choose(static_cast<int>(i)); });
            group_->addButton(row, static_cast<int>(i));
            rows_->insertWidget(2 + static_cast<int>(i), row);
            options_.push_back(row);
        }
    }
    scroll_->verticalScrollBar()->setValue(0);
}

void LessonPanel::refresh() {
    if (!run_->active()) {
        shown_ = -1;
        return;
    }
    if (shown_ != run_->current() || shownLesson_ != run_->lesson().id) showStep();
    const LessonStep& step = run_->step();
    const int at = run_->current();
    const bool locked = run_->locked(at), done = run_->done(at), last = at + 1 == run_->stepCount();
    const qint64 left = step.runTo - std::max<qint64>(0, model_->lastStep());
    LessonOutcome outcome;
    if (step.prediction) {
        if (locked) outcome = run_->outcome(at);
        for (int i = 0; i < static_cast<int>(options_.size()); ++i) {
            OptionRow* row = options_[static_cast<std::size_t>(i)];
            if (run_->chosen(at) == i && !row->isChecked()) row->setChecked(true);
            row->setFate(locked, run_->chosen(at) == i, outcome.state == LessonOutcome::State::happened && outcome.option == i);
        }
        lock_->setVisible(!locked);
        lock_->setEnabled(run_->chosen(at) >= 0 && model_->session() && !model_->session()->read_only());
        lock_->setText(left == 1 ? tr("Lock in and run 1 step") : left > 0 ? tr("Lock in and run %1 steps").arg(left) : tr("Lock in"));
        lockNote_->setText(!locked ? run_->chosen(at) >= 0 ? tr("You can change it until then") : tr("Choose an answer first. A wrong guess costs nothing.")
                                   : done ? QString() : run_->running() ? tr("Locked. Steps to go: %1 …").arg(left) : tr("Locked. Steps to go: %1; press Play.").arg(left));
        lockNote_->setVisible(!lockNote_->text().isEmpty());
    }
    const bool answered = step.prediction && locked && done;
    answer_->setVisible(answered);
    if (answered) {
        verdict_->setText(verdictWords(outcome, run_->chosen(at)));
        verdict_->setRole(outcome.state == LessonOutcome::State::happened && outcome.option == run_->chosen(at) ? ColorRole::good : ColorRole::text);
        measured_->setText(measuredWords(*step.prediction, outcome.measured));
        outcome_->setLesson(outcomeText(*step.prediction, outcome).toStdString());
        const QStringList hand = run_->changedByHand();
        hand_->setVisible(!hand.isEmpty());
        hand_->setText(tr("This run went another way than the lesson's (%1), so the answer is about your experiment.").arg(hand.join(QStringLiteral(", "))));
    }
    slow_->setVisible(step.slowMotion && done);
    ending_->setVisible(last && done);
    if (last && done) ending_->setText(QStringLiteral("<p>%1</p>%2<p style=\"margin-top:10px\">%3</p>%4").arg(strong(tr("If you waited longer")), lessonHtml(run_->lesson().waiting), strong(tr("What speaks against it")), lessonHtml(run_->lesson().against)));
    back_->setEnabled(at > 0);
    next_->setEnabled(done);
    next_->setText(last ? tr("Handout…") : tr("Next: %1").arg(lowerFirst(QString::fromStdString(run_->lesson().steps[static_cast<std::size_t>(at) + 1].title))));
    next_->setProperty("primary", done);
    next_->style()->unpolish(next_);
    next_->style()->polish(next_);
    nextNote_->setText(done || step.prediction ? QString() : run_->running() ? tr("Steps to go: %1 …").arg(left) : tr("Press Play, steps: %1").arg(left));
    if (done && !wasDone_) {  // What is new comes into sight, once it has its place.
        wasDone_ = true;
        if (answered)
            QTimer::singleShot(0, this, [this] {
                inside_->layout()->activate();
                inside_->adjustSize();
                scroll_->ensureWidgetVisible(answer_, 0, 12);
            });
    }
}

void LessonPanel::press(int key) {
    if (!run_->active()) return;
    if (key >= Qt::Key_1 && key <= Qt::Key_5) run_->choose(key - Qt::Key_1);
    else if (lock_->isVisible() && lock_->isEnabled()) lock_->click();
    else if (next_->isEnabled()) next_->click();
}

}  // namespace foothold::ui
