// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a run, live or finished, through a connection of its own; lists runs.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "record/error.h"
#include "record/experiment_file.h"
#include "store/database.h"
#include "store/record_rows.h"
#include "store/run_store.h"
#include "store/schema.h"

namespace foothold {
namespace {

namespace fs = std::filesystem;

/// The rows of a table that belong to steps, handed out step by step: both sides are in order of step.
template <class Use>
void for_steps(Query& rows, std::vector<StepSummary>& steps, const Use& use) {
    auto at = steps.begin();
    while (rows.next()) {
        const std::int64_t step = rows.integer(0);
        at = std::find_if(at, steps.end(), [&](const StepSummary& s) { return s.step >= step; });
        if (at == steps.end()) return;
        if (at->step == step) use(*at);
    }
}

Intervention read_intervention(const Query& rows, int first) {
    return {rows.integer(first), rows.text(first + 1), value_from_json(rows.integer(first + 2), rows.text(first + 3))};
}

constexpr const char* attempt_columns =
    "id, step, problem, occurrence, round, attempt, origin, variant, hint_ratio, "
    "(SELECT body FROM text WHERE id = prompt), (SELECT body FROM text WHERE id = hint), "
    "(SELECT body FROM text WHERE id = sampled_under), (SELECT body FROM text WHERE id = trained_under), "
    "completion, trained, reward, advantage, verdict, soundness, first_wrong_step, skipping, ended, extracted";

Attempt read_attempt(const Query& row, bool tokens) {
    Attempt a;
    int at = 0;
    a.id = row.integer(at++);
    a.step = row.integer(at++);
    a.problem = static_cast<std::uint32_t>(row.integer(at++));
    a.occurrence = static_cast<std::uint16_t>(row.integer(at++));
    a.round = static_cast<std::uint16_t>(row.integer(at++));
    a.attempt = static_cast<std::uint16_t>(row.integer(at++));
    a.origin = static_cast<Origin>(std::clamp<std::int64_t>(row.integer(at++), 0, 4));
    a.variant = row.integer(at++);
    a.hint_ratio = static_cast<float>(row.number(at++));
    a.prompt = row.text(at++);
    a.hint = row.text(at++);
    a.sampled_under = row.text(at++);
    a.trained_under = row.text(at++);
    a.completion = row.text(at++);
    a.trained = row.integer(at++) != 0;
    a.reward = row.number(at++);
    a.advantage = row.number(at++);
    a.verdict = static_cast<Verdict>(std::clamp<std::int64_t>(row.integer(at++), 0, 2));
    a.soundness = static_cast<Soundness>(std::clamp<std::int64_t>(row.integer(at++), 0, 2));
    a.first_wrong_step = static_cast<std::int32_t>(row.integer(at++));
    a.skipping = row.integer(at++) != 0;
    a.ended = row.integer(at++) != 0;
    a.extracted = row.text(at++);
    if (tokens) {
        a.tokens = row.blob<std::int32_t>(at++);
        a.logprobs = row.blob<float>(at++);
        a.entropies = row.blob<float>(at++);
        a.confidence = row.blob<float>(at++);
    }
    return a;
}

class SqliteRunReader final : public RunReader {
public:
    SqliteRunReader(fs::path dir, std::unique_ptr<Database> database, RunInfo info)
        : dir_(std::move(dir)), database_(std::move(database)), info_(std::move(info)) {}

    const RunInfo& info() const override { return info_; }
    std::string experiment_toml() const override { return load_text_file(dir_ / "experiment.toml"); }
    std::int64_t last_step() const override {
        return guarded([&] { return database_->integer("SELECT coalesce(max(step), -1) FROM step"); });
    }

    std::vector<StepSummary> summaries(std::int64_t from_step, std::int64_t to_step) const override {
        return guarded([&] { return read_summaries(from_step, to_step); });
    }

    std::vector<Attempt> attempts(const AttemptQuery& query) const override {
        std::vector<Attempt> found;
        for_each_attempt(query, [&](Attempt&& attempt) { found.push_back(std::move(attempt)); });
        return found;
    }

    void for_each_attempt(const AttemptQuery& query, const std::function<void(Attempt&&)>& use) const override {
        std::string sql = std::string("SELECT ") + attempt_columns;
        if (query.tokens) sql += ", tokens, logprobs, entropies, confidence";
        sql += " FROM attempt WHERE 1";
        // Numbers that are not asked for are bound as NULL, so that there is one way to bind them.
        sql += query.step ? " AND step = ?1" : " AND ?1 IS NULL";
        sql += query.problem ? " AND problem = ?2" : " AND ?2 IS NULL";
        sql += query.occurrence ? " AND occurrence = ?3" : " AND ?3 IS NULL";
        sql += query.origin ? " AND origin = ?4" : " AND ?4 IS NULL";
        const char* way = query.newest ? " DESC" : "";
        sql += " ORDER BY ";
        for (const char* column : {"step", "origin", "problem", "occurrence", "round", "attempt"}) sql += std::string(column) + way + ", ";
        sql += std::string("id") + way + " LIMIT ?5";
        guarded([&] {
            Query rows(*database_, sql);
            std::optional<int> origin;
            if (query.origin) origin = static_cast<int>(*query.origin);
            rows.bind(query.step, query.problem, query.occurrence, origin,
                      query.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(query.limit));
            while (rows.next()) use(read_attempt(rows, query.tokens));
        });
    }

    std::vector<Intervention> interventions() const override {
        return guarded([&] {
            std::vector<Intervention> found;
            Query rows(*database_, "SELECT from_step, key, kind, value FROM intervention ORDER BY step, position");
            while (rows.next()) found.push_back(read_intervention(rows, 0));
            return found;
        });
    }

