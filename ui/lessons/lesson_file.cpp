// SPDX-License-Identifier: GPL-3.0-or-later
// Reading lessons: every mistake is named with its file, its line and what to do.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "record/paths.h"
#include "ui/lessons/lesson.h"

namespace foothold::ui {

namespace fs = std::filesystem;

namespace {

/// A table of the file with what is needed to complain about it.
class Section {
   public:
    Section(const toml::table& table, std::string file, std::string name) : table_(table), file_(std::move(file)), name_(std::move(name)) {}

    [[noreturn]] void fail(const toml::node* where, const std::string& what) const {
        throw UserError(fmt::format("{}: line {}: {}", file_, where ? where->source().begin.line : table_.source().begin.line, what));
    }
    void allow(const std::vector<std::string>& known) const {
        for (const auto& [key, node] : table_) {
            const std::string name(key.str());
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            const std::string near = nearest_name(name, known);
            throw UserError(fmt::format("{}: line {}: unknown key \"{}\" in {}: {}", file_, key.source().begin.line, name, name_,
                                        near.empty() ? fmt::format("it has {}", fmt::join(known, ", ")) : fmt::format("do you mean {}?", near)));
        }
    }
    bool has(const char* key) const { return table_.contains(key); }
    const toml::node* at(const char* key) const { return table_.get(key); }
    std::string text(const char* key, bool needed, const char* why = "") const {
        const toml::node* node = table_.get(key);
        if (!node) {
            if (needed) fail(nullptr, fmt::format("{} needs \"{}\"{}", name_, key, why));
            return {};
        }
        const auto value = node->value_exact<std::string>();
        if (!value) fail(node, fmt::format("\"{}\" must be a text", key));
        if (needed && value->find_first_not_of(" \n\t") == std::string::npos) fail(node, fmt::format("\"{}\" is empty: {} needs it{}", key, name_, why));
        return *value;
    }
    std::int64_t integer(const char* key, std::int64_t usual, std::int64_t low, std::int64_t high) const {
        const toml::node* node = table_.get(key);
        if (!node) return usual;
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < low || *value > high) fail(node, fmt::format("\"{}\" must be a whole number from {} to {}", key, low, high));
        return *value;
    }
    double number(const char* key, double usual) const {
        const toml::node* node = table_.get(key);
        if (!node) return usual;
        const auto value = node->value<double>();
        if (!value || !(*value >= 0 && *value <= 1)) fail(node, fmt::format("\"{}\" must be a share from 0 to 1", key));
        return *value;
    }
    bool flag(const char* key) const {
        const toml::node* node = table_.get(key);
        if (!node) return false;
        const auto value = node->value_exact<bool>();
        if (!value) fail(node, fmt::format("\"{}\" must be true or false", key));
        return *value;
    }
    /// Each text with its node.
    std::vector<std::pair<std::string, const toml::node*>> texts(const char* key) const {
        std::vector<std::pair<std::string, const toml::node*>> all;
        const toml::node* node = table_.get(key);
        if (!node) return all;
        if (!node->is_array()) fail(node, fmt::format("\"{}\" must be a list of texts", key));
        for (const toml::node& item : *node->as_array()) {
            const auto value = item.value_exact<std::string>();
            if (!value) fail(&item, fmt::format("\"{}\" must be a list of texts", key));
            all.emplace_back(*value, &item);
        }
        return all;
    }
    std::optional<Section> table(const char* key, const std::string& name) const {
        const toml::node* node = table_.get(key);
        if (!node) return std::nullopt;
        if (!node->is_table()) fail(node, fmt::format("\"{}\" must be a table", key));
        return Section(*node->as_table(), file_, name);
    }
    std::vector<Section> tables(const char* key, const std::string& name) const {
        std::vector<Section> all;
        const toml::node* node = table_.get(key);
        if (!node) return all;
        if (!node->is_array()) fail(node, fmt::format("\"{}\" must be written as [[{}]]", key, key));
        for (const toml::node& item : *node->as_array()) {
            if (!item.is_table()) fail(&item, fmt::format("\"{}\" must be written as [[{}]]", key, key));
            all.emplace_back(*item.as_table(), file_, fmt::format("{} {}", name, all.size() + 1));
        }
        return all;
    }
    template <class E>
    E one(const char* key, const std::vector<std::string>& names) const {
        const std::string chosen = text(key, true);
        const auto found = std::find(names.begin(), names.end(), chosen);
        if (found == names.end()) fail(at(key), fmt::format("\"{}\" is not a {}: take one of {}", chosen, key, fmt::join(names, ", ")));
        return static_cast<E>(found - names.begin());
    }
    const std::string& name() const { return name_; }

