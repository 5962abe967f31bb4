// SPDX-License-Identifier: GPL-3.0-or-later
// Doors: a maze of corridors. Behind each door lies a row of nodes; the goal is the end of one row. A trace enters a door, walks, leaves with
// "/" to try another, claims the goal with "!" or gives up with ".". One door is one thought, and every leave is known to be right or wrong.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "record/error.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

constexpr int most_doors = 6, longest_row = 8, node_names = most_doors * longest_row + 2;

std::string door(int i) { return std::string(1, static_cast<char>('A' + i)); }
std::string node(int i) { return "n" + std::to_string(i); }

struct Tier {
    int doors = 4, shortest = 3, longest = 5;  ///< The goal's corridor has at least `shortest` nodes, none more than `longest`.
};

/// "4x5": doors and the longest corridor; "4x5-8": and the goal's is not shorter than 5.
Tier parse_tier(const std::string& name) {
    const auto digit = [&](std::size_t i) { return name[i] >= '0' && name[i] <= '9' ? name[i] - '0' : -1; };
    const bool ranged = name.size() == 5 && name[3] == '-';
    Tier tier;
    if (name.size() == 3 || ranged) tier = {digit(0), ranged ? digit(2) : 3, digit(name.size() - 1)};
    if ((name.size() != 3 && !ranged) || name[1] != 'x' || tier.doors < 2 || tier.doors > most_doors || tier.longest > longest_row || tier.shortest < 3 || tier.shortest > tier.longest)
        throw UserError(fmt::format("tier \"{}\" of doors: must be doors x longest corridor, e.g. 4x5 (2 to {} doors, corridors of 3 to {} nodes), or with a shortest one for the goal, e.g. 4x5-8", name, most_doors,
                                    longest_row));
    return tier;
}

/// A prompt, read: corridors by door, and the door of the goal.
struct Maze {
    std::vector<std::vector<std::string_view>> rows;
    std::size_t goal = 0;
};

int door_of(std::string_view word) { return word.size() == 1 && word[0] >= 'A' && word[0] < 'A' + most_doors ? word[0] - 'A' : -1; }

Maze read_prompt(std::string_view prompt) {
    Maze maze;
    const auto words = split_words(prompt);
    std::size_t i = 0;
    for (; i < words.size() && words[i] != "goal"; ++i) {
        if (door_of(words[i]) >= 0) maze.rows.emplace_back();
        else if (!maze.rows.empty()) maze.rows.back().push_back(words[i]);
    }
    if (i + 1 < words.size())
        for (std::size_t r = 0; r < maze.rows.size(); ++r)
            if (!maze.rows[r].empty() && maze.rows[r].back() == words[i + 1]) maze.goal = r;
    return maze;
}

/// Where a walk is.
struct Walk {
    int door = -1;      ///< -1 = before a door.
    std::size_t at = 0; ///< Nodes of its row passed.
    bool lost = false;  ///< After a move that is not there; "/" leads back.
};

class Doors final : public SymbolicFamily {
   public:
    Doors() : SymbolicFamily("doors", words(), "!") {}
    std::vector<std::string> example_tiers() const override { return {"2x3", "3x4", "4x5", "6x5"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int i = 0; i < node_names; ++i) out.numbers.push_back(node(i));
        out.filler = "|";
        out.separator = "|";
        return out;
    }

    Problem make(const std::string& name, Random& random) const override {
        const Tier tier = parse_tier(name);
        Problem p;
        p.family = name_;
        p.tier = name;
        std::vector<int> lengths;
        for (int i = 0; i < tier.doors; ++i) lengths.push_back(random.between(2, tier.longest));
        const int goal = random.between(0, tier.doors - 1);
        lengths[static_cast<std::size_t>(goal)] = random.between(tier.shortest, tier.longest);
        // As few names as the tier needs, so that a model meets each of them often.
        std::vector<int> names(static_cast<std::size_t>(tier.doors * tier.longest + 2));
        for (std::size_t i = 0; i < names.size(); ++i) names[i] = static_cast<int>(i);
        random.shuffle(std::span(names));
        std::size_t next = 0;
        std::string last;
        for (int i = 0; i < tier.doors; ++i) {
            p.prompt += (i ? " " : "") + door(i);
            if (i == goal) p.steps.push_back(door(i));
            for (int k = 0; k < lengths[static_cast<std::size_t>(i)]; ++k) {
                const std::string here = node(names[next++]);
                p.prompt += " " + here;
                if (i == goal) p.steps.push_back(last = here);
            }
        }
        p.prompt += " goal " + last + " ?";
        p.answer = door(goal);
        return p;
    }

