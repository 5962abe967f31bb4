// SPDX-License-Identifier: GPL-3.0-or-later
// The CUDA module against plain loops, over shapes and types. Where there is no GPU or no module everything that needs
// one is skipped with the reason; the plain loops are held against themselves, so that this file is known to work.
#include "core/decode_scene.h"
#include "core/kernel_bench.h"

Q_DECLARE_METATYPE(foothold::DecodingRules)

using namespace foothold;
using namespace foothold::engines;

namespace {

/// Sequences of unequal lengths with part of their tokens in shared pages, and one row in seven that is nobody's.
struct Sequences {
    Sequences(Pair& pair, int count, int longest, std::uint64_t seed) {
        Random random(random_key({seed, 8}));
        std::vector<int> positions, shared, table_of, tables;
        width = pages_for(longest) + 1;
        for (int row = 0; row < count; ++row) {
            const int length = row == 0 ? longest : random.between(1, longest);
            positions.push_back(row % 7 == 6 ? -1 : length - 1);
            shared.push_back(random.between(0, length - 1));
            table_of.push_back(count - 1 - row);
        }
        std::vector<int> pages(product(count, width));
        std::iota(pages.begin(), pages.end(), 0);
        random.shuffle(std::span(pages));
        std::vector<Token> tokens;
        for (int row = 0; row < count; ++row) tokens.push_back(random.between(0, 10));
        numbers = pair.same(positions);
        shared_ = pair.same(shared);
        table_of_ = pair.same(table_of);
        tables_ = pair.same(pages);
        tokens_ = pair.same(tokens);
        of_device = {count, tokens_.first.data(), numbers.first.data(), shared_.first.data(), table_of_.first.data(), tables_.first.data(), width};
        of_reference = {count, tokens_.second.data(), numbers.second.data(), shared_.second.data(), table_of_.second.data(), tables_.second.data(), width};
        total_pages = count * width;
        living = positions;
    }
    int width = 0, total_pages = 0;
    std::vector<int> living;
    Rows of_device, of_reference;

private:
    std::pair<Array<int>, Array<int>> numbers, shared_, table_of_, tables_, tokens_;
};

}  // namespace

class TestCudaKernels : public QObject {
    Q_OBJECT

    ReferenceOps plain_;
    std::unique_ptr<DecodeOps> f32_, bf16_;
    std::string why_not_;

    DecodeOps* of(Kind kind) {
        return kind == Kind::reference ? &plain_ : kind == Kind::device_f32 ? f32_.get() : bf16_.get();
    }
    /// Large shapes are for a GPU alone: the plain loops would take too long to agree with themselves.
    static void eachKind(const char* what, const std::function<void(QTestData&)>& add, bool large = false) {
        for (const auto& [name, kind] : {std::pair("plain", Kind::reference), {"f32", Kind::device_f32}, {"bf16", Kind::device_bf16}})
            if (!large || kind != Kind::reference) add(QTest::newRow(qPrintable(QString("%1, %2").arg(name, what))) << static_cast<int>(kind));
    }
    static void eachHeads() {
        QTest::addColumn<int>("kind");
        for (const char* column : {"heads", "kv", "size"}) QTest::addColumn<int>(column);
        for (const auto& [heads, kv, size] : std::initializer_list<std::array<int, 3>>{
                 {4, 4, 8}, {2, 1, 10}, {4, 2, 12}, {14, 2, 64}, {16, 8, 128}, {12, 2, 128}, {9, 3, 64}, {24, 2, 80}, {8, 1, 256}, {3, 3, 130},
                 {4, 4, 32}, {7, 1, 64}, {16, 2, 64}, {9, 1, 64}, {18, 2, 32}, {2, 2, 80}, {7, 1, 96}, {8, 8, 128}, {9, 1, 256}})
            eachKind(qPrintable(QString("%1/%2 x %3").arg(heads).arg(kv).arg(size)), [&](QTestData& row) { row << heads << kv << size; }, heads * size > 100);
    }

private slots:
    void initTestCase() {
        qRegisterMetaType<DecodingRules>();
        try {
            f32_ = open_cuda_ops(Number::f32);
            bf16_ = open_cuda_ops(Number::bf16);
            qInfo("on %s", f32_->name().c_str());
        } catch (const UserError& error) {
            why_not_ = error.what();
            qInfo("no GPU: %s", why_not_.c_str());
        }
    }

#define FOOTHOLD_PAIR(kind_number)                              \
    DecodeOps* const ops = of(static_cast<Kind>(kind_number));  \
    if (!ops) QSKIP(why_not_.c_str());                          \
    Pair pair(*ops)

