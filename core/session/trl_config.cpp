// SPDX-License-Identifier: GPL-3.0-or-later
// Reading TRL's configurations: one table of one-to-one keys (trl_keys.h), and the few settings that several keys make together.
#include "session/trl_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "session/trl_keys.h"
#include "tasks/problem_file.h"
#include "text/unicode.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

/// A value as the file has it, or as TRL has it where the file does not.
struct Given {
    std::string text;  ///< A list: its entries, separated by commas. Empty if null.
    bool null = false, list = false;
    int line = 0;  ///< 0 = not in the file.
    std::string shown() const { return null ? "null" : text; }
};

std::optional<double> number_in(std::string text) {
    if (text.starts_with('+')) text.erase(0, 1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<bool> truth_in(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* yes : {"true", "yes", "on"})
        if (text == yes) return true;
    for (const char* no : {"false", "no", "off"})
        if (text == no) return false;
    return std::nullopt;
}

/// Are two values one, whatever way they are written (1e-8 and 0.00000001, no and false)?
bool same_value(const std::string& a, const std::string& b) {
    if (const auto x = number_in(a), y = number_in(b); x && y) return *x == *y;
    if (const auto x = truth_in(a), y = truth_in(b); x && y) return *x == *y;
    return a == b;
}

/// The file as names with values, unknown names refused.
class Source {
   public:
    explicit Source(const fs::path& path) : name_(path.string()) {
        const std::string text = load_text_file(path);
        if (const auto bad = find_bad_utf8(text)) throw UserError(fmt::format("{}: not UTF-8 (byte {})", name_, *bad + 1));
        YAML::Node root;
        try {
            root = YAML::Load(text);
        } catch (const YAML::Exception& error) {
            throw UserError(fmt::format("{}: line {}: {}", name_, error.mark.line + 1, error.msg));
        }
        if (!root.IsMap()) throw UserError(fmt::format("{}: holds no settings: TRL's configurations have one \"name: value\" a line", name_));
        for (const auto& entry : root) {
            const int line = entry.first.Mark().line + 1;
            if (!entry.first.IsScalar()) fail(line, "a name must be a word");
            const std::string& key = entry.first.Scalar();
            const auto& known = trl_names();
            if (std::find(known.begin(), known.end(), key) == known.end()) {
                const std::string near = nearest_name(key, known);
                fail(line, fmt::format("unknown key \"{}\": TRL {} has none of that name{}", key, trl_version, near.empty() ? "" : "; did you mean \"" + near + "\"?"));
            }
            if (key == "datasets") {
                read_datasets(entry.second, line);
                continue;
            }
            if (!values_.emplace(key, given(entry.second, line)).second) fail(line, fmt::format("{} is there twice", key));
        }
    }

    [[noreturn]] void fail(int line, const std::string& what) const { throw UserError(fmt::format("{}: line {}: {}", name_, line, what)); }
    bool has(std::string_view key) const { return values_.contains(std::string(key)) && !values_.at(std::string(key)).null; }
    /// In the file, even as null?
    bool mentions(std::string_view key) const { return values_.contains(std::string(key)); }
    Given get(std::string_view key, std::string_view standard = "") const {
        const auto found = values_.find(std::string(key));
        if (found != values_.end()) return found->second;
        return {std::string(standard), standard.empty() || standard == "null", false, 0};
    }
    std::string text(std::string_view key, std::string_view standard = "") const {
        const Given value = get(key, standard);
        if (value.list) fail(value.line, fmt::format("{} must be one value, not a list", key));
        return value.text;
    }
    double number(std::string_view key, std::string_view standard, double low) const {
        const Given value = get(key, standard);
        const auto x = number_in(value.text);
        if (!x || *x < low) fail(value.line, fmt::format("{} = {}: must be a number of at least {:g}", key, value.shown(), low));
        return *x;
    }
    std::int64_t whole(std::string_view key, std::string_view standard, std::int64_t low) const {
        const Given value = get(key, standard);
        const auto x = number_in(value.text);
        if (!x || *x != std::floor(*x) || *x < static_cast<double>(low) || *x > 1e15)
            fail(value.line, fmt::format("{} = {}: must be a whole number of at least {}", key, value.shown(), low));
        return static_cast<std::int64_t>(*x);
    }
    bool truth(std::string_view key) const {
        const Given value = get(key, "false");
        const auto x = truth_in(value.null ? "false" : value.text);
        if (!x) fail(value.line, fmt::format("{} = {}: must be true or false", key, value.shown()));
        return *x;
    }
    const std::map<std::string, Given>& all() const { return values_; }
    const std::string& name() const { return name_; }

   private:
    Given given(const YAML::Node& node, int line) const {
        Given out;
        out.line = line;
        out.null = node.IsNull();
        out.list = node.IsSequence();
        if (node.IsScalar()) out.text = node.Scalar();
        if (node.IsMap()) out.text = "{...}";
        if (node.IsSequence())
            for (const auto& item : node) out.text += (out.text.empty() ? "" : ", ") + (item.IsScalar() ? item.Scalar() : std::string("..."));
        return out;
    }

    /// A list of data sets: one is read, {path, name, data_files, split}, as if it had been given by the keys for a single one.
    void read_datasets(const YAML::Node& node, int line) {
        if (!node.IsSequence() || node.size() != 1 || !node[0].IsMap()) fail(line, "datasets must be a list of one data set with a path: problems are read from one file");
        for (const auto& entry : node[0]) {
            const int here = entry.first.Mark().line + 1;
            const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
            const Given value = given(entry.second, here);
            if (value.null) continue;
            // load_dataset("json", data_files=...) is how a file is named there.
            if (key == "data_files") values_["dataset_name"] = value;
            else if (key == "path") values_.emplace("dataset_name", value);
            else if (key == "name") values_["dataset_config"] = value;
            else if (key == "split") values_["dataset_train_split"] = value;
            else fail(here, fmt::format("datasets: Foothold does not read \"{}\"; it reads path, data_files, name and split", key));
        }
    }

    std::string name_;
    std::map<std::string, Given> values_;
};

/// The file of problems in the folder of a data set: DIR/train.jsonl, DIR/CONFIG/train-00000-of-00001.parquet and so on.
fs::path problems_in(const fs::path& set, const std::string& config, const std::string& split) {
    std::vector<fs::path> found;
    for (const fs::path& folder : {set, set / config, set / "data"}) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(folder, error)) {
            const fs::path& file = entry.path();
            if ((file.extension() == ".jsonl" || file.extension() == ".parquet") && file.filename().string().starts_with(split)) found.push_back(file);
        }
        if (!found.empty()) break;
    }
    if (found.size() == 1) return found.front();
    throw UserError(fmt::format("{}: {} files {}*.jsonl or .parquet in this folder; name the one file of problems (dataset_name)", set.string(), found.empty() ? "no" : "several", split));
}

