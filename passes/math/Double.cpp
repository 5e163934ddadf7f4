//===- Double.cpp - f64 in integer arithmetic -----------------------------===//
#include "passes/math/Double.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace bornc::math;

static constexpr uint64_t kSign = uint64_t(1) << 63, kInfinity = uint64_t(0x7ff) << 52,
                          kNan = kInfinity | uint64_t(1) << 51;

//===----------------------------------------------------------------------===//
// Parts of a number
//===----------------------------------------------------------------------===//

static Num magnitudeOf(Num a) { return a & ~kSign; }
static Num bit(Num condition, Num like) { return select(condition, like.same(1), like.same(0)); }
/// An i32 that is not negative as i64.
static Num wide(Num word) { return joinWords(word, word.same(0)); }

static Num leadingZerosWide(Num a) {
  Num high = highWord(a), low = lowWord(a);
  return select(high == 0.0, leadingZeros(low) + 32.0, leadingZeros(high));
}

namespace {
struct Parts {
  Num exponent; ///< i32, biased; the one of subnormal numbers is 1
  Num mantissa; ///< i64, 53 bits
};
/// As Parts, the first bit of the mantissa being bit 63, unless it is zero.
struct Normal {
  Num exponent, mantissa;
};
} // namespace

static Parts partsOf(Num a) {
  Num exponent = shiftRight(highWord(a), 20) & 0x7ff;
  Num isSubnormal = exponent == 0.0;
  Num mantissa = a & ((uint64_t(1) << 52) - 1);
  return {select(isSubnormal, exponent.same(1), exponent),
          mantissa | select(isSubnormal, a.same(0), a.same(uint64_t(1) << 52))};
}

/// `exponent` is that of bit 52.
static Normal normalize(Num exponent, Num mantissa, double bitOfExponent = 52) {
  Num zeros = leadingZerosWide(mantissa);
  return {exponent + (63 - bitOfExponent) - zeros, shiftLeft(mantissa, wide(zeros & 63))};
}

static Normal normalOf(Num a) {
  auto [exponent, mantissa] = partsOf(a);
  return normalize(exponent, mantissa);
}

/// a >> count, the last bit set if any was lost; `count` is an i32 and may be large.
static Num shiftRightSticky(Num a, Num count) {
  Num isLarge = count > 63.0;
  Num by = wide(select(isLarge, count.same(63), count));
  Num shifted = shiftRight(a, by);
  Num sticky = shifted | bit(shiftLeft(shifted, by) != a, a);
  return select(isLarge, bit(a != 0.0, a), sticky);
}

