// SPDX-License-Identifier: GPL-3.0-or-later
// A study's stored cells as a line for programs and as a section for people.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "studies/arm_table.h"
#include "studies/study.h"

namespace foothold {
namespace {

using Json = nlohmann::ordered_json;

std::string cell_text(const std::map<std::string, std::string>& texts, const std::map<std::string, double>& numbers, const std::string& column) {
    if (const auto text = texts.find(column); text != texts.end()) return text->second;
    const auto number = numbers.find(column);
    if (number == numbers.end()) return {};
    if (column == "p (Holm)" && number->second < .001) return "< .001";
    if (column == "seeds") return fmt::format("{:.0f}", number->second);
    if (column == "Mtokens") return fmt::format("{:.2f}", number->second);
    if (column == "seconds") return fmt::format("{:.0f}", number->second);
    return short_number(number->second);
}

}  // namespace

Json study_line(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells) {
    const StudyReport report = study.report(setting, cells);
    std::set<std::int64_t> seeds;
    for (const StoredCell& c : cells) seeds.insert(c.cell.seed);
    Json line = {{"study", study.name()}, {"setting", to_string(setting)}, {"seeds", seeds}, {"cells_done", cells.size()}, {"cells", study.cells(setting).size()}};
    line["rows"] = Json::array();
    for (std::size_t i = 0; i < report.texts.size(); ++i) {
        Json row = Json::object();
        for (const std::string& column : report.columns) {
            if (const auto text = report.texts[i].find(column); text != report.texts[i].end()) row[column] = text->second;
            else if (const auto number = report.numbers[i].find(column); number != report.numbers[i].end()) row[column] = std::isfinite(number->second) ? Json(number->second) : Json(nullptr);
        }
        line["rows"].push_back(std::move(row));
    }
    if (setting == StudySetting::quick) line["mark"] = "demonstration, no interval";
    // Programs know four verdicts; that a claim holds only in part, or that the tasks disagree, stands beside.
    const bool part = report.verdict == "supported in part", mixed = report.verdict == "mixed";
    line["verdict"] = part ? "supported" : mixed ? "no clear difference" : report.verdict;
    if (part) line["in_part"] = true;
    if (mixed) line["mixed"] = true;
    line["sentence"] = report.sentence;
    line["budget"] = study.budget();
    line["differences"] = Json::array();
    for (const StudyContrast& c : report.contrasts) {
        Json row = {{"group", c.group}, {"what", c.label}, {"difference", c.estimate.mean}, {"seeds", c.estimate.n}, {"bases", c.bases}};
        if (c.estimate.interval) row.update({{"low", c.estimate.interval->first}, {"high", c.estimate.interval->second}});
        line["differences"].push_back(std::move(row));
    }
    line["findings"] = report.findings;
    line["against"] = report.against;
    if (cells.size() < study.cells(setting).size()) line["partial"] = true;
    return line;
}

std::string study_markdown(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells) {
    const StudyReport report = study.report(setting, cells);
    double tokens = 0, seconds = 0;
    for (const StoredCell& c : cells) tokens += c.result.tokens, seconds += c.result.seconds;
    std::string out = fmt::format("## {}\n\n{}\n\n**{}.** {}\n\n", study.title(), study.claim(), report.verdict, report.sentence);
    out += "What speaks against it or limits it:\n\n";
    for (const std::string& line : report.against) out += "- " + line + "\n";
    if (!report.findings.empty()) out += "\nWhat else was found:\n\n";
    for (const std::string& finding : report.findings) out += "- " + finding + "\n";
    if (!report.contrasts.empty()) out += "\n| in | difference | mean | 95% interval | of |\n|---|---|---|---|---|\n";
    for (const StudyContrast& c : report.contrasts)
        out += fmt::format("| {} | {} | {} | {} | {} {} |\n", c.group, c.label, short_number(c.estimate.mean), c.estimate.interval ? fmt::format("[{}, {}]", short_number(c.estimate.interval->first), short_number(c.estimate.interval->second)) : "none",
                           c.estimate.n, c.values_are_bases() ? "bases" : c.estimate.n == 1 ? "seed" : "seeds");
    out += "\n" + study.design() + "\n\nBudget of every arm under a seed: " + study.budget() + ".\n\n";
    const auto planned = study.cells(setting).size();
    out += fmt::format("`foothold-cli study {} --setting {}`: {} of {} cells{}, {:.1f} million generated tokens, {:.0f} minutes of one core's training.\n\n", study.name(), to_string(setting), cells.size(),
                       planned, cells.size() < planned ? " (partial)" : "", tokens / 1e6, seconds / 60);
    std::vector<std::string> columns;
    for (const std::string& column : report.columns)
        if (column != "arm" && (column != "world" || std::any_of(report.texts.begin(), report.texts.end(), [&](const auto& t) { return t.at("world") != report.texts.front().at("world"); })))
            columns.push_back(column);
    if (!report.texts.empty()) {
        for (const std::string& column : columns) out += "| " + (column == "title" ? std::string("arm") : column) + " ";
        out += "|\n";
        for (std::size_t i = 0; i < columns.size(); ++i) out += "|---";
        out += "|\n";
        for (std::size_t i = 0; i < report.texts.size(); ++i) {
            for (const std::string& column : columns) out += "| " + cell_text(report.texts[i], report.numbers[i], column) + " ";
            out += "|\n";
        }
    }
    if (!report.per_seed.empty()) {
        out += "\n<details><summary>The primary measure under every seed</summary>\n\n";
        for (const auto& [arm, seeds] : report.per_seed) out += fmt::format("- {}: {}\n", arm, seeds);
        out += "\n</details>\n";
    }
    return out + "\n";
}

std::string study_row(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells) {
    const StudyReport report = study.report(setting, cells);
    std::string anchor;  // As sites that render Markdown make it from a heading.
    for (const char c : study.title())
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '-') anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (c == ' ') anchor += '-';
    return fmt::format("| [{}](#{}) | {}{} | {} |\n", study.title(), anchor, report.verdict, cells.size() < study.cells(setting).size() ? " (partial)" : "", report.sentence);
}

}  // namespace foothold
