//===- DoubleTrigonometry.cpp - trigonometric functions of f64 ------------===//
#include "passes/math/DoubleFunctions.h"

#include <cmath>

using namespace mlir;
using namespace bornc::math;

static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// pi/2 in two parts.
static constexpr double kHalfPi = 1.5707963267948966, kHalfPiLow = 6.123233995736766e-17;

//===----------------------------------------------------------------------===//
// Range reduction after Payne and Hanek
//===----------------------------------------------------------------------===//

/// The 32-bit words of 2/pi behind the point, with two of zeros before them.
static constexpr uint32_t kTwoOverPi[] = {
    0x00000000, 0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
    0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e,
    0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b,
    0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
    0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};

namespace {
/// |x| = quadrant * pi/2 + (r + low), |r| <= pi/4.
struct Reduced {
  Num quadrant, r, low;
};
} // namespace

static Num carryOf(Num sum, Num part) { return select(below(sum, part), sum.same(1), sum.same(0)); }

/// Adds to a number of 32-bit words, lowest first, from word `at` on.
static void addAt(llvm::MutableArrayRef<Num> words, size_t at, Num value) {
  for (; at < words.size(); ++at) {
    words[at] = words[at] + value;
    value = carryOf(words[at], value);
  }
}

/// 192 bits of 2/pi from bit `from` on, lowest word first.
static llvm::SmallVector<Num> window(Num from) {
  llvm::SmallVector<Num> words;
  for (uint32_t word : kTwoOverPi)
    words.push_back(from.ofInt(word));
  // Moves the wanted words to the front, by 32, 16, ... 1 of them.
  for (unsigned step = 32, kept = 38; step != 0; step /= 2, kept = 6 + step) {
    Num moves = (shiftRight(from, 5) & step) != 0.0;
    for (unsigned i = 0; i < kept && i + step < words.size(); ++i)
      words[i] = select(moves, words[i + step], words[i]);
    words.resize(std::min<size_t>(words.size(), kept));
  }
  Num shift = from & 31;
  llvm::SmallVector<Num> result;
  for (unsigned i = 6; i-- != 0;)
    result.push_back(shiftLeft(words[i], shift) |
                     shiftRight(shiftRight(words[i + 1], 1), from.ofInt(31) - shift));
  return result;
}

/// |x| * 2/pi modulo 4: two bits before the point, 190 behind it, lowest word first.
static llvm::SmallVector<Num> quarterTurns(Num bits) {
  Num high = highWord(bits);
  Num exponent = shiftRight(high, 20) & 2047;
  Num mantissa[] = {lowWord(bits), (high & 0xfffff) | 0x100000};
  // The first bit of 2/pi whose product is no multiple of 4; less than pi/4 is not asked for.
  Num from = exponent - 1013.0;
  llvm::SmallVector<Num> turns(6, high.same(0)), digits = window(select(from < 0.0, 0.0, from));
  for (auto [shift, factor] : llvm::enumerate(mantissa))
    for (size_t i = 0; i + shift < digits.size(); ++i) {
      auto [low, carry] = multiplyWide(digits[i], factor);
      addAt(turns, i + shift, low);
      addAt(turns, i + shift + 1, carry);
    }
  return turns;
}

static Num doubleOfUnsigned(Num i32) {
  ImplicitLocOpBuilder &b = i32.getBuilder();
  return {b, arith::UIToFPOp::create(b, b.getF64Type(), i32.get())};
}

