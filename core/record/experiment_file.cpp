// SPDX-License-Identifier: GPL-3.0-or-later
// Experiments as TOML: reading with the line of each mistake, writing every key.
#include "record/experiment_file.h"

#include <fmt/format.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "record/error.h"
#include "record/experiment_keys.h"

namespace foothold {
namespace fs = std::filesystem;
namespace {

bool is_table_key(const std::string& name) {
    for (const ExperimentKey& key : experiment_keys())
        if (key.name == name) return key.type == ExperimentKey::Type::table || key.type == ExperimentKey::Type::traces;
    return false;
}

Value value_of(const toml::node& node) {
    if (auto x = node.value_exact<std::int64_t>()) return *x;
    if (auto x = node.value_exact<double>()) return *x;
    if (auto x = node.value_exact<std::string>()) return *x;
    if (const auto* list = node.as_array()) {
        std::vector<std::string> texts;
        std::vector<double> numbers;
        for (const auto& item : *list) {
            if (auto x = item.value_exact<std::string>()) texts.push_back(*x);
            else if (auto n = item.value<double>()) numbers.push_back(*n);
            else throw UserError("a list may hold texts or numbers only");
        }
        if (!texts.empty() && !numbers.empty()) throw UserError("a list may hold texts or numbers, not both");
        if (!texts.empty()) return texts;
        return numbers;
    }
    if (const auto* table = node.as_table()) {
        std::map<std::string, double> numbers;
        Traces traces;
        for (const auto& [key, item] : *table) {
            if (const auto n = item.value<double>()) {
                numbers[std::string(key.str())] = *n;
            } else {
                const Value steps = item.is_array() ? value_of(item) : Value();
                if (!std::holds_alternative<std::vector<std::string>>(steps))
                    throw UserError(fmt::format("\"{}\" must be a number or a list of steps", key.str()));
                traces[std::string(key.str())] = std::get<std::vector<std::string>>(steps);
            }
        }
        if (!traces.empty() && !numbers.empty()) throw UserError("a table may hold numbers or traces, not both");
        return traces.empty() ? Value(numbers) : Value(traces);
    }
    throw UserError("must be a number, a text or a list");
}

struct Entry {
    std::string key;
    const toml::node* node;
};

void collect(const toml::table& table, const std::string& prefix, std::vector<Entry>& out) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const auto* inner = node.as_table(); inner && !is_table_key(name)) collect(*inner, name + ".", out);
        else out.push_back({name, &node});
    }
}

[[noreturn]] void fail(const std::string& file, const toml::source_region& where, const std::string& what) {
    throw UserError(fmt::format("{}: line {}: {}", file, where.begin.line, what));
}

Intervention read_intervention(const toml::table& table) {
    Intervention change;
    for (const auto& [key, node] : table) {
        if (key == "step") change.step = node.value<std::int64_t>().value_or(-1);
        else if (key == "key") change.key = node.value<std::string>().value_or("");
        else if (key == "value") change.value = value_of(node);
        else throw UserError(fmt::format("unknown key \"{}\" in [[interventions]]: it has step, key and value", key.str()));
    }
    if (change.step < 1) throw UserError("an intervention needs a step of at least 1");
    if (!table.contains("value")) throw UserError("an intervention needs a value");
    return change;
}

}  // namespace

Value parse_value(const std::string& text) {
    try {
        return value_of(*toml::parse("x = " + text).get("x"));
    } catch (const toml::parse_error&) {
        return text;
    } catch (const UserError&) {
        return text;
    }
}

Experiment parse_experiment(const std::string& text, const std::string& name) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        fail(name, error.source(), std::string(error.description()));
    }
    Experiment experiment;
    set_key(experiment, "guidance.policy", experiment.guidance.policy);
    std::vector<Entry> entries;
    const toml::array* interventions = nullptr;
    for (const auto& [key, node] : table) {
        if (key == "interventions") {
            interventions = node.as_array();
            if (!interventions) fail(name, node.source(), "interventions must be written as [[interventions]]");
        }
    }
    collect(table, "", entries);
    std::erase_if(entries, [](const Entry& entry) { return entry.key == "interventions"; });
    // The preset first: knobs that are given as well win over it.
    std::stable_partition(entries.begin(), entries.end(), [](const Entry& e) { return e.key == "guidance.policy"; });
    for (const Entry& entry : entries) {
        try {
            set_key(experiment, entry.key, value_of(*entry.node));
        } catch (const UserError& error) {
            fail(name, entry.node->source(), error.what());
        }
    }
    if (interventions) {
        Experiment later = experiment;
        for (const auto& node : *interventions) {
            try {
                if (!node.is_table()) throw UserError("interventions must be written as [[interventions]]");
                Intervention change = read_intervention(*node.as_table());
                if (!find_key(change.key).live)
                    throw UserError(fmt::format("{} cannot change while a run goes on", change.key));
                set_key(later, change.key, change.value);
                experiment.interventions.push_back(std::move(change));
            } catch (const UserError& error) {
                fail(name, node.source(), error.what());
            }
        }
    }
    try {
        check_experiment(experiment);
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: {}", name, error.what()));
    }
    return experiment;
}

Experiment read_experiment(const fs::path& path) { return parse_experiment(load_text_file(path), path.string()); }

std::string write_experiment(const Experiment& experiment) {
    std::string out, section;
    for (const ExperimentKey& key : experiment_keys()) {
        const std::size_t dot = key.name.find('.');
        const std::string here = dot == std::string::npos ? "" : key.name.substr(0, dot);
        if (here != section) {
            out += fmt::format("\n[{}]\n", here);
            section = here;
        }
        out += fmt::format("{} = {}\n", dot == std::string::npos ? key.name : key.name.substr(dot + 1), to_text(key.get(experiment)));
    }
    for (const Intervention& change : experiment.interventions)
        out += fmt::format("\n[[interventions]]\nstep = {}\nkey = {}\nvalue = {}\n", change.step, to_text(Value(change.key)), to_text(change.value));
    return out;
}

void save_text_file(const fs::path& path, const std::string& text) {
    const fs::path beside = fmt::format("{}.{}.part", path.string(), ::getpid());  // Parts of a study share a folder, and must not take each other's.
    const auto failed = [&](const char* what) {
        const std::string reason = std::strerror(errno);
        std::error_code ignored;
        fs::remove(beside, ignored);
        throw UserError(fmt::format("{}: {}: {}", path.string(), what, reason));
    };
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) failed("cannot be written");
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::write(file, text.data() + done, text.size() - done);
        if (n < 0) {
            ::close(file);
            failed("cannot be written");
        }
        done += static_cast<std::size_t>(n);
    }
    if (::fsync(file) != 0 || ::close(file) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) failed("cannot be written");
}

std::string load_text_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in || fs::is_directory(path)) throw UserError(fmt::format("{}: cannot be read: {}", path.string(), fs::is_directory(path) ? "it is a folder" : std::strerror(errno)));
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace foothold
