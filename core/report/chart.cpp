// SPDX-License-Identifier: GPL-3.0-or-later
// Charts as SVG.
#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/numbers.h"

namespace foothold {
namespace {

constexpr double top = 16, axis_height = 30, label_pitch = 13;

/// A coordinate in tenths of a pixel.
std::string px(double value) { return fmt::format("{}", std::round(value * 10) / 10); }

}  // namespace

std::size_t StepColumns::of(std::int64_t step) const {
    return static_cast<std::size_t>(std::lower_bound(bounds.begin() + 1, bounds.end(), step) - bounds.begin()) - 1;
}

StepColumns StepColumns::of_steps(std::int64_t last, std::size_t most) {
    const auto limit = static_cast<std::int64_t>(most);
    return of_width(last, std::max<std::int64_t>(1, (last + limit - 1) / limit));
}

StepColumns StepColumns::of_width(std::int64_t last, std::int64_t width) {
    StepColumns out;
    if (last <= 0) return out;
    for (std::int64_t at = 0; at < last; at += width) out.bounds.push_back(at);
    out.bounds.push_back(last);
    return out;
}

std::vector<double> ticks(double low, double high, int count, bool whole) {
    std::vector<double> out;
    if (!(high > low) || !std::isfinite(high - low)) return out;
    const double raw = (high - low) / count, power = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double round : {1., 2., 5.})
        if (round * power >= raw * .999) {
            step = round * power;
            break;
        }
    if (whole) step = std::max(1., step);
    for (double at = std::ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step)
        out.push_back(std::abs(at) < step * 1e-9 ? 0 : at);
    return out;
}

Chart::Chart(Markup& page, const ChartFrame& frame, const std::string& words)
    : page_(page),
      frame_(frame),
      svg_(page.element("svg",
                        {{"viewBox", fmt::format("0 0 {} {}", px(width),
                                                 px(top + frame.height + (frame.x_title.empty() ? 8 : axis_height)))},
                         {"role", "img"},
                         {"aria-label", words}})) {
    if (!(frame_.x_high > frame_.x_low)) frame_.x_high = frame_.x_low + 1;
    if (!(frame_.y_high > frame_.y_low)) frame_.y_high = frame_.y_low + 1;
    axes();
}

double Chart::x_of(double x) const {
    return left + (std::clamp(x, frame_.x_low, frame_.x_high) - frame_.x_low) / (frame_.x_high - frame_.x_low) *
                      (width - left - right);
}

double Chart::y_of(double y) const {
    return top + frame_.height -
           (std::clamp(y, frame_.y_low, frame_.y_high) - frame_.y_low) / (frame_.y_high - frame_.y_low) * frame_.height;
}

void Chart::axes() {
    if (frame_.y_numbers)
        for (const double y : ticks(frame_.y_low, frame_.y_high, frame_.height < 120 ? 3 : 4, false)) {
            rule(y);
            page_.leaf("text", {{"x", px(left - 8)}, {"y", px(y_of(y) + 4)}, {"class", "axis end"}}, number_text(y));
        }
    if (frame_.x_title.empty()) return;
    const double bottom = top + frame_.height;
    for (const double x : ticks(frame_.x_low, frame_.x_high, 8, frame_.x_whole)) {
        page_.empty("path", {{"d", fmt::format("M{} {}v4", px(x_of(x)), px(bottom))}, {"class", "tick"}});
        page_.leaf("text", {{"x", px(x_of(x))}, {"y", px(bottom + 16)}, {"class", "axis middle"}}, number_text(x));
    }
    page_.leaf("text", {{"x", px(width - right + 26)}, {"y", px(bottom + 16)}, {"class", "axis"}}, frame_.x_title);
}

void Chart::line(std::span<const ChartPoint> points, const std::string& style) {
    std::string path;
    bool drawn = false;
    for (const ChartPoint& p : points) {
        if (!std::isfinite(p.x) || !std::isfinite(p.y)) {
            drawn = false;
            continue;
        }
        path += fmt::format("{}{} {}", drawn ? 'L' : 'M', px(x_of(p.x)), px(y_of(p.y)));
        drawn = true;
    }
    if (!path.empty()) page_.empty("path", {{"d", path}, {"class", "line " + style}});
}

void Chart::band(std::span<const ChartPoint> low, std::span<const ChartPoint> high, const std::string& style) {
    std::string there, back;
    for (std::size_t i = 0; i < std::min(low.size(), high.size()); ++i) {
        if (!std::isfinite(low[i].y) || !std::isfinite(high[i].y)) continue;
        there += fmt::format("{}{} {}", there.empty() ? 'M' : 'L', px(x_of(high[i].x)), px(y_of(high[i].y)));
        back = fmt::format("L{} {}", px(x_of(low[i].x)), px(y_of(low[i].y))) + back;
    }
    if (!there.empty()) page_.empty("path", {{"d", there + back + "Z"}, {"class", "band " + style}});
}

