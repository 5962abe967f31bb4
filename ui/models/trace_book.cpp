// SPDX-License-Identifier: GPL-3.0-or-later
// Variants of the selected problem.
#include "ui/models/trace_book.h"

#include <QUndoStack>
#include <algorithm>
#include <cmath>

#include "record/error.h"
#include "record/variant.h"
#include "ui/models/experiment_editor.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/selection/selection.h"
#include "ui/views/common/trace_text.h"

namespace foothold::ui {
namespace {

constexpr const char* hiddenNote = "variants/undone";

/// The line breaks that a step of text ends with: who types a step does not type them.
std::string lineEnd(const std::string& step) {
    const auto last = step.find_last_not_of('\n');
    return last == std::string::npos ? std::string() : step.substr(last + 1);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> alignSteps(const std::vector<std::string>& steps, const std::vector<std::string>& others) {
    const std::size_t n = steps.size(), m = others.size();
    std::vector<std::vector<int>> common(n + 1, std::vector<int>(m + 1, 0));  // From there to the ends.
    for (std::size_t i = n; i-- > 0;)
        for (std::size_t j = m; j-- > 0;) common[i][j] = steps[i] == others[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    std::vector<std::pair<std::string, std::string>> out;
    // Traces of one length stand step beside step, unless most steps have only moved: another problem's trace may share a step by chance, somewhere else.
    if (n == m) {
        int same = 0;
        for (std::size_t k = 0; k < n; ++k) {
            same += steps[k] == others[k];
            out.emplace_back(steps[k], others[k]);
        }
        if (2 * static_cast<std::size_t>(common[0][0] - same) < n) return out;
        out.clear();
    }
    std::size_t i = 0, j = 0;
    while (i < n) {
        // The next pair of equal steps; what is before it on both sides differs.
        std::size_t a = i, b = j;
        while (a < n && b < m && steps[a] != others[b]) common[a + 1][b] >= common[a][b + 1] ? ++a : ++b;
        if (a >= n || b >= m) a = n, b = m;
        for (; i < a; ++i) out.emplace_back(steps[i], j < b ? others[j++] : std::string());
        if (i == n) break;
        out.emplace_back(steps[i], others[b]);
        ++i;
        j = b + 1;
    }
    return out;
}

/// Making a variant: undone, the tree shows its parent again.
class VariantCommand : public QUndoCommand {
   public:
    VariantCommand(TraceBook* book, Variant variant, std::int64_t from) : book_(book), variant_(std::move(variant)), from_(from) {
        setText(TraceBook::tr("variant “%1”").arg(QString::fromStdString(variant_.title)));
    }
    void redo() override {
        book_->showVariant(variant_, true);
        go(variant_.id);
    }
    void undo() override {
        book_->showVariant(variant_, false);
        go(from_);
    }

   private:
    void go(std::int64_t id) {
        book_->selection_->setProblem(static_cast<int>(variant_.problem));
        book_->reload();
        book_->select(id);
    }
    TraceBook* book_;
    Variant variant_;
    std::int64_t from_;
};

TraceBook::TraceBook(RunModel* model, Selection* selection, ExperimentEditor* editor, QObject* parent)
    : QObject(parent), model_(model), selection_(selection), editor_(editor) {
    connect(selection_, &Selection::problemChanged, this, [this] { reload(); });
    connect(model_, &RunModel::runChanged, this, [this] {
        currentOf_.clear();
        ratioOf_.clear();
        readHidden();
        reload();
    });
    connect(editor_, &ExperimentEditor::changed, this, &TraceBook::changed);
    readHidden();
    reload();
}

int TraceBook::problem() const {
    const int at = selection_->problem();
    return at >= 0 && static_cast<std::size_t>(at) < model_->info().problems.size() ? at : -1;
}

const Problem* TraceBook::reference() const { return problem() < 0 ? nullptr : &model_->info().problems[static_cast<std::size_t>(problem())]; }

const TraceBook::Entry& TraceBook::current() const {
    static const Entry none;
    const Entry* found = entry(current_);
    return found ? *found : entries_.empty() ? none : entries_.front();
}

const TraceBook::Entry* TraceBook::entry(std::int64_t id) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [id](const Entry& e) { return e.id == id; });
    return found == entries_.end() ? nullptr : &*found;
}

double TraceBook::ratio() const { return current().steps.empty() ? 0 : static_cast<double>(cut_) / static_cast<double>(current().steps.size()); }

std::int64_t TraceBook::trained() const {
    const Problem* own = reference();
    if (!own || !model_->session()) return 0;
    const Experiment shown = editor_->shown();
    const auto found = shown.guidance.traces.find(own->id);
    return found == shown.guidance.traces.end() ? 0 : variant_id(own->id, found->second);
}

void TraceBook::reload() {
    entries_.clear();
    if (const Problem* own = reference()) {
        entries_.push_back({0, 0, 0, tr("Gold"), tr("reference trace"), own->steps});
        std::vector<Variant> variants;
        for (Variant& v : model_->session()->variants())
            if (static_cast<int>(v.problem) == problem() && !hidden_.contains({problem(), v.id})) variants.push_back(std::move(v));
        // Letters in the order of making; rows as a tree, so that a child stands under its parent.
        const auto add = [&](const auto& self, std::int64_t parent, int depth) -> void {
            for (std::size_t i = 0; i < variants.size(); ++i) {
                const Variant& v = variants[i];
                const bool orphan = parent == 0 && v.parent != 0 && std::none_of(variants.begin(), variants.end(), [&](const Variant& o) { return o.id == v.parent; });
                if (v.id == v.parent || (v.parent != parent && !orphan)) continue;
                const QString mark = i < 26 ? QString(QChar('A' + static_cast<int>(i))) : QString::number(i + 1);
                entries_.push_back({v.id, v.parent, depth, mark, QString::fromStdString(v.title), v.steps});
                if (depth < 64) self(self, v.id, depth + 1);
            }
        };
        add(add, 0, 1);
    }
    const auto known = currentOf_.find(problem());
    current_ = known != currentOf_.end() && entry(known->second) ? known->second : 0;
    const auto ratio = ratioOf_.find(problem());
    cut_ = static_cast<int>(std::ceil((ratio == ratioOf_.end() ? 0.5 : ratio->second) * static_cast<double>(current().steps.size()) - 1e-9));
    Q_EMIT changed();
}

void TraceBook::select(std::int64_t id) {
    if (!entry(id)) return;
    const double kept = ratio();
    current_ = currentOf_[problem()] = id;
    cut_ = static_cast<int>(std::lround(kept * static_cast<double>(current().steps.size())));
    Q_EMIT changed();
}

void TraceBook::setCut(int steps) {
    steps = std::clamp(steps, 0, static_cast<int>(current().steps.size()));
    if (steps == cut_) return;
    cut_ = steps;
    ratioOf_[problem()] = ratio();
    Q_EMIT cutChanged();
}

void TraceBook::setRatio(double ratio) { setCut(static_cast<int>(std::lround(ratio * static_cast<double>(current().steps.size())))); }

void TraceBook::showVariant(const Variant& variant, bool shown) {
    const std::pair key{static_cast<int>(variant.problem), variant.id};
    if (shown) {
        hidden_.erase(key);
        model_->session()->put_variant(variant);
    } else {
        hidden_.insert(key);
    }
    keepHidden();
}

void TraceBook::keepHidden() const {
    if (model_->session()->read_only()) return;
    QStringList keys;
    for (const auto& [problem, id] : hidden_) keys << QStringLiteral("%1/%2").arg(problem).arg(id);
    model_->session()->set_note(hiddenNote, keys.join(' ').toStdString());
}

void TraceBook::readHidden() {
    hidden_.clear();
    if (!model_->session()) return;
    for (const QString& key : QString::fromStdString(model_->session()->note(hiddenNote)).split(' ', Qt::SkipEmptyParts))
        hidden_.emplace(key.section('/', 0, 0).toInt(), key.section('/', 1).toLongLong());
}

void TraceBook::makeChild(std::vector<std::string> steps, const QString& title, const std::string& operation, double dose, std::int64_t seed) {
    const Problem* own = reference();
    if (!own || !model_->session()) return;
    if (steps == current().steps) return Q_EMIT refused(tr("That changes nothing: the trace is the same as before."));
    if (const auto reason = model_->session()->refuse_trace(static_cast<std::uint32_t>(problem()), steps))
        return Q_EMIT refused(QString::fromStdString(*reason));
    if (steps == own->steps) return select(0);
    Variant variant{variant_id(own->id, steps), static_cast<std::uint32_t>(problem()), current_, title.toStdString(), operation, dose, seed, std::move(steps)};
    if (entry(variant.id)) return select(variant.id);  // Made before.
    try {
        editor_->undoStack()->push(new VariantCommand(this, std::move(variant), current_));
    } catch (const UserError& error) {
        Q_EMIT refused(QString::fromUtf8(error.what()));
    }
}

void TraceBook::corrupt(const std::string& operation, double dose, std::int64_t seed) {
    if (!reference()) return;
    try {
        const CorruptedTrace trace = model_->session()->corrupted(static_cast<std::uint32_t>(problem()), current().steps, operation, dose, seed);
        const QString name = QString::fromStdString(find_corruption(operation).title).toLower();
        if (trace.steps == current().steps) throw UserError(tr("“%1” changes nothing in this trace.").arg(name).toStdString());
        makeChild(trace.steps, tr("%1, dose %2").arg(name, numberText(dose)), operation, dose, seed);
    } catch (const UserError& error) {
        Q_EMIT refused(QString::fromUtf8(error.what()));
    }
}

void TraceBook::setStep(int at, const QString& words) {
    auto steps = current().steps;
    if (at < 0 || static_cast<std::size_t>(at) >= steps.size()) return;
    std::string& step = steps[static_cast<std::size_t>(at)];
    step = typedStep(reference()->family, words) + lineEnd(step);
    makeChild(std::move(steps), tr("step %1 by hand").arg(at + 1));
}

void TraceBook::insertStep(int at, const QString& words) {
    auto steps = current().steps;
    if (!reference()) return;
    const auto place = std::clamp<std::ptrdiff_t>(at, 0, std::ssize(steps));
    const std::string end = steps.empty() ? std::string() : lineEnd(steps[static_cast<std::size_t>(std::max<std::ptrdiff_t>(place - 1, 0))]);
    steps.insert(steps.begin() + place, typedStep(reference()->family, words) + end);
    makeChild(std::move(steps), tr("step %1 put in").arg(at + 1));
}

void TraceBook::removeStep(int at) {
    auto steps = current().steps;
    if (at < 0 || at >= std::ssize(steps)) return;
    steps.erase(steps.begin() + at);
    makeChild(std::move(steps), tr("without step %1").arg(at + 1));
}

void TraceBook::moveStep(int from, int to) {
    auto steps = current().steps;
    if (from == to || from < 0 || to < 0 || from >= std::ssize(steps) || to >= std::ssize(steps)) return;
    std::string step = std::move(steps[static_cast<std::size_t>(from)]);
    steps.erase(steps.begin() + from);
    steps.insert(steps.begin() + to, std::move(step));
    makeChild(std::move(steps), tr("step %1 moved to %2").arg(from + 1).arg(to + 1));
}

QString TraceBook::whyNot(Scope scope) const {
    if (!reference()) return tr("No problem is selected.");
    if (model_->session()->read_only()) return tr("This run is open for reading only.");
    if (scope == Scope::problem) return {};
    for (const Variant& v : model_->session()->variants())
        if (static_cast<int>(v.problem) == problem() && v.id == current_)
            return v.parent != 0 || v.operation.empty() ? tr("Steps edited by hand belong to one problem: only a trace made by one operator from the reference trace can be made for others.") : QString();
    return tr("The reference trace is what every problem is trained with anyway.");
}

void TraceBook::train(Scope scope) {
    if (const QString reason = whyNot(scope); !reason.isEmpty()) return Q_EMIT refused(reason);
    if (scope == Scope::problem) {
        editor_->edit("guidance.traces." + reference()->id, current_ == 0 ? std::vector<std::string>{} : current().steps);
        return;
    }
    for (const Variant& v : model_->session()->variants()) {
        if (static_cast<int>(v.problem) != problem() || v.id != current_) continue;
        editor_->undoStack()->beginMacro(tr("train on “%1”").arg(QString::fromStdString(v.title)));
        editor_->edit("corruption.operator", v.operation);
        editor_->edit("corruption.dose", v.dose);
        editor_->edit("corruption.seed", v.seed);
        editor_->edit("corruption.tiers", scope == Scope::all ? std::vector<std::string>{} : std::vector<std::string>{reference()->tier});
        editor_->undoStack()->endMacro();
        return;
    }
}

void TraceBook::trainOwn() {
    if (reference()) editor_->edit("guidance.traces." + reference()->id, std::vector<std::string>{});
}

}  // namespace foothold::ui
