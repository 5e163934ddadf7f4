//===- hash_test.cpp - XXH3-64 against LLVM's ------------------------------===//

#include "runtime/support.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

// From llvm::xxh3_64bits over bytes of a linear congruential generator.
const struct {
  size_t size;
  uint64_t hash;
} vectors[] = {
    {0, 0x2d06800538d394c2u},    {1, 0x429e81bc6744101cu},    {3, 0x32dbb5c7774cc94fu},
    {4, 0x65775238ca34c06fu},    {8, 0x90b760c9d253d0ffu},    {9, 0x15ae9f843bb50ea4u},
    {16, 0x372c92fa68129c98u},   {17, 0xb5d6b9c1898bd9d6u},   {128, 0xc59e505a97d029e0u},
    {129, 0xf9e651a476d6d3cau},  {240, 0x967597e635f3c527u},  {241, 0xd6afac6f8fa85b01u},
    {256, 0x9e6593bab96413dau},  {257, 0xc7f456fff4eaca08u},  {512, 0x426b67e0356d303du},
    {1023, 0x120a0457e3e899f6u}, {1024, 0xbb9f0c3761cdfd54u}, {1025, 0x95edccc1adc4d895u},
    {1088, 0xe8391a3978cbcf06u}, {2048, 0x278f7a6a39416b51u}, {4999, 0xea18e5dd8fd15f51u},
    {5000, 0x06983d4ce0939f36u},
};

std::vector<uint8_t> input() {
  std::vector<uint8_t> bytes(5000);
  uint32_t state = 1;
  for (uint8_t &byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return bytes;
}

TEST(Hash, MatchesTheCompilers) {
  std::vector<uint8_t> bytes = input();
  for (const auto &row : vectors)
    EXPECT_EQ(born::hashBytes(bytes.data(), row.size), row.hash) << row.size;
}

TEST(Hash, InPieces) {
  std::vector<uint8_t> bytes = input();
  for (size_t piece : {1, 7, 64, 255, 256, 257, 1000})
    for (const auto &row : vectors) {
      born::Hasher hasher;
      hasher.begin();
      for (size_t i = 0; i < row.size; i += piece)
        hasher.update(bytes.data() + i, std::min(piece, row.size - i));
      EXPECT_EQ(hasher.finish(), row.hash) << row.size << " in pieces of " << piece;
    }
}

} // namespace
