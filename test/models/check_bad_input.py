#!/usr/bin/env python3
"""What goes wrong ends with one clear message, exit code 1, and nothing half-written.

  check_bad_input.py bornc|program --build TREE --work FOLDER

`bornc` gives the compiler broken models and wrong flags; `program` gives a
compiled model wrong inputs and a machine without Vulkan.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy
import onnx
from onnx import TensorProto, helper

from harness import Build, Failure, execute

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def make_model(nodes, inputs, outputs, initializers=()):
    def infos(rows):
        return [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in rows]
    graph = helper.make_graph(nodes, "graph", infos(inputs), infos(outputs), list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def good_model():
    weight = helper.make_tensor("w", FLOAT, [4], [1, 2, 3, 4])
    nodes = [helper.make_node("Mul", ["x", "w"], ["m"], "scale"),
             helper.make_node("Relu", ["m"], ["y"], "clip")]
    return make_model(nodes, [("x", FLOAT, [2, 4])], [("y", FLOAT, [2, 4])], [weight])


def bad_models():
    """File name, bytes or a model, and an expression that the message must match."""
    good = good_model().SerializeToString()
    x, y = [("x", FLOAT, [2, 4])], [("y", FLOAT, [2, 4])]
    yield "empty.onnx", b"", "empty"
    yield "garbage.onnx", numpy.random.default_rng(7).bytes(4096), "garbage.onnx"
    yield "text.onnx", b"this is not a model\n" * 20, "text.onnx"
    for part in (1, 3, 7):
        yield f"truncated{part}.onnx", good[:len(good) * part // 8], f"truncated{part}.onnx"
    yield "no_nodes.onnx", make_model([], x, y), "y"
    cycle = [helper.make_node("Add", ["x", "b"], ["a"], "first"),
             helper.make_node("Relu", ["a"], ["b"], "second"),
             helper.make_node("Relu", ["b"], ["y"], "third")]
    yield "cyclic.onnx", make_model(cycle, x, y), "cycle|cyclic"
    yield "undefined.onnx", make_model(
        [helper.make_node("Relu", ["nowhere"], ["y"], "middle")], x, y), "nowhere"
    yield "twice.onnx", make_model(
        [helper.make_node("Relu", ["x"], ["y"], "middle")] * 2, x, y), "y"
    yield "unknown_op.onnx", make_model(
        [helper.make_node("Frobnicate", ["x"], ["y"], "middle")], x, y), "Frobnicate"
    yield "unknown_domain.onnx", make_model(
        [helper.make_node("Relu", ["x"], ["y"], "n", domain="org.example")], x, y), "org.example"
    yield "bad_shapes.onnx", make_model(
        [helper.make_node("Add", ["x", "z"], ["y"], "middle")], x + [("z", FLOAT, [3, 5])],
        y), "middle"
    yield "bad_types.onnx", make_model(
        [helper.make_node("Add", ["x", "z"], ["y"], "middle")], x + [("z", INT64, [2, 4])],
        y), "middle"
    weight = onnx.TensorProto(name="w", data_type=FLOAT, dims=[4], raw_data=b"\0" * 8)
    yield "short_weight.onnx", make_model(
        [helper.make_node("Mul", ["x", "w"], ["y"], "middle")], x, y, [weight]), "w"
    outside = onnx.TensorProto(name="w", data_type=FLOAT, dims=[4],
                               data_location=onnx.TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="../outside.bin")
    yield "outside.onnx", make_model(
        [helper.make_node("Mul", ["x", "w"], ["y"], "middle")], x, y,
        [outside]), "outside.bin"
    free = make_model([helper.make_node("Relu", ["x"], ["y"], "middle")],
                      [("x", FLOAT, ["rows", 4])], [("y", FLOAT, ["rows", 4])])
    yield "free_dim.onnx", free, "rows"
    yield "bad_text.mlir", b"func.func @main( {", "bad_text.mlir"
    yield "wrong_level.mlir", b"module { func.func @f() { return } }", "main"


class Cases:
    def __init__(self, build):
        self.build, self.work, self.failed, self.count = build, build.work, [], 0
        shutil.rmtree(self.work)
        self.work.mkdir()
        self.good = self.work / "good.onnx"
        self.good.write_bytes(good_model().SerializeToString())

    def expect(self, name, command, word, environment=None, untouched=()):
        """Runs a command that must fail well; `untouched` must not exist afterwards."""
        self.count += 1
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=300, errors="replace",
                              env=environment or self.build.environment())
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        problems = []
        if done.returncode != 1:
            problems.append(f"expected exit code 1, found {done.returncode}")
        if len(errors) != 1:
            problems.append(f"expected one message, found {len(errors)}")
        if not re.search(rf"(?<!\w)(?:{word})(?!\w)", done.stderr, re.IGNORECASE):
            problems.append(f"expected '{word}' in the message")
        problems += [f"left {path} behind" for path in untouched if os.path.lexists(path)]
        line = errors[0] if errors else done.stderr.strip()[:300]
        print(f"{'ok' if not problems else 'FAILED'}: {name}: {line}")
        if problems:
            self.failed.append(name)
            print("    " + "; ".join(problems))
            print("    " + done.stderr[:1500].replace("\n", "\n    "))

    def bornc(self):
        bornc, out = self.build.bornc, self.work / "out"

        def case(name, word, *arguments, source=self.good, **options):
            target = self.work / f"out_{self.count}"
            target.mkdir()
            self.expect(name, [bornc, source, *arguments, "-o", target / "program"], word,
                        untouched=[target / "program"], **options)
            self.no_leftovers(name, target)

        for name, data, word in bad_models():
            file = self.work / name
            file.write_bytes(data if isinstance(data, bytes) else data.SerializeToString())
            case(name, word, source=file)
        case("missing file", "no_such.onnx", source=self.work / "no_such.onnx")
        case("a folder", str(self.work), source=self.work)
        case("unknown input in --shape", "nobody", "--shape", "nobody=1x2")
        case("shape of another rank", "x", "--shape", "x=2x4x1")
        case("shape against a fixed dimension", "x", "--shape", "x=3x4")
        case("malformed --shape", "--shape", "--shape", "x=2,4")
        case("unknown dimension in --dim", "nobody", "--dim", "nobody=3")
        case("unknown input in --value", "nobody", "--value", "nobody=3")
        case("value of another shape", "x", "--value", "x=1,2,3")
        case("missing C++ compiler", "no-such-compiler", "--cxx", "no-such-compiler")
        case("failing C++ compiler", "false", "--cxx", "false")
        self.expect("output in a missing folder", [bornc, self.good, "-o", out / "no" / "program"],
                    str(out / "no"), untouched=[out])

    def no_leftovers(self, name, folder):
        left = sorted(path.name for path in folder.iterdir())
        if left:
            self.failed.append(name)
            print(f"    {name}: left {', '.join(left)} behind")

    def program(self):
        program, good = self.work / "program", self.work / "x.npy"
        execute([self.build.bornc, self.good, "-o", program])
        x = numpy.arange(8, dtype=numpy.float32).reshape(2, 4)
        numpy.save(good, x)

        def case(name, word, *arguments, **environment):
            folder = self.work / f"out_{self.count}"
            self.expect(name, [program, *arguments, "--output-dir", folder], word,
                        self.build.environment(**environment), [folder])

        def file_case(name, word, value):
            file = self.work / f"{name.replace(' ', '_')}.npy"
            if isinstance(value, bytes):
                file.write_bytes(value)
            else:
                numpy.save(file, value)
            case(name, word, "--input", f"x={file}")

        # First what must work, so that the failures below are about what they say.
        execute([program, "--input", f"x={good}", "--output-dir", self.work / "out"],
                env=self.build.environment())

        file_case("wrong type", "float", x.astype(numpy.float64))
        file_case("wrong shape", "2", x.reshape(4, 2))
        file_case("wrong rank", "2", x.reshape(8))
        file_case("column order", "fortran", numpy.asfortranarray(x))
        file_case("other byte order", ">f4", x.astype(">f4"))
        data = good.read_bytes()
        file_case("empty file", "empty_file.npy", b"")
        file_case("truncated file", "truncated_file.npy", data[:-4])
        file_case("file with more", "file_with_more.npy", data + b"\0\0\0\0")
        file_case("garbage file", "garbage_file.npy", bytes(range(256)))
        file_case("garbage header", "garbage_header.npy", data[:10] + b"{" * 118)
        case("missing file", "no_such.npy", "--input", f"x={self.work / 'no_such.npy'}")
        case("missing input", "x")
        case("unknown input", "nobody", "--input", f"nobody={good}")
        case("input given twice", "x", "--input", f"x={good}", "--input", f"x={good}")
        case("input without a file", "x", "--input", "x")
        case("unknown option", "--no-such-option", "--no-such-option")
        inputs = ("--input", f"x={good}")
        case("no Vulkan loader", "vulkan", *inputs, BORN_VULKAN_LIBRARY=self.work / "no_loader.so")
        nothing = self.work / "no_driver.json"
        case("no device", "device", *inputs, VK_ICD_FILENAMES=nothing, VK_DRIVER_FILES=nothing)
        case("unknown device", "no-such-device", *inputs, "--device", "no-such-device")
        case("unknown device by environment", "no-such-device", *inputs,
             BORN_DEVICE="no-such-device")
        case("unknown variant", "no-such-variant", *inputs, BORN_VARIANT="no-such-variant")
        blocked = self.work / "blocked"
        blocked.write_text("a file, not a folder")
        self.expect("outputs into a file", [program, *inputs, "--output-dir", blocked], "blocked")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("bornc", "program"))
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        cases = Cases(Build(arguments.build, arguments.work))
        getattr(cases, arguments.what)()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    if cases.failed:
        sys.exit(f"FAILED: {len(cases.failed)} of {cases.count} cases: {', '.join(cases.failed)}")
    print(f"{cases.count} cases end with one clear message")


if __name__ == "__main__":
    main()
