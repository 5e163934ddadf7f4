//===- DoubleFunctions.cpp - exponentials and logarithms of f64 -----------===//
//
// In f64 arithmetic, which born-emulate-floats makes calls of; so they are functions
// themselves, called once per use. No branches: all that is selected from is computed.
//
//===----------------------------------------------------------------------===//
#include "passes/math/DoubleFunctions.h"

using namespace mlir;
using namespace bornc::math;

// ln 2 in two parts; products of the first, of 32 bits, and an exponent are exact.
static constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
static constexpr uint64_t kSign = uint64_t(1) << 63;

Num bornc::math::asDouble(Num i64) {
  ImplicitLocOpBuilder &b = i64.getBuilder();
  return {b, arith::BitcastOp::create(b, b.getF64Type(), i64.get())};
}

Num bornc::math::asLong(Num f64) {
  ImplicitLocOpBuilder &b = f64.getBuilder();
  return {b, arith::BitcastOp::create(b, b.getI64Type(), f64.get())};
}

Num bornc::math::magnitude(Num x) { return asDouble(asLong(x) & ~kSign); }

Num bornc::math::withSignOf(Num a, Num x) { return asDouble(asLong(a) | (asLong(x) & kSign)); }

Num bornc::math::horner(Num x, llvm::ArrayRef<double> coefficients) {
  Num sum = x.constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = sum * x + coefficient;
  return sum;
}

Num bornc::math::doubleOfWord(Num i32) {
  ImplicitLocOpBuilder &b = i32.getBuilder();
  return {b, arith::SIToFPOp::create(b, b.getF64Type(), i32.get())};
}

//===----------------------------------------------------------------------===//
// Exponentials: e^x = 2^n e^r with |r| <= ln 2 / 2
//===----------------------------------------------------------------------===//

/// (e^r - 1 - r) / r^2
static constexpr double kExp[] = {0.5,
                                  0.16666666666666666,
                                  0.04166666666666668,
                                  0.008333333333333333,
                                  0.0013888888888879075,
                                  0.000198412698412633,
                                  2.480158733643726e-05,
                                  2.755731924721541e-06,
                                  2.755726328441651e-07,
                                  2.5052071097844777e-08,
                                  2.0918135766484712e-09,
                                  1.6086626642965137e-10};

namespace {
struct ReducedExp {
  Num n; ///< an integer, as i32
  Num q; ///< e^r - 1
};
} // namespace

Num bornc::math::expm1OfReduced(Num r, Num low) {
  return r + (r * r * horner(r, kExp) + (low + low * r));
}

static ReducedExp reduceExp(Num x) {
  Num n = (x * 1.44269504088896340736).make<mlir::math::RoundEvenOp>();
  Num high = x - n * kLn2High, low = n * kLn2Low;
  Num r = high - low;
  return {n.toInt(), expm1OfReduced(r, (high - r) - low)};
}

/// 2^n for -1023 < n < 1024
static Num powerOfTwo(Num n) { return asDouble(joinWords(n.same(0), shiftLeft(n + 1023.0, 20))); }

/// Limits that keep NaN.
static Num between(Num x, double low, double high) {
  x = select(x > high, high, x);
  return select(x < low, low, x);
}

Num bornc::math::scaleDouble(Num x, Num n) {
  Num half = shiftRightSigned(n, 1);
  return x * powerOfTwo(half) * powerOfTwo(n - half);
}

Num bornc::math::expOfDouble(Num x) {
  auto [n, q] = reduceExp(between(x, -746.0, 710.0));
  return scaleDouble(1.0 + q, n);
}

/// e^x - 1 for x of at most 710: half of 2^n, so that n = 1024 does not overflow too early.
static Num expm1OfLimited(Num x) {
  auto [n, q] = reduceExp(x);
  Num s = powerOfTwo(n - 1.0);
  Num y = q * s + (s - 0.5);
  return select(n == 0.0, q, y + y);
}

Num bornc::math::expm1OfDouble(Num x) {
  Num y = expm1OfLimited(between(x, -40.0, 710.0));
  return select(magnitude(x) < 0x1p-54, x, y);
}

