"""ncnn and MNN: runtimes made for phones, each with a converter and a format of its own.

Both take Winograd's convolutions, whose sums lose digits; where the result is then wrong, they
run without.
"""
import importlib.metadata
import os
import re
import sys

from library import Library, NotAble, as_declared, declared, pin, tool

KINDS = {"float32": "f32", "int64": "i64", "int32": "i32", "bool": "bool"}  # pnnx's names


def as_known(value):
    """Neither has inputs of 64 bits or of truth values."""
    return value.astype("int32") if value.dtype in ("int64", "bool") else value


class Ncnn(Library):
    """ncnn in f32 on the CPU or, as far as its layers can, on Vulkan; pnnx converts for it."""

    careful = "without Winograd"
    # Types of 16 bits for sums or storage are on by default.
    NARROW = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed",
              "use_bf16_storage")

    def __init__(self, device="cpu", threads=0):
        self.name = f"ncnn-{device}-{threads}" if threads else f"ncnn-{device}"
        self.vulkan, self.threads = device == "vulkan", threads

    def load(self, model, build):
        import ncnn
        folder = build.work / self.name
        folder.mkdir(exist_ok=True)
        self.outputs = self.convert(model, folder)
        text = (folder / "model_ncnn.py").read_text() # says which axis it takes for a batch's
        batch = r'"{}(\d+)".*?batch_index=(\d+)'
        self.batches = {f"in{i}": int(axis) for i, axis in
                        re.findall(batch.format("in"), text)}
        self.out_batches = {f"out{i}": int(axis) for i, axis in
                            re.findall(batch.format("out"), text, re.DOTALL)}
        self.net = ncnn.Net()
        options = self.net.opt
        for name in self.NARROW:
            setattr(options, name, False)
        options.use_winograd_convolution = not self.exact
        options.num_threads = self.threads or os.cpu_count()
        options.use_vulkan_compute = self.vulkan
        if self.net.load_param(str(folder / "model.ncnn.param")) or \
                self.net.load_model(str(folder / "model.ncnn.bin")):
            raise NotAble(f"it does not load what pnnx made: {self.said('exist', 'fail')}")
        self.mat = ncnn.Mat
        if self.vulkan:
            layers = self.net.layers()
            left = sorted({layer.type for layer in layers if not layer.support_vulkan})
            return {"remark": f"on the CPU: {', '.join(left)}"} if left else None

    @staticmethod
    def convert(model, folder):
        outputs = pin(model, folder / "model.onnx")
        shapes = ",".join(f"[{','.join(map(str, row['shape']))}]{KINDS[row['type']]}"
                          for row in model.rows.values() if row["kind"] != "parameter")
        program = importlib.metadata.distribution("pnnx").locate_file("pnnx/pnnx")
        tool([program, "model.onnx", f"inputshape={shapes}", "fp16=0"],
             folder / "model.ncnn.param", folder)
        known = declared(folder / "model.onnx")
        return [(name, *known[name]) for name in outputs]

    def call(self, inputs):
        extractor = self.net.create_extractor()
        for index, value in enumerate(inputs.values()):
            name = f"in{index}"
            # A copy of its own: layers may work in place.
            extractor.input(name, self.mat(as_known(value), self.batches.get(name, 233)).clone())
        found = {}
        for index, (name, shape, dtype) in enumerate(self.outputs):
            failed, value = extractor.extract(f"out{index}")
            if failed:
                raise NotAble(f"it cannot compute output {index}: {self.said('fail')}")
            axis = self.out_batches.get(f"out{index}", 233)
            found[name] = as_declared(value.numpy(batch_index=axis), shape, dtype)
        return found

    def version(self):
        return importlib.metadata.version("ncnn")


class Mnn(Library):
    """MNN's CPU backend in f32."""

    careful = "without Winograd"
    # Not its program `mnnconvert`, which also reports to its makers.
    CONVERT = "import _tools, sys; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"
    # Not a Gelu of another formula, nor loops instead of the recurrent layers that it has.
    OPTIONS = ("--useGeluApproximation=0", "--useOriginRNNImpl", "--bizCode", "bench")
    WINOGRAD_LEVEL = 3 # this hint's number; level 0 is none

    def __init__(self, threads=0):
        self.name = f"mnn-cpu-{threads}" if threads else "mnn-cpu"
        self.threads = threads

    def load(self, model, build):
        import MNN
        source, file = build.work / f"{self.name}.onnx", build.work / f"{self.name}.mnn"
        names = pin(model, source)
        known = declared(source)
        self.outputs = [(name, *known[name]) for name in names]
        tool([sys.executable, "-c", self.CONVERT, "-f", "ONNX", "--modelFile", source,
              "--MNNModel", file, *self.OPTIONS], file, name="mnnconvert")
        inputs = [name for name, row in model.rows.items() if row["kind"] != "parameter"]
        manager = MNN.nn.create_runtime_manager(({
            "backend": "CPU", "precision": "high", "numThread": self.threads or os.cpu_count()},))
        if self.exact:
            manager.set_hint(self.WINOGRAD_LEVEL, 0)
        self.module = MNN.nn.load_module_from_file(str(file), inputs, names,
                                                   runtime_manager=manager)
        self.expr = MNN.expr

    def call(self, inputs):
        expr = self.expr
        kinds = {"float32": expr.float, "int32": expr.int}
        given = []
        for value in map(as_known, inputs.values()):
            variable = expr.placeholder(list(value.shape), expr.NCHW, kinds[str(value.dtype)])
            variable.write(value)
            given.append(variable)
        results = self.module.onForward(given)
        if len(results) != len(self.outputs):
            raise NotAble(f"it has {len(results)} of {len(self.outputs)} outputs")
        return {name: as_declared(expr.convert(value, expr.NCHW).read(), shape, dtype)
                for (name, shape, dtype), value in zip(self.outputs, results)}

    def version(self):
        return importlib.metadata.version("MNN")
