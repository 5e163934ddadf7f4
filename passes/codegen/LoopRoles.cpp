//===- LoopRoles.cpp ------------------------------------------------------===//
#include "passes/codegen/LoopRoles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

bool codegen::isContractionRoot(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return false;
  if (!op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isProjectedPermutation())
    return false;
  Block &payload = op->getRegion(0).front();
  if (!llvm::hasNItems(payload.begin(), payload.end(), 3))
    return false;
  auto add = payload.getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return false;
  auto uses = [&](Operation *user, Value value) {
    return llvm::is_contained(user->getOperands(), value);
  };
  Operation *multiply = &payload.front();
  return isa<arith::MulFOp, arith::MulIOp>(multiply) && uses(add, payload.getArgument(2)) &&
         uses(add, multiply->getResult(0)) && uses(multiply, payload.getArgument(0)) &&
         uses(multiply, payload.getArgument(1));
}

LoopRoles codegen::getLoopRoles(linalg::LinalgOp op, OpOperand &data, OpOperand &weights) {
  LoopRoles roles;
  AffineMap dataMap = op.getMatchingIndexingMap(&data);
  AffineMap weightsMap = op.getMatchingIndexingMap(&weights);
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    bool inData = dataMap.isFunctionOfDim(loop), inWeights = weightsMap.isFunctionOfDim(loop);
    if (kind == utils::IteratorType::reduction)
      roles.reduction.push_back(loop);
    else if (inData && inWeights)
      roles.batch.push_back(loop);
    else if (inWeights)
      roles.columns.push_back(loop);
    else
      roles.rows.push_back(loop);
  }
  return roles;
}

SmallVector<unsigned> codegen::windowLoopsFirst(linalg::LinalgOp op, OpOperand &data,
                                                ArrayRef<unsigned> reduction) {
  AffineMap map = op.getMatchingIndexingMap(&data);
  auto slides = [&](unsigned loop) {
    return llvm::any_of(map.getResults(), [&](AffineExpr expr) {
      return expr.isFunctionOfDim(loop) && !isa<AffineDimExpr>(expr);
    });
  };
  SmallVector<unsigned> order;
  for (unsigned loop : reduction)
    if (slides(loop))
      order.push_back(loop);
  for (unsigned loop : reduction)
    if (!slides(loop))
      order.push_back(loop);
  return order;
}
