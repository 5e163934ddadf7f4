//===- Elementary.cpp -----------------------------------------------------===//
#include "passes/math/Elementary.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

void bornc::math::populateElementaryPatterns(RewritePatternSet &patterns) {
  // Vulkan gives sqrt within 3 ULP in the worst case and correctly rounded in
  // practice; upstream's approximation is for vector registers of x86.
  auto isExpanded = [](StringRef name) {
    return name != mlir::math::SqrtOp::getOperationName() &&
           name != mlir::math::RsqrtOp::getOperationName();
  };
  mlir::populateMathPolynomialApproximationPatterns(patterns, isExpanded);
}
