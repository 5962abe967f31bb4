// SPDX-License-Identifier: GPL-3.0-or-later
// Question 4: unsolvable, or badly explored? Abandoned paths, and what decoding alone rescues.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/error.h"
#include "studies/arm_table.h"
#include "studies/registry.h"
#include "studies/supervised_base.h"
#include "tasks/hint.h"
#include "tasks/problem_set.h"

namespace foothold {
namespace {

constexpr double strengths[] = {1, 2, 3, 4, 6, 8, 12};
constexpr int whole_thought = 99;  // Longer than any stay in a branch.
constexpr int durations[] = {2, 4, 8, whole_thought};  ///< Tokens from the start of a thought on; a corridor takes five.
constexpr std::uint64_t tuning_seed = 900, reporting_seed = 901;

/// A family that searches, and how early its teacher leaves.
struct World {
    std::string name, family, tier;
    double early = 0;
    std::string leave;               ///< The token that leaves a branch.
    std::vector<std::string> others;  ///< Tokens that are no switch, drawn beforehand (a control).
    double hint = 0;           ///< Of the trace. Countdown: the first of two operations.
};

const std::vector<World>& worlds() {
    static const std::vector<World> list = [] {
        std::vector<World> out;
        for (const char* early : {"0.0", "0.3", "0.6"}) out.push_back({fmt::format("early {}", early), "doors", "4x5", std::stod(early), "/", {"n0", "n3", "n6"}, .4});
        for (const char* early : {"0.0", "0.3", "0.6"}) out.push_back({fmt::format("countdown, early {}", early), "countdown", "3x20", std::stod(early), "back", {"n5", "n8", "n12"}, .5});
        return out;
    }();
    return list;
}

/// One way of decoding: what is penalised, how much, how long into a thought.
struct Decoding {
    const char *name, *title;
    double temperature = 1;
    enum class Penalty { none, switching, other } penalty = Penalty::none;
    double strength = 0;  ///< 0 with a penalty = strength and duration chosen on the tuning problems.
    int duration = whole_thought;
    std::string other = {};  ///< The token that Penalty::other is on.
};

struct Scores {
    double left_beyond = 0;  ///< Doors: chance a node that the goal's corridor is left beyond the place to which a hint leads.
    double accuracy = 0, first_left = 0, abandonment = 0, abandoning = 0, underthinking = 0, invalid = 0, revisits = 0, stuck = 0, thoughts = 0;
    double tokens = 0, attempts = 0;  ///< All of them.
    std::vector<double> right;  ///< Share right, a problem.
};

Scores score(const StudyPorts& ports, const World& world, const Family& family, const std::vector<Problem>& problems, const Decoding& how, int attempts, double hint, std::uint64_t seed) {
    DecodingRules rules;
    rules.temperature = how.temperature;
    if (how.penalty != Decoding::Penalty::none) {
        const Token token = family.tokenizer().find(how.penalty == Decoding::Penalty::switching ? world.leave : how.other).value();
        rules.penalty = ThoughtPenalty{{token}, how.strength, how.duration};
    }
    std::vector<GenerateRequest> requests;
    std::vector<std::string> hints;
    for (std::size_t i = 0; i < problems.size(); ++i) {
        hints.push_back(cut_hint(problems[i].steps, hint, false).text);
        requests.push_back({family.tokenizer().encode(family.context(problems[i], hints.back(), Placement::answer)), attempts, family.max_new_tokens(problems[i], 0),
                            random_key({seed, static_cast<std::uint64_t>(Stream::probe), i})});
    }
    const auto out = ports.engine.generate(requests, rules, family.end_token(), ports.stop, [](std::int64_t) {});
    Scores s;
    double n = 0, wrong = 0, promising = 0, nodes = 0, left = 0, ends_left = 0, ends_stuck = 0, nodes_beyond = 0, left_beyond = 0;
    // Nodes of a corridor that a thought passes: one a token between the door and what closes it.
    const auto passed = [](const Thought& t) { return static_cast<double>(t.end - t.begin) - 1; };
    for (std::size_t i = 0; i < problems.size(); ++i) {
        double right = 0;
        const auto given = family.read_search(problems[i], cut_hint(problems[i].steps, world.hint, false).text)->thoughts;
        const double to = given.empty() || !given.back().promising ? 0 : passed(given.back());
        for (const Completion& c : out[i]) {
            const std::string text = family.tokenizer().decode(c.tokens, family.end_token());
            const bool ok = family.judge(problems[i], hints[i], Placement::answer, text, c.ended).verdict == Verdict::correct;
            const auto reading = *family.read_search(problems[i], hints[i].empty() ? text : hints[i] + " " + text);
            right += ok;
            ++n;
            nodes += reading.promising_nodes;
            left += reading.abandoned;
            s.abandoning += reading.abandoned > 0;
            ends_left += reading.dead_ends_left;
            ends_stuck += reading.dead_ends_stuck;
            for (const Thought& t : reading.thoughts)
                if (t.promising && to > 0 && passed(t) >= to) nodes_beyond += passed(t) - to + t.abandoned, left_beyond += t.abandoned;
            const auto first = std::find_if(reading.thoughts.begin(), reading.thoughts.end(), [](const Thought& t) { return t.promising; });
            if (first != reading.thoughts.end()) ++promising, s.first_left += first->abandoned;
            if (!ok) ++wrong, s.underthinking += reading.underthinking();
            s.invalid += reading.invalid > 0;
            s.revisits += reading.revisits;
            s.thoughts += static_cast<double>(reading.thoughts.size());
            s.tokens += static_cast<double>(c.tokens.size());
        }
        s.right.push_back(right / attempts);
        s.accuracy += right;
    }
    s.accuracy /= n;
    s.first_left = promising > 0 ? s.first_left / promising : std::nan("");
    s.abandonment = nodes > 0 ? left / nodes : 0;
    s.left_beyond = nodes_beyond > 0 ? left_beyond / nodes_beyond : std::nan("");
    s.abandoning /= n;
    s.underthinking = wrong > 0 ? s.underthinking / wrong : 0;
    s.stuck = ends_left + ends_stuck > 0 ? ends_stuck / (ends_left + ends_stuck) : 0;
    s.invalid /= n;
    s.revisits /= n;
    s.thoughts /= n;
    s.attempts = n;
    return s;
}

void keep(CellResult& out, const Scores& s) {
    out.measures["accuracy"] = s.accuracy;
    out.measures["first left"] = s.first_left;
    out.measures["abandonment"] = s.abandonment;
    out.measures["abandoning"] = s.abandoning;
    out.measures["underthinking"] = s.underthinking;
    out.measures["invalid"] = s.invalid;
    out.measures["revisits"] = s.revisits;
    out.measures["stuck"] = s.stuck;
    out.measures["thoughts"] = s.thoughts;
    out.measures["tokens"] = s.tokens / s.attempts;
    out.tokens += s.tokens;
    out.lists["right"] = s.right;
}

class AbandonedPathsStudy final : public Study {
 public:
    std::string name() const override { return "abandoned-paths"; }
    std::string title() const override { return "Unsolvable, or badly explored?"; }
    std::string claim() const override {
        return "Reasoning models leave promising paths too early, and a penalty on tokens that switch thoughts, without any training, wins accuracy back (Wang et al. 2025, arXiv 2501.18585).";
    }
    std::string design() const override {
        return "Doors: four corridors, one with the goal. Countdown: a target out of three numbers up to 20, depth first; an exact solver labels every node. So every leave is known to be right or wrong. Bases "
               "are taught to search, then to leave each node with something left to try early with the stated chance (planted underthinking: 0, .3, .6). The penalty's strength and how many tokens of a thought it lasts (2, 4, 8, all) are chosen on 400 tuning problems "
               "and reported on 400 others. Primary measure: accuracy of plain sampling against the penalty at equal generated tokens (plain sampling gets as many attempts as the tokens allow; one of them "
               "solving the problem counts). Paired by base; 95% t intervals.";
    }
    std::string budget() const override { return "one attempt at each of 400 problems; plain sampling as many as the penalty's tokens allow"; }
    std::string revision() const override { return "2"; }

