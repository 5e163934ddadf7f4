"""What the end-to-end checks share: models, inputs, processes, comparison."""
import json
import os
import pathlib
import subprocess
import sys

import numpy
from PIL import Image, ImageDraw, ImageFont

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(REPO / "tools" / "quickstart"), str(REPO / "test")]
import page  # noqa: E402: draws the quick start's input
from machine import cpu_classes  # noqa: E402,F401: for the checks
LEVELS = ("onnx", "linalg", "kernel", "plan", "spirv")
VARIANTS = ("generic", "software")
SEEDS = (1, 2)
# ONNX Runtime's setting for sums of products of bytes that do not saturate, which they do by
# default on x86-64 without VNNI.
EXACT_BYTES = ("session.x64quantprecision", "1")
VALIDATION_FOLDER = "/usr/share/vulkan/explicit_layer.d"


class Failure(Exception):
    """A check that does not hold; the text says what was expected and found."""


class Model:
    """A row of models.json with the file that tools/setup/models.py fetched."""

    def __init__(self, name):
        rows = json.loads((REPO / "test" / "models" / "models.json").read_text())
        (row,) = [row for row in rows if row["name"] == name]
        self.name = name
        self.file = REPO / ".deps" / "models" / f"{name}.onnx"
        self.rows = row["inputs"]
        self.rms = row.get("rms")  # with its reason in "why"
        if not self.file.exists():
            raise Failure(f"{self.file} is missing; tools/setup/models.py fetches it")

    def shape_flags(self):
        """What pins the model's shapes, and the inputs that are parameters of it."""
        flags = []
        for name, row in self.rows.items():
            if row["kind"] == "parameter":
                flags += ["--value", f"{name}={row['value']}"]
            else:
                flags += ["--shape", f"{name}={'x'.join(map(str, row['shape']))}"]
        return flags

    def inputs(self, seed):
        """Realistic inputs of the compiled program, the same for the same seed."""
        rng = numpy.random.default_rng(seed)
        return {name: make_input(row, rng) for name, row in self.rows.items()
                if row["kind"] != "parameter"}

    def reference(self, inputs):
        """What ONNX Runtime computes, in the model's order of outputs."""
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry(*EXACT_BYTES)
        session = onnxruntime.InferenceSession(
            str(self.file), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        parameters = {name: numpy.array(row["value"], row["type"])
                      for name, row in self.rows.items() if row["kind"] == "parameter"}
        return dict(zip(names, session.run(names, inputs | parameters)))


def draw_text(text, height, width, lines, rng):
    size = height // lines * 3 // 4
    picture = Image.new("L", (width, height), 225)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=size)
    for line in range(lines):
        at = (int(rng.integers(4, 30)), line * height // lines + size // 10)
        pen.text(at, text[line * 80:], fill=30, font=font)
    return numpy.asarray(picture) + 3 * rng.standard_normal((height, width))


def waves(shape, rng):
    """Waves and a bright box, the same in all channels but for their strength."""
    height, width = (size for size in shape[1:] if size > 3)
    y, x = numpy.mgrid[0:1:height * 1j, 0:1:width * 1j]
    plane = sum(numpy.sin(2 * numpy.pi * (rng.uniform(1, 9) * x + rng.uniform(1, 9) * y))
                for _ in range(4))
    box = (abs(x - rng.uniform(0.3, 0.7)) < 0.2) & (abs(y - rng.uniform(0.3, 0.7)) < 0.2)
    plane = plane + 3 * box
    channels_last = shape[-1] <= 3
    strength = rng.uniform(0.5, 1, (1, shape[-1]) if channels_last else (shape[1], 1, 1))
    return (plane[..., None] * strength if channels_last else plane * strength).reshape(shape)


def scale_to(values, bounds):
    low, high = values.min(), values.max()
    return bounds[0] + (values - low) * ((bounds[1] - bounds[0]) / (high - low))


def make_input(row, rng):
    shape = tuple(row["shape"])
    match row["kind"]:
        case "page":  # a page of text, turned
            words = ("".join(map(chr, rng.integers(97, 123, rng.integers(2, 10))))
                     for _ in range(200))
            picture = page.draw_page(" ".join(words))
            values = page.to_input(picture.rotate(90 * int(rng.integers(4))))
            values = values + 0.05 * rng.standard_normal(shape)
        case "state":  # of a recurrent network
            values = 0.3 * rng.standard_normal(shape)
        case "audio":  # a voice-like tone with noise, within [-1, 1]
            time = numpy.arange(numpy.prod(shape)).reshape(shape) / 16000
            pitch = rng.uniform(90, 260)
            values = sum(numpy.sin(2 * numpy.pi * pitch * k * time) / k for k in range(1, 9))
            values = 0.2 * values + row.get("noise", 0.02) * rng.standard_normal(shape)
        case "text":  # one or more lines of it, black on light grey, within row["range"]
            words = ("".join(map(chr, rng.integers(97, 123, rng.integers(2, 10))))
                     for _ in range(200))
            values = draw_text(" ".join(words), *shape[2:], row["lines"], rng)
            values = scale_to(numpy.broadcast_to(values, shape), row["range"])
        case "picture":  # smooth shapes with edges and some noise, within row["range"]
            values = waves(shape, rng) + 0.02 * rng.standard_normal(shape)
            values = scale_to(values, row["range"])
        case "spectrogram":  # slow along the last axis, rough along the others
            values = numpy.cumsum(rng.standard_normal(shape), axis=-1)
            values = scale_to(values + rng.standard_normal(shape[:-1] + (1,)), row["range"])
        case "bytes":  # small numbers; on few letters ONNX Runtime's own sums lose their digits
            values = rng.integers(0, 40, shape)
        case "one-hot":
            values = numpy.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
        case "value":
            values = numpy.full(shape, row["value"])
        case "indices":
            values = rng.integers(0, row["below"], shape)
        case "tokens":  # a first mark, words, a last mark: BERT's unless the row has others
            first, last = row.get("marks", (101, 102))
            values = rng.integers(row.get("first", 1000), row["vocabulary"], shape)
            values[:, 0], values[:, -1] = first, last
        case "mask":  # ones, then a padded tail
            values = numpy.ones(shape)
            values[:, shape[1] - row["padding"]:] = 0
        case other:
            raise Failure(f"models.json: no kind of input '{other}'")
    return numpy.ascontiguousarray(values, dtype=row["type"])


class Build:
    """The programs of a build tree, and a folder for what a check makes."""

    def __init__(self, tree, work):
        self.tree = pathlib.Path(tree).resolve()
        self.bornc = self.tree / "bin" / "bornc"
        self.layers = self.tree / "lib" / "layers"
        self.work = pathlib.Path(work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)

    def environment(self, layers=(), **extra):
        """The caller's, with layers, and with caches that belong to the build tree; programs
        run on a Vulkan device, also a software one, unless it says otherwise."""
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("BORN_")}
        environment["BORN_DEVICE"] = "vulkan"
        environment["BORN_CACHE_DIR"] = str(self.tree / "test-cache")
        if layers:
            environment["VK_LAYER_PATH"] = f"{self.layers}:{VALIDATION_FOLDER}"
            environment["VK_INSTANCE_LAYERS"] = ":".join(layers)
        environment.update({key: str(value) for key, value in extra.items()})
        return environment


