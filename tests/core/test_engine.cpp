// SPDX-License-Identifier: GPL-3.0-or-later
// The engine through its public door: what is sampled is what is scored, gradients are right, and everything repeats.
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "engine/engine.h"
#include "engine/safetensors.h"
#include "record/error.h"
#include "record/random.h"

using namespace foothold;

namespace {

constexpr Token end_token = 1;

ModelConfig small(int kv_heads = 4, bool tied = true) {
    ModelConfig config;
    config.hidden_size = 32;
    config.intermediate_size = 48;
    config.num_key_value_heads = kv_heads;
    config.vocab_size = 13;
    config.max_position_embeddings = 64;
    config.tie_word_embeddings = tied;
    return config;
}

/// Sizes that are no multiples of anything.
ModelConfig odd() {
    ModelConfig config = small(1, false);
    config.hidden_size = 20;
    config.num_attention_heads = 2;
    config.intermediate_size = 21;
    return config;
}

/// Weights sharp enough that the distributions are far from even.
EngineState sharp(const ModelConfig& config, std::uint64_t seed = 1) { return initial_state(config, seed, 0.3); }

std::unique_ptr<Engine> engine(const EngineState& state, int threads = 2, int tokens_per_microbatch = 4096,
                               bool precise = false) {
    EngineOptions options;
    options.device = qEnvironmentVariable("FOOTHOLD_TEST_DEVICE", QStringLiteral("cpu")).toStdString();  // "cuda" where there is one.
    options.threads = threads;
    options.tokens_per_microbatch = tokens_per_microbatch;
    options.double_precision = precise;
    auto made = open_engine(options);
    made->load(state);
    return made;
}

std::vector<Token> context(int length, std::uint64_t seed) {
    Random random(random_key({seed, 77}));
    std::vector<Token> tokens;
    for (int i = 0; i < length; ++i) tokens.push_back(random.between(2, 12));
    return tokens;
}

/// Groups of unequal contexts and lengths.
std::vector<GenerateRequest> requests(int groups = 6, int attempts = 5, int fresh = 20) {
    std::vector<GenerateRequest> made;
    for (int i = 0; i < groups; ++i)
        made.push_back({context(3 + 2 * (i % 4), static_cast<std::uint64_t>(i)), attempts, fresh - i,
                        static_cast<std::uint64_t>(1000 + i)});
    return made;
}

std::vector<std::vector<Completion>> sample(Engine& engine, const std::vector<GenerateRequest>& asked,
                                            const DecodingRules& rules = {}) {
    return engine.generate(asked, rules, end_token, {}, {});
}

ScoredSequence whole(const GenerateRequest& request, const Completion& completion) {
    ScoredSequence sequence{request.context, request.context.size()};
    sequence.tokens.insert(sequence.tokens.end(), completion.tokens.begin(), completion.tokens.end());
    return sequence;
}

/// Sequences to train on, of unequal lengths.
std::vector<ScoredSequence> sequences(int count = 9) {
    std::vector<ScoredSequence> made;
    for (int i = 0; i < count; ++i)
        made.push_back(
            {context(5 + 3 * (i % 5), static_cast<std::uint64_t>(50 + i)), static_cast<std::size_t>(1 + i % 4)});
    return made;
}

/// d loss / d log-prob that is exact in float and differs from place to place.
void slopes(std::size_t row, std::span<const float>, std::span<float> gradient) {
    for (std::size_t t = 0; t < gradient.size(); ++t)
        gradient[t] = static_cast<float>(static_cast<int>((row * 3 + t * 5) % 7) - 3) / 8;
}

double objective(Engine& engine, const std::vector<ScoredSequence>& rows) {
    const auto scores = engine.score(rows, false, {});
    double sum = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<float> weights(scores[row].size());
        slopes(row, scores[row], weights);
        for (std::size_t t = 0; t < weights.size(); ++t) sum += static_cast<double>(weights[t]) * scores[row][t];
    }
    return sum;
}

double norm(const std::vector<float>& values) {
    return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    std::vector<float> difference(a.size());
    std::ranges::transform(a, b, difference.begin(), std::minus<>());
    return norm(difference);
}

