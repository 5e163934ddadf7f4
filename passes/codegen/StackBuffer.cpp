//===- StackBuffer.cpp ----------------------------------------------------===//
#include "passes/codegen/StackBuffer.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Bytes that vectors of any machine are aligned to.
static constexpr int64_t kAlignment = 64;

static Type elementType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

int64_t codegen::elementBytes(Value tensor) {
  return llvm::divideCeil(elementType(tensor).getIntOrFloatBitWidth(), 8);
}

StackBuffer::StackBuffer(Emitter &emitter, int64_t count, Value tensor)
    : StackBuffer(emitter, count, elementType(tensor)) {}

StackBuffer::StackBuffer(Emitter &emitter, int64_t count, Type element) : emitter(&emitter) {
  memory = memref::AllocaOp::create(emitter.builder, emitter.loc, MemRefType::get({count}, element),
                                    emitter.builder.getI64IntegerAttr(kAlignment));
}

void StackBuffer::store(AffineExpr where, Value value) {
  Value at = emitter->materialize(emitter->space.atLane(where, 0));
  value = emitter->toVector(value);
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(emitter->builder, emitter->loc, value, memory, at);
  else
    memref::StoreOp::create(emitter->builder, emitter->loc, value, memory, at);
}

Value StackBuffer::load(AffineExpr where, int64_t lanes) {
  Value at = emitter->materialize(emitter->space.simplify(where));
  if (lanes == 1)
    return memref::LoadOp::create(emitter->builder, emitter->loc, memory, at);
  auto type = VectorType::get({lanes}, cast<MemRefType>(memory.getType()).getElementType());
  return vector::LoadOp::create(emitter->builder, emitter->loc, type, memory, at);
}
