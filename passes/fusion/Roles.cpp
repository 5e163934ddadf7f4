//===- Roles.cpp ----------------------------------------------------------===//
#include "passes/fusion/Roles.h"

#include "passes/codegen/Attention.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/fusion/Grouping.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

/// Rows of at least this many elements are worth a workgroup.
static constexpr int64_t kShortRow = 16;

/// Columns of a matrix from which on there is work for all without sharing a column.
static constexpr int64_t kManyColumns = 8192;

/// Whether a workgroup should share each sum: not for windows, which overlap, nor where there are
/// enough sums of neighbours in memory.
static bool reducesInParallel(linalg::LinalgOp op) {
  int64_t length = 1, rows = 1;
  auto kinds = op.getIteratorTypesArray();
  for (auto [extent, kind] : llvm::zip_equal(op.getStaticLoopRanges(), kinds))
    (kind == utils::IteratorType::reduction ? length : rows) *= extent;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  if (length < kShortRow || !map.isProjectedPermutation() || map.getNumResults() == 0)
    return false;
  auto last = cast<AffineDimExpr>(map.getResults().back());
  return kinds[last.getPosition()] == utils::IteratorType::reduction || rows < kManyColumns;
}

static kernel::Strategy pickStrategy(kernel::DispatchOp dispatch) {
  Block &body = dispatch.getBody().front();
  if (codegen::findAttention(body))
    return kernel::Strategy::Attention;
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
    (reducesInParallel(op) ? row : window) = true;
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
