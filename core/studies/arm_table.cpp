// SPDX-License-Identifier: GPL-3.0-or-later
// Arms against a baseline over paired seeds.
#include "studies/arm_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "studies/training_cell.h"

namespace foothold {
namespace {

std::vector<std::string> worlds(const std::vector<StoredCell>& cells) {
    std::vector<std::string> out;
    for (const StoredCell& c : cells)
        if (std::find(out.begin(), out.end(), c.cell.world) == out.end()) out.push_back(c.cell.world);
    return out;
}

std::vector<const StoredCell*> of(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm) {
    std::vector<const StoredCell*> out;
    for (const StoredCell& c : cells)
        if (c.cell.world == world && c.cell.arm == arm) out.push_back(&c);
    return out;
}

std::string signed_number(double value) { return (value >= 0 ? "+" : "") + short_number(value); }

std::string interval_words(const Estimate& e) { return e.interval ? fmt::format("[{}, {}]", short_number(e.interval->first), short_number(e.interval->second)) : std::string(); }

/// The differences of the cells with one seed and base, by base, in the order of the cells.
std::vector<std::pair<std::string, std::vector<double>>> by_base(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other,
                                                                 const std::function<double(const CellResult& arm, const CellResult& other)>& by) {
    std::vector<std::pair<std::string, std::vector<double>>> out;
    for (const StoredCell* a : of(cells, world, arm))
        for (const StoredCell* b : of(cells, world, other)) {
            if (a->cell.seed != b->cell.seed || a->cell.base != b->cell.base) continue;
            const double x = by(a->result, b->result);
            if (!std::isfinite(x)) continue;
            auto place = std::ranges::find(out, a->cell.base, &std::pair<std::string, std::vector<double>>::first);
            if (place == out.end()) place = out.insert(out.end(), {a->cell.base, {}});
            place->second.push_back(x);
        }
    return out;
}

}  // namespace

std::string short_number(double value) {
    if (!std::isfinite(value)) return "-";
    std::string text = fmt::format("{:.3f}", value);
    if (text == "0.000" || text == "-0.000") text = std::abs(value) < .00005 ? "0.000" : fmt::format("{:.4f}", value);
    const std::size_t zero = text.find("0.");
    if (zero == 0 || (zero == 1 && text[0] == '-')) text.erase(zero, 1);
    return text;
}

Estimate mean_of(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& measure) {
    std::vector<double> values;
    for (const StoredCell* c : of(cells, world, arm))
        if (const double x = c->result.measure(measure); std::isfinite(x)) values.push_back(x);
    return mean_estimate(values);
}

std::string estimate_words(const Estimate& e) { return signed_number(e.mean) + (e.interval ? " " + interval_words(e) : ""); }

std::string ArmDifference::words(const std::string& measure) const {
    if (values.empty()) return fmt::format("{}: not measured yet", measure);
    if (!estimate.interval) return fmt::format("{} {} on {}: no interval, no claim", measure, signed_number(estimate.mean), values.size() == 1 ? "one seed" : fmt::format("{} seeds", values.size()));
    // One base name stands for bases that each seed made anew, or for one that all share: the design says which.
    return fmt::format("{} {} ({} seeds{})", measure, estimate_words(estimate), values.size(), bases > 1 ? fmt::format(", {} bases", bases) : "");
}

ArmDifference ArmTable::difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& measure) const {
    return paired_difference(cells, world, arm, other, [&](const CellResult& a, const CellResult& b) { return a.measure(measure) - b.measure(measure); });
}

void ArmTable::contrast(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other, const std::string& measure, const std::string& label, StudyReport& report,
                        const std::string& group) const {
    const ArmDifference d = difference(cells, world, arm, other, measure);
    if (!d.values.empty()) report.contrasts.push_back({group.empty() ? world : group, label, d.estimate, d.bases});
}

ArmDifference paired_difference(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other,
                                const std::function<double(const CellResult& arm, const CellResult& other)>& by) {
    ArmDifference out{arm, other, {}, {}, 0};
    std::vector<int> blocks;
    for (const auto& [base, values] : by_base(cells, world, arm, other, by)) {
        out.values.insert(out.values.end(), values.begin(), values.end());
        blocks.resize(out.values.size(), out.bases++);
    }
    out.estimate = blocked_estimate(out.values, blocks);
    return out;
}

