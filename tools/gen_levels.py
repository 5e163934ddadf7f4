#!/usr/bin/env python3
"""Writes docs/levels.md: one small model at every level of the compiler.

  tools/gen_levels.py --bornc build/bin/bornc            writes the page
  tools/gen_levels.py --bornc build/bin/bornc --check    fails if the page is stale

The IR on the page is what `bornc --emit=LEVEL` prints for docs/levels.onnxtxt,
without source locations, long constants and sizes of code.
"""
import argparse
import pathlib
import re
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
MODEL = DOCS / "levels.onnxtxt"
PAGE = DOCS / "levels.md"

INTRODUCTION = """\
# One model at every level

Made by `tools/gen_levels.py`; a test checks that the page is what the compiler does.

The model, in ONNX's text form, is a matrix product, a bias and a softmax, with a free batch dimension:

```
{model}
```

Every level below is the output of `bornc docs/levels.onnxtxt --dim N=2 --target=vulkan --emit=LEVEL`,
without source locations and with long constants written as `dense<...>`; without `--target` there would be a
variant for each class of CPU too. The whole text of any level is valid input of `bornc` and `born-opt`.
"""

LEVELS = {
    "onnx": """\
The importer has pinned `N`, normalised the operators to their newest versions and inferred all types. Constants of less
than 4 KiB are in the IR; larger ones would be `born.weight` with the bytes' place in the model's file.""",
    "linalg": """\
What is computed, element by element. The product has a reduction loop, the bias is an indexing map that drops the row, and
the softmax is a maximum, an exponential, a sum and a division.""",
    "kernel": """\
Two dispatches: the bias has joined the product that it reads, the softmax is one of its own. Each is an executable and a
call of it. The weight has got a layout: panels of 16 columns, with the steps of the reduction side by side in a panel.""",
    "plan": """\
One program, one `plan.submit`. Every tensor has its bytes in an arena: inputs and outputs in `io`, what lies between in
`transient`. The executables are here too; the page leaves them out, since they are those of the level before.""",
    "cpp": """\
The host program: tables that the runtime walks once, to record the command buffer. Kernels and weights come in through the
assembler. `--emit=spirv` prints the kernels, once per device class.""",
}


def readable(text):
    text = re.sub(r"^#loc.*\n", "", text, flags=re.M)
    nested = re.compile(r" loc\((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*\)")
    text = nested.sub("", text)
    text = re.sub(r"dense<\[\[[^>]*>", "dense<...>", text)
    text = re.sub(r"(, code_\w+), \d+}", r"\1, ...}", text)  # bytes of SPIR-V
    return text.strip("\n")


def without_executables(text):
    """The plan level's text from its weights and its program."""
    kept, inside = [], False
    for line in text.split("\n"):
        inside = inside or line.startswith("  kernel.executable")
        if not inside and not line.startswith("#map"):
            kept.append(line)
        if line == "  }":
            inside = False
    return "\n".join(kept)


def emit(bornc, level):
    command = [bornc, MODEL.name, "--dim", "N=2", "--target=vulkan", f"--emit={level}"]
    result = subprocess.run(command, cwd=DOCS, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    text = readable(result.stdout)
    return without_executables(text) if level == "plan" else text


def page(bornc):
    parts = [INTRODUCTION.format(model=MODEL.read_text().strip())]
    for level, prose in LEVELS.items():
        language = "cpp" if level == "cpp" else "mlir"
        parts.append(f"## {level}\n\n{prose}\n\n```{language}\n{emit(bornc, level)}\n```\n")
    return "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bornc", required=True, help="the compiler")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    text = page(pathlib.Path(arguments.bornc).resolve())
    if not arguments.check:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/levels.md is stale: run tools/gen_levels.py --bornc build/bin/bornc")


if __name__ == "__main__":
    main()
