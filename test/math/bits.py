"""Arithmetic and conversions of emulated types on the device, bit by bit.

Usage: bits.py --build DIR --work DIR [CHECK ...]

Each check is a model of one node, run over random and special values; the result must
have the bits that numpy (or ml_dtypes, for types that numpy lacks) computes. NaN are
compared as NaN.
"""

import argparse
import pathlib
import subprocess
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

COUNT = 1 << 14
SPECIAL = {
    np.float64: [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.2250738585072014e-308,
                 1.7976931348623157e308, 0.5, 3, 1e16, 4503599627370496.5, 2.5, -2.5],
    np.float32: [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, 1.17549435e-38, 3.4028235e38],
    np.int64: [0, 1, -1, 2, -2, 7, 1 << 32, -(1 << 32), (1 << 63) - 1, -(1 << 63), 65536, 12345678901],
    np.uint64: [1, 2, 7, 10, 1 << 32, (1 << 32) - 1, (1 << 64) - 1, 1 << 63, 12345678901],
}
ONNX_TYPES = {
    np.float64: TensorProto.DOUBLE, np.float32: TensorProto.FLOAT, np.float16: TensorProto.FLOAT16,
    np.int64: TensorProto.INT64, np.uint64: TensorProto.UINT64, np.int32: TensorProto.INT32,
    np.bool_: TensorProto.BOOL, ml_dtypes.bfloat16: TensorProto.BFLOAT16,
    ml_dtypes.float8_e4m3fn: TensorProto.FLOAT8E4M3FN,
    ml_dtypes.float8_e4m3fnuz: TensorProto.FLOAT8E4M3FNUZ,
    ml_dtypes.float8_e5m2: TensorProto.FLOAT8E5M2,
    ml_dtypes.float8_e5m2fnuz: TensorProto.FLOAT8E5M2FNUZ,
}


def values(rng, dtype):
    """Random bits, numbers of similar size, and special ones."""
    size = np.dtype(dtype).itemsize
    bits = np.frombuffer(rng.bytes(COUNT * size), dtype)
    if dtype in (np.float64, np.float32):
        near = (rng.normal(size=COUNT) * 100).astype(dtype)
    elif size >= 4:
        near = rng.integers(1, 1000, COUNT).astype(dtype)
    else: # all there are
        near = np.arange(1 << (8 * size), dtype=f"u{size}").view(dtype)
    return np.concatenate([bits, near, np.array(SPECIAL.get(dtype, []), dtype)])


def pairs(rng, dtype):
    special = np.array(SPECIAL[dtype], dtype)
    first, second = (a.ravel() for a in np.meshgrid(special, special))
    x, y = values(rng, dtype), rng.permutation(values(rng, dtype))
    return [np.concatenate([x, first]), np.concatenate([y, second])]


def truncated(a, b):
    """Integers as C divides them."""
    quotient = np.abs(a.astype(object)) // np.abs(b.astype(object))
    return np.where((a < 0) != (b < 0), -quotient, quotient)


def wrapped(numbers, dtype):
    mask = (1 << (8 * np.dtype(dtype).itemsize)) - 1
    return np.array([int(n) & mask for n in numbers], np.uint64).astype(f"u{np.dtype(dtype).itemsize}").view(dtype)


def nonzero(arrays):
    x, y = arrays
    keep = y != 0
    return [x[keep], y[keep]]