class Translation {
   public:
    Translation(const fs::path& path, const std::vector<std::pair<std::string, Value>>& changes) : source_(path), beside_(path.parent_path()), changes_(changes) {}

    TrlRun run() {
        out_.experiment.problems.family = "text";
        out_.experiment.problems.tiers.clear();
        set_key(out_.experiment, "guidance.policy", std::string("grpo"));
        for (const TrlSetting& s : trl_settings()) put({s.name}, source_.get(s.name, s.standard), s.ours);
        loss();
        adapter();
        files();
        const std::int64_t updates = batch();
        checkpoints(updates);
        evaluation(updates);
        for (const auto& [key, value] : changes_) set_key(out_.experiment, key, value);
        check_files();
        length(updates);
        try {
            check_experiment(out_.experiment);
        } catch (const UserError& error) {
            throw UserError(fmt::format("{}: {}", source_.name(), error.what()));
        }
        others();
        out_.report = report();
        return std::move(out_);
    }

   private:
    bool changed(std::string_view key) const {
        return std::any_of(changes_.begin(), changes_.end(), [&](const auto& change) { return change.first == key; });
    }

    void map(const std::string& from, const std::string& to) { mapped_.emplace_back(from, to); }

    static std::string default_mark(int line) { return line > 0 ? "" : " (default)"; }

