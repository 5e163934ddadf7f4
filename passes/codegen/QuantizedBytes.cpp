//===- QuantizedBytes.cpp -------------------------------------------------===//
#include "passes/codegen/QuantizedBytes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

static bool isByte(Value tensor) { return getElementTypeOrSelf(tensor.getType()).isInteger(8); }

/// An op that computes each element of its one result from the same element of its first input,
/// bytes, and `least` to `most` inputs in all.
static linalg::LinalgOp matchElementwise(Value tensor, int64_t least, int64_t most) {
  auto op = tensor.getDefiningOp<linalg::LinalgOp>();
  if (!op || op.getNumReductionLoops() != 0 || op->getNumResults() != 1 ||
      op.getNumDpsInputs() < least || op.getNumDpsInputs() > most)
    return {};
  OpOperand *bytes = op.getDpsInputOperand(0);
  return isByte(bytes->get()) && op.getMatchingIndexingMap(bytes).isIdentity() ? op
                                                                               : linalg::LinalgOp();
}

/// Whether `wide` is the first argument of `payload`, widened by `Signed` or `Unsigned`, less the
/// argument `zero`, if there is one, widened in the same way by `Difference`; then which.
template <typename Signed, typename Unsigned, typename Difference>
static std::optional<bool> matchWidening(Value wide, Value bytes, Value zero) {
  auto widens = [](Value value, Value argument) -> Operation * {
    Operation *maker = value.getDefiningOp();
    bool does = isa_and_nonnull<Signed, Unsigned>(maker) && maker->getOperand(0) == argument;
    return does ? maker : nullptr;
  };
  Operation *extension = nullptr;
  if (!zero) {
    extension = widens(wide, bytes);
  } else if (auto difference = wide.getDefiningOp<Difference>()) {
    extension = widens(difference.getLhs(), bytes);
    Operation *other = widens(difference.getRhs(), zero);
    if (extension && (!other || extension->getName() != other->getName()))
      return std::nullopt;
  }
  if (!extension)
    return std::nullopt;
  return isa<Signed>(extension);
}

std::optional<WidenedBytes> codegen::matchWidenedBytes(Value tensor) {
  linalg::LinalgOp op = matchElementwise(tensor, 1, 2);
  if (!op || !getElementTypeOrSelf(tensor.getType()).isInteger(32))
    return std::nullopt;
  Value zero = op.getNumDpsInputs() == 2 ? op.getDpsInputOperand(1)->get() : Value();
  if (zero && !isByte(zero))
    return std::nullopt;
  Block &payload = op->getRegion(0).front();
  auto isSigned = matchWidening<arith::ExtSIOp, arith::ExtUIOp, arith::SubIOp>(
      payload.getTerminator()->getOperand(0), payload.getArgument(0),
      zero ? payload.getArgument(1) : Value());
  if (!isSigned)
    return std::nullopt;
  return WidenedBytes{op.getDpsInputOperand(0)->get(), zero, *isSigned};
}

bool codegen::multipliesBytes(linalg::LinalgOp root) {
  return llvm::all_of(root.getDpsInputs(), [](Value input) {
    return matchWidenedBytes(lookThroughMoves(input)).has_value();
  });
}

std::optional<DequantizedBytes> codegen::matchDequantizedBytes(Value tensor) {
  linalg::LinalgOp op = matchElementwise(tensor, 2, 3);
  if (!op || !getElementTypeOrSelf(tensor.getType()).isF32())
    return std::nullopt;
  OpOperand *scale = op.getDpsInputOperand(1);
  Value zero = op.getNumDpsInputs() == 3 ? op.getDpsInputOperand(2)->get() : Value();
  if (!getElementTypeOrSelf(scale->get().getType()).isF32() || (zero && !isByte(zero)))
    return std::nullopt;
  Block &payload = op->getRegion(0).front();
  auto multiple = payload.getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!multiple || multiple.getRhs() != payload.getArgument(1))
    return std::nullopt;
  auto isSigned = matchWidening<arith::SIToFPOp, arith::UIToFPOp, arith::SubFOp>(
      multiple.getLhs(), payload.getArgument(0), zero ? payload.getArgument(2) : Value());
  if (!isSigned)
    return std::nullopt;
  return DequantizedBytes{{op.getDpsInputOperand(0)->get(), zero, *isSigned}, op, scale};
}

Value codegen::lookThroughMoves(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (auto dispatch = dyn_cast<kernel::DispatchOp>(op)) {
      Operation *yield = dispatch.getBody().front().getTerminator();
      tensor = yield->getOperand(cast<OpResult>(tensor).getResultNumber());
      continue;
    }
    auto pad = dyn_cast<tensor::PadOp>(op);
    bool padsZero = pad && pad.getConstantPaddingValue() &&
                    (matchPattern(pad.getConstantPaddingValue(), m_AnyZeroFloat()) ||
                     matchPattern(pad.getConstantPaddingValue(), m_Zero()));
    if (!padsZero && !isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ExtractSliceOp,
                          linalg::TransposeOp>(op))
      break;
    tensor = op->getOperand(0);
  }
  return tensor;
}

quant::UniformQuantizedType codegen::quantizationOf(Value tensor, TypeRange inputs) {
  tensor = lookThroughMoves(tensor);
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return argument.getArgNumber() < inputs.size()
               ? dyn_cast<quant::UniformQuantizedType>(inputs[argument.getArgNumber()])
               : quant::UniformQuantizedType();
  auto found = matchDequantizedBytes(tensor);
  DenseFPElementsAttr scale;
  DenseIntElementsAttr zero;
  if (!found || !matchPattern(found->scale->get(), m_Constant(&scale)) || !scale.isSplat() ||
      (found->wide.zero && (!matchPattern(found->wide.zero, m_Constant(&zero)) || !zero.isSplat())))
    return {};
  // Neither the scale nor a multiple of it may have lost bits.
  APFloat unit = scale.getSplatValue<APFloat>(), largest = unit;
  largest.multiply(APFloat(255.0f), APFloat::rmNearestTiesToEven);
  if (!unit.isNormal() || unit.isNegative() || !largest.isFinite())
    return {};
  bool isSigned = found->wide.isSigned;
  int64_t low = isSigned ? -128 : 0, point = 0;
  if (zero) {
    auto value = zero.getSplatValue<APInt>();
    point = isSigned ? value.getSExtValue() : value.getZExtValue();
  }
  MLIRContext *context = tensor.getContext();
  return quant::UniformQuantizedType::get(isSigned ? quant::QuantizationFlags::Signed : 0,
                                          IntegerType::get(context, 8), Float32Type::get(context),
                                          unit.convertToDouble(), point, low, low + 255);
}

bool codegen::multipliesQuantized(linalg::LinalgOp root, TypeRange inputs) {
  SmallVector<Value> operands = root.getDpsInputs();
  return operands.size() == 2 && quantizationOf(operands[0], inputs) &&
         (matchDequantizedBytes(operands[1]) || quantizationOf(operands[1], inputs));
}
