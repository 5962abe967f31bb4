// SPDX-License-Identifier: GPL-3.0-or-later
// Header and wiring of the attempts; the cards themselves are in attempt_cards_view.cpp.
#include "ui/views/inspect/attempt_cards.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <algorithm>

#include "ui/models/value_text.h"
#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_cards_hover.h"
#include "ui/views/inspect/attempt_cards_legend.h"
#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

// As they stand in a layout file, in the order of TokenColors and of the entries of the two boxes.
constexpr const char* colorNames[] = {"probability", "entropy", "confidence", "advantage", "push", "source"};
constexpr const char* showNames[] = {"all", "right", "wrong", "lucky", "hinted"};
constexpr const char* orderNames[] = {"number", "reward", "length", "surest"};

constexpr int legendBeside = 800;  // Below this width the legend has a line of its own.

}  // namespace

AttemptCards::AttemptCards(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("attempts"));
    setAccessibleName(tr("Attempts"));
    emptyTitle_ = tr("No attempts stored here");
    emptyText_ = tr("This problem was not sampled at this step. Choose another step on the scrubber, or sample it now with a probe.");
    buildHeader();
    card_ = new TokenCard(this);
    connect(view_, &AttemptCardsView::currentChanged, this, [this](int index) {
        refresh();
        refreshCompare();
        Q_EMIT currentChanged(index);
    });
    connect(view_, &AttemptCardsView::secondChanged, this, &AttemptCards::refreshCompare);
    connect(view_, &AttemptCardsView::shownChanged, this, [this] {
        search();
        refresh();
    });
    connect(view_, &AttemptCardsView::tokenChosen, this, &AttemptCards::tokenChosen);
    connect(view_, &AttemptCardsView::tokenHovered, this, &AttemptCards::hover);
    refresh();
    refreshCompare();
}

void AttemptCards::buildHeader() {
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    first_ = new QHBoxLayout;
    first_->setContentsMargins(Theme::padding, 8, Theme::padding, 4);
    first_->setSpacing(8);
    title_ = new Text(tr("Attempts"), FontRole::cardTitle);
    title_->setObjectName(QStringLiteral("attempts.title"));
    caption_ = new Text(QString(), FontRole::body, ColorRole::text3);
    caption_->setObjectName(QStringLiteral("attempts.caption"));
    caption_->setElided(true);
    found_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    found_->setObjectName(QStringLiteral("attempts.found"));
    find_ = new QLineEdit;
    find_->setObjectName(QStringLiteral("attempts.find"));
    find_->setPlaceholderText(tr("Find in attempts"));
    find_->setAccessibleName(tr("Find in attempts"));
    find_->setToolTip(tr("Enter: next place, Shift+Enter: the one before, Escape: clear"));
    find_->setClearButtonEnabled(true);
    find_->addAction(Theme::instance().icon(QStringLiteral("search"), ColorRole::text3), QLineEdit::LeadingPosition);
    find_->setMinimumWidth(110);
    find_->setMaximumWidth(176);
    find_->installEventFilter(this);
    filter_ = new QComboBox;
    filter_->setObjectName(QStringLiteral("attempts.show"));
    filter_->setAccessibleName(tr("Show"));
    filter_->setToolTip(tr("Which attempts are shown"));
    for (const QString& name : {tr("All"), tr("Right"), tr("Wrong"), tr("Lucky"), tr("Hinted")}) filter_->addItem(name);
    filter_->setFixedWidth(88);
    order_ = new QComboBox;
    order_->setObjectName(QStringLiteral("attempts.order"));
    order_->setAccessibleName(tr("Order"));
    order_->setToolTip(tr("In which order they stand"));
    for (const QString& name : {tr("By number"), tr("Reward"), tr("Length"), tr("Surest first")}) order_->addItem(name);
    order_->setFixedWidth(108);
    compare_ = new QPushButton;
    compare_->setObjectName(QStringLiteral("attempts.compare"));
    first_->addWidget(title_);
    first_->addWidget(caption_, 1);
    first_->addWidget(compare_);
    all->addLayout(first_);

    second_ = new QHBoxLayout;
    second_->setContentsMargins(Theme::padding, 2, Theme::padding, 6);
    second_->setSpacing(8);
    mode_ = new QComboBox;
    mode_->setObjectName(QStringLiteral("attempts.colors"));
    mode_->setAccessibleName(tr("Colour tokens by"));
    for (const QString& name : {tr("Probability"), tr("Entropy"), tr("Confidence"), tr("Advantage"), tr("Push"), tr("Source")}) mode_->addItem(tr("Colour: %1").arg(name.toLower()));
    legend_ = new AttemptLegend;
    second_->addWidget(mode_);
    second_->addWidget(legend_, 0, Qt::AlignVCenter);
    second_->addStretch();
    second_->addWidget(found_);
    second_->addWidget(find_);
    second_->addWidget(filter_);
    second_->addWidget(order_);
    all->addLayout(second_);
    third_ = new QHBoxLayout;
    third_->setContentsMargins(Theme::padding, 0, Theme::padding, 0);
    all->addLayout(third_);

    view_ = new AttemptCardsView;
    all->addWidget(view_, 1);
    setFocusProxy(view_);

    connect(mode_, &QComboBox::activated, this, [this](int id) { setColors(static_cast<TokenColors>(id)); });
    connect(filter_, &QComboBox::currentIndexChanged, view_, [this](int i) { view_->setFilter(static_cast<AttemptFilter>(i)); });
    connect(order_, &QComboBox::currentIndexChanged, view_, [this](int i) { view_->setOrder(static_cast<AttemptOrder>(i)); });
    connect(find_, &QLineEdit::textChanged, this, &AttemptCards::search);
    connect(compare_, &QPushButton::clicked, this, [this] {
        if (view_->second() >= 0 && current() >= 0) Q_EMIT diffRequested(std::min(current(), view_->second()), std::max(current(), view_->second()));
    });
}

