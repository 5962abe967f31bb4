// SPDX-License-Identifier: GPL-3.0-or-later
// Slices in the run's notes, and the built-in ones from its history.
#include "ui/selection/slices.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "record/error.h"
#include "ui/models/run_model.h"
#include "ui/selection/selection.h"

namespace foothold::ui {
namespace {

constexpr const char *slicesNote = "slices", *starsNote = "starred";

bool lucky(const GroupSummary& group) { return group.state() == GroupState::lucky; }

/// The last visits up to a step, all without a right attempt.
bool dead(const RunModel& model, int problem, qint64 step) {
    qint64 at = step;
    int visits = 0;
    for (const GroupSummary* group = model.lastGroup(problem, step, &at); group && visits < Slices::deadVisits; group = model.lastGroup(problem, at - 1, &at)) {
        if (group->state() != GroupState::all_wrong) return false;
        ++visits;
    }
    return visits == Slices::deadVisits;
}

/// Visited, and never right without a hint.
bool unsolved(const RunModel& model, int problem, qint64 step) {
    qint64 at = step;
    bool visited = false;
    for (const GroupSummary* group = model.lastGroup(problem, step, &at); group; group = model.lastGroup(problem, at - 1, &at)) {
        visited = true;
        if (group->correct_before != GroupSummary::no_plain_round && group->correct_before > 0) return false;
    }
    return visited;
}

}  // namespace

Slices* Slices::of(RunModel* model, Selection* selection) {
    if (auto* made = selection->findChild<Slices*>(QString(), Qt::FindDirectChildrenOnly)) return made;
    return new Slices(model, selection);
}

Slices::Slices(RunModel* model, Selection* selection) : QObject(selection), model_(model), selection_(selection) {
    connect(model, &RunModel::runChanged, this, &Slices::read);
    read();
}

std::vector<Slice> Slices::all() const {
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    std::vector<Slice> all(5);
    all[0].name = tr("Dead for the last %1 visits").arg(deadVisits);
    all[1].name = tr("Rescued");
    all[2].name = tr("Lucky rescue");
    all[3].name = tr("Never solved");
    all[4].name = tr("Starred");
    for (Slice& slice : all) slice.builtIn = true;
    for (const int problem : model_->rows()) {
        const GroupSummary* last = model_->lastGroup(problem, step);
        if (dead(*model_, problem, step)) all[0].problems.insert(problem);
        if (last && last->state() == GroupState::rescued) all[1].problems.insert(problem);
        if (last && lucky(*last)) all[2].problems.insert(problem);
        if (unsolved(*model_, problem, step)) all[3].problems.insert(problem);
    }
    all[4].problems = starred_;
    all.insert(all.end(), saved_.begin(), saved_.end());
    return all;
}

bool Slices::apply(const QString& name) {
    for (Slice& slice : all())
        if (slice.name == name && !slice.problems.empty()) {
            selection_->setBrushed(std::move(slice.problems));
            return true;
        }
    return false;
}

void Slices::checkName(const QString& name) const {
    if (name.isEmpty()) throw UserError(tr("A slice needs a name.").toStdString());
    for (const Slice& slice : all())
        if (slice.name.compare(name, Qt::CaseInsensitive) == 0)
            throw UserError(tr("There is a slice “%1” already. Choose another name, or delete that one first.").arg(slice.name).toStdString());
}

void Slices::save(const QString& name, const std::set<int>& problems) {
    if (problems.empty()) throw UserError(tr("No problem is brushed: drag over the map or the list first, then save the set.").toStdString());
    const QString tidy = name.simplified();
    checkName(tidy);
    auto saved = saved_;
    saved.push_back({tidy, problems, false});
    keep(saved);
}

void Slices::rename(const QString& from, const QString& to) {
    const QString tidy = to.simplified();
    if (tidy == from) return;
    if (tidy.compare(from, Qt::CaseInsensitive) != 0) checkName(tidy);
    auto saved = saved_;
    for (Slice& slice : saved)
        if (slice.name == from) slice.name = tidy;
    keep(saved);
}

void Slices::remove(const QString& name) {
    auto saved = saved_;
    std::erase_if(saved, [&](const Slice& slice) { return slice.name == name; });
    keep(saved);
}

void Slices::setStarred(int problem, bool on) {
    if (!model_->session() || problem < 0) return;
    std::set<int> stars = starred_;
    on ? void(stars.insert(problem)) : void(stars.erase(problem));
    model_->session()->set_note(starsNote, QJsonDocument(QJsonArray::fromStringList(idsOf(stars))).toJson(QJsonDocument::Compact).toStdString());
    starred_ = std::move(stars);
    Q_EMIT changed();
}

void Slices::keep(const std::vector<Slice>& saved) {
    if (!model_->session()) throw UserError(tr("No run is open to keep a slice with.").toStdString());
    QJsonArray list;
    for (const Slice& slice : saved)
        list.append(QJsonObject{{QStringLiteral("name"), slice.name}, {QStringLiteral("problems"), QJsonArray::fromStringList(idsOf(slice.problems))}});
    model_->session()->set_note(slicesNote, QJsonDocument(list).toJson(QJsonDocument::Compact).toStdString());
    saved_ = saved;
    Q_EMIT changed();
}

void Slices::read() {
    saved_.clear();
    starred_.clear();
    if (model_->session()) {
        const auto note = [this](const char* key) { return QJsonDocument::fromJson(QByteArray::fromStdString(model_->session()->note(key))).array(); };
        const auto texts = [](const QJsonArray& array) {
            QStringList found;
            for (const QJsonValue& one : array) found << one.toString();
            return found;
        };
        for (const QJsonValue& one : note(slicesNote))
            saved_.push_back({one[QStringLiteral("name")].toString(), problemsOf(texts(one[QStringLiteral("problems")].toArray())), false});
        starred_ = problemsOf(texts(note(starsNote)));
    }
    Q_EMIT changed();
}

std::set<int> Slices::problemsOf(const QStringList& ids) const {
    const std::set<QString> wanted(ids.begin(), ids.end());
    std::set<int> found;
    for (const int problem : model_->rows())
        if (wanted.contains(QString::fromStdString(model_->info().problems[static_cast<std::size_t>(problem)].id))) found.insert(problem);
    return found;
}

QStringList Slices::idsOf(const std::set<int>& problems) const {
    QStringList ids;
    for (const int problem : problems) ids << QString::fromStdString(model_->info().problems[static_cast<std::size_t>(problem)].id);
    return ids;
}

}  // namespace foothold::ui