def checks(rng):
    """name: operator, attributes, inputs, expected output."""
    doubles = pairs(rng, np.float64)
    with np.errstate(all="ignore"):
        for op, function in (("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply),
                             ("Div", np.divide), ("Less", np.less), ("Equal", np.equal),
                             ("LessOrEqual", np.less_equal)):
            yield f"{op}-f64", op, {}, doubles, function(*doubles)
        # Of zeros of both signs numpy takes any.
        some = [np.where(doubles[0] == 0, 1.0, doubles[0]), doubles[1]]
        yield "Max-f64", "Max", {}, some, np.maximum(*some)
        yield "Mod-f64", "Mod", {"fmod": 1}, doubles, np.fmod(*doubles)
        for op, function in (("Sqrt", np.sqrt), ("Floor", np.floor), ("Ceil", np.ceil),
                             ("Round", np.rint), ("Abs", np.abs)):
            yield f"{op}-f64", op, {}, doubles[:1], function(doubles[0])
        for dtype, signed in ((np.int64, True), (np.uint64, False)):
            integers = nonzero(pairs(rng, dtype))
            name = np.dtype(dtype).name
            quotient = wrapped(truncated(*integers), dtype)
            yield f"Div-{name}", "Div", {}, integers, quotient
            yield f"Mod-{name}", "Mod", {"fmod": 1 if signed else 0}, integers, wrapped(
                [int(a) - int(q) * int(b) for a, b, q in
                 zip(*integers, truncated(*integers))], dtype)
            yield f"Mul-{name}", "Mul", {}, integers, integers[0] * integers[1]
            for to in (np.float32, np.float64):
                yield (f"{name}-to-{np.dtype(to).name}", "Cast", {"to": ONNX_TYPES[to]},
                       integers[:1], integers[0].astype(to))
        for start in (np.float64, np.float32):
            x = [values(rng, start)]
            for to in (np.float64, np.float32, np.float16, ml_dtypes.bfloat16,
                       ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e4m3fnuz, ml_dtypes.float8_e5m2,
                       ml_dtypes.float8_e5m2fnuz):
                if start == to:
                    continue
                # ml_dtypes goes through f32, and rounds twice: so does its answer here.
                if start == np.float64 and to not in (np.float32, np.float16):
                    continue
                expected = x[0].astype(to)
                attributes = {"to": ONNX_TYPES[to]}
                if np.dtype(to).itemsize == 1:
                    attributes["saturate"] = 0
                yield (f"{np.dtype(start).name}-to-{np.dtype(to).name}", "Cast", attributes, x,
                       expected)
        whole = [rng.normal(size=COUNT) * 10.0 ** rng.integers(0, 18, COUNT)]
        yield "float64-to-int64", "Cast", {"to": TensorProto.INT64}, whole, whole[0].astype(np.int64)
        for start in (np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn,
                      ml_dtypes.float8_e4m3fnuz, ml_dtypes.float8_e5m2, ml_dtypes.float8_e5m2fnuz):
            x = [values(rng, start)]
            for to in (np.float32, np.float64, np.float16):
                if start != to:
                    yield (f"{np.dtype(start).name}-to-{np.dtype(to).name}", "Cast",
                           {"to": ONNX_TYPES[to]}, x, x[0].astype(np.float32).astype(to))
        halves = [values(rng, np.float16)[:COUNT], rng.permutation(values(rng, np.float16))[:COUNT]]
        for op, function in (("Add", np.add), ("Mul", np.multiply), ("Div", np.divide)):
            yield f"{op}-f16", op, {}, halves, function(*halves)


def stored(array):
    """As the program reads and writes it: raw unsigned integers where numpy lacks the type."""
    if array.dtype.type in (np.float64, np.float32, np.float16) or array.dtype.kind in "iub":
        return array
    return array.view(f"u{array.dtype.itemsize}")


def run(build, work, name, op, attributes, inputs, expected):
    names = [f"x{i}" for i in range(len(inputs))]
    info = lambda n, a: helper.make_tensor_value_info(n, ONNX_TYPES[a.dtype.type], a.shape)
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
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return np.load(work / f"{name}.out/output_0.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("checks", nargs="*", help="all without")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, op, attributes, inputs, expected in checks(np.random.default_rng(20240229)):
        if options.checks and name not in options.checks:
            continue
        actual = run(options.build, options.work, name, op, attributes, inputs, expected)
        actual = actual.view(expected.dtype)
        with np.errstate(all="ignore"):
            same = stored(actual) == stored(expected)
            if expected.dtype.kind not in "iub":
                bits = f"u{expected.dtype.itemsize}"
                nan = np.isnan(expected.astype(np.float32)) & np.isnan(actual.astype(np.float32))
                same = (actual.view(bits) == expected.view(bits)) | nan
        if not same.all():
            failed.append(name)
            at = np.flatnonzero(~same)
            shown = ", ".join(repr(x[at[0]]) for x in inputs)
            print(f"{name}: {at.size} of {same.size} differ; at {shown}: {actual[at[0]]!r}, "
                  f"expected {expected[at[0]]!r}")
        else:
            print(f"{name}: ok")
    if failed:
        sys.exit(f"{len(failed)} checks failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
