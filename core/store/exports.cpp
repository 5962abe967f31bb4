// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the store: tables and lines other programs read.
#include "store/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "record/error.h"
#include "record/experiment_file.h"

namespace foothold {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t steps_at_once = 256;

/// A field of a CSV file (RFC 4180): in quotation marks where it needs them.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

/// A float as the double with its shortest text: .3f is written as 0.3.
double short_double(float value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    double shortest = value;
    std::from_chars(text, end, shortest);
    return shortest;
}

Json sound_or_null(Soundness soundness) {
    return soundness == Soundness::unknown ? Json(nullptr) : Json(soundness == Soundness::sound);
}

void check(std::ostream& out) {
    out.flush();
    if (!out)
        throw RunError("The export could not be written. Check that there is space at its target, then export again.");
}

void write_attempt(const Attempt& a, const std::vector<Problem>& problems, std::ostream& out) {
    const Problem* problem = a.problem < problems.size() ? &problems[a.problem] : nullptr;
    Json line;
    line["step"] = a.step;
    line["problem"] = problem ? Json(problem->id) : Json(nullptr);
    line["tier"] = problem ? Json(problem->tier) : Json(nullptr);
    line["occurrence"] = a.occurrence;
    line["round"] = a.round;
    line["attempt"] = a.attempt;
    line["origin"] = to_string(a.origin);
    line["variant"] = a.variant;
    line["hint_ratio"] = short_double(a.hint_ratio);
    line["sampled_under"] = a.sampled_under;
    line["trained_under"] = a.trained_under;
    line["trained"] = a.trained;
    line["prompt"] = a.prompt;
    line["hint"] = a.hint;
    line["completion"] = a.completion;
    line["reward"] = a.reward;
    line["advantage"] = a.advantage;
    line["verdict"] = to_string(a.verdict);
    line["sound"] = sound_or_null(a.soundness);
    line["first_wrong_step"] = a.first_wrong_step < 0 ? Json(nullptr) : Json(a.first_wrong_step);
    line["extracted"] = a.extracted;
    line["gold"] = problem ? Json(problem->answer) : Json(nullptr);
    out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    if (!out) check(out);
}

}  // namespace

void for_each_step(const RunReader& run, const std::function<void(const StepSummary&)>& use) {
    const std::int64_t last = run.last_step();
    for (std::int64_t from = 0; from <= last; from += steps_at_once)
        for (const StepSummary& step : run.summaries(from, std::min(last, from + steps_at_once - 1))) use(step);
}

void write_whole_file(const std::filesystem::path& target, const std::filesystem::path& beside, const std::function<void(std::ostream&)>& write) {
    std::error_code error;
    if (std::filesystem::is_directory(target, error)) throw UserError(fmt::format("{}: is a folder: name a file to write", target.string()));
    const auto forget = [&] { std::filesystem::remove(beside, error); };
    std::ofstream out(beside, std::ios::binary);
    if (!out) throw UserError(fmt::format("{}: cannot be written: {}", target.string(), std::strerror(errno)));
    try {
        write(out);
        out.close();
        check(out);
        std::filesystem::rename(beside, target);
    } catch (const std::filesystem::filesystem_error& failure) {
        forget();
        throw UserError(fmt::format("{}: cannot be written: {}", target.string(), failure.code().message()));
    } catch (...) {
        forget();
        throw;
    }
}

void export_metrics(const RunReader& run, std::ostream& out) {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::size_t> column;
    for_each_step(run, [&](const StepSummary& step) {
        for (const auto& [name, value] : step.metrics)
            if (column.emplace(name, names.size()).second) names.push_back(name);
    });
    out << "step";
    for (const std::string& name : names) out << ',' << csv_field(name);
    out << '\n';
    std::vector<std::string> row;
    for_each_step(run, [&](const StepSummary& step) {
        row.assign(names.size(), {});
        for (const auto& [name, value] : step.metrics)
            // A step that came in between the two passes may have a new name; it waits for the next export.
            if (const auto found = column.find(name); found != column.end())
                row[found->second] = fmt::format("{}", value);
        out << step.step;
        for (const std::string& field : row) out << ',' << field;
        out << '\n';
    });
    check(out);
}

void export_rollouts(const RunReader& run, std::ostream& out) {
    AttemptQuery query;
    query.tokens = false;
    run.for_each_attempt(query, [&](Attempt&& a) { write_attempt(a, run.info().problems, out); });
    check(out);
}

void export_completions(const RunReader& run, std::ostream& out) {
    const std::string kind = parse_experiment(run.experiment_toml(), "experiment.toml").reward.kind;
    // TRL names the column after the function; its accuracy_reward is what a verdict is here.
    const std::string reward = (kind == "verdict" ? "accuracy" : kind) + "_reward";
    const auto& problems = run.info().problems;
    std::vector<Attempt> group;
    const auto write_group = [&] {
        const bool any = std::any_of(group.begin(), group.end(), [](const Attempt& a) { return a.trained; });
        for (const Attempt& a : group) {
            if (any ? !a.trained : a.round != group.back().round) continue;
            const Json line = {{"step", a.step}, {"prompt", a.sampled_under}, {"completion", a.completion}, {reward, a.reward},
                               {"problem", a.problem < problems.size() ? Json(problems[a.problem].id) : Json(nullptr)}, {"hint_ratio", short_double(a.hint_ratio)}, {"advantage", a.advantage}};
            out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
            if (!out) check(out);
        }
        group.clear();
    };
    AttemptQuery query;
    query.origin = Origin::train;
    query.tokens = false;
    run.for_each_attempt(query, [&](Attempt&& a) {
        if (!group.empty() && (a.step != group[0].step || a.problem != group[0].problem || a.occurrence != group[0].occurrence)) write_group();
        group.push_back(std::move(a));
    });
    write_group();
    check(out);
}

void export_attempts(std::span<const Attempt> attempts, const std::vector<Problem>& problems, std::ostream& out) {
    for (const Attempt& a : attempts) write_attempt(a, problems, out);
    check(out);
}

}  // namespace foothold
