//===- Determinant.cpp ----------------------------------------------------===//
//
// Gaussian elimination with partial pivoting, one matrix per invocation with
// all its elements in registers: for the small matrices that models have.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

/// Elements that an invocation can hold: 12 x 12 and about 1700 operations.
static constexpr int64_t kLargestMatrix = 12;

/// The determinant of a matrix in row-major order.
static Value eliminate(Scalars &s, SmallVector<Value> a, int64_t n) {
  Type type = a.front().getType();
  Value zero = s.constant(type, 0), sign = s.constant(type, 1), product = sign;
  auto at = [&](int64_t row, int64_t column) -> Value & { return a[row * n + column]; };
  for (int64_t k = 0; k < n; ++k) {
    // The row with the largest element comes to row k by exchanges.
    for (int64_t row = k + 1; row < n; ++row) {
      Value isLarger = s.compare(Compare::Gt, s.abs(at(row, k)), s.abs(at(k, k)));
      for (int64_t column = k; column < n; ++column) {
        Value upper = at(k, column), lower = at(row, column);
        at(k, column) = s.select(isLarger, lower, upper);
        at(row, column) = s.select(isLarger, upper, lower);
      }
      sign = s.select(isLarger, s.neg(sign), sign);
    }
    Value pivot = at(k, k);
    product = s.mul(product, pivot);
    Value isZero = s.compare(Compare::Eq, pivot, 0.0);
    for (int64_t row = k + 1; row < n; ++row) {
      // A zero pivot means a zero column, and so a zero product.
      Value factor = s.select(isZero, zero, s.div(at(row, k), pivot));
      for (int64_t column = k + 1; column < n; ++column)
        at(row, column) = s.sub(at(row, column), s.mul(factor, at(k, column)));
    }
  }
  return s.mul(sign, product);
}

static LogicalResult lowerDet(onnx::DetOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  int64_t rank = rankOf(data);
  if (rank < 2 || shapeOf(data)[rank - 1] != shapeOf(data)[rank - 2])
    return b.fail("expected square matrices");
  int64_t n = shapeOf(data).back();
  if (n < 1 || n > kLargestMatrix)
    return b.fail("expected matrices of 1 x 1 to " + llvm::Twine(kLargestMatrix) + " x " +
                  llvm::Twine(kLargestMatrix) + ", found " + llvm::Twine(n) + " x " +
                  llvm::Twine(n));
  Type wide = element.isF64() ? element : Type(b.getF32Type());
  SmallVector<Value> inputs(n * n, data);
  SmallVector<AffineMap> maps;
  for (int64_t i = 0; i < n * n; ++i) {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim = 0; dim < rank - 2; ++dim)
      exprs.push_back(b.dim(dim));
    exprs.push_back(b.getAffineConstantExpr(i / n));
    exprs.push_back(b.getAffineConstantExpr(i % n));
    maps.push_back(b.mapOf(rank - 2, exprs));
  }
  return b.replace(
      b.parallel(type.getShape(), element, inputs, maps, [&](Scalars &s, ValueRange args) {
        SmallVector<Value> matrix;
        for (Value arg : args.take_front(n * n))
          matrix.push_back(s.convert(arg, wide));
        return s.convert(eliminate(s, matrix, n), element);
      }));
}

void bornc::lower::populateDeterminant(LoweringTable &table) {
  addLowering<onnx::DetOp, lowerDet>(table);
}
