"""What is measured: bornc on its targets, and other runtimes.

A peer prepares a model once and is then asked for a result and, in rounds, for
times. One is added as a class with `prepare`, `run` and a name in `peers()`; what
has a Python interface derives from Library (library.py) and gets a process of its
own, so that a crash or a hang is a row of the table and no thread of one disturbs
another.
"""
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

from library import REPO, Library, NotAble, one_line, pin, tool
from mobile import Mnn, Ncnn
from harness import EXACT_BYTES, cpu_classes, execute, run_program, save_inputs


class Bornc:
    """A program that bornc makes, in a process per round."""

    def __init__(self, target="vulkan", threads=0):
        self.name = f"bornc-{target}-{threads}" if threads else f"bornc-{target}"
        self.target = target
        self.flag = [f"--threads={threads}"] if threads else []

    def environment(self):
        return self.build.environment(BORN_DEVICE=self.target)

    def prepare(self, model, build):
        self.build, self.program = build, build.work / self.name
        command = [build.bornc, model.file, *model.shape_flags(), f"--target={self.target}",
                   "-o", self.program]
        seconds, peak = compile_once(command)
        info = execute([self.program, "--info"], env=self.environment())
        weights = re.search(r"weights: (\d+) bytes", info)
        return {"compile_s": seconds, "compile_peak_mib": peak,
                "program_bytes": self.program.stat().st_size,
                "weight_bytes": int(weights[1]) if weights else 0}

    def run(self, inputs):
        self.flags = save_inputs(inputs, self.build.work / "inputs")
        return run_program(self.program, self.flags, self.build.work / f"{self.name}-out",
                           env=self.environment())

    def time(self, runs):
        out = execute([self.program, *self.flags, *self.flag, f"--bench={runs}", "--warm-up=2",
                       "--json"], env=self.environment())
        return json.loads(out)["median_ms"]

    def close(self):
        pass

    def version(self):
        commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPO,
                                capture_output=True, text=True)
        return commit.stdout.strip()


def compile_once(command):
    """Seconds, and the peak resident memory of bornc itself in MiB.

    The kernel keeps the peak per process; the last reading before the end counts.
    What the C++ compiler that bornc calls needs is not in it.
    """
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak, *map(int, re.findall(r"VmHWM:\s*(\d+)", status))])
        except OSError:
            break
        time.sleep(0.005)
    if process.wait():
        raise NotAble(one_line(process.stderr.read()))
    return time.perf_counter() - start, round(peak / 1024)


class OnnxRuntime(Library):
    """Its CPU provider; with 0 threads as many as it takes by itself."""

    def __init__(self, threads=0):
        self.name = f"onnxruntime-cpu-{threads}" if threads else "onnxruntime-cpu"
        self.threads = threads

    def load(self, model, build):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = self.threads
        options.add_session_config_entry(*EXACT_BYTES)
        self.start(model, options, providers=["CPUExecutionProvider"])

    def start(self, model, options, **more):
        import numpy
        import onnxruntime
        self.session = onnxruntime.InferenceSession(str(model.file), options, **more)
        self.names = [output.name for output in self.session.get_outputs()]
        self.parameters = {name: numpy.array(row["value"], row["type"])
                           for name, row in model.rows.items() if row["kind"] == "parameter"}

    def call(self, inputs):
        return dict(zip(self.names, self.session.run(self.names, inputs | self.parameters)))

    def version(self):
        import onnxruntime
        return onnxruntime.__version__


class WebGpu(OnnxRuntime):
    """ONNX Runtime's WebGPU provider, on Vulkan by way of Dawn."""

    def __init__(self):
        self.name, self.threads = "webgpu-vulkan", 0

    def load(self, model, build):
        os.environ["ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER"] = "1"
        os.environ["VK_LAYER_PATH"] = str(self.layer(build))
        os.environ["VK_INSTANCE_LAYERS"] = "VK_LAYER_born_dawn"
        import onnxruntime
        import onnxruntime_ep_webgpu as webgpu
        onnxruntime.register_execution_provider_library("webgpu", webgpu.get_library_path())
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        name = webgpu.get_ep_name()
        options.add_provider_for_devices(
            [device for device in onnxruntime.get_ep_devices() if device.ep_name == name][:1], {})
        self.start(model, options)
        parts = self.session.get_provider_graph_assignment_info()
        sizes = {True: 0, False: 0} # of what is its own, and of what the CPU does for it
        for part in parts:
            sizes[part.ep_name == name] += len(part.get_nodes())
        if not sizes[True]:
            raise NotAble("it leaves all nodes to the CPU")
        cpu = f", {sizes[False]} of {sum(sizes.values())} nodes on the CPU" if sizes[False] else ""
        return {"remark": f"with a layer for Dawn{cpu}"}

    @staticmethod
    def layer(build):
        """The folder of the layer that Dawn wants for lavapipe."""
        folder = build.tree / "bench" / "layer"
        folder.mkdir(parents=True, exist_ok=True)
        tool(["c++", "-std=c++17", "-O2", "-shared", "-fPIC", f"-I{REPO}",
              REPO / "tools" / "bench" / "dawn_layer.cpp", "-o", folder / "libdawn_layer.so"])
        (folder / "dawn_layer.json").write_text(json.dumps({
            "file_format_version": "1.1.2", "layer": {
                "name": "VK_LAYER_born_dawn", "type": "GLOBAL", "api_version": "1.3.239",
                "library_path": "./libdawn_layer.so", "implementation_version": "1",
                "description": "Claims what Dawn asks for"}}))
        return folder

    def version(self):
        import importlib.metadata
        return (f"{importlib.metadata.version('onnxruntime-ep-webgpu')} in "
                f"{importlib.metadata.version('onnxruntime')}")


