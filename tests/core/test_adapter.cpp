// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA through the public doors: gradients, what stays frozen, what repeats, files, whole runs, and memory.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <csignal>
#include <numeric>

#include "engine/hugging_face.h"
#include "engine/lora.h"
#include "engine/model_file.h"
#include "engine/peft.h"
#include "engine/safetensors.h"
#include "formats/json_file.h"
#include "record/error.h"
#include "record/experiment_keys.h"
#include "record/random.h"
#include "report/model_export.h"
#include "scripted_engine.h"
#include "session/fork.h"
#include "session/memory_plan.h"
#include "session/stored_run.h"
#include "whole_runs.h"

using namespace foothold;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> in_blocks = Experiment{}.model.lora_targets;

std::vector<std::string> everywhere() {
    auto targets = in_blocks;
    targets.push_back("lm_head");
    return targets;
}

/// Two layers, sizes that are no multiples of anything, with everything that a type has.
ModelConfig two_layers(ModelType type) {
    ModelConfig config;
    config.model_type = type;
    config.hidden_size = 20;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.intermediate_size = 21;
    config.vocab_size = 13;
    config.max_position_embeddings = 64;
    config.tie_word_embeddings = false;
    return config;
}

std::unique_ptr<Engine> engine_of(const EngineState& state, bool precise = false, int threads = 2) {
    EngineOptions options;
    options.device = "cpu";
    options.threads = threads;
    options.double_precision = precise;
    auto made = open_engine(options);
    made->load(state);
    return made;
}

/// An adapter that changes something already.
EngineState moved(const ModelConfig& config, const LoraConfig& lora, std::uint64_t seed = 5) {
    EngineState adapter = initial_adapter(config, lora, seed);
    Random random(seed);
    for (auto& [name, tensor] : adapter.tensors)
        for (float& value : tensor.data) value += static_cast<float>(0.2 * random.normal());
    return adapter;
}

std::vector<ScoredSequence> sequences() {
    Random random(9);
    std::vector<ScoredSequence> made;
    for (std::size_t i = 0; i < 7; ++i) {
        made.push_back({{}, 1 + i % 3});
        for (std::size_t t = 0; t < 6 + 2 * i; ++t) made.back().tokens.push_back(random.between(2, 12));
    }
    return made;
}

void slopes(std::size_t row, std::span<const float>, std::span<float> gradient) {
    for (std::size_t t = 0; t < gradient.size(); ++t) gradient[t] = static_cast<float>(static_cast<int>((row * 3 + t * 5) % 7) - 3) / 8;
}

double objective(Engine& engine) {
    const auto rows = sequences();
    const auto scores = engine.score(rows, false, {});
    double sum = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<float> weights(scores[row].size());
        slopes(row, scores[row], weights);
        for (std::size_t t = 0; t < weights.size(); ++t) sum += static_cast<double>(weights[t]) * scores[row][t];
    }
    return sum;
}

void train(Engine& engine, int steps) {
    OptimizerSettings settings;
    settings.lr = 1e-2;
    for (int i = 0; i < steps; ++i) engine.update(sequences(), slopes, settings, {});
}

bool same(const EngineState& a, const EngineState& b) {
    return a.optimizer_steps == b.optimizer_steps && a.lora == b.lora && a.base == b.base && a.tensors.size() == b.tensors.size() &&
           std::ranges::all_of(a.tensors, [&](const auto& named) { return named.second.data == b.tensors.at(named.first).data; });
}

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const UserError& error) {
        return error.what();
    }
    return "";
}

#define SAYS(text, part)                                                      \
    {                                                                         \
        const std::string all = text;                                         \
        QVERIFY2(all.find(part) != std::string::npos, all.c_str());           \
    }

Experiment small_lora(const std::string& more = "") {
    Experiment experiment = small(more);
    experiment.model.lora_rank = 4;
    experiment.model.lora_alpha = 8;
    experiment.optimizer.lr = 3e-3;
    return experiment;
}

}  // namespace

class TestAdapter : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path dir(const char* name) { return fs::path(tmp_.path().toStdString()) / name; }

    static void types() {
        QTest::addColumn<int>("type");
        for (const auto& [type, name] : {std::pair(ModelType::llama, "llama"), {ModelType::qwen2, "qwen2"}, {ModelType::qwen3, "qwen3"}})
            QTest::newRow(name) << static_cast<int>(type);
    }

