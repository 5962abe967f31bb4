// SPDX-License-Identifier: GPL-3.0-or-later
// What the decoders on libtorch share.
#include "engine/libtorch/decode.h"

namespace foothold {

Contexts::Contexts(std::span<const Row> rows) {
    for (const Row& row : rows) {
        if (requests.empty() || requests.back() != row.request) requests.push_back(row.request);
        of_row.push_back(requests.size() - 1);
        longest = std::max(longest, row.request->context.size());
    }
}

at::Tensor Contexts::tokens() const {
    const auto width = static_cast<std::int64_t>(longest);
    at::Tensor ids = at::zeros({static_cast<std::int64_t>(requests.size()), width}, at::kLong);
    std::int64_t* to = ids.data_ptr<std::int64_t>();
    for (const auto* request : requests) {
        std::ranges::copy(request->context, to);
        to += width;
    }
    return ids;
}

}  // namespace foothold
