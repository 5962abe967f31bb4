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

std::vector<std::size_t> number_places(const std::vector<std::string>& words, const Alphabet& alphabet) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (std::find(alphabet.numbers.begin(), alphabet.numbers.end(), words[i]) != alphabet.numbers.end()) out.push_back(i);
    return out;
}

}  // namespace

Steps swap(Steps steps, const Places& touched, const Steps& donor, const Alphabet&, Random&) {
    for (std::size_t place : touched) steps[place] = donor[place];
    return steps;
}

Steps swap_numbers(Steps steps, const Places& touched, const Steps&, const Alphabet& alphabet, Random& random) {
    for (std::size_t place : touched) {
        auto words = words_of(steps[place]);
        auto numbers = number_places(words, alphabet);
        // Two places whose numbers differ, if there are such.
        random.shuffle(std::span(numbers));
        for (std::size_t i = 1; i < numbers.size(); ++i) {
            if (words[numbers[0]] == words[numbers[i]]) continue;
            std::swap(words[numbers[0]], words[numbers[i]]);
            break;
        }
        steps[place] = join_words(words);
    }
    return steps;
}

Steps noise(Steps steps, const Places& touched, const Steps&, const Alphabet& alphabet, Random& random) {
    for (std::size_t place : touched) {
        auto words = words_of(steps[place]);
        for (std::size_t at : number_places(words, alphabet)) words[at] = alphabet.numbers[random.below(alphabet.numbers.size())];
        steps[place] = join_words(words);
    }
    return steps;
}

Steps shuffle(Steps steps, const Places& touched, const Steps&, const Alphabet&, Random& random) {
    Places order = touched;
    random.shuffle(std::span(order));
    Steps out = steps;
    for (std::size_t i = 0; i < touched.size(); ++i) out[touched[i]] = steps[order[i]];
    return out;
}

Steps filler(Steps steps, const Places& touched, const Steps&, const Alphabet& alphabet, Random&) {
    for (std::size_t place : touched) {
        auto words = words_of(steps[place]);
        std::fill(words.begin(), words.end(), alphabet.filler);
        steps[place] = join_words(words);
    }
    return steps;
}

Steps truncate(Steps steps, const Places& touched, const Steps&, const Alphabet&, Random&) {
    steps.resize(steps.size() - touched.size());
    return steps;
}

}  // namespace foothold::operators
