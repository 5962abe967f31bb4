// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a Parquet file, through a module that is there only where Apache Arrow is.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace foothold {

/// Whether a file begins as Parquet does (false also when it cannot be read).
bool is_parquet(const std::filesystem::path& path);

/// Calls `use` with each row in order as a JSON object, a line of text: columns by name, lists and structures too; bytes that are no text as null.
/// A row group is in memory at a time. Throws UserError with the file's name: the module is not there (and what to run), or the
/// file is damaged; and what `use` throws.
void for_each_parquet_row(const std::filesystem::path& path, const std::function<void(const std::string& row)>& use);

/// The module's one function, found by name. Throws as above.
using ReadParquet = void(const std::filesystem::path& path, const std::function<void(const std::string& row)>& use);
inline constexpr const char* read_parquet_symbol = "foothold_read_parquet_1";

}  // namespace foothold
