// SPDX-License-Identifier: GPL-3.0-or-later
// The two kinds of failure that reach a person.
#pragma once
#include <stdexcept>
#include <string>

namespace foothold {

/// Something the person can put right: a wrong setting, a damaged file. The text says what, where and what to do. Exit code 2.
class UserError : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

/// Something went wrong while running: numbers that are not finite, memory, disk. What is done is kept. Exit code 3.
class RunError : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

}  // namespace foothold
