// SPDX-License-Identifier: GPL-3.0-or-later
// Order and rows of a step's groups.
#include "ui/views/live/step_groups.h"

#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>
#include <tuple>

#include "ui/models/run_model.h"
#include "ui/selection/selection.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/live/map_cells.h"

namespace foothold::ui {
namespace {

constexpr int kRow = 24, kRows = 8, kSwatch = 12, kPad = 10;
enum Role { nameRole = Qt::UserRole, tierRole };

int rank(GroupState state) {
    switch (state) {
        case GroupState::all_wrong: return 0;
        case GroupState::lucky: return 1;
        case GroupState::rescued: return 2;
        case GroupState::mixed: return 3;
        case GroupState::all_right: return 4;
    }
    return 5;
}

class GroupDelegate : public QStyledItemDelegate {
   public:
    GroupDelegate(const StepGroups* card, QObject* parent) : QStyledItemDelegate(parent), card_(card) {}
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {180, kRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto row = static_cast<std::size_t>(index.row());
        if (row >= card_->groups().size()) return;
        const GroupSummary& group = card_->groups()[row];
        const Theme& theme = Theme::instance();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.color(ColorRole::accentSoft));
        else if (option.state & QStyle::State_MouseOver)
            painter->fillRect(option.rect, theme.color(ColorRole::sunken));
        const QRect line = option.rect.adjusted(kPad, 0, -kPad, 0);
        MapCells::paint(*painter, QRectF(line.left(), line.center().y() - kSwatch / 2. + 1, kSwatch, kSwatch), group);
        painter->setFont(theme.font(FontRole::body));
        painter->setPen(theme.color(ColorRole::text));
        painter->drawText(line.adjusted(kSwatch + 8, 0, 0, 0), Qt::AlignVCenter, index.data(nameRole).toString());
        painter->setFont(theme.font(FontRole::caption));
        painter->setPen(theme.color(ColorRole::text2));
        const QRect words = line.adjusted(kSwatch + 8 + 44, 0, -26, 0);
        painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(groupWords(group), Qt::ElideRight, words.width()));
        painter->setPen(theme.color(ColorRole::text3));
        painter->drawText(line, Qt::AlignVCenter | Qt::AlignRight, index.data(tierRole).toString());
        painter->restore();
    }

   private:
    const StepGroups* card_;
};

}  // namespace

std::vector<GroupSummary> worstFirst(const RunModel& model, qint64 step) {
    if (step < 0 || step > model.lastStep()) return {};
    std::vector<GroupSummary> groups = model.steps()[static_cast<std::size_t>(step)]->groups;
    std::erase_if(groups, [&](const GroupSummary& g) { return g.problem >= model.rows().size(); });
    std::stable_sort(groups.begin(), groups.end(), [&](const GroupSummary& a, const GroupSummary& b) {
        const auto key = [&](const GroupSummary& g) { return std::tuple(rank(g.state()), g.correct, -model.tierOf(static_cast<int>(g.problem)), g.problem); };
        return key(a) < key(b);
    });
    return groups;
}

StepGroups::StepGroups(RunModel* model, Selection* selection, QWidget* parent) : Card(QStringLiteral("step-groups"), parent), model_(model), selection_(selection) {
    title_ = new Text({}, FontRole::cardTitle);
    title_->setObjectName(QStringLiteral("step-groups.title"));
    title_->setFixedHeight(36);
    header()->addWidget(title_);
    header()->addStretch();
    list_ = new QListWidget;
    header()->addWidget(new ExportButton(QStringLiteral("step-groups"), [this] { return ExportSource{this, {list_->viewport()}}; }));
    auto* close = iconButton(QStringLiteral("cross"), tr("Close the list of groups"), QStringLiteral("step-groups.close"));
    connect(close, &QToolButton::clicked, this, &StepGroups::closeAsked);
    header()->addWidget(close);
    note_ = new Text({}, FontRole::caption, ColorRole::text3);
    note_->setObjectName(QStringLiteral("step-groups.note"));
    note_->setContentsMargins(Theme::padding, 0, Theme::padding, 4);
    note_->setElided(true);
    body()->addWidget(note_);
    body()->addWidget(rule());
    list_->setObjectName(QStringLiteral("step-groups.list"));
    list_->setFrameShape(QFrame::NoFrame);
    list_->setMouseTracking(true);
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setItemDelegate(new GroupDelegate(this, list_));
    list_->setAccessibleName(tr("Groups of the step, the worst first"));
    list_->setFixedHeight(kRow * kRows + 2);
    body()->addWidget(list_);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connect(list_, &QListWidget::currentRowChanged, this, [this](int row) {
        if (!filling_ && row >= 0 && static_cast<std::size_t>(row) < groups_.size()) selection_->setProblem(static_cast<int>(groups_[static_cast<std::size_t>(row)].problem));
    });
    connect(list_, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) {
        const auto row = static_cast<std::size_t>(list_->row(item));
        if (row < groups_.size()) Q_EMIT inspectAsked(static_cast<int>(groups_[row].problem));
    });
    connect(selection_, &Selection::stepChanged, this, &StepGroups::refresh);
    connect(selection_, &Selection::problemChanged, this, &StepGroups::showProblem);
    connect(model_, &RunModel::stepsArrived, this, &StepGroups::refresh);
    connect(model_, &RunModel::runChanged, this, &StepGroups::refresh);
    connect(&Theme::instance(), &Theme::changed, list_->viewport(), qOverload<>(&QWidget::update));
}

