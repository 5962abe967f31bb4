// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/model_export.h"

#include <fmt/format.h>

#include "engine/hugging_face.h"
#include "engine/model_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "store/run_store.h"

namespace foothold {
namespace fs = std::filesystem;

void export_model(const fs::path& from, const fs::path& to) {
    if (!fs::exists(from / "run.sqlite")) return write_hugging_face(to, open_model(from).state, from);
    const auto run = RunReader::open(from);
    const auto checkpoints = run->checkpoints();
    if (checkpoints.empty()) throw UserError(fmt::format("{}: this run has no checkpoint yet", from.string()));
    const Experiment experiment = parse_experiment(run->experiment_toml(), (from / "experiment.toml").string());
    write_hugging_face(to, open_model(checkpoints.rbegin()->second).state, find_file(experiment.model.path, from));
}

}  // namespace foothold
