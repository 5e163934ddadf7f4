//===- SmallFloat.cpp -----------------------------------------------------===//
#include "passes/math/SmallFloat.h"

#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace bornc::math;

namespace {
enum class Special { Infinity, AllOnes, NegativeZero, None };

/// What tells one format from another.
struct Format {
  uint32_t width, mantissa; // bits
  int32_t bias;
  Special special; ///< which bits are not numbers

  uint32_t magnitudeMask() const { return (1u << (width - 1)) - 1; }
  /// The largest magnitude that is a number.
  uint32_t largest() const {
    switch (special) {
    case Special::Infinity:
      return infinity() - 1;
    case Special::AllOnes:
      return magnitudeMask() - 1;
    case Special::NegativeZero:
    case Special::None:
      break;
    }
    return magnitudeMask();
  }
  uint32_t infinity() const { return magnitudeMask() >> mantissa << mantissa; }
  /// What the exponent of f32 is larger by, in place.
  uint32_t rebias() const { return static_cast<uint32_t>(127 - bias) << 23; }
};
} // namespace

static std::optional<Format> formatOf(Type type) {
  if (isa<Float16Type>(type))
    return Format{16, 10, 15, Special::Infinity};
  if (isa<Float8E5M2Type>(type))
    return Format{8, 2, 15, Special::Infinity};
  if (isa<Float8E4M3FNType>(type))
    return Format{8, 3, 7, Special::AllOnes};
  if (isa<Float8E4M3FNUZType>(type))
    return Format{8, 3, 8, Special::NegativeZero};
  if (isa<Float8E5M2FNUZType>(type))
    return Format{8, 2, 16, Special::NegativeZero};
  if (isa<Float4E2M1FNType>(type))
    return Format{4, 1, 1, Special::None};
  return std::nullopt;
}

bool bornc::math::isSmallFloat(Type type) {
  return isa<BFloat16Type, Float8E8M0FNUType>(type) || formatOf(type);
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static Num decodeExponent(Num bits) {
  Num value = select(bits == 0.0, bits.ofInt(0x00400000), shiftLeft(bits, 23));
  return select(bits == 255.0, bits.ofInt(0x7fc00000), value).asFloat();
}

Num bornc::math::decode(Num bits, FloatType type) {
  if (isa<BFloat16Type>(type))
    return shiftLeft(bits, 16).asFloat();
  if (isa<Float8E8M0FNUType>(type))
    return decodeExponent(bits);
  Format format = *formatOf(type);
  Num magnitude = bits & format.magnitudeMask();
  Num sign = shiftLeft(shiftRight(bits, format.width - 1), 31);
  Num shifted = shiftLeft(magnitude, 23 - format.mantissa);
  Num normal = shifted + shifted.ofInt(format.rebias());
  // A subnormal number is so many times the smallest one, all normal as f32.
  double smallest = std::ldexp(1.0, 1 - format.bias - static_cast<int>(format.mantissa));
  Num subnormal = (magnitude.toFloat() * smallest).bits();
  Num value = select(below(magnitude, 1u << format.mantissa), subnormal, normal);
  switch (format.special) {
  case Special::Infinity:
    value = select(below(magnitude, format.infinity()), value, shifted | 0x7f800000u);
    break;
  case Special::AllOnes:
    value = select(magnitude == double(format.magnitudeMask()), value.ofInt(0x7fc00000), value);
    break;
  case Special::NegativeZero:
    value = select(bits == double(1u << (format.width - 1)), value.ofInt(0x7fc00000), value);
    break;
  case Special::None:
    break;
  }
  return (value | sign).asFloat();
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

/// a >> count, to the nearest, to even.
static Num shiftRightRounded(Num a, uint32_t count) {
  Num odd = shiftRight(a, count) & 1;
  return shiftRight(a + odd + double((1u << (count - 1)) - 1), count);
}

/// The exponent of the nearest power of two, by the fraction alone.
static Num encodeExponent(Num magnitude) {
  Num rounded = shiftRight(magnitude + magnitude.ofInt(0x00400000), 23);
  Num largest = magnitude.ofInt(254);
  rounded = select(below(rounded, largest), rounded, largest);
  return select(below(magnitude, 0x7f800001), rounded, magnitude.ofInt(255));
}

Num bornc::math::encode(Num value, FloatType type) {
  Num bits = value.bits();
  Num magnitude = bits & 0x7fffffffu;
  if (isa<Float8E8M0FNUType>(type))
    return encodeExponent(magnitude);
  if (isa<BFloat16Type>(type)) {
    Num quiet = shiftRight(bits, 16) | 0x40;
    return select(below(magnitude, 0x7f800001), shiftRightRounded(bits, 16), quiet);
  }
  Format format = *formatOf(type);
  Num sign = shiftLeft(shiftRight(bits, 31), format.width - 1);
  Num normal =
      shiftRightRounded(magnitude - magnitude.ofInt(format.rebias()), 23 - format.mantissa);
  // Adding a number whose last place is the smallest subnormal one rounds to that.
  double last = std::ldexp(1.0, 24 - format.bias - static_cast<int>(format.mantissa));
  Num shifted = magnitude.asFloat() + last;
  Num subnormal = shifted.bits() - shifted.constant(last).bits();
  Num smallestNormal = magnitude.ofInt(static_cast<uint32_t>(128 - format.bias) << 23);
  Num result = select(below(magnitude, smallestNormal), subnormal, normal);
  Num fits = below(result, format.largest() + 1);
  switch (format.special) {
  case Special::Infinity:
    result = select(fits, result, result.ofInt(format.infinity()));
    result = select(below(magnitude, 0x7f800001), result,
                    result.ofInt(format.infinity() | 1u << (format.mantissa - 1)));
    break;
  case Special::AllOnes:
    result = select(fits, result, result.ofInt(format.magnitudeMask()));
    break;
  case Special::NegativeZero: {
    // NaN is where a negative zero would be, which therefore is a positive one.
    Num none = result.ofInt(1u << (format.width - 1));
    Num number = select(result == 0.0, result, result | sign);
    return select(fits, number, none);
  }
  case Special::None: {
    // There is no NaN: it becomes a negative zero.
    Num number = select(fits, result, result.ofInt(format.largest())) | sign;
    return select(below(magnitude, 0x7f800001), number, sign.ofInt(1u << (format.width - 1)));
  }
  }
  return result | sign;
}