/// e^x / 4 for 0 <= x, infinity from 712 on.
static Num quarterExp(Num x) {
  auto [n, q] = reduceExp(between(x, 0.0, 712.0));
  return scaleDouble(1.0 + q, n - 2.0);
}

Num bornc::math::sinhOfDouble(Num x) {
  Num a = magnitude(x);
  Num e = expm1OfLimited(between(a, 0.0, 40.0));
  Num near = 0.5 * (e + e / (e + 1.0));
  Num quarter = quarterExp(a);
  Num y = select(a < 22.0, near, quarter + quarter);
  return select(a < 0x1p-28, x, withSignOf(y, x));
}

Num bornc::math::coshOfDouble(Num x) {
  Num a = magnitude(x);
  Num t = expm1OfLimited(between(a, 0.0, 1.0));
  Num near = 1.0 + t * t / (2.0 * (1.0 + t));
  Num quarter = quarterExp(a);
  Num half = quarter + 0.0625 / quarter;
  return select(a < 0.3466, near, half + half);
}

/// (tanh(sqrt z) / sqrt z - 1) / z
static constexpr double kTanh[] = {
    -0.3333333333333333,     0.13333333333333333,   -0.053968253968253076,  0.021869488536096472,
    -0.008863235527882459,   0.0035921279948771647, -0.0014558338279042078, 0.0005900223329023258,
    -0.00023909642770594748, 9.676689210002811e-05, -3.879904218166128e-05, 1.4832897548417558e-05,
    -4.770834648519767e-06,  9.171549402654542e-07};

Num bornc::math::tanhOfDouble(Num x) {
  Num a = magnitude(x), z = a * a;
  Num near = a + a * (z * horner(z, kTanh));
  Num far = 1.0 - 2.0 / (expOfDouble(2.0 * between(a, 0.0, 22.0)) + 1.0);
  return withSignOf(select(a < 0.625, near, far), x);
}

/// erf(sqrt z) / sqrt z - 1, and -log(erfc(x)) around 1.42 and around 4
static constexpr double kErf[] = {
    0.1283791670955126,     -0.37612638903183754,   0.11283791670955118,    -0.02686617064512888,
    0.0052239776254045765,  -0.0008548327019900606, 0.00012055332766501479, -1.4925641599796734e-05,
    1.6461870018745888e-06, -1.636115005978804e-07, 1.4745948090565165e-08, -1.1769026546511048e-09,
    6.759519257603756e-11};
static constexpr double kErfcNear[] = {
    3.1094874513520625,      3.3664867359626345,     0.8862053066392352,
    0.027829004487769156,    -0.006530759652654567,  0.0013638107111292057,
    -0.00022796495116573376, 2.0180492556024308e-05, 4.606468909125836e-06,
    -3.096730589588678e-06,  9.997604124195751e-07,  -2.1831731319264148e-07,
    2.510534533279733e-08,   4.486555390487305e-09,  -3.800698822718451e-09,
    1.3965235642682362e-09,  -3.0562151783701113e-10};
static constexpr double kErfcFar[] = {
    17.987778312103007,      8.236376892700177,      0.9734445885020031,
    0.003793143135876359,    -0.0005821485736543379, 9.102554848573624e-05,
    -1.413882504114335e-05,  2.146338408483579e-06,  -3.1386601852418867e-07,
    4.344502533567091e-08,   -5.534145088789229e-09, 6.112174194368245e-10,
    -4.838938568065788e-11,  -6.031663370611475e-13, 1.4273756669811672e-12,
    -4.0868192762697526e-13, 8.163047793935356e-14,  -1.620582027399406e-14,
    3.518965876041294e-15,   -4.2172744867284306e-16};

/// Near zero an odd polynomial, elsewhere 1 - e^-p(|x|).
Num bornc::math::erfOfDouble(Num x) {
  Num a = magnitude(x), z = a * a;
  Num near = a + a * horner(z, kErf);
  Num limited = between(a, 0.0, 6.0);
  Num p = select(limited < 2.0, horner(limited - 1.42, kErfcNear), horner(limited - 4.0, kErfcFar));
  return withSignOf(select(a < 0.84, near, 1.0 - expOfDouble(-p)), x);
}

