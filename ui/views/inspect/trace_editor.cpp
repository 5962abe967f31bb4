// SPDX-License-Identifier: GPL-3.0-or-later
// The trace editor.
#include "ui/views/inspect/trace_editor.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QSpinBox>
#include <QTreeWidget>
#include <cmath>
#include <utility>

#include "tasks/corruption.h"
#include "ui/models/run_model.h"
#include "ui/models/value_text.h"
#include "ui/views/common/export_button.h"
#include "ui/views/common/tier_labels.h"
#include "ui/views/inspect/trace_chips.h"
#include "ui/views/common/trace_text.h"

namespace foothold::ui {
namespace {

constexpr int sliderSteps = 1000, variantsWidth = 236;

}  // namespace

TraceEditor::TraceEditor(RunModel* model, TraceBook* book, QWidget* parent) : Card(QStringLiteral("trace-editor"), parent), model_(model), book_(book) {
    title_ = new Text(QString(), FontRole::cardTitle);
    title_->setFixedHeight(36);
    tier_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    header()->addWidget(title_);
    header()->addSpacing(8);
    header()->addWidget(tier_);
    header()->addStretch();
    headerActions_ = new QHBoxLayout;
    header()->addLayout(headerActions_);
    probe_ = new QPushButton;
    probe_->setObjectName(QStringLiteral("trace.probe"));
    probe_->setToolTip(tr("Samples one group with this trace at this cut, without training on it"));
    connect(probe_, &QPushButton::clicked, this, &TraceEditor::probeAsked);
    header()->addWidget(probe_);
    train_ = new QPushButton;
    train_->setObjectName(QStringLiteral("trace.train"));
    train_->setProperty("primary", true);
    auto* scope = iconButton(QStringLiteral("chevron-down"), tr("Train its tier or all problems, or go back to the reference trace"), QStringLiteral("trace.scope"));
    scope->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(scope);
    trainProblem_ = menu->addAction(tr("For this problem"), this, [this] { book_->train(TraceBook::Scope::problem); });
    trainTier_ = menu->addAction(tr("For its tier"), this, [this] { book_->train(TraceBook::Scope::tier); });
    trainAll_ = menu->addAction(tr("For all problems"), this, [this] { book_->train(TraceBook::Scope::all); });
    menu->addSeparator();
    trainOwn_ = menu->addAction(tr("Back to the reference trace"), this, [this] { book_->trainOwn(); });
    menu->setToolTipsVisible(true);
    scope->setMenu(menu);
    connect(train_, &QPushButton::clicked, this, [this] { book_->train(TraceBook::Scope::problem); });
    header()->addWidget(train_);
    header()->addWidget(scope);
    header()->addWidget(new ExportButton(QStringLiteral("trace"), [this] { return book_->problem() < 0 ? ExportSource{} : ExportSource{this, {chips_}}; }));

    body()->addWidget(rule());
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(makeVariants());
    row->addWidget(verticalRule());
    row->addWidget(makeTrace(), 1);
    body()->addLayout(row, 1);

    connect(book_, &TraceBook::changed, this, &TraceEditor::refresh);
    connect(book_, &TraceBook::cutChanged, this, &TraceEditor::refreshCut);
    connect(book_, &TraceBook::refused, this, [this](const QString& reason) {
        // Tokens that a refusal names are written as the chips write them.
        refusal_->setText(book_->reference() ? shownText(book_->reference()->family, reason.toStdString()) : reason);
        refusal_->show();
    });
    connect(model_, &RunModel::progressChanged, this, &TraceEditor::refreshTrain);
    refreshOperator();
    refresh();
}

void TraceEditor::setHeaderActions(const QList<QAction*>& actions) {
    for (QAction* action : actions) headerActions_->addWidget(iconButton(action));
}

QWidget* TraceEditor::makeVariants() {
    auto* side = new QWidget;
    side->setFixedWidth(variantsWidth);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(Theme::padding, 8, 8, 8);
    column->setSpacing(6);
    column->addWidget(new Text(tr("Variants"), FontRole::sectionTitle));
    tree_ = new QTreeWidget;
    tree_->setObjectName(QStringLiteral("trace-variants"));
    tree_->setAccessibleName(tr("Variants of the trace"));
    tree_->setColumnCount(1);
    tree_->setHeaderHidden(true);
    tree_->setIndentation(14);
    tree_->setRootIsDecorated(false);
    tree_->setFrameShape(QFrame::NoFrame);
    tree_->setItemsExpandable(false);
    tree_->setTextElideMode(Qt::ElideRight);
    connect(tree_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (item && !filling_) book_->select(item->data(0, Qt::UserRole).toLongLong());
    });
    column->addWidget(tree_, 1);
    state_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    state_->setWordWrap(true);
    column->addWidget(state_);
    return side;
}

