// SPDX-License-Identifier: GPL-3.0-or-later
// The paged decoder on plain loops, against the engine: the same seeds give the same tokens with the same records, in
// whatever company, and no page with two readers is written.
#include <map>
#include <set>

#include "core/paged_bench.h"
#include "engine/cuda/pages.h"
#include "engine/cuda/reference.h"
#include "record/philox.h"

Q_DECLARE_METATYPE(foothold::DecodingRules)

using namespace foothold;
using namespace foothold::engines;

namespace {

/// Plain loops that look at every page that is written.
class WatchedOps : public ReferenceOps {
public:
    void embed(const Rows& rows, const void* table, int size, float* x) override {
        appended += living(rows.positions, rows.count);
        ReferenceOps::embed(rows, table, size, x);
    }
    void rotate_append(const Rows& rows, const Heads& heads, const HeadWeights& weights, void* qkv, const Pages& pages) override {
        // In a pass over contexts many rows have one table; in a step every row has its own.
        std::map<int, std::set<int>> readers;  // Of each page, by table.
        const auto each = [&](auto what) {
            for (int row = 0; row < rows.count; ++row)
                if (rows.positions[row] >= 0) what(row);
        };
        each([&](int row) {
            for (int t = 0; t <= rows.positions[row]; ++t) readers[page_of(rows, row, t)].insert(rows.table_of[row]);
        });
        each([&](int row) { spoilt += readers[page_of(rows, row, rows.positions[row])].size() != 1; });
        largest = std::max(largest, rows.count);
        ReferenceOps::rotate_append(rows, heads, weights, qkv, pages);
    }
    void sample(int rows, int vocabulary, const float* logits, const SamplerState& state) override {
        ++samples;
        const int living_rows = living(state.positions, rows);
        if (living_rows > 0 && appended_first < 0) appended_first = appended - living_rows;
        ReferenceOps::sample(rows, vocabulary, logits, state);
    }
    void decode(const ModelConfig& config, const DecoderWeights& weights, std::span<const Pages> pages, const Rows& rows, const SamplerState& state,
                int steps) override {
        ++calls;
        ReferenceOps::decode(config, weights, pages, rows, state, steps);
    }
    void* allocate(std::size_t bytes) override {
        ++held;
        return ReferenceOps::allocate(bytes);
    }
    void release(void* memory) noexcept override {
        --held;
        ReferenceOps::release(memory);
    }
    int spoilt = 0;           ///< Pages written that another row reads.
    int appended = 0;         ///< Tokens that went through the model.
    int appended_first = -1;  ///< The same before the first step of sampling.
    int samples = 0, largest = 0, held = 0, calls = 0;

private:
    static int living(const int* positions, int rows) {
        return static_cast<int>(std::count_if(positions, positions + rows, [](int position) { return position >= 0; }));
    }
    static int page_of(const Rows& rows, int row, int position) {
        return rows.tables[rows.table_of[row] * rows.table_width + table_entry(position, rows.shared[row])];
    }
};

ModelConfig grouped(ModelType type) {
    ModelConfig config = small(2, false);
    config.model_type = type;
    config.num_attention_heads = 4;
    if (type == ModelType::qwen3) config.head_dim = 12;  // Not hidden / heads.
    return config;
}

ModelConfig stretched() {
    ModelConfig config = grouped(ModelType::llama);
    config.rope_scaling = RopeScaling{8, 1, 4, 16};
    return config;
}

/// Rows that are not equal token for token, after checking the records of those that are.
int different(const std::vector<std::vector<Completion>>& a, const std::vector<std::vector<Completion>>& b, float tolerance) {
    int count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t k = 0; k < a[i].size(); ++k) {
            const Completion &x = a[i][k], &y = b[i][k];
            if (x.tokens != y.tokens || x.ended != y.ended) {
                ++count;
                continue;
            }
            for (std::size_t t = 0; t < x.tokens.size(); ++t)
                if (!(std::abs(x.logprobs[t] - y.logprobs[t]) < tolerance && std::abs(x.entropies[t] - y.entropies[t]) < tolerance &&
                      std::abs(x.confidence[t] - y.confidence[t]) < tolerance))
                    return -1;
        }
    return count;
}

DecoderLimits few_pages(const ModelConfig& config, int pages) {
    DecoderLimits limits;
    limits.cache_bytes = static_cast<std::int64_t>(DecoderForward::page_bytes(config, Number::f32)) * pages;
    limits.prefill_rows = 7;
    limits.steps = 3;
    return limits;
}

}  // namespace

class TestPagedDecoder : public QObject {
    Q_OBJECT

