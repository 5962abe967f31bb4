// SPDX-License-Identifier: GPL-3.0-or-later
// pretrain: makes a base from its recipe.
#include "training/pretrain.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common.h"
#include "engine/safetensors.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

struct Flags {
    std::string recipe, out, device = "auto";
    std::optional<std::int64_t> seed;
};

int make_base(const Flags& flags) {
    Interrupt interrupt;
    const std::string text = load_text_file(flags.recipe);
    BaseRecipe recipe = parse_base_recipe(text, flags.recipe);
    if (flags.seed) recipe.seed = *flags.seed;
    // Before minutes of work, not after them.
    if (const auto folder = std::filesystem::path(flags.out).parent_path(); !folder.empty()) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) throw UserError(fmt::format("{} cannot be made for the model: {}", folder.string(), error.message()));
    }
    EngineOptions options;
    options.device = flags.device;
    options.threads = recipe.threads;
    const auto engine = open_engine(options);
    PretrainProgress last;
    ProgressBar bar;
    try {
        const ModelFile model = pretrain(recipe, text, *engine, interrupt.token(), [&](const PretrainProgress& p) {
            last = p;
            bar.show(static_cast<double>(p.step) / recipe.steps, fmt::format("step {} of {}, loss {:.4f}", p.step, recipe.steps, p.loss));
            if (p.step % 100 == 0) spdlog::info("step {} of {}, loss {:.4f}, {:.0f} s", p.step, recipe.steps, p.loss, p.seconds);
        });
        write_model(flags.out, model);
    } catch (const Stopped&) {
        fmt::print(stderr, "foothold-cli: stopped at step {} of {}; nothing was written\n", last.step, recipe.steps);
        return 130;
    }
    const nlohmann::ordered_json line = {{"model", flags.out}, {"parameters", engine->config().parameters()}, {"steps", last.step},
                                         {"loss", last.loss}, {"tokens", last.tokens}, {"seconds", last.seconds}};
    std::cout << line.dump() << std::endl;
    return 0;
}

}  // namespace

void register_pretrain(CLI::App& app, int& exit_code) {
    auto flags = std::make_shared<Flags>();
    CLI::App* pretrain = app.add_subcommand("pretrain", "Make a base from its recipe");
    pretrain->add_option("recipe", flags->recipe, "Base file (TOML)")->required();
    pretrain->add_option("--out", flags->out, "Model file to write (safetensors)")->required();
    pretrain->add_option("--seed", flags->seed, "Seed instead of the recipe's");
    pretrain->add_option("--device", flags->device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
    pretrain->callback([flags, &exit_code] { exit_code = make_base(*flags); });
}

}  // namespace foothold::cli
