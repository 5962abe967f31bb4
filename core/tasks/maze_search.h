// SPDX-License-Identifier: GPL-3.0-or-later
// A* on a grid maze, event by event: what stands open and closed, what may come next, what comes next.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/maze_grid.h"

namespace foothold {

constexpr int most_cost = 40;  ///< The largest cost that can be written.

/// "create 2,0 3 5": a cell is opened, or found again by a shorter way, at cost g = 3 with h = 5 estimated to go.
/// "close 2,0 3 5": it is expanded.
struct MazeEvent {
    bool close = false;
    Cell cell = 0;
    int g = 0, h = 0;
    static constexpr std::size_t words = 4;
    bool operator==(const MazeEvent&) const = default;
};
std::string write_event(const MazeEvent& event);
std::optional<MazeEvent> read_event(std::span<const std::string_view> words);  ///< None if it is no event.
std::optional<MazeEvent> read_event(std::string_view text);

/// The search after some events. h = Manhattan distance; the start is open at g = 0 and never created. Among open cells the one with the least g + h is
/// closed; the reference prefers the least h, then the one created last, but a judge does not ask for that.
class MazeSearch {
   public:
    explicit MazeSearch(const Maze& maze);
    /// Do the rules of A* permit this event now? `create`: a free neighbour of the cell closed last, with one more g and the right h, not closed, and
    /// not open at as little. `close`: an open cell at its costs, none open with less g + h, and no neighbour left that is yet to be created. Nothing
    /// comes after the goal was closed.
    bool allowed(const MazeEvent& event) const;
    /// What a faithful reader makes of an event, right or wrong: it believes what is written. Closed cells stay closed.
    void take(const MazeEvent& event);
    /// The event of the reference; none after the goal was closed, or if nothing is open.
    std::optional<MazeEvent> next() const;
    bool finished() const;                         ///< The goal is closed.
    std::optional<int> closed_at(Cell cell) const; ///< Its g; none if it is not closed.
    std::optional<Cell> current() const { return current_ < 0 ? std::nullopt : std::optional(current_); }  ///< Closed last.
    /// The same rest of the reference follows: open cells in the same order, the same closed ones, the same closed last.
    bool operator==(const MazeSearch& other) const;

   private:
    struct Node {
        Cell cell = 0;
        int g = 0, h = 0;
        bool operator==(const Node&) const = default;
    };
    static const Node* find(const std::vector<Node>& nodes, Cell cell);
    std::optional<MazeEvent> creation(Cell neighbour) const;  ///< What the cell closed last has to say of a neighbour, if anything.

    Maze maze_;
    std::vector<Node> open_, closed_;  ///< In the order of creation and closing.
    Cell current_ = -1;
};

}  // namespace foothold
