// SPDX-License-Identifier: GPL-3.0-or-later
// SQLite's C API with values that clean up after themselves.
#include "store/database.h"

#include <unistd.h>

#include <limits>
#include <system_error>

namespace foothold {
namespace {

namespace fs = std::filesystem;

/// A path as a URI that says: nobody writes this file, do not look for a log or a lock.
std::string immutable_uri(const fs::path& path) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (unsigned char c : fs::absolute(path).string()) {
        if (c == '%' || c == '?' || c == '#') {
            uri += '%';
            uri += hex[c >> 4];
            uri += hex[c & 15];
        } else {
            uri += static_cast<char>(c);
        }
    }
    return uri + "?immutable=1";
}

bool log_waiting(const fs::path& path) {
    fs::path log = path;
    log += "-wal";
    std::error_code error;
    const auto size = fs::file_size(log, error);
    return !error && size > 0;
}

}  // namespace

Query::Query(Database& database, std::string_view sql) : database_(database) {
    if (auto found = database.cache_.find(sql); found != database.cache_.end()) {
        loan_ = database.cache_.extract(found);
        statement_ = loan_.mapped().get();
        return;
    }
    const int code = sqlite3_prepare_v3(database.connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) database.fail(code);
    StatementCache one;
    loan_ = one.extract(one.emplace(std::string(sql), statement_));
}

Query::~Query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    database_.cache_.insert(std::move(loan_));
}

bool Query::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    database_.fail(code);
}

double Query::number(int column) const {
    return null(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(statement_, column);
}

std::string Query::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

void Query::check(int code) const {
    if (code != SQLITE_OK) database_.fail(code);
}

Database::Database(const fs::path& path, Mode mode) {
    if (mode != Mode::read) {
        connect(path.string(), SQLITE_OPEN_READWRITE | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0));
        return;
    }
    connect(path.string(), SQLITE_OPEN_READONLY);
    try {
        integer("SELECT count(*) FROM sqlite_master");
    } catch (const SqliteError& error) {
        // In WAL mode even reading needs a side file. Where that cannot be made nobody is writing either.
        const bool refused = error.code() == SQLITE_CANTOPEN || error.code() == SQLITE_READONLY;
        if (!refused || log_waiting(path) || ::access(path.parent_path().c_str(), W_OK) == 0) throw;
        cache_.clear();
        connect(immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    }
}

void Database::connect(const std::string& name, int flags) {
    sqlite3* opened = nullptr;
    // The connection keeps no mutex: one thread uses it.
    const int code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    connection_.reset(opened);
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(opened, 1);
    sqlite3_busy_timeout(opened, 15'000);
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::integer(std::string_view sql) {
    Query query(*this, sql);
    return query.next() ? query.integer(0) : 0;
}

std::string Database::text(std::string_view sql) {
    Query query(*this, sql);
    return query.next() ? query.text(0) : std::string();
}

void Database::fail(int code) const {
    std::string text = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
    const int system = connection_ ? sqlite3_system_errno(connection_.get()) : 0;
    const int primary = code & 0xff;
    if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN))
        text += ": " + std::generic_category().message(system);
    throw SqliteError(code, text);
}

Transaction::Transaction(Database& database, bool write) : database_(database) {
    database_.run(write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    if (!database_.in_transaction()) return;  // Committed, or SQLite rolled back by itself.
    try {
        database_.run("ROLLBACK");
    } catch (const SqliteError&) {  // The next statement will say what is wrong.
    }
}

void Transaction::commit() { database_.run("COMMIT"); }

}  // namespace foothold
