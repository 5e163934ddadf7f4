//===- SplitReductions.cpp - long sums in two stages ----------------------===//
#include "passes/Passes.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace bornc {
#define GEN_PASS_DEF_SPLITREDUCTIONSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

/// The longest part of a row that is split.
static constexpr int64_t kPart = 16384;

namespace {
/// One reduction and the loop of it that is cut into `parts`.
struct Split {
  linalg::GenericOp op;
  codegen::Combiner combiner;
  TypedAttr start; // of a part
  unsigned loop = 0;
  int64_t parts = 1;
};
} // namespace

/// The value that every part starts with: one that changes nothing.
static TypedAttr startOfParts(linalg::GenericOp op, const codegen::Combiner &combiner) {
  if (!combiner.idempotent)
    return combiner.neutral;
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  TypedAttr value;
  if (!fill || !matchPattern(fill.value(), m_Constant(&value)))
    return {};
  return value;
}

static std::optional<Split> matchSplit(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || codegen::isContractionRoot(op) || op.hasIndexSemantics() ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isProjectedPermutation(); }))
    return std::nullopt;
  auto combiner = codegen::matchCombiner(op);
  if (failed(combiner))
    return std::nullopt;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  int64_t length = 1;
  Split split{op, *combiner, startOfParts(op, *combiner), loops.front()};
  for (unsigned loop : loops) {
    length *= extents[loop];
    if (extents[loop] > extents[split.loop])
      split.loop = loop;
  }
  if (length <= codegen::kLongestRow || !split.start)
    return std::nullopt;
  int64_t extent = extents[split.loop];
  split.parts = extent;
  for (int64_t parts = 2; parts < extent; ++parts)
    if (extent % parts == 0 && length / parts <= kPart) {
      split.parts = parts;
      break;
    }
  return split;
}

/// `value` with the dimension that `loop` reads as parts times what is left, and the map for it.
static Value cutDimension(OpBuilder &b, const Split &split, Value value, AffineMap &map) {
  MLIRContext *context = b.getContext();
  unsigned part = map.getNumDims();
  SmallVector<AffineExpr> exprs;
  SmallVector<int64_t> shape;
  SmallVector<ReassociationIndices> groups;
  auto type = cast<RankedTensorType>(value.getType());
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    groups.emplace_back();
    int64_t extent = type.getDimSize(dim);
    if (expr == getAffineDimExpr(split.loop, context)) {
      groups.back().push_back(exprs.size());
      exprs.push_back(getAffineDimExpr(part, context));
      shape.push_back(split.parts);
      extent /= split.parts;
    }
    groups.back().push_back(exprs.size());
    exprs.push_back(expr);
    shape.push_back(extent);
  }
  bool isCut = static_cast<int64_t>(exprs.size()) != type.getRank();
  map = AffineMap::get(part + 1, 0, exprs, context);
  if (!isCut)
    return value;
  return tensor::ExpandShapeOp::create(
      b, value.getLoc(), RankedTensorType::get(shape, type.getElementType()), value, groups);
}

/// The sums of the parts; the last dimension counts them.
static linalg::GenericOp reduceParts(OpBuilder &b, const Split &split) {
  linalg::GenericOp op = split.op;
  Location loc = op.getLoc();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<Value> inputs;
  for (OpOperand *input : op.getDpsInputOperands())
    inputs.push_back(cutDimension(b, split, input->get(), maps[input->getOperandNumber()]));
  auto kinds = op.getIteratorTypesArray();
  kinds.push_back(utils::IteratorType::parallel);
  SmallVector<AffineExpr> results(maps.back().getResults());
  results.push_back(b.getAffineDimExpr(op.getNumLoops()));
  maps.back() = AffineMap::get(op.getNumLoops() + 1, 0, results, b.getContext());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(split.parts);
  Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
  Value start = arith::ConstantOp::create(b, loc, split.start);
  Value filled = linalg::FillOp::create(b, loc, start, empty).getResult(0);
  auto partial = linalg::GenericOp::create(b, loc, filled.getType(), inputs, filled, maps, kinds);
  IRMapping mapping;
  op.getRegion().cloneInto(&partial.getRegion(), mapping);
  return partial;
}

static Value combineParts(OpBuilder &b, const Split &split, Value partial) {
  linalg::GenericOp op = split.op;
  auto type = cast<RankedTensorType>(partial.getType());
  unsigned rank = type.getRank();
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(rank),
                              b.getMultiDimIdentityMap(rank).dropResult(rank - 1)};
  SmallVector<utils::IteratorType> kinds(rank, utils::IteratorType::parallel);
  kinds.back() = utils::IteratorType::reduction;
  auto build = [&](OpBuilder &inner, Location loc, ValueRange args) {
    Operation *payload = split.combiner.op;
    OperationState state(loc, payload->getName(), {args[1], args[0]}, {type.getElementType()},
                         payload->getDiscardableAttrDictionary().getValue());
    state.propertiesAttr = payload->getPropertiesAsAttribute();
    linalg::YieldOp::create(inner, loc, inner.create(state)->getResults());
  };
  return linalg::GenericOp::create(b, op.getLoc(), op->getResultTypes(), partial, op.getDpsInits(),
                                   maps, kinds, build)
      .getResult(0);
}

namespace {
struct SplitReductions : bornc::impl::SplitReductionsPassBase<SplitReductions> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> work;
    getOperation().walk([&](linalg::GenericOp op) { work.push_back(op); });
    while (!work.empty()) {
      std::optional<Split> split = matchSplit(work.pop_back_val());
      if (!split)
        continue;
      OpBuilder builder(split->op);
      linalg::GenericOp partial = reduceParts(builder, *split);
      split->op->getResult(0).replaceAllUsesWith(
          combineParts(builder, *split, partial.getResult(0)));
      split->op.erase();
      work.push_back(partial); // its rows may still be too long
    }
  }
};
} // namespace
