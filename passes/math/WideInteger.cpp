//===- WideInteger.cpp - division of 64-bit integers ----------------------===//
//
// After Hacker's Delight, section 9: 64 by 32 bits in two digits of 16, and a divisor
// of more than 32 bits by its first 32.
//
//===----------------------------------------------------------------------===//
#include "passes/math/WideInteger.h"

#include "passes/math/TypeEmulation.h"

using namespace mlir;
using namespace bornc::math;

namespace {
struct Digit {
  Num quotient, rest;
};
} // namespace

/// (high * 2^16 + next) / v for high < v, v with its first bit set, next of 16 bits.
static Digit divideDigit(Num high, Num next, Num v) {
  Num v1 = shiftRight(v, 16), v0 = v & 0xffff;
  Num one = v.ofInt(1);
  Num q = divideUnsigned(high, v1);
  Num rest = high - q * v1;
  // The estimate by the first half of v is at most two too large.
  for (int step = 0; step < 2; ++step) {
    Num fits = below(rest, 65536); // else the estimate is right already
    Num tooLarge = fits & ((!below(q, 65536)) | below(shiftLeft(rest, 16) | next, q * v0));
    q = select(tooLarge, q - one, q);
    rest = select(tooLarge, rest + v1, rest);
  }
  return {q, shiftLeft(high, 16) + next - q * v};
}

/// (high:low) / v for high < v, v with its first bit set.
static Num divideWord(Num high, Num low, Num v) {
  Digit first = divideDigit(high, shiftRight(low, 16), v);
  Digit second = divideDigit(first.rest, low & 0xffff, v);
  return shiftLeft(first.quotient, 16) + second.quotient;
}

/// a >> (32 - count) for count < 32.
static Num shiftedOut(Num a, Num count) {
  return shiftRight(shiftRight(a, 1), a.ofInt(31) - count);
}

Num bornc::math::divideWide(Num a, Num b) {
  Num a0 = lowWord(a), a1 = highWord(a), b0 = lowWord(b), b1 = highWord(b);
  Num isSmall = b1 == 0.0; // the divisor is one word
  Num zero = a0.ofInt(0), one = a0.ofInt(1);
  Num top = select(isSmall, b0, b1);
  top = select(top == 0.0, one, top);
  Num places = leadingZeros(top);

  // One word: the first word's quotient, and the rest with the second.
  Num q1 = divideUnsigned(a1, top);
  Num rest = a1 - q1 * top;
  Num smallHigh = shiftLeft(rest, places) | shiftedOut(a0, places);
  Num smallLow = shiftLeft(a0, places);
  // Two words: half of a by the first 32 bits of b.
  Num largeHigh = shiftRight(a1, 1), largeLow = shiftRight(a0, 1) | shiftLeft(a1, 31);
  Num divisor = shiftLeft(top, places) | select(isSmall, zero, shiftedOut(b0, places));

  Num q = divideWord(select(isSmall, smallHigh, largeHigh), select(isSmall, smallLow, largeLow),
                     divisor);
  Num small = joinWords(q, q1);
  // (q << places) >> 31, at most one too large after one is taken off.
  Num estimate = shiftRight(q, a0.ofInt(31) - places);
  estimate = estimate - select(estimate == 0.0, zero, one);
  Num large = joinWords(estimate, zero);
  Num left = a - large * b;
  large = large + joinWords(select(below(left, b), zero, one), zero);
  return select(isSmall, small, large);
}

static Num call(ImplicitLocOpBuilder &b, Operation *user, Num x, Num y) {
  Type i64 = b.getI64Type();
  auto function = getFunction(user, "divide_u64", b.getFunctionType({i64, i64}, i64),
                              [](ArrayRef<Num> args) { return divideWide(args[0], args[1]); });
  return {b, func::CallOp::create(b, function, ValueRange{x.get(), y.get()}).getResult(0)};
}

namespace {
template <typename OpTy, bool isSigned, bool isRemainder>
struct DivisionPattern : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if (!op.getType().isInteger(64))
      return rewriter.notifyMatchFailure(op, "devices divide words");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Num x(b, op.getLhs()), y(b, op.getRhs());
    Num quotient;
    if (isSigned) {
      Num signX = shiftRightSigned(x, 63), signY = shiftRightSigned(y, 63);
      Num magnitude = call(b, op, (x ^ signX) - signX, (y ^ signY) - signY);
      Num sign = signX ^ signY;
      quotient = (magnitude ^ sign) - sign;
    } else {
      quotient = call(b, op, x, y);
    }
    rewriter.replaceOp(op, (isRemainder ? x - quotient * y : quotient).get());
    return success();
  }
};
} // namespace

namespace {
/// i64 to f32, rounded once: the first word of the magnitude, its last bit set if any
/// after it is, has more bits than an f32 and rounds as the whole does.
template <typename OpTy, bool isSigned>
struct ToFloatPattern : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if (!op.getIn().getType().isInteger(64) || !op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expected i64 to f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Num x(b, op.getIn());
    Num flip = isSigned ? shiftRightSigned(x, 63) : x.same(0);
    Num magnitude = (x ^ flip) - flip;
    Num low = lowWord(magnitude), high = highWord(magnitude);
    Num isLow = high == 0.0;
    Num first = select(isLow, low, high), second = select(isLow, low.same(0), low);
    Num zeros = leadingZeros(first) & 31;
    Num head = shiftLeft(first, zeros) | shiftedOut(second, zeros);
    Num lost = shiftLeft(second, zeros) != 0.0;
    head = head | select(lost, head.same(1), head.same(0));
    Num power = select(isLow, head.same(127), head.same(127 + 32)) - zeros;
    Num y = head.toFloatUnsigned() * shiftLeft(power, 23).asFloat();
    Num sign = lowWord(flip) & 0x80000000;
    rewriter.replaceOp(op, (y.bits() | sign).asFloat().get());
    return success();
  }
};
} // namespace

void bornc::math::populateWideIntegerPatterns(RewritePatternSet &patterns) {
  patterns.add<
      DivisionPattern<arith::DivUIOp, false, false>, DivisionPattern<arith::DivSIOp, true, false>,
      DivisionPattern<arith::RemUIOp, false, true>, DivisionPattern<arith::RemSIOp, true, true>,
      ToFloatPattern<arith::SIToFPOp, true>, ToFloatPattern<arith::UIToFPOp, false>>(
      patterns.getContext());
}
