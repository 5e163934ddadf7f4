"""What is in the JSON that bench.py writes: names of peers, groups of them, ratios."""
import math

MAKERS = {"bornc": "bornc", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "mnn": "MNN",
          "ncnn": "ncnn", "iree": "IREE", "webgpu": "ONNX Runtime WebGPU"} # in a table's order
DEVICES = {"vulkan": "Vulkan", "cpu": "CPU"}
GROUPS = {("cpu", 0): "CPU, all cores", ("cpu", 1): "CPU, one thread", ("vulkan", 0): "Vulkan"}


def split(name):
    """(maker, device, threads) of "openvino-cpu-1"; 0 threads: as many as there are cores."""
    maker, device = name.split("-", 1)
    device, _, threads = device.partition("-") if device[-1:].isdigit() else (device, "", "0")
    return maker, device, int(threads)


def maker(name):
    return MAKERS[split(name)[0]]


def title(name):
    _, device, threads = split(name)
    return f"{maker(name)}, {DEVICES[device]}" + (f", {threads} thread" if threads else "")


def ours(name):
    """Our peer on the same device, with as many threads."""
    _, device, threads = split(name)
    return f"bornc-{device}-{threads}" if threads else f"bornc-{device}"


def group(data, key):
    """The peers of a group, ours first."""
    order = list(MAKERS)
    return sorted((name for name in data["versions"] if split(name)[1:] == key),
                  key=lambda name: order.index(split(name)[0]))


def median(row, name):
    """Milliseconds, or None for what was not timed."""
    ms = row["peers"].get(name, {}).get("ms")
    return ms["median"] if ms else None


def ratio(row, name):
    """The peer's time by ours on the same device; None if one was not timed."""
    mine, theirs = median(row, ours(name)), median(row, name)
    return theirs / mine if mine and theirs else None


def ratios(rows, name):
    return [found for row in rows if (found := ratio(row, name))]


def mean(values):
    """The geometric one."""
    return math.exp(sum(map(math.log, values)) / len(values))


def best(row, names):
    """(ratio, name) of the fastest of the peers that are right; None if there is none."""
    found = [(value, name) for name in names if name != ours(name) and (value := ratio(row, name))]
    return min(found, default=None)
