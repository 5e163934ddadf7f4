//===- Power.cpp - pow and fmod -------------------------------------------===//
#include "passes/math/Functions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace bornc::math;

//===----------------------------------------------------------------------===//
// pow: a logarithm of 40 bits, in two floats
//===----------------------------------------------------------------------===//

/// log2(x) for 0 < x < infinity, as k + 2 / ln 2 * atanh((m - 1) / (m + 1)).
static Pair logarithm(Num x) {
  Num bits = x.bits();
  Num isSubnormal = below(bits, 0x00800000);
  bits = select(isSubnormal, bits.toFloat().bits(), bits);
  Num k = shiftRightSigned(bits - bits.ofInt(0x3f3504f3), 23);
  Num m = (bits - shiftLeft(k, 23)).asFloat();
  Num n = (k - select(isSubnormal, bits.ofInt(149), bits.ofInt(0))).toFloat();

  Num f = m - 1.0, g = m + 1.0;
  Num gLow = m - (g - 1.0);
  Num quotient = f / g;
  auto [back, backLow] = productOf(quotient, g);
  Pair s{quotient, (((f - back) - backLow) - quotient * gLow) / g};
  // atanh(s) / s = 1 + s^2 / 3 + s^4 p(s^2)
  Pair square = productOf(s, s);
  Num p = polynomial(square.high, {0.200000763, 0.142735451, 0.117098168});
  Pair third = productOf(square, {x.ofFloat(0.333333343267440796), x.ofFloat(-9.93410776e-9)});
  Num tail = fma(square.high * square.high, p, third.low);
  Pair series = sumOf(x.ofFloat(1.0), third.high);
  series.low = series.low + tail;
  Pair scaled = productOf(s, {x.ofFloat(2.88539004325866699), x.ofFloat(3.851926e-8)});
  Pair fraction = productOf(scaled, series);
  Pair sum = sumOf(n, fraction.high); // |fraction| <= 1/2, so n is larger or zero
  return sumOf(sum.high, sum.low + fraction.low);
}

/// 2^(high + low)
static Num exponential(Num high, Num low) {
  low = select((high < 129.0) & (high > -151.0), low, 0.0);
  high = select(high > 129.0, 129.0, select(high < -151.0, -151.0, high));
  Num shifted = high + 12582912.0;
  Num r = (high - (shifted - 12582912.0)) + low;
  Num p = polynomial(r, {0.240226507, 0.0555035844, 0.00961810537, 0.00133922615, 0.00015441385});
  // ln 2 in two parts: the linear term decides the last bit.
  Num y = 1.0 + fma(r, 0.693147182464599609, fma(r, -1.904654e-9, r * r * p));
  Num n = shifted.bits() - shifted.ofInt(0x4b400000);
  Num half = shiftRightSigned(n, 1);
  auto power = [](Num e) { return shiftLeft(e + 127.0, 23).asFloat(); };
  return y * power(half) * power(n - half);
}

Num bornc::math::pow(Num x, Num y) {
  Num a = abs(x), b = abs(y);
  Pair log = logarithm(a);
  // Beyond this the result is 0, 1 or infinity, and products would overflow.
  Num exponent = select(b > 1e12, withSign(y.constant(1e12), y), y);
  auto [high, low] = productOf(exponent, log.high);
  Num result = exponential(high, fma(exponent, log.low, low));
  return withPowLimits({x, y, a, b, x.bits() < 0.0, isNan(x) | isNan(y), 16777216.0}, result);
}

Num bornc::math::withPowLimits(const PowOperands &operands, Num result) {
  auto [x, y, a, b, isNegative, isAnyNan, firstEven] = operands;
  Num inf = x.constant(std::numeric_limits<double>::infinity());
  Num nan = x.constant(std::numeric_limits<double>::quiet_NaN());
  Num one = x.constant(1.0), zero = x.constant(0.0);
  Num isDownward = y < 0.0;
  Num atZero = select(isDownward, inf, zero), atInfinity = select(isDownward, zero, inf);
  result = select(x == 0.0, atZero, select(a == inf, atInfinity, result));
  Num towards = select(a > 1.0, atInfinity, select(a == 1.0, one, atZero));
  result = select(b == inf, towards, result);

  // Whether y is an integer, and odd: its bits below one, and the one.
  Num isWhole = (y.make<mlir::math::FloorOp>() == y) | (b == inf);
  Num half = 0.5 * y;
  Num isOdd = isWhole & (half.make<mlir::math::FloorOp>() != half) & (b < firstEven);
  Num flips = isNegative & isOdd;
  result = select(flips, -result, result);
  result = select((x < 0.0) & !isWhole & (a != inf), nan, result);
  result = select(isAnyNan, nan, result);
  return select((y == 0.0) | (x == 1.0), one, result);
}

//===----------------------------------------------------------------------===//
// fmod: long division of the mantissas, eight bits at a time
//===----------------------------------------------------------------------===//

/// |a| = mantissa * 2^(exponent - 150) with a mantissa of 24 bits, or fewer for
/// subnormal numbers, whose exponent counts as 1.
static std::pair<Num, Num> mantissaOf(Num bits) {
  Num exponent = shiftRight(bits, 23);
  Num isSubnormal = exponent == 0.0;
  Num mantissa = (bits & 0x007fffffu) | select(isSubnormal, bits.ofInt(0), bits.ofInt(0x800000));
  return {mantissa, select(isSubnormal, bits.ofInt(1), exponent)};
}

Num bornc::math::fmod(Num x, Num y) {
  ImplicitLocOpBuilder &builder = x.getBuilder();
  Num a = x.bits() & 0x7fffffffu, b = y.bits() & 0x7fffffffu;
  auto [ma, ea] = mantissaOf(a);
  auto [mb, eb] = mantissaOf(b);
  Num one = a.ofInt(1), zero = a.ofInt(0);
  mb = select(mb == 0.0, one, mb);
  Num shift = ea - eb;
  shift = select(shift < 0.0, zero, shift);
  Num rest = remainderUnsigned(ma, mb);
  // At most 253 bits in 32 steps.
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, value).getResult();
  };
  auto loop = scf::ForOp::create(builder, constant(0), constant(32), constant(1),
                                 ValueRange{rest.get(), shift.get()});
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Num r(builder, loop.getRegionIterArgs()[0]), left(builder, loop.getRegionIterArgs()[1]);
    Num step = select(left < 8.0, left, left.ofInt(8));
    Num next = remainderUnsigned(shiftLeft(r, step), mb);
    scf::YieldOp::create(builder, ValueRange{next.get(), (left - step).get()});
  }
  rest = Num(builder, loop.getResult(0));
  // rest * 2^(eb - 150): as a float it has its own exponent, to which eb - 150 is added.
  // What becomes subnormal is shifted into place instead; it loses no bits.
  Num floating = rest.toFloat().bits();
  Num exponent = shiftRight(floating, 23) + eb - 150.0;
  Num normal = floating + shiftLeft(eb - 150.0, 23);
  Num places = select(eb < 1.0, zero, eb - 1.0);
  Num subnormal = shiftLeft(rest, select(places > 24.0, zero, places));
  Num result = select(exponent < 1.0, subnormal, normal);
  result = select(rest == 0.0, zero, result);
  result = select(below(a, b), a, result);
  Num isInvalid = (b == 0.0) | !below(a, 0x7f800000) | below(a.ofInt(0x7f800000), b);
  Num y0 = (result | (x.bits() & 0x80000000u)).asFloat();
  return select(isInvalid, nan(x), y0);
}
