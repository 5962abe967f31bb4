// SPDX-License-Identifier: GPL-3.0-or-later
// Training step by step of a lesson, and the note that survives a crash.
#include "ui/lessons/lesson_run.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>
#include <algorithm>

#include "ui/models/run_model.h"
#include "record/experiment_keys.h"

namespace foothold::ui {
namespace {

constexpr const char* kNote = "lesson";

}  // namespace

LessonRun::LessonRun(RunModel* model, QObject* parent) : QObject(parent), model_(model) {
    connect(model_, &RunModel::stepsArrived, this, &LessonRun::changed);
    connect(model_, &RunModel::progressChanged, this, &LessonRun::changed);
}

void LessonRun::begin(const Lesson& lesson) {
    lesson_ = lesson;
    current_ = reached_ = 0;
    answers_.assign(lesson.steps.size(), {});
    keep();
    Q_EMIT changed();
}

bool LessonRun::resume(const std::vector<LessonSlot>& slots) {
    if (!model_->session()) return false;
    const QJsonObject note = QJsonDocument::fromJson(QByteArray::fromStdString(model_->session()->note(kNote))).object();
    const std::string id = note[QStringLiteral("lesson")].toString().toStdString();
    const auto slot = std::find_if(slots.begin(), slots.end(), [&](const LessonSlot& s) { return s.lesson && s.lesson->id == id; });
    if (id.empty() || slot == slots.end()) return false;
    lesson_ = slot->lesson;
    answers_.assign(lesson_->steps.size(), {});
    const QJsonArray kept = note[QStringLiteral("answers")].toArray();
    for (qsizetype i = 0; i < std::min<qsizetype>(kept.size(), static_cast<qsizetype>(answers_.size())); ++i) {
        const auto& asked = lesson_->steps[static_cast<std::size_t>(i)].prediction;
        const int option = kept[i].toObject()[QStringLiteral("option")].toInt(-1);
        if (!asked || option < 0 || option >= static_cast<int>(asked->options.size())) continue;
        answers_[static_cast<std::size_t>(i)] = {option, kept[i].toObject()[QStringLiteral("locked")].toBool()};
    }
    reached_ = std::clamp(note[QStringLiteral("reached")].toInt(), 0, stepCount() - 1);
    current_ = std::clamp(note[QStringLiteral("current")].toInt(), 0, reached_);
    Q_EMIT changed();
    return true;
}

void LessonRun::end() {
    lesson_.reset();
    Q_EMIT changed();
}

void LessonRun::keep() {
    if (!active() || !model_->session() || model_->session()->read_only()) return;
    QJsonArray answers;
    for (const Answer& answer : answers_) answers.append(QJsonObject{{QStringLiteral("option"), answer.option}, {QStringLiteral("locked"), answer.locked}});
    const QJsonObject note{{QStringLiteral("lesson"), QString::fromStdString(lesson_->id)}, {QStringLiteral("current"), current_}, {QStringLiteral("reached"), reached_}, {QStringLiteral("answers"), answers}};
    try {
        model_->session()->set_note(kNote, QJsonDocument(note).toJson(QJsonDocument::Compact).toStdString());
    } catch (const std::exception& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
    }
}

void LessonRun::show(int step) {
    if (!active() || step < 0 || step >= stepCount() || step == current_) return;
    if (step > reached_ && !(step == reached_ + 1 && done(reached_))) return;
    current_ = step;
    reached_ = std::max(reached_, step);
    keep();
    Q_EMIT changed();
}

void LessonRun::choose(int option) {
    if (!active() || !step().prediction || locked(current_) || option < 0 || option >= static_cast<int>(step().prediction->options.size())) return;
    answers_[static_cast<std::size_t>(current_)].option = option;
    keep();
    Q_EMIT changed();
}

void LessonRun::lockIn() {
    if (!active() || !step().prediction || locked(current_) || chosen(current_) < 0) return;
    answers_[static_cast<std::size_t>(current_)].locked = true;
    keep();
    play();
}

bool LessonRun::mayTrain() const {
    if (!active() || !model_->session() || model_->session()->read_only() || model_->lastStep() >= step().runTo) return false;
    const TrainerState state = model_->progress().state;
    if (state == TrainerState::failed || state == TrainerState::finished) return false;
    return !step().prediction || locked(current_);
}

bool LessonRun::done(int step) const {
    if (!active()) return false;
    const LessonStep& s = lesson_->steps[static_cast<std::size_t>(step)];
    return model_->lastStep() >= s.runTo && (!s.prediction || locked(step));
}

bool LessonRun::running() const {
    return active() && model_->progress().state == TrainerState::running;
}

bool LessonRun::prepare() {
    if (!mayTrain()) return false;
    // Once: before the first training step that is this lesson step's own.
    const LessonStep& now = step();
    if (now.changeKey.empty()) return true;
    const Session& session = *model_->session();
    if (get_key(session.experiment(), now.changeKey) == now.changeValue) return true;
    for (const Intervention& pending : session.pending())
        if (pending.key == now.changeKey && pending.value == now.changeValue) return true;
    try {
        model_->session()->intervene(now.changeKey, now.changeValue);
    } catch (const std::exception& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
        return false;
    }
    return true;
}

void LessonRun::play() {
    if (!prepare()) return Q_EMIT changed();
    model_->session()->run_until(step().runTo);
    model_->poll();
    Q_EMIT changed();
}

void LessonRun::pause() {
    if (!active() || !model_->session()) return;
    model_->session()->pause();
    model_->poll();
    Q_EMIT changed();
}

void LessonRun::oneStep() {
    if (running() || !prepare()) return;
    model_->session()->step();
    model_->poll();
    Q_EMIT changed();
}

LessonOutcome LessonRun::outcome(int step) const {
    const LessonStep& s = lesson_->steps[static_cast<std::size_t>(step)];
    return judge(s, model_->steps(), model_->info().problems, model_->session() ? model_->session()->initial_experiment().heldout.n : 0);
}

QStringList LessonRun::changedByHand() const {
    QStringList changes;
    if (!active()) return changes;
    std::int64_t before = 0;
    std::vector<std::pair<std::int64_t, std::string>> own;  // First training step of a lesson step, and the key that it changes.
    for (const LessonStep& s : lesson_->steps) {
        if (!s.changeKey.empty()) own.emplace_back(before + 1, s.changeKey);
        before = s.runTo;
    }
    for (const auto& record : model_->steps()) {
        if (record->step > lesson_->lastStep()) break;
        for (const Intervention& change : record->applied) {
            const bool ours = std::any_of(own.begin(), own.end(), [&](const auto& mine) { return mine.first == record->step && mine.second == change.key; });
            if (!ours) changes << tr("%1 was set at step %2").arg(QString::fromStdString(change.key)).arg(record->step);
        }
    }
    // A change of the lesson's that came late or never, because the run was trained on elsewhere.
    for (const auto& [step, key] : own) {
        if (step > model_->lastStep()) continue;
        const auto& applied = model_->steps()[static_cast<std::size_t>(step)]->applied;
        if (std::none_of(applied.begin(), applied.end(), [&wanted = key](const Intervention& change) { return change.key == wanted; }))
            changes << tr("%1 was not set at step %2").arg(QString::fromStdString(key)).arg(step);
    }
    return changes;
}

}  // namespace foothold::ui
