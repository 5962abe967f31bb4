// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that a configuration of TRL's `trl grpo` may hold, and what each comes to here.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foothold {

/// The version whose keys and defaults these are. Keys that it no longer has but configurations still do are there too.
inline constexpr std::string_view trl_version = "1.16";

/// A key with the same meaning under another name. `standard`: TRL's default, as YAML spells it.
struct TrlSetting {
    std::string_view name, standard, ours;
};
std::span<const TrlSetting> trl_settings();

/// A key that Foothold has no setting for: it always does `here`. Where the value is one of `same` (separated by "|"; "*" = any), that
/// is what the configuration asks for.
struct TrlHabit {
    std::string_view name, same, here;
};
std::span<const TrlHabit> trl_habits();

/// Keys without a counterpart that have no say in what is learned, with the reason; the names are separated by blanks.
struct TrlOmission {
    std::string_view names, reason;
};
std::span<const TrlOmission> trl_omissions();

/// Every known name: those above and those of which several make one setting here (batch sizes, steps, evaluation, files).
const std::vector<std::string>& trl_names();

}  // namespace foothold