def execute(command, timeout=600, **options):
    """Runs a command that must succeed; returns its standard output."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    if done.returncode:
        raise Failure(f"{' '.join(command)}\n  exit code {done.returncode}\n"
                      f"{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def save_inputs(inputs, folder):
    """Writes inputs as .npy; returns the flags that give them to a program."""
    folder.mkdir(parents=True, exist_ok=True)
    flags = []
    for index, (name, value) in enumerate(inputs.items()):
        # Tests of one model run side by side on the same inputs: none may see half a file.
        file = folder / f"input_{index}.npy"
        partial = folder / f"input_{index}.{os.getpid()}.npy"
        numpy.save(partial, value)
        partial.replace(file)
        flags += ["--input", f"{name}={file}"]
    return flags


def load_outputs(folder):
    """Name to array, as outputs.json says; in the order of the model."""
    rows = json.loads((folder / "outputs.json").read_text())
    rows = rows["outputs"] if isinstance(rows, dict) else rows
    outputs = {}
    for index, row in enumerate(rows):
        if row["file"] != f"output_{index}.npy":
            raise Failure(f"outputs.json: expected output_{index}.npy, found {row['file']}")
        outputs[row["name"]] = numpy.load(folder / row["file"])
        if list(outputs[row["name"]].shape) != list(row["shape"]):
            raise Failure(f"outputs.json: {row['name']}: shape {row['shape']}, but the file has "
                          f"{outputs[row['name']].shape}")
    return outputs


def run_program(program, flags, folder, **options):
    """One inference; returns its outputs by name."""
    execute([program, *flags, "--output-dir", folder], **options)
    return load_outputs(folder)


def compare_rms(name, a, b, rms):
    """The root of the mean square of a-b, at most `rms` times that of b."""
    distance = numpy.sqrt(numpy.mean((a - b) ** 2)) / numpy.sqrt(numpy.mean(b ** 2))
    line = f"{name}: rms {distance:.3g} of the expected one, allowed {rms}"
    if not distance <= rms:
        raise Failure(line)
    return line


def compare(found, expected, quiet=False, rms=None):
    """Both name to array: |a-b| <= 1e-5 * max(1, max|b|) + 1e-4 * |b|, or as far as `rms` says."""
    say = (lambda line: None) if quiet else print
    if list(found) != list(expected):
        raise Failure(f"expected the outputs {list(expected)}, found {list(found)}")
    for name, b in expected.items():
        a = found[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            raise Failure(f"{name}: expected {b.dtype}{b.shape}, found {a.dtype}{a.shape}")
        if not numpy.issubdtype(b.dtype, numpy.floating):
            wrong = numpy.argwhere(a != b)
            if len(wrong):
                at = tuple(int(i) for i in wrong[0])
                raise Failure(f"{name}: {len(wrong)} of {b.size} differ; the first at {at}: "
                              f"expected {b[at]}, found {a[at]}")
            say(f"  {name}: all {b.size} equal")
            continue
        a, b = a.astype(numpy.float64), b.astype(numpy.float64)
        if rms:
            say(f"  {compare_rms(name, a, b, rms)}")
            continue
        allowed = 1e-5 * max(1, numpy.abs(b).max(initial=0)) + 1e-4 * numpy.abs(b)
        excess = numpy.where(numpy.isfinite(a), numpy.abs(a - b) / allowed, numpy.inf)
        excess = numpy.where((a == b) | (numpy.isnan(a) & numpy.isnan(b)), 0, excess)
        if not excess.size:
            continue
        at = tuple(int(i) for i in numpy.unravel_index(excess.argmax(), excess.shape))
        line = (f"{name}: worst at {at}: expected {b[at]:.9g}, found {a[at]:.9g}, "
                f"{excess[at]:.3g} of what is allowed")
        if excess[at] > 1:
            raise Failure(f"{line}; {int((excess > 1).sum())} of {b.size} are outside")
        say(f"  {line}")
