// SPDX-License-Identifier: GPL-3.0-or-later
// The table of keys and how values get in and out of it.
#include "record/experiment_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "record/error.h"

namespace foothold {
namespace {

using Type = ExperimentKey::Type;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A key bound to one field of Experiment; `field` gives a reference to it.
template <class Field>
ExperimentKey key(std::string name, bool live, double low, double high, std::vector<std::string> choices, Field field, std::string meaning) {
    using T = std::remove_reference_t<decltype(field(std::declval<Experiment&>()))>;
    constexpr Type type = std::is_same_v<T, std::int64_t>               ? Type::integer
                          : std::is_same_v<T, double>                   ? Type::number
                          : std::is_same_v<T, std::string>              ? Type::text
                          : std::is_same_v<T, std::vector<std::string>> ? Type::texts
                          : std::is_same_v<T, std::vector<double>>      ? Type::numbers
                          : std::is_same_v<T, Traces>                   ? Type::traces
                                                                        : Type::table;
    return {std::move(name), type, live, low, high, std::move(choices), std::move(meaning),
            [field](const Experiment& e) { return Value(field(const_cast<Experiment&>(e))); },
            [field](Experiment& e, const Value& v) { field(e) = std::get<T>(v); }};
}

#define FIELD(path) [](Experiment & e) -> auto& { return e.path; }

std::vector<ExperimentKey> make_keys() {
    constexpr bool live = true, fixed = false;
    const double big = 1e9;
    return {
        key("seed", live, 0, 9e15, {}, FIELD(seed), "Seed of everything random in training; changed while running, a reseeded continuation"),
        key("steps", live, 0, big, {}, FIELD(steps), "Training steps"),
        key("threads", fixed, 1, 64, {}, FIELD(threads), "Workers inside an engine call on the CPU; part of the recipe, since it changes rounding"),
        key("microbatch", fixed, 1, 1e6, {}, FIELD(microbatch), "Most tokens in one forward and backward pass of a worker (at least one attempt; at most 256 on the CPU); part of the recipe, since it changes rounding"),
        key("dtype", fixed, 0, 0, {"float32", "bfloat16"}, FIELD(dtype), "Numbers that weights are read in while sampling and training; bfloat16 is for a GPU with the CUDA module, and what is trained stays float32"),
        key("model.path", fixed, 0, 0, {}, FIELD(model.path), "Model to start from"),
        key("model.lora_rank", fixed, 0, 65536, {}, FIELD(model.lora_rank), "Rank of the LoRA adapter that is trained while the model is frozen; 0 = all weights are trained"),
        key("model.lora_alpha", fixed, 1e-6, 1e6, {}, FIELD(model.lora_alpha), "The adapter's changes are scaled by lora_alpha / lora_rank"),
        key("model.lora_targets", fixed, 0, 0, {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "lm_head"}, FIELD(model.lora_targets), "Linear layers that get an adapter, in every block; lm_head only where it is not the embedding"),
        key("problems.family", fixed, 0, 0, {}, FIELD(problems.family), "Problem family"),
        key("problems.tiers", fixed, 0, 0, {}, FIELD(problems.tiers), "Tiers of the pool, easiest first; each gets an equal share. Empty, with a file of texts: all of its tiers"),
        key("problems.pool", fixed, 1, 1e6, {}, FIELD(problems.pool), "Problems in the pool"),
        key("problems.seed", fixed, 0, 9e15, {}, FIELD(problems.seed), "Seed of the pool"),
        key("problems.file", fixed, 0, 0, {}, FIELD(problems.file), "JSONL (or Parquet) file with problems instead of generated ones: ours, GSM8K's or MATH's form, or any with problems.columns"),
        key("problems.columns", fixed, 0, 0, {}, FIELD(problems.columns), "Columns of problems.file where it is of no known form: [\"prompt=question\", \"answer=final\", \"steps=solution\", \"tier=level\"]"),
        key("problems.calculator_marks", fixed, 0, 0, {"remove", "keep"}, FIELD(problems.calculator_marks), "GSM8K's <<48/2=24>> in solutions"),
        key("problems.width", fixed, 1, 16, {}, FIELD(problems.width), "chain: checkpoints in the answer; 1 makes a blind guess right one time in modulus"),
        key("problems.modulus", fixed, 2, 97, {}, FIELD(problems.modulus), "chain: numbers are residues of this modulus"),
        key("problems.answer_modulus", fixed, 0, 97, {}, FIELD(problems.answer_modulus), "chain: the answer is the result modulo this, the work stays as it is: 2 makes a blind guess right one time in two; 0 = the result itself"),
        key("sampling.problems", fixed, 1, 4096, {}, FIELD(sampling.problems), "Problems a step"),
        key("sampling.attempts", fixed, 2, 128, {}, FIELD(sampling.attempts), "Attempts a group (G)"),
        key("sampling.temperature", live, 0.01, 10, {}, FIELD(sampling.temperature), "Sampling temperature"),
        key("sampling.top_p", live, 0.01, 1, {}, FIELD(sampling.top_p), "Nucleus of the sampling distribution"),
        key("sampling.max_new_tokens", live, 0, 32768, {}, FIELD(sampling.max_new_tokens), "Limit of a completion; 0 = what the family needs (chain: 6 a remaining step + answer + 4)"),
        key("sampling.resample", live, 0, 64, {}, FIELD(sampling.resample), "Times a step that groups without spread are set aside and other problems drawn in their place (DAPO)"),
        key("optimizer.lr", live, 0, 1, {}, FIELD(optimizer.lr), "AdamW learning rate"),
        key("optimizer.betas", fixed, 0, 0.9999999, {}, FIELD(optimizer.betas), "AdamW betas"),
        key("optimizer.weight_decay", live, 0, 10, {}, FIELD(optimizer.weight_decay), "AdamW weight decay"),
        key("optimizer.max_grad_norm", live, 0, 1e6, {}, FIELD(optimizer.max_grad_norm), "Clip the gradient's global norm to this; 0 = do not"),
        key("optimizer.update_norm", live, 0, 1e6, {}, FIELD(optimizer.update_norm), "Stretch or cut every step so that all weights together change by this (Euclidean norm): for arms that are to differ in direction alone; 0 = as AdamW has it"),
        key("optimizer.schedule", fixed, 0, 0, {"constant", "linear", "cosine"}, FIELD(optimizer.schedule), "Learning rate over `steps`: constant, or falling to 0"),
        key("loss.type", live, 0, 0, {"grpo", "dr_grpo", "dapo", "bnpo"}, FIELD(loss.type), "How token losses are averaged"),
        key("loss.scale_rewards", live, 0, 0, {"group", "batch", "none"}, FIELD(loss.scale_rewards), "Divide advantages by the spread of the group, of the batch, or not at all"),
        key("loss.beta", fixed, 0, 100, {}, FIELD(loss.beta), "Weight of the KL term to the base model"),
        key("loss.epsilon", live, 0, 1, {}, FIELD(loss.epsilon), "Clip range below 1"),
        key("loss.epsilon_high", live, 0, 100, {}, FIELD(loss.epsilon_high), "Clip range above 1"),
        key("loss.num_iterations", live, 1, 64, {}, FIELD(loss.num_iterations), "Passes over a step's attempts"),
        key("loss.minibatches", live, 1, 64, {}, FIELD(loss.minibatches), "Optimiser steps a pass"),
        key("loss.importance_cap", live, 0, 1e6, {}, FIELD(loss.importance_cap), "Each token's policy term times exp(trainer's - sampler's log-prob), at most this: for a sampler that rounds otherwise than the trainer (bfloat16); 0 = not. Inspect's account of a token's push leaves this factor out"),
        key("loss.min_successes", live, 1, 128, {}, FIELD(loss.min_successes), "Groups with fewer successes are not trained on; 2 leaves out lone successes, which may be luck"),
        key("reward.kind", live, 0, 0, {"verdict", "random"}, FIELD(reward.kind), "What is rewarded: right answers, or the fall of a coin (a control: what training does without any information)"),
        key("guidance.policy", live, 0, 0, {"grpo", "grpo-resample", "fixed", "always", "random", "ghpo", "ghpo-released", "tier-target", "problem-target", "one-hinted", "off-context", "trace-in-group", "supervised-first", "foothold"}, FIELD(guidance.policy), "Preset of the knobs below; a knob that is given as well wins"),
        key("guidance.trigger", live, 0, 0, {"never", "always", "all-wrong", "random"}, FIELD(guidance.trigger), "Who gets a hint: nobody, everyone from the first round, groups that are all wrong, or random groups yoked to guidance.match"),
        key("guidance.source", live, 0, 0, {"own"}, FIELD(guidance.source), "Whose trace: the problem's own (corrupted where corruption.operator says so)"),
        key("guidance.cut", live, 0, 0, {"ratio", "tokens"}, FIELD(guidance.cut), "Where a hint may end: at the end of a step (ceil(ratio x steps)), or at any token"),
        key("guidance.placement", live, 0, 0, {"auto", "answer", "prompt"}, FIELD(guidance.placement), "Where a hint stands: start of the answer, or after the problem; auto = answer for symbolic families, prompt for chat models"),
        key("guidance.context", live, 0, 0, {"sampled", "plain", "released"}, FIELD(guidance.context), "Context in the loss: the one it was sampled under; the bare problem, with the clipped ratio to the hinted sampler; or as GHPO's released code has it: the bare problem without correction unless the step climbed no further. The last two need placement prompt"),
        key("guidance.hint_gradient", live, 0, 0, {"none", "policy"}, FIELD(guidance.hint_gradient), "Gradient on hint tokens: none, or successes train hint and completion alike (placement answer)"),
        key("guidance.assembly", live, 0, 0, {"replace", "one", "trace"}, FIELD(guidance.assembly), "A hinted round replaces the whole group; gives one success to the plain group; or the reference solution itself is one attempt of every group"),
        key("guidance.schedule", live, 0, 0, {"ladder", "fixed", "tier-target", "problem-target"}, FIELD(guidance.schedule), "How much: .25/.5/.75 within the step, always guidance.ratio, a controller a tier, a memory a problem"),
        key("guidance.ratio", live, 0, 1, {}, FIELD(guidance.ratio), "Largest prefix ratio (the ratio itself under schedule fixed)"),
        key("guidance.ratios", live, 0, 1, {}, FIELD(guidance.ratios), "The same for single tiers, which then ignore guidance.ratio"),
        key("guidance.start", live, 0, 1, {}, FIELD(guidance.start), "Schedule problem-target: ratio of a problem at its first visit"),
        key("guidance.supervised", live, 0, big, {}, FIELD(guidance.supervised), "Steps at the beginning that train on the reference solutions of the problems drawn, without sampling"),
        key("guidance.traces", live, 0, 0, {}, FIELD(guidance.traces), "Edited traces by problem id: hints are cut from them as they are, instead of from the problem's own trace and its corruption"),
        key("guidance.cold_start", live, 0, big, {}, FIELD(guidance.cold_start), "Steps at the beginning without hints"),
        key("guidance.accept", live, 0, 0, {"any", "two", "sound", "min-step", "mean", "random"}, FIELD(guidance.accept), "A hinted group counts with any success, with two, or with one whose steps are right; min-step, mean: only the surest of a step's hinted groups count, by the least sure result (what follows =) of their successes or the mean over results; random: as many, drawn (the control)"),
        key("guidance.accept_share", live, 0, 1, {}, FIELD(guidance.accept_share), "Share of a step's hinted groups with successes and failures that count under guidance.accept min-step, mean and random; at least one does"),
        key("guidance.match", fixed, 0, 0, {}, FIELD(guidance.match), "random: run directory whose hints a step, tier and level are given to random problems"),
        key("corruption.operator", live, 0, 0, {}, FIELD(corruption.operation), "Corruption of the hints (see `info corruptions`)"),
        key("corruption.dose", live, 0, 1, {}, FIELD(corruption.dose), "Share of the steps touched"),
        key("corruption.seed", live, 0, 9e15, {}, FIELD(corruption.seed), "Seed of the corruption"),
        key("corruption.tiers", live, 0, 0, {}, FIELD(corruption.tiers), "Tiers whose hints are corrupted; empty = all"),
        key("heldout.every", live, 0, big, {}, FIELD(heldout.every), "Steps between held-out evaluations; 0 = only before and after training"),
        key("heldout.n", fixed, 0, 10000, {}, FIELD(heldout.n), "Held-out problems a tier; 0 = none"),
        key("heldout.attempts", fixed, 1, 128, {}, FIELD(heldout.attempts), "Samples a held-out problem, at temperature 1"),
        key("checkpoint.every", live, 1, big, {}, FIELD(checkpoint.every), "Steps between checkpoints that are kept"),
    };
}
#undef FIELD

std::string number_text(double x) {
    std::string s = fmt::format("{}", x);
    if (s.find_first_of(".en") == std::string::npos) s += ".0";
    return s;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out + '"';
}

const char* type_name(Type type) {
    static constexpr const char* names[] = {"a whole number", "a number", "a text", "a list of texts", "a list of numbers", "a table of numbers", "a table of traces, each a list of steps"};
    return names[static_cast<int>(type)];
}

/// The value as the key's type wants it (a whole number serves as a number, a text as a list of one). Throws UserError.
Value fitted(const ExperimentKey& key, const Value& value) {
    const auto refuse = [&]() -> Value {
        throw UserError(fmt::format("{} = {}: must be {}", key.name, to_text(value), key.allowed()));
    };
    const auto in_range = [&](double x) { return std::isfinite(x) && x >= key.low && x <= key.high; };
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* number = std::get_if<double>(&value);
    const auto check_choice = [&](const std::string& text) {
        if (key.choices.empty() || std::find(key.choices.begin(), key.choices.end(), text) != key.choices.end()) return;
        const std::string near = nearest_name(text, key.choices);
        throw UserError(fmt::format("{} = {}: must be {}{}", key.name, quoted(text), key.allowed(), near.empty() ? "" : "; did you mean \"" + near + "\"?"));
    };
    switch (key.type) {
        case Type::integer:
            if (number && *number == std::floor(*number) && in_range(*number)) return static_cast<std::int64_t>(*number);
            return whole && in_range(static_cast<double>(*whole)) ? value : refuse();
        case Type::number: {
            const double x = whole ? static_cast<double>(*whole) : number ? *number : NAN;
            return in_range(x) ? Value(x) : refuse();
        }
        case Type::text: {
            const auto* text = std::get_if<std::string>(&value);
            if (!text) return refuse();
            check_choice(*text);
            return value;
        }
        case Type::texts: {
            std::vector<std::string> list;
            const auto* empty = std::get_if<std::vector<double>>(&value);  // An empty list has no type in TOML.
            if (const auto* text = std::get_if<std::string>(&value)) {
                std::size_t from = 0;
                while (from <= text->size() && !text->empty()) {
                    const std::size_t comma = std::min(text->find(',', from), text->size());
                    list.push_back(text->substr(from, comma - from));
                    from = comma + 1;
                }
            } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
                list = *texts;
            } else if (!empty || !empty->empty()) {
                return refuse();
            }
            std::ranges::for_each(list, check_choice);
            return list;
        }
        case Type::numbers: {
            const auto* list = std::get_if<std::vector<double>>(&value);
            if (!list || list->size() != 2 || !std::all_of(list->begin(), list->end(), in_range)) return refuse();
            return value;
        }
        case Type::traces: {
            const auto* none = std::get_if<std::map<std::string, double>>(&value);
            if (none && none->empty()) return Traces{};
            return std::holds_alternative<Traces>(value) ? value : refuse();
        }
        case Type::table: {
            if (const auto* none = std::get_if<Traces>(&value); none && none->empty()) return std::map<std::string, double>{};
            const auto* table = std::get_if<std::map<std::string, double>>(&value);
            if (!table || !std::all_of(table->begin(), table->end(), [&](const auto& x) { return in_range(x.second); })) return refuse();
            return value;
        }
    }
    return refuse();
}

/// One entry of a table, "guidance.ratios.*:10": its parts, or nothing.
struct Entry {
    std::string_view table, name;
    explicit operator bool() const { return !table.empty(); }
};

Entry entry_of(std::string_view name) {
    for (std::string_view table : {"guidance.ratios", "guidance.traces"})
        if (name.size() > table.size() + 1 && name.starts_with(table) && name[table.size()] == '.') return {table, name.substr(table.size() + 1)};
    return {};
}

}  // namespace

