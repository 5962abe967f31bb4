// SPDX-License-Identifier: GPL-3.0-or-later
// One process a run directory: a lock on DIR/lock that ends with the process, however it ends.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "record/error.h"
#include "store/run_store.h"

namespace foothold {

RunLock::RunLock(const std::filesystem::path& dir) {
    const auto path = dir / "lock";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0)
        throw UserError(fmt::format("{} cannot be written ({}). Check the folder's name and your rights in it.",
                                    path.string(), std::generic_category().message(errno)));
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const int reason = errno;
        char text[32] = {};
        const auto size = ::pread(file_, text, sizeof text - 1, 0);
        ::close(file_);
        if (reason != EWOULDBLOCK)
            throw UserError(fmt::format("{} cannot be locked ({}). Put the run in a folder on a local disk.",
                                        path.string(), std::generic_category().message(reason)));
        const std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        throw UserError(fmt::format("{} is in use by {}. Close it there first, or open another.",
                                    dir.string(), holder.empty() ? "another program" : "process " + holder));
    }
    // The number is for the message above only; a stale one does no harm.
    const std::string pid = std::to_string(::getpid());
    [[maybe_unused]] const bool named = ::ftruncate(file_, 0) == 0 && ::pwrite(file_, pid.data(), pid.size(), 0) > 0;
}

std::int64_t RunLock::holder(const std::filesystem::path& dir) {
    const int file = ::open((dir / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[32] = {};
    const auto size = ::pread(file, text, sizeof text - 1, 0);
    std::int64_t pid = size > 0 ? std::atoll(text) : 0;
    // The lock itself is tried only when the process named lives: asking must not get in the way of one that is about to take it.
    if (pid > 0 && (::kill(static_cast<pid_t>(pid), 0) != 0 || ::flock(file, LOCK_SH | LOCK_NB) == 0)) pid = 0;
    ::close(file);
    return pid;
}

RunLock::RunLock(RunLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

RunLock::~RunLock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace foothold
