// SPDX-License-Identifier: GPL-3.0-or-later
// Reading attempts for display.
#include "ui/views/inspect/attempt_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "ui/models/value_text.h"
#include "ui/views/common/trace_text.h"

namespace foothold::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double fullEntropy = 2;  ///< Nats at which the colour is full: a choice among about seven.

QString tr(const char* text) { return QCoreApplication::translate("Attempts", text); }

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

bool isEnd(const std::string& word) { return word == "<eos>" || word == "</s>" || word == "<|endoftext|>" || word == "<|im_end|>"; }

/// Words as shown, each looked up once.
class Shown {
   public:
    explicit Shown(const std::string& family) : family_(family) {}
    const QString& operator()(const std::string& word) {
        const auto [it, fresh] = known_.try_emplace(word);
        if (fresh) it->second = word == ";" ? QStringLiteral(";") : shownText(family_, word);
        if (it->second.isEmpty()) it->second = QString::fromStdString(word);
        return it->second;
    }

   private:
    const std::string& family_;
    std::map<std::string, QString> known_;
};

/// Reads symbolic words into `out`, going on with step and answer where the words before ended.
class SymbolicReader {
   public:
    SymbolicReader(AttemptWords& out, const AttemptGroup& group) : out_(out), shown_(group.problem.family) {
        for (const std::string& step : group.problem.steps) reference_.push_back(split(step));
    }
    void add(const std::vector<std::string>& words, bool given) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            AttemptWord w;
            w.text = shown_(words[i]);
            w.given = given;
            w.token = given ? -1 : static_cast<std::int32_t>(i);
            w.end = isEnd(words[i]);
            if (w.end) w.text = tr("end");
            if (words[i] == "#") {
                if (place_ > 0) close();
                answer_ = true;
                w.opens = true;
            } else {
                w.opens = !answer_ && place_ == 0;
            }
            w.answer = answer_;
            w.step = step_;
            const auto s = static_cast<std::size_t>(step_), p = static_cast<std::size_t>(place_);
            const bool same = !answer_ && s < reference_.size() && p < reference_[s].size() && reference_[s][p] == words[i];
            w.altered = given && !answer_ && !same;
            same_ = same_ && same;
            ++place_;
            out_.words.push_back(std::move(w));
            if (words[i] == ";" && !answer_) close();
        }
    }
    int steps() const { return step_ + (place_ > 0 && !answer_); }
    void restart() {
        step_ = place_ = 0;
        answer_ = false;
        same_ = true;
    }

   private:
    void close() {
        const auto s = static_cast<std::size_t>(step_);
        if (same_ && s < reference_.size() && reference_[s].size() == static_cast<std::size_t>(place_))
            for (auto w = out_.words.rbegin(); w != out_.words.rend() && w->step == step_; ++w) w->reference = !w->given;
        ++step_;
        place_ = 0;
        same_ = true;
    }
    AttemptWords& out_;
    Shown shown_;
    std::vector<std::vector<std::string>> reference_;
    int step_ = 0, place_ = 0;
    bool answer_ = false, same_ = true;
};

/// Running text: a blank or a line's end before a word is part of how it stands.
void addText(AttemptWords& out, const QString& text, bool given, int& step) {
    bool newline = false, gap = false;
    qsizetype at = 0;
    int token = 0;
    while (at < text.size()) {
        if (text[at].isSpace()) {
            newline = newline || text[at] == '\n';
            gap = true;
            ++at;
            continue;
        }
        qsizetype end = at;
        while (end < text.size() && !text[end].isSpace()) ++end;
        AttemptWord w;
        w.text = text.mid(at, end - at);
        w.given = given;
        w.token = given ? -1 : token++;
        w.gap = gap || given;
        w.newline = newline && !out.words.empty();
        w.opens = w.newline || out.words.empty();
        if (w.newline) ++step;
        w.step = step;
        out.words.push_back(std::move(w));
        newline = gap = false;
        at = end;
    }
}

