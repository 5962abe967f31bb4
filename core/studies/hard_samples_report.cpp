// SPDX-License-Identifier: GPL-3.0-or-later
// What question 2's cells say: the verdict, what it rests on, and what stands beside it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "statistics/degeneration.h"
#include "studies/arm_table.h"
#include "studies/hard_samples.h"

namespace foothold::hard_samples {
namespace {

const std::string change = "change/+:4";

bool above_zero(const Estimate& e) { return e.excludes_zero() && e.mean > 0; }
bool below_zero(const Estimate& e) { return e.excludes_zero() && e.mean < 0; }
std::string said(const Estimate& e) { return std::isfinite(e.mean) ? estimate_words(e) : std::string("not measured yet"); }

/// What is left of the base's skills and lengths, where the base was measured under the same seed.
std::vector<StoredCell> against_base(std::vector<StoredCell> cells) {
    for (StoredCell& c : cells) {
        const auto base = std::find_if(cells.begin(), cells.end(), [&](const StoredCell& b) { return b.cell.arm == "base" && b.cell.world == c.cell.world && b.cell.seed == c.cell.seed; });
        if (base == cells.end() || c.cell.arm == "base") continue;
        const auto both = [&](const std::string& what) { return std::pair(base->result.measure(what), c.result.measure(what)); };
        for (const std::string tier : {"+:4", "*:10"}) {
            const auto [long_one, short_one] = both("length/" + tier);
            const auto [before, after] = both("accuracy/" + tier);
            c.result.measures["collapse/" + tier] = length_collapse(long_one, short_one);
            c.result.measures["kept/" + tier] = retention(before, after);
        }
        // Where a guess is right one time in two, even a skill that is wholly lost leaves half the answers right.
        const auto world = std::find_if(worlds().begin(), worlds().end(), [&](const World& w) { return w.name == c.cell.world; });
        const auto [before, after] = both("accuracy/+:4");
        if (const double guess = world->space.guess; before > guess + .1) c.result.measures[kept_above_guessing] = (after - guess) / (before - guess);
    }
    return cells;
}

/// How an arm changes between worlds; a base of one name is another model there, so that each counts once.
ArmDifference minus_in(const std::vector<StoredCell>& list, const std::string& world, const std::string& other, const std::string& measure) {
    return difference_of_bases(list, "", world, other, [&](const CellResult& a, const CellResult& b) { return a.measure(measure) - b.measure(measure); });
}
/// What an arm itself does to the skill in a world.
Estimate change_of(const std::vector<StoredCell>& list, const std::string& world) {
    return difference_of_bases(list, "", world, world, [](const CellResult& a, const CellResult&) { return a.measure(change); }).estimate;
}

/// What becomes of the old skill over guessability, a bar for each share of skipping.
StudyPlot crossing(const std::string& title, const std::string& measure, const std::function<ArmDifference(const std::string& world)>& in) {
    StudyPlot plot{title, "a guess is right", measure, {}, {}};
    for (const AnswerSpace& space : answer_spaces) plot.categories.push_back(space.name);
    for (const double skipping : skippings) {
        StudyPlot::Series series{fmt::format("skipping {:.0f}%", 100 * skipping), {}, true};
        for (std::size_t i = 0; i < std::size(answer_spaces); ++i) {
            const Estimate e = in(world_name(answer_spaces[i].name, skipping)).estimate;
            if (std::isfinite(e.mean)) series.points.push_back({static_cast<double>(i), e.mean, e.interval ? e.interval->first : e.mean, e.interval ? e.interval->second : e.mean});
        }
        if (!series.points.empty()) plot.series.push_back(std::move(series));
    }
    return plot;
}

class Report {
 public:
    Report(StudySetting setting, const std::vector<StoredCell>& stored) : setting_(setting), cells_(against_base(stored)), hard_(worlds_of("hard")), ten_(worlds_of(ten_hard)), other_(worlds_of(ten_other)), one_(worlds_of(ten_one)) {}

