"""Elementary functions of f64 on the device against the C library's long double.

Usage: ulp64.py --build DIR --work DIR [FUNCTION ...]

As ulp.py does for f32; numbers of 64 bits stand for the exact values, so that what is measured
is off by at most 0.001 ULP.
"""

import ctypes
import subprocess
import sys

import numpy as np

import one_node

COUNT = 1 << 12
BOUND = 2.0
# ONNX operator: the C library's function, exponents of its arguments, interesting arguments.
FUNCTIONS = {
    "Acos": ("acosl", (-60, 0), [-1, 1, 0.5, -0.5, 0]),
    "Acosh": ("acoshl", (0, 1023), [1, 2, 2.0**28]),
    "Asin": ("asinl", (-1074, 0), [-1, 1, 0.5, -0.5, 0]),
    "Asinh": ("asinhl", (-1074, 1023), [0, 1, 2.0**-28, 2.0**28]),
    "Atan": ("atanl", (-1074, 1023), [0, 0.4375, 0.6875, 1.1875, 2.4375]),
    "Atanh": ("atanhl", (-1074, 0), [-1, 1, 2.0**-28, 0.5]),
    "Cos": ("cosl", (-60, 1023), [0, np.pi / 4, np.pi / 2, np.pi, 1e22]),
    "Cosh": ("coshl", (-60, 9), [0, 0.3466, 710, -710]),
    "Erf": ("erfl", (-1074, 3), [0, 0.84, -0.84, 2, 6]),
    "Exp": ("expl", (-60, 9), [0, 709.7, -708.3, -745, 1]),
    "Log": ("logl", (-1074, 1023), [0, 1, 0.7, 1.4]),
    "Sin": ("sinl", (-1074, 1023), [0, np.pi / 4, np.pi / 2, np.pi, 1e22]),
    "Sinh": ("sinhl", (-1074, 9), [0, 1, 22, 710, -710]),
    "Sqrt": ("sqrtl", (-1074, 1023), [0, 1]),
    "Tan": ("tanl", (-1074, 1023), [0, np.pi / 4, np.pi / 2, np.pi, 1e22]),
    "Tanh": ("tanhl", (-1074, 5), [0, 0.625, 22]),
}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308]
LOOP = """
void apply(long double (*f)(long double), const double *x, long double *y, long n) {
  for (long i = 0; i < n; ++i)
    y[i] = f(x[i]);
}
"""


def library(work):
    """A loop over an array: ctypes itself would round each result to 53 bits."""
    source = work / "apply.c"
    source.write_text(LOOP)
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", source, "-o", work / "apply.so"], check=True)
    return ctypes.CDLL(work / "apply.so")


def exact(loop, name, x):
    y = np.empty(x.size, np.longdouble)
    function = ctypes.cast(getattr(ctypes.CDLL("libm.so.6"), name), ctypes.c_void_p)
    pointer = lambda array: ctypes.c_void_p(array.ctypes.data)
    loop.apply(function, pointer(x), pointer(y), ctypes.c_long(x.size))
    return y


def arguments(rng, exponents, special):
    """All exponents, neighbours of special values, dense ranges."""
    low, high = exponents
    sizes = np.exp2(rng.uniform(low, high, COUNT)) * rng.choice([-1.0, 1.0], COUNT)
    parts = [sizes, *(rng.uniform(-limit, limit, COUNT) for limit in (1, 4, 40, 800))]
    for value in special:
        near = np.float64(value)
        for _ in range(40):
            parts.append([near])
            near = np.nextafter(near, np.inf)
    x = np.concatenate([*parts, SPECIAL]).astype(np.float64)
    return np.resize(x, (x.size + 3) // 4 * 4)


def powers(rng):
    """Pairs whose power is neither 0 nor infinity for the most part, and all special ones."""
    base = np.exp2(rng.uniform(-1022, 1023, COUNT))
    near = 1 + rng.uniform(-1e-3, 1e-3, COUNT)
    special = np.array([*SPECIAL, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.0**53 - 1, 1 - 2.0**53, 2.0**53])
    first, second = np.meshgrid(special, special)
    whole = rng.integers(-30, 30, COUNT)
    x = np.concatenate([base, near, first.ravel(), -near, rng.normal(size=COUNT)])
    y = np.concatenate([rng.uniform(-1070, 1023, COUNT) / np.log2(base),
                        rng.uniform(-6e5, 6e5, COUNT), second.ravel(), whole, whole])
    return [a[: x.size // 4 * 4].astype(np.float64) for a in (x, y)]


def errors(actual, wanted):
    """In ULP of the exact value; infinite where the kind of value is wrong."""
    with np.errstate(all="ignore"):
        rounded = wanted.astype(np.float64)
        _, exponent = np.frexp(np.where(np.isfinite(wanted) & (wanted != 0), wanted, 1))
        ulp = np.ldexp(np.longdouble(1), np.maximum(exponent - 53, -1074))
        error = (np.abs(actual.astype(np.longdouble) - wanted) / ulp).astype(np.float64)
    same = (actual == rounded) | (np.isnan(actual) & np.isnan(rounded))
    error[same & ~np.isfinite(rounded)] = 0
    error[np.isnan(error)] = np.inf
    # The largest numbers may round to infinity.
    error[(np.abs(wanted) > 1.797693134862315e308) & (np.abs(actual) > 1.797693134862315e308) &
          np.isfinite(wanted) & (np.signbit(actual) == np.signbit(wanted))] = 1
    error[(wanted == 0) & (np.signbit(actual) != np.signbit(wanted)) & ~np.isnan(actual)] = np.inf
    return error


def check(build, work, loop, op, rng):
    if op == "Pow":
        inputs = powers(rng)
        with np.errstate(all="ignore"):
            wanted = np.power(*(a.astype(np.longdouble) for a in inputs))
    else:
        name, exponents, special = FUNCTIONS[op]
        inputs = [arguments(rng, exponents, special)]
        wanted = exact(loop, name, inputs[0])
    ok = True
    for variant, actual in one_node.run(build, work, op, op, {}, inputs, inputs[0]):
        error = errors(actual, wanted)
        worst = np.argmax(error)
        passed = error[worst] <= BOUND
        at = ", ".join(f"{a[worst]!r}" for a in inputs)
        print(f"{op:6} {variant:9} {error[worst]:8.3f} ULP at {at}: {actual[worst]!r}, exact "
              f"{wanted[worst]!r}  {'ok' if passed else f'FAILED, {np.sum(error > BOUND)} times'}",
              flush=True)
        ok &= bool(passed)
    return ok


def main():
    options = one_node.options(__doc__, "functions")
    work = options.work.resolve()
    loop, rng = library(work), np.random.default_rng(20240229)
    results = [check(options.build.resolve(), work, loop, op, rng)
               for op in options.functions or [*FUNCTIONS, "Pow"]]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
