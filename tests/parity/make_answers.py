# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes answers.jsonl: 1,200 pairs of a gold answer as formula and a model's output, made to be equal or not, and 1,000 of answers in prose.

    python make_answers.py                    # answers.jsonl beside this file
    python make_answers.py --compare          # what Math-Verify and `foothold-cli verify` say of them, where they differ
    python make_answers.py --compare FILE     # the same of {"gold", "answer"} lines, such as outputs of a model; writes nothing

--compare needs: pip install math-verify (0.9.0).
"""
import json, logging, pathlib, random, subprocess, sys
from fractions import Fraction

import answer_prose

here = pathlib.Path(__file__).parent
r = random.Random(7)


def frac(a, b):
    return r.choice([rf"\frac{{{a}}}{{{b}}}", rf"\dfrac{{{a}}}{{{b}}}", f"{a}/{b}", rf"\tfrac{{{a}}}{{{b}}}"])


def integer(n):
    forms = [str(n), f"{n}.0", f"{n}.", f"+{n}" if n > 0 else str(n)]
    if abs(n) >= 1000:
        forms += [f"{n:,}", f"{n:,}".replace(",", "{,}"), f"{n:,}".replace(",", r"\,")]
    return r.choice(forms)


def rational(q):
    a, b = q.numerator, q.denominator
    if b == 1:
        return integer(a)
    k = r.choice([1, 1, 2, 3])
    forms = [frac(a * k, b * k), ("-" if a < 0 else "") + frac(abs(a), b), rf"\frac{{{-a}}}{{{-b}}}"]
    if 10 ** 6 % b == 0:
        forms.append(str(a / b))
    if a > b > 1 and a % b:
        forms.append(rf"{a // b}\frac{{{a % b}}}{{{b}}}")
    return r.choice(forms)


def radical():
    a, b, c = r.randint(1, 6), r.choice([2, 3, 5, 7]), r.randint(2, 5)
    return r.choice([
        ([rf"{a}\sqrt{{{b}}}", rf"\sqrt{{{a * a * b}}}", rf"{a} \sqrt {b}", rf"{a}\cdot\sqrt{{{b}}}", rf"\sqrt{{{b}}}\cdot {a}"], [rf"{a + 1}\sqrt{{{b}}}", rf"{a}\sqrt{{{b + 1}}}", rf"{a * b}"]),
        ([rf"\frac{{\sqrt{{{b}}}}}{{{b}}}", rf"\frac{{1}}{{\sqrt{{{b}}}}}", rf"1/\sqrt{{{b}}}"], [rf"\frac{{\sqrt{{{b}}}}}{{{b + 1}}}", rf"\sqrt{{{b}}}"]),
        ([rf"{a}+{c}\sqrt{{{b}}}", rf"{c}\sqrt{{{b}}}+{a}", rf"{a}+\sqrt{{{c * c * b}}}"], [rf"{a}-{c}\sqrt{{{b}}}", rf"{a}+{c}\sqrt{{{b + 2}}}"]),
        ([rf"\sqrt[3]{{{a ** 3 * b}}}", rf"{a}\sqrt[3]{{{b}}}", rf"{a}\cdot {b}^{{1/3}}"], [rf"\sqrt[3]{{{a * b}}}{a}", rf"{a}\sqrt{{{b}}}"]),
        ([rf"{a}\pi", rf"{a} \pi", rf"\pi\cdot {a}", rf"\frac{{{2 * a}\pi}}{{2}}"], [rf"{a + 1}\pi", rf"{a}", rf"\frac{{{a}}}{{\pi}}"]),
        ([rf"\frac{{{a}\pi}}{{{c}}}", rf"\frac{{{a}}}{{{c}}}\pi", rf"{a}\pi/{c}"], [rf"\frac{{{a}\pi}}{{{c + 1}}}", rf"\frac{{{a}}}{{{c}\pi}}"]),
        ([rf"{a}^{{{c}}}", str(a ** c), rf"{a}^{c}"], [str(a ** c + 1), rf"{c}^{{{a + 7}}}"]),
        ([rf"\log_{{{c}}} {c ** a}", str(a), rf"\log_{c}({c ** a})"], [str(a + 1), rf"\log {a + 3}"]),
        ([rf"\ln {b}", rf"\ln({b})", rf"\ln{{{b}}}"], [rf"\ln {b + 1}", str(b)]),
        ([r"\sin\frac{\pi}{6}", r"\frac12", "0.5"], ["0.6", r"\cos\frac{\pi}{6}"]),
        ([rf"\binom{{{c + 3}}}{{2}}", str((c + 3) * (c + 2) // 2)], [str((c + 3) * (c + 2)), rf"\binom{{{c + 3}}}{{3}}" if c != 2 else "7"]),
        ([f"{c}!", str([1, 1, 2, 6, 24, 120][c])], [str(c), str([1, 1, 2, 6, 24, 120][c] + 1)]),
        ([rf"{a}+{c}i", rf"{c}i+{a}", rf"{a} + {c} i"], [rf"{a}-{c}i", rf"{c}+{a + 1}i"]),
        ([rf"{a}.{b} \times 10^{{{c}}}", str(int(round((a + b / 10) * 10 ** c))), rf"{a}.{b}\cdot10^{c}"], [str(int(round((a + b / 10) * 10 ** (c + 1)))), rf"{a}.{b}\times 10^{{{c + 1}}}"]),
        ([rf"|{-a}|", str(a)], [str(-a)]),
        ([rf"\lfloor {a}.{b} \rfloor", str(a)], [str(a + 1)]),
        ([rf"e^{{{a}}}", rf"e^{a}"], [rf"e^{{{a + 1}}}", str(a)]),
    ])


def symbolic():
    a, b, c = r.randint(1, 6), r.randint(1, 6), r.randint(2, 5)
    x = r.choice("xynt")
    return r.choice([
        ([rf"{x}^2+{a + b}{x}+{a * b}", rf"({x}+{a})({x}+{b})", rf"({x}+{b})({x}+{a})", rf"{a * b}+{a + b}{x}+{x}^2"], [rf"{x}^2+{a + b + 1}{x}+{a * b}", rf"({x}-{a})({x}+{b})"]),
        ([rf"{c}{x}+{a}", rf"{a}+{c}{x}", rf"{c}\cdot {x}+{a}"], [rf"{c}{x}-{a}", rf"{c + 1}{x}+{a}"]),
        ([rf"\frac{{{x}}}{{{c}}}", rf"\frac{{1}}{{{c}}}{x}", rf"{x}/{c}"], [rf"\frac{{{c}}}{{{x}}}", rf"{c}{x}"]),
        ([rf"\frac{{{x}^2-{a * a}}}{{{x}-{a}}}", rf"{x}+{a}"], [rf"{x}-{a}"]),
        ([rf"{x}^{{{c}}}", rf"{x}^{c}"], [rf"{x}^{{{c + 1}}}", rf"{c}^{x}"]),
        ([rf"2^{{{x}+1}}", rf"2\cdot 2^{x}"], [rf"2^{{{x}}}", rf"4^{x}"]),
        ([r"\frac{n(n+1)}{2}", r"\frac{n^2+n}{2}", r"\frac12 n(n+1)"], [r"\frac{n(n-1)}{2}", r"n(n+1)"]),
        ([rf"\frac{{1}}{{{x}}}+\frac{{1}}{{{x}+1}}", rf"\frac{{2{x}+1}}{{{x}({x}+1)}}"], [rf"\frac{{2}}{{2{x}+1}}"]),
        ([rf"{a}{x}y", rf"{a} y {x}"], [rf"{a}{x}+y"]) if x != "y" else ([r"\sin^2 x", r"(\sin x)^2"], [r"\sin x^2"]),
        ([r"\sin^2 x+\cos^2 x", "1"], ["2"]),
        ([rf"\sqrt{{{x}+{a}}}", rf"({x}+{a})^{{1/2}}"], [rf"\sqrt{{{x}}}+{a}"]),
        ([rf"y={c}x+{a}", rf"y = {a} + {c}x", rf"y-{c}x={a}"], [rf"y={c}x-{a}", rf"y={c + 1}x+{a}"]),
        ([rf"x={a}", str(a), rf"x = {a}"], [rf"x={a + 1}", str(a + 1)]),
        ([r"\alpha+\beta", r"\beta+\alpha"], [r"\alpha-\beta"]),
    ])


def collection():
    a, b, c = sorted(r.sample(range(-9, 10), 3))
    return r.choice([
        ([rf"({a},{b})", rf"({a}, {b})", rf"\left({a},{b}\right)"], [rf"({b},{a})", rf"({a},{c})"]),
        ([rf"({a},{b},{c})", rf"({a}, {b}, {c})"], [rf"({c},{b},{a})"]),
        ([rf"\{{{a},{b},{c}\}}", rf"\{{{c},{a},{b}\}}", rf"\left\{{{a}, {b}, {c}\right\}}"], [rf"\{{{a},{b}\}}", rf"\{{{a},{b},{c + 1}\}}"]),
        ([rf"{a}, {b}", rf"{b}, {a}", rf"{a},{b}"], [rf"{a}, {c}", f"{a}"]),
        ([rf"[{a},{b}]", rf"[{a}, {b}]", rf"\left[{a},{b}\right]"], [rf"[{a},{b})", rf"[{a},{c}]"]),
        ([rf"[{a},{b})", rf"\left[{a}, {b}\right)"], [rf"({a},{b}]", rf"({a},{b})"]),
        ([rf"(-\infty,{a})", rf"(-\infty, {a})"], [rf"(-\infty,{b})", rf"(-\infty,{a}]"]),
        ([rf"(-\infty,{a})\cup({b},\infty)", rf"(-\infty, {a}) \cup ({b}, \infty)", rf"(-\infty,{a})\cup({b},+\infty)"], [rf"(-\infty,{a})\cup({c},\infty)", rf"(-\infty,{a}]\cup({b},\infty)"]),
        ([rf"x>{a}", rf"x > {a}", rf"(  {a},\infty)"], [rf"x\ge {a}", rf"x<{a}"]),
        ([rf"{a}<x\le {b}", rf"({a},{b}]", rf"{a} < x \leq {b}"], [rf"{a}\le x\le {b}", rf"({a},{c}]"]),
        ([rf"\begin{{pmatrix}} {a} & {b} \\ {c} & 1 \end{{pmatrix}}", rf"\begin{{pmatrix}}{a}&{b}\\{c}&1\end{{pmatrix}}"], [rf"\begin{{pmatrix}} {a} & {c} \\ {b} & 1 \end{{pmatrix}}"]),
        ([rf"\begin{{pmatrix}} {a} \\ {b} \end{{pmatrix}}", rf"\begin{{bmatrix}} {a} \\ {b} \end{{bmatrix}}"], [rf"\begin{{pmatrix}} {b} \\ {a} \end{{pmatrix}}"]),
        ([rf"\pm {abs(a) + 1}", rf"{abs(a) + 1}, {-abs(a) - 1}", rf"\{{{-abs(a) - 1}, {abs(a) + 1}\}}"], [str(abs(a) + 1), rf"\pm {abs(a) + 2}"]),
        ([rf"{a}+{abs(b) + 1}\sqrt2, {a}-{abs(b) + 1}\sqrt2", rf"{a}\pm {abs(b) + 1}\sqrt{{2}}"], [rf"{a}+{abs(b) + 1}\sqrt2"]),
        ([rf"x={a} \text{{ or }} x={b}", rf"{a}, {b}"], [rf"x={a}"]),
    ])


def worded():
    n = r.randint(2, 900)
    return r.choice([
        ([str(n), rf"{n}\text{{ cm}}", rf"{n} \text{{ miles}}", rf"{n}\mathrm{{ km}}"], [rf"{n + 1}\text{{ cm}}"]),
        ([str(n), rf"\${n}", rf"\${n}.00"], [rf"\${n + 1}"]),
        ([str(n), rf"{n}^\circ", rf"{n}^{{\circ}}"], [rf"{n + 1}^\circ"]),
        ([rf"{n}\%", rf"{n} \%", rf"{n}"], [rf"{n + 1}\%"]),
        ([r"\text{Monday}", "Monday", r"\text{monday}"], [r"\text{Sunday}"]),
        ([r"\text{even}", r"\text{Even}"], [r"\text{odd}"]),
        ([r"\text{(B)}", "B", r"\text{B}", "(B)"], ["C", r"\text{(A)}"]),
        ([r"\text{yes}", r"\text{Yes}"], [r"\text{no}"]),
        ([r"\emptyset", r"\varnothing", r"\{\}"], ["0"]),
        ([rf"{n}.{n % 9}5", rf"{n}.{n % 9}50"], [rf"{n}.{n % 9}6"]),
        ([r"\frac{1}{3}", "0.333333", "1/3"], ["0.34", "0.3"]),
        ([str(Fraction(n, 100)), f"{n / 100}"], [str(n), f"{n / 10}"]),
        ([r"\infty", r"+\infty"], [r"-\infty", "0"]),
    ])


def number():
    if r.random() < 0.5:
        n = r.choice([r.randint(-20, 200), r.randint(1000, 2000000)])
        return [integer(n), integer(n), str(n)], [integer(n + 1), integer(-n - 1), integer(n * 10 + 1)]
    q = Fraction(r.randint(-40, 60), r.choice([2, 3, 4, 5, 6, 7, 8, 9, 10, 12]))
    return [rational(q), rational(q), rational(q)], [rational(q + 1), rational(-q - 1), rational(q * 2 + 1)]


WRAPS = [r"So we get \boxed{%s}.", r"First \boxed{77}, no. The answer is $\boxed{%s}$", "The answer is $%s$.", "So the final answer is: $%s$", r"$\boxed{%s}$", r"Therefore $x$ works.\n\n\boxed{%s}",
         "$%s$", r"<think>Maybe \boxed{3}?</think> It is \boxed{%s}", r"We conclude \[ \boxed{%s} \]"]
PLAIN = ["The answer is %s.", "#### %s", "%s", "Adding up we have 3 + 4 = 7.\nSo the answer is %s"]


def pair():
    right, wrong = r.choices([number, radical, symbolic, collection, worded], [3, 3, 3, 3, 2])[0]()
    gold = right[0]
    equal = r.random() < 0.6
    answer = r.choice(right if equal else wrong)
    plain = answer.replace("-", "").replace(",", "").replace(".", "").replace("/", "").isdigit()
    return gold, r.choice(PLAIN + WRAPS if plain else WRAPS) % answer, equal


def math_verify(gold, output):
    from math_verify import parse, verify
    # No time limits: on a busy machine they would decide.
    return bool(verify(parse(f"${gold}$", parsing_timeout=None), parse(output, parsing_timeout=None), timeout_seconds=None))


def compare(rows):
    logging.disable(logging.CRITICAL)
    program = str(here.parent.parent / "build/bin/foothold-cli")
    out = subprocess.run([program, "verify"], input="".join(json.dumps(x) + "\n" for x in rows), capture_output=True, text=True, check=True).stdout
    differ = [(x, json.loads(o)) for x, o in zip(rows, out.splitlines()) if (json.loads(o)["verdict"] == "correct") != math_verify(x["gold"], x["answer"])]
    for x, o in differ:
        print(x.get("equal", ""), o["verdict"], "|", x["gold"], "|", repr(x["answer"][-300:]), "|", o["extracted"])
    print(f"{len(rows)} pairs, {len(differ)} differ")


def distinct(make, count):
    pairs = {}
    while len(pairs) < count:
        gold, answer, equal = make()
        pairs.setdefault((gold, answer), equal)
    return [{"gold": g, "answer": a, "equal": e} for (g, a), e in pairs.items()]


def main():
    if len(sys.argv) > 2:
        return compare([json.loads(line) for line in open(sys.argv[2])])
    rows = distinct(pair, 1200) + distinct(answer_prose.pair, 1000)
    (here / "answers.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    if "--compare" in sys.argv:
        compare(rows)


if __name__ == "__main__":
    main()
