"""Runs a compiled model on seeded inputs and compares with numpy: run.py PROGRAM FOLDER FORMULA INPUT=SHAPE...

FORMULA is Python over the inputs by name; its value is the list of outputs.
"""
import pathlib
import subprocess
import sys

import numpy

program, folder, formula, *inputs = sys.argv[1:]
folder = pathlib.Path(folder)
generator, values, command = numpy.random.default_rng(0), {}, [program, "--output-dir", folder / "out"]
for text in inputs:
    name, shape = text.split("=")
    values[name] = generator.standard_normal([int(d) for d in shape.split("x")], numpy.float32)
    numpy.save(folder / f"{name}.npy", values[name])
    command += ["--input", f"{name}={folder / name}.npy"]
subprocess.run(command, check=True)
for index, expected in enumerate(eval(formula, {"numpy": numpy, **values})):
    found = numpy.load(folder / "out" / f"output_{index}.npy")
    assert found.shape == expected.shape and found.dtype == expected.dtype, (found.shape, expected.shape)
    numpy.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    print(f"output {index} agrees")
