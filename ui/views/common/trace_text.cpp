// SPDX-License-Identifier: GPL-3.0-or-later
// Reading symbolic text for display.
#include "ui/views/common/trace_text.h"

#include <QRegularExpression>

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

}  // namespace

QString shownText(const std::string& family, const std::string& text) {
    const QString plain = QString::fromStdString(text);
    return symbolic(family) ? shownWords(plain) : plain;
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

WrittenTrace readTrace(const std::string& family, const std::string& text) {
    WrittenTrace read;
    const QString plain = QString::fromStdString(text);
    if (family == "doors") {  // A thought is a line; the answer is the door of the last one, if the goal was claimed.
        QString line;
        for (const QString& word : plain.split(' ', Qt::SkipEmptyParts)) {
            line += (line.isEmpty() ? QString() : QStringLiteral(" ")) + word;
            if (word == QLatin1String("!")) read.answer = line.section(' ', 0, 0);
            if (word != QLatin1String("/")) continue;
            read.steps << line;
            line.clear();
        }
        if (!line.isEmpty()) read.steps << line;
        return read;
    }
    if (family == "maze") {  // An event is a line; the plan is the answer.
        const auto words = plain.split(' ', Qt::SkipEmptyParts);
        const auto mark = words.indexOf(QStringLiteral("plan"));
        for (const QString& word : words.mid(0, mark)) {
            // Blotted out events are four blanks each.
            const bool full = !read.steps.isEmpty() && word == QLatin1String("|") && read.steps.back().count(' ') == 3;
            const bool begins = read.steps.isEmpty() || full || word == QLatin1String("create") || word == QLatin1String("close");
            if (begins) read.steps << word;
            else read.steps.back() += ' ' + word;
        }
        if (mark >= 0) read.answer = words.mid(mark + 1).join(' ');
        return read;
    }
    if (family == "countdown") {  // A move is a line, with the "back"s after it; the answer is what the last one came to, if the target was claimed.
        QStringList line, move;
        for (const QString& word : plain.split(' ', Qt::SkipEmptyParts)) {
            const bool mark = word == QLatin1String("back") || word == QLatin1String("!") || word == QLatin1String(".");
            if (word == QLatin1String("!") && move.size() == 5) read.answer = shownWord(move.back());
            if (!mark && move.size() == 5) {
                read.steps << shownWords(line.join(' '));
                line.clear();
                move.clear();
            }
            if (!mark) move << word;
            line << word;
        }
        if (const QString shown = shownWords(line.join(' ')); !shown.isEmpty()) read.steps << shown;
        return read;
    }
    if (!symbolic(family) && family != "addition") {
        read.steps = plain.split('\n', Qt::SkipEmptyParts);
        return read;
    }
    const auto mark = plain.indexOf('#');
    for (const QString& step : plain.left(mark < 0 ? plain.size() : mark).split(';'))
        if (const QString shown = shownWords(step); !shown.isEmpty()) read.steps << shown;
    if (mark >= 0) read.answer = shownWords(plain.mid(mark + 1));
    return read;
}

int stepsIn(const std::string& family, const std::string& hint) {
    if (family == "doors") return static_cast<int>(QString::fromStdString(hint).split(' ', Qt::SkipEmptyParts).size());  // A word is a step.
    return static_cast<int>(readTrace(family, hint).steps.size());
}

}  // namespace foothold::ui
