"""How a step grows with the group and with the prompt: workload F."""

import math
from dataclasses import replace

MOST_SECONDS, MOST_BYTES = 60, 16e9
# The workload's field that grows, and what the report calls it.
AXES = {"group_size": "G", "prompt": "prompt"}


def straight(sizes, values):
    """Least squares: value = a + b · size."""
    mean_size, mean_value = sum(sizes) / len(sizes), sum(values) / len(values)
    slope = sum(
        (size - mean_size) * (value - mean_value) for size, value in zip(sizes, values)
    ) / sum((size - mean_size) ** 2 for size in sizes)  # fmt: skip
    return mean_value - slope * mean_size, slope


def exponent(sizes, values):
    """The power of the size that the value grows with."""
    return straight([math.log(size) for size in sizes], [math.log(value) for value in values])[1]


def expected(sizes, values, size):
    """The value at the next size, from the last two."""
    if len(values) < 2:
        return values[-1] * size / sizes[len(values) - 1]
    (low, high), (before, last) = sizes[len(values) - 2 : len(values)], values[-2:]
    return last + max(last - before, 0) * (size - high) / (high - low)


def grow(sides, workloads, axis, steps, say):
    """Ours at each size, and TRL's up to the size that would take too long or too much memory."""
    sizes = [getattr(workload, axis) for workload in workloads]
    ours, theirs = [], []
    for size, workload in zip(sizes, workloads):
        workload = replace(workload, steps=steps or workload.steps)
        sides.prepare(workload)
        ours.append(sides.ours(workload))
        say(f"F, {AXES[axis]} = {size}: ours {ours[-1]['seconds']:.2f} s")
        if len(theirs) < len(ours) - 1:
            continue
        limits = (("seconds", MOST_SECONDS), ("peak", MOST_BYTES))
        if theirs and any(
            expected(sizes, [run[key] for run in theirs], size) > most for key, most in limits
        ):
            say(f"F, {AXES[axis]} = {size}: TRL is left out: more than a minute or 16 GB")
            continue
        theirs.append(sides.theirs(workload))
        say(f"F, {AXES[axis]} = {size}: TRL {theirs[-1]['seconds']:.2f} s")
    return dict(axis=axis, sizes=sizes, ours=ours, theirs=theirs)