bool same(const EngineState& a, const EngineState& b) {
    if (a.optimizer_steps != b.optimizer_steps || a.tensors.size() != b.tensors.size()) return false;
    return std::ranges::all_of(a.tensors,
                               [&](const auto& named) { return named.second.data == b.tensors.at(named.first).data; });
}

}  // namespace

Q_DECLARE_METATYPE(ModelConfig)

class TestEngine : public QObject {
    Q_OBJECT

    /// Floats go through the kernels for processors, doubles through libtorch's operations (as everything does on
    /// CUDA).
    static void bothDecoders() {
        QTest::addColumn<bool>("precise");
        QTest::newRow("float") << false;
        QTest::newRow("double") << true;
    }

private slots:
    void initTestCase() {
        // The module lies where the programs are built to, which is also where tests run.
        if (!std::getenv("FOOTHOLD_ENGINE_MODULE")) QVERIFY2(open_engine({"cpu"}), "the engine module opens");
    }

    void recordsEqualScores_data() {
        QTest::addColumn<ModelConfig>("shape");
        QTest::addColumn<bool>("precise");
        QTest::newRow("plain") << small() << false;
        QTest::newRow("grouped heads, own head") << small(2, false) << false;
        QTest::newRow("odd sizes") << odd() << false;
        QTest::newRow("double") << small(2) << true;
    }

