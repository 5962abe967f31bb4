// SPDX-License-Identifier: GPL-3.0-or-later
// Bases that studies train themselves.
#include "studies/supervised_base.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>

#include "engine/safetensors.h"
#include "record/error.h"
#include "record/paths.h"

namespace foothold {
namespace {

struct Made {
    EngineState state;
    PretrainProgress progress;
    int tries = 1;
};

std::mutex mutex;
std::map<std::string, Made> kept;  // Some 300 kB each.

std::filesystem::path file_of(const StudyPorts& ports, const std::string& name) { return ports.bases / (as_file_name(name) + ".safetensors"); }

/// What was made under a name before, by this process or by one that worked in the same folder; the caller holds the mutex.
const Made* find(const StudyPorts& ports, const std::string& name) {
    if (const auto found = kept.find(name); found != kept.end()) return &found->second;
    if (ports.bases.empty() || !std::filesystem::exists(file_of(ports, name))) return nullptr;
    try {
        ModelFile file = read_model(file_of(ports, name));
        const auto number = [&](const char* key) { return std::stod(file.metadata.at(key)); };
        Made made{std::move(file.state), {}, static_cast<int>(number("tries"))};
        made.progress.loss = number("loss");
        made.progress.greedy = number("greedy");
        made.progress.step = static_cast<int>(number("steps"));
        return &kept.emplace(name, std::move(made)).first->second;
    } catch (const std::exception& e) {
        spdlog::warn("{}: {}; the base is made again", file_of(ports, name).string(), e.what());
        return nullptr;
    }
}

void put(const StudyPorts& ports, const std::string& name, Made made) {
    if (!ports.bases.empty()) {
        std::filesystem::create_directories(ports.bases);
        const auto text = [](double value) { return fmt::format("{}", value); };
        write_model(file_of(ports, name), {made.state, {{"tries", text(made.tries)}, {"loss", text(made.progress.loss)}, {"greedy", text(made.progress.greedy)}, {"steps", text(made.progress.step)}}});
    }
    kept.emplace(name, std::move(made));
}

EngineState without_moments(EngineState state) {
    state.tensors.erase("optimizer.m");
    state.tensors.erase("optimizer.v");
    state.optimizer_steps = 0;
    return state;
}

void keep(const Made& made, CellResult& out) {
    out.measures["base loss"] = made.progress.loss;
    out.measures["base steps"] = made.progress.step;
    if (made.progress.greedy > 0) out.measures["base greedy"] = made.progress.greedy;
    double& tries = out.measures["base tries"];
    tries = std::max<double>(tries, made.tries);  // Of all stages.
}

constexpr std::int64_t another_try = 1'000'000;  ///< Between the seeds of tries: no study has as many.

/// Looks for a base that was made before; otherwise `begin`, supervised training, and the same again with another seed where what the recipe asks for was not
/// reached. What a recipe asks for may be out of reach, and what there is is measured; without what `learned` asks for there is nothing to measure.
void train(const std::string& name, BaseRecipe recipe, const Family& family, const StudyPorts& ports, CellResult& out, const std::function<void(const BaseRecipe&)>& begin,
           const std::function<bool()>& learned = {}) {
    {
        const std::lock_guard lock(mutex);
        if (const Made* made = find(ports, name)) {  // Its seconds were counted where it was made.
            ports.engine.load(made->state);
            keep(*made, out);
            return;
        }
    }
    const int most_tries = learned ? 8 : 3;
    Made made;
    for (;; ++made.tries) {
        begin(recipe);
        made.progress = supervise(recipe, family, ports.engine, ports.stop, [&](const PretrainProgress& p) {
            if (p.step % 20 == 0) ports.progress(.9 * p.step / recipe.steps, 0);
        });
        out.seconds += made.progress.seconds;
        if (made.progress.greedy >= recipe.until_greedy && (!learned || learned())) break;
        if (made.tries == most_tries) {
            if (learned) throw RunError(fmt::format("{}: no base of {} tries learned what the study asks of it; cells that are done are kept", name, most_tries));
            spdlog::warn("{}: the last of {} tries came to {:.2f} of the {:.2f} that its recipe asks for", name, most_tries, made.progress.greedy, recipe.until_greedy);
            break;
        }
        recipe.seed += another_try;
    }
    made.state = without_moments(ports.engine.state());
    ports.engine.load(made.state);
    keep(made, out);
    const std::lock_guard lock(mutex);
    put(ports, name, std::move(made));
}

}  // namespace

void teach(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out, const std::function<bool()>& learned) {
    const auto begin = [&](const BaseRecipe& r) {
        ModelConfig config = r.model;
        config.vocab_size = family.tokenizer().size();
        ports.engine.load(initial_state(config, random_key({static_cast<std::uint64_t>(r.seed), static_cast<std::uint64_t>(Stream::initial)}), r.embedding_std));
    };
    train(name, recipe, family, ports, out, begin, learned);
}

void teach_more(const std::string& name, const BaseRecipe& recipe, const Family& family, const StudyPorts& ports, CellResult& out) {
    const EngineState before = without_moments(ports.engine.state());  // They do not belong to this stage.
    train(name, recipe, family, ports, out, [&](const BaseRecipe&) { ports.engine.load(before); });
}

}  // namespace foothold
