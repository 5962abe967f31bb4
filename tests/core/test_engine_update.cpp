// SPDX-License-Identifier: GPL-3.0-or-later
// Training through the engine's public door: gradients are right, however they are cut, and the state goes on to the bit.
#include <QTemporaryDir>

#include "core/engine_bench.h"
#include "engine/lora.h"

using namespace foothold;
using namespace foothold::engines;

class TestEngineUpdate : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    void gradientEqualsDifferences_data() {
        QTest::addColumn<ModelConfig>("shape");
        QTest::newRow("plain") << small();
        QTest::newRow("grouped heads, own head") << small(2, false);
        QTest::newRow("odd sizes") << odd();
        for (const ModelType type : {ModelType::qwen2, ModelType::qwen3}) {
            ModelConfig other = odd();
            other.model_type = type;
            other.head_dim = 6;
            other.rope_scaling = RopeScaling{8, 1, 4, 64};
            QTest::newRow(type == ModelType::qwen2 ? "biases, heads apart" : "norms of heads, heads apart") << other;
        }
    }

    /// Along random directions, in double: (L(w + hd) - L(w - hd)) / 2h with one Richardson step, against gradient . d.
    void gradientEqualsDifferences() {
        QFETCH(ModelConfig, shape);
        const EngineState state = sharp(shape);
        const auto rows = sequences();
        auto precise = engine(state, 1, 4096, true);
        const auto exact = precise->gradient(rows, slopes);
        QVERIFY(norm(exact) > 0.1);
        std::size_t first = 0;
        for (const auto& entry : state.tensors) {  // One direction a tensor, so that each is checked by itself.
            const std::string& name = entry.first;
            const std::span part(exact.data() + first, entry.second.data.size());
            first += part.size();
            // The gradient's own direction, mixed with noise: its slope is far from zero.
            Random random(random_key({first}));
            const double size = norm({part.begin(), part.end()});
            std::vector<double> direction;
            for (const float value : part)
                direction.push_back(value / size + 0.5 * random.normal() / std::sqrt(static_cast<double>(part.size())));
            const auto slope = [&](double h) {
                EngineState high = state, low = state;
                double expected = 0;  // With the steps as they are after rounding to float.
                for (std::size_t i = 0; i < direction.size(); ++i) {
                    float& up = high.tensors.at(name).data[i];
                    float& down = low.tensors.at(name).data[i];
                    up = static_cast<float>(up + h * direction[i]);
                    down = static_cast<float>(down - h * direction[i]);
                    expected += static_cast<double>(part[i]) * (static_cast<double>(up) - static_cast<double>(down));
                }
                precise->load(high);
                const double above = objective(*precise, rows);
                precise->load(low);
                return std::pair((above - objective(*precise, rows)) / (2 * h), expected / (2 * h));
            };
            const auto [rough, wanted_rough] = slope(0.02);
            const auto [fine, wanted] = slope(0.01);
            const double error = (4 * (fine - wanted) - (rough - wanted_rough)) / 3;
            QVERIFY2(std::abs(error) < 1e-3 * std::abs(wanted),
                     qPrintable(QString("%1: %2 of %3").arg(name.c_str()).arg(error).arg(wanted)));
        }
        const auto plain = engine(state)->gradient(rows, slopes);
        QVERIFY(distance(plain, exact) < 1e-4 * norm(exact));
    }

    void cutsAndWorkersDoNotMatter() {
        const EngineState state = sharp(small());
        const auto rows = sequences(23);
        const auto wanted = engine(state, 1)->gradient(rows, slopes);
        for (const auto& [threads, tokens] : {std::pair(2, 4096), std::pair(1, 64), std::pair(2, 64), std::pair(3, 1)})
            QVERIFY(distance(engine(state, threads, tokens)->gradient(rows, slopes), wanted) < 1e-6 * norm(wanted));
    }

    void sharedContextsDoNotMatter_data() { gradientEqualsDifferences_data(); }

    /// A group's context goes through the kernels once. Alone in a micro-batch nothing is shared, and by tensors never.
    void sharedContextsDoNotMatter() {
        QFETCH(ModelConfig, shape);
        const EngineState state = sharp(shape);
        std::vector<ScoredSequence> rows;
        for (const int fresh : {1, 27, 6, 0, 14})
            for (const auto& [length, seed] : {std::pair(9, 1), std::pair(9, 2), std::pair(33, 3), std::pair(1, 4)}) {
                ScoredSequence row{context(length, static_cast<std::uint64_t>(seed)), static_cast<std::size_t>(length)};
                const auto rest = context(fresh, static_cast<std::uint64_t>(100 + rows.size()));
                row.tokens.insert(row.tokens.end(), rest.begin(), rest.end());
                rows.push_back(std::move(row));
            }
        auto shared = engine(state, 2), precise = engine(state, 1, 4096, true);
        const auto scores = shared->score(rows, false, {}), exact = precise->score(rows, false, {});
        for (std::size_t row = 0; row < rows.size(); ++row) {
            QCOMPARE(scores[row].size(), rows[row].scored());
            for (std::size_t t = 0; t < scores[row].size(); ++t) QVERIFY(std::abs(scores[row][t] - exact[row][t]) < 1e-4f);
        }
        const auto gradient = shared->gradient(rows, slopes), apart = engine(state, 1, 1)->gradient(rows, slopes),
                   wanted = precise->gradient(rows, slopes);
        QVERIFY(norm(wanted) > 0.1);
        QVERIFY(distance(gradient, wanted) < 1e-5 * norm(wanted));
        QVERIFY(distance(gradient, apart) < 1e-6 * norm(wanted));
        QVERIFY(engine(state, 2, 4096, false, false, true)->gradient(rows, slopes) == gradient);  // Computed twice where ops do it.
    }

    /// So many logits that the kernels compute them in pieces, and again for the way back; by tensors they are one piece.
    void largeVocabulariesGoThroughInPieces() {
        ModelConfig wide = small(1);
        wide.hidden_size = 2;
        wide.num_attention_heads = 1;
        wide.num_hidden_layers = 1;
        wide.intermediate_size = 2;
        wide.vocab_size = 1 << 18;
        wide.max_position_embeddings = 256;
        const EngineState state = sharp(wide);
        ScoredSequence row{context(200, 5), 1};
        row.tokens[7] = wide.vocab_size - 1;
        const std::vector<ScoredSequence> rows{row};
        auto fused = engine(state, 1), precise = engine(state, 1, 4096, true);
        const auto scores = fused->score(rows, false, {}).front(), exact = precise->score(rows, false, {}).front();
        for (std::size_t t = 0; t < scores.size(); ++t) QVERIFY(std::abs(scores[t] - exact[t]) < 1e-4f);
        const auto wanted = precise->gradient(rows, slopes);
        QVERIFY(norm(wanted) > 0);
        QVERIFY(distance(fused->gradient(rows, slopes), wanted) < 1e-3 * norm(wanted));
    }

    void updatesLearn() {
        auto made = engine(initial_state(small(), 4));
        const auto rows = sequences();
        double tokens = 0;
        for (const auto& row : rows) tokens += static_cast<double>(row.scored());
        const auto loss = [&] {
            double sum = 0;
            for (const auto& row : made->score(rows, false, {})) sum -= std::accumulate(row.begin(), row.end(), 0.0);
            return sum / tokens;
        };
        const double before = loss();
        OptimizerSettings optimizer;
        optimizer.lr = 5e-3;
        for (int step = 0; step < 40; ++step) {
            const auto result = made->update(rows,
                                             [&](std::size_t, std::span<const float>, std::span<float> gradient) {
                                                 std::ranges::fill(gradient, static_cast<float>(-1 / tokens));
                                             },
                                             optimizer, {});
            QCOMPARE(result.tokens, static_cast<std::int64_t>(tokens));
            QVERIFY(result.grad_norm > 0);
        }
        QVERIFY2(loss() < before / 2, qPrintable(QString("%1 -> %2").arg(before).arg(loss())));
        QCOMPARE(made->state().optimizer_steps, std::int64_t{40});
    }

    /// One step against AdamW written out, with clipping and decay.
    void takesAdamWSteps() {
        EngineState state = sharp(small());
        auto made = engine(state, 1, 4096, true);
        const auto rows = sequences();
        OptimizerSettings optimizer{1e-2, 0.9, 0.95, 1e-8, 0.1, 0.5};
        std::vector<double> weights, m, v;
        for (const auto& [name, tensor] : state.tensors)
            weights.insert(weights.end(), tensor.data.begin(), tensor.data.end());
        m.resize(weights.size());
        v.resize(weights.size());
        for (int step = 1; step <= 2; ++step) {
            const auto gradient = made->gradient(rows, slopes);
            const double clip = std::min(1.0, 0.5 / (norm(gradient) + 1e-6));
            QVERIFY(clip < 1);
            made->update(rows, slopes, optimizer, {});
            for (std::size_t i = 0; i < weights.size(); ++i) {
                const double g = gradient[i] * clip;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.95 * v[i] + 0.05 * g * g;
                weights[i] *= 1 - 1e-2 * 0.1;
                weights[i] -=
                    1e-2 * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.95, step))) + 1e-8);
            }
        }
        std::size_t i = 0;
        const EngineState after = made->state();
        for (const auto& [name, tensor] : state.tensors)
            for (const float value : after.tensors.at(name).data)
                QVERIFY2(std::abs(value - weights[i++]) < 2e-5, name.c_str());
        for (std::size_t k = 0; k < m.size(); ++k)
            QVERIFY(std::abs(after.tensors.at("optimizer.m").data[k] - m[k]) < 1e-5);
    }

    /// The same direction, another length; both moments as without.
    void updatesTakeTheNormAskedFor() {
        const EngineState state = sharp(small());
        const auto rows = sequences();
        auto plain = engine(state), held = engine(state);
        OptimizerSettings optimizer;
        plain->update(rows, slopes, optimizer, {});
        optimizer.update_norm = 0.02;
        held->update(rows, slopes, optimizer, {});
        const auto change = [&](const EngineState& after) {
            std::vector<float> out;
            for (const auto& [name, tensor] : state.tensors)
                for (std::size_t i = 0; i < tensor.data.size(); ++i) out.push_back(after.tensors.at(name).data[i] - tensor.data[i]);
            return out;
        };
        const EngineState a = plain->state(), b = held->state();
        std::vector<float> taken = change(a), asked = change(b);
        const double long_one = norm(taken), short_one = norm(asked);
        QVERIFY2(std::abs(short_one - 0.02) < 1e-5, qPrintable(QString::number(short_one)));
        QVERIFY(std::abs(long_one - short_one) > 1e-3);
        for (float& value : taken) value = static_cast<float>(value * short_one / long_one);
        QVERIFY(distance(taken, asked) < 1e-4 * short_one + 1e-6);
        QVERIFY(a.tensors.at("optimizer.m").data == b.tensors.at("optimizer.m").data);
    }

    void stateContinuesToTheBit() {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.filePath("state.safetensors").toStdString());
        auto made = engine(sharp(small(2, false)));
        for (int step = 0; step < 3; ++step) made->update(sequences(), slopes, {}, {});
        write_model(path, {made->state(), {}});
        auto again = engine(read_model(path).state);
        QVERIFY(same(made->state(), again->state()));
        made->update(sequences(), slopes, {}, {});
        again->update(sequences(), slopes, {}, {});
        QVERIFY(same(made->state(), again->state()));
    }

    void zeroGradientChangesNothing() {
        const EngineState state = sharp(small());
        auto made = engine(state);
        const EngineState before = made->state();
        const auto nothing = [](std::size_t, std::span<const float>, std::span<float>) {};
        QCOMPARE(made->update(sequences(), nothing, {}, {}).grad_norm, 0.0);
        made->update({}, nothing, {}, {});
        QVERIFY(same(made->state(), before));
        made->update(sequences(), slopes, {}, {});
        const EngineState moved = made->state();
        made->update({}, nothing, {}, {});  // The moments go on moving the weights.
        QVERIFY(!same(made->state(), moved));
        QCOMPARE(made->state().optimizer_steps, std::int64_t{2});
    }

    void keepsAReference() {
        auto made = engine(sharp(small()));
        QVERIFY_THROWS_EXCEPTION(RunError, made->score(sequences(), true, {}));
        made->keep_reference();
        const auto before = made->score(sequences(), false, {});
        made->update(sequences(), slopes, {}, {});
        QVERIFY(made->score(sequences(), true, {}) == before);
        QVERIFY(made->score(sequences(), false, {}) != before);
    }

    void stopsWhenAsked() {
        auto made = engine(sharp(small()));
        const EngineState before = made->state();
        std::stop_source source;
        // From within: after the first tokens, and in the middle of an update.
        const auto asked = requests();
        QVERIFY_THROWS_EXCEPTION(Stopped, 
            made->generate(asked, {}, -1, source.get_token(), [&](std::int64_t) { source.request_stop(); }));
        QVERIFY_THROWS_EXCEPTION(Stopped, made->score(sequences(), false, source.get_token()));
        QVERIFY_THROWS_EXCEPTION(Stopped, made->update(sequences(), slopes, {}, source.get_token()));
        QVERIFY(same(made->state(), before));
        QCOMPARE(sample(*made, asked).size(), asked.size());  // It goes on working.
    }

    void refusesWhatIsNotFinite() {
        auto made = engine(sharp(small()));
        const EngineState before = made->state();
        const auto poison = [](std::size_t row, std::span<const float>, std::span<float> gradient) {
            if (row == 2) gradient[0] = std::nanf("");
        };
        QVERIFY_THROWS_EXCEPTION(RunError, made->update(sequences(), poison, {}, {}));
        QVERIFY(same(made->state(), before));
        EngineState huge = sharp(small());
        for (float& value : huge.tensors.at("model.norm.weight").data) value = 3e38f;
        made->load(huge);
        QVERIFY_THROWS_EXCEPTION(RunError, made->score(sequences(), false, {}));
        QVERIFY_THROWS_EXCEPTION(RunError, sample(*made, requests()));
    }

    void refusesWhatDoesNotFit() {
        auto made = engine(sharp(small()));
        QVERIFY_THROWS_EXCEPTION(UserError, sample(*made, {{{}, 1, 1, 0}}));
        QVERIFY_THROWS_EXCEPTION(UserError, sample(*made, {{{2, 99}, 1, 1, 0}}));
        QVERIFY_THROWS_EXCEPTION(UserError, sample(*made, {{{2, 3}, 1, 63, 0}}));
        QCOMPARE(sample(*made, {{{2, 3}, 1, 62, 0}})[0].size(), std::size_t{1});
        QVERIFY(sample(*made, {}).empty());
        QVERIFY(sample(*made, {{{2, 3}, 2, 0, 0}})[0][1].tokens.empty());
        QVERIFY_THROWS_EXCEPTION(UserError, open_engine({"tpu"}));
        EngineState wrong = sharp(small());
        wrong.tensors.erase("model.norm.weight");
        QVERIFY_THROWS_EXCEPTION(UserError, made->load(wrong));
        QVERIFY(!sample(*made, requests()).empty());  // The model before is still there.
    }

    void plansGrowWithTheJob() {
        auto made = engine(sharp(small()));
        const MemoryPlan one = made->plan({small(), {}, false, 1, 16}), many = made->plan({small(), {}, false, 64, 32});
        QVERIFY(one.need.weights > 0 && one.need.total() < many.need.total() && one.fits());
        if (!qEnvironmentVariableIsSet("FOOTHOLD_OPS") && made->device_name().starts_with("CPU")) QCOMPARE(many.need.cache, one.need.cache * 128);  // Without pages.
        QVERIFY(many.need.cache > one.need.cache);
        QVERIFY(made->memory().weights >= small().parameters() * 4);
        QCOMPARE(made->device_name().starts_with("CPU"), qEnvironmentVariable("FOOTHOLD_TEST_DEVICE", "cpu") == "cpu");
    }

    void bf16GoesTheSameWay_data() {
        QTest::addColumn<ModelConfig>("shape");
        QTest::newRow("llama, tied") << small();
        for (const ModelType type : {ModelType::llama, ModelType::qwen2, ModelType::qwen3}) {
            ModelConfig other = small(2, false);
            other.model_type = type;
            other.rope_scaling = RopeScaling{8, 1, 4, 64};
            QTest::addRow("grouped heads, own head, type %d", static_cast<int>(type)) << other;
        }
    }

    /// On a GPU with FOOTHOLD_TEST_DEVICE=cuda. What bf16 rounds away is noise, and the same noise every time.
    void bf16GoesTheSameWay() {
        if (qEnvironmentVariable("FOOTHOLD_TEST_DEVICE") != "cuda") QSKIP("bf16 is for a GPU");
        QFETCH(ModelConfig, shape);
        const EngineState state = sharp(shape);
        std::vector<ScoredSequence> rows = sequences(12);
        for (std::uint64_t i = 0; i < 6; ++i) {  // A group with one context.
            ScoredSequence row{context(21, 99), 21};
            const auto rest = context(static_cast<int>(4 + 3 * i), 200 + i);
            row.tokens.insert(row.tokens.end(), rest.begin(), rest.end());
            rows.push_back(std::move(row));
        }
        auto floats = engine(state), halves = engine(state, 1, 4096, false, true);
        const auto wanted = floats->gradient(rows, slopes), gradient = halves->gradient(rows, slopes);
        QVERIFY2(distance(gradient, wanted) < .05 * norm(wanted), qPrintable(QString::number(distance(gradient, wanted) / norm(wanted))));
        QVERIFY(halves->gradient(rows, slopes) == gradient);
        QVERIFY(engine(state, 1, 4096, false, true, true)->gradient(rows, slopes) == gradient);
        const auto cut = engine(state, 1, 40, false, true)->gradient(rows, slopes);
        QVERIFY2(distance(cut, gradient) < .03 * norm(wanted), qPrintable(QString::number(distance(cut, gradient) / norm(wanted))));
        // Sampler and trainer read the same weights, before and after a step.
        for (int step = 0; step < 2; ++step) {
            const auto asked = requests();
            const auto completions = sample(*halves, asked);
            double largest = 0;
            for (std::size_t i = 0; i < asked.size(); ++i)
                for (const Completion& completion : completions[i]) {
                    const std::vector<ScoredSequence> one{whole(asked[i], completion)};
                    const auto scores = halves->score(one, false, {}).front();
                    for (std::size_t t = 0; t < scores.size(); ++t)
                        largest = std::max(largest, static_cast<double>(std::abs(scores[t] - completion.logprobs[t])));
                }
            QVERIFY2(largest < .2, qPrintable(QString::number(largest)));
            halves->update(rows, slopes, {}, {});
            floats->update(rows, slopes, {}, {});
        }
        const auto scores = halves->score(rows, false, {}), plain = floats->score(rows, false, {});
        double gap = 0, tokens = 0;
        for (std::size_t row = 0; row < rows.size(); ++row)
            for (std::size_t t = 0; t < scores[row].size(); ++t, ++tokens) gap += std::abs(static_cast<double>(scores[row][t]) - plain[row][t]);
        QVERIFY2(gap / tokens < .03, qPrintable(QString::number(gap / tokens)));
        // An adapter too.
        const LoraConfig lora{4, 8, {"q_proj", "v_proj", "down_proj"}};
        floats->load(state);
        halves->load(state);
        for (Engine* each : {floats.get(), halves.get()}) each->load(initial_adapter(shape, lora, 3));
        floats->update(rows, slopes, {}, {});  // B is zero at first.
        const EngineState adapter = floats->state();
        halves->load(adapter);
        const auto wanted_adapter = floats->gradient(rows, slopes), of_adapter = halves->gradient(rows, slopes);
        QVERIFY2(distance(of_adapter, wanted_adapter) < .05 * norm(wanted_adapter),
                 qPrintable(QString::number(distance(of_adapter, wanted_adapter) / norm(wanted_adapter))));
    }

    void bf16IsForAGpu() {
        if (qEnvironmentVariable("FOOTHOLD_TEST_DEVICE") == "cuda") QSKIP("this is on one");
        EngineOptions options{"cpu"};
        options.bf16 = true;
        QVERIFY_THROWS_EXCEPTION(UserError, open_engine(options));
    }

    void plansCountWhatThePagedDecoderHolds() {
        qputenv("FOOTHOLD_OPS", "reference");
        auto made = engine(sharp(small()));
        qunsetenv("FOOTHOLD_OPS");
        const MemoryPlan plan = made->plan({small(), {}, false, 30, 29});
        sample(*made, requests());
        QVERIFY(made->memory().cache > 0);
        QVERIFY(made->memory().cache <= plan.need.cache);
        QVERIFY(plan.need.cache < 2 * made->memory().cache);
    }
};

QTEST_GUILESS_MAIN(TestEngineUpdate)
#include "test_engine_update.moc"
