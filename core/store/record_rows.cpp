// SPDX-License-Identifier: GPL-3.0-or-later
// Records to rows: what the writer's thread does with the database.
#include "store/record_rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/schema.h"

namespace foothold {
namespace {

using Json = nlohmann::json;

constexpr std::size_t text_cache_bytes = 16 << 20;

/// FNV-1a: the same on every machine, since it is stored.
std::uint64_t text_hash(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325ull;
    for (unsigned char c : text) value = (value ^ c) * 0x100000001b3ull;
    return value;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

template <class T>
Value read_value(const Json& json) {
    return json.get<T>();
}

}  // namespace

std::string value_to_json(const Value& value) {
    return std::visit([](const auto& held) { return Json(held).dump(-1, ' ', false, Json::error_handler_t::replace); },
                      value);
}

Value value_from_json(std::int64_t kind, const std::string& text) {
    using Reader = Value (*)(const Json&);
    static constexpr Reader readers[] = {read_value<std::int64_t>,        read_value<double>,
                                         read_value<std::string>,         read_value<std::vector<std::string>>,
                                         read_value<std::vector<double>>, read_value<std::map<std::string, double>>, read_value<Traces>};
    static_assert(std::size(readers) == std::variant_size_v<Value>);
    try {
        if (kind >= 0 && static_cast<std::size_t>(kind) < std::size(readers)) return readers[kind](Json::parse(text));
    } catch (const Json::exception&) {  // Said below.
    }
    throw SqliteError(SQLITE_CORRUPT, "an intervention's value cannot be read: " + text);
}

std::size_t RecordRows::TextHash::operator()(std::string_view text) const { return text_hash(text); }

RecordRows::RecordRows(Database& database, std::filesystem::path dir) : database_(database), dir_(std::move(dir)) {}

void RecordRows::write_step(const StepRecord& record) {
    try {
        Transaction transaction(database_);
        insert_summary(record);
        insert_attempts(record.attempts);
        if (!record.checkpoint.empty()) insert_checkpoint(record.summary.step, record.checkpoint);
        transaction.commit();
    } catch (...) {
        forget_texts();  // The rows they name were rolled back.
        throw;
    }
    if (!record.checkpoint.empty()) free_checkpoints();
}

void RecordRows::write_attempts(const std::vector<Attempt>& attempts) {
    try {
        Transaction transaction(database_);
        insert_attempts(attempts);
        transaction.commit();
    } catch (...) {
        forget_texts();
        throw;
    }
}

void RecordRows::write_checkpoint(std::int64_t step, const std::string& file) {
    insert_checkpoint(step, file);
    free_checkpoints();
}

void RecordRows::write_note(const std::string& key, const std::string& value) {
    database_.run("INSERT OR REPLACE INTO note (key, value) VALUES (?, ?)", key, value);
}

void RecordRows::write_variant(const Variant& v) {
    database_.run("INSERT INTO variant (id, problem, parent, title, operation, dose, seed, steps) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                  "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
                  v.id, v.problem, v.parent, v.title, v.operation, v.dose, v.seed, value_to_json(v.steps));
}

void RecordRows::truncate_after(std::int64_t step) {
    std::vector<std::string> files;
    {
        Transaction transaction(database_);
        {
            Query rows(database_, "SELECT file FROM checkpoint WHERE step > ?");
            rows.bind(step);
            while (rows.next()) files.push_back(rows.text(0));
        }
        for (const char* table : {"step", "step_metric", "group_step", "intervention", "checkpoint", "attempt"})
            database_.run(std::string("DELETE FROM ") + table + " WHERE step > ?", step);
        transaction.commit();
    }
    for (const std::string& file : files) delete_file(file);
}

void RecordRows::insert_summary(const StepRecord& record) {
    const StepSummary& summary = record.summary;
    database_.run("INSERT INTO step (step, hash, attempts, written) VALUES (?, ?, ?, ?)", summary.step, summary.hash,
                  record.attempts.size(), now());
    Query metric(database_, "INSERT INTO step_metric VALUES (?, ?, ?, ?)");
    for (std::size_t i = 0; i < summary.metrics.size(); ++i)
        metric.run(summary.step, i, summary.metrics[i].first, summary.metrics[i].second);
    Query group(database_, "INSERT INTO group_step VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 255), ?, ?)");
    static_assert(GroupSummary::no_plain_round == 255);
    for (std::size_t i = 0; i < summary.groups.size(); ++i) {
        const GroupSummary& g = summary.groups[i];
        group.run(summary.step, i, g.problem, g.occurrence, g.rounds, g.hint_ratio, g.attempts, g.correct_before,
                  g.correct, g.sound);
    }
    for (std::size_t i = 0; i < summary.applied.size(); ++i) {
        const Intervention& change = summary.applied[i];
        database_.run("INSERT INTO intervention VALUES (?, ?, ?, ?, ?, ?)", summary.step, i, change.step, change.key,
                      change.value.index(), value_to_json(change.value));
    }
}

void RecordRows::insert_attempts(const std::vector<Attempt>& attempts) {
    Query insert(database_,
                 "INSERT INTO attempt (step, problem, occurrence, round, attempt, origin, variant, hint_ratio, prompt, "
                 "hint, sampled_under, trained_under, completion, trained, reward, advantage, verdict, soundness, "
                 "first_wrong_step, skipping, ended, extracted, tokens, logprobs, entropies, confidence) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, "
                 "?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const Attempt& a : attempts)
        insert.run(a.step, a.problem, a.occurrence, a.round, a.attempt, static_cast<int>(a.origin), a.variant,
                   a.hint_ratio, text_id(a.prompt), text_id(a.hint), text_id(a.sampled_under), text_id(a.trained_under),
                   a.completion, a.trained, a.reward, a.advantage, static_cast<int>(a.verdict),
                   static_cast<int>(a.soundness), a.first_wrong_step, a.skipping, a.ended, a.extracted, a.tokens,
                   a.logprobs, a.entropies, a.confidence);
}

void RecordRows::insert_checkpoint(std::int64_t step, const std::string& file) {
    const bool bare = !std::filesystem::path(file).has_parent_path();
    database_.run("INSERT OR REPLACE INTO checkpoint (step, file) VALUES (?, ?)", step,
                  bare ? "checkpoints/" + file : file);
}

void RecordRows::free_checkpoints() {
    const std::string note = database_.text("SELECT value FROM note WHERE key = 'checkpoint.every'");
    if (note.empty()) return;
    std::int64_t every = 0;
    std::from_chars(note.data(), note.data() + note.size(), every);
    std::vector<std::pair<std::int64_t, std::string>> superseded;
    {
        Query rows(database_,
                   "SELECT step, file FROM checkpoint WHERE step > (SELECT min(step) FROM checkpoint) AND "
                   "step < (SELECT max(step) FROM checkpoint)");
        while (rows.next())
            if (every <= 0 || rows.integer(0) % every != 0) superseded.emplace_back(rows.integer(0), rows.text(1));
    }
    // Files first: after a crash in between, the row is still there and the file's removal is tried again.
    for (const auto& [step, file] : superseded) {
        delete_file(file);
        database_.run("DELETE FROM checkpoint WHERE step = ?", step);
    }
}

void RecordRows::delete_file(const std::string& name) const {
    std::error_code ignored;  // A file that is gone already, or stays, does no harm.
    if (is_checkpoint_name(name)) std::filesystem::remove(dir_ / name, ignored);
}

std::int64_t RecordRows::text_id(const std::string& body) {
    if (body.empty()) return 0;
    if (const auto found = texts_.find(body); found != texts_.end()) return found->second;
    if (text_bytes_ > text_cache_bytes) forget_texts();
    const std::uint64_t hash = text_hash(body);
    std::int64_t id = 0;
    {
        Query known(database_, "SELECT id FROM text WHERE hash = ? AND body = ?");
        known.bind(hash, body);
        if (known.next()) id = known.integer(0);
    }
    if (id == 0) {
        database_.run("INSERT INTO text (hash, body) VALUES (?, ?)", hash, body);
        id = database_.last_id();
    }
    texts_.emplace(body, id);
    text_bytes_ += body.size();
    return id;
}

void RecordRows::forget_texts() {
    texts_.clear();
    text_bytes_ = 0;
}

}  // namespace foothold
