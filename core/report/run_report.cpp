// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a run, part by part.
#include "report/run_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "record/experiment_keys.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/run_facts.h"
#include "statistics/intervals.h"

namespace foothold {
namespace {

constexpr std::size_t longest_value =
    400;  // Of a setting; traces can be long, and the experiment stands in full below.

std::string value_text(const Value& value) {
    std::string text = to_text(value);
    if (text.size() > longest_value) {
        std::size_t at = longest_value;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
        text = text.substr(0, at) + " …";
    }
    return text;
}

std::string model_name(const Experiment& experiment) {
    return std::filesystem::path(experiment.model.path).stem().string();
}

void add_tile(Markup& page, const std::string& number, const std::string& beside, const std::string& what,
              const std::string& more) {
    const auto item = page.element("li");
    {
        const auto big = page.element("b");
        page.text(number);
        if (!beside.empty()) page.leaf("small", " " + beside);
    }
    page.leaf("span", what);
    if (!more.empty()) page.leaf("span", more);
}

void add_header(Markup& page, const RunFacts& facts) {
    {
        const auto header = page.element("header");
        page.leaf("h1", facts.info.name);
        page.leaf("p", {{"class", "muted"}},
                  fmt::format("Report of one run: policy {}, family {}, model {}, seed {}. {} of {} steps. Begun {}.",
                              facts.ended.guidance.policy, facts.ended.problems.family, model_name(facts.ended),
                              facts.initial.seed, facts.last_step(), facts.info.planned_steps,
                              moment_text(facts.info.created)));
        if (!facts.trained()) return;
        const auto tiles = page.element("ul", {{"class", "tiles"}});
        const std::string lately =
            facts.last_step() > recent_steps ? fmt::format("last {} steps", recent_steps) : "all steps";
        const double before = facts.mean_of_last("frac_all_wrong/before_hints", recent_steps);
        add_tile(page, share_text(facts.mean_of_last("frac_all_wrong", recent_steps)), "",
                 "groups all wrong as trained",
                 std::isfinite(before) ? fmt::format("{} before hints, {}", share_text(before), lately)
                                       : "hints from the first round on, " + lately);
        if (!facts.heldout.empty()) {
            const HeldoutCurve& hardest = facts.heldout.back();
            const double now = hardest.accuracy.back().y;
            add_tile(page, share_text(now),
                     hardest.n
                         ? interval_text(wilson(now * static_cast<double>(hardest.n), static_cast<double>(hardest.n)))
                         : "",
                     fmt::format("held-out {} solved without hints", hardest.tier),
                     fmt::format("{} at step {:.0f}; now step {:.0f}, n = {}", share_text(hardest.accuracy.front().y),
                                 hardest.accuracy.front().x, hardest.accuracy.back().x, hardest.n));
        }
        std::int64_t rescued = 0, lucky = 0;
        for (const auto& item : facts.counts) rescued += item.second.rescued(), lucky += item.second.lucky;
        add_tile(page, count_text(static_cast<double>(rescued)), "", "groups rescued by a hint",
                 fmt::format("{} of them by luck alone", lucky));
        add_tile(page, count_text(facts.last("tokens_generated")), "", "training tokens generated",
                 duration_text(facts.total("step_time")) + " of training");
    }
    page.line();
}

void add_settings(Markup& page, const RunFacts& facts) {
    const auto section = page.element("section", {{"id", "settings"}});
    page.leaf("h2", "What was run");
    const Experiment defaults;
    std::vector<const ExperimentKey*> changed, same;
    for (const ExperimentKey& key : experiment_keys())
        (key.get(facts.initial) == key.get(defaults) ? same : changed).push_back(&key);
    const auto table_of = [&](const std::vector<const ExperimentKey*>& keys, bool with_default) {
        const auto table = page.element("table");
        if (with_default)
            add_table_head(page, {"Setting", "Value", "Default", "Meaning"});
        else
            add_table_head(page, {"Setting", "Value", "Meaning"});
        const auto body = page.element("tbody");
        for (const ExperimentKey* key : keys) {
            const auto row = page.element("tr");
            {
                const auto cell = page.element("td", {{"class", "key"}});
                page.leaf("code", key->name);
            }
            {
                const auto cell = page.element("td");
                page.leaf("code", value_text(key->get(facts.initial)));
            }
            if (with_default) {
                const auto cell = page.element("td", {{"class", "muted"}});
                page.leaf("code", value_text(key->get(defaults)));
            }
            page.leaf("td", {{"class", "muted"}}, key->meaning);
        }
    };
    page.leaf("p", {{"class", "note"}},
              changed.empty() ? "Every setting had its default at step 0."
                              : "Settings that differed from the defaults at step 0:");
    if (!changed.empty()) table_of(changed, true);
    {
        const auto rest = page.element("details");
        page.leaf("summary", fmt::format("{} settings at their defaults", same.size()));
        table_of(same, false);
    }
    page.leaf("h3", "Changes while it ran");
    if (facts.changes.empty()) {
        page.leaf("p", {{"class", "note"}}, "None.");
        return;
    }
    Experiment so_far = facts.initial;
    const auto table = page.element("table");
    add_table_head(page, {"#", ">From step", "Setting", "Before", "After"});
    const auto body = page.element("tbody");
    for (std::size_t i = 0; i < facts.changes.size(); ++i) {
        const Intervention& change = facts.changes[i];
        const auto row = page.element("tr");
        page.leaf("td", fmt::format("#{}", i + 1));
        page.leaf("td", {{"class", "n"}}, fmt::format("{}", change.step));
        const bool entry = find_key(change.key).name != change.key;  // One entry of a table: before, the table.
        for (const std::string& text :
             {change.key, value_text(get_key(so_far, entry ? find_key(change.key).name : change.key)),
              value_text(change.value)}) {
            const auto cell = page.element("td");
            page.leaf("code", text);
        }
        set_key(so_far, change.key, change.value);
    }
}

void add_tables(Markup& page, const RunFacts& facts) {
    const auto section = page.element("section", {{"id", "numbers"}});
    page.leaf("h2", "Numbers");
    if (!facts.heldout.empty()) {
        page.leaf("h3", "Held-out success without hints");
        const auto table = page.element("table");
        add_table_head(page, {"Tier", ">n", ">First", ">Last", ">95 % interval", ">Sound", ">Greedy", ">At step"});
        const auto body = page.element("tbody");
        for (const HeldoutCurve& curve : facts.heldout) {
            const auto row = page.element("tr");
            page.leaf("td", curve.tier);
            page.leaf("td", {{"class", "n"}}, fmt::format("{}", curve.n));
            const double now = curve.accuracy.back().y;
            for (const double value : {curve.accuracy.front().y, now}) {
                const auto cell = page.element("td", {{"class", "n"}});
                add_number(page, value, share_text(value));
            }
            page.leaf("td", {{"class", "n"}},
                      curve.n && std::isfinite(now)
                          ? interval_text(wilson(now * static_cast<double>(curve.n), static_cast<double>(curve.n)))
                          : "");
            for (const char* what : {"sound", "greedy"}) {
                const double value = facts.last("heldout/" + curve.tier + "/" + what);
                const auto cell = page.element("td", {{"class", "n"}});
                add_number(page, value, share_text(value));
            }
            page.leaf("td", {{"class", "n"}}, fmt::format("{:.0f}", curve.accuracy.back().x));
        }
    }
    if (!facts.counts.empty()) {
        page.leaf("h3", "Groups over the whole run");
        const auto table = page.element("table");
        add_table_head(page, {"Tier", ">Groups", ">All wrong before hints", ">All wrong as trained", ">Rescued, sound",
                              ">Rescued, some sound", ">Rescued, lucky"});
        const auto body = page.element("tbody");
        for (const std::string& tier : facts.tiers) {
            const auto found = facts.counts.find(tier);
            if (found == facts.counts.end()) continue;
            const TierCounts& c = found->second;
            const auto row = page.element("tr");
            page.leaf("td", tier);
            for (const std::int64_t n : {c.groups, c.dead_before, c.dead, c.sound, c.some_sound, c.lucky}) {
                const auto cell = page.element("td", {{"class", "n"}});
                add_number(page, static_cast<double>(n), count_text(static_cast<double>(n)));
            }
        }
    }
    if (facts.counts.size())
        page.leaf("p", {{"class", "note"}},
                  "Rescued: all wrong without a hint, a success under one. Sound: every step the model wrote is right "
                  "and follows on; lucky: the answer is right, the steps are not.");
    if (facts.steps.empty()) return;
    const StepSummary& last = facts.steps.back();
    page.leaf("h3", fmt::format("Metrics at step {}", last.step));
    const auto main_metric = [](const std::string& name) {
        static constexpr const char* names[] = {"reward",
                                                "reward_std",
                                                "frac_",
                                                "hint_ratio/mean",
                                                "completions/mean_length",
                                                "entropy",
                                                "loss",
                                                "grad_norm",
                                                "kl",
                                                "tokens_generated",
                                                "step_time"};
        return std::any_of(std::begin(names), std::end(names),
                           [&](const char* start) { return name.starts_with(start); });
    };
    const auto table_of = [&](bool main) {
        const auto table = page.element("table");
        add_table_head(
            page, {"Metric", ">Value",
                   fmt::format(">Mean of the last {} steps", std::clamp<std::int64_t>(last.step, 1, recent_steps))});
        const auto body = page.element("tbody");
        for (const auto& item : last.metrics) {
            if (main_metric(item.first) != main) continue;
            const auto row = page.element("tr", {{"data-metric", item.first}});
            {
                const auto cell = page.element("td");
                page.leaf("code", item.first);
            }
            {
                const auto cell = page.element("td", {{"class", "n"}});
                add_number(page, item.second, number_text(item.second));
            }
            const auto cell = page.element("td", {{"class", "n"}});
            // A counter has no mean that says anything.
            if (item.first.starts_with("tokens_") && item.first != "tokens_per_second") continue;
            if (item.first == "num_tokens") continue;
            const double mean = facts.mean_of_last(item.first, recent_steps);
            add_number(page, mean, number_text(mean));
        }
    };
    table_of(true);
    const auto rest = page.element("details");
    page.leaf("summary", "The other metrics");
    table_of(false);
}

void add_cost(Markup& page, const RunFacts& facts) {
    const auto section = page.element("section", {{"id", "cost"}});
    page.leaf("h2", "Where the time went");
    if (facts.trained()) add_time_plot(page, facts);
    page.leaf("h3", "Cost and place");
    std::vector<std::pair<std::string, std::string>> rows;
    const auto tokens = [&](const char* name, const char* metric) {
        if (facts.has(metric)) rows.emplace_back(name, count_text(facts.last(metric)));
    };
    tokens("Training tokens generated", "tokens_generated");
    tokens("Tokens seen (prompts and hints too)", "num_tokens");
    tokens("Held-out tokens", "tokens_heldout");
    tokens("Tokens of probes", "tokens_probe");
    if (facts.has("step_time")) rows.emplace_back("Time in training steps", duration_text(facts.total("step_time")));
    if (facts.has("tokens_per_second"))
        rows.emplace_back("Tokens a second", number_text(facts.mean_of_last("tokens_per_second", recent_steps)) +
                                                 " (training tokens over the whole step)");
    rows.emplace_back("Device", facts.device.empty() ? "not recorded" : facts.device);
    rows.emplace_back("Computer", facts.info.host);
    rows.emplace_back("Foothold", facts.info.version + " made the run, " FOOTHOLD_VERSION " this page");
    rows.emplace_back("Begun", moment_text(facts.info.created));
    if (!facts.info.parent.empty())
        rows.emplace_back("Forked from", fmt::format("{} after step {}", facts.info.parent, facts.info.parent_step));
    add_facts(page, rows);
}

void add_repeat(Markup& page, const RunFacts& facts) {
    const auto section = page.element("section", {{"id", "repeat"}});
    page.leaf("h2", "How to repeat it");
    std::string device = facts.device;
    std::transform(device.begin(), device.end(), device.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    // The device's name, or where it never came to be known, what was asked for.
    const char* flag = device.starts_with("cpu") ? "cpu" : device.empty() || device == "auto" ? "auto" : "cuda";
    page.leaf("p", {{"class", "note"}},
              "Save the experiment below as replay.toml (it holds every setting and every change) and run:");
    page.leaf("pre", fmt::format("foothold-cli run replay.toml --steps {} --device {} --out replay",
                                 std::max<std::int64_t>(1, facts.last_step()), flag));
    page.leaf("p", {{"class", "note"}},
              "On the CPU of the same machine, with the same build, every attempt comes out the same, timings apart; "
              "elsewhere, and on CUDA, results are equal in distribution only.");
    const auto folded = page.element("details");
    page.leaf("summary", "replay.toml");
    page.leaf("pre", facts.replay_toml);
}

void add_limits(Markup& page, const RunFacts& facts) {
    const auto section = page.element("section", {{"id", "limits"}});
    page.leaf("h2", "What this does not show");
    std::vector<std::string> limits = {
        fmt::format("One run with one seed ({}): no claim about the method. Compare arms over several seeds for that: "
                    "foothold-cli compare.",
                    facts.initial.seed),
        fmt::format("Other families than {}, other tiers than {}, other models than {}.", facts.initial.problems.family,
                    fmt::join(facts.tiers, ", "), model_name(facts.initial))};
    if (facts.last_step() < facts.info.planned_steps && facts.info.planned_steps < (std::int64_t{1} << 40))
        limits.push_back(
            fmt::format("The whole plan: it stopped at step {} of {}.", facts.last_step(), facts.info.planned_steps));
    else if (facts.trained())
        limits.push_back(fmt::format("Training past step {}.", facts.last_step()));
    if (!facts.heldout.empty()) {
        const auto measured = static_cast<std::int64_t>(facts.heldout.back().accuracy.back().x);
        if (measured < facts.last_step())
            limits.push_back(fmt::format("The held-out score of the end: it was last measured at step {}.", measured));
        limits.push_back(
            "The intervals of held-out scores hold the chance of which problems were held out and how they were "
            "sampled, not the chance of another training run.");
    } else if (facts.trained()) {
        limits.push_back("What was learned: no held-out set was measured.");
    }
    if (!facts.changes.empty())
        limits.push_back("The policy alone: settings were changed while it ran, perhaps because of what was seen.");
    std::int64_t bad = 0;
    for (const StepSummary& step : facts.steps)
        bad += std::any_of(step.metrics.begin(), step.metrics.end(),
                           [](const auto& m) { return !std::isfinite(m.second); });
    if (bad > 0)
        limits.push_back(fmt::format(
            "Sound numbers throughout: in {} {} a metric is not a finite number. Such values are left out of plots.",
            bad, bad == 1 ? "step" : "steps"));
    add_list(page, limits);
}

}  // namespace

std::string run_report(const RunReader& run) {
    const RunFacts facts(run);
    return html_page(facts.info.name + " - Foothold report", [&](Markup& page) {
        add_header(page, facts);
        if (!facts.trained()) {
            const auto section = page.element("section");
            page.leaf("p", "No training step is stored yet: there is nothing to plot.");
        }
        add_settings(page, facts);
        page.line();
        if (facts.trained()) {
            const auto section = page.element("section", {{"id", "plots"}});
            page.leaf("h2", "In the course of training");
            add_run_plots(page, facts);
        }
        page.line();
        add_tables(page, facts);
        page.line();
        if (facts.trained()) {
            const auto section = page.element("section", {{"id", "examples"}});
            page.leaf("h2", "Three groups in full");
            page.leaf("p", {{"class", "note"}},
                      "The last of each kind. Underlined on a tinted ground: given, not written by the model.");
            add_group_examples(page, facts, run);
        }
        page.line();
        add_cost(page, facts);
        add_repeat(page, facts);
        add_limits(page, facts);
    });
}

}  // namespace foothold
