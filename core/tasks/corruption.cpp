// SPDX-License-Identifier: GPL-3.0-or-later
// The register of corruption operators, and what is common to them: which steps are touched, which donor is taken.
#include "tasks/corruption.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "record/error.h"
#include "tasks/corruption_operators.h"

namespace foothold {

const std::vector<CorruptionOperator>& corruption_operators() {
    // Name, title, meaning, keeps the state, needs a donor, what it does.
    static const std::vector<CorruptionOperator> list = {
        {"none", "None (own trace)", "The trace as it is.", true, false, [](auto steps, auto&) { return steps; }},
        {"swap", "Another problem's trace", "Steps of another problem of the same tier and length.", false, true, operators::swap},
        {"swap-numbers", "Exchange numbers", "In each touched step two numbers trade places.", false, false, operators::swap_numbers},
        {"noise", "Random numbers", "Each number of a touched step (and cell or carry) is replaced by a random one.", false, false, operators::noise},
        {"shuffle", "Shuffle steps", "The touched steps trade places among themselves.", false, false, operators::shuffle},
        {"filler", "Filler", "Each word of a touched step is replaced by a word that says nothing.", false, false, operators::filler},
        {"truncate", "Cut short", "The last steps are missing; what is left is right.", true, false, operators::truncate},
        {"delete", "Delete steps", "The touched steps are missing, wherever they stood; those after them are as they were.", false, false, operators::remove},
        {"insert", "Insert idle steps", "After each touched step stands one more, true and well formed, that changes nothing (plus zero, times one).", true, false, operators::insert},
        {"error", "Wrong results", "Each touched step has a wrong result; the steps after it go on from the right one.", false, false, operators::error},
        {"error-propagated", "One error, carried on", "The first touched step has a wrong result, and all after it are computed rightly from there; a larger dose puts it earlier on average.", false, false, operators::error_propagated},
        {"irrelevant", "Irrelevant steps", "Each touched step is replaced by a true one that has nothing to do with the problem.", false, false, operators::irrelevant},
        {"paraphrase", "Other wording", "The sides of plus and times change places in the touched steps; a step with no other form (minus, equal sides) stays as it is.", true, false, operators::paraphrase},
        {"wrong-answer", "Wrong last result", "Only the result of the trace's last step is wrong, at any dose that touches a step; a hint that ends earlier does not show it.", false, false, operators::wrong_answer},
        {"reverse", "Reverse order", "The touched steps stand in reverse order, in the places they had.", false, false, operators::reverse},
        {"empty", "Empty steps", "Each word of a touched step is replaced by the mark that ends a step: as many tokens, all of them common in right traces, unlike filler.", false, false, operators::empty},
    };
    return list;
}

const CorruptionOperator& find_corruption(const std::string& name) {
    std::vector<std::string> names;
    for (const CorruptionOperator& op : corruption_operators()) {
        if (op.name == name) return op;
        names.push_back(op.name);
    }
    throw UserError(fmt::format("corruption.operator = \"{}\": must be one of {}", name, fmt::join(names, ", ")));
}

CorruptedTrace corrupt(const CorruptionOperator& op, const Problem& problem, std::span<const Problem> donors, double dose, std::uint64_t seed,
                       const Family& family) {
    Random random(random_key({seed, static_cast<std::uint64_t>(Stream::corruption), text_key(problem.prompt)}));
    const std::size_t n = problem.steps.size();
    const auto count = static_cast<std::size_t>(std::llround(std::clamp(dose, 0.0, 1.0) * static_cast<double>(n)));
    CorruptedTrace out{problem.steps, std::vector<bool>(n, false), family.state_holds(problem, problem.steps)};
    if (count == 0 || op.name == "none") return out;
    if (const auto reason = family.unfit(op.name)) throw UserError(fmt::format("corruption.operator = \"{}\": {}", op.name, *reason));

    std::vector<const Problem*> fitting;
    if (op.needs_donor) {
        for (const Problem& donor : donors)
            if (donor.tier == problem.tier && donor.steps.size() == n && donor.prompt != problem.prompt) fitting.push_back(&donor);
        if (fitting.empty())
            throw UserError(fmt::format("{} needs another problem of tier {} with {} steps, and there is none", op.name, problem.tier, n));
    }
    const auto& donor = fitting.empty() ? problem.steps : fitting[random.below(fitting.size())]->steps;
    std::vector<std::size_t> places(n);
    std::iota(places.begin(), places.end(), 0);
    random.shuffle(std::span(places));
    places.resize(count);
    std::sort(places.begin(), places.end());

    out.steps = op.apply(problem.steps, {problem, family, places, donor, random});
    out.changed.resize(out.steps.size());
    for (std::size_t i = 0; i < out.steps.size(); ++i) out.changed[i] = i >= n || out.steps[i] != problem.steps[i];
    out.state_kept = family.state_holds(problem, out.steps);
    return out;
}

}  // namespace foothold
