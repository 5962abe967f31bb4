// SPDX-License-Identifier: GPL-3.0-or-later
// Invented curves and tokens for tests of Inspect's views.
#pragma once
#include <cmath>
#include <vector>

#include "statistics/intervals.h"
#include "studies/prefix_curve.h"
#include "training/explanation.h"

namespace foothold::test {

/// Gold, two variants and the null curve of a problem of ten steps. `grown` 0 = nothing sampled, 1 = done; in between the later cuts have few
/// attempts or none.
inline CurveState curve_state(double grown) {
    CurveState state;
    state.settings.half_width = 0.1;
    state.settings.most = 256;
    const auto add = [&](CurveTrace::Kind kind, std::int64_t variant, const char* title, const std::vector<double>& p) {
        Curve curve{{kind, variant, title, {}}, {}};
        if (kind != CurveTrace::Kind::null) curve.trace.steps.assign(10, "n3 * n2 = n6 ;");
        for (const int given : {0, 2, 3, 4, 5, 7, 8, 9, 10}) {
            CurvePoint point;
            point.given = given;
            point.ratio = given / 10.0;
            const double share = grown * 1.6 - point.ratio;
            point.n = grown >= 1 ? 100 : share > .45 ? 100 : share > .1 ? 16 : 0;
            point.successes = static_cast<int>(std::lround(p[curve.points.size()] * point.n));
            point.sound = point.successes * 9 / 10;
            point.interval = wilson(point.successes, point.n);
            curve.points.push_back(point);
        }
        state.curves.push_back(std::move(curve));
    };
    add(CurveTrace::Kind::gold, 0, "gold", {.09, .13, .17, .22, .30, .52, .66, .83, 1});
    add(CurveTrace::Kind::variant, 2, "B swap 2 numbers", {.09, .11, .14, .18, .23, .33, .40, .50, .57});
    add(CurveTrace::Kind::variant, 4, "D trace of P-33", {.09, .08, .07, .06, .05, .04, .03, .02, .02});
    add(CurveTrace::Kind::null, 0, "", {.09, .10, .12, .15, .19, .33, .45, .62, .95});
    if (grown <= 0) return state;
    state.step = 112;
    state.tokens = 51940;
    state.seconds = 4.3;
    state.done = grown >= 1;
    state.scaffolding = {{2, .5, true, .67, Interval{.18, 1.21}}, {4, .5, false, {}, {}}};
    state.reliance = {{0, -.42, 12}, {2, -.61, 8}};
    return state;
}

/// Two groups of four; the token is the second of three of attempt #2, whose reward is 1 among 0 1 0 0. It was sampled at .5 and stands at .45.
inline ExplainedToken explained_token() {
    ExplainedToken token;
    token.rewards = {0, 1, 0, 0, 1, 1, 1, 0};
    token.group_size = 4;
    token.group = 0;
    token.attempt = 1;
    token.token = 1;
    token.logprobs = {std::log(.8), std::log(.45), std::log(.99)};
    token.old_logprobs = {std::log(.8), std::log(.5), std::log(.99)};
    token.lengths = {4, 3, 4, 4, 4, 3, 4, 4};
    token.settings.max_completion_length = 64;
    token.text = "n12";
    return token;
}

}  // namespace foothold::test
