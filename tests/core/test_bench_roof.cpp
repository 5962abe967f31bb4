// SPDX-License-Identifier: GPL-3.0-or-later
// The roof that `bench` prints: counted by hand for a model of few numbers.
#include <QtTest>

#include "cli/bench_roof.h"

using namespace foothold;
using namespace foothold::cli;

namespace {

/// One layer, two heads of 4 that share one of keys and values: 288 numbers in its matrices and 160 in its table, 24 in norms.
ModelConfig few() {
    ModelConfig shape;
    shape.vocab_size = 20;
    shape.hidden_size = 8;
    shape.intermediate_size = 4;
    shape.num_hidden_layers = 1;
    shape.num_attention_heads = 2;
    shape.num_key_value_heads = 1;
    return shape;
}

/// Two groups of three attempts: a prompt of 5, 3 new tokens, so that two steps follow the prompt.
constexpr StepWork work{2, 3, 5, 3};
constexpr double weights = 4 * (288 + 24 + 160), token = 4 * 2 * 4;  // Bytes; of a token's keys and values.

}  // namespace

class TestBenchRoof : public QObject {
    Q_OBJECT

private slots:
    void thePromptIsComputedOnceAndTheLastTokenIsNotRead() {
        const double rows_read = 5 + 3 * 2, logits = 1 + 3 * 2, pairs = 25 / 2.0 + 3 * (49 - 25) / 2.0;
        QCOMPARE(forward_work(few(), work), 2 * (2 * 312 * rows_read + 2 * 160 * logits + 4 * 8 * pairs));
    }

    void aGroupsPromptIsReadOnceAStep() {
        QCOMPARE(decode_bytes(few(), work, 0, 4), 2 * weights + token * (2 * 5 * 2 + 6 * (1 + 2)));
        StepWork longer = work;
        ++longer.prompt_tokens;
        QCOMPARE(decode_bytes(few(), longer, 0, 4) - decode_bytes(few(), work, 0, 4), token * 2 * 2);
    }

    void whatTheCachesHoldIsNotReadAgain() {
        // All rows together, as long as the weights come from memory.
        QCOMPARE(decode_bytes(few(), work, 100, 4), decode_bytes(few(), work, 0, 4) - 2 * 100);
        // Weights, prompt and one row fit but for 16 bytes of its second step: the rows go one after the other.
        QCOMPARE(decode_bytes(few(), work, weights + token * 7 - 16, 4), 6 * 16.0);
        QCOMPARE(decode_bytes(few(), work, weights + token * 7, 4), 0.0);
        QCOMPARE(decode_bytes(few(), work, 1e9, 4), 0.0);
    }

    void theFloorIsTheSlowerOfBoth() {
        const double flops = forward_work(few(), work), bytes = decode_bytes(few(), work, 100, 4);
        QCOMPARE(decode_floor(few(), work, {flops, bytes / 3, 100}), 3.0);
        QCOMPARE(decode_floor(few(), work, {flops / 5, bytes, 100}), 5.0);
        QCOMPARE(update_floor(few(), work, {flops, 1, 0}), 3.0);
    }
};

QTEST_APPLESS_MAIN(TestBenchRoof)
#include "test_bench_roof.moc"
