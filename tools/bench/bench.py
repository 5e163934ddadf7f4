#!/usr/bin/env python3
"""Measures bornc and what it makes, on the models of test/models/models.json.

  .deps/venv/bin/python tools/bench/bench.py [MODEL...] [--ort] [--json FILE]

Per model: time and peak memory of a compilation, bytes of the executable beyond
its weights, time from start to first result, and the time of an inference. With
--ort the inferences alternate with ONNX Runtime's CPU provider in rounds, so
that both see the same machine. Numbers are medians, [min ... max] of the rounds.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "test" / "models"))
from harness import Build, Model, execute, save_inputs  # noqa: E402


def compile_once(command):
    """Seconds, and the peak resident memory of bornc itself in MiB.

    The kernel keeps the peak per process; the last reading before the end counts.
    What the C++ compiler that bornc calls needs is not in it.
    """
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak, *map(int, re.findall(r"VmHWM:\s*(\d+)", status))])
        except OSError:
            break
        time.sleep(0.005)
    if process.wait():
        sys.exit(f"error: {' '.join(map(str, command))}: exit code {process.returncode}")
    return time.perf_counter() - start, peak / 1024


def time_onnxruntime(model, inputs, threads):
    """A function that runs it once and returns milliseconds."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model.file), options,
                                           providers=["CPUExecutionProvider"])

    def run():
        start = time.perf_counter()
        session.run(None, inputs)
        return 1e3 * (time.perf_counter() - start)

    for _ in range(3):
        run()
    return run


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(model, build, arguments):
    program = build.work / "program"
    command = [build.bornc, model.file, *model.shape_flags(), "-o", program]
    compilations = [compile_once(command) for _ in range(arguments.rounds)]

    environment = build.environment()
    inputs = model.inputs(1)
    flags = save_inputs(inputs, build.work / "inputs")
    first = []
    for _ in range(arguments.rounds + 1):
        start = time.perf_counter()
        execute([program, *flags, "--output-dir", build.work / "out"], env=environment)
        first.append(time.perf_counter() - start)

    weights = re.search(r"weights: (\d+) bytes", execute([program, "--info"], env=environment))
    ort = time_onnxruntime(model, inputs, arguments.threads) if arguments.ort else None
    ours, theirs, last = [], [], {}
    for _ in range(arguments.rounds):
        out = execute([program, *flags, f"--bench={arguments.runs}", "--json"], env=environment)
        last = json.loads(out)
        ours.append(last["median_ms"])
        if ort:
            theirs.append(statistics.median(ort() for _ in range(arguments.runs)))
    result = {
        "model": model.name,
        "shapes": {name: row["shape"] for name, row in model.rows.items()},
        "model_bytes": model.file.stat().st_size,
        "compile_s": spread([seconds for seconds, _ in compilations]),
        "compile_peak_mib": max(peak for _, peak in compilations),
        "program_bytes": program.stat().st_size,
        "weight_bytes": int(weights[1]) if weights else None,
        "cold_start_s": first[0],
        "warm_start_s": spread(first[1:]),
        "inference_ms": spread(ours),
        "gpu_ms": last["gpu_ms"],
        "host_us": last["host_us"],
        "submissions": last["submissions"],
    }
    if ort:
        result["onnxruntime_cpu_ms"] = spread(theirs)
    return result


def describe_machine(build):
    """The machine and the device, so that numbers are not compared across them."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPO,
                            capture_output=True, text=True).stdout.strip()
    devices = execute([build.work / "program", "--list-devices"], env=build.environment())
    device = re.search(r"^\* \d+: (.*)", devices, re.MULTILINE)
    return {"cpu": cpu[1] if cpu else "unknown", "cores": os.cpu_count(), "commit": commit,
            "device": device[1] if device else "none"}


COLUMNS = (
    ("compile s", lambda r: f"{r['compile_s']['median']:.2f}"),
    ("peak MiB", lambda r: f"{r['compile_peak_mib']:.0f}"),
    ("beyond weights KB", lambda r: "?" if r["weight_bytes"] is None else
     f"{(r['program_bytes'] - r['weight_bytes']) / 1000:.0f}"),
    ("start s", lambda r: f"{r['warm_start_s']['median']:.2f}"),
    ("run ms", lambda r: "{median:.2f} [{min:.2f} ... {max:.2f}]".format(**r["inference_ms"])),
    ("submissions", lambda r: f"{r['submissions']:g}"),
    ("ORT CPU ms", lambda r: "{median:.2f} [{min:.2f} ... {max:.2f}]".format(
        **r["onnxruntime_cpu_ms"]) if "onnxruntime_cpu_ms" in r else "-"),
)


def print_table(results):
    rows = [("model", *(title for title, _ in COLUMNS))]
    rows += [(r["model"], *(text(r) for _, text in COLUMNS)) for r in results]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.rjust(width) if i else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def main():
    names = [row["name"] for row in
             json.loads((REPO / "test" / "models" / "models.json").read_text())]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(names)}")
    parser.add_argument("--build", default=REPO / "build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--runs", type=int, default=20, help="inferences per round; default: 20")
    parser.add_argument("--ort", action="store_true", help="alternate with ONNX Runtime on the CPU")
    parser.add_argument("--threads", type=int, default=0, help="ONNX Runtime's; default: its own")
    parser.add_argument("--json", type=pathlib.Path, help="also write everything here")
    arguments = parser.parse_args()
    if unknown := set(arguments.models) - set(names):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")

    results = []
    with tempfile.TemporaryDirectory() as work:
        build = Build(arguments.build, work)
        for name in arguments.models or names:
            print(f"-- {name}", file=sys.stderr, flush=True)
            results.append(measure(Model(name), build, arguments))
        machine = describe_machine(build)
    print("{cpu}, {cores} cores; {device}; commit {commit}".format(**machine))
    print(f"{arguments.rounds} rounds of {arguments.runs} runs; "
          "start: process start to written outputs, with the driver's cache warm")
    print_table(results)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "rounds": arguments.rounds,
                                              "runs": arguments.runs, "results": results},
                                             indent=2) + "\n")


if __name__ == "__main__":
    main()
