// SPDX-License-Identifier: GPL-3.0-or-later
// Files that people write by hand. The first byte says which: an experiment (TOML), a configuration of TRL (YAML), a model's config.json.
#include "engine/model_file.h"
#include "record/experiment_file.h"
#include "scratch.h"
#include "session/trl_config.h"

using namespace foothold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 3) {
        case 0: return fuzz::survives([&] { parse_experiment(text, "experiment.toml"); });
        case 1: {
            // Beside the file: the model and problems that the seeds name.
            const auto folder = fuzz::model_folder();
            static const auto problems = fuzz::as_file(fuzz::scratch() / "p.jsonl", reinterpret_cast<const std::uint8_t*>("{\"prompt\":\"1\",\"answer\":\"2\"}\n"), 28);
            return fuzz::survives([&] { read_trl_config(fuzz::as_file(fuzz::scratch() / "trl.yaml", data + 1, size - 1)); });
        }
        default: break;
    }
    const auto folder = fuzz::model_folder();
    fuzz::as_file(folder / "config.json", data + 1, size - 1);
    return fuzz::survives([&] { open_model(folder); });
}
