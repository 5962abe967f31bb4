// SPDX-License-Identifier: GPL-3.0-or-later
// Making a base.
#include "training/pretrain.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "tasks/corruption.h"
#include "tasks/hint.h"
#include "training/objective.h"

namespace foothold {
namespace {

/// Reads one field of a base file with its range; unknown keys are found by what is left over.
class Fields {
   public:
    Fields(toml::table table, std::string file) : table_(std::move(table)), file_(std::move(file)) {}

    template <class T>
    void number(const std::string& path, T& target, double low, double high) {
        toml::node* node = take(path);
        if (!node) return;
        const auto value = node->value<double>();
        if (!value || *value < low || *value > high) fail(*node, fmt::format("{} must be a number from {:g} to {:g}", path, low, high));
        target = static_cast<T>(*value);
    }
    template <class T>
    void exact(const std::string& path, T& target, const char* kind) {
        toml::node* node = take(path);
        if (!node) return;
        const auto value = node->value<T>();
        if (!value) fail(*node, fmt::format("{} must be {}", path, kind));
        target = *value;
    }
    toml::node* take(const std::string& path) {
        known_.push_back(path);
        return table_.at_path(path).node();
    }
    [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
        throw UserError(fmt::format("{}: line {}: {}", file_, node.source().begin.line, what));
    }
    void refuse_unknown() const {
        for (const auto& [section, node] : table_) {
            const auto* inner = node.as_table();
            if (!inner) fail(node, fmt::format("unknown key \"{}\"", section.str()));
            for (const auto& [key, value] : *inner) {
                const std::string path = fmt::format("{}.{}", section.str(), key.str());
                if (std::find(known_.begin(), known_.end(), path) != known_.end()) continue;
                const std::string near = nearest_name(path, known_);
                fail(value, fmt::format("unknown key \"{}\"{}", path, near.empty() ? "" : "; did you mean \"" + near + "\"?"));
            }
        }
    }

   private:
    toml::table table_;
    std::string file_;
    std::vector<std::string> known_;
};

struct Example {
    std::vector<Token> tokens;
    std::size_t first;
};

std::string draw_tier(const BaseRecipe& recipe, Random& random) {
    if (!recipe.tiers.empty()) return recipe.tiers[random.below(recipe.tiers.size())];
    return fmt::format("{}:{}", recipe.operators[random.below(recipe.operators.size())], random.between(recipe.depth_low, recipe.depth_high));
}

/// Other problems with as many steps. Searches differ in length, so those that do not fit now wait until they do.
class Donors {
   public:
    Problem draw(const BaseRecipe& recipe, const Family& family, const Problem& problem, Random& random) {
        for (int tries = 0; tries <= 50'000; ++tries) {
            Problem other = family.make(problem.tier, random);
            auto& waiting = waiting_[{problem.tier, problem.steps.size()}];
            const bool fits = other.steps.size() == problem.steps.size();
            if (fits && other.prompt != problem.prompt) return other;
            if (auto& others = waiting_[{other.tier, other.steps.size()}]; !fits && others.size() < 64) others.push_back(std::move(other));
            if (waiting.empty()) continue;
            other = std::move(waiting.back());
            waiting.pop_back();
            if (other.prompt != problem.prompt) return other;
        }
        throw UserError(fmt::format("corruption {}: no other problem of tier {} has as many steps", recipe.corruption, problem.tier));
    }

