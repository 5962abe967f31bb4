// SPDX-License-Identifier: GPL-3.0-or-later
// Countdown: make a target out of all of a few numbers with + - * and exact /. A trace is a depth-first search: "n3 + n5 = n8" goes down,
// "back" returns by one, "!" claims the target, "." gives up. Every first operation is one thought; the solver tries everything, so that
// every node left is known to be right or wrong. The form follows Stream of Search (Gandhi et al. 2024, arXiv 2404.03683), shortened.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "record/error.h"
#include "tasks/countdown_search.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

constexpr int largest = 99, most_numbers = 4;
constexpr int longest_search = 120;  // Words. With three numbers a problem's whole search fits; with four, the demonstrator's does.

struct Tier {
    int numbers = 3, size = 20;
};

/// "3x20": three numbers, every value from 1 to 20.
std::optional<Tier> read_tier(const std::string& name) {
    Tier tier;
    const auto* end = name.data() + name.size();
    const auto [x, error] = std::from_chars(name.data(), end, tier.numbers);
    if (error != std::errc() || x == end || *x != 'x') return std::nullopt;
    const auto [rest, second] = std::from_chars(x + 1, end, tier.size);
    if (second != std::errc() || rest != end || tier.numbers < 2 || tier.numbers > most_numbers || tier.size < 6 || tier.size > largest) return std::nullopt;
    return tier;
}

CountdownTask read_problem(const Problem& problem) {
    CountdownTask task;
    const auto tier = read_tier(problem.tier);
    task.size = tier ? tier->size : largest;
    bool goal = false;
    for (const std::string_view word : split_words(problem.prompt)) {
        if (word == "goal") goal = true;
        const auto number = read_countdown_number(word);
        if (number && goal) task.target = *number;
        if (number && !goal && static_cast<int>(task.numbers.size()) < most_numbers) task.numbers.push_back(*number);
    }
    return task;
}

class Countdown final : public SymbolicFamily {
   public:
    Countdown() : SymbolicFamily("countdown", words(), "!") {}
    std::vector<std::string> example_tiers() const override { return {"2x20", "3x10", "3x20", "3x30", "4x10"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int i = 1; i <= largest; ++i) out.numbers.push_back(countdown_number(i));
        out.filler = "|";
        out.separator = "|";
        return out;
    }

    /// The target is drawn from what can be made; at least one first operation does not lead there.
    Problem make(const std::string& name, Random& random) const override {
        const auto tier = read_tier(name);
        if (!tier)
            throw UserError(fmt::format("tier \"{}\" of countdown: must be numbers x largest value, e.g. 3x20 (2 to {} numbers, values from 1 to at least 6 and at most {})", name, most_numbers, largest));
        for (;;) {
            CountdownTask task;
            task.size = tier->size;
            for (int i = 0; i < tier->numbers; ++i) task.numbers.push_back(random.between(1, tier->size));
            if (tier->numbers <= 3 && task.search_words(task.numbers) > longest_search) continue;
            std::vector<int> targets;
            const auto first = task.moves(task.numbers);
            for (const int target : task.reachable(task.numbers)) {
                task.target = target;
                if (!std::all_of(first.begin(), first.end(), [&](const CountdownMove& m) { return task.solvable(CountdownTask::after(task.numbers, m)); })) targets.push_back(target);
            }
            if (targets.empty()) continue;
            task.target = targets[random.below(targets.size())];
            Problem p;
            p.family = name_;
            p.tier = name;
            for (const int number : task.numbers) p.prompt += countdown_number(number) + " ";
            p.prompt += "goal " + countdown_number(task.target) + " ?";
            for (std::vector<int> at = task.numbers; at.size() > 1;) {
                std::vector<CountdownMove> right;
                for (const CountdownMove& m : task.moves(at))
                    if (task.solvable(CountdownTask::after(at, m))) right.push_back(m);
                const CountdownMove chosen = right[random.below(right.size())];
                p.steps.push_back(write_move(chosen));
                at = CountdownTask::after(at, chosen);
            }
            p.answer = join_words(p.steps);
            return p;
        }
    }

    int max_new_tokens(const Problem& problem, int) const override {
        const CountdownTask task = read_problem(problem);
        return std::min(task.search_words(task.numbers), 2 * longest_search) + 2;
    }

    std::string closing(const Problem&) const override { return "!"; }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const override {
        const std::string reference = join_words(problem.steps) + " !";
        if (demonstrator.early < 0 || demonstrator.answer_only) return reference;
        const CountdownTask task = read_problem(problem);
        for (int tries = 0; tries < 200; ++tries) {
            std::vector<std::string> out;
            if (!search(task, task.numbers, demonstrator.early, true, random, out)) out.emplace_back(".");
            std::string text = join_words(out);
            if (static_cast<int>(split_words(text).size()) <= longest_search + 1) return text;
        }
        return reference;  // Four numbers whose searches are all too long.
    }