    StudyReport read() {
        tables();
        if (setting_ == StudySetting::tune) {
            out_.verdict = "not testable";
            out_.sentence = "Settings were looked at here, on seeds 101 and 102. Nothing of this is reported as a result.";
            return out_;
        }
        verdict();
        differences();
        controls();
        findings();
        out_.against = {"Training on the hardest tenth gains most where groups stay mixed (arXiv 2508.14094): hard is not the same as never solved.",
                       "Some models gain from random reward (arXiv 2506.10947): compare with the coin's row before speaking of harm by luck.",
                       "The skipping is planted in the base: this shows the mechanism, not how often it happens in large models.",
                       "Arms are compared at equal steps; the tokens they generate differ (Mtokens in the table).",
                       "-:4 is not *:10 made easy, it is another operator; *:1 is the same one, but one step of it teaches less about long traces. Between them they bracket the question.",
                       "Width and modulus of the answer are not crossed with one another: guessing is what they vary here.",
                       "One family and models of about 100,000 parameters; all bases share a recipe."};
        return out_;
    }

 private:
    /// An arm's cells with their worlds as arms, so that a base's are paired.
    std::vector<StoredCell> worlds_of(const std::string& arm) const {
        std::vector<StoredCell> out;
        for (const StoredCell& c : cells_)
            if (c.cell.arm == arm) out.push_back(c), out.back().cell.arm = std::exchange(out.back().cell.world, "");
        return out;
    }
    ArmDifference in(const std::string& world, const std::string& measure) const {
        return paired_difference(hard_, "", world, world, [&](const CellResult& a, const CellResult&) { return a.measure(measure); });
    }
    ArmDifference change_in(const std::string& world) const { return in(world, change); }
    ArmDifference minus(const std::string& world, const std::string& other, const std::string& measure = change) const { return minus_in(hard_, world, other, measure); }
    /// The hard pool against another one. Any pool without + may unlearn it: what hardness does is what is beyond pools that a base can learn from.
    ArmDifference beyond(const std::string& world, const char* other) const {
        return difference_of_bases(cells_, world, ten_hard, other, [](const CellResult& a, const CellResult& b) { return a.measure(change) - b.measure(change); });
    }

