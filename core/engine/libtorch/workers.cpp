// SPDX-License-Identifier: GPL-3.0-or-later
// A fixed set of workers that share one call.
#include "engine/libtorch/workers.h"

#include <ATen/Parallel.h>

#include <numeric>

namespace foothold {

Workers::Workers(int count) : errors_(static_cast<std::size_t>(count)) {
    for (int worker = 1; worker < count; ++worker)
        threads_.emplace_back([this, worker](std::stop_token stop) { wait_for_jobs(stop, worker); });
}

Workers::~Workers() {
    for (auto& thread : threads_) thread.request_stop();
}

void Workers::call(int worker) {
    at::set_num_threads(1);  // The setting belongs to the thread; one thread a worker.
    try {
        (*job_)(worker);
    } catch (...) {
        errors_[static_cast<std::size_t>(worker)] = std::current_exception();
    }
}

void Workers::wait_for_jobs(std::stop_token stop, int worker) {
    std::uint64_t done = 0;
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return generation_ != done; })) {
        done = generation_;
        lock.unlock();
        call(worker);
        lock.lock();
        if (--running_ == 0) changed_.notify_all();
    }
}

void Workers::run(const std::function<void(int)>& job) {
    {
        const std::lock_guard lock(mutex_);
        job_ = &job;
        running_ = static_cast<int>(threads_.size());
        ++generation_;
    }
    changed_.notify_all();
    call(0);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ == 0; });
    job_ = nullptr;
    std::exception_ptr first;
    for (auto& error : errors_) {
        if (error && !first) first = error;
        error = nullptr;
    }
    if (first) std::rethrow_exception(first);
}

std::vector<std::size_t> split_evenly(const std::vector<std::int64_t>& costs, int parts) {
    const std::int64_t total = std::accumulate(costs.begin(), costs.end(), std::int64_t{0});
    std::vector<std::size_t> cuts{0};
    std::int64_t sum = 0;
    std::size_t at = 0;
    for (int part = 1; part < parts; ++part) {
        // An item goes to the part in which its middle lies.
        while (at < costs.size() && (sum + costs[at] / 2) * parts < total * part) sum += costs[at++];
        cuts.push_back(at);
    }
    cuts.push_back(costs.size());
    return cuts;
}

}  // namespace foothold
