//===- IndexSpace.cpp -----------------------------------------------------===//
#include "passes/codegen/IndexSpace.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace bornc::codegen;

AffineExpr IndexSpace::add(Value value, int64_t bound) {
  assert(bound > 0 && "an index variable needs a value");
  if (bound == 1)
    return constant(0);
  variables.push_back({value, bound});
  return getAffineDimExpr(variables.size() - 1, context);
}

AffineExpr IndexSpace::constant(int64_t value) const {
  return getAffineConstantExpr(value, context);
}

AffineExpr IndexSpace::lane() const { return getAffineSymbolExpr(0, context); }

bool IndexSpace::variesByLane(AffineExpr expr) { return expr.isFunctionOfSymbol(0); }

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// A total order of expressions that does not depend on addresses, so that the
/// same kernel comes out of every run.
static int compare(AffineExpr a, AffineExpr b) {
  if (a == b)
    return 0;
  if (a.getKind() != b.getKind())
    return a.getKind() < b.getKind() ? -1 : 1;
  if (auto dim = dyn_cast<AffineDimExpr>(a))
    return dim.getPosition() < cast<AffineDimExpr>(b).getPosition() ? -1 : 1;
  if (auto constant = dyn_cast<AffineConstantExpr>(a))
    return constant.getValue() < cast<AffineConstantExpr>(b).getValue() ? -1 : 1;
  auto x = dyn_cast<AffineBinaryOpExpr>(a);
  if (!x)
    return 0; // the one symbol
  auto y = cast<AffineBinaryOpExpr>(b);
  if (int order = compare(x.getLHS(), y.getLHS()))
    return order;
  return compare(x.getRHS(), y.getRHS());
}

void IndexSpace::addTerm(Linear &linear, AffineExpr atom, int64_t coefficient) const {
  auto &terms = linear.terms;
  auto *it = llvm::lower_bound(terms, atom, [](const auto &term, AffineExpr value) {
    return compare(term.first, value) < 0;
  });
  if (it == terms.end() || it->first != atom) {
    if (coefficient != 0)
      terms.insert(it, {atom, coefficient});
    return;
  }
  it->second += coefficient;
  if (it->second == 0)
    terms.erase(it);
}

void IndexSpace::addScaled(Linear &linear, const Linear &other, int64_t factor) const {
  for (auto [atom, coefficient] : other.terms)
    addTerm(linear, atom, coefficient * factor);
  linear.constant += other.constant * factor;
}

AffineExpr IndexSpace::toExpr(const Linear &linear) const {
  AffineExpr sum = constant(0);
  for (auto [atom, coefficient] : linear.terms)
    sum = sum + atom * coefficient;
  return sum + linear.constant;
}

/// (x floordiv k) * (k * m) + (x mod k) * m is x * m.
void IndexSpace::mergeDivisions(Linear &linear) const {
  for (size_t i = 0; i < linear.terms.size(); ++i) {
    auto [modulo, factor] = linear.terms[i];
    if (modulo.getKind() != AffineExprKind::Mod)
      continue;
    auto binary = cast<AffineBinaryOpExpr>(modulo);
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    AffineExpr quotient = toExpr(divide(toLinear(binary.getLHS()), divisor));
    // The quotient is one atom when nothing could be pulled out of it.
    auto *it =
        llvm::find_if(linear.terms, [&](const auto &term) { return term.first == quotient; });
    if (it == linear.terms.end() || it->second != factor * divisor)
      continue;
    addTerm(linear, quotient, -factor * divisor);
    addTerm(linear, modulo, -factor);
    addScaled(linear, toLinear(binary.getLHS()), factor);
    i = -1; // start over: new terms may merge in turn
  }
}

IndexSpace::Linear IndexSpace::toLinear(AffineExpr expr) const {
  Linear result;
  switch (expr.getKind()) {
  case AffineExprKind::Constant:
    result.constant = cast<AffineConstantExpr>(expr).getValue();
    return result;
  case AffineExprKind::DimId:
  case AffineExprKind::SymbolId:
    result.terms.push_back({expr, 1});
    return result;
  default:
    break;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Linear left = toLinear(binary.getLHS());
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    addScaled(left, toLinear(binary.getRHS()), 1);
    mergeDivisions(left);
    return left;
  case AffineExprKind::Mul: {
    Linear right = toLinear(binary.getRHS());
    if (right.terms.empty())
      addScaled(result, left, right.constant);
    else
      addScaled(result, right, left.constant); // affine: one side is constant
    return result;
  }
  case AffineExprKind::FloorDiv:
    return divide(left, cast<AffineConstantExpr>(binary.getRHS()).getValue());
  case AffineExprKind::Mod:
    return remainder(left, cast<AffineConstantExpr>(binary.getRHS()).getValue());
  default: { // ceildiv
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    left.constant += divisor - 1;
    return divide(left, divisor);
  }
  }
}

