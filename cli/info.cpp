// SPDX-License-Identifier: GPL-3.0-or-later
// info: the device, what a file holds, and the tables of keys, presets, operators and families.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "engine/model_file.h"
#include "engine/parameters.h"
#include "formats/gguf.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/trl_config.h"
#include "store/run_store.h"
#include "studies/study.h"
#include "tasks/corruption.h"
#include "tasks/problem_file.h"
#include "verbs.h"

namespace foothold::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

void print(const Json& json) { std::cout << json.dump() << '\n'; }

void keys() {
    const Experiment defaults = parse_experiment("", "defaults");
    static constexpr const char* types[] = {"integer", "number", "text", "texts", "numbers", "table", "traces"};
    static_assert(std::size(types) == static_cast<std::size_t>(ExperimentKey::Type::traces) + 1);
    for (const ExperimentKey& key : experiment_keys())
        print({{"key", key.name}, {"type", types[static_cast<int>(key.type)]}, {"range", key.allowed()}, {"default", to_text(key.get(defaults))}, {"live", key.live}, {"meaning", key.meaning}});
}

void policies() {
    for (const GuidancePreset& preset : guidance_presets()) {
        Json knobs = Json::object();
        for (const auto& [name, value] : preset.knobs) knobs[name] = to_text(value);
        print({{"policy", preset.name}, {"title", preset.title}, {"source", preset.source}, {"knobs", knobs}});
    }
}

void corruptions() {
    for (const CorruptionOperator& op : corruption_operators())
        print({{"operator", op.name}, {"title", op.title}, {"meaning", op.meaning}, {"state", op.keeps_state ? "kept" : "broken"}});
}

void study_names() {
    for (const auto& study : studies()) print({{"study", study->name()}, {"question", study->title()}, {"claim", study->claim()}});
}

void families() {
    for (const std::string& name : family_names()) {
        const auto family = make_family(name);
        Json line = {{"family", name}, {"tiers", family->example_tiers()}, {"text", is_text_family(name)}};
        if (!is_text_family(name)) line["tokens"] = family->tokenizer().size();
        print(line);
    }
}

void device() {
    EngineOptions options;
    options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const auto engine = open_engine(options);
    engine->load(initial_state(ModelConfig{}, 1));
    print({{"version", FOOTHOLD_VERSION}, {"device", engine->device_name()}, {"memory_available", engine->plan({}).available}, {"resources", resource_dir().string()}, {"runs", runs_dir().string()}});
}

void model(const fs::path& path) {
    const ModelFile file = describe_model(path);
    const ModelConfig& c = file.state.config;
    Json out = {{"model", path.string()}, {"form", to_string(model_form(path))}, {"type", to_string(c.model_type)}, {"parameters", c.parameters()}, {"hidden_size", c.hidden_size},
                {"layers", c.num_hidden_layers}, {"heads", c.num_attention_heads}, {"key_value_heads", c.num_key_value_heads}, {"head_size", c.head_size()},
                {"intermediate_size", c.intermediate_size}, {"vocabulary", c.vocab_size}, {"positions", c.max_position_embeddings}, {"tied", c.tie_word_embeddings}};
    for (const auto& [name, text] : file.metadata)
        if (name != "config") out[name] = text;
    print(out);
}

void run(const fs::path& path) {
    const auto reader = RunReader::open(path);
    const RunInfo& info = reader->info();
    Json checkpoints = Json::array();
    for (const auto& [step, file] : reader->checkpoints()) checkpoints.push_back(step);
    print({{"run", info.name}, {"created", info.created}, {"version", info.version}, {"steps", reader->last_step()}, {"planned_steps", info.planned_steps},
           {"pool", info.pool_size}, {"heldout", info.problems.size() - info.pool_size}, {"interventions", reader->interventions().size()}, {"checkpoints", checkpoints}});
}

void problem_file(const fs::path& path) {
    std::map<std::string, int> tiers;
    const auto problems = read_problem_file(path, {});
    for (const Problem& p : problems) ++tiers[p.tier];
    print({{"problems", problems.size()}, {"tiers", tiers}});
}

}  // namespace

void register_info(CLI::App& app, int& exit_code) {
    auto what = std::make_shared<std::string>();
    CLI::App* info = app.add_subcommand("info", "Device and versions; what a model, run or problem file holds; tables of settings");
    info->add_option("what", *what, "A path, or experiment, policies, corruptions, families, studies");
    info->callback([what, &exit_code] {
        exit_code = 0;
        if (what->empty()) return device();
        if (*what == "experiment") return keys();
        if (*what == "policies") return policies();
        if (*what == "corruptions") return corruptions();
        if (*what == "families") return families();
        if (*what == "studies") return study_names();
        const fs::path path = find_file(*what);
        if (!fs::exists(path)) throw UserError(fmt::format("{}: no such file; tables are: experiment, policies, corruptions, families, studies", *what));
        if (fs::is_directory(path)) return fs::exists(path / "config.json") || fs::exists(path / "adapter_config.json") ? model(path) : run(path);
        if (path.extension() == ".safetensors" || is_gguf(path)) return model(path);
        if (path.extension() == ".toml") {
            std::cout << write_experiment(read_experiment(path));
            return;
        }
        if (is_trl_config(path)) {
            const TrlRun trl = read_trl_config(path);
            fmt::print(stderr, "{}", trl.report);
            std::cout << write_experiment(trl.experiment);
            return;
        }
        problem_file(path);
    });
}

}  // namespace foothold::cli