QWidget* TraceEditor::makeTrace() {
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(Theme::padding, 8, Theme::padding, 8);
    column->setSpacing(6);
    auto* line = new QHBoxLayout;
    auto* label = new Text(tr("Prefix ratio: how much of the trace the model is given"), FontRole::body, ColorRole::text2);
    label->setElided(true);
    line->addWidget(label, 1);
    cutText_ = new Text(QString(), FontRole::sectionTitle);
    cutText_->setObjectName(QStringLiteral("trace.cut"));
    line->addWidget(cutText_);
    column->addLayout(line);
    slider_ = new QSlider(Qt::Horizontal);
    slider_->setObjectName(QStringLiteral("trace.ratio"));
    slider_->setAccessibleName(tr("Prefix ratio"));
    slider_->setRange(0, sliderSteps);
    slider_->setPageStep(sliderSteps / 4);
    connect(slider_, &QSlider::valueChanged, this, [this](int value) {
        if (!filling_) book_->setRatio(static_cast<double>(value) / sliderSteps);
    });
    connect(slider_, &QSlider::sliderReleased, this, &TraceEditor::refreshCut);  // It snaps to whole steps.
    column->addWidget(slider_);

    chips_ = new TraceChips;
    connect(chips_, &TraceChips::cutChosen, book_, &TraceBook::setCut);
    connect(chips_, &TraceChips::stepEdited, book_, &TraceBook::setStep);
    connect(chips_, &TraceChips::stepInserted, book_, &TraceBook::insertStep);
    connect(chips_, &TraceChips::stepRemoved, book_, &TraceBook::removeStep);
    connect(chips_, &TraceChips::stepMoved, book_, &TraceBook::moveStep);
    auto* scroll = new QScrollArea;
    scroll->setFocusPolicy(Qt::NoFocus);  // It follows the chips.
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(chips_);
    scroll->viewport()->setAutoFillBackground(false);
    chips_->setAutoFillBackground(false);
    column->addWidget(scroll, 1);
    refusal_ = new Text(QString(), FontRole::body, ColorRole::bad);
    refusal_->setObjectName(QStringLiteral("trace.refusal"));
    refusal_->setWordWrap(true);
    refusal_->hide();
    connect(chips_, &TraceChips::editEnded, refusal_, &QWidget::hide);
    column->addWidget(refusal_);
    column->addWidget(makePalette());
    return side;
}

QWidget* TraceEditor::makePalette() {
    auto* palette = new QWidget;
    auto* column = new QVBoxLayout(palette);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(new Text(tr("Corrupt"), FontRole::body, ColorRole::text2));
    operators_ = new QComboBox;
    operators_->setObjectName(QStringLiteral("trace.operator"));
    operators_->setAccessibleName(tr("Corruption"));
    for (const CorruptionOperator& op : corruption_operators())
        if (op.name != "none") operators_->addItem(QString::fromStdString(op.title), QString::fromStdString(op.name));
    connect(operators_, &QComboBox::currentIndexChanged, this, &TraceEditor::refreshOperator);
    row->addWidget(operators_, 1);
    apply_ = new QPushButton(tr("Make a variant"));
    apply_->setObjectName(QStringLiteral("trace.apply"));
    connect(apply_, &QPushButton::clicked, this, [this] { book_->corrupt(operators_->currentData().toString().toStdString(), dose_->value() / 20., seed_->value()); });
    row->addWidget(apply_);
    column->addLayout(row);
    row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(new Text(tr("Dose"), FontRole::body, ColorRole::text2));
    dose_ = new QSlider(Qt::Horizontal);
    dose_->setObjectName(QStringLiteral("trace.dose"));
    dose_->setAccessibleName(tr("Dose: share of the steps touched"));
    dose_->setRange(1, 20);
    dose_->setValue(20);
    dose_->setFixedWidth(84);
    doseText_ = new Text(QString(), FontRole::mono);
    doseText_->setFixedWidth(68);
    row->addWidget(dose_);
    row->addWidget(doseText_);
    row->addWidget(new Text(tr("Seed"), FontRole::body, ColorRole::text2));
    seed_ = new QSpinBox;
    seed_->setObjectName(QStringLiteral("trace.seed"));
    seed_->setAccessibleName(tr("Seed of the corruption"));
    seed_->setRange(0, 9999);
    seed_->setValue(1);
    row->addWidget(seed_);
    connect(dose_, &QSlider::valueChanged, this, &TraceEditor::refreshOperator);
    row->addStretch();
    column->addLayout(row);
    meaning_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    meaning_->setObjectName(QStringLiteral("trace.meaning"));
    meaning_->setWordWrap(true);
    column->addWidget(meaning_);
    return palette;
}

void TraceEditor::refreshOperator() {
    const CorruptionOperator& op = find_corruption(operators_->currentData().toString().toStdString());
    meaning_->setText(tr("%1 %2").arg(QString::fromStdString(op.meaning), op.keeps_state ? tr("The value revealed last still holds.") : tr("The value revealed last may be wrong.")));
    const auto steps = static_cast<double>(book_->current().steps.size());
    doseText_->setText(tr("%1 of %2").arg(std::lround(dose_->value() / 20. * steps)).arg(steps));
}