AffineExpr IndexSpace::simplify(AffineExpr expr) const {
  Linear linear = toLinear(expr);
  mergeDivisions(linear);
  return toExpr(linear);
}

//===----------------------------------------------------------------------===//
// Division and remainder
//===----------------------------------------------------------------------===//

/// Splits `sum` into g * coarse + fine with 0 <= fine < g for the largest g > 1
/// that divides `divisor`, so that fine does not reach the quotient of coarse by
/// divisor / g. Returns g, or 1 where there is no such split.
int64_t IndexSpace::splitFine(const Linear &sum, int64_t divisor, Linear &coarse,
                              Linear &fine) const {
  SmallVector<int64_t> candidates;
  for (auto [atom, coefficient] : sum.terms)
    candidates.push_back(std::gcd(coefficient, divisor));
  llvm::sort(candidates, std::greater<>());
  for (int64_t g : candidates) {
    if (g <= 1)
      break;
    coarse = fine = Linear();
    for (auto [atom, coefficient] : sum.terms)
      if (coefficient % g == 0)
        addTerm(coarse, atom, coefficient / g);
      else
        addTerm(fine, atom, coefficient);
    coarse.constant = llvm::divideFloorSigned(sum.constant, g);
    fine.constant = sum.constant - coarse.constant * g;
    Range bounds = range(fine);
    if (bounds.low >= 0 && bounds.high < g)
      return g;
  }
  return 1;
}

IndexSpace::Linear IndexSpace::divide(const Linear &numerator, int64_t divisor) const {
  if (divisor == 1)
    return numerator;
  Linear result, rest;
  for (auto [atom, coefficient] : numerator.terms)
    if (coefficient % divisor == 0)
      addTerm(result, atom, coefficient / divisor);
    else
      addTerm(rest, atom, coefficient);
  int64_t whole = llvm::divideFloorSigned(numerator.constant, divisor);
  result.constant += whole;
  rest.constant = numerator.constant - whole * divisor;

  Linear coarse, fine;
  if (int64_t g = splitFine(rest, divisor, coarse, fine); g > 1) {
    addScaled(result, divide(coarse, divisor / g), 1);
    return result;
  }

  Range bounds = range(rest);
  int64_t low = llvm::divideFloorSigned(bounds.low, divisor);
  if (low == llvm::divideFloorSigned(bounds.high, divisor)) {
    result.constant += low;
    return result;
  }
  if (rest.constant == 0 && rest.terms.size() == 1 && rest.terms[0].second == 1) {
    AffineExpr atom = rest.terms[0].first;
    if (atom.getKind() == AffineExprKind::FloorDiv) { // (x / a) / b = x / (a * b)
      auto binary = cast<AffineBinaryOpExpr>(atom);
      int64_t inner = cast<AffineConstantExpr>(binary.getRHS()).getValue();
      addScaled(result, divide(toLinear(binary.getLHS()), inner * divisor), 1);
      return result;
    }
    if (atom.getKind() == AffineExprKind::Mod) { // (x mod (b * c)) / b = (x / b) mod c
      auto binary = cast<AffineBinaryOpExpr>(atom);
      int64_t inner = cast<AffineConstantExpr>(binary.getRHS()).getValue();
      if (inner % divisor == 0) {
        Linear quotient = divide(toLinear(binary.getLHS()), divisor);
        addScaled(result, remainder(quotient, inner / divisor), 1);
        return result;
      }
    }
  }
  addTerm(result, toExpr(rest).floorDiv(divisor), 1);
  return result;
}

