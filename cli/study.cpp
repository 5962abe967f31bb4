// SPDX-License-Identifier: GPL-3.0-or-later
// study: the six questions, cell by cell, and the curve of one problem.
#include "study.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "record/error.h"
#include "record/experiment_file.h"
#include "studies/study.h"
#include "studies/study_progress.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

using Json = nlohmann::ordered_json;

std::pair<int, int> parse_part(const std::string& text) {
    if (text.empty()) return {1, 1};
    const std::size_t cut = text.find('/');
    const auto number = [&](std::size_t from, std::size_t to) {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, value);
        return error == std::errc() && end == text.data() + to ? value : 0;
    };
    const std::pair<int, int> part = cut == std::string::npos ? std::pair(0, 0) : std::pair(number(0, cut), number(cut + 1, text.size()));
    if (part.first < 1 || part.second < 1 || part.first > part.second) throw UserError(fmt::format("--cells {}: must be a/b, part a of b parts, e.g. 1/2", text));
    return part;
}

StudySetting parse_setting(const std::string& text) { return text == "full" ? StudySetting::full : text == "tune" ? StudySetting::tune : StudySetting::quick; }

std::string left(double seconds) {
    if (seconds <= 0) return "";
    return seconds < 90 ? fmt::format(", {:.0f} s left", seconds) : fmt::format(", {:.0f} min left", seconds / 60);
}

/// What --markdown writes: of several studies first a table.
struct Sections {
    std::string rows, sections;
};

/// The table and the sections behind it. What people wrote above the table of an earlier writing stays.
std::string page(const Sections& sections, const std::string& file) {
    const std::string table = "| question | verdict | what it rests on |\n";
    std::string above;
    if (std::filesystem::exists(file)) {
        above = load_text_file(file);
        above.resize(above.find(table) == std::string::npos ? 0 : above.find(table));
    }
    return above + table + "|---|---|---|\n" + sections.rows + "\n" + sections.sections;
}

/// Runs (or with --read only reads) the cells of one study and prints its line. `all`: the folder is one of several.
void run_cells(const Study& study, const StudyFlags& flags, bool all, const Interrupt& interrupt, Sections& markdown) {
    StudyRun run;
    run.setting = parse_setting(flags.setting);
    run.dir = flags.out.empty() ? study_dir(study, run.setting) : all ? std::filesystem::path(flags.out) / study.name() / to_string(run.setting) : std::filesystem::path(flags.out);
    std::tie(run.part, run.parts) = parse_part(flags.cells);
    run.jobs = flags.jobs > 0 ? static_cast<int>(flags.jobs) : static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u));
    run.device = flags.compute.device == "auto" ? "cpu" : flags.compute.device;
    if (flags.shipped) run.known = shipped_cells(study);
    const auto planned = study.cells(run.setting);
    if (!flags.read && !interrupt.requested()) {
        double minutes = 0, done = 0;
        for (const StudyCell& cell : planned) minutes += cell.minutes;
        const auto before = read_cells(study, run.setting, run.dir, run.known);
        for (const StoredCell& c : before) done += c.cell.minutes;
        std::cerr << fmt::format("{}: {} cells, about {:.1f} hours of one core in all; {} of them are stored, the others take about {:.1f}{}. Kept in {}\n", study.title(), planned.size(), minutes / 60, before.size(),
                                 (minutes - done) / 60, run.parts > 1 ? fmt::format(", this part about 1/{} of that", run.parts) : "", run.dir.string());
        ProgressBar bar;
        ProgressFile file(run.dir);
        run_study(study, run, [&](const StudyProgress& p) {
            file.write(p);
            bar.show(p.share, fmt::format("{} of {} cells, {:.0f} tokens/s{}  {}", p.done, p.cells, p.tokens_per_second, left(p.seconds_left), p.current));
        }, interrupt.token());
    }
    const auto stored = read_cells(study, run.setting, run.dir, run.known);
    if (!flags.pack.empty()) pack_cells(study, stored, std::filesystem::path(flags.pack) / (study.name() + ".jsonl"));
    markdown.rows += study_row(study, run.setting, stored);
    markdown.sections += study_markdown(study, run.setting, stored);
    std::cout << study_line(study, run.setting, stored).dump() << std::endl;
}

