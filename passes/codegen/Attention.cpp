//===- Attention.cpp ------------------------------------------------------===//
#include "passes/codegen/Attention.h"

#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/QuantizedBytes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Elements of a query or a value that a shader keeps in registers.
static constexpr int64_t kMostElements = 128;
/// Fewer queries leave most of a vector empty.
static constexpr int64_t kFewQueries = 8;

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Rows are the last dimension.
static AffineMap rowsOf(linalg::LinalgOp op, unsigned rank) {
  return AffineMap::getMultiDimIdentityMap(rank, op.getContext()).getMajorSubMap(rank - 1);
}

/// Whether all that `op` computes of a row is `Combine` of its elements, in their order.
template <typename Combine>
static bool combinesRows(linalg::LinalgOp op) {
  if (!op || op.getNumDpsInputs() != 1 || op.getNumReductionLoops() != 1 ||
      op.getIteratorTypesArray().back() != utils::IteratorType::reduction)
    return false;
  auto combiner = matchCombiner(op);
  return succeeded(combiner) && isa<Combine>(combiner->op) &&
         llvm::hasNItems(op->getRegion(0).front(), 2) &&
         op.getMatchingIndexingMap(op.getDpsInputOperand(0)).isIdentity() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)) == rowsOf(op, op.getNumLoops());
}

/// The first step of what `op` computes from an element, its first input, and one of its row, its
/// second, in `count` steps, each of the one before; null if it is not like that.
static Operation *firstStep(linalg::LinalgOp op, size_t count) {
  if (!op || op.getNumDpsInputs() != 2 || op.getNumReductionLoops() != 0)
    return nullptr;
  Block &payload = op->getRegion(0).front();
  if (!op.getMatchingIndexingMap(op.getDpsInputOperand(0)).isIdentity() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() ||
      op.getMatchingIndexingMap(op.getDpsInputOperand(1)) != rowsOf(op, op.getNumLoops()) ||
      !llvm::hasNItems(payload, count + 1))
    return nullptr;
  Operation &first = payload.front();
  for (Operation &step : llvm::drop_begin(payload))
    if (step.getOperand(0) != step.getPrevNode()->getResult(0))
      return nullptr;
  bool readsBoth = first.getNumOperands() == 2 && first.getOperand(0) == payload.getArgument(0) &&
                   first.getOperand(1) == payload.getArgument(1);
  return readsBoth ? &first : nullptr;
}

/// Whether `op` is exp(element - row's).
static bool isExponential(linalg::LinalgOp op) {
  Operation *first = firstStep(op, 2);
  return isa_and_nonnull<arith::SubFOp>(first) && isa<math::ExpOp>(first->getNextNode());
}

static linalg::LinalgOp input(linalg::LinalgOp op, unsigned number) {
  return op.getDpsInputOperand(number)->get().getDefiningOp<linalg::LinalgOp>();
}

/// What an elementwise op of one step computes by it, from operands where its result is.
static Operation *onlyStep(linalg::LinalgOp op) {
  bool isInPlace =
      op && op.getNumReductionLoops() == 0 &&
      llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); });
  return isInPlace && llvm::hasNItems(op->getRegion(0).front(), 2)
             ? &op->getRegion(0).front().front()
             : nullptr;
}

/// What `op` clears of NaN: where(isnan(p), 0, p), which PyTorch's exporter writes so that rows
/// without a key are 0.
static linalg::LinalgOp matchCleared(linalg::LinalgOp op) {
  auto select = dyn_cast_or_null<arith::SelectOp>(onlyStep(op));
  if (!select || op.getNumDpsInputs() != 2 ||
      !matchPattern(select.getTrueValue(), m_AnyZeroFloat()))
    return {};
  auto condition = dyn_cast<BlockArgument>(select.getCondition());
  auto kept = dyn_cast<BlockArgument>(select.getFalseValue());
  if (!condition || !kept || condition.getArgNumber() > 1 || kept.getArgNumber() > 1)
    return {};
  linalg::LinalgOp isNan = input(op, condition.getArgNumber());
  auto compare = dyn_cast_or_null<arith::CmpFOp>(onlyStep(isNan));
  linalg::LinalgOp cleared = input(op, kept.getArgNumber());
  bool comparesItself = compare && isNan->hasOneUse() &&
                        compare.getPredicate() == arith::CmpFPredicate::UNO &&
                        compare.getLhs() == compare.getRhs() && input(isNan, 0) == cleared;
  return comparesItself ? cleared : linalg::LinalgOp();
}

/// Whether a maximum starts from what every number is at least as large as.
static bool startsLowest(linalg::LinalgOp maximum) {
  auto fill = maximum.getDpsInitOperand(0)->get().getDefiningOp<linalg::FillOp>();
  APFloat value(0.0f);
  return fill && matchPattern(fill.getInputs().front(), m_ConstantFloat(&value)) &&
         value.isNegative() && (value.isInfinity() || value.isLargest());
}

/// Whether nothing but the attention reads what its softmax computes.
static bool onlyRead(Attention &attention) {
  auto readers = [](Value value) { return llvm::range_size(value.getUses()); };
  return readers(attention.logits) == 2 && readers(attention.maximum->getResult(0)) == 1 &&
         readers(attention.exponentials->getResult(0)) == 2 &&
         readers(attention.sum->getResult(0)) == 1 &&
         readers(attention.probabilities->getResult(0)) == (attention.clearsNans ? 2 : 1) &&
         attention.weights->get().hasOneUse();
}

