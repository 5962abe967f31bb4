// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/model_export.h"

#include <fmt/format.h>

#include "engine/hugging_face.h"
#include "engine/model_file.h"
#include "engine/peft.h"
#include "engine/safetensors.h"
#include "formats/json_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "store/run_store.h"

namespace foothold {
namespace fs = std::filesystem;

namespace {

struct Checkpoint {
    fs::path file, base;
};

Checkpoint last_checkpoint(const fs::path& dir) {
    const auto run = RunReader::open(dir);
    const auto checkpoints = run->checkpoints();
    if (checkpoints.empty()) throw UserError(fmt::format("{}: this run has no checkpoint yet", dir.string()));
    const Experiment experiment = parse_experiment(run->experiment_toml(), (dir / "experiment.toml").string());
    return {checkpoints.rbegin()->second, find_file(experiment.model.path, dir)};
}

/// The whole model under any number of adapters: it has the settings that they do not.
fs::path lowest(fs::path model) {
    for (fs::path base; !(base = base_of_adapter(model)).empty();) model = base;
    return model;
}

}  // namespace

void export_model(const fs::path& from, const fs::path& to) {
    if (!fs::exists(from / "run.sqlite")) return write_hugging_face(to, open_model(from).state, lowest(from));
    const Checkpoint last = last_checkpoint(from);
    write_hugging_face(to, open_model(last.file).state, lowest(last.base));
}

void export_adapter(const fs::path& run, const fs::path& to) {
    const Checkpoint last = last_checkpoint(run);
    write_peft(to, read_model(last.file).state, fs::weakly_canonical(last.base).string());
}

}  // namespace foothold