   private:
    const toml::table& table_;
    std::string file_, name_;
};

std::vector<std::string> readTiers(const Section& from, const Experiment& experiment, bool needed) {
    std::vector<std::string> tiers;
    for (const auto& [tier, node] : from.texts("tiers")) {
        if (std::find(experiment.problems.tiers.begin(), experiment.problems.tiers.end(), tier) == experiment.problems.tiers.end())
            from.fail(node, fmt::format("unknown tier \"{}\": the lesson's experiment has {}", tier, fmt::join(experiment.problems.tiers, ", ")));
        tiers.push_back(tier);
    }
    if (needed && tiers.empty()) from.fail(nullptr, fmt::format("{} needs \"tiers\", at least one of {}", from.name(), fmt::join(experiment.problems.tiers, ", ")));
    return tiers;
}

LessonPrediction readPrediction(const Section& from, const Experiment& experiment) {
    from.allow({"question", "measure", "tiers", "last", "measured", "least", "unclear", "options"});
    LessonPrediction made;
    made.question = from.text("question", true);
    made.measure.kind = from.one<MeasureKind>("measure", measureNames());
    made.measure.tiers = readTiers(from, experiment, true);
    made.measure.last = from.integer("last", made.measure.last, 1, 1000);
    made.measured = from.text("measured", true, ", what the number is in words");
    made.least = from.integer("least", made.least, 1, 1000000);
    made.unclear = from.text("unclear", true, ", the text for an outcome that is not clear");
    for (const Section& option : from.tables("options", "option")) {
        option.allow({"text", "at_least", "at_most", "happened", "swatch"});
        LessonOption& o = made.options.emplace_back();
        o.text = option.text("text", true);
        o.atLeast = option.number("at_least", 0);
        o.atMost = option.number("at_most", 1);
        o.happened = option.text("happened", true, ", the text for when this is what happened");
        if (o.atLeast > o.atMost) option.fail(option.at("at_least"), "\"at_least\" is above \"at_most\": nothing can lie in between");
        o.swatch = option.text("swatch", false);
        static const std::vector<std::string> swatches = {"all-wrong", "mixed", "all-right", "rescued", "lucky"};
        if (!o.swatch.empty() && std::find(swatches.begin(), swatches.end(), o.swatch) == swatches.end())
            option.fail(option.at("swatch"), fmt::format("\"{}\" is no swatch: take one of {}", o.swatch, fmt::join(swatches, ", ")));
    }
    if (made.options.size() < 2 || made.options.size() > 5) from.fail(nullptr, "a prediction needs two to five options, each as [[steps.prediction.options]]");
    auto sorted = made.options;
    std::sort(sorted.begin(), sorted.end(), [](const LessonOption& a, const LessonOption& b) { return a.atLeast < b.atLeast; });
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i].atLeast <= sorted[i - 1].atMost)
            from.fail(from.at("options"), fmt::format("the options \"{}\" and \"{}\" can both be true: leave a gap between at_most and at_least, which is the unclear case",
                                                      sorted[i - 1].text, sorted[i].text));
    return made;
}

