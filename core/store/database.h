// SPDX-License-Identifier: GPL-3.0-or-later
// SQLite's C API with values that clean up after themselves. Nothing outside store/ includes this.
#pragma once
#include <sqlite3.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace foothold {

/// What SQLite said, with its (primary) result code. The store turns it into a UserError or a RunError.
class SqliteError : public std::runtime_error {
public:
    SqliteError(int code, const std::string& text) : std::runtime_error(text), code_(code & 0xff) {}
    int code() const { return code_; }
    bool damaged() const { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB || code_ == SQLITE_FORMAT; }

private:
    int code_;
};

class Database;

struct StatementCloser {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementCache = std::multimap<std::string, std::unique_ptr<sqlite3_stmt, StatementCloser>, std::less<>>;

/// A prepared statement on loan from the database's cache; goes back, reset, when this goes out of scope, so that no
/// read transaction is left open by accident. Columns and parameters count from 0.
class Query {
public:
    Query(Database& database, std::string_view sql);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Binds all parameters in order: whole numbers, doubles, texts, vectors of numbers (as blobs), nullptr.
    template <class... Values>
    Query& bind(const Values&... values) {
        [[maybe_unused]] int at = 0;
        (bind_at(at++, values), ...);
        return *this;
    }
    bool next();  ///< To the next row; false after the last.
    /// Binds, runs to the end and gets ready for the next call.
    template <class... Values>
    void run(const Values&... values) {
        bind(values...);
        while (next()) {
        }
        sqlite3_reset(statement_);
    }

    bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    double number(int column) const;  ///< Not a number where NULL is stored: SQLite keeps NaN so.
    std::string text(int column) const;
    template <class T>
    std::vector<T> blob(int column) const {
        static_assert(std::is_trivially_copyable_v<T>);
        const void* data = sqlite3_column_blob(statement_, column);
        std::vector<T> values(static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) / sizeof(T));
        if (!values.empty()) std::memcpy(values.data(), data, values.size() * sizeof(T));
        return values;
    }

private:
    template <std::integral T>
    void bind_at(int at, T value) {
        check(sqlite3_bind_int64(statement_, at + 1, static_cast<sqlite3_int64>(value)));
    }
    template <std::floating_point T>
    void bind_at(int at, T value) {
        check(sqlite3_bind_double(statement_, at + 1, static_cast<double>(value)));
    }
    void bind_at(int at, std::nullptr_t) { check(sqlite3_bind_null(statement_, at + 1)); }
    template <class T>
    void bind_at(int at, const std::optional<T>& value) {
        value ? bind_at(at, *value) : bind_at(at, nullptr);
    }
    void bind_at(int at, const std::string& value) {
        check(sqlite3_bind_text64(statement_, at + 1, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    }
    template <class T>
    void bind_at(int at, const std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        // A null pointer would store NULL; an empty vector is an empty blob.
        const void* data = values.empty() ? "" : static_cast<const void*>(values.data());
        check(sqlite3_bind_blob64(statement_, at + 1, data, values.size() * sizeof(T), SQLITE_TRANSIENT));
    }
    void check(int code) const;

    Database& database_;
    StatementCache::node_type loan_;
    sqlite3_stmt* statement_ = nullptr;
};

/// One connection, used by one thread at a time. Throws SqliteError.
class Database {
public:
    enum class Mode { create, write, read };
    /// `read` also opens what lies in a folder that cannot be written (a finished run on read-only media).
    Database(const std::filesystem::path& path, Mode mode);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const std::string& sql);  ///< Statements without parameters or rows.
    template <class... Values>
    void run(std::string_view sql, const Values&... values) {
        Query(*this, sql).run(values...);
    }
    std::int64_t integer(std::string_view sql);  ///< First column of the first row; 0 if there is none.
    std::string text(std::string_view sql);
    std::int64_t last_id() const { return sqlite3_last_insert_rowid(connection_.get()); }
    bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }
    bool read_only() const { return sqlite3_db_readonly(connection_.get(), "main") == 1; }

private:
    friend class Query;
    struct Closer {
        void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
    };
    void connect(const std::string& name, int flags);
    [[noreturn]] void fail(int code) const;

    std::unique_ptr<sqlite3, Closer> connection_;
    StatementCache cache_;  // Declared after the connection: statements are finalised first.
};

/// Rolls back unless committed.
class Transaction {
public:
    explicit Transaction(Database& database, bool write = true);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
};

}  // namespace foothold
