// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/memory_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "engine/lora.h"
#include "record/error.h"

namespace foothold {
namespace {

std::string bytes(std::int64_t count) {
    const double mega = static_cast<double>(count) / 1e6;
    return mega < 999.5 ? fmt::format("{:.0f} MB", mega) : fmt::format("{:.1f} GB", mega / 1e3);
}

}  // namespace

EngineOptions engine_options(const Experiment& experiment, const std::string& device) {
    EngineOptions options;
    options.device = device;
    options.threads = static_cast<int>(experiment.threads);
    options.tokens_per_microbatch = static_cast<int>(experiment.microbatch);
    options.bf16 = experiment.dtype == "bfloat16";
    return options;
}

PlanRequest plan_request(const ModelConfig& config, const Experiment& experiment, std::int64_t longest) {
    PlanRequest request;
    request.config = config;
    request.lora = lora_of(experiment);
    request.reference = experiment.loss.beta > 0;
    request.rows = static_cast<int>(experiment.sampling.problems * experiment.sampling.attempts);
    request.tokens_per_row = static_cast<int>(longest);
    request.new_tokens = static_cast<int>(experiment.sampling.max_new_tokens);
    request.threads = static_cast<int>(experiment.threads);
    request.tokens_per_microbatch = static_cast<int>(experiment.microbatch);
    return request;
}

std::string describe(const MemoryPlan& plan, const PlanRequest& request) {
    const std::int64_t all = request.config.parameters();
    const std::string trained = request.lora.rank == 0
                                    ? fmt::format("all {:.1f} million weights are trained", static_cast<double>(all) / 1e6)
                                    : fmt::format("LoRA of rank {}, {:.2f} of {:.1f} million numbers are trained", request.lora.rank,
                                                  static_cast<double>(lora_parameters(request.config, request.lora)) / 1e6, static_cast<double>(all) / 1e6);
    const Memory& need = plan.need;
    return fmt::format("about {} of {} free ({}): weights {}, optimiser and gradients {}, keys and values {}, activations {}", bytes(need.total()), bytes(plan.available),
                       trained, bytes(need.weights), bytes(need.optimizer), bytes(need.cache), bytes(need.activations));
}

void refuse_too_large(const Engine& engine, const PlanRequest& request, const Experiment& experiment) {
    const MemoryPlan plan = engine.plan(request);
    if (plan.fits()) return;
    std::vector<std::string> fitting;
    const auto offer = [&](const PlanRequest& other, const std::string& keys) {
        const std::int64_t need = engine.plan(other).need.total();
        if (need <= plan.available && need < plan.need.total()) fitting.push_back(fmt::format("{} (about {})", keys, bytes(need)));
    };
    // One change at a time, then LoRA with the smallest of everything else.
    PlanRequest lora = request;
    lora.lora = {16, 32, Experiment{}.model.lora_targets};
    if (request.lora.rank == 0) offer(lora, "model.lora_rank = 16");
    const auto smaller = [&](const PlanRequest& from, const std::string& keys) {
        const auto fits = [&](const PlanRequest& other) { return engine.plan(other).need.total() <= plan.available; };
        PlanRequest other = from;
        while (other.tokens_per_microbatch > 256 && !fits(other)) other.tokens_per_microbatch = std::max(256, other.tokens_per_microbatch / 2);
        offer(other, fmt::format("{}microbatch = {}", keys, other.tokens_per_microbatch));
        other = from;
        const int attempts = static_cast<int>(experiment.sampling.attempts);
        while (other.rows > attempts && !fits(other)) other.rows = std::max(1, other.rows / attempts / 2) * attempts;
        offer(other, fmt::format("{}sampling.problems = {}", keys, other.rows / attempts));
        other = from;
        other.threads = 1;
        if (from.threads > 1) offer(other, keys + "threads = 1");
    };
    smaller(request, "");
    if (request.lora.rank == 0 && fitting.empty()) smaller(lora, "model.lora_rank = 16, ");
    throw UserError(fmt::format("{} does not fit: training takes {}. {}", experiment.model.path, describe(plan, request),
                                fitting.empty() ? "Free memory, or choose a smaller model or shorter answers (sampling.max_new_tokens)"
                                                : fmt::format("What would fit: {}", fmt::join(fitting, "; "))));
}

}  // namespace foothold
