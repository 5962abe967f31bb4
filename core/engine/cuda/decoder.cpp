// SPDX-License-Identifier: GPL-3.0-or-later
// What is held between calls; one call is in decoder_run.cpp.
#include "engine/cuda/decoder.h"

#include <algorithm>

#include "engine/cuda/pages.h"
#include "engine/cuda/seats.h"

namespace foothold {
namespace {

int own_pages(const GenerateRequest& request) { return pages_for(request.max_new_tokens); }
int prompt_pages(const GenerateRequest& request) { return pages_for(static_cast<int>(request.context.size()) - 1); }

/// How many of the rows are sampled at once.
int seats_for(const ModelConfig& config, const DecoderLimits& limits, std::int64_t rows) {
    const std::int64_t logits = limits.logits_bytes / (std::int64_t{4} * config.vocab_size);
    return decoder_bucket(static_cast<int>(std::min<std::int64_t>({limits.rows, std::max<std::int64_t>(logits, 16), rows})));
}

}  // namespace

int decoder_bucket(int rows) {
    int bucket = 1;
    while (bucket < rows) bucket *= 2;
    const int less = bucket / 4 * 3;
    return bucket > 8 && less >= rows ? less : bucket;
}

PagedDecoder::PagedDecoder(DecodeOps& ops, ModelConfig config, DecoderWeights weights, DecoderLimits limits)
    : ops_(ops), config_(std::move(config)), weights_(std::move(weights)), limits_(limits),
      in_one_call_(limits.in_one_call && decode_in_one_call(config_)) {}

PagedDecoder::~PagedDecoder() = default;

bool PagedDecoder::Sizes::covers(const Sizes& other) const {
    return seats >= other.seats && pages >= other.pages && table_width >= other.table_width &&
           recent_width >= other.recent_width && forced >= other.forced;
}

PagedDecoder::Sizes PagedDecoder::sizes_for(const Batch& batch) const {
    const auto page = static_cast<std::int64_t>(DecoderForward::page_bytes(config_, ops_.number()));
    Sizes sizes;
    sizes.seats = seats_for(config_, limits_, std::ssize(batch.rows));
    std::int64_t all = 0, largest = 0;
    const GenerateRequest* last = nullptr;
    for (const Row& row : batch.rows) {
        const int own = own_pages(*row.request), prompt = prompt_pages(*row.request);
        all += own + (row.request == last ? 0 : prompt);
        largest = std::max<std::int64_t>(largest, own + prompt);
        last = row.request;
    }
    sizes.pages = static_cast<int>(std::max(largest, std::min(all, limits_.cache_bytes / page)));
    sizes.table_width = static_cast<int>(largest);
    sizes.recent_width = batch.rules->stop ? std::max(0, batch.rules->stop->window) : 0;
    sizes.forced = static_cast<int>(batch.rules->forced_prefix.size());
    return sizes;
}

bool PagedDecoder::fits(const Batch& batch) const { return seats_ && sizes_.covers(sizes_for(batch)); }

void PagedDecoder::grow(const Sizes& sizes) {
    if (seats_ && sizes_.covers(sizes)) return;
    const Sizes larger{std::max(sizes.seats, sizes_.seats), std::max(sizes.pages, sizes_.pages),
                       std::max(sizes.table_width, sizes_.table_width), std::max(sizes.recent_width, sizes_.recent_width),
                       std::max(sizes.forced, sizes_.forced)};
    // The old goes first: there may be no room for both.
    graphs_.clear();
    seats_.reset();
    forward_.reset();
    sizes_ = {};
    forward_.emplace(ops_, config_, weights_, std::max(larger.seats, limits_.prefill_rows), larger.seats, larger.pages);
    seats_ = std::make_unique<Seats>(ops_, larger, config_, limits_);
    sizes_ = larger;
}

void PagedDecoder::set_rules(const DecodingRules& rules, Token end_token) {
    SamplerRules data;
    data.top_p = rules.top_p;
    data.sharpness = rules.temperature > 0 ? static_cast<float>(1 / rules.temperature) : 0;
    data.top = confidence_tokens(config_);
    data.end_token = end_token;
    data.forced = static_cast<int>(rules.forced_prefix.size());
    if (rules.stop && rules.stop->window > 0) {
        data.stop_window = rules.stop->window;
        data.stop_threshold = rules.stop->threshold;
    }
    std::vector<std::uint8_t> marks(static_cast<std::size_t>(config_.vocab_size));
    if (rules.penalty) {
        data.penalty = static_cast<float>(rules.penalty->strength);
        data.penalty_duration = rules.penalty->duration;
        for (const Token token : rules.penalty->tokens) marks[static_cast<std::size_t>(token)] = 1;
    }
    seats_->rules.upload({&data, 1});
    seats_->marks.upload(marks);
    seats_->forced.upload(rules.forced_prefix);
}

void PagedDecoder::step(int bucket) {
    if (in_one_call_) return forward_->decode(seats_->rows(bucket), seats_->state(), limits_.steps);
    const float* logits = (*forward_)(seats_->rows(bucket), true);
    ops_.sample(bucket, config_.vocab_size, logits, seats_->state());
}

StepGraph& PagedDecoder::graph(int bucket) {
    std::unique_ptr<StepGraph>& graph = graphs_[bucket];
    if (!graph) {
        const std::vector<int> nobody(static_cast<std::size_t>(bucket), -1);
        ops_.upload(seats_->field(Seats::positions), nobody.data(), nobody.size() * sizeof(int));
        step(bucket);  // Loads what it needs, which must not happen while it is captured.
        graph = ops_.capture([this, bucket] { step(bucket); });
    }
    return *graph;
}

std::int64_t PagedDecoder::bytes() const {
    return seats_ ? static_cast<std::int64_t>(forward_->bytes() + seats_->bytes()) : 0;
}

std::int64_t PagedDecoder::bytes_for(const ModelConfig& config, Number number, std::int64_t rows, int tokens, const DecoderLimits& limits) {
    const auto page = static_cast<std::int64_t>(DecoderForward::page_bytes(config, number));
    Sizes sizes;
    sizes.seats = seats_for(config, limits, rows);
    sizes.table_width = pages_for(tokens) + 1;  // The context's last page may be as little full as the last of all.
    sizes.pages = static_cast<int>(std::max<std::int64_t>(sizes.table_width, std::min(rows * sizes.table_width, limits.cache_bytes / page)));
    return static_cast<std::int64_t>(DecoderForward::bytes_for(config, number, std::max(sizes.seats, limits.prefill_rows), sizes.seats, sizes.pages) +
                                     Seats::bytes_for(sizes, config, limits));
}

}  // namespace foothold