    std::vector<StudyCell> cells(StudySetting setting) const override {
        std::vector<StudyCell> out;
        if (setting == StudySetting::quick) {
            for (const char* arm : {"plain", "penalty", "greedy"}) out.push_back({arm, 1, "early 0.3", "early 0.3", .8});
            return out;
        }
        for (const char* family : {"doors", "countdown"})
            for (const std::int64_t seed : study_seeds(setting))
                for (const World& world : worlds()) {
                    if (world.family != family) continue;
                    // The base is made in the first cell, clean search in the first world.
                    const double base = world.family == "doors" ? 1.5 : world.early > 0 ? 1 : 4;
                    for (const Decoding& d : ways()) out.push_back({d.name, seed, world.name, world.name, d.name == std::string("plain") ? base : .2});
                    for (const char* arm : {"other tokens", "given"}) out.push_back({arm, seed, world.name, world.name, .15});
                }
        return out;
    }

    CellResult run(const StudyCell& cell, const StudyPorts& ports) const override {
        const World& world = *std::find_if(worlds().begin(), worlds().end(), [&](const World& w) { return w.name == cell.world; });
        const auto family = make_family(world.family);
        CellResult out;
        prepare(cell, world, ports, *family, out);
        std::vector<std::string> taken;
        const auto problems = make_problems(*family, world.tier, 400, reporting_seed + static_cast<std::uint64_t>(cell.seed) * 1000, "r", taken);
        const auto tuning = make_problems(*family, world.tier, 400, tuning_seed + static_cast<std::uint64_t>(cell.seed) * 1000, "t", taken);
        const auto seed = static_cast<std::uint64_t>(cell.seed);
        if (cell.arm == "given") {
            const Decoding plain{"", "", 1, Decoding::Penalty::none, 0, 0};
            const Scores given = score(ports, world, *family, problems, plain, 1, world.hint, seed), found = score(ports, world, *family, problems, plain, 4, 0, seed + 3);
            keep(out, given);
            // At equal remaining size: in doors at the same nodes of the goal's corridor, in countdown with one operation left.
            const bool doors = world.family == "doors";
            out.measures["left, given"] = doors ? given.left_beyond : given.first_left;
            out.measures["left, found"] = doors ? found.left_beyond : found.first_left;
            return out;
        }
        if (cell.arm == "other tokens") {
            StudyCell tuned = cell;
            tuned.arm = "penalty";
            const auto penalty = ports.stored(tuned);
            if (!penalty) throw UserError("the arm other tokens is as strong as the penalty under the same seed, which is not stored: run that cell first");
            Scores sum;
            for (const std::string& token : world.others) {
                const Scores one = score(ports, world, *family, problems, {"", "", 1, Decoding::Penalty::other, penalty->measure("strength"), static_cast<int>(penalty->measure("duration")), token}, 1, 0, seed);
                sum.accuracy += one.accuracy / static_cast<double>(world.others.size());
                out.tokens += one.tokens;
            }
            out.measures["accuracy"] = out.measures["any of equal tokens"] = sum.accuracy;
            return out;
        }
        Decoding how = *std::find_if(ways().begin(), ways().end(), [&](const Decoding& d) { return d.name == cell.arm; });
        if (how.penalty != Decoding::Penalty::none && how.strength == 0) {
            choose(ports, world, *family, tuning, how, seed, out);
            out.measures["strength"] = how.strength;
            out.measures["duration"] = how.duration;
        }
        const Scores s = score(ports, world, *family, problems, how, 1, 0, seed);
        keep(out, s);
        if (cell.arm == "penalty") {
            for (const int duration : durations)
                for (const double strength : strengths) {
                    Decoding trial = how;
                    trial.strength = strength;
                    trial.duration = duration;
                    const Scores at = score(ports, world, *family, problems, trial, 1, 0, seed);
                    out.curves[curve_name("accuracy", duration)].emplace_back(strength, at.accuracy);
                    out.curves[curve_name("abandoning", duration)].emplace_back(strength, at.abandoning);
                    out.curves[curve_name("stuck", duration)].emplace_back(strength, at.stuck);
                }
            // Hard = plain sampling solves it less than one time in ten. How many does decoding alone bring to a half, how many need a hint?
            const Scores plain = score(ports, world, *family, problems, {"", "", 1, Decoding::Penalty::none, 0, 0}, 16, 0, seed + 7), with = score(ports, world, *family, problems, how, 16, 0, seed + 7),
                         hinted = score(ports, world, *family, problems, {"", "", 1, Decoding::Penalty::none, 0, 0}, 16, world.hint, seed + 7);
            double hard = 0, rescued = 0, need = 0, neither = 0;
            for (std::size_t i = 0; i < problems.size(); ++i) {
                if (plain.right[i] >= .1) continue;
                ++hard;
                if (with.right[i] >= .5) ++rescued;
                else if (hinted.right[i] >= .5) ++need;
                else ++neither;
            }
            out.measures["hard"] = hard;
            out.measures["rescued by decoding"] = rescued;
            out.measures["need a hint"] = need;
            out.measures["neither"] = neither;
        }
        if (cell.arm == "plain") {
            // As many tokens as the penalty's attempts took: any attempt that solves the problem counts.
            Decoding penalty = *std::find_if(ways().begin(), ways().end(), [](const Decoding& d) { return d.name == std::string("penalty"); });
            choose(ports, world, *family, tuning, penalty, seed, out);
            const double budget = score(ports, world, *family, problems, penalty, 1, 0, seed).tokens;
            const int attempts = std::max(1, static_cast<int>(std::lround(budget / std::max(1.0, s.tokens))));
            const Scores several = score(ports, world, *family, problems, how, attempts, 0, seed);
            double solved = 0;
            for (const double share : several.right) solved += share > 0;
            out.measures["any of equal tokens"] = solved / static_cast<double>(problems.size());
            out.measures["attempts"] = attempts;
        } else {
            out.measures["any of equal tokens"] = s.accuracy;
        }
        return out;
    }

