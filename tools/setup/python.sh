#!/usr/bin/env bash
# Makes the local virtual environment .deps/venv with pinned, hashed packages.
#   tools/setup/python.sh [--tests | --bench]
# --tests adds what only tools/check.sh needs; --bench makes .deps/bench for tools/bench, with
# the runtimes that it compares.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

files=(requirements-build.txt)
case "${1:-}" in
  --tests) files+=(requirements-test.txt) ;;
  --bench) files+=(requirements-test.txt requirements-bench.txt) venv=$deps/bench ;;
esac

# python3.11 is the version that the pinned wheels are built for.
python=$(command -v python3.11 || true)
[ -n "$python" ] || die "python3.11 is needed and was not found"

if ! "$venv/bin/python" -c '' 2>/dev/null; then
  rm -rf "$venv"
  quietly "$deps/log/venv.log" "$python" -m venv "$venv"
fi
for file in "${files[@]}"; do
  stamp=$venv/.$file
  cmp -s "$repo/tools/setup/$file" "$stamp" && continue
  say "installing the Python packages of $file"
  quietly "$deps/log/pip.log" "$venv/bin/python" -m pip install --quiet \
    --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r "$repo/tools/setup/$file"
  cp "$repo/tools/setup/$file" "$stamp"
done
