// SPDX-License-Identifier: GPL-3.0-or-later
// A study's progress, for who watches from another process.
#include "studies/study_progress.h"

#include <nlohmann/json.hpp>

#include "record/experiment_file.h"

namespace foothold {

ProgressFile::ProgressFile(const std::filesystem::path& dir) : file_(dir / "progress.json") {}

ProgressFile::~ProgressFile() {
    std::error_code error;
    std::filesystem::remove(file_, error);
}

void ProgressFile::write(const StudyProgress& p) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    std::error_code error;
    std::filesystem::create_directories(file_.parent_path(), error);
    const nlohmann::json json = {{"done", p.done}, {"cells", p.cells}, {"share", p.share}, {"seconds_left", p.seconds_left}, {"tokens_per_second", p.tokens_per_second}, {"current", p.current}};
    save_text_file(file_, json.dump() + "\n");
}

std::optional<StudyProgress> read_progress(const std::filesystem::path& dir) {
    try {
        const auto json = nlohmann::json::parse(load_text_file(dir / "progress.json"));
        return StudyProgress{json.at("done"), json.at("cells"), json.at("share"), json.at("seconds_left"), json.at("tokens_per_second"), json.at("current")};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace foothold
