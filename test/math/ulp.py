"""Elementary functions on the device against the C library's long double.

Usage: ulp.py --build DIR --work DIR [FUNCTION ...]

Per function a model of one node is compiled and run, in both code variants, over
every exponent, random bits, the neighbourhoods of what is special for it, and large
arguments; the error in units of the last place must not pass the function's bound,
and what is infinite, NaN or a signed zero must be exactly that.
"""

import ctypes
import ctypes.util
import sys

import numpy as np

import one_node

LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
COUNT = 1 << 16

# ONNX operator: what computes it in the C library, interesting arguments.
UNARY = {
    "Acos": ("acosl", [-1, 1, 0.5, -0.5, 0]),
    "Acosh": ("acoshl", [1, 2, 1e4]),
    "Asin": ("asinl", [-1, 1, 0.5, -0.5, 0]),
    "Asinh": ("asinhl", [0, 1, 1e-4, 1e4]),
    "Atan": ("atanl", [0, 1, -1]),
    "Atanh": ("atanhl", [-1, 1, 1e-4, 0.5]),
    "Cos": ("cosl", [0, np.pi / 4, np.pi / 2, np.pi, 1e5, 1e30]),
    "Cosh": ("coshl", [0, 1, 89.4, -89.4]),
    "Erf": ("erfl", [0, 0.75, -0.75, 3.9, 4]),
    "Exp": ("expl", [0, 88.7, -87.3, -103.9, 1]),
    "Log": ("logl", [0, 1, 0.7, 1.4]),
    "Sin": ("sinl", [0, np.pi / 4, np.pi / 2, np.pi, 1e5, 1e30]),
    "Sinh": ("sinhl", [0, 1, 89.4, -89.4]),
    "Sqrt": ("sqrtl", [0, 1]),
    "Tan": ("tanl", [0, np.pi / 4, np.pi / 2, np.pi, 1e5, 1e30]),
    "Tanh": ("tanhl", [0, 0.625, 9, 10]),
}
LONG = np.longdouble


def libm(name, *arrays):
    function = getattr(LIBM, name)
    function.restype = ctypes.c_longdouble
    function.argtypes = [ctypes.c_longdouble] * len(arrays)
    # A Python float holds an argument of 64 bits; the result comes back as one too, so
    # the rounding error of 2^-53 is far below what is measured for f32.
    return np.fromiter((function(*map(float, x)) for x in zip(*arrays)), np.float64)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


