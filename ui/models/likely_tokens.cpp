// SPDX-License-Identifier: GPL-3.0-or-later
// One question at a time; the last one counts.
#include "ui/models/likely_tokens.h"

#include "ui/models/run_model.h"

namespace foothold::ui {

LikelyTokens::LikelyTokens(RunModel* model, QObject* parent) : QObject(parent), model_(model) {
    rest_.setSingleShot(true);
    rest_.setInterval(120);
    poll_.setInterval(30);
    connect(&rest_, &QTimer::timeout, this, &LikelyTokens::submit);
    connect(&poll_, &QTimer::timeout, this, &LikelyTokens::poll);
    connect(model, &RunModel::runChanged, this, &LikelyTokens::cancel);
}

void LikelyTokens::ask(const Attempt& attempt, int index, int token) {
    cancel();
    // Opening a stored run's model can mean repeating many steps: too much for a mouse that rests.
    if (!model_->session() || model_->session()->read_only() || model_->progress().device.empty()) return;
    context_ = attempt.sampled_under;
    before_.assign(attempt.tokens.begin(), attempt.tokens.begin() + std::min<std::ptrdiff_t>(token, std::ssize(attempt.tokens)));
    index_ = index;
    token_ = token;
    rest_.start();
}

void LikelyTokens::cancel() {
    rest_.stop();
    poll_.stop();
    if (job_) job_->give_up({});
    job_.reset();
}

void LikelyTokens::submit() {
    if (!model_->session()) return;
    job_ = std::make_shared<NextTokens>(context_, before_, shownTokens);
    model_->session()->submit(job_);
    poll_.start();
}

void LikelyTokens::poll() {
    if (!job_ || !job_->done()) return;
    poll_.stop();
    std::vector<std::pair<QString, double>> likely;
    for (const auto& entry : job_->likely()) likely.emplace_back(QString::fromStdString(entry.first), entry.second);
    tokens_ = job_->tokens();
    if (!likely.empty()) Q_EMIT known(index_, token_, likely, job_->step());
    job_.reset();
}

}  // namespace foothold::ui
