//===- Trigonometry.cpp ---------------------------------------------------===//
#include "passes/math/Functions.h"

using namespace bornc::math;

//===----------------------------------------------------------------------===//
// Range reduction after Payne and Hanek
//===----------------------------------------------------------------------===//

namespace {
/// |x| = quadrant * pi/2 + (r + low), |r| <= pi/4.
struct Reduced {
  Num quadrant, r, low;
};
} // namespace

/// The 32-bit words of 2/pi behind the point, with zeros before them.
static constexpr uint32_t kTwoOverPi[] = {0,          0,          0xa2f9836e, 0x4e441529,
                                          0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041};

/// high:low * 2^-32 * b, the first 64 bits.
static std::pair<Num, Num> multiplyHigh(Num high, Num low, uint32_t bHigh, uint32_t bLow) {
  auto [p0, p1] = multiplyWide(high, high.ofInt(bHigh));
  Num q = multiplyWide(high, high.ofInt(bLow)).second;
  Num s = multiplyWide(low, high.ofInt(bHigh)).second;
  Num one = high.ofInt(1), zero = high.ofInt(0);
  Num sum = p0 + q;
  Num carry = select(below(sum, q), one, zero);
  Num total = sum + s;
  carry = carry + select(below(total, s), one, zero);
  return {p1 + carry, total};
}

/// |x| * 2/pi modulo 4 in fixed point: two bits before the point, 62 behind it.
static std::pair<Num, Num> quarterTurns(Num bits) {
  Num exponent = shiftRight(bits, 23) & 255;
  Num mantissa = shiftLeft(bits | 0x00800000u, 8);
  // The first bit of 2/pi whose product is no multiple of 4; less than 0.5 is not asked for.
  Num from = exponent - 96.0;
  from = select(from < 0.0, 0.0, from);
  Num word = shiftRight(from, 5), shift = from & 31;
  Num words[4];
  for (unsigned i = 0; i < 4; ++i) {
    words[i] = bits.ofInt(kTwoOverPi[i]);
    for (uint32_t at = 1; at <= 4; ++at)
      words[i] = select(word == double(at), bits.ofInt(kTwoOverPi[i + at]), words[i]);
  }
  Num window[3];
  for (unsigned i = 0; i < 3; ++i)
    window[i] = shiftLeft(words[i], shift) |
                shiftRight(shiftRight(words[i + 1], 1), bits.ofInt(31) - shift);
  auto [p, q] = multiplyWide(mantissa, window[1]);
  Num r = multiplyWide(mantissa, window[2]).second;
  Num low = p + r;
  Num carry = select(below(low, r), bits.ofInt(1), bits.ofInt(0));
  return {mantissa * window[0] + q + carry, low};
}

static Reduced reduceTurns(Num x) {
  Num a = abs(x);
  auto [high, low] = quarterTurns(a.bits());
  Num zero = high.ofInt(0), one = high.ofInt(1);
  Num quadrant = shiftRight(high + high.ofInt(0x20000000), 30);
  high = high - shiftLeft(quadrant, 30);
  // The magnitude of the rest, and pi/2 times that.
  Num isNegative = high < 0.0;
  Num flip = select(isNegative, high.ofInt(0xffffffff), zero);
  Num negated = (low ^ flip) + select(isNegative, one, zero);
  high = (high ^ flip) + select(isNegative & (low == 0.0), one, zero);
  low = negated;
  auto [g, h] = multiplyHigh(shiftLeft(high, 2) | shiftRight(low, 30), shiftLeft(low, 2),
                             0xc90fdaa2, 0x2168c235);
  // 24 bits and 32 more as floats.
  Num first = (g & 0xffffff00u).toFloat() * 0x1p-31;
  Num second = (shiftLeft(g, 24) | shiftRight(h, 8)).toFloatUnsigned() * 0x1p-55;
  Num r = first + second;
  Num rest = (first - r) + second;
  Num sign = shiftLeft(shiftRight(flip, 31), 31);
  r = (r.bits() ^ sign).asFloat();
  rest = (rest.bits() ^ sign).asFloat();
  Num isSmall = a < 0.785398163397448309;
  return {select(isSmall, zero, quadrant), select(isSmall, a, r), select(isSmall, 0.0, rest)};
}

static Num sinOfReduced(Num r, Num low) {
  Num z = r * r;
  Num p = polynomial(z, {-0.166666552, 0.00833218731, -0.000195178975});
  return r + fma(r * z, p, low);
}

static Num cosOfReduced(Num r, Num low) {
  Num z = r * r;
  Num p = polynomial(z, {0.0416666456, -0.00138873095, 2.44323273e-05});
  Num half = 0.5 * z;
  Num w = 1.0 - half;
  return w + (((1.0 - w) - half) + fma(z * z, p, -(r * low)));
}

/// What a periodic function of `x` is: not a number where x is infinite.
static Num whereFinite(Num x, Num y) {
  return select(below(x.bits() & 0x7fffffffu, 0x7f800000), y, nan(x));
}

