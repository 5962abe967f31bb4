// SPDX-License-Identifier: GPL-3.0-or-later
#include "studies/curve_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "record/error.h"

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
    static void to_json(json& out, const std::optional<T>& value) { out = value ? json(*value) : json(); }
    static void from_json(const json& in, std::optional<T>& value) { value = in.is_null() ? std::nullopt : std::optional<T>(in.get<T>()); }
};

}  // namespace nlohmann

namespace foothold {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurveTrace, kind, variant, title, steps)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurvePoint, given, ratio, n, successes, sound, interval)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Curve, trace, points)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScaffoldingIndex, variant, ratio, state_kept, value, interval)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HintReliance, variant, value, attempts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurveSettings, problem, traces, cuts, half_width, most, seed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurveState, settings, step, curves, scaffolding, reliance, tokens, seconds, done, failure)

std::string write_curves(std::span<const CurveState> curves) {
    nlohmann::json list = nlohmann::json::array();
    for (const CurveState& curve : curves) list.push_back(curve);
    return list.dump();
}

std::vector<CurveState> read_curves(const std::string& text) {
    try {
        return nlohmann::json::parse(text).get<std::vector<CurveState>>();
    } catch (const nlohmann::json::exception& error) {
        throw UserError(fmt::format("curves kept with a run cannot be read: {}", error.what()));
    }
}

}  // namespace foothold
