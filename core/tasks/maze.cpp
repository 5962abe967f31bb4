// SPDX-License-Identifier: GPL-3.0-or-later
// Maze: the shortest way through a small grid, with the trace of an A* search before the plan, in the form of "Beyond Semantics" (arXiv 2505.13775):
// what was opened and closed, where, at which costs. Whether the plan is right and whether the trace is a valid search are judged apart.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "record/error.h"
#include "tasks/maze_search.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

const std::string claim = "plan";

/// What bounds a context: problems with longer searches or ways are not made.
std::size_t most_events(const Maze& maze) { return static_cast<std::size_t>(maze.width * maze.height * 5 / 4); }
std::size_t most_plan(const Maze& maze) { return static_cast<std::size_t>(maze.width * maze.height * 2 / 3 + 1); }

bool verb(std::string_view word) { return word == "create" || word == "close"; }

/// A written step: words [from, to) of a text.
struct Piece {
    std::size_t from = 0, to = 0;
};

/// Cuts the words before `mark` into steps: each verb begins one. Where a given step was blotted out (all '|') every four given blanks are one.
std::vector<Piece> pieces(std::span<const std::string_view> words, std::size_t mark, std::size_t given) {
    std::vector<Piece> out;
    const auto blank = [&](std::size_t i) { return i < std::min(given, mark) && words[i] == "|"; };
    for (std::size_t from = 0, to; from < mark; from = to) {
        to = from + 1;
        if (blank(from)) while (to < from + MazeEvent::words && blank(to)) ++to;
        else while (to < mark && !verb(words[to]) && !blank(to)) ++to;
        out.push_back({from, to});
    }
    return out;
}

std::size_t find_mark(std::span<const std::string_view> words) { return static_cast<std::size_t>(std::find(words.begin(), words.end(), claim) - words.begin()); }

/// Cells of a plan; empty if a word is none.
std::vector<Cell> read_plan(std::span<const std::string_view> words) {
    std::vector<Cell> out;
    for (const std::string_view word : words) {
        const auto cell = read_cell(word);
        if (!cell) return {};
        out.push_back(*cell);
    }
    return out;
}

std::string write_plan(const std::vector<Cell>& plan) {
    std::string out;
    for (const Cell c : plan) out += (out.empty() ? "" : " ") + cell_word(c);
    return out;
}

/// From start to goal over free neighbours.
bool leads(const Maze& maze, const std::vector<Cell>& plan) {
    if (plan.empty() || plan.front() != maze.start || plan.back() != maze.goal || !maze.free(maze.start)) return false;
    for (std::size_t i = 1; i < plan.size(); ++i)
        if (!maze.free(plan[i]) || manhattan(plan[i - 1], plan[i]) != 1) return false;
    return true;
}

/// The search after given steps, and how many events of the reference they stand for: those that change nothing stand for none.
struct Progress {
    MazeSearch search;
    int done = 0;
    void take(const std::optional<MazeEvent>& event) {
        MazeSearch after = search;
        if (event) after.take(*event);
        done += !event || !(after == search);
        search = std::move(after);
    }
};

Progress read_given(const Maze& maze, std::span<const std::string> given) {
    Progress out{MazeSearch(maze)};
    for (const std::string& step : given) out.take(read_event(step));
    return out;
}

class MazeFamily final : public SymbolicFamily {
   public:
    MazeFamily() : SymbolicFamily("maze", words(), claim) {}
    std::vector<std::string> example_tiers() const override { return {"wilson:5x5", "wilson:7x7", "dfs:7x7", "cycles:7x7", "walls:7x7"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int c = 0; c <= most_cost; ++c) out.numbers.push_back(std::to_string(c));
        out.filler = out.separator = "|";
        out.kinds.emplace_back();
        for (Cell c = 0; c < most_cells; ++c) out.kinds.back().push_back(cell_word(c));
        return out;
    }

