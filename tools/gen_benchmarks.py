#!/usr/bin/env python3
"""Writes docs/benchmarks.md and .svg and the table in README.md from docs/benchmarks.json, and
the same pages of other machines from docs/benchmarks-MACHINE.json.

  tools/gen_benchmarks.py            writes them
  tools/gen_benchmarks.py --check    fails if one is stale

The JSON is what `tools/bench/bench.py --json` has written.
"""
import argparse
import json
import pathlib
import sys
import textwrap

REPO = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(REPO / "tools" / "bench"))
import plot  # noqa: E402
from results import (  # noqa: E402
    GROUPS, best, group, maker, mean, median, ours, ratios, title)

DATA = REPO / "docs" / "benchmarks.json"
README = REPO / "README.md"
BEGIN, END = "<!-- made by tools/gen_benchmarks.py -->", "<!-- end -->"
ALT = "Time per inference of all peers relative to bornc, per model"

INTRODUCTION = """\
# Measured

{origin}

{machine}

Milliseconds per inference, results in host memory: the median of {rounds} rounds, in which all peers took turns, with the
fastest and slowest round in brackets. Bold: the fastest of the row. A dash: it cannot compile or run the model; "wrong":
its result is not ONNX Runtime's within `1e-5 max(1, max abs) + 1e-4 abs`, or as far as `test/models/models.json` says;
neither is timed nor counted. A star: see "Not quite as the others".
"""

ORIGIN = ("Made by `tools/gen_benchmarks.py` from `{file}`, which `tools/bench/bench.py` "
          "wrote on {date}{note}.")

AFTER = """\
On a machine without a GPU the Vulkan device is a software rasteriser: it shares the cores with everything else here, and
what it computes goes through the same kernels as on a GPU, with the parameters of the `software` device class. Columns of
CPU runtimes say what native code does on the same cores, not what a GPU would. Every inference of bornc is one queue
submission.
"""

OPERATORS = """
## Single operators

One operator in f32, its weights constants: milliseconds, and GFLOP/s of what it takes by its definition (Winograd's
convolutions take less). Fused multiply-adds on registers alone reached {peaks} GFLOP/s on one core between the same
rounds, the best of several loops that `tools/bench/fma_peak.c` has; per cent are of that.
"""


def paragraph(text):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def note(data):
    return f" ({data['note']})" if data["note"] else ""


def number(value):
    digits = 3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def cell(row, spread=True):
    if "ms" not in row:
        return "wrong" if row.get("why", "").startswith("wrong") else "-"
    ms = row["ms"]
    text = number(ms["median"]) + ("\\*" if "remark" in row else "")
    return f"{text} [{number(ms['min'])} ... {number(ms['max'])}]" if spread else text


def cells(row, names, spread=True):
    """A table's cells, the fastest one bold."""
    times = [time for name in names if (time := median(row, name))]
    texts = [cell(row["peers"].get(name, {}), spread) for name in names]
    return [f"**{text}**" if times and median(row, name) == min(times) and len(times) > 1 else text
            for name, text in zip(names, texts)]


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def counted(models):
    return f"{len(models)} model{'s' if len(models) != 1 else ''}"


def against(rows, name):
    """Our mean ratio to a peer on the same device, as a line."""
    found = ratios(rows, name)
    if not found:
        return ""
    side = "fast" if mean(found) > 1 else "slow"
    times = max(mean(found), 1 / mean(found))
    slower = sum(value < 1 for value in found)
    return (f"- {title(ours(name))}, is {times:.2f} times as {side} as {title(name)} (geometric "
            f"mean of {counted(found)}; slower on {slower})\n")


def against_best(rows, names):
    """The same for the fastest peer of each model, with the models where that is not us."""
    found = [(*pair, row["model"]) for row in rows if (pair := best(row, names))]
    if not found:
        return ""
    overall = mean([value for value, _, _ in found])
    side = f"{overall:.2f} times as fast" if overall >= 1 else f"{1 / overall:.2f} times as slow"
    slower = [f"{model} ({maker(name)} takes {value:.2f} of our time)"
              for value, name, model in sorted(found) if value < 1]
    return (f"- {title(ours(names[0]))}, is {side} as the fastest right peer of each model "
            f"(geometric mean of {counted(found)}); slower on "
            f"{len(slower)}{': ' if slower else ''}{', '.join(slower)}\n")


def shapes(row):
    return ", ".join("x".join(map(str, shape)) or "scalar" for shape in row["shapes"].values())


def times(data):
    """A section for each group of peers: the times and what they amount to."""
    text = ""
    for key, heading in GROUPS.items():
        if not (names := group(data, key)):
            continue
        rows = [[row["model"], *cells(row, names)] for row in data["results"]]
        text += f"\n## {heading}\n\n" + table(["model", *map(maker, names)], rows)
        text += "\n" + against_best(data["results"], names)
        text += "".join(against(data["results"], name) for name in names if name != ours(name))
    return text


