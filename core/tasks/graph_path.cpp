// SPDX-License-Identifier: GPL-3.0-or-later
// Graph path: the cheapest way through a small layered graph, 0 | 1 2 3 | 4 5 6 | 7, whose edges carry costs from 1 to 9. The tiers ask whether a
// model that knows one topology has learned to optimise, or a template of it: `n` is that topology, `n-1` lacks an edge of the cheapest way,
// `n-1-irrelevant` another one, `repriced` keeps the edge of `n-1` at the highest cost (the same new optimum), `fresh` is a topology of its own.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "record/error.h"
#include "tasks/symbolic_family.h"

namespace foothold {
namespace {

constexpr int highest = 9, edges_in_all = 15;
using Edge = std::pair<int, int>;
using Way = std::pair<int, int>;  ///< The nodes of the two middle layers.
using Costs = std::map<Edge, int>;

std::vector<Edge> outer() { return {{0, 1}, {0, 2}, {0, 3}, {4, 7}, {5, 7}, {6, 7}}; }
std::vector<Edge> middle() {
    std::vector<Edge> out;
    for (int x = 1; x <= 3; ++x)
        for (int y = 4; y <= 6; ++y) out.emplace_back(x, y);
    return out;
}

/// The topology that `n` always has: all outer edges and seven of the nine in the middle.
std::vector<Edge> home() {
    std::vector<Edge> out = outer();
    for (const Edge& e : middle())
        if (e != Edge{1, 6} && e != Edge{3, 4}) out.push_back(e);
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<Way> ways(const Costs& costs) {
    std::vector<Way> out;
    for (const Edge& e : middle())
        if (costs.contains(e) && costs.contains({0, e.first}) && costs.contains({e.second, 7})) out.push_back(e);
    return out;
}

int cost_of(const Costs& costs, const Way& way) { return costs.at({0, way.first}) + costs.at(way) + costs.at({way.second, 7}); }

/// The only cheapest way; none if there is no way or there are two.
std::optional<Way> best(const Costs& costs) {
    std::optional<Way> found;
    int least = 1 << 20, same = 0;
    for (const Way& way : ways(costs)) {
        const int cost = cost_of(costs, way);
        if (cost < least) least = cost, found = way, same = 1;
        else if (cost == least) ++same;
    }
    return same == 1 ? found : std::nullopt;
}

bool on(const Edge& e, const Way& way) { return e == Edge{0, way.first} || e == way || e == Edge{way.second, 7}; }

Costs draw_costs(const std::vector<Edge>& edges, Random& random) {
    Costs costs;
    for (const Edge& e : edges) costs[e] = random.between(1, highest);
    return costs;
}

/// A topology that is neither the home one nor that with one edge gone.
std::vector<Edge> fresh_topology(Random& random) {
    const std::vector<Edge> own = home();
    for (;;) {
        std::vector<Edge> edges;
        for (const Edge& e : outer())
            if (random.uniform() > 0.06) edges.push_back(e);
        std::vector<Edge> inner = middle();
        random.shuffle(std::span(inner));
        inner.resize(static_cast<std::size_t>(random.between(4, 9)));
        edges.insert(edges.end(), inner.begin(), inner.end());
        std::sort(edges.begin(), edges.end());
        std::vector<Edge> gone;
        std::set_difference(own.begin(), own.end(), edges.begin(), edges.end(), std::back_inserter(gone));
        const bool inside = std::includes(own.begin(), own.end(), edges.begin(), edges.end());
        Costs ones;
        for (const Edge& e : edges) ones[e] = 1;
        if (!(inside && gone.size() <= 1) && ways(ones).size() >= 3) return edges;
    }
}

std::string edge_word(const Edge& e, int cost) { return fmt::format("{}>{}:{}", e.first, e.second, cost); }

class GraphPath final : public SymbolicFamily {
   public:
    GraphPath() : SymbolicFamily("graph-path", words(), "#") {}
    std::vector<std::string> example_tiers() const override { return {"n", "repriced", "n-1-irrelevant", "n-1", "fresh"}; }

    Alphabet alphabet() const override {
        Alphabet out;
        for (int s = 3; s <= 3 * highest; ++s) out.numbers.push_back(sum_word(s));
        out.filler = "|";
        out.separator = ";";
        return out;
    }

    Problem make(const std::string& name, Random& random) const override {
        const auto known = example_tiers();
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw UserError(fmt::format("tier \"{}\" of graph-path: must be n, n-1, n-1-irrelevant, repriced or fresh", name));
        for (;;) {
            Costs costs = draw_costs(name == "fresh" ? fresh_topology(random) : home(), random);
            const auto first = best(costs);
            if (!first) continue;
            if (name == "n" || name == "fresh") return write(name, costs, *first, random);
            std::vector<Edge> candidates;
            for (const auto& [e, cost] : costs)
                if (on(e, *first) != (name == "n-1-irrelevant")) candidates.push_back(e);
            const Edge edge = candidates[random.below(candidates.size())];
            Costs without = costs, dear = costs;
            without.erase(edge);
            dear[edge] = highest;
            const auto then = best(without);
            if (name == "n-1-irrelevant") return write(name, without, *then, random);
            // Both tests have the same new optimum, so one is the control of the other.
            if (then && best(dear) == then) return write(name, name == "n-1" ? without : dear, *then, random);
        }
    }

    /// Room for a line of every way that any topology has: who writes a known one by habit must come to its answer, or a stale one is never read.
    int max_new_tokens(const Problem&, int given) const override { return 5 * std::max(0, static_cast<int>(middle().size()) - given) + 8; }

    std::string demonstrate(const Problem& problem, const Demonstrator& demonstrator, Random&) const override {
        std::string out;
        if (!demonstrator.answer_only)
            for (const std::string& step : problem.steps) out += step + " ";
        return out + closing(problem);
    }

    Judgement judge(const Problem& problem, std::string_view hint, Placement placement, std::string_view completion, bool ended) const override {
        Judgement out;
        const std::size_t given = placement == Placement::answer ? split_words(hint).size() : 0;
        const std::string whole = given ? fmt::format("{} {}", hint, completion) : std::string(completion);
        const auto tokens = split_words(whole);
        const auto mark = static_cast<std::size_t>(std::find(tokens.begin(), tokens.end(), std::string_view("#")) - tokens.begin());
        // Own lines must be the problem's own, in their order.
        int line = 0, own = 0;
        std::size_t from = 0;
        while (from < mark) {
            std::size_t to = from;
            while (to < mark && tokens[to] != ";") ++to;
            to = std::min(to + 1, mark);
            std::string text;
            for (std::size_t i = from; i < to; ++i) text += (i > from ? " " : "") + std::string(tokens[i]);
            const bool right = line < static_cast<int>(problem.steps.size()) && text == problem.steps[static_cast<std::size_t>(line)];
            if (to > given) {
                ++own;
                if (!right && out.first_wrong_step < 0) out.first_wrong_step = line;
            }
            ++line;
            from = to;
        }
        const bool traced = line > 0;
        out.skipping = traced && line < static_cast<int>(problem.steps.size());
        const auto answer = std::span(tokens).subspan(std::min(mark + 1, tokens.size()));
        if (!ended || answer.size() != 2 || !is_node(answer[0], 1) || !is_node(answer[1], 4)) {
            out.verdict = Verdict::unparseable;
            return out;
        }
        out.extracted = fmt::format("{} {}", answer[0], answer[1]);
        out.verdict = out.extracted == problem.answer ? Verdict::correct : Verdict::wrong;
        if (out.verdict == Verdict::correct && traced) out.soundness = out.first_wrong_step < 0 && !out.skipping ? Soundness::sound : Soundness::lucky;
        return out;
    }

    std::vector<std::string> follow(const Problem& problem, std::span<const std::string> given) const override {
        const auto done = std::min(static_cast<std::size_t>(steps_done(problem, given)), problem.steps.size());
        return {problem.steps.begin() + static_cast<std::ptrdiff_t>(done), problem.steps.end()};
    }
    /// Lines do not build on each other: the state is the last line's sum.
    bool state_holds(const Problem& problem, std::span<const std::string> given) const override {
        const auto done = static_cast<std::size_t>(steps_done(problem, given));
        return done == 0 || (done <= problem.steps.size() && given.back() == problem.steps[done - 1]);
    }
    /// A line written twice takes one place.
    int steps_done(const Problem&, std::span<const std::string> given) const override {
        int done = 0;
        for (std::size_t i = 0; i < given.size(); ++i) done += i == 0 || given[i] != given[i - 1];
        return done;
    }
    std::string fact(Random& random) const override { return line({random.between(1, 3), random.between(4, 6)}, random.between(3, 3 * highest)); }
    std::string idle_step(const Problem& problem, std::span<const std::string> given, Random& random) const override {
        // Before the first line nothing stands that could be written again: then it is the first line itself, which the next one repeats.
        return given.empty() ? problem.steps.empty() ? fact(random) : problem.steps.front() : given.back();
    }
    std::string misstate(const std::string& step, Random& random) const override {
        auto words = split_words(step);
        if (words.size() != 5) return step;
        for (;;) {
            const std::string sum = sum_word(random.between(3, 3 * highest));
            if (sum != words[3]) return fmt::format("{} {} = {} ;", words[0], words[1], sum);
        }
    }

    /// Infeasible: names a way of which an edge is gone. Stale: the one that was cheapest while the edge of n-1 was there.
    std::optional<AnswerReading> read_answer(const Problem& problem, std::string_view extracted) const override {
        const auto words = split_words(extracted);
        if (words.size() != 2) return std::nullopt;
        const Way way{words[0].back() - '0', words[1].back() - '0'};
        Costs costs;
        for (const std::string_view word : split_words(problem.prompt))
            if (word.size() >= 5 && word[1] == '>') costs[{word[0] - '0', word[2] - '0'}] = word[4] - '0';
        const auto feasible = [&](const Way& w) { return costs.contains({0, w.first}) && costs.contains(w) && costs.contains({w.second, 7}); };
        return AnswerReading{!feasible(way), problem.tier == "n-1" && way == best_before(std::move(costs))};
    }

   private:
    static std::vector<std::string> words() {
        std::vector<std::string> out = {"<pad>", "<eos>", "?", ";", "#", "|", "="};
        for (int n = 0; n < 8; ++n) out.push_back(std::to_string(n));
        for (int s = 3; s <= 3 * highest; ++s) out.push_back(sum_word(s));
        for (const auto& list : {outer(), middle()})
            for (const Edge& e : list)
                for (int cost = 1; cost <= highest; ++cost) out.push_back(edge_word(e, cost));
        return out;
    }
    /// The optimum of a problem of tier n-1 before its edge was taken away. What that edge cost is not known any more; it was the same for all ways through it,
    /// and the optimum was one of them.
    static std::optional<Way> best_before(Costs costs) {
        std::vector<Edge> gone;
        for (const Edge& e : home())
            if (!costs.contains(e)) gone.push_back(e);
        if (gone.size() != 1) return std::nullopt;
        costs[gone.front()] = 0;
        std::erase_if(costs, [&](const auto& edge) { return edge.first != gone.front() && !shares_way(edge.first, gone.front()); });
        return best(costs);
    }
    /// Is there a way over both? Edges of one layer exclude each other.
    static bool shares_way(const Edge& a, const Edge& b) {
        const auto layer = [](const Edge& e) { return e.first == 0 ? 0 : e.second == 7 ? 2 : 1; };
        if (layer(a) == layer(b)) return false;
        const auto& [low, high] = layer(a) < layer(b) ? std::pair(a, b) : std::pair(b, a);
        return layer(high) - layer(low) == 2 || low.second == high.first;
    }
    static std::string sum_word(int sum) { return "s" + std::to_string(sum); }
    static std::string line(const Way& way, int sum) { return fmt::format("{} {} = {} ;", way.first, way.second, sum_word(sum)); }
    static bool is_node(std::string_view word, int first) { return word.size() == 1 && word[0] >= '0' + first && word[0] < '0' + first + 3; }

    /// One word an edge in random order, filled up in front, so that an edge less does not make the prompt shorter.
    Problem write(const std::string& tier, const Costs& costs, const Way& answer, Random& random) const {
        Problem p;
        p.family = name_;
        p.tier = tier;
        std::vector<std::string> list;
        for (const auto& [e, cost] : costs) list.push_back(edge_word(e, cost));
        random.shuffle(std::span(list));
        for (std::size_t i = list.size(); i < edges_in_all; ++i) p.prompt += "; ";
        for (const std::string& word : list) p.prompt += word + " ";
        p.prompt += "?";
        for (const Way& way : ways(costs)) p.steps.push_back(line(way, cost_of(costs, way)));
        p.answer = fmt::format("{} {}", answer.first, answer.second);
        return p;
    }
};

}  // namespace

std::unique_ptr<Family> make_graph_path(const FamilyOptions&) { return std::make_unique<GraphPath>(); }

}  // namespace foothold
