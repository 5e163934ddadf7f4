"""A process that compiles cases and runs them: a case name per line in, a JSON result per line out.

It may die of a case; run.py starts another one then. With a seed, what was compiled also runs on
fresh inputs, where onnx.reference says what to expect: nothing of a case's own may be baked in.
With --sanitize, AddressSanitizer watches the code.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import numpy
import onnx

import cases
import distribution
from artifact import PREFIX, Artifact, Failure

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import cpu_classes  # noqa: E402

COMPILE_SECONDS = 60


# The code of a target, and what chooses a variant of it.
VARIANTS = {
    "vulkan": [("BORN_VARIANT", "software"), ("BORN_VARIANT", "generic")],
    # sse4 has to be asked for.
    "cpu": [("BORN_CPU", name) for name in cpu_classes() if name != "sse4"],
}


class Outcome(Exception):
    """How a case ended when it did not pass: (status, reason)."""


def first_error(text):
    """The reason in the messages of bornc: the rows of its table, or the first error."""
    text = re.sub(r"/\S*/", "", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if "error:" in line), 0)
    found = " / ".join(lines[at:at + 4]) if lines else "no message"
    return re.sub(r"\s+", " ", found)[:400]


def compile_case(bornc, case, work, args):
    """Makes work/case.so, or says why not."""
    model = pathlib.Path(case.model) if isinstance(case.model, str) else work / "case.onnx"
    if isinstance(case.model, bytes):
        model.write_bytes(case.model)
    command = [bornc, "--shared", model, "--name", PREFIX, "-o", work / "case.so",
               f"--target={args.target}", *(["--sanitize"] if args.sanitize else [])]
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              errors="replace", timeout=COMPILE_SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        raise Outcome("compile timeout", f"no end within {COMPILE_SECONDS} s") from None
    if done.returncode == 1 and "error:" in done.stderr:
        raise Outcome("refused", first_error(done.stderr))
    if done.returncode:
        raise Outcome("compiler crash", f"exit {done.returncode}: {done.stderr[:300]}")


def inputs_by_name(case):
    model = onnx.load(case.model) if isinstance(case.model, str) else onnx.load_from_string(case.model)
    weights = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input]
    if len(names) != len(case.inputs):
        names = [name for name in names if name not in weights]
    return dict(zip(names, case.inputs))


def compare(case, found, rows, is_random):
    """As onnx.backend.test.runner compares, every output; random ones by type, shape, distribution."""
    for index, (expected, (name, type, shape, _), data) in enumerate(
            zip(case.outputs, rows, found)):
        if type != expected.type or shape != expected.shape:
            raise Outcome("wrong", f"output {index} '{name}': expected type {expected.type} "
                          f"{list(expected.shape)}, found {type} {list(shape)}")
        if is_random:
            continue
        a, b = (cases.to_array(t) for t in (cases.Tensor(type, shape, data), expected))
        rtol = max(case.rtol, 2**-6) if cases.is_bfloat16(expected) else case.rtol
        try:
            with numpy.errstate(all="ignore"):
                numpy.testing.assert_allclose(a, b, rtol=rtol, atol=case.atol)
        except AssertionError as error:
            text = re.sub(r"\s+", " ", str(error))
            raise Outcome("wrong", f"output {index} '{name}': {text[:300]}") from None
    if is_random:
        outputs = [cases.to_array(cases.Tensor(type, shape, data))
                   for (_, type, shape, _), data in zip(rows, found)]
        try:
            distribution.check(case, [cases.to_array(tensor) for tensor in case.inputs], outputs)
        except AssertionError as error:
            raise Outcome("wrong", str(error)) from None


def run_once(artifact, case):
    """Rows and data of the outputs."""
    values, given = inputs_by_name(case), []
    for name, type, shape, size in artifact.tensors("input"):
        value = values.get(name)
        if value is None or value.data is None:
            raise Outcome("no input", f"'{name}' is no tensor of the case")
        if (type, shape, size) != (value.type, value.shape, len(value.data)):
            raise Outcome("wrong", f"input '{name}': the case has type {value.type} "
                          f"{list(value.shape)}, the program {type} {list(shape)}")
        given.append(value.data)
    rows = artifact.tensors("output")
    if len(rows) != len(case.outputs):
        raise Outcome("wrong", f"{len(rows)} outputs, expected {len(case.outputs)}")
    return rows, artifact.run(given, [row[3] for row in rows])


def run_case(case, fresh, work, args, is_random):
    """The case, and the same on fresh inputs unless that is None."""
    os.environ["BORN_MEMORY"] = "poison"  # accesses outside of a tensor show
    # Whole networks run long enough once; test/models runs others in both variants.
    variants = VARIANTS[args.target]
    for setting, variant in variants[:1] if case.suite == "light" else variants:
        os.environ[setting] = variant
        rounds = {variant: case}
        if fresh is not None:
            rounds[f"{variant}, fresh inputs"] = fresh
        try:
            with Artifact(work / "case.so") as artifact:
                found = [run_once(artifact, each) for each in rounds.values()]
        except Failure as error:
            raise Outcome("run error", f"{variant}: {error}") from None
        for (name, each), (rows, data) in zip(rounds.items(), found):
            try:
                compare(each, data, rows, is_random)
            except Outcome as outcome:
                raise Outcome(outcome.args[0], f"{name}: {outcome.args[1]}") from None


def outcome_of(case, fresh, work, args, is_random):
    bornc = args.tree / "bin" / "bornc"
    for file in work.glob("case.*"):
        file.unlink()
    try:
        compile_case(bornc, case, work, args)
        if any(tensor.data is None for tensor in case.outputs):
            return "no output", "an expected output is no tensor"
        run_case(case, fresh, work, args, is_random)
        return "pass", ""
    except Outcome as outcome:
        return outcome.args


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("target", choices=VARIANTS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--sanitize", action="store_true")
    args = parser.parse_args()
    args.tree, work = args.tree.resolve(), args.work.resolve()
    os.environ["BORN_CACHE_DIR"] = ""
    if args.sanitize:  # then a step may touch its own tensors only
        os.environ["BORN_NUM_THREADS"] = "1"
    every, categories = cases.load(work.parent), cases.categories()
    print("ready", flush=True)
    os.environ["BORN_DEVICE"] = "cpu" if args.target == "cpu" else os.environ.get("BORN_DEVICE", "")
    for line in sys.stdin:
        start = time.monotonic()
        case, fresh = every[line.strip()], None
        category = categories[case.name]
        if args.seed is not None and case.suite == "node" and category == "static":
            fresh = cases.refreshed(case, args.seed)
        status, reason = outcome_of(case, fresh, work, args, category == "random")
        seconds = round(time.monotonic() - start, 3)
        print(json.dumps({"status": status, "reason": reason, "seconds": seconds,
                          "fresh": fresh is not None}), flush=True)


if __name__ == "__main__":
    main()
