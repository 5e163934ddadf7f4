//===- Hazards.h - commands that touch the same bytes -----------*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_HAZARDS_H
#define BORNC_PASSES_PLAN_HAZARDS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <map>

namespace bornc {

/// The last accesses to every byte of one memory space. Feed it the accesses
/// of commands in their order; it names the earlier commands that each of
/// them conflicts with. Conflicts that follow from others (an older writer
/// behind a newer one) are not repeated.
class HazardTracker {
public:
  using Callback = llvm::function_ref<void(unsigned earlier)>;

  /// Command `command` reads [begin, end). Returns whether all of it was
  /// written before.
  bool read(uint64_t begin, uint64_t end, unsigned command, Callback onHazard);
  void write(uint64_t begin, uint64_t end, unsigned command, Callback onHazard);

private:
  struct Segment {
    uint64_t end;
    int64_t writer;                         ///< -1: nobody
    llvm::SmallVector<unsigned, 2> readers; ///< since the write
  };
  /// Makes `position` a border between segments.
  void split(uint64_t position);

  std::map<uint64_t, Segment> segments; ///< by first byte, disjoint
};

} // namespace bornc

#endif // BORNC_PASSES_PLAN_HAZARDS_H
