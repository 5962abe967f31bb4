// SPDX-License-Identifier: GPL-3.0-or-later
// The chain of the objective and its two switches.
#include "ui/views/inspect/objective_explainer.h"

#include <QButtonGroup>
#include <QPainter>
#include <QPushButton>
#include <array>

#include "ui/theme/icons.h"
#include "ui/views/common/card.h"
#include "ui/views/inspect/explainer_stage.h"
#include "ui/views/inspect/explainer_words.h"

namespace foothold::ui {
namespace {

constexpr std::array kTypes = {LossType::Grpo, LossType::DrGrpo, LossType::Dapo, LossType::Bnpo};
constexpr std::array kScales = {RewardScale::Group, RewardScale::Batch, RewardScale::None};

QString nameOf(std::string_view name) { return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())); }

/// A labelled row of buttons of which one is down.
template <class Names>
QButtonGroup* switchRow(QVBoxLayout* column, const QString& label, const QString& name, const Names& names) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    auto* text = new Text(label, FontRole::body, ColorRole::text2);
    text->setFixedWidth(52);
    line->addWidget(text);
    auto* frame = new QFrame;
    frame->setProperty("segmented", true);
    auto* inside = new QHBoxLayout(frame);
    inside->setContentsMargins(2, 2, 2, 2);
    inside->setSpacing(0);
    auto* group = new QButtonGroup(frame);
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto* button = new QPushButton(nameOf(name_of(names[i])));
        button->setObjectName(name + '.' + nameOf(name_of(names[i])));
        button->setCheckable(true);
        button->setAutoDefault(false);
        button->setStyleSheet(QStringLiteral("QPushButton { padding: 0 10px; }"));
        group->addButton(button, static_cast<int>(i));
        inside->addWidget(button);
    }
    line->addWidget(frame);
    line->addStretch();
    column->addLayout(line);
    return group;
}

template <class Names, class Value>
void check(QButtonGroup* group, const Names& names, Value chosen, Value own) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        QAbstractButton* button = group->button(static_cast<int>(i));
        button->setChecked(names[i] == chosen);
        button->setText(nameOf(name_of(names[i])) + (names[i] == own ? QStringLiteral(" •") : QString()));
        button->setToolTip(names[i] == own ? ObjectiveExplainer::tr("The run's own setting") : ObjectiveExplainer::tr("Shows what would change; the run stays as it is"));
    }
}

}  // namespace

ObjectiveExplainer::ObjectiveExplainer(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("explainer"));
    setAccessibleName(tr("The objective for one token"));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    empty_ = new Text(tr("Click a token of an attempt: this shows, number by number, how its reward becomes a push on that token."), FontRole::body, ColorRole::text3);
    empty_->setObjectName(QStringLiteral("explainer.empty"));
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setContentsMargins(24, 24, 24, 24);
    all->addWidget(empty_);
    content_ = new QWidget;
    content_->setLayout(build());
    all->addWidget(content_);
    all->addStretch(1);
    connect(types_, &QButtonGroup::idClicked, this, [this](int id) {
        type_ = kTypes[static_cast<std::size_t>(id)];
        refresh();
    });
    connect(scales_, &QButtonGroup::idClicked, this, [this](int id) {
        scale_ = kScales[static_cast<std::size_t>(id)];
        refresh();
    });
    connect(back_, &QPushButton::clicked, this, &ObjectiveExplainer::backToRun);
    connect(&Theme::instance(), &Theme::changed, this, &ObjectiveExplainer::refresh);
    refresh();
}

