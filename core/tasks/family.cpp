// SPDX-License-Identifier: GPL-3.0-or-later
// The register of families. A new one is one file and one line here.
#include "tasks/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

#include "record/error.h"

namespace foothold {
namespace {

struct Entry {
    std::string name;
    std::function<std::unique_ptr<Family>(const FamilyOptions&)> make;
};

const std::vector<Entry>& entries() {
    static const std::vector<Entry> list = {
        {"chain", make_chain},
    };
    return list;
}

}  // namespace

const std::vector<std::string>& family_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        for (const Entry& entry : entries()) out.push_back(entry.name);
        return out;
    }();
    return names;
}

std::unique_ptr<Family> make_family(const std::string& name, const FamilyOptions& options) {
    for (const Entry& entry : entries())
        if (entry.name == name) return entry.make(options);
    throw UserError(fmt::format("problems.family = \"{}\": no such family; known: {}", name, fmt::join(family_names(), ", ")));
}

}  // namespace foothold
