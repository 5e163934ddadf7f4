//===- DoubleFunctions.cpp - elementary functions of f64 ------------------===//
//
// In f64 arithmetic, which born-emulate-floats makes calls of; so they are functions
// themselves, called once per use.
//
//===----------------------------------------------------------------------===//
#include "passes/math/DoubleFunctions.h"

using namespace mlir;
using namespace bornc::math;

// ln 2 in two parts; products of the first, of 32 bits, and an exponent are exact.
static constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;

static Num asDouble(Num i64) {
  ImplicitLocOpBuilder &b = i64.getBuilder();
  return {b, arith::BitcastOp::create(b, b.getF64Type(), i64.get())};
}

static Num asLong(Num f64) {
  ImplicitLocOpBuilder &b = f64.getBuilder();
  return {b, arith::BitcastOp::create(b, b.getI64Type(), f64.get())};
}

static Num doubleOfWord(Num i32) {
  ImplicitLocOpBuilder &b = i32.getBuilder();
  return {b, arith::SIToFPOp::create(b, b.getF64Type(), i32.get())};
}

static Num horner(Num x, std::initializer_list<double> coefficients) {
  const double *next = coefficients.end() - 1;
  Num sum = x.constant(*next);
  while (next-- != coefficients.begin())
    sum = sum * x + *next;
  return sum;
}

Num bornc::math::expOfDouble(Num x) {
  Num limited = select(x > 710.0, 710.0, x);
  limited = select(limited < -746.0, -746.0, limited);
  Num n = (limited * 1.44269504088896340736).make<mlir::math::RoundEvenOp>();
  Num r = limited - n * kLn2High - n * kLn2Low;
  Num p = horner(r, {0.50000000000000111, 0.1666666666666641, 0.041666666666529219,
                     0.0083333333334955993, 0.0013888888943918093, 0.0001984126950490044,
                     2.4801492765171666e-05, 2.7557587169624803e-06, 2.7630378363609137e-07,
                     2.500003175888719e-08});
  Num y = 1.0 + (r + r * r * p);
  // In two steps, to reach infinity and the subnormal numbers.
  Num exponent = n.toInt();
  Num half = shiftRightSigned(exponent, 1);
  auto power = [](Num e) { return asDouble(joinWords(e.same(0), shiftLeft(e + 1023.0, 20))); };
  return y * power(half) * power(exponent - half);
}

Num bornc::math::logOfDouble(Num x) {
  Num isSubnormal = below(asLong(x), uint64_t(1) << 52);
  Num bits = asLong(select(isSubnormal, x * 0x1p54, x));
  Num k = shiftRightSigned(highWord(bits) - highWord(bits).same(0x3fe6a09e), 20);
  Num m = asDouble(bits - joinWords(k.same(0), shiftLeft(k, 20)));
  Num n = doubleOfWord(k - select(isSubnormal, k.same(54), k.same(0)));
  Num f = m - 1.0;
  Num s = f / (f + 2.0);
  Num z = s * s;
  // 2 atanh(s) = f - f^2 / 2 + s (f^2 / 2 + z p(z))
  Num p = horner(z, {0.66666666666666663, 0.40000000000004937, 0.28571428569404067,
                     0.22222222608314809, 0.18181778231525844, 0.1538699478547953,
                     0.13252005419160715, 0.13236137262226177});
  Num half = 0.5 * f * f;
  Num y = n * kLn2High - ((half - (s * (half + z * p) + n * kLn2Low)) - f);
  Num infinity = x.constant(std::numeric_limits<double>::infinity());
  Num nan = x.constant(std::numeric_limits<double>::quiet_NaN());
  Num special = select(x == 0.0, -infinity, select(x == infinity, x, nan));
  return select((x > 0.0) & (x < infinity), y, special);
}