std::string ExperimentKey::allowed() const {
    if (!choices.empty()) return fmt::format("{} {}", type == Type::texts ? "a list of" : "one of", fmt::join(choices, ", "));
    const std::string kind = type_name(type);
    if (type == Type::text || type == Type::texts || type == Type::traces) return kind;
    if (type == Type::numbers) return fmt::format("two numbers from {:g} to {:g}", low, high);
    return high < infinity ? fmt::format("{} from {:g} to {:g}", kind, low, high) : kind;
}

const std::vector<ExperimentKey>& experiment_keys() {
    static const std::vector<ExperimentKey> keys = make_keys();
    return keys;
}

const ExperimentKey& find_key(std::string_view name) {
    if (const Entry entry = entry_of(name)) name = entry.table;
    std::vector<std::string> names;
    for (const ExperimentKey& key : experiment_keys()) {
        if (key.name == name) return key;
        names.push_back(key.name);
    }
    const std::string near = nearest_name(name, names);
    throw UserError(fmt::format("unknown key \"{}\"{}", name,
                                near.empty() ? "; `foothold-cli info experiment` lists all keys" : "; did you mean \"" + near + "\"?"));
}

void set_key(Experiment& experiment, std::string_view name, const Value& value) {
    const ExperimentKey& key = find_key(name);
    if (const Entry entry = entry_of(name); entry && key.type == Type::table) {
        auto table = experiment.guidance.ratios;
        const double* number = std::get_if<double>(&value);
        const auto* whole = std::get_if<std::int64_t>(&value);
        if (!number && !whole) throw UserError(fmt::format("{} = {}: must be a number from 0 to 1", name, to_text(value)));
        table[std::string(entry.name)] = number ? *number : static_cast<double>(*whole);
        return key.set(experiment, fitted(key, table));
    } else if (entry) {
        auto steps = std::get_if<std::vector<std::string>>(&value);
        const auto* none = std::get_if<std::vector<double>>(&value);  // An empty list has no type in TOML.
        if (!steps && !(none && none->empty())) throw UserError(fmt::format("{} = {}: must be a list of steps", name, to_text(value)));
        if (steps && !steps->empty()) experiment.guidance.traces[std::string(entry.name)] = *steps;
        else experiment.guidance.traces.erase(std::string(entry.name));
        return;
    }
    const Value fit = fitted(key, value);
    if (key.name == "guidance.policy") {
        const auto& presets = guidance_presets();
        const auto preset = std::find_if(presets.begin(), presets.end(), [&](const auto& p) { return p.name == std::get<std::string>(fit); });
        for (const auto& [knob, setting] : preset->knobs) set_key(experiment, knob, setting);
    }
    key.set(experiment, fit);
}

