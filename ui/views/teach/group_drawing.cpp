// SPDX-License-Identifier: GPL-3.0-or-later
// Finding, reading and painting the groups of a lesson's drawing.
#include "ui/views/teach/group_drawing.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "tasks/hint.h"
#include "ui/models/run_model.h"
#include "ui/theme/icons.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/common/trace_text.h"
#include "ui/views/live/map_states.h"
#include "ui/views/teach/lesson_text.h"

namespace foothold::ui {
namespace {

constexpr int pad = 14, gap = 10, chip = 26, labelWidth = 100, lineHeight = 19;

QColor color(ColorRole role) { return Theme::instance().color(role); }

/// A written solution, line by line, with the line that is wrong first.
struct Written {
    QStringList lines;
    QString answer;
    int wrong = -1;
};

Written written(const Problem& problem, const Attempt& attempt) {
    const ShownTrace trace = readTrace(problem.family, attempt.completion);
    int wrong = attempt.first_wrong_step;
    if (problem.family == "doors" && wrong >= 0) {  // Counted in words there: the line that holds it.
        int words = 0, line = 0;
        while (line < trace.steps.size() && (words += static_cast<int>(trace.steps[line].count(' ')) + 1) <= wrong) ++line;
        wrong = line;
    }
    return {trace.steps, trace.answer, wrong};
}

/// The lines of an attempt's hint, and of as much of the problem's own solution.
QStringList givenLines(const Problem& problem, const Attempt& attempt) { return readTrace(problem.family, attempt.hint).steps; }
QStringList ownLines(const Problem& problem, const Attempt& attempt) { return readTrace(problem.family, cut_hint(problem.steps, attempt.hint_ratio, false).text).steps; }

}  // namespace

std::vector<const Attempt*> attemptsOfRound(const std::vector<Attempt>& attempts, int round) {
    std::vector<const Attempt*> found;
    for (const Attempt& attempt : attempts)
        if (attempt.round == round) found.push_back(&attempt);
    return found;
}

int roundCount(const std::vector<Attempt>& attempts) {
    int count = 0;
    for (const Attempt& attempt : attempts) count = std::max(count, attempt.round + 1);
    return count;
}

QString hintWords(double ratio) {
    if (ratio <= 0) return GroupDrawing::tr("no hint");
    if (std::abs(ratio - .25) < .01) return GroupDrawing::tr("a quarter given");
    if (std::abs(ratio - .5) < .01) return GroupDrawing::tr("half given");
    if (std::abs(ratio - .75) < .01) return GroupDrawing::tr("¾ given");
    return GroupDrawing::tr("%1 given").arg(shareText(ratio));
}

GroupDrawing::GroupDrawing(RunModel* model, QWidget* parent) : QWidget(parent), model_(model) {
    setObjectName(QStringLiteral("lesson.drawing"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    retry_.setSingleShot(true);
    retry_.setInterval(250);
    connect(&retry_, &QTimer::timeout, this, &GroupDrawing::refresh);
    connect(model_, &RunModel::stepsArrived, this, &GroupDrawing::refresh);
    connect(model_, &RunModel::runChanged, this, [this] { setDrawing(drawing_); });
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void GroupDrawing::setDrawing(const std::optional<LessonDrawing>& drawing) {
    drawing_ = drawing;
    boxes_.clear();
    retries_ = 0;
    setVisible(drawing_.has_value());
    if (drawing_) {
        boxes_.resize(drawing_->kind == LessonDrawing::Kind::advantages ? 2 : 1);
        refresh();
    }
    describe();
}

bool GroupDrawing::fits(const GroupSummary& group, int box) const {
    if (!drawing_->tiers.empty()) {
        const std::string& tier = model_->info().problems[group.problem].tier;
        if (std::find(drawing_->tiers.begin(), drawing_->tiers.end(), tier) == drawing_->tiers.end()) return false;
    }
    switch (drawing_->kind) {
        case LessonDrawing::Kind::traces: return group.correct > 0 && group.correct < group.attempts && group.hint_ratio <= 0;
        case LessonDrawing::Kind::advantages: return box == 0 ? group.has_gradient() && group.hint_ratio <= 0 : group.correct == 0;
        case LessonDrawing::Kind::rounds: return group.rounds > 1 && group.correct > 0;
        case LessonDrawing::Kind::lucky: return group.correct > group.sound;
        case LessonDrawing::Kind::hint: return group.hint_ratio > 0;
    }
    return false;
}

std::optional<GroupDrawing::Box> GroupDrawing::find(int box) const {
    // The most even group of the newest step that has one: there both kinds of attempts can be seen.
    const auto uneven = [](const GroupSummary& group) { return std::abs(2 * group.correct - group.attempts); };
    for (qint64 step = model_->lastStep(); step >= drawing_->from; --step) {
        std::optional<Box> best;
        for (const GroupSummary& group : model_->steps()[static_cast<std::size_t>(step)]->groups)
            if (group.problem < model_->info().problems.size() && fits(group, box) && (!best || uneven(group) < uneven(best->group))) best = Box{step, group, {}};
        if (best) return best;
    }
    return std::nullopt;
}

void GroupDrawing::refresh() {
    if (!drawing_) return;
    // One after the other: a newer question to the reader replaces an open one.
    for (int box = 0; box < static_cast<int>(boxes_.size()); ++box)
        if (boxes_[static_cast<std::size_t>(box)].attempts.empty() && read(box)) return;
}

bool GroupDrawing::read(int box) {
    const std::optional<Box> found = find(box);
    if (!found) return false;
    AttemptQuery query;
    query.step = found->step;
    query.problem = found->group.problem;
    query.occurrence = found->group.occurrence;
    query.origin = Origin::train;
    query.tokens = false;
    model_->readAttempts(query, this, [this, box, made = *found, wanted = drawing_->kind](std::vector<Attempt> attempts) {
        if (!drawing_ || drawing_->kind != wanted || box >= static_cast<int>(boxes_.size())) return;
        if (attempts.empty()) {  // Not stored yet.
            if (++retries_ < 40) retry_.start();
            return;
        }
        Box& mine = boxes_[static_cast<std::size_t>(box)];
        if (!mine.attempts.empty()) return;
        mine = made;
        mine.attempts = std::move(attempts);
        describe();
        refresh();
    });
    return true;
}

void GroupDrawing::describe() {
    QStringList parts;
    for (const Box& box : boxes_)
        parts << (box.attempts.empty() ? tr("This run has no such group yet.")
                                       : tr("%1 at step %2: %3.").arg(model_->problemName(static_cast<int>(box.group.problem))).arg(box.step).arg(groupWords(box.group)));
    setAccessibleName(tr("Drawing of real groups"));
    setAccessibleDescription(parts.join(' '));
    setFixedHeight(sizeHint().height());
    updateGeometry();
    update();
}

int GroupDrawing::boxHeight(const Box& box) const {
    if (box.attempts.empty()) return 44;
    const Problem& problem = model_->info().problems[box.group.problem];
    const int head = pad + 22;
    switch (drawing_->kind) {
        case LessonDrawing::Kind::advantages: return head + chip + 44 + 8;
        case LessonDrawing::Kind::rounds: return head + roundCount(box.attempts) * (chip + 6) + 44 + 6;
        case LessonDrawing::Kind::hint: return head + 22 + (1 + static_cast<int>(std::max(givenLines(problem, box.attempts.back()).size(), ownLines(problem, box.attempts.back()).size()))) * lineHeight + pad;
        case LessonDrawing::Kind::traces:
        case LessonDrawing::Kind::lucky: {
            qsizetype lines = 1;
            for (const Attempt& attempt : box.attempts)
                if (attempt.round == box.group.rounds - 1) lines = std::max(lines, written(problem, attempt).lines.size());
            const bool two = drawing_->kind == LessonDrawing::Kind::lucky;
            return head + 22 + static_cast<int>(two ? (lines + 1) / 2 : lines + 1) * lineHeight + 22 + pad;  // Beside a wrong answer stands the right one.
        }
    }
    return 0;
}

QSize GroupDrawing::sizeHint() const {
    int height = 0;
    for (const Box& box : boxes_) height += boxHeight(box) + gap;
    return {380, std::max(0, height - gap)};
}

void GroupDrawing::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    double y = 0;
    for (const Box& box : boxes_) {
        const QRectF rect(.5, y + .5, width() - 1., boxHeight(box) - 1.);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(color(ColorRole::border), 1));
        painter.setBrush(color(ColorRole::sunken));
        painter.drawRoundedRect(rect, 6, 6);
        if (box.attempts.empty()) {
            painter.setPen(color(ColorRole::text2));
            painter.setFont(lessonFont(13));
            painter.drawText(rect.adjusted(pad, 0, -pad, 0), Qt::AlignVCenter, model_->lastStep() < 1 ? tr("Drawn once the first step is trained") : tr("This run has no such group yet"));
        } else if (drawing_->kind == LessonDrawing::Kind::traces || drawing_->kind == LessonDrawing::Kind::lucky) {
            paintTraces(painter, rect, box);
        } else if (drawing_->kind == LessonDrawing::Kind::hint) {
            paintHint(painter, rect, box);
        } else {
            paintBox(painter, rect, box);
        }
        y += boxHeight(box) + gap;
    }
}

void GroupDrawing::paintChips(QPainter& painter, double y, double width, const std::vector<const Attempt*>& attempts) const {
    const double pitch = std::min(36., (width - labelWidth - 2 * pad) / std::max<double>(1, static_cast<double>(attempts.size())));
    double x = pad + labelWidth;
    for (const Attempt* attempt : attempts) {
        const bool right = attempt->verdict == Verdict::correct;
        const QRectF box(x, y, std::min<double>(chip, pitch - 3), chip);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(right ? color(ColorRole::good) : color(ColorRole::borderStrong), 1.2));
        painter.setBrush(right ? color(ColorRole::allRight) : color(ColorRole::surface));
        painter.drawRoundedRect(box, 4, 4);
        const double side = std::min(14., box.width() - 4);
        paintIcon(painter, right ? QStringLiteral("check") : QStringLiteral("cross"), QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side), right ? color(ColorRole::good) : color(ColorRole::text2));
        x += pitch;
    }
}

