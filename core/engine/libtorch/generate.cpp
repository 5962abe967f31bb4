// SPDX-License-Identifier: GPL-3.0-or-later
// Sampling: who shares a batch with whom, and on which worker. A function of the requests alone, never of time.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "engine/libtorch/decode.h"
#include "engine/libtorch/engine_module.h"
#include "engine/libtorch/errors.h"
#include "record/random.h"

namespace foothold {
namespace {

void check_request(const GenerateRequest& request, const ModelConfig& config) {
    if (request.context.empty()) throw UserError("generate: a context is empty; it needs at least one token");
    if (request.attempts < 0 || request.max_new_tokens < 0)
        throw UserError("generate: attempts and new tokens cannot be negative");
    if (static_cast<std::int64_t>(request.context.size()) + request.max_new_tokens > config.max_position_embeddings)
        throw UserError(
            fmt::format("generate: {} tokens of context and {} new ones are more than the model's {} positions",
                        request.context.size(), request.max_new_tokens, config.max_position_embeddings));
    for (const Token token : request.context)
        if (token < 0 || token >= config.vocab_size)
            throw UserError(
                fmt::format("generate: token {} is not in the model's vocabulary of {}", token, config.vocab_size));
}

void check_rules(const DecodingRules& rules, const ModelConfig& config) {
    const auto known = [&](Token token) { return token >= 0 && token < config.vocab_size; };
    if (!std::ranges::all_of(rules.forced_prefix, known))
        throw UserError("generate: a forced token is not in the model's vocabulary");
    if (rules.penalty && !std::ranges::all_of(rules.penalty->tokens, known))
        throw UserError("generate: a penalised token is not in the model's vocabulary");
    if (!(rules.temperature >= 0))
        throw UserError(fmt::format("generate: temperature {} is negative", rules.temperature));
    if (!(rules.top_p > 0 && rules.top_p <= 1))
        throw UserError(fmt::format("generate: top_p {} is not in (0, 1]", rules.top_p));
}

/// Workers that each read all weights for rows of their own pay nothing for it while the weights stay in a core's own
/// cache. Larger ones come from memory, and are better read once, by workers that share each product of all rows.
/// FOOTHOLD_WORKERS=together or apart in the environment decides otherwise, for tests.
bool decode_together(const ModelConfig& config) {
    constexpr std::int64_t own_cache = 4 << 20;
    if (const char* asked = std::getenv("FOOTHOLD_WORKERS")) return std::string_view(asked) == "together";
    return config.parameters() * static_cast<std::int64_t>(sizeof(float)) > own_cache;
}

}  // namespace

std::size_t rows_at_once(const ModelConfig& config, std::int64_t new_tokens, std::int64_t all_tokens, bool cuda) {
    constexpr std::int64_t cache = 8 << 20, fewest = 16, most = 256, cache_cuda = std::int64_t{2} << 30, most_cuda = 4096;
    const std::int64_t kv = config.head_size() * config.num_key_value_heads;
    const std::int64_t token = 2 * config.num_hidden_layers * kv * static_cast<std::int64_t>(sizeof(float));
    if (cuda)
        return static_cast<std::size_t>(std::clamp(cache_cuda / std::max<std::int64_t>(token * all_tokens, 1), fewest, most_cuda));
    const std::int64_t row = token * new_tokens;
    const std::int64_t weights = config.parameters() * static_cast<std::int64_t>(sizeof(float));
    return static_cast<std::size_t>(
        std::clamp(std::max(cache, weights) / std::max<std::int64_t>(row, 1), fewest, most));
}

std::vector<std::vector<Completion>> LibtorchEngine::generate(std::span<const GenerateRequest> requests,
                                                              const DecodingRules& rules, Token end_token,
                                                              std::stop_token stop,
                                                              const std::function<void(std::int64_t)>& progress) {
    check_rules(rules, model().config);
    std::vector<std::vector<Completion>> completions(requests.size());
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        check_request(requests[i], model().config);
        completions[i].resize(static_cast<std::size_t>(requests[i].attempts));
        if (requests[i].max_new_tokens > 0) order.push_back(i);
    }
    // Rows of like length share a batch; the end of a batch comes when its longest row ends.
    std::ranges::stable_sort(
        order, {}, [&](std::size_t i) { return std::pair(requests[i].context.size(), requests[i].max_new_tokens); });
    std::vector<Row> rows;
    std::vector<std::int64_t> costs;
    std::int64_t longest = 0, longest_row = 0;
    for (const std::size_t i : order) {
        longest = std::max<std::int64_t>(longest, requests[i].max_new_tokens);
        longest_row = std::max<std::int64_t>(longest_row, std::ssize(requests[i].context) + requests[i].max_new_tokens);
        for (std::size_t a = 0; a < completions[i].size(); ++a) {
            rows.push_back({&requests[i], random_key({requests[i].random_key, a}), &completions[i][a]});
            costs.push_back(requests[i].max_new_tokens);
        }
    }
    // For those who decide by themselves who is sampled with whom, and report from the caller's thread.
    std::int64_t so_far = 0;
    const auto count = [&](std::int64_t tokens) {
        so_far += tokens;
        if (progress) progress(so_far);
    };
    if (paged_) {
        const at::NoGradGuard no_grad;
        const at::Tensor& read = read_weights();
        translate_errors("generate", [&] { paged_->decode(model(), read, {rows, &rules, end_token, stop, count}); });
        return completions;
    }
    const PackedWeights* packed = this->packed(false);
    const std::size_t most = rows_at_once(model().config, longest, longest_row, device_.is_cuda());
    if (packed && workers_.count() > 1 && decode_together(model().config)) {
        const std::size_t batches = (rows.size() + most - 1) / most;
        for (std::size_t b = 0; b < batches; ++b) {
            const std::size_t begin = rows.size() * b / batches, end = rows.size() * (b + 1) / batches;
            const Batch batch{std::span(rows).subspan(begin, end - begin), &rules, end_token, stop, count};
            CpuDecoding decoding(*model_, *packed, batch, workers_.count());
            translate_errors("generate", [&] { workers_.run([&](int worker) { decoding.run(worker); }); });
        }
        return completions;
    }
    const auto cuts = split_evenly(costs, workers_.count());
    std::atomic<std::int64_t> sampled = 0;
    const auto work = [&](int worker) {
        const at::NoGradGuard no_grad;
        const auto part = static_cast<std::size_t>(worker);
        const std::span mine(rows.data() + cuts[part], cuts[part + 1] - cuts[part]);
        // Batches of equal size rather than full ones and a small rest.
        const std::size_t batches = (mine.size() + most - 1) / most;
        for (std::size_t b = 0; b < batches; ++b) {
            const std::size_t begin = mine.size() * b / batches, end = mine.size() * (b + 1) / batches;
            Batch batch{mine.subspan(begin, end - begin), &rules, end_token, stop, {}};
            batch.sampled = [&](std::int64_t tokens) {
                const std::int64_t all = sampled += tokens;
                if (worker == 0 && progress) progress(all);  // From the caller's thread alone.
            };
            if (packed)
                CpuDecoding(*model_, *packed, batch, 1).run(0);
            else
                decode_by_tensors(*model_, batch);
        }
    };
    translate_errors("generate", [&] { workers_.run(work); });
    if (progress) progress(sampled);
    return completions;
}

}  // namespace foothold
