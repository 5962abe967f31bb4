// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of run.sqlite, and what reader and writer share about them.
#include "store/schema.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/error.h"

namespace foothold {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::int64_t application_id = 0x466f6f74;  // "Foot"
constexpr std::uintmax_t thorough_bytes = 16 << 20;

// Columns without a type keep a double bit for bit; REAL would turn -0.0 into 0. NaN is stored as NULL.
constexpr const char* tables = R"sql(
CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), info TEXT NOT NULL);
CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE problem (
    problem INTEGER PRIMARY KEY,  -- index in the run's list
    pool INTEGER NOT NULL,        -- 1: trained on; 0: held out
    id TEXT NOT NULL, family TEXT NOT NULL, tier TEXT NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL,
    steps TEXT NOT NULL);         -- reference trace, a JSON list
CREATE TABLE text (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX text_hash ON text (hash);
CREATE TABLE step (
    step INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,        -- of all records, timings apart
    attempts INTEGER NOT NULL,    -- sampled in the step
    written REAL NOT NULL);       -- seconds since 1970, UTC
CREATE TABLE step_metric (step INTEGER, position INTEGER, name TEXT NOT NULL, value, PRIMARY KEY (step, position)) WITHOUT ROWID;
CREATE TABLE group_step (
    step INTEGER, position INTEGER, problem INTEGER NOT NULL, occurrence INTEGER NOT NULL, rounds INTEGER NOT NULL,
    hint_ratio REAL NOT NULL,     -- of the round that counts
    attempts INTEGER NOT NULL,
    correct_before INTEGER,       -- in the round without a hint; NULL if there was none
    correct INTEGER NOT NULL, sound INTEGER NOT NULL,
    PRIMARY KEY (step, position)) WITHOUT ROWID;
CREATE INDEX group_step_problem ON group_step (problem, step);
CREATE TABLE intervention (
    step INTEGER, position INTEGER,
    from_step INTEGER NOT NULL,   -- the step it was set to apply from
    key TEXT NOT NULL,
    kind INTEGER NOT NULL,        -- 0 integer, 1 number, 2 text, 3 texts, 4 numbers, 5 table, 6 traces
    value TEXT NOT NULL,          -- JSON
    PRIMARY KEY (step, position)) WITHOUT ROWID;
CREATE TABLE checkpoint (step INTEGER PRIMARY KEY, file TEXT NOT NULL);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL, problem INTEGER NOT NULL, occurrence INTEGER NOT NULL, round INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    origin INTEGER NOT NULL,      -- 0 train, 1 eval, 2 probe, 3 branch, 4 given
    variant INTEGER NOT NULL, hint_ratio REAL NOT NULL,
    prompt INTEGER, hint INTEGER, sampled_under INTEGER, trained_under INTEGER,  -- rows of text; NULL = empty
    completion TEXT NOT NULL, trained INTEGER NOT NULL, reward, advantage,
    verdict INTEGER NOT NULL,     -- 0 correct, 1 wrong, 2 unparseable
    soundness INTEGER NOT NULL,   -- 0 unknown, 1 lucky, 2 sound
    first_wrong_step INTEGER NOT NULL, skipping INTEGER NOT NULL, ended INTEGER NOT NULL, extracted TEXT NOT NULL,
    tokens BLOB NOT NULL,         -- int32, little-endian
    logprobs BLOB NOT NULL, entropies BLOB NOT NULL, confidence BLOB NOT NULL);  -- float32, little-endian
CREATE INDEX attempt_step ON attempt (step, origin, problem, occurrence, round, attempt);
CREATE INDEX attempt_problem ON attempt (problem, step);
-- For people with sqlite3 or pandas: an attempt with its texts and names.
CREATE VIEW rollout AS SELECT
    a.id, a.step, p.id AS problem, p.tier, a.occurrence, a.round, a.attempt,
    CASE a.origin WHEN 0 THEN 'train' WHEN 1 THEN 'eval' WHEN 2 THEN 'probe' WHEN 3 THEN 'branch' ELSE 'given' END AS origin,
    a.variant, a.hint_ratio,
    coalesce((SELECT body FROM text WHERE id = a.sampled_under), '') AS sampled_under,
    coalesce((SELECT body FROM text WHERE id = a.trained_under), '') AS trained_under, a.trained,
    coalesce((SELECT body FROM text WHERE id = a.prompt), '') AS prompt,
    coalesce((SELECT body FROM text WHERE id = a.hint), '') AS hint, a.completion, a.reward, a.advantage,
    CASE a.verdict WHEN 0 THEN 'correct' WHEN 1 THEN 'wrong' ELSE 'unparseable' END AS verdict,
    CASE a.soundness WHEN 1 THEN 0 WHEN 2 THEN 1 END AS sound,
    CASE WHEN a.first_wrong_step >= 0 THEN a.first_wrong_step END AS first_wrong_step, a.extracted, p.answer AS gold
    FROM attempt a LEFT JOIN problem p ON p.problem = a.problem;
)sql";

constexpr const char* variant_table = R"sql(
CREATE TABLE IF NOT EXISTS variant (
    made INTEGER PRIMARY KEY,     -- counts up
    id INTEGER NOT NULL UNIQUE,   -- of problem and steps
    problem INTEGER NOT NULL,
    parent INTEGER NOT NULL,      -- id of the variant it was made from; 0 = the reference trace
    title TEXT NOT NULL,
    operation TEXT NOT NULL,      -- corruption operator; empty = by hand
    dose REAL NOT NULL, seed INTEGER NOT NULL,
    steps TEXT NOT NULL);         -- a JSON list
)sql";

/// Texts that are not UTF-8 would stop the writing of JSON; the stray bytes are replaced.
std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

