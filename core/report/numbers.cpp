// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them.
#include "report/numbers.h"

#include <fmt/format.h>

#include <cmath>

namespace foothold {
namespace {

std::string without_leading_zero(std::string digits) {
    if (digits.starts_with("0."))
        digits.erase(0, 1);
    else if (digits.starts_with("-0."))
        digits.erase(1, 1);
    if (digits.starts_with('-')) digits.replace(0, 1, "−");
    return digits;
}

std::string odd_number(double value) { return std::isnan(value) ? "NaN" : value > 0 ? "∞" : "−∞"; }

}  // namespace

std::string share_text(double value) {
    if (!std::isfinite(value)) return odd_number(value);
    std::string digits = fmt::format("{:.2f}", value);
    if (digits == "-0.00") digits = "0.00";
    if (value == 0) return "0";
    if (value == 1) return "1";
    return without_leading_zero(digits);
}

std::string number_text(double value) {
    if (!std::isfinite(value)) return odd_number(value);
    if (value == 0) return "0";
    if (std::abs(value) >= 1000 && std::abs(value) < 1e15) return count_text(std::round(value));
    return without_leading_zero(fmt::format("{:.3g}", value));
}

std::string count_text(double value) {
    if (!std::isfinite(value)) return odd_number(value);
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), "\u202f");
    return (value < 0 ? "−" : "") + digits;
}

std::string duration_text(double seconds) {
    if (!std::isfinite(seconds)) return odd_number(seconds);
    if (seconds < 1) return fmt::format("{:.2g} s", seconds);
    if (seconds < 60) return fmt::format("{:.3g} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string interval_text(std::pair<double, double> interval) {
    return fmt::format("[{}, {}]", share_text(interval.first), share_text(interval.second));
}

std::string moment_text(const std::string& iso) {
    if (iso.size() != 20 || iso[10] != 'T' || iso[19] != 'Z') return iso;
    return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

void add_number(Markup& page, double value, const std::string& shown) {
    page.leaf("data", {{"value", fmt::format("{}", value)}}, shown);
}

}  // namespace foothold
