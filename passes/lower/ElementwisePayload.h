//===- ElementwisePayload.h - what one element of a result is ---*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_ELEMENTWISEPAYLOAD_H
#define BORNC_PASSES_LOWER_ELEMENTWISEPAYLOAD_H

#include "passes/lower/Scalars.h"
#include <string>

namespace bornc::lower {

/// Builds the payload of one elementwise op from its operands' elements.
struct Payload : Scalars {
  Payload(const Scalars &scalars, mlir::Operation *op) : Scalars(scalars), op(op) {}

  /// The element of operand i; null if the operand is absent.
  mlir::Value operator[](unsigned i) const { return i < args.size() ? args[i] : mlir::Value(); }
  mlir::Value constant(double value) { return Scalars::constant(args[0].getType(), value); }
  using Scalars::constant;

  /// The ONNX element type of the result.
  mlir::Type resultType() const { return mlir::getElementTypeOrSelf(op->getResult(0).getType()); }
  /// The value of operand i if it is constant.
  std::optional<double> constantArg(unsigned i) const;

  mlir::Operation *op;
  llvm::SmallVector<mlir::Value> args;
  llvm::ArrayRef<mlir::TypedAttr> constants;
};
using PayloadFn = mlir::Value (*)(Payload &);

/// The payload of "onnx.Add" and the like, and all names that have one.
PayloadFn elementwisePayload(llvm::StringRef name);
llvm::SmallVector<llvm::StringRef> elementwiseOps();

/// False, with a reason, for element types that the payloads do not handle.
bool acceptsElementwise(mlir::Operation *op, std::string &reason);

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_ELEMENTWISEPAYLOAD_H