/// Fills in what the probabilities are computed from, up to the logits.
static bool matchSoftmax(Attention &attention) {
  attention.clearsNans = false;
  if (linalg::LinalgOp cleared = matchCleared(attention.probabilities)) {
    attention.probabilities = cleared;
    attention.clearsNans = true;
  }
  if (!isa_and_nonnull<arith::DivFOp>(firstStep(attention.probabilities, 1)))
    return false;
  attention.exponentials = input(attention.probabilities, 0);
  attention.sum = input(attention.probabilities, 1);
  if (!isExponential(attention.exponentials) || !combinesRows<arith::AddFOp>(attention.sum) ||
      !startsFromZero(attention.sum) || input(attention.sum, 0) != attention.exponentials)
    return false;
  attention.maximum = input(attention.exponentials, 1);
  attention.logits = attention.exponentials.getDpsInputOperand(0)->get();
  return combinesRows<arith::MaximumFOp>(attention.maximum) && startsLowest(attention.maximum) &&
         attention.maximum.getDpsInputOperand(0)->get() == attention.logits && onlyRead(attention);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The contraction whose elements `value` has where they are, computed on, each step read by the
/// next only; null if there is none.
static linalg::LinalgOp findScores(Value value) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op->getNumResults() != 1)
    return {};
  if (isContractionRoot(op))
    return op;
  if (op.getNumReductionLoops() != 0 ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return {};
  for (OpOperand *operand : op.getDpsInputOperands())
    if (operand->get().getType() == value.getType() && operand->get().hasOneUse() &&
        op.getMatchingIndexingMap(operand).isIdentity())
      if (linalg::LinalgOp found = findScores(operand->get()))
        return found;
  return {};
}

/// Whether `map` is (batch..., row, column), each by itself, and there is nothing else.
static bool isMatrices(AffineMap map, ArrayRef<unsigned> batch, ArrayRef<unsigned> row,
                       ArrayRef<unsigned> column) {
  SmallVector<unsigned> loops(batch);
  llvm::append_range(loops, row);
  llvm::append_range(loops, column);
  return row.size() == 1 && column.size() == 1 &&
         map == AffineMap::getMultiDimMapWithTargets(map.getNumDims(), loops, map.getContext());
}

static bool isF32(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType().isF32();
}

/// Fills in the operands of Q K.
static bool matchScores(Attention &attention) {
  linalg::LinalgOp scores = attention.scores = findScores(attention.logits);
  if (!scores || !startsFromZero(scores))
    return false;
  AffineMap map = scores.getMatchingIndexingMap(scores.getDpsInitOperand(0));
  for (unsigned number : {0, 1}) {
    attention.queries = scores.getDpsInputOperand(number);
    attention.keys = scores.getDpsInputOperand(1 - number);
    LoopRoles roles = getLoopRoles(scores, *attention.queries, *attention.keys);
    if (roles.reduction.size() != 1 || !isMatrices(map, roles.batch, roles.rows, roles.columns))
      continue;
    attention.headSize = scores.getStaticLoopRanges()[roles.reduction.front()];
    return isF32(attention.queries->get()) && isF32(attention.keys->get());
  }
  return false;
}

/// Fills in V and the probabilities.
static bool matchProduct(Attention &attention) {
  linalg::LinalgOp product = attention.product;
  if (!startsFromZero(product))
    return false;
  for (unsigned number : {0, 1}) {
    attention.weights = product.getDpsInputOperand(number);
    attention.values = product.getDpsInputOperand(1 - number);
    LoopRoles roles = getLoopRoles(product, *attention.weights, *attention.values);
    attention.probabilities = attention.weights->get().getDefiningOp<linalg::LinalgOp>();
    if (roles.columns.size() != 1 || !matchSoftmax(attention) ||
        !isMatrices(product.getMatchingIndexingMap(attention.weights), roles.batch, roles.rows,
                    roles.reduction))
      continue;
    SmallVector<int64_t> extents = product.getStaticLoopRanges();
    attention.queryCount = extents[roles.rows.front()];
    attention.keyCount = extents[roles.reduction.front()];
    attention.valueSize = extents[roles.columns.front()];
    return isF32(attention.weights->get()) && isF32(attention.values->get());
  }
  return false;
}

std::optional<Attention> codegen::matchAttention(linalg::LinalgOp product) {
  Attention attention;
  attention.product = product;
  if (!isContractionRoot(product) || !matchProduct(attention) || !matchScores(attention))
    return std::nullopt;
  return attention;
}

std::optional<Attention> codegen::findAttention(Block &body) {
  for (auto op : body.getOps<linalg::LinalgOp>())
    if (std::optional<Attention> found = matchAttention(op))
      return found;
  return std::nullopt;
}

StringRef codegen::whyNotFuse(const Attention &attention) {
  if (multipliesQuantized(attention.scores, {}) || multipliesQuantized(attention.product, {}))
    return "the attention multiplies bytes, which CPUs do faster";
  if (attention.keyCount > kMostKeys)
    return "the attention has too many keys";
  if (attention.queryCount < kFewQueries)
    return "the attention has too few queries";
  if (std::min({attention.keyCount, attention.headSize, attention.valueSize}) == 0)
    return "the attention has no elements";
  if (attention.headSize % kLanes != 0 || attention.valueSize % kLanes != 0)
    return "the attention's heads are no multiple of four";
  if (std::max(attention.headSize, attention.valueSize) > kMostElements)
    return "the attention's heads are too wide";
  return "";
}

Value codegen::emitStep(Emitter &emitter, linalg::LinalgOp step, Value a, Value b) {
  SmallVector<Value> values{a, b};
  if (step.getNumReductionLoops() == 0)
    values.push_back({}); // the result's, unused
  return emitter.emitPayload(step, {}, values).front();
}
