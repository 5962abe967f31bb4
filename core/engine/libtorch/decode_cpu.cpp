// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder for processors: few large calls instead of many small ones, a context's keys and values read where they
// are by all rows that share it, and finished rows gone at once.
#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <numeric>

#include "engine/libtorch/decode.h"
#include "engine/libtorch/forward_cpu.h"
#include "record/random.h"

namespace foothold {
namespace {

std::size_t size_of(int a) { return static_cast<std::size_t>(a); }

/// Chooses a token and appends it with what is recorded of it.
class Chooser {
public:
    Chooser(const Batch& batch, const ModelConfig& shape)
        : batch_(batch),
          rules_(*batch.rules),
          top_(confidence_tokens(shape)),
          chances_(size_of(shape.vocab_size)),
          changed_(size_of(shape.vocab_size)),
          best_(size_of(top_)) {}

    /// False once the attempt is finished. `since` counts the tokens of the present thought.
    bool operator()(const Row& row, std::span<const float> logits, int& since) {
        const std::size_t position = row.completion->tokens.size();
        const int size = static_cast<int>(logits.size());
        kernels::find_largest(logits.data(), size, top_, best_.data());
        const float largest = best_[0];
        const double total = kernels::exponentials(logits.data(), size, largest, 1, chances_.data());
        if (!std::isfinite(total))
            return append(batch_, row, 0, std::numeric_limits<float>::quiet_NaN(), 0, 0);  // Throws.
        // Sum of p log p = sum of e (l - largest) / total - log(total).
        const double log_total = std::log(total),
                     entropy = log_total - kernels::weighted_sum(chances_.data(), logits.data(), size, largest) / total;
        const double mean = std::accumulate(best_.begin(), best_.end(), 0.0) / top_;
        const Token token = position < rules_.forced_prefix.size()
                                ? rules_.forced_prefix[position]
                                : choose(logits, uniform_at(row.key, position), since, largest, total);
        since = begins_thought(token) ? 0 : since + 1;
        return append(batch_, row, token, static_cast<float>(logits[size_of(token)] - largest - log_total),
                      static_cast<float>(std::max(0.0, entropy)), static_cast<float>(largest + log_total - mean));
    }

private:
    bool begins_thought(Token token) const {
        return rules_.penalty && std::ranges::find(rules_.penalty->tokens, token) != rules_.penalty->tokens.end();
    }
    Token choose(std::span<const float> logits, double uniform, int since, float largest, double total) {
        if (rules_.penalty && since < rules_.penalty->duration) {
            std::ranges::copy(logits, changed_.begin());
            for (const Token token : rules_.penalty->tokens)
                changed_[size_of(token)] = logits[size_of(token)] - static_cast<float>(rules_.penalty->strength);
            logits = changed_;
            kernels::find_largest(logits.data(), static_cast<int>(logits.size()), 1, &largest);
        }
        if (rules_.temperature <= 0) return static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
        if (logits.data() == changed_.data() || rules_.temperature != 1)
            total = kernels::exponentials(logits.data(), static_cast<int>(logits.size()), largest,
                                          static_cast<float>(1 / rules_.temperature), chances_.data());
        return rules_.top_p < 1 ? filtered(uniform, total) : inverse(uniform * total);
    }
    /// The first token at which the sum of the chances goes beyond the target.
    Token inverse(double target) const {
        double sum = 0;
        std::size_t last = 0;
        for (std::size_t i = 0; i < chances_.size(); ++i) {
            if (chances_[i] <= 0) continue;
            sum += static_cast<double>(chances_[i]);
            last = i;
            if (sum > target) break;
        }
        return static_cast<Token>(last);
    }
    /// The same among the most likely tokens that together reach top_p.
    Token filtered(double uniform, double total) {
        // All below this share together hold less than 1 - top_p: none of them is needed, and a large vocabulary has many.
        const double least = 0.5 * (1 - rules_.top_p) * total / static_cast<double>(chances_.size());
        order_.clear();
        for (std::size_t i = 0; i < chances_.size(); ++i)
            if (static_cast<double>(chances_[i]) >= least) order_.push_back(i);
        std::ranges::stable_sort(order_, std::greater<>(), [&](std::size_t i) { return chances_[i]; });
        double reached = 0;
        std::size_t kept = 0;
        while (kept < order_.size() && reached < rules_.top_p * total)
            reached += static_cast<double>(chances_[order_[kept++]]);
        double sum = 0;
        for (std::size_t i = 0; i < kept; ++i) {
            sum += static_cast<double>(chances_[order_[i]]);
            if (sum > uniform * reached) return static_cast<Token>(order_[i]);
        }
        return static_cast<Token>(order_[kept - 1]);
    }

    const Batch& batch_;
    const DecodingRules& rules_;
    int top_;
    std::vector<float> chances_, changed_;
    std::vector<std::size_t> order_;
    std::vector<float> best_;
};

}  // namespace

/// Worker 0 leads: it says what comes next, while the others wait. All then compute, each its share.
class CpuDecoding::State {
public:
    State(const Model& model, const PackedWeights& weights, const Batch& batch, int workers)
        : model_(model), batch_(batch), contexts_(batch.rows), forward_(model, weights, workers), meet_(workers), errors_(size_of(workers)) {}

