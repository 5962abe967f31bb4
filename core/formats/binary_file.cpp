// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/binary_file.h"

#include <fmt/format.h>

#include <bit>

#include "record/error.h"

namespace foothold {

static_assert(std::endian::native == std::endian::little, "model files are little-endian, and read as they are");

BinaryFile::BinaryFile(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) throw UserError("there is no such file");
    if (!std::filesystem::is_regular_file(path, error)) throw UserError("this is not a file");
    file_.open(path, std::ios::binary);
    size_ = std::filesystem::file_size(path, error);
    if (!file_ || error) throw UserError("the file cannot be opened");
}

void BinaryFile::seek(std::uint64_t position) {
    if (position > size_)
        throw UserError(fmt::format("byte {} lies beyond the end of the file ({} bytes)", position, size_));
    file_.seekg(static_cast<std::streamoff>(position));
    position_ = position;
}

void BinaryFile::read(void* to, std::uint64_t bytes, const char* what) {
    expect(bytes, 1, what);
    file_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
    if (!file_) throw UserError(fmt::format("{} could not be read at byte {}", what, position_));
    position_ += bytes;
}

std::string BinaryFile::read_text(std::uint64_t bytes, const char* what) {
    expect(bytes, 1, what);
    std::string text(bytes, '\0');
    read(text.data(), bytes, what);
    return text;
}

void BinaryFile::expect(std::uint64_t count, std::uint64_t each, const char* what) const {
    if (count > left() / each)
        throw UserError(fmt::format(
            "the file ends too early (is it truncated?): at byte {} of {} come {} of {}, {} bytes each at least",
            position_, size_, count, what, each));
}

}  // namespace foothold
