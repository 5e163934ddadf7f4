//===- ExpLog.cpp - exponentials, logarithms, and what is made of them ----===//
#include "passes/math/Functions.h"

using namespace bornc::math;

//===----------------------------------------------------------------------===//
// Exponentials: e^x = 2^n e^r with |r| <= ln 2 / 2
//===----------------------------------------------------------------------===//

// Adding 1.5 * 2^23 rounds to an integer, which is then in the low bits.
static constexpr double kRound = 12582912.0;
static constexpr uint32_t kRoundBits = 0x4b400000;
// ln 2 in two parts; products of the first, of 9 bits, and an exponent are exact.
static constexpr double kLn2High = 0.693359375, kLn2Low = -2.12194440054690583e-4;
static constexpr double kLog2E = 1.44269504088896341;

namespace {
struct Reduced {
  Num n; // an integer
  Num r;
};
} // namespace

static Reduced reduceExp(Num x) {
  Num shifted = fma(x, kLog2E, x.constant(kRound));
  Num n = shifted - kRound;
  Num r = fma(n, -kLn2Low, fma(n, -kLn2High, x));
  return {shifted.bits() - shifted.ofInt(kRoundBits), r};
}

static Num expOfReduced(Num r) {
  Num p = polynomial(r, {0.49999994, 0.166665092, 0.041668009, 0.00836997945, 0.0013846691});
  return fma(r * r, p, r) + 1.0;
}

/// 2^n for -127 < n <= 128; the last is infinity.
static Num powerOfTwo(Num n) { return shiftLeft(n + 127.0, 23).asFloat(); }

/// x * 2^n for all n that matter: in two steps, to reach infinity and the subnormals.
static Num scale(Num x, Num n) {
  Num half = shiftRightSigned(n, 1);
  return x * powerOfTwo(half) * powerOfTwo(n - half);
}

/// Limits that keep NaN.
static Num atMost(Num x, double limit) { return select(x > limit, limit, x); }
static Num atLeast(Num x, double limit) { return select(x < limit, limit, x); }

Num bornc::math::exp(Num x) {
  auto [n, r] = reduceExp(atLeast(atMost(x, 89.0), -104.5));
  return scale(expOfReduced(r), n);
}

Num bornc::math::exp2(Num x) {
  x = atLeast(atMost(x, 129.0), -151.0);
  Num shifted = x + kRound;
  Num r = x - (shifted - kRound);
  Num p = polynomial(r, {0.240226507, 0.0555035844, 0.00961810537, 0.00133922615, 0.00015441385});
  Num ln2 = r.constant(0.693147180559945309);
  return scale(fma(r * r, p, r * ln2) + 1.0, shifted.bits() - shifted.ofInt(kRoundBits));
}

Num bornc::math::expm1(Num x) {
  auto [n, r] = reduceExp(atLeast(atMost(x, 89.0), -18.0));
  Num p =
      polynomial(r, {0.5, 0.166666344, 0.041666504, 0.00834170636, 0.00139315298, 0.000150455497});
  Num q = fma(r * r, p, r);
  // Half of 2^n, so that n = 128 does not overflow too early.
  Num s = powerOfTwo(n - 1.0);
  Num y = fma(q, s, s - 0.5);
  return select(abs(x) < 1e-7, x, y + y);
}

/// e^x / 4 for 0 <= x, infinity from 90 on.
static Num quarterExp(Num x) {
  auto [n, r] = reduceExp(atMost(x, 90.0));
  return expOfReduced(r) * powerOfTwo(n - 2.0);
}

Num bornc::math::sinh(Num x) {
  Num a = abs(x), z = x * x;
  Num near =
      fma(x * z, polynomial(z, {0.166666672, 0.00833331048, 0.000198428956, 2.78221341e-06}), x);
  Num quarter = quarterExp(a);
  Num half = quarter - 0.0625 / quarter;
  return select(a < 1.0, near, withSign(half + half, x));
}

Num bornc::math::cosh(Num x) {
  Num quarter = quarterExp(abs(x));
  Num half = quarter + 0.0625 / quarter;
  return half + half;
}

Num bornc::math::tanh(Num x) {
  Num a = abs(x), z = x * x;
  Num p = polynomial(z, {-0.333332807, 0.133314058, -0.0537365153, 0.0206281673, -0.00569229666});
  Num near = fma(a * z, p, a);
  Num limited = atMost(a, 10.0);
  auto [n, r] = reduceExp(limited + limited);
  Num far = 1.0 - 2.0 / (expOfReduced(r) * powerOfTwo(n) + 1.0);
  return withSign(select(a < 0.625, near, far), x);
}

/// Near zero an odd polynomial, elsewhere 1 - e^-p(|x|).
Num bornc::math::erf(Num x) {
  Num a = abs(x), z = x * x;
  Num near = fma(x,
                 polynomial(z, {0.128379166, -0.37612617, 0.112833165, -0.026830513, 0.00510425167,
                                -0.000666747277}),
                 x);
  a = atMost(a, 4.0);
  Num p = polynomial(a, {-3.70358043e-06, 1.12855279, 0.635612726, 0.105391569, -0.0229706801,
                         0.00323978299, -0.000216978515});
  auto [n, r] = reduceExp(-p);
  Num far = 1.0 - expOfReduced(r) * powerOfTwo(n);
  return select(a < 0.75, near, withSign(far, x));
}

