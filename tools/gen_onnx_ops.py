#!/usr/bin/env python3
"""Writes dialects/onnx/OnnxGeneratedOps.td from the schemas of the pinned onnx package.

The newest version of each operator of the default domain that is not
deprecated becomes one op; Constant is written by hand. `--check` compares
instead of writing and fails if the file is stale.
"""

import argparse
import pathlib
import sys

import numpy
import onnx
from onnx import defs

PINNED = "1.23.2"
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "dialects/onnx/OnnxGeneratedOps.td"
BY_HAND = {"Constant"}

# Other operand names than the schema's, for families with one base class.
UNARY = """Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Cos Cosh Erf Exp Floor HardSwish
    IsNaN Log Mish Neg Not Reciprocal Relu Round Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan
    Tanh""".split()
BINARY = "Add And BitwiseAnd BitwiseOr BitwiseXor Div Mul Or PRelu Pow Sub Xor".split()
COMPARISON = "Equal Greater GreaterOrEqual Less LessOrEqual".split()
VARIADIC = "Max Mean Min Sum".split()
REDUCE = """ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare""".split()
FAMILIES = {
    name: base
    for base, names in (
        ("Onnx_UnaryOp", UNARY),
        ("Onnx_BinaryOp", BINARY),
        ("Onnx_ComparisonOp", COMPARISON),
        ("Onnx_VariadicOp", VARIADIC),
        ("Onnx_ReduceOp", REDUCE),
    )
    for name in names
}
REDUCE_ATTRIBUTES = {"keepdims", "noop_with_empty_axes"}

# Their results are not a function of their operands.
IMPURE = {
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}

AttrType = defs.OpSchema.AttrType
Option = defs.OpSchema.FormalParameterOption
ATTRIBUTE_TYPES = {
    AttrType.INT: "I64Attr",
    AttrType.INTS: "DenseI64ArrayAttr",
    AttrType.FLOAT: "F32Attr",
    AttrType.FLOATS: "DenseF32ArrayAttr",
    AttrType.STRING: "StrAttr",
    AttrType.STRINGS: "StrArrayAttr",
    AttrType.TENSOR: "ElementsAttr",
    AttrType.SPARSE_TENSOR: "ElementsAttr",
    AttrType.TYPE_PROTO: "TypeAttr",
}


def newest_schemas():
    newest = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain != "":
            continue
        known = newest.get(schema.name)
        if known is None or schema.since_version > known.since_version:
            newest[schema.name] = schema
    live = (s for s in newest.values() if not s.deprecated and s.name not in BY_HAND)
    return sorted(live, key=lambda s: s.name)