   private:
    std::map<std::pair<std::string, std::size_t>, std::vector<Problem>> waiting_;
};

/// What the demonstrator writes, or the reference with corrupted steps and the right answer.
std::string solution(const BaseRecipe& recipe, const Family& family, const Problem& problem, Donors& others, Random& random) {
    if (recipe.corruption == "none") return family.demonstrate(problem, recipe.demonstrator, random);
    const CorruptionOperator& op = find_corruption(recipe.corruption);
    std::vector<Problem> donors;
    if (op.needs_donor) donors.push_back(others.draw(recipe, family, problem, random));
    std::string out;
    for (const std::string& step : corrupt(op, problem, donors, recipe.dose, random.below(1u << 30), family).steps) out += step + " ";
    return out + family.closing(problem);
}

/// One example: a problem of a random operator set and depth, perhaps with a hint in the prompt, and the demonstrator's completion.
Example make_example(const BaseRecipe& recipe, const Family& family, Donors& donors, Random& random) {
    const std::string tier = draw_tier(recipe, random);
    const Problem problem = family.make(tier, random);
    std::string context = problem.prompt;
    if (random.uniform() < recipe.prompt_hints) {
        // Hints in the prompt are to be used where right and distrusted where wrong: two thirds right, a sixth noised, a sixth foreign.
        std::vector<std::string> steps = problem.steps;
        const double kind = random.uniform();
        if (kind < 1.0 / 6) steps = corrupt(find_corruption("noise"), problem, {}, 0.5, random.below(1u << 30), family).steps;
        else if (kind < 2.0 / 6) steps = family.make(tier, random).steps;
        context = family.context(problem, cut_hint(steps, random.uniform(), false).text, Placement::prompt);
    }
    Example out;
    out.tokens = family.tokenizer().encode(context);
    out.first = out.tokens.size();
    const auto completion = family.tokenizer().encode(solution(recipe, family, problem, donors, random));
    out.tokens.insert(out.tokens.end(), completion.begin(), completion.end());
    out.tokens.push_back(family.end_token());
    return out;
}

}  // namespace

BaseRecipe parse_base_recipe(const std::string& text, const std::string& name) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw UserError(fmt::format("{}: line {}: {}", name, error.source().begin.line, error.description()));
    }
    BaseRecipe r;
    Fields f(table, name);
    f.number("model.hidden_size", r.model.hidden_size, 8, 4096);
    f.number("model.layers", r.model.num_hidden_layers, 1, 64);
    f.number("model.heads", r.model.num_attention_heads, 1, 64);
    r.model.num_key_value_heads = r.model.num_attention_heads;
    f.number("model.key_value_heads", r.model.num_key_value_heads, 1, 64);
    f.number("model.intermediate_size", r.model.intermediate_size, 8, 16384);
    f.number("model.max_positions", r.model.max_position_embeddings, 16, 65536);
    f.number("model.embedding_std", r.embedding_std, 1e-4, 10);
    f.exact("model.tie_embeddings", r.model.tie_word_embeddings, "true or false");
    f.exact("problems.family", r.family, "a text");
    f.number("problems.width", r.width, 1, 16);
    f.number("problems.modulus", r.modulus, 2, 97);
    f.number("problems.answer_modulus", r.answer_modulus, 0, 97);
    if (toml::node* node = f.take("problems.operators")) {
        r.operators.clear();
        if (!node->is_array()) f.fail(*node, "problems.operators must be a list of operator sets, e.g. [\"+\", \"+-*\"]");
        for (const auto& item : *node->as_array()) r.operators.push_back(item.value<std::string>().value_or(""));
    }
    if (toml::node* node = f.take("problems.tiers")) {
        if (!node->is_array()) f.fail(*node, "problems.tiers must be a list of tiers, e.g. [\"4x5\"]");
        for (const auto& item : *node->as_array()) r.tiers.push_back(item.value<std::string>().value_or(""));
    }
    f.number("problems.depth_low", r.depth_low, 1, 64);
    f.number("problems.depth_high", r.depth_high, 1, 64);
    f.exact("demonstrator.systematic", r.demonstrator.systematic, "true or false");
    f.number("demonstrator.skipping", r.demonstrator.skipping, 0, 1);
    f.number("demonstrator.leap", r.demonstrator.leap, 0, 1);
    f.number("demonstrator.early", r.demonstrator.early, 0, 1);
    f.exact("demonstrator.answer_only", r.demonstrator.answer_only, "true or false");
    f.exact("demonstrator.corruption", r.corruption, "an operator: see `info corruptions`");
    f.number("demonstrator.dose", r.dose, 0, 1);
    f.number("demonstrator.prompt_hints", r.prompt_hints, 0, 1);
    if (toml::node* node = f.take("demonstrator.slips")) {
        if (!node->is_table()) f.fail(*node, "demonstrator.slips must be a table, e.g. { \"*\" = 0.5 }");
        for (const auto& [op, value] : *node->as_table()) r.demonstrator.slips[std::string(op.str())] = value.value<double>().value_or(-1);
        for (const auto& [op, share] : r.demonstrator.slips)
            if (share < 0 || share > 1) f.fail(*node, fmt::format("the slip of {} must be a number from 0 to 1", op));
    }
    f.number("training.seed", r.seed, 0, 9e15);
    f.number("training.steps", r.steps, 1, 1e7);
    f.number("training.tokens", r.tokens, 0, 1e12);
    f.number("training.batch", r.batch, 1, 65536);
    f.number("training.warmup", r.warmup, 0, 1e6);
    f.number("training.lr", r.lr, 0, 1);
    f.number("training.final_lr", r.final_lr, 0, 1);
    f.number("training.beta1", r.beta1, 0, 0.9999);
    f.number("training.beta2", r.beta2, 0, 0.99999);
    f.number("training.weight_decay", r.weight_decay, 0, 10);
    f.number("training.max_grad_norm", r.max_grad_norm, 0, 1e6);
    f.exact("training.from", r.from, "a model file");
    f.number("training.until_greedy", r.until_greedy, 0, 1);
    f.number("training.check_every", r.check_every, 1, 1e6);
    f.number("training.threads", r.threads, 1, 64);
    f.refuse_unknown();
    if (r.model.hidden_size % (2 * r.model.num_attention_heads) != 0 || r.model.num_attention_heads % r.model.num_key_value_heads != 0)
        throw UserError(fmt::format("{}: hidden_size must be an even multiple of heads, and heads a multiple of key_value_heads", name));
    if (r.depth_low > r.depth_high) throw UserError(fmt::format("{}: depth_low is above depth_high", name));
    return r;
}

BaseRecipe read_base_recipe(const std::filesystem::path& path) { return parse_base_recipe(load_text_file(path), path.string()); }

