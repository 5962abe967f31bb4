// SPDX-License-Identifier: GPL-3.0-or-later
// Collecting series from step summaries.
#include "ui/views/live/plot_data.h"

#include "ui/models/run_model.h"
#include "ui/theme/theme.h"

#include <algorithm>
#include <string>

namespace foothold::ui {

void PlotSeries::add(double at, double x) {
    smooth.push_back(smooth.empty() ? x : keep * smooth.back() + (1 - keep) * x);
    step.push_back(at);
    value.push_back(x);
}

bool PlotSeries::measuredAt(qint64 at) const {
    const int i = indexAt(at);
    return i >= 0 && step[static_cast<std::size_t>(i)] == static_cast<double>(at);
}

int PlotSeries::indexAt(qint64 at) const {
    return static_cast<int>(std::upper_bound(step.begin(), step.end(), double(at)) - step.begin()) - 1;
}

void PlotData::clear() { *this = {}; }

bool PlotData::extend(const RunModel& model) {
    const auto& steps = model.steps();
    if (levels.size() >= steps.size()) return false;
    const auto tiers = model.tiers().size();
    accuracy.resize(tiers);
    greedy.resize(tiers);
    std::vector<std::string> prefixes;
    for (const QString& tier : model.tiers()) prefixes.push_back("heldout/" + tier.toStdString());
    for (std::size_t i = levels.size(); i < steps.size(); ++i) {
        const StepSummary& step = *steps[i];
        const auto at = static_cast<double>(step.step);
        const auto take = [&](const std::string& name, PlotSeries& into) {
            if (const double* value = step.metric(name)) into.add(at, *value);
        };
        take("frac_all_wrong", allWrong);
        take("frac_all_right", allRight);
        take("frac_all_wrong/before_hints", allWrongBefore);
        take("advantage_share/lucky", luck);
        for (std::size_t tier = 0; tier < tiers; ++tier) {
            take(prefixes[tier] + "/accuracy", accuracy[tier]);
            take(prefixes[tier] + "/greedy", greedy[tier]);
        }
        std::array<float, 3> share{};
        for (const GroupSummary& group : step.groups)
            if (const int level = hintLevel(group.hint_ratio); level > 0)
                share[static_cast<std::size_t>(level - 1)] += 1.0f / static_cast<float>(step.groups.size());
        levels.push_back(share);
    }
    return true;
}

bool PlotData::lucky() const { return std::ranges::any_of(luck.value, [](double share) { return share >= 0.005; }); }

std::array<double, 3> PlotData::meanLevels(qint64 from, qint64 to) const {
    std::array<double, 3> sum{};
    to = std::min<qint64>(to, static_cast<qint64>(levels.size()));
    from = std::max<qint64>(from, 1);  // Step 0 has no groups.
    for (qint64 step = from; step < to; ++step)
        for (std::size_t level = 0; level < 3; ++level)
            sum[level] += levels[static_cast<std::size_t>(step)][level] / double(to - from);
    return sum;
}

}  // namespace foothold::ui
