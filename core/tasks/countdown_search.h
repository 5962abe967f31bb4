// SPDX-License-Identifier: GPL-3.0-or-later
// The search below countdown: which moves there are, which nodes can still reach the target, and a walk through them as a text writes it.
#pragma once
#include <compare>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foothold {

/// One move, "n8 / n4 = n2".
struct CountdownMove {
    int left = 0, right = 0, result = 0;
    char op = '+';
    auto operator<=>(const CountdownMove&) const = default;
};

/// Numbers, a target to be made out of all of them, and the largest value that a result may have (the least is 1).
struct CountdownTask {
    std::vector<int> numbers;  ///< As the prompt has them.
    int target = 0, size = 0;

    /// The moves at a node, each once, the larger number on the left: x + y, x * y, x - y where positive, x / y where exact. `at`: the
    /// numbers left. Nothing where one number is left.
    std::vector<CountdownMove> moves(const std::vector<int>& at) const;
    /// The numbers left after a move of moves(at), in rising order.
    static std::vector<int> after(const std::vector<int>& at, const CountdownMove& move);
    /// Can the target still be made with all of them? Exact, by trying everything.
    bool solvable(const std::vector<int>& at) const;
    /// What can be made out of all of them.
    std::set<int> reachable(const std::vector<int>& at) const;
    /// Words of a search that tries every move once and returns from each.
    int search_words(const std::vector<int>& at) const;
};

std::string countdown_number(int value);                  ///< "n7"
std::optional<int> read_countdown_number(std::string_view word);
std::string write_move(const CountdownMove& move);
/// None if it is not of the form x op y = r.
std::optional<CountdownMove> read_move(std::span<const std::string_view> words);

/// A walk through the search: moves go down, "back" goes up. A move that is not there (a number that is not left, a wrong or forbidden
/// result, words that are no move) leads to a lost place; "back" returns from it.
class CountdownWalk {
   public:
    explicit CountdownWalk(const CountdownTask& task);

    struct Node {
        std::vector<int> numbers;
        bool solvable = false;
        std::set<CountdownMove> tried;
    };
    enum class Step { known, again, invalid };  ///< A move made for the first time here, made before, or not there.

    Step move(const std::optional<CountdownMove>& move);
    /// Up by one; false at the root.
    bool back();
    bool lost() const { return lost_; }
    bool at_root() const { return path_.size() == 1; }
    const Node& node() const { return path_.back(); }
    int depth() const { return static_cast<int>(path_.size()) - 1; }
    /// The moves from the root to here, as written.
    const std::vector<CountdownMove>& moves() const { return moves_; }
    bool at_goal() const { return !lost_ && node().numbers.size() == 1 && node().numbers[0] == task_.target; }
    /// Nothing is left to try here, and the target is not reached.
    bool dead_end() const;

    /// Reads given steps: moves, "back", and "|", which says nothing.
    void read(std::span<const std::string> given);

   private:
    const CountdownTask& task_;
    std::vector<Node> path_;
    std::vector<CountdownMove> moves_;
    bool lost_ = false;
};

}  // namespace foothold
