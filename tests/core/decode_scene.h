// SPDX-License-Identifier: GPL-3.0-or-later
// Rows in the midst of their texts, as the ops take them through whole steps: what goes in, and what comes out.
#pragma once
#include "core/paged_bench.h"

namespace foothold::engines {

/// What some ops made of a scene.
struct Played {
    std::vector<int> tokens, positions, counts, since;
    std::vector<TokenRecord> records;  ///< [rows, steps]
    std::vector<float> recent, pages;  ///< Pages of all layers, keys before values.
};

class DecodeScene {
public:
    static constexpr int steps = 5;

    /// Rows at positions up to `longest`, part of each in shared pages; one in seven is nobody's, some have few tokens left.
    DecodeScene(const EngineState& model, int count, int longest, DecodingRules decoding)
        : state(model), rows(count), width(pages_for(longest + steps) + 1), rules(std::move(decoding)) {
        Random random(random_key({static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(longest)}));
        for (int row = 0; row < rows; ++row) {
            const int length = row == 0 ? longest : random.between(1, longest);
            positions.push_back(row % 7 == 6 ? -1 : length - 1);
            shared.push_back(random.between(0, length - 1));
            table_of.push_back(rows - 1 - row);
            tokens.push_back(random.between(0, state.config.vocab_size - 1));
            counts.push_back(row % 4);
            limits.push_back(row % 4 + (row % 5 == 4 ? 2 : 100));
            since.push_back(row % 3);
            keys.push_back(random_key({static_cast<std::uint64_t>(row), 5}));
        }
        tables.resize(static_cast<std::size_t>(rows * width));
        std::iota(tables.begin(), tables.end(), 0);
        random.shuffle(std::span(tables));
        const ModelConfig& config = state.config;
        layer_numbers = tables.size() * static_cast<std::size_t>(page_tokens * config.num_key_value_heads * config.head_size());
        for (std::size_t i = 0; i < 2 * layer_numbers * static_cast<std::size_t>(config.num_hidden_layers); ++i)
            pages.push_back(from_bf16(to_bf16(static_cast<float>(random.normal()))));
    }

    /// Rows `first` to `first + count` alone, in one call.
    Played play(DecodeOps& ops, const PagedModel& model, int first, int count) const {
        const ModelConfig& config = state.config;
        const auto in = [&]<class T>(const std::vector<T>& values) {
            Array<T> array(ops, values.size());
            array.upload(values);
            return array;
        };
        const auto n = static_cast<std::size_t>(rows), window = static_cast<std::size_t>(rules.stop ? rules.stop->window : 0);
        const Array<int> token = in(tokens), position = in(positions), share = in(shared), table = in(table_of), all = in(tables), done = in(counts),
                         most = in(limits), thought = in(since);
        const Array<std::uint64_t> key = in(keys);
        const Array<TokenRecord> records(ops, n * steps);
        const Array<float> recent = in(std::vector<float>(n * window, 3));
        const Array<Token> forced = in(rules.forced_prefix);
        std::vector<std::uint8_t> marked(static_cast<std::size_t>(config.vocab_size));
        SamplerRules data;
        data.top_p = rules.top_p;
        data.sharpness = rules.temperature > 0 ? static_cast<float>(1 / rules.temperature) : 0;
        data.top = std::min(5, config.vocab_size);
        data.end_token = end_token;
        data.forced = static_cast<int>(rules.forced_prefix.size());
        if (rules.stop) {
            data.stop_window = rules.stop->window;
            data.stop_threshold = rules.stop->threshold;
        }
        if (rules.penalty) {
            data.penalty = static_cast<float>(rules.penalty->strength);
            data.penalty_duration = rules.penalty->duration;
            for (const Token mark : rules.penalty->tokens) marked[static_cast<std::size_t>(mark)] = 1;
        }
        const Array<std::uint8_t> marks = in(marked);
        const Array<SamplerRules> rule = in(std::vector<SamplerRules>{data});
        const Array<std::byte> cache = in_ops(ops, pages);
        std::vector<Pages> layers;
        const std::size_t part = layer_numbers * bytes_of(ops.number());
        for (std::byte* place = cache.data(); place < cache.data() + cache.bytes(); place += 2 * part) layers.push_back({place, place + part});

        const auto at = static_cast<std::size_t>(first);
        ops.decode(config, model.weights, layers,
                   {count, token.data() + at, position.data() + at, share.data() + at, table.data() + at, all.data(), width},
                   {token.data() + at, position.data() + at, done.data() + at, most.data() + at, thought.data() + at, key.data() + at,
                    records.data() + at * steps, steps, recent.data() + at * window, static_cast<int>(window), marks.data(), forced.data(), rule.data()},
                   steps);
        const auto out = [&]<class T>(const Array<T>& array) {
            Array<T> host(ops, array.size(), true);
            ops.download(host.data(), array.data(), array.bytes());
            ops.synchronize();
            return std::vector<T>(host.data(), host.data() + array.size());
        };
        Played played{out(token), out(position), out(done), out(thought), out(records), out(recent), {}};
        const std::vector<std::byte> bytes = out(cache);
        played.pages.resize(pages.size());
        if (ops.number() == Number::f32)
            std::memcpy(played.pages.data(), bytes.data(), bytes.size());
        else
            std::ranges::transform(std::span(reinterpret_cast<const std::uint16_t*>(bytes.data()), pages.size()), played.pages.begin(), from_bf16);
        return played;
    }

    EngineState state;
    int rows, width;
    DecodingRules rules;
    std::size_t layer_numbers = 0;  ///< Of one layer's keys; as many of its values.
    std::vector<int> positions, shared, table_of, tables, tokens, counts, limits, since;
    std::vector<std::uint64_t> keys;
    std::vector<float> pages;
};

}  // namespace foothold::engines