    void tables() {
        table_.baseline = "easy";
        table_.primary = "change/+:4";
        table_.shown = {{"reward end", "reward at the end"}, {"change/+:4", "change of +:4"}, {"change/*:4", "change of *:4"}, {"accuracy/+:4", "+:4"}, {"greedy/+:4", "greedy +:4"}, {"sound/*:10", "sound *:10"},
                       {"kept/+:4", "+:4 kept"}, {kept_above_guessing, "kept above guessing"}, {"skipping/*:4", "skipping *:4"}, {"repeat/+:4", "same answer +:4"}, {"repeat/*:10", "same answer *:10"}, {"collapse/+:4", "length lost +:4"}, {"collapse/*:10", "length lost *:10"}, {"lucky", "push on luck"}};
        for (const HardArm& arm : arms()) table_.arms.emplace_back(arm.name, arm.title);
        table_.fill(cells_, out_);
        std::vector<StoredCell> drawn;  // Fifteen worlds are too many to look at.
        for (const World& world : worlds())
            if (world.corner) std::copy_if(cells_.begin(), cells_.end(), std::back_inserter(drawn), [&](const StoredCell& c) { return c.cell.world == world.name; });
        table_.plot(drawn, "reward", "Reward on the pool", "generated tokens", "reward", {"hard", "easy", "mixed", "hard-ghpo", "hard-random"}, out_);
        table_.plot(drawn, "accuracy/+:4", "An old skill: held-out +:4", "generated tokens", "share right", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound", "hard-random"}, out_);
        table_.plot(drawn, "lucky", "Share of the push that goes to lucky successes", "generated tokens", "share", {"hard", "easy", "mixed", "hard-ghpo", "hard-ghpo-sound"}, out_);
    }

    void verdict() {
        // A demonstration has the hard arm alone.
        harm_ = setting_ == StudySetting::quick ? change_in(guessable).estimate : change_of(ten_, guessable);
        without_luck_ = change_of(ten_, closed);
        less_ = minus_in(ten_, closed, guessable, change).estimate;
        unskipped_ = minus_in(ten_, closed_unskipped, guessable_unskipped, change).estimate;
        than_other_ = beyond(guessable, ten_other).estimate;
        than_one_ = beyond(guessable, ten_one).estimate;
        const bool harder = below_zero(than_other_) && below_zero(than_one_), in_part = below_zero(than_other_) || below_zero(than_one_), by_luck = above_zero(less_) && above_zero(unskipped_);
        if (!harm_.interval || !less_.interval || !unskipped_.interval || !than_other_.interval || !than_one_.interval) out_.verdict = "not testable";
        else if (!below_zero(harm_)) out_.verdict = harm_.excludes_zero() ? "against" : "no clear difference";
        else out_.verdict = harder && by_luck ? "supported" : in_part ? "supported in part" : "no clear difference";
        if (!harm_.interval && setting_ != StudySetting::quick) {
            out_.sentence = "No verdict before the cells with ten bases have intervals.";
        } else if (!harm_.interval) {
            out_.sentence = "A demonstration, no interval: what training on *:10 alone does to +:4, " + said(harm_) + ".";
        } else {
            out_.sentence = fmt::format("What training on *:10 alone does to held-out +:4: {} where a guess is right one time in 13, {} where it is one in 13^4 (5% skipping, {} bases each). Is it that the pool is too hard? Where a guess is right one time in 13, this is {} beyond what -:4 does, "
                                       "another operator that the base can do, and {} beyond one step of *. Is it by luck? One in 13^4 minus one in 13: {}, with no skipping {}.",
                                       said(harm_), said(without_luck_), harm_.n, said(than_other_), said(than_one_), said(less_), said(unskipped_));
            if (out_.verdict != "not testable" && below_zero(harm_))
                out_.sentence += !in_part ? " Pools that are not too hard harm as much."
                                 : !harder ? " It harms more than one of these pools only."
                                 : !by_luck ? " The harm is there, and more of it than these pools do; that it comes by luck does not show in both worlds."
                                            : "";
        }
    }

    void differences() {
        for (const World& world : worlds())
            for (const auto& [other, title] : {std::pair(ten_other, "-:4 alone"), std::pair(ten_one, "*:1 alone")})
                if (const ArmDifference d = beyond(world.name, other); !d.values.empty()) out_.contrasts.push_back({"too hard, or another operator?", fmt::format("*:10 alone - {}, {}", title, world.name), d.estimate, d.bases});
        const std::string luck = "by luck? between worlds, ten bases, each one value", between = "between worlds, three bases, each one value";
        for (const bool skips : {true, false})
            if (const ArmDifference d = minus_in(ten_, skips ? closed : closed_unskipped, skips ? guessable : guessable_unskipped, "change/+:4"); !d.values.empty())
                out_.contrasts.push_back({luck, fmt::format("guess 1/13^4 - guess 1/13, both skipping {}%", skips ? 5 : 0), d.estimate, d.bases});
        for (const World& world : worlds())
            if (const ArmDifference d = change_in(world.name); !d.values.empty()) out_.contrasts.push_back({"the hard pool itself", fmt::format("change of +:4, {}", world.name), d.estimate, d.bases});
        for (const double skipping : skippings)
            if (const ArmDifference d = minus(world_name("1/13^4", skipping), world_name("1/13", skipping)); !d.values.empty())
                out_.contrasts.push_back({between, fmt::format("guess 1/13^4 - guess 1/13, both skipping {:.0f}%", 100 * skipping), d.estimate, d.bases});
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = minus(world_name(space.name, .05), world_name(space.name, 0)); !d.values.empty())
                out_.contrasts.push_back({between, fmt::format("skipping 5% - skipping none, guess {}", space.name), d.estimate, d.bases});
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = minus(world_name(space.name, .05), guessable, kept_above_guessing); world_name(space.name, .05) != guessable && !d.values.empty())
                out_.contrasts.push_back({between, fmt::format("kept above guessing, guess {} - 1/13, both skipping 5%", space.name), d.estimate, d.bases});
        if (setting_ == StudySetting::full) {
            out_.plots.insert(out_.plots.begin(), crossing("What the hard pool does to +:4, by how guessable the answer is", "change of +:4", [&](const std::string& world) { return change_in(world); }));
            out_.plots.insert(out_.plots.begin() + 1, crossing("What it leaves of +:4 above guessing", "share of the base's skill", [&](const std::string& world) { return in(world, kept_above_guessing); }));
        }
    }