void StepGroups::showEvent(QShowEvent*) { refresh(); }

void StepGroups::refresh() {
    if (!isVisible()) return;
    const qint64 step = std::min(selection_->step(), model_->lastStep());
    std::vector<GroupSummary> groups = worstFirst(*model_, step);
    if (step == step_ && groups == groups_) return;
    step_ = step;
    groups_ = std::move(groups);
    filling_ = true;
    list_->clear();
    int wrong = 0, gradient = 0;
    for (const GroupSummary& group : groups_) {
        const int problem = static_cast<int>(group.problem);
        auto* item = new QListWidgetItem(list_);
        item->setData(nameRole, model_->problemName(problem));
        item->setData(tierRole, tierShort(model_->tierOf(problem)));
        QString words = groupWords(group);
        if (const QString before = beforeWords(group); !before.isEmpty()) words += QStringLiteral(", ") + before;
        item->setToolTip(tr("%1: %2. %3 Double click opens it in Inspect.").arg(model_->problemName(problem), words, group.has_gradient() ? tr("It gives a gradient.") : tr("It gives no gradient.")));
        item->setData(Qt::AccessibleTextRole, tr("%1, %2, %3").arg(model_->problemName(problem), tierShort(model_->tierOf(problem)), words));
        wrong += group.state() == GroupState::all_wrong;
        gradient += group.has_gradient();
    }
    filling_ = false;
    title_->setText(exportTitle());
    note_->setText(step < 1          ? tr("Training begins with step 1.")
                   : groups_.empty() ? tr("No groups are known of this step.")
                                     : tr("%1 groups, %2 all wrong, %3 with a gradient; worst first").arg(groups_.size()).arg(wrong).arg(gradient));
    list_->setAccessibleDescription(note_->text());
    showProblem();
}

void StepGroups::showProblem() {
    const auto at = std::find_if(groups_.begin(), groups_.end(), [this](const GroupSummary& g) { return static_cast<int>(g.problem) == selection_->problem(); });
    filling_ = true;
    list_->setCurrentRow(at == groups_.end() ? -1 : static_cast<int>(at - groups_.begin()));
    filling_ = false;
}

QString StepGroups::exportTitle() const { return tr("Groups of step %1").arg(std::max<qint64>(0, step_)); }

ShownTable StepGroups::shownTable() const {
    ShownTable table{{QStringLiteral("step"), QStringLiteral("problem"), QStringLiteral("id"), QStringLiteral("tier"), QStringLiteral("state"), QStringLiteral("hint_ratio"),
                      QStringLiteral("right"), QStringLiteral("attempts"), QStringLiteral("right_without_hint"), QStringLiteral("sound"), QStringLiteral("gradient")},
                     {}};
    for (const GroupSummary& g : groups_) {
        const Problem& problem = model_->info().problems[g.problem];
        table.rows.push_back({QString::number(step_), model_->problemName(static_cast<int>(g.problem)), QString::fromStdString(problem.id), QString::fromStdString(problem.tier),
                              QString::fromLatin1(to_string(g.state())), csvNumber(g.hint_ratio), QString::number(g.correct), QString::number(g.attempts),
                              g.correct_before == GroupSummary::no_plain_round ? QString() : QString::number(g.correct_before), QString::number(g.sound),
                              QString::number(g.has_gradient() ? 1 : 0)});
    }
    return table;
}

}  // namespace foothold::ui