QWidget* AttemptCards::legend() const { return legend_; }

void AttemptCards::addToHeader(QWidget* control, int place) { first_->insertWidget(place < 0 ? -1 : first_->indexOf(compare_) + place, control); }

void AttemptCards::setAttempts(AttemptGroup group) {
    isLoading_ = false;
    card_->hide();
    hoverIndex_ = hoverToken_ = -1;
    view_->setGroup(std::move(group));
    refresh();
    refreshCompare();
}

void AttemptCards::setLoading(const QString& what) {
    AttemptGroup none;
    none.title = group().title;
    none.caption = group().caption;
    setAttempts(std::move(none));
    isLoading_ = true;
    loading_ = what;
    refresh();
}

void AttemptCards::setEmptyText(const QString& title, const QString& text) {
    emptyTitle_ = title;
    emptyText_ = text;
    refresh();
}

void AttemptCards::setCurrent(int index, int token) {
    // What is asked for is shown, whatever was filtered.
    const auto& shown = view_->shown();
    if (index >= 0 && static_cast<std::size_t>(index) < group().attempts.size() && std::find(shown.begin(), shown.end(), index) == shown.end()) filter_->setCurrentIndex(0);
    view_->setCurrent(index, token);
}

void AttemptCards::setColors(TokenColors colors) {
    mode_->setCurrentIndex(static_cast<int>(colors));
    if (colors == view_->colors()) return;
    view_->setColors(colors);
    legend_->setColors(colors);
    Q_EMIT colorsChanged(colors);
}

void AttemptCards::setAlternatives(int index, int token, std::vector<std::pair<QString, double>> alternatives, qint64 step) {
    if (index == hoverIndex_ && token == hoverToken_ && card_->isVisible()) card_->setAlternatives(std::move(alternatives), step);
}

