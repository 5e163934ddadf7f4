//===- Arena.cpp ----------------------------------------------------------===//
//
// Both orders and the placement (best fit in the gaps between the neighbours
// in time) follow Pisarchyk and Lee, "Efficient Memory Management for Deep
// Neural Net Inference", 2020.
//
//===----------------------------------------------------------------------===//
#include "passes/plan/Arena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

using namespace bornc;
using llvm::ArrayRef;
using llvm::SmallVector;

static constexpr uint64_t alignment = 256;

static uint64_t alignedSize(const LiveRange &range) { return llvm::alignTo(range.size, alignment); }

/// Bytes that are live at each level.
static std::vector<uint64_t> liveBytes(ArrayRef<LiveRange> ranges) {
  unsigned levels = 0;
  for (const LiveRange &range : ranges)
    levels = std::max(levels, range.last + 1);
  std::vector<uint64_t> starts(levels + 1), ends(levels + 1), bytes(levels);
  for (const LiveRange &range : ranges) {
    starts[range.first] += alignedSize(range);
    ends[range.last + 1] += alignedSize(range);
  }
  uint64_t live = 0;
  for (unsigned level = 0; level < levels; ++level) {
    live += starts[level];
    live -= ends[level];
    bytes[level] = live;
  }
  return bytes;
}

uint64_t bornc::arenaLowerBound(ArrayRef<LiveRange> ranges) {
  uint64_t most = 0;
  for (uint64_t bytes : liveBytes(ranges))
    most = std::max(most, bytes);
  return most;
}

/// Places the ranges one by one, each in the smallest gap that holds it, else
/// above everything that is live at the same time.
static Packing place(ArrayRef<LiveRange> ranges, ArrayRef<unsigned> order) {
  Packing packing;
  packing.offsets.resize(ranges.size());
  SmallVector<unsigned> placed; // sorted by offset
  for (unsigned index : order) {
    const LiveRange &range = ranges[index];
    uint64_t size = alignedSize(range), end = 0, best = 0, bestGap = UINT64_MAX;
    for (unsigned other : placed) {
      const LiveRange &neighbour = ranges[other];
      if (neighbour.last < range.first || range.last < neighbour.first)
        continue;
      uint64_t offset = packing.offsets[other];
      if (offset >= end && offset - end >= size && offset - end < bestGap) {
        best = end;
        bestGap = offset - end;
      }
      end = std::max(end, offset + alignedSize(neighbour));
    }
    uint64_t offset = bestGap != UINT64_MAX ? best : end;
    packing.offsets[index] = offset;
    packing.size = std::max(packing.size, offset + size);
    placed.insert(llvm::upper_bound(placed, offset,
                                    [&](uint64_t value, unsigned other) {
                                      return value < packing.offsets[other];
                                    }),
                  index);
  }
  return packing;
}

/// Largest first.
static SmallVector<unsigned> orderBySize(ArrayRef<LiveRange> ranges) {
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, ranges.size()));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) { return ranges[a].size > ranges[b].size; });
  return order;
}

/// The tensors of the fullest level first, the largest of them first.
static SmallVector<unsigned> orderByBreadth(ArrayRef<LiveRange> ranges) {
  std::vector<uint64_t> bytes = liveBytes(ranges);
  std::vector<SmallVector<unsigned>> users(bytes.size());
  for (unsigned index : orderBySize(ranges))
    for (unsigned level = ranges[index].first; level <= ranges[index].last; ++level)
      users[level].push_back(index);
  auto levels = llvm::to_vector(llvm::seq<unsigned>(0, bytes.size()));
  llvm::stable_sort(levels, [&](unsigned a, unsigned b) { return bytes[a] > bytes[b]; });
  SmallVector<unsigned> order;
  std::vector<bool> seen(ranges.size());
  for (unsigned level : levels)
    for (unsigned index : users[level])
      if (!seen[index]) {
        seen[index] = true;
        order.push_back(index);
      }
  return order;
}

Packing bornc::packArena(ArrayRef<LiveRange> ranges) {
  Packing bySize = place(ranges, orderBySize(ranges));
  Packing byBreadth = place(ranges, orderByBreadth(ranges));
  return byBreadth.size < bySize.size ? byBreadth : bySize;
}
