// SPDX-License-Identifier: GPL-3.0-or-later
// Pre-tokenization: a text cut into the pieces within which byte pairs are merged.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// What becomes of the places where a pattern matches (names of Hugging Face's SplitDelimiterBehavior).
enum class SplitBehavior { isolated, removed, merged_with_previous, merged_with_next, contiguous };

/// One stage: cuts every piece it is given. Thread-safe.
class Splitter {
   public:
    virtual ~Splitter() = default;
    /// Appends the parts of `text` (UTF-8, not empty) to `out`; none of them is empty.
    virtual void split(std::string_view text, std::vector<std::string_view>& out) const = 0;
};

/// By a regular expression in the syntax of Oniguruma, as far as tokenizers use it. Throws UserError where it cannot be read.
std::unique_ptr<Splitter> make_regex_splitter(const std::string& pattern, SplitBehavior behavior, bool invert = false);
/// By a literal text.
std::unique_ptr<Splitter> make_literal_splitter(const std::string& text, SplitBehavior behavior, bool invert = false);
/// By Unicode's numbers, each alone or in runs.
std::unique_ptr<Splitter> make_digit_splitter(bool individual);

/// GPT-2's pattern, which byte-level tokenizers use unless they name another.
extern const char* const gpt2_pattern;

}  // namespace foothold
