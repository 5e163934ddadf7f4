"""What peers share: why one is not able, its commands, a process for what is a Python library."""
import math
import multiprocessing
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "test" / "models"))
PATIENCE = 180  # seconds for a step of the preparation
TIME_AND_LINE = r"^\[[\d:]+\] *:\d+: "  # before what some print
RUN_PATIENCE = 30  # seconds for the first run, and for a round
SLOW = 1000  # milliseconds: what takes longer needs no warming up after its first run


class NotAble(Exception):
    """The peer cannot compile, load or run the model; the text says why, in one line."""


def one_line(text, length=160):
    """Without folders of this machine."""
    text = re.sub(r"\x1b\[[\d;]*m", "", str(text)) # nor colours
    text = re.sub(r"(?<![\w:])/(?:[\w.+-]+/)+", "", text)
    return re.sub(r"\s+", " ", text).strip()[:length]


def tool(command, makes=None, cwd=None, name=None):
    """Runs a command of a peer, which is not able if that fails or does not make the file.

    In a session of its own: what it started itself must not go on computing beside the others.
    """
    name = name or pathlib.Path(command[0]).name
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, cwd=cwd,
                          start_new_session=True) as done:
        try:
            output, log = done.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(done.pid, signal.SIGKILL)
            raise NotAble(f"{name}: no end after {PATIENCE} s") from None
    if done.returncode or makes and not makes.exists():
        lines = (log + output).splitlines()
        errors = [line for word in ("error", "unsupported", "not support", "fail", "what()")
                  for line in lines if word in line.lower()]
        why = (errors or [ending(done.returncode)])[0]
        raise NotAble(f"{name}: {one_line(re.sub(TIME_AND_LINE, '', why))}")


def ending(code):
    return f"ended with {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"


def pin(model, file):
    """Writes the model with static shapes, its parameters as constants; returns its outputs."""
    import onnx
    proto = onnx.load(model.file)
    for value in list(proto.graph.input):
        row = model.rows.get(value.name)
        if not row:
            continue
        if row["kind"] == "parameter":
            import numpy
            constant = numpy.array(row["value"], row["type"])
            proto.graph.initializer.append(onnx.numpy_helper.from_array(constant, value.name))
            proto.graph.input.remove(value)
            continue
        shape = value.type.tensor_type.shape
        shape.Clear()
        for size in row["shape"]:
            shape.dim.add().dim_value = size
    onnx.save(proto, file)
    return [output.name for output in proto.graph.output]


def declared(file):
    """The outputs of a pinned model: name to (shape, type), without shape where it is unknown."""
    import onnx
    graph = onnx.shape_inference.infer_shapes(onnx.load(file)).graph
    found = {}
    for output in graph.output:
        tensor = output.type.tensor_type
        known = tensor.HasField("shape") and all(size.HasField("dim_value")
                                                 for size in tensor.shape.dim)
        found[output.name] = (tuple(size.dim_value for size in tensor.shape.dim) if known else None,
                              onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    return found


def as_declared(value, shape, dtype):
    """Some runtimes know neither a batch's axis nor all types; numbers stay what they are."""
    value = value.astype(dtype)
    return value.reshape(shape) if shape is not None and value.size == math.prod(shape) else value


class Library:
    """A runtime with a Python interface: `load` and `call` run in a process of its own, which is
    stopped while others have their turn: many runtimes spin when they have nothing to do. What
    `load` returns is added to the row. A class that has a slower way to a result closer to the
    mathematical one says in `careful` what that is, and takes it where `exact` is set."""

    careful, exact = "", False

    def prepare(self, model, build):
        self.close()
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self.process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, self, model, build), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe = ours
        return self.answer(PATIENCE)

    def answer(self, patience=RUN_PATIENCE):
        try:
            if not self.pipe.poll(patience):
                raise NotAble(f"no answer after {patience} s")
            good, value = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join(10)
            raise NotAble(f"its process {ending(self.process.exitcode)}") from None
        os.kill(self.process.pid, signal.SIGSTOP)
        if not good:
            raise NotAble(value)
        return value

    def ask(self, request, value):
        os.kill(self.process.pid, signal.SIGCONT)
        self.pipe.send((request, value))
        return self.answer()

    def run(self, inputs):
        return self.ask("run", inputs)

    def time(self, runs):
        return self.ask("time", runs)

    def said(self, *words):
        """The last line with one of the words that the process printed so far."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines()
                 if any(word in line for word in words)]
        return lines[-1] if lines else "no reason given"

    def close(self):
        if process := self.__dict__.pop("process", None):
            process.kill()
            process.join()

    def __getstate__(self):
        return {key: value for key, value in vars(self).items() if key not in ("process", "pipe")}


def serve(pipe, library, model, build):
    """The process of a library: answers requests until it is killed."""
    try:
        library.log = build.work / f"{library.name}.log"
        for stream in (1, 2):
            os.dup2(os.open(library.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        start = time.perf_counter()
        known = library.load(model, build) or {}
        pipe.send((True, {"compile_s": time.perf_counter() - start, **known}))
        while True:
            request, value = pipe.recv()
            if request == "run":
                inputs = value
                pipe.send((True, library.call(inputs)))
                continue
            times, turn = [], 0
            while len(times) < value:
                start = time.perf_counter()
                library.call(inputs)
                taken = 1e3 * (time.perf_counter() - start)
                turn += 1
                if turn > 2 or taken > SLOW: # the first ones warm up
                    times.append(taken)
            pipe.send((True, statistics.median(times)))
    except EOFError:
        pass
    except Exception as error: # whatever a library throws is a row of the table
        pipe.send((False, one_line(error)))