/// The number with this sign bit, exponent and mantissa (bit 63 set, the last bit set
/// if anything was lost), rounded.
static Num pack(Num sign, Num exponent, Num mantissa) {
  Num isSubnormal = exponent < 1.0;
  Num zero = exponent.same(0);
  Num m = shiftRightSticky(mantissa, select(isSubnormal, 1.0 - exponent, zero));
  Num fraction = shiftRight(m, 11), rest = m & 0x7ff;
  // The first bit of the fraction adds one to the exponent.
  Num base = joinWords(zero, shiftLeft(select(isSubnormal, zero, exponent - 1.0), 20));
  Num roundsUp = below(m.same(0x400), rest) | ((rest == 1024.0) & ((fraction & 1) != 0.0));
  Num result = base + fraction + bit(roundsUp, m);
  result = select(exponent > 2046.0, m.same(kInfinity), result);
  return result | sign;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Num bornc::math::addDouble(Num a, Num b) {
  Num isLess = below(magnitudeOf(a), magnitudeOf(b));
  Num x = select(isLess, b, a), y = select(isLess, a, b);
  Num isSum = !((x ^ y) < 0.0);
  auto [ex, mx] = partsOf(x);
  auto [ey, my] = partsOf(y);
  Num large = shiftLeft(mx, 10), small = shiftRightSticky(shiftLeft(my, 10), ex - ey);
  Num m = select(isSum, large + small, large - small);
  auto [exponent, mantissa] = normalize(ex, m, 62);
  Num sign = x & kSign;
  Num result = pack(sign, exponent, mantissa);
  result = select(m == 0.0, select(isSum, sign, sign.same(0)), result);
  Num infinity = a.same(kInfinity);
  Num isInfinite = magnitudeOf(x) == infinity;
  Num isNan =
      below(infinity, magnitudeOf(x)) | (isInfinite & (magnitudeOf(y) == infinity) & !isSum);
  return select(isNan, a.same(kNan), select(isInfinite, x, result));
}

/// The first 64 bits of a * b, the last bit set if any of the others is.
static Num multiplySticky(Num a, Num b) {
  Num a0 = lowWord(a), a1 = highWord(a), b0 = lowWord(b), b1 = highWord(b);
  auto product = [](Num x, Num y) {
    auto [low, high] = multiplyWide(x, y);
    return joinWords(low, high);
  };
  Num low = product(a0, b0), mid = product(a0, b1), other = product(a1, b0);
  // No carry is lost: (2^32 - 1)^2 + 2 (2^32 - 1) < 2^64.
  Num first = mid + wide(highWord(low));
  Num second = other + wide(lowWord(first));
  Num high = product(a1, b1) + wide(highWord(first)) + wide(highWord(second));
  Num lost = joinWords(lowWord(low), lowWord(second));
  return high | bit(lost != 0.0, high);
}

namespace {
/// What decides the special cases of products and quotients.
struct Kinds {
  Num isNan, zeroA, zeroB, infiniteA, infiniteB;
};
} // namespace

static Kinds kindsOf(Num a, Num b) {
  Num x = magnitudeOf(a), y = magnitudeOf(b), infinity = a.same(kInfinity);
  return {below(infinity, x) | below(infinity, y), x == 0.0, y == 0.0, x == infinity,
          y == infinity};
}

/// Shifts the first bit from 62 to 63 where it is not there yet.
static Num shiftToTop(Num m, Num &exponent) {
  Num isThere = m < 0.0;
  exponent = select(isThere, exponent, exponent - 1.0);
  return select(isThere, m, shiftLeft(m, 1));
}

Num bornc::math::multiplyDouble(Num a, Num b) {
  Num sign = (a ^ b) & kSign;
  Normal x = normalOf(a), y = normalOf(b);
  Num exponent = x.exponent + y.exponent - 1022.0;
  Num m = shiftToTop(multiplySticky(x.mantissa, y.mantissa), exponent);
  Num result = pack(sign, exponent, m);
  Kinds is = kindsOf(a, b);
  Num infinite = is.infiniteA | is.infiniteB, zero = is.zeroA | is.zeroB;
  result = select(zero, sign, select(infinite, sign | kInfinity, result));
  return select(is.isNan | (infinite & zero), a.same(kNan), result);
}

Num bornc::math::divideDouble(Num a, Num b) {
  Num sign = (a ^ b) & kSign;
  Normal x = normalOf(a), y = normalOf(b);
  Num rest = shiftRight(x.mantissa, 11), divisor = shiftRight(y.mantissa, 11);
  Num fits = !below(rest, divisor);
  Num quotient = bit(fits, a);
  rest = rest - select(fits, divisor, a.same(0));
  // Eleven bits at a time, estimated by the first 21 of the divisor, from below.
  Num estimator = highWord(divisor) + 1.0;
  for (int digit = 0; digit < 5; ++digit) {
    rest = shiftLeft(rest, 11);
    Num q = wide(divideUnsigned(highWord(rest), estimator));
    rest = rest - q * divisor;
    Num isMore = !below(rest, divisor);
    q = q + bit(isMore, a);
    rest = rest - select(isMore, divisor, a.same(0));
    quotient = shiftLeft(quotient, 11) + q;
  }
  Num exponent = x.exponent - y.exponent + 1023.0;
  Num m = shiftToTop(shiftLeft(quotient, 8) | bit(rest != 0.0, a), exponent);
  Num result = pack(sign, exponent, m);
  Kinds is = kindsOf(a, b);
  result = select(is.zeroA | is.infiniteB, sign, result);
  result = select(is.infiniteA | is.zeroB, sign | kInfinity, result);
  Num isNan = is.isNan | (is.zeroA & is.zeroB) | (is.infiniteA & is.infiniteB);
  return select(isNan, a.same(kNan), result);
}

/// A loop of `steps` over values of i64.
static SmallVector<Num> loop(int64_t steps, ArrayRef<Num> init,
                             function_ref<SmallVector<Num>(ArrayRef<Num>)> body) {
  ImplicitLocOpBuilder &b = init.front().getBuilder();
  auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(b, value).getResult(); };
  auto values = [](ArrayRef<Num> nums) {
    return llvm::map_to_vector(nums, [](Num num) { return num.get(); });
  };
  auto nums = [&](ValueRange range) {
    return llvm::map_to_vector(range, [&](Value value) { return Num(b, value); });
  };
  auto op = scf::ForOp::create(b, index(0), index(steps), index(1), values(init));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    scf::YieldOp::create(b, values(body(nums(op.getRegionIterArgs()))));
  }
  return nums(op.getResults());
}