static Reduced reduceTurns(Num x) {
  Num a = magnitude(x);
  llvm::SmallVector<Num> turns = quarterTurns(asLong(a));
  Num &top = turns.back();
  Num quadrant = shiftRight(top + top.same(0x20000000), 30);
  top = top - shiftLeft(quadrant, 30);
  // The magnitude of the rest.
  Num isNegative = top < 0.0;
  Num flip = select(isNegative, top.same(0xffffffff), top.same(0));
  for (Num &word : turns)
    word = word ^ flip;
  addAt(turns, 0, flip & 1);
  // As a sum of two doubles, the first of which has the leading digits.
  auto part = [&](unsigned word) {
    return doubleOfUnsigned(turns[word]) * std::ldexp(1.0, 32 * static_cast<int>(word) - 190);
  };
  Num first = part(5), second = part(4), third = part(3) + part(2);
  Num high = first + second;
  Num low = ((first - high) + second) + third;
  Num turn = high + low;
  low = (high - turn) + low;
  auto [product, error] = productOf(turn, turn.constant(kHalfPi));
  error = error + (turn * kHalfPiLow + low * kHalfPi);
  Num sign = joinWords(flip.same(0), shiftLeft(flip & 1, 31));
  auto signedBy = [&](Num value) { return asDouble(asLong(value) ^ sign); };
  Num isSmall = a < 0.78539816339744828;
  return {select(isSmall, quadrant.same(0), quadrant), select(isSmall, a, signedBy(product)),
          select(isSmall, 0.0, signedBy(error))};
}

//===----------------------------------------------------------------------===//
// Sine, cosine, tangent
//===----------------------------------------------------------------------===//

/// (sin(sqrt z) / sqrt z - 1) / z and (cos(sqrt z) - 1 + z / 2) / z^2
static constexpr double kSin[] = {
    -0.16666666666666666,   0.008333333333333331,   -0.0001984126984126506, 2.755731921933466e-06,
    -2.505210623088241e-08, 1.6058531370931902e-10, -7.586682497157786e-13};
static constexpr double kCos[] = {
    0.041666666666666664,   -0.0013888888888888887,  2.4801587301584642e-05, -2.755731922140032e-07,
    2.0876755790210228e-09, -1.1470460749696862e-11, 4.7458637732829623e-14};

static Pair sinOfReduced(const Reduced &reduced) {
  Num r = reduced.r, z = r * r;
  return sumOf(r, r * (z * horner(z, kSin)) + reduced.low * (1.0 - 0.5 * z));
}

static Pair cosOfReduced(const Reduced &reduced) {
  Num r = reduced.r, z = r * r;
  Num half = 0.5 * z;
  Num w = 1.0 - half;
  return sumOf(w, ((1.0 - w) - half) + (z * z * horner(z, kCos) - r * reduced.low));
}

/// y with its sign turned where the bit of `turns` above the first is set, NaN where x is infinite.
static Num finish(Num x, Num y, Num turns) {
  Num sign = joinWords(turns.same(0), shiftLeft(shiftRight(turns, 1), 31));
  Num isFinite = magnitude(x) < std::numeric_limits<double>::infinity();
  return select(isFinite, asDouble(asLong(y) ^ sign), kNan);
}

Num bornc::math::sinOfDouble(Num x) {
  Reduced reduced = reduceTurns(x);
  Num isOdd = (reduced.quadrant & 1) != 0.0;
  Num y = select(isOdd, cosOfReduced(reduced).high, sinOfReduced(reduced).high);
  Num negative = shiftLeft(shiftRight(highWord(asLong(x)), 31), 1);
  return finish(x, y, reduced.quadrant ^ negative);
}

Num bornc::math::cosOfDouble(Num x) {
  Reduced reduced = reduceTurns(x);
  Num isOdd = (reduced.quadrant & 1) != 0.0;
  Num y = select(isOdd, sinOfReduced(reduced).high, cosOfReduced(reduced).high);
  return finish(x, y, reduced.quadrant + 1.0);
}

Num bornc::math::tanOfDouble(Num x) {
  Reduced reduced = reduceTurns(x);
  Pair s = sinOfReduced(reduced), c = cosOfReduced(reduced);
  Num isOdd = (reduced.quadrant & 1) != 0.0;
  Num numerator = select(isOdd, c.high, s.high), denominator = select(isOdd, s.high, c.high);
  Num t = numerator / denominator;
  Num rest = select(isOdd, c.low, s.low) - t * select(isOdd, s.low, c.low);
  Num y = t + rest / denominator;
  Num negative = shiftLeft(shiftRight(highWord(asLong(x)), 31), 1);
  return finish(x, y, shiftLeft(reduced.quadrant & 1, 1) ^ negative);
}

