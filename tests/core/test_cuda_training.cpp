// SPDX-License-Identifier: GPL-3.0-or-later
// The CUDA module's ops of an update against plain loops, over shapes and types. Where there is no GPU or no module the
// plain loops are held against themselves, so that this file is known to work, and the rest is skipped with the reason.
#include "core/kernel_bench.h"
#include "engine/cuda/train_reference.h"

using namespace foothold;
using namespace foothold::engines;

class TestCudaTraining : public QObject {
    Q_OBJECT

    ReferenceOps plain_memory_;
    ReferenceTrainOps plain_;
    std::unique_ptr<DecodeOps> f32_memory_, bf16_memory_;
    std::unique_ptr<TrainOps> f32_, bf16_;
    std::string why_not_;

    DecodeOps* memory(Kind kind) {
        return kind == Kind::reference ? &plain_memory_ : kind == Kind::device_f32 ? f32_memory_.get() : bf16_memory_.get();
    }
    TrainOps* ops(Kind kind) { return kind == Kind::reference ? &plain_ : kind == Kind::device_f32 ? f32_.get() : bf16_.get(); }

    /// Runs `work` with the ops under test and with the plain loops. `all` are numbers, `floats` always floats.
    struct Buffers {
        std::vector<Pair::Both> numbers;
        std::vector<std::pair<Array<float>, Array<float>>> floats;
        std::vector<std::pair<Array<int>, Array<int>>> ints;
    };
    template <class Work>
    void both(TrainOps& train, Pair& pair, const Buffers& b, Work work) {
        pair.device.synchronize();  // Its stream is another.
        work(train, [&](std::size_t i) { return static_cast<void*>(b.numbers[i].device.data()); }, [&](std::size_t i) { return b.floats[i].first.data(); },
             [&](std::size_t i) { return b.ints[i].first.data(); });
        Array<float> nothing(pair.device, 4);
        pair.device.synchronize();
        train.sum_of_squares(4, nothing.data());  // Waits.
        work(plain_, [&](std::size_t i) { return static_cast<void*>(b.numbers[i].reference.data()); }, [&](std::size_t i) { return b.floats[i].second.data(); },
             [&](std::size_t i) { return b.ints[i].second.data(); });
    }
    double apart(Pair& pair, const Pair::Both& numbers, std::size_t count) { return pair.apart(numbers.device.data(), numbers.reference.data(), count); }
    double apart(Pair& pair, const std::pair<Array<float>, Array<float>>& floats) {
        return pair.apart(floats.first.data(), floats.second.data(), floats.first.size(), true);
    }
    static std::vector<int> owners(int count, int of, std::uint64_t seed) {
        Random random(random_key({seed, 5}));
        std::vector<int> made;
        for (int i = 0; i < count; ++i) made.push_back(random.between(0, of - 1));
        return made;
    }
    /// Lists of the places where `owners` says i.
    static std::pair<std::vector<int>, std::vector<int>> lists(const std::vector<int>& owners, int count) {
        std::vector<int> begins{0}, which;
        for (int i = 0; i < count; ++i) {
            for (std::size_t k = 0; k < owners.size(); ++k)
                if (owners[k] == i) which.push_back(static_cast<int>(k));
            begins.push_back(static_cast<int>(which.size()));
        }
        return {begins, which};
    }

private slots:
    void initTestCase() {
        try {
            f32_memory_ = open_cuda_ops(Number::f32);
            bf16_memory_ = open_cuda_ops(Number::bf16);
            f32_ = open_cuda_train_ops(Number::f32);
            bf16_ = open_cuda_train_ops(Number::bf16);
            qInfo("on %s", f32_memory_->name().c_str());
        } catch (const UserError& error) {
            why_not_ = error.what();
            qInfo("no GPU: %s", why_not_.c_str());
        }
    }

    void agrees_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("size");
        for (const auto& [name, kind] : {std::pair("plain", Kind::reference), {"f32", Kind::device_f32}, {"bf16", Kind::device_bf16}})
            for (const auto& [rows, size] : {std::pair(1, 8), {5, 21}, {300, 64}, {37, 96}, {1500, 896}})
                if (kind != Kind::reference || rows * size < 20000)
                    QTest::addRow("%s, %d x %d", name, rows, size) << static_cast<int>(kind) << rows << size;
    }

