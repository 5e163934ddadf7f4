#!/usr/bin/env python3
"""Runs the examples of dialects/errors/*.md and writes docs/errors.md from the pages.

  tools/gen_errors.py --bornc build/bin/bornc            writes what the examples print
  tools/gen_errors.py --bornc build/bin/bornc --check    fails if a page is stale

A page's example is a file (a block after a line with its name) and a block of commands
after `$ `, which run in an empty folder; the lines below a command are what it prints.
The example of every page must print the page's own name.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

REPO = pathlib.Path(__file__).resolve().parents[1]
PAGES = REPO / "dialects" / "errors"
DOCS = REPO / "docs" / "errors.md"
# Faults of the compiler: where one is known, it is mended.
WITHOUT_EXAMPLE = {"internal"}

FILE = re.compile(r"^`([^`\n]+)`:\n\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

INTRODUCTION = """\
# Errors and warnings

Made by `tools/gen_errors.py` from the pages in `dialects/errors`, whose examples are tests.

Every message of bornc ends its first line with the name of its kind, as in `[free-dimension]`. `bornc --explain NAME` prints
the page of a kind, `bornc --explain` lists all. An error is one message and exit code 1, and leaves what was there before.
Warnings are on; `-w` turns all off, `-Wno-NAME` one; `-Werror` and `-Werror=NAME` make errors of them.
"""


def run_example(text, environment):
    """The page with what its commands print now."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILE.findall(text):
            (pathlib.Path(folder) / name).write_text(content)

        def run(match):
            lines = []
            for command in re.findall(r"^\$ (.*)$", match[1], re.MULTILINE):
                done = subprocess.run(command, shell=True, cwd=folder, env=environment, timeout=120,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                lines += [f"$ {command}", *done.stdout.splitlines()]
            return "```console\n" + "\n".join(lines) + "\n```"

        return CONSOLE.sub(run, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bornc", required=True, type=pathlib.Path, help="the compiler")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    environment = {**os.environ, "LC_ALL": "C",
                   "PATH": f"{arguments.bornc.resolve().parent}:{os.environ['PATH']}"}
    files, wrong = {}, []
    for page in sorted(PAGES.glob("*.md")):
        name = page.stem
        if name == "README":
            continue
        files[page] = text = run_example(page.read_text(), environment)
        if (f" [{name}]\n" in text) == (name in WITHOUT_EXAMPLE):
            wrong.append(f"{page.relative_to(REPO)}: its example must print [{name}]"
                         if name not in WITHOUT_EXAMPLE else f"{name} has an example after all")
    body = "\n".join(re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
                     for text in files.values())
    files[DOCS] = INTRODUCTION + "\n" + body
    for file, text in files.items():
        if not arguments.check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            wrong.append(f"{file.relative_to(REPO)} is stale: run tools/gen_errors.py")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
