// SPDX-License-Identifier: GPL-3.0-or-later
// export: what leaves a run.
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "record/error.h"
#include "record/experiment_file.h"
#include "session/session.h"
#include "session/stored_run.h"
#include "store/exports.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct Flags {
    std::string dir, what, to;
};

int export_run(const Flags& flags) {
    const auto run = RunReader::open(flags.dir);
    if (flags.what == "experiment") {
        save_text_file(flags.to, write_experiment(replayable_experiment(*run)));
        return 0;
    }
    // Beside the target first: a full disk leaves the old file as it was.
    const std::filesystem::path beside = flags.to + ".part";
    {
        std::ofstream out(beside, std::ios::binary);
        if (!out) throw UserError(fmt::format("{}: cannot be written: {}", flags.to, std::strerror(errno)));
        if (flags.what == "metrics") export_metrics(*run, out);
        else export_rollouts(*run, out);
        out.close();
        if (!out) {
            std::error_code ignored;
            std::filesystem::remove(beside, ignored);
            throw RunError(fmt::format("{}: writing failed: {}", flags.to, std::strerror(errno)));
        }
    }
    std::filesystem::rename(beside, flags.to);
    return 0;
}

}  // namespace

void register_export(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* command = app.add_subcommand("export", "Metrics, attempts or the experiment of a run");
    command->add_option("run_dir", flags->dir, "Run directory")->required();
    command->add_option("--what", flags->what, "metrics (CSV), rollouts (JSONL) or experiment (TOML that repeats the run)")
        ->required()
        ->check(CLI::IsMember({"metrics", "rollouts", "experiment"}));
    command->add_option("--to", flags->to, "File to write")->required();
    command->callback([flags, &exit_code] { exit_code = export_run(*flags); });
}

}  // namespace foothold::cli
