//===- poison.h - do kernels stay inside of their buffers? -----------------===//
//
// With BORN_MEMORY=poison every binding reaches to the end of its memory space,
// where the device would otherwise stop accesses outside of it, and the memory
// that no binding covers holds a pattern. A kernel that writes there is an
// error, and one that reads there, or what nothing has written, computes
// something else. For tests on CPUs and on devices that share memory with the host.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_POISON_H
#define BORN_RUNTIME_POISON_H

#include "runtime/context.h"

namespace born {

/// Bytes behind the end of each memory space.
constexpr uint64_t poisonGuard = 4096;

/// Finds the gaps, once all buffers are there.
born_status findGaps(born_context &context);
/// Writes the pattern to all gaps, to what lives within a run, and to the outputs.
void spreadPoison(born_context &context, const Program &program);
/// Whether all gaps are as they were.
born_status checkPoison(born_context &context);

} // namespace born

#endif // BORN_RUNTIME_POISON_H
