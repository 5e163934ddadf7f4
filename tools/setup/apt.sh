#!/usr/bin/env bash
# Installs the Debian packages that are missing; silent when none is.
#   tools/setup/apt.sh [--tests]
# --tests adds what only tools/check.sh needs.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=(
  cmake ninja-build ccache binutils
  libmlir-22-dev mlir-22-tools llvm-22-dev   # MLIR, mlir-tblgen, llvm-tblgen
  zlib1g-dev libzstd-dev                     # named by LLVM's CMake files
  libprotobuf-dev protobuf-compiler          # for the ONNX library
  spirv-tools                                # checks generated kernels
  libvulkan-dev libvulkan1                   # headers; the loader, at run time only
  python3-venv
)
if [ "${1:-}" = --tests ]; then
  packages+=(
    llvm-22-tools                            # lit, FileCheck
    clang-format-22 clang-tidy-22
    libgtest-dev
    glslang-tools                            # kernels of runtime tests
    vulkan-validationlayers
    g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user # host programs for other machines
    g++-mingw-w64-x86-64-posix
  )
fi
command -v c++ >/dev/null || packages+=(g++)
# A driver for machines that have none: lavapipe renders on the CPU.
ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1 &&
  [ "${1:-}" != --tests ] || packages+=(mesa-vulkan-drivers)

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  die "this set-up installs Debian packages and there is no apt-get; needed: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    die "not root and no sudo; install these packages first: ${missing[*]}"
  as_root=(sudo)
fi

say "installing ${missing[*]}"
log=$deps/log/apt.log
quietly "$log" "${as_root[@]}" apt-get update
for package in "${missing[@]}"; do
  if [[ $(apt-cache policy "$package") != *'Candidate: '[0-9]* ]]; then
    case $package in
      *-22 | *-22-*)
        die "apt knows no package $package. Debian 12 has LLVM 22 in its security archive:" \
          "add the suite bookworm-security (component main) to apt's sources" ;;
      *) die "apt knows no package $package; is this Debian 12 with the component main?" ;;
    esac
  fi
done
quietly "$log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install --yes --no-install-recommends "${missing[@]}"
