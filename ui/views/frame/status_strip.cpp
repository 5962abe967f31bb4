// SPDX-License-Identifier: GPL-3.0-or-later
// The status line's words.
#include "ui/views/frame/status_strip.h"

#include <QPainter>
#include <QPushButton>
#include <algorithm>

#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"
#include "ui/workspaces/application.h"

namespace foothold::ui {
namespace {

constexpr int refreshMilliseconds = 250;

QString stateWord(const Progress& p) {
    switch (p.state) {
        case TrainerState::loading: return StatusStrip::tr("Loading the engine");
        case TrainerState::paused: return StatusStrip::tr("Paused");
        case TrainerState::running: return p.phase == "held-out" ? StatusStrip::tr("Evaluating") : StatusStrip::tr("Training");
        case TrainerState::stopping: return StatusStrip::tr("Stopping …");
        case TrainerState::finished: return StatusStrip::tr("Finished");
        case TrainerState::failed: return StatusStrip::tr("Failed");
    }
    return {};
}

}  // namespace

StateDot::StateDot(QWidget* parent) : QWidget(parent) {
    setFixedSize(10, 10);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void StateDot::setState(int trainerState) {
    if (trainerState == state_) return;
    state_ = trainerState;
    update();
}

void StateDot::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    const auto state = static_cast<TrainerState>(state_);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.color(state == TrainerState::running    ? ColorRole::good
                                 : state == TrainerState::failed   ? ColorRole::bad
                                 : state == TrainerState::stopping ? ColorRole::warn
                                 : state == TrainerState::finished ? ColorRole::accent
                                                                   : ColorRole::text3));
    if (state == TrainerState::paused) {
        painter.drawRoundedRect(QRectF(1, 1, 2.8, 8), 1, 1);
        painter.drawRoundedRect(QRectF(6, 1, 2.8, 8), 1, 1);
    } else {
        painter.drawEllipse(QRectF(1, 1, 8, 8));
    }
}

StatusStrip::StatusStrip(RunModel* model, QWidget* parent) : QWidget(parent), model_(model) {
    setObjectName(QStringLiteral("status"));
    setFixedHeight(28);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(12, 0, 12, 0);
    line->setSpacing(8);
    dot_ = new StateDot;
    line->addWidget(dot_);
    word_ = new Text(QString(), FontRole::sectionTitle);
    word_->setObjectName(QStringLiteral("status.state"));
    line->addWidget(word_);
    const auto part = [&](Text*& text, const char* name) {
        auto* gap = new QFrame;
        gap->setProperty("rule", true);
        gap->setStyleSheet(QStringLiteral("max-height: 12px; min-height: 12px; max-width: 1px; min-width: 1px;"));
        line->addWidget(gap);
        text = new Text(QString(), FontRole::body, ColorRole::text2);
        text->setObjectName(QString::fromLatin1(name));
        line->addWidget(text);
        parts_ << gap << text;
    };
    part(step_, "status.step");
    part(speed_, "status.speed");
    part(tokens_, "status.tokens");
    part(device_, "status.device");
    part(memory_, "status.memory");
    part(frame_, "status.frame");
    line->addStretch(1);
    store_ = new Text(QString(), FontRole::body, ColorRole::text2);
    store_->setObjectName(QStringLiteral("status.store"));
    line->addWidget(store_);
    error_ = new QPushButton;
    error_->setObjectName(QStringLiteral("status.error"));
    error_->setProperty("link", true);
    error_->setFlat(true);
    connect(error_, &QPushButton::clicked, this, &StatusStrip::errorClicked);
    line->addWidget(error_);
    setError({});
    connect(&Theme::instance(), &Theme::changed, this, [this] { setError(error_->property("error").toString()); });

    later_.setSingleShot(true);
    later_.setInterval(refreshMilliseconds);
    noteTimer_.setSingleShot(true);
    noteTimer_.setInterval(6000);
    connect(&later_, &QTimer::timeout, this, &StatusStrip::refresh);
    connect(&noteTimer_, &QTimer::timeout, this, [this] {
        note_.clear();
        refresh();
    });
    connect(model_, &RunModel::progressChanged, this, [this] {
        // A change of state is shown at once, numbers four times a second.
        if (word_->text() != stateWord(model_->progress()))
            refresh();
        else if (!later_.isActive())
            later_.start();
    });
    connect(model_, &RunModel::runChanged, this, [this] {
        setError({});
        refresh();
    });
    refresh();
}