    /// Each in one call and kernel by kernel.
    static void shapes() {
        QTest::addColumn<ModelConfig>("shape");
        QTest::addColumn<bool>("in_one_call");
        for (const bool in_one_call : {true, false})
            for (const auto& [name, shape] : {std::pair("chain", ModelConfig{}),  // The miniatures' own.
                                              {"llama, grouped heads", grouped(ModelType::llama)},
                                              {"llama, stretched positions", stretched()},
                                              {"qwen2", grouped(ModelType::qwen2)},
                                              {"qwen3", grouped(ModelType::qwen3)},
                                              {"odd sizes", odd()}})
                QTest::addRow("%s%s", name, in_one_call ? ", in one call" : "") << shape << in_one_call;
    }

private slots:
    void randomNumbersAreTheOnesOfTheRecord() {
        for (std::uint64_t i = 0; i < 1000; ++i) {
            QCOMPARE(philox_uniform(mix(i), i % 7), uniform_at(mix(i), i % 7));
            QVERIFY(philox_words(mix(i), i) == philox(mix(i), i));
        }
    }

    void samplesWhatTheEngineSamples_data() { shapes(); }

    void samplesWhatTheEngineSamples() {
        QFETCH(ModelConfig, shape);
        QFETCH(bool, in_one_call);
        const EngineState state = lively(shape);
        auto made = engine(state);
        WatchedOps ops;
        const PagedModel model(ops, state);
        DecoderLimits limits;
        limits.in_one_call = in_one_call;
        PagedDecoder decoder(ops, shape, model.weights, limits);
        auto asked = requests(6, 5, 40);
        asked.push_back({{3}, 3, 17, 4});                        // A context of one token: nothing is shared.
        asked.push_back({context(17, 3), 2, 1, 5});              // A page full of it and one new token.
        asked.push_back({context(7, 3), 2, 0, 5});               // Nothing to do.
        QCOMPARE(different(sample(*made, asked), sample(decoder, asked), 1e-4f), 0);
        QCOMPARE(ops.spoilt, 0);
        int contexts = 0;
        for (const GenerateRequest& request : asked)
            if (request.max_new_tokens > 0) contexts += static_cast<int>(request.context.size()) - 1;
        QCOMPARE(ops.appended_first, contexts);  // Each group's once.
        QCOMPARE(different(sample(*made, asked), sample(decoder, asked), 1e-4f), 0);  // Again, with what it holds.
        QCOMPARE(ops.calls > 0, in_one_call);
    }

    void followsTheRules_data() {
        QTest::addColumn<DecodingRules>("rules");
        DecodingRules rules;
        rules.temperature = 0;
        QTest::newRow("greedy") << rules;
        rules.temperature = 0.7;
        QTest::newRow("temperature") << rules;
        rules.top_p = 0.6;
        QTest::newRow("temperature and top_p") << rules;
        rules = {};
        rules.top_p = 0.8;
        rules.forced_prefix = {7, 4, 11};
        QTest::newRow("forced prefix") << rules;
        rules.penalty = ThoughtPenalty{{5, 6, 7, 5}, 3, 4};
        QTest::newRow("penalty") << rules;
        rules.temperature = 0;
        QTest::newRow("greedy penalty") << rules;
        rules = {};
        rules.stop = ConfidenceStop{5, 2.0};  // Some rows stop at once, some go on for long.
        QTest::newRow("stop when unsure") << rules;
    }

    void followsTheRules() {
        QFETCH(DecodingRules, rules);
        const EngineState state = sharp(grouped(ModelType::llama));
        auto made = engine(state);
        WatchedOps ops;
        const PagedModel model(ops, state);
        const auto asked = requests(4, 9, 40);
        const auto plain = sample(*made, asked), ruled = sample(*made, asked, rules);
        QVERIFY(different(plain, ruled, 1e9f) > 4);  // They do something.
        for (const bool in_one_call : {true, false}) {
            DecoderLimits limits = few_pages(state.config, 40);
            limits.in_one_call = in_one_call;
            PagedDecoder decoder(ops, state.config, model.weights, limits);
            sample(decoder, asked);  // Rules are read anew in a step that is captured already.
            QCOMPARE(different(ruled, sample(decoder, asked, rules), 1e-4f), 0);
            QCOMPARE(different(plain, sample(decoder, asked), 1e-4f), 0);
        }
    }

    /// Few pages or slots: rows wait for others to end, prompts are kept for those that still come.
    void companyChangesNothing() {
        const EngineState state = sharp(small(2));
        WatchedOps ops;
        const PagedModel model(ops, state);
        const auto asked = requests(6, 11, 40);
        PagedDecoder roomy(ops, state.config, model.weights);
        const auto all = sample(roomy, asked);
        QVERIFY(ops.largest >= 64);
        for (const int pages : {1, 7, 20, 33}) {
            PagedDecoder tight(ops, state.config, model.weights, few_pages(state.config, pages));
            QCOMPARE(different(all, sample(tight, asked), 1e-6f), 0);
        }
        for (const int rows : {1, 3, 12}) {
            DecoderLimits limits;
            limits.rows = rows;
            ops.largest = 0;
            limits.prefill_rows = 2;
            PagedDecoder narrow(ops, state.config, model.weights, limits);
            QCOMPARE(different(all, sample(narrow, asked), 1e-6f), 0);
            QVERIFY(ops.largest <= std::max(2, decoder_bucket(rows)));
        }
        QCOMPARE(ops.spoilt, 0);
    }

