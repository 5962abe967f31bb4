// SPDX-License-Identifier: GPL-3.0-or-later
// The register of families (a new one is one file and one line here), and what is the same for all of them.
#include "tasks/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "record/error.h"

namespace foothold {
namespace {

struct Entry {
    std::string name;
    std::function<std::unique_ptr<Family>(const FamilyOptions&)> make;
};

const std::vector<Entry>& entries() {
    static const std::vector<Entry> list = {
        {"chain", make_chain},
        {"countdown", make_countdown},
        {"doors", make_doors},
        {"graph-path", make_graph_path},
        {"maze", make_maze},
        {"addition", make_addition},
    };
    return list;
}

}  // namespace

std::string Family::tier_after(const std::string& tier, int given) const { return given <= 0 ? tier : std::string(); }

std::optional<std::string> Family::refuse_trace(const Problem& problem, std::span<const std::string> steps) const {
    if (steps.empty()) return "there are no steps: write at least one, or give no hint";
    const auto& known = vocabulary().words();
    const std::string& end = known[static_cast<std::size_t>(end_token())];
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto words = split_words(steps[i]);
        if (words.empty()) return fmt::format("step {} is empty: write it or delete it", i + 1);
        for (std::string_view word : words) {
            if (word == end) return fmt::format("step {}: {} ends the answer, so nothing could follow it; leave it out", i + 1, word);
            if (std::find(known.begin(), known.end(), word) != known.end()) continue;
            const std::string example = problem.steps.empty() ? "" : fmt::format("; write words with blanks between, as in: {}", problem.steps.front());
            return fmt::format("step {}: \"{}\" is not a word of the model's vocabulary{}", i + 1, word, example);
        }
    }
    return std::nullopt;
}

FamilyOptions family_options(const Experiment& experiment) {
    const auto& keys = experiment.problems;
    return {static_cast<int>(keys.width), static_cast<int>(keys.modulus), static_cast<int>(keys.answer_modulus)};
}

const std::vector<std::string>& family_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        for (const Entry& entry : entries()) out.push_back(entry.name);
        return out;
    }();
    return names;
}

std::unique_ptr<Family> make_family(const std::string& name, const FamilyOptions& options) {
    for (const Entry& entry : entries())
        if (entry.name == name) return entry.make(options);
    throw UserError(fmt::format("problems.family = \"{}\": no such family; known: {}", name, fmt::join(family_names(), ", ")));
}

}  // namespace foothold
