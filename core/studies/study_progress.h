// SPDX-License-Identifier: GPL-3.0-or-later
// How far a study that runs in another process is: a small file beside its cells.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>

#include "studies/study.h"

namespace foothold {

/// Writes DIR/progress.json once a second at most; gone when this is.
class ProgressFile {
 public:
    explicit ProgressFile(const std::filesystem::path& dir);
    ~ProgressFile();
    ProgressFile(const ProgressFile&) = delete;
    ProgressFile& operator=(const ProgressFile&) = delete;
    void write(const StudyProgress& progress);

 private:
    std::filesystem::path file_;
    std::chrono::steady_clock::time_point last_{};
};

/// What it says; nothing if it is not there or cannot be read.
std::optional<StudyProgress> read_progress(const std::filesystem::path& dir);

}  // namespace foothold
