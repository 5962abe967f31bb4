// SPDX-License-Identifier: GPL-3.0-or-later
// Variants, edited traces in training, probes beside training and what is read off a solve-probability curve.
#include <QTemporaryDir>
#include <QtTest>

#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/variant.h"
#include "session/stored_run.h"
#include "studies/curve_file.h"
#include "studies/prefix_curve.h"
#include "whole_runs.h"

using namespace foothold;
namespace fs = std::filesystem;

namespace {

CurveSettings settings_for(const Problem& problem, std::uint32_t index) {
    CurveSettings s;
    s.problem = index;
    s.cuts = 4;
    s.half_width = 0.12;
    s.seed = 5;
    std::vector<std::string> turned(problem.steps.rbegin(), problem.steps.rend());
    s.traces = {{CurveTrace::Kind::gold, 0, "gold", problem.steps},
                {CurveTrace::Kind::variant, variant_id(problem.id, turned), "turned", turned},
                {CurveTrace::Kind::null, 0, "remaining depth", {}}};
    return s;
}

std::vector<std::vector<int>> numbers(const CurveState& state) {
    std::vector<std::vector<int>> out;
    for (const Curve& c : state.curves)
        for (const CurvePoint& p : c.points) out.push_back({p.given, p.n, p.successes, p.sound});
    return out;
}

Curve made_curve(std::vector<int> successes) {
    Curve curve;
    curve.trace.steps.resize(successes.size() - 1);
    for (std::size_t i = 0; i < successes.size(); ++i)
        curve.points.push_back({static_cast<int>(i), static_cast<double>(i) / static_cast<double>(successes.size() - 1), 10, successes[i], 0, {}});
    return curve;
}

}  // namespace

