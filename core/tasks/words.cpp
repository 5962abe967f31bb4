// SPDX-License-Identifier: GPL-3.0-or-later
// Words: dependency-graph arithmetic in plain English. People have things, each amount given by others'; the question is the last one's.
// Every step can be checked exactly, whoever wrote it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "record/error.h"
#include "tasks/text_family.h"
#include "tasks/text_steps.h"

namespace foothold {
namespace {

constexpr int deepest = 12, largest_value = 999;
constexpr std::array<const char*, 24> names = {"Ada", "Ben", "Cleo", "Dario", "Emma", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kemal", "Lena", "Milo", "Nora", "Oskar", "Pia", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Yara"};
constexpr std::array<const char*, 8> things = {"marbles", "stamps", "shells", "books", "coins", "beads", "cards", "pencils"};

/// How one amount follows from others.
struct Relation {
    enum class Kind { given, more, fewer, times, together } kind = Kind::given;
    int number = 0;           ///< Of given, more, fewer, times.
    std::string first, second;  ///< Whose amounts it needs.
};

struct Story {
    std::map<std::string, Relation, std::less<>> relations;
    std::string asked, things;
};

char sign_of(Relation::Kind kind) { return kind == Relation::Kind::fewer ? '-' : kind == Relation::Kind::times ? '*' : '+'; }

int computed(int left, char sign, int right) { return sign == '+' ? left + right : sign == '-' ? left - right : left * right; }

std::string sentence(const std::string& who, const Relation& r, const std::string& what) {
    switch (r.kind) {
        case Relation::Kind::given: return fmt::format("{} has {} {}.", who, r.number, what);
        case Relation::Kind::more: return fmt::format("{} has {} more {} than {}.", who, r.number, what, r.first);
        case Relation::Kind::fewer: return fmt::format("{} has {} fewer {} than {}.", who, r.number, what, r.first);
        case Relation::Kind::times: return fmt::format("{} has {} times as many {} as {}.", who, r.number, what, r.first);
        case Relation::Kind::together: return fmt::format("{} has as many {} as {} and {} together.", who, what, r.first, r.second);
    }
    return {};
}

std::optional<int> whole_number(std::string_view word) {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size() ? std::optional(value) : std::nullopt;
}

std::string_view bare(std::string_view word) {
    while (!word.empty() && std::string_view(".,?!\n").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    return word;
}

/// A prompt of ours, read back.
Story read_story(std::string_view prompt) {
    Story story;
    for (const std::string& text : cut_into_steps(prompt)) {
        const auto w = split_words(text);
        if (w.size() == 6 && w[0] == "How") {  // How many marbles does Ada have?
            story.things = w[2];
            story.asked = w[4];
            continue;
        }
        if (w.size() < 4 || w[1] != "has") continue;
        Relation r;
        const auto number = whole_number(w[2]);
        if (w.size() == 4 && number) r.number = *number;
        else if (w.size() == 7 && number && (w[3] == "more" || w[3] == "fewer")) r.kind = w[3] == "more" ? Relation::Kind::more : Relation::Kind::fewer, r.number = *number, r.first = bare(w[6]);
        else if (w.size() == 9 && number && w[3] == "times") r.kind = Relation::Kind::times, r.number = *number, r.first = bare(w[8]);
        else if (w.size() == 10 && w[2] == "as") r.kind = Relation::Kind::together, r.first = bare(w[6]), r.second = bare(w[8]);
        else continue;
        story.relations[std::string(w[0])] = r;
    }
    if (story.asked.ends_with('?')) story.asked.pop_back();
    return story;
}

/// What is known of the amounts.
using Amounts = std::map<std::string, int, std::less<>>;

Amounts given_amounts(const Story& story) {
    Amounts out;
    for (const auto& [who, r] : story.relations)
        if (r.kind == Relation::Kind::given) out[who] = r.number;
    return out;
}

/// The people to compute for the question, in an order in which that can be done.
std::vector<std::string> order_of(const Story& story) {
    std::vector<std::string> out;
    const auto visit = [&](const auto& self, const std::string& who, int depth) -> void {
        const auto found = story.relations.find(who);
        if (found == story.relations.end() || depth > 40) return;
        if (found->second.kind == Relation::Kind::given || std::find(out.begin(), out.end(), who) != out.end()) return;
        self(self, found->second.first, depth + 1);
        if (!found->second.second.empty()) self(self, found->second.second, depth + 1);
        out.push_back(who);
    };
    visit(visit, story.asked, 0);
    return out;
}

/// The two numbers of a person's computation, with the amounts as they are known.
std::optional<std::pair<int, int>> operands(const Relation& r, const Amounts& known) {
    const auto first = known.find(r.first);
    if (r.kind == Relation::Kind::given || first == known.end()) return std::nullopt;
    if (r.kind != Relation::Kind::together) return std::pair(first->second, r.number);
    const auto second = known.find(r.second);
    return second == known.end() ? std::nullopt : std::optional(std::pair(first->second, second->second));
}

std::string step_text(const std::string& who, int left, char sign, int right, int result, const std::string& what) {
    return fmt::format("{} has {} {} {} = {} {}.", who, left, sign, right, result, what);
}

std::string step_for(const std::string& who, const Story& story, const Amounts& known) {
    const Relation& r = story.relations.find(who)->second;
    const auto [left, right] = operands(r, known).value();
    const char sign = sign_of(r.kind);
    return step_text(who, left, sign, right, computed(left, sign, right), story.things);
}

/// A written computation: somebody's name, then "7 + 5 = 12" with an operator in any of its usual forms.
struct Computation {
    std::string who;  ///< Empty: nobody is named before it.
    int left = 0, right = 0, result = 0;
    char sign = '+';
    bool still = false;  ///< "still has": changes nothing.
    bool right_arithmetic() const { return computed(left, sign, right) == result; }
};

std::optional<Computation> read_computation(std::string_view step, const Story& story) {
    Computation out;
    std::string plain(step);
    for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"\\times", "*"}, {"×", "*"}, {"\\cdot", "*"}, {"−", "-"}, {"$", ""}, {"\\(", ""}, {"\\)", ""}})
        for (std::size_t at = 0; (at = plain.find(from, at)) != std::string::npos; at += to.size()) plain.replace(at, from.size(), to);
    const std::size_t equals = plain.rfind('=');
    if (equals == std::string::npos) return std::nullopt;
    for (const std::string_view word : split_words(std::string_view(plain).substr(0, equals))) {
        std::string name(bare(word));
        if (name.ends_with("'s")) name.resize(name.size() - 2);
        if (out.who.empty() && story.relations.contains(name)) out.who = name;
    }
    out.still = plain.find(" still ") != std::string::npos;
    // left sign right = result
    const auto blank = [&](std::size_t i) { return plain[i] == ' '; };
    const auto number_before = [&](std::size_t& at) -> std::optional<int> {
        while (at > 0 && blank(at - 1)) --at;
        const std::size_t end = at;
        while (at > 0 && std::isdigit(static_cast<unsigned char>(plain[at - 1]))) --at;
        return whole_number(std::string_view(plain).substr(at, end - at));
    };
    std::size_t at = equals;
    const auto right = number_before(at);
    while (at > 0 && blank(at - 1)) --at;
    if (!right || at == 0) return std::nullopt;
    const char sign = plain[at - 1] == 'x' ? '*' : plain[at - 1];
    if (sign != '+' && sign != '-' && sign != '*') return std::nullopt;
    const auto left = number_before(--at);
    std::size_t from = equals + 1;
    while (from < plain.size() && blank(from)) ++from;
    std::size_t to = from;
    while (to < plain.size() && std::isdigit(static_cast<unsigned char>(plain[to]))) ++to;
    const auto result = whole_number(std::string_view(plain).substr(from, to - from));
    if (!left || !result || *left > 1000000 || *right > 1000000) return std::nullopt;
    out.left = *left, out.right = *right, out.result = *result, out.sign = sign;
    return out;
}

