//===- arena_test.cpp - packing of live ranges, by brute force ------------===//
#include "passes/plan/Arena.h"

#include <gtest/gtest.h>
#include <random>

using namespace bornc;

static bool liveTogether(const LiveRange &a, const LiveRange &b) {
  return a.first <= b.last && b.first <= a.last;
}

static void check(const std::vector<LiveRange> &ranges) {
  Packing packing = packArena(ranges);
  ASSERT_EQ(packing.offsets.size(), ranges.size());
  uint64_t sum = 0;
  for (size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(packing.offsets[i] % 256, 0u);
    EXPECT_LE(packing.offsets[i] + ranges[i].size, packing.size);
    sum += (ranges[i].size + 255) / 256 * 256;
    for (size_t j = 0; j < i; ++j)
      if (liveTogether(ranges[i], ranges[j])) {
        EXPECT_TRUE(packing.offsets[i] + ranges[i].size <= packing.offsets[j] ||
                    packing.offsets[j] + ranges[j].size <= packing.offsets[i])
            << "ranges " << j << " and " << i << " overlap";
      }
  }
  EXPECT_GE(packing.size, arenaLowerBound(ranges));
  EXPECT_LE(packing.size, sum);

  Packing again = packArena(ranges);
  EXPECT_EQ(again.offsets, packing.offsets);
}

TEST(Arena, Nothing) {
  check({});
  EXPECT_EQ(packArena({}).size, 0u);
}

TEST(Arena, ChainNeedsTwo) {
  std::vector<LiveRange> ranges;
  for (unsigned i = 0; i < 10; ++i)
    ranges.push_back({1000, i, i + 1});
  check(ranges);
  EXPECT_EQ(packArena(ranges).size, 2048u);
  EXPECT_EQ(arenaLowerBound(ranges), 2048u);
}

TEST(Arena, SmallOnesFillGaps) {
  // The large one of level 0 leaves room that both small ones of level 1 fit into.
  std::vector<LiveRange> ranges = {{1024, 0, 0}, {512, 1, 1}, {512, 1, 2}, {256, 2, 2}};
  check(ranges);
  EXPECT_EQ(packArena(ranges).size, 1024u);
}

TEST(Arena, Random) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    unsigned count = 1 + random() % 60, levels = 1 + random() % 30;
    std::vector<LiveRange> ranges;
    for (unsigned i = 0; i < count; ++i) {
      unsigned first = random() % levels;
      unsigned last = std::min(levels - 1, first + static_cast<unsigned>(random() % 6));
      ranges.push_back({1 + random() % 10000, first, last});
    }
    check(ranges);
  }
}
