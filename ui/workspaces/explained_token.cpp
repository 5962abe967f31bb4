// SPDX-License-Identifier: GPL-3.0-or-later
// Collecting what one token's push depends on.
#include "ui/workspaces/explained_token.h"

#include <QCoreApplication>
#include <map>
#include <tuple>

#include "ui/views/common/trace_text.h"

namespace foothold::ui {

QString whyNotExplained(const Attempt& attempt, const Experiment& experiment) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("ExplainedToken", text); };
    if (attempt.origin == Origin::given) return tr("This is the reference solution, put among the attempts: its loss is another one (LUFFY's), which is not explained here.");
    if (attempt.origin != Origin::train) return tr("This attempt was sampled to be looked at: nothing is trained on it.");
    if (experiment.guidance.assembly != "replace" || experiment.guidance.context != "sampled" || experiment.sampling.resample > 0)
        return tr("At this step groups were put together or trained otherwise than they were sampled (guidance.assembly, guidance.context, sampling.resample): the push cannot be told.");
    if (experiment.loss.beta > 0) return tr("At this step the loss has a KL term (loss.beta), and the reference model's log-probs are not stored: the push cannot be told.");
    if (experiment.loss.minibatches > 1 || experiment.loss.num_iterations > 1)
        return tr("This step was several updates (loss.minibatches, loss.num_iterations), and what the weights were between them is not stored: the push cannot be told.");
    return {};
}

std::optional<ExplainedToken> explainedToken(const Attempt& attempt, int token, const std::vector<Attempt>& step, const Experiment& experiment,
                                             const std::vector<std::string>& vocabulary) {
    if (!whyNotExplained(attempt, experiment).isEmpty() || step.empty() || step.front().step != attempt.step) return std::nullopt;
    if (token < 0 || static_cast<std::size_t>(token) >= attempt.logprobs.size()) return std::nullopt;
    // The last round of each group counts.
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint16_t> last;
    for (const Attempt& a : step) {
        auto& round = last[{a.problem, a.occurrence}];
        round = std::max(round, a.round);
    }
    ExplainedToken explained;
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::vector<const Attempt*>> groups;
    for (const Attempt& a : step)
        if (a.round == last[{a.problem, a.occurrence}]) groups[{a.problem, a.occurrence}].push_back(&a);
    if (last[{attempt.problem, attempt.occurrence}] != attempt.round) return std::nullopt;
    std::size_t index = 0;
    for (const auto& [key, members] : groups) {
        explained.group_size = members.size();
        if (key == std::pair{attempt.problem, attempt.occurrence}) explained.group = index;
        for (const Attempt* a : members) {
            explained.rewards.push_back(a->reward);
            explained.lengths.push_back(a->tokens.size());
        }
        ++index;
    }
    explained.attempt = attempt.attempt;
    explained.token = static_cast<std::size_t>(token);
    explained.logprobs.assign(attempt.logprobs.begin(), attempt.logprobs.end());
    explained.settings = {parse_loss_type(experiment.loss.type), experiment.loss.epsilon, experiment.loss.epsilon_high, 0, static_cast<int>(experiment.sampling.max_new_tokens)};
    explained.scale = parse_reward_scale(experiment.loss.scale_rewards);
    // Guidance may refuse a hinted group: then its advantages are 0 though its rewards differ.
    bool any = false, mixed = false;
    for (const Attempt* a : groups[{attempt.problem, attempt.occurrence}]) any = any || a->advantage != 0, mixed = mixed || a->reward != attempt.reward;
    explained.accepted = any || !mixed;
    const auto id = static_cast<std::size_t>(attempt.tokens[static_cast<std::size_t>(token)]);
    explained.text = id < vocabulary.size() ? shownToken(experiment.problems.family, vocabulary[id]).toStdString() : std::to_string(id);
    return explained;
}

}  // namespace foothold::ui
