// SPDX-License-Identifier: GPL-3.0-or-later
// Attempt cards, token strip and comparison: what is shown, what clicks and keys choose, and that long attempts stay readable.
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "record/random.h"
#include "ui/theme/theme.h"
#include "ui/views/inspect/attempt_cards.h"
#include "ui/views/inspect/attempt_cards_hover.h"
#include "ui/views/inspect/attempt_cards_paint.h"
#include "ui/views/inspect/attempt_diff.h"
#include "ui/views/inspect/attempt_diff_view.h"
#include "ui/views/common/card.h"
#include "ui/views/inspect/token_strip.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

const std::vector<std::string> vocabulary = {"<pad>", "<eos>", "=", ";", "#", "?", "|", "+", "-", "*", "n0", "n1", "n2",
                                             "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12"};

std::int32_t idOf(const std::string& word) {
    const auto at = std::find(vocabulary.begin(), vocabulary.end(), word);
    return static_cast<std::int32_t>(at - vocabulary.begin());
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    for (const QString& word : QString::fromStdString(text).split(' ', Qt::SkipEmptyParts)) words.push_back(word.toStdString());
    return words;
}

/// A chain of `depth` multiplications modulo 13 with eight attempts, of which some slip at a step of their own.
AttemptGroup chainGroup(int depth, int given, bool records = true) {
    AttemptGroup group;
    group.title = QStringLiteral("Attempts");
    group.caption = QStringLiteral("step 112, round 2, 3 of 8 right");
    group.vocabulary = vocabulary;
    group.problem.id = "chain/*:10/7";
    group.problem.family = "chain";
    group.problem.tier = "*:10";
    Random random(random_key({21, static_cast<std::uint64_t>(depth)}));
    int value = 3;
    std::vector<int> operands;
    const auto number = [](int n) { return "n" + std::to_string(n); };
    group.problem.prompt = number(value);
    for (int s = 0; s < depth; ++s) {
        operands.push_back(random.between(2, 12));
        const int after = value * operands.back() % 13;
        group.problem.prompt += " * " + number(operands.back());
        group.problem.steps.push_back(number(value) + " * " + number(operands.back()) + " = " + number(after) + " ;");
        value = after;
        for (int j = 1; j <= 4; ++j)
            if (s + 1 == (depth * j + 3) / 4) group.problem.answer += (group.problem.answer.empty() ? "" : " ") + number(value);
    }
    group.problem.prompt += " ?";
    // Where each attempt slips; -1 = never. The sixth is right by luck: two slips that cancel.
    const int own = depth - given;
    const std::array<int, 8> slips = {-1, own - 1, -1, own / 3, own / 2, 1, own / 3, own * 2 / 3};
    for (int i = 0; i < 8; ++i) {
        Attempt a;
        a.step = 112;
        a.round = 1;
        a.attempt = static_cast<std::uint16_t>(i);
        a.hint_ratio = static_cast<float>(given) / static_cast<float>(depth);
        a.prompt = group.problem.prompt;
        for (int s = 0; s < given; ++s) a.hint += (s ? " " : "") + group.problem.steps[static_cast<std::size_t>(s)];
        a.sampled_under = a.hint.empty() ? a.prompt : a.prompt + " " + a.hint;
        const int slip = slips[static_cast<std::size_t>(i)];
        const bool lucky = i == 5;
        int now = 3;
        for (int s = 0; s < depth; ++s) {
            const int before = now;
            now = now * operands[static_cast<std::size_t>(s)] % 13;
            if (slip >= 0 && s == given + slip) now = (now + 1 + static_cast<int>(random.below(11))) % 13;
            if (slip >= 0 && s == given + slip) a.first_wrong_step = s;
            if (lucky && s == given + slip + 1) now = std::stoi(group.problem.steps[static_cast<std::size_t>(s)].substr(group.problem.steps[static_cast<std::size_t>(s)].rfind('n') + 1));
            for (int j = 1; j <= 4; ++j)
                if (s + 1 == (depth * j + 3) / 4) a.extracted += (a.extracted.empty() ? "" : " ") + number(now);
            if (s >= given) a.completion += (a.completion.empty() ? "" : " ") + number(before) + " * " + number(operands[static_cast<std::size_t>(s)]) + " = " + number(now) + " ;";
        }
        const bool right = slip < 0 || lucky;
        if (right) a.extracted = group.problem.answer;
        a.completion += (a.completion.empty() ? "# " : " # ") + a.extracted;
        a.ended = true;
        if (i == 7) {  // Ran into the limit.
            a.completion = a.completion.substr(0, a.completion.find('#') - 1);
            a.extracted.clear();
            a.ended = false;
            a.verdict = Verdict::unparseable;
        } else {
            a.verdict = right ? Verdict::correct : Verdict::wrong;
        }
        a.soundness = !right ? Soundness::unknown : lucky ? Soundness::lucky : Soundness::sound;
        a.reward = right;
        a.trained = true;
        a.advantage = right ? 1.21 : -.72;
        for (const std::string& word : split(a.completion)) a.tokens.push_back(idOf(word));
        if (a.ended) a.tokens.push_back(1);
        for (std::size_t t = 0; records && t < a.tokens.size(); ++t) {
            const bool result = t > 0 && vocabulary[static_cast<std::size_t>(a.tokens[t - 1])] == "=";
            const double p = result ? .35 + .6 * random.uniform() : .93 + .069 * random.uniform();
            a.logprobs.push_back(static_cast<float>(std::log(p)));
            a.entropies.push_back(static_cast<float>((1 - p) * 3));
            a.confidence.push_back(static_cast<float>(1.7 + 5 * p * p));
        }
        group.attempts.push_back(std::move(a));
    }
    return group;
}

