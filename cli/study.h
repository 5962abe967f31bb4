// SPDX-License-Identifier: GPL-3.0-or-later
// What the studies of the command line share.
#pragma once
#include <string>
#include <vector>

#include "common.h"
#include "studies/prefix_curve.h"

namespace foothold::cli {

struct StudyFlags {
    std::string name, source, model, problem, setting = "quick", cells, out, markdown, pack;
    std::vector<std::string> operators;
    double dose = 1;
    std::int64_t at = -1, jobs = 0;
    bool read = false, shipped = false;
    CurveSettings curve;
    ComputeFlags compute;
};

/// Measures and prints one line. Returns the exit status.
int prefix_curve(StudyFlags& flags);

}  // namespace foothold::cli
