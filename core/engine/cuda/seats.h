// SPDX-License-Identifier: GPL-3.0-or-later
// What the rows in flight keep in the memory of the ops, one seat a row, and where the results come back to.
#pragma once
#include "engine/cuda/array.h"
#include "engine/cuda/decoder.h"

namespace foothold {

struct PagedDecoder::Seats {
    Seats(DecodeOps& ops, const Sizes& sizes, const ModelConfig& config, const DecoderLimits& limits)
        : seats(sizes.seats),
          table_width(sizes.table_width),
          recent_width(sizes.recent_width),
          steps(limits.steps),
          numbers(ops, of(sizes.seats, fields)),
          tables(ops, of(sizes.seats, sizes.table_width)),
          keys(ops, of(sizes.seats)),
          records(ops, of(sizes.seats, steps)),
          recent(ops, of(sizes.seats, recent_width)),
          marks(ops, of(config.vocab_size)),
          forced(ops, of(sizes.forced)),
          rules(ops, 1),
          prefill_numbers(ops, of(limits.prefill_rows, prefill_fields)),
          prefill_tables(ops, of(sizes.seats, sizes.table_width)) {
        for (Look& look : looks) look = {{ops, of(2, sizes.seats), true}, {ops, of(sizes.seats, steps), true}};
        std::vector<int> own(of(sizes.seats));
        for (int seat = 0; seat < sizes.seats; ++seat) own[of(seat)] = seat;
        numbers.upload(own, of(table_of, sizes.seats));
    }

    static std::size_t of(int a, int b = 1) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

    /// Arrays of `seats` ints in `numbers`, one after the other. Those that the host fills come first, what it reads
    /// (positions, counts) side by side.
    enum Field { tokens, shared, limits_, since, positions, counts, table_of, fields };
    int* field(Field which) const { return numbers.data() + of(which, seats); }
    /// The same of the tokens of contexts.
    enum PrefillField { prefill_tokens, prefill_positions, prefill_shared, prefill_table_of, prefill_fields };

    Rows rows(int count) const {
        return {count, field(tokens), field(positions), field(shared), field(table_of), tables.data(), table_width};
    }
    SamplerState state() const {
        return {field(tokens), field(positions), field(counts), field(limits_), field(since), keys.data(), records.data(), steps,
                recent.data(), recent_width, marks.data(), forced.data(), rules.data()};
    }
    std::size_t bytes() const {
        return numbers.bytes() + tables.bytes() + keys.bytes() + records.bytes() + recent.bytes() + marks.bytes() +
               forced.bytes() + prefill_numbers.bytes() + prefill_tables.bytes();
    }
    /// What bytes() is of these sizes.
    static std::size_t bytes_for(const Sizes& sizes, const ModelConfig& config, const DecoderLimits& limits) {
        const std::size_t seat = of(fields + 2 * sizes.table_width) * sizeof(int) + sizeof(std::uint64_t) +
                                 of(limits.steps) * sizeof(TokenRecord) + of(sizes.recent_width) * sizeof(float);
        return of(sizes.seats) * seat + of(config.vocab_size) + of(sizes.forced) * sizeof(Token) +
               of(limits.prefill_rows, prefill_fields) * sizeof(int);
    }

    /// What is brought to the host after some steps: positions and counts [2, seats], records [seats, steps].
    struct Look {
        Array<int> numbers;
        Array<TokenRecord> records;
    };

    int seats, table_width, recent_width, steps;
    Array<int> numbers, tables;  // [fields, seats], [seats, table_width]
    Array<std::uint64_t> keys;
    Array<TokenRecord> records;
    Array<float> recent;
    Array<std::uint8_t> marks;
    Array<Token> forced;
    Array<SamplerRules> rules;
    Array<int> prefill_numbers, prefill_tables;
    Look looks[2];
};

}  // namespace foothold
