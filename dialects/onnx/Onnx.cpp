//===- Onnx.cpp -----------------------------------------------------------===//
#include "dialects/onnx/Onnx.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::onnx;

#include "dialects/onnx/OnnxDialect.cpp.inc"

void OnnxDialect::initialize() { registerOnnxDialectOperations(this); }

Operation *OnnxDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                            Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

Value onnx::presentOperand(Operation *op, unsigned index) {
  if (index >= op->getNumOperands() || isa<NoneType>(op->getOperand(index).getType()))
    return {};
  return op->getOperand(index);
}

Value onnx::presentResult(Operation *op, unsigned index) {
  if (index >= op->getNumResults() || isa<NoneType>(op->getResult(index).getType()))
    return {};
  return op->getResult(index);
}
