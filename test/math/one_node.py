"""Models of one node: made, compiled, and run in both code variants."""

import argparse
import os
import pathlib
import subprocess

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

TYPES = {
    np.float64: TensorProto.DOUBLE, np.float32: TensorProto.FLOAT, np.float16: TensorProto.FLOAT16,
    np.int64: TensorProto.INT64, np.uint64: TensorProto.UINT64, np.int32: TensorProto.INT32,
    np.bool_: TensorProto.BOOL, ml_dtypes.bfloat16: TensorProto.BFLOAT16,
    ml_dtypes.float8_e4m3fn: TensorProto.FLOAT8E4M3FN,
    ml_dtypes.float8_e4m3fnuz: TensorProto.FLOAT8E4M3FNUZ,
    ml_dtypes.float8_e5m2: TensorProto.FLOAT8E5M2,
    ml_dtypes.float8_e5m2fnuz: TensorProto.FLOAT8E5M2FNUZ,
}


def stored(array):
    """As the program reads and writes it: raw unsigned integers where numpy lacks the type."""
    if array.dtype.type in (np.float64, np.float32, np.float16) or array.dtype.kind in "iub":
        return array
    return array.view(f"u{array.dtype.itemsize}")


def run(build, work, name, op, attributes, inputs, expected):
    """Yields each variant and what it computes, in the type and shape of `expected`."""
    names = [f"x{i}" for i in range(len(inputs))]
    info = lambda n, a: helper.make_tensor_value_info(n, TYPES[a.dtype.type], a.shape)
    graph = helper.make_graph([helper.make_node(op, names, ["y"], **attributes)], "g",
                              [info(n, a) for n, a in zip(names, inputs)], [info("y", expected)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)])
    model.ir_version = 11
    path = work / f"{name}.onnx"
    onnx.save(model, path)
    subprocess.run([build / "bin/bornc", path, "-o", work / name], check=True)
    command = [work / name, "--output-dir", work / f"{name}.out"]
    for n, array in zip(names, inputs):
        np.save(work / f"{name}.{n}.npy", stored(array))
        command += ["--input", f"{n}={work / f'{name}.{n}.npy'}"]
    for variant in ("software", "generic"):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "BORN_VARIANT": variant})
        yield variant, np.load(work / f"{name}.out/output_0.npy").view(expected.dtype)


def options(description, selection):
    """The command line: a build, a folder to work in, and which checks to make."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument(selection, nargs="*", help="all without")
    parsed = parser.parse_args()
    parsed.work.mkdir(parents=True, exist_ok=True)
    return parsed