    std::optional<SearchReading> read_search(const Problem& problem, std::string_view text) const override { return read(problem, text).search; }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const bool joined = placement == Placement::answer && !hint.empty();
        const Reading reading = read(problem, joined ? fmt::format("{} {}", hint, completion) : std::string(completion));
        const auto own = split_words(completion);
        const std::size_t given = joined ? split_words(hint).size() : 0;
        for (std::size_t i = 0; i < reading.moves.size() && out.first_wrong_step < 0; ++i)
            if (reading.moves[i].first >= given && !reading.moves[i].second) out.first_wrong_step = static_cast<int>(i);
        // The claim is the last word, said once.
        const auto claim = [](std::string_view w) { return w == "!" || w == "."; };
        if (!ended || own.empty() || !claim(own.back()) || reading.claims != 1) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.verdict = reading.search.solved ? Verdict::correct : Verdict::wrong;
        out.extracted = own.back() == "." ? "." : reading.path.empty() ? "!" : reading.path;
        if (out.verdict == Verdict::correct) out.soundness = out.first_wrong_step < 0 && !reading.stray ? Soundness::sound : Soundness::lucky;
        return out;
    }

    /// Back to where the target can be made, then the reference's moves where they lead there, else the first that do.
    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const CountdownTask task = read_problem(problem);
        CountdownWalk walk(task);
        walk.read(given);
        std::vector<std::string> out;
        while (walk.lost() || (!walk.node().solvable && !walk.at_root())) {
            out.emplace_back("back");
            walk.back();
        }
        while (walk.node().numbers.size() > 1 && walk.node().solvable) {
            const auto leads = [&](const CountdownMove& m) { return task.solvable(CountdownTask::after(walk.node().numbers, m)); };
            const auto list = task.moves(walk.node().numbers);
            auto next = std::find_if(list.begin(), list.end(), leads);
            if (const auto depth = static_cast<std::size_t>(walk.depth()); depth < problem.steps.size()) {
                const auto own = read_move(split_words(problem.steps[depth]));
                const auto place = own ? std::find(list.begin(), list.end(), *own) : list.end();
                if (place != list.end() && leads(*place)) next = place;
            }
            out.push_back(write_move(*next));
            walk.move(*next);
        }
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override {
        const CountdownTask task = read_problem(problem);
        CountdownWalk walk(task);
        walk.read(given);
        return !walk.lost() && walk.node().solvable ? walk.depth() : 0;
    }

    /// Where the target can still be made.
    /// A move is a line, with the "back"s after it; the answer is what the last one came to, if the target was claimed.
    WrittenTrace read_trace(std::string_view text) const override {
        WrittenTrace read;
        std::vector<std::string> line;
        std::size_t move = 0;  // Words of the move on this line.
        std::string result;
        for (const std::string_view word : split_words(text)) {
            if (word == "<eos>") continue;
            const bool mark = word == "back" || word == "!" || word == ".";
            if (!mark && move == 5) {
                read.steps.push_back(join_words(line));
                line.clear();
                move = 0;
            }
            if (word == "!" && move == 5) read.answer = result;
            if (!mark && ++move == 5) result = word;
            line.emplace_back(word);
        }
        if (!line.empty()) read.steps.push_back(join_words(line));
        return read;
    }
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const CountdownTask task = read_problem(problem);
        CountdownWalk walk(task);
        walk.read(given);
        return !walk.lost() && walk.node().solvable;
    }

    std::string fact(Random& random) const override {
        const int x = random.between(1, largest / 2), y = random.between(1, largest / 2);
        return write_move({x, y, x + y, '+'});
    }
    std::string idle_step(const Problem&, std::span<const std::string>, Random&) const override { return "|"; }

    std::string misstate(const std::string& step, Random& random) const override {
        auto move = read_move(split_words(step));
        if (!move) return step;
        move->result = (move->result - 1 + random.between(1, largest - 1)) % largest + 1;
        return write_move(*move);
    }

    /// x + y = r becomes y + x = r, and so with times.
    std::string reword(const std::string& step) const override {
        auto move = read_move(split_words(step));
        if (!move || move->op == '-' || move->op == '/') return step;
        std::swap(move->left, move->right);
        return write_move(*move);
    }

    std::string tier_after(const std::string& name, int given) const override {
        const auto tier = read_tier(name);
        if (!tier) throw UserError(fmt::format("tier \"{}\" of countdown: must be numbers x largest value, e.g. 3x20", name));
        const int left = tier->numbers - std::max(0, given);
        return left >= 2 ? fmt::format("{}x{}", left, tier->size) : std::string();
    }

   private:
    struct Reading {
        SearchReading search;
        std::vector<std::pair<std::size_t, bool>> moves;  ///< Its last word's place, and is it there?
        std::string path;  ///< The moves that led to the claim.
        std::size_t claims = 0;
        bool stray = false;  ///< "back" where there was nothing to go back from.
    };

    static std::vector<std::string> words() {
        std::vector<std::string> out = {"<pad>", "<eos>", "goal", "?", "|", "back", "!", ".", "=", "+", "-", "*", "/"};
        for (int i = 1; i <= largest; ++i) out.push_back(countdown_number(i));
        return out;
    }

    /// Depth first, in random order; below the root each node with something left to try is left with chance `early`.
    static bool search(const CountdownTask& task, const std::vector<int>& at, double early, bool root, Random& random, std::vector<std::string>& out) {
        auto list = task.moves(at);
        random.shuffle(std::span(list));
        for (const CountdownMove& move : list) {
            if (!root && random.uniform() < early) return false;
            out.push_back(write_move(move));
            const auto next = CountdownTask::after(at, move);
            if (next.size() == 1 && next[0] == task.target) {
                out.emplace_back("!");
                return true;
            }
            if (next.size() > 1 && search(task, next, early, false, random, out)) return true;
            out.emplace_back("back");
        }
        return false;
    }

    static Reading read(const Problem& problem, std::string_view text) {
        const CountdownTask task = read_problem(problem);
        CountdownWalk walk(task);
        const auto tokens = split_words(text);
        Reading out;
        SearchReading& search = out.search;
        search.tokens = tokens.size();
        for (const std::string_view word : tokens) out.claims += word == "!" || word == ".";
        std::vector<std::string_view> pending;
        std::size_t begin = 0;
        const auto move = [&](std::size_t last) {  // Ends at this word.
            if (pending.empty()) return;
            const bool promising = !walk.lost() && !walk.at_root() && walk.node().solvable;
            if (walk.dead_end()) ++search.dead_ends_stuck;
            if (walk.at_root() && !walk.lost()) search.thoughts.push_back({begin, tokens.size(), false, false});
            const auto step = walk.move(read_move(pending));
            out.moves.emplace_back(last, step != CountdownWalk::Step::invalid);
            pending.clear();
            if (step == CountdownWalk::Step::invalid) {
                ++search.invalid;
                return;
            }
            search.revisits += step == CountdownWalk::Step::again;
            search.promising_nodes += promising;
            if (walk.depth() == 1) search.thoughts.back().promising = walk.node().solvable;
        };
        const auto leave = [&] {  // A node is left for good or by one.
            if (walk.lost()) return;
            if (walk.dead_end()) ++search.dead_ends_left;
            if (walk.at_root() || !walk.node().solvable) return;
            ++search.abandoned;
            ++search.promising_nodes;
            if (!search.thoughts.empty()) search.thoughts.back().abandoned = true;
        };
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const std::string_view word = tokens[i];
            if (word == "|") continue;
            if (word != "back" && word != "!" && word != ".") {
                if (pending.empty()) begin = i;
                pending.push_back(word);
                if (pending.size() == 5) move(i);
                continue;
            }
            if (!pending.empty()) move(i - 1);  // Not a whole one.
            if (word == "back") {
                leave();
                const bool top = walk.depth() == 0 || (walk.depth() == 1 && !walk.lost());
                if (!walk.back()) ++search.invalid, out.stray = true;
                else if (top) search.thoughts.back().end = i;
                continue;
            }
            search.solved = word == "!" && walk.at_goal();
            search.gave_up = word == ".";
            if (search.gave_up) leave();
            if (word == "!" && !search.solved) {
                ++search.invalid;
                if (walk.dead_end()) ++search.dead_ends_stuck;
            }
            if (!search.thoughts.empty() && !walk.at_root()) search.thoughts.back().end = i;
            if (word == "!") {
                std::vector<std::string> path;
                for (const CountdownMove& m : walk.moves()) path.push_back(write_move(m));
                out.path = join_words(path);
            }
            break;
        }
        if (!pending.empty()) move(tokens.size() - 1);
        return out;
    }
};

}  // namespace

std::unique_ptr<Family> make_countdown(const FamilyOptions&) { return std::make_unique<Countdown>(); }

}  // namespace foothold