    /// Sets one of our keys; a refusal names the line and TRL's key.
    void set(std::string_view theirs, const Given& given, std::string_view ours, const Value& value) {
        try {
            set_key(out_.experiment, ours, value);
        } catch (const UserError& error) {
            source_.fail(given.line, fmt::format("{} = {}: {}", theirs, given.shown(), error.what()));
        }
    }

    /// One key, one setting.
    void put(std::string_view theirs, const Given& given, std::string_view ours) {
        const ExperimentKey& key = find_key(ours);
        Value value = given.text;
        if (given.list || given.null) source_.fail(given.line, fmt::format("{} = {}: must be {}", theirs, given.shown(), key.allowed()));
        if (key.type != ExperimentKey::Type::text) {
            const auto x = number_in(given.text);
            if (!x) source_.fail(given.line, fmt::format("{} = {}: must be {}", theirs, given.shown(), key.allowed()));
            value = *x;
        }
        set(theirs, given, ours, value);
        map(fmt::format("{} = {}{}", theirs, given.shown(), default_mark(given.line)), fmt::format("{} = {}", ours, to_text(get_key(out_.experiment, ours))));
    }

    void loss() {
        Given high = source_.get("epsilon_high");
        if (high.null) high = source_.get("epsilon", "0.2");
        put("epsilon_high", high, "loss.epsilon_high");
        Given scale = source_.get("scale_rewards", "group");
        const std::string written = scale.text;
        if (const auto truth = truth_in(written)) scale.text = *truth ? "group" : "none";
        put(written == scale.text ? "scale_rewards" : "scale_rewards = " + written + ", which is", scale, "loss.scale_rewards");
        const std::vector<double> betas = {source_.number("adam_beta1", "0.9", 0), source_.number("adam_beta2", "0.999", 0)};
        const Given beta2 = source_.get("adam_beta2", "0.999");
        set("adam_beta1, adam_beta2", beta2, "optimizer.betas", betas);
        map(fmt::format("adam_beta1 = {:g}, adam_beta2 = {:g}{}", betas[0], betas[1], default_mark(std::max(beta2.line, source_.get("adam_beta1").line))), fmt::format("optimizer.betas = {}", to_text(betas)));
        Given schedule = source_.get("lr_scheduler_type", "linear");
        if (schedule.text == "constant_with_warmup") schedule.text = "constant";
        put("lr_scheduler_type", schedule, "optimizer.schedule");
        Given limit = source_.get("max_completion_length", "512");
        if (limit.null) limit = {"0", false, false, limit.line};
        put("max_completion_length", limit, "sampling.max_new_tokens");
    }

    /// use_peft: an adapter, with the defaults of TRL's ModelConfig.
    void adapter() {
        const bool wanted = source_.truth("use_peft");
        if (source_.mentions("use_peft") && !wanted) same_.emplace_back("use_peft = false", "all weights are trained");
        if (!wanted) {
            for (const char* key : {"lora_r", "lora_alpha", "lora_target_modules"})
                if (source_.mentions(key)) ignored_.emplace_back(fmt::format("{} = {}", key, source_.get(key).shown()), "without use_peft all weights are trained");
            return;
        }
        put("lora_r", source_.get("lora_r", "16"), "model.lora_rank");
        put("lora_alpha", source_.get("lora_alpha", "32"), "model.lora_alpha");
        const Given given = source_.get("lora_target_modules");
        std::vector<std::string> targets = {"q_proj", "v_proj"};  // What PEFT takes for these families where nothing is said.
        if (given.text == "all-linear") {
            targets = Experiment{}.model.lora_targets;
        } else if (!given.null) {
            targets.clear();
            std::istringstream list(given.text);
            for (std::string name; std::getline(list >> std::ws, name, ',');) targets.push_back(name);
        }
        set("lora_target_modules", given, "model.lora_targets", targets);
        map(given.null ? "lora_target_modules = q_proj, v_proj (PEFT's default)" : fmt::format("lora_target_modules = {}", given.text), fmt::format("model.lora_targets = {}", to_text(targets)));
    }

