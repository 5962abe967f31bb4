// SPDX-License-Identifier: GPL-3.0-or-later
// Every key of an experiment: its type, range, default and meaning, and how to read and set it by name.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/experiment.h"

namespace foothold {

/// One key. `live` keys may change while a run goes on; the others need a new run.
struct ExperimentKey {
    enum class Type { integer, number, text, texts, numbers, table, traces };
    std::string name;  ///< e.g. "guidance.ratio"
    Type type;
    bool live;
    double low, high;                  ///< Range of integers and numbers (of each number in a list or table).
    std::vector<std::string> choices;  ///< Allowed texts; empty = any.
    std::string meaning;
    std::function<Value(const Experiment&)> get;
    std::function<void(Experiment&, const Value&)> set;  ///< Value already of the right type and checked.
    std::string allowed() const;                         ///< The range in words, for messages and `info experiment`.
};

const std::vector<ExperimentKey>& experiment_keys();

/// The key of that name; "guidance.ratios.<tier>" and "guidance.traces.<problem id>", one entry of a table, give the table's key. Throws
/// UserError naming the nearest known key.
const ExperimentKey& find_key(std::string_view name);

/// Sets a key, checking type and range; setting guidance.policy sets the knobs of that preset first. An entry of a
/// table can be set by itself; an empty trace takes its entry out. Throws UserError: key, allowed range, nearest known name.
void set_key(Experiment& experiment, std::string_view name, const Value& value);

/// The same from text as `--set key=value` has it: a TOML value, or plain text where that is not one ("a,b" for a list of texts).
void set_key_text(Experiment& experiment, std::string_view name, const std::string& text);
Value parse_value(const std::string& text);

Value get_key(const Experiment& experiment, std::string_view name);
std::string to_text(const Value& value);  ///< As TOML spells it; numbers in the shortest form that reads back the same.

/// Throws UserError where two keys do not go together (checked before anything starts, and before an intervention is accepted).
void check_experiment(const Experiment& experiment);

/// A published method as values of the guidance knobs (../knowledge of the field: each names its source).
struct GuidancePreset {
    std::string name, title, source;
    std::vector<std::pair<std::string, Value>> knobs;  ///< Key name -> value, guidance.* and sampling.resample.
};
const std::vector<GuidancePreset>& guidance_presets();

/// True if the knobs are still those of the preset that guidance.policy names.
bool is_preset(const Experiment& experiment);

/// The known name nearest to `name` (Levenshtein), or empty if none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace foothold