void GroupDrawing::paintAdvantages(QPainter& painter, double y, double width, const std::vector<const Attempt*>& attempts) const {
    const double pitch = std::min(36., (width - labelWidth - 2 * pad) / std::max<double>(1, static_cast<double>(attempts.size())));
    double most = 0;
    for (const Attempt* attempt : attempts) most = std::max(most, std::abs(attempt->advantage));
    const double middle = y + 20;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(color(ColorRole::borderStrong), 1));
    painter.drawLine(QPointF(pad + labelWidth, middle), QPointF(pad + labelWidth + pitch * static_cast<double>(attempts.size()) - 6, middle));
    double x = pad + labelWidth;
    painter.setFont(lessonFont(11));
    for (const Attempt* attempt : attempts) {
        if (most == 0) {
            painter.setPen(color(ColorRole::text2));
            painter.drawText(QRectF(x, middle - 18, chip, 16), Qt::AlignCenter, QStringLiteral("0"));
        } else {
            const double height = attempt->advantage / most * 17;
            painter.fillRect(QRectF(x + 4, std::min(middle, middle - height), chip - 8, std::max(1., std::abs(height))), attempt->advantage > 0 ? color(ColorRole::accent) : color(ColorRole::allWrong));
        }
        x += pitch;
    }
}

