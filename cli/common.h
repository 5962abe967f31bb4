// SPDX-License-Identifier: GPL-3.0-or-later
// What several verbs share: flags, Ctrl-C, progress bars.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "record/experiment.h"

namespace foothold::cli {

/// Flags of every verb that computes.
struct ComputeFlags {
    std::vector<std::string> set;  ///< key=value
    std::optional<std::int64_t> seed;
    std::string device = "auto";
    void add(CLI::App& command);
    /// --set and --seed as changes, the preset first. Throws UserError.
    std::vector<std::pair<std::string, Value>> changes() const;
    /// Puts them into an experiment. Throws UserError.
    void apply(Experiment& experiment) const;
};

/// While it lives, SIGINT and SIGTERM request a stop instead of ending the process. Made before other threads, by one verb at a time.
class Interrupt {
   public:
    Interrupt();
    std::stop_token token() const { return source_.get_token(); }
    bool requested() const { return source_.stop_requested(); }

   private:
    std::stop_source source_;
    std::jthread watcher_;
};

/// A bar on standard error, drawn on terminals only.
class ProgressBar {
   public:
    void show(double share, const std::string& text);
    ~ProgressBar();

   private:
    bool drawn_ = false;
};

}  // namespace foothold::cli