void AttemptCards::hover(int index, int token, const QRect& where) {
    hoverIndex_ = index;
    hoverToken_ = token;
    if (index < 0)
        card_->hide();
    else
        card_->showToken(group().attempts[static_cast<std::size_t>(index)], view_->words(index), token, where);
    Q_EMIT tokenHovered(index, token, where);
}

QVariantMap AttemptCards::viewSettings() const {
    return {{QStringLiteral("colors"), choiceName(colorNames, static_cast<int>(colors()))},
            {QStringLiteral("show"), choiceName(showNames, filter_->currentIndex())},
            {QStringLiteral("order"), choiceName(orderNames, order_->currentIndex())}};
}

void AttemptCards::applyViewSettings(const QVariantMap& values) {
    setColors(static_cast<TokenColors>(choiceIndex(colorNames, values.value(QStringLiteral("colors")))));
    filter_->setCurrentIndex(choiceIndex(showNames, values.value(QStringLiteral("show"))));
    order_->setCurrentIndex(choiceIndex(orderNames, values.value(QStringLiteral("order"))));
}

void AttemptCards::search() {
    const int count = view_->find(find_->text());
    found_->setText(find_->text().isEmpty() ? QString() : count == 1 ? tr("1 place") : tr("%1 places").arg(countText(count)));
    found_->setRole(count == 0 ? ColorRole::bad : ColorRole::text3);
}

void AttemptCards::refresh() {
    const auto count = group().attempts.size(), shown = view_->shown().size();
    title_->setText(group().title.isEmpty() ? tr("Attempts") : group().title);
    caption_->setText(shown == count ? group().caption : tr("%1 of %2 shown, %3").arg(shown).arg(count).arg(group().caption));
    if (isLoading_)
        view_->setNotice(loading_, {});
    else if (count == 0)
        view_->setNotice(emptyTitle_, emptyText_);
    else
        view_->setNotice(tr("No attempt passes the filter"), tr("%1 attempts are hidden. Show \"All\" to see them.").arg(count));
    for (QWidget* control : std::initializer_list<QWidget*>{find_, filter_, order_}) control->setEnabled(count > 0);
    const QString summary = isLoading_ ? loading_ : groupSummary(group(), current());
    setAccessibleDescription(summary);
    view_->setAccessibleDescription(summary);
}

void AttemptCards::refreshCompare() {
    const int a = current(), b = view_->second();
    const bool two = a >= 0 && b >= 0 && a != b;
    compare_->setEnabled(two);
    compare_->setVisible(two || width() >= legendBeside);
    const auto number = [this](int index) { return group().attempts[static_cast<std::size_t>(index)].attempt + 1; };
    compare_->setText(two ? tr("Compare #%1, #%2").arg(number(std::min(a, b))).arg(number(std::max(a, b))) : tr("Compare two"));
    compare_->setToolTip(two ? tr("Both side by side, what differs marked") : tr("Ctrl+click a second card first (or press C on a card and move on)"));
}

void AttemptCards::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool beside = width() >= legendBeside;
    (beside ? third_ : second_)->removeWidget(legend_);
    if (beside) second_->insertWidget(1, legend_, 0, Qt::AlignVCenter);
    else third_->addWidget(legend_, 0, Qt::AlignLeft);
    third_->setContentsMargins(Theme::padding, 0, Theme::padding, beside ? 0 : 6);
    refreshCompare();
}

void AttemptCards::hideEvent(QHideEvent* event) {
    card_->hide();
    QWidget::hideEvent(event);
}

void AttemptCards::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Find)) {
        find_->setFocus(Qt::ShortcutFocusReason);
        find_->selectAll();
        return;
    }
    QWidget::keyPressEvent(event);
}

bool AttemptCards::eventFilter(QObject* watched, QEvent* event) {
    if (watched == find_ && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            view_->nextMatch(key->modifiers() & Qt::ShiftModifier ? -1 : 1);
            return true;
        }
        if (key->key() == Qt::Key_Escape && !find_->text().isEmpty()) {
            find_->clear();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace foothold::ui