    int max_new_tokens(const Problem& problem, int given) const override {
        const Maze maze = read_prompt(problem.prompt);
        std::size_t nodes = 0;
        for (const auto& row : maze.rows) nodes += row.size();
        return std::max(4, static_cast<int>(nodes + 2 * maze.rows.size()) + 2 - given);
    }

    std::string closing(const Problem&) const override { return "!"; }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random& random) const override {
        const Maze maze = read_prompt(problem.prompt);
        std::string out;
        const auto say = [&out](std::string_view word) { out += (out.empty() ? "" : " ") + std::string(word); };
        if (demonstrator.early < 0 || demonstrator.answer_only) {  // The reference itself.
            for (const std::string& step : problem.steps) say(step);
            say("!");
            return out;
        }
        std::vector<std::size_t> order(maze.rows.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        random.shuffle(std::span(order));
        for (const std::size_t r : order) {
            say(door(static_cast<int>(r)));
            for (std::size_t k = 0; k < maze.rows[r].size(); ++k) {
                say(maze.rows[r][k]);
                if (r == maze.goal && k + 1 == maze.rows[r].size()) {
                    say("!");
                    return out;
                }
                if (k + 1 < maze.rows[r].size() && random.uniform() < demonstrator.early) break;
            }
            say("/");
        }
        say(".");
        return out;
    }

    std::optional<SearchReading> read_search(const Problem& problem, std::string_view text) const override {
        const Maze maze = read_prompt(problem.prompt);
        const auto tokens = split_words(text);
        SearchReading out;
        out.tokens = tokens.size();
        Walk walk;
        std::set<int> entered;
        const auto leave = [&](std::size_t i, bool closes) {
            if (walk.door < 0) return;
            Thought& thought = out.thoughts.back();
            thought.end = i;
            if (walk.lost) return;
            const bool end = walk.at == maze.rows[static_cast<std::size_t>(walk.door)].size();
            if (thought.promising && !end && closes) thought.abandoned = true, ++out.abandoned, ++out.promising_nodes;
            if (!thought.promising && end && closes) ++out.dead_ends_left;
        };
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const std::string_view word = tokens[i];
            if (word == "|") continue;
            if (word == "!" || word == ".") {
                out.solved = word == "!" && !walk.lost && walk.door == static_cast<int>(maze.goal) && walk.at == maze.rows[maze.goal].size();
                out.gave_up = word == ".";
                if (!out.solved && word == "!") ++out.invalid;
                leave(i, word == ".");
                walk.door = -1;
                break;
            }
            if (word == "/") {
                leave(i, true);
                walk = {};
                continue;
            }
            if (const int d = door_of(word); d >= 0 && walk.door < 0 && !walk.lost && d < static_cast<int>(maze.rows.size())) {
                walk = {d, 0, false};
                out.thoughts.push_back({i, tokens.size(), d == static_cast<int>(maze.goal), false});
                out.revisits += !entered.insert(d).second;
                continue;
            }
            if (walk.door >= 0 && !walk.lost) {
                const auto& row = maze.rows[static_cast<std::size_t>(walk.door)];
                if (walk.at < row.size() && row[walk.at] == word) {
                    ++walk.at;
                    out.promising_nodes += walk.door == static_cast<int>(maze.goal);
                    continue;
                }
                if (walk.at == row.size() && walk.door != static_cast<int>(maze.goal)) ++out.dead_ends_stuck;
            }
            ++out.invalid;
            walk.lost = true;
        }
        return out;
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const bool joined = placement == Placement::answer && !hint.empty();
        const std::string whole = joined ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto own = split_words(completion);
        const auto words = split_words(whole);
        const auto reading = *read_search(problem, whole);
        const auto claims = static_cast<std::size_t>(std::count_if(words.begin(), words.end(), [](std::string_view w) { return w == "!" || w == "."; }));
        // The claim is the last word, said once.
        if (!ended || own.empty() || claims != 1 || (own.back() != "!" && own.back() != ".")) {
            out.verdict = Verdict::unparseable;
        } else {
            out.verdict = reading.solved ? Verdict::correct : Verdict::wrong;
            out.extracted = own.back() == "." ? "." : reading.thoughts.empty() ? "!" : std::string(words[reading.thoughts.back().begin]);
        }
        // The first own move that the maze does not have.
        const std::size_t given = words.size() - own.size();
        for (std::size_t i = given + 1; i <= words.size() && out.first_wrong_step < 0; ++i) {
            const auto upto = read_search(problem, prefix(words, i));
            const auto before = read_search(problem, prefix(words, i - 1));
            if (upto->invalid > before->invalid) out.first_wrong_step = static_cast<int>(i - 1);
        }
        if (out.verdict == Verdict::correct) out.soundness = out.first_wrong_step < 0 ? Soundness::sound : Soundness::lucky;
        return out;
    }

    /// Back to the start if needed, then through the goal's corridor.
    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const Maze maze = read_prompt(problem.prompt);
        const Walk walk = place(maze, given);
        std::vector<std::string> out;
        std::size_t from = 0;
        if (walk.door == static_cast<int>(maze.goal) && !walk.lost) {
            from = walk.at;
        } else {
            if (walk.door >= 0 || walk.lost) out.emplace_back("/");
            out.push_back(door(static_cast<int>(maze.goal)));
        }
        for (std::size_t k = from; k < maze.rows[maze.goal].size(); ++k) out.emplace_back(maze.rows[maze.goal][k]);
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override {
        const Maze maze = read_prompt(problem.prompt);
        const Walk walk = place(maze, given);
        return walk.door == static_cast<int>(maze.goal) && !walk.lost ? static_cast<int>(walk.at) + 1 : 0;
    }

    /// A thought is a line; the answer is the door of the last one, if the goal was claimed.
    WrittenTrace read_trace(std::string_view text) const override {
        WrittenTrace read;
        std::vector<std::string> thought;
        for (const std::string_view word : split_words(text)) {
            thought.emplace_back(word);
            if (word == "!") read.answer = thought.front();
            if (word != "/") continue;
            read.steps.push_back(join_words(thought));
            thought.clear();
        }
        if (!thought.empty()) read.steps.push_back(join_words(thought));
        return read;
    }
    int steps_in(std::string_view hint) const override { return static_cast<int>(split_words(hint).size()); }  // A word is a step.

    /// Inside the goal's corridor, or back at the start.
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const Maze maze = read_prompt(problem.prompt);
        const Walk walk = place(maze, given);
        return !walk.lost && (walk.door < 0 || walk.door == static_cast<int>(maze.goal));
    }

    std::string fact(Random&) const override { return "|"; }
    std::string idle_step(const Problem&, std::span<const std::string>, Random&) const override { return "|"; }

    std::string misstate(const std::string& step, Random& random) const override {
        const auto words = split_words(step);
        if (words.size() != 1) return step;
        for (;;) {
            const std::string other = door_of(words[0]) >= 0 ? door(random.between(0, most_doors - 1)) : node(random.between(0, node_names - 1));
            if (other != words[0]) return other;
        }
    }

   private:
    static std::vector<std::string> words() {
        std::vector<std::string> out = {"<pad>", "<eos>", "goal", "?", "|", "/", "!", "."};
        for (int i = 0; i < most_doors; ++i) out.push_back(door(i));
        for (int i = 0; i < node_names; ++i) out.push_back(node(i));
        return out;
    }

    static std::string prefix(const std::vector<std::string_view>& words, std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += (i ? " " : "") + std::string(words[i]);
        return out;
    }

    static Walk place(const Maze& maze, std::span<const std::string> given) {
        Walk walk;
        for (const std::string& step : given)
            for (const std::string_view word : split_words(step)) {
                if (word == "|") continue;
                if (word == "/") {
                    walk = {};
                } else if (const int d = door_of(word); d >= 0 && walk.door < 0 && !walk.lost && d < static_cast<int>(maze.rows.size())) {
                    walk = {d, 0, false};
                } else if (walk.door >= 0 && !walk.lost && walk.at < maze.rows[static_cast<std::size_t>(walk.door)].size() &&
                           maze.rows[static_cast<std::size_t>(walk.door)][walk.at] == word) {
                    ++walk.at;
                } else {
                    walk.lost = true;
                }
            }
        return walk;
    }
};

}  // namespace

std::unique_ptr<Family> make_doors(const FamilyOptions&) { return std::make_unique<Doors>(); }

}  // namespace foothold