Num bornc::math::sin(Num x) {
  auto [quadrant, r, low] = reduceTurns(x);
  Num isOdd = (quadrant & 1) != 0.0;
  Num y = select(isOdd, cosOfReduced(r, low), sinOfReduced(r, low));
  Num sign = shiftLeft(shiftRight(quadrant, 1), 31) ^ (x.bits() & 0x80000000u);
  return whereFinite(x, (y.bits() ^ sign).asFloat());
}

Num bornc::math::cos(Num x) {
  auto [quadrant, r, low] = reduceTurns(x);
  Num isOdd = (quadrant & 1) != 0.0;
  Num y = select(isOdd, sinOfReduced(r, low), cosOfReduced(r, low));
  Num sign = shiftLeft(shiftRight(quadrant + 1.0, 1), 31);
  return whereFinite(x, (y.bits() ^ sign).asFloat());
}

Num bornc::math::tan(Num x) {
  auto [quadrant, r, low] = reduceTurns(x);
  Num z = r * r;
  Num p = polynomial(z, {0.333333492, 0.133326724, 0.0540594459, 0.0212827679, 0.0108377133,
                         8.38449705e-05, 0.00438037515});
  Num t = r + fma(r * z, p, fma(low, z, low));
  Num isOdd = (quadrant & 1) != 0.0;
  Num y = select(isOdd, -1.0 / t, t);
  return whereFinite(x, (y.bits() ^ (x.bits() & 0x80000000u)).asFloat());
}

//===----------------------------------------------------------------------===//
// Inverse functions
//===----------------------------------------------------------------------===//

static constexpr double kHalfPiHigh = 1.57079637050628662, kHalfPiLow = -4.37113900018624283e-8;

namespace {
/// asin(s) = head + tail for s = head + (what tail knows), 0 <= s <= 1/2 in both cases:
/// |x|, or, where |x| > 1/2, sqrt((1 - |x|) / 2).
struct ArcSine {
  Num a, isLarge, head, tail;
};
} // namespace

static ArcSine arcSine(Num x) {
  Num a = abs(x);
  Num isLarge = a > 0.5;
  Num z = select(isLarge, 0.5 * (1.0 - a), a * a);
  Num p = polynomial(z, {0.166667521, 0.0749530643, 0.0454697721, 0.0241807643, 0.0421664491});
  Num root = sqrt(z);
  // The root's first 12 bits, whose square is exact, and the rest of it.
  Num head = (root.bits() & 0xfffff000u).asFloat();
  Num rest = (z - head * head) / (root + head + 1e-30);
  Num s = select(isLarge, root, a);
  Num tail = fma(s * z, p, select(isLarge, rest, 0.0));
  return {a, isLarge, select(isLarge, head, a), tail};
}

Num bornc::math::asin(Num x) {
  auto [a, isLarge, head, tail] = arcSine(x);
  Num far = (kHalfPiHigh - (head + head)) - ((tail + tail) - kHalfPiLow);
  Num y = withSign(select(isLarge, far, head + tail), x);
  return select(a > 1.0, nan(x), y);
}

Num bornc::math::acos(Num x) {
  auto [a, isLarge, head, tail] = arcSine(x);
  Num isNegative = x < 0.0;
  Num twice = head + head, rest = tail + tail;
  Num nearOne = twice + rest;
  Num nearMinusOne = (2 * kHalfPiHigh - twice) - (rest - 2 * kHalfPiLow);
  Num far = select(isNegative, nearMinusOne, nearOne);
  Num signedTail = select(isNegative, -tail, tail);
  Num near = kHalfPiHigh - (x + (signedTail - kHalfPiLow));
  return select(a > 1.0, nan(x), select(isLarge, far, near));
}

/// atan(t) for 0 <= t <= 1.
static Num arcTangent(Num t) {
  Num z = t * t;
  Num p = polynomial(z, {-0.333333105, 0.199988306, -0.14266853, 0.109644599, -0.0843636766,
                         0.0584828295, -0.0316712037, 0.011166472, -0.00184752967});
  return fma(t * z, p, t);
}

Num bornc::math::atan(Num x) {
  Num a = abs(x);
  Num isLarge = a > 1.0;
  Num y = arcTangent(select(isLarge, 1.0 / a, a));
  return withSign(select(isLarge, kHalfPiHigh - (y - kHalfPiLow), y), x);
}

Num bornc::math::atan2(Num y, Num x) {
  Num a = abs(y), b = abs(x);
  Num isSteep = b < a;
  Num smaller = select(isSteep, b, a), larger = select(isSteep, a, b);
  Num quotient = smaller / larger;
  quotient = select(larger == 0.0, 0.0, select(smaller == infinity(x), 1.0, quotient));
  Num t = arcTangent(quotient);
  t = select(isSteep, kHalfPiHigh - (t - kHalfPiLow), t);
  Num isLeft = x.bits() < 0.0;
  t = select(isLeft, 2 * kHalfPiHigh - (t - 2 * kHalfPiLow), t);
  Num isUnordered = Num(isNan(x)) | isNan(y);
  return select(isUnordered, nan(x), withSign(t, y));
}
