// SPDX-License-Identifier: GPL-3.0-or-later
// The training step against a scripted engine: rounds, contexts, metrics, atomicity, policies.
#include <QtTest>
#include <map>
#include <set>

#include "core/scripted_engine.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/step_phases.h"
#include "training/trainer.h"

using namespace foothold;

namespace {

/// A run of 8 problems, half +:2 and half *:4, on an engine that solves +:2 always in attempt 0 and *:4 from `needed` given steps on.
struct Bench {
    std::unique_ptr<Family> family = make_family("chain");
    Experiment experiment;
    ProblemSet set;
    int needed = 2;
    std::unique_ptr<ScriptedEngine> engine;
    std::unique_ptr<Trainer> trainer;

    explicit Bench(const std::string& toml = "", int needed_steps = 2) : needed(needed_steps) {
        experiment = parse_experiment("[problems]\ntiers = [\"+:2\", \"*:4\"]\npool = 8\n[sampling]\nproblems = 8\nattempts = 4\n[heldout]\nn = 0\n" + toml, "t");
        set = make_problem_set(experiment, *family);
        engine = std::make_unique<ScriptedEngine>(
            *family, [this](const std::string& context, int a) { return a == 0 && given(context) >= (of(context).tier == "+:2" ? 0 : needed); },
            [this](const std::string& context) {
                const Problem& p = of(context);
                std::string out;
                for (std::size_t i = static_cast<std::size_t>(given(context)); i < p.steps.size(); ++i) out += p.steps[i] + " ";
                return out + "# " + p.answer;
            });
        trainer = std::make_unique<Trainer>(*engine, *family, set, experiment);
        trainer->before_training({});
    }
    const Problem& of(const std::string& context) const {
        const std::string prompt = context.substr(0, context.find('?') + 1);
        return *std::find_if(set.problems.begin(), set.problems.end(), [&](const Problem& p) { return p.prompt == prompt; });
    }
    int given(const std::string& context) const { return static_cast<int>(std::count(context.begin(), context.end(), ';')); }
    StepRecord step() { return trainer->step({}); }
};

double metric(const StepRecord& r, const std::string& name) {
    const double* value = r.summary.metric(name);
    return value ? *value : NAN;
}

}  // namespace

