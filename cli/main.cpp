// SPDX-License-Identifier: GPL-3.0-or-later
// foothold-cli: the same work without a window.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include "loss.h"
#include "record/error.h"
#include "verbs.h"

int main(int argc, char** argv) {
    using namespace foothold;
    spdlog::set_default_logger(spdlog::stderr_color_mt("foothold"));
    CLI::App app{"Foothold without a window: train, measure and export.", "foothold-cli"};
    app.require_subcommand(1);
    app.set_version_flag("--version", FOOTHOLD_VERSION);
    int exit_code = 0;
    cli::register_run(app, exit_code);
    cli::register_compare(app, exit_code);
    cli::register_problems(app, exit_code);
    cli::register_pretrain(app, exit_code);
    cli::register_eval(app, exit_code);
    cli::register_study(app, exit_code);
    cli::register_logprobs(app, exit_code);
    cli::register_export(app, exit_code);
    cli::register_tokenize(app, exit_code);
    cli::register_verify(app, exit_code);
    cli::register_loss(app, exit_code);
    cli::register_info(app, exit_code);
    cli::register_bench(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // CLI11 prints help and messages itself; a wrong flag is exit code 2 here.
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const UserError& error) {
        fmt::print(stderr, "foothold-cli: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "foothold-cli: {}\n", error.what());
        return 3;
    }
    return exit_code;
}
