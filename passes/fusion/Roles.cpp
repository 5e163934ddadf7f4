//===- Roles.cpp ----------------------------------------------------------===//
#include "passes/fusion/Roles.h"

#include "passes/codegen/LoopRoles.h"
#include "passes/fusion/Grouping.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

/// Rows of at least this many elements are worth a workgroup.
static constexpr int64_t kShortRow = 16;

static kernel::Strategy pickStrategy(kernel::DispatchOp dispatch) {
  Block &body = dispatch.getBody().front();
  bool computes = false, window = false, row = false;
  for (auto op : body.getOps<linalg::LinalgOp>()) {
    computes |= !llvm::hasSingleElement(op->getRegion(0).front());
    if (op.getNumReductionLoops() == 0)
      continue;
    if (codegen::isContractionRoot(op)) {
      codegen::LoopRoles roles =
          codegen::getLoopRoles(op, *op.getDpsInputOperand(0), *op.getDpsInputOperand(1));
      int64_t columns = 1, rows = 1;
      SmallVector<int64_t> extents = op.getStaticLoopRanges();
      for (unsigned loop : roles.columns)
        columns *= extents[loop];
      for (unsigned loop : roles.rows)
        rows *= extents[loop];
      if (columns * rows == 1 || roles.columns.empty())
        return kernel::Strategy::Window;
      auto yield = cast<kernel::YieldOp>(body.getTerminator());
      for (Value value : yield.getValues())
        if (!isBijectivePath(op->getResult(0), value))
          return kernel::Strategy::Recurrent;
      return kernel::Strategy::Contraction;
    }
    // Along memory: the reduced loops hold the operand's last dimension, and it
    // is not stored channels-last.
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    int64_t length = 1;
    for (auto [extent, kind] :
         llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
      length *= kind == utils::IteratorType::reduction ? extent : 1;
    bool permuted = llvm::any_of(dispatch.getInputs(), [&](Value input) {
      auto type = cast<RankedTensorType>(input.getType());
      return type.getEncoding() && type.getRank() == static_cast<int64_t>(map.getNumResults());
    });
    AffineDimExpr last = nullptr;
    if (map.getNumResults() != 0)
      last = dyn_cast<AffineDimExpr>(map.getResults().back());
    if (last && op.getIteratorTypesArray()[last.getPosition()] == utils::IteratorType::reduction &&
        !permuted && length >= kShortRow)
      row = true;
    else
      window = true;
  }
  if (row)
    return kernel::Strategy::RowReduction;
  if (window)
    return kernel::Strategy::Window;
  return computes ? kernel::Strategy::Elementwise : kernel::Strategy::Movement;
}

void fusion::chooseStrategy(kernel::DispatchOp dispatch) {
  dispatch.setStrategyAttr(
      kernel::StrategyAttr::get(dispatch.getContext(), pickStrategy(dispatch)));
}
