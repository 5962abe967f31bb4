// SPDX-License-Identifier: GPL-3.0-or-later
// The search below countdown.
#include "tasks/countdown_search.h"

#include <algorithm>
#include <charconv>

#include "text/vocabulary.h"

namespace foothold {
namespace {

/// The form that moves() has: the larger number on the left, where the sides may change places.
CountdownMove normal(CountdownMove m) {
    if ((m.op == '+' || m.op == '*') && m.left < m.right) std::swap(m.left, m.right);
    return m;
}

}  // namespace

std::vector<CountdownMove> CountdownTask::moves(const std::vector<int>& at) const {
    std::set<CountdownMove> out;
    for (std::size_t i = 0; i < at.size(); ++i)
        for (std::size_t j = i + 1; j < at.size(); ++j) {
            const auto [y, x] = std::minmax(at[i], at[j]);
            for (const auto& [op, result] : {std::pair('+', x + y), std::pair('-', x - y), std::pair('*', x * y), std::pair('/', x % y == 0 ? x / y : 0)})
                if (result >= 1 && result <= size) out.insert({x, y, result, op});
        }
    return {out.begin(), out.end()};
}

std::vector<int> CountdownTask::after(const std::vector<int>& at, const CountdownMove& move) {
    std::vector<int> out = at;
    for (const int used : {move.left, move.right}) out.erase(std::find(out.begin(), out.end(), used));
    out.push_back(move.result);
    std::sort(out.begin(), out.end());
    return out;
}

bool CountdownTask::solvable(const std::vector<int>& at) const {
    if (at.size() == 1) return at[0] == target;
    const auto list = moves(at);
    return std::any_of(list.begin(), list.end(), [&](const CountdownMove& m) { return solvable(after(at, m)); });
}

std::set<int> CountdownTask::reachable(const std::vector<int>& at) const {
    if (at.size() == 1) return {at[0]};
    std::set<int> out;
    for (const CountdownMove& m : moves(at)) out.merge(reachable(after(at, m)));
    return out;
}

int CountdownTask::search_words(const std::vector<int>& at) const {
    int words = 0;
    for (const CountdownMove& m : moves(at)) words += 6 + search_words(after(at, m));
    return words;
}

std::string countdown_number(int value) { return "n" + std::to_string(value); }

std::optional<int> read_countdown_number(std::string_view word) {
    int value = 0;
    if (word.size() < 2 || word[0] != 'n') return std::nullopt;
    const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size() && value >= 1 ? std::optional(value) : std::nullopt;
}

std::string write_move(const CountdownMove& m) {
    return countdown_number(m.left) + " " + m.op + " " + countdown_number(m.right) + " = " + countdown_number(m.result);
}

std::optional<CountdownMove> read_move(std::span<const std::string_view> words) {
    if (words.size() != 5 || words[1].size() != 1 || std::string_view("+-*/").find(words[1]) == std::string_view::npos || words[3] != "=") return std::nullopt;
    const auto left = read_countdown_number(words[0]), right = read_countdown_number(words[2]), result = read_countdown_number(words[4]);
    if (!left || !right || !result) return std::nullopt;
    return CountdownMove{*left, *right, *result, words[1][0]};
}

CountdownWalk::CountdownWalk(const CountdownTask& task) : task_(task) { path_.push_back({task.numbers, task.solvable(task.numbers), {}}); }

CountdownWalk::Step CountdownWalk::move(const std::optional<CountdownMove>& move) {
    if (lost_) return Step::invalid;
    Node& here = path_.back();
    const auto list = task_.moves(here.numbers);
    if (!move || std::find(list.begin(), list.end(), normal(*move)) == list.end()) {
        lost_ = true;
        return Step::invalid;
    }
    const bool fresh = here.tried.insert(normal(*move)).second;
    Node next{CountdownTask::after(here.numbers, *move), false, {}};
    next.solvable = task_.solvable(next.numbers);
    path_.push_back(std::move(next));
    moves_.push_back(*move);
    return fresh ? Step::known : Step::again;
}

bool CountdownWalk::back() {
    if (lost_) {
        lost_ = false;
        return true;
    }
    if (at_root()) return false;
    path_.pop_back();
    moves_.pop_back();
    return true;
}

bool CountdownWalk::dead_end() const { return !lost_ && !at_root() && !node().solvable && node().tried.size() == task_.moves(node().numbers).size(); }

void CountdownWalk::read(std::span<const std::string> given) {
    for (const std::string& step : given) {
        std::vector<std::string_view> words;
        const auto flush = [&] {
            for (std::size_t i = 0; i < words.size(); i += 5) move(read_move(std::span(words).subspan(i, std::min<std::size_t>(5, words.size() - i))));
            words.clear();
        };
        for (const std::string_view word : split_words(step)) {
            if (word == "|") continue;
            if (word != "back") {
                words.push_back(word);
                continue;
            }
            flush();
            back();
        }
        flush();
    }
}

}  // namespace foothold
