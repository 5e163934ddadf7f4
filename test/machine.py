"""What the machine has that the tests run on."""
import os
import pathlib
import subprocess


def cpu_classes():
    """The classes of CPU (bornc's --cpu) whose code runs on this machine; without those beside
    which it takes a larger one for single kernels."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    needs = {"avx512vnni": "avx512_vnni", "avx512": "avx512vl", "avx2": "avx2", "sse4": "sse4_2",
             "neoni8mm": "i8mm", "neondotprod": "asimddp", "neon": "asimd"}
    larger = {"avx512": {"avx512vnni"}, "neon": {"neondotprod", "neoni8mm"},
              "neondotprod": {"neoni8mm"}}
    found = [name for name, flag in needs.items() if flag in flags]
    return [name for name in found if not larger.get(name, set()) & set(found)]


def sanitizer_environment():
    """What a program needs that opens shared libraries made with bornc --sanitize."""
    compiler = os.environ.get("CXX", "c++").split()
    for name in ("libasan.so", f"libclang_rt.asan-{os.uname().machine}.so"):
        path = subprocess.run([*compiler, f"-print-file-name={name}"], capture_output=True,
                              text=True, check=True).stdout.strip()
        if "/" in path:
            # Leaks are those of the program itself.
            return {"LD_PRELOAD": path, "ASAN_OPTIONS": "detect_leaks=0"}
    raise SystemExit(f"'{' '.join(compiler)}' has no library of AddressSanitizer")