    Problem make(const std::string& name, Random& random) const override {
        const MazeTier tier = parse_maze_tier(name);
        Problem p;
        p.family = name_;
        p.tier = name;
        for (;;) {
            const Maze maze = draw_maze(tier, random);
            MazeSearch search(maze);
            std::vector<MazeEvent> events;
            while (const auto event = search.next()) {
                search.take(*event);
                events.push_back(*event);
            }
            // Back from the goal over closed cells, each one move nearer to the start.
            std::vector<Cell> plan = {maze.goal};
            while (plan.back() != maze.start) {
                const int g = *search.closed_at(plan.back());
                for (const Cell c : maze.neighbours(plan.back()))
                    if (search.closed_at(c) == g - 1) {
                        plan.push_back(c);
                        break;
                    }
            }
            std::reverse(plan.begin(), plan.end());
            if (events.size() > most_events(maze) || plan.size() > most_plan(maze)) continue;
            p.prompt = maze.prompt();
            for (const MazeEvent& event : events) p.steps.push_back(write_event(event));
            p.answer = write_plan(plan);
            return p;
        }
    }

    /// By the size alone: how long a search is does not tell a model when to end it.
    int max_new_tokens(const Problem& problem, int given) const override {
        const Maze maze = read_maze(problem.prompt);
        const int events = std::max(0, static_cast<int>(most_events(maze)) - given);
        return static_cast<int>(MazeEvent::words) * events + static_cast<int>(most_plan(maze)) + 2;
    }