/// Share of 200 fresh problems that the model solves greedily.
static double greedy_share(const BaseRecipe& recipe, const Family& family, Engine& engine, std::stop_token stop) {
    Random random(random_key({static_cast<std::uint64_t>(recipe.seed), static_cast<std::uint64_t>(Stream::heldout)}));
    std::vector<Problem> problems;
    for (int i = 0; i < 200; ++i) problems.push_back(family.make(draw_tier(recipe, random), random));
    std::vector<GenerateRequest> requests;
    for (const Problem& p : problems) requests.push_back({family.encode_context(p, {}, {}, Placement::answer), 1, family.max_new_tokens(p, 0), 1});
    DecodingRules greedy;
    greedy.temperature = 0;
    const auto out = engine.generate(requests, greedy, family.end_token(), stop, [](std::int64_t) {});
    double right = 0;
    for (std::size_t i = 0; i < problems.size(); ++i)
        right += family.judge(problems[i], "", Placement::answer, family.tokenizer().decode(out[i][0].tokens, family.end_token()), out[i][0].ended).verdict == Verdict::correct;
    return right / 200;
}

PretrainProgress supervise(const BaseRecipe& recipe, const Family& family, Engine& engine, std::stop_token stop, const std::function<void(const PretrainProgress&)>& report) {
    const auto seed = static_cast<std::uint64_t>(recipe.seed);
    PretrainProgress progress;
    const auto start = std::chrono::steady_clock::now();
    Donors donors;
    for (int step = 1; step <= recipe.steps; ++step) {
        Random random(random_key({seed, static_cast<std::uint64_t>(Stream::pretrain), static_cast<std::uint64_t>(step)}));
        std::vector<ScoredSequence> batch;
        StepTotals totals;
        for (int i = 0; i < recipe.batch; ++i) {
            Example example = make_example(recipe, family, donors, random);
            batch.push_back({std::move(example.tokens), example.first});
            totals.rows += 1;
            totals.tokens += static_cast<double>(batch.back().scored());
        }
        std::vector<double> losses(batch.size());
        OptimizerSettings optimizer;
        const double wave = 0.5 * (1 + std::cos(std::numbers::pi * (step - 1) / recipe.steps));
        optimizer.lr = recipe.lr * std::min(1.0, step / std::max(1.0, static_cast<double>(recipe.warmup))) * (recipe.final_lr + (1 - recipe.final_lr) * wave);
        optimizer.beta1 = recipe.beta1;
        optimizer.beta2 = recipe.beta2;
        optimizer.weight_decay = recipe.weight_decay;
        optimizer.max_grad_norm = recipe.max_grad_norm;
        engine.update(
            batch,
            [&](std::size_t row, std::span<const float> logprobs, std::span<float> gradient) {
                const std::vector<std::uint8_t> mask(logprobs.size(), 1);
                losses[row] = supervised_row<float>(logprobs, mask, totals.tokens, gradient).loss;
            },
            optimizer, stop);
        double loss = 0;
        for (double x : losses) loss += x;
        progress.loss = step == 1 ? loss : 0.98 * progress.loss + 0.02 * loss;
        progress.step = step;
        progress.tokens += static_cast<std::int64_t>(totals.tokens);
        progress.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        report(progress);
        if (recipe.tokens > 0 && progress.tokens >= recipe.tokens) break;
        if (recipe.until_greedy <= 0 || step % recipe.check_every != 0) continue;
        progress.greedy = greedy_share(recipe, family, engine, stop);
        if (progress.greedy >= recipe.until_greedy) break;
    }
    return progress;
}

ModelFile pretrain(const BaseRecipe& recipe, const std::string& recipe_text, Engine& engine, std::stop_token stop,
                   const std::function<void(const PretrainProgress&)>& report) {
    const auto family = make_family(recipe.family, {recipe.width, recipe.modulus, recipe.answer_modulus});
    ModelConfig config = recipe.model;
    config.vocab_size = family->tokenizer().size();
    if (recipe.from.empty()) {
        const auto seed = static_cast<std::uint64_t>(recipe.seed);
        engine.load(initial_state(config, random_key({seed, static_cast<std::uint64_t>(Stream::initial)}), recipe.embedding_std));
    } else {
        engine.load(open_model(find_file(recipe.from)).state);
        if (engine.config().vocab_size != config.vocab_size) throw UserError(fmt::format("training.from = \"{}\": that model knows {} tokens, family {} has {}", recipe.from, engine.config().vocab_size, recipe.family, config.vocab_size));
    }
    supervise(recipe, *family, engine, stop, report);
    ModelFile file;
    file.state = engine.state();
    file.state.tensors.erase("optimizer.m");
    file.state.tensors.erase("optimizer.v");
    file.state.optimizer_steps = 0;
    file.metadata["recipe"] = recipe_text;
    nlohmann::json family_json = {{"name", recipe.family}, {"width", recipe.width}, {"modulus", recipe.modulus}};
    if (recipe.answer_modulus > 0) family_json["answer_modulus"] = recipe.answer_modulus;
    file.metadata["family"] = family_json.dump();
    return file;
}

}  // namespace foothold