/// Pieces of a sub-word vocabulary, in which a blank and a line's end are part of a piece (or spelled as letters of byte-level tokenizers).
void addPieces(AttemptWords& out, const AttemptGroup& group, const Attempt& a, int& step) {
    bool newline = false;
    for (std::size_t i = 0; i < a.tokens.size(); ++i) {
        const auto id = static_cast<std::size_t>(a.tokens[i]);
        const std::string raw = id < group.vocabulary.size() ? group.vocabulary[id] : std::string();
        QString text = QString::fromStdString(raw);
        text.replace(QChar(0x0120), ' ').replace(QChar(0x2581), ' ').replace(QChar(0x010A), '\n');
        AttemptWord w;
        w.token = static_cast<std::int32_t>(i);
        w.end = a.ended && i + 1 == a.tokens.size() && isEnd(raw);
        w.gap = text.startsWith(' ');
        w.newline = newline;
        w.opens = newline || out.words.empty();
        if (newline) ++step;
        w.step = step;
        newline = text.contains('\n');
        w.text = w.end ? tr("end") : text.trimmed();
        if (w.text.isEmpty()) w.text = newline ? QString(QChar(0x21B5)) : QString(QChar(0x00B7));
        out.words.push_back(std::move(w));
    }
}

}  // namespace

int AttemptWords::wordOf(int token) const {
    if (token < 0 || !recorded) return -1;
    const std::size_t at = static_cast<std::size_t>(given) + static_cast<std::size_t>(token);
    return at < words.size() ? static_cast<int>(at) : -1;
}

namespace {

AttemptWords wordsOf(const AttemptGroup& group, const Attempt& a) {
    AttemptWords out;
    out.steps = static_cast<int>(group.problem.steps.size());
    const std::string& family = group.problem.family;
    const bool symbolic = family == "chain";
    if (symbolic) {
        std::vector<std::string> written = split(a.completion);
        // The end token is not in the text.
        if (written.size() + 1 == a.tokens.size() && a.ended) written.push_back("<eos>");
        out.words.reserve(written.size() + 64);
        SymbolicReader reader(out, group);
        reader.add(split(a.hint), true);
        out.given = static_cast<int>(out.words.size());
        out.givenSteps = reader.steps();
        // A hint that stands in the prompt is followed by a solution written from its first step on.
        if (!a.sampled_under.empty() && !a.sampled_under.ends_with(a.hint)) reader.restart();
        reader.add(written, false);
        out.recorded = written.size() == a.tokens.size();
        return out;
    }
    int step = 0;
    addText(out, QString::fromStdString(a.hint), true, step);
    out.given = static_cast<int>(out.words.size());
    out.givenSteps = stepsIn(group.problem, a.hint);
    const QString text = QString::fromStdString(a.completion);
    const auto blanks = text.trimmed().isEmpty() ? std::size_t(0) : static_cast<std::size_t>(text.simplified().count(' ')) + 1;
    const bool words = blanks == a.tokens.size() || (a.ended && blanks + 1 == a.tokens.size());
    if (!words && !group.vocabulary.empty() && !a.tokens.empty()) {
        addPieces(out, group, a, step);
        out.recorded = true;
        return out;
    }
    addText(out, text, false, step);
    if (a.ended && out.words.size() + 1 == static_cast<std::size_t>(out.given) + a.tokens.size()) {
        AttemptWord end;
        end.text = tr("end");
        end.token = static_cast<std::int32_t>(a.tokens.size()) - 1;
        end.end = true;
        end.step = step;
        out.words.push_back(std::move(end));
    }
    out.recorded = out.words.size() == static_cast<std::size_t>(out.given) + a.tokens.size();
    return out;
}

std::vector<double> confidenceOfSteps(const AttemptWords& words, const Attempt& a) {
    struct Sum {
        double results = 0, resultCount = 0, all = 0, allCount = 0;
    };
    std::vector<Sum> sums;
    for (std::size_t i = 0; i < words.words.size(); ++i) {
        const AttemptWord& w = words.words[i];
        if (w.token < 0 || w.step < 0 || w.end || static_cast<std::size_t>(w.token) >= a.confidence.size()) continue;
        if (sums.size() <= static_cast<std::size_t>(w.step)) sums.resize(static_cast<std::size_t>(w.step) + 1);
        Sum& sum = sums[static_cast<std::size_t>(w.step)];
        const double c = static_cast<double>(a.confidence[static_cast<std::size_t>(w.token)]);
        sum.all += c;
        ++sum.allCount;
        if (i > 0 && words.words[i - 1].text == QLatin1String("=")) sum.results += c, ++sum.resultCount;
    }
    std::vector<double> out;
    for (const Sum& sum : sums) out.push_back(sum.resultCount > 0 ? sum.results / sum.resultCount : sum.allCount > 0 ? sum.all / sum.allCount : nan);
    return out;
}

}  // namespace

