// SPDX-License-Identifier: GPL-3.0-or-later
// A fixed set of workers that share one call: worker 0 is the calling thread, the others wait in between.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace foothold {

/// Each worker uses one thread of libtorch. Who does what is decided by the caller, never by time.
class Workers {
public:
    explicit Workers(int count);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    int count() const { return static_cast<int>(threads_.size()) + 1; }
    /// Calls job(worker) on every worker and waits. Rethrows the exception of the lowest worker that threw.
    void run(const std::function<void(int)>& job);

private:
    void wait_for_jobs(std::stop_token stop, int worker);
    void call(int worker);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    const std::function<void(int)>* job_ = nullptr;
    std::uint64_t generation_ = 0;
    int running_ = 0;
    std::vector<std::exception_ptr> errors_;
    std::vector<std::jthread> threads_;  // Last: they use all of the above.
};

/// Splits items of the given costs into `parts` contiguous ranges of about equal cost: range p is [cuts[p], cuts[p +
/// 1]).
std::vector<std::size_t> split_evenly(const std::vector<std::int64_t>& costs, int parts);

}  // namespace foothold