void GroupDrawing::paintBox(QPainter& painter, const QRectF& rect, const Box& box) const {
    painter.save();
    painter.translate(rect.topLeft());
    const bool direction = box.group.has_gradient();
    painter.setPen(color(ColorRole::text));
    painter.setFont(lessonFont(13, QFont::DemiBold));
    const QRectF head(pad, pad - 4, rect.width() - 2 * pad, 20);
    const QString where = tr("%1, step %2").arg(model_->problemName(static_cast<int>(box.group.problem))).arg(box.step);
    const QString title = drawing_->kind == LessonDrawing::Kind::rounds ? tr("One problem in one step") : box.group.correct == 0 ? tr("All wrong") : tr("Some right, some wrong");
    painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title);
    const double after = pad + painter.fontMetrics().horizontalAdvance(title) + 10;
    painter.setFont(lessonFont(12));
    painter.setPen(color(ColorRole::text3));
    painter.drawText(QRectF(after, head.top(), rect.width(), 20), Qt::AlignVCenter, where);
    painter.setPen(direction ? color(ColorRole::good) : color(ColorRole::bad));
    painter.setFont(lessonFont(13));
    painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, direction ? tr("clear direction") : tr("no direction"));
    double y = pad + 22;
    const int rounds = roundCount(box.attempts), first = drawing_->kind == LessonDrawing::Kind::rounds ? 0 : rounds - 1;
    for (int round = first; round < rounds; ++round) {
        const auto attempts = attemptsOfRound(box.attempts, round);
        if (attempts.empty()) continue;
        painter.setPen(color(ColorRole::text2));
        painter.setFont(lessonFont(12));
        painter.drawText(QRectF(pad, y, labelWidth, chip), Qt::AlignVCenter, drawing_->kind == LessonDrawing::Kind::rounds ? hintWords(attempts.front()->hint_ratio) : tr("reward"));
        paintChips(painter, y, rect.width(), attempts);
        y += chip + 6;
    }
    painter.setPen(color(ColorRole::text2));
    painter.setFont(lessonFont(12));
    painter.drawText(QRectF(pad, y, labelWidth, 40), Qt::AlignVCenter, tr("advantage"));
    paintAdvantages(painter, y, rect.width(), attemptsOfRound(box.attempts, rounds - 1));
    painter.restore();
}