    std::map<std::int64_t, fs::path> checkpoints() const override {
        return guarded([&] {
            std::map<std::int64_t, fs::path> found;
            Query rows(*database_, "SELECT step, file FROM checkpoint");
            while (rows.next()) {
                const std::string name = rows.text(1);
                std::error_code error;
                if (is_checkpoint_name(name) && fs::is_regular_file(dir_ / name, error))
                    found[rows.integer(0)] = dir_ / name;
            }
            return found;
        });
    }

    std::vector<Variant> variants() const override {
        return guarded([&] {
            std::vector<Variant> found;
            if (database_->integer("PRAGMA user_version") < 2) return found;
            Query rows(*database_, "SELECT id, problem, parent, title, operation, dose, seed, steps FROM variant ORDER BY made");
            while (rows.next())
                found.push_back({rows.integer(0), static_cast<std::uint32_t>(rows.integer(1)), rows.integer(2), rows.text(3), rows.text(4), rows.number(5),
                                 rows.integer(6), std::get<std::vector<std::string>>(value_from_json(texts_kind, rows.text(7)))});
            return found;
        });
    }

    std::string note(const std::string& key) const override {
        return guarded([&] {
            Query rows(*database_, "SELECT value FROM note WHERE key = ?");
            rows.bind(key);
            return rows.next() ? rows.text(0) : std::string();
        });
    }

    std::map<std::string, std::string> notes(const std::string& prefix) const override {
        return guarded([&] {
            std::map<std::string, std::string> found;
            Query rows(*database_, "SELECT key, value FROM note");
            while (rows.next())
                if (std::string key = rows.text(0); key.starts_with(prefix)) found.emplace(std::move(key), rows.text(1));
            return found;
        });
    }

private:
    template <class Read>
    std::invoke_result_t<const Read&> guarded(const Read& read) const {
        try {
            return read();
        } catch (const SqliteError& error) {
            throw_unreadable(dir_, error);
        }
    }

    std::vector<StepSummary> read_summaries(std::int64_t from, std::int64_t to) const {
        Transaction one_state(*database_, false);
        std::vector<StepSummary> steps;
        {
            Query rows(*database_, "SELECT step, hash FROM step WHERE step BETWEEN ? AND ? ORDER BY step");
            rows.bind(from, to);
            while (rows.next()) {
                steps.emplace_back().step = rows.integer(0);
                steps.back().hash = static_cast<std::uint64_t>(rows.integer(1));
            }
        }
        {
            Query rows(*database_,
                       "SELECT step, name, value FROM step_metric WHERE step BETWEEN ? AND ? ORDER BY step, position");
            rows.bind(from, to);
            for_steps(rows, steps, [&](StepSummary& s) { s.metrics.emplace_back(rows.text(1), rows.number(2)); });
        }
        {
            Query rows(*database_,
                       "SELECT step, problem, occurrence, rounds, hint_ratio, attempts, coalesce(correct_before, 255), "
                       "correct, "
                       "sound FROM group_step WHERE step BETWEEN ? AND ? ORDER BY step, position");
            rows.bind(from, to);
            const auto byte = [&](int column) { return static_cast<std::uint8_t>(rows.integer(column)); };
            for_steps(rows, steps, [&](StepSummary& s) {
                s.groups.push_back({static_cast<std::uint32_t>(rows.integer(1)),
                                    static_cast<std::uint16_t>(rows.integer(2)),
                                    static_cast<std::uint16_t>(rows.integer(3)), static_cast<float>(rows.number(4)),
                                    byte(5), byte(6), byte(7), byte(8)});
            });
        }
        {
            Query rows(
                *database_,
                "SELECT step, from_step, key, kind, value FROM intervention WHERE step BETWEEN ? AND ? ORDER BY step, "
                "position");
            rows.bind(from, to);
            for_steps(rows, steps, [&](StepSummary& s) { s.applied.push_back(read_intervention(rows, 1)); });
        }
        one_state.commit();
        return steps;
    }

    const fs::path dir_;
    const std::unique_ptr<Database> database_;
    const RunInfo info_;
};

/// The policy a run began with; empty if its experiment cannot be read (one of a newer program, say).
std::string policy_of(const fs::path& dir) {
    try {
        return read_experiment(dir / "experiment.toml").guidance.policy;
    } catch (const UserError&) {
        return {};
    }
}

}  // namespace

std::unique_ptr<RunReader> RunReader::open(const fs::path& dir) {
    auto database = open_database(dir, Database::Mode::read, true);
    try {
        RunInfo info = read_info(*database, true);
        return std::make_unique<SqliteRunReader>(dir, std::move(database), std::move(info));
    } catch (const SqliteError& error) {
        throw_unreadable(dir, error);
    }
}

std::vector<RunListEntry> list_runs(const fs::path& folder) {
    std::vector<RunListEntry> runs;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path& dir = entry.path();
        std::error_code ignored;
        if (!fs::is_regular_file(database_path(dir), ignored)) continue;
        try {
            auto database = open_database(dir, Database::Mode::read, false);
            const RunInfo info = read_info(*database, false);
            runs.push_back({dir, info.name, info.created, policy_of(dir),
                            std::max<std::int64_t>(0, database->integer("SELECT max(step) FROM step")),
                            info.planned_steps});
        } catch (const UserError&) {  // Broken: not a run to offer.
        } catch (const SqliteError&) {
        }
    }
    std::sort(runs.begin(), runs.end(), [](const RunListEntry& a, const RunListEntry& b) {
        return a.created != b.created ? a.created > b.created : a.dir < b.dir;
    });
    return runs;
}

}  // namespace foothold
