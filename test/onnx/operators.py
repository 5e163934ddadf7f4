#!/usr/bin/env python3
"""Writes docs/operators.md: what ONNX's own cases prove of each operator.

  operators.py --work FOLDER [--check]

An operator's types are those of the inputs and outputs of its cases that pass;
what is missing are the reasons in expected_failures.tsv.
"""
import argparse
import collections
import pathlib
import sys

import onnx
from onnx import defs

import cases
from run import read_expected

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "operators.md"
HEAD = """# Operators

Written by `test/onnx/operators.py` from ONNX's own cases (`test/onnx`), which are compiled and run on the device; ctest
checks that this page is fresh. "Cases" counts those of an operator that pass, its function body's included. "Types" are the
element types of inputs and outputs in them; most operators take more than their cases show. "Version" is the newest one;
older versions become it when a model is imported (from opset 6 on).
"""
SHORT = {"FLOAT": "f32", "FLOAT16": "f16", "BFLOAT16": "bf16", "DOUBLE": "f64", "BOOL": "bool",
         "FLOAT8E4M3FN": "f8e4m3fn", "FLOAT8E4M3FNUZ": "f8e4m3fnuz", "FLOAT8E5M2": "f8e5m2",
         "FLOAT8E5M2FNUZ": "f8e5m2fnuz", "FLOAT4E2M1": "f4e2m1", "FLOAT8E8M0": "e8m0"}


def type_name(type):
    name = onnx.TensorProto.DataType.Name(type)
    return SHORT.get(name, name.lower().replace("uint", "u").replace("int", "i"))


def operator_of(case):
    """The domain and name of the operator that a node case is about."""
    nodes = onnx.load_from_string(case.model).graph.node
    return (nodes[-1].domain if nodes else "", case.operator)


def newest_versions():
    newest = {}
    for schema in defs.get_all_schemas_with_history():
        if not schema.deprecated:
            key = (schema.domain, schema.name)
            newest[key] = max(newest.get(key, 0), schema.since_version)
    return newest


def generate(every):
    expected = read_expected()
    passed, total = collections.Counter(), collections.Counter()
    types, reasons = collections.defaultdict(set), collections.defaultdict(set)
    for name, case in every.items():
        if case.suite != "node":
            continue
        key = operator_of(case)
        if "_expanded" in name:
            key = next((k for k in total if k[1] == case.operator), key)
        total[key] += 1
        if name in expected:
            reasons[key].add(expected[name].split(":")[0])
            continue
        passed[key] += 1
        types[key] |= {type_name(tensor.type) for tensor in case.inputs + case.outputs}
    versions = newest_versions()
    lines = [HEAD, "| operator | version | cases | types | what is missing |", "|---|---|---|---|---|"]
    for key in sorted(total, key=lambda key: (key[0], key[1].lower())):
        name = f"{key[0]}.{key[1]}" if key[0] else key[1]
        lines.append(f"| {name} | {versions.get(key, '')} | {passed[key]} of {total[key]} | "
                     f"{' '.join(sorted(types[key]))} | {'; '.join(sorted(reasons[key]))} |")
    whole = sum(passed[key] == total[key] for key in total)
    lines.append(f"\n{sum(passed.values())} of {sum(total.values())} cases pass, all of them for {whole} of "
                 f"{len(total)} operators.")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where the cases are kept")
    parser.add_argument("--check", action="store_true", help="fail if the page is stale")
    args = parser.parse_args()
    text = generate(cases.load(args.work))
    if not args.check:
        OUTPUT.write_text(text)
    elif not OUTPUT.exists() or OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT.name} is stale: run test/onnx/operators.py --work build/test/onnx")


if __name__ == "__main__":
    main()
