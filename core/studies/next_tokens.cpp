// SPDX-License-Identifier: GPL-3.0-or-later
// One forward pass beside training.
#include "studies/next_tokens.h"

namespace foothold {

NextTokens::NextTokens(std::string context, std::vector<Token> tokens, int count) : context_(std::move(context)), tokens_(std::move(tokens)), count_(count) {}

std::vector<Attempt> NextTokens::slice(const JobPorts& ports) {
    std::vector<Token> before = ports.family.tokenizer().encode(context_);
    before.insert(before.end(), tokens_.begin(), tokens_.end());
    std::vector<std::pair<std::string, double>> likely;
    std::vector<Token> ids;
    for (const NextToken& next : ports.engine.next_tokens(before, count_)) {
        const std::string text = ports.family.tokenizer().decode(std::span(&next.token, 1));
        likely.emplace_back(text, next.probability);
        ids.push_back(next.token);
    }
    std::lock_guard lock(mutex_);
    likely_ = std::move(likely);
    ids_ = std::move(ids);
    step_ = ports.step;
    done_ = true;
    return {};
}

bool NextTokens::done() const {
    std::lock_guard lock(mutex_);
    return done_;
}

void NextTokens::give_up(const std::string&) {
    std::lock_guard lock(mutex_);
    done_ = true;
}

std::vector<std::pair<std::string, double>> NextTokens::likely() const {
    std::lock_guard lock(mutex_);
    return likely_;
}

std::vector<Token> NextTokens::tokens() const {
    std::lock_guard lock(mutex_);
    return ids_;
}

std::int64_t NextTokens::step() const {
    std::lock_guard lock(mutex_);
    return step_;
}

}  // namespace foothold
