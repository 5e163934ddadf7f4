#!/usr/bin/env python3
"""Small models in ONNX's text, each one way in which exporters write something.

  check_patterns.py --build TREE --work FOLDER [NAME...]

Every file of patterns/ is compiled, run with every code variant that this machine takes and
compared with ONNX Runtime. Inputs called x, h, c or mask stay inputs; all others become weights.
patterns.json says how many dispatches each may take: fewer is an error too, so that
the file stays true.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import sys

import numpy
import onnx
import onnx.parser

from harness import (EXACT_BYTES, REPO, VARIANTS, Build, Failure, compare, cpu_classes, execute,
                     load_outputs, save_inputs)

FOLDER = REPO / "test" / "models" / "patterns"
INPUTS = ("x", "h", "c", "mask")


def random_value(value, rng):
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
    if dtype != numpy.float32:  # quantised weights, of a few bits
        return rng.integers(-8, 8, shape).astype(dtype)
    scale = 1 if value.name == "x" else 0.3
    return (scale * rng.standard_normal(shape)).astype(dtype)


def build_model(text):
    """The model with its weights, and its inputs."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    model = onnx.parser.parse_model("\n".join(lines))
    rng = numpy.random.default_rng(1)
    inputs, kept = {}, []
    for value in model.graph.input:
        if value.name in INPUTS:
            kept.append(value)
            inputs[value.name] = random_value(value, rng)
        else:
            model.graph.initializer.append(
                onnx.numpy_helper.from_array(random_value(value, rng), value.name))
    del model.graph.input[:]
    model.graph.input.extend(kept)
    return model, inputs


def reference(file, inputs):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry(*EXACT_BYTES)
    # Its optimisations quantise the other operand of a product with quantised weights.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(file), options,
                                           providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


def check(source, build, expected):
    """The number of dispatches; raises Failure."""
    work = build.work / source.stem
    work.mkdir(exist_ok=True)
    model, inputs = build_model(source.read_text())
    file, program, report = work / "model.onnx", work / "program", work / "report.json"
    onnx.save(model, file)
    execute([build.bornc, file, "-o", program, f"--report={report}"])
    wanted = reference(file, inputs)
    flags = save_inputs(inputs, work / "inputs")
    choices = [{"BORN_VARIANT": variant} for variant in VARIANTS]
    choices += [{"BORN_DEVICE": "cpu", "BORN_CPU": name} for name in cpu_classes()
                if name != "sse4"]  # which has to be asked for
    for choice in choices:
        out = work / "_".join(["out", *choice.values()])
        execute([program, *flags, "--output-dir", out], env=build.environment(**choice))
        compare(load_outputs(out), wanted, quiet=True)
    found = sum(len(row["commands"]) for row in json.loads(report.read_text())["programs"])
    if found != expected:
        raise Failure(f"expected {expected} dispatches, found {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    build = Build(arguments.build, arguments.work)
    counts = json.loads((FOLDER / "patterns.json").read_text())
    sources = {file.stem: file for file in sorted(FOLDER.glob("*.onnxtxt"))}
    if unlisted := sources.keys() ^ counts.keys():
        sys.exit(f"FAILED patterns: only a file or only in patterns.json: {sorted(unlisted)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {name: pool.submit(check, sources[name], build, counts[name])
                for name in arguments.names or sources}
        for name, run in runs.items():
            try:
                run.result()
                print(f"{name}: {counts[name]} dispatches")
            except Failure as failure:
                failed += 1
                print(f"FAILED {name}: {failure}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
