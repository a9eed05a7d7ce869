"""The report: Markdown tables, which can be read in a terminal too."""

import statistics
from pathlib import Path

from limits import Network, step_limit
from scaling import AXES, exponent, straight
from workloads import SHAPES, WORKLOADS

MARKER = "<!-- What follows was written by Benchmarks/step/benchmark --markdown. -->"


def table(rows):
    """Padded columns; the first row is the head, and columns of numbers go to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(*rows)]
    right = [column[1][:1].isdigit() or column[1][:1] == "–" for column in zip(*rows)]
    line = lambda row: "| " + " | ".join(
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(row, widths, right)) + " |"  # fmt: skip
    rule = "|" + "|".join("-" * (w + 1) + (":" if n else "-") for w, n in zip(widths, right)) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])]) + "\n"


def spread(values, digits=2):
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def medians(name, pairs, machine):
    """The figures of a workload: what the tables show and the thresholds look at."""
    workload = WORKLOADS[name]
    network = Network(SHAPES[workload.model], workload.lora_rank)
    middle = lambda side, key: statistics.median(pair[side][key] for pair in pairs)
    limits = [
        step_limit(network, groups, machine) for own, _ in pairs for groups in own["groups"]]
    limit = {key: statistics.median(each[key] for each in limits) for key in limits[0]}
    ours, theirs = (
        {key: middle(side, key) for key in
         ("seconds", "sampling", "training", "peak", "length", "reward")}
        for side in (0, 1))  # fmt: skip
    for side in (ours, theirs):
        side["tokens"] = side["length"] * workload.completions / side["seconds"]
    return dict(
        ours=ours, theirs=theirs, limit=limit | dict(seconds=sum(limit.values())),
        ratios=[their["seconds"] / own["seconds"] for own, their in pairs],
        memory=[own["peak"] / their["peak"] for own, their in pairs],
        share=sum(limit.values()) / ours["seconds"])  # fmt: skip


def steps_section(figures):
    seconds = [[
        "", "ours s", "sampling", "training", "TRL s", "sampling", "training", "times as fast"]]
    others = [[
        "", "ours tokens/s", "TRL tokens/s", "ours GB", "TRL GB", "ours / TRL", "limit s",
        "prompts", "decoding", "training", "share"]]  # fmt: skip
    for name, f in figures.items():
        stages = [
            f"{side[key]:.2f}" for side in (f["ours"], f["theirs"])
            for key in ("seconds", "sampling", "training")]  # fmt: skip
        seconds.append([name, *stages, spread(f["ratios"])])
        others.append([
            name, f"{f['ours']['tokens']:.0f}", f"{f['theirs']['tokens']:.0f}",
            f"{f['ours']['peak'] / 1e9:.2f}", f"{f['theirs']['peak'] / 1e9:.2f}",
            spread(f["memory"]),
            *(f"{f['limit'][key]:.2f}" for key in ("seconds", "prompts", "decoding", "training")),
            f"{f['share']:.0%}"])  # fmt: skip
    text = ["## A step", "\n".join(
        f"- {name}: {WORKLOADS[name].sizes}." for name in figures) + "\n",
        "Seconds a step. The ratio is the median of pairs measured in turn, with the least and "
        "the greatest.\n", table(seconds),
        "Completion tokens a second, peak memory of the process, and the least time that the "
        "step's work takes here.\n", table(others)]  # fmt: skip
    for name, f in figures.items():
        if WORKLOADS[name].ragged:
            ours, theirs = f["ours"], f["theirs"]
            text.append(
                f"The completions of {name} are {ours['length']:.1f} tokens long on average (TRL's "
                f"{theirs['length']:.1f}); {ours['reward']:.0%} of them are right (TRL's "
                f"{theirs['reward']:.0%}).\n")  # fmt: skip
    return text


def start_section(start):
    middle = {key: statistics.median(values) for key, values in start.items()}
    rows = [["E: start-up", "ours s", "TRL s", "times as fast"]]
    for label, key in (
        ("`--help`", "help"), ("`--version`", "version"), ("to the end of A's first step", "first")
    ):  # fmt: skip
        ours, theirs = middle[f"ours_{key}"], middle[f"trl_{key}"]
        rows.append([label, f"{ours:.3f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"])
    return ["## Start-up", "From the start of the process.\n", table(rows)]


def growth_section(growth):
    label, sizes = AXES[growth["axis"]], growth["sizes"]
    ours = [run["seconds"] for run in growth["ours"]]
    theirs = [run["seconds"] for run in growth["theirs"]]
    rows = [[label, "ours s", "ours GB", "TRL s", "TRL GB", "times as fast"]]
    for place, size in enumerate(sizes):
        row = [size, f"{ours[place]:.2f}", f"{growth['ours'][place]['peak'] / 1e9:.2f}"]
        if place < len(theirs):
            row += [f"{theirs[place]:.2f}", f"{growth['theirs'][place]['peak'] / 1e9:.2f}",
                    f"{theirs[place] / ours[place]:.2f}"]  # fmt: skip
        else:
            row += ["–"] * 3
        rows.append(row)
    sentences = []
    for name, values in (("Our step", ours), ("TRL's", theirs)):
        if len(values) < 2:
            continue
        measured = sizes[: len(values)]
        a, b = straight(measured, values)
        sentences.append(
            f"{name} takes {values[-1] / values[0]:.1f} times as long at {label} = {measured[-1]} "
            f"as at {measured[0]}, which is {measured[-1] / measured[0]:.0f} times the size: "
            f"{a:.3f} s {'+' if b >= 0 else '−'} {abs(b) * 1000:.2f} ms · {label}, or a power of "
            f"{exponent(measured, values):.2f}.")  # fmt: skip
    return [table(rows), " ".join(sentences) + "\n"]


def render(raw, figures, machine):
    facts = [["Measured", ""], *raw["facts"].items(), [
        "libtorch reaches here", f"{2 * machine.products / 1e9:.1f} GFLOP/s in products, "
        f"{machine.bandwidth / 1e9:.1f} GB/s in reads"]]  # fmt: skip
    text = ["## The measurement", table(facts)]
    if figures:
        text += steps_section(figures)
    if "start" in raw:
        text += start_section(raw["start"])
    for place, growth in enumerate(raw.get("growth", [])):
        text += ["## Growth"] if place == 0 else []
        text += growth_section(growth)
    return "\n".join(
        part + "\n" if part.startswith("## ") else part for part in text)  # fmt: skip


def write_markdown(file, text):
    """Puts the report behind the marker in a file; what stands above it stays."""
    file = Path(file)
    above = file.read_text().partition(MARKER)[0] if file.exists() else "# Speed\n\n"
    file.write_text(f"{above.rstrip()}\n\n{MARKER}\n\n{text}")
