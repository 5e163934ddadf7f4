//===- Elementary.cpp -----------------------------------------------------===//
#include "passes/math/Elementary.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

void bornc::math::populateElementaryPatterns(RewritePatternSet &patterns) {
  // Every device has instructions for these two; upstream's approximation is for
  // the vector registers of x86.
  auto isExpanded = [](StringRef name) {
    return name != mlir::math::SqrtOp::getOperationName() &&
           name != mlir::math::RsqrtOp::getOperationName();
  };
  mlir::populateMathPolynomialApproximationPatterns(patterns, isExpanded);
}
