// SPDX-License-Identifier: GPL-3.0-or-later
// Drawing, writing and measuring mazes.
#include "tasks/maze_grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "record/error.h"
#include "text/vocabulary.h"

namespace foothold {
namespace {

Cell at(int column, int row) { return row * most_side + column; }
int column_of(Cell cell) { return cell % most_side; }
int row_of(Cell cell) { return cell / most_side; }

constexpr std::array<std::pair<int, int>, 4> directions = {{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}};  // Up, right, down, left.

/// Rooms stand in every second column and row; the cell between two rooms is their passage.
struct Rooms {
    int width, height;  ///< Of the grid, both odd.
    std::vector<Cell> around(Cell room) const {
        std::vector<Cell> out;
        for (const auto& [dx, dy] : directions) {
            const int x = column_of(room) + 2 * dx, y = row_of(room) + 2 * dy;
            if (x >= 0 && x < width && y >= 0 && y < height) out.push_back(at(x, y));
        }
        return out;
    }
    static Cell between(Cell a, Cell b) { return (a + b) / 2; }
    Cell draw(Random& random) const { return at(2 * random.between(0, (width - 1) / 2), 2 * random.between(0, (height - 1) / 2)); }
    template <class Use>
    void each(Use use) const {
        for (int y = 0; y < height; y += 2)
            for (int x = 0; x < width; x += 2) use(at(x, y));
    }
};

/// Wilson 1996: random walks with their loops erased, each from a room outside the tree until it meets the tree.
void carve_wilson(Maze& maze, const Rooms& rooms, Random& random) {
    maze.walls.reset(static_cast<std::size_t>(rooms.draw(random)));
    rooms.each([&](Cell from) {
        std::array<Cell, most_cells> next{};  // A later departure overwrites an earlier one, which erases the loop.
        for (Cell c = from; maze.walls[static_cast<std::size_t>(c)];) {
            const auto around = rooms.around(c);
            c = next[static_cast<std::size_t>(c)] = around[random.below(around.size())];
        }
        for (Cell c = from; maze.walls[static_cast<std::size_t>(c)]; c = next[static_cast<std::size_t>(c)]) {
            maze.walls.reset(static_cast<std::size_t>(c));
            maze.walls.reset(static_cast<std::size_t>(Rooms::between(c, next[static_cast<std::size_t>(c)])));
        }
    });
}

void carve_depth_first(Maze& maze, const Rooms& rooms, Random& random) {
    std::vector<Cell> path = {rooms.draw(random)};
    maze.walls.reset(static_cast<std::size_t>(path.back()));
    while (!path.empty()) {
        std::vector<Cell> fresh;
        for (const Cell c : rooms.around(path.back()))
            if (maze.walls[static_cast<std::size_t>(c)]) fresh.push_back(c);
        if (fresh.empty()) {
            path.pop_back();
            continue;
        }
        const Cell to = fresh[random.below(fresh.size())];
        maze.walls.reset(static_cast<std::size_t>(Rooms::between(path.back(), to)));
        maze.walls.reset(static_cast<std::size_t>(to));
        path.push_back(to);
    }
}

/// Opens each wall between two rooms with chance .3, at least one.
void open_cycles(Maze& maze, const Rooms& rooms, Random& random) {
    std::vector<Cell> closed;
    rooms.each([&](Cell a) {
        for (const Cell b : rooms.around(a))
            if (b > a && maze.walls[static_cast<std::size_t>(Rooms::between(a, b))]) closed.push_back(Rooms::between(a, b));
    });
    if (closed.empty()) return;
    const Cell one = closed[random.below(closed.size())];
    for (const Cell c : closed)
        if (c == one || random.uniform() < .3) maze.walls.reset(static_cast<std::size_t>(c));
}

void scatter_walls(Maze& maze, Random& random) {
    maze.walls.reset();
    const double density = .3 + .2 * random.uniform();
    for (int y = 0; y < maze.height; ++y)
        for (int x = 0; x < maze.width; ++x) maze.walls[static_cast<std::size_t>(at(x, y))] = random.uniform() < density;
}

}  // namespace

std::string cell_word(Cell cell) { return fmt::format("{},{}", column_of(cell), row_of(cell)); }

std::string role_word(char role, Cell cell) { return role + cell_word(cell); }

std::optional<Cell> read_cell(std::string_view word) {
    const auto digit = [](char c) { return c >= '0' && c < '0' + most_side; };
    if (word.size() != 3 || !digit(word[0]) || word[1] != ',' || !digit(word[2])) return std::nullopt;
    return at(word[0] - '0', word[2] - '0');
}

int manhattan(Cell a, Cell b) { return std::abs(column_of(a) - column_of(b)) + std::abs(row_of(a) - row_of(b)); }

const std::vector<std::string>& maze_generators() {
    static const std::vector<std::string> list = {"wilson", "dfs", "cycles", "walls"};
    return list;
}

MazeTier parse_maze_tier(const std::string& name) {
    MazeTier tier;
    const std::size_t colon = name.find(':');
    tier.generator = name.substr(0, colon);
    const std::string size = colon == std::string::npos ? "" : name.substr(colon + 1);
    const auto side = [](char c) { return c >= '3' && c <= '0' + most_side ? c - '0' : 0; };
    if (size.size() == 3 && size[1] == 'x') tier.width = side(size[0]), tier.height = side(size[2]);
    const auto& known = maze_generators();
    const bool even = tier.generator != "walls" && (tier.width % 2 == 0 || tier.height % 2 == 0);
    if (std::find(known.begin(), known.end(), tier.generator) == known.end() || tier.width == 0 || tier.height == 0 || even)
        throw UserError(fmt::format("tier \"{}\" of maze: must be generator and size, e.g. wilson:7x7 (generators {}; sides of 3 to {} cells, odd but for walls)", name,
                                    fmt::join(known, ", "), most_side));
    return tier;
}

bool Maze::free(Cell cell) const {
    return cell >= 0 && cell < most_cells && column_of(cell) < width && row_of(cell) < height && !walls[static_cast<std::size_t>(cell)];
}

std::vector<Cell> Maze::neighbours(Cell cell) const {
    std::vector<Cell> out;
    for (const auto& [dx, dy] : directions) {
        const int x = column_of(cell) + dx, y = row_of(cell) + dy;
        if (x >= 0 && x < width && y >= 0 && y < height && free(at(x, y))) out.push_back(at(x, y));
    }
    return out;
}

std::array<int, most_cells> Maze::distances(Cell from) const {
    std::array<int, most_cells> out;
    out.fill(-1);
    if (!free(from)) return out;
    std::vector<Cell> queue = {from};
    out[static_cast<std::size_t>(from)] = 0;
    for (std::size_t i = 0; i < queue.size(); ++i)
        for (const Cell c : neighbours(queue[i]))
            if (out[static_cast<std::size_t>(c)] < 0) {
                out[static_cast<std::size_t>(c)] = out[static_cast<std::size_t>(queue[i])] + 1;
                queue.push_back(c);
            }
    return out;
}

std::string Maze::prompt() const {
    std::string out = fmt::format("{}x{} {} {}", width, height, role_word('S', start), role_word('G', goal));
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            if (walls[static_cast<std::size_t>(at(x, y))]) out += " " + role_word('#', at(x, y));
    return out + " ?";
}

Maze read_maze(std::string_view prompt) {
    Maze maze;
    for (const std::string_view word : split_words(prompt)) {
        if (word.size() == 3 && word[1] == 'x') {
            maze.width = std::clamp(word[0] - '0', 0, most_side);
            maze.height = std::clamp(word[2] - '0', 0, most_side);
        } else if (const auto cell = read_cell(word.substr(1))) {
            if (word[0] == 'S') maze.start = *cell;
            else if (word[0] == 'G') maze.goal = *cell;
            else if (word[0] == '#') maze.walls.set(static_cast<std::size_t>(*cell));
        }
    }
    return maze;
}

Maze draw_maze(const MazeTier& tier, Random& random) {
    for (;;) {
        Maze maze;
        maze.width = tier.width;
        maze.height = tier.height;
        maze.walls.set();
        const Rooms rooms{tier.width, tier.height};
        if (tier.generator == "walls") scatter_walls(maze, random);
        else if (tier.generator == "dfs") carve_depth_first(maze, rooms, random);
        else carve_wilson(maze, rooms, random);
        if (tier.generator == "cycles") open_cycles(maze, rooms, random);
        std::vector<Cell> cells;
        for (Cell c = 0; c < most_cells; ++c)
            if (maze.free(c)) cells.push_back(c);
        if (cells.size() < 2) continue;
        // A few pairs a maze, so that mazes with few far pairs are not drawn less often than others by much.
        for (int tries = 0; tries < 20; ++tries) {
            maze.start = cells[random.below(cells.size())];
            maze.goal = cells[random.below(cells.size())];
            if (maze.distances(maze.start)[static_cast<std::size_t>(maze.goal)] + 1 >= std::max(tier.width, tier.height)) return maze;
        }
    }
}

}  // namespace foothold
