// SPDX-License-Identifier: GPL-3.0-or-later
// The makers of the studies.
#pragma once
#include <memory>

#include "studies/study.h"

namespace foothold {

std::unique_ptr<Study> make_guidance_study();
std::unique_ptr<Study> make_hard_samples_study();
std::unique_ptr<Study> make_corrupted_traces_study();
std::unique_ptr<Study> make_abandoned_paths_study();
std::unique_ptr<Study> make_step_confidence_study();
std::unique_ptr<Study> make_template_study();

}  // namespace foothold
