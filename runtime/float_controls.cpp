//===- float_controls.cpp - what a device does not promise about floats ---===//

#include "runtime/float_controls.h"

#include "runtime/program.h"

using namespace born;

// From the SPIR-V specification, section 3; the numbers of execution modes and their
// capabilities are in SPV_KHR_float_controls.
enum : uint32_t {
  HeaderWords = 5,
  OpExtension = 10,
  OpExecutionMode = 16,
  OpCapability = 17,
  OpFunction = 54,
  ModeDenormPreserve = 4459,
  ModeSignedZeroInfNanPreserve = 4461,
  CapabilityDenormPreserve = 4464,
  CapabilitySignedZeroInfNanPreserve = 4466
};

/// Whether the instruction of `count` words asks for what `features` lacks.
static bool asksForMissing(const uint32_t *words, uint64_t count, uint32_t features) {
  bool preserves = features & BORN_FEATURE_PRESERVE_FLOAT32;
  bool denorms = features & BORN_FEATURE_DENORM_FLOAT32;
  switch (words[0] & 0xffff) {
  case OpCapability:
    return count > 1 && ((words[1] == CapabilitySignedZeroInfNanPreserve && !preserves) ||
                         (words[1] == CapabilityDenormPreserve && !denorms));
  case OpExecutionMode:
    return count > 2 && ((words[2] == ModeSignedZeroInfNanPreserve && !preserves) ||
                         (words[2] == ModeDenormPreserve && !denorms));
  case OpExtension: {
    static const char name[] = "SPV_KHR_float_controls";
    return !preserves && !denorms && (count - 1) * 4 >= sizeof name &&
           !memcmp(words + 1, name, sizeof name);
  }
  default:
    return false;
  }
}

bool born::removeFloatControls(const uint32_t *code, uint64_t size, uint32_t features,
                               Array<uint32_t> &result) {
  const uint32_t both = BORN_FEATURE_PRESERVE_FLOAT32 | BORN_FEATURE_DENORM_FLOAT32;
  uint64_t total = size / 4;
  if ((features & both) == both || total <= HeaderWords)
    return true;
  Array<uint32_t> kept;
  if (!kept.allocate(total))
    return false;
  size_t used = HeaderWords;
  memcpy(kept.data, code, HeaderWords * sizeof *code);
  for (uint64_t at = HeaderWords; at < total;) {
    uint64_t count = code[at] >> 16;
    if ((code[at] & 0xffff) == OpFunction)
      count = total - at; // the rest is code
    if (count == 0 || count > total - at)
      return true;
    if (!asksForMissing(code + at, count, features)) {
      memcpy(kept.data + used, code + at, count * sizeof *code);
      used += count;
    }
    at += count;
  }
  if (used == total)
    return true;
  if (!result.allocate(used))
    return false;
  memcpy(result.data, kept.data, used * sizeof *code);
  return true;
}
