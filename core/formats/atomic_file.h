// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is written beside its target and takes its place only when all of it is on the disk.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

namespace foothold {

/// The target is the old file or the new one, never half of it. Every failure is a RunError and leaves nothing behind.
class AtomicFile {
public:
    explicit AtomicFile(const std::filesystem::path& target);
    ~AtomicFile();  ///< Without commit() nothing has happened.
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, std::size_t size);
    void commit();

private:
    [[noreturn]] void fail();
    std::filesystem::path target_;
    std::string beside_;
    int descriptor_ = -1;
};

}  // namespace foothold
