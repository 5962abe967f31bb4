// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "record/error.h"

namespace foothold {

AtomicFile::AtomicFile(const std::filesystem::path& target)
    : target_(target), beside_(target.string() + fmt::format(".writing-{}", ::getpid())) {
    descriptor_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail();
}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!beside_.empty()) ::unlink(beside_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::write(descriptor_, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail();
        at += written;
        size -= static_cast<std::size_t>(written);
    }
}

void AtomicFile::commit() {
    if (::fsync(descriptor_) != 0) fail();
    if (::close(std::exchange(descriptor_, -1)) != 0) fail();
    if (::rename(beside_.c_str(), target_.c_str()) != 0) fail();
    beside_.clear();
    // The rename itself has to reach the disk too; a folder that cannot be synced is no reason to fail.
    const std::filesystem::path folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

void AtomicFile::fail() {
    const std::string reason = std::strerror(errno);
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    ::unlink(beside_.c_str());
    throw RunError(fmt::format("{}: cannot be written: {}", target_.string(), reason));
}

}  // namespace foothold
