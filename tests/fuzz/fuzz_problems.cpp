// SPDX-License-Identifier: GPL-3.0-or-later
// Problem files: JSON lines in every form, with and without named columns.
#include "scratch.h"
#include "tasks/problem_file.h"

using namespace foothold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = fuzz::as_file(fuzz::scratch() / "problems.jsonl", data, size);
    ProblemFileOptions named;
    named.columns = {{"prompt", "q"}, {"answer", "a"}, {"steps", "s"}, {"tier", "t"}, {"id", "i"}};
    named.keep_calculator_marks = true;
    fuzz::survives([&] { read_problem_file(file, named); });
    return fuzz::survives([&] { read_problem_file(file, {}); });
}
