// SPDX-License-Identifier: GPL-3.0-or-later
// Which pages of keys and values belong to whom.
#pragma once
#include <memory>
#include <span>
#include <vector>

namespace foothold {

class PagePool;

/// Pages that go back to their pool when nobody holds them any more. A prompt's are held by every row of its group.
class PageRun {
public:
    PageRun(PagePool& pool, std::vector<int> pages) : pool_(pool), pages_(std::move(pages)) {}
    ~PageRun();
    PageRun(const PageRun&) = delete;
    PageRun& operator=(const PageRun&) = delete;
    std::span<const int> pages() const { return pages_; }

private:
    PagePool& pool_;
    std::vector<int> pages_;
};

/// Pages 0 to count - 1, each of them free or in exactly one run. Outlives its runs.
class PagePool {
public:
    explicit PagePool(int count);
    int available() const { return static_cast<int>(free_.size()); }
    /// A run of `count` pages, the lowest first where none was given back yet. Throws RunError when there are fewer.
    std::shared_ptr<const PageRun> take(int count);

private:
    friend class PageRun;
    std::vector<int> free_;  ///< The next one last.
};

}  // namespace foothold