    void controls() {
        const auto put = [&](const char* group, const char* arm, const char* other, const char* label) { table_.contrast(cells_, guessable, arm, other, change, label, out_, group); };
        put("controls", "hard-random", "hard", "a coin as the reward - the real one");
        table_.contrast(cells_, closed, "hard-random", "hard", "change/+:4", "a coin as the reward - the real one, guess 1/13^4", out_, "controls");
        put("controls", "hard", "easy", "hard pool - easy pool, which trains the very skill");
        put("controls", "mixed", "hard", "half the pool easy - hard pool");
        put("advantages", "hard-no-std", "hard", "not divided by the spread (Dr. GRPO) - divided");
        put("advantages", "hard-no-std-matched", "hard-matched", "the same, every update of norm .03");
        put("advantages", "hard-two", "hard", "lone successes left out - not");
        put("guidance as the defence", "hard-ghpo", "hard", "GHPO - GRPO");
        put("guidance as the defence", "hard-ghpo-two", "hard", "GHPO that wants two successes - GRPO");
        put("guidance as the defence", "hard-controller", "hard", "50% controller - GRPO");
        put("guidance as the defence", "hard-ghpo-sound", "hard", "GHPO with an exact step check - GRPO");
        // The claim's other harms, by guessability: work skipped, one answer for everything, short answers.
        const std::pair<const char*, const char*> harms[] = {{"skipping/*:4", "work skipped on *:4"}, {"repeat/+:4", "the commonest answer's share on +:4"}};
        const std::string others = "other harms: after *:10 alone - before";
        for (const auto& [measure, words] : harms)
            for (const AnswerSpace& space : answer_spaces) table_.contrast(cells_, world_name(space.name, .05), "hard", "base", measure, fmt::format("{}, guess {}, skipping 5%", words, space.name), out_, others);
        for (const AnswerSpace& space : answer_spaces)
            if (const ArmDifference d = in(world_name(space.name, .05), "collapse/*:10"); !d.values.empty()) out_.contrasts.push_back({others, fmt::format("share of the length lost on *:10, guess {}, skipping 5%", space.name), d.estimate, d.bases});
    }

