// SPDX-License-Identifier: GPL-3.0-or-later
// A lesson: one TOML file (resources/help/teach.md says how to write one).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "record/experiment.h"
#include "ui/lessons/measure.h"

namespace foothold::ui {

/// What is drawn between a step's text and its question, from a group of the run.
struct LessonDrawing {
    enum class Kind {
        traces,      ///< A problem with one right and one wrong attempt, word for word.
        advantages,  ///< Reward and advantage of the attempts of a mixed group and of one that is all wrong.
        rounds,      ///< The rounds of one group that a hint rescued.
        lucky,       ///< A success whose steps are wrong, the first wrong one marked.
        hint,        ///< What a group was given, beside as much of its own solution.
    };
    Kind kind = Kind::traces;
    std::int64_t from = 1;           ///< Its groups are of this training step or later: for `hint`, the step's own.
    std::vector<std::string> tiers;  ///< Where its groups are looked for; empty = anywhere.
};

struct LessonOption {
    std::string text;
    double atLeast = 0, atMost = 1;  ///< It happened if the measured share lies in between, ends included.
    std::string happened;            ///< What it means if this is what happened.
    std::string swatch;              ///< "all-wrong", "mixed", "all-right", "rescued", "lucky" or empty.
};

struct LessonPrediction {
    std::string question;
    Measure measure;
    std::string measured;   ///< What the number is, in words: "of the hard groups were all wrong".
    std::int64_t least = 20;  ///< Fewer cases than this: unclear.
    std::vector<LessonOption> options;
    std::string unclear;
};

struct LessonStep {
    std::string title, text;
    std::optional<LessonDrawing> drawing;
    std::int64_t runTo = 0;  ///< The step trains up to here; what happens after it is the next step's.
    std::string changeKey;   ///< Set before the first of its training steps; empty = nothing is changed.
    Value changeValue;
    std::string changeText;  ///< As written: "guidance.policy=ghpo".
    bool slowMotion = false; ///< Offers to walk its last training step stage by stage.
    std::optional<LessonPrediction> prediction;
};

struct Lesson {
    std::string id;  ///< The file's name without its ending.
    int number = 0;  ///< 1 to 6: the question that it is about.
    std::string title, question;
    std::string about;    ///< Two lines for the list of lessons.
    int minutes = 10;
    std::string preset;   ///< A shipped experiment, as given.
    std::vector<std::string> overrides;  ///< "key=value", as given.
    Experiment experiment;
    std::vector<LessonStep> steps;
    std::string waiting;  ///< What waiting longer would do.
    std::string against;  ///< What speaks against the claim.
    std::filesystem::path file;
    std::int64_t lastStep() const { return steps.empty() ? 0 : steps.back().runTo; }
};

/// What a prediction came to.
struct LessonOutcome {
    enum class State { waiting, unclear, happened };
    State state = State::waiting;
    int option = -1;  ///< The one that happened.
    Measured measured;
};

/// `waiting` unless the run has reached `step.runTo`; unclear where the number lies between two options or stands on too few cases.
LessonOutcome judge(const LessonStep& step, std::span<const std::shared_ptr<const StepSummary>> steps, std::span<const Problem> problems, std::int64_t heldoutSize);

/// Reads a lesson. Throws UserError: file, line, what is wrong, what to do.
Lesson readLesson(const std::filesystem::path& file);
Lesson parseLesson(const std::string& text, const std::filesystem::path& file);

/// One of the six questions: its lesson, why its file cannot be used, or neither (not written yet).
struct LessonSlot {
    int number = 0;
    std::string question;
    std::optional<Lesson> lesson;
    std::string error;
};
/// The six questions in order with the lessons found in `folder`. Files that belong to none come after them. Never throws.
std::vector<LessonSlot> findLessons(const std::filesystem::path& folder);
std::filesystem::path lessonFolder();  ///< lessons/ of the program's resources.

}  // namespace foothold::ui
