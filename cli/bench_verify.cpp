// SPDX-License-Identifier: GPL-3.0-or-later
// The judge on ordinary outputs and on hostile ones.
#include "bench_verify.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "text/answer_judge.h"

namespace foothold::cli {
namespace {

double seconds_of(const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A pair of gold and output; three in four are plain numbers and fractions, as in word problems.
std::pair<std::string, std::string> pair_of(int i) {
    const std::string talk = "First we add what we have. That gives 3 + 4 = 7 of them, and twice as many are 14.\n";
    switch (i % 12) {
        case 8: return {fmt::format("{}\\sqrt{{2}}", i + 1), talk + fmt::format("So \\boxed{{\\sqrt{{{}}}}}", 2 * (i + 1) * (i + 1))};
        case 9: return {fmt::format("x^2+{}x+{}", i + 1, i), talk + fmt::format("\\boxed{{(x+1)(x+{})}}", i)};
        case 10: return {fmt::format("({}, {})", i, i + 1), talk + fmt::format("$\\boxed{{\\left({},{}\\right)}}$", i, i + 2)};
        case 11: return {"\\text{even}", talk + "The answer is even."};
        case 5:
        case 6:
        case 7: return {fmt::format("\\frac{{{}}}{{7}}", i), talk + fmt::format("The answer is $\\frac{{{}}}{{14}}$.", 2 * i + i % 2)};
        default: return {std::to_string(i), talk + fmt::format("#### {}", i + i % 2)};
    }
}

std::string repeated(const std::string& part, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += part;
    return out;
}

}  // namespace

nlohmann::ordered_json bench_verify() {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (int i = 0; i < 12000; ++i) pairs.push_back(pair_of(i));
    int correct = 0;
    const double seconds = seconds_of([&] {
        for (const auto& [gold, output] : pairs) correct += judge_answer(gold, output).verdict == Verdict::correct;
    });
    nlohmann::ordered_json out = {{"name", "verify"}, {"seconds", seconds}, {"checks", pairs.size()}, {"correct", correct}, {"checks_per_second", static_cast<double>(pairs.size()) / seconds}};
    const std::pair<const char*, std::string> hostile[] = {
        {"10 MB", repeated("so 3 + 4 = 7 and then ", 10u << 20)},
        {"10 MB of open boxes", repeated("\\boxed{", 10u << 20)},
        {"10,000 nested braces", "\\boxed{" + repeated("{", 10000) + repeated("}", 10000) + "}"},
        {"9^9^9^9", "\\boxed{9^9^9^9}"},
        {"9^{9^{9^9}}", "\\boxed{9^{9^{9^9}}}"},
    };
    for (const auto& [name, output] : hostile) {
        AnswerVerdict verdict;
        const double ms = 1000 * seconds_of([&] { verdict = judge_answer("5", output); });
        out["hostile"][name] = {{"milliseconds", ms}, {"verdict", to_string(verdict.verdict)}};
    }
    return out;
}

}  // namespace foothold::cli
