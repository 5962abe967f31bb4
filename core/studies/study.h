// SPDX-License-Identifier: GPL-3.0-or-later
// A study: one published claim as a list of cells, each run and stored by itself, and what the stored cells say.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "statistics/paired.h"

namespace foothold {

/// One unit of work: an arm under a seed, from a base. Cells that must be paired share seed, base and world.
struct StudyCell {
    std::string arm;
    std::int64_t seed = 1;
    std::string base;   ///< Model file under resources/models, or a name for what the cell trains itself.
    std::string world;  ///< Which of the study's settings it belongs to, e.g. "pool 64"; cells of different worlds are never compared.
    double minutes = 1;  ///< Estimate on one core.
    std::string id() const;  ///< world, arm, base and seed as a file name.
};

/// What a cell came to.
struct CellResult {
    std::map<std::string, double> measures;
    /// Curves by name: x (generated tokens unless the study says otherwise) and value.
    std::map<std::string, std::vector<std::pair<double, double>>> curves;
    std::map<std::string, std::vector<double>> lists;  ///< Anything else that is counted one by one, e.g. a number a problem.
    double tokens = 0;   ///< Sampled in training.
    double seconds = 0;  ///< Of training, evaluation left out.
    double measure(const std::string& name) const;  ///< NaN if it has none.
};

/// A stored cell.
struct StoredCell {
    StudyCell cell;
    CellResult result;
};

enum class StudySetting {
    quick,  ///< At most three arms and one seed in three minutes: a demonstration.
    full,   ///< All of it, with intervals.
    tune    ///< What settings were chosen on: seeds of 100 and above, never reported.
};
const char* to_string(StudySetting setting);

/// Seeds of a setting: 1 to 10 are reported, 101 and above are what settings were chosen on (`tuning` of them).
std::vector<std::int64_t> study_seeds(StudySetting setting, std::int64_t tuning = 1);

/// A point of a study's plot with its interval (lo = hi = y where there is none).
struct PlotPoint {
    double x = 0, y = 0, lo = 0, hi = 0;
};
struct StudyPlot {
    std::string title, x_label, y_label;
    struct Series {
        std::string name;
        std::vector<PlotPoint> points;
        bool bars = false;  ///< Categories on the x axis: point i stands at `categories[i]`.
    };
    std::vector<Series> series;
    std::vector<std::string> categories;
};

/// One difference, or change, with its interval: a line of the page's list.
struct StudyContrast {
    std::string group;  ///< What it belongs to: a world, or what is asked.
    std::string label;  ///< Who minus whom, in which measure.
    Estimate estimate;  ///< Of the values of the seeds, or of the bases; NaN where nothing is measured.
    int bases = 0;
    bool values_are_bases() const { return bases > 1 && estimate.n == bases; }
};

/// What stored cells say, no more than they allow.
struct StudyReport {
    std::string verdict;   ///< "supported", "supported in part" (the effect, not what the claim gives as its cause, or not everywhere), "mixed" (tasks disagree), "against", "no clear difference", "not testable"
    std::string sentence;  ///< Effect, interval, seeds, budget in words.
    std::vector<StudyContrast> contrasts;  ///< Every comparison that a sentence rests on, and those beside it.
    std::vector<std::string> findings;  ///< What else there is to say.
    std::vector<std::string> against;   ///< What speaks against the claim or limits it, with sources.
    std::vector<std::map<std::string, std::string>> texts;  ///< Rows of the table, texts and
    std::vector<std::map<std::string, double>> numbers;     ///< numbers of the same row. [rows]
    std::vector<std::string> columns;                       ///< Order of the row's keys.
    std::vector<std::pair<std::string, std::string>> per_seed;  ///< Setting and arm, the primary measure under every seed.
    std::vector<StudyPlot> plots;
};

/// What a cell may use.
struct StudyPorts {
    Engine& engine;  ///< One thread's; holds whatever the cell before left in it.
    std::stop_token stop;
    std::function<void(double share, double tokens)> progress = [](double, double) {};  ///< Of this cell.
    /// Result of another cell of the same study, if it is stored (for controls that repeat what another cell did).
    std::function<std::optional<CellResult>(const StudyCell&)> stored = [](const StudyCell&) { return std::optional<CellResult>(); };
    /// Where bases that cells teach are kept, so that a study that goes on does not teach them again; empty: while the process lives.
    std::filesystem::path bases = {};
};

class Study {
 public:
    virtual ~Study() = default;
    virtual std::string name() const = 0;      ///< As the command line has it.
    virtual std::string title() const = 0;     ///< The question, for people.
    virtual std::string claim() const = 0;     ///< The published sentence, with its source.
    virtual std::string design() const = 0;    ///< What is compared, and the primary measure, fixed beforehand.
    virtual std::string budget() const = 0;    ///< What every arm may spend under a seed, in words.
    virtual std::string revision() const = 0;  ///< Changes whenever cells of before may not stand beside new ones.
    /// In the order in which they are best run: pairs complete early, and a cell after those it needs.
    virtual std::vector<StudyCell> cells(StudySetting setting) const = 0;
    /// Throws UserError, RunError, Stopped.
    virtual CellResult run(const StudyCell& cell, const StudyPorts& ports) const = 0;
    virtual StudyReport report(StudySetting setting, const std::vector<StoredCell>& cells) const = 0;
};

/// The six, in the order of their questions.
const std::vector<std::unique_ptr<Study>>& studies();
const Study& find_study(const std::string& name);  ///< Throws UserError naming the known ones.

/// Where a study's cells lie: $XDG_DATA_HOME/foothold/studies/NAME/SETTING unless told otherwise.
std::filesystem::path study_dir(const Study& study, StudySetting setting);

/// What our own full runs stored, as it comes with the program: a packed file (see pack_cells). It may not be there.
std::filesystem::path shipped_cells(const Study& study);

/// Every stored cell of this revision of the study, in the order of its cells. `place`: a folder with a file a cell, or a packed file; cells
/// that it lacks are taken from `known`, a packed file. What cannot be read is passed over with a warning.
std::vector<StoredCell> read_cells(const Study& study, StudySetting setting, const std::filesystem::path& place, const std::filesystem::path& known = {});

/// One cell of a folder; none if it is not stored there, is of another revision, or cannot be read (with a warning).
std::optional<CellResult> read_cell(const Study& study, const StudyCell& cell, const std::filesystem::path& dir);

/// Writes one cell, whole or not at all.
void write_cell(const Study& study, const std::filesystem::path& dir, const StoredCell& cell);

/// Writes cells into one file, a line a cell, numbers to seven digits.
void pack_cells(const Study& study, const std::vector<StoredCell>& cells, const std::filesystem::path& file);

struct StudyProgress {
    std::size_t done = 0, cells = 0;  ///< Of this part.
    double share = 0;                 ///< 0..1, cells in work counted by their share.
    double seconds_left = 0;          ///< From the estimates, corrected by what cells took so far; 0 = not known yet.
    double tokens_per_second = 0;
    std::string current;
};

struct StudyRun {
    StudySetting setting = StudySetting::quick;
    std::filesystem::path dir;
    std::filesystem::path known;  ///< A packed file: cells in it are not run again. Empty = none.
    int part = 1, parts = 1;     ///< Part a of b: blocks of paired cells are dealt in turn, so that each part holds whole pairs.
    int jobs = 1;                ///< Cells at a time, one core each.
    std::string device = "cpu";
};

/// Runs the cells of a part that are not stored yet. Stopping keeps what is done. Returns true if none is missing in this part. Throws
/// UserError and RunError of the first cell that failed (the others are kept).
bool run_study(const Study& study, const StudyRun& run, const std::function<void(const StudyProgress&)>& report, std::stop_token stop);

/// The stored cells' report as one JSON object: the last line of `study NAME`.
nlohmann::ordered_json study_line(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells);

/// The same as a Markdown section: every arm, intervals, seeds, tokens, wall clock, the command.
std::string study_markdown(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells);

/// One row of a Markdown table above several such sections: the question, linked to its section, verdict and sentence.
std::string study_row(const Study& study, StudySetting setting, const std::vector<StoredCell>& cells);

}  // namespace foothold