private slots:
    void gradientsAreTheSlopesOfTheObjective_data() { types(); }
    void gradientsAreTheSlopesOfTheObjective() {
        QFETCH(int, type);
        const ModelConfig config = two_layers(static_cast<ModelType>(type));
        auto engine = engine_of(initial_state(config, 3, 0.3), true);
        const EngineState adapter = moved(config, {3, 5, everywhere()});
        engine->load(adapter);
        const auto gradient = engine->gradient(sequences(), slopes);
        std::size_t at = 0;
        for (const auto& [name, shape] : lora_shapes(config, adapter.lora)) {  // One direction a tensor, so that each is checked by itself.
            const auto size = static_cast<std::size_t>(shape[0] * shape[1]);
            const std::span own(gradient.data() + at, size);
            at += size;
            const double norm = std::sqrt(std::inner_product(own.begin(), own.end(), own.begin(), 0.0));
            QVERIFY2(norm > 1e-3, name.c_str());
            const double h = 1e-3;
            EngineState high = adapter, low = adapter;
            double step = 0;  // Taken in floats, along the gradient.
            for (std::size_t i = 0; i < size; ++i) {
                float &up = high.tensors.at(name).data[i], &down = low.tensors.at(name).data[i];
                up += static_cast<float>(h * own[i] / norm);
                down -= static_cast<float>(h * own[i] / norm);
                step += (static_cast<double>(up) - down) * own[i];
            }
            engine->load(high);
            const double above = objective(*engine);
            engine->load(low);
            const double difference = above - objective(*engine);
            QVERIFY2(std::abs(difference - step) < 1e-3 * std::abs(step), qPrintable(QStringLiteral("%1: %2 for %3").arg(name.c_str()).arg(difference).arg(step)));
        }
        QCOMPARE(at, gradient.size());
    }

    void theKernelsHaveTheGradientsOfTheTensors_data() { types(); }
    void theKernelsHaveTheGradientsOfTheTensors() {
        QFETCH(int, type);
        const ModelConfig config = two_layers(static_cast<ModelType>(type));
        const EngineState base = initial_state(config, 3, 0.3);
        for (const auto& targets : {everywhere(), std::vector<std::string>{"v_proj", "up_proj"}, {"lm_head"}}) {
            std::vector<std::vector<float>> gradients;
            for (const bool precise : {false, true}) {
                auto engine = engine_of(base, precise);
                engine->load(moved(config, {3, 5, targets}));
                gradients.push_back(engine->gradient(sequences(), slopes));
            }
            double largest = 0, off = 0;
            for (std::size_t i = 0; i < gradients[0].size(); ++i) {
                largest = std::max<double>(largest, std::abs(gradients[1][i]));
                off = std::max<double>(off, std::abs(gradients[0][i] - gradients[1][i]));
            }
            QVERIFY2(largest > 0.01 && off < 1e-5 * largest, qPrintable(QStringLiteral("%1 of %2").arg(off).arg(largest)));
        }
    }

    void aFreshAdapterChangesNothingAndTheBaseStaysToTheBit() {
        const ModelConfig config = two_layers(ModelType::qwen2);
        const EngineState base = initial_state(config, 3, 0.3);
        const LoraConfig lora{4, 8, everywhere()};
        auto engine = engine_of(base);
        const auto before = engine->score(sequences(), false, {});
        engine->load(initial_adapter(config, lora, 1));
        QVERIFY(engine->score(sequences(), false, {}) == before);
        train(*engine, 5);
        const EngineState trained = engine->state();
        const auto after = engine->score(sequences(), false, {});
        QVERIFY(after != before);
        // A fresh adapter takes the place of the trained one: what was frozen is as it was.
        engine->load(initial_adapter(config, lora, 1));
        QVERIFY(engine->score(sequences(), false, {}) == before);
        // What was trained is the base and the adapter, no more: merged by other code it scores the same.
        const auto merged_scores = engine_of(merged(base, trained))->score(sequences(), false, {});
        for (std::size_t i = 0; i < after.size(); ++i)
            for (std::size_t t = 0; t < after[i].size(); ++t) QVERIFY(std::abs(after[i][t] - merged_scores[i][t]) < 1e-5);
        engine->load(trained);
        QVERIFY(engine->score(sequences(), false, {}) == after);
        // A whole model in its place is trained as a whole again.
        engine->load(base);
        QCOMPARE(engine->state().lora.rank, 0);
        QCOMPARE(engine->gradient(sequences(), slopes).size(), static_cast<std::size_t>(config.parameters()));
    }

    void aFreshAdapterStartsAsPeftStartsIt() {
        const ModelConfig config = two_layers(ModelType::llama);
        const EngineState a = initial_adapter(config, {4, 8, {"down_proj"}}, 1), b = initial_adapter(config, {4, 8, {"down_proj"}}, 1),
                          c = initial_adapter(config, {4, 8, {"down_proj"}}, 2);
        const std::string name = "model.layers.1.mlp.down_proj.lora_A.weight";
        QVERIFY(same(a, b));
        QVERIFY(a.tensors.at(name).data != c.tensors.at(name).data);
        const auto& numbers = a.tensors.at(name).data;
        QCOMPARE(numbers.size(), std::size_t{4 * 21});
        const auto [low, high] = std::ranges::minmax(numbers);
        const double bound = 1 / std::sqrt(21.0);
        QVERIFY(low > -bound && low < -0.9 * bound && high < bound && high > 0.9 * bound);
        QVERIFY(std::ranges::all_of(a.tensors.at("model.layers.1.mlp.down_proj.lora_B.weight").data, [](float x) { return x == 0; }));
    }

    void whatIsLoadedGoesOnAsWhatWasTrained() {
        const ModelConfig config = two_layers(ModelType::llama);
        const EngineState base = initial_state(config, 3, 0.3), start = initial_adapter(config, {4, 8, in_blocks}, 1);
        for (const bool precise : {false, true}) {
            auto whole = engine_of(base, precise);
            whole->load(start);
            train(*whole, 6);
            auto first = engine_of(base, precise);
            first->load(start);
            train(*first, 3);
            ModelFile file;
            file.state = first->state();
            file.metadata["trainer"] = "x";
            write_model(dir("adapter.safetensors"), file);
            const ModelFile read = read_model(dir("adapter.safetensors"));
            QVERIFY(same(read.state, file.state));
            QCOMPARE(read.metadata.count("lora"), std::size_t{0});
            if (precise) continue;  // States are floats.
            auto second = engine_of(base, precise);
            second->load(read.state);
            train(*second, 3);
            QVERIFY(same(second->state(), whole->state()));
        }
    }

    void anAdapterKnowsItsBase() {
        const ModelConfig config = two_layers(ModelType::llama);
        auto engine = engine_of(initial_state(config, 3, 0.3));
        engine->load(initial_adapter(config, {4, 8, in_blocks}, 1));
        const EngineState adapter = engine->state();
        QCOMPARE(adapter.base, hash_weights(initial_state(config, 3, 0.3)));
        auto other = engine_of(initial_state(config, 4, 0.3));
        SAYS(refusal([&] { other->load(adapter); }), "other weights");
        auto elsewhere = engine_of(initial_state(two_layers(ModelType::qwen2), 3, 0.3));
        SAYS(refusal([&] { elsewhere->load(adapter); }), "another shape");
        // Refused, it left the engine as it was.
        QCOMPARE(other->state().lora.rank, 0);
        train(*other, 1);
        // On disk too.
        ModelFile file{adapter, {{base_model_key, dir("base.safetensors").string()}}};
        write_model(dir("step.safetensors"), file);
        SAYS(refusal([&] { open_model(dir("step.safetensors")); }), "base.safetensors");
        write_model(dir("base.safetensors"), {initial_state(config, 3, 0.3), {}});
        QCOMPARE(open_model(dir("step.safetensors")).state.tensors.size(), initial_state(config, 3).tensors.size());
        QVERIFY(describe_model(dir("step.safetensors")).state.tensors.empty());
        write_model(dir("base.safetensors"), {initial_state(config, 4, 0.3), {}});
        SAYS(refusal([&] { open_model(dir("step.safetensors")); }), "other weights");
    }

    void mistakesAreNamedInTheWordsOfTheKeys() {
        Experiment e;
        SAYS(refusal([&] { set_key_text(e, "model.lora_targets", "q_proj,qproj"); }), "did you mean \"q_proj\"");
        SAYS(refusal([&] { set_key_text(e, "model.lora_targets", "wte"); }), "down_proj");
        set_key_text(e, "model.lora_targets", "q_proj,v_proj");
        QCOMPARE(e.model.lora_targets, (std::vector<std::string>{"q_proj", "v_proj"}));
        ModelConfig config = two_layers(ModelType::llama);
        SAYS(refusal([&] { check_lora(config, {11, 32, in_blocks}); }), "model.lora_rank = 11: k_proj is a matrix of 10 x 20: choose a rank from 1 to 10");
        SAYS(refusal([&] { check_lora(config, {4, 32, {}}); }), "model.lora_targets is empty");
        config.tie_word_embeddings = true;
        SAYS(refusal([&] { check_lora(config, {4, 32, {"lm_head"}}); }), "its embedding");
        // Before a folder is made.
        Experiment wide = small_lora();
        wide.model.lora_rank = 500;
        SAYS(refusal([&] { Session::create(wide, at(dir("none"))); }), "model.lora_rank = 500");
        QVERIFY(!fs::exists(dir("none")));
    }

    void wholeRunsRepeatResumeAndFork() {
        run_to_end(*Session::create(small_lora(), at(dir("whole"))));
        run_to_end(*Session::create(small_lora(), at(dir("parts"), 2)));
        run_to_end(*Session::open(at(dir("parts"), 5)));
        QVERIFY(fs::remove(dir("parts") / "checkpoints/step-5.safetensors"));  // The next resume replays from step 3.
        run_to_end(*Session::open(at(dir("parts"), 8)));
        QCOMPARE(hashes(dir("parts")), hashes(dir("whole")));
        const EngineState a = read_model(dir("whole") / "checkpoints/step-8.safetensors").state, b = read_model(dir("parts") / "checkpoints/step-8.safetensors").state;
        QVERIFY(same(a, b));
        QVERIFY(std::ranges::any_of(a.tensors.at("model.layers.0.self_attn.q_proj.lora_B.weight").data, [](float x) { return x != 0; }));
        ForkRequest request{dir("whole"), 4, {}, dir("fork"), "", 8};
        run_to_end(*Session::open(at(fork_run(request), 8)));
        QCOMPARE(hashes(dir("fork")), hashes(dir("whole")));
        const Experiment exported = replayable_experiment(*RunReader::open(dir("whole")));
        run_to_end(*Session::create(exported, at(dir("replayed"))));
        QCOMPARE(hashes(dir("replayed")), hashes(dir("whole")));
        // Training all weights is another run.
        run_to_end(*Session::create(small("[optimizer]\nlr = 3e-3\n"), at(dir("full"))));
        QVERIFY(hashes(dir("full")) != hashes(dir("whole")));
        // A checkpoint holds the adapter alone.
        QVERIFY(fs::file_size(dir("whole") / "checkpoints/step-8.safetensors") < fs::file_size(dir("full") / "checkpoints/step-8.safetensors") / 2);
    }

    void aKilledRunGoesOnWithTheSameRecords() {
        const fs::path bin = qEnvironmentVariable("FOOTHOLD_BIN").toStdString();
        save_text_file(dir("lora.toml"), write_experiment(small_lora()));
        QProcess process;
        process.start(QString::fromStdString((bin / "foothold-cli").string()),
                      {"run", QString::fromStdString(dir("lora.toml").string()), "--device", "cpu", "--steps", "100000", "--out", QString::fromStdString(dir("killed").string())});
        QVERIFY(process.waitForStarted());
        const auto committed = [&] {
            try {
                return RunReader::open(dir("killed"))->last_step();
            } catch (const UserError&) {
                return std::int64_t{-1};
            }
        };
        QTRY_VERIFY_WITH_TIMEOUT(committed() >= 4, 60000);
        ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        process.waitForFinished();
        const std::int64_t last = committed();
        run_to_end(*Session::open(at(dir("killed"), last + 3)));
        run_to_end(*Session::create(small_lora(), at(dir("unkilled"), last + 3)));
        QCOMPARE(hashes(dir("killed")), hashes(dir("unkilled")));
    }

    void exportsAreTheMergedModelAndTheAdapter() {
        run_to_end(*Session::create(small_lora(), at(dir("exported"), 3)));
        export_model(dir("exported"), dir("merged"));
        export_adapter(dir("exported"), dir("peft"));
        const EngineState checkpoint = read_model(dir("exported") / "checkpoints/step-3.safetensors").state;
        const EngineState base = open_model(small().model.path).state;
        const auto expected = merged(base, checkpoint).tensors;
        // PEFT's folder names a base that is not in Hugging Face's layout: this program opens it all the same.
        const auto whole = open_model(dir("merged")).state.tensors, opened = open_model(dir("peft")).state.tensors;
        for (const auto& [name, tensor] : expected) QVERIFY2(whole.at(name).data == tensor.data && opened.at(name).data == tensor.data, name.c_str());
        QVERIFY(whole.at("model.layers.0.mlp.up_proj.weight").data != base.tensors.at("model.layers.0.mlp.up_proj.weight").data);
        QCOMPARE(base_of_adapter(dir("peft")), fs::weakly_canonical(small().model.path));
        // A run can begin from it, with another adapter on top.
        Experiment onward = small_lora();
        onward.model.path = dir("peft").string();
        run_to_end(*Session::create(onward, at(dir("onward"), 1)));
        QVERIFY(open_model(dir("onward") / "checkpoints/step-1.safetensors").state.tensors.size() == expected.size());
        run_to_end(*Session::create(small(), at(dir("plain"), 1)));
        SAYS(refusal([&] { export_adapter(dir("plain"), dir("no")); }), "model.lora_rank = 0");
    }

    void aPlanCountsWhatIsTrained() {
        auto engine = engine_of(initial_state(two_layers(ModelType::llama), 3));
        ModelConfig large;
        large.hidden_size = 576;
        large.num_hidden_layers = 30;
        large.num_attention_heads = 9;
        large.num_key_value_heads = 3;
        large.intermediate_size = 1536;
        large.vocab_size = 49152;
        large.max_position_embeddings = 8192;
        PlanRequest full{large, {}, false, 32, 300, 200}, lora = full;
        lora.lora = {16, 32, in_blocks};
        const MemoryPlan all = engine->plan(full), few = engine->plan(lora);
        QVERIFY(few.need.optimizer < all.need.optimizer / 20);
        QVERIFY(few.need.total() < all.need.total() * 2 / 3);
        QVERIFY(few.need.weights > all.need.weights);  // W0 is kept.
        PlanRequest reference = full;
        reference.reference = true;
        QVERIFY(engine->plan(reference).need.weights > all.need.weights);
        PlanRequest prompted = full;  // A prompt of 280 in place of 100: more of its attempts go together.
        prompted.new_tokens = 20;
        QVERIFY(engine->plan(prompted).need.activations > all.need.activations * 5 / 4);
    }

    void aRunThatDoesNotFitIsRefusedWithWhatWould() {
        /// Plans as the engine does, on a machine with less memory.
        struct Tight : ScriptedEngine {
            Tight(const Family& family, Engine& real, std::int64_t bytes) : ScriptedEngine(family, {}, {}), real(real), bytes(bytes) {}
            MemoryPlan plan(const PlanRequest& request) const override {
                MemoryPlan made = real.plan(request);
                made.available = bytes;
                return made;
            }
            Engine& real;
            std::int64_t bytes;
        };
        const auto family = make_family("chain");
        auto real = engine_of(initial_state(two_layers(ModelType::llama), 3));
        ModelConfig large = two_layers(ModelType::llama);
        large.hidden_size = 1024;
        large.num_hidden_layers = 12;
        large.intermediate_size = 4096;
        large.vocab_size = 32000;
        Experiment experiment;
        experiment.model.path = "large.gguf";
        const PlanRequest request = plan_request(large, experiment, 200);
        const std::int64_t all = real->plan(request).need.total();
        refuse_too_large(Tight(*family, *real, all), request, experiment);
        const std::string said = refusal([&] { refuse_too_large(Tight(*family, *real, all - 1), request, experiment); });
        SAYS(said, "large.gguf does not fit");
        SAYS(said, "model.lora_rank = 16 (about");
        SAYS(said, "threads = 1 (about");
        const std::string least = refusal([&] { refuse_too_large(Tight(*family, *real, 1000), request, experiment); });
        SAYS(least, "choose a smaller model");
        QVERIFY(least.find("What would fit") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestAdapter)
#include "test_adapter.moc"
