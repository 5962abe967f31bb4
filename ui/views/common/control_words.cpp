// SPDX-License-Identifier: GPL-3.0-or-later
// The texts of "what is this?".
#include "ui/views/common/control_words.h"

#include <QAbstractButton>
#include <QAction>
#include <QCoreApplication>
#include <QLabel>
#include <QToolButton>
#include <QWidget>

#include "record/experiment_keys.h"

namespace foothold::ui {
namespace {

struct Words {
    const char *name, *text;  ///< A name that ends with "." or "*" means all names that begin so.
};
constexpr Words table[] = {
    {"run.button",
     QT_TRANSLATE_NOOP("ControlWords", "Runs the trainer from the step it stands at, and pauses it while it runs. Looking at the views never stops it. F5, F6.")},
    {"step.button",
     QT_TRANSLATE_NOOP("ControlWords", "Makes one training step and stops again: draw problems, sample attempts, judge, hint and sample again where a group is all wrong, update.")},
    {"stop.button",
     QT_TRANSLATE_NOOP("ControlWords", "Ends the run where it is. It can go on later; what was trained is stored.")},
    {"pace",
     QT_TRANSLATE_NOOP("ControlWords", "The most steps a second the trainer may make: slow enough to watch, or no limit.")},
    {"view.*",
     QT_TRANSLATE_NOOP("ControlWords", "Goes to another workspace. All of them show the same run, problem and step.")},
    {"export.button",
     QT_TRANSLATE_NOOP("ControlWords", "Writes something of this run to a file: a report, metrics, attempts, the experiment with all edits, a picture.")},
    {"palette.button",
     QT_TRANSLATE_NOOP("ControlWords", "All commands by name, with their keys: type a few letters of what you want to do.")},
    {"notice.*",
     QT_TRANSLATE_NOOP("ControlWords", "Does what it says about the message beside it; the message then goes away.")},
    {"tab.experiment",
     QT_TRANSLATE_NOOP("ControlWords", "Shows the settings of the experiment in this column.")},
    {"tab.problem",
     QT_TRANSLATE_NOOP("ControlWords", "Shows the problem selected in the map in this column.")},
    {"ratio.all",
     QT_TRANSLATE_NOOP("ControlWords", "The largest part of its trace any hard problem may be given, for all tiers at once. A group that is all wrong is tried again with more and more of the trace, up to here. 0 = no hints.")},
    {"ratio.*",
     QT_TRANSLATE_NOOP("ControlWords", "The largest part of its trace a problem of this tier may be given. A group that is all wrong is tried again with more and more of the trace, up to here. 0 = no hints.")},
    {"problems.tiers",
     QT_TRANSLATE_NOOP("ControlWords", "The tiers of the pool, easiest first: operations and depth. +:4 means four additions. A change needs a new run.")},
    {"heatMap",
     QT_TRANSLATE_NOOP("ControlWords", "Every group of the run. A row is a problem, the hardest tier on top; a column is a step. Grey hatched: all attempts wrong, nothing is learned. Blue: some right. Green: all right. Orange: rescued by a hint. Click to look at a group, double click to open it in Inspect, drag to brush problems, wheel to zoom, arrow keys to move.")},
    {"plots",
     QT_TRANSLATE_NOOP("ControlWords", "What became of the groups, how much was given, and how often held-out problems are solved without a hint. Click to list the groups of a step, double click to open its worst group in Inspect; drag to scrub, wheel to zoom, arrow keys to move.")},
    {"timeline",
     QT_TRANSLATE_NOOP("ControlWords", "How long each phase of each step took. Held-out evaluations and checkpoints stand out as taller bars. Click to list the groups of a step; wheel and arrow keys as in the plots.")},
    {"step-groups.list",
     QT_TRANSLATE_NOOP("ControlWords", "The groups of the step shown: all wrong first, all right last. Choose one to see its problem below; Enter or a double click opens it in Inspect.")},
    {"export-*",
     QT_TRANSLATE_NOOP("ControlWords", "Writes this view to a file: a picture (PNG, SVG, PDF) with a caption that says which run it is of, the numbers it shows as a table (CSV), or the selected attempts (JSONL).")},
    {"legend.*",
     QT_TRANSLATE_NOOP("ControlWords", "Shows or hides the groups of one state; the number counts them up to the step shown.")},
    {"teachWorkspace",
     QT_TRANSLATE_NOOP("ControlWords", "Lessons: six questions, answered by what a real model does in front of you. Choose one to begin.")},
    {"problem.inspect",
     QT_TRANSLATE_NOOP("ControlWords", "Opens this problem in Inspect: its trace, every attempt with its tokens, and its solve curve.")},
    {"problem.next",
     QT_TRANSLATE_NOOP("ControlWords", "Selects the next problem in the order of the map.")},
    {"problem.pin",
     QT_TRANSLATE_NOOP("ControlWords", "Pins this problem: it stays below, so that another can be held against it. Ctrl+D; F8 swaps the two.")},
    {"problem.previous",
     QT_TRANSLATE_NOOP("ControlWords", "Selects the previous problem in the order of the map.")},
    {"attempts",
     QT_TRANSLATE_NOOP("ControlWords", "The attempts of the group: right or wrong, the answer read against the gold answer, and the advantage, by which training pushes each one. Click one to read it.")},
    {"history",
     QT_TRANSLATE_NOOP("ControlWords", "All visits to this problem: height is the share right, colour what became of the group. Click a bar to go to its step.")},
    {"pinned.history",
     QT_TRANSLATE_NOOP("ControlWords", "All visits to the pinned problem, in the same colours as the map.")},
    {"pinned.swap",
     QT_TRANSLATE_NOOP("ControlWords", "Shows the pinned problem everywhere and pins the one shown before. F8.")},
    {"pinned.unpin",
     QT_TRANSLATE_NOOP("ControlWords", "Lets go of the pinned problem. Ctrl+D pins the one that is shown.")},
    {"map.slices",
     QT_TRANSLATE_NOOP("ControlWords", "How many problems are brushed. From here a named set of problems is brushed, saved or cleared; every view dims the others.")},
    {"problem-list.slices",
     QT_TRANSLATE_NOOP("ControlWords", "How many problems are brushed. From here a named set of problems is brushed, saved or cleared; every view dims the others.")},
    {"problem-list.histogram",
     QT_TRANSLATE_NOOP("ControlWords", "How many problems are solved how often without a hint, over their last four visits: never at the left, always at the right. Click or drag over bars to brush their problems.")},
    {"problem-list.rows",
     QT_TRANSLATE_NOOP("ControlWords", "Every problem with its history and how often it was solved lately. Click to open it; drag, Shift or Ctrl brush several.")},
    {"problem-list.filter",
     QT_TRANSLATE_NOOP("ControlWords", "Keeps the problems that fit every word: a name (P-37), a tier (T4), or a state (rescued, never).")},
    {"problem-list.sort",
     QT_TRANSLATE_NOOP("ControlWords", "The order of the problems: by need, tier, id, or lucky rescues.")},
    {"attempts.source.*",
     QT_TRANSLATE_NOOP("ControlWords", "Which attempts are shown: those of the group at the step shown, all of this problem so far, or those sampled by Probe, which were not trained on.")},
    {"attempts.branch",
     QT_TRANSLATE_NOOP("ControlWords", "Keeps the chosen attempt up to the chosen token and samples continuations from there. Nothing is trained on them.")},
    {"attempts.show",
     QT_TRANSLATE_NOOP("ControlWords", "Keeps only the attempts that are right, wrong, lucky (right answer, unsound work) or hinted.")},
    {"attempts.order",
     QT_TRANSLATE_NOOP("ControlWords", "In which order the attempts stand.")},
    {"inspect.page.*",
     QT_TRANSLATE_NOOP("ControlWords", "What stands below: the solve curve, the chosen token, or your note on this problem.")},
    {"curve.probe",
     QT_TRANSLATE_NOOP("ControlWords", "Samples attempts at nine cuts of the trace and of each variant. The curve grows while they come. Nothing is trained on them.")},
    {"note",
     QT_TRANSLATE_NOOP("ControlWords", "What you write here is kept with the run, for this problem.")},
    {"livePill",
     QT_TRANSLATE_NOOP("ControlWords", "Follows the newest step, or stays where you are. Staying never stops the trainer.")},
    {"attempts.cards",
     QT_TRANSLATE_NOOP("ControlWords", "The attempts as cards. Colours say how likely each token was, or what the colour mode names; a red box is the first wrong step. Click a token to see what training does to it; N and P go from card to card, Ctrl+click chooses two to compare.")},
    {"attempts.colors",
     QT_TRANSLATE_NOOP("ControlWords", "What the colour of a token tells: how probable or unsure it was, what it earned, or where it comes from.")},
    {"trace.train",
     QT_TRANSLATE_NOOP("ControlWords", "Gives this trace instead of the reference as the hint for this problem, from the next step on. Undo takes it back.")},
    {"trace.operator",
     QT_TRANSLATE_NOOP("ControlWords", "How to corrupt the trace: swap steps or numbers, noise, shuffle, delete, insert, truncate and others. Each says whether the value revealed last still holds.")},
    {"trace.apply",
     QT_TRANSLATE_NOOP("ControlWords", "Makes a variant: a child of the trace shown, corrupted so. The reference is never changed.")},
    {"trace.",
     QT_TRANSLATE_NOOP("ControlWords", "Part of the trace editor: the reference trace in steps, the cut that says how much of it is given, and its variants.")},
    {"explainer.type.*",
     QT_TRANSLATE_NOOP("ControlWords", "Shows what another loss type would do to this token. It changes only this explanation, not the training.")},
    {"explainer.scale.*",
     QT_TRANSLATE_NOOP("ControlWords", "Shows what another scaling of the advantage would do to this token. It changes only this explanation, not the training.")},
    {"explainer.back",
     QT_TRANSLATE_NOOP("ControlWords", "Shows the loss type and scaling again that the run trains with.")},
    {"armScroll",
     QT_TRANSLATE_NOOP("ControlWords", "The arms of the comparison: what each changes, and how many of its seeds are done.")},
    {"heldoutPlotCanvas",
     QT_TRANSLATE_NOOP("ControlWords", "How often held-out problems are solved without a hint, by arm: mean, 95 % band, seeds thin. Click a place to read it, double click to open that run at that step; arrow keys go along a curve, Enter opens. Wheel and drag zoom and move.")},
    {"wrongPlotCanvas",
     QT_TRANSLATE_NOOP("ControlWords", "Share of groups that are all wrong even after hints, by arm: mean, 95 % band, seeds thin. Click a place to read it, double click to open that run at that step; arrow keys go along a curve, Enter opens.")},
    {"compareOnlyTwo",
     QT_TRANSLATE_NOOP("ControlWords", "Shows only the baseline and the chosen arm.")},
    {"compareRun",
     QT_TRANSLATE_NOOP("ControlWords", "Runs the seeds that are missing, one after the other, beside this window; or stops after the one that runs.")},
    {"resultRows",
     QT_TRANSLATE_NOOP("ControlWords", "Each arm's result with its difference from the baseline and the interval over seeds. Choose an arm to read its finding.")},
    {"compareNew",
     QT_TRANSLATE_NOOP("ControlWords", "Makes a comparison of this experiment: one setting changed, several seeds of both.")},
    {"compareOpen",
     QT_TRANSLATE_NOOP("ControlWords", "Opens a comparison made before: its folder.")},
    {"teachWorkspace",
     QT_TRANSLATE_NOOP("ControlWords", "Lessons: each asks one question, has you commit to a prediction, trains in this window and says what it showed.")},
    {"lesson.",
     QT_TRANSLATE_NOOP("ControlWords", "Part of a lesson. Nothing here changes the experiment: what you see is a real run of it.")},
    {"lesson.lock",
     QT_TRANSLATE_NOOP("ControlWords", "Keeps your prediction as it is and begins this step. It cannot be changed afterwards.")},
    {"lesson.slow-motion",
     QT_TRANSLATE_NOOP("ControlWords", "Walks through one training step stage by stage: draw, hint, generate, judge, another round, advantages, update.")},
    {"lesson.back",
     QT_TRANSLATE_NOOP("ControlWords", "Shows the step of the lesson before this one. Nothing is trained again.")},
    {"lesson.next",
     QT_TRANSLATE_NOOP("ControlWords", "Goes on with the lesson; at its end, makes the handout.")},
    {"lesson.play",
     QT_TRANSLATE_NOOP("ControlWords", "Trains up to the end of this part of the lesson, or pauses after the step in progress.")},
    {"lesson.one-step",
     QT_TRANSLATE_NOOP("ControlWords", "Trains a single step, then pauses.")},
    {"lesson.reset",
     QT_TRANSLATE_NOOP("ControlWords", "Begins this lesson again as a new run. The old run is kept.")},
    {"studies.list",
     QT_TRANSLATE_NOOP("ControlWords", "The six published claims, each as a question that can be put to the test here.")},
    {"studies.source",
     QT_TRANSLATE_NOOP("ControlWords", "Shows what our own full runs stored, as it came with the program, or what was stored on this machine.")},
    {"studies.page",
     QT_TRANSLATE_NOOP("ControlWords", "What the stored cells of this study say, no more than they allow, and what speaks against the claim.")},
    {"studies.quick",
     QT_TRANSLATE_NOOP("ControlWords", "Runs at most three arms under one seed beside this window, to see how the study works. It gives no interval.")},
    {"studies.full",
     QT_TRANSLATE_NOOP("ControlWords", "Runs every arm under every seed beside this window, and goes on where it stopped. What is done is kept.")},
    {"studies.stop",
     QT_TRANSLATE_NOOP("ControlWords", "Stops after the step in progress. Cells that are done are kept.")},
    {"study.",
     QT_TRANSLATE_NOOP("ControlWords", "Part of a study: its arms with intervals, seeds, generated tokens and training time.")},
};

/// What the key of an experiment means, and what it may be; empty if the name is none.
QString keyWords(const QString& name) {
    try {
        const ExperimentKey& key = find_key(name.toStdString());
        return QCoreApplication::translate("ControlWords", "%1\n\nKey of the experiment: %2, %3. %4")
            .arg(QString::fromStdString(key.meaning), QString::fromStdString(key.name), QString::fromStdString(key.allowed()),
                 key.live ? QCoreApplication::translate("ControlWords", "A change applies from the next step.") : QCoreApplication::translate("ControlWords", "A change needs a new run."));
    } catch (const std::exception&) {
        return {};
    }
}

/// A control a person can reach: by Tab, by click, by the mouse alone.
bool isControl(const QWidget* widget) {
    return (widget->focusPolicy() != Qt::NoFocus || qobject_cast<const QAbstractButton*>(widget)) && !qobject_cast<const QLabel*>(widget) &&
           !widget->objectName().startsWith(QLatin1String("qt_"));
}

}  // namespace

QString controlWords(const QString& objectName) {
    if (objectName.contains('.'))
        if (const QString key = keyWords(objectName); !key.isEmpty()) return key;
    const Words* best = nullptr;
    for (const Words& words : table) {
        const QLatin1String name(words.name);
        const bool open = name.endsWith(QLatin1Char('.')) || name.endsWith(QLatin1Char('*'));
        const bool fits = open ? objectName.startsWith(name.endsWith(QLatin1Char('*')) ? name.chopped(1) : name) : objectName == name;
        if (fits && (!best || name.size() > static_cast<qsizetype>(qstrlen(best->name)))) best = &words;
    }
    return best ? QCoreApplication::translate("ControlWords", best->text) : QString();
}

void explainControls(QWidget* root) {
    for (QWidget* widget : root->findChildren<QWidget*>()) {
        if (!isControl(widget)) continue;
        const auto* tool = qobject_cast<const QToolButton*>(widget);
        QAction* action = tool ? tool->defaultAction() : nullptr;
        if (action && action->whatsThis().isEmpty()) action->setWhatsThis(controlWords(widget->objectName()));  // The button follows its action.
        if (widget->whatsThis().isEmpty()) {
            QString words = controlWords(widget->objectName());
            if (words.isEmpty() && action) words = action->toolTip();
            if (words.isEmpty()) words = widget->toolTip();
            widget->setWhatsThis(words.size() < 12 && !widget->accessibleName().isEmpty() ? widget->accessibleName() : words);
        }
        if (widget->accessibleName().isEmpty()) {
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            QString name = button ? button->text().remove('&') : QString();
            if (name.isEmpty() && action) name = action->text().remove('&');
            if (name.isEmpty()) name = widget->toolTip();
            if (name.isEmpty() && !controlWords(widget->objectName()).isEmpty() && !keyWords(widget->objectName()).isEmpty()) name = widget->objectName();
            if (!button || button->text().isEmpty()) widget->setAccessibleName(name);
        }
    }
}

}  // namespace foothold::ui