class TestPrefixCurve : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path dir(const char* name) { return fs::path(tmp_.path().toStdString()) / name; }

   private Q_SLOTS:
    void aSessionAndAStoredRunGiveTheSameNumbers() {
        const auto session = Session::create(small(), at(dir("run")));
        for (int step = 1; step <= 4; ++step) {
            session->step();
            until(*session, [&] { return session->progress().step >= step && session->progress().state == TrainerState::paused; });
        }
        const std::uint32_t index = 7;
        const Problem problem = session->info().problems[index];
        const auto curve = std::make_shared<PrefixCurve>(settings_for(problem, index));
        session->submit(curve);
        until(*session, [&] { return curve->done(); });
        const CurveState live = curve->state();
        QVERIFY2(live.failure.empty(), live.failure.c_str());
        QCOMPARE(live.step, std::int64_t{4});
        for (const Curve& c : live.curves)
            for (const CurvePoint& p : c.points) QVERIFY((p.interval.second - p.interval.first) / 2 <= 0.12 || p.n >= 256);

        // Step 4 has no checkpoint: it is reached from step 3.
        RunAtStep stored(dir("run"), 4, "cpu");
        PrefixCurve again(settings_for(problem, index));
        while (!again.done()) again.slice({stored.engine(), stored.family(), stored.problems(), stored.experiment(), stored.step(), {}});
        QCOMPARE(numbers(again.state()), numbers(live));
        QCOMPARE(again.state().reliance.size(), live.reliance.size());

        // Probing is no part of what a run repeats; what was sampled is in the store.
        session->run();
        session->finish({});
        run_to_end(*Session::create(small(), at(dir("unprobed"))));
        QCOMPARE(hashes(dir("run")), hashes(dir("unprobed")));
        AttemptQuery query;
        query.origin = Origin::probe;
        const auto probes = RunReader::open(dir("run"))->attempts(query);
        int sampled = 0;
        for (const Curve& c : live.curves)
            for (const CurvePoint& p : c.points)
                if (c.trace.kind == CurveTrace::Kind::gold || (c.trace.kind == CurveTrace::Kind::variant && p.given > 0)) sampled += p.n;
        QCOMPARE(static_cast<int>(probes.size()), sampled);
        const auto last = RunReader::open(dir("run"))->summaries(8, 8);
        QVERIFY(*last[0].metric("tokens_probe") > 0);
        // The time of the curve is named with the step after it; checkpoints and held-out sets with theirs (every 3 and 4 steps).
        for (const StepSummary& step : RunReader::open(dir("run"))->summaries()) {
            QCOMPARE(*step.metric("time/jobs") > 0, step.step == 5);
            QCOMPARE(*step.metric("time/checkpoint") > 0, step.step % 3 == 0 || step.step == 8);
            QCOMPARE(*step.metric("time/held-out") > 0, step.step % 4 == 0);
        }
    }

    void curvesAreWrittenAndReadWhole() {
        CurveState state;
        state.settings = settings_for({"chain/+:4/0", "chain", "+:4", "p", "1", {"a ;", "b ;"}}, 3);
        state.step = 7;
        state.curves = {made_curve({1, 5, 9})};
        state.scaffolding = {{12, .5, true, .1 + .2, Interval{-.25, 1. / 3}}, {13, 1, false, std::nullopt, std::nullopt}};
        state.reliance = {{12, -1.75, 4}};
        state.tokens = 99;
        state.done = true;
        const std::string text = write_curves({&state, 1});
        const auto read = read_curves(text);
        QCOMPARE(read.size(), std::size_t{1});
        QCOMPARE(write_curves(read), text);
        QCOMPARE(read[0].scaffolding[0].value, state.scaffolding[0].value);
        QVERIFY(!read[0].scaffolding[1].interval && read[0].curves[0].points[2].successes == 9 && read[0].settings.traces[1].steps == state.settings.traces[1].steps);
        for (const char* wrong : {"", "{", "{}", "[{}]", "[1]"}) QVERIFY_EXCEPTION_THROWN(read_curves(wrong), UserError);
    }

    void aJobIsGivenUpWhereItCannotRun() {
        run_to_end(*Session::create(small(), at(dir("held"))));
        const auto holder = Session::open(at(dir("held")));
        const auto looker = Session::open(at(dir("held")), true);
        QVERIFY(looker->read_only());
        const auto curve = std::make_shared<PrefixCurve>(settings_for(looker->info().problems[0], 0));
        looker->submit(curve);
        QVERIFY(curve->done());
        QVERIFY(curve->state().failure.find("reading only") != std::string::npos);
        QVERIFY_THROWS_EXCEPTION(UserError, looker->put_variant({}));
        // One that asks for nonsense does not take the run with it.
        CurveSettings wrong = settings_for(looker->info().problems[0], 999999);
        const auto lost = std::make_shared<PrefixCurve>(wrong);
        holder->submit(lost);
        until(*holder, [&] { return lost->done(); });
        QVERIFY(!lost->state().failure.empty());
        QVERIFY(holder->progress().state == TrainerState::finished);  // It has all its steps, job or not.
    }

    void variantsAreKeptAtOnceAndNeverTwice() {
        const auto session = Session::create(small(), at(dir("variants")));
        const Problem& problem = session->info().problems[7];
        Variant a{0, 7, 0, "turned", "", 0, 0, {problem.steps.rbegin(), problem.steps.rend()}};
        a.id = variant_id(problem.id, a.steps);
        QVERIFY(a.id > 0);
        QVERIFY(variant_id("another", a.steps) != a.id);
        Variant child = a;
        child.parent = a.id;
        child.steps.pop_back();
        child.id = variant_id(problem.id, child.steps);
        session->put_variant(a);
        session->put_variant(child);
        a.title = "renamed";
        session->put_variant(a);
        session->set_note("problem/7", "why?");
        QCOMPARE(session->note("problem/7"), std::string("why?"));
        QCOMPARE(session->variants().size(), std::size_t{2});
        // Another reader sees them while the run is open: they do not wait for its end.
        const auto stored = [&] { return RunReader::open(dir("variants"))->variants(); };
        until(*session, [&] { return stored().size() == 2 && stored()[0].title == "renamed"; });
        QVERIFY(stored()[1] == child);
    }

    void tracesThatCannotBeUsedAreRefusedWithTheReason() {
        const auto session = Session::create(small(), at(dir("refused")));
        const Problem& problem = session->info().problems[7];
        const std::string key = "guidance.traces." + problem.id;
        QVERIFY(!session->refuse_trace(7, problem.steps));
        std::vector<std::string> unknown = problem.steps, endless;
        unknown[1] = "n1 + banana = n2 ;";
        for (int i = 0; i < 200; ++i) endless.push_back(problem.steps[0]);
        QVERIFY(session->refuse_trace(7, unknown)->find("banana") != std::string::npos);
        QVERIFY(session->refuse_trace(7, endless)->find("room for 512") != std::string::npos);
        QVERIFY(session->refuse_trace(7, {}));
        QVERIFY_THROWS_EXCEPTION(UserError, session->intervene(key, unknown));
        QVERIFY_THROWS_EXCEPTION(UserError, session->intervene("guidance.traces.nobody", problem.steps));
        QVERIFY(session->pending().empty());
        Experiment e = small();
        e.guidance.traces[problem.id] = endless;
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(e, at(dir("never"))));
        QVERIFY(!fs::exists(dir("never")));
        // So is what guidance would make of the traces while it trains, and a tier that never fits.
        Experiment deep = small();
        deep.problems.tiers = {"+:4", "*:45"};
        deep.guidance.policy = "always";
        deep.guidance.trigger = "always";
        deep.guidance.schedule = "fixed";
        deep.guidance.ratio = 1;
        const auto fits = Session::create(deep, at(dir("deep")));
        QVERIFY_THROWS_EXCEPTION(UserError, fits->intervene("corruption.operator", std::string("insert")));
        QVERIFY(fits->pending().empty());
        fits->intervene("corruption.operator", std::string("noise"));
        deep.corruption.operation = "insert";
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(deep, at(dir("never"))));
        deep.corruption.operation = "none";
        deep.problems.tiers = {"+:4", "*:80"};
        QVERIFY_THROWS_EXCEPTION(UserError, Session::create(deep, at(dir("never"))));
        QVERIFY(!fs::exists(dir("never")));
        const CorruptedTrace corrupted = session->corrupted(7, problem.steps, "error", 0.2, 3);
        QVERIFY(corrupted.steps != problem.steps);
        QCOMPARE(corrupted.steps.size(), problem.steps.size());
    }

    void anEditedTraceIsTrainedFromTheNextStepAndReplays() {
        const std::string policy = "[guidance]\npolicy = \"always\"\nratio = 0.5\n";
        const auto session = Session::create(small(policy), at(dir("edited")));
        session->step();
        until(*session, [&] { return session->progress().step >= 1 && session->progress().state == TrainerState::paused; });
        const Problem problem = session->info().problems[7];
        const std::vector<std::string> turned(problem.steps.rbegin(), problem.steps.rend());
        session->intervene("guidance.traces." + problem.id, turned);
        run_to_end(*session);
        AttemptQuery query;
        query.problem = 7;
        query.origin = Origin::train;
        bool seen = false;
        for (const Attempt& a : RunReader::open(dir("edited"))->attempts(query)) {
            if (a.step <= 1) continue;
            seen = true;
            QCOMPARE(a.variant, variant_id(problem.id, turned));
            QVERIFY(a.hint.starts_with(turned[0]));
        }
        QVERIFY(seen);
        const std::string toml = write_experiment(replayable_experiment(*RunReader::open(dir("edited"))));
        run_to_end(*Session::create(parse_experiment(toml, "exported"), at(dir("edited-again"))));
        QCOMPARE(hashes(dir("edited-again")), hashes(dir("edited")));
    }

    void tracesInAFileAreReadAndWritten() {
        const std::string text = "[guidance.traces]\n\"chain/*:6/3\" = [\"n1 * n2 = n2 ;\", \"n2 * n2 = n4 ;\"]\n";
        const Experiment e = parse_experiment(text, "file");
        QCOMPARE(e.guidance.traces.at("chain/*:6/3").size(), std::size_t{2});
        QVERIFY(parse_experiment(write_experiment(e), "again").guidance.traces == e.guidance.traces);
        Experiment cleared = e;
        set_key(cleared, "guidance.traces.chain/*:6/3", std::vector<std::string>{});
        QVERIFY(cleared.guidance.traces.empty());
        QVERIFY_THROWS_EXCEPTION(UserError, set_key(cleared, "guidance.traces.x", 0.5));
        QVERIFY_THROWS_EXCEPTION(UserError, parse_experiment("[guidance]\ntraces = 3\n", "file"));
    }

    void footholdAndDecisiveStep() {
        const Curve curve = made_curve({0, 1, 2, 7, 8, 10});
        QCOMPARE(curve.foothold()->given, 3);
        QCOMPARE(curve.decisive()->from, 2);
        QCOMPARE(curve.decisive()->to, 3);
        QCOMPARE(curve.decisive()->rise, 0.5);
        QVERIFY(!made_curve({0, 1, 2}).foothold());
        QVERIFY(!Curve{}.decisive());
    }
};

QTEST_GUILESS_MAIN(TestPrefixCurve)
#include "test_prefix_curve.moc"
