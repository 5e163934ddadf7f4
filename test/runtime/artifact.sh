#!/bin/sh
# What an artifact is made of: makes objects of two models the way bornc does,
# looks at their symbols, and links both into one C program.
#   artifact.sh CXX CC ROOT SPV-DIR RUNTIME.a MAIN.a MODEL.o WORK-DIR
set -eu
cxx=$1 cc=$2 root=$3 spv=$4 runtime=$5 main=$6 model=$7 work=$8
here=$(dirname "$0")
rm -rf "$work" && mkdir -p "$work" && cd "$work"
fail() { echo "artifact.sh: $*" >&2; exit 1; }

# The whole runtime needs nothing of a C++ library.
ld -r -o all.o --whole-archive "$runtime" "$main"
if nm -u all.o | grep -E ' (_Z|__cxa|__gxx|_Unwind)'; then fail "undefined C++ symbols"; fi

# An object per model: the generated code and what it needs of the runtime in
# one relocatable file, in which only the prefixed functions are global.
for prefix in first second; do
  printf '#include "runtime/export.h"\n#include "test/runtime/test_model.h"\nBORN_EXPORT_MODEL(%s, &test::model())\n' \
    "$prefix" > "$prefix.cpp"
  "$cxx" -std=c++17 -O1 -fPIC -fno-exceptions -fno-rtti -fno-threadsafe-statics -fvisibility=hidden \
    -I"$root" -c "$prefix.cpp" -o "$prefix-host.o"
  ld -r --force-group-allocation -o "$prefix.o" "$prefix-host.o" "$model" "$runtime"
  objcopy --localize-hidden "$prefix.o"
  if nm -g --defined-only "$prefix.o" | grep -v " T ${prefix}_"; then fail "$prefix.o exports more"; fi
  [ "$(nm -g --defined-only "$prefix.o" | wc -l)" = 20 ] || fail "$prefix.o exports too little"
done

"$cc" -std=c11 -Wall -Wextra -Werror -I"$root" "$here/two_models.c" first.o second.o -o two_models
./two_models

# The same as shared libraries.
for prefix in first second; do
  "$cc" -shared -Wl,-z,defs -o "lib$prefix.so" "$prefix.o"
  if nm -D --defined-only "lib$prefix.so" | grep -v " T ${prefix}_"; then fail "lib$prefix.so exports more"; fi
done
"$cc" -std=c11 -I"$root" "$here/two_models.c" -L. -lfirst -lsecond -Wl,-rpath,"$work" -o two_shared
./two_shared
if ldd two_shared | grep -E 'stdc\+\+|vulkan'; then fail "a library too many"; fi
echo "artifact.sh: ok"
