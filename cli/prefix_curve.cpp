// SPDX-License-Identifier: GPL-3.0-or-later
// study prefix-curve: success of one problem against how much of a trace is given.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "common.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "session/stored_run.h"
#include "tasks/corruption.h"
#include "study.h"

namespace foothold::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

RunAtStep open_source(const StudyFlags& flags) {
    const fs::path source = flags.source.empty() ? resource_dir() / "experiments" / "dead-groups.toml" : fs::path(flags.source);
    if (fs::is_directory(source)) {
        if (!flags.compute.set.empty() || !flags.model.empty()) throw UserError("--set and --model belong to an experiment; " + source.string() + " is a stored run");
        return RunAtStep(source, flags.at, flags.compute.device);
    }
    if (flags.at > 0) throw UserError("--at needs a run directory: an experiment has no steps yet");
    Experiment experiment = read_experiment(source);
    flags.compute.apply(experiment);
    if (!flags.model.empty()) experiment.model.path = fs::absolute(find_file(flags.model)).string();
    return RunAtStep(experiment, source.parent_path(), flags.compute.device);
}

std::uint32_t find_problem(const ProblemSet& set, const std::string& id) {
    for (std::size_t i = 0; i < set.problems.size(); ++i)
        if (set.problems[i].id == id) return static_cast<std::uint32_t>(i);
    if (!id.empty()) throw UserError(fmt::format("--problem {}: there is no such problem; the first one of the pool is {}", id, set.problems.front().id));
    return static_cast<std::uint32_t>(set.pool_size - 1);  // Of the hardest tier.
}

std::string name_of(const CurveTrace& trace) {
    return trace.kind == CurveTrace::Kind::gold ? "gold" : trace.kind == CurveTrace::Kind::null ? "remaining-depth" : trace.title;
}

/// What can be read off the curves, without claiming more.
std::string sentence(const CurveState& state) {
    std::string out;
    for (const Curve& curve : state.curves) {
        if (curve.trace.kind == CurveTrace::Kind::null) continue;
        const auto foothold = curve.foothold();
        out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", name_of(curve.trace),
                           foothold ? fmt::format("half of the attempts succeed from {} of {} steps on", foothold->given, curve.trace.steps.size())
                                    : std::string("no prefix brings half of the attempts to success"));
    }
    return out + ". One problem, one model: a measurement, no claim.";
}

}  // namespace

int prefix_curve(StudyFlags& flags) {
    Interrupt interrupt;
    RunAtStep source = open_source(flags);
    CurveSettings settings = flags.curve;
    settings.problem = find_problem(source.problems(), flags.problem);
    settings.seed = flags.compute.seed.value_or(1);
    const Problem& problem = source.problems().problems[settings.problem];
    settings.traces = {{CurveTrace::Kind::gold, 0, "gold", problem.steps}};
    if (source.run())
        for (const Variant& v : source.run()->variants())
            if (v.problem == settings.problem) settings.traces.push_back({CurveTrace::Kind::variant, v.id, v.title, v.steps});
    const auto pool = std::span(source.problems().problems).first(source.problems().pool_size);
    for (const std::string& name : flags.operators) {
        const auto steps = corrupt(find_corruption(name), problem, pool, flags.dose, static_cast<std::uint64_t>(settings.seed), source.family()).steps;
        settings.traces.push_back({CurveTrace::Kind::variant, variant_id(problem.id, steps), name, steps});
    }
    settings.traces.push_back({CurveTrace::Kind::null, 0, "remaining depth", {}});

    PrefixCurve curve(settings);
    ProgressBar bar;
    try {
        while (!curve.done()) {
            curve.slice({source.engine(), source.family(), source.problems(), source.experiment(), source.step(), interrupt.token()});
            std::size_t open = 0, all = 0;
            for (const Curve& c : curve.state().curves)
                for (const CurvePoint& p : c.points) ++all, open += (p.interval.second - p.interval.first) / 2 > settings.half_width && p.n < settings.most;
            bar.show(1 - static_cast<double>(open) / static_cast<double>(std::max<std::size_t>(1, all)), fmt::format("{} of {} points known", all - open, all));
        }
    } catch (const Stopped&) {
    }
    const CurveState state = curve.state();
    Json line = {{"study", "prefix-curve"}, {"setting", flags.setting}, {"seeds", {settings.seed}}, {"cells_done", state.done ? 1 : 0}, {"cells", 1}};
    line["problem"] = problem.id;
    line["step"] = state.step;
    line["rows"] = Json::array();
    for (const Curve& c : state.curves)
        for (const CurvePoint& p : c.points)
            line["rows"].push_back({{"variant", name_of(c.trace)}, {"ratio", p.ratio}, {"given", p.given}, {"n", p.n}, {"successes", p.successes}, {"sound", p.sound},
                                    {"lo", p.interval.first}, {"hi", p.interval.second}});
    line["scaffolding"] = Json::array();
    for (const ScaffoldingIndex& index : state.scaffolding) {
        Json row = {{"variant", index.variant}, {"ratio", index.ratio}, {"state", index.state_kept ? "kept" : "broken"}};
        row["value"] = index.value ? Json(*index.value) : Json("undefined");
        if (index.interval) row["interval"] = {index.interval->first, index.interval->second};
        line["scaffolding"].push_back(row);
    }
    line["reliance"] = Json::array();
    for (const HintReliance& r : state.reliance) line["reliance"].push_back({{"variant", r.variant}, {"value", r.value}, {"attempts", r.attempts}});
    line["tokens"] = state.tokens;
    line["seconds"] = state.seconds;
    line["verdict"] = "not testable";
    line["sentence"] = sentence(state);
    std::cout << line.dump() << std::endl;
    return interrupt.requested() ? 130 : 0;
}

}  // namespace foothold::cli
