// SPDX-License-Identifier: GPL-3.0-or-later
// Names of group states.
#include "ui/views/live/map_states.h"

#include "ui/theme/theme.h"

#include <QCoreApplication>
#include <array>

namespace foothold::ui {
namespace {

QString say(const char* text) { return QCoreApplication::translate("GroupState", text); }

}  // namespace

int legendEntry(const GroupSummary& group) {
    switch (group.state()) {
        case GroupState::all_wrong: return 0;
        case GroupState::mixed: return 1;
        case GroupState::all_right: return 2;
        case GroupState::rescued: return 2 + hintLevel(group.hint_ratio);
        case GroupState::lucky: return 6;
    }
    return 0;
}

QString legendName(int entry) {
    static constexpr std::array names = {
        QT_TRANSLATE_NOOP("GroupState", "All wrong"),
        QT_TRANSLATE_NOOP("GroupState", "Mixed"),
        QT_TRANSLATE_NOOP("GroupState", "All right"),
        QT_TRANSLATE_NOOP("GroupState", "Rescued at .25"),
        ".50",
        ".75",
        QT_TRANSLATE_NOOP("GroupState", "Lucky rescue"),
    };
    return say(names[static_cast<std::size_t>(entry)]);
}

QString legendLongName(int entry) {
    if (entry == 4) return say("Rescued at .50");
    if (entry == 5) return say("Rescued at .75");
    return legendName(entry);
}

QString shareText(double share) {
    QString text = QString::number(share, 'f', 2);
    if (text == "1.00") return "1";
    if (text.startsWith("0.")) text.remove(0, 1);
    return text == ".00" && share == 0 ? "0" : text;
}

QString groupWords(const GroupSummary& group) {
    const QString right = say("%1 of %2 right").arg(group.correct).arg(group.attempts);
    const bool hinted = group.hint_ratio > 0;
    switch (group.state()) {
        case GroupState::all_wrong:
            return hinted ? say("All wrong, even at %1: %2").arg(shareText(group.hint_ratio), right)
                          : say("All wrong: %1").arg(right);
        case GroupState::mixed: return say("Mixed: %1, no hint").arg(right);
        case GroupState::all_right: return say("All right: %1, no hint").arg(right);
        case GroupState::rescued: return say("Rescued at %1: %2").arg(shareText(group.hint_ratio), right);
        case GroupState::lucky: return say("Lucky at %1: %2, none of it sound").arg(shareText(group.hint_ratio), right);
    }
    return {};
}

QString beforeWords(const GroupSummary& group) {
    if (group.hint_ratio <= 0) return {};
    if (group.correct_before == GroupSummary::no_plain_round) return say("no round without a hint");
    return say("without hint: %1 of %2 right").arg(group.correct_before).arg(group.attempts);
}

}  // namespace foothold::ui
