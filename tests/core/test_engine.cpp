// SPDX-License-Identifier: GPL-3.0-or-later
// The engine through its public door: what is sampled is what is scored, rules are followed, and everything repeats.
#include <cstdlib>

#include "core/engine_bench.h"

using namespace foothold;
using namespace foothold::engines;

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
        ModelConfig wide = small(2);  // Heads that fill a vector, texts longer than a block of queries.
        wide.head_dim = 64;
        wide.max_position_embeddings = 128;
        QTest::newRow("wide heads") << wide << false;
        QTest::newRow("double") << small(2) << true;
    }

    void recordsEqualScores() {
        QFETCH(ModelConfig, shape);
        QFETCH(bool, precise);
        auto made = engine(sharp(shape), 2, 4096, precise);
        const bool exact = !precise && samples_as_it_scores();
        auto asked = requests(6, 20);
        asked.push_back({context(37, 9), 20, shape.max_position_embeddings - 37, 9});  // Ends within a panel of keys.
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
                if (exact) QVERIFY(scores[row][t] == sampled[row]->logprobs[t]);  // To the bit: QCOMPARE() would not.
                QVERIFY(sampled[row]->entropies[t] >= 0 && sampled[row]->entropies[t] <= std::log(13.0f) + 1e-5f);
            }
        }
    }

    void entropyAndConfidenceAreThoseOfTheDistribution_data() {
        QTest::addColumn<bool>("precise");
        QTest::addColumn<int>("vocabulary");
        QTest::newRow("float") << false << 13;
        QTest::newRow("double") << true << 13;
        QTest::newRow("a vocabulary of many vectors and a rest") << false << 590;
    }

    void entropyAndConfidenceAreThoseOfTheDistribution() {
        QFETCH(bool, precise);
        QFETCH(int, vocabulary);
        ModelConfig shape = small();
        shape.vocab_size = vocabulary;
        auto made = engine(sharp(shape), 2, 4096, precise);
        const GenerateRequest asked{context(6, 4), 1, 1, 9};
        const Completion completion = sample(*made, {asked})[0][0];
        std::vector<ScoredSequence> rows;
        for (Token token = 0; token < vocabulary; ++token) {
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

    /// Over the whole vocabulary, confidence is the divergence of the uniform distribution from the model's, plus log V (self-certainty, arXiv 2502.18581).
    void confidenceOverAllTokensIsSelfCertainty() {
        ModelConfig five = small();
        five.vocab_size = 5;
        auto made = engine(sharp(five));
        const GenerateRequest asked{{2, 3, 4}, 3, 4, 9};
        const auto sampled = sample(*made, {asked});
        for (const Completion& completion : sampled[0]) {
            std::vector<Token> before = asked.context;
            for (std::size_t t = 0; t < completion.tokens.size(); ++t) {
                double divergence = 0;
                for (const NextToken& next : made->next_tokens(before, 5)) divergence += std::log(.2 / next.probability) / 5;
                QVERIFY(std::abs(completion.confidence[t] - (divergence + std::log(5.0))) < 1e-4);
                before.push_back(completion.tokens[t]);
            }
        }
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

    void workersTogetherAndApart_data() {
        QTest::addColumn<ModelConfig>("shape");
        QTest::newRow("plain") << small();
        QTest::newRow("grouped heads, own head") << small(2, false);
        QTest::newRow("odd sizes") << odd();
    }

    /// Large models are sampled by all workers together, small ones by each worker for itself: the same numbers.
    void workersTogetherAndApart() {
        QFETCH(ModelConfig, shape);
        const EngineState state = sharp(shape);
        const auto asked = requests(3, 7);
        const auto sampled = [&](const char* how, int threads) {
            qputenv("FOOTHOLD_WORKERS", how);
            return sample(*engine(state, threads), asked);
        };
        const auto expected = sampled("apart", 1);
        for (const int threads : {2, 3}) {
            const auto together = sampled("together", threads), apart = sampled("apart", threads);
            for (std::size_t i = 0; i < asked.size(); ++i)
                for (std::size_t k = 0; k < expected[i].size(); ++k)
                    for (const Completion* other : {&together[i][k], &apart[i][k]}) {
                        QVERIFY(other->tokens == expected[i][k].tokens && other->logprobs == expected[i][k].logprobs);
                        QVERIFY(other->entropies == expected[i][k].entropies && other->confidence == expected[i][k].confidence);
                        QCOMPARE(other->ended, expected[i][k].ended);
                    }
        }
    }

    void workersTogetherStopAndFail() {
        qputenv("FOOTHOLD_WORKERS", "together");
        auto made = engine(sharp(small()), 3);
        const auto asked = requests();
        std::stop_source source;
        QVERIFY_THROWS_EXCEPTION(Stopped, made->generate(asked, {}, -1, source.get_token(), [&](std::int64_t) { source.request_stop(); }));
        QVERIFY_THROWS_EXCEPTION(Stopped, made->generate(asked, {}, -1, source.get_token(), [](std::int64_t) {}));
        QCOMPARE(sample(*made, asked).size(), asked.size());
        EngineState broken = sharp(small());
        std::ranges::fill(broken.tensors.at("model.norm.weight").data, 3e38f);
        QVERIFY_THROWS_EXCEPTION(RunError, sample(*engine(broken, 3), asked));
    }

    void cleanup() { qunsetenv("FOOTHOLD_WORKERS"); }

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

    /// Over the whole vocabulary confidence is self-certainty up to a constant: -1/V sum log p_j = KL(uniform || p) + log V. The engine's is that of the five
    /// likeliest tokens, so a model with five has it.
    void confidenceOverTheWholeVocabularyIsSelfCertainty() {
        ModelConfig config;
        config.vocab_size = 5;
        config.hidden_size = 16;
        config.intermediate_size = 16;
        config.num_hidden_layers = 1;
        const auto engine = open_engine({"cpu", 1, 4096, false});
        engine->load(initial_state(config, 7, 1.0));
        for (Token first = 0; first < 5; ++first) {
            const std::vector<Token> context = {first, 2};
            const std::vector<GenerateRequest> requests = {{context, 1, 1, 3}};
            const Completion made = engine->generate(requests, {}, -1, {}, [](std::int64_t) {})[0][0];
            std::vector<ScoredSequence> next;
            for (Token token = 0; token < 5; ++token) next.push_back({{first, 2, token}, 2});
            double divergence = 0;
            for (const auto& logprob : engine->score(next, false, {})) divergence -= (logprob[0] + std::log(5.)) / 5;
            QVERIFY(divergence > .01);
            QVERIFY(std::abs(made.confidence[0] - (divergence + std::log(5.))) < 1e-4);
        }
    }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "test_engine.moc"
