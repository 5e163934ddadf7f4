#!/usr/bin/env python3
"""Writes docs/benchmarks.md and the table in README.md from docs/benchmarks.json.

  tools/gen_benchmarks.py            writes them
  tools/gen_benchmarks.py --check    fails if one is stale

docs/benchmarks.json is what `tools/bench/bench.py --json` has written.
"""
import argparse
import json
import math
import pathlib
import sys

REPO = pathlib.Path(__file__).resolve().parents[1]
DATA = REPO / "docs" / "benchmarks.json"
PAGE = REPO / "docs" / "benchmarks.md"
README = REPO / "README.md"
BEGIN, END = "<!-- made by tools/gen_benchmarks.py -->", "<!-- end -->"
MAKERS = {"bornc": "bornc", "iree": "IREE", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
DEVICES = {"vulkan": "Vulkan", "cpu": "CPU"}

INTRODUCTION = """\
# Measured

Made by `tools/gen_benchmarks.py` from `benchmarks.json`, which `tools/bench/bench.py` wrote on {date}{note}.

Machine: {cpu}, {cores} cores, {system}. Vulkan device: {device}. {versions}. Milliseconds per inference, results in host
memory: the median of {rounds} rounds, in which all peers took turns, with the fastest and slowest round in brackets. A dash:
it cannot compile or run the model; "wrong": its result is not ONNX Runtime's within `1e-5 max(1, max abs) + 1e-4 abs`;
neither is timed.
"""

AFTER = """\
On a machine without a GPU the Vulkan device is a software rasteriser: it shares the cores with everything else here, and
what it computes goes through the same kernels as on a GPU, with the parameters of the `software` device class. Columns of
CPU runtimes say what native code does on the same cores, not what a GPU would. Every inference of bornc is one queue
submission.
"""


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def cell(row, spread=True):
    if "ms" not in row:
        return "wrong" if row["why"].startswith("wrong") else "-"
    ms = row["ms"]
    text = number(ms["median"])
    return f"{text} [{number(ms['min'])} ... {number(ms['max'])}]" if spread else text


def split(name):
    """(maker, device, threads) of "openvino-cpu-1"; 0 threads: as many as it takes by itself."""
    maker, device = name.split("-", 1)
    device, _, threads = device.partition("-") if device[-1:].isdigit() else (device, "", "0")
    return maker, device, int(threads)


def title(name):
    maker, device, threads = split(name)
    return f"{MAKERS[maker]}, {DEVICES[device]}" + (f", {threads} thread" if threads else "")


def ours(name):
    """Our peer on the same device, with as many threads."""
    _, device, threads = split(name)
    name = "bornc-vulkan" if device == "vulkan" else "bornc-cpu"
    return f"{name}-{threads}" if threads else name


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def ratios(results, other):
    """Our time by the other's on the same device, of each model that both ran."""
    pairs = [(row["peers"].get(ours(other), {}), row["peers"][other]) for row in results]
    return [mine["ms"]["median"] / theirs["ms"]["median"] for mine, theirs in pairs
            if "ms" in mine and "ms" in theirs]


def sentences(data, names):
    text = []
    for name in names:
        if name == ours(name) or not (found := ratios(data["results"], name)):
            continue
        mean = math.exp(sum(map(math.log, found)) / len(found))
        side = f"{1 / mean:.2f} times as fast as" if mean < 1 else f"{mean:.2f} times as slow as"
        slower = sum(value > 1 for value in found)
        text.append(f"- {title(ours(name))}, is {side} {title(name)} (geometric mean of "
                    f"{len(found)} models; slower on {slower})\n")
    return "".join(text)


def shapes(row):
    return ", ".join("x".join(map(str, shape)) or "scalar" for shape in row["shapes"].values())


def page(data):
    names = list(data["versions"])
    versions = ", ".join(f"{title(name)}: {version}" for name, version in data["versions"].items())
    text = INTRODUCTION.format(
        date=data["date"], note=f" ({data['note']})" if data["note"] else "", versions=versions,
        rounds=data["rounds"], **data["machine"])
    rows = [[row["model"], *(cell(row["peers"][name]) for name in names)]
            for row in data["results"]]
    text += "\n" + table(["model", *map(title, names)], rows)
    text += "\n" + sentences(data, names) + "\n" + AFTER + "\n## Compiling with bornc\n\n"
    mine = [name for name in ("bornc-vulkan", "bornc-cpu") if name in names]
    rows = []
    for row in data["results"]:
        made = [row["peers"][name] for name in mine if "compile_s" in row["peers"][name]]
        if len(made) == len(mine):
            sizes = [(one["program_bytes"] - one["weight_bytes"]) / 1000 for one in made]
            rows.append([row["model"], shapes(row), *(f"{one['compile_s']:.2f} s" for one in made),
                         f"{max(one['compile_peak_mib'] for one in made)} MiB",
                         *(f"{size:.0f} KB" for size in sizes)])
    text += table(["model", "inputs", *(f"time, {title(name)[7:]}" for name in mine),
                   "peak memory of bornc",
                   *(f"executable beyond its weights, {title(name)[7:]}" for name in mine)], rows)
    reasons = [f"- {row['model']}, {title(name)}: {row['peers'][name]['why']}\n"
               for row in data["results"] for name in names if "why" in row["peers"][name]]
    if reasons:
        text += "\n## Not timed\n\n" + "".join(reasons)
    return text


def readme(data):
    names = [name for name in data["versions"] if split(name)[2] == 0]
    rows = [[row["model"], *(cell(row["peers"][name], spread=False) for name in names)]
            for row in data["results"]]
    part = table(["ms per inference", *map(title, names)], rows)
    part += f"\nMeasured on {data['date']}" + (f" ({data['note']})" if data["note"] else "") + ".\n"
    old = README.read_text()
    begin, end = old.index(BEGIN) + len(BEGIN), old.index(END)
    return old[:begin] + "\n" + part + old[end:]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    data = json.loads(DATA.read_text())
    stale = []
    for file, text in ((PAGE, page(data)), (README, readme(data))):
        if not arguments.check:
            file.write_text(text)
        elif file.read_text() != text:
            stale.append(f"{file.relative_to(REPO)} is stale: run tools/gen_benchmarks.py")
    if stale:
        sys.exit("\n".join(stale))


if __name__ == "__main__":
    main()