#define FOOTHOLD_TRAINING                                                       \
    QFETCH(int, kind);                                                          \
    QFETCH(int, rows);                                                          \
    QFETCH(int, size);                                                          \
    if (!ops(static_cast<Kind>(kind))) QSKIP(why_not_.c_str());                 \
    TrainOps& train = *ops(static_cast<Kind>(kind));                            \
    Pair pair(*memory(static_cast<Kind>(kind)));                                \
    [[maybe_unused]] const std::size_t all = product(rows, size);               \
    [[maybe_unused]] const auto numbers = [&](std::size_t count, std::uint64_t seed) { return pair.numbers(random_numbers(count, seed)); }; \
    [[maybe_unused]] const auto floats = [&](std::size_t count, std::uint64_t seed) { return pair.same(random_numbers(count, seed)); };     \
    Buffers b;

    void agrees() {
        FOOTHOLD_TRAINING
        // Products: x, weight, y, dx; weight's gradient.
        const int outputs = size + 3;
        b.numbers.push_back(numbers(all, 1));
        b.numbers.push_back(numbers(product(outputs, size), 2));
        b.numbers.push_back(numbers(product(rows, outputs), 3));
        b.numbers.push_back(numbers(all, 4));
        b.floats.push_back(floats(product(outputs, size), 5));
        b.floats.push_back(floats(product(rows, outputs), 6));
        b.floats.push_back(floats(static_cast<std::size_t>(outputs), 7));
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto) {
            t.multiply(rows, size, outputs, n(0), n(1), n(2), false);
            t.multiply(rows, size, outputs, n(0), n(1), f(1), true);
            t.multiply_back(rows, size, outputs, n(2), n(1), n(3));
            t.add_weight_gradient(rows, size, outputs, n(2), n(0), f(0));
            t.add_column_sums(rows, outputs, n(2), f(2));
        });
        QVERIFY(apart(pair, b.numbers[2], product(rows, outputs)) < 1);
        QVERIFY(apart(pair, b.floats[1]) < 1);
        QVERIFY(apart(pair, b.numbers[3], all) < 2);
        QVERIFY(apart(pair, b.floats[0]) < 2);
        QVERIFY(apart(pair, b.floats[2]) < 2);
    }

    void norms_data() { agrees_data(); }
    void norms() {
        FOOTHOLD_TRAINING
        for (int i = 0; i < 5; ++i) b.numbers.push_back(numbers(i == 1 ? static_cast<std::size_t>(size) : all, static_cast<std::uint64_t>(i)));
        for (int i = 0; i < 4; ++i)
            b.floats.push_back(floats(i == 2 ? static_cast<std::size_t>(rows) : i == 3 ? static_cast<std::size_t>(size) : all, static_cast<std::uint64_t>(10 + i)));
        b.floats.push_back(floats(all, 20));
        const float eps = 1e-6f;
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto) {
            t.add_rms_norm(rows, size, f(0), n(0), n(1), eps, f(1), n(2), f(2));
            t.rms_norm_backward(rows, size, n(3), f(1), f(2), n(1), f(4), n(4), f(3));
            t.add_rms_norm(rows, size, f(0), nullptr, n(1), eps, f(0), n(0), f(2));  // Where x is, and nothing is added.
        });
        for (const std::size_t i : {0u, 2u, 4u}) QVERIFY(apart(pair, b.numbers[i], all) < 2);
        for (const auto& written : b.floats) QVERIFY(apart(pair, written) < 2);
    }

    void gates_data() { agrees_data(); }
    void gates() {
        FOOTHOLD_TRAINING
        b.numbers.push_back(numbers(2 * all, 1));
        b.numbers.push_back(numbers(all, 2));
        b.numbers.push_back(numbers(all, 3));
        both(train, pair, b, [&](TrainOps& t, auto n, auto, auto) {
            t.silu_times(rows, size, n(0), n(1));
            t.silu_times_backward(rows, size, n(2), n(0));
        });
        QVERIFY(apart(pair, b.numbers[0], 2 * all) < 2);
        QVERIFY(apart(pair, b.numbers[1], all) < 2);
        QVERIFY(apart(pair, b.numbers[2], all) < 2);
    }

    void linesAndTokens_data() { agrees_data(); }
    void linesAndTokens() {
        FOOTHOLD_TRAINING
        constexpr int vocabulary = 40;
        const std::vector<int> tokens = owners(rows, vocabulary, 3), of_rows = owners(2 * rows, rows, 4);
        std::vector<int> distinct(vocabulary);
        std::iota(distinct.begin(), distinct.end(), 0);
        const auto [token_begins, token_rows] = lists(tokens, vocabulary);
        const auto [begins, which] = lists(of_rows, rows);
        for (const std::vector<int>* ints : std::initializer_list<const std::vector<int>*>{&tokens, &distinct, &token_begins, &token_rows, &begins, &which}) b.ints.push_back(pair.same(*ints));
        b.numbers.push_back(numbers(product(vocabulary, size), 1));
        b.numbers.push_back(numbers(2 * all, 2));
        b.numbers.push_back(numbers(all, 3));
        b.floats.push_back(floats(all, 4));
        b.floats.push_back(floats(product(vocabulary, size), 5));
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto i) {
            t.embed(rows, size, i(0), n(0), f(0));
            t.add_embedding_gradient(vocabulary, size, i(1), {i(2), i(3)}, f(0), f(1));
            t.sum_lines(rows, size, {i(4), i(5)}, n(1), n(2));
        });
        QVERIFY(apart(pair, b.floats[0]) < 1);
        QVERIFY(apart(pair, b.floats[1]) < 2);
        QVERIFY(apart(pair, b.numbers[2], all) < 2);
    }

    void turnsHeads_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("size");
        for (const auto& [name, kind] : {std::pair("plain", Kind::reference), {"f32", Kind::device_f32}, {"bf16", Kind::device_bf16}})
            for (const auto& [rows, size] : {std::pair(1, 8), {50, 10}, {200, 64}, {33, 130}})
                QTest::addRow("%s, %d rows, heads of %d", name, rows, size) << static_cast<int>(kind) << rows << size;
    }
    void turnsHeads() {
        FOOTHOLD_TRAINING
        const Heads heads{6, 2, size};
        const int keys = 2 * rows;
        const auto [begins, which] = lists(owners(keys, rows, 4), rows);
        b.ints.push_back(pair.same(owners(rows, rows, 1)));
        b.ints.push_back(pair.same(begins));
        b.ints.push_back(pair.same(which));
        b.numbers.push_back(numbers(product(rows, heads.width()), 1));
        b.numbers.push_back(numbers(static_cast<std::size_t>(heads.width()), 2));
        b.numbers.push_back(numbers(6 * all, 3));
        b.numbers.push_back(numbers(product(keys, 2 * size), 4));
        b.numbers.push_back(numbers(product(keys, 2 * size), 5));
        b.numbers.push_back(numbers(product(rows, heads.width()), 6));
        b.numbers.push_back(numbers(product(rows, heads.width()), 7));
        b.floats.push_back(floats(all, 8));
        b.floats.push_back(floats(all, 9));
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto i) {
            t.rotate(rows, heads, i(0), n(1), f(0), f(1), n(0));
            t.rotate(rows, heads, i(0), nullptr, f(0), f(1), n(6));
            t.rotate_back(rows, heads, i(0), {i(1), i(2)}, f(0), f(1), n(2), n(3), n(4), n(5));
        });
        for (const std::size_t i : {0u, 5u, 6u}) QVERIFY(apart(pair, b.numbers[i], product(rows, heads.width())) < 2);
    }

    void attends_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("rows");  // Of the longest sequence.
        QTest::addColumn<int>("size");
        for (const auto& [name, kind] : {std::pair("plain", Kind::reference), {"f32", Kind::device_f32}, {"bf16", Kind::device_bf16}})
            for (const auto& [rows, size] : {std::pair(1, 8), {40, 10}, {33, 24}, {130, 64}, {70, 130}, {65, 256}})
                if (kind != Kind::reference || rows * size < 1000)
                    QTest::addRow("%s, up to %d, heads of %d", name, rows, size) << static_cast<int>(kind) << rows << size;
    }
    /// A context, two that follow it, and one alone: their queries and keys lie apart.
    void attends() {
        FOOTHOLD_TRAINING
        const Heads heads{6, 2, size};
        std::vector<int> query_begins{0}, key_begins{0}, of_row, of_key;
        for (const auto& [queries, before] : {std::pair(rows, 0), {1 + rows / 2, rows}, {1, rows}, {1 + rows / 3, 0}}) {
            const int index = static_cast<int>(query_begins.size()) - 1;
            of_row.insert(of_row.end(), static_cast<std::size_t>(queries), index);
            of_key.insert(of_key.end(), static_cast<std::size_t>(queries + before), index);
            query_begins.push_back(static_cast<int>(of_row.size()));
            key_begins.push_back(static_cast<int>(of_key.size()));
        }
        const int queries = static_cast<int>(of_row.size()), keys = static_cast<int>(of_key.size()), stride = heads.width(), kv_width = 2 * size;
        for (const std::vector<int>* ints : {&query_begins, &key_begins, &of_row, &of_key}) b.ints.push_back(pair.same(*ints));
        const std::size_t of_q = product(queries, 6 * size), of_kv = product(keys, kv_width);
        b.numbers.push_back(numbers(product(queries, stride), 1));       // q, with gaps
        b.numbers.push_back(numbers(2 * of_kv, 2));                      // keys and values, line by line
        b.numbers.push_back(numbers(of_q, 3));                           // y
        b.numbers.push_back(numbers(of_q, 4));                           // dy
        b.numbers.push_back(numbers(of_q, 5));                           // dq
        b.numbers.push_back(numbers(of_kv, 6));                          // dk
        b.numbers.push_back(numbers(of_kv, 7));                          // dv
        b.floats.push_back(floats(product(queries, 6), 8));
        b.floats.push_back(floats(product(queries, 6), 9));
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto i) {
            PackedAttention a{queries, keys, {i(0), i(1), i(2), i(3)}, heads, n(0), n(1), nullptr, stride, 2 * kv_width};
            a.v = static_cast<const char*>(a.k) + product(kv_width, static_cast<int>(bytes_of(t.number())));
            t.attend(a, n(2), f(0));
            t.attend_back(a, n(2), n(3), f(0), f(1), n(4), n(5), n(6));
        });
        QVERIFY(apart(pair, b.numbers[2], of_q) < 2);
        QVERIFY(apart(pair, b.floats[0]) < (train.number() == Number::bf16 ? 10 : 2));
        QVERIFY(apart(pair, b.numbers[4], of_q) < 4);
        QVERIFY(apart(pair, b.numbers[5], of_kv) < 4);
        QVERIFY(apart(pair, b.numbers[6], of_kv) < 4);
    }

    void logprobs_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("size");
        for (const auto& [name, kind] : {std::pair("plain", Kind::reference), {"f32", Kind::device_f32}, {"bf16", Kind::device_bf16}})
            for (const auto& [rows, size] : {std::pair(1, 2), {9, 23}, {30, 1001}, {40, 4096}, {3, 151936}})
                if (kind != Kind::reference || size < 5000) QTest::addRow("%s, %d of %d", name, rows, size) << static_cast<int>(kind) << rows << size;
    }
    void logprobs() {
        FOOTHOLD_TRAINING
        b.ints.push_back(pair.same(owners(rows, size, 1)));
        auto logits = random_numbers(all, 2, 4);
        logits[0] = 60;  // Far above the rest.
        b.floats.push_back(pair.same(logits));
        for (int i = 0; i < 3; ++i) b.floats.push_back(floats(static_cast<std::size_t>(rows), static_cast<std::uint64_t>(5 + i)));
        b.numbers.push_back(numbers(all, 8));
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto i) {
            t.logprobs(rows, size, f(0), i(0), f(1), f(2));
            t.logprobs_backward(rows, size, f(0), i(0), f(2), f(3), n(0));
        });
        QVERIFY(apart(pair, b.floats[1]) < 1);
        QVERIFY(apart(pair, b.floats[2]) < 1);
        QVERIFY(apart(pair, b.numbers[0], all) < 2);
    }

    void steps_data() { agrees_data(); }
    void steps() {
        FOOTHOLD_TRAINING
        for (int i = 0; i < 4; ++i) b.floats.push_back(pair.same(random_numbers(all, static_cast<std::uint64_t>(i))));
        auto second = random_numbers(all, 3);
        for (float& value : second) value *= value;
        b.floats[3] = pair.same(second);
        b.numbers.push_back(numbers(all, 9));
        const AdamWStep step{.01f, .9f, .95f, 1e-8f, .1f, 1 - .9f * .9f, 1 - .95f * .95f, .5f};
        both(train, pair, b, [&](TrainOps& t, auto n, auto f, auto) {
            t.adamw(static_cast<std::int64_t>(all), step, f(0), f(1), f(2), f(3), n(0));
        });
        for (const auto& written : b.floats) QVERIFY(apart(pair, written) < 2);
        QVERIFY(apart(pair, b.numbers[0], all) < 2);
        pair.device.synchronize();
        const double squares = train.sum_of_squares(static_cast<std::int64_t>(all), b.floats[0].first.data()),
                     wanted = plain_.sum_of_squares(static_cast<std::int64_t>(all), b.floats[0].second.data());
        QVERIFY(std::abs(squares - wanted) < 1e-5 * wanted);
    }
};

QTEST_GUILESS_MAIN(TestCudaTraining)
#include "test_cuda_training.moc"
