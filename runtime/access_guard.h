//===- access_guard.h - memory that only running steps may touch -----------===//
//
// For artifacts that AddressSanitizer watches (bornc --sanitize). Within a run
// the memory of the model is poisoned, but for the bindings of the steps that
// are at work: a step that touches another tensor, a dead part of the arena,
// a gap or what is beyond the end ends the process with AddressSanitizer's
// report. On one thread that holds exactly; steps that run at the same time
// may touch each other's tensors.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_ACCESS_GUARD_H
#define BORN_RUNTIME_ACCESS_GUARD_H

#include "runtime/program.h"
#include "runtime/support.h"

namespace born {

/// What the steps of a program touch.
struct AccessGuard {
  /// Memory that a step is bound to; the pieces that it consists of.
  struct Range {
    uintptr_t begin, end;
    uint32_t firstPiece, endPiece;
  };
  /// Memory between two neighbouring bounds of ranges.
  struct Piece {
    uintptr_t begin;
    uint32_t users; ///< running steps that are bound to it; under the lock
  };

  const born_sanitizer *sanitizer;
  Array<Range> ranges; ///< in the order of the steps
  size_t rangeCount;
  Array<uint32_t> firstRanges; ///< by step, and an end
  Array<Piece> pieces;         ///< ascending, and an end
  uint32_t lock;               ///< atomic: somebody changes pieces or poison

  /// Makes room for `stepCount` steps with at most `mostRanges` ranges in all.
  bool allocate(const born_sanitizer &sanitizer, size_t stepCount, size_t mostRanges);
  /// Adds what step `step` touches; steps in ascending order.
  void add(uint32_t step, const void *memory, uint64_t size);
  /// After all ranges are there: cuts the memory to pieces.
  bool finish();

  /// Before the first task of a step.
  void enter(uint32_t step);
  /// After its last one, before any other step is told.
  void leave(uint32_t step);
};

} // namespace born

#endif // BORN_RUNTIME_ACCESS_GUARD_H
