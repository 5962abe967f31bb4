// SPDX-License-Identifier: GPL-3.0-or-later
// export: what leaves a run.
#include "report/export_file.h"

#include "verbs.h"

namespace foothold::cli {
namespace {

struct Flags {
    std::string dir, what, to;
};

}  // namespace

void register_export(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* command = app.add_subcommand("export", "Metrics, attempts, the experiment or a report of a run");
    command->add_option("run_dir", flags->dir, "Run directory; for a report, also the folder of a comparison; for a model, also any model")->required();
    command->add_option("--what", flags->what,
                        "metrics (CSV), rollouts (JSONL), completions (JSONL with TRL's columns), experiment (TOML that repeats the run), tensorboard (event files), report (one HTML page), model (a folder that transformers loads) or adapter (of a LoRA run: a folder that peft loads)")
        ->required()
        ->check(CLI::IsMember({"metrics", "rollouts", "completions", "experiment", "tensorboard", "report", "model", "adapter"}));
    command->add_option("--to", flags->to, "File to write; for tensorboard, model and adapter, a folder")->required();
    command->callback([flags, &exit_code] {
        export_file(flags->dir, flags->what, flags->to);
        exit_code = 0;
    });
}

}  // namespace foothold::cli
