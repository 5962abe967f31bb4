// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of run.sqlite, and what reader and writer share about them.
#pragma once
#include <filesystem>
#include <string>

#include "store/database.h"
#include "store/run_store.h"

namespace foothold {

/// Version of the tables, in PRAGMA user_version. A newer one is refused; an older one gets the missing tables when it is opened for
/// writing. 2: variants.
inline constexpr std::int64_t schema_version = 2;

inline std::filesystem::path database_path(const std::filesystem::path& dir) { return dir / "run.sqlite"; }

/// Makes the tables in an empty database.
void make_tables(Database& database);
/// Adds what a database of an older version lacks.
void upgrade_tables(Database& database);

/// Stores / reads what is fixed when a run begins. The notes `name` and `planned_steps`, where set, stand in for what
/// was stored then.
void write_info(Database& database, const RunInfo& info);
RunInfo read_info(Database& database, bool with_problems);

/// Opens the database of a run directory and looks it over: ours, not newer, not damaged (the page structure is walked
/// through where that takes no time, up to 16 MB, if `thorough`). Throws UserError.
std::unique_ptr<Database> open_database(const std::filesystem::path& dir, Database::Mode mode, bool thorough);

/// What went wrong with a stored run, as a UserError: damaged, not readable, ...
[[noreturn]] void throw_unreadable(const std::filesystem::path& dir, const SqliteError& error);

/// True for a checkpoint's name that stays inside the run directory; others, from a foreign database, are never
/// followed.
bool is_checkpoint_name(const std::string& name);

}  // namespace foothold
