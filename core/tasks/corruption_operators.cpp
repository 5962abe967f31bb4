// SPDX-License-Identifier: GPL-3.0-or-later
// The operators, a few lines each.
#include "tasks/corruption_operators.h"

#include <algorithm>

namespace foothold::operators {
namespace {

std::vector<std::string> words_of(const std::string& step) {
    std::vector<std::string> out;
    for (std::string_view word : split_words(step)) out.emplace_back(word);
    return out;
}

/// The touched steps, each of their words replaced by this one.
Steps blotted(Steps steps, const CorruptionContext& c, const std::string& word) {
    for (std::size_t place : c.touched) steps[place] = join_words(std::vector<std::string>(split_words(steps[place]).size(), word));
    return steps;
}

bool holds(const std::vector<std::string>& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }

/// The words that may stand in place of this one; none if it stays.
const std::vector<std::string>* kind_of(const std::string& word, const Alphabet& alphabet) {
    if (holds(alphabet.numbers, word)) return &alphabet.numbers;
    for (const auto& kind : alphabet.kinds)
        if (holds(kind, word)) return &kind;
    return nullptr;
}

std::vector<std::size_t> number_places(const std::vector<std::string>& words, const Alphabet& alphabet) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (holds(alphabet.numbers, words[i])) out.push_back(i);
    return out;
}

}  // namespace

Steps swap(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = c.donor[place];
    return steps;
}

Steps swap_numbers(Steps steps, const CorruptionContext& c) {
    const Alphabet alphabet = c.family.alphabet();
    for (std::size_t place : c.touched) {
        auto words = words_of(steps[place]);
        auto numbers = number_places(words, alphabet);
        // Two places whose numbers differ, if there are such.
        c.random.shuffle(std::span(numbers));
        for (std::size_t i = 1; i < numbers.size(); ++i) {
            if (words[numbers[0]] == words[numbers[i]]) continue;
            std::swap(words[numbers[0]], words[numbers[i]]);
            break;
        }
        steps[place] = join_words(words);
    }
    return steps;
}

Steps noise(Steps steps, const CorruptionContext& c) {
    const Alphabet alphabet = c.family.alphabet();
    for (std::size_t place : c.touched) {
        auto words = words_of(steps[place]);
        for (std::string& word : words)
            if (const auto* kind = kind_of(word, alphabet)) word = (*kind)[c.random.below(kind->size())];
        steps[place] = join_words(words);
    }
    return steps;
}

Steps irrelevant(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = c.family.fact(c.random);
    return steps;
}

Steps error(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = c.family.misstate(steps[place], c.random);
    return steps;
}

Steps error_propagated(Steps steps, const CorruptionContext& c) {
    const std::size_t place = c.touched.front();
    steps[place] = c.family.misstate(steps[place], c.random);
    steps.resize(place + 1);
    for (std::string& step : c.family.follow(c.problem, steps)) steps.push_back(std::move(step));
    return steps;
}

Steps wrong_answer(Steps steps, const CorruptionContext& c) {
    steps.back() = c.family.misstate(steps.back(), c.random);
    return steps;
}

Steps shuffle(Steps steps, const CorruptionContext& c) {
    auto order = c.touched;
    c.random.shuffle(std::span(order));
    Steps out = steps;
    for (std::size_t i = 0; i < order.size(); ++i) out[c.touched[i]] = steps[order[i]];
    return out;
}

Steps reverse(Steps steps, const CorruptionContext& c) {
    for (std::size_t i = 0, j = c.touched.size() - 1; i < j; ++i, --j) std::swap(steps[c.touched[i]], steps[c.touched[j]]);
    return steps;
}

Steps remove(Steps steps, const CorruptionContext& c) {
    for (auto place = c.touched.rbegin(); place != c.touched.rend(); ++place) steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(*place));
    return steps;
}

Steps insert(Steps steps, const CorruptionContext& c) {
    Steps out;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        out.push_back(steps[i]);
        if (std::binary_search(c.touched.begin(), c.touched.end(), i)) out.push_back(c.family.idle_step(c.problem, out, c.random));
    }
    return out;
}

Steps truncate(Steps steps, const CorruptionContext& c) {
    steps.resize(steps.size() - c.touched.size());
    return steps;
}

Steps paraphrase(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = c.family.reword(steps[place]);
    return steps;
}

Steps filler(Steps steps, const CorruptionContext& c) { return blotted(std::move(steps), c, c.family.alphabet().filler); }

Steps empty(Steps steps, const CorruptionContext& c) { return blotted(std::move(steps), c, c.family.alphabet().separator); }

}  // namespace foothold::operators
