//===- OpKinds.cpp --------------------------------------------------------===//
#include "passes/fusion/OpKinds.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/QuantizedBytes.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

bool fusion::isSplatConstant(Operation *op) {
  Attribute value;
  return matchPattern(op, m_Constant(&value)) && isa<SplatElementsAttr>(value);
}

bool fusion::isInPlaceInsert(tensor::InsertSliceOp op) {
  auto argument = dyn_cast<BlockArgument>(op.getDest());
  return argument && isa<scf::ForOp>(argument.getOwner()->getParentOp()) && argument.hasOneUse();
}

bool fusion::onlyMoves(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() != 0 || op->getNumResults() != 1)
    return false;
  Block &payload = op->getRegion(0).front();
  return llvm::hasSingleElement(payload) &&
         isa<BlockArgument>(payload.getTerminator()->getOperand(0));
}

bool fusion::onlyWidensBytes(linalg::LinalgOp op) {
  return op->getNumResults() == 1 && codegen::matchWidenedBytes(op->getResult(0));
}

bool fusion::reducesRows(linalg::LinalgOp op) {
  if (codegen::isContractionRoot(op) || op.getNumDpsInputs() == 0 || op->getNumResults() != 1)
    return false;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  if (!map.isProjectedPermutation() || map.getNumResults() == 0)
    return false;
  auto kinds = op.getIteratorTypesArray();
  bool seenParallel = false;
  for (AffineExpr expr : llvm::reverse(map.getResults())) {
    bool reduced = kinds[cast<AffineDimExpr>(expr).getPosition()] == utils::IteratorType::reduction;
    if (reduced && seenParallel)
      return false;
    seenParallel |= !reduced;
  }
  return kinds[cast<AffineDimExpr>(map.getResults().back()).getPosition()] ==
         utils::IteratorType::reduction;
}

RowShape fusion::rowShape(linalg::LinalgOp op) {
  RowShape shape;
  for (auto [extent, kind] : llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    (kind == utils::IteratorType::reduction ? shape.length : shape.rows) *= extent;
  return shape;
}
