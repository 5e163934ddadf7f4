//===- hazards_test.cpp - conflicts of byte ranges, by brute force --------===//
#include "passes/plan/Hazards.h"

#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

using namespace bornc;

namespace {

/// The same bookkeeping, byte by byte.
struct ByteTracker {
  struct Byte {
    int writer = -1;
    std::set<unsigned> readers;
  };
  std::vector<Byte> bytes = std::vector<Byte>(64);

  bool read(unsigned begin, unsigned end, unsigned command, std::set<unsigned> &found) {
    bool written = true;
    for (unsigned i = begin; i < end; ++i) {
      written &= bytes[i].writer >= 0;
      if (bytes[i].writer >= 0 && bytes[i].writer != static_cast<int>(command))
        found.insert(bytes[i].writer);
      bytes[i].readers.insert(command);
    }
    return written;
  }
  void write(unsigned begin, unsigned end, unsigned command, std::set<unsigned> &found) {
    for (unsigned i = begin; i < end; ++i) {
      if (bytes[i].writer >= 0 && bytes[i].writer != static_cast<int>(command))
        found.insert(bytes[i].writer);
      for (unsigned reader : bytes[i].readers)
        if (reader != command)
          found.insert(reader);
      bytes[i] = {static_cast<int>(command), {}};
    }
  }
};

} // namespace

TEST(Hazards, Random) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    HazardTracker tracker;
    ByteTracker expected;
    for (unsigned command = 0; command < 30; ++command)
      for (unsigned access = random() % 4; access > 0; --access) {
        unsigned begin = random() % 60, end = begin + random() % (64 - begin);
        std::set<unsigned> found, wanted;
        auto note = [&](unsigned earlier) { found.insert(earlier); };
        if (random() % 2) {
          EXPECT_EQ(tracker.read(begin, end, command, note),
                    expected.read(begin, end, command, wanted));
        } else {
          tracker.write(begin, end, command, note);
          expected.write(begin, end, command, wanted);
        }
        EXPECT_EQ(found, wanted) << "seed " << seed << ", command " << command;
      }
  }
}