[[noreturn]] void throw_not_a_run(const fs::path& dir, const std::string& why) {
    throw UserError(
        fmt::format("{} is not a run directory: {}. Name a folder that `foothold-cli run` or the window made "
                    "(it holds experiment.toml and run.sqlite).",
                    dir.string(), why));
}

void check_pages(Database& database, const fs::path& path) {
    std::error_code error;
    if (fs::file_size(path, error) > thorough_bytes || error) return;
    std::string said = database.text("PRAGMA quick_check(1)");
    std::replace(said.begin(), said.end(), '\n', ' ');
    if (said != "ok") throw SqliteError(SQLITE_CORRUPT, said);
}

}  // namespace

void make_tables(Database& database) {
    Transaction transaction(database);
    database.execute(tables);
    database.execute(variant_table);
    database.execute(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, schema_version));
    transaction.commit();
}

void upgrade_tables(Database& database) {
    if (database.integer("PRAGMA user_version") >= schema_version) return;
    Transaction transaction(database);
    database.execute(variant_table);
    database.execute(fmt::format("PRAGMA user_version = {}", schema_version));
    transaction.commit();
}

void write_info(Database& database, const RunInfo& info) {
    const Json json = {{"name", info.name},
                       {"created", info.created},
                       {"version", info.version},
                       {"device", info.device},
                       {"host", info.host},
                       {"parent", info.parent},
                       {"parent_step", info.parent_step},
                       {"planned_steps", info.planned_steps},
                       {"vocabulary", info.vocabulary}};
    Transaction transaction(database);
    database.run("INSERT INTO run (id, info) VALUES (1, ?)", to_line(json));
    Query insert(database, "INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < info.problems.size(); ++i) {
        const Problem& p = info.problems[i];
        insert.run(i, i < info.pool_size, p.id, p.family, p.tier, p.prompt, p.answer, to_line(Json(p.steps)));
    }
    transaction.commit();
}

RunInfo read_info(Database& database, bool with_problems) {
    RunInfo info;
    try {
        const Json json = Json::parse(database.text("SELECT info FROM run"));
        info.name = json.at("name");
        info.created = json.at("created");
        info.version = json.at("version");
        info.device = json.at("device");
        info.host = json.at("host");
        info.parent = json.at("parent");
        info.parent_step = json.at("parent_step");
        info.planned_steps = json.at("planned_steps");
        info.vocabulary = json.at("vocabulary").get<std::vector<std::string>>();
        if (const std::string name = database.text("SELECT value FROM note WHERE key = 'name'"); !name.empty())
            info.name = name;
        if (const std::int64_t steps = database.integer("SELECT value FROM note WHERE key = 'planned_steps'");
            steps > 0)
            info.planned_steps = steps;
        info.pool_size = static_cast<std::size_t>(database.integer("SELECT count(*) FROM problem WHERE pool = 1"));
        if (!with_problems) return info;
        Query rows(database, "SELECT id, family, tier, prompt, answer, steps FROM problem ORDER BY problem");
        while (rows.next())
            info.problems.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                                     Json::parse(rows.text(5)).get<std::vector<std::string>>()});
    } catch (const Json::exception& error) {
        throw SqliteError(SQLITE_CORRUPT, std::string("what it says about the run cannot be read: ") + error.what());
    }
    return info;
}

std::unique_ptr<Database> open_database(const fs::path& dir, Database::Mode mode, bool thorough) {
    const fs::path path = database_path(dir);
    std::error_code error;
    if (!fs::exists(dir, error)) throw_not_a_run(dir, "there is no such folder");
    if (!fs::is_directory(dir, error)) throw_not_a_run(dir, "it is a file");
    if (!fs::is_regular_file(path, error)) throw_not_a_run(dir, "it has no run.sqlite");
    if (!fs::is_regular_file(dir / "experiment.toml", error)) throw_not_a_run(dir, "it has no experiment.toml");
    if (mode == Database::Mode::write && (::access(dir.c_str(), W_OK | X_OK) != 0 || ::access(path.c_str(), W_OK) != 0))
        throw UserError(
            fmt::format("The run in {} cannot be written: the folder is read-only for you. Look at it only, or copy it "
                        "to a folder of yours and go on there.",
                        dir.string()));
    try {
        auto database = std::make_unique<Database>(path, mode);
        if (database->integer("PRAGMA application_id") != application_id)
            throw_not_a_run(dir, "its run.sqlite was made by another program");
        if (const auto version = database->integer("PRAGMA user_version"); version > schema_version)
            throw UserError(
                fmt::format("The run in {} was written by a newer Foothold (store version {}, this one knows {}). "
                            "Open it with the newer program.",
                            dir.string(), version, schema_version));
        if (thorough) check_pages(*database, path);
        return database;
    } catch (const SqliteError& failure) {
        throw_unreadable(dir, failure);
    }
}

void throw_unreadable(const fs::path& dir, const SqliteError& error) {
    const std::string path = database_path(dir).string();
    if (error.damaged() || error.code() == SQLITE_ERROR)
        throw UserError(
            fmt::format("{} is damaged ({}). Restore it from a copy, or save what is left with `sqlite3 {} .recover`.",
                        path, error.what(), path));
    throw UserError(
        fmt::format("{} cannot be opened ({}). Check that you may read the folder, and write in it if the run "
                    "was not closed properly.",
                    path, error.what()));
}

bool is_checkpoint_name(const std::string& name) {
    const fs::path path = fs::path(name).lexically_normal();
    return path.is_relative() && path.has_filename() && path.parent_path() == "checkpoints" && path.filename() != "..";
}

}  // namespace foothold