def accessor(name):
    """The suffix of ODS's accessor: past_key -> PastKey, X -> X."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def attribute(attr):
    kind = ATTRIBUTE_TYPES[attr.type]
    value = attr.default_value
    if attr.required:
        return f"{kind}:${attr.name}"
    if value is None or not value.name:
        return f"OptionalAttr<{kind}>:${attr.name}"
    if attr.type == AttrType.INT:
        return f'DefaultValuedAttr<{kind}, "{value.i}">:${attr.name}'
    if attr.type == AttrType.FLOAT:
        text = str(numpy.float32(value.f))
        text += "" if any(c in text for c in ".en") else ".0"
        return f'DefaultValuedAttr<{kind}, "{text}f">:${attr.name}'
    if attr.type == AttrType.STRING:
        return f'DefaultValuedStrAttr<{kind}, "{value.s.decode()}">:${attr.name}'
    if attr.type == AttrType.INTS:
        text = ", ".join(str(i) for i in value.ints)
        return f'DefaultValuedAttr<{kind}, "{{{text}}}">:${attr.name}'
    if attr.type == AttrType.STRINGS:
        text = ", ".join(f'\\"{s.decode()}\\"' for s in value.strings)
        return f'DefaultValuedAttr<{kind}, "{{{text}}}">:${attr.name}'
    raise ValueError(f"default of {attr.name}")


def parameters(formals, names, what):
    """ODS of operands or results: (list of arguments, accessors of optional ones)."""
    arguments, getters = [], []
    variadic_last = bool(formals) and formals[-1].option == Option.Variadic
    for i, (formal, name) in enumerate(zip(formals, names)):
        tensor = all(t.startswith("tensor(") for t in formal.types)
        kind = "AnyTensor" if tensor else "AnyType"
        if formal.option == Option.Variadic:
            arguments.append(f"Variadic<{kind if formal.is_homogeneous else 'AnyType'}>:${name}")
        elif formal.option == Option.Optional and variadic_last:
            arguments.append(f"{'Onnx_TensorOrNone' if tensor else 'AnyType'}:${name}")
        elif formal.option == Option.Optional or getters:
            if not getters:
                many = "Onnx_TensorOrNone" if tensor else "AnyType"
                arguments.append(f"Variadic<{many}>:$optional_{what}s")
            getters.append(
                f"::mlir::Value get{accessor(name)}() "
                f"{{ return ::bornc::onnx::present{what.capitalize()}(*this, {i}); }}"
            )
        else:
            arguments.append(f"{kind}:${name}")
    return arguments, getters


def wrap(opening, items, closing):
    """`opening a, b, c closing` on lines of at most 95 columns."""
    indent = " " * len(opening)
    lines, line = [], opening
    for i, item in enumerate(items):
        text = item + (closing if i + 1 == len(items) else ",")
        if line.strip() and len(line) + 1 + len(text) > 95 and line != opening:
            lines.append(line.rstrip())
            line = indent
        line += text if line in (opening, indent) else " " + text
    return lines + [line if items else opening + closing]


def definition(schema):
    out = [f'let summary = "ONNX {schema.name}, version {schema.since_version}";']
    out.append(f'let description = "https://onnx.ai/onnx/operators/onnx__{schema.name}.html";')
    attrs = [a for _, a in sorted(schema.attributes.items())]
    graphs = [a for a in attrs if a.type == AttrType.GRAPH]
    attrs = [a for a in attrs if a.type != AttrType.GRAPH]
    base = FAMILIES.get(schema.name)
    if base == "Onnx_ReduceOp":
        if {a.name for a in attrs} != REDUCE_ATTRIBUTES:
            raise ValueError(f"{schema.name} no longer fits {base}")
    elif base and attrs:
        raise ValueError(f"{schema.name} no longer fits {base}")
    if base:
        return [f'def Onnx_{schema.name}Op : {base}<"{schema.name}"> {{'] + indent(out) + ["}"]

    inputs = [i.name for i in schema.inputs]
    taken = set(inputs) | {a.name for a in attrs}
    outputs = [o.name + ("_out" if o.name in taken else "") for o in schema.outputs]
    operands, getters = parameters(schema.inputs, inputs, "operand")
    results, result_getters = parameters(schema.outputs, outputs, "result")

    traits = ["RecursiveMemoryEffects"] if graphs else []
    traits += [] if graphs or schema.name in IMPURE else ["Pure"]
    if getters:
        traits.append(f'Onnx_AtMost<"operands", {len(inputs)}>')
    if result_getters:
        traits.append(f'Onnx_AtMost<"results", {len(outputs)}>')
    arguments = operands + [attribute(a) for a in attrs]
    out += wrap("let arguments = (ins ", arguments, ");") if arguments else []
    out += wrap("let results = (outs ", results, ");") if results else []
    if graphs:
        regions = [f"SizedRegion<1>:${g.name}" for g in graphs]
        out += wrap("let regions = (region ", regions, ");")
    if getters or result_getters:
        out.append("let extraClassDeclaration = [{")
        out += ["  " + g for g in getters + result_getters] + ["}];"]
    base = f'Onnx_Op<"{schema.name}", ['
    if graphs:
        base = f'Onnx_RegionOp<"{schema.name}", ['
    head = [f"def Onnx_{schema.name}Op : {base}" + ", ".join(traits) + "]> {"]
    if len(head[0]) > 100:
        head = [f"def Onnx_{schema.name}Op : {base}", "    " + ", ".join(traits) + "]> {"]
    return head + indent(out) + ["}"]


def indent(lines):
    return ["  " + line for line in lines]


def generate():
    lines = [
        "//===- OnnxGeneratedOps.td - written by tools/gen_onnx_ops.py -*- tablegen -*-===//",
        "#ifndef BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD",
        "#define BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD",
        "",
        'include "dialects/onnx/OnnxBase.td"',
    ]
    for schema in newest_schemas():
        lines += [""] + definition(schema)
    lines += ["", "#endif // BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail if the file is stale")
    args = parser.parse_args()
    if onnx.__version__ != PINNED:
        sys.exit(f"expected onnx {PINNED}, found {onnx.__version__}")
    text = generate()
    if not args.check:
        OUTPUT.write_text(text)
    elif not OUTPUT.exists() or OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT.name} is stale: run tools/gen_onnx_ops.py")


if __name__ == "__main__":
    main()