    void stopsAndGoesOn() {
        const EngineState state = sharp(small());
        WatchedOps ops;
        {
            const PagedModel model(ops, state);
            PagedDecoder decoder(ops, state.config, model.weights);
            const auto asked = requests();
            const auto before = sample(decoder, asked);
            std::stop_source source;
            source.request_stop();
            const int samples = ops.samples;
            QVERIFY_THROWS_EXCEPTION(Stopped, sample(decoder, asked, {}, source.get_token()));
            QCOMPARE(ops.samples, samples);
            QCOMPARE(different(before, sample(decoder, asked), 1e-6f), 0);
            QVERIFY(decoder.bytes() > 0);
        }
        QCOMPARE(ops.held, 0);
    }

    void takesWhatIsPlanned() {
        const EngineState state = sharp(grouped(ModelType::qwen3));
        ReferenceOps ops;
        const PagedModel model(ops, state);
        const auto held = [&](const std::vector<GenerateRequest>& asked) {
            PagedDecoder decoder(ops, state.config, model.weights);
            sample(decoder, asked);
            return decoder.bytes();
        };
        const auto planned = [&](std::int64_t rows, int tokens) { return PagedDecoder::bytes_for(state.config, Number::f32, rows, tokens); };
        // Contexts and completions that each begin a page more than they fill.
        std::vector<GenerateRequest> whole;
        for (std::uint64_t i = 0; i < 5; ++i) whole.push_back({context(18, i), 1, 17, i});
        QCOMPARE(held(whole), planned(5, 35));
        const auto mixed = requests(6, 5, 40);
        QVERIFY(held(mixed) <= planned(30, 49));
        QVERIFY(planned(30, 49) < planned(60, 49) && planned(30, 49) < planned(30, 100));
    }

    void weightsThatDivergedAreSaid() {
        EngineState state = sharp(small());
        state.tensors.at("model.norm.weight").data[3] = std::numeric_limits<float>::quiet_NaN();
        WatchedOps ops;
        const PagedModel model(ops, state);
        PagedDecoder decoder(ops, state.config, model.weights);
        QVERIFY_THROWS_EXCEPTION(RunError, sample(decoder, requests()));
    }

    void bucketsHoldTheirRows() {
        std::set<int> buckets;
        for (int rows = 1; rows <= 1024; ++rows) {
            const int bucket = decoder_bucket(rows);
            QVERIFY(bucket >= rows && (rows <= 2 || bucket < 2 * rows));
            buckets.insert(bucket);
        }
        QVERIFY(buckets.size() <= 20);  // Each is a captured graph.
    }

    /// Whatever is taken and given back: a page has one run, and all come home.
    void pagesHaveOneRunEach() {
        Random random(random_key({9, 1}));
        PagePool pool(50);
        std::vector<std::shared_ptr<const PageRun>> runs;
        for (int round = 0; round < 4000; ++round) {
            const int wish = random.between(0, 9);
            if (random.uniform() < 0.5) {
                if (wish > pool.available()) {
                    QVERIFY_THROWS_EXCEPTION(RunError, pool.take(wish));
                } else {
                    runs.push_back(pool.take(wish));
                    QCOMPARE(runs.back()->pages().size(), static_cast<std::size_t>(wish));
                    if (random.uniform() < 0.3) runs.push_back(runs.back());  // Shared.
                }
            } else if (!runs.empty()) {
                runs.erase(runs.begin() + random.between(0, static_cast<int>(runs.size()) - 1));
            }
            std::set<const PageRun*> seen;
            std::set<int> pages;
            std::size_t taken = 0;
            for (const auto& run : runs) {
                if (!seen.insert(run.get()).second) continue;
                taken += run->pages().size();
                pages.insert(run->pages().begin(), run->pages().end());
            }
            QCOMPARE(pages.size(), taken);
            QVERIFY(pages.empty() || (*pages.begin() >= 0 && *pages.rbegin() < 50));
            QCOMPARE(static_cast<std::size_t>(pool.available()), 50 - taken);
        }
        runs.clear();
        QCOMPARE(pool.available(), 50);
    }

    /// The positions of a sequence have places of their own, and none that others write.
    void everyPositionHasItsPlace() {
        for (int shared = 0; shared < 50; ++shared) {
            std::set<std::pair<int, int>> places;
            for (int position = 0; position < 120; ++position) {
                const int entry = table_entry(position, shared), place = page_place(position, shared);
                QVERIFY(place >= 0 && place < page_tokens);
                QVERIFY(places.insert({entry, place}).second);
                QCOMPARE(entry < pages_for(shared), position < shared);
                QVERIFY(entry < pages_for(shared) + pages_for(120 - shared));
            }
        }
    }
};


QTEST_GUILESS_MAIN(TestPagedDecoder)
#include "test_paged_decoder.moc"