void GroupDrawing::paintHead(QPainter& painter, const QRectF& rect, const Box& box, const QString& title) const {
    const Problem& problem = model_->info().problems[box.group.problem];
    painter.setPen(color(ColorRole::text));
    painter.setFont(lessonFont(13, QFont::DemiBold));
    painter.drawText(QRectF(pad, pad - 4, rect.width(), 20), Qt::AlignVCenter, title);
    const double after = pad + painter.fontMetrics().horizontalAdvance(title) + 10;
    painter.setFont(lessonFont(12));
    painter.setPen(color(ColorRole::text3));
    painter.drawText(QRectF(after, pad - 4, rect.width(), 20), Qt::AlignVCenter, tr("%1, step %2").arg(model_->problemName(static_cast<int>(box.group.problem))).arg(box.step));
    QFont mono = Theme::instance().font(FontRole::mono);
    mono.setPixelSize(12);
    painter.setFont(mono);
    painter.setPen(color(ColorRole::text2));
    painter.drawText(QRectF(pad, pad + 18, rect.width() - 2 * pad, 20), Qt::AlignVCenter, painter.fontMetrics().elidedText(shownText(problem.family, problem.prompt), Qt::ElideRight, static_cast<int>(rect.width()) - 2 * pad));
}

void GroupDrawing::paintHint(QPainter& painter, const QRectF& rect, const Box& box) const {
    const Problem& problem = model_->info().problems[box.group.problem];
    const Attempt& attempt = box.attempts.back();
    painter.save();
    painter.translate(rect.topLeft());
    paintHead(painter, rect, box, tr("What was given"));
    const double half = (rect.width() - 2 * pad) / 2, top = pad + 22 + 20;
    const QStringList own = ownLines(problem, attempt), given = givenLines(problem, attempt);
    const auto column = [&](const QString& head, const QStringList& lines, double x, int wrong) {
        painter.setPen(color(ColorRole::text2));
        painter.drawText(QRectF(x, top, half - 8, lineHeight), Qt::AlignVCenter, head);
        for (qsizetype k = 0; k < lines.size(); ++k) {
            const double y = top + static_cast<double>(k + 1) * lineHeight;
            painter.setPen(k == wrong ? color(ColorRole::bad) : color(ColorRole::text));
            painter.drawText(QRectF(x + 18, y, half - 20, lineHeight), Qt::AlignVCenter, lines[k]);
            if (k == wrong) paintIcon(painter, QStringLiteral("cross"), QRectF(x, y + 3, 13, 13), color(ColorRole::bad));
        }
    };
    column(tr("its own solution"), own, pad, -1);
    column(tr("the hint"), given, pad + half, attempt.first_wrong_step);
    painter.restore();
}

