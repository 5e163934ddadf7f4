//===- Elementary.cpp -----------------------------------------------------===//
#include "passes/math/Elementary.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

void bornc::math::populateElementaryPatterns(RewritePatternSet &patterns) {
  auto always = [](StringRef) { return true; };
  mlir::populateMathPolynomialApproximationPatterns(patterns, always);
}
