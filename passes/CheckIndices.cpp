//===- CheckIndices.cpp - counts indices that are out of range ------------===//
#include "dialects/errors/Errors.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/plan/Plan.h"
#include "passes/Passes.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace bornc {
#define GEN_PASS_DEF_CHECKINDICESPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using lower::normalizeAxis;
using lower::shapeOf;

namespace {
/// Indices that an operator takes and the least and greatest that they may be: one
/// pair for all, or one for each position along their last dimension.
struct Indices {
  Value value;
  SmallVector<int64_t> low, high;
  std::optional<int64_t> ignored; ///< may stand there too
};
} // namespace

/// Positions in dimensions of these sizes, from the front or from the end.
static std::optional<Indices> positions(Value indices, ArrayRef<int64_t> sizes) {
  Indices result{indices, {}, {}, {}};
  for (int64_t size : sizes) {
    result.low.push_back(-size);
    result.high.push_back(size - 1);
  }
  return result;
}

static std::optional<Indices> alongAxis(Value indices, Value data, int64_t axis) {
  axis = normalizeAxis(axis, lower::rankOf(data));
  if (axis < 0)
    return std::nullopt; // the lowering says so
  return positions(indices, shapeOf(data)[axis]);
}

static std::optional<Indices> tuples(Value indices, Value data, int64_t batch) {
  ArrayRef<int64_t> sizes = shapeOf(data);
  int64_t depth = shapeOf(indices).empty() ? 0 : shapeOf(indices).back();
  if (depth == 0 || batch + depth > static_cast<int64_t>(sizes.size()))
    return std::nullopt;
  return positions(indices, sizes.slice(batch, depth));
}

static std::optional<Indices> between(Value value, int64_t low, int64_t high) {
  if (!value)
    return std::nullopt;
  return Indices{value, {low}, {high}, {}};
}

/// Classes of a loss, which lie along dimension 1 of the scores.
template <typename Op>
static std::optional<Indices> classes(Op op, Value labels) {
  std::optional<Indices> result = between(labels, 0, shapeOf(op->getOperand(0))[1] - 1);
  result->ignored = op.getIgnoreIndex();
  return result;
}

/// Lengths of sequences, whose steps lie along dimension 0, or 1 in the other layout.
template <typename Op>
static std::optional<Indices> lengths(Op op) {
  return between(op.getSequenceLens(), 0, shapeOf(op.getX())[op.getLayout() == 0 ? 0 : 1]);
}

static std::optional<Indices> indicesOf(Operation *op) {
  using Result = std::optional<Indices>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<onnx::GatherOp, onnx::GatherElementsOp, onnx::ScatterElementsOp>(
          [](auto op) { return alongAxis(op->getOperand(1), op->getOperand(0), op.getAxis()); })
      .Case([](onnx::GatherNDOp op) {
        return tuples(op->getOperand(1), op->getOperand(0), op.getBatchDims());
      })
      .Case([](onnx::ScatterNDOp op) { return tuples(op->getOperand(1), op->getOperand(0), 0); })
      .Case([](onnx::TensorScatterOp op) -> Result {
        ArrayRef<int64_t> cache = shapeOf(op->getOperand(0)), update = shapeOf(op->getOperand(1));
        int64_t axis = normalizeAxis(op.getAxis(), cache.size());
        if (op.getMode() == "circular" || axis < 0)
          return std::nullopt;
        return between(op.getWriteIndices(), 0, cache[axis] - update[axis]);
      })
      .Case([](onnx::ReverseSequenceOp op) -> Result {
        ArrayRef<int64_t> shape = shapeOf(op.getInput());
        if (op.getTimeAxis() >= shape.size()) // or negative
          return std::nullopt;
        return between(op.getSequenceLens(), 0, shape[op.getTimeAxis()]);
      })
      .Case([](onnx::RoiAlignOp op) {
        return between(op.getBatchIndices(), 0, shapeOf(op.getX())[0] - 1);
      })
      .Case<onnx::NegativeLogLikelihoodLossOp, onnx::SoftmaxCrossEntropyLossOp>(
          [](auto op) { return classes(op, op->getOperand(1)); })
      .Case<onnx::GRUOp, onnx::LSTMOp, onnx::RNNOp>([](auto op) { return lengths(op); })
      .Default([](Operation *) { return std::nullopt; });
}

