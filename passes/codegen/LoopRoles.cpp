//===- LoopRoles.cpp ------------------------------------------------------===//
#include "passes/codegen/LoopRoles.h"

#include "passes/codegen/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

bool codegen::isContractionRoot(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      computesOnScalarsOnly(op))
    return false;
  if (!op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isProjectedPermutation())
    return false;
  // accumulator + a * b, where a and b may be widened first.
  Block &payload = op->getRegion(0).front();
  auto add = payload.getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return false;
  BlockArgument accumulator = payload.getArgument(2);
  if (!llvm::is_contained(add->getOperands(), accumulator))
    return false;
  Value product = add->getOperand(add->getOperand(0) == accumulator ? 1 : 0);
  Operation *multiply = product.getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(multiply))
    return false;
  llvm::SmallDenseSet<Value, 2> factors;
  unsigned widened = 0;
  for (Value factor : multiply->getOperands()) {
    if (auto widen = factor.getDefiningOp<arith::ExtFOp>()) {
      factor = widen.getIn();
      ++widened;
    }
    factors.insert(factor);
  }
  return factors.size() == 2 && factors.contains(payload.getArgument(0)) &&
         factors.contains(payload.getArgument(1)) &&
         llvm::hasNItems(payload.begin(), payload.end(), 3 + widened);
}

bool codegen::startsFromZero(linalg::LinalgOp op) {
  auto fill = op.getDpsInitOperand(0)->get().getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs().front(), m_AnyZeroFloat());
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

namespace {
/// One reader's part of a dimension.
struct GateRead {
  unsigned dim;
  int64_t size;
};
} // namespace

/// A generic that reads one place of one dimension: (d0, 2, d1).
static std::optional<GateRead> readsPlace(linalg::LinalgOp reader, OpOperand &use) {
  if (reader.getNumReductionLoops() != 0 || reader.isDpsInit(&use))
    return std::nullopt;
  std::optional<GateRead> found;
  llvm::SmallDenseSet<unsigned> loops;
  for (auto [dim, expr] : llvm::enumerate(reader.getMatchingIndexingMap(&use).getResults())) {
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      if (!loops.insert(loop.getPosition()).second)
        return std::nullopt;
    } else if (isa<AffineConstantExpr>(expr) && !found) {
      found = GateRead{static_cast<unsigned>(dim), 1};
    } else {
      return std::nullopt;
    }
  }
  return loops.size() == reader.getNumLoops() ? found : std::nullopt;
}

/// A slice of one dimension, whole in all others.
static std::optional<GateRead> readsSlice(tensor::ExtractSliceOp slice) {
  std::optional<GateRead> found;
  auto type = slice.getSourceType();
  for (auto [dim, size] : llvm::enumerate(slice.getStaticSizes())) {
    if (slice.getStaticStrides()[dim] != 1 || ShapedType::isDynamic(size))
      return std::nullopt;
    if (size == type.getDimSize(dim))
      continue;
    int64_t offset = slice.getStaticOffsets()[dim];
    if (found || ShapedType::isDynamic(offset) || offset % size != 0)
      return std::nullopt;
    found = GateRead{static_cast<unsigned>(dim), size};
  }
  return found;
}

std::optional<Gates> codegen::getGates(linalg::LinalgOp root, OpOperand &weights) {
  std::optional<GateRead> common;
  for (OpOperand &use : root->getResult(0).getUses()) {
    std::optional<GateRead> read;
    if (use.getOwner()->hasTrait<OpTrait::IsTerminator>())
      continue; // stored as it is, too
    if (auto reader = dyn_cast<linalg::LinalgOp>(use.getOwner()))
      read = readsPlace(reader, use);
    else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(use.getOwner()))
      read = readsSlice(slice);
    if (!read || (common && (common->dim != read->dim || common->size != read->size)))
      return std::nullopt;
    common = read;
  }
  if (!common)
    return std::nullopt;
  int64_t extent = cast<RankedTensorType>(root->getResult(0).getType()).getDimSize(common->dim);
  AffineMap map = root.getMatchingIndexingMap(root.getDpsInitOperand(0));
  unsigned loop = cast<AffineDimExpr>(map.getResult(common->dim)).getPosition();
  SmallVector<int64_t> ranges = root.getStaticLoopRanges();
  OpOperand *data = root.getDpsInputOperand(1 - weights.getOperandNumber());
  LoopRoles roles = getLoopRoles(root, *data, weights);
  auto *outermost = llvm::find_if(roles.columns, [&](unsigned dim) { return ranges[dim] != 1; });
  if (extent % common->size != 0 || outermost == roles.columns.end() || *outermost != loop)
    return std::nullopt;
  return Gates{loop, extent / common->size};
}
