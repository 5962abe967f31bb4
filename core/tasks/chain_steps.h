// SPDX-License-Identifier: GPL-3.0-or-later
// Steps of chain arithmetic: how they are read, computed and written, and how far a row of them has come.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foothold {

/// One written step, "n3 * n2 = n6 ;".
struct ChainStep {
    int left = 0, right = 0, result = 0;
    char op = '+';
};

/// What a prompt asks for, "n3 * n2 + n5 ?".
struct ChainOperations {
    int start = 0;
    std::vector<std::pair<char, int>> list;  ///< Operator and operand, in order.
};

/// "*:10": the allowed operators and the number of operations.
struct ChainTier {
    std::string operators;
    int depth = 0;
};

/// Throws UserError if the name is not operators out of + - *, a colon and a depth from 1 to 64.
ChainTier parse_chain_tier(const std::string& name);

/// How far a reader of given steps is.
struct ChainProgress {
    int done = 0;   ///< Operations whose place a step has taken.
    int value = 0;  ///< The last revealed value: the result of the last step that can be read, else the start value.
};

/// Arithmetic and words modulo m.
class ChainLanguage {
   public:
    explicit ChainLanguage(int modulus) : modulus_(modulus) {}
    int modulus() const { return modulus_; }
    static constexpr std::size_t step_words = 6;

    static std::string number(int value);                              ///< "n7".
    std::optional<int> read_number(std::string_view word) const;       ///< None if it is no residue.
    int apply(int x, char op, int y) const;                            ///< x op y mod m.
    ChainStep step(int value, char op, int operand) const;             ///< The right step.
    static std::string write(const ChainStep& step);
    std::optional<ChainStep> read_step(std::span<const std::string_view> words) const;  ///< None if it is not of the form x op y = r ;
    ChainOperations read_prompt(std::string_view prompt) const;
    /// The start value and the value after each operation. [operations + 1]
    std::vector<int> states(const ChainOperations& operations) const;

    /// A true step that writes the value again (x + n0 = x, x - n0 = x, x * n1 = x) and is not the operation whose turn it is.
    bool idle(const ChainStep& step, const ChainProgress& at, const ChainOperations& operations) const;
    /// Reads one given step (none = unreadable). An idle one changes nothing; any other takes the place of the next operation, right or
    /// wrong, and if it can be read its result is the value from here on.
    void advance(ChainProgress& at, const std::optional<ChainStep>& step, const ChainOperations& operations) const;
    /// The reader after all given steps.
    ChainProgress read(const ChainOperations& operations, std::span<const std::string> given) const;

   private:
    int modulus_;
};

}  // namespace foothold