//===----------------------------------------------------------------------===//
// Logarithms: x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2)
//===----------------------------------------------------------------------===//

/// (2 atanh(sqrt z) / sqrt z - 2) / z
static constexpr double kLog[] = {0.6666666666666666,  0.4000000000000088,  0.28571428570801954,
                                  0.22222222392089008, 0.18181795600060793, 0.15386241881938595,
                                  0.13268714792348096, 0.1308723619665962};

SplitDouble bornc::math::splitLog(Num x) {
  Num isSubnormal = below(asLong(x), uint64_t(1) << 52);
  Num bits = asLong(select(isSubnormal, x * 0x1p54, x));
  Num k = shiftRightSigned(highWord(bits) - highWord(bits).same(0x3fe6a09e), 20);
  Num m = asDouble(bits - joinWords(k.same(0), shiftLeft(k, 20)));
  return {k - select(isSubnormal, k.same(54), k.same(0)), m - 1.0};
}

/// log(2^k (1 + f) + low), relative to which `low` is small.
static Num logOfSplit(Num k, Num f, Num low) {
  Num n = doubleOfWord(k);
  Num s = f / (f + 2.0);
  Num z = s * s;
  // 2 atanh(s) = f - f^2 / 2 + s (f^2 / 2 + z p(z))
  Num half = 0.5 * f * f;
  Num tail = s * (half + z * horner(z, kLog)) + (n * kLn2Low + low);
  return n * kLn2High - ((half - tail) - f);
}

/// y where x is positive and finite, else what a logarithm of x is.
static Num withLogLimits(Num x, Num y) {
  Num special = select(x == 0.0, -kInfinity, select(x == kInfinity, x, kNan));
  return select((x > 0.0) & (x < kInfinity), y, special);
}

Num bornc::math::logOfDouble(Num x) {
  auto [k, f] = splitLog(x);
  return withLogLimits(x, logOfSplit(k, f, x.constant(0.0)));
}

/// log(1 + x + low), |low| being about an ULP of x.
static Num log1pOfSum(Num x, Num low) {
  Num u = x + 1.0;
  auto [k, f] = splitLog(u);
  Num isNear = k == 0.0;
  // What u lost of 1 + x.
  Num lost = select(x < 1.0, x - (u - 1.0), 1.0 - (u - x));
  Num c = (select(isNear, 0.0, lost) + low) / u;
  return withLogLimits(u, logOfSplit(k, select(isNear, x, f), c));
}

Num bornc::math::log1pOfDouble(Num x) {
  return select(magnitude(x) < 0x1p-54, x, log1pOfSum(x, x.constant(0.0)));
}

/// log1p(a + b) for 0 <= a, b.
static Num log1pOfTwo(Num a, Num b) {
  Num isLess = a < b;
  Num large = select(isLess, b, a), small = select(isLess, a, b), sum = a + b;
  return log1pOfSum(sum, (large - sum) + small);
}

/// log(2 x) for large x.
static Num logOfTwice(Num x) {
  auto [k, f] = splitLog(x);
  return withLogLimits(x, logOfSplit(k + 1.0, f, x.constant(0.0)));
}

static constexpr double kLargeForSquare = 0x1p28;

Num bornc::math::asinhOfDouble(Num x) {
  Num a = magnitude(x), square = a * a;
  Num near = log1pOfTwo(a, square / (sqrt(square + 1.0) + 1.0));
  Num y = select(a > kLargeForSquare, logOfTwice(a), near);
  return select(a < 0x1p-28, x, withSignOf(y, x));
}

Num bornc::math::acoshOfDouble(Num x) {
  Num t = x - 1.0;
  Num near = log1pOfTwo(t, sqrt(t * t + (t + t)));
  Num y = select(x > kLargeForSquare, logOfTwice(x), near);
  return select(x < 1.0, kNan, y);
}

Num bornc::math::atanhOfDouble(Num x) {
  Num a = magnitude(x), twice = a + a;
  Num y = 0.5 * log1pOfTwo(twice, twice * a / (1.0 - a));
  y = select(a > 1.0, kNan, select(a == 1.0, kInfinity, y));
  return select(a < 0x1p-28, x, withSignOf(y, x));
}
