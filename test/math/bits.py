"""Arithmetic and conversions of emulated types on the device, bit by bit.

Usage: bits.py --build DIR --work DIR [CHECK ...]

Each check is a model of one node, run in both code variants over random and special
values; the result must have the bits that numpy (or ml_dtypes, for types that numpy
lacks) computes. NaN are compared as NaN.
"""

import sys

import ml_dtypes
import numpy as np
from onnx import TensorProto

import one_node

COUNT = 1 << 14
SPECIAL = {
    np.float64: [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.2250738585072014e-308,
                 1.7976931348623157e308, 0.5, 3, 1e16, 4503599627370496.5, 2.5, -2.5],
    np.float32: [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, 1.17549435e-38, 3.4028235e38],
    np.int64: [0, 1, -1, 2, -2, 7, 1 << 32, -(1 << 32), (1 << 63) - 1, -(1 << 63), 65536, 12345678901],
    np.uint64: [1, 2, 7, 10, 1 << 32, (1 << 32) - 1, (1 << 64) - 1, 1 << 63, 12345678901],
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
                yield (f"{name}-to-{np.dtype(to).name}", "Cast", {"to": one_node.TYPES[to]},
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
                attributes = {"to": one_node.TYPES[to]}
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
                           {"to": one_node.TYPES[to]}, x, x[0].astype(np.float32).astype(to))
        halves = [values(rng, np.float16)[:COUNT], rng.permutation(values(rng, np.float16))[:COUNT]]
        for op, function in (("Add", np.add), ("Mul", np.multiply), ("Div", np.divide)):
            yield f"{op}-f16", op, {}, halves, function(*halves)


def check(build, work, name, op, attributes, inputs, expected):
    ok = True
    for variant, actual in one_node.run(build, work, name, op, attributes, inputs, expected):
        with np.errstate(all="ignore"):
            same = one_node.stored(actual) == one_node.stored(expected)
            if expected.dtype.kind not in "iub":
                bits = f"u{expected.dtype.itemsize}"
                nan = np.isnan(expected.astype(np.float32)) & np.isnan(actual.astype(np.float32))
                same = (actual.view(bits) == expected.view(bits)) | nan
        if same.all():
            print(f"{name} {variant}: ok")
            continue
        ok = False
        at = np.flatnonzero(~same)
        shown = ", ".join(repr(x[at[0]]) for x in inputs)
        print(f"{name} {variant}: {at.size} of {same.size} differ; at {shown}: "
              f"{actual[at[0]]!r}, expected {expected[at[0]]!r}")
    return ok


def main():
    options = one_node.options(__doc__, "checks")
    failed = [case[0] for case in checks(np.random.default_rng(20240229))
              if (not options.checks or case[0] in options.checks)
              and not check(options.build, options.work, *case)]
    if failed:
        sys.exit(f"{len(failed)} checks failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
