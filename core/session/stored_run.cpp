// SPDX-License-Identifier: GPL-3.0-or-later
// Going back to a step of a stored run.
#include "session/stored_run.h"

#include <fmt/format.h>

#include "engine/lora.h"
#include "engine/model_file.h"
#include "engine/safetensors.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "session/memory_plan.h"

namespace foothold {
namespace fs = std::filesystem;

fs::path model_for(const Experiment& experiment, const Family& family, const fs::path& beside) {
    const fs::path path = find_file(experiment.model.path, beside);
    if (!fs::exists(path)) {
        // A base that does not come with the program may have its recipe there.
        const fs::path recipe = find_file(fs::path(experiment.model.path).replace_extension(".toml"));
        throw UserError(fmt::format("model.path = \"{}\": no such file{}", experiment.model.path,
                                    fs::exists(recipe) ? fmt::format("; `foothold-cli pretrain {} --out {}` makes it", recipe.string(), (data_dir() / experiment.model.path).string()) : std::string()));
    }
    const ModelFile model = describe_model(path);
    if (!family.fits(model.state.config.vocab_size))
        throw UserError(fmt::format("{}: the model knows {} tokens, but family {} with problems.modulus = {} has {}", path.string(), model.state.config.vocab_size,
                                    family.name(), experiment.problems.modulus, family.tokenizer().size()));
    if (const LoraConfig lora = lora_of(experiment); lora.rank > 0) check_lora(model.state.config, lora);
    return path;
}

Experiment replayable_experiment(const RunReader& run) {
    Experiment experiment = parse_experiment(run.experiment_toml(), "experiment.toml");
    std::vector<Intervention> all = run.interventions();
    for (const Intervention& planned : experiment.interventions)
        if (planned.step > run.last_step()) all.push_back(planned);
    experiment.interventions = std::move(all);
    return experiment;
}

void rewind(Trainer& trainer, const RunReader& run, const fs::path& dir, std::int64_t step, std::stop_token stop) {
    if (step < 0 || step > run.last_step())
        throw UserError(fmt::format("{} has no step {}: it goes from 0 to {}", dir.string(), step, run.last_step()));
    const auto checkpoints = run.checkpoints();
    auto from = checkpoints.upper_bound(step);
    if (from == checkpoints.begin()) throw UserError(fmt::format("{}: no checkpoint is left from which step {} could be reached", dir.string(), step));
    --from;
    trainer.restore(read_model(from->second));
    // Changes made after the checkpoint are in the records, not in it.
    for (const StepSummary& stored : run.summaries(from->first + 1, step)) {
        const StepRecord again = trainer.step({stop, [](const Phase&) {}}, stored.applied);
        if (again.summary.hash != stored.hash)
            throw RunError(fmt::format("{}: step {} does not repeat: another build, machine or device made it. Start a new run from its experiment instead",
                                       dir.string(), stored.step));
    }
}

RunAtStep::RunAtStep(const fs::path& dir, std::int64_t step, const std::string& device) : run_(RunReader::open(dir)) {
    open(parse_experiment(run_->experiment_toml(), (dir / "experiment.toml").string()), dir, device);
    step_ = step < 0 ? run_->last_step() : step;
    rewind(*trainer_, *run_, dir, step_, {});
}

RunAtStep::RunAtStep(const Experiment& experiment, const fs::path& beside, const std::string& device) { open(experiment, beside, device); }

void RunAtStep::open(const Experiment& experiment, const fs::path& beside, const std::string& device) {
    family_ = family_of(experiment, beside);
    problems_ = make_problem_set(experiment, *family_, beside);
    const fs::path model = model_for(experiment, *family_, beside);
    engine_ = open_engine(engine_options(experiment, device));
    engine_->load(open_model(model).state);
    trainer_ = std::make_unique<Trainer>(*engine_, *family_, problems_, experiment);
}

}  // namespace foothold