AttemptWords readWords(const AttemptGroup& group, const Attempt& a) {
    AttemptWords out = wordsOf(group, a);
    if (out.recorded) out.stepConfidence = confidenceOfSteps(out, a);
    return out;
}

TokenValues tokenValues(const Attempt& a, int token) {
    const auto t = static_cast<std::size_t>(std::max(token, 0));
    const auto at = [t, token](const std::vector<float>& all) { return token >= 0 && t < all.size() ? static_cast<double>(all[t]) : nan; };
    const double p = std::exp(at(a.logprobs));
    return {p, at(a.entropies), at(a.confidence), a.trained ? a.advantage * (1 - p) : 0};
}

double colorStrength(const Attempt& a, int token, TokenColors mode, double largest) {
    const TokenValues v = tokenValues(a, token);
    double strength = 0;
    switch (mode) {
        case TokenColors::probability: strength = 1 - v.probability; break;
        case TokenColors::entropy: strength = v.entropy / fullEntropy; break;
        // Five times the geometric mean of the five most likely: 1 where they are equally likely, near 0 where one stands out.
        case TokenColors::confidence: strength = 5 * std::exp(-v.confidence); break;
        case TokenColors::advantage: strength = a.trained ? a.advantage / largest : 0; break;
        case TokenColors::push: strength = v.push / largest; break;
        case TokenColors::source: break;
    }
    return std::isnan(strength) ? 0 : std::clamp(strength, -1., 1.);
}

double colorStrength(const AttemptWords& words, const AttemptWord& word, const Attempt& a, TokenColors mode, double largest) {
    if (mode != TokenColors::confidence || word.end) return colorStrength(a, word.token, mode, largest);
    const auto step = static_cast<std::size_t>(std::max(0, word.step));
    const double confidence = word.token >= 0 && step < words.stepConfidence.size() ? words.stepConfidence[step] : nan;
    return std::isnan(confidence) ? 0 : std::clamp(5 * std::exp(-confidence), 0., 1.);
}

double meanProbability(const Attempt& a) {
    if (a.logprobs.empty()) return nan;
    double sum = 0;
    for (const float l : a.logprobs) sum += std::exp(static_cast<double>(l));
    return sum / static_cast<double>(a.logprobs.size());
}

double largestAdvantage(const std::vector<Attempt>& attempts) {
    double largest = 1;
    for (const Attempt& a : attempts) largest = std::max(largest, std::abs(a.advantage));
    return largest;
}

QString verdictWords(const Attempt& a) {
    if (a.verdict == Verdict::correct)
        return a.soundness == Soundness::sound ? tr("right, sound") : a.soundness == Soundness::lucky ? tr("right, lucky") : tr("right");
    if (a.verdict == Verdict::wrong) return tr("wrong");
    return a.ended ? tr("no answer") : tr("cut off");
}

QString signedNumber(double x) {
    if (std::abs(x) < .005) return QStringLiteral("0");
    QString text = QString::number(std::abs(x), 'f', 2);
    if (text.startsWith(QStringLiteral("0."))) text.remove(0, 1);
    return (x > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) + text;
}

QString firstWrongWords(const Attempt& a) {
    return a.first_wrong_step < 0 ? QString() : tr("first wrong: step %1").arg(a.first_wrong_step + 1);
}

QString groupSummary(const AttemptGroup& group, int current) {
    const auto right = std::count_if(group.attempts.begin(), group.attempts.end(), [](const Attempt& a) { return a.verdict == Verdict::correct; });
    QString words = tr("%1 attempts, %2 right").arg(group.attempts.size()).arg(right);
    if (current < 0 || static_cast<std::size_t>(current) >= group.attempts.size()) return words;
    const Attempt& a = group.attempts[static_cast<std::size_t>(current)];
    words += tr("; attempt %1: %2").arg(current + 1).arg(verdictWords(a));
    if (a.first_wrong_step >= 0) words += tr(", first wrong step %1").arg(a.first_wrong_step + 1);
    return words;
}

}  // namespace foothold::ui