    StudyReport report(StudySetting, const std::vector<StoredCell>& cells) const override {
        StudyReport out;
        ArmTable table;
        table.baseline = "plain";
        table.primary = "any of equal tokens";
        table.shown = {{"any of equal tokens", "solved at equal tokens"}, {"accuracy", "accuracy"}, {"abandoning", "traces that abandon"}, {"abandonment", "abandoned a node"}, {"first left", "first right branch left"}, {"underthinking", "underthinking"},
                       {"stuck", "stuck at dead ends"}, {"invalid", "invalid"}, {"revisits", "revisits"}, {"thoughts", "thoughts"}, {"tokens", "tokens an attempt"}, {"strength", "strength"}, {"duration", "duration (99 = all)"}};
        for (const Decoding& d : ways()) table.arms.emplace_back(d.name, d.title);
        table.arms.emplace_back("other tokens", "the same penalty on three tokens that are no switch, one after the other");
        table.arms.emplace_back("given", "plain sampling, the beginning of the trace given (doors .4, countdown the first of two operations)");
        table.fill(cells, out);
        for (const World& world : worlds())
            for (const auto& [what, title] : {std::pair("accuracy", "Solved under the switching penalty"), std::pair("abandoning", "Traces that leave a promising branch"), std::pair("stuck", "Dead ends that cannot be left")})
                if (StudyPlot plot = over_strength(cells, world, what, title); !plot.series.empty()) out.plots.push_back(std::move(plot));
        const std::string doors = "early 0.3", countdown = "countdown, early 0.3";
        const auto difference = [&](const std::string& world, const char* arm, const char* other) { return table.difference(cells, world, arm, other, "any of equal tokens"); };
        const ArmDifference gain = difference(doors, "penalty", "plain"), second = difference(countdown, "penalty", "plain");
        const ArmDifference unneeded = table.difference(cells, doors, "greedy", "penalty", "accuracy"), unneeded_second = table.difference(cells, countdown, "greedy", "penalty", "accuracy");
        const auto ahead = [](const ArmDifference& d) { return d.estimate.excludes_zero() && d.estimate.mean > 0; };
        if (!gain.estimate.interval) {
            out.verdict = "not testable";
            out.sentence = "A demonstration, no interval. Penalty on leaving a corridor against plain sampling, where every node is left early with chance .3: " + gain.words("share solved at equal tokens") + ".";
        } else {
            const bool both = ahead(gain) && ahead(second), greedy_does = ahead(unneeded) || ahead(unneeded_second);
            out.verdict = both && !greedy_does ? "supported" : ahead(gain) || ahead(second) ? "supported in part" : gain.estimate.excludes_zero() ? "against" : "no clear difference";
            out.sentence = fmt::format("Penalty on leaving a branch against plain sampling, where every node is left early with chance .3: doors, {}; countdown, {}. Greedy decoding, which needs no penalty, minus the penalty: doors {}, countdown {}.",
                                       gain.words("share solved at equal tokens"), second.words("share"), estimate_words(unneeded.estimate), estimate_words(unneeded_second.estimate));
        }
        for (const World& world : worlds()) {
            const std::string group = fmt::format("{}, left early with chance {}", world.family, world.early);
            const auto put = [&](const char* arm, const char* other, const char* measure, const char* label) { table.contrast(cells, world.name, arm, other, measure, label, out, group); };
            put("penalty", "plain", "any of equal tokens", "penalty - plain, solved at equal tokens");
            for (const int duration : durations) {
                if (duration == whole_thought) continue;
                const ArmDifference d = paired_difference(cells, world.name, "penalty", "penalty", [&](const CellResult& a, const CellResult&) { return at_best(a, duration) - at_best(a, whole_thought); });
                if (!d.values.empty()) out.contrasts.push_back({group, fmt::format("penalty for {} tokens - for all, each at its best strength", duration), d.estimate, d.bases});
            }
            put("penalty 15", "plain", "accuracy", "too strong a penalty (15) - plain, accuracy");
            put("other tokens", "plain", "accuracy", "the same penalty on tokens that are no switch - plain, accuracy");
            put("greedy", "plain", "accuracy", "greedy - plain, accuracy");
            put("greedy", "penalty", "accuracy", "greedy - penalty, accuracy");
            const ArmDifference pinned = given_minus_found(cells, world.name);
            if (!pinned.values.empty())
                out.contrasts.push_back({group, world.family == "doors" ? "goal's corridor left, a node, beginning given - found" : "first right branch left, given - found", pinned.estimate, pinned.bases});
        }
        const ArmDifference often = table.difference(cells, "early 0.6", "greedy", "penalty", "accuracy"), often_second = table.difference(cells, "countdown, early 0.6", "greedy", "penalty", "accuracy");
        if (often.estimate.interval && often_second.estimate.interval)
            out.findings.push_back(fmt::format("Greedy decoding is no remedy where leaving is the likeliest token: with chance .6 greedy minus the penalty is {} on doors and {} on countdown.", estimate_words(often.estimate), estimate_words(often_second.estimate)));
        for (const World& world : worlds())
            if (const std::string words = rescues(cells, world.name); world.early > 0 && !words.empty())
                out.findings.push_back(fmt::format("{}, chance {}: {}", world.family == "doors" ? "Doors" : "Countdown", world.early, words));
        for (const World& world : worlds())
            if (const ArmDifference d = given_minus_found(cells, world.name); world.early > 0 && d.estimate.interval)
                out.findings.push_back(fmt::format("Do traces pin the early structure? {}, chance {}: a right beginning that was given is left, {}, {} as one that the model found itself, {}.", world.family == "doors" ? "Doors" : "Countdown", world.early,
                                                   world.family == "doors" ? "at the same nodes of the corridor" : "with one operation to go",
                                                   !d.estimate.excludes_zero() ? "about as often" : d.estimate.mean < 0 ? "less often" : "more often", d.words("given minus found")));
        if (const std::string words = budget_words(cells); !words.empty()) out.findings.push_back(words);
        out.against = {"The early leaving is planted in the base: this shows the mechanism and its remedy, not that large models have it.",
                       "Greedy decoding needs no remedy where leaving is never the likeliest token (chance .3): look at its row first.",
                       "Too little reflection hurts as too much does (CyclicReflex, arXiv 2506.11077): the effect is an inverted U with an optimum that moves with the base.",
                       "A hint was not tried together with the penalty. The tokens with which strength and duration were chosen, and those of the counts of rescued problems, are in no row of the table.",
                       "Published gains are small, 1 to 6 points, with a strength tuned on problems of the same contest (arXiv 2501.18585, second-hand figures)."};
        return out;
    }

