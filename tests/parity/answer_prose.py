# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as models write them: sentences, units, money, boxes around words. Pairs for make_answers.py."""
import random

r = random.Random(11)
NAMES = ["Mia", "Tom", "the farmer", "Ana"]
THINGS = ["apples", "books", "marbles", "miles", "dollars", "cups", "hours", "cm"]

# A gold answer, an output. n: the right number, x: the one that is given.
TEMPLATES = [
    ("{n}", "First, {a} + {b} = {n}.\nThe answer is **{x}**."),
    ("{n}", "Step 1: {a}\nStep 2: {b}\n\n**Final Answer:** {x} {t}"),
    ("{n}", "She has {a} {t} and gets {b} more.\n\nSo {who} has {x} {t} in total."),
    ("{n}", "\\[ {a} + {b} = {x} \\]\nSo, the total is $\\boxed{{{x}}}$ {t}."),
    ("{n}", "The total is \\boxed{{{x} \\text{{ {t}}}}}."),
    ("{n}", "The cost is $\\boxed{{\\${x}}}$."),
    ("{n}", "The cost is \\boxed{{\\${x}.00}}"),
    ("{n}", "Therefore {who} earns ${x}.00 each week."),
    ("{n}", "Therefore, the answer is {x} {t} per day."),
    ("{n}", "Answer: {x}"),
    ("{n}", "Answer: ${x}"),
    ("{n}", "{a} + {b} = {x}"),
    ("{n}", "#### {x} {t}"),
    ("{n}", "#### ${x}"),
    ("{n}", "The answer is {x}.\n\nLet me check: {a} + {b} is right."),
    ("{n}", "The answer is \\({x}\\)."),
    ("{n}", "The final answer is \\[ {x} \\]"),
    ("{n}", "I think the answer is {a}. No wait, the answer is {x}."),
    ("{n}", "$$\\boxed{{{x}}}$$"),
    ("{n}", "\\boxed{{\\textbf{{{x}}}}}"),
    ("{n}", "\\boxed{{\\mathbf{{{x}}}}}"),
    ("{n}", "\\boxed{{x = {x}}}"),
    ("{n}", "\\boxed{{{x}.0}}"),
    ("{n}", "\\fbox{{{x}}}"),
    ("{n}", "The answer is $x = {x}$."),
    ("{n}", "So the answer is approximately {x}."),
    ("{n}", "\\boxed{{\\approx {x}}}"),
    ("{n}", "\\begin{{align*}} x &= {a}+{b} \\\\ &= \\boxed{{{x}}} \\end{{align*}}"),
    ("{n}", "```\n{a}+{b}\n```\nThe result is {x}"),
    ("{n}\\%", "The share is \\boxed{{{x}\\%}}."),
    ("{n}\\%", "The share is {x}%."),
    ("{n}\\%", "The answer is {x} percent."),
    ("{n}", "\\boxed{{{x}^{{\\circ}}}}"),
    ("{n}", "\\boxed{{{x} \\text{{ cm}}^2}}"),
    ("{n}", "\\boxed{{{x}\\ \\mathrm{{m/s}}}}"),
    ("{n}", "\\boxed{{{x}\\,\\text{{{t}}}}}"),
    ("{n}", "The number of {t} is therefore {x}!"),
    ("({n},{b})", "The point is \\boxed{{({x}, {b})}}."),
    ("({n},{b})", "The answer is $({x},{b})$."),
    ("\\frac{{{n}}}{{7}}", "The probability is \\boxed{{\\frac{{{x}}}{{7}}}}."),
    ("\\frac{{{n}}}{{7}}", "The answer is {x}/7."),
    ("{n}:7", "The ratio is \\boxed{{{x}:7}}"),
    ("{n}:7", "The answer is {x} : 7"),
    ("{n}\\sqrt{{2}}", "The length is \\boxed{{{x}\\sqrt{{2}}}}"),
    ("{n}\\sqrt{{2}}", "The answer is ${x}\\sqrt2$"),
    ("{n}\\pi", "The area is \\boxed{{{x}\\pi \\text{{ cm}}^2}}"),
    ("{n}\\pi", "The area is \\boxed{{A={x}\\pi}}"),
    ("{n}x+{b}", "\\boxed{{{x}x + {b}}}"),
    ("{n}x+{b}", "The answer is $f(x) = {x}x + {b}$."),
    ("y={n}x+{b}", "\\boxed{{y = {x}x + {b}}}"),
    ("{n}, {m}", "The answers are $x = {x}$ and $x = {m}$."),
    ("{n}, {m}", "\\boxed{{{x} \\text{{ and }} {m}}}"),
    ("{n}, {m}", "\\boxed{{x={x}, x={m}}}"),
    ("{n}, {m}", "The solutions are \\boxed{{{m}}} and \\boxed{{{x}}}."),
    ("\\text{{(B) {n}}}", "The answer is (B) {x}"),
    ("\\{{{n},{m}\\}}", "\\boxed{{\\{{{m}, {x}\\}}}}"),
    ("[{n},\\infty)", "\\boxed{{[{x}, \\infty)}}"),
    ("[{n},\\infty)", "\\boxed{{x \\geq {x}}}"),
    ("(-\\infty,{n})", "The solution is $x < {x}$."),
    ("{n}", "I have no idea."),
    ("{n}", "{x}"),
    ("{n}", "<think>{a} and {b}</think>\n\n{x}"),
    ("{n}", "Let $x$ be the number. Then $x + {b} = {k}$, so $x = {x}$."),
    ("{n}", "There are {x} ways"),
    ("{n},000", "\\boxed{{{x},000}}"),
    ("{n},000", "The town has {x}000 people."),
    ("{n}.5", "\\boxed{{{x}.50}}"),
    ("{n}.5", "\\boxed{{{x}\\frac{{1}}{{2}}}}"),
    ("{n}.5", "The answer is {x} 1/2."),
    ("-{n}", "The answer is -{x}."),
    ("-{n}", "\\boxed{{-{x}}}"),
    ("-{n}", "The change is $-{x}$ degrees."),
    ("{n}_{{8}}", "\\boxed{{{x}_8}}"),
    ("{n}!", "\\boxed{{{x}!}}"),
    ("10^{{{n}}}", "\\boxed{{10^{{{x}}}}}"),
    ("{n}i", "\\boxed{{{x}i}}"),
]


def pair():
    gold, output = r.choice(TEMPLATES)
    n, b, right = r.randint(11, 60), r.randint(2, 9), r.random() < 0.6
    x = n if right else n + r.choice([1, -1, 10, 2])
    values = dict(n=n, x=x, a=n - b, b=b, m=n + r.randint(3, 9), k=n + b, t=r.choice(THINGS), who=r.choice(NAMES))
    return gold.format(**values), output.format(**values), right and "no idea" not in output
