// SPDX-License-Identifier: GPL-3.0-or-later
// Reading problem files.
#include "tasks/problem_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "formats/parquet_file.h"
#include "record/error.h"
#include "tasks/text_steps.h"
#include "text/answer_extraction.h"
#include "text/unicode.h"

namespace foothold {
namespace {

using nlohmann::json;

constexpr std::size_t longest_line = 16u << 20;

std::string column_text(const json& line, const std::string& column) {
    const auto found = line.find(column);
    if (found == line.end()) {
        std::vector<std::string> has;
        for (const auto& [key, value] : line.items()) has.push_back(key);
        throw UserError(fmt::format("there is no column \"{}\"; the line has: {}. Name columns with problems.columns, e.g. [\"prompt=question\", \"answer=final\"]", column, fmt::join(has, ", ")));
    }
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number()) return found->dump();
    throw UserError(fmt::format("column \"{}\" is neither a text nor a number", column));
}

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t\r\n");
    return from == std::string::npos ? std::string() : text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

/// Puts the steps up to the first that states the answer into `steps`, the others into `ending`.
void set_trace(Problem& problem, const std::vector<std::string>& steps, const std::string& closing) {
    std::size_t kept = 0;
    while (kept < steps.size() && !states_answer(steps[kept], problem.answer, problem.prompt)) ++kept;
    problem.steps.assign(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(kept));
    for (std::size_t i = kept; i < steps.size(); ++i) {
        if (!problem.ending.empty() && problem.ending.back() != '\n') problem.ending += ' ';
        problem.ending += steps[i];
    }
    if (answer_statement(problem.ending) == std::string::npos) {
        if (!problem.ending.empty() && problem.ending.back() != '\n') problem.ending += ' ';
        problem.ending += closing;
    }
}

std::string boxed_closing(const std::string& answer) { return fmt::format("The answer is \\boxed{{{}}}.", answer); }

Problem gsm8k(const json& line, const ProblemFileOptions& options) {
    Problem p;
    p.prompt = trimmed(column_text(line, "question"));
    std::string solution = column_text(line, "answer");
    const std::size_t mark = solution.rfind("####");
    p.answer = trimmed(solution.substr(mark + 4));
    solution.resize(mark);
    if (!options.keep_calculator_marks) solution = without_calculator_marks(solution);
    set_trace(p, cut_into_steps(solution), boxed_closing(p.answer));
    return p;
}

Problem math(const json& line) {
    Problem p;
    p.prompt = trimmed(column_text(line, "problem"));
    const std::string solution = column_text(line, "solution");
    if (line.contains("answer")) {
        p.answer = trimmed(column_text(line, "answer"));
    } else {
        const auto found = find_answer(solution);
        if (!found || found->mark != AnswerMark::box) throw UserError("column \"solution\" has no \\boxed{...} with the answer, and there is no column \"answer\"");
        p.answer = found->text;
    }
    if (line.contains("level")) p.tier = column_text(line, "level");
    set_trace(p, cut_into_steps(solution), boxed_closing(p.answer));
    return p;
}

/// Data sets for TRL's accuracy_reward: "prompt", a text or messages, and "solution" with the answer somewhere in it, or nothing else.
Problem trl(const json& line) {
    Problem p;
    const json& prompt = line.at("prompt");
    if (prompt.is_array()) {
        for (const json& message : prompt) {
            const bool known = message.is_object() && message.contains("role") && message.contains("content") && message["content"].is_string();
            if (!known || message["role"] != "user" || !p.prompt.empty()) throw UserError("column \"prompt\" must be a text or a chat of one message, the user's");
            p.prompt = trimmed(message["content"].get<std::string>());
        }
    } else {
        p.prompt = trimmed(column_text(line, "prompt"));
    }
    const std::string solution = column_text(line, "solution");
    const auto found = find_answer(solution);
    if (found && found->mark <= AnswerMark::stated) {
        p.answer = found->text;
        set_trace(p, cut_into_steps(solution), boxed_closing(p.answer));
    } else {
        p.answer = found ? found->text : trimmed(solution);
    }
    return p;
}

Problem mapped(const json& line, const ProblemFileOptions& options) {
    const auto column = [&](const char* part) -> std::optional<std::string> {
        const auto found = options.columns.find(part);
        if (found != options.columns.end()) return found->second;
        return line.contains(part) ? std::optional<std::string>(part) : std::nullopt;
    };
    Problem p;
    p.prompt = trimmed(column_text(line, column("prompt").value_or("prompt")));
    p.answer = trimmed(column_text(line, column("answer").value_or("answer")));
    if (const std::size_t mark = p.answer.rfind("####"); mark != std::string::npos) p.answer = trimmed(p.answer.substr(mark + 4));
    if (const auto tier = column("tier")) p.tier = column_text(line, *tier);
    if (const auto id = column("id")) p.id = column_text(line, *id);
    if (const auto steps = column("steps")) {
        const auto found = line.find(*steps);
        if (found != line.end() && found->is_array()) {
            const auto list = found->get<std::vector<std::string>>();
            if (line.contains("ending")) p.steps = list, p.ending = column_text(line, "ending");
            else set_trace(p, list, boxed_closing(p.answer));
        } else {
            std::string solution = column_text(line, *steps);
            if (!options.keep_calculator_marks) solution = without_calculator_marks(solution);
            if (const std::size_t mark = solution.rfind("####"); mark != std::string::npos) solution.resize(mark);
            set_trace(p, cut_into_steps(solution), boxed_closing(p.answer));
        }
    }
    return p;
}

}  // namespace

