// SPDX-License-Identifier: GPL-3.0-or-later
// Reading symbolic text for display.
#include "ui/views/common/trace_text.h"

#include <QRegularExpression>
#include <map>
#include <memory>

#include "tasks/family.h"

namespace foothold::ui {
namespace {

bool symbolic(const std::string& family) { return family == "chain" || family == "countdown"; }

QString shownWord(const QString& word) {
    if (word == QLatin1String("*")) return QString(QChar(0x00D7));
    if (word == QLatin1String("-")) return QString(QChar(0x2212));
    if (word == QLatin1String(";") || word == QLatin1String("<eos>")) return {};
    if (word.size() > 1 && word[0] == 'n' && word[1].isDigit()) return word.mid(1);
    return word;
}

QString shownWords(const QString& text) {
    QStringList shown;
    for (const QString& word : text.split(' ', Qt::SkipEmptyParts))
        if (const QString w = shownWord(word); !w.isEmpty()) shown << w;
    return shown.join(' ');
}

/// The family as a reader of its own language; the options of an experiment do not change how steps are cut.
const Family& reader(const std::string& family) {
    static std::map<std::string, std::unique_ptr<Family>> families;
    auto& known = families[family];
    if (!known) known = make_family(family);
    return *known;
}

}  // namespace

QString shownText(const std::string& family, const std::string& text) {
    const QString plain = QString::fromStdString(text);
    return symbolic(family) ? shownWords(plain) : plain;
}

QString shownToken(const std::string& family, const std::string& token) {
    const QString shown = shownText(family, token);
    return shown.isEmpty() ? QString::fromStdString(token) : shown;
}

std::string typedStep(const std::string& family, const QString& typed) {
    if (!symbolic(family)) return typed.trimmed().toStdString();
    static const QRegularExpression piece(QStringLiteral("n?(\\d+)|[-+*/=×−x·#?|;]|[^\\s\\d+*/=×−·#?|;-]+"));
    QStringList words;
    for (auto found = piece.globalMatch(typed); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        const QString word = match.captured();
        if (!match.captured(1).isEmpty()) words << 'n' + match.captured(1);
        else if (word == QStringLiteral("×") || word == QStringLiteral("x") || word == QStringLiteral("·")) words << QStringLiteral("*");
        else if (word == QStringLiteral("−")) words << QStringLiteral("-");
        else if (word != QStringLiteral(";")) words << word;
    }
    if (words.isEmpty()) return {};
    if (family == "chain") words << QStringLiteral(";");
    return words.join(' ').toStdString();
}

std::optional<ChainPrompt> readChainPrompt(const std::string& family, const std::string& prompt) {
    if (family != "chain") return std::nullopt;
    QStringList words = QString::fromStdString(prompt).split(' ', Qt::SkipEmptyParts);
    if (!words.isEmpty() && words.back() == QLatin1String("?")) words.removeLast();
    if (words.size() % 2 == 0) return std::nullopt;
    ChainPrompt read{shownWord(words.front()), {}};
    for (qsizetype i = 1; i + 1 < words.size(); i += 2) read.operations << shownWord(words[i]) + ' ' + shownWord(words[i + 1]);
    return read;
}

ShownTrace readTrace(const std::string& family, const std::string& text) {
    const WrittenTrace read = reader(family).read_trace(text);
    ShownTrace shown{{}, shownText(family, read.answer)};
    for (const std::string& step : read.steps) shown.steps << shownText(family, step);
    return shown;
}

int stepsIn(const Problem& problem, const std::string& hint) {
    for (std::size_t own = 0; own <= problem.steps.size(); ++own)
        if (join_words(std::span(problem.steps).first(own)) == hint) return static_cast<int>(own);
    return reader(problem.family).steps_in(hint);
}

}  // namespace foothold::ui
