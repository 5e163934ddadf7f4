//===- DoublePower.cpp - pow of f64 ---------------------------------------===//
//
// As Power.cpp does for f32, with a logarithm of 100 bits in two doubles.
//
//===----------------------------------------------------------------------===//
#include "passes/math/DoubleFunctions.h"
#include "passes/math/Functions.h"

using namespace mlir;
using namespace bornc::math;

/// log2(x) for 0 < x < infinity, as k + 2 / ln 2 * atanh((m - 1) / (m + 1)).
static Pair logarithm(Num x) {
  auto [k, f] = splitLog(x);
  Num g = f + 2.0;
  Num gLow = f - (g - 2.0);
  Num quotient = f / g;
  auto [back, backLow] = productOf(quotient, g);
  Pair s{quotient, (((f - back) - backLow) - quotient * gLow) / g};
  // atanh(s) / s = 1 + s^2 / 3 + s^4 p(s^2)
  Pair square = productOf(s, s);
  Num p = horner(square.high, {0.2, 0.14285714285714685, 0.11111111110827367, 0.0909090916782708,
                               0.07692297467298959, 0.06667403106050301, 0.05853097844940682,
                               0.058618018114527055});
  Pair third =
      productOf(square, {x.constant(0.3333333333333333), x.constant(1.850371707708594e-17)});
  Num tail = square.high * square.high * p + third.low;
  Pair series = sumOf(x.constant(1.0), third.high);
  series.low = series.low + tail;
  Pair scaled = productOf(s, {x.constant(2.8853900817779268), x.constant(4.0710547481862066e-17)});
  Pair fraction = productOf(scaled, series);
  Pair sum = sumOf(doubleOfWord(k), fraction.high); // |fraction| <= 1/2, so k is larger or zero
  return sumOf(sum.high, sum.low + fraction.low);
}

/// 2^(high + low)
static Num exponential(Num high, Num low) {
  low = select((high < 1025.0) & (high > -1080.0), low, 0.0);
  high = select(high > 1025.0, 1025.0, select(high < -1080.0, -1080.0, high));
  Num n = high.make<mlir::math::RoundEvenOp>();
  Num first = high - n;
  Num r = first + low;
  Num lost = (first - r) + low;
  constexpr double ln2 = 0.6931471805599453, ln2Low = 2.3190468138462996e-17;
  auto [t, error] = productOf(r, r.constant(ln2));
  Num y = 1.0 + expm1OfReduced(t, error + (r * ln2Low + lost * ln2));
  return scaleDouble(y, n.toInt());
}

Num bornc::math::powOfDouble(Num x, Num y) {
  Num a = magnitude(x), b = magnitude(y);
  Pair log = logarithm(a);
  // Beyond this the result is 0, 1 or infinity, and products would overflow.
  Num exponent = select(b > 0x1p70, withSignOf(y.constant(0x1p70), y), y);
  auto [high, low] = productOf(exponent, log.high);
  Num result = exponential(high, exponent * log.low + low);
  return withPowLimits({x, y, a, b, asLong(x) < asLong(x).same(0), (x != x) | (y != y), 0x1p53},
                       result);
}
