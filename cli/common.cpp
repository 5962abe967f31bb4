// SPDX-License-Identifier: GPL-3.0-or-later
// What several verbs share.
#include "common.h"

#include <fmt/format.h>

#include <algorithm>
#include <signal.h>
#include <unistd.h>

#include "record/error.h"
#include "record/experiment_keys.h"

namespace foothold::cli {

void ComputeFlags::add(CLI::App& command) {
    command.add_option("--set", set, "Set a key of the experiment: key=value (repeatable)")->allow_extra_args(false);
    command.add_option("--seed", seed, "Seed of everything random");
    command.add_option("--device", device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
}

std::vector<std::pair<std::string, Value>> ComputeFlags::changes() const {
    std::vector<std::pair<std::string, Value>> out;
    for (const std::string& pair : set) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos) throw UserError(fmt::format("--set {}: write key=value", pair));
        const std::string key = pair.substr(0, equals);
        try {
            Experiment scratch;
            set_key_text(scratch, key, pair.substr(equals + 1));
            out.emplace_back(key, get_key(scratch, key));
        } catch (const UserError& error) {
            throw UserError(fmt::format("--set {}: {}", pair, error.what()));
        }
    }
    // The preset first, as in a file: knobs given beside it win.
    std::stable_partition(out.begin(), out.end(), [](const auto& change) { return change.first == "guidance.policy"; });
    if (seed) out.emplace_back("seed", *seed);
    return out;
}

void ComputeFlags::apply(Experiment& experiment) const {
    for (const auto& [key, value] : changes()) set_key(experiment, key, value);
}

namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

}  // namespace

Interrupt::Interrupt() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    watcher_ = std::jthread([this](std::stop_token own) {
        const sigset_t signals = stop_signals();
        while (!own.stop_requested()) {
            const timespec wait{0, 100'000'000};
            if (sigtimedwait(&signals, nullptr, &wait) > 0) source_.request_stop();
        }
    });
}

void ProgressBar::show(double share, const std::string& text) {
    if (!::isatty(STDERR_FILENO)) return;
    constexpr int width = 30;
    const int full = static_cast<int>(share * width);
    fmt::print(stderr, "\r[{}{}] {}\x1b[K", std::string(static_cast<std::size_t>(full), '='), std::string(static_cast<std::size_t>(width - full), ' '), text);
    drawn_ = true;
}

ProgressBar::~ProgressBar() {
    if (drawn_) fmt::print(stderr, "\n");
}

}  // namespace foothold::cli
