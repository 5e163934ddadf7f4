#!/usr/bin/env python3
"""The applications of project/, built from an installed bornc alone.

  check_apps.py install|c|c++|go|rust|python --build TREE --work FOLDER

`install` installs into a folder, moves that, and builds the project with it;
the others run an application. Exit code 77: a language is not installed.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

import numpy

PROJECT = pathlib.Path(__file__).resolve().parent / "project"
MISSING = 77


class Failure(Exception):
    pass


def execute(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=500, **options)
    if done.returncode:
        raise Failure(f"{command}\n  exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(found, expected):
    if found != expected:
        raise Failure(f"expected {expected!r}, found {found!r}")


def frame(y, x):
    """A bright square of 20 pixels."""
    picture = numpy.zeros((120, 160), numpy.float32)
    picture[y:y + 20, x:x + 20] = 1
    return picture


def edges(picture):
    """What edges.onnxtxt computes."""
    p = numpy.pad(picture, 1)
    return abs(p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:] - 4 * p[1:-1, 1:-1])


SHARPNESS = f"{edges(frame(40, 70)).mean():.6f}"


def install(tree, work):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    execute(["cmake", "--install", tree, "--prefix", work / "installed"])
    (work / "installed").rename(work / "moved")
    execute(["cmake", "-G", "Ninja", "-S", PROJECT, "-B", work / "build",
             f"-DCMAKE_PREFIX_PATH={work / 'moved'}"])
    execute(["cmake", "--build", work / "build"])
    expect(execute(["cmake", "--build", work / "build"]).strip(), "ninja: no work to do.")


def run_c(work):
    means = [edges(frame(10 + i, 5 + 4 * i)).mean() for i in range(30)]
    for device, submissions in (("vulkan", 30), ("cpu", 0)):
        found = execute([work / "build" / "camera"], env={**os.environ, "BORN_DEVICE": device})
        expect(found, f"30 frames, {submissions} submissions, "
                      f"sharpness {min(means):.6f} to {max(means):.6f}\n")


def run_cxx(work):
    expect(execute([work / "build" / "two_models"]),
           f"sharpness {SHARPNESS}, brightness {frame(40, 70).mean():.6f}\n")


def model_folder(work, name, library):
    """A folder with the edge model for tools that are not CMake."""
    folder = work / name
    folder.mkdir(exist_ok=True)
    made = work / "build" / "born" / "edges"
    shutil.copy(made / "edges.a", folder / library)
    shutil.copy(made / "edges.h", folder)
    return folder


def find(language, tool):
    path = shutil.which(tool)
    if not path:
        print(f"{language} is not installed: there is no '{tool}'")
        sys.exit(MISSING)
    return path


def run_go(work):
    go = find("Go", "go")
    folder = model_folder(work, "go", "edges.a")
    shutil.copy(PROJECT / "main.go", folder)
    environment = {**os.environ, "GO111MODULE": "off", "CGO_ENABLED": "1", "GOFLAGS": "",
                   "GOCACHE": str(work / "go-cache"), "GOTOOLCHAIN": "local"}
    execute([go, "build", "-o", "app", "main.go"], cwd=folder, env=environment)
    expect(execute([folder / "app"]), f"sharpness {SHARPNESS}\n")


def run_rust(work):
    rustc = find("Rust", "rustc")
    folder = model_folder(work, "rust", "libedges.a")
    execute([rustc, "--edition=2021", "-D", "warnings", PROJECT / "main.rs", "-L", folder,
             "-o", folder / "app"])
    expect(execute([folder / "app"]), f"sharpness {SHARPNESS}\n")


def run_python(work):
    library = work / "build" / "born" / "edges_shared" / "edges_shared.so"
    pixels = int((edges(frame(40, 70)) > 0).sum())
    expect(execute([sys.executable, PROJECT / "edges.py", library]),
           "input 'frame': expected 76800 bytes, found 48000\n"
           f"sharpness {SHARPNESS}, {pixels} pixels of edges\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("install", "c", "c++", "go", "rust", "python"))
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    runs = {"c": run_c, "c++": run_cxx, "go": run_go, "rust": run_rust, "python": run_python}
    try:
        if arguments.what == "install":
            install(arguments.build.resolve(), arguments.work.resolve())
        else:
            runs[arguments.what](arguments.work.resolve())
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
