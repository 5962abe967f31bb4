// SPDX-License-Identifier: GPL-3.0-or-later
// How often a model solves given problems.
#include "studies/evaluation.h"

#include <algorithm>
#include <functional>

#include "statistics/intervals.h"
#include "tasks/hint.h"

namespace foothold {

void attempt_problems(Engine& engine, const Family& family, std::span<const Problem> problems, const EvaluationSettings& settings, std::stop_token stop,
                      const std::function<void(std::size_t, const ProblemScore&)>& use) {
    const Placement placement = family.natural_placement();
    DecodingRules rules;
    rules.temperature = settings.temperature;
    constexpr std::size_t rows_at_once = 2048;  // Bounds the cache, not the result.
    const std::size_t chunk = std::max<std::size_t>(1, rows_at_once / static_cast<std::size_t>(settings.attempts));
    for (std::size_t from = 0; from < problems.size(); from += chunk) {
        const auto part = problems.subspan(from, std::min(chunk, problems.size() - from));
        std::vector<GenerateRequest> requests;
        std::vector<Hint> hints;
        for (std::size_t i = 0; i < part.size(); ++i) {
            hints.push_back(cut_hint(part[i].steps, settings.hint, false));
            const int given = placement == Placement::answer ? hints.back().steps : 0;
            requests.push_back({family.encode_context(part[i], hints.back().text, hints.back().rest, placement), settings.attempts,
                                family.max_new_tokens(part[i], given), random_key({settings.seed, static_cast<std::uint64_t>(Stream::probe), from + i})});
        }
        const auto completions = engine.generate(requests, rules, family.end_token(), stop, [](std::int64_t) {});
        for (std::size_t i = 0; i < part.size(); ++i) {
            ProblemScore score;
            for (const Completion& completion : completions[i]) {
                const Judgement j = family.judge(part[i], hints[i].text, placement, family.tokenizer().decode(completion.tokens, family.end_token()), completion.ended);
                score.correct += j.verdict == Verdict::correct;
                score.sound += j.soundness == Soundness::sound;
                score.skipping += j.skipping;
            }
            use(from + i, score);
        }
    }
}

std::string tier_by_score(int correct, int attempts) {
    return correct == attempts ? "1-always" : 2 * correct >= attempts ? "2-often" : correct > 0 ? "3-seldom" : "4-never";
}

std::vector<TierScore> evaluate(Engine& engine, const Family& family, std::span<const Problem> problems, const EvaluationSettings& settings,
                                std::stop_token stop) {
    struct Counts {
        std::vector<double> shares;
        std::vector<int> correct;
        double sound = 0, skipping = 0;
    };
    std::vector<std::pair<std::string, Counts>> tiers;
    attempt_problems(engine, family, problems, settings, stop, [&](std::size_t i, const ProblemScore& score) {
        auto place = std::find_if(tiers.begin(), tiers.end(), [&](const auto& t) { return t.first == problems[i].tier; });
        if (place == tiers.end()) place = tiers.insert(tiers.end(), {problems[i].tier, {}});
        Counts& counts = place->second;
        counts.sound += score.sound;
        counts.skipping += score.skipping;
        counts.correct.push_back(score.correct);
        counts.shares.push_back(static_cast<double>(score.correct) / settings.attempts);
    });
    std::vector<TierScore> out;
    for (const auto& [tier, counts] : tiers) {
        TierScore score;
        score.tier = tier;
        score.n = static_cast<int>(counts.shares.size());
        double sum = 0;
        for (double share : counts.shares) sum += share;
        score.pass_at_1 = sum / score.n;
        score.sound = counts.sound / (score.n * settings.attempts);
        score.skipping = counts.skipping / (score.n * settings.attempts);
        // Shares that are all alike give the bootstrap nothing to resample.
        const bool alike = std::adjacent_find(counts.shares.begin(), counts.shares.end(), std::not_equal_to<>()) == counts.shares.end();
        score.interval = settings.attempts == 1 || alike ? wilson(sum, score.n) : bootstrap_mean(counts.shares);
        for (int k = 2; k <= settings.attempts; k *= 2) {
            double mean = 0;
            for (int c : counts.correct) mean += pass_at_k(settings.attempts, c, k) / score.n;
            score.pass_at_k.emplace_back(k, mean);
        }
        out.push_back(std::move(score));
    }
    return out;
}

}  // namespace foothold