ArmDifference difference_of_bases(const std::vector<StoredCell>& cells, const std::string& world, const std::string& arm, const std::string& other,
                                  const std::function<double(const CellResult& arm, const CellResult& other)>& by) {
    ArmDifference out{arm, other, {}, {}, 0};
    for (const auto& [base, values] : by_base(cells, world, arm, other, by)) out.values.push_back(mean_estimate(values).mean), ++out.bases;
    out.estimate = mean_estimate(out.values);
    return out;
}

void ArmTable::fill(const std::vector<StoredCell>& cells, StudyReport& report) const {
    const auto column = [&report](const std::string& name) {
        if (std::find(report.columns.begin(), report.columns.end(), name) == report.columns.end()) report.columns.push_back(name);
    };
    for (const char* c : {"world", "arm", "title"}) column(c);
    for (const auto& [measure, title] : shown) column(title);
    for (const char* c : {"primary", "interval", "difference", "difference interval", "p (Holm)", "seeds", "Mtokens", "seconds"}) column(c);
    for (const std::string& world : worlds(cells)) {
        std::vector<ArmDifference> differences;
        std::vector<double> p;
        for (const auto& [arm, title] : arms)
            if (arm != baseline && !of(cells, world, arm).empty()) {
                differences.push_back(difference(cells, world, arm, baseline, primary));
                p.push_back(differences.back().estimate.p);
            }
        const std::vector<double> adjusted = holm(p);
        for (const auto& [arm, title] : arms) {
            const auto own = of(cells, world, arm);
            if (own.empty()) continue;
            std::map<std::string, std::string> texts = {{"world", world}, {"arm", arm}, {"title", title}};
            std::map<std::string, double> numbers;
            double tokens = 0, seconds = 0;
            for (const auto& [measure, name] : shown) {
                const Estimate e = mean_of(cells, world, arm, measure);
                numbers[name] = e.mean;
                if (measure == primary) texts["primary"] = name, texts["interval"] = interval_words(e);
            }
            std::string seeds;
            for (const StoredCell* c : own) seeds += fmt::format("{}{}: {}", seeds.empty() ? "" : ", ", c->cell.seed, short_number(c->result.measure(primary)));
            report.per_seed.emplace_back(world.empty() ? title : world + ", " + title, std::move(seeds));
            for (const StoredCell* c : own) tokens += c->result.tokens, seconds += c->result.seconds;
            for (std::size_t i = 0; i < differences.size(); ++i) {
                if (differences[i].arm != arm || differences[i].values.empty()) continue;
                numbers["difference"] = differences[i].estimate.mean;
                texts["difference interval"] = interval_words(differences[i].estimate);
                if (differences[i].estimate.interval) numbers["p (Holm)"] = adjusted[i];
            }
            numbers["seeds"] = static_cast<double>(own.size());
            numbers["Mtokens"] = tokens / 1e6 / static_cast<double>(own.size());
            numbers["seconds"] = seconds / static_cast<double>(own.size());
            report.texts.push_back(std::move(texts));
            report.numbers.push_back(std::move(numbers));
        }
    }
}

void ArmTable::plot(const std::vector<StoredCell>& cells, const std::string& curve, const std::string& title, const std::string& x, const std::string& y,
                    const std::vector<std::string>& which, StudyReport& report) const {
    const auto all = worlds(cells);
    for (const std::string& world : all) {
        StudyPlot plot{all.size() > 1 ? title + ", " + world : title, x, y, {}, {}};
        for (const auto& [arm, arm_title] : arms) {
            if (std::find(which.begin(), which.end(), arm) == which.end()) continue;
            StudyPlot::Series series{arm_title, {}, false};
            double to = 0;
            const auto own = of(cells, world, arm);
            for (const StoredCell* c : own)
                if (const auto found = c->result.curves.find(curve); found != c->result.curves.end() && !found->second.empty())
                    to = to == 0 ? found->second.back().first : std::min(to, found->second.back().first);
            constexpr int places = 25;
            for (int i = 0; i <= places && to > 0; ++i) {
                const double at = to * i / places;
                std::vector<double> values;
                for (const StoredCell* c : own)
                    if (const auto found = c->result.curves.find(curve); found != c->result.curves.end() && !found->second.empty()) values.push_back(value_at(found->second, at));
                const Estimate e = mean_estimate(values);
                series.points.push_back({at, e.mean, e.interval ? e.interval->first : e.mean, e.interval ? e.interval->second : e.mean});
            }
            if (!series.points.empty()) plot.series.push_back(std::move(series));
        }
        if (!plot.series.empty()) report.plots.push_back(std::move(plot));
    }
}

}  // namespace foothold