void set_key_text(Experiment& experiment, std::string_view name, const std::string& text) {
    const Type type = find_key(name).type;
    const bool is_text = type == Type::text || type == Type::texts;
    Value value = parse_value(text);
    if (is_text && !std::holds_alternative<std::string>(value) && !std::holds_alternative<std::vector<std::string>>(value)) value = text;
    if (is_text && text == "[]") value = std::vector<std::string>{};
    set_key(experiment, name, value);
}

Value get_key(const Experiment& experiment, std::string_view name) {
    const ExperimentKey& key = find_key(name);
    const Entry entry = entry_of(name);
    if (!entry) return key.get(experiment);
    if (key.type == Type::table) {
        const auto found = experiment.guidance.ratios.find(std::string(entry.name));
        return found == experiment.guidance.ratios.end() ? experiment.guidance.ratio : found->second;
    }
    const auto found = experiment.guidance.traces.find(std::string(entry.name));
    return found == experiment.guidance.traces.end() ? std::vector<std::string>{} : found->second;
}

std::string to_text(const Value& value) {
    struct Visitor {
        std::string operator()(std::int64_t x) const { return std::to_string(x); }
        std::string operator()(double x) const { return number_text(x); }
        std::string operator()(const std::string& x) const { return quoted(x); }
        std::string operator()(const std::vector<std::string>& x) const {
            std::vector<std::string> parts;
            for (const auto& s : x) parts.push_back(quoted(s));
            return fmt::format("[{}]", fmt::join(parts, ", "));
        }
        std::string operator()(const std::vector<double>& x) const {
            std::vector<std::string> parts;
            for (double n : x) parts.push_back(number_text(n));
            return fmt::format("[{}]", fmt::join(parts, ", "));
        }
        std::string operator()(const std::map<std::string, double>& x) const {
            std::vector<std::string> parts;
            for (const auto& [k, n] : x) parts.push_back(quoted(k) + " = " + number_text(n));
            return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, ", "));
        }
        std::string operator()(const Traces& x) const {
            std::vector<std::string> parts;
            for (const auto& [k, steps] : x) parts.push_back(quoted(k) + " = " + (*this)(steps));
            return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, ", "));
        }
    };
    return std::visit(Visitor{}, value);
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : known) {
        std::vector<std::size_t> row(candidate.size() + 1);
        for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
        for (std::size_t i = 0; i < name.size(); ++i) {
            std::size_t diagonal = row[0]++;
            for (std::size_t j = 0; j < candidate.size(); ++j) {
                const std::size_t change = diagonal + (name[i] != candidate[j]);
                diagonal = row[j + 1];
                row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
            }
        }
        // The last part alone may be what was typed: "ratio" for "guidance.ratio".
        if (candidate.ends_with(fmt::format(".{}", name))) return candidate;
        if (row.back() < best_distance) best_distance = row.back(), best = candidate;
    }
    return best;
}