def operators(data):
    """A table per group: single operators, ours also relative to what a core can do."""
    if not (rows := data.get("operators")):
        return ""
    peaks = [f"{row['fma_gflops']:.0f}" for row in rows]
    text = OPERATORS.format(peaks=", ".join(dict.fromkeys(peaks)))
    for key, heading in GROUPS.items():
        names = group(data, key)

        def rate(row, name, text):
            if not (ms := median(row, name)):
                return text
            speed = row["flop"] / ms / 1e6
            share = f" ({100 * speed / row['fma_gflops']:.0f} %)" if name == "bornc-cpu-1" else ""
            return f"{text}, {speed:.0f}{share}"

        lines = [[row["model"], *(rate(row, name, one) for name, one in
                                  zip(names, cells(row, names, spread=False)))] for row in rows]
        if names:
            text += "\n" + table([heading, *map(maker, names)], lines)
    return text


def compiling(data):
    mine = [name for name in ("bornc-vulkan", "bornc-cpu") if name in data["versions"]]
    rows = []
    for row in data["results"]:
        made = [row["peers"][name] for name in mine if "compile_s" in row["peers"][name]]
        if len(made) == len(mine):
            sizes = [(one["program_bytes"] - one["weight_bytes"]) / 1000 for one in made]
            rows.append([row["model"], shapes(row), *(f"{one['compile_s']:.2f} s" for one in made),
                         f"{max(one['compile_peak_mib'] for one in made)} MiB",
                         *(f"{size:.0f} KB" for size in sizes)])
    return "\n## Compiling with bornc\n\n" + table(
        ["model", "inputs", *(f"time, {title(name)[7:]}" for name in mine), "peak memory of bornc",
         *(f"executable beyond its weights, {title(name)[7:]}" for name in mine)], rows)


def said(data, key):
    """What is to be said about rows, one line for all peers of which it is the same."""
    lines = {}
    for row in [*data["results"], *data.get("operators", [])]:
        for name, found in row["peers"].items():
            if key in found:
                lines.setdefault((row["model"], found[key]), []).append(title(name))
    return "".join(f"- {model}, {'; '.join(names)}: {text}\n"
                   for (model, text), names in lines.items())


def machine(data):
    """The machine, and its Vulkan device if something ran there."""
    known = data["machine"]
    code = f", which takes code for {known['code']}" if "code" in known else ""
    text = f"Machine: {known['cpu']}, {known['cores']} cores{code}, {known['system']}."
    vulkan = any(name.endswith("-vulkan") for name in data["versions"])
    return text + (f" Vulkan device: {known['device']}." if vulkan else "")


def page(file, data):
    origin = paragraph(ORIGIN.format(file=file.name, date=data["date"], note=note(data)))
    text = INTRODUCTION.format(origin=origin, machine=machine(data), rounds=data["rounds"])
    versions = {}
    for name, version in data["versions"].items():
        versions.setdefault((maker(name), version), name)
    text += "\n" + table(["runtime", "version"], map(list, versions))
    text += f"\n![{ALT}]({file.stem}.svg)\n" + times(data)
    if group(data, ("vulkan", 0)):
        text += "\n" + AFTER
    text += operators(data) + compiling(data)
    if remarks := said(data, "remark"):
        text += "\n## Not quite as the others\n\n" + remarks
    if reasons := said(data, "why"):
        text += "\n## Not timed\n\n" + reasons
    return text


def readme(data):
    groups = [(heading.split(",")[0], group(data, key)) for key, heading in GROUPS.items()
              if key[1] == 0]
    header = [f"{heading}: {maker(name)}" if i == 0 else maker(name)
              for heading, names in groups for i, name in enumerate(names)]
    rows = [[row["model"], *(one for _, names in groups for one in cells(row, names, spread=False))]
            for row in data["results"]]
    part = f"![{ALT}](docs/benchmarks.svg)\n\n" + table(["ms per inference", *header], rows) + "\n"
    part += "".join(against_best(data["results"], group(data, key)) for key in GROUPS)
    part += "\n" + paragraph(
        f"Measured on {data['date']}{note(data)}. Bold: the fastest on the device. A dash: it cannot "
        "run the model; wrong: its result is. A star: not quite as the others, `docs/benchmarks.md` "
        "says how.") + "\n"
    old = README.read_text()
    begin, end = old.index(BEGIN) + len(BEGIN), old.index(END)
    return old[:begin] + "\n" + part + old[end:]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    wanted = {README: readme(json.loads(DATA.read_text()))}
    for source in [DATA, *sorted(DATA.parent.glob("benchmarks-*.json"))]:
        data = json.loads(source.read_text())
        wanted[source.with_suffix(".md")] = page(source, data)
        wanted[source.with_suffix(".svg")] = plot.svg(data)
    stale = []
    for file, text in wanted.items():
        if not arguments.check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            stale.append(f"{file.relative_to(REPO)} is stale: run tools/gen_benchmarks.py")
    if stale:
        sys.exit("\n".join(stale))


if __name__ == "__main__":
    main()