//===----------------------------------------------------------------------===//
// Logarithms: x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2)
//===----------------------------------------------------------------------===//

namespace {
struct Split {
  Num k; // an integer
  Num f;
};
} // namespace

/// Splits the positive normal number with these bits.
static Split splitLog(Num bits) {
  Num k = shiftRightSigned(bits - bits.ofInt(0x3f3504f3), 23);
  return {k, (bits - shiftLeft(k, 23)).asFloat() - 1.0};
}

/// As splitLog, for subnormal numbers too: as integers they are 2^149 times their value.
static Split splitLogOfAny(Num x) {
  Num bits = x.bits();
  Num isSubnormal = below(bits, 0x00800000);
  auto [k, f] = splitLog(select(isSubnormal, bits.toFloat().bits(), bits));
  return {k - select(isSubnormal, bits.ofInt(149), bits.ofInt(0)), f};
}

/// log(1 + f) = f - f^2 / 2 + f^3 p(f), without the first term.
static Num logTail(Num f, Num low) {
  Num p = polynomial(f, {0.333333313, -0.250008196, 0.200012267, -0.166233569, 0.142017588,
                         -0.131601855, 0.127615586, -0.0763445124});
  Num square = f * f;
  return fma(f * square, p, low) - 0.5 * square;
}

static Num logOfSplit(Num k, Num f, Num low) {
  Num n = k.toFloat();
  return fma(n, kLn2High, f + logTail(f, fma(n, kLn2Low, low)));
}

/// y where x is positive and finite, else what a logarithm of x is.
static Num withLogLimits(Num x, Num y) {
  Num special = select(x == 0.0, -infinity(x), select(x == infinity(x), x, nan(x)));
  return select(below(x.bits() - x.ofInt(1), 0x7f7fffff), y, special);
}

Num bornc::math::log(Num x) {
  auto [k, f] = splitLogOfAny(x);
  return withLogLimits(x, logOfSplit(k, f, x.constant(0.0)));
}

/// log(x) * (high + low) + k * scale; f of 12 bits times `high` is exact.
static Num logOfBase(Num x, double high, double low, double scaleHigh, double scaleLow) {
  auto [k, f] = splitLogOfAny(x);
  Num n = k.toFloat();
  Num tail = logTail(f, x.constant(0.0));
  // f + tail as a sum of 12 bits and a rest.
  Num head = ((f + tail).bits() & 0xfffff000u).asFloat();
  Num rest = (f - head) + tail;
  Num small = fma(rest, high + low, fma(head, low, n * scaleLow));
  return withLogLimits(x, fma(n, scaleHigh, fma(head, high, small)));
}

Num bornc::math::log2(Num x) {
  return logOfBase(x, 1.44238281250000000, 3.12228388963407e-4, 1.0, 0.0);
}

Num bornc::math::log10(Num x) {
  return logOfBase(x, 0.434204101562500000, 9.03803407518276e-5, 0.301025390625,
                   4.60503898119521374e-6);
}

/// log(1 + x + low), |low| being about an ULP of x.
static Num log1pOfSum(Num x, Num low) {
  Num u = x + 1.0;
  auto [k, f] = splitLog(u.bits());
  Num isNear = k == 0.0;
  // What u lost of 1 + x.
  Num lost = select(x < 1.0, x - (u - 1.0), 1.0 - (u - x));
  Num c = (select(isNear, 0.0, lost) + low) / u;
  return withLogLimits(u, logOfSplit(k, select(isNear, x, f), c));
}

Num bornc::math::log1p(Num x) { return select(abs(x) < 1e-7, x, log1pOfSum(x, x.constant(0.0))); }

/// log1p(a + b) for 0 <= a, b.
static Num log1pOfTwo(Num a, Num b) {
  Num sum = a + b;
  Num isLess = a < b;
  Num large = select(isLess, b, a), small = select(isLess, a, b);
  return log1pOfSum(sum, (large - sum) + small);
}

/// log(2 x) for large x.
static Num logOfTwice(Num x) {
  auto [k, f] = splitLog(x.bits());
  return withLogLimits(x, logOfSplit(k + 1.0, f, x.constant(0.0)));
}

static constexpr double kLargeForSquare = 1e4;

Num bornc::math::asinh(Num x) {
  Num a = abs(x), square = a * a;
  Num near = log1pOfTwo(a, square / (sqrt(square + 1.0) + 1.0));
  Num y = select(a > kLargeForSquare, logOfTwice(a), near);
  return select(a < 1e-4, x, withSign(y, x));
}

Num bornc::math::acosh(Num x) {
  Num t = x - 1.0;
  Num near = log1pOfTwo(t, sqrt(fma(t, t, t + t)));
  Num y = select(x > kLargeForSquare, logOfTwice(x), near);
  return select(x < 1.0, nan(x), y);
}

Num bornc::math::atanh(Num x) {
  Num a = abs(x), twice = a + a;
  Num y = 0.5 * log1pOfTwo(twice, twice * a / (1.0 - a));
  y = select(a > 1.0, nan(a), select(a == 1.0, infinity(a), y));
  return select(a < 1e-4, x, withSign(y, x));
}