    void run(int worker) {
        Chooser choose(batch_, model_.config);
        for (const GenerateRequest* request : contexts_.requests)
            if (!read_context(worker, *request)) break;
        lead(worker, [&] { begin_rows(); });
        if (!over_) choose_all(worker, choose, [&](std::size_t row) { return std::span<const float>(after_[going_[row].context]); });
        const std::size_t vocabulary = size_of(model_.config.vocab_size);
        while (lead(worker, [&] { next_step(); })) {
            forward_.run(worker);
            choose_all(worker, choose, [&](std::size_t row) { return forward_.logits().subspan(row * vocabulary, vocabulary); });
        }
        if (errors_[size_of(worker)]) std::rethrow_exception(errors_[size_of(worker)]);
    }

private:
    struct Going {
        const Row* row;
        std::size_t context;
        Past past;
        int since = 0;
        bool goes_on = true;
    };

    static int length_of(const Row& row) { return static_cast<int>(row.request->context.size()); }

    /// `work` by worker 0, when all are here and unless one has failed; false once it is over.
    template <class Work>
    bool lead(int worker, Work work) {
        meet_.arrive_and_wait();
        if (worker == 0) {
            over_ = over_ || std::ranges::any_of(errors_, [](const auto& error) { return error != nullptr; });
            if (!over_) try {
                    work();
                } catch (...) {
                    errors_[0] = std::current_exception();
                    over_ = true;
                }
        }
        meet_.arrive_and_wait();
        return !over_;
    }

    /// Reads a context, a piece at a time so that memory stays small; the logits after it are kept.
    bool read_context(int worker, const GenerateRequest& request) {
        constexpr std::size_t piece = 256;
        const auto& tokens = request.context;
        for (std::size_t begin = 0; begin < tokens.size(); begin += piece) {
            const std::size_t end = std::min(begin + piece, tokens.size());
            const bool goes_on = lead(worker, [&] {
                if (batch_.stop.stop_requested()) throw Stopped{};
                if (begin == 0) pasts_.emplace_back(model_, tokens.size());
                steps_.clear();
                for (std::size_t t = begin; t < end; ++t) steps_.push_back({tokens[t], nullptr, 0, &pasts_.back(), static_cast<int>(t)});
                forward_.begin(steps_, end == tokens.size());
            });
            if (!goes_on) return false;
            forward_.run(worker);
        }
        if (worker == 0) {
            const auto last = forward_.logits().last(size_of(model_.config.vocab_size));
            after_.emplace_back(last.begin(), last.end());
        }
        return true;
    }

    void begin_rows() {
        for (std::size_t i = 0; i < batch_.rows.size(); ++i) {
            const Row& row = batch_.rows[i];
            const std::size_t context = contexts_.of_row[i];
            going_.push_back({&row, context, Past(model_, pasts_[context], length_of(row), size_of(row.request->max_new_tokens - 1))});
        }
    }

    template <class Logits>
    void choose_all(int worker, Chooser& choose, Logits logits_of) {
        const auto [first, last] = forward_.share(static_cast<int>(going_.size()), worker);
        try {
            for (std::size_t i = size_of(first); i < size_of(last); ++i) going_[i].goes_on = choose(*going_[i].row, logits_of(i), going_[i].since);
        } catch (...) {
            errors_[size_of(worker)] = std::current_exception();
        }
    }

    void next_step() {
        const auto sampled = static_cast<std::int64_t>(going_.size());
        std::erase_if(going_, [](const Going& row) { return !row.goes_on; });
        if (batch_.sampled) batch_.sampled(sampled);
        over_ = going_.empty();
        if (over_) return;
        if (batch_.stop.stop_requested()) throw Stopped{};
        steps_.clear();
        for (Going& row : going_) {
            const auto& tokens = row.row->completion->tokens;
            const int length = length_of(*row.row), shared = Past::whole(length);
            steps_.push_back({tokens.back(), &pasts_[row.context], shared, &row.past, length - shared + static_cast<int>(tokens.size()) - 1});
        }
        forward_.begin(steps_, true);
    }

    const Model& model_;
    const Batch& batch_;
    const Contexts contexts_;
    Forward forward_;
    std::barrier<> meet_;
    bool over_ = false;
    std::vector<std::exception_ptr> errors_;
    std::vector<Past> pasts_;
    std::vector<std::vector<float>> after_;  ///< Logits after each context.
    std::vector<Going> going_;
    std::vector<Step> steps_;
};

CpuDecoding::CpuDecoding(const Model& model, const PackedWeights& weights, const Batch& batch, int workers)
    : state_(std::make_unique<State>(model, weights, batch, workers)) {}
CpuDecoding::~CpuDecoding() = default;
void CpuDecoding::run(int worker) { state_->run(worker); }

}  // namespace foothold
