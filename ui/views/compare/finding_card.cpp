// SPDX-License-Identifier: GPL-3.0-or-later
// What may be said of the chosen arm.
#include "ui/views/compare/finding_card.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QPushButton>

#include "ui/models/comparison_model.h"
#include "ui/views/common/export_button.h"
#include "ui/views/compare/arm_style.h"
#include "ui/views/compare/difference_strip.h"

namespace foothold::ui {
namespace {

constexpr int moreSeeds = 5;

}  // namespace

FindingCard::FindingCard(ComparisonModel* model, QWidget* parent) : Card(QStringLiteral("findingCard"), parent), model_(model) {
    header()->addWidget(new Text(tr("Finding"), FontRole::cardTitle));
    header()->addStretch();
    header()->addWidget(tier_ = new QComboBox);
    tier_->setObjectName(QStringLiteral("findingTier"));
    tier_->setAccessibleName(tr("Held-out tier"));
    connect(tier_, &QComboBox::activated, model, [=, this](int index) { model->setTier(tier_->itemData(index).toString()); });
    tier_->setMinimumContentsLength(16);
    header()->addWidget(new ExportButton(QStringLiteral("finding"), [this] { return ExportSource{this, {words_}}; }));
    header()->setContentsMargins(12, 8, 12, 4);
    body()->setContentsMargins(12, 4, 12, 12);
    body()->setSpacing(10);
    body()->addWidget(words_ = new QWidget);
    auto* column = new QVBoxLayout(words_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(pair_ = new Text({}, FontRole::caption, ColorRole::text2));
    auto* line = new QHBoxLayout;
    line->addWidget(number_ = new Text({}, FontRole::headline));
    line->addWidget(interval_ = new Text({}, FontRole::cardTitle, ColorRole::text2));
    line->addStretch();
    column->addLayout(line);
    column->addWidget(strip_ = new DifferenceStrip);
    for (Text** part : {&sentence_, &limits_}) {
        *part = new Text({}, FontRole::body, part == &sentence_ ? ColorRole::text : ColorRole::text2);
        (*part)->setWordWrap(true);
        (*part)->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        column->addWidget(*part);
    }
    sentence_->setObjectName(QStringLiteral("findingSentence"));
    body()->addStretch();
    body()->addWidget(more_ = new QPushButton(tr("Run %1 more seeds of every arm").arg(moreSeeds)));
    more_->setObjectName(QStringLiteral("findingMore"));
    more_->setToolTip(tr("The same runs with other seeds: what differs between them is chance, and the interval says how much of it there is"));
    more_->setProperty("primary", true);
    connect(more_, &QPushButton::clicked, this, [this] { Q_EMIT moreAsked(moreSeeds); });
    body()->addWidget(copy_ = new QPushButton(tr("Copy sentence")));
    copy_->setObjectName(QStringLiteral("findingCopy"));
    copy_->setToolTip(tr("Number, sentence and limits go together"));
    connect(copy_, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(text()); });
    connect(model, &ComparisonModel::changed, this, &FindingCard::refresh);
}

QString FindingCard::text() const { return QStringLiteral("%1: %2 %3\n%4\n%5").arg(pair_->text(), number_->text(), interval_->text(), sentence_->text(), limits_->text()); }

void FindingCard::refresh() {
    const auto tiers = model_->result().tiers();
    if (static_cast<int>(tiers.size()) != tier_->count()) {
        tier_->clear();
        for (const std::string& tier : tiers) tier_->addItem(model_->tierName(tier), QString::fromStdString(tier));
    }
    tier_->setCurrentIndex(tier_->findData(model_->tier()));
    tier_->setEnabled(!tiers.empty());
    copy_->setEnabled(model_->isOpen());
    more_->hide();
    if (model_->plan().arms.size() < 2 || model_->result().cells.empty()) {
        pair_->setText(tr("A finding needs two arms."));
        strip_->hide();
        return;
    }
    const Finding finding = find_difference(model_->plan(), model_->result(), model_->chosen(), model_->baseline(), model_->measure());
    const Estimate& d = finding.difference;
    pair_->setText(tr("%1 minus %2, %3").arg(QString::fromStdString(finding.arm), QString::fromStdString(finding.baseline), model_->tierName(model_->tier().toStdString())));
    number_->setText(shareText(d.mean, true));
    interval_->setText(d.interval ? QStringLiteral("[%1, %2], ").arg(shareText(d.interval->first, true), shareText(d.interval->second, true)) + tr("seeds: %1").arg(d.n)
                                  : tr("seeds: %1").arg(d.n));
    strip_->show(finding, model_->chosen());
    more_->setVisible(d.n == 1 && model_->plan().seeds == 1 && !model_->running());
    sentence_->setText(QString::fromStdString(finding.sentence));
    QString limits = tr("What this does not show:");
    for (const std::string& limit : finding.limits) limits += QStringLiteral("\n•  ") + QString::fromStdString(limit);
    limits_->setText(limits);
}

}  // namespace foothold::ui
