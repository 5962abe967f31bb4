// SPDX-License-Identifier: GPL-3.0-or-later
// Published ways of guiding, as knobs: who is drawn again, what a group is made of, under which context it is trained, what is rewarded.
#include <QtTest>
#include <numeric>
#include <set>

#include "core/scripted_engine.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "training/attempt_confidence.h"
#include "training/step_metrics.h"
#include "training/trainer.h"

using namespace foothold;

namespace {

/// A pool of 8 problems, half +:2 and half *:4. Attempt 0 solves +:2 always, and *:4 from `needed` given steps on, wherever the hint stands.
struct Bench {
    std::unique_ptr<Family> family = make_family("chain");
    Experiment experiment;
    ProblemSet set;
    std::unique_ptr<ScriptedEngine> engine;
    std::unique_ptr<Trainer> trainer;

    explicit Bench(const std::string& toml, std::function<int(const Problem&)> needed = [](const Problem& p) { return p.tier == "+:2" ? 0 : 2; }, int problems = 8) {
        experiment = parse_experiment("[problems]\ntiers = [\"+:2\", \"*:4\"]\npool = 8\n[heldout]\nn = 0\n" + toml, "t");
        experiment.sampling.problems = problems;
        experiment.sampling.attempts = 4;
        set = make_problem_set(experiment, *family);
        engine = std::make_unique<ScriptedEngine>(
            *family, [this, needed](const std::string& context, int a) { return a == 0 && given(context) >= needed(of(context)); },
            [this](const std::string& context) {
                const Problem& p = of(context);
                std::string out;
                const auto from = context.find('|') == std::string::npos ? static_cast<std::size_t>(given(context)) : 0;
                for (std::size_t i = from; i < p.steps.size(); ++i) out += p.steps[i] + " ";
                return out + "# " + p.answer;
            });
        trainer = std::make_unique<Trainer>(*engine, *family, set, experiment);
        trainer->before_training({});
    }
    const Problem& of(const std::string& context) const {
        const std::size_t bar = context.find('|');
        const std::string prompt = bar == std::string::npos ? context.substr(0, context.find('?') + 1) : context.substr(0, bar) + "?";
        return *std::find_if(set.problems.begin(), set.problems.end(), [&](const Problem& p) { return p.prompt == prompt; });
    }
    static int given(const std::string& context) { return static_cast<int>(std::count(context.begin(), context.end(), ';')); }
    bool hard(const Attempt& a) const { return set.problems[a.problem].tier == "*:4"; }
    StepRecord step() { return trainer->step({}); }
    std::string context_of(const ScoredSequence& s) const {
        return family->tokenizer().decode(std::vector<Token>(s.tokens.begin(), s.tokens.begin() + static_cast<std::ptrdiff_t>(s.first)));
    }
};

double metric(const StepRecord& r, const std::string& name) {
    const double* value = r.summary.metric(name);
    return value ? *value : NAN;
}

}  // namespace