void TraceEditor::refresh() {
    filling_ = true;
    const Problem* own = book_->reference();
    setEnabled(own != nullptr);
    title_->setText(own ? tr("Trace of %1").arg(model_->problemName(book_->problem())) : tr("No problem is selected"));
    tier_->setText(own ? tr("%1 · %2").arg(tierShort(model_->tierOf(book_->problem())), tierWords(QString::fromStdString(own->tier))) : QString());
    refreshTree();
    std::vector<TraceChips::Step> steps;
    const std::string family = own ? own->family : std::string();
    if (own)
        for (const auto& [now, was] : alignSteps(book_->current().steps, own->steps)) steps.push_back({shownText(family, now), shownText(family, was)});
    chips_->setTrace(std::move(steps), book_->cut());
    refusal_->hide();
    filling_ = false;
    refreshCut();
    refreshTrain();
    refreshOperator();
}

void TraceEditor::refreshTree() {
    const std::int64_t trained = book_->trained();
    const auto& entries = book_->entries();
    QStringList rows;
    for (const TraceBook::Entry& e : entries) rows << tr("%1  %2%3").arg(e.mark, e.id == trained && trained != 0 ? tr("trained · ") : QString(), e.title);
    // A row that is clicked stays where it is: made anew, the rows would move under the mouse.
    if (std::exchange(rows_, rows) != rows || items_.size() != entries.size()) {
        tree_->clear();
        items_.clear();
        for (std::size_t at = 0; at < entries.size(); ++at) {
            auto* item = new QTreeWidgetItem;
            item->setText(0, rows[static_cast<int>(at)]);
            item->setToolTip(0, item->text(0));
            std::size_t parent = at;
            for (std::size_t i = 0; i < at; ++i)
                if (entries[i].id == entries[at].parent && entries[at].id != 0) parent = i;
            if (parent < at) items_[parent]->addChild(item);
            else tree_->addTopLevelItem(item);
            items_.push_back(item);
        }
        tree_->expandAll();
    }
    for (std::size_t at = 0; at < entries.size(); ++at) {
        items_[at]->setData(0, Qt::UserRole, static_cast<qlonglong>(entries[at].id));
        if (entries[at].id != book_->current().id) continue;
        tree_->setCurrentItem(items_[at]);
        tree_->scrollToItem(items_[at]);
    }
}

void TraceEditor::refreshCut() {
    filling_ = true;
    const auto& steps = book_->current().steps;
    std::size_t words = 0;
    for (int i = 0; i < book_->cut(); ++i) words += static_cast<std::size_t>(QString::fromStdString(steps[static_cast<std::size_t>(i)]).split(' ', Qt::SkipEmptyParts).size());
    const Problem* own = book_->reference();
    const QString length = own && is_text_family(own->family) ? tr("%1 words").arg(words) : tr("%1 tokens").arg(words);
    cutText_->setText(tr("%1 · %2 of %3 steps · %4").arg(numberText(book_->ratio())).arg(book_->cut()).arg(steps.size()).arg(length));
    if (!slider_->isSliderDown()) slider_->setValue(static_cast<int>(std::lround(book_->ratio() * sliderSteps)));
    chips_->setCut(book_->cut());
    if (own && book_->cut() > 0) {
        std::vector<std::string> given(steps.begin(), steps.begin() + book_->cut());
        const auto holds = model_->session()->state_holds(static_cast<std::uint32_t>(book_->problem()), given);
        state_->setText(!holds  ? tr("What is given at this cut reveals no value.")
                        : *holds ? tr("At this cut the value revealed last holds.")
                                 : tr("At this cut the value revealed last is wrong: state broken."));
        state_->setRole(holds.value_or(true) ? ColorRole::text3 : ColorRole::bad);
    } else {
        state_->setText(own ? tr("Nothing is given at this cut.") : QString());
        state_->setRole(ColorRole::text3);
    }
    filling_ = false;
}

void TraceEditor::refreshTrain() {
    const QString mark = book_->current().mark;
    probe_->setText(tr("Probe %1").arg(mark));
    const qint64 from = std::max<qint64>(0, model_->progress().step) + 1;
    train_->setText(tr("Train on %1 from %2").arg(mark).arg(from));
    const auto offer = [this](QAction* action, TraceBook::Scope scope) {
        const QString reason = book_->whyNot(scope);
        action->setEnabled(reason.isEmpty());
        action->setToolTip(reason);
    };
    offer(trainProblem_, TraceBook::Scope::problem);
    offer(trainTier_, TraceBook::Scope::tier);
    offer(trainAll_, TraceBook::Scope::all);
    train_->setEnabled(trainProblem_->isEnabled() && book_->trained() != book_->current().id);
    trainOwn_->setEnabled(book_->trained() != 0);
    probe_->setEnabled(model_->session() && !model_->session()->read_only());
}

}  // namespace foothold::ui
