// SPDX-License-Identifier: GPL-3.0-or-later
// Bases that studies train themselves.
#include "studies/supervised_base.h"

#include <mutex>

namespace foothold {
namespace {

struct Made {
    EngineState state;
    PretrainProgress progress;
};

std::mutex mutex;
std::map<std::string, Made> kept;  // Some 300 kB each.

void train(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out, bool fresh) {
    {
        const std::lock_guard lock(mutex);
        if (const auto found = kept.find(name); found != kept.end()) {
            ports.engine.load(found->second.state);
            out.measures["base loss"] = found->second.progress.loss;
            out.measures["base steps"] = found->second.progress.step;
            out.seconds += found->second.progress.seconds;
            return;
        }
    }
    ModelConfig config = recipe.model;
    config.vocab_size = family.tokenizer().size();
    const auto seed = static_cast<std::uint64_t>(recipe.seed);
    if (fresh) ports.engine.load(initial_state(config, random_key({seed, static_cast<std::uint64_t>(Stream::initial)}), recipe.embedding_std));
    else {
        EngineState state = ports.engine.state();  // The moments of the stage before do not belong to this one.
        state.tensors.erase("optimizer.m");
        state.tensors.erase("optimizer.v");
        state.optimizer_steps = 0;
        ports.engine.load(state);
    }
    Made made;
    supervise(recipe, family, ports.engine, ports.stop, [&](const PretrainProgress& p) {
        made.progress = p;
        if (p.step % 20 == 0) ports.progress(.9 * p.step / recipe.steps, 0);
    });
    made.state = ports.engine.state();
    made.state.tensors.erase("optimizer.m");
    made.state.tensors.erase("optimizer.v");
    made.state.optimizer_steps = 0;
    ports.engine.load(made.state);
    out.measures["base loss"] = made.progress.loss;
    out.measures["base steps"] = made.progress.step;
    out.seconds += made.progress.seconds;
    const std::lock_guard lock(mutex);
    kept.emplace(name, std::move(made));
}

}  // namespace

void teach(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out) { train(name, recipe, family, ports, out, true); }

void teach_more(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out) { train(name, recipe, family, ports, out, false); }

}  // namespace foothold