    void findings() {
        if (above_zero(less_) && unskipped_.interval && !above_zero(unskipped_))
            out_.findings.push_back(fmt::format("It hangs on the bases: where none skips, guess 1/13^4 minus guess 1/13 is {}, no clear difference.", estimate_words(unskipped_)));
        if (than_one_.interval)
            out_.findings.push_back(fmt::format("What the pools that a base can learn from do to +:4 themselves, where a guess is right one time in 13: -:4 {}, one step of * {}; with no skipping {} and {}.", estimate_words(change_of(other_, guessable)),
                                               estimate_words(change_of(one_, guessable)), estimate_words(change_of(other_, guessable_unskipped)), estimate_words(change_of(one_, guessable_unskipped))));
        const auto by_space = [&](double skipping, const auto& words_of) {
            std::string words;
            for (const AnswerSpace& space : answer_spaces) words += fmt::format("{}{} at {}", words.empty() ? "" : ", ", words_of(world_name(space.name, skipping), space), space.name);
            return words;
        };
        if (mean_of(cells_, guessable, "base", "skipping/*:4").n > 0 && mean_of(cells_, guessable, "hard", "skipping/*:4").n > 0)
            out_.findings.push_back(fmt::format("Skipped work, one of the claim's other harms: the hard pool changes the share of skipped traces on *:4 by {} (how often a guess is right; 5% skipping).",
                                               by_space(.05, [&](const std::string& world, const AnswerSpace&) { return estimate_words(table_.difference(cells_, world, "hard", "base", "skipping/*:4").estimate); })));
        const auto sound = [&](const char* arm) { return short_number(mean_of(cells_, closed, arm, "sound/*:10").mean); };
        if (const ArmDifference checked = table_.difference(cells_, closed, "hard-ghpo-sound", "hard", "change/+:4"); without_luck_.excludes_zero() && without_luck_.mean < 0 && checked.estimate.interval)
            out_.findings.push_back(fmt::format("Luck is not all of it: where a guess is right one time in 13^4, +:4 falls as well, while *:10 is learned soundly ({} of the attempts); with hints and every step checked, {} are sound and +:4 changes by {} more. "
                                               "Training on one tier alone unlearns another.",
                                               sound("hard"), sound("hard-ghpo-sound"), estimate_words(checked.estimate)));
        // Where no guess can be right fewer groups have a gradient: there is less training, not only less luck.
        const auto share = [&](const std::vector<StoredCell>& list, const std::string& world, const char* measure) { return short_number(mean_of(list, "", world, measure).mean); };
        if (mean_of(ten_, "", closed, "dead").n > 0)
            out_.findings.push_back(fmt::format("How much there is to train on. Of the groups of *:10 {} are all wrong where a guess is right one time in 13, and {} where it is one in 13^4 (of -:4 {} and {}); the gradient's norm is {} and {} (of -:4 {} and {}).",
                                               share(ten_, guessable, "dead"), share(ten_, closed, "dead"), share(other_, guessable, "dead"), share(other_, closed, "dead"), share(ten_, guessable, "grad_norm"), share(ten_, closed, "grad_norm"), share(other_, guessable, "grad_norm"),
                                               share(other_, closed, "grad_norm")));
        for (const auto& [arm, words] : {std::pair("hard-ghpo", "With hints"), std::pair("hard-matched", "With every update of one norm")}) {
            const std::vector<StoredCell> list = worlds_of(arm);
            if (const ArmDifference d = minus_in(list, closed, guessable, "change/+:4"); !d.values.empty())
                out_.findings.push_back(fmt::format("{} +:4 changes by {} where a guess is right one time in 13 and by {} where it is one in 13^4: {}, {} bases.", words, share(list, guessable, "change/+:4"), share(list, closed, "change/+:4"), estimate_words(d.estimate), d.bases));
        }
        if (std::isfinite(in(closed_unskipped, kept_above_guessing).estimate.mean)) {
            const auto kept = [&](const std::string& world, const AnswerSpace&) { return short_number(in(world, kept_above_guessing).estimate.mean); };
            out_.findings.push_back(fmt::format("Of what the base knew of +:4 above guessing, the hard pool leaves {} with 5% skipping; {} with none. This measure was added after the cells were seen: in plain accuracy, guesses hide a part of the loss.", by_space(.05, kept), by_space(0, kept)));
        }
        if (std::isfinite(minus(closed, closed_unskipped).estimate.mean))
            out_.findings.push_back(fmt::format("How often the base skips, 5% minus none: what the hard pool does to +:4 differs by {} ({} bases).",
                                               by_space(.05, [&](const std::string& world, const AnswerSpace& space) { return estimate_words(minus(world, world_name(space.name, 0)).estimate); }), minus(closed, closed_unskipped).bases));
        if (const ArmDifference coin = table_.difference(cells_, guessable, "hard-random", "hard", "change/+:4"), there = table_.difference(cells_, closed, "hard-random", "hard", "change/+:4"); coin.estimate.interval && there.estimate.interval)
            out_.findings.push_back(fmt::format("A coin as the reward, which knows nothing, changes +:4 against the real reward by {} where a guess is right one time in 13 and by {} where it is one in 13^4.", estimate_words(coin.estimate), estimate_words(there.estimate)));
        const auto defence = [&](const char* arm) { return estimate_words(table_.difference(cells_, guessable, arm, "hard", "change/+:4").estimate); };
        if (table_.difference(cells_, guessable, "hard-controller", "hard", "change/+:4").estimate.interval)
            out_.findings.push_back(fmt::format("Guidance as the defence, against GRPO on the same pool, where a guess is right one time in 13: GHPO {}, with two successes wanted {}, a 50% controller {}, with every step checked (an upper bound) {}.", defence("hard-ghpo"),
                                               defence("hard-ghpo-two"), defence("hard-controller"), defence("hard-ghpo-sound")));
    }

    const StudySetting setting_;
    const std::vector<StoredCell> cells_, hard_, ten_, other_, one_;
    ArmTable table_;
    StudyReport out_;
    Estimate harm_, without_luck_, less_, unskipped_, than_other_, than_one_;
};

}  // namespace

StudyReport report_hard_samples(StudySetting setting, const std::vector<StoredCell>& cells) { return Report(setting, cells).read(); }

}  // namespace foothold::hard_samples
