// SPDX-License-Identifier: GPL-3.0-or-later
// The verb `loss`: the objective on given numbers.
#pragma once
#include <CLI/CLI.hpp>
#include <istream>
#include <ostream>

namespace foothold::cli {

/// Reads one set of rewards and log-probabilities a line, writes its advantages, loss and d loss / d logp. Returns the
/// exit code.
int loss(std::istream& in, std::ostream& out);

/// Adds the subcommand; when it is called, exit_code holds the outcome.
void register_loss(CLI::App& app, int& exit_code);

}  // namespace foothold::cli