class OpenVino(Library):
    """Its CPU plugin, in f32; with 0 threads as many as it takes by itself."""

    def __init__(self, threads=0):
        self.name = f"openvino-cpu-{threads}" if threads else "openvino-cpu"
        self.threads = threads

    def load(self, model, build):
        import openvino
        file = build.work / "openvino.onnx"
        self.names = pin(model, file)
        # Without the last it rounds what meets weights of 8 bits to 8 bits, too.
        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY",
                    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}
        if self.threads:
            settings["INFERENCE_NUM_THREADS"] = self.threads
        core = openvino.Core()
        self.request = core.compile_model(core.read_model(file), "CPU",
                                          settings).create_infer_request()

    def call(self, inputs):
        # The results belong to the request: copied, as the others' are.
        self.request.infer(inputs)
        return {name: self.request.get_output_tensor(index).data.copy()
                for index, name in enumerate(self.names)}

    def version(self):
        import openvino
        return openvino.__version__


class Iree(Library):
    """IREE's compiler and runtime for a device: vulkan or local-task (its CPU target)."""

    # Its default Vulkan target is no software device; importing converts old opsets.
    FLAGS = {
        "vulkan": ["--iree-hal-target-device=vulkan", "--iree-vulkan-target=llvmpipe"],
        "local-task": ["--iree-hal-target-device=local",
                       "--iree-hal-local-target-device-backends=llvm-cpu",
                       "--iree-llvmcpu-target-cpu=host"],
    }

    def __init__(self, device="vulkan"):
        self.name = f"iree-{'cpu' if device == 'local-task' else device}"
        self.device = device

    def load(self, model, build):
        import iree.runtime
        pinned = build.work / f"{self.name}.onnx"
        self.names = pin(model, pinned)
        # Compiling takes up to minutes: once per model and version.
        key = hashlib.sha256(pinned.read_bytes() + repr((self.FLAGS, self.version())).encode())
        file = build.tree / "bench" / f"{self.name}-{key.hexdigest()[:16]}.vmfb"
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            self.compile(pinned, file)
        config = iree.runtime.Config(self.device)
        self.hal = config.device
        module = iree.runtime.VmModule.mmap(config.vm_instance, str(file))
        loaded = iree.runtime.load_vm_module(module, config)
        (entry,) = [name for name in module.function_names
                    if not name.startswith("__") and not name.endswith("$async")]
        self.function = getattr(loaded, entry)

    def compile(self, model, file):
        import onnx
        opsets = {row.domain: row.version for row in onnx.load(model).opset_import}
        convert = ["--opset-version", "17"] if opsets.get("", 17) < 17 else []
        text, partial = model.with_suffix(".mlir"), model.with_suffix(".vmfb")
        tools = pathlib.Path(sys.executable).parent
        tool([tools / "iree-import-onnx", model, *convert, "-o", text])
        tool([tools / "iree-compile", text, *self.FLAGS[self.device], "-o", partial])
        shutil.move(partial, file)

    def call(self, inputs):
        results = self.function(*inputs.values())
        results = results if isinstance(results, (tuple, list)) else [results]
        return {name: self.to_host(result) for name, result in zip(self.names, results)}

    def to_host(self, array):
        """Its own to_host imports memory that lavapipe wants aligned to pages; this copies."""
        from iree.runtime import BufferUsage, HalFence, MemoryType
        if self.device != "vulkan":
            return array.to_host()
        source = array._buffer_view.get_buffer() # no other way to it
        copy = self.hal.allocator.allocate_buffer(
            memory_type=int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_VISIBLE),
            allowed_usage=int(BufferUsage.TRANSFER_TARGET | BufferUsage.MAPPING_SCOPED),
            allocation_size=source.byte_length())
        done = self.hal.create_semaphore(0)
        self.hal.queue_copy(source, copy, wait_semaphores=HalFence.create_at(done, 0),
                            signal_semaphores=HalFence.create_at(done, 1))
        HalFence.create_at(done, 1).wait()
        return copy.map().asarray(array._buffer_view.shape, array.dtype).copy()

    def version(self):
        import importlib.metadata
        return importlib.metadata.version("iree-base-runtime")


def peers():
    """All that bench.py can measure, by name."""
    return {peer.name: peer for peer in (
        Bornc("vulkan"), Bornc("cpu"), Bornc("cpu", threads=1), OnnxRuntime(),
        OnnxRuntime(threads=1), OpenVino(), OpenVino(threads=1), Mnn(), Mnn(threads=1), Ncnn(),
        Ncnn(threads=1), Iree("local-task"), Ncnn("vulkan"), WebGpu(), Iree("vulkan"))}


def describe_machine(program, build):
    """The machine and the device that `program` takes, if there is one, so that numbers are not
    compared across them."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    devices = (execute([program, "--list-devices"], env=build.environment())
               if program.exists() else "")
    device = re.search(r"^\* \d+: (.*)", devices, re.MULTILINE)
    return {"cpu": cpu[1] if cpu else "unknown", "code": cpu_classes()[0], "cores": os.cpu_count(),
            "system": platform.freedesktop_os_release()["PRETTY_NAME"],
            "device": device[1] if device else "none"}
