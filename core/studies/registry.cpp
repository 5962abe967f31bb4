// SPDX-License-Identifier: GPL-3.0-or-later
// Which studies there are.
#include "studies/registry.h"

#include <fmt/format.h>

#include "record/error.h"

namespace foothold {

const std::vector<std::unique_ptr<Study>>& studies() {
    static const std::vector<std::unique_ptr<Study>> list = [] {
        std::vector<std::unique_ptr<Study>> made;
        made.push_back(make_guidance_study());
        made.push_back(make_hard_samples_study());
        made.push_back(make_corrupted_traces_study());
        made.push_back(make_abandoned_paths_study());
        made.push_back(make_step_confidence_study());
        made.push_back(make_template_study());
        return made;
    }();
    return list;
}

const Study& find_study(const std::string& name) {
    std::string known;
    for (const auto& study : studies()) {
        if (study->name() == name) return *study;
        known += (known.empty() ? "" : ", ") + study->name();
    }
    throw UserError(fmt::format("there is no study {}; there are: {}", name, known));
}

}  // namespace foothold
