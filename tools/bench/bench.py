#!/usr/bin/env python3
"""Measures what bornc makes next to other runtimes, on the models of test/models/models.json
and on single operators.

  tools/setup/python.sh --bench                               once
  .deps/bench/bin/python tools/bench/bench.py [MODEL...] [--peers A,B] [--json FILE]

All peers of a model are prepared, their results compared with ONNX Runtime's on the CPU,
and then timed in rounds, one after the other, so that all see the same machine. What
cannot run a model or computes something else is in the table with the reason, and is
not timed. Numbers are medians of rounds, whose times are medians of runs.
"""
import argparse
import datetime
import json
import pathlib
import statistics
import sys
import tempfile
import time

import operators
import peers as runtimes
from library import NotAble, one_line
from harness import Build, Failure, Model, compare

REPO = runtimes.REPO
REFERENCE = "onnxruntime-cpu"


def prepare(peer, model, build, inputs):
    """What is known before timing; "why" is there if the peer is not to be timed."""
    try:
        row = peer.prepare(model, build)
        start = time.perf_counter()
        row["outputs"] = peer.run(inputs)
        row["first_s"] = time.perf_counter() - start
        return row
    except (NotAble, Failure) as error:
        return {"why": one_line(error)}


def judge(row, reference, rms):
    """Compares the result, which leaves the row, with the reference's."""
    found = row.pop("outputs", None)
    if found is None:
        return
    if reference is None:
        row["why"] = "there is no reference to compare with"
        return
    try:
        compare(found, reference, quiet=True, rms=rms)
    except Failure as failure:
        row["why"] = one_line(f"wrong result: {failure}")


def prepare_all(model, chosen, build, inputs):
    """A row for each peer. Who is wrong may try again in its most exact way."""
    rows = {name: prepare(peer, model, build, inputs) for name, peer in chosen.items()}
    reference = rows[REFERENCE].get("outputs")
    for name, peer in chosen.items():
        judge(rows[name], reference, model.rms)
        careful = getattr(peer, "careful", "")
        if careful and rows[name].get("why", "").startswith("wrong"):
            peer.exact = True
            row = prepare(peer, model, build, inputs)
            judge(row, reference, model.rms)
            peer.exact = False
            if "why" not in row:
                rows[name] = row | {"remark": ", ".join(filter(None, (row.get("remark"), careful)))}
    return rows


def runs_for(peer, seconds):
    """As many runs as take about so long; one run tells how long it takes."""
    milliseconds = peer.time(1)
    least = 2 if milliseconds < 1e3 * seconds else 1
    return max(least, min(200, int(1e3 * seconds / max(milliseconds, 1e-3))))


def measure(model, chosen, build, arguments):
    inputs = model.inputs(1)
    rows = prepare_all(model, chosen, build, inputs)
    able = [name for name, row in rows.items() if "why" not in row]
    times, runs = {name: [] for name in able}, {}
    peaks = []
    for turn in range(arguments.rounds):
        if isinstance(model, operators.Operator):
            peaks.append(model.fma_peak())
        for name in list(able):
            try:
                runs[name] = runs.get(name) or runs_for(chosen[name], arguments.seconds)
                times[name].append(chosen[name].time(runs[name]))
            except (NotAble, Failure) as error:
                rows[name]["why"] = one_line(error)
                able.remove(name)
    for name in able:
        rows[name]["ms"] = {"median": statistics.median(times[name]), "min": min(times[name]),
                            "max": max(times[name]), "runs": runs[name]}
    for peer in chosen.values():
        peer.close()
    measured = {"model": model.name, "peers": rows,
                "shapes": {name: row["shape"] for name, row in model.rows.items()}}
    return measured | ({"fma_gflops": statistics.median(peaks)} if peaks else {})


def cell(row):
    if "ms" not in row:
        return "wrong" if row["why"].startswith("wrong") else "-"
    return "{median:.2f} [{min:.2f} ... {max:.2f}]".format(**row["ms"])


def print_table(results, names):
    table = [("model", *names)]
    table += [(row["model"], *(cell(row["peers"][name]) for name in names)) for row in results]
    widths = [max(map(len, column)) for column in zip(*table)]
    for line in table:
        print("  ".join(text.rjust(width) if i else text.ljust(width)
                        for i, (text, width) in enumerate(zip(line, widths))))
    for row in results:
        for name in names:
            if why := row["peers"][name].get("why"):
                print(f"{row['model']}, {name}: {why}")


def measure_all(arguments, chosen):
    """Models and operators one after the other; writes the JSON after each."""
    found = {"machine": None, "date": datetime.date.today().isoformat(), "note": arguments.note,
             "rounds": arguments.rounds, "results": [], "operators": [],
             "versions": {name: peer.version() for name, peer in chosen.items()}}
    for name in arguments.models:
        print(f"-- {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as work:
            build = Build(arguments.build, work)
            if name in operators.NAMES:
                model = operators.Operator(name, build.work)
                row = measure(model, chosen, build, arguments) | {"flop": model.flop}
                found["operators"].append(row)
            else:
                found["results"].append(measure(Model(name), chosen, build, arguments))
            program = build.work / "bornc-vulkan"
            if found["machine"] is None:
                found["machine"] = runtimes.describe_machine(program, build)
        if arguments.json: # after each model: a long run may be stopped
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return found


def main():
    names = [row["name"] for row in
             json.loads((REPO / "test" / "models" / "models.json").read_text())] + operators.NAMES
    all_peers = runtimes.peers()
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(names)}")
    parser.add_argument("--build", default=REPO / "build", type=pathlib.Path)
    parser.add_argument("--peers", default="bornc-vulkan,onnxruntime-cpu,iree-vulkan",
                        help=f"all, or of {', '.join(all_peers)}; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--seconds", type=float, default=1,
                        help="how long a peer is timed per round; default: 1")
    parser.add_argument("--note", default="", help="what to say about the machine's state")
    parser.add_argument("--json", type=pathlib.Path, help="also write everything here")
    arguments = parser.parse_args()
    if unknown := set(arguments.models) - set(names):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    wanted = list(all_peers) if arguments.peers == "all" else arguments.peers.split(",")
    wanted = list(dict.fromkeys([*wanted, REFERENCE]))
    if unknown := set(wanted) - set(all_peers):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    chosen = {name: all_peers[name] for name in wanted}

    arguments.models = arguments.models or names
    found = measure_all(arguments, chosen)
    print_table(found["results"] + found["operators"], wanted)


if __name__ == "__main__":
    main()
