// SPDX-License-Identifier: GPL-3.0-or-later
// JSON lines in, JSON lines out: the part that is the same for every verb that reads standard input.
#include "jsonl.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "record/error.h"

namespace foothold::cli {
namespace {

using nlohmann::json;

json parse_object(const std::string& line) {
    json value;
    try {
        value = json::parse(line);
    } catch (const json::parse_error& error) {
        throw UserError(fmt::format("not JSON (byte {})", error.byte));
    }
    if (!value.is_object()) throw UserError("not a JSON object");
    return value;
}

/// nlohmann's texts begin with "[json.exception.…] ", which says nothing to the person.
std::string without_prefix(std::string text) {
    const auto end = text.find("] ");
    return text.starts_with('[') && end != std::string::npos ? text.substr(end + 2) : text;
}

}  // namespace

int answer_lines(std::istream& in, std::ostream& out, const std::function<json(const json&)>& answer) {
    int exit_code = 0;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        json result;
        try {
            result = answer(parse_object(line));
        } catch (const UserError& error) {
            result = {{"error", fmt::format("line {}: {}", number, error.what())}};
            exit_code = 1;
        } catch (const json::exception& error) {
            result = {{"error", fmt::format("line {}: {}", number, without_prefix(error.what()))}};
            exit_code = 1;
        }
        // A model may write bytes that are not UTF-8; the answer has to be.
        out << result.dump(-1, ' ', false, json::error_handler_t::replace) << '\n' << std::flush;
        if (!out) throw RunError("the answers cannot be written: standard output is closed or full");
    }
    return exit_code;
}

}  // namespace foothold::cli