ProblemFileOptions problem_file_options(const Experiment& experiment) {
    ProblemFileOptions out;
    out.keep_calculator_marks = experiment.problems.calculator_marks == "keep";
    for (const std::string& pair : experiment.problems.columns) {
        const std::size_t equals = pair.find('=');
        const std::string part = pair.substr(0, equals);
        static constexpr std::string_view parts[] = {"prompt", "answer", "steps", "tier", "id"};
        if (equals == std::string::npos || equals + 1 == pair.size() || std::find(std::begin(parts), std::end(parts), part) == std::end(parts))
            throw UserError(fmt::format("problems.columns: \"{}\" is not of the form part=column, with a part of prompt, answer, steps, tier, id", pair));
        out.columns[part] = pair.substr(equals + 1);
    }
    return out;
}

Problem read_problem_line(const std::string& text, const ProblemFileOptions& options) {
    if (const auto bad = find_bad_utf8(text)) throw UserError(fmt::format("not UTF-8 (byte {})", *bad + 1));
    try {
        const json line = json::parse(text);
        if (!line.is_object()) throw UserError("not a JSON object");
        const bool hashes = line.contains("answer") && line["answer"].is_string() && line["answer"].get_ref<const std::string&>().find("####") != std::string::npos;
        Problem p = !options.columns.empty()                          ? mapped(line, options)
                    : line.contains("question") && hashes             ? gsm8k(line, options)
                    : line.contains("problem") && line.contains("solution") ? math(line)
                    : line.contains("prompt") && line.contains("solution") && !line.contains("answer") ? trl(line)
                                                                      : mapped(line, options);
        if (const auto tier = options.columns.find("tier"); p.tier.empty() && tier == options.columns.end() && line.contains("tier")) p.tier = column_text(line, "tier");
        if (p.id.empty() && line.contains("id")) p.id = column_text(line, "id");
        if (p.prompt.empty()) throw UserError("the problem is empty");
        if (p.answer.empty()) throw UserError("the answer is empty");
        return p;
    } catch (const json::parse_error& error) {
        throw UserError(fmt::format("not JSON (byte {})", error.byte));
    } catch (const json::exception&) {
        throw UserError("column \"steps\" must be a text or a list of texts");
    }
}

std::vector<Problem> read_problem_file(const std::filesystem::path& path, const ProblemFileOptions& options) {
    std::vector<Problem> out;
    std::size_t number = 0;
    const auto add = [&](const std::string& line, const char* what) {
        ++number;
        if (line.empty() || line == "\r") return;
        try {
            if (line.size() > longest_line) throw UserError(fmt::format("{} MB in one {}", line.size() >> 20, what));
            Problem p = read_problem_line(line, options);
            if (p.id.empty()) p.id = fmt::format("{}/{}", path.stem().string(), number);
            if (p.tier.empty()) p.tier = "all";
            p.family = "text";
            out.push_back(std::move(p));
        } catch (const UserError& error) {
            throw UserError(fmt::format("{}: {} {}: {}", path.string(), what, number, error.what()));
        }
    };
    if (is_parquet(path)) {
        for_each_parquet_row(path, [&](const std::string& row) { add(row, "row"); });
    } else {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw UserError(fmt::format("{}: cannot be read", path.string()));
        for (std::string line; std::getline(file, line);) add(line, "line");
    }
    if (out.empty()) throw UserError(fmt::format("{}: no problems in it", path.string()));
    return out;
}

}  // namespace foothold
