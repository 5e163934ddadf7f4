#!/usr/bin/env bash
# Formatting, layout rules and a light check of scripts.
#   tools/lint.sh                 all files
#   tools/lint.sh --fix           formats in place first
#   tools/lint.sh --tidy [REF]    also clang-tidy on sources changed since REF
#                                 (default: main's last commit); needs build/
. "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$repo"

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- \
  '*.cpp' '*.h' '*.c' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
failed=0

[ "${1:-}" != --fix ] || "$llvm_bin/clang-format" -i "${sources[@]}"
for file in "${sources[@]}"; do
  if ! "$llvm_bin/clang-format" --dry-run -Werror "$file" 2>/dev/null; then
    echo "$file: not formatted; tools/lint.sh --fix does it"
    failed=1
  fi
done

python3 tools/lint/layout.py || failed=1

while read -r script; do
  [ -f "$script" ] || continue
  case $script in
    *.py) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$script" \
      || failed=1 ;;
    *) bash -n "$script" || failed=1 ;;
  esac
done < <(git ls-files --cached --others --exclude-standard -- '*.py' '*.sh' .ci/run)

if [ "${1:-}" = --tidy ]; then
  mapfile -t changed < <(git diff --name-only --diff-filter=d "${2:-HEAD}" -- '*.cpp')
  # The build's flags are GCC's: clang does not know some of its warnings, nor
  # its precompiled headers.
  [ ${#changed[@]} -eq 0 ] || "$llvm_bin/clang-tidy" -p build --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-gch "${changed[@]}" || failed=1
fi

[ $failed -ne 0 ] || echo "lint: ${#sources[@]} sources are fine"
exit $failed
