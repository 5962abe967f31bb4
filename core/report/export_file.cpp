// SPDX-License-Identifier: GPL-3.0-or-later
// Every export of a run under its name.
#include "report/export_file.h"

#include "record/experiment_file.h"
#include "report/comparison_report.h"
#include "report/model_export.h"
#include "report/run_report.h"
#include "session/stored_run.h"
#include "store/exports.h"
#include "store/tensorboard.h"
#include "studies/comparison.h"

namespace foothold {

void export_file(const std::filesystem::path& dir, const std::string& what, const std::filesystem::path& to) {
    if (what == "report" && is_comparison(dir)) {
        const std::string page = comparison_report(dir);
        return write_whole_file(to, [&](std::ostream& out) { out << page; });
    }
    if (what == "model") return export_model(dir, to);
    if (what == "adapter") return export_adapter(dir, to);
    const auto run = RunReader::open(dir);
    if (what == "tensorboard") return export_tensorboard(*run, to);
    if (what == "report") {
        const std::string page = run_report(*run);
        return write_whole_file(to, [&](std::ostream& out) { out << page; });
    }
    write_whole_file(to, [&](std::ostream& out) {
        if (what == "metrics")
            export_metrics(*run, out);
        else if (what == "rollouts")
            export_rollouts(*run, out);
        else if (what == "completions")
            export_completions(*run, out);
        else
            out << write_experiment(replayable_experiment(*run));
    });
}

}  // namespace foothold
