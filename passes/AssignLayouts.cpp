//===- AssignLayouts.cpp - how values between dispatches lie in memory ----===//
#include "passes/Passes.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/fusion/Roles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace bornc {
#define GEN_PASS_DEF_ASSIGNLAYOUTSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Outputs per panel of packed weights: one AVX-512 register, two AVX2 ones,
/// four vec4. Every variant of every target reads this layout.
static constexpr int64_t kPanel = 16;

/// [0, 2, 3, ..., 1]: channels last.
static SmallVector<int64_t> channelsLast(int64_t rank) {
  SmallVector<int64_t> order{0};
  for (int64_t dim = 2; dim < rank; ++dim)
    order.push_back(dim);
  order.push_back(1);
  return order;
}

/// Whether the dispatch slides a window over feature maps.
static bool hasSpatialRoot(kernel::DispatchOp dispatch) {
  for (auto op : dispatch.getBody().front().getOps<linalg::LinalgOp>()) {
    if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() == 0)
      continue;
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return true;
  }
  return false;
}

namespace {
/// A dimension of the result of a dispatch's root.
struct RootDimension {
  linalg::LinalgOp root;
  unsigned dim;
};
} // namespace

/// What dimension `dim` of `value`, computed from the root's result, was there; nothing where that
/// cannot be told.
static std::optional<RootDimension> findInRoot(Value value, int64_t dim) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op)
    return std::nullopt;
  if (op.getNumReductionLoops() != 0)
    return RootDimension{op, static_cast<unsigned>(dim)};
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap from = op.getMatchingIndexingMap(operand);
    if (!map.isPermutation() || !from.isPermutation())
      continue;
    std::optional<unsigned> source = from.getResultPosition(map.getResult(dim));
    if (auto found = source ? findInRoot(operand->get(), *source) : std::nullopt)
      return found;
  }
  return std::nullopt;
}

/// Whether dimension 1 of `value` has the rows of a matrix product: those are written one by one,
/// and its columns in vectors.
static bool hasRowsAsChannels(Value value) {
  std::optional<RootDimension> found = findInRoot(value, 1);
  if (!found || !isContractionRoot(found->root))
    return false;
  linalg::LinalgOp root = found->root;
  LoopRoles roles = getLoopRoles(root, *root.getDpsInputOperand(0), *root.getDpsInputOperand(1));
  auto loop = dyn_cast<AffineDimExpr>(
      root.getMatchingIndexingMap(root.getDpsInitOperand(0)).getResult(found->dim));
  return loop && !llvm::is_contained(roles.columns, loop.getPosition());
}

/// Feature maps [N, C, spatial...]; others keep ONNX's order.
static bool isFeatureMap(RankedTensorType type) {
  return type.getRank() >= 3 && type.getRank() <= 5 && type.getDimSize(1) > 1;
}

/// A result that the surrounding code, or code of the user's, reads or writes in ONNX's order.
static bool hasFixedOrder(Value result) {
  auto isFixed = [](Operation *op) {
    auto dispatch = dyn_cast<kernel::DispatchOp>(op);
    return !dispatch || kernel::customOp(dispatch.getBody().front());
  };
  return isFixed(result.getDefiningOp()) || llvm::any_of(result.getUsers(), isFixed);
}

