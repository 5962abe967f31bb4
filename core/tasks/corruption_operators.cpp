// SPDX-License-Identifier: GPL-3.0-or-later
// The operators, a few lines each.
#include "tasks/corruption_operators.h"

#include <algorithm>

namespace foothold::operators {
namespace {

/// What is put where this step stands ends a line where it does.
std::string in_place_of(const std::string& step, std::string made) {
    while (!made.empty() && made.back() == '\n') made.pop_back();
    const std::size_t end = step.find_last_not_of('\n');
    return made + step.substr(end == std::string::npos ? 0 : end + 1);
}

/// The touched steps, each of their words replaced by this one.
Steps blotted(Steps steps, const CorruptionContext& c, const std::string& word) {
    for (std::size_t place : c.touched) steps[place] = in_place_of(steps[place], join_words(std::vector<std::string>(split_words(steps[place]).size(), word)));
    return steps;
}

/// A part of a step, and what stands there instead.
struct Replaced {
    std::string_view part;
    std::string text;
};

std::string replaced(std::string_view step, const std::vector<Replaced>& parts) {  // In their order.
    std::string out;
    const char* from = step.data();
    for (const auto& [part, text] : parts) {
        out.append(from, part.data()).append(text);
        from = part.data() + part.size();
    }
    return out.append(from, step.data() + step.size());
}

}  // namespace

Steps swap(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = c.donor[place];
    return steps;
}

Steps swap_numbers(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) {
        auto numbers = c.family.numbers_of(steps[place]);
        // Two places whose numbers differ, if there are such.
        c.random.shuffle(std::span(numbers));
        for (std::size_t i = 1; i < numbers.size(); ++i) {
            if (numbers[0] == numbers[i]) continue;
            const auto [first, second] = std::minmax(numbers[0], numbers[i], [](std::string_view a, std::string_view b) { return a.data() < b.data(); });
            steps[place] = replaced(steps[place], {{first, std::string(second)}, {second, std::string(first)}});
            break;
        }
    }
    return steps;
}

Steps noise(Steps steps, const CorruptionContext& c) {
    const auto kinds = c.family.alphabet().kinds;
    for (std::size_t place : c.touched) {
        std::vector<Replaced> parts;
        for (const std::string_view number : c.family.numbers_of(steps[place])) parts.push_back({number, c.family.any_number(number, c.random)});
        for (const std::string_view word : split_words(steps[place]))
            for (const auto& kind : kinds)
                if (std::find(kind.begin(), kind.end(), word) != kind.end()) parts.push_back({word, kind[c.random.below(kind.size())]});
        std::sort(parts.begin(), parts.end(), [](const Replaced& a, const Replaced& b) { return a.part.data() < b.part.data(); });
        steps[place] = replaced(steps[place], parts);
    }
    return steps;
}

Steps irrelevant(Steps steps, const CorruptionContext& c) {
    for (std::size_t place : c.touched) steps[place] = in_place_of(steps[place], c.family.fact(c.random));
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
        if (std::binary_search(c.touched.begin(), c.touched.end(), i)) out.push_back(in_place_of(steps[i], c.family.idle_step(c.problem, out, c.random)));
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
