// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/cuda/pages.h"

#include <fmt/format.h>

#include "record/error.h"

namespace foothold {

PageRun::~PageRun() { pool_.free_.insert(pool_.free_.end(), pages_.rbegin(), pages_.rend()); }

PagePool::PagePool(int count) {
    for (int page = count - 1; page >= 0; --page) free_.push_back(page);
}

std::shared_ptr<const PageRun> PagePool::take(int count) {
    if (count > available())
        throw RunError(fmt::format("generate: {} pages of keys and values are needed and {} are free", count, available()));
    std::vector<int> pages(free_.rbegin(), free_.rbegin() + count);
    free_.resize(free_.size() - pages.size());
    return std::make_shared<const PageRun>(*this, std::move(pages));
}

}  // namespace foothold