static RankedTensorType resultLayout(kernel::DispatchOp dispatch, OpResult result) {
  auto type = cast<RankedTensorType>(result.getType());
  if (hasFixedOrder(result) || dispatch.tiedInput(result.getResultNumber()) >= 0 ||
      !isFeatureMap(type))
    return type;
  bool wanted = hasSpatialRoot(dispatch);
  // Transposed ones have their channels last already.
  Value yielded = dispatch.getBody().front().getTerminator()->getOperand(result.getResultNumber());
  auto last = findInRoot(yielded, type.getRank() - 1);
  if (wanted && last && last->dim == 1)
    return type;
  if (!wanted && !hasRowsAsChannels(yielded)) // others keep the order of the maps that they read
    wanted = llvm::any_of(dispatch.getInputs(), [&](Value input) {
      auto inputType = cast<RankedTensorType>(input.getType());
      return inputType.getEncoding() && inputType.getRank() == type.getRank() &&
             !isa_and_nonnull<born::WeightOp, born::ConstantOp>(input.getDefiningOp());
    });
  return wanted ? born::withPermutation(type, channelsLast(type.getRank())) : type;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Panels of kPanel outputs: other output dimensions, panel, reduction, output
/// within the panel. `columns` and `steps` are dimensions of the tensor.
static RankedTensorType panelLayout(RankedTensorType type, ArrayRef<int64_t> batch,
                                    ArrayRef<int64_t> columns, ArrayRef<int64_t> steps) {
  MLIRContext *context = type.getContext();
  SmallVector<AffineExpr> exprs;
  SmallVector<int64_t> shape;
  auto add = [&](int64_t dim) {
    exprs.push_back(getAffineDimExpr(dim, context));
    shape.push_back(type.getDimSize(dim));
  };
  for (int64_t dim : batch)
    add(dim);
  for (int64_t dim : columns.drop_back())
    add(dim);
  AffineExpr last = getAffineDimExpr(columns.back(), context);
  exprs.push_back(last.floorDiv(kPanel));
  shape.push_back(llvm::divideCeil(type.getDimSize(columns.back()), kPanel));
  for (int64_t dim : steps)
    add(dim);
  exprs.push_back(last % kPanel);
  shape.push_back(kPanel);
  auto layout =
      born::LayoutAttr::get(context, AffineMap::get(type.getRank(), 0, exprs, context), shape);
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

/// The layout that `root` reads its constant `operand` in best.
static RankedTensorType weightLayout(linalg::LinalgOp root, OpOperand &operand,
                                     RankedTensorType type) {
  AffineMap map = root.getMatchingIndexingMap(&operand);
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true) || type.getRank() < 2)
    return type;
  OpOperand *other = root.getDpsInputOperand(1 - operand.getOperandNumber());
  LoopRoles roles = getLoopRoles(root, *other, operand);
  SmallVector<int64_t> batch, columns, steps;
  // Loops that the data reads by themselves (channels) walk along memory;
  // window loops go around them.
  SmallVector<unsigned> reduction = windowLoopsFirst(root, *other, roles.reduction);
  auto dimOf = [&](unsigned loop) -> int64_t {
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(loop, type.getContext()))
        return dim;
    return -1;
  };
  auto collect = [&](ArrayRef<unsigned> loops, SmallVector<int64_t> &dims) {
    for (unsigned loop : loops)
      if (int64_t dim = dimOf(loop); dim >= 0)
        dims.push_back(dim);
  };
  collect(roles.batch, batch);
  collect(roles.columns, columns);
  collect(reduction, steps);
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    if (isa<AffineConstantExpr>(expr)) // of extent one
      columns.insert(columns.begin(), dim);
  if (batch.size() + columns.size() + steps.size() != static_cast<size_t>(type.getRank()))
    return type;
  if (!columns.empty() && type.getDimSize(columns.back()) >= kPanel / 4)
    return panelLayout(type, batch, columns, steps);
  // Depthwise: channels are the innermost dimension of what is computed.
  SmallVector<int64_t> order(columns);
  llvm::append_range(order, steps);
  llvm::append_range(order, batch);
  return born::withPermutation(type, order);
}

/// The operand of a contraction that has the elements of `value` where they are, converted or
/// scaled on the way (quantised weights); null if there is none, or other readers too.
static OpOperand *rootUse(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!value.hasOneUse() || born::storageBits(type.getElementType()) % 8 != 0)
    return nullptr;
  OpOperand &use = *value.use_begin();
  auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
  if (!op || !op.isDpsInput(&use))
    return nullptr;
  if (codegen::isContractionRoot(op))
    return &use;
  bool isElementwise = op.getNumReductionLoops() == 0 && op->getNumResults() == 1 &&
                       op.getMatchingIndexingMap(&use).isIdentity() &&
                       op.getStaticLoopRanges() == SmallVector<int64_t>(type.getShape());
  return isElementwise ? rootUse(op->getResult(0)) : nullptr;
}

/// Gives constant `input` of a dispatch the layout that its root reads.
static void assignWeightLayout(kernel::DispatchOp dispatch, OpOperand &input) {
  Operation *maker = input.get().getDefiningOp();
  if (!isa_and_nonnull<born::WeightOp, arith::ConstantOp>(maker) ||
      maker->getResult(0).getType() !=
          born::dropLayout(cast<RankedTensorType>(input.get().getType())))
    return;
  OpOperand *use = rootUse(dispatch.getBody().getArgument(input.getOperandNumber()));
  if (!use)
    return;
  auto root = cast<linalg::LinalgOp>(use->getOwner());
  auto type = cast<RankedTensorType>(input.get().getType());
  RankedTensorType packed = weightLayout(root, *use, type);
  if (packed == type)
    return;
  OpBuilder builder(maker);
  builder.setInsertionPointAfter(maker);
  Operation *clone = builder.clone(*maker);
  if (auto constant = dyn_cast<arith::ConstantOp>(clone)) {
    // A dense attribute stays logical; the type says how it is stored.
    auto dense = cast<DenseElementsAttr>(constant.getValue());
    clone->erase();
    clone = born::ConstantOp::create(builder, maker->getLoc(), packed, dense);
  }
  clone->getResult(0).setType(packed);
  input.set(clone->getResult(0));
}

namespace {
struct AssignLayouts : bornc::impl::AssignLayoutsPassBase<AssignLayouts> {
  void runOnOperation() override {
    SmallVector<kernel::DispatchOp> dispatches;
    getOperation().walk([&](kernel::DispatchOp dispatch) { dispatches.push_back(dispatch); });
    for (kernel::DispatchOp dispatch : dispatches) {
      for (OpOperand &input : dispatch.getInputsMutable())
        assignWeightLayout(dispatch, input);
      for (OpResult result : dispatch->getResults())
        result.setType(resultLayout(dispatch, result));
      if (!kernel::customOp(dispatch.getBody().front()))
        fusion::chooseStrategy(dispatch);
    }
    // Originals of packed weights that nobody reads any more.
    getOperation().walk([](Operation *op) {
      if (isa<born::WeightOp, arith::ConstantOp>(op) && op->use_empty())
        op->erase();
    });
  }
};
} // namespace