IndexSpace::Linear IndexSpace::remainder(const Linear &numerator, int64_t divisor) const {
  if (divisor == 1)
    return {};
  Linear rest;
  for (auto [atom, coefficient] : numerator.terms)
    if (coefficient % divisor != 0)
      addTerm(rest, atom, coefficient);
  rest.constant =
      numerator.constant - llvm::divideFloorSigned(numerator.constant, divisor) * divisor;

  Linear result, coarse, fine;
  if (int64_t g = splitFine(rest, divisor, coarse, fine); g > 1) {
    addScaled(result, remainder(coarse, divisor / g), g);
    addScaled(result, fine, 1);
    return result;
  }

  Range bounds = range(rest);
  int64_t low = llvm::divideFloorSigned(bounds.low, divisor);
  if (low == llvm::divideFloorSigned(bounds.high, divisor)) {
    rest.constant -= low * divisor;
    addScaled(result, rest, 1);
    return result;
  }
  if (rest.constant == 0 && rest.terms.size() == 1 && rest.terms[0].second == 1 &&
      rest.terms[0].first.getKind() == AffineExprKind::Mod) { // (x mod (b * c)) mod b = x mod b
    auto binary = cast<AffineBinaryOpExpr>(rest.terms[0].first);
    if (cast<AffineConstantExpr>(binary.getRHS()).getValue() % divisor == 0) {
      addScaled(result, remainder(toLinear(binary.getLHS()), divisor), 1);
      return result;
    }
  }
  addTerm(result, toExpr(rest) % divisor, 1);
  return result;
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

IndexSpace::Range IndexSpace::range(const Linear &linear) const {
  Range sum{linear.constant, linear.constant};
  for (auto [atom, coefficient] : linear.terms) {
    Range bounds = range(atom);
    sum.low += coefficient * (coefficient > 0 ? bounds.low : bounds.high);
    sum.high += coefficient * (coefficient > 0 ? bounds.high : bounds.low);
  }
  return sum;
}

IndexSpace::Range IndexSpace::range(AffineExpr expr) const {
  switch (expr.getKind()) {
  case AffineExprKind::DimId:
    return {0, variables[cast<AffineDimExpr>(expr).getPosition()].bound - 1};
  case AffineExprKind::SymbolId:
    return {0, laneCount - 1};
  case AffineExprKind::FloorDiv: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    Range bounds = range(binary.getLHS());
    return {llvm::divideFloorSigned(bounds.low, divisor),
            llvm::divideFloorSigned(bounds.high, divisor)};
  }
  case AffineExprKind::Mod: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    Range bounds = range(binary.getLHS());
    return bounds.low >= 0 ? Range{0, std::min(divisor - 1, bounds.high)} : Range{0, divisor - 1};
  }
  default:
    return range(toLinear(expr));
  }
}

AffineExpr IndexSpace::atLane(AffineExpr expr, int64_t lane) const {
  return simplify(expr.replaceSymbols(constant(lane)));
}

//===----------------------------------------------------------------------===//
// Linearisation and code
//===----------------------------------------------------------------------===//

SmallVector<AffineExpr> IndexSpace::delinearize(AffineExpr linear, ArrayRef<int64_t> shape) const {
  SmallVector<AffineExpr> indices(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    AffineExpr index = linear.floorDiv(stride);
    indices[i] = simplify(i == 0 ? index : index % shape[i]);
    stride *= shape[i];
  }
  return indices;
}

AffineExpr IndexSpace::linearize(ArrayRef<AffineExpr> indices, ArrayRef<int64_t> shape) const {
  AffineExpr linear = constant(0);
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    linear = linear + indices[i] * stride;
    stride *= shape[i];
  }
  return simplify(linear);
}

Value IndexSpace::materialize(OpBuilder &builder, Location loc, AffineExpr expr) const {
  auto constantOp = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  switch (expr.getKind()) {
  case AffineExprKind::Constant:
    return constantOp(cast<AffineConstantExpr>(expr).getValue());
  case AffineExprKind::DimId:
    return variables[cast<AffineDimExpr>(expr).getPosition()].value;
  case AffineExprKind::FloorDiv:
  case AffineExprKind::Mod: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    AffineExpr numerator = binary.getLHS();
    int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
    bool isDivision = expr.getKind() == AffineExprKind::FloorDiv;
    // Unsigned division is what devices do fastest; a numerator that may be
    // negative is shifted by a multiple of the divisor first.
    int64_t shift = 0;
    if (int64_t low = range(numerator).low; low < 0)
      shift = llvm::divideCeil(-low, divisor);
    Value left = materialize(builder, loc, simplify(numerator + shift * divisor));
    Value right = constantOp(divisor);
    if (!isDivision)
      return arith::RemUIOp::create(builder, loc, left, right);
    Value quotient = arith::DivUIOp::create(builder, loc, left, right);
    if (shift == 0)
      return quotient;
    return arith::SubIOp::create(builder, loc, quotient, constantOp(shift));
  }
  case AffineExprKind::Mul: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Value left = materialize(builder, loc, binary.getLHS());
    return arith::MulIOp::create(builder, loc, left, materialize(builder, loc, binary.getRHS()));
  }
  default: {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Value left = materialize(builder, loc, binary.getLHS());
    return arith::AddIOp::create(builder, loc, left, materialize(builder, loc, binary.getRHS()));
  }
  }
}
