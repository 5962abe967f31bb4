// SPDX-License-Identifier: GPL-3.0-or-later
// Records to rows: what the writer's thread does with the database, one call a transaction.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"
#include "store/run_store.h"

namespace foothold {

/// Writes records into the database of one run. Throws SqliteError; then nothing of the call is stored.
class RecordRows {
public:
    RecordRows(Database& database, std::filesystem::path dir);
    void write_step(const StepRecord& record);
    void write_attempts(const std::vector<Attempt>& attempts);
    void write_checkpoint(std::int64_t step, const std::string& file);
    void write_note(const std::string& key, const std::string& value);
    void write_variant(const Variant& variant);
    void truncate_after(std::int64_t step);

private:
    void insert_summary(const StepRecord& record);
    void insert_attempts(const std::vector<Attempt>& attempts);
    void insert_checkpoint(std::int64_t step, const std::string& file);
    void free_checkpoints();
    void delete_file(const std::string& name) const;
    std::int64_t text_id(const std::string& body);
    void forget_texts();

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const;
    };
    Database& database_;
    std::filesystem::path dir_;
    /// Texts met lately, so that a prompt is looked up once; emptied when large, and when a transaction failed.
    std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> texts_;
    std::size_t text_bytes_ = 0;
};

/// A value as the tables have it: `kind` is the index in the variant.
std::string value_to_json(const Value& value);
inline constexpr std::int64_t texts_kind = 3;
Value value_from_json(std::int64_t kind, const std::string& json);

}  // namespace foothold