 private:
    static std::string curve_name(const std::string& what, int duration) { return fmt::format("{}/{}", what, duration); }
    static std::string duration_words(int duration) { return duration == whole_thought ? "the whole thought" : fmt::format("its first {} tokens", duration); }

    /// Sets strength and duration to those that are best on the tuning problems.
    static void choose(const StudyPorts& ports, const World& world, const Family& family, const std::vector<Problem>& tuning, Decoding& how, std::uint64_t seed, CellResult& out) {
        double best = -1;
        Decoding chosen = how;
        for (const int duration : durations)
            for (const double strength : strengths) {
                how.strength = strength;
                how.duration = duration;
                const double accuracy = score(ports, world, family, tuning, how, 1, 0, seed).accuracy;
                out.curves[curve_name("tuning", duration)].emplace_back(strength, accuracy);
                if (accuracy > best) best = accuracy, chosen = how;
            }
        how = chosen;
    }

    /// Share solved of the problems reported on, at the strength that was best on the tuning problems for this duration.
    static double at_best(const CellResult& result, int duration) {
        const auto tuning = result.curves.find(curve_name("tuning", duration)), reported = result.curves.find(curve_name("accuracy", duration));
        if (tuning == result.curves.end() || reported == result.curves.end()) return std::nan("");
        const auto best = std::max_element(tuning->second.begin(), tuning->second.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        return reported->second[static_cast<std::size_t>(best - tuning->second.begin())].second;
    }

    static ArmDifference given_minus_found(const std::vector<StoredCell>& cells, const std::string& world) {
        return paired_difference(cells, world, "given", "given", [](const CellResult& a, const CellResult&) { return a.measure("left, given") - a.measure("left, found"); });
    }

    /// A curve of the penalty's cells, a line for each duration.
    static StudyPlot over_strength(const std::vector<StoredCell>& cells, const World& world, const std::string& what, const std::string& title) {
        StudyPlot plot{fmt::format("{}, {}, left early with chance {}", title, world.family, world.early), "strength", "share", {}, {}};
        for (const int duration : durations) {
            StudyPlot::Series series{"for " + duration_words(duration), {}, false};
            for (std::size_t i = 0; i < std::size(strengths); ++i) {
                std::vector<double> values;
                for (const StoredCell& c : cells)
                    if (const auto curve = c.result.curves.find(curve_name(what, duration)); c.cell.world == world.name && curve != c.result.curves.end() && i < curve->second.size()) values.push_back(curve->second[i].second);
                if (values.empty()) continue;
                const Estimate e = mean_estimate(values);
                series.points.push_back({strengths[i], e.mean, e.interval ? e.interval->first : e.mean, e.interval ? e.interval->second : e.mean});
            }
            if (!series.points.empty()) plot.series.push_back(std::move(series));
        }
        return plot;
    }

    static const std::vector<Decoding>& ways() {
        static const std::vector<Decoding> list = {
            {"plain", "plain sampling", 1, Decoding::Penalty::none, 0, 0},
            {"penalty", "switching penalty, strength and duration chosen on other problems", 1, Decoding::Penalty::switching, 0, whole_thought},
            {"penalty 15", "switching penalty 15", 1, Decoding::Penalty::switching, 15, whole_thought},
            {"greedy", "greedy", 0, Decoding::Penalty::none, 0, 0},
        };
        return list;
    }

    /// What became of the problems that plain sampling hardly ever solves.
    static std::string rescues(const std::vector<StoredCell>& cells, const std::string& world) {
        double hard = 0, rescued = 0, need = 0, neither = 0;
        bool any = false;
        for (const StoredCell& c : cells)
            if (c.cell.world == world && std::isfinite(c.result.measure("hard"))) any = true, hard += c.result.measure("hard"), rescued += c.result.measure("rescued by decoding"), need += c.result.measure("need a hint"), neither += c.result.measure("neither");
        if (!any) return {};
        if (hard == 0) return "no problem was hard for plain sampling, so there was nothing to rescue.";
        return fmt::format("of {:.0f} problems that plain sampling solves less than one time in ten, decoding alone brings {:.0f} to a half, a hint under plain sampling {:.0f} more, neither {:.0f}.", hard, rescued, need, neither);
    }

    /// How equal the tokens were: plain sampling has whole attempts.
    static std::string budget_words(const std::vector<StoredCell>& cells) {
        double least = 1e9, most = 0, attempts = 0;
        for (const StoredCell& penalty : cells)
            for (const StoredCell& plain : cells) {
                if (penalty.cell.arm != "penalty" || plain.cell.arm != "plain" || penalty.cell.world != plain.cell.world || penalty.cell.seed != plain.cell.seed) continue;
                const double ratio = penalty.result.measure("tokens") / plain.result.measure("tokens");
                least = std::min(least, ratio), most = std::max(most, ratio), attempts = std::max(attempts, plain.result.measure("attempts"));
            }
        if (most == 0) return {};
        return fmt::format("Equal tokens: an attempt under the chosen penalty took {} to {} of one by plain sampling, which had {:.0f} at most.", short_number(least), short_number(most), attempts);
    }

    /// Clean search first, then early leaving on top: learning both at once may never leave the plateau.
    static void prepare(const StudyCell& cell, const World& world, const StudyPorts& ports, const Family& family, CellResult& out) {
        BaseRecipe recipe;
        recipe.family = world.family;
        recipe.tiers = {world.tier};
        recipe.model.max_position_embeddings = 256;
        recipe.seed = cell.seed;
        recipe.steps = 4000;
        recipe.until_greedy = .97;
        recipe.lr = 3e-3;
        if (world.family == "countdown") {
            recipe.model.num_hidden_layers = 3;
            recipe.until_greedy = .9;
        }
        teach(fmt::format("{} search {}", world.family, cell.seed), recipe, family, ports, out);
        if (world.early <= 0) return;
        BaseRecipe second = recipe;
        second.demonstrator.early = world.early;
        second.until_greedy = 0;
        second.steps = 250;
        second.lr = 1e-3;
        second.seed = cell.seed + 5000;
        teach_more(fmt::format("{} early {} {}", world.family, world.early, cell.seed), second, family, ports, out);
    }
};

}  // namespace

std::unique_ptr<Study> make_abandoned_paths_study() { return std::make_unique<AbandonedPathsStudy>(); }

}  // namespace foothold
