// SPDX-License-Identifier: GPL-3.0-or-later
// Formulas in GiNaC: exact arithmetic with roots, 40 digits where that is not enough.
#include <ginac/ginac.h>

#include <mutex>

#include "text/formula_values.h"

namespace foothold {
namespace {

using Kind = Formula::Kind;

struct NotForGinac {};

GiNaC::numeric ginac_number(const mpq_class& q) { return GiNaC::numeric(q.get_str().c_str()); }

GiNaC::ex ginac(const Formula& f, std::uint64_t point) {
    switch (f.kind) {
        case Kind::number: return ginac_number(f.number);
        case Kind::symbol:
            if (f.name == "pi") return GiNaC::Pi;
            if (f.name == "e") return GiNaC::exp(1);
            if (f.name == "i") return GiNaC::I;
            if (f.name == "infinity") throw NotForGinac{};
            return ginac_number(stand_in(f.name, point));
        case Kind::add: {
            GiNaC::ex sum = 0;
            for (const Formula& part : f.parts) sum += ginac(part, point);
            return sum;
        }
        case Kind::multiply: {
            GiNaC::ex product = 1;
            for (const Formula& part : f.parts) product *= ginac(part, point);
            return product;
        }
        case Kind::power: {
            const GiNaC::ex exponent = ginac(f.parts[1], point);
            // In double precision the value was finite; exactly it may be as long as it likes.
            if (GiNaC::is_a<GiNaC::numeric>(exponent) && GiNaC::abs(GiNaC::ex_to<GiNaC::numeric>(exponent)) > 2000) throw NotForGinac{};
            return GiNaC::pow(ginac(f.parts[0], point), exponent);
        }
        case Kind::function: {
            if (const auto value = exact_value(f)) return ginac_number(*value);
            const GiNaC::ex x = ginac(f.parts.at(0), point);
            if (f.name == "sin") return GiNaC::sin(x);
            if (f.name == "cos") return GiNaC::cos(x);
            if (f.name == "tan") return GiNaC::tan(x);
            if (f.name == "cot") return 1 / GiNaC::tan(x);
            if (f.name == "sec") return 1 / GiNaC::cos(x);
            if (f.name == "csc") return 1 / GiNaC::sin(x);
            if (f.name == "arcsin") return GiNaC::asin(x);
            if (f.name == "arccos") return GiNaC::acos(x);
            if (f.name == "arctan") return GiNaC::atan(x);
            if (f.name == "exp") return GiNaC::exp(x);
            if (f.name == "ln" || (f.name == "log" && f.parts.size() == 1)) return GiNaC::log(x);
            if (f.name == "log") return GiNaC::log(x) / GiNaC::log(ginac(f.parts[1], point));
            if (f.name == "abs") return GiNaC::abs(x);
            throw NotForGinac{};
        }
        default: throw NotForGinac{};
    }
}

}  // namespace

std::optional<bool> equal_to_30_digits(const Formula& a, const Formula& b, std::uint64_t point) {
    static std::mutex guard;
    const std::lock_guard lock(guard);
    try {
        GiNaC::Digits = 40;
        const GiNaC::ex left = ginac(a, point), difference = left - ginac(b, point);
        if (difference.is_zero()) return true;
        const GiNaC::ex value = difference.evalf(), size = left.evalf();
        if (!GiNaC::is_a<GiNaC::numeric>(value) || !GiNaC::is_a<GiNaC::numeric>(size)) return std::nullopt;
        static const GiNaC::numeric hair("1e-30");
        return GiNaC::abs(GiNaC::ex_to<GiNaC::numeric>(value)) <= hair * (1 + GiNaC::abs(GiNaC::ex_to<GiNaC::numeric>(size)));
    } catch (const NotForGinac&) {
        return std::nullopt;
    } catch (const BadFormula&) {
        return std::nullopt;
    } catch (const std::exception&) {  // GiNaC's poles, CLN's overflows.
        return std::nullopt;
    }
}

}  // namespace foothold
