"""What the machine has that the tests run on."""
import pathlib


def cpu_classes():
    """The classes of CPU (bornc's --cpu) whose code runs on this machine."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    needs = {"avx512": "avx512vl", "avx2": "avx2", "sse4": "sse4_2", "neon": "asimd"}
    return [name for name, flag in needs.items() if flag in flags]
