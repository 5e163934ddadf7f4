//===- float_controls_test.cpp - instructions taken out of modules ---------===//

#include "runtime/float_controls.h"
#include "runtime/program.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace {

uint32_t head(uint32_t count, uint32_t opcode) { return count << 16 | opcode; }

/// A module as FinishSpirv writes it, up to its first function.
std::vector<uint32_t> moduleWords() {
  std::vector<uint32_t> words{0x07230203, 0x00010300, 0, 10, 0};
  auto add = [&](std::vector<uint32_t> more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  add({head(2, 17), 1});    // OpCapability Shader
  add({head(2, 17), 4466}); // SignedZeroInfNanPreserve
  add({head(2, 17), 4464}); // DenormPreserve
  uint32_t name[6] = {};    // 22 characters and a zero
  std::memcpy(name, "SPV_KHR_float_controls", 22);
  add({head(7, 10), name[0], name[1], name[2], name[3], name[4], name[5]});
  add({head(6, 16), 1, 17, 8, 1, 1}); // OpExecutionMode LocalSize
  add({head(4, 16), 1, 4461, 32});
  add({head(4, 16), 1, 4459, 32});
  add({head(5, 54), 2, 1, 0, 3}); // OpFunction
  add({head(2, 17), 4466});       // not to be looked at
  return words;
}

std::vector<uint32_t> remove(const std::vector<uint32_t> &words, uint32_t features) {
  born::Array<uint32_t> result;
  EXPECT_TRUE(born::removeFloatControls(words.data(), 4 * words.size(), features, result));
  return result.data ? std::vector<uint32_t>(result.begin(), result.end()) : words;
}

TEST(FloatControls, StayWhereTheDeviceHasThem) {
  EXPECT_EQ(remove(moduleWords(), BORN_FEATURE_PRESERVE_FLOAT32 | BORN_FEATURE_DENORM_FLOAT32),
            moduleWords());
}

TEST(FloatControls, GoOneByOne) {
  std::vector<uint32_t> words = moduleWords();
  std::vector<uint32_t> expected = words;
  expected.erase(expected.begin() + 9, expected.begin() + 11);  // capability DenormPreserve
  expected.erase(expected.begin() + 26, expected.begin() + 30); // its mode
  EXPECT_EQ(remove(words, BORN_FEATURE_PRESERVE_FLOAT32), expected);
}

TEST(FloatControls, GoTogetherWithTheExtension) {
  std::vector<uint32_t> words = moduleWords();
  std::vector<uint32_t> expected(words.begin(), words.begin() + 7);
  expected.insert(expected.end(), words.begin() + 18, words.begin() + 24);
  expected.insert(expected.end(), words.begin() + 32, words.end());
  EXPECT_EQ(remove(words, 0), expected);
}

TEST(FloatControls, LeaveWhatIsNoModule) {
  std::vector<uint32_t> words = moduleWords();
  for (size_t size : {size_t(0), size_t(5), size_t(6), size_t(20)}) {
    std::vector<uint32_t> part(words.begin(), words.begin() + size);
    if (size == 6)
      part.back() = 0;
    EXPECT_EQ(remove(part, 0).size() <= part.size(), true);
  }
  std::vector<uint32_t> cut(words.begin(), words.begin() + 13); // inside the extension
  EXPECT_EQ(remove(cut, 0), cut);
}

} // namespace
