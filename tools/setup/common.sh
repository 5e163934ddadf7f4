# Sourced by the scripts of this folder and by tools/*.sh.
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps=$repo/.deps
venv=$deps/venv
llvm_bin=/usr/lib/llvm-22/bin

# say MESSAGE...: progress, apart from what tools print.
say() { printf -- '-- %s\n' "$*"; }

# die MESSAGE...: one clear message, exit code 1.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# quietly LOG COMMAND...: the command's output goes to a log and is shown only
# when it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    die "'$*' failed; the whole log is $log"
  fi
}

# build_tree: builds build/; on a terminal with ninja's own progress.
build_tree() {
  say "building into build/"
  if [ -t 1 ]; then
    cmake --build build
  else
    quietly "$deps/log/build.log" cmake --build build
  fi
}