class TestTrainer : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void withoutGuidanceHardGroupsAreDead() {
        Bench b("[guidance]\npolicy = \"grpo\"\n");
        const StepRecord r = b.step();
        QCOMPARE(metric(r, "frac_all_wrong"), 0.5);
        QCOMPARE(metric(r, "frac_reward_zero_std"), 0.5);
        QCOMPARE(metric(r, "reward"), 0.125);
        QCOMPARE(b.engine->generations, 1);
        QCOMPARE(b.engine->trained.size(), std::size_t{16});  // dead groups have no row
        for (const Attempt& a : r.attempts) QCOMPARE(a.trained, b.set.problems[a.problem].tier == "+:2");
    }

    void ghpoClimbsTheLadderUntilARescue() {
        Bench b("[guidance]\npolicy = \"ghpo\"\n", 3);  // .25 -> 1 step, .5 -> 2, .75 -> 3
        const StepRecord r = b.step();
        QCOMPARE(b.engine->generations, 4);
        QCOMPARE(metric(r, "frac_all_wrong"), 0.0);
        QCOMPARE(metric(r, "frac_all_wrong/before_hints"), 0.5);
        QCOMPARE(metric(r, "frac_rescued/sound"), 0.5);
        QCOMPARE(metric(r, "hint_level/0.75"), 0.5);
        QCOMPARE(metric(r, "hint_ratio/mean"), 0.375);
        // All rounds are on record, the last one trained; every sampled token is counted.
        QCOMPARE(r.attempts.size(), std::size_t{8 * 4 + 3 * 4 * 4});
        double tokens = 0;
        for (const Attempt& a : r.attempts) {
            tokens += static_cast<double>(a.tokens.size());
            if (b.set.problems[a.problem].tier == "*:4") QCOMPARE(a.trained, a.round == 3);
        }
        QCOMPARE(metric(r, "tokens_generated"), tokens);
    }

    void aRescuedGroupIsTrainedUnderTheContextItWasSampledUnder() {
        for (int needed : {1, 2, 3}) {
            Bench b("[guidance]\npolicy = \"ghpo\"\n", needed);
            const StepRecord r = b.step();
            for (const Attempt& a : r.attempts)
                if (a.trained) QCOMPARE(a.trained_under, a.sampled_under);
            // And the engine was given just that: context as sampled, gradient on the completion alone.
            for (const ScoredSequence& s : b.engine->trained) {
                const auto context = std::vector<Token>(s.tokens.begin(), s.tokens.begin() + static_cast<std::ptrdiff_t>(s.first));
                QVERIFY(std::any_of(b.engine->asked.begin(), b.engine->asked.end(), [&](const GenerateRequest& q) { return q.context == context; }));
                const std::string text = b.family->tokenizer().decode(context);
                if (b.of(text).tier == "*:4") QCOMPARE(b.given(text), needed);
            }
        }
    }

    void hintTokensGetGradientOnlyWhereAsked() {
        Bench b("[guidance]\npolicy = \"ghpo\"\nhint_gradient = \"policy\"\n");
        const StepRecord r = b.step();
        for (const Attempt& a : r.attempts)
            if (a.trained && !a.hint.empty()) QCOMPARE(a.trained_under, a.reward > 0 ? a.prompt : a.sampled_under);
    }

    void coldStartGivesNoHints() {
        Bench b("[guidance]\npolicy = \"ghpo\"\ncold_start = 2\n");
        QCOMPARE(metric(b.step(), "frac_rescued/sound"), 0.0);
        QCOMPARE(metric(b.step(), "frac_rescued/sound"), 0.0);
        QCOMPARE(metric(b.step(), "frac_rescued/sound"), 0.5);
    }

    void swappedHintsRescueNobody() {
        Bench b("[guidance]\npolicy = \"ghpo\"\n[corruption]\noperator = \"swap\"\n");
        const StepRecord r = b.step();
        int hinted = 0;
        for (const Attempt& a : r.attempts) {
            if (a.hint.empty()) continue;
            ++hinted;
            const Problem& p = b.set.problems[a.problem];
            QVERIFY(join_words(p.steps).substr(0, a.hint.size()) != a.hint);
        }
        QVERIFY(hinted > 0);
    }

    void theCapIsTheLastRung() {
        QCOMPARE(GuidancePolicy::rungs(0.75), (std::vector<double>{0.25, 0.5, 0.75}));
        QCOMPARE(GuidancePolicy::rungs(0.6), (std::vector<double>{0.25, 0.5, 0.6}));
        QCOMPARE(GuidancePolicy::rungs(0.1), std::vector<double>{0.1});
        QVERIFY(GuidancePolicy::rungs(0).empty());
        Bench b("[guidance]\npolicy = \"ghpo\"\nratios = { \"*:4\" = 0.25 }\n", 1);
        QCOMPARE(metric(b.step(), "hint_level/0.25"), 0.5);
        Bench off("[guidance]\npolicy = \"ghpo\"\nratios = { \"*:4\" = 0.0 }\n", 1);
        QCOMPARE(metric(off.step(), "frac_all_wrong"), 0.5);
    }

    void fixedTriesOnceAndAlwaysHintsFromTheStart() {
        Bench fixed("[guidance]\npolicy = \"fixed\"\n", 2);
        QCOMPARE(metric(fixed.step(), "frac_rescued/sound"), 0.5);
        QCOMPARE(fixed.engine->generations, 2);
        Bench always("[guidance]\npolicy = \"always\"\n", 2);
        const StepRecord r = always.step();
        QCOMPARE(always.engine->generations, 1);
        QCOMPARE(metric(r, "hint_ratio/mean"), 0.5);
        for (const GroupSummary& g : r.summary.groups) QCOMPARE(g.correct_before, GroupSummary::no_plain_round);
    }

    void controllersRaiseWhatFailsAndLowerWhatWorks() {
        Bench b("[guidance]\npolicy = \"problem-target\"\n", 2);
        b.step();                                  // nothing is known: no hints; *:4 fails
        b.step();                                  // .25 -> one step: fails
        const StepRecord third = b.step();         // .5 -> two steps: one of four
        for (const GroupSummary& g : third.summary.groups) {
            const bool hard = b.set.problems[g.problem].tier == "*:4";
            QCOMPARE(g.hint_ratio, hard ? 0.5f : 0.0f);
            QCOMPARE(static_cast<int>(g.correct), 1);
        }
        Bench tier("[guidance]\npolicy = \"tier-target\"\n", 5);  // *:4 never succeeds, +:2 one in four
        double last = 0;
        for (int i = 0; i < 6; ++i) {
            double hard = 0;
            for (const GroupSummary& g : tier.step().summary.groups)
                if (tier.set.problems[g.problem].tier == "*:4") hard += g.hint_ratio / 4;
            if (i > 0 && i % 3 == 0) QVERIFY(hard > last);
            if (i % 3 == 0) last = hard;
        }
    }

    void acceptTwoRefusesALoneSuccess() {
        Bench b("[guidance]\npolicy = \"ghpo\"\naccept = \"two\"\n", 1);
        const StepRecord r = b.step();
        for (const Attempt& a : r.attempts)
            if (!a.hint.empty()) QVERIFY(!a.trained && a.advantage == 0);
    }

    /// Every moment of a step belongs to one phase, and what a step takes is no part of what it repeats.
    void thePhasesAddUpToTheStep() {
        Bench b("[guidance]\npolicy = \"ghpo\"\n");
        StepRecord r = b.step();
        double sum = 0;
        for (const StepPhaseInfo& phase : step_phases) {
            const double seconds = metric(r, phase.metric);
            QVERIFY2(seconds >= 0, phase.metric);
            sum += seconds;
        }
        QVERIFY(std::abs(sum - metric(r, "step_time")) < 1e-9);
        for (const char* name : {"time/draw", "time/generate", "time/judge", "time/update"}) QVERIFY2(metric(r, name) > 0, name);
        for (const char* name : {"time/held-out", "time/checkpoint", "time/jobs"}) QCOMPARE(metric(r, name), 0.0);  // None were made here.
        const std::uint64_t hash = r.summary.hash;
        for (auto& [name, value] : r.summary.metrics)
            if (name.starts_with("time/")) value += 1;
        QCOMPARE(hash_record(r), hash);
    }

    void randomHintsRepeatTheCountsOfAnotherRun() {
        Bench plain("[guidance]\npolicy = \"grpo\"\n");
        Experiment e = plain.experiment;
        e.guidance.match = "run";
        set_key(e, "guidance.policy", std::string("random"));
        Trainer trainer(*plain.engine, *plain.family, plain.set, e, {{1, {{"*:4", {0.25, 0.5}}}}, {2, {{"+:2", {0.75}}}}});
        trainer.before_training({});
        std::map<std::string, std::multiset<float>> given;
        for (int s = 1; s <= 3; ++s)
            for (const GroupSummary& g : trainer.step({}).summary.groups)
                if (g.hint_ratio > 0) given[std::to_string(s) + plain.set.problems[g.problem].tier].insert(g.hint_ratio);
        QCOMPARE(given, (std::map<std::string, std::multiset<float>>{{"1*:4", {0.25f, 0.5f}}, {"2+:2", {0.75f}}}));
    }

    void everyProblemComesOnceAnEpoch() {
        Bench b("[guidance]\npolicy = \"grpo\"\n");
        for (int s = 0; s < 3; ++s) {
            std::set<std::uint32_t> seen;
            for (const GroupSummary& g : b.step().summary.groups) seen.insert(g.problem);
            QCOMPARE(seen.size(), std::size_t{8});
        }
    }

    void aStoppedStepLeavesNoTrace() {
        Bench a("[guidance]\npolicy = \"tier-target\"\n"), b("[guidance]\npolicy = \"tier-target\"\n");
        a.step();
        b.step();
        std::stop_source stop;
        stop.request_stop();
        const std::vector<Intervention> change = {{2, "guidance.ratio", 0.1}};
        QVERIFY_THROWS_EXCEPTION(Stopped, a.trainer->step({stop.get_token(), [](const Phase&) {}}, change));
        QCOMPARE(a.trainer->last_step(), std::int64_t{1});
        QVERIFY(a.trainer->experiment().interventions.empty());
        QCOMPARE(a.step().summary.hash, b.step().summary.hash);
    }

    void interventionsTakeEffectAtTheirStepAndReplay() {
        Bench live("[guidance]\npolicy = \"ghpo\"\n");
        std::vector<std::uint64_t> hashes;
        for (int s = 1; s <= 6; ++s) {
            std::vector<Intervention> changes;
            if (s == 2) changes = {{0, "guidance.ratio", 0.25}};
            if (s == 4) changes = {{0, "corruption.operator", std::string("noise")}, {0, "guidance.ratio", 0.75}};
            const StepRecord r = live.trainer->step({}, changes);
            QCOMPARE(r.summary.applied.size(), changes.size());
            hashes.push_back(r.summary.hash);
        }
        const std::string exported = write_experiment(live.trainer->experiment());
        Bench replay;
        replay.experiment = parse_experiment(write_experiment(live.experiment), "t");
        replay.experiment.interventions = live.trainer->experiment().interventions;
        replay.trainer = std::make_unique<Trainer>(*replay.engine, *replay.family, replay.set, replay.experiment);
        replay.trainer->before_training({});
        for (std::uint64_t hash : hashes) QCOMPARE(replay.step().summary.hash, hash);
    }

    void aCheckpointGoesOnWhereItWasMade() {
        Bench a("[guidance]\npolicy = \"tier-target\"\n"), b("[guidance]\npolicy = \"tier-target\"\n");
        for (int i = 0; i < 3; ++i) a.step();
        const ModelFile file = a.trainer->checkpoint();
        b.trainer->restore(file);
        QCOMPARE(b.trainer->last_step(), std::int64_t{3});
        for (int i = 0; i < 3; ++i) QCOMPARE(b.step().summary.hash, a.step().summary.hash);
    }

    void theGradientIsThatOfTheObjectiveWithDeadGroupsInTheDenominator() {
        Bench b("[guidance]\npolicy = \"grpo\"\n");
        const StepRecord r = b.step();
        double tokens = 0;
        for (const Attempt& a : r.attempts) tokens += static_cast<double>(a.tokens.size());
        for (std::size_t row = 0; row < b.engine->trained.size(); ++row) {
            const auto completion = std::vector<Token>(b.engine->trained[row].tokens.begin() + static_cast<std::ptrdiff_t>(b.engine->trained[row].first), b.engine->trained[row].tokens.end());
            const auto match = std::find_if(r.attempts.begin(), r.attempts.end(), [&](const Attempt& a) { return a.trained && a.tokens == completion; });
            QVERIFY(match != r.attempts.end());
            for (float g : b.engine->gradients[row]) QVERIFY(std::abs(g + match->advantage / tokens) < 1e-6);
        }
    }

    void aModelOfAnotherVocabularyIsRefused() {
        Bench b;
        const auto small = make_family("chain", {4, 7});
        QVERIFY_THROWS_EXCEPTION(UserError, Trainer(*b.engine, *small, b.set, b.experiment));
    }
};

QTEST_GUILESS_MAIN(TestTrainer)
#include "test_trainer.moc"