class TestPolicies : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void resamplingFillsTheStepWithGroupsThatHaveSpread() {
        Bench b("[guidance]\npolicy = \"grpo-resample\"\n[sampling]\nresample = 9\n", [](const Problem& p) { return p.tier == "+:2" ? 0 : 99; }, 4);
        for (int i = 0; i < 6; ++i) {
            const StepRecord r = b.step();
            // Four problems have spread and the step wants four: all of them are found, whatever was drawn first.
            QCOMPARE(metric(r, "frac_reward_zero_std"), 0.0);
            QCOMPARE(b.engine->trained.size(), std::size_t{16});
            std::set<std::uint32_t> seen;
            for (const GroupSummary& g : r.summary.groups) QVERIFY2(seen.insert(g.problem).second, "no problem twice in a step");
            double tokens = 0;
            for (const Attempt& a : r.attempts) {
                tokens += static_cast<double>(a.tokens.size());
                QCOMPARE(a.trained, !b.hard(a));
            }
            QCOMPARE(metric(r, "tokens_generated") - (i ? last_ : 0.0), tokens);  // Those set aside cost tokens too.
            last_ = metric(r, "tokens_generated");
            QCOMPARE(metric(r, "frac_all_wrong/before_hints"), static_cast<double>(r.summary.groups.size() - 4) / static_cast<double>(r.summary.groups.size()));
        }
    }

    void resamplingGivesUpWhereNothingHasSpread() {
        Bench b("[guidance]\npolicy = \"grpo-resample\"\n", [](const Problem&) { return 99; }, 4);
        const StepRecord r = b.step();
        QCOMPARE(r.summary.groups.size(), std::size_t{8});  // The whole pool, once.
        QCOMPARE(metric(r, "frac_reward_zero_std"), 1.0);
        QCOMPARE(b.engine->trained.size(), std::size_t{0});
    }

    /// What was hinted at once was not tried without a hint: no share before hints is made up for it.
    void whatWasNotTriedWithoutAHintIsNotTold() {
        Bench b("[guidance]\npolicy = \"always\"\n");
        const StepRecord r = b.step();
        QVERIFY(r.summary.metric("frac_all_wrong"));
        QVERIFY(!r.summary.metric("frac_all_wrong/before_hints"));
        Bench some("[guidance]\npolicy = \"problem-target\"\n", [](const Problem& p) { return p.tier == "+:2" ? 0 : 99; });
        StepRecord later;
        for (int i = 0; i < 6; ++i) later = some.step();
        double plain = 0, wrong = 0;
        for (const GroupSummary& g : later.summary.groups)
            if (g.correct_before != GroupSummary::no_plain_round) ++plain, wrong += g.correct_before == 0;
        QVERIFY(plain > 0 && plain < static_cast<double>(later.summary.groups.size()));
        QCOMPARE(metric(later, "frac_all_wrong/before_hints"), wrong / plain);
    }

    void oneHintedSuccessJoinsAnElsePlainGroup() {
        Bench b("[guidance]\npolicy = \"one-hinted\"\n");
        const StepRecord r = b.step();
        int hinted = 0;
        for (const Attempt& a : r.attempts) {
            if (!b.hard(a) || !a.trained) continue;
            if (a.hint.empty()) {
                QVERIFY(a.reward == 0 && a.advantage < 0);
            } else {
                ++hinted;
                QVERIFY(a.reward == 1 && a.advantage > 0);
                QCOMPARE(a.trained_under, a.sampled_under);
                QCOMPARE(Bench::given(a.hint), 2);  // The smallest rung that works.
            }
        }
        QCOMPARE(hinted, 4);
        for (const GroupSummary& g : r.summary.groups)
            if (b.set.problems[g.problem].tier == "*:4") QVERIFY(g.correct == 1 && g.correct_before == 0 && g.state() == GroupState::rescued);
        QCOMPARE(b.engine->trained.size(), std::size_t{32});
    }

    void aGroupThatNoHintRescuesStaysPlain() {
        Bench b("[guidance]\npolicy = \"one-hinted\"\n", [](const Problem& p) { return p.tier == "+:2" ? 0 : 99; });
        const StepRecord r = b.step();
        for (const Attempt& a : r.attempts) QVERIFY(!b.hard(a) || !a.trained);
        QCOMPARE(metric(r, "frac_all_wrong"), 0.5);
    }

    void offContextTrainsTheBareProblemAgainstTheHintedSampler() {
        Bench b("[guidance]\npolicy = \"off-context\"\n");
        const StepRecord r = b.step();
        int rescued = 0;
        for (const Attempt& a : r.attempts) {
            if (!a.trained || a.hint.empty()) continue;
            ++rescued;
            QVERIFY(a.sampled_under != a.prompt);
            QCOMPARE(a.trained_under, a.prompt);
        }
        QVERIFY(rescued > 0);
        for (const ScoredSequence& s : b.engine->trained) QVERIFY(b.context_of(s).find('|') == std::string::npos);
        // The script samples and scores every token at log-prob -.5: the ratio is 1 and the gradient that of the plain objective.
        for (const auto& row : b.engine->gradients)
            for (const float g : row) QVERIFY(g != 0);
    }

    void theReleasedCodeDropsTheHintOfEarlyRescues() {
        // Some problems are rescued at .25, the others at .75: only the last rung keeps its hint in the loss.
        int seen = 0;
        std::map<std::string, int> needs;
        Bench b("[guidance]\npolicy = \"ghpo-released\"\n", [&](const Problem& p) {
            if (p.tier == "+:2") return 0;
            if (!needs.contains(p.id)) needs[p.id] = seen++ % 2 ? 1 : 3;
            return needs[p.id];
        });
        const StepRecord r = b.step();
        int early = 0, late = 0;
        for (const Attempt& a : r.attempts) {
            if (!a.trained || a.hint.empty()) continue;
            const bool last = a.hint_ratio == 0.75f;
            (last ? late : early) += 1;
            QCOMPARE(a.trained_under, last ? a.sampled_under : a.prompt);
        }
        QVERIFY(early > 0 && late > 0);
        // Rescued all at once, nobody climbs further: every hint stays.
        Bench same("[guidance]\npolicy = \"ghpo-released\"\n", [](const Problem& p) { return p.tier == "+:2" ? 0 : 1; });
        for (const Attempt& a : same.step().attempts)
            if (a.trained) QCOMPARE(a.trained_under, a.sampled_under);
    }

    void otherContextsNeedTheHintInThePrompt() {
        Experiment e = parse_experiment("[guidance]\npolicy = \"off-context\"\n", "t");
        check_experiment(e);
        set_key(e, "guidance.placement", std::string("answer"));
        QVERIFY_THROWS_EXCEPTION(UserError, check_experiment(e));
    }

    void theReferenceIsOneAttemptOfEveryGroup() {
        Bench b("[guidance]\npolicy = \"trace-in-group\"\n", [](const Problem& p) { return p.tier == "+:2" ? 0 : 99; });
        const StepRecord r = b.step();
        int given = 0;
        std::map<std::uint32_t, int> size;
        for (const Attempt& a : r.attempts) {
            ++size[a.problem];
            if (a.origin != Origin::given) continue;
            ++given;
            QVERIFY(a.verdict == Verdict::correct && a.soundness == Soundness::sound && a.advantage > 0);
            QCOMPARE(a.tokens.size(), a.logprobs.size());
            QCOMPARE(a.trained_under, a.prompt);
        }
        QCOMPARE(given, 8);
        for (const auto& [problem, n] : size) QCOMPARE(n, 4);  // Three sampled and the reference.
        QCOMPARE(metric(r, "frac_all_wrong"), 0.0);
        QCOMPARE(metric(r, "frac_all_wrong/before_hints"), 0.5);
        double sampled = 0;
        for (const Attempt& a : r.attempts) sampled += a.origin == Origin::train ? static_cast<double>(a.tokens.size()) : 0;
        QCOMPARE(metric(r, "tokens_generated"), sampled);  // What is given is not generated.
    }

    void supervisedStepsSampleNothing() {
        Bench b("[guidance]\npolicy = \"supervised-first\"\nsupervised = 2\n");
        for (int i = 0; i < 2; ++i) {
            const StepRecord r = b.step();
            QCOMPARE(b.engine->generations, 0);
            QCOMPARE(metric(r, "tokens_generated"), 0.0);
            QCOMPARE(r.attempts.size(), std::size_t{8});
            double tokens = 0;
            for (const ScoredSequence& s : b.engine->trained) tokens += static_cast<double>(s.scored());
            for (const auto& row : b.engine->gradients)
                for (const float g : row) QVERIFY(std::abs(g + 1 / tokens) < 1e-6);
            QVERIFY(std::abs(metric(r, "loss") - .5) < 1e-6);  // The script's mean negative log-prob.
        }
        b.step();
        QCOMPARE(b.engine->generations, 1);
    }

    void aLoneSuccessCanBeLeftOut() {
        Bench b("[guidance]\npolicy = \"grpo\"\n[loss]\nmin_successes = 2\n");
        b.step();
        QCOMPARE(b.engine->trained.size(), std::size_t{0});
        QVERIFY_THROWS_EXCEPTION(UserError, check_experiment(parse_experiment("[loss]\nmin_successes = 9\n", "t")));
    }

    void theSurestRescuesCountAndAsManyDrawnOnes() {
        // Six hinted groups with spread, one without, one not hinted.
        Experiment e;
        e.guidance.accept_share = .5;
        const auto groups = [] {
            std::vector<GroupView> out(8);
            const double scores[] = {-.3, -.1, -.5, -.2, -.4, -.6, 9, 9};
            for (std::size_t i = 0; i < 8; ++i) out[i] = {static_cast<std::uint32_t>(i), 0, "t", i == 7 ? 0 : .5, 4, i == 6 ? 4 : 1, 0, scores[i], true};
            return out;
        };
        const auto chosen = [&](const std::string& rule, std::int64_t step) {
            e.guidance.accept = rule;
            auto all = groups();
            std::vector<GroupView*> views;
            for (GroupView& g : all) views.push_back(&g);
            GuidancePolicy().choose(step, views, e);
            std::set<std::uint32_t> out;
            for (const GroupView& g : all) {
                if (g.problem >= 6) QVERIFY2(GuidancePolicy().accepted(g, e), "no gradient or no hint: nothing to choose");
                else if (GuidancePolicy().accepted(g, e)) out.insert(g.problem);
            }
            found_ = out;
        };
        chosen("min-step", 1);
        QCOMPARE(found_, (std::set<std::uint32_t>{0, 1, 3}));
        chosen("mean", 1);
        QCOMPARE(found_, (std::set<std::uint32_t>{0, 1, 3}));
        chosen("any", 1);
        QCOMPARE(found_.size(), std::size_t{6});
        std::map<std::uint32_t, int> drawn;
        for (int step = 1; step <= 400; ++step) {
            chosen("random", step);
            QCOMPARE(found_.size(), std::size_t{3});
            for (const std::uint32_t p : found_) ++drawn[p];
        }
        for (std::uint32_t p = 0; p < 6; ++p) QVERIFY2(std::abs(drawn[p] - 200) < 50, std::to_string(drawn[p]).c_str());
        e.guidance.accept_share = 0;
        chosen("min-step", 1);
        QCOMPARE(found_, std::set<std::uint32_t>{1});  // One at least.
    }

    void confidenceIsThatOfResults() {
        const auto family = make_family("chain", {1, 13});
        Attempt a;
        a.tokens = family->tokenizer().encode("n3 * n2 = n6 ; n6 + n1 = n7 ; # n7 <eos>");
        a.entropies.assign(a.tokens.size(), 5);  // Everything but the results, and so without weight.
        a.entropies[4] = .5f;
        a.entropies[10] = 1.5f;
        TraceConfidence c = confidence_of(a, family->tokenizer());
        QCOMPARE(trace_score(c, "min-step"), -1.5);
        QCOMPARE(trace_score(c, "mean"), -1.0);
        // Without results every token counts.
        a.tokens = family->tokenizer().encode("# n7 <eos>");
        a.entropies = {0, 3, 0};
        c = confidence_of(a, family->tokenizer());
        QCOMPARE(trace_score(c, "min-step"), -1.0);
    }

    void votesOfAGroupAreToldEveryStep() {
        const auto family = make_family("chain", {1, 13, 0});
        // Two results and an answer each; a step is as sure as its result, the mean is over all tokens.
        const auto attempt = [&](const std::string& answer, bool right, float first, float second) {
            Attempt a;
            a.tokens = family->tokenizer().encode("n1 + n2 = n3 ; n3 + n2 = n5 ; # " + answer + " <eos>");
            a.entropies.assign(a.tokens.size(), 0);
            a.entropies[4] = first;
            a.entropies[10] = second;
            a.extracted = answer;
            a.verdict = right ? Verdict::correct : Verdict::wrong;
            return a;
        };
        const auto votes = [&](const std::vector<std::vector<const Attempt*>>& groups) {
            Metrics out;
            add_vote_metrics(groups, family->tokenizer(), out);
            return out;
        };
        // The right one has the surest least step, a wrong one is surer on average, and most say something else.
        const Attempt right = attempt("n5", true, .5f, .5f), sure = attempt("n6", false, 0, .9f), wrong = attempt("n7", false, 1, 1);
        const Metrics one = votes({{&wrong, &right, &sure, &wrong}});
        QCOMPARE(one, (Metrics{{"vote/majority", 0}, {"vote/surest-step", 1}, {"vote/surest-mean", 0}}));
        // Ties share the credit; a group that was hinted from the start has no vote.
        QCOMPARE(votes({{&wrong, &right}, {}, {&right, &right, &sure}}), (Metrics{{"vote/majority", .75}, {"vote/surest-step", 1}, {"vote/surest-mean", .5}}));
        QVERIFY(votes({{}, {}}).empty());
        Bench b("[guidance]\npolicy = \"ghpo\"\n");
        const StepRecord r = b.step();
        QVERIFY(r.summary.metric("vote/majority") && r.summary.metric("vote/surest-step") && r.summary.metric("vote/surest-mean"));
    }

    void rescuesAreChosenByTheLeastSureResult() {
        // Half of the rescued problems have one unsure result, the other half are a little unsure everywhere: least step and mean disagree.
        std::set<std::string> one;
        const auto run = [&](const std::string& rule, double share) {
            Bench b("[guidance]\npolicy = \"ghpo\"\naccept = \"" + rule + "\"\naccept_share = " + std::to_string(share) + "\n");
            one.clear();
            for (const Problem& p : b.set.problems)
                if (p.tier == "*:4" && one.size() < 2) one.insert(p.prompt);
            const Token equals = b.family->tokenizer().find("=").value();
            b.engine->unsure = [&b, &one, equals](const std::string& context, int, std::size_t t, const std::vector<Token>& tokens) {
                const bool result = t > 0 && tokens[t - 1] == equals;
                if (!one.contains(b.of(context).prompt)) return result ? .5f : 0.f;
                return result && t < 6 ? .9f : 0.f;
            };
            const StepRecord r = b.step();
            std::set<std::string> fed;
            for (const Attempt& a : r.attempts)
                if (a.trained && b.hard(a)) fed.insert(a.prompt);
            return fed;
        };
        QCOMPARE(run("any", .5).size(), std::size_t{4});
        const auto least = run("min-step", .5);
        QCOMPARE(least.size(), std::size_t{2});
        for (const std::string& p : least) QVERIFY(!one.contains(p));
        const auto mean = run("mean", .5);
        QCOMPARE(mean, one);
        QCOMPARE(run("random", .5).size(), std::size_t{2});
        QCOMPARE(run("min-step", 1).size(), std::size_t{4});
        // Changed while running, it holds from the next step on.
        Bench b("[guidance]\npolicy = \"ghpo\"\n");
        const auto fed = [&b](const StepRecord& r) {
            std::set<std::uint32_t> out;
            for (const Attempt& a : r.attempts)
                if (a.trained && b.hard(a)) out.insert(a.problem);
            return out.size();
        };
        QCOMPARE(fed(b.step()), std::size_t{4});
        const Intervention change{0, "guidance.accept", std::string("mean")};
        QCOMPARE(fed(b.trainer->step({}, std::span(&change, 1))), std::size_t{2});
    }

    void randomRewardsDoNotLookAtTheAnswer() {
        Bench b("[guidance]\npolicy = \"grpo\"\n[reward]\nkind = \"random\"\n");
        double sum = 0, n = 0, right_paid = 0, right = 0;
        for (int i = 0; i < 40; ++i)
            for (const Attempt& a : b.step().attempts) {
                sum += a.reward;
                ++n;
                right += a.verdict == Verdict::correct;
                right_paid += a.verdict == Verdict::correct && a.reward > 0;
            }
        QVERIFY(std::abs(sum / n - .5) < 4 * .5 / std::sqrt(n));
        QVERIFY(std::abs(right_paid / right - .5) < 4 * .5 / std::sqrt(right));
    }

    void memoryStartsWhereToldAndMoves() {
        Bench b("[guidance]\npolicy = \"foothold\"\n");
        const StepRecord first = b.step();
        QCOMPARE(metric(first, "hint_ratio/mean"), 0.5);
        const StepRecord second = b.step();  // Every group has one success of four: nobody moves.
        QCOMPARE(metric(second, "hint_ratio/mean"), 0.5);
        Bench dead("[guidance]\npolicy = \"foothold\"\n", [](const Problem&) { return 99; });
        dead.step();
        QCOMPARE(metric(dead.step(), "hint_ratio/mean"), 0.75);
        // Hint and completion of a success are trained alike under the bare problem.
        for (const Attempt& a : first.attempts)
            if (a.trained && a.reward > 0) QCOMPARE(a.trained_under, a.prompt);
    }

    void theShareOfLuckIsThatOfTheAdvantages() {
        Bench b("[guidance]\npolicy = \"ghpo\"\n");
        const StepRecord r = b.step();
        double lucky = 0, all = 0;
        for (const Attempt& a : r.attempts)
            if (a.trained && a.verdict == Verdict::correct) all += std::abs(a.advantage), lucky += a.soundness == Soundness::lucky ? std::abs(a.advantage) : 0;
        QVERIFY(all > 0);
        QCOMPARE(metric(r, "advantage_share/lucky"), lucky / all);
    }

    void everyPresetIsInOrderAndNamed() {
        for (const GuidancePreset& preset : guidance_presets()) {
            Experiment e;
            set_key(e, "guidance.policy", preset.name);
            QVERIFY(is_preset(e));
            e.guidance.match = "some-run";
            check_experiment(e);
            QVERIFY(!preset.source.empty() && !preset.title.empty());
        }
        QCOMPARE(find_key("guidance.policy").choices.size(), guidance_presets().size());
    }

   private:
    std::set<std::uint32_t> found_;
    double last_ = 0;
};

QTEST_GUILESS_MAIN(TestPolicies)
#include "test_policies.moc"
