#!/usr/bin/env python3
"""Writes what ONNX's own cases prove of each operator: docs/operators.md for people,
compiler/operators.json for `bornc --list-ops`.

  operators.py --work FOLDER [--check]

An operator's types are those of the inputs and outputs of its cases that pass;
what is missing are the reasons in expected_failures.tsv.
"""
import argparse
import collections
import json
import pathlib
import sys

import onnx
from onnx import defs

import cases
from run import read_expected

REPO = pathlib.Path(__file__).resolve().parents[2]
PAGE, LIST = REPO / "docs" / "operators.md", REPO / "compiler" / "operators.json"
OLDEST_OPSET = 6
HEAD = """# Operators

Written by `test/onnx/operators.py` from ONNX's own cases (`test/onnx`), which are compiled and run on the device; ctest
checks that this page is fresh. "Cases" counts those of an operator that pass, its function body's included. "Types" are the
element types of inputs and outputs in them; most operators take more than their cases show. "Version" is the newest one;
older versions become it when a model is imported (from opset 6 on). `bornc --list-ops` prints the same.
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


def since_versions():
    """Of each operator those that models from opset 6 on can mean, oldest first."""
    versions = collections.defaultdict(set)
    for schema in defs.get_all_schemas_with_history():
        if not schema.deprecated:
            versions[schema.domain, schema.name].add(schema.since_version)
    for key, known in versions.items():
        if key[0] == "":
            oldest = max([v for v in known if v <= OLDEST_OPSET], default=0)
            versions[key] = {v for v in known if v >= oldest}
    return {key: sorted(known) for key, known in versions.items()}


def rows(every):
    """One per operator: what `bornc --list-ops --json` prints."""
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
    versions = since_versions()
    return [{"domain": key[0] or "ai.onnx", "name": key[1], "versions": versions.get(key, []),
             "passed": passed[key], "cases": total[key], "types": sorted(types[key]),
             "missing": sorted(reasons[key])}
            for key in sorted(total, key=lambda key: (key[0], key[1].lower()))]


def page(operators):
    lines = [HEAD, "| operator | version | cases | types | what is missing |", "|---|---|---|---|---|"]
    for row in operators:
        name = row["name"] if row["domain"] == "ai.onnx" else f"{row['domain']}.{row['name']}"
        lines.append(f"| {name} | {(row['versions'] or [''])[-1]} | {row['passed']} of {row['cases']} | "
                     f"{' '.join(row['types'])} | {'; '.join(row['missing'])} |")
    passed, total = (sum(row[key] for row in operators) for key in ("passed", "cases"))
    whole = sum(row["passed"] == row["cases"] for row in operators)
    lines.append(f"\n{passed} of {total} cases pass, all of them for {whole} of {len(operators)} operators.")
    return "\n".join(lines) + "\n"


def generate(every):
    """The text of each generated file."""
    operators = rows(every)
    listed = ",\n".join(f"  {json.dumps(row)}" for row in operators)
    return {PAGE: page(operators), LIST: f"[\n{listed}\n]\n"}


def write(every):
    for file, text in generate(every).items():
        file.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where the cases are kept")
    parser.add_argument("--check", action="store_true", help="fail if a file is stale")
    args = parser.parse_args()
    every = cases.load(args.work)
    if not args.check:
        return write(every)
    for file, text in generate(every).items():
        if not file.exists() or file.read_text() != text:
            sys.exit(f"{file.name} is stale: run test/onnx/operators.py --work build/test/onnx")


if __name__ == "__main__":
    main()