//===----------------------------------------------------------------------===//
// Their inverses
//===----------------------------------------------------------------------===//

/// (atan(sqrt z) / sqrt z - 1) / z and (asin(sqrt z) / sqrt z - 1) / z
static constexpr double kAtan[] = {
    -0.33333333333333326,  0.19999999999987714, -0.14285714283138384, 0.11111110899821627,
    -0.09090900168668452,  0.07692086789119736, -0.06663232236816255, 0.05847669756799626,
    -0.050336850838998956, 0.03781854858641458, -0.017539916204913773};
static constexpr double kAsin[] = {
    0.16666666666666669, 0.07499999999998433,  0.04464285714635543,  0.030381944138531247,
    0.02237217294214989, 0.017352392720869973, 0.013971212973552933, 0.011479177415184906,
    0.01032281435018578, 0.005457506718640358, 0.01740087944269402,  -0.014851887071247204,
    0.028757851367421566};

/// atan(a) = atan(c) + atan((a - c) / (1 + a c)) for the nearest c of 0, 1/2, 1, 3/2, infinity.
Num bornc::math::atanOfDouble(Num x) {
  static constexpr struct {
    double limit, centre, high, low;
  } rows[] = {{0.6875, 0.5, 0.4636476090008061, 2.2698777452961687e-17},
              {1.1875, 1.0, 0.7853981633974483, 3.061616997868383e-17},
              {2.4375, 1.5, 0.982793723247329, 1.3903311031230998e-17}};
  Num a = magnitude(x);
  Num numerator = a.constant(-1.0), denominator = a;
  Num high = a.constant(kHalfPi), low = a.constant(kHalfPiLow);
  for (const auto &row : llvm::reverse(rows)) {
    Num here = a < row.limit;
    numerator = select(here, a - row.centre, numerator);
    denominator = select(here, 1.0 + a * row.centre, denominator);
    high = select(here, row.high, high);
    low = select(here, row.low, low);
  }
  Num isSmall = a < 0.4375;
  numerator = select(isSmall, a, numerator);
  denominator = select(isSmall, 1.0, denominator);
  Num t = numerator / denominator, z = t * t;
  Num p = t * (z * horner(z, kAtan));
  Num y = select(isSmall, t + p, high + ((p + low) + t));
  return withSignOf(y, x);
}

namespace {
/// For 1/2 <= a <= 1: asin(sqrt((1 - a) / 2)) = head + (p + c), head of few digits.
struct HalfAngle {
  Num root, head, p, c;
};
} // namespace

static HalfAngle halfAngle(Num a) {
  Num z = (1.0 - a) * 0.5;
  Num root = sqrt(z);
  Num head = asDouble(asLong(root) & 0xffffffff00000000u);
  Num c = select(root == 0.0, 0.0, (z - head * head) / (root + head));
  return {root, head, root * (z * horner(z, kAsin)), c};
}

Num bornc::math::asinOfDouble(Num x) {
  Num a = magnitude(x), z = a * a;
  Num near = a + a * (z * horner(z, kAsin));
  HalfAngle half = halfAngle(a);
  Num p = 2.0 * half.p - (kHalfPiLow - 2.0 * half.c);
  Num far = 0.5 * kHalfPi - (p - (0.5 * kHalfPi - 2.0 * half.head));
  Num y = withSignOf(select(a < 0.5, near, far), x);
  return select(a > 1.0, kNan, y);
}

Num bornc::math::acosOfDouble(Num x) {
  Num a = magnitude(x), z = x * x;
  Num near = kHalfPi - (x - (kHalfPiLow - x * (z * horner(z, kAsin))));
  HalfAngle half = halfAngle(a);
  Num right = 2.0 * (half.head + (half.p + half.c));
  Num left = 2.0 * (kHalfPi - (half.root + (half.p - kHalfPiLow)));
  Num y = select(a < 0.5, near, select(x > 0.0, right, left));
  return select(a > 1.0, kNan, y);
}