Num bornc::math::sqrtDouble(Num a) {
  Normal x = normalOf(a);
  Num power = x.exponent - 1023.0;
  Num isOdd = (power & 1) != 0.0;
  // 54 bits from the top: one or two before the point.
  Num radicand = select(isOdd, x.mantissa, shiftRight(x.mantissa, 1));
  SmallVector<Num> state =
      loop(55, {a.same(0), a.same(0), radicand}, [](ArrayRef<Num> s) -> SmallVector<Num> {
        Num rest = shiftLeft(s[0], 2) | shiftRight(s[2], 62);
        Num trial = shiftLeft(s[1], 2) | 1;
        Num fits = !below(rest, trial);
        return {select(fits, rest - trial, rest), shiftLeft(s[1], 1) | bit(fits, rest),
                shiftLeft(s[2], 2)};
      });
  Num m = shiftLeft(state[1], 9) | bit(state[0] != 0.0, a);
  Num result = pack(a.same(0), shiftRightSigned(power, 1) + 1023.0, m);
  Num isZero = magnitudeOf(a) == 0.0, infinity = a.same(kInfinity);
  result = select(isZero | (a == infinity), a, result);
  Num isNan = below(infinity, magnitudeOf(a)) | ((a < 0.0) & !isZero);
  return select(isNan, a.same(kNan), result);
}