QVBoxLayout* ObjectiveExplainer::build() {
    auto* column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    auto* chip = new QFrame;
    chip->setProperty("sunken", true);
    auto* inChip = new QHBoxLayout(chip);
    inChip->setContentsMargins(8, 3, 8, 3);
    word_ = new Text({}, FontRole::mono);
    word_->setObjectName(QStringLiteral("explainer.token"));
    inChip->addWidget(word_);
    head->addWidget(chip);
    place_ = new Text({}, FontRole::caption, ColorRole::text3);
    place_->setElided(true);
    head->addWidget(place_, 1);
    column->addLayout(head);
    column->addSpacing(10);
    types_ = switchRow(column, tr("Loss"), QStringLiteral("explainer.type"), kTypes);
    column->addSpacing(6);
    scales_ = switchRow(column, tr("Scale by"), QStringLiteral("explainer.scale"), kScales);
    column->addSpacing(10);
    column->addWidget(rule());
    column->addSpacing(4);
    auto* headings = new QHBoxLayout;
    headings->setSpacing(8);
    back_ = new QPushButton(tr("Back to the run's setting"));
    back_->setObjectName(QStringLiteral("explainer.back"));
    back_->setProperty("link", true);
    headings->addWidget(back_);
    headings->addStretch();
    const auto heading = [&](const char* name, ColorRole role) {
        auto* text = new Text({}, FontRole::caption, role);
        text->setObjectName(QLatin1String(name));
        text->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        text->setMinimumWidth(ExplainerStage::valueWidth);
        headings->addWidget(text);
        return text;
    };
    runHeading_ = heading("explainer.run-heading", ColorRole::text3);
    otherHeading_ = heading("explainer.other-heading", ColorRole::accent);
    column->addLayout(headings);
    column->addSpacing(2);

    const std::pair<const char*, QString> titles[stages] = {
        {"rewards", tr("Reward")},   {"spread", tr("Mean and spread")}, {"advantage", tr("Advantage")},
        {"probability", tr("Probability now")}, {"ratio", tr("Ratio")}, {"clip", tr("Clip")},
        {"weight", tr("Weight of a token")}, {"reference", tr("Pull to the reference")}, {"push", tr("Push: d loss / d log-prob")}};
    for (int i = 0; i < stages; ++i) {
        auto* stage = new ExplainerStage(QStringLiteral("explainer.") + titles[i].first, titles[i].second, i == push);
        stages_.push_back(stage);
        column->addWidget(stage);
    }
    column->addSpacing(6);
    auto* box = new QFrame;
    box->setProperty("sunken", true);
    auto* boxLine = new QHBoxLayout(box);
    boxLine->setContentsMargins(10, 9, 10, 9);
    boxLine->setSpacing(10);
    arrow_ = new QLabel;
    arrow_->setFixedSize(18, 18);
    boxLine->addWidget(arrow_, 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    verdict_ = new Text({}, FontRole::sectionTitle);
    verdict_->setObjectName(QStringLiteral("explainer.verdict"));
    verdict_->setWordWrap(true);
    reason_ = new Text({}, FontRole::caption, ColorRole::text2);
    reason_->setObjectName(QStringLiteral("explainer.reason"));
    reason_->setWordWrap(true);
    words->addWidget(verdict_);
    words->addWidget(reason_);
    boxLine->addLayout(words, 1);
    column->addWidget(box);
    return column;
}

void ObjectiveExplainer::setToken(std::optional<ExplainedToken> token, const QString& whyNot) {
    empty_->setText(!whyNot.isEmpty() ? whyNot : tr("Click a token of an attempt: this shows, number by number, how its reward becomes a push on that token."));
    token_ = std::move(token);
    refresh();
}

void ObjectiveExplainer::compareWith(LossType type, RewardScale scale) {
    type_ = type;
    scale_ = scale;
    refresh();
}

void ObjectiveExplainer::backToRun() {
    type_.reset();
    scale_.reset();
    refresh();
}

bool ObjectiveExplainer::compares() const {
    return token_ && (type_.value_or(token_->settings.type) != token_->settings.type || scale_.value_or(token_->scale) != token_->scale);
}

void ObjectiveExplainer::refresh() {
    content_->setVisible(token_.has_value());
    empty_->setVisible(!token_);
    if (!token_) return;
    const LossType type = type_.value_or(token_->settings.type);
    const RewardScale scale = scale_.value_or(token_->scale);
    check(types_, kTypes, type, token_->settings.type);
    check(scales_, kScales, scale, token_->scale);
    back_->setVisible(compares());
    runHeading_->setText(compares() ? tr("run") : tr("this run"));
    otherHeading_->setText(tr("what if"));
    otherHeading_->setVisible(compares());
    word_->setText(QString::fromStdString(token_->text));
    place_->setText(tr("attempt #%1, token %2 of %3").arg(token_->attempt + 1).arg(token_->token + 1).arg(token_->logprobs.size()));
    try {
        const TokenExplanation run = explain_token(*token_, token_->settings.type, token_->scale);
        if (compares()) {
            const TokenExplanation other = explain_token(*token_, type, scale);
            fill(run, &other);
        } else {
            fill(run, nullptr);
        }
    } catch (const std::exception& error) {  // The caller handed over numbers that do not fit: said where the person looks.
        content_->hide();
        empty_->show();
        empty_->setText(QString::fromUtf8(error.what()));
    }
}

void ObjectiveExplainer::fill(const TokenExplanation& run, const TokenExplanation* other) {
    const ExplainedToken& token = *token_;
    const LossType type = type_.value_or(token.settings.type);
    const RewardScale scale = scale_.value_or(token.scale);
    const auto set = [&](StageIndex at, auto value, auto formula) {
        stages_[at]->setValues(value(run, token.scale), other ? value(*other, scale) : QString());
        stages_[at]->setFormula(formula(run, token.settings.type, token.scale), other ? formula(*other, type, scale) : QString());
    };
    using Made = const TokenExplanation&;
    set(rewards, [&](Made m, RewardScale) { return threeDigits(m.rewards[token.attempt]); }, [&](Made m, LossType, RewardScale) { return rewardsFormula(token, m); });
    set(spread,
        [](Made m, RewardScale s) { return threeDigits(m.mean) + (s == RewardScale::None ? QString() : QStringLiteral(" ± ") + threeDigits(m.deviation)); },
        [&](Made m, LossType, RewardScale s) { return spreadFormula(token, m, s); });
    set(advantage, [](Made m, RewardScale) { return signedThreeDigits(m.advantage); }, [&](Made m, LossType, RewardScale s) { return advantageFormula(token, m, s); });
    set(probability, [](Made m, RewardScale) { return threeDigits(m.p); }, [&](Made m, LossType, RewardScale) { return probabilityFormula(token, m); });
    set(ratio, [](Made m, RewardScale) { return threeDigits(m.ratio); }, [&](Made m, LossType, RewardScale) { return ratioFormula(token, m); });
    set(clip, [](Made m, RewardScale) { return m.clip == Clip::none ? tr("free") : tr("clipped"); }, [&](Made m, LossType, RewardScale) { return clipFormula(token, m); });
    set(weight, [](Made m, RewardScale) { return threeDigits(m.weight); }, [&](Made m, LossType t, RewardScale) { return weightFormula(m, t); });
    set(reference, [](Made m, RewardScale) { return signedThreeDigits(m.push - m.policy_push); }, [&](Made, LossType, RewardScale) { return referenceFormula(token); });
    set(push, [](Made m, RewardScale) { return signedThreeDigits(m.push); }, [&](Made m, LossType, RewardScale) { return pushFormula(token, m); });
    stages_[reference]->setVisible(token.settings.beta != 0);
    int number = 0;
    for (int i = 0; i < stages; ++i)
        if (i != reference || token.settings.beta != 0) stages_[static_cast<std::size_t>(i)]->setNumber(++number);
    showVerdict(run, other);
}

void ObjectiveExplainer::showVerdict(const TokenExplanation& run, const TokenExplanation* other) {
    const PushDirection direction = verdictOf(run);
    const ColorRole role = direction == PushDirection::likelier ? ColorRole::good : direction == PushDirection::unlikelier ? ColorRole::bad : ColorRole::text2;
    QString title = verdictTitle(direction);
    if (other) {
        const PushDirection then = verdictOf(*other);
        if (then != direction)
            title += tr("; what if: %1").arg(verdictTitle(then).toLower());
        else if (run.push != 0)
            title += tr("; what if: %1 × as strongly").arg(threeDigits(other->push / run.push));
    }
    verdict_->setText(title);
    verdict_->setRole(role);
    reason_->setText(verdictReason(*token_, run));
    const QString icon = direction == PushDirection::likelier ? QStringLiteral("chevron-up") : direction == PushDirection::unlikelier ? QStringLiteral("chevron-down") : QStringLiteral("minus");
    arrow_->setPixmap(tintedIcon(icon, role).pixmap(QSize(18, 18), devicePixelRatioF()));
    setAccessibleDescription(title + QStringLiteral(". ") + reason_->text());
}

}  // namespace foothold::ui