    void recordsEqualScores() {
        QFETCH(ModelConfig, shape);
        QFETCH(bool, precise);
        auto made = engine(sharp(shape), 2, 4096, precise);
        const auto asked = requests(6, 20);
        const auto completions = sample(*made, asked);
        std::vector<ScoredSequence> rows;
        std::vector<const Completion*> sampled;
        bool any_ended = false, any_long = false;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            QCOMPARE(completions[i].size(), std::size_t{20});
            for (const Completion& completion : completions[i]) {
                const auto end = std::ranges::find(completion.tokens, end_token);
                QCOMPARE(completion.ended, end != completion.tokens.end());
                if (completion.ended)
                    QVERIFY(end + 1 == completion.tokens.end());
                else
                    QCOMPARE(completion.tokens.size(), static_cast<std::size_t>(asked[i].max_new_tokens));
                any_ended |= completion.ended;
                any_long |= !completion.ended;
                rows.push_back(whole(asked[i], completion));
                sampled.push_back(&completion);
            }
        }
        QVERIFY(any_ended && any_long);
        const auto scores = made->score(rows, false, {});
        for (std::size_t row = 0; row < rows.size(); ++row) {
            QCOMPARE(scores[row].size(), sampled[row]->logprobs.size());
            QCOMPARE(sampled[row]->entropies.size(), scores[row].size());
            QCOMPARE(sampled[row]->confidence.size(), scores[row].size());
            for (std::size_t t = 0; t < scores[row].size(); ++t) {
                QVERIFY(std::abs(scores[row][t] - sampled[row]->logprobs[t]) < 1e-4);
                QVERIFY(sampled[row]->entropies[t] >= 0 && sampled[row]->entropies[t] <= std::log(13.0f) + 1e-5f);
            }
        }
    }

    void entropyAndConfidenceAreThoseOfTheDistribution_data() { bothDecoders(); }
    void entropyAndConfidenceAreThoseOfTheDistribution() {
        QFETCH(bool, precise);
        auto made = engine(sharp(small()), 2, 4096, precise);
        const GenerateRequest asked{context(6, 4), 1, 1, 9};
        const Completion completion = sample(*made, {asked})[0][0];
        std::vector<ScoredSequence> rows;
        for (Token token = 0; token < 13; ++token) {
            rows.push_back({asked.context, asked.context.size()});
            rows.back().tokens.push_back(token);
        }
        const auto scores = made->score(rows, false, {});
        std::vector<double> logprobs;
        for (const auto& score : scores) logprobs.push_back(score[0]);
        double total = 0, entropy = 0;
        for (const double logprob : logprobs) {
            total += std::exp(logprob);
            entropy -= std::exp(logprob) * logprob;
        }
        std::ranges::sort(logprobs, std::greater<>());
        QVERIFY(std::abs(total - 1) < 1e-5);
        QVERIFY(std::abs(entropy - completion.entropies[0]) < 1e-5);
        QVERIFY(std::abs(-std::accumulate(logprobs.begin(), logprobs.begin() + 5, 0.0) / 5 - completion.confidence[0]) <
                1e-5);
    }

    /// What could come next sums to one, falls, and is what score() says of each token.
    void nextTokensAreTheDistribution() {
        auto made = engine(sharp(small()));
        const std::vector<Token> context{1, 5, 3, 8};
        const auto all = made->next_tokens(context, 1000);
        QCOMPARE(static_cast<int>(all.size()), made->config().vocab_size);
        double sum = 0;
        std::vector<ScoredSequence> rows;
        for (std::size_t i = 0; i < all.size(); ++i) {
            sum += all[i].probability;
            QVERIFY(i == 0 || all[i].probability <= all[i - 1].probability);
            rows.push_back({context, context.size()});
            rows.back().tokens.push_back(all[i].token);
        }
        QVERIFY(std::abs(sum - 1) < 1e-5);
        const auto scores = made->score(rows, false, {});
        for (std::size_t i = 0; i < all.size(); ++i) QVERIFY(std::abs(std::exp(scores[i][0]) - all[i].probability) < 1e-4);
        QCOMPARE(made->next_tokens(context, 3).size(), std::size_t(3));
        QVERIFY_THROWS_EXCEPTION(UserError, made->next_tokens({}, 3));
        const std::vector<Token> unknown{1, 100000};
        QVERIFY_THROWS_EXCEPTION(UserError, made->next_tokens(unknown, 3));
    }

    void samplesFollowTheDistribution_data() { bothDecoders(); }
    void samplesFollowTheDistribution() {
        QFETCH(bool, precise);
        auto made = engine(sharp(small()), 2, 4096, precise);
        const GenerateRequest asked{context(6, 4), 4000, 1, 5};
        for (const double temperature : {1.0, 0.5}) {
            DecodingRules rules;
            rules.temperature = temperature;
            std::vector<double> seen(13), chance(13);
            std::vector<ScoredSequence> rows;
            const auto sampled = sample(*made, {asked}, rules)[0];
            for (const Completion& completion : sampled)
                seen[static_cast<std::size_t>(completion.tokens[0])] += 1.0 / 4000;
            for (Token token = 0; token < 13; ++token) {
                rows.push_back({asked.context, asked.context.size()});
                rows.back().tokens.push_back(token);
            }
            const auto scores = made->score(rows, false, {});
            double total = 0;
            for (std::size_t token = 0; token < 13; ++token)
                total += chance[token] = std::exp(scores[token][0] / temperature);
            for (std::size_t token = 0; token < 13; ++token) {
                const double p = chance[token] / total;
                QVERIFY(std::abs(seen[token] - p) < 5 * std::sqrt(p * (1 - p) / 4000) + 1e-9);  // Five standard errors.
            }
        }
    }

    void topPKeepsTheSmallestLikelySet_data() { bothDecoders(); }
    void topPKeepsTheSmallestLikelySet() {
        QFETCH(bool, precise);
        auto made = engine(sharp(small()), 2, 4096, precise);
        const GenerateRequest asked{context(6, 4), 500, 1, 5};
        DecodingRules rules;
        rules.top_p = 0.7;
        std::vector<ScoredSequence> rows;
        for (Token token = 0; token < 13; ++token) {
            rows.push_back({asked.context, asked.context.size()});
            rows.back().tokens.push_back(token);
        }
        const auto scores = made->score(rows, false, {});
        std::vector<std::size_t> order(13);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::sort(order, std::greater<>(), [&](std::size_t token) { return scores[token][0]; });
        std::vector<bool> allowed(13);
        double sum = 0;
        for (const std::size_t token : order) {
            if (sum >= 0.7) break;
            allowed[token] = true;
            sum += std::exp(scores[token][0]);
        }
        std::vector<bool> seen(13);
        const auto sampled = sample(*made, {asked}, rules)[0];
        for (const Completion& completion : sampled) {
            const auto token = static_cast<std::size_t>(completion.tokens[0]);
            seen[token] = true;
            QVERIFY(allowed[token]);
            QVERIFY(std::abs(completion.logprobs[0] - scores[token][0]) < 1e-5);  // Recorded without the filter.
        }
        QCOMPARE(seen, allowed);
    }

    void sharedContextsEqualSeparateOnes() {
        auto made = engine(sharp(small()));
        const auto asked = requests(4, 8);
        const auto together = sample(*made, asked);
        std::size_t tokens = 0, equal = 0;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            const auto alone = sample(*made, {asked[i]});
            for (std::size_t a = 0; a < 8; ++a) {
                for (std::size_t t = 0; t < std::min(alone[0][a].tokens.size(), together[i][a].tokens.size()); ++t) {
                    ++tokens;
                    if (alone[0][a].tokens[t] != together[i][a].tokens[t]) break;
                    ++equal;
                    QVERIFY(std::abs(alone[0][a].logprobs[t] - together[i][a].logprobs[t]) < 1e-5);
                }
            }
        }
        QVERIFY2(equal + 4 >= tokens, qPrintable(QString("%1 of %2").arg(equal).arg(tokens)));
    }

    void attemptsDoNotDependOnTheirNumber() {
        auto made = engine(sharp(small()));
        const GenerateRequest few{context(5, 2), 1, 15, 42}, many{context(5, 2), 40, 15, 42};
        QVERIFY(sample(*made, {few})[0][0].tokens == sample(*made, {many})[0][0].tokens);
    }

    void repeatsToTheBit() {
        const EngineState state = sharp(small());
        const auto asked = requests();
        auto first = engine(state), second = engine(state);
        const auto a = sample(*first, asked), b = sample(*first, asked), c = sample(*second, asked);
        for (std::size_t i = 0; i < asked.size(); ++i)
            for (std::size_t k = 0; k < a[i].size(); ++k) {
                QVERIFY(a[i][k].tokens == b[i][k].tokens && a[i][k].tokens == c[i][k].tokens);
                QVERIFY(a[i][k].logprobs == b[i][k].logprobs && a[i][k].logprobs == c[i][k].logprobs);
                QVERIFY(a[i][k].entropies == c[i][k].entropies && a[i][k].confidence == c[i][k].confidence);
            }
        for (int step = 0; step < 3; ++step) {
            const double norm = first->update(sequences(), slopes, {}, {}).grad_norm;
            QCOMPARE(second->update(sequences(), slopes, {}, {}).grad_norm, norm);
        }
        QVERIFY(same(first->state(), second->state()));
    }

    void bothDecodersAgree() {
        auto plain = engine(sharp(small(2))), precise = engine(sharp(small(2)), 1, 4096, true);
        const auto asked = requests(4, 8);
        const auto a = sample(*plain, asked), b = sample(*precise, asked);
        int different = 0;
        for (std::size_t i = 0; i < asked.size(); ++i)
            for (std::size_t k = 0; k < a[i].size(); ++k) {
                if (a[i][k].tokens != b[i][k].tokens) {
                    ++different;  // A number between two tokens' chances, which may fall on either side.
                    continue;
                }
                for (std::size_t t = 0; t < a[i][k].tokens.size(); ++t) {
                    QVERIFY(std::abs(a[i][k].logprobs[t] - b[i][k].logprobs[t]) < 1e-5);
                    QVERIFY(std::abs(a[i][k].entropies[t] - b[i][k].entropies[t]) < 1e-5);
                    QVERIFY(std::abs(a[i][k].confidence[t] - b[i][k].confidence[t]) < 1e-5);
                }
            }
        QVERIFY(different <= 1);
    }

    void greedyTakesTheMostLikely_data() { bothDecoders(); }
    void greedyTakesTheMostLikely() {
        QFETCH(bool, precise);
        auto made = engine(sharp(small()), 2, 4096, precise);
        DecodingRules rules;
        rules.temperature = 0;
        const GenerateRequest asked{context(6, 8), 2, 12, 3};
        const auto completions = sample(*made, {asked}, rules)[0];
        QVERIFY(completions[0].tokens == completions[1].tokens);
        for (std::size_t t = 0; t < completions[0].tokens.size(); ++t) {
            std::vector<ScoredSequence> rows;
            for (Token token = 0; token < 13; ++token) {
                ScoredSequence sequence{asked.context, asked.context.size() + t};
                sequence.tokens.insert(sequence.tokens.end(), completions[0].tokens.begin(),
                                       completions[0].tokens.begin() + static_cast<std::ptrdiff_t>(t));
                sequence.tokens.push_back(token);
                rows.push_back(sequence);
            }
            const auto scores = made->score(rows, false, {});
            const auto best =
                std::ranges::max_element(scores, {}, [](const auto& score) { return score[0]; }) - scores.begin();
            QCOMPARE(completions[0].tokens[t], static_cast<Token>(best));
        }
    }

    void rulesAreFollowed_data() { bothDecoders(); }
    void rulesAreFollowed() {
        QFETCH(bool, precise);
        auto made = engine(sharp(small()), 2, 4096, precise);
        const GenerateRequest asked{context(6, 8), 30, 14, 3};
        DecodingRules forced;
        forced.forced_prefix = {7, 4, 11};
        const auto with_prefix = sample(*made, {asked}, forced)[0];
        std::vector<ScoredSequence> rows;
        for (const Completion& completion : with_prefix) {
            QVERIFY(std::equal(forced.forced_prefix.begin(), forced.forced_prefix.end(), completion.tokens.begin()));
            rows.push_back(whole(asked, completion));
        }
        const auto scores = made->score(rows, false, {});
        for (std::size_t row = 0; row < rows.size(); ++row)
            for (std::size_t t = 0; t < scores[row].size(); ++t)
                QVERIFY(std::abs(scores[row][t] - with_prefix[row].logprobs[t]) < 1e-4);

        // So strong a penalty forbids: at least three tokens between two of them, and none within the first three.
        DecodingRules penalised;
        penalised.penalty = ThoughtPenalty{{5, 6, 7}, 100, 3};
        bool seen = false;
        const auto careful = sample(*made, {asked}, penalised)[0];
        for (const Completion& completion : careful) {
            int since = 0;
            for (std::size_t t = 0; t < completion.tokens.size(); ++t) {
                const bool switched = completion.tokens[t] >= 5 && completion.tokens[t] <= 7;
                if (switched) QVERIFY(since >= 3);
                seen |= switched;
                since = switched ? 0 : since + 1;
            }
        }
        QVERIFY(seen);

        DecodingRules unsure;
        unsure.stop = ConfidenceStop{3, 0};
        const auto plain = sample(*made, {asked})[0];
        std::vector<double> means;
        for (const Completion& completion : plain)
            for (std::size_t t = 2; t < completion.tokens.size(); ++t)
                means.push_back(
                    (completion.confidence[t - 2] + completion.confidence[t - 1] + completion.confidence[t]) / 3.0);
        std::ranges::nth_element(means, means.begin() + static_cast<std::ptrdiff_t>(means.size() / 4));
        unsure.stop->threshold = means[means.size() / 4];
        const auto stopped = sample(*made, {asked}, unsure)[0];
        bool any = false;
        for (std::size_t a = 0; a < stopped.size(); ++a) {
            std::size_t length = plain[a].tokens.size();
            for (std::size_t t = 2; t < length; ++t)
                if ((plain[a].confidence[t - 2] + plain[a].confidence[t - 1] + plain[a].confidence[t]) / 3.0 <
                    unsure.stop->threshold)
                    length = t + 1;
            QVERIFY(stopped[a].tokens.size() == length);
            any |= length < plain[a].tokens.size();
            if (length < plain[a].tokens.size()) QVERIFY(!stopped[a].ended);
        }
        QVERIFY(any);
    }

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
        QCOMPARE(many.need.cache, one.need.cache * 128);
        QVERIFY(made->memory().weights >= small().parameters() * 4);
        QVERIFY(made->device_name().starts_with("CPU"));
    }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "test_engine.moc"