AttemptGroup textGroup() {
    AttemptGroup group = chainGroup(4, 0);
    group.problem.family = "words";
    group.problem.answer = "12 apples";
    const char* sentence = "Ann has 3 baskets of 4 apples each, so I multiply the number of baskets by the apples in one of them.\nThat makes 12, and I check it by adding 4 three times. ";
    for (Attempt& a : group.attempts) {
        a.hint = "First count the baskets.";
        a.completion.clear();
        while (a.completion.size() < 2600) a.completion += sentence;
        a.extracted = a.attempt % 2 ? "13 apples" : "12 apples";
        const auto words = QString::fromStdString(a.completion).simplified().split(' ').size();
        a.tokens.assign(static_cast<std::size_t>(words), 0);
        a.ended = false;
        a.logprobs.assign(a.tokens.size(), -.1F);
        a.entropies.assign(a.tokens.size(), .3F);
        a.confidence.assign(a.tokens.size(), 4);
    }
    return group;
}

template <class Widget>
Widget* find(QWidget& in, const char* name) {
    return in.findChild<Widget*>(QLatin1String(name));
}

struct Shown {
    AttemptCards cards;
    explicit Shown(AttemptGroup group, QSize size = {928, 560}) {
        cards.resize(size);
        cards.setAttempts(std::move(group));
        cards.show();
        QApplication::processEvents();
    }
    AttemptCardsView* view() { return cards.view(); }
};

}  // namespace

