// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of foothold-cli. Each adds its subcommand and leaves its exit code in `exit_code` when it is called.
#pragma once
#include <CLI/CLI.hpp>

namespace foothold::cli {

void register_run(CLI::App& app, int& exit_code);  ///< run, resume
void register_compare(CLI::App& app, int& exit_code);
void register_problems(CLI::App& app, int& exit_code);  ///< problems, corrupt
void register_pretrain(CLI::App& app, int& exit_code);
void register_eval(CLI::App& app, int& exit_code);
void register_study(CLI::App& app, int& exit_code);
void register_logprobs(CLI::App& app, int& exit_code);
void register_export(CLI::App& app, int& exit_code);
void register_info(CLI::App& app, int& exit_code);
void register_tokenize(CLI::App& app, int& exit_code);
void register_verify(CLI::App& app, int& exit_code);
void register_bench(CLI::App& app, int& exit_code);

}  // namespace foothold::cli
