//===- Arena.h - packs live ranges into one arena ---------------*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_ARENA_H
#define BORNC_PASSES_PLAN_ARENA_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace bornc {

/// A tensor of `size` bytes that is used from level `first` to level `last`,
/// both included.
struct LiveRange {
  uint64_t size;
  unsigned first, last;
};

struct Packing {
  std::vector<uint64_t> offsets; ///< one per live range, multiples of 256
  uint64_t size = 0;             ///< multiple of 256
};

/// Places all ranges so that two of them overlap in bytes only if no level
/// uses both. Deterministic.
Packing packArena(llvm::ArrayRef<LiveRange> ranges);

/// The most bytes that are live at one level: no packing is smaller.
uint64_t arenaLowerBound(llvm::ArrayRef<LiveRange> ranges);

} // namespace bornc

#endif // BORNC_PASSES_PLAN_ARENA_H
