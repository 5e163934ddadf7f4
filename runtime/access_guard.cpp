//===- access_guard.cpp ----------------------------------------------------===//

#include "runtime/access_guard.h"

#include <stdlib.h>

using namespace born;

/// AddressSanitizer poisons whole granules. No two tensors share one.
static constexpr uintptr_t granule = 8;

bool AccessGuard::allocate(const born_sanitizer &functions, size_t stepCount, size_t mostRanges) {
  sanitizer = &functions;
  return ranges.allocate(mostRanges) && firstRanges.allocate(stepCount + 1);
}

void AccessGuard::add(uint32_t step, const void *memory, uint64_t size) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(memory);
  if (size)
    ranges[rangeCount++] = {begin, begin + size, 0, 0};
  firstRanges[step + 1] = static_cast<uint32_t>(rangeCount);
}

static int comparePieces(const void *a, const void *b) {
  uintptr_t left = static_cast<const AccessGuard::Piece *>(a)->begin,
            right = static_cast<const AccessGuard::Piece *>(b)->begin;
  return left < right ? -1 : left > right;
}

/// The piece that starts at a bound.
static uint32_t findPiece(const Array<AccessGuard::Piece> &pieces, uintptr_t begin) {
  size_t low = 0, high = pieces.count - 1;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (pieces[middle].begin < begin)
      low = middle + 1;
    else
      high = middle;
  }
  return static_cast<uint32_t>(low);
}

static uintptr_t roundDown(uintptr_t address) { return address / granule * granule; }
static uintptr_t roundUp(uintptr_t address) { return roundDown(address + granule - 1); }

bool AccessGuard::finish() {
  if (!pieces.allocate(2 * rangeCount + 1))
    return false;
  for (size_t i = 0; i < rangeCount; ++i) {
    pieces[2 * i].begin = roundDown(ranges[i].begin);
    pieces[2 * i + 1].begin = roundUp(ranges[i].end);
  }
  pieces[2 * rangeCount].begin = UINTPTR_MAX;
  qsort(pieces.data, pieces.count, sizeof(Piece), comparePieces);
  size_t count = 0;
  for (const Piece &piece : pieces)
    if (count == 0 || pieces[count - 1].begin != piece.begin)
      pieces[count++] = piece;
  pieces.count = count;
  for (size_t i = 0; i < rangeCount; ++i) {
    ranges[i].firstPiece = findPiece(pieces, roundDown(ranges[i].begin));
    ranges[i].endPiece = findPiece(pieces, roundUp(ranges[i].end));
  }
  return true;
}

static void acquire(uint32_t &lock) {
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
    ;
}

void AccessGuard::enter(uint32_t step) {
  acquire(lock);
  for (uint32_t i = firstRanges[step]; i < firstRanges[step + 1]; ++i) {
    const Range &range = ranges[i];
    for (uint32_t j = range.firstPiece; j < range.endPiece; ++j)
      ++pieces[j].users;
    sanitizer->unpoison(reinterpret_cast<void *>(range.begin), range.end - range.begin);
  }
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void AccessGuard::leave(uint32_t step) {
  acquire(lock);
  for (uint32_t i = firstRanges[step]; i < firstRanges[step + 1]; ++i)
    for (uint32_t j = ranges[i].firstPiece; j < ranges[i].endPiece; ++j)
      if (--pieces[j].users == 0)
        sanitizer->poison(reinterpret_cast<void *>(pieces[j].begin),
                          pieces[j + 1].begin - pieces[j].begin);
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}
