// SPDX-License-Identifier: GPL-3.0-or-later
// One arm of a study trained in memory, to a number of generated tokens: what several studies are made of.
#pragma once
#include "guidance/policy.h"
#include "record/experiment.h"
#include "studies/study.h"

namespace foothold {

struct TrainingCell {
    bool keep_hints = false; ///< For a control that repeats their counts: many numbers, which nobody else reads.
    bool keep_model = false; ///< Goes on from the model in the engine instead of opening model.path.
    Experiment experiment;   ///< Its model is opened anew; heldout.every sets the points of the curves.
    bool train = true;       ///< false: measures the model as it is.
    double tokens = 0;       ///< Stops after the step in which this many training tokens were generated.
    std::int64_t steps = 0;  ///< And after this many steps at most; 0 = no limit.
    int final_attempts = 16; ///< Samples a held-out problem at the end.
    std::vector<std::string> watched;  ///< Tiers that are held out beside those of the pool (they cost no training tokens).
    HintCounts match;        ///< For guidance.trigger random.
};

/// Trains and measures:
/// - curves over generated tokens: `accuracy` (mean over tiers of the un-hinted held-out accuracy), `accuracy/<tier>`, `sound/<tier>`, `greedy/<tier>`,
///   `skipping/<tier>`, `reward`, `dead` (share of all-wrong groups before hints), `lucky` (share of the push that goes to lucky successes),
///   `seconds`. The metrics of single steps are means over the steps since the last held-out evaluation.
/// - measures: `auc` (area under `accuracy` from 0 to `tokens`, over tokens), `auc/<tier>`, `dead`, `reward`, `rescued/sound`, `rescued/lucky`,
///   `lucky` (all means over the steps), `rescues` (hinted successes), `rescues/sound` (share of them that is sound), `auroc/min-step` and `auroc/mean`
///   (how well their confidence tells sound from lucky, over result tokens), `fed` (hinted groups trained on, a step), `fed/sound` (share of the
///   hinted successes trained on that is sound), `steps`, `visits` (groups drawn a pool problem); at the end `accuracy/<tier>`, `sound/<tier>`, `greedy/<tier>`, `pass@8/<tier>`,
///   `length/<tier>` (mean completion, tokens), `skipping/<tier>`, `repeat/<tier>` (share of the most frequent answer).
/// - lists: with `keep_hints`, `hints`, the hints given: step, tier, ratio, one after the other (read_hints).
CellResult train_cell(const TrainingCell& cell, const StudyPorts& ports);

/// The hints that a cell gave, for a control that repeats their counts.
HintCounts read_hints(const CellResult& result, const std::vector<std::string>& tiers);

/// Area under a curve from x = 0 to `to`, divided by `to`; the last value goes on, the first one from 0. NaN for no points.
double mean_height(const std::vector<std::pair<double, double>>& curve, double to);

/// Value of a curve at x, straight lines between its points.
double value_at(const std::vector<std::pair<double, double>>& curve, double x);

}  // namespace foothold
