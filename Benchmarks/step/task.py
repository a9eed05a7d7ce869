"""The task of workload C: sums of digits, the working written out, so that lengths are ragged.

    prompt "7+5+9="   solution "7+5=12;12+9=21;"

A solution has 7 to 109 tokens with its stop token; each digit more is one more sum in it.
"""

import json
import random

MOST_DIGITS = 14


def problem(generator):
    """A prompt with its worked solution and its answer."""
    digits = [generator.randrange(1, 10) for _ in range(generator.randint(2, MOST_DIGITS))]
    total, working = digits[0], ""
    for digit in digits[1:]:
        working += f"{total}+{digit}={total + digit};"
        total += digit
    return dict(prompt="+".join(map(str, digits)) + "=", solution=working, answer=str(total))


def write_problems(file, count, seed):
    generator = random.Random(seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = (problem(generator) for _ in range(count))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
