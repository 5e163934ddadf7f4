# lit's configuration: which files are tests and what their RUN lines may call.
import ctypes
import os
import platform
import subprocess

import lit.formats
from lit.llvm import llvm_config

config.name = "bornc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".onnxtxt"]
config.excludes = ["Inputs", "models", "apps"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.bornc_obj_root, "test")

bin_dir = os.path.join(config.bornc_obj_root, "bin")
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false"
llvm_config.with_environment("PATH", [bin_dir, config.llvm_tools_dir], append_path=True)

llvm_config.add_tool_substitutions(
    ["born-opt", "bornc", "FileCheck", "not", "split-file"], [bin_dir, config.llvm_tools_dir])
config.substitutions.append(("%python", config.python))
# Artifacts have code for CPUs too, which would be taken before a software device.
config.environment["BORN_DEVICE"] = "vulkan"
config.substitutions.append(("%repo", config.bornc_src_root))

# Tests that need a tool of their own say `REQUIRES: spirv-val` and the like.
for tool in ("glslangValidator", "spirv-val"):
    if lit.util.which(tool):
        config.available_features.add(tool)
# A file system of our own, as root or in a user namespace.
mount = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
if lit.util.which("unshare") and subprocess.run(mount, capture_output=True).returncode == 0:
    config.available_features.add("tmpfs")
# Compilers for other machines, and what runs their programs.
if lit.util.which("aarch64-linux-gnu-g++") and lit.util.which("qemu-aarch64"):
    config.available_features.add("aarch64")
# The library of AddressSanitizer; a full path where the compiler has it.
if os.path.isabs(subprocess.run(["c++", "-print-file-name=libasan.so"], capture_output=True,
                                text=True).stdout.strip()):
    config.available_features.add("asan")
# CPUs of this architecture that are not this machine's.
if lit.util.which("qemu-x86_64") and platform.machine() == "x86_64":
    config.available_features.add("qemu-x86_64")
if lit.util.which("x86_64-w64-mingw32-g++"):
    config.available_features.add("mingw")
try:
    ctypes.CDLL("libvulkan.so.1")
    config.available_features.add("vulkan")
except OSError:
    pass
# A cache of compiled kernels would make a test depend on the runs before it.
for name in ("VK_ICD_FILENAMES", "VK_DRIVER_FILES", "XDG_RUNTIME_DIR", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["MESA_SHADER_CACHE_DISABLE"] = "true"