# Operators that are compositions, in float64.
COMPOSED = {
    "Sigmoid": sigmoid,
    "Softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


def arguments(rng, special):
    """Every exponent, random bits, neighbours of special values, a dense range."""
    parts = [rng.integers(0, 1 << 32, COUNT, dtype=np.uint32).view(np.float32)]
    exponents = np.repeat(np.arange(256, dtype=np.uint32) << 23, 64)
    parts.append((exponents | rng.integers(0, 1 << 23, exponents.size, dtype=np.uint32) |
                  (rng.integers(0, 2, exponents.size, dtype=np.uint32) << 31)).view(np.float32))
    for value in special:
        centre = np.float32(value).view(np.int32).astype(np.int64)
        near = np.clip(centre + np.arange(-300, 300), -(1 << 31), (1 << 31) - 1)
        parts.append(near.astype(np.int32).view(np.float32))
    for limit in (1, 4, 20, 110):
        parts.append(rng.uniform(-limit, limit, COUNT).astype(np.float32))
    parts.append(np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.1754944e-38,
                           3.4028235e38, -3.4028235e38], np.float32))
    x = np.concatenate(parts)
    return np.resize(x, (x.size + 3) // 4 * 4)


def powers(rng):
    """Pairs whose power is neither 0 nor infinity for the most part, and all special ones."""
    base = np.exp2(rng.uniform(-126, 127, COUNT)).astype(np.float32)
    exponent = (rng.uniform(-150, 130, COUNT) / np.log2(base.astype(np.float64))).astype(np.float32)
    near = (1 + rng.uniform(-1e-3, 1e-3, COUNT)).astype(np.float32)
    special = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 0.5, -0.5, 2, -2, 3, -3, 4, 1e-45,
                        -1e-45, 1e30, -1e30, 16777215, -16777215, 16777216], np.float32)
    first, second = np.meshgrid(special, special)
    whole = rng.integers(-30, 30, COUNT).astype(np.float32)
    x = np.concatenate([base, near, first.ravel(), -np.abs(near), rng.normal(size=COUNT)])
    y = np.concatenate([exponent, rng.uniform(-8e4, 8e4, COUNT), second.ravel(), whole, whole])
    return [a.astype(np.float32)[: x.size // 4 * 4] for a in (x, y)]


def remainders(rng):
    pairs = [rng.integers(0, 1 << 32, COUNT, dtype=np.uint32).view(np.float32) for _ in range(2)]
    near = [rng.normal(size=COUNT).astype(np.float32) * s for s in (100, 3)]
    special = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, 3e-45, 1e-38, 3e38],
                       np.float32)
    corners = [a.ravel() for a in np.meshgrid(special, special)]
    x, y = (np.concatenate(p) for p in zip(pairs, near, corners))
    return [a[: x.size // 4 * 4] for a in (x, y)]


def errors(actual, exact):
    """In ULP of the exact value; infinite where the kind of value is wrong."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
        _, exponent = np.frexp(np.where(np.isfinite(exact) & (exact != 0), exact, 1))
        ulp = np.ldexp(1.0, np.maximum(exponent - 24, -149))
        error = np.abs(actual.astype(np.float64) - exact) / ulp
    same = (actual == rounded) | (np.isnan(actual) & np.isnan(rounded))
    error = np.where(same, np.where(np.isfinite(rounded), error, 0), error)
    error[np.isnan(error)] = np.inf
    # The largest numbers may round to infinity, and the other way round.
    largest = (np.abs(exact) > 3.4028230e38) & (np.abs(actual) > 3.4028230e38)
    error[largest & ~same & (np.signbit(actual) == np.signbit(exact))] = 1
    error[(exact == 0) & (np.signbit(actual) != np.signbit(exact)) & ~np.isnan(actual)] = np.inf
    return error


def check(build, work, op, rng):
    attributes, bound = {}, 2.0
    with np.errstate(all="ignore"):
        if op == "Pow":
            inputs = powers(rng)
            exact = libm("powl", *inputs)
        elif op == "Mod":
            inputs, attributes, bound = remainders(rng), {"fmod": 1}, 0.0
            exact = libm("fmodl", *inputs)
        elif op in COMPOSED:
            inputs = [arguments(rng, [0, 1, -88.7, 88.7, -100])]
            exact, bound = COMPOSED[op](inputs[0].astype(np.float64)), 3.0
        else:
            name, special = UNARY[op]
            inputs = [arguments(rng, special)]
            exact = libm(name, inputs[0])
        expected = exact.astype(np.float32)
    ok = True
    for variant, actual in one_node.run(build, work, op, op, attributes, inputs, expected):
        error = errors(actual, exact)
        worst = np.argmax(error)
        at = ", ".join(f"{x[worst]!r}" for x in inputs)
        verdict = "ok" if error[worst] <= bound else f"FAILED, {np.sum(error > bound)} times"
        print(f"{op:9} {variant:9} {error[worst]:8.3f} ULP at {at}: {actual[worst]!r}, "
              f"exact {exact[worst]!r}  {verdict}")
        ok &= bool(error[worst] <= bound)
    return ok


def main():
    options = one_node.options(__doc__, "functions")
    rng = np.random.default_rng(20240229)
    names = options.functions or [*UNARY, *COMPOSED, "Pow", "Mod"]
    results = [check(options.build, options.work, op, rng) for op in names]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
