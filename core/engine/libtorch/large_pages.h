// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for arrays that are read from end to end again and again.
#pragma once
#include <sys/mman.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace foothold {

/// An allocator that asks for pages of 2 MiB where a whole one fits: looking up small pages would cost a tenth and more
/// of reading weights. The kernel may say no, and then it is memory like any other.
template <class T>
struct LargePages {
    using value_type = T;
    LargePages() = default;
    template <class Other>
    LargePages(const LargePages<Other>&) {}
    bool operator==(const LargePages&) const = default;

    T* allocate(std::size_t count) {
        constexpr std::size_t page = std::size_t{2} << 20;
        const std::size_t bytes = count * sizeof(T);
        void* memory = nullptr;
        if (posix_memalign(&memory, bytes >= page ? page : 64, bytes) != 0) throw std::bad_alloc();
        if (bytes >= page) madvise(memory, bytes / page * page, MADV_HUGEPAGE);
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t) { std::free(memory); }
};

/// Numbers for the kernels. They begin where a line of the cache does: a vector that lies across two lines costs two reads.
using Floats = std::vector<float, LargePages<float>>;

}  // namespace foothold
