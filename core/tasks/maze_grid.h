// SPDX-License-Identifier: GPL-3.0-or-later
// Grid mazes: cells that are free or wall, how they are drawn, written and measured.
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/random.h"

namespace foothold {

constexpr int most_side = 7;                          ///< Columns or rows; keeps the longest context near 300 tokens.
constexpr int most_cells = most_side * most_side;
using Cell = int;                                     ///< row x most_side + column.

std::string cell_word(Cell cell);                     ///< "column,row", e.g. "0,3".
std::optional<Cell> read_cell(std::string_view word); ///< None if it is no cell of the largest grid.
std::string role_word(char role, Cell cell);          ///< A cell's word in the prompt: 'S' start, 'G' goal, '#' wall. Words of their own make the look-up one step.
int manhattan(Cell a, Cell b);                        ///< Columns apart plus rows apart.

/// "wilson:7x7": generator and size.
struct MazeTier {
    std::string generator;
    int width = 0, height = 0;
};
/// Throws UserError naming the generators and sizes.
MazeTier parse_maze_tier(const std::string& name);
/// - `wilson`: a uniform spanning tree over the rooms in every second column and row (Wilson 1996): one way between any two cells.
/// - `dfs`: a spanning tree drawn depth first: the same form, longer corridors.
/// - `cycles`: a `wilson` tree with some of the walls between rooms opened, at least one.
/// - `walls`: each cell a wall with chance .3 to .5, as Searchformer draws them (Lehnert et al. 2024, arXiv 2402.14083).
const std::vector<std::string>& maze_generators();

struct Maze {
    int width = 0, height = 0;
    std::bitset<most_cells> walls;
    Cell start = 0, goal = 0;

    bool free(Cell cell) const;                        ///< Inside and no wall.
    /// Free neighbours in the order up, right, down, left.
    std::vector<Cell> neighbours(Cell cell) const;
    /// Moves from `from` to each cell, by breadth-first search; -1 = out of reach. [most_cells]
    std::array<int, most_cells> distances(Cell from) const;
    std::string prompt() const;                        ///< "7x7 S0,0 G6,6 #1,1 #1,3 … ?", walls row by row.
};

/// A prompt, read; words that do not belong are passed over.
Maze read_maze(std::string_view prompt);

/// A maze of a tier with start and goal among its free cells, connected, the shortest way through at least as many cells as the longer side.
Maze draw_maze(const MazeTier& tier, Random& random);

}  // namespace foothold