    std::string closing(const Problem& problem) const override { return claim + " " + problem.answer; }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random&) const override {
        return demonstrator.answer_only ? closing(problem) : join_words(problem.steps) + " " + closing(problem);
    }

    /// Correct: a shortest way from start to goal, whatever the trace. Sound: besides, every own event was allowed, the goal was closed, and the plan
    /// goes over closed cells in the order of their costs. Skipping: the goal was never closed.
    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const std::size_t given = placement == Placement::answer ? split_words(hint).size() : 0;
        const std::string whole = given ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto tokens = split_words(whole);
        const std::size_t mark = find_mark(tokens);
        const Maze maze = read_maze(problem.prompt);
        Progress at{MazeSearch(maze)};
        int place = 0;
        for (const Piece& piece : pieces(tokens, mark, given)) {
            const auto event = read_event(std::span(tokens).subspan(piece.from, piece.to - piece.from));
            if (piece.to > given && out.first_wrong_step < 0 && !(event && at.search.allowed(*event))) out.first_wrong_step = place;
            at.take(event);
            ++place;
        }
        out.skipping = !at.search.finished();
        const auto plan = read_plan(std::span(tokens).subspan(std::min(mark + 1, tokens.size())));
        if (!ended || plan.empty()) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.extracted = write_plan(plan);
        const bool shortest = leads(maze, plan) && maze.distances(maze.start)[static_cast<std::size_t>(maze.goal)] + 1 == static_cast<int>(plan.size());
        out.verdict = shortest ? Verdict::correct : Verdict::wrong;
        if (shortest && place > 0) {
            bool follows = out.first_wrong_step < 0 && !out.skipping;
            for (std::size_t i = 0; i < plan.size(); ++i) follows = follows && at.search.closed_at(plan[i]) == static_cast<int>(i);
            out.soundness = follows ? Soundness::sound : Soundness::lucky;
        }
        return out;
    }

    /// Infeasible: no way at all from start to goal, however long.
    std::optional<AnswerReading> read_answer(const Problem& problem, std::string_view extracted) const override {
        const auto plan = read_plan(split_words(extracted));
        if (plan.empty()) return std::nullopt;
        return AnswerReading{!leads(read_maze(problem.prompt), plan), false};
    }

    /// A thought is a stretch of expansions each next to the one before; it is promising at a cell of a shortest way. A* must leave such cells when
    /// others have lower costs, so abandonment here is no fault by itself.
    std::optional<SearchReading> read_search(const Problem& problem, std::string_view text) const override {
        const Maze maze = read_maze(problem.prompt);
        const auto from_start = maze.distances(maze.start), from_goal = maze.distances(maze.goal);
        const auto index = [](Cell c) { return static_cast<std::size_t>(c); };
        const auto promising = [&](Cell c) { return maze.free(c) && from_start[index(c)] >= 0 && from_start[index(c)] + from_goal[index(c)] == from_start[index(maze.goal)]; };
        const auto tokens = split_words(text);
        const std::size_t mark = find_mark(tokens);
        SearchReading out;
        out.tokens = tokens.size();
        MazeSearch search(maze);
        std::optional<Cell> last;
        for (const Piece& piece : pieces(tokens, mark, 0)) {
            const auto event = read_event(std::span(tokens).subspan(piece.from, piece.to - piece.from));
            out.invalid += !event || !search.allowed(*event);
            if (!event) continue;
            if (event->close) {
                out.revisits += search.closed_at(event->cell).has_value();
                if (!last || manhattan(*last, event->cell) != 1) {
                    if (last) {
                        out.thoughts.back().end = piece.from;
                        out.thoughts.back().abandoned = promising(*last);
                        ++(promising(*last) ? out.abandoned : out.dead_ends_left);
                    }
                    out.thoughts.push_back({piece.from, tokens.size(), promising(event->cell), false});
                }
                out.promising_nodes += promising(event->cell);
                last = event->cell;
            }
            search.take(*event);
        }
        out.promising_nodes += out.abandoned;
        const auto plan = read_plan(std::span(tokens).subspan(std::min(mark + 1, tokens.size())));
        out.solved = leads(maze, plan) && static_cast<int>(plan.size()) == from_start[index(maze.goal)] + 1;
        return out;
    }

    int steps_done(const Problem& problem, std::span<const std::string> given) const override { return read_given(read_maze(problem.prompt), given).done; }

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        MazeSearch search = read_given(read_maze(problem.prompt), given).search;
        std::vector<std::string> out;
        while (const auto event = search.next()) {
            search.take(*event);
            out.push_back(write_event(*event));
        }
        return out;
    }

    /// What is open and closed, and which cell was closed last, is what the reference has after as many events.
    /// An event is a line; the plan is the answer.
    WrittenTrace read_trace(std::string_view text) const override {
        WrittenTrace read;
        std::vector<std::string> event;
        const auto finish = [&] {
            if (!event.empty()) read.steps.push_back(join_words(event));
            event.clear();
        };
        const auto words = split_words(text);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (words[i] == claim_) {
                finish();
                for (const std::string_view cell : std::span(words).subspan(i + 1))
                    if (cell != "<eos>") event.emplace_back(cell);
                read.answer = join_words(event);
                return read;
            }
            // Blotted out events are four blanks each.
            if (words[i] == "create" || words[i] == "close" || (words[i] == "|" && event.size() == 4)) finish();
            event.emplace_back(words[i]);
        }
        finish();
        return read;
    }
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const Maze maze = read_maze(problem.prompt);
        const Progress at = read_given(maze, given);
        const auto done = static_cast<std::size_t>(at.done);
        return done <= problem.steps.size() && at.search == read_given(maze, std::span(problem.steps).first(done)).search;
    }

    /// An event as it could stand in a maze without walls.
    std::string fact(Random& random) const override {
        const auto cell = [&] { return static_cast<Cell>(random.below(most_cells)); };
        const Cell start = cell(), here = cell(), goal = cell();
        return write_event({random.below(2) == 0, here, manhattan(start, here), manhattan(here, goal)});
    }

    /// The event before once more; at the beginning, that the start is open.
    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random&) const override {
        if (!given.empty()) return given.back();
        const Maze maze = read_maze(problem.prompt);
        return write_event({false, maze.start, 0, manhattan(maze.start, maze.goal)});
    }

    /// Another cost, so far or to go.
    std::string misstate(const std::string& step, Random& random) const override {
        auto event = read_event(step);
        if (!event) return step;
        int& cost = random.below(2) == 0 ? event->g : event->h;
        const int other = random.between(0, most_cost / 2 - 1);
        cost = other + (other >= cost);
        return write_event(*event);
    }

    std::optional<std::string> refuse_trace(const Problem& problem, std::span<const std::string> steps) const override {
        if (auto reason = SymbolicFamily::refuse_trace(problem, steps)) return reason;
        return refuse_stated_answer(problem, steps, [](const std::string&) { return false; });
    }

   private:
    static std::vector<std::string> words() {
        std::vector<std::string> out = {"<pad>", "<eos>", "?", "|", "create", "close", claim};
        for (int w = 3; w <= most_side; ++w)
            for (int h = 3; h <= most_side; ++h) out.push_back(fmt::format("{}x{}", w, h));
        for (Cell c = 0; c < most_cells; ++c)
            for (const std::string& word : {cell_word(c), role_word('S', c), role_word('G', c), role_word('#', c)}) out.push_back(word);
        for (int c = 0; c <= most_cost; ++c) out.push_back(std::to_string(c));
        return out;
    }
};

}  // namespace

std::unique_ptr<Family> make_maze(const FamilyOptions&) { return std::make_unique<MazeFamily>(); }

}  // namespace foothold