static std::string rangeText(const Indices &indices) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto print = [&](ArrayRef<int64_t> bounds) {
    os << (bounds.size() == 1 ? "" : "[");
    llvm::interleaveComma(bounds, os);
    os << (bounds.size() == 1 ? "" : "]");
  };
  os << "expected indices from ";
  print(indices.low);
  os << " to ";
  print(indices.high);
  return text;
}

/// How many elements of a constant are out of range.
static unsigned countWrong(DenseIntElementsAttr constant, const Indices &indices) {
  unsigned wrong = 0;
  for (auto [number, element] : llvm::enumerate(constant.getValues<APInt>())) {
    int64_t value = element.getSExtValue();
    unsigned bound = number % indices.low.size();
    wrong +=
        (value < indices.low[bound] || value > indices.high[bound]) && value != indices.ignored;
  }
  return wrong;
}

template <typename Op>
static Value compute(OpBuilder &builder, Location loc, Type type, ValueRange operands,
                     ArrayRef<NamedAttribute> attributes = {}) {
  return Op::create(builder, loc, TypeRange(type), operands, attributes)->getResult(0);
}

/// The number of elements out of range, a tensor<i32>.
static Value buildCount(OpBuilder &builder, Location loc, const Indices &indices) {
  auto type = cast<RankedTensorType>(indices.value.getType());
  auto constant = [&](ArrayRef<int64_t> values) -> Value {
    SmallVector<APInt> bits;
    for (int64_t value : values)
      bits.push_back(APInt(type.getElementTypeBitWidth(), value, /*isSigned=*/true));
    SmallVector<int64_t> shape;
    if (values.size() != 1)
      shape.push_back(values.size());
    auto constantType = RankedTensorType::get(shape, type.getElementType());
    return onnx::ConstantOp::create(builder, loc, DenseElementsAttr::get(constantType, bits));
  };
  auto flags = type.clone(builder.getI1Type());
  Value below = compute<onnx::LessOp>(builder, loc, flags, {indices.value, constant(indices.low)});
  Value above =
      compute<onnx::GreaterOp>(builder, loc, flags, {indices.value, constant(indices.high)});
  Value wrong = compute<onnx::OrOp>(builder, loc, flags, {below, above});
  if (indices.ignored) {
    Value same =
        compute<onnx::EqualOp>(builder, loc, flags, {indices.value, constant(*indices.ignored)});
    Value other = compute<onnx::NotOp>(builder, loc, flags, same);
    wrong = compute<onnx::AndOp>(builder, loc, flags, {wrong, other});
  }
  constexpr int64_t int32 = 6; // TensorProto.DataType
  Value ones = compute<onnx::CastOp>(builder, loc, type.clone(builder.getI32Type()), wrong,
                                     builder.getNamedAttr("to", builder.getI64IntegerAttr(int32)));
  return compute<onnx::ReduceSumOp>(builder, loc, RankedTensorType::get({}, builder.getI32Type()),
                                    ones,
                                    builder.getNamedAttr("keepdims", builder.getI64IntegerAttr(0)));
}

namespace {
struct CheckIndices : bornc::impl::CheckIndicesPassBase<CheckIndices> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    Block &entry = function.getBody().front();
    auto end = cast<func::ReturnOp>(entry.getTerminator());
    OpBuilder builder(end);
    bool ok = true;
    function.walk([&](Operation *op) {
      std::optional<Indices> indices = indicesOf(op);
      if (!indices)
        return;
      DenseIntElementsAttr constant;
      std::string range = rangeText(*indices);
      if (matchPattern(indices->value, m_Constant(&constant))) {
        if (unsigned wrong = countWrong(constant, *indices)) {
          bornc::emitError(op->getLoc(), Code::IndexOutOfRange)
              << range << ", found " << wrong << " outside";
          ok = false;
        }
        return;
      }
      if (op->getBlock() != &entry) {
        mlir::emitWarning(op->getLoc(), "indices inside of a loop are not checked");
        return;
      }
      addCheck(function, end, buildCount(builder, op->getLoc(), *indices),
               plan::nodeNames(op->getLoc()) + ": " + range);
    });
    if (!ok)
      signalPassFailure();
  }

  /// One more result, which is not an output.
  void addCheck(func::FuncOp function, func::ReturnOp end, Value count, StringRef text) {
    Builder builder(&getContext());
    unsigned number = function.getNumResults();
    end->insertOperands(number, count);
    auto attributes =
        builder.getDictionaryAttr({builder.getNamedAttr("born.name", builder.getStringAttr(text)),
                                   builder.getNamedAttr("born.check", builder.getUnitAttr())});
    (void)function.insertResult(number, count.getType(), attributes);
  }
};
} // namespace
