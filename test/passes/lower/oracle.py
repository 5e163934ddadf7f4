#!/usr/bin/env python3
"""Compares the lowering of onnx ops with the ONNX reference results.

Takes the node test cases of the onnx package (or those whose names match the
arguments), writes each as a module of the onnx dialect, lowers it with
born-opt, runs the linalg with the upstream loops on the CPU and compares.
Operands that a lowering needs as constants (shapes, axes, pads) become
constants: every operand of integers that is not data of the op.

  oracle.py --opt build/bin/born-opt [PATTERN ...]
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import os
import re
import shutil
import subprocess
import sys

import numpy
import onnx
from onnx import defs, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

ELEMENTS = {
    onnx.TensorProto.FLOAT: "f32",
    onnx.TensorProto.DOUBLE: "f64",
    onnx.TensorProto.FLOAT16: "f16",
    onnx.TensorProto.BFLOAT16: "bf16",
    onnx.TensorProto.BOOL: "i1",
    onnx.TensorProto.INT8: "i8",
    onnx.TensorProto.INT16: "i16",
    onnx.TensorProto.INT32: "i32",
    onnx.TensorProto.INT64: "i64",
    onnx.TensorProto.UINT8: "ui8",
    onnx.TensorProto.UINT16: "ui16",
    onnx.TensorProto.UINT32: "ui32",
    onnx.TensorProto.UINT64: "ui64",
}

# Operands that lowerings read at compile time, by op.
CONSTANT_OPERANDS = {
    "Reshape": {1}, "Expand": {1}, "Slice": {1, 2, 3, 4}, "Pad": {1, 2, 3}, "Tile": {1},
    "Squeeze": {1}, "Unsqueeze": {1}, "Split": {1}, "Resize": {1, 2, 3}, "Trilu": {1},
    "CumSum": {1}, "CumProd": {1}, "OneHot": {1}, "Range": {0, 1, 2}, "ConstantOfShape": {0},
    "TopK": {1}, "Dropout": {1, 2}, "CenterCropPad": {1}, "AffineGrid": {1}, "Col2Im": {1, 2},
    "STFT": {1, 3}, "DFT": {1, 2}, "BlackmanWindow": {0}, "HammingWindow": {0}, "HannWindow": {0},
}  # fmt: skip
for reduce_op in ("L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare").split():
    CONSTANT_OPERANDS["Reduce" + reduce_op] = {1}


class Skip(Exception):
    """The case cannot be written in the dialect."""


def tensor_type(dtype, shape):
    if dtype not in ELEMENTS:
        raise Skip("element type")
    return f"tensor<{''.join(f'{d}x' for d in shape)}{ELEMENTS[dtype]}>"


def dense(array, dtype):
    """An attribute with the bytes of the array."""
    if array.size == 0:
        return "dense<>"
    if dtype == onnx.TensorProto.BOOL:
        return f"dense<{nest(['true' if v else 'false' for v in array.flatten()], array.shape)}>"
    return f'dense<"0x{numpy.ascontiguousarray(array).tobytes().hex().upper()}">'


def nest(items, shape):
    if not shape:
        return items[0]
    step = len(items) // shape[0]
    parts = (nest(items[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0]))
    return "[" + ", ".join(parts) + "]"


def attribute(attr):
    kind = onnx.AttributeProto
    if attr.type == kind.INT:
        return f"{attr.i} : i64"
    if attr.type == kind.FLOAT:
        return f"0x{numpy.float32(attr.f).view(numpy.uint32):08X} : f32"
    if attr.type == kind.STRING:
        return '"' + attr.s.decode() + '"'
    if attr.type == kind.INTS:
        return "array<i64" + (": " if attr.ints else "") + ", ".join(map(str, attr.ints)) + ">"
    if attr.type == kind.FLOATS:
        items = ", ".join(f"{v:.9e}" for v in attr.floats)
        return "array<f32" + (": " if attr.floats else "") + items + ">"
    if attr.type == kind.STRINGS:
        return "[" + ", ".join(f'"{s.decode()}"' for s in attr.strings) + "]"
    if attr.type == kind.TENSOR:
        array = numpy_helper.to_array(attr.t)
        return f"{dense(array, attr.t.data_type)} : {tensor_type(attr.t.data_type, array.shape)}"
    raise Skip("attribute " + attr.name)


def to_array(value):
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value), value.data_type
    if isinstance(value, numpy.ndarray) or numpy.isscalar(value):
        array = numpy.asarray(value)
        return array, helper.np_dtype_to_tensor_dtype(array.dtype)
    raise Skip("not a tensor")


def data_set(case):
    inputs, outputs = case.data_sets[0]
    return [to_array(v) for v in inputs], [to_array(v) for v in outputs]


def module(case):
    """The case as MLIR: inputs are constants of @inputs, @main takes them."""
    graph = case.model.graph
    if len(graph.node) != 1:
        raise Skip("several nodes")
    node = graph.node[0]
    if node.domain not in ("", "ai.onnx"):
        raise Skip("domain")
    version = next(o.version for o in case.model.opset_import if o.domain in ("", "ai.onnx"))
    schema = defs.get_schema(node.op_type)
    if defs.get_schema(node.op_type, version).since_version != schema.since_version:
        raise Skip("old version")
    inputs, outputs = data_set(case)
    values = {i.name: v for i, v in zip(graph.input, inputs)}
    names = list(node.input)
    while names and not names[-1]:
        names.pop()
    constants = CONSTANT_OPERANDS.get(node.op_type, set())
    body, operands, types, arguments = [], [], [], []
    for i, name in enumerate(names):
        if not name:
            body.append(f"%o{i} = onnx.None")
            types.append("none")
        else:
            array, dtype = values[name]
            types.append(tensor_type(dtype, array.shape))
            if i in constants:
                body.append(f"%o{i} = onnx.Constant {dense(array, dtype)} : {types[-1]}")
            else:
                arguments.append((i, array, dtype, types[-1]))
        operands.append(f"%o{i}")
    produced = dict(zip((o.name for o in graph.output), outputs))
    results = [produced.get(name) for name in node.output]
    while results and results[-1] is None:
        results.pop()
    result_types = [tensor_type(r[1], r[0].shape) if r else "none" for r in results]
    attrs = ", ".join(f"{a.name} = {attribute(a)}" for a in node.attribute)
    used = [i for i, r in enumerate(results) if r is not None]
    binding = f"%r:{len(results)}" if len(results) > 1 else "%r"
    refs = [f"%r#{i}" if len(results) > 1 else "%r" for i in used]
    parameters = ", ".join(f"%o{i}: {t}" for i, _, _, t in arguments)
    lines = [f"func.func @main({parameters}) -> ({', '.join(result_types[i] for i in used)}) {{"]
    lines += ["  " + line for line in body]
    lines.append(
        f"  {binding} = onnx.{node.op_type} {', '.join(operands)} {{{attrs}}} : "
        f"({', '.join(types)}) -> ({', '.join(result_types)})"
    )
    lines.append(f"  return {', '.join(refs)} : {', '.join(result_types[i] for i in used)}")
    lines.append("}")
    return "\n".join(lines) + "\n", arguments, [results[i] for i in used]


def harness(arguments, results):
    """An @entry that calls @main and prints each result as f64."""
    lines = ["func.func private @printMemrefF64(tensor<*xf64>)", "func.func @entry() {"]
    signless = lambda t: t.replace("xui", "xi").replace("<ui", "<i")
    names, types = [], []
    for i, array, dtype, kind in arguments:
        names.append(f"%a{i}")
        types.append(signless(kind))
        lines.append(f"  %a{i} = arith.constant {dense(array, dtype)} : {types[-1]}")
    outs = [signless(tensor_type(d, a.shape)) for a, d in results]
    binding = f"%r:{len(outs)}" if len(outs) > 1 else "%r"
    lines.append(f"  {binding} = call @main({', '.join(names)}) : ({', '.join(types)}) -> ({', '.join(outs)})")
    for i, ((array, dtype), kind) in enumerate(zip(results, outs)):
        ref = f"%r#{i}" if len(outs) > 1 else "%r"
        element = ELEMENTS[dtype]
        shape = kind[kind.index("<") + 1:-1]
        wide = f"tensor<{shape[:len(shape) - len(element.replace('u', ''))]}f64>"
        dims = ", ".join(f"d{n}" for n in range(array.ndim))
        ident = f"affine_map<({dims}) -> ({dims})>"
        source = element.replace("u", "")
        op = {
            "f64": None, "f32": "arith.extf", "f16": "arith.extf", "bf16": "arith.extf",
        }.get(element, "arith.uitofp" if element[0] == "u" or element == "i1" else "arith.sitofp")
        convert = f"%w = {op} %x : {source} to f64\n" if op else ""
        loops = ", ".join(['"parallel"'] * array.ndim)
        lines.append(
            f"  %e{i} = tensor.empty() : {wide}\n"
            f"  %c{i} = linalg.generic {{indexing_maps = [{ident}, {ident}], iterator_types = [{loops}]}}"
            f" ins({ref} : {kind}) outs(%e{i} : {wide}) {{\n  ^bb0(%x: {source}, %y: f64):\n    {convert}"
            f"    linalg.yield {'%w' if op else '%x'} : f64\n  }} -> {wide}\n"
            f"  %u{i} = tensor.cast %c{i} : {wide} to tensor<*xf64>\n"
            f"  call @printMemrefF64(%u{i}) : (tensor<*xf64>) -> ()"
        )
    lines += ["  return", "}"]
    return "\n".join(lines) + "\n"


PIPELINE = (
    "builtin.module(canonicalize,one-shot-bufferize{bufferize-function-boundaries "
    "allow-return-allocs-from-loops "
    "function-boundary-type-conversion=identity-layout-map unknown-type-conversion=identity-layout-map},"
    "func.func(convert-linalg-to-loops),canonicalize,expand-strided-metadata,lower-affine,"
    "convert-scf-to-cf,func.func(math-expand-ops{ops=ceilf,roundeven,exp2,fpowi,ctlz}),"
    "convert-math-to-llvm,convert-math-to-libm,convert-complex-to-standard,arith-expand,"
    "convert-vector-to-llvm,finalize-memref-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,"
    "convert-func-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)"
)


class Failed(Exception):
    pass


def step(command, text, what):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        error = next((l for l in done.stderr.splitlines() if "error" in l), done.stderr[:300])
        raise Failed(f"{what}: {re.sub('^.*error: ', '', error)[:200]}")
    return done.stdout


def run(case, args):
    text, arguments, results = module(case)
    lowered = step(
        [args.opt, "--born-lower-onnx-to-linalg", "--born-verify-onnx-lowered",
         "--mlir-print-op-generic"], text, "lower")  # fmt: skip
    if args.lower_only:
        return
    lowered = step([args.mlir_bin + "/mlir-opt"], lowered, "parse")
    inner = lowered[lowered.index("module {") + 8:lowered.rindex("}")]
    head = lowered[:lowered.index("module {")]
    whole = head + "module {\n" + inner + harness(arguments, results) + "}\n"
    compiled = step([args.mlir_bin + "/mlir-opt", "--pass-pipeline=" + PIPELINE], whole, "compile")
    library = os.path.join(args.mlir_bin, "../lib/")
    printed = step(
        [args.mlir_bin + "/mlir-runner", "-e", "entry", "--entry-point-result=void", "-O0"]
        + [f"--shared-libs={library}libmlir_{n}.so" for n in ("runner_utils", "c_runner_utils")],
        compiled, "run")  # fmt: skip
    parts = printed.split("Unranked Memref")[1:]
    for (array, dtype), part in zip(results, parts):
        data = part[part.index("data =") + 6:]
        found = numpy.array([float(t) for t in re.findall(r"-?(?:inf|nan|[0-9][0-9.e+-]*)", data)])
        expected = numpy.asarray(array, dtype=numpy.float64).flatten()
        if expected.size == 0:
            continue
        if found.shape != expected.shape:
            raise Failed(f"size {found.shape} instead of {expected.shape}")
        low = dtype in (onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
        tolerance = 2e-2 if low else 1e-4
        close = numpy.isclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
        if not close.all():
            at = int(numpy.argmin(close))
            raise Failed(f"values: {(~close).sum()} of {close.size} differ, at {at}: "
                         f"{found[at]} instead of {expected[at]}")  # fmt: skip


def outcome(case, args):
    try:
        run(case, args)
        return "pass", ""
    except Skip as reason:
        return "skip", str(reason)
    except Failed as reason:
        return "fail", str(reason)
    except subprocess.TimeoutExpired:
        return "fail", "timeout"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opt", default="born-opt")
    parser.add_argument("--mlir-bin", default=os.path.dirname(shutil.which("mlir-opt") or ""))
    parser.add_argument("--lower-only", action="store_true", help="do not run the result")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="print the modules of failures")
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    cases = collect(args.patterns)
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for case, (status, reason) in zip(cases, pool.map(lambda c: outcome(c, args), cases)):
            counts[status] += 1
            if status == "fail":
                print(f"{case.name}: {reason}")
                if args.verbose:
                    print(module(case)[0])
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if counts["fail"] or not counts["pass"] else 0


def collect(patterns):
    cases = collect_testcases(None)
    names = [c.name for c in cases]
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            sys.exit(f"no case matches {pattern}")
    return [
        c for c in cases
        if not patterns or any(fnmatch.fnmatch(c.name, p) for p in patterns)
    ]


if __name__ == "__main__":
    sys.exit(main())