void check_experiment(const Experiment& e) {
    const auto& g = e.guidance;
    if (e.problems.tiers.empty() && e.problems.file.empty()) throw UserError("problems.tiers is empty: name at least one tier, e.g. [\"+:4\"]");
    if (e.problems.pool < static_cast<std::int64_t>(e.problems.tiers.size()))
        throw UserError(fmt::format("problems.pool = {}: must hold at least one problem of each of the {} tiers", e.problems.pool, e.problems.tiers.size()));
    if (g.hint_gradient == "policy" && g.placement == "prompt")
        throw UserError("guidance.hint_gradient = \"policy\" needs guidance.placement = \"answer\": with placement \"prompt\" the hint is no part of the completion");
    if (g.context != "sampled" && g.placement != "prompt")
        throw UserError(fmt::format("guidance.context = \"{}\" needs guidance.placement = \"prompt\": a hint at the start of the answer is part of what is trained on in either context", g.context));
    if (e.loss.min_successes > e.sampling.attempts)
        throw UserError(fmt::format("loss.min_successes = {}: a group has only {} attempts (sampling.attempts)", e.loss.min_successes, e.sampling.attempts));
    if (g.trigger == "random" && g.match.empty())
        throw UserError("guidance.policy = \"random\" needs guidance.match = RUN_DIR: the run whose hint counts it repeats on random problems");
    if (g.trigger == "all-wrong" && (g.schedule == "tier-target" || g.schedule == "problem-target"))
        throw UserError(fmt::format("guidance.schedule = \"{}\" plans hints before the first round: it needs guidance.trigger = \"always\"", g.schedule));
    if (g.trigger == "always" && g.schedule == "ladder")
        throw UserError("guidance.schedule = \"ladder\" climbs after a round that is all wrong: it needs guidance.trigger = \"all-wrong\"");
    for (const auto& [tier, ratio] : g.ratios)
        if (std::find(e.problems.tiers.begin(), e.problems.tiers.end(), tier) == e.problems.tiers.end() && e.problems.file.empty())
            throw UserError(fmt::format("guidance.ratios names the tier \"{}\", which problems.tiers does not have", tier));
}

bool is_preset(const Experiment& experiment) {
    for (const GuidancePreset& preset : guidance_presets())
        if (preset.name == experiment.guidance.policy)
            return std::all_of(preset.knobs.begin(), preset.knobs.end(), [&](const auto& knob) { return get_key(experiment, knob.first) == knob.second; });
    return false;
}

}  // namespace foothold
