// SPDX-License-Identifier: GPL-3.0-or-later
// A dead group, a rescued one and a lucky one, attempt by attempt.
#include <fmt/format.h>

#include <algorithm>

#include "report/numbers.h"
#include "report/page.h"
#include "report/run_facts.h"
#include "report/run_report.h"

namespace foothold {
namespace {

constexpr std::size_t longest_text = 1500;  // Of an attempt; the rest is in the rollouts export.

struct Example {
    const char *title, *why;
    bool (*fits)(const GroupSummary&);
};

constexpr Example examples[] = {
    {"A dead group", "Every attempt failed in every round: no spread, no gradient, nothing learned.",
     [](const GroupSummary& g) { return g.correct == 0; }},
    {"A rescued group", "All wrong without a hint; under one, some attempts succeeded by sound steps of their own.",
     [](const GroupSummary& g) { return g.correct_before == 0 && g.hint_ratio > 0 && g.sound > 0; }},
    {"A lucky group", "All wrong without a hint; under one, answers came out right though their steps are not.",
     [](const GroupSummary& g) { return g.correct_before == 0 && g.hint_ratio > 0 && g.correct > 0 && g.sound == 0; }},
};

/// The text cut where it is too long, never inside a character.
std::string cut(const std::string& text) {
    if (text.size() <= longest_text) return text;
    std::size_t at = longest_text;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    return text.substr(0, at) + fmt::format(" … ({} more bytes)", text.size() - at);
}

void add_attempt(Markup& page, const Attempt& a) {
    const auto row = page.element("tr");
    const bool right = a.verdict == Verdict::correct;
    {
        const auto cell = page.element("td", {{"class", "tight"}});
        if (a.origin == Origin::given) page.text("the reference: ");
        page.leaf("span", {{"class", right ? "good" : "bad"}},
                  right                         ? "✓ right"
                  : a.verdict == Verdict::wrong ? "✗ wrong"
                                                : "✗ no answer");
        if (a.soundness != Soundness::unknown)
            page.leaf("span", {{"class", "muted"}}, a.soundness == Soundness::sound ? ", sound" : ", lucky");
    }
    {
        const auto cell = page.element("td", {{"class", "n"}});
        add_number(page, a.advantage, a.advantage > 0 ? "+" + share_text(a.advantage) : share_text(a.advantage));
    }
    page.leaf("td", {{"class", "n"}}, a.first_wrong_step >= 0 ? fmt::format("{}", a.first_wrong_step + 1) : "");
    page.leaf("td", {{"class", a.extracted.size() > 40 ? "sample" : "sample tight"}},
              a.extracted.empty() ? "none" : cut(a.extracted));
    const auto cell = page.element("td", {{"class", "sample"}});
    // The hint is part of the answer where it stands at its start, else of the prompt.
    if (!a.hint.empty() && a.sampled_under.ends_with(a.hint)) {
        page.leaf("mark", cut(a.hint));
        page.text(" ");
    }
    page.text(cut(a.completion));
}

void add_round(Markup& page, const std::vector<const Attempt*>& attempts) {
    const auto scroll = page.element("div", {{"class", "scroll"}});
    const auto table = page.element("table");
    add_table_head(page, {"Verdict", ">Advantage", ">First wrong step", "Answer", "Text"});
    const auto body = page.element("tbody");
    for (const Attempt* a : attempts) add_attempt(page, *a);
}

std::string round_words(const std::vector<const Attempt*>& attempts) {
    const auto right = std::count_if(attempts.begin(), attempts.end(),
                                     [](const Attempt* a) { return a->verdict == Verdict::correct; });
    const double ratio = attempts.front()->hint_ratio;
    const auto trained = std::count_if(attempts.begin(), attempts.end(), [](const Attempt* a) { return a->trained; });
    return fmt::format("Round {}, {}: {} of {} right, {} with a gradient", attempts.front()->round + 1,
                       ratio > 0 ? fmt::format("hint ratio {}", number_text(ratio)) : "no hint", right, attempts.size(),
                       trained == 0 ? "none" : std::to_string(trained));
}

void add_group(Markup& page, const RunFacts& facts, const RunReader& run, std::int64_t step,
               const GroupSummary& group) {
    AttemptQuery query;
    query.step = step;
    query.problem = group.problem;
    query.occurrence = group.occurrence;
    query.tokens = false;
    std::vector<Attempt> attempts = run.attempts(query);
    std::erase_if(attempts, [](const Attempt& a) { return a.origin != Origin::train && a.origin != Origin::given; });
    std::stable_sort(attempts.begin(), attempts.end(),
                     [](const Attempt& a, const Attempt& b) { return a.round < b.round; });
    if (group.problem < facts.info.problems.size()) {
        const Problem& problem = facts.info.problems[group.problem];
        page.leaf("p", {{"class", "note"}}, fmt::format("Step {}, problem {} ({})", step, problem.id, problem.tier));
        const auto table = page.element("table");
        const auto body = page.element("tbody");
        const auto row = [&](const char* name, const std::string& text) {
            const auto line = page.element("tr");
            page.leaf("th", {{"scope", "row"}}, name);
            page.leaf("td", {{"class", "sample"}}, text);
        };
        row("Problem", cut(problem.prompt));
        row("Gold answer", cut(problem.answer));
        std::string trace;
        const bool sentences =
            std::any_of(problem.steps.begin(), problem.steps.end(), [](const std::string& s) { return s.size() > 40; });
        for (const std::string& s : problem.steps) trace += (trace.empty() ? "" : sentences ? "\n" : " ") + s;
        row("Reference trace", cut(trace));
        // As given: cut from an edited or corrupted trace, it is not the start of the reference.
        if (!attempts.empty() && !attempts.back().hint.empty()) {
            const auto line = page.element("tr");
            page.leaf("th", {{"scope", "row"}},
                      fmt::format("Hint given ({} of the trace)", share_text(attempts.back().hint_ratio)));
            const auto cell = page.element("td", {{"class", "sample"}});
            page.leaf("mark", cut(attempts.back().hint));
        }
    }
    if (attempts.empty()) {
        page.leaf("p", {{"class", "note"}}, "Its attempts are not in the store.");
        return;
    }
    std::vector<std::vector<const Attempt*>> rounds;
    for (const Attempt& a : attempts) {
        if (rounds.empty() || rounds.back().front()->round != a.round) rounds.emplace_back();
        rounds.back().push_back(&a);
    }
    for (std::size_t i = 0; i + 1 < rounds.size(); ++i) {
        const auto folded = page.element("details");
        page.leaf("summary", round_words(rounds[i]));
        add_round(page, rounds[i]);
    }
    page.leaf("p", {{"class", "note"}}, round_words(rounds.back()));
    add_round(page, rounds.back());
}

}  // namespace

void add_group_examples(Markup& page, const RunFacts& facts, const RunReader& run) {
    for (const Example& example : examples) {
        page.leaf("h3", example.title);
        page.leaf("p", {{"class", "note"}}, example.why);
        const GroupSummary* found = nullptr;
        std::int64_t at = 0;
        for (auto step = facts.steps.rbegin(); step != facts.steps.rend() && !found; ++step)
            for (const GroupSummary& group : step->groups)
                if (example.fits(group)) {
                    found = &group;
                    at = step->step;
                    break;
                }
        if (found)
            add_group(page, facts, run, at, *found);
        else
            page.leaf("p", "There was none in this run.");
        page.line();
    }
}

}  // namespace foothold
