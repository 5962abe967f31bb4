// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of A*.
#include "tasks/maze_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "text/vocabulary.h"

namespace foothold {
namespace {

std::optional<int> read_cost(std::string_view word) {
    int value = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < 0 || value > most_cost) return std::nullopt;
    return value;
}

}  // namespace

std::string write_event(const MazeEvent& event) { return fmt::format("{} {} {} {}", event.close ? "close" : "create", cell_word(event.cell), event.g, event.h); }

std::optional<MazeEvent> read_event(std::span<const std::string_view> words) {
    if (words.size() != MazeEvent::words || (words[0] != "create" && words[0] != "close")) return std::nullopt;
    const auto cell = read_cell(words[1]);
    const auto g = read_cost(words[2]), h = read_cost(words[3]);
    if (!cell || !g || !h) return std::nullopt;
    return MazeEvent{words[0] == "close", *cell, *g, *h};
}

std::optional<MazeEvent> read_event(std::string_view text) { return read_event(split_words(text)); }

MazeSearch::MazeSearch(const Maze& maze) : maze_(maze), open_{{maze.start, 0, manhattan(maze.start, maze.goal)}} {}

const MazeSearch::Node* MazeSearch::find(const std::vector<Node>& nodes, Cell cell) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [cell](const Node& n) { return n.cell == cell; });
    return found == nodes.end() ? nullptr : &*found;
}

bool MazeSearch::operator==(const MazeSearch& other) const {
    return current_ == other.current_ && open_ == other.open_ && std::is_permutation(closed_.begin(), closed_.end(), other.closed_.begin(), other.closed_.end());
}

bool MazeSearch::finished() const { return find(closed_, maze_.goal) != nullptr; }

std::optional<int> MazeSearch::closed_at(Cell cell) const {
    const Node* node = find(closed_, cell);
    return node ? std::optional(node->g) : std::nullopt;
}

std::optional<MazeEvent> MazeSearch::creation(Cell neighbour) const {
    const int g = std::min(find(closed_, current_)->g + 1, most_cost);  // Only wrong costs in a hint come near the limit.
    const Node* known = find(open_, neighbour);
    if (find(closed_, neighbour) || (known && known->g <= g)) return std::nullopt;
    return MazeEvent{false, neighbour, g, manhattan(neighbour, maze_.goal)};
}

bool MazeSearch::allowed(const MazeEvent& event) const {
    if (finished()) return false;
    const auto around = current_ < 0 ? std::vector<Cell>() : maze_.neighbours(current_);
    if (!event.close) return std::find(around.begin(), around.end(), event.cell) != around.end() && creation(event.cell) == event;
    const Node* node = find(open_, event.cell);
    return node && node->g == event.g && node->h == event.h &&
           std::none_of(open_.begin(), open_.end(), [&](const Node& n) { return n.g + n.h < event.g + event.h; }) &&
           std::none_of(around.begin(), around.end(), [&](Cell c) { return creation(c).has_value(); });
}

void MazeSearch::take(const MazeEvent& event) {
    const Node node{event.cell, event.g, event.h};
    const auto open = std::find_if(open_.begin(), open_.end(), [&](const Node& n) { return n.cell == event.cell; });
    const auto closed = std::find_if(closed_.begin(), closed_.end(), [&](const Node& n) { return n.cell == event.cell; });
    if (event.close) {
        if (open != open_.end()) open_.erase(open);
        if (closed != closed_.end()) *closed = node;
        else closed_.push_back(node);
        current_ = event.cell;
    } else if (closed == closed_.end()) {
        if (open != open_.end() && *open == node) return;  // Said again.
        if (open != open_.end()) open_.erase(open);
        open_.push_back(node);
    }
}

std::optional<MazeEvent> MazeSearch::next() const {
    if (finished()) return std::nullopt;
    if (current_ >= 0)
        for (const Cell c : maze_.neighbours(current_))
            if (auto event = creation(c)) return event;
    const Node* best = nullptr;
    for (const Node& n : open_)
        if (!best || n.g + n.h < best->g + best->h || (n.g + n.h == best->g + best->h && n.h <= best->h)) best = &n;
    if (!best) return std::nullopt;
    return MazeEvent{true, best->cell, best->g, best->h};
}

}  // namespace foothold