    void files() {
        if (const Given model = source_.get("model_name_or_path"); !model.null) put("model_name_or_path", model, "model.path");
        if (const Given data = source_.get("dataset_name"); !data.null) {
            const fs::path named = find_file(source_.text("dataset_name"), beside_);
            const std::string file = fs::is_directory(named) ? problems_in(named, source_.text("dataset_config"), source_.text("dataset_train_split", "train")).string() : data.text;
            put("dataset_name", {file, false, data.list, data.line}, "problems.file");
        }
        out_.out = source_.text("output_dir");
        if (!out_.out.empty()) map(fmt::format("output_dir = {}", out_.out.string()), "--out");
        out_.use_cpu = source_.truth("use_cpu");
        if (out_.use_cpu) map("use_cpu = true", "--device cpu");
    }

    /// Model and problems must be on this machine; said in the words of the file unless --set named others.
    void check_files() const {
        const auto there = [&](const std::string& name) { return fs::exists(find_file(name, beside_)); };
        const Experiment& e = out_.experiment;
        if (!changed("model.path")) {
            if (!source_.has("model_name_or_path")) throw UserError(fmt::format("{}: there is no model_name_or_path: name a folder or file with a model, here or by --set model.path=PATH", source_.name()));
            if (!there(e.model.path))
                source_.fail(source_.get("model_name_or_path").line, fmt::format("model_name_or_path = {}: no such folder or file on this machine, and Foothold fetches no models from a hub: save the model first, and name its folder (or GGUF file)", e.model.path));
        }
        if (e.problems.family != "text" || changed("problems.file")) return;
        if (!source_.has("dataset_name")) throw UserError(fmt::format("{}: there is no dataset_name: name a JSONL file with problems, here or by --set problems.file=PATH", source_.name()));
        if (!there(e.problems.file))
            source_.fail(source_.get("dataset_name").line, fmt::format("dataset_name = {}: no such file on this machine, and Foothold fetches no data sets from a hub: save its problems as JSONL first, and name the file", e.problems.file));
    }

    /// Problems and optimiser steps of one of our steps, which is one of TRL's generation batches. Returns the optimiser steps in all.
    std::int64_t batch() {
        const std::int64_t device = source_.whole("per_device_train_batch_size", "8", 1), accumulated = source_.whole("gradient_accumulation_steps", "1", 1);
        const std::int64_t group = out_.experiment.sampling.attempts;
        if (source_.has("generation_batch_size") && source_.has("steps_per_generation"))
            source_.fail(source_.get("steps_per_generation").line, "steps_per_generation and generation_batch_size cannot both be given");
        const std::int64_t whole = source_.has("generation_batch_size") ? source_.whole("generation_batch_size", "", 1)
                                                                        : device * (source_.has("steps_per_generation") ? source_.whole("steps_per_generation", "", 1) : accumulated);
        const int line = std::max({1, source_.get("generation_batch_size").line, source_.get("steps_per_generation").line, source_.get("per_device_train_batch_size").line, source_.get("num_generations").line});
        if (whole % group != 0) source_.fail(line, fmt::format("the generation batch of {} attempts is no multiple of num_generations = {}", whole, group));
        if (whole % (device * accumulated) != 0)
            source_.fail(line, fmt::format("the generation batch of {} attempts is no multiple of per_device_train_batch_size x gradient_accumulation_steps = {}", whole, device * accumulated));
        const std::int64_t minibatches = whole / (device * accumulated);
        if (minibatches > whole / group)
            source_.fail(line, fmt::format("an optimiser step over {} attempts splits groups of num_generations = {}: Foothold keeps groups together", device * accumulated, group));
        const Given at{fmt::format("{}", whole), false, false, line};
        set("generation batch", at, "sampling.problems", whole / group);
        set("generation batch", at, "loss.minibatches", minibatches);
        map(fmt::format("{} attempts a generation, {} an optimiser step", whole, device * accumulated),
            fmt::format("sampling.problems = {}, loss.minibatches = {}", whole / group, minibatches));
        return minibatches * out_.experiment.loss.num_iterations;
    }

