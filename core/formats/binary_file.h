// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is read in order and never trusted: every size is held against what is left before memory is taken.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>

namespace foothold {

/// Little-endian binary input. Every failure is a UserError that names the byte at which it happened (not the file: the
/// caller knows what it is reading and says so).
class BinaryFile {
public:
    /// Throws UserError when there is no such regular file or it cannot be opened.
    explicit BinaryFile(const std::filesystem::path& path);

    std::uint64_t size() const { return size_; }
    std::uint64_t position() const { return position_; }
    std::uint64_t left() const { return size_ - position_; }

    void seek(std::uint64_t position);
    void read(void* to, std::uint64_t bytes, const char* what);  ///< `what` is named when the file ends too early.
    std::string read_text(std::uint64_t bytes, const char* what);

    template <class Number>
    requires std::is_arithmetic_v<Number> Number number(const char* what) {
        Number value;
        read(&value, sizeof value, what);
        return value;
    }

    /// Throws unless `count` things of at least `each` bytes may still follow.
    void expect(std::uint64_t count, std::uint64_t each, const char* what) const;

private:
    std::ifstream file_;
    std::uint64_t size_ = 0, position_ = 0;
};

}  // namespace foothold
