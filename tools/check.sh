#!/usr/bin/env bash
# Sets up what the tests need, builds, and runs every test, lint among them;
# ends with ctest's summary. A second run does only what changed. Arguments go
# to ctest: tools/check.sh -R lit/
. "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$repo"

tools/setup/apt.sh --tests
tools/setup/python.sh --tests
tools/setup/onnx.sh
tools/setup/models.py

quietly "$deps/log/configure.log" cmake --preset release -DBORNC_BUILD_TESTS=ON
build_tree

exec ctest --test-dir build --output-on-failure --parallel "$(nproc)" "$@"