class TestAttemptCards : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void init() { Theme::instance().setMode(Theme::Mode::light); }

    void wordsAreTokens() {
        const AttemptGroup group = chainGroup(10, 7);
        const AttemptWords words = readWords(group, group.attempts[0]);
        QVERIFY(words.recorded);
        QCOMPARE(words.given, 42);
        QCOMPARE(words.givenSteps, 7);
        QCOMPARE(words.words[42].step, 7);
        QCOMPARE(words.words[42].token, 0);
        QCOMPARE(words.words.back().text, QStringLiteral("end"));
        QVERIFY(words.words.back().end);
        QVERIFY(words.words[42].reference);  // A sound attempt writes the reference's steps.
        const AttemptWords cut = readWords(group, group.attempts[7]);
        QVERIFY(cut.recorded && !cut.words.back().end);
        const AttemptWords wrong = readWords(group, group.attempts[3]);
        const auto slipped = std::find_if(wrong.words.begin(), wrong.words.end(), [&](const AttemptWord& w) { return w.step == group.attempts[3].first_wrong_step; });
        QVERIFY(slipped != wrong.words.end() && !slipped->reference);
    }

    void corruptedGivenWordsAreTold() {
        AttemptGroup group = chainGroup(10, 5);
        Attempt& a = group.attempts[0];
        a.hint.replace(a.hint.find("* "), 2, "+ ");
        const AttemptWords words = readWords(group, a);
        QVERIFY(words.words[1].altered);
        QVERIFY(!words.words[0].altered);
    }

    void hintInThePromptStartsOver() {
        AttemptGroup group = chainGroup(10, 5);
        Attempt& a = group.attempts[0];
        a.sampled_under = a.prompt.substr(0, a.prompt.size() - 1) + "| " + a.hint + " ?";
        const AttemptWords words = readWords(group, a);
        QCOMPARE(words.words[static_cast<std::size_t>(words.given)].step, 0);
    }

    void filterAndOrder() {
        Shown s(chainGroup(10, 7));
        auto* filter = find<QComboBox>(s.cards, "attempts.show");
        const std::array<std::size_t, 5> counts = {8, 3, 5, 1, 8};
        for (int i = 0; i < 5; ++i) {
            filter->setCurrentIndex(i);
            QCOMPARE(s.view()->shown().size(), counts[static_cast<std::size_t>(i)]);
        }
        filter->setCurrentIndex(0);
        auto* order = find<QComboBox>(s.cards, "attempts.order");
        order->setCurrentIndex(1);
        QCOMPARE(s.view()->shown(), (std::vector<int>{0, 2, 5, 1, 3, 4, 6, 7}));
        order->setCurrentIndex(2);
        QCOMPARE(s.view()->shown().back(), 7);  // The one that was cut is the shortest.
        order->setCurrentIndex(3);
        const auto& attempts = s.cards.group().attempts;
        for (std::size_t i = 1; i < 8; ++i)
            QVERIFY(meanProbability(attempts[static_cast<std::size_t>(s.view()->shown()[i - 1])]) >= meanProbability(attempts[static_cast<std::size_t>(s.view()->shown()[i])]));
    }

    void clickChoosesCardAndToken() {
        Shown s(chainGroup(10, 7));
        QSignalSpy current(&s.cards, &AttemptCards::currentChanged), token(&s.cards, &AttemptCards::tokenChosen);
        const QRect card = s.view()->cardRect(3);
        QTest::mouseClick(s.view()->viewport(), Qt::LeftButton, {}, card.topLeft() + QPoint(14, 14));
        QCOMPARE(s.cards.current(), 3);
        QCOMPARE(current.count(), 1);
        QCOMPARE(token.count(), 0);
        QTest::mouseClick(s.view()->viewport(), Qt::LeftButton, {}, s.view()->tokenRect(4, 5).center());
        QCOMPARE(token.count(), 1);
        QCOMPARE(token[0][0].toInt(), 4);
        QCOMPARE(token[0][1].toInt(), 5);
        QCOMPARE(s.cards.token(), 5);
        QVERIFY(s.cards.accessibleDescription().startsWith(QStringLiteral("8 attempts, 3 right; attempt 5: wrong, first wrong step")));
    }

    void keysMove() {
        Shown s(chainGroup(10, 7));
        s.view()->setFocus();
        const auto press = [&](Qt::Key key, Qt::KeyboardModifiers with = {}) { QTest::keyClick(s.view(), key, with); };
        press(Qt::Key_Home);
        QCOMPARE(s.cards.current(), 0);
        press(Qt::Key_N);
        QCOMPARE(s.cards.current(), 1);
        press(Qt::Key_Down);
        QCOMPARE(s.cards.current(), 3);  // Below, in the same column.
        press(Qt::Key_P);
        press(Qt::Key_Left);
        QCOMPARE(s.cards.current(), 1);
        press(Qt::Key_End);
        QCOMPARE(s.cards.current(), 7);
        QVERIFY(s.view()->viewport()->rect().intersects(s.view()->cardRect(7)));
        QSignalSpy token(&s.cards, &AttemptCards::tokenChosen);
        press(Qt::Key_Right, Qt::ControlModifier);
        press(Qt::Key_Right, Qt::ControlModifier);
        QCOMPARE(token.count(), 2);
        QCOMPARE(s.cards.token(), 1);
    }

    void givenStepsAreFolded() {
        Shown s(chainGroup(10, 7));
        const int folded = s.view()->cardRect(0).height();
        QVERIFY(!s.view()->chipRect(0).isEmpty());
        QTest::mouseClick(s.view()->viewport(), Qt::LeftButton, {}, s.view()->chipRect(0).center());
        QVERIFY(s.view()->unfolded(0) && !s.view()->unfolded(1));
        QVERIFY(s.view()->cardRect(0).height() > folded);
        QTest::mouseClick(s.view()->viewport(), Qt::LeftButton, {}, s.view()->chipRect(0).center());
        QCOMPARE(s.view()->cardRect(0).height(), folded);
        QTest::keyClick(s.view(), Qt::Key_G);
        QVERIFY(s.view()->unfolded(0) && s.view()->unfolded(7));
        Shown none(chainGroup(10, 0));
        QVERIFY(none.view()->chipRect(0).isEmpty());
    }

    void findMarksAndSteps() {
        Shown s(chainGroup(10, 7));
        auto* field = find<QLineEdit>(s.cards, "attempts.find");
        auto* found = find<QLabel>(s.cards, "attempts.found");
        const QString last = QString::fromStdString(s.cards.group().problem.steps.back()).remove('n').remove(';').trimmed();
        field->setText(last);
        QVERIFY(found->text().contains("place") && !found->text().startsWith('0'));
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(s.cards.current(), 0);
        QVERIFY(s.cards.token() >= 0);
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(s.cards.current() > 0);
        field->setText(QStringLiteral("nothing like it"));
        QCOMPARE(found->text(), QStringLiteral("0 places"));
        // In the given part: the card unfolds to show it.
        field->setText(QString::fromStdString(s.cards.group().problem.steps.front()).remove('n').remove(';').trimmed());
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(s.view()->unfolded(s.cards.current()));
        QTest::keyClick(field, Qt::Key_Escape);
        QVERIFY(field->text().isEmpty());
    }

    void modesChangeTheColours() {
        Shown s(chainGroup(10, 7));
        QList<QImage> seen;
        auto* mode = s.cards.findChild<QComboBox*>(QStringLiteral("attempts.colors"));
        QCOMPARE(mode->count(), 6);
        for (int i = 0; i < mode->count(); ++i) {
            QTest::keyClick(mode, i == 0 ? Qt::Key_Home : Qt::Key_Down);
            const QImage now = s.view()->viewport()->grab().toImage();
            for (const QImage& other : seen) QVERIFY2(other != now, qPrintable(mode->currentText()));
            seen << now;
        }
        QCOMPARE(s.cards.colors(), TokenColors::source);
    }

    void meaningOfStrength() {
        const AttemptGroup group = chainGroup(10, 7);
        Attempt a = group.attempts[0];
        a.logprobs[0] = std::log(.25F);
        a.confidence[0] = std::log(5.F);  // Five equal choices.
        QVERIFY(std::abs(colorStrength(a, 0, TokenColors::probability, 2) - .75) < 1e-6);
        QVERIFY(std::abs(colorStrength(a, 0, TokenColors::confidence, 2) - 1) < 1e-6);
        QVERIFY(std::abs(colorStrength(a, 0, TokenColors::push, 2) - 1.21 * .75 / 2) < 1e-6);
        QVERIFY(colorStrength(group.attempts[1], 0, TokenColors::push, 2) < 0);
        a.trained = false;
        QCOMPARE(colorStrength(a, 0, TokenColors::push, 2), 0.);
        QCOMPARE(colorStrength(a, 0, TokenColors::advantage, 2), 0.);
        const AttemptGroup bare = chainGroup(10, 7, false);
        QVERIFY(std::isnan(tokenValues(bare.attempts[0], 0).probability));
        QCOMPARE(colorStrength(bare.attempts[0], 0, TokenColors::entropy, 2), 0.);
    }

    void confidenceIsThatOfTheStep() {
        const AttemptGroup group = chainGroup(10, 7);
        Attempt a = group.attempts[0];
        std::fill(a.confidence.begin(), a.confidence.end(), 9.F);
        AttemptWords words = readWords(group, a);
        // The result of one step unsure, a word of form in another: only the first step is coloured, and all of it.
        int result = -1, form = -1, step = -1;
        for (std::size_t i = 1; i < words.words.size(); ++i) {
            const AttemptWord& w = words.words[i];
            if (w.token < 0) continue;
            if (result < 0 && words.words[i - 1].text == QStringLiteral("=")) result = w.token, step = w.step;
            else if (result >= 0 && form < 0 && w.step > step && w.text == QStringLiteral("=")) form = w.token;
        }
        QVERIFY(result >= 0 && form >= 0);
        a.confidence[static_cast<std::size_t>(result)] = std::log(5.F);
        a.confidence[static_cast<std::size_t>(form)] = std::log(5.F);
        words = readWords(group, a);
        int coloured = 0;
        for (const AttemptWord& w : words.words) {
            const double strength = colorStrength(words, w, a, TokenColors::confidence, 1);
            if (w.token < 0 || w.end) continue;
            coloured += strength > .9;
            QCOMPARE(strength > .9, w.step == step);
        }
        QVERIFY(coloured > 1);
        // A trace without results, e.g. a search: all its tokens.
        QVERIFY(colorStrength(words, words.words.back(), a, TokenColors::probability, 1) == colorStrength(a, words.words.back().token, TokenColors::probability, 1));
    }

    void colouredWordsAreReadable() {
        const auto linear = [](double x) { return x <= .04045 ? x / 12.92 : std::pow((x + .055) / 1.055, 2.4); };
        const auto luminance = [&](const QColor& c) { return .2126 * linear(c.redF()) + .7152 * linear(c.greenF()) + .0722 * linear(c.blueF()); };
        for (const bool dark : {false, true}) {
            Theme& theme = Theme::instance();
            theme.setMode(dark ? Theme::Mode::dark : Theme::Mode::light);
            for (const TokenColors mode : {TokenColors::probability, TokenColors::push})
                for (const double strength : {1., -1.}) {
                    const QColor over = tokenColor(mode, strength), ground = theme.color(ColorRole::surface);
                    const double k = over.alphaF();
                    const QColor mixed = QColor::fromRgbF(static_cast<float>(over.redF() * k + ground.redF() * (1 - k)), static_cast<float>(over.greenF() * k + ground.greenF() * (1 - k)),
                                                          static_cast<float>(over.blueF() * k + ground.blueF() * (1 - k)));
                    const double x = luminance(mixed), y = luminance(theme.color(ColorRole::text));
                    const double contrast = (std::max(x, y) + .05) / (std::min(x, y) + .05);
                    QVERIFY2(contrast >= 4.5, qPrintable(QStringLiteral("dark %1, mode %2, strength %3: %4").arg(dark).arg(int(mode)).arg(strength).arg(contrast)));
                }
        }
    }

    void hoverTellsTheNumbers() {
        Shown s(chainGroup(10, 7));
        QSignalSpy hovered(&s.cards, &AttemptCards::tokenHovered);
        QTest::mouseMove(s.view()->viewport(), s.view()->tokenRect(0, 4).center());
        QTRY_VERIFY(hovered.count() > 0);
        auto* card = find<TokenCard>(s.cards, "attempts.token");
        QVERIFY(card->isVisible());
        QVERIFY(card->text().contains(QStringLiteral("probability")) && card->text().contains(QStringLiteral("reinforced")));
        s.cards.setAlternatives(0, 4, {{QStringLiteral("11"), .62}, {QStringLiteral("4"), .2}}, 7);
        QVERIFY(card->text().contains(QStringLiteral("11 .62")));
        s.cards.setAlternatives(1, 4, {{QStringLiteral("12"), .9}}, 7);  // Too late: another token is under the mouse.
        QVERIFY(!card->text().contains(QStringLiteral("12 .9")));
    }

    void twoAreCompared() {
        Shown s(chainGroup(10, 7));
        auto* compare = find<QPushButton>(s.cards, "attempts.compare");
        QVERIFY(!compare->isEnabled());
        const auto click = [&](int i, Qt::KeyboardModifiers with) { QTest::mouseClick(s.view()->viewport(), Qt::LeftButton, with, s.view()->cardRect(i).topLeft() + QPoint(14, 14)); };
        click(3, {});
        click(0, Qt::ControlModifier);
        QVERIFY(compare->isEnabled());
        QSignalSpy diff(&s.cards, &AttemptCards::diffRequested);
        QTest::mouseClick(compare, Qt::LeftButton);
        QCOMPARE(diff.count(), 1);
        QCOMPARE(diff[0][0].toInt(), 0);
        QCOMPARE(diff[0][1].toInt(), 3);
        click(0, Qt::ControlModifier);
        QVERIFY(!compare->isEnabled());
    }

    void aligning() {
        const auto words = [](const char* text) {
            std::vector<QString> all;
            for (const QString& w : QString::fromLatin1(text).split(' ')) all.push_back(w);
            return all;
        };
        const auto pairs = alignWords(words("a b c d e f"), words("a x c e y f"));
        QCOMPARE(pairs, (std::vector<std::pair<int, int>>{{0, 0}, {2, 2}, {4, 3}, {5, 5}}));
        QCOMPARE(alignWords(words("a b c"), words("a b c")).size(), std::size_t(3));
        // Over the limit only the ends are aligned.
        QCOMPARE(alignWords(words("a b c d e"), words("a x c y e"), 4), (std::vector<std::pair<int, int>>{{0, 0}, {4, 4}}));
        const AttemptGroup group = chainGroup(10, 3);
        const AttemptDifference same = compareAttempts(group, 0, 2);
        QCOMPARE(same.differingRows, 0);
        const AttemptDifference other = compareAttempts(group, 0, 1);
        QCOMPARE(other.differingRows, 2);  // The last step and the answer.
        AttemptDiff dialog(group, 0, 1);
        dialog.show();
        auto* view = find<DiffView>(dialog, "attempt-diff.view");
        QCOMPARE(view->rowsShown(), static_cast<int>(other.rows.size()));
        find<QCheckBox>(dialog, "attempt-diff.only")->setChecked(true);
        QCOMPARE(view->rowsShown(), 3);
    }

    void emptyAndLoading() {
        Shown s({});
        QVERIFY(!find<QLineEdit>(s.cards, "attempts.find")->isEnabled());
        QCOMPARE(s.cards.accessibleDescription(), QStringLiteral("0 attempts, 0 right"));
        const QImage empty = s.cards.grab().toImage();
        s.cards.setLoading(QStringLiteral("step 112"));
        QVERIFY(s.cards.grab().toImage() != empty);
        s.cards.setAttempts(chainGroup(10, 7));
        QCOMPARE(s.view()->shown().size(), std::size_t(8));
        AttemptGroup right = chainGroup(10, 7);
        right.attempts.resize(1);
        s.cards.setAttempts(std::move(right));
        find<QComboBox>(s.cards, "attempts.show")->setCurrentIndex(2);
        QVERIFY(s.view()->shown().empty());
        s.cards.setCurrent(0);  // Asked for by another view: the filter gives way.
        QCOMPARE(s.view()->shown().size(), std::size_t(1));
    }

    void columnsFollowWidth() {
        Shown s(chainGroup(10, 7));
        QCOMPARE(s.view()->columns(), 2);
        s.cards.resize(520, 560);
        QApplication::processEvents();
        QCOMPARE(s.view()->columns(), 1);
        for (int i = 0; i < 8; ++i) QVERIFY(s.view()->cardRect(i).right() < s.view()->viewport()->width());
    }

    void textWraps() {
        Shown s(textGroup());
        const AttemptWords& words = s.view()->words(0);
        QVERIFY(words.recorded);
        const QRect card = s.view()->cardRect(0);
        for (int t = 0; t < 60; ++t) QVERIFY(card.contains(s.view()->tokenRect(0, t)));
    }

    void longAttemptsStayFluid() {
        AttemptGroup group = chainGroup(1365, 0);  // 8,190 tokens of steps and the answer.
        QVERIFY(group.attempts[0].tokens.size() >= 8192);
        Shown s(std::move(group));
        QElapsedTimer clock;
        clock.start();
        s.cards.resize(940, 560);
        QApplication::processEvents();
        const double layout = static_cast<double>(clock.nsecsElapsed()) / 1e6;
        // Head and tail are shown until the card is opened.
        QVERIFY(s.view()->tokenRect(0, 4000).isEmpty());
        const int folded = s.view()->verticalScrollBar()->maximum();
        s.view()->setWhole(0, true);
        QVERIFY(s.view()->verticalScrollBar()->maximum() > folded);
        s.cards.setCurrent(1, 8000);  // Opens what it has to.
        QVERIFY(s.view()->viewport()->rect().contains(s.view()->tokenRect(1, 8000)));
        QImage picture(s.view()->viewport()->size(), QImage::Format_ARGB32_Premultiplied);
        clock.start();
        for (int i = 0; i < 50; ++i) {
            s.view()->verticalScrollBar()->setValue(i * 120);
            s.view()->viewport()->render(&picture);
        }
        qInfo("8 x 8,192 tokens: laid out anew at another width in %.1f ms, one picture in %.2f ms", layout, static_cast<double>(clock.nsecsElapsed()) / 50e6);
        clock.start();
        const AttemptDifference difference = compareAttempts(s.cards.group(), 0, 3);
        qInfo("compared in %.0f ms, %d steps differ", static_cast<double>(clock.nsecsElapsed()) / 1e6, difference.differingRows);
        QVERIFY(difference.differingRows > 0);
    }

    void strip() {
        const AttemptGroup group = chainGroup(10, 5);
        TokenStrip strip;
        strip.resize(352, 150);
        strip.setAttempt(&group.attempts[3], group, 3);
        strip.show();
        const auto bars = strip.bars();
        QCOMPARE(bars.size(), group.attempts[3].tokens.size());
        QSignalSpy chosen(&strip, &TokenStrip::tokenChosen);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, bars[6].room.center().toPoint());
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen[0][0].toInt(), 6);
        QTest::keyClick(&strip, Qt::Key_Right);
        QCOMPARE(strip.token(), 7);
        QCOMPARE(strip.tokenAt(30), -1);  // Given.
        const AttemptGroup longer = chainGroup(1365, 0);
        strip.setAttempt(&longer.attempts[3], longer, 3);
        const auto binned = strip.bars();
        QVERIFY(binned.size() <= 360);
        QCOMPARE(binned.back().last + 1, static_cast<int>(longer.attempts[3].tokens.size()));
        QVERIFY(binned[3].least < binned[3].mean);
        strip.setAttempt(nullptr, group);
        QVERIFY(strip.bars().empty());
    }

    void pictures() {
        const QString folder = qEnvironmentVariable("FOOTHOLD_PICTURES");
        if (folder.isEmpty()) QSKIP("FOOTHOLD_PICTURES names no folder");
        QDir().mkpath(folder);
        const auto save = [&](QWidget& widget, const QString& name) { QVERIFY(widget.grab().save(folder + '/' + name + ".png")); };
        for (const bool dark : {false, true}) {
            Theme::instance().setMode(dark ? Theme::Mode::dark : Theme::Mode::light);
            const QString suffix = dark ? "_dark" : "";
            const auto shown = [&](AttemptGroup group, QSize size, const QString& name, auto&& act) {
                Card card(QStringLiteral("picture"));
                auto* cards = new AttemptCards;
                card.body()->addWidget(cards);
                card.resize(size);
                cards->setAttempts(std::move(group));
                card.show();
                QApplication::processEvents();
                act(*cards);
                QApplication::processEvents();
                save(card, name + suffix);
            };
            const auto nothing = [](AttemptCards&) {};
            shown(chainGroup(14, 7), {936, 566}, "cards", [](AttemptCards& c) { c.setCurrent(3); });
            shown(chainGroup(14, 7), {936, 566}, "push", [](AttemptCards& c) {
                c.setColors(TokenColors::push);
                c.setCurrent(3, 2);
                c.view()->setSecond(0);
                c.view()->setUnfolded(1, true);
            });
            shown(chainGroup(14, 7), {936, 566}, "source", [](AttemptCards& c) {
                c.setColors(TokenColors::source);
                find<QLineEdit>(c, "attempts.find")->setText(QStringLiteral("= 1"));
            });
            shown(chainGroup(14, 7), {500, 566}, "narrow", [](AttemptCards& c) { c.view()->setFocus(); });
            shown(chainGroup(83, 0), {936, 700}, "tokens500", nothing);
            shown(chainGroup(1365, 0), {936, 700}, "tokens8192", nothing);
            shown(textGroup(), {936, 700}, "text", [](AttemptCards& c) { c.setColors(TokenColors::entropy); });
            shown({}, {936, 400}, "empty", nothing);
            const AttemptGroup group = chainGroup(14, 7), longer = chainGroup(1365, 0);
            QWidget column;
            column.resize(376, 330);
            auto* rows = new QVBoxLayout(&column);
            auto* strip = new TokenStrip;
            strip->setAttempt(&group.attempts[3], group, 3);
            strip->setToken(20);
            auto* wide = new TokenStrip;
            wide->setAttempt(&longer.attempts[3], longer, 3);
            rows->addWidget(strip);
            rows->addWidget(wide);
            column.show();
            save(column, "strip" + suffix);
            AttemptDiff diff(group, 0, 4);
            diff.resize(820, 420);
            diff.show();
            QApplication::processEvents();
            save(diff, "diff" + suffix);
            TokenCard hover(nullptr);
            const AttemptWords words = readWords(group, group.attempts[3]);
            hover.showToken(group.attempts[3], words, 4, {100, 100, 10, 18});
            hover.setAlternatives({{QStringLiteral("11"), .62}, {words.words[static_cast<std::size_t>(words.wordOf(4))].text, .2}, {QStringLiteral("4"), .08}}, 12);
            save(hover, "hover" + suffix);
        }
    }
};

QTEST_MAIN(TestAttemptCards)
#include "test_attempt_cards.moc"