LessonStep readStep(const Section& from, Experiment& experiment, std::int64_t before) {
    from.allow({"title", "text", "drawing", "run_to", "change", "slow_motion", "prediction"});
    LessonStep step;
    step.title = from.text("title", true);
    step.text = from.text("text", true);
    step.runTo = from.integer("run_to", before, 0, 100000);
    if (step.runTo < before) from.fail(from.at("run_to"), fmt::format("the lesson is at step {} already: \"run_to\" can only go on from there", before));
    if (const auto drawing = from.table("drawing", "drawing")) {
        drawing->allow({"kind", "tiers"});
        const auto kind = drawing->one<LessonDrawing::Kind>("kind", {"traces", "advantages", "rounds", "lucky", "hint"});
        step.drawing = LessonDrawing{kind, kind == LessonDrawing::Kind::hint ? before + 1 : 1, readTiers(*drawing, experiment, false)};
    }
    step.changeText = from.text("change", false);
    if (!step.changeText.empty()) {
        const auto equals = step.changeText.find('=');
        if (equals == std::string::npos) from.fail(from.at("change"), "\"change\" must be written as \"key=value\"");
        step.changeKey = step.changeText.substr(0, equals);
        if (before == 0) from.fail(from.at("change"), "a change needs a run that has begun: put it into \"set\", or into a step after the first \"run_to\"");
        if (step.runTo == before) from.fail(from.at("change"), "a change without steps to train does nothing: give this step a \"run_to\"");
        try {
            if (!find_key(step.changeKey).live) throw UserError(fmt::format("{} cannot change while a run goes on", step.changeKey));
            set_key_text(experiment, step.changeKey, step.changeText.substr(equals + 1));
            step.changeValue = get_key(experiment, step.changeKey);
            check_experiment(experiment);
        } catch (const UserError& error) {
            from.fail(from.at("change"), error.what());
        }
    }
    step.slowMotion = from.flag("slow_motion");
    if (step.slowMotion && step.runTo == 0) from.fail(from.at("slow_motion"), "nothing is trained yet: slow motion needs a step at or after the first \"run_to\"");
    if (const auto prediction = from.table("prediction", "prediction")) {
        if (step.runTo == before) from.fail(from.at("prediction"), "a prediction needs steps to train: give this step a \"run_to\" beyond the one before");
        step.prediction = readPrediction(*prediction, experiment);
        if (isHeldout(step.prediction->measure.kind) && experiment.heldout.n == 0)
            from.fail(from.at("prediction"), "the lesson's experiment measures no held-out problems: set heldout.n, or take another measure");
        if (isHeldout(step.prediction->measure.kind) && (experiment.heldout.every == 0 || step.runTo % experiment.heldout.every != 0))
            from.fail(from.at("run_to"), fmt::format("held-out problems are measured every {} steps: \"run_to\" must be one of those", experiment.heldout.every));
    }
    return step;
}

}  // namespace

Lesson parseLesson(const std::string& text, const fs::path& file) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw UserError(fmt::format("{}: line {}: {}", file.string(), error.source().begin.line, error.description()));
    }
    const Section top(table, file.string(), "the lesson");
    top.allow({"number", "title", "question", "about", "minutes", "preset", "set", "steps", "waiting", "against"});
    Lesson lesson;
    lesson.file = file;
    lesson.id = file.stem().string();
    lesson.number = static_cast<int>(top.integer("number", 0, 1, 6));
    lesson.title = top.text("title", true);
    lesson.question = top.text("question", true);
    lesson.about = top.text("about", false);
    lesson.minutes = static_cast<int>(top.integer("minutes", 10, 1, 60));
    lesson.waiting = top.text("waiting", true, ", what waiting longer would do");
    lesson.against = top.text("against", true, ", what speaks against the claim");
    lesson.preset = top.text("preset", true, ", the name of a shipped experiment");
    const fs::path preset = resource_dir() / "experiments" / (lesson.preset + ".toml");
    if (!fs::exists(preset)) {
        std::vector<std::string> known;
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(preset.parent_path(), error)) known.push_back(entry.path().stem().string());
        std::sort(known.begin(), known.end());
        top.fail(top.at("preset"), fmt::format("there is no shipped experiment \"{}\": take one of {}", lesson.preset, fmt::join(known, ", ")));
    }
    lesson.experiment = read_experiment(preset);
    for (const auto& [assignment, node] : top.texts("set")) {
        const auto equals = assignment.find('=');
        try {
            if (equals == std::string::npos) throw UserError("must be written as \"key=value\"");
            set_key_text(lesson.experiment, assignment.substr(0, equals), assignment.substr(equals + 1));
        } catch (const UserError& error) {
            top.fail(node, error.what());
        }
        lesson.overrides.push_back(assignment);
    }
    const auto sections = top.tables("steps", "step");
    if (sections.size() < 3 || sections.size() > 6) top.fail(top.at("steps"), fmt::format("a lesson has three to six [[steps]], this one has {}", sections.size()));
    Experiment running = lesson.experiment;
    for (const Section& section : sections) lesson.steps.push_back(readStep(section, running, lesson.lastStep()));
    if (lesson.lastStep() == 0) top.fail(top.at("steps"), "nothing is trained in this lesson: give one of its steps a \"run_to\"");
    // The run does not end with the lesson: whoever opens it in Live can wait longer.
    lesson.experiment.steps = std::max(lesson.experiment.steps, 2 * lesson.lastStep());
    try {
        check_experiment(lesson.experiment);
    } catch (const UserError& error) {
        top.fail(top.at("set"), error.what());
    }
    return lesson;
}

Lesson readLesson(const fs::path& file) { return parseLesson(load_text_file(file), file); }

}  // namespace foothold::ui