    void norms_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("size");
        for (const int size : {2, 20, 21, 32, 96, 896, 1536, 4096, 8192})
            eachKind(qPrintable(QString::number(size)), [&](QTestData& row) { row << size; }, size > 1000);
    }

    void norms() {
        QFETCH(int, kind);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        for (const int rows : {1, 5, 33}) {
            const std::size_t all = product(rows, size);
            auto x = pair.same(random_numbers(all, 1, 3));
            const auto delta = pair.same(random_numbers(4 * all, 2));
            const auto weight = pair.numbers(random_numbers(static_cast<std::size_t>(size), 3));
            const auto y = pair.numbers(std::vector<float>(all));
            for (const int parts : {0, 1, 4}) {
                pair.device.add_rms_norm(rows, size, x.first.data(), delta.first.data(), parts, weight.device.data(), 1e-6f, y.device.data());
                pair.reference.add_rms_norm(rows, size, x.second.data(), delta.second.data(), parts, weight.reference.data(), 1e-6f, y.reference.data());
                QVERIFY(pair.apart(x.first.data(), x.second.data(), all, true) <= 1);
                QVERIFY(pair.apart(y.device.data(), y.reference.data(), all) <= 1);
            }
        }
    }

    void gates_data() { norms_data(); }

    void gates() {
        QFETCH(int, kind);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        const int rows = 7;
        const auto gate_up = pair.numbers(random_numbers(product(rows, 2 * size), 1, 4)), y = pair.numbers(std::vector<float>(product(rows, size)));
        pair.device.silu_times(rows, size, gate_up.device.data(), y.device.data());
        pair.reference.silu_times(rows, size, gate_up.reference.data(), y.reference.data());
        QVERIFY(pair.apart(y.device.data(), y.reference.data(), product(rows, size)) <= 1);
    }

    void embeddings_data() { norms_data(); }

    void embeddings() {
        QFETCH(int, kind);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        const Sequences rows(pair, 20, 30, 4);
        const auto table = pair.numbers(random_numbers(product(11, size), 1));
        const auto x = pair.same(random_numbers(product(20, size), 2));
        pair.device.embed(rows.of_device, table.device.data(), size, x.first.data());
        pair.reference.embed(rows.of_reference, table.reference.data(), size, x.second.data());
        QVERIFY(Pair::read(pair.device, x.first.data(), product(20, size), true) == Pair::read(pair.reference, x.second.data(), product(20, size), true));
    }

    void products_data() {
        QTest::addColumn<int>("kind");
        for (const char* column : {"inputs", "outputs"}) QTest::addColumn<int>(column);
        for (const auto& [inputs, outputs] : std::initializer_list<std::pair<int, int>>{{20, 21}, {21, 20}, {96, 13}, {896, 1152}, {4864, 896}, {64, 5003}, {256, 40}})
            eachKind(qPrintable(QString("%1 to %2").arg(inputs).arg(outputs)), [&](QTestData& row) { row << inputs << outputs; }, inputs * outputs > 10000);
    }

    void products() {
        QFETCH(int, kind);
        QFETCH(int, inputs);
        QFETCH(int, outputs);
        FOOTHOLD_PAIR(kind);
        for (const int rows : {1, 2, 9}) {
            const auto a = pair.numbers(random_numbers(product(rows, inputs), 1)), weight = pair.numbers(random_numbers(product(inputs, outputs), 2, 0.1));
            for (const bool to_float : {false, true}) {
                const auto c = pair.numbers(std::vector<float>(product(rows, outputs) * 2));  // Room for floats.
                pair.device.multiply(rows, inputs, outputs, a.device.data(), weight.device.data(), c.device.data(), to_float);
                pair.reference.multiply(rows, inputs, outputs, a.reference.data(), weight.reference.data(), c.reference.data(), to_float);
                QVERIFY(pair.apart(c.device.data(), c.reference.data(), product(rows, outputs), to_float) <= 1);
            }
            const std::size_t of_parts = product(product_parts(inputs, outputs), rows * outputs);
            const auto parts = pair.same(std::vector<float>(of_parts));
            pair.device.multiply_parts(rows, inputs, outputs, a.device.data(), weight.device.data(), parts.first.data());
            pair.reference.multiply_parts(rows, inputs, outputs, a.reference.data(), weight.reference.data(), parts.second.data());
            QVERIFY(pair.apart(parts.first.data(), parts.second.data(), of_parts, true) <= 1);
        }
    }

    void rotations_data() { eachHeads(); }

    void rotations() {
        QFETCH(int, kind);
        QFETCH(int, heads);
        QFETCH(int, kv);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        const Heads shape{heads, kv, size};
        const int count = 15, longest = 70;
        const Sequences rows(pair, count, longest, 2);
        const auto cos = pair.same(random_numbers(product(longest, size / 2), 5)), sin = pair.same(random_numbers(product(longest, size / 2), 6));
        const auto bias = pair.numbers(random_numbers(static_cast<std::size_t>(shape.width()), 7)),
                   q_norm = pair.numbers(random_numbers(static_cast<std::size_t>(size), 8)), k_norm = pair.numbers(random_numbers(static_cast<std::size_t>(size), 9));
        const std::size_t cache = product(rows.total_pages * kv * page_tokens, size);
        for (const auto& [with_bias, with_norm] : {std::pair(false, false), {true, false}, {false, true}}) {
            const auto qkv = pair.numbers(random_numbers(product(count, shape.width()), 10));
            const auto keys = pair.numbers(random_numbers(cache, 11)), values = pair.numbers(random_numbers(cache, 12));
            const auto weights = [&](bool device) {
                const auto pick = [&](bool wanted, const Pair::Both& both) -> const void* {
                    return !wanted ? nullptr : device ? both.device.data() : both.reference.data();
                };
                return HeadWeights{pick(with_bias, bias), pick(with_norm, q_norm), pick(with_norm, k_norm), 1e-6f,
                                   device ? cos.first.data() : cos.second.data(), device ? sin.first.data() : sin.second.data()};
            };
            pair.device.rotate_append(rows.of_device, shape, weights(true), qkv.device.data(), {keys.device.data(), values.device.data()});
            pair.reference.rotate_append(rows.of_reference, shape, weights(false), qkv.reference.data(), {keys.reference.data(), values.reference.data()});
            QVERIFY(pair.apart(keys.device.data(), keys.reference.data(), cache) <= 1);
            QVERIFY(pair.apart(values.device.data(), values.reference.data(), cache) <= 1);
            for (int row = 0; row < count; ++row) {  // The queries; keys and values need not be changed in place.
                const auto at = product(row, shape.width()) * bytes_of(pair.device.number()), of_plain = product(row, shape.width()) * 4;
                QVERIFY(pair.apart(qkv.device.data() + at, qkv.reference.data() + of_plain, product(heads, size)) <= 1);
            }
        }
    }

    void attention_data() { eachHeads(); }

    void attention() {
        QFETCH(int, kind);
        QFETCH(int, heads);
        QFETCH(int, kv);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        const Heads shape{heads, kv, size};
        for (const auto& [count, longest] : {std::pair(15, 70), {1, 1}, {3, 400}, {2, 1024}, {2, 2100}}) {
            Sequences rows(pair, count, longest, 3);
            const std::size_t cache = product(rows.total_pages * kv * page_tokens, size);
            const auto qkv = pair.numbers(random_numbers(product(count, shape.width()), 10, 1.5));
            const auto keys = pair.numbers(random_numbers(cache, 11)), values = pair.numbers(random_numbers(cache, 12));
            const auto y = pair.numbers(std::vector<float>(product(count * heads, size)));
            pair.reference.attend(rows.of_reference, shape, qkv.reference.data(), {keys.reference.data(), values.reference.data()}, y.reference.data());
            // A step twice: what blocks leave for each other must be gone after the first.
            for (const bool contexts : {false, false, true}) {
                rows.of_device.contexts = contexts;
                const auto mine = pair.numbers(std::vector<float>(product(count * heads, size)));
                pair.device.attend(rows.of_device, shape, qkv.device.data(), {keys.device.data(), values.device.data()}, mine.device.data());
                QVERIFY(pair.apart(mine.device.data(), y.reference.data(), product(count * heads, size)) <= 1);
            }
        }
    }

    void companyInAttention_data() { eachHeads(); }

    /// A row's numbers are the same to the bit whoever else is there.
    void companyInAttention() {
        QFETCH(int, kind);
        QFETCH(int, heads);
        QFETCH(int, kv);
        QFETCH(int, size);
        FOOTHOLD_PAIR(kind);
        const Heads shape{heads, kv, size};
        const int count = 8, longest = 1100;
        Sequences rows(pair, count, longest, 5);
        const std::size_t cache = product(rows.total_pages * kv * page_tokens, size), row = product(heads, size);
        const auto qkv = pair.numbers(random_numbers(product(count, shape.width()), 10, 1.5));
        const auto keys = pair.numbers(random_numbers(cache, 11)), values = pair.numbers(random_numbers(cache, 12));
        const auto y = pair.numbers(std::vector<float>(count * row)), alone = pair.numbers(std::vector<float>(row));
        for (const bool contexts : {false, true}) {
            rows.of_device.contexts = contexts;
            pair.device.attend(rows.of_device, shape, qkv.device.data(), {keys.device.data(), values.device.data()}, y.device.data());
            const auto all = Pair::read(pair.device, y.device.data(), count * row, false);
            for (const int which : {0, 3, 7}) {
                Rows one = rows.of_device;
                one.count = 1;
                for (const int** numbers : {&one.positions, &one.shared, &one.table_of}) *numbers += which;
                const auto bytes = bytes_of(pair.device.number());
                pair.device.attend(one, shape, qkv.device.data() + product(which, shape.width()) * bytes, {keys.device.data(), values.device.data()}, alone.device.data());
                const auto mine = Pair::read(pair.device, alone.device.data(), row, false);
                QVERIFY(std::equal(mine.begin(), mine.end(), all.begin() + std::ssize(mine) * which));
            }
        }
    }

    void samples_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("vocabulary");
        QTest::addColumn<DecodingRules>("rules");
        const auto add = [](const char* name, const DecodingRules& rules) {
            for (const int vocabulary : {2, 7, 23, 1000, 32003, 151936})
                eachKind(qPrintable(QString("%1, %2").arg(name).arg(vocabulary)), [&](QTestData& row) { row << vocabulary << rules; }, vocabulary > 1000);
        };
        DecodingRules rules;
        add("plain", rules);
        rules.temperature = 0;
        add("greedy", rules);
        rules.temperature = 0.7;
        add("temperature", rules);
        rules.top_p = 0.9;
        add("top_p", rules);
        rules.top_p = 0.2;
        rules.temperature = 1.3;
        rules.penalty = ThoughtPenalty{{0, 1}, 2, 3};
        add("penalty and top_p", rules);
        rules = {};
        rules.forced_prefix = {1, 0, 1};
        rules.stop = ConfidenceStop{40, 9};
        add("forced, stop when unsure", rules);
    }

    void samples() {
        QFETCH(int, kind);
        QFETCH(int, vocabulary);
        QFETCH(DecodingRules, rules);
        FOOTHOLD_PAIR(kind);
        constexpr int rows = 12;
        // Some logits are equal, so that ties are there to be broken.
        auto numbers = random_numbers(product(rows, vocabulary), 1, 2.5);
        for (std::size_t i = 0; i < numbers.size(); i += 3) numbers[i] = std::round(2 * numbers[i]) / 2;
        // Rows that rise and fall a long way, and one that is even.
        for (std::size_t i = 0; i < static_cast<std::size_t>(vocabulary); ++i) {
            const float slope = 90 * static_cast<float>(i) / static_cast<float>(vocabulary);
            numbers[product(7, vocabulary) + i] += slope;
            numbers[product(8, vocabulary) + i] -= slope;
            numbers[product(9, vocabulary) + i] = 1.5f;
        }
        const auto logits = pair.same(numbers);
        SamplerRules data;
        data.top_p = rules.top_p;
        data.sharpness = rules.temperature > 0 ? static_cast<float>(1 / rules.temperature) : 0;
        data.top = std::min(5, vocabulary);
        data.end_token = 1;
        data.forced = static_cast<int>(rules.forced_prefix.size());
        if (rules.stop) {
            data.stop_window = rules.stop->window;
            data.stop_threshold = rules.stop->threshold;
        }
        std::vector<std::uint8_t> marks(static_cast<std::size_t>(vocabulary));
        if (rules.penalty) {
            data.penalty = static_cast<float>(rules.penalty->strength);
            data.penalty_duration = rules.penalty->duration;
            for (const Token token : rules.penalty->tokens) marks[static_cast<std::size_t>(token)] = 1;
        }
        std::vector<int> tokens, positions, counts, limits, since;
        std::vector<std::uint64_t> keys;
        for (int row = 0; row < rows; ++row) {
            tokens.push_back(0);
            positions.push_back(row == 5 ? -1 : 20 + row);
            counts.push_back(row == 4 ? 45 : row);
            limits.push_back(row == 2 ? 3 : 100);
            since.push_back(row % 5);
            keys.push_back(random_key({static_cast<std::uint64_t>(row), 3}));
        }
        const int width = data.stop_window;
        const auto t = pair.same(tokens), p = pair.same(positions), c = pair.same(counts), l = pair.same(limits), s = pair.same(since);
        const auto k = pair.same(keys);
        const auto m = pair.same(marks);
        const auto recent = pair.same(random_numbers(product(rows, width), 4));
        const auto forced = pair.same(rules.forced_prefix);
        const auto r = pair.same(std::vector<SamplerRules>{data});
        const auto records = pair.same(std::vector<TokenRecord>(rows * 4));
        pair.device.sample(rows, vocabulary, logits.first.data(),
                           {t.first.data(), p.first.data(), c.first.data(), l.first.data(), s.first.data(), k.first.data(), records.first.data(), 4,
                            recent.first.data(), width, m.first.data(), forced.first.data(), r.first.data()});
        pair.reference.sample(rows, vocabulary, logits.second.data(),
                              {t.second.data(), p.second.data(), c.second.data(), l.second.data(), s.second.data(), k.second.data(), records.second.data(), 4,
                               recent.second.data(), width, m.second.data(), forced.second.data(), r.second.data()});
        const auto read = [&](const auto& both, std::size_t words) {
            return std::pair(Pair::read(pair.device, both.first.data(), words, true), Pair::read(pair.reference, both.second.data(), words, true));
        };
        const auto bits = [](float value) { return std::bit_cast<int>(value); };
        const auto [a, b] = read(records, rows * 16);
        const auto [ta, tb] = read(t, rows);
        const auto [pa, pb] = read(p, rows);
        const auto [ca, cb] = read(c, rows);
        const auto [sa, sb] = read(s, rows);
        int different = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            QCOMPARE(bits(ca[row]), bits(cb[row]));
            if (bits(ta[row]) != bits(tb[row])) {
                ++different;  // A number between two tokens' chances, which may fall on either side.
                continue;
            }
            QCOMPARE(bits(pa[row]), bits(pb[row]));
            QCOMPARE(bits(sa[row]), bits(sb[row]));
            for (std::size_t step = 0; step < 4; ++step) {
                const std::size_t at = (row * 4 + step) * 4;
                QCOMPARE(bits(a[at]), bits(b[at]));
                for (std::size_t field = 1; field < 4; ++field) QVERIFY(std::abs(a[at + field] - b[at + field]) < 1e-4f);
            }
        }
        QVERIFY(different <= 1);
        if (width > 0) {
            const auto [ra, rb] = read(recent, product(rows, width));
            for (std::size_t i = 0; i < ra.size(); ++i) QVERIFY(std::abs(ra[i] - rb[i]) < 1e-4f);
        }
    }

    /// Logits that are not numbers end in a record that says so, never in a token that is none.
    void notANumber_data() {
        QTest::addColumn<int>("kind");
        eachKind("", [](QTestData&) {});
    }

    void notANumber() {
        QFETCH(int, kind);
        FOOTHOLD_PAIR(kind);
        ModelConfig config = small();
        EngineState state = sharp(config);
        state.tensors.at("model.norm.weight").data[3] = std::numeric_limits<float>::quiet_NaN();
        const PagedModel model(*ops, state);
        for (const bool in_one_call : {true, false}) {
            DecoderLimits limits;
            limits.in_one_call = in_one_call;
            PagedDecoder decoder(*ops, config, model.weights, limits);
            for (const double top_p : {1.0, 0.9}) {
                DecodingRules rules;
                rules.top_p = top_p;
                QVERIFY_THROWS_EXCEPTION(RunError, sample(decoder, requests(), rules));
            }
        }
    }

    void wholeSteps_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<ModelConfig>("shape");
        for (const char* column : {"rows", "longest"}) QTest::addColumn<int>(column);
        const auto shape = [](ModelType type, int hidden, int layers, int heads, int kv, int head_dim, int mlp, int vocabulary, bool tied) {
            ModelConfig config;
            config.model_type = type;
            config.hidden_size = hidden;
            config.num_hidden_layers = layers;
            config.num_attention_heads = heads;
            config.num_key_value_heads = kv;
            config.head_dim = head_dim;
            config.intermediate_size = mlp;
            config.vocab_size = vocabulary;
            config.tie_word_embeddings = tied;
            return config;
        };
        using enum ModelType;
        for (const auto& [name, config] : {std::pair("own", shape(llama, 96, 3, 4, 4, 0, 288, 23, true)), {"chain", ModelConfig{}},
                                           {"grouped", shape(llama, 64, 2, 8, 2, 0, 96, 40, false)}, {"qwen2", shape(qwen2, 32, 2, 4, 2, 0, 48, 13, false)},
                                           {"qwen3", shape(qwen3, 32, 2, 4, 2, 12, 48, 13, true)}, {"narrow", shape(qwen3, 24, 2, 4, 2, 6, 40, 13, false)},
                                           {"odd", shape(llama, 20, 2, 2, 1, 0, 21, 13, false)}, {"wide", shape(qwen2, 256, 1, 4, 1, 64, 512, 1000, true)}, {"deep", shape(llama, 16, 16, 2, 1, 0, 16, 9, true)}})
            for (const auto& [rows, longest] : {std::pair(1, 1), {3, 70}, {9, 400}, {80, 40}, {150, 20}})
                eachKind(qPrintable(QString("%1, %2 rows, up to %3").arg(name).arg(rows).arg(longest)),
                         [&](QTestData& row) { row << config << rows << longest; }, rows > 9);
    }

    /// All of a small model's steps in one call: rows in the midst of their texts, by forced tokens and by drawn ones.
    void wholeSteps() {
        QFETCH(int, kind);
        QFETCH(ModelConfig, shape);
        QFETCH(int, rows);
        QFETCH(int, longest);
        FOOTHOLD_PAIR(kind);
        QVERIFY(decode_in_one_call(shape));
        const bool rounded = ops->number() == Number::bf16;
        EngineState state = lively(shape, 0.15);
        if (rounded)
            for (auto& [name, tensor] : state.tensors)
                for (float& value : tensor.data) value = from_bf16(to_bf16(value));
        const PagedModel here(*ops, state), plain(pair.reference, state);
        DecodingRules forced, drawn;
        for (int i = 0; i < 20; ++i) forced.forced_prefix.push_back(2 + i % 7);
        drawn.top_p = 0.9;
        drawn.temperature = 0.8;
        drawn.penalty = ThoughtPenalty{{3, 4}, 2, 2};
        drawn.stop = ConfidenceStop{3, 1.5};
        for (const DecodingRules& rules : {forced, drawn}) {
            if (rounded && rules.forced_prefix.empty()) continue;  // Tokens part ways.
            const DecodeScene scene(state, rows, longest, rules);
            const Played a = scene.play(*ops, here, 0, rows), b = scene.play(pair.reference, plain, 0, rows);
            int different = 0;
            for (int row = 0; row < rows; ++row) {
                const auto r = static_cast<std::size_t>(row);
                const auto token = [&](const Played& played, int t) { return played.records[r * DecodeScene::steps + static_cast<std::size_t>(t % DecodeScene::steps)]; };
                bool same = true;  // A number between two tokens' chances may fall on either side, and then all that follows differs.
                for (int t = scene.counts[r]; t < b.counts[r] && same; ++t) {
                    const TokenRecord x = token(a, t), y = token(b, t);
                    const float tolerance = rounded ? 0.1f : 5e-4f;
                    const QString where = QString("row %1, token %2: %3 and %4, log-probs %5 and %6").arg(row).arg(t).arg(x.token).arg(y.token).arg(x.logprob).arg(y.logprob);
                    QVERIFY2(std::abs(x.entropy - y.entropy) < tolerance && std::abs(x.confidence - y.confidence) < tolerance, qPrintable(where));
                    same = x.token == y.token;
                    QVERIFY2(!same || std::abs(x.logprob - y.logprob) < tolerance, qPrintable(where));
                }
                different += !same;
                if (!same) continue;
                QCOMPARE(a.counts[r], b.counts[r]);
                QCOMPARE(a.positions[r], b.positions[r]);
                QCOMPARE(a.tokens[r], b.tokens[r]);
                QCOMPARE(a.since[r], b.since[r]);
            }
            QVERIFY(different <= (rules.forced_prefix.empty() ? 1 + rows / 50 : 0));
            if (different == 0)  // Each number in its place, and nothing anywhere else.
                for (std::size_t i = 0; i < a.pages.size(); ++i)
                    QVERIFY2(std::abs(a.pages[i] - b.pages[i]) < (rounded ? 0.1f : 1e-3f), qPrintable(QString("%1 of a layer's %2 numbers of keys or values").arg(i % scene.layer_numbers).arg(scene.layer_numbers)));
            // Alone a row gets the same to the bit.
            for (int row = 0; row < std::min(rows, 6); ++row) {
                const Played alone = scene.play(*ops, here, row, 1);
                const auto begin = static_cast<std::size_t>(row) * DecodeScene::steps;
                QVERIFY(std::memcmp(alone.records.data() + begin, a.records.data() + begin, DecodeScene::steps * sizeof(TokenRecord)) == 0);
            }
        }
    }

    void wholeCompletions_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<ModelConfig>("shape");
        ModelConfig qwen2 = small(2, false), qwen3 = small(2);
        qwen2.model_type = ModelType::qwen2;
        qwen3.model_type = ModelType::qwen3;
        qwen3.head_dim = 12;
        for (const auto& [name, shape] : {std::pair("chain", ModelConfig{}), {"qwen2", qwen2}, {"qwen3", qwen3}, {"odd", odd()}})
            eachKind(name, [&](QTestData& row) { row << shape; }, name != std::string("odd"));
    }

    /// The decoder over these ops and over the plain ones. In bf16 tokens part ways soon, so they are forced.
    void wholeCompletions() {
        QFETCH(int, kind);
        QFETCH(ModelConfig, shape);
        FOOTHOLD_PAIR(kind);
        const bool rounded = ops->number() == Number::bf16;
        const EngineState state = sharp(shape);
        const PagedModel here(*ops, state), plain(pair.reference, state);
        DecoderLimits limits, one_by_one;
        limits.rows = one_by_one.rows = 24;
        one_by_one.in_one_call = false;
        PagedDecoder whole(*ops, shape, here.weights, limits), parts(*ops, shape, here.weights, one_by_one), expected(pair.reference, shape, plain.weights, limits);
        DecodingRules rules;
        if (rounded)
            for (int i = 0; i < 40; ++i) rules.forced_prefix.push_back(2 + i % 9);
        const auto asked = requests(6, 6, 40);
        for (PagedDecoder* decoder : {&whole, &parts, &whole, &parts}) {
            const auto a = sample(*decoder, asked, rules), b = sample(expected, asked, rules);
            int different = 0;
            for (std::size_t i = 0; i < a.size(); ++i)
                for (std::size_t k = 0; k < a[i].size(); ++k) {
                    if (a[i][k].tokens != b[i][k].tokens) {
                        ++different;
                        continue;
                    }
                    for (std::size_t t = 0; t < a[i][k].tokens.size(); ++t) QVERIFY(std::abs(a[i][k].logprobs[t] - b[i][k].logprobs[t]) < (rounded ? 0.1f : 1e-4f));
                }
            QVERIFY(different <= (rounded ? 0 : 1));
        }
    }
};

QTEST_GUILESS_MAIN(TestCudaKernels)
#include "test_cuda_kernels.moc"
