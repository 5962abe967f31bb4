// SPDX-License-Identifier: GPL-3.0-or-later
// Turns libtorch's exceptions, which nobody above can name, into ours.
#pragma once
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <new>
#include <utility>

#include "record/error.h"

namespace foothold {

/// Calls `work`; a failure of libtorch or of memory becomes a RunError that begins with `what`.
template <class Work>
auto translate_errors(const char* what, Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (const c10::Error& error) {
        throw RunError(fmt::format("{}: {}", what, error.what_without_backtrace()));
    } catch (const std::bad_alloc&) {
        throw RunError(fmt::format("{}: out of memory", what));
    }
}

}  // namespace foothold