/// Is it this person's computation with these amounts? The sides of plus and times may change places.
bool belongs(const Computation& c, const Relation& r, const Amounts& known) {
    const auto needed = operands(r, known);
    if (!needed || c.sign != sign_of(r.kind) || !c.right_arithmetic()) return false;
    const bool straight = c.left == needed->first && c.right == needed->second;
    return straight || (c.sign != '-' && c.left == needed->second && c.right == needed->first);
}

int depth_of(const std::string& tier) {
    const auto depth = whole_number(tier);
    if (!depth || *depth < 2 || *depth > deepest) throw UserError(fmt::format("tier \"{}\" of words: must be a number of steps from 2 to {}", tier, deepest));
    return *depth;
}

class Words final : public TextFamily {
   public:
    explicit Words(const FamilyOptions& options) : TextFamily("words", options) {}
    std::vector<std::string> example_tiers() const override { return {"2", "3", "4", "6"}; }

    Problem make(const std::string& tier, Random& random) const override {
        const int depth = depth_of(tier);
        for (int tries = 0; tries < 1000; ++tries)
            if (auto problem = attempt(depth, random)) {
                problem->family = name();
                problem->tier = tier;
                return *problem;
            }
        throw UserError(fmt::format("tier {} of words: no problem found with values up to {}", tier, largest_value));
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out = TextFamily::judge(problem, hint, placement, completion, ended);
        const Story story = read_story(problem.prompt);
        const std::size_t needed = order_of(story).size();
        Amounts known = given_amounts(story);
        std::size_t own = 0, done = 0;
        int place = 0;
        bool follows = true;
        // Given steps may be corrupted: what they say is taken as it is. Own ones have to follow on.
        if (placement == Placement::answer)
            for (const std::string& step : cut_into_steps(hint)) {
                ++place;
                const auto c = read_computation(step, story);
                if (!c || c->still) continue;
                if (!c->who.empty()) known[c->who] = c->result;
                ++done;
            }
        for (const std::string& step : cut_into_steps(completion)) {
            const int here = place++;
            const auto c = read_computation(step, story);
            if (!c) continue;
            ++own;
            // A computation without a name may be anyone's whose turn it could be.
            std::string who;
            for (const auto& [name, r] : story.relations)
                if ((c->who.empty() || c->who == name) && belongs(*c, r, known)) {
                    who = name;
                    break;
                }
            if (who.empty()) {
                if (follows) out.first_wrong_step = here;
                follows = false;
                if (!c->who.empty()) known[c->who] = c->result;
                continue;
            }
            known[who] = c->result;
        }
        out.skipping = own + std::min(done, needed) < needed;
        if (out.verdict == Verdict::correct) {
            const auto last = known.find(story.asked);
            const bool arrived = last != known.end() && std::to_string(last->second) == problem.answer;
            out.soundness = follows && arrived && !out.skipping ? Soundness::sound : Soundness::lucky;
        }
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override {
        const Story story = read_story(problem.prompt);
        return static_cast<int>(std::count_if(given.begin(), given.end(), [&](const std::string& step) {
            const auto c = read_computation(step, story);
            return !c || !c->still;
        }));
    }

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const Story story = read_story(problem.prompt);
        Amounts known = read(story, given).known;
        const auto order = order_of(story);
        std::vector<std::string> out;
        for (auto i = static_cast<std::size_t>(steps_done(problem, given)); i + 1 < order.size(); ++i) {
            const Relation& r = story.relations.find(order[i])->second;
            // A step that was blotted out leaves no value behind: the true one takes its place.
            for (const std::string& other : {r.first, r.second})
                if (!other.empty() && !known.contains(other)) known[other] = true_amounts(story).at(other);
            out.push_back(step_for(order[i], story, known));
            known[order[i]] = read_computation(out.back(), story)->result;
        }
        return out;
    }

    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const Story story = read_story(problem.prompt);
        const auto reached = read(story, given);
        const auto order = order_of(story);
        const auto done = static_cast<std::size_t>(steps_done(problem, given));
        if (done == 0) return true;
        if (reached.last.empty()) return false;  // Steps about nobody in the story leave it where it began.
        if (done > order.size() || reached.last != order[done - 1]) return false;
        // Amounts that later steps need must be right as well.
        const Amounts truth = true_amounts(story);
        for (const auto& [who, amount] : reached.known)
            if (const auto right = truth.find(who); right == truth.end() || right->second != amount) return false;
        for (std::size_t i = 0; i < done; ++i)
            if (!reached.known.contains(order[i])) return false;
        return true;
    }

    bool reveals(const Problem& problem, std::span<const std::string> given) const override { return !read(read_story(problem.prompt), given).last.empty(); }

    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random& random) const override {
        const Story story = read_story(problem.prompt);
        const auto reached = read(story, given);
        std::string who = reached.last;
        if (who.empty()) {
            const auto start = given_amounts(story);
            who = std::next(start.begin(), static_cast<std::ptrdiff_t>(random.below(start.size())))->first;
        }
        const int amount = reached.known.find(who)->second;
        return fmt::format("{} still has {} + 0 = {} {}.", who, amount, amount, story.things);
    }

    std::string misstate(const std::string& step, Random& random) const override {
        const auto places = numbers_in(step);
        if (places.empty() || step.find('=') == std::string::npos) return step;
        const auto [at, size] = places.back();
        const int result = whole_number(std::string_view(step).substr(at, size)).value_or(0);
        return step.substr(0, at) + std::to_string(result + random.between(1, 9)) + step.substr(at + size);
    }

    std::optional<std::string> unfit(std::string_view) const override { return std::nullopt; }

    /// x + y becomes y + x, and so with times.
    std::string reword(const std::string& step) const override {
        const auto places = numbers_in(step);
        if (places.size() != 3 || (step.find(" + ") == std::string::npos && step.find(" * ") == std::string::npos)) return step;
        const auto part = [&](std::size_t i) { return step.substr(places[i].at, places[i].size); };
        const std::size_t between = places[0].at + places[0].size;
        return step.substr(0, places[0].at) + part(1) + step.substr(between, places[1].at - between) + part(0) + step.substr(places[1].at + places[1].size);
    }

    std::string tier_after(const std::string& tier, int given) const override {
        const int left = depth_of(tier) - std::max(0, given);
        return left >= 2 ? std::to_string(left) : std::string();
    }

   private:
    struct Reached {
        Amounts known;
        std::string last;  ///< Whose amount was revealed last; empty = none.
    };
    static Reached read(const Story& story, std::span<const std::string> given) {
        Reached out{given_amounts(story), {}};
        for (const std::string& step : given) {
            const auto c = read_computation(step, story);
            if (!c || c->who.empty() || c->still) continue;
            out.known[c->who] = c->result;
            out.last = c->who;
        }
        return out;
    }

    static Amounts true_amounts(const Story& story) {
        Amounts known = given_amounts(story);
        for (const std::string& who : order_of(story)) {
            const Relation& r = story.relations.find(who)->second;
            const auto [left, right] = operands(r, known).value();
            known[who] = computed(left, sign_of(r.kind), right);
        }
        return known;
    }

    /// A story with exactly `depth` computations on the way to the question; none if a value came out too large or told the answer early.
    static std::optional<Problem> attempt(int depth, Random& random) {
        std::array<std::size_t, names.size()> order{};
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        random.shuffle(std::span<std::size_t>(order));
        std::size_t next = 0;
        const auto somebody = [&] { return std::string(names[order[next++]]); };
        Story story;
        story.things = things[random.below(things.size())];
        const auto start = [&] {
            Relation r;
            r.number = random.between(3, 20);
            std::string who = somebody();
            story.relations[who] = r;
            return who;
        };
        std::vector<std::string> path{start()};
        for (int i = 0; i < depth; ++i) {
            Relation r;
            r.first = path.back();
            const auto kind = random.below(4);
            if (kind == 3) {
                // Together with somebody before the last, or with somebody new whose amount is given.
                r.kind = Relation::Kind::together;
                r.second = path.size() > 1 && random.below(2) ? path[random.below(path.size() - 1)] : start();
            } else {
                r.kind = static_cast<Relation::Kind>(1 + kind);
                r.number = r.kind == Relation::Kind::times ? random.between(2, 4) : random.between(2, 15);
            }
            const std::string who = somebody();
            story.relations[who] = r;
            path.push_back(who);
        }
        story.asked = path.back();
        const auto solution = order_of(story);
        Amounts known = true_amounts(story);
        const int gold = known.at(story.asked);
        std::vector<std::string> steps;
        Amounts so_far = given_amounts(story);
        for (const std::string& who : solution) {
            steps.push_back(step_for(who, story, so_far));
            so_far[who] = known.at(who);
            if (known.at(who) < 1 || known.at(who) > largest_value || (known.at(who) == gold && who != story.asked)) return std::nullopt;
        }
        std::string prompt;
        std::vector<std::string> told;
        for (const auto& [who, r] : story.relations) told.push_back(sentence(who, r, story.things));
        random.shuffle(std::span(told));
        for (const std::string& text : told) prompt += text + " ";
        prompt += fmt::format("How many {} does {} have?", story.things, story.asked);
        Problem problem;
        problem.prompt = std::move(prompt);
        problem.answer = std::to_string(gold);
        problem.ending = steps.back() + fmt::format(" The answer is \\boxed{{{}}}.", gold);
        steps.pop_back();
        problem.steps = std::move(steps);
        for (const std::string& step : problem.steps)
            if (states_answer(step, problem.answer, problem.prompt)) return std::nullopt;
        return problem;
    }
};

}  // namespace

std::unique_ptr<Family> make_words(const FamilyOptions& options) { return std::make_unique<Words>(options); }

}  // namespace foothold
