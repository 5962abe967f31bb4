// SPDX-License-Identifier: GPL-3.0-or-later
// Exact values with GMP, values at points in double precision.
#include "text/formula_values.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "record/random.h"

namespace foothold {
namespace {

using Kind = Formula::Kind;
using Complex = std::complex<double>;

constexpr std::size_t most_bits = 20000;

std::size_t bits(const mpq_class& q) { return mpz_sizeinbase(q.get_num_mpz_t(), 2) + mpz_sizeinbase(q.get_den_mpz_t(), 2); }

mpq_class checked(mpq_class q) {
    if (bits(q) > most_bits) throw BadFormula("a number larger than any answer");
    return q;
}

std::optional<mpq_class> root(const mpq_class& base, unsigned long degree) {
    if (base < 0 && degree % 2 == 0) return std::nullopt;
    mpq_class out;
    if (!mpz_root(out.get_num_mpz_t(), base.get_num_mpz_t(), degree) || !mpz_root(out.get_den_mpz_t(), base.get_den_mpz_t(), degree)) return std::nullopt;
    return out;
}

std::optional<mpq_class> exact_power(mpq_class base, const mpq_class& exponent) {
    if (exponent.get_den() != 1) {
        if (exponent.get_den() > 1000 || base < 0) return std::nullopt;  // Roots of negative numbers are complex here.
        const auto rooted = root(base, exponent.get_den().get_ui());
        if (!rooted) return std::nullopt;
        base = *rooted;
    }
    const mpz_class n = abs(exponent.get_num());
    if (base == 0) return exponent > 0 ? std::optional<mpq_class>(0) : exponent == 0 ? std::optional<mpq_class>(1) : std::nullopt;
    if (base == 1 || base == -1) return base == 1 || n % 2 == 0 ? mpq_class(1) : mpq_class(-1);
    if (n > 100000 || bits(base) * n.get_ui() > 2 * most_bits) throw BadFormula("a number larger than any answer");
    mpq_class out;
    mpz_pow_ui(out.get_num_mpz_t(), base.get_num_mpz_t(), n.get_ui());
    mpz_pow_ui(out.get_den_mpz_t(), base.get_den_mpz_t(), n.get_ui());
    if (exponent < 0) out = 1 / out;
    out.canonicalize();
    return checked(std::move(out));
}

std::optional<mpq_class> exact_function(const std::string& name, const std::vector<mpq_class>& x) {
    const auto whole = [&](std::size_t i) { return x[i].get_den() == 1; };
    if (name == "abs" && x.size() == 1) return mpq_class(abs(x[0]));
    if (name == "floor" || name == "ceil") {
        mpz_class out;
        (name == "floor" ? mpz_fdiv_q : mpz_cdiv_q)(out.get_mpz_t(), x[0].get_num_mpz_t(), x[0].get_den_mpz_t());
        return mpq_class(out);
    }
    if (name == "factorial") {
        if (!whole(0) || x[0] < 0) return std::nullopt;
        if (x[0] > 1000) throw BadFormula("a number larger than any answer");
        mpz_class out;
        mpz_fac_ui(out.get_mpz_t(), x[0].get_num().get_ui());
        return mpq_class(out);
    }
    if (name == "binom" && x.size() == 2) {
        if (!whole(0) || !whole(1) || x[1] < 0 || x[0] < 0) return std::nullopt;
        if (x[0] > 5000) throw BadFormula("a number larger than any answer");
        mpz_class out;
        mpz_bin_ui(out.get_mpz_t(), x[0].get_num_mpz_t(), x[1].get_num().get_ui());
        return mpq_class(out);
    }
    if (name == "max") return *std::max_element(x.begin(), x.end());
    if (name == "min") return *std::min_element(x.begin(), x.end());
    if ((name == "gcd" || name == "lcm") && x.size() == 2 && whole(0) && whole(1)) {
        mpz_class out;
        (name == "gcd" ? mpz_gcd : mpz_lcm)(out.get_mpz_t(), x[0].get_num_mpz_t(), x[1].get_num_mpz_t());
        return mpq_class(out);
    }
    return std::nullopt;
}

Complex function_at(const std::string& name, const std::vector<Complex>& x) {
    const Complex z = x[0];
    if (name == "sin") return std::sin(z);
    if (name == "cos") return std::cos(z);
    if (name == "tan") return std::tan(z);
    if (name == "cot") return 1.0 / std::tan(z);
    if (name == "sec") return 1.0 / std::cos(z);
    if (name == "csc") return 1.0 / std::sin(z);
    if (name == "arcsin") return std::asin(z);
    if (name == "arccos") return std::acos(z);
    if (name == "arctan") return std::atan(z);
    if (name == "sinh") return std::sinh(z);
    if (name == "cosh") return std::cosh(z);
    if (name == "tanh") return std::tanh(z);
    if (name == "exp") return std::exp(z);
    if (name == "ln" || (name == "log" && x.size() == 1)) return std::log(z);
    if (name == "log") return std::log(z) / std::log(x[1]);
    if (name == "abs") return std::abs(z);
    if (name == "floor") return std::floor(z.real());
    if (name == "ceil") return std::ceil(z.real());
    if (name == "factorial") return std::tgamma(z.real() + 1);
    if (name == "binom" && x.size() == 2) return std::tgamma(z.real() + 1) / (std::tgamma(x[1].real() + 1) * std::tgamma(z.real() - x[1].real() + 1));
    const auto less = [](Complex a, Complex b) { return a.real() < b.real(); };
    if (name == "max") return *std::max_element(x.begin(), x.end(), less);
    if (name == "min") return *std::min_element(x.begin(), x.end(), less);
    return {NAN, 0};
}

Complex evaluated(const Formula& f, std::uint64_t point) {
    switch (f.kind) {
        case Kind::number: return f.number.get_d();
        case Kind::symbol:
            if (f.name == "pi") return std::numbers::pi;
            if (f.name == "e") return std::numbers::e;
            if (f.name == "i") return {0, 1};
            if (f.name == "infinity") return {NAN, 0};
            return stand_in(f.name, point).get_d();
        case Kind::add: {
            Complex sum = 0;
            for (const Formula& part : f.parts) sum += evaluated(part, point);
            return sum;
        }
        case Kind::multiply: {
            Complex product = 1;
            for (const Formula& part : f.parts) product *= evaluated(part, point);
            return product;
        }
        case Kind::power: {
            const Complex base = evaluated(f.parts[0], point), exponent = evaluated(f.parts[1], point);
            if (exponent.imag() == 0 && exponent.real() == std::round(exponent.real()) && std::abs(exponent.real()) < 1000) {
                // Repeated squaring keeps real numbers real.
                Complex out = 1, square = base;
                for (auto n = static_cast<unsigned>(std::abs(exponent.real())); n > 0; n /= 2, square *= square)
                    if (n % 2) out *= square;
                return exponent.real() < 0 ? 1.0 / out : out;
            }
            if (base == Complex(0)) return exponent.real() > 0 ? 0 : NAN;
            return std::pow(base, exponent);
        }
        case Kind::function: {
            std::vector<Complex> x;
            for (const Formula& part : f.parts) x.push_back(evaluated(part, point));
            return x.empty() ? Complex(NAN, 0) : function_at(f.name, x);
        }
        default: return {NAN, 0};
    }
}

}  // namespace

std::optional<mpq_class> exact_value(const Formula& f) {
    switch (f.kind) {
        case Kind::number: return f.number;
        case Kind::add: {
            mpq_class sum = 0;
            for (const Formula& part : f.parts) {
                const auto value = exact_value(part);
                if (!value) return std::nullopt;
                sum += *value;
            }
            return checked(std::move(sum));
        }
        case Kind::multiply: {
            mpq_class product = 1;
            for (const Formula& part : f.parts) {
                const auto value = exact_value(part);
                if (!value) return std::nullopt;
                product = checked(product * *value);
            }
            return product;
        }
        case Kind::power: {
            // The exponent first: an irrational base must not hide an exponent of any size.
            const auto exponent = exact_value(f.parts[1]);
            const auto base = exact_value(f.parts[0]);
            if (!base || !exponent) return std::nullopt;
            return exact_power(*base, *exponent);
        }
        case Kind::function: {
            std::vector<mpq_class> x;
            for (const Formula& part : f.parts) {
                const auto value = exact_value(part);
                if (!value) return std::nullopt;
                x.push_back(*value);
            }
            return x.empty() ? std::nullopt : exact_function(f.name, x);
        }
        default: return std::nullopt;
    }
}

std::optional<std::complex<double>> value_at(const Formula& formula, std::uint64_t point) {
    const Complex z = evaluated(formula, point);
    if (!std::isfinite(z.real()) || !std::isfinite(z.imag())) return std::nullopt;
    return z;
}

bool has_variable(const Formula& f) {
    if (f.kind == Kind::symbol) return f.name != "pi" && f.name != "e" && f.name != "i" && f.name != "infinity";
    return std::any_of(f.parts.begin(), f.parts.end(), has_variable);
}

bool has_decimal(const Formula& f) { return f.decimal || std::any_of(f.parts.begin(), f.parts.end(), has_decimal); }

mpq_class stand_in(const std::string& variable, std::uint64_t point) {
    const std::uint64_t key = random_key({text_key(variable), point});
    mpq_class out(static_cast<long>(key % 1999 + 500), 1000L);
    out.canonicalize();
    return point % 3 == 2 ? mpq_class(-out) : out;
}

}  // namespace foothold
