#!/usr/bin/env python3
"""Checks the layout rules: what a thing is called tells where it is.

Prints one line per violation, `file: what is wrong`, and exits 1 if there is any.
"""
import json
import pathlib
import re
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parents[2]
TBLGEN = "/usr/lib/llvm-22/bin/llvm-tblgen"
PARTS = ("compiler", "dialects", "passes", "runtime", "test", "tools")
SOURCES = (".cpp", ".h", ".c", ".td", ".py", ".sh")

# A file may be longer than this only with a reason.
LONGEST = 600
LONG_FILES = {
    "dialects/onnx/OnnxGeneratedOps.td",  # generated from the library's schemas
}

# What each part may include. runtime/ builds alone, and the compiler knows the
# runtime by the format of its tables only.
MAY_INCLUDE = {
    "dialects": ("dialects",),
    "passes": ("passes", "dialects"),
    "compiler": ("compiler", "passes", "dialects", "runtime/program.h"),
    "runtime": ("runtime",),
}

# Outside tools/: these end the process or print behind the caller's back.
FORBIDDEN = re.compile(r"\breport_fatal_error\b|(?:->|\.)dump\(\)|\bcl::(?:opt|list|bits)\b"
                       r"|\bstd::(?:exit|abort)\b|(?<![\w.>:])(?:exit|abort)\(")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
PARTS_INCLUDE = re.compile(rf"(?:{'|'.join(PARTS)})/")
LATER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b(?!\(#\d+\))")

violations = []


def complain(file, message):
    violations.append(f"{file}: {message}")


def tracked_files():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                         cwd=REPO, capture_output=True, text=True, check=True).stdout
    return [path for path in map(pathlib.PurePath, out.splitlines()) if (REPO / path).is_file()]


def check_passes():
    """def FooBarPass = flag born-foo-bar = passes/FooBar.cpp = test/passes/foo-bar.mlir."""
    table = REPO / "passes" / "Passes.td"
    if not table.exists():
        return
    dump = subprocess.run([TBLGEN, "--dump-json", "-I/usr/lib/llvm-22/include", f"-I{REPO}",
                           str(table)], capture_output=True, text=True)
    if dump.returncode:
        complain("passes/Passes.td", dump.stderr.strip().splitlines()[0])
        return
    records = json.loads(dump.stdout)
    stems = set()
    for name in records["!instanceof"]["PassBase"]:
        record, stem = records[name], name.removesuffix("Pass")
        stems.add(stem)
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", stem).lower()
        test = f"test/passes/{kebab}.mlir"
        if not name.endswith("Pass"):
            complain("passes/Passes.td", f"{name}: the def of a pass ends in Pass")
        if record["argument"] != f"born-{kebab}":
            complain("passes/Passes.td",
                     f"{name}: expected the flag born-{kebab}, found {record['argument']}")
        if not (REPO / "passes" / f"{stem}.cpp").exists():
            complain("passes/Passes.td", f"{name}: there is no passes/{stem}.cpp")
        if not (REPO / test).exists():
            complain("passes/Passes.td", f"{name}: there is no {test}")
        elif not re.search(rf"(?:-|[(,])born-{kebab}\b", (REPO / test).read_text()):
            complain(test, f"runs born-{kebab} neither as a flag nor in a pass pipeline")
        if len(record["description"].strip()) < 40:
            complain("passes/Passes.td", f"{name}: the description does not say why it exists")


def check_readmes(files):
    folders = {file.parent for file in files
               if file.parts[0] in PARTS and file.suffix in SOURCES and "Inputs" not in file.parts}
    for folder in sorted(folders):
        readme = REPO / folder / "README.md"
        if not readme.exists():
            complain(folder, "has sources but no README.md")
        elif readme.read_text().count("\n") > 60:
            complain(folder / "README.md", "longer than 60 lines; what a folder is fits in 40")


def check_source(file, text):
    part = file.parts[0]
    lines = text.count("\n")
    if lines > LONGEST and str(file) not in LONG_FILES:
        complain(file, f"{lines} lines; expected at most {LONGEST}")
    for word in LATER.findall(text):
        complain(file, f"{word} without a pointer to where it is tracked, as in {word}(#12)")
    if file.suffix not in (".cpp", ".h", ".c"):
        return
    for include in INCLUDE.findall(text):
        if include.startswith("."):
            complain(file, f'includes "{include}"; expected a path from the top of the repository')
        elif PARTS_INCLUDE.match(include) and part in MAY_INCLUDE and \
                not include.startswith(MAY_INCLUDE[part]):
            complain(file, f'{part}/ must not depend on "{include}"')
        elif not PARTS_INCLUDE.match(include) and (REPO / file.parent / include).exists():
            complain(file, f'includes "{include}"; expected "{file.parent}/{include}"')
    if part in ("compiler", "dialects", "passes", "runtime"):
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
        for call in FORBIDDEN.findall(code):
            complain(file, f"{call}: not outside tools/")


def main():
    files = tracked_files()
    check_passes()
    check_readmes(files)
    for file in files:
        if file.parts[0] in PARTS and file.suffix in SOURCES:
            check_source(file, (REPO / file).read_text(encoding="utf-8"))
    for violation in violations:
        print(violation)
    return bool(violations)


if __name__ == "__main__":
    sys.exit(main())