void StatusStrip::setError(const QString& message) {
    error_->setText(message.isEmpty() ? tr("No errors") : tr("1 error"));
    error_->setToolTip(message.isEmpty() ? tr("Open the log") : message);
    error_->setStyleSheet(QStringLiteral("color: %1; font-weight: 400;").arg(Theme::instance().color(message.isEmpty() ? ColorRole::text2 : ColorRole::bad).name()));
    error_->setProperty("error", message);
}

void StatusStrip::setNote(const QString& text) {
    note_ = text;
    noteTimer_.start();
    refresh();
}

void StatusStrip::refresh() {
    const Progress& p = model_->progress();
    const bool any = model_->session() != nullptr, moving = p.state == TrainerState::running;
    dot_->setState(any ? static_cast<int>(p.state) : static_cast<int>(TrainerState::loading));
    word_->setText(!any ? tr("No run") : model_->session()->read_only() ? tr("Read only") : stateWord(p));
    step_->setText(tr("step %1").arg(countText(std::max<std::int64_t>(0, p.step))));
    speed_->setText(p.steps_per_second >= .1 || p.steps_per_second <= 0 ? tr("%1 steps/s").arg(p.steps_per_second, 0, 'f', 1) : tr("%1 a step").arg(durationText(1 / p.steps_per_second)));
    tokens_->setText(tr("%1 tokens/s").arg(countText(static_cast<qint64>(p.tokens_per_second))));
    device_->setText(QString::fromStdString(p.device));
    // Before there is a model, what it is going to take.
    memory_->setText(p.memory_bytes > 0 ? tr("memory %1").arg(bytesText(p.memory_bytes)) : tr("will take %1").arg(bytesText(p.planned_bytes)));
    if (const QString plan = p.plan.empty() ? QString() : tr("Planned: %1").arg(QString::fromStdString(p.plan)); plan != memory_->toolTip()) memory_->setToolTip(plan);
    const double frame = Application::get() ? Application::get()->frameMilliseconds() : -1;
    frame_->setText(tr("GUI frame %1 ms (p99)").arg(frame, 0, 'f', 1));
    const auto show = [](Text* text, bool on) { text->setProperty("wanted", on); };
    show(step_, any);
    show(speed_, any && moving && p.steps_per_second > 0);
    show(tokens_, any && moving && p.tokens_per_second > 0);
    show(device_, any && !p.device.empty());
    show(memory_, any && (p.memory_bytes > 0 || p.planned_bytes > 0));
    show(frame_, frame >= 0);
    if (!note_.isEmpty())
        store_->setText(note_);
    else if (any && p.seconds_since_commit >= 0)
        store_->setText(p.seconds_since_commit < 1 ? tr("Saved just now") : tr("Saved %1 s ago").arg(static_cast<int>(p.seconds_since_commit)));
    else
        store_->setText(any && p.step <= 0 ? tr("Nothing to save yet") : QString());
    place();
}

void StatusStrip::place() {
    // What does not fit goes, from the right end on, before anything is cut.
    int room = width() - 24 - 18 - word_->sizeHint().width() - store_->sizeHint().width() - error_->sizeHint().width() - 24;
    bool full = false;
    for (int i = 0; i < parts_.size(); i += 2) {
        auto* text = static_cast<Text*>(parts_[i + 1]);
        const bool wanted = text->property("wanted").toBool();
        const int needs = text->sizeHint().width() + 17;
        if (wanted && needs > room) full = true;
        const bool visible = wanted && !full;
        if (visible) room -= needs;
        parts_[i]->setVisible(visible);
        text->setVisible(visible);
    }
}

void StatusStrip::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    place();
}

void StatusStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(0, 0, width(), 1, Theme::instance().color(ColorRole::border));
}

}  // namespace foothold::ui
