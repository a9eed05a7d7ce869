#!/usr/bin/env python3
"""Writes Tests/Fixtures/math-verify.json: pairs of answers and math_verify's verdicts.

    Scripts/peers/environment --math-verify
    .peers/bin/python Scripts/peers/make-verifier-goldens.py

What is true of each pair stands in `verifier_cases.py`, written by hand. Where math_verify says
otherwise, a reason must stand in `REASONS` below: the script fails where one is missing or idle.
"""

import json
import logging
import pathlib
import sys
from importlib.metadata import version

from math_verify import parse, verify
from verifier_cases import DIFFERENT, EQUAL

REASONS = {
    "its decimals are floating-point numbers, compared in 6 decimals; ours are exact": [
        r"$6.02\times 10^{23}$ || $602000000000000000000000$",
        r"$\frac13$ || $0.333333$",
        r"$2\pi$ || $6.283185$",
        r"$\sqrt2$ || $1.414214$",
        r"$\sqrt2$ || $1.4142135623730951$",
        r"$e$ || $2.718281828459045$",
        r"$0.1+0.2$ || $0.30000000000000004$",
    ],
    "it does not read this form of a number": [
        r"$0.\overline{3}$ || $\frac13$",
        r"$0.1\overline{6}$ || $\frac16$",
        r"$\frac{1,234}{2}$ || $617$",
        r"$1.75$ || The answer is 1 3/4",
    ],
    "it drops the base of a number; ours computes with it": [
        r"$1011_2$ || $11$",
        r"$2516_8$ || $2516$",
    ],
    "it always drops the sign of degrees; ours computes with it inside of an expression": [
        r"$90^\circ$ || $\frac{\pi}{2}$",
        r"$\sin 30^\circ$ || $\frac12$",
        r"$\tan 75^\circ$ || $2+\sqrt3$",
    ],
    "its odd roots of negative numbers are complex; ours are real": [
        r"$\sqrt[3]{-8}$ || $-2$",
        r"$(-8)^{1/3}$ || $-2$",
    ],
    "it takes i for a variable here": [
        r"$\sqrt{-4}$ || $2i$",
        r"$\frac{1}{i}$ || $-i$",
        r"$(1+i)^2$ || $2i$",
        r"$e^{i\pi}$ || $-1$",
    ],
    "its variables are complex; ours are real, where both sides are": [
        r"$\ln(ab)$ || $\ln a+\ln b$",
        r"$\ln\frac{x}{y}$ || $\ln x-\ln y$",
    ],
    "it reads another side of this equation, or none": [
        r"$5$ || $5=x$",
        r"$x=5$ || $y=5$",
        r"$2x+3=y$ || $2x+3$",
        r"$2+3=5$ || $5$",
    ],
    "it does not turn these inequalities into the set that they are": [
        r"$x \in [1,3)$ || $1 \le x < 3$",
        r"$x<1\text{ or }x>2$ || $(-\infty,1)\cup(2,\infty)$",
        r"$x>1\text{ and }x<5$ || $(1,5)$",
    ],
    "of several boxes it does not take the last": [
        r"$5$ || First \boxed{3}, no: \boxed{5}",
    ],
    "it takes a letter in either case for the same variable": [
        r"$x$ || $X$",
    ],
}


def pairs():
    for equal, blocks in ((True, EQUAL), (False, DIFFERENT)):
        for block, text in blocks.items():
            for line in text.strip().splitlines():
                gold, answer = line.split(" || ")
                if not block.endswith("plain"):
                    gold, answer = f"${gold}$", f"${answer}$"
                yield block, gold, answer, equal


def main():
    logging.disable(logging.CRITICAL)
    reasons = {pair: reason for reason, list_ in REASONS.items() for pair in list_}
    cases, faults = [], []
    for block, gold, answer, equal in pairs():
        # Its default of 5 seconds would make the verdicts depend on the machine.
        read = [parse(text, parsing_timeout=120) for text in (gold, answer)]
        verdict = bool(verify(*read, timeout_seconds=120))
        case = {"block": block, "gold": gold, "answer": answer, "equal": equal,
                "math_verify": verdict}
        reason = reasons.pop(f"{gold} || {answer}", None)
        if (reason is None) != (verdict == equal):
            faults.append(f"{gold} || {answer}: true is {equal}, math_verify says {verdict}")
        if reason:
            case["reason"] = reason
        cases.append(case)
    faults += [f"no such pair: {pair}" for pair in reasons]
    if faults:
        sys.exit("\n".join(faults))
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    folder = pathlib.Path(__file__).parents[2] / "Tests/Fixtures"
    text = f'{{"math_verify": "{version("math-verify")}", "cases": [\n{lines}\n]}}\n'
    (folder / "math-verify.json").write_text(text)
    differing = sum(case["math_verify"] != case["equal"] for case in cases)
    print(f"{len(cases)} pairs, {differing} of which math_verify decides otherwise")


if __name__ == "__main__":
    main()