    static std::int64_t divided_up(double x, std::int64_t by) { return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(x / static_cast<double>(by)))); }

    void checkpoints(std::int64_t updates) {
        const std::string strategy = source_.text("save_strategy", "steps");
        if (strategy != "steps" && strategy != "no") {
            ignored_.emplace_back(fmt::format("save_strategy = {}", strategy), "a checkpoint every checkpoint.every steps");
            return;
        }
        const double steps = source_.number("save_steps", "500", 0);
        if (strategy == "steps" && steps < 1) {
            ignored_.emplace_back(fmt::format("save_steps = {:g}", steps), "a share of the steps; checkpoint.every is a number of steps");
            return;
        }
        out_.experiment.checkpoint.every = strategy == "no" ? 1000000000 : divided_up(steps, updates);
        map(strategy == "no" ? "save_strategy = no" : fmt::format("save_steps = {:g}{}", steps, default_mark(source_.get("save_steps").line)),
            fmt::format("checkpoint.every = {} (the first and the last are always kept)", out_.experiment.checkpoint.every));
    }

    void evaluation(std::int64_t updates) {
        const std::string strategy = source_.text("eval_strategy", "no");
        auto& heldout = out_.experiment.heldout;
        if (strategy == "no") {
            heldout.n = 0;
            map("eval_strategy = no" + default_mark(source_.get("eval_strategy").line), "heldout.n = 0 (every problem of the file is trained on)");
            return;
        }
        if (strategy != "steps") source_.fail(source_.get("eval_strategy").line, fmt::format("eval_strategy = {}: must be no or steps", strategy));
        const double logging = source_.number("logging_steps", "10", 0), steps = source_.has("eval_steps") ? source_.number("eval_steps", "", 0) : logging;
        if (steps < 1) source_.fail(source_.get("eval_steps").line, fmt::format("eval_steps = {:g}: must be a number of steps; Foothold reads no shares", steps));
        heldout.every = divided_up(steps, updates);
        Given attempts = source_.get("num_generations_eval");
        if (attempts.null) attempts = source_.get("num_generations", "8");
        put("num_generations_eval", attempts, "heldout.attempts");
        map(fmt::format("eval_strategy = steps, eval_steps = {:g}{}", steps, default_mark(source_.get("eval_steps").line)),
            fmt::format("heldout.every = {}, heldout.n = {} (kept apart from the file of problems)", heldout.every, heldout.n));
    }

    /// Steps, and the size of the pool: the whole file.
    void length(std::int64_t updates) {
        Experiment& e = out_.experiment;
        const std::int64_t most = source_.has("max_steps") ? source_.whole("max_steps", "", -1) : -1;
        const double epochs = source_.number("num_train_epochs", "3", 0);
        double pool = 0;
        if (e.problems.family == "text") {
            // As the pool is made of the file: each tier gives the same share, so the largest sets it.
            std::map<std::string, std::set<std::string>> tiers;
            for (const Problem& p : read_problem_file(find_file(e.problems.file, beside_), problem_file_options(e)))
                if (e.problems.tiers.empty() || std::find(e.problems.tiers.begin(), e.problems.tiers.end(), p.tier) != e.problems.tiers.end()) tiers[p.tier].insert(p.prompt);
            double largest = 0;
            for (const auto& [tier, prompts] : tiers) {
                const double left = std::max(0.0, static_cast<double>(prompts.size()) - static_cast<double>(e.heldout.n));
                pool += left;
                largest = std::max(largest, left);
            }
            if (pool == 0)
                throw UserError(fmt::format("{}: no tier of {} has more than heldout.n = {} different problems, which leaves none to train on: lower it (--set heldout.n=N)", source_.name(), e.problems.file, e.heldout.n));
            if (!changed("problems.pool")) {
                const double size = std::clamp(largest * static_cast<double>(tiers.size()), 1.0, 1e6);
                set_key(e, "problems.pool", static_cast<std::int64_t>(size));
                map(fmt::format("{:g} problems in the file to train on", pool), fmt::format("problems.pool = {}", e.problems.pool));
            }
        }
        pool = std::min(pool > 0 ? pool : 1e6, static_cast<double>(e.problems.pool));
        if (changed("steps")) return;
        // Whole generation batches alone count in an epoch, as in TRL.
        const double an_epoch = std::max(1.0, std::floor(pool / static_cast<double>(e.sampling.problems)));
        const std::int64_t steps = most > 0 ? divided_up(static_cast<double>(most), updates) : divided_up(epochs * an_epoch, 1);
        const Given at = source_.get(most > 0 ? "max_steps" : "num_train_epochs", "3");
        set(most > 0 ? "max_steps" : "num_train_epochs", at, "steps", steps);
        map(most > 0 ? fmt::format("max_steps = {} optimiser steps, {} a step", most, updates)
                     : fmt::format("num_train_epochs = {:g}{}", epochs, default_mark(at.line)),
            fmt::format("steps = {}", steps));
    }

    /// What is left of the file: what Foothold does anyway, and what it cannot do.
    void others() {
        for (const TrlHabit& habit : trl_habits()) {
            Given value = source_.get(habit.name);
            // The one default that is another than ours, where it has a say.
            if (habit.name == "use_bias_correction_kl" && value.null && out_.experiment.loss.beta > 0) value = {"true", false, false, 0};
            else if (!source_.mentions(habit.name)) continue;
            std::istringstream list{std::string(habit.same)};
            bool same = false;
            for (std::string one; std::getline(list, one, '|');) same |= one == "*" || (one == "null" ? value.null : !value.null && same_value(one, value.text));
            (same ? same_ : ignored_).emplace_back(fmt::format("{} = {}{}", habit.name, value.shown(), default_mark(value.line)), std::string(habit.here));
        }
        for (const TrlOmission& omission : trl_omissions()) {
            std::istringstream names{std::string(omission.names)};
            for (std::string key; names >> key;)
                if (source_.mentions(key)) ignored_.emplace_back(fmt::format("{} = {}", key, source_.get(key).shown()), std::string(omission.reason));
        }
    }

    std::string report() const {
        std::string out = fmt::format("{}, with the defaults of TRL {}:\n", source_.name(), trl_version);
        const auto list = [&](const std::vector<std::pair<std::string, std::string>>& rows, std::string_view arrow) {
            std::size_t width = 0;
            for (const auto& row : rows) width = std::max(width, std::min<std::size_t>(48, row.first.size()));
            for (const auto& [left, right] : rows) out += fmt::format("  {:<{}} {} {}\n", left, width, arrow, right);
        };
        list(mapped_, "->");
        if (!same_.empty()) out += "Foothold does this anyway:\n", list(same_, " ");
        if (!ignored_.empty()) out += "No counterpart, ignored; what Foothold does:\n", list(ignored_, " ");
        out += "Hints, and all other keys of Foothold's own: --set, e.g. --set guidance.policy=ghpo\n";
        return out;
    }

    Source source_;
    fs::path beside_;
    const std::vector<std::pair<std::string, Value>>& changes_;
    TrlRun out_;
    std::vector<std::pair<std::string, std::string>> mapped_, same_, ignored_;
};

}  // namespace

bool is_trl_config(const fs::path& path) {
    const fs::path kind = path.extension();
    return kind == ".yaml" || kind == ".yml" || kind == ".json";
}

TrlRun read_trl_config(const fs::path& path, const std::vector<std::pair<std::string, Value>>& changes) { return Translation(path, changes).run(); }

}  // namespace foothold
