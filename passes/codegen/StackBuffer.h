//===- StackBuffer.h - elements on the stack of a kernel --------*- C++ -*-===//
#ifndef BORNC_PASSES_CODEGEN_STACKBUFFER_H
#define BORNC_PASSES_CODEGEN_STACKBUFFER_H

#include "passes/codegen/Emitter.h"

namespace bornc::codegen {

/// Bytes of an element of a tensor.
int64_t elementBytes(mlir::Value tensor);

/// Elements side by side in a CPU's memory, aligned for any vector, until the kernel ends.
class StackBuffer {
public:
  StackBuffer() = default; ///< none
  /// `count` elements of the type of `tensor`'s, which hold anything at first.
  StackBuffer(Emitter &emitter, int64_t count, mlir::Value tensor);
  StackBuffer(Emitter &emitter, int64_t count, mlir::Type element);

  /// Writes an element, or a vector to where its first lane belongs.
  void store(mlir::AffineExpr where, mlir::Value value);
  /// The element at `where`, or the vector of `lanes` that begins there.
  mlir::Value load(mlir::AffineExpr where, int64_t lanes = 1);
  mlir::Value getMemory() const { return memory; }

private:
  Emitter *emitter = nullptr;
  mlir::Value memory;
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_STACKBUFFER_H