Num bornc::math::remainderDouble(Num a, Num b) {
  auto [ex, mx] = partsOf(a);
  auto [ey, my] = partsOf(b);
  Num divisor = select(my == 0.0, my.same(1), my);
  Num places = ex - ey;
  places = select(places < 0.0, places.same(0), places);
  Num first = mx.make<arith::RemUIOp>(divisor);
  // At most 2046 places, eleven at a time.
  SmallVector<Num> state =
      loop(187, {first, wide(places)}, [&](ArrayRef<Num> s) -> SmallVector<Num> {
        Num step = select(s[1] < 11.0, s[1], s[1].same(11));
        return {shiftLeft(s[0], step).make<arith::RemUIOp>(divisor), s[1] - step};
      });
  Num sign = a & kSign;
  auto [exponent, mantissa] = normalize(ey, state[0]);
  Num result = pack(sign, exponent, mantissa);
  result = select(state[0] == 0.0, sign, result);
  result = select(below(magnitudeOf(a), magnitudeOf(b)), a, result);
  Kinds is = kindsOf(a, b);
  return select(is.isNan | is.zeroB | is.infiniteA, a.same(kNan), result);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// Integers in the order of the numbers, -0 before +0.
static Num orderOf(Num a) { return a ^ (shiftRightSigned(a, 63) & ~kSign); }

Num bornc::math::isNanDouble(Num a) { return below(a.same(kInfinity), magnitudeOf(a)); }

static Num isUnordered(Num a, Num b) { return isNanDouble(a) | isNanDouble(b); }
static Num areZeros(Num a, Num b) { return magnitudeOf(a | b) == 0.0; }

Num bornc::math::lessDouble(Num a, Num b) {
  return (orderOf(a) < orderOf(b)) & !isUnordered(a, b) & !areZeros(a, b);
}

Num bornc::math::equalDouble(Num a, Num b) {
  return ((a == b) | areZeros(a, b)) & !isUnordered(a, b);
}

Num bornc::math::maxDouble(Num a, Num b, bool number) {
  Num larger = select(orderOf(a) < orderOf(b), b, a);
  if (!number)
    return select(isUnordered(a, b), a.same(kNan), larger);
  return select(isNanDouble(a), b, select(isNanDouble(b), a, larger));
}

//===----------------------------------------------------------------------===//
// Rounding and conversions
//===----------------------------------------------------------------------===//

/// The exponent without its bias.
static Num powerOf(Num a) { return (shiftRight(highWord(a), 20) & 0x7ff) - 1023.0; }

Num bornc::math::truncDouble(Num a) {
  Num power = powerOf(a);
  Num isSmall = power < 0.0, isWhole = power > 51.0;
  Num places = wide(select(isSmall | isWhole, power.same(0), 52.0 - power));
  Num cut = shiftLeft(shiftRight(a, places), places);
  return select(isSmall, a & kSign, select(isWhole, a, cut));
}

Num bornc::math::floorDouble(Num a) {
  Num whole = truncDouble(a);
  Num isAbove = (a < 0.0) & (whole != a) & !isNanDouble(a);
  return select(isAbove, addDouble(whole, a.same(uint64_t(0xbff) << 52)), whole);
}

Num bornc::math::roundEvenDouble(Num a) {
  Num magnitude = magnitudeOf(a);
  uint64_t unit = uint64_t(0x433) << 52; // 2^52
  Num rounded = addDouble(addDouble(magnitude, a.same(unit)), a.same(unit | kSign));
  return select(below(magnitude, unit), rounded | (a & kSign), a);
}

Num bornc::math::doubleOfFloat(Num f32) {
  Num bits = f32.bits();
  Num magnitude = bits & 0x7fffffff;
  Num isSubnormal = below(magnitude, 0x00800000);
  // As an integer a subnormal number is 2^149 times its value.
  Num m = select(isSubnormal, magnitude.toFloat().bits(), magnitude);
  Num bias = select(isSubnormal, m.same((896 - 149) << 20), m.same(896 << 20));
  Num high = shiftRight(m, 3) + bias;
  high = select(below(magnitude, 0x7f800000), high, shiftRight(m, 3) | 0x7ff00000);
  Num result = joinWords(shiftLeft(m, 29), high | (bits & 0x80000000));
  return select(magnitude == 0.0, joinWords(m.same(0), bits), result);
}

Num bornc::math::floatOfDouble(Num a, bool toOdd) {
  auto [exponent, mantissa] = partsOf(a);
  exponent = exponent - 896.0;
  Num isSubnormal = exponent < 1.0, zero = exponent.same(0);
  Num m = shiftRightSticky(shiftLeft(mantissa, 11), select(isSubnormal, 1.0 - exponent, zero));
  Num fraction = lowWord(shiftRight(m, 40));
  Num rest = m & ((uint64_t(1) << 40) - 1), half = m.same(uint64_t(1) << 39);
  Num base = shiftLeft(select(isSubnormal, zero, exponent - 1.0), 23);
  Num result = base + fraction;
  if (toOdd)
    result = result | bit(rest != 0.0, result);
  else
    result = result + bit(below(half, rest) | ((rest == half) & ((fraction & 1) != 0.0)), result);
  result = select(exponent > 254.0, result.same(0x7f800000), result);
  result = select(isNanDouble(a), result.same(0x7fc00000), result);
  return (result | (highWord(a) & 0x80000000)).asFloat();
}

Num bornc::math::doubleOfInteger(Num i64, bool isSigned) {
  Num sign = isSigned ? i64 & kSign : i64.same(0);
  Num flip = isSigned ? shiftRightSigned(i64, 63) : i64.same(0);
  Num magnitude = (i64 ^ flip) - flip;
  Num one = highWord(i64).same(1086); // 1023 + 63
  auto [exponent, mantissa] = normalize(one, magnitude, 63);
  return select(i64 == 0.0, i64, pack(sign, exponent, mantissa));
}

Num bornc::math::integerOfDouble(Num a) {
  Num power = powerOf(a), mantissa = partsOf(a).mantissa;
  Num zero = power.same(0);
  Num down = select(power > 52.0, zero, 52.0 - power),
      up = select(power > 52.0, power - 52.0, zero);
  Num isSmall = power < 0.0;
  down = select(isSmall, zero, down);
  up = select(up > 11.0, up.same(11), up);
  Num m = shiftLeft(shiftRight(mantissa, wide(down)), wide(up));
  Num flip = shiftRightSigned(a, 63);
  return select(isSmall, a.same(0), (m ^ flip) - flip);
}