void Chart::dots(std::span<const ChartPoint> points, const std::string& style, double radius) {
    for (const ChartPoint& p : points)
        if (std::isfinite(p.x) && std::isfinite(p.y))
            page_.empty("circle",
                        {{"cx", px(x_of(p.x))}, {"cy", px(y_of(p.y))}, {"r", px(radius)}, {"class", "dot " + style}});
}

void Chart::whisker(double x, double low, double high, const std::string& style) {
    if (!std::isfinite(low) || !std::isfinite(high)) return;
    page_.empty("path",
                {{"d", fmt::format("M{0} {1}h6m-3 0V{2}m-3 0h6", px(x_of(x) - 3), px(y_of(high)), px(y_of(low)))},
                 {"class", "whisker " + style}});
}

void Chart::stack(const StepColumns& columns, std::span<const StackLayer> layers) {
    std::vector<double> below(columns.size(), 0.);
    for (const StackLayer& layer : layers) {
        std::string there, back;
        bool any = false;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const double value = i < layer.values.size() && std::isfinite(layer.values[i]) ? layer.values[i] : 0;
            any = any || value > 0;
            const auto begin = static_cast<double>(columns.bounds[i]) + .5,
                       end = static_cast<double>(columns.bounds[i + 1]) + .5;
            there += fmt::format("{}{} {}H{}", there.empty() ? 'M' : 'L', px(x_of(begin)), px(y_of(below[i] + value)),
                                 px(x_of(end)));
            back = fmt::format("L{} {}H{}", px(x_of(end)), px(y_of(below[i])), px(x_of(begin))) + back;
            below[i] += value;
        }
        if (any) page_.empty("path", {{"d", there + back + "Z"}, {"class", "fill " + layer.style}});
    }
}

void Chart::marker(double x, const std::string& words) {
    page_.empty("path", {{"d", fmt::format("M{} {}V{}", px(x_of(x)), px(top - 4), px(top + frame_.height))},
                         {"class", "marker"}});
    if (words.empty()) return;
    const bool at_end = x_of(x) > width - right - 160;
    page_.leaf("text",
               {{"x", px(x_of(x) + (at_end ? -4 : 4))}, {"y", px(top - 6)}, {"class", at_end ? "axis end" : "axis"}},
               words);
}

void Chart::end_label(double y, const std::string& words, const std::string& style) {
    if (std::isfinite(y)) labels_.push_back({y_of(y), words, style});
}

void Chart::Boxes::add(const Chart& chart, double x0, double x1, double y0, double y1, double gap) {
    const double l = chart.x_of(x0), r = std::max(l + .5, chart.x_of(x1) - gap), t = chart.y_of(y1) + gap,
                 b = chart.y_of(y0);
    path_ += fmt::format("M{} {}H{}V{}H{}z", px(l), px(t), px(r), px(b), px(l));
}

void Chart::boxes(const Boxes& boxes, const std::string& style) {
    if (!boxes.empty()) page_.empty("path", {{"d", boxes.path_}, {"class", "fill " + style}});
}

void Chart::row_label(double y, const std::string& words) {
    page_.leaf("text", {{"x", px(left - 8)}, {"y", px(y_of(y) + 4)}, {"class", "label end"}}, words);
}

void Chart::rule(double y, const std::string& style) {
    page_.empty("path", {{"d", fmt::format("M{} {}H{}", px(left), px(y_of(y)), px(width - right))}, {"class", style}});
}

Chart::~Chart() {
    std::stable_sort(labels_.begin(), labels_.end(), [](const EndLabel& a, const EndLabel& b) { return a.y < b.y; });
    // Pushed down where they meet, then the whole column up again if it ran out below.
    for (std::size_t i = 1; i < labels_.size(); ++i)
        labels_[i].y = std::max(labels_[i].y, labels_[i - 1].y + label_pitch);
    double limit = top + frame_.height;
    for (std::size_t i = labels_.size(); i-- > 0; limit = labels_[i].y - label_pitch)
        labels_[i].y = std::min(labels_[i].y, limit);
    for (const EndLabel& label : labels_)
        page_.leaf("text", {{"x", px(width - right + 8)}, {"y", px(label.y + 4)}, {"class", "label " + label.style}},
                   label.words);
}

}  // namespace foothold
