//===- Elementwise.cpp - ops that compute each element by itself ----------===//
//
// A table from operator to payload, and one lowering that broadcasts operands
// with indexing maps and turns constants of one value into scalars.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/ElementwisePayload.h"
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

/// The value that all elements of operand `index` have, if it is constant.
static TypedAttr splatOperand(TensorBuilder &b, unsigned index) {
  DenseElementsAttr attr = b.constantOperand(index);
  if (!attr || !attr.isSplat() || attr.getNumElements() == 0)
    return {};
  if (auto integer = dyn_cast<IntegerType>(attr.getElementType()))
    return b.getIntegerAttr(signless(integer), attr.getSplatValue<APInt>());
  return dyn_cast<FloatAttr>(attr.getSplatValue<Attribute>());
}

static LogicalResult lowerElementwise(Operation *op, ValueRange operands, TensorBuilder &b) {
  PayloadFn payload = elementwisePayload(op->getName().getStringRef());
  RankedTensorType type = b.resultType();
  if (std::string reason; !acceptsElementwise(op, reason))
    return b.fail(reason);

  if (isa<onnx::CastLikeOp>(op)) // the second operand only names a type
    operands = operands.take_front();

  // Operand i is tensor input i, a scalar, or absent.
  SmallVector<Value> inputs;
  SmallVector<TypedAttr> scalars(operands.size());
  SmallVector<bool> isInput(operands.size(), false);
  for (unsigned i = 0; i < operands.size(); ++i) {
    scalars[i] = splatOperand(b, i);
    if (scalars[i] || isa<NoneType>(operands[i].getType()))
      continue;
    if (!TensorBuilder::broadcasts(shapeOf(operands[i]), type.getShape()))
      return b.fail("operand " + llvm::Twine(i) + " does not broadcast to the result");
    inputs.push_back(operands[i]);
    isInput[i] = true;
  }
  auto body = [&](Scalars &s, ValueRange args) {
    Payload p(s, op);
    unsigned next = 0;
    for (unsigned i = 0; i < operands.size(); ++i)
      p.args.push_back(isInput[i]   ? args[next++]
                       : scalars[i] ? s.make<arith::ConstantOp>(scalars[i])
                                    : Value());
    p.constants = scalars;
    return payload(p);
  };
  return b.replace(
      b.elementwise(type.getShape(), type.getElementType(), inputs, body, b.isUnsigned()));
}

/// Sum and its like take any number of operands, a kernel a few: folds the
/// first ones into one, in their order, as long as there are too many.
static LogicalResult lowerVariadic(Operation *op, ValueRange operands, TensorBuilder &b) {
  if (operands.size() <= maxKernelInputs)
    return lowerElementwise(op, operands, b);
  RankedTensorType type = b.resultType();
  if (std::string reason; !acceptsElementwise(op, reason))
    return b.fail(reason);
  bool isMean = isa<onnx::MeanOp>(op);
  PayloadFn step = elementwisePayload(isMean ? "onnx.Sum" : op->getName().getStringRef());
  SmallVector<Value> rest(operands);
  while (rest.size() > 1) {
    size_t count = std::min<size_t>(rest.size(), maxKernelInputs);
    bool isLast = count == rest.size();
    auto body = [&](Scalars &s, ValueRange args) {
      Payload p(s, op);
      p.args.assign(args.begin(), args.end());
      Value folded = step(p);
      return isMean && isLast ? p.div(folded, p.constant(operands.size())) : folded;
    };
    rest.front() = b.elementwise(type.getShape(), type.getElementType(),
                                 ArrayRef(rest).take_front(count), body, b.isUnsigned());
    rest.erase(rest.begin() + 1, rest.begin() + count);
  }
  return b.replace(rest.front());
}

static LogicalResult lowerIdentity(Operation *op, ValueRange operands, TensorBuilder &b) {
  return b.replace(operands.front());
}

static LogicalResult lowerConstant(Operation *op, ValueRange, TensorBuilder &b) {
  auto value = dyn_cast<DenseElementsAttr>(cast<onnx::ConstantOp>(op).getValue());
  if (!value || !isa<IntegerType, FloatType>(value.getElementType()))
    return b.fail("expected a dense constant of numbers");
  if (Type element = signless(value.getElementType()); element != value.getElementType())
    value = value.bitcast(element);
  return b.replace(b.create<arith::ConstantOp>(value)->getResult(0));
}

void bornc::lower::populateElementwise(LoweringTable &table) {
  for (StringRef name : elementwiseOps())
    table[name] = lowerElementwise;
  for (StringRef name : {"onnx.Max", "onnx.Mean", "onnx.Min", "onnx.Sum"})
    table[name] = lowerVariadic;
  table["onnx.Identity"] = lowerIdentity;
  table["onnx.Constant"] = lowerConstant;
}