void GroupDrawing::paintTraces(QPainter& painter, const QRectF& rect, const Box& box) const {
    const Problem& problem = model_->info().problems[box.group.problem];
    const bool lucky = drawing_->kind == LessonDrawing::Kind::lucky;
    painter.save();
    painter.translate(rect.topLeft());
    paintHead(painter, rect, box, lucky ? tr("Right by luck") : tr("One problem, two attempts"));
    std::vector<const Attempt*> shown;
    const auto attempts = attemptsOfRound(box.attempts, roundCount(box.attempts) - 1);
    const auto take = [&](auto&& wanted) {
        const auto found = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt* a) { return wanted(*a); });
        if (found != attempts.end()) shown.push_back(*found);
    };
    if (lucky) {
        take([](const Attempt& a) { return a.verdict == Verdict::correct && a.soundness == Soundness::lucky; });
    } else {
        take([](const Attempt& a) { return a.verdict == Verdict::correct; });
        take([](const Attempt& a) { return a.verdict != Verdict::correct; });
    }
    const double half = (rect.width() - 2 * pad) / 2;
    const auto line = [&](const QString& text, bool wrong, double x, double y) {
        painter.setPen(wrong ? color(ColorRole::bad) : color(ColorRole::text));
        painter.drawText(QRectF(x + 18, y, half - 20, lineHeight), Qt::AlignVCenter, text);
        if (wrong) paintIcon(painter, QStringLiteral("cross"), QRectF(x, y + 3, 13, 13), color(ColorRole::bad));
    };
    // Some models answer at once, as they were taught: only where one can show its work is none worth a word.
    const bool worked = lucky || std::any_of(shown.begin(), shown.end(), [&](const Attempt* a) { return !written(problem, *a).lines.isEmpty(); });
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const Written w = written(problem, *shown[i]);
        const bool right = shown[i]->verdict == Verdict::correct;
        const int hinted = stepsIn(problem, shown[i]->hint);
        const qsizetype perColumn = lucky ? (w.lines.size() + 1) / 2 : w.lines.size();
        const double top = pad + 22 + 20;
        double lowest = top;
        for (qsizetype k = 0; k < w.lines.size(); ++k) {
            const double x = pad + (lucky ? (k >= perColumn ? half : 0) : half * static_cast<double>(i));
            const double y = top + static_cast<double>(lucky && k >= perColumn ? k - perColumn : k) * lineHeight;
            line(w.lines[k], w.wrong == hinted + static_cast<int>(k), x, y);
            lowest = std::max(lowest, y + lineHeight);
        }
        const double x = pad + (lucky ? 0 : half * static_cast<double>(i));
        if (w.lines.isEmpty() && worked) {
            painter.setPen(color(ColorRole::bad));
            QRectF drawn;
            painter.drawText(QRectF(x, lowest, (lucky ? 2 : 1) * half - 8, 3 * lineHeight), Qt::AlignTop | Qt::TextWordWrap, tr("no work at all, straight to the answer"), &drawn);
            lowest = std::max(lowest + lineHeight, drawn.bottom());
        }
        paintIcon(painter, right ? QStringLiteral("check") : QStringLiteral("cross"), QRectF(x, lowest + 6, 14, 14), right ? color(ColorRole::good) : color(ColorRole::bad));
        painter.setPen(right ? color(ColorRole::good) : color(ColorRole::bad));
        QString answer = w.answer.isEmpty() ? tr("no answer") : tr("answer %1").arg(w.answer);
        if (lucky) answer = tr("%1: rewarded, though a line is wrong").arg(answer);
        const double room = lucky ? rect.width() - 2 * pad - 18 : half - 20;
        const auto row = [&](const QString& text, double y) { painter.drawText(QRectF(x + 18, y, room, 20), Qt::AlignVCenter, painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(room))); };
        row(answer, lowest + 3);
        if (right) continue;
        painter.setPen(color(ColorRole::text2));
        row(tr("right: %1").arg(shownText(problem.family, problem.answer)), lowest + 3 + lineHeight);
    }
    painter.restore();
}

}  // namespace foothold::ui
