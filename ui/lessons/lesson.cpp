// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions, the lessons found for them, and what a prediction came to.
#include "ui/lessons/lesson.h"

#include <algorithm>

#include "record/paths.h"

namespace foothold::ui {

namespace fs = std::filesystem;

LessonOutcome judge(const LessonStep& step, std::span<const std::shared_ptr<const StepSummary>> steps, std::span<const Problem> problems, std::int64_t heldoutSize) {
    LessonOutcome outcome;
    if (!step.prediction || static_cast<std::int64_t>(steps.size()) - 1 < step.runTo) return outcome;
    const LessonPrediction& asked = *step.prediction;
    outcome.measured = measure(asked.measure, step.runTo, steps, problems, heldoutSize);
    outcome.state = LessonOutcome::State::unclear;
    if (outcome.measured.n < asked.least) return outcome;
    for (std::size_t i = 0; i < asked.options.size(); ++i) {
        if (outcome.measured.share < asked.options[i].atLeast || outcome.measured.share > asked.options[i].atMost) continue;
        outcome.state = LessonOutcome::State::happened;
        outcome.option = static_cast<int>(i);
        return outcome;
    }
    return outcome;
}

fs::path lessonFolder() { return resource_dir() / "lessons"; }

std::vector<LessonSlot> findLessons(const fs::path& folder) {
    std::vector<LessonSlot> slots = {
        {1, "Does a piece of the solution help where nothing is ever right?", {}, {}}, {2, "What do problems that are far too hard do to a model?", {}, {}},
        {3, "Do the traces that are shown need to be right?", {}, {}},                 {4, "What becomes of paths that were begun and given up?", {}, {}},
        {5, "Does the model know which of its steps are good?", {}, {}},               {6, "Has it learned a template or a procedure?", {}, {}},
    };
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        // The file's name begins with the number of its question, so that a broken one has its place too.
        const std::string name = file.filename().string();
        const int number = name.size() > 1 && name[1] == '-' && name[0] >= '1' && name[0] <= '6' ? name[0] - '0' : 0;
        LessonSlot* slot = nullptr;
        if (number > 0 && !slots[static_cast<std::size_t>(number - 1)].lesson && slots[static_cast<std::size_t>(number - 1)].error.empty())
            slot = &slots[static_cast<std::size_t>(number - 1)];
        if (!slot) slot = &slots.emplace_back(LessonSlot{number, name, {}, {}});
        try {
            slot->lesson = readLesson(file);
            slot->question = slot->lesson->question;
        } catch (const std::exception& problem) {
            slot->error = problem.what();
        }
    }
    return slots;
}

}  // namespace foothold::ui
