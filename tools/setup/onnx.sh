#!/usr/bin/env bash
# Builds the official ONNX C++ library from its source distribution.
#   tools/setup/onnx.sh [PREFIX]     default: .deps/onnx
# Static, against Debian's protobuf; about 90 s on two cores, once.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=1.23.2
sha256=008cb0467b2bbee41448acc7da8b6f4e704624cb0d327a2d5adafc7ce19bc5b8 # of the sdist
prefix=${1:-$deps/onnx}
cxx=${CXX:-c++}

# Whatever the library depends on: a change of any of these builds it anew.
stamp="onnx $version $sha256
recipe $(sha256sum <"${BASH_SOURCE[0]}")
c++ $("$cxx" -dumpfullversion -dumpversion)
$(protoc --version)"
[ "$(cat "$prefix/.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

say "building the ONNX library $version into $prefix"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$deps/log/onnx.log
printf 'onnx==%s --hash=sha256:%s\n' "$version" "$sha256" >"$work/requirements.txt"
# pip asks the package's build backend for metadata even when it only
# downloads; requirements-build.txt pins that backend, so no isolation. Debian
# 12 has CMake 3.25; the 3.26 that is asked for is for the Python bindings only.
SKBUILD_CMAKE_VERSION='>=3.25' quietly "$log" "$venv/bin/python" -m pip download --quiet --disable-pip-version-check \
  --no-deps --no-binary onnx --no-build-isolation --require-hashes \
  -r "$work/requirements.txt" -d "$work"
echo "$sha256  $work/onnx-$version.tar.gz" | sha256sum --check --quiet -
tar -xzf "$work/onnx-$version.tar.gz" -C "$work"
source=$work/onnx-$version

sed -i 's/^cmake_minimum_required(VERSION 3\.26)/cmake_minimum_required(VERSION 3.25)/' \
  "$source/CMakeLists.txt"

quietly "$log" cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_STANDARD=17 \
  -DCMAKE_CXX_FLAGS="-ffile-prefix-map=$work/=" -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
  -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
  -DONNX_ML=ON -DONNX_BUILD_PYTHON=OFF -DONNX_BUILD_TESTS=OFF -DONNX_USE_UNITY_BUILD=ON \
  -DONNX_USE_PROTOBUF_SHARED_LIBS=ON -DONNX_BUILD_CUSTOM_PROTOBUF=OFF \
  -DFETCHCONTENT_FULLY_DISCONNECTED=ON
quietly "$log" cmake --build "$work/build"
rm -rf "$prefix"
quietly "$log" cmake --install "$work/build"
mkdir -p "$prefix/share/onnx"
cp "$source/LICENSE" "$prefix/share/onnx/"
printf '%s\n' "$stamp" >"$prefix/.stamp"
