// SPDX-License-Identifier: GPL-3.0-or-later
// What a thread has cost so far.
#pragma once
#include <ctime>

namespace foothold::ui {

/// Processor time of the calling thread in seconds, waiting left out.
inline double threadCpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace foothold::ui