/// What a study runs on, for who brings something else.
std::string bases_of(const std::string& name) {
    std::set<std::string> shipped;
    bool taught = false;
    for (const auto& study : studies())
        if (name == "all" || study->name() == name)
            for (const StudyCell& cell : study->cells(StudySetting::full)) {
                if (cell.base.starts_with("models/")) shipped.insert(cell.base);
                else taught = true;
            }
    std::string out;
    for (const std::string& base : shipped) out += (out.empty() ? "" : ", ") + base;
    return out + (taught ? out.empty() ? "bases that it teaches itself" : " and bases that it teaches itself" : "");
}

int run_studies(const StudyFlags& flags) {
    const bool all = flags.name == "all";
    if (!all) find_study(flags.name);
    if (!flags.source.empty() || !flags.model.empty() || !flags.problem.empty() || flags.at >= 0)
        throw UserError(fmt::format("study {} needs families with exact labels and bases whose habits are known: it runs on {}. An experiment, --model, --problem and --at belong to prefix-curve; compare runs arms x seeds on any model", flags.name,
                                    bases_of(flags.name)));
    if (!flags.compute.set.empty() || flags.compute.seed) throw UserError(fmt::format("study {} has frozen settings and seeds: --set and --seed belong to prefix-curve, run and compare", flags.name));
    if ((flags.shipped || !flags.pack.empty()) && flags.setting != "full") throw UserError("--shipped and --pack belong to --setting full");
    Interrupt interrupt;
    Sections markdown;
    for (const auto& study : studies())
        if (all || study->name() == flags.name) run_cells(*study, flags, all, interrupt, markdown);
    if (!flags.markdown.empty()) save_text_file(flags.markdown, all ? page(markdown, flags.markdown) : markdown.sections);
    return interrupt.requested() ? 130 : 0;
}

}  // namespace

void register_study(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<StudyFlags>();
    CLI::App* study = app.add_subcommand("study", "One of the six questions, or the curve of one problem; `study list` names them");
    study->add_option("name", flags->name, "Which")->required();
    study->add_option("source", flags->source, "prefix-curve: experiment, or run directory");
    study->add_option("--at", flags->at, "prefix-curve: step of the run; its last one if not given")->check(CLI::NonNegativeNumber);
    study->add_option("--model", flags->model, "prefix-curve: model instead of the experiment's");
    study->add_option("--problem", flags->problem, "prefix-curve: id of a problem; the last one of the pool if not given");
    study->add_option("--setting", flags->setting, "quick: a demonstration in three minutes; full: everything, with intervals; tune: what settings were chosen on")
        ->check(CLI::IsMember({"quick", "full", "tune"}));
    study->add_option("--cells", flags->cells, "A part of the cells, a/b");
    study->add_option("--jobs", flags->jobs, "Cells at a time, one core each; all cores if not given")->check(CLI::Range(1, 256));
    study->add_option("--out", flags->out, "Folder of the cells (of `all`: a folder a study in it); one under the data folder if not given");
    study->add_option("--markdown", flags->markdown, "Also write the result as a Markdown section; of `all` a table and the sections below what stands above such a table in the file");
    study->add_flag("--read", flags->read, "Run nothing: say what the stored cells say");
    study->add_flag("--shipped", flags->shipped, "Count the cells that come with the program as stored");
    study->add_option("--pack", flags->pack, "Also write the cells into a folder, one file a study, as they come with the program")->check(CLI::ExistingDirectory);
    study->add_option("--operator", flags->operators, "prefix-curve: corruption to measure beside the reference trace (repeatable)");
    study->add_option("--dose", flags->dose, "prefix-curve: dose of --operator")->check(CLI::Range(0.0, 1.0));
    study->add_option("--cuts", flags->curve.cuts, "prefix-curve: cuts from nothing to the whole trace")->check(CLI::Range(2, 65));
    study->add_option("--half-width", flags->curve.half_width, "prefix-curve: half-width of the interval at which a point is known")->check(CLI::Range(0.01, 0.5));
    study->add_option("--most", flags->curve.most, "prefix-curve: most attempts a point")->check(CLI::Range(32, 100000));
    flags->compute.add(*study);
    study->callback([flags, &exit_code] {
        if (flags->name == "list") {
            for (const auto& s : studies()) std::cout << Json{{"name", s->name()}, {"meaning", s->title()}, {"cells", s->cells(StudySetting::full).size()}}.dump() << '\n';
            std::cout << Json{{"name", "all"}, {"meaning", "the six above, one after the other"}}.dump() << '\n';
            std::cout << Json{{"name", "prefix-curve"}, {"meaning", "success of one problem against how much of a trace is given"}}.dump() << '\n';
            return;
        }
        exit_code = flags->name == "prefix-curve" ? prefix_curve(*flags) : run_studies(*flags);
    });
}

}  // namespace foothold::cli
