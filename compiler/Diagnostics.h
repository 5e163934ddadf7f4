//===- Diagnostics.h - errors as people read them ---------------*- C++ -*-===//
#ifndef BORNC_COMPILER_DIAGNOSTICS_H
#define BORNC_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace bornc {

/// Prints the diagnostics of a context to standard error while it lives:
/// `error: <ONNX nodes>: <message>`, or `file:line:col: error: <message>`
/// where the location is one in a text.
class ConsoleDiagnostics : public mlir::ScopedDiagnosticHandler {
public:
  explicit ConsoleDiagnostics(mlir::MLIRContext *context);
};

/// The ONNX nodes that a location names, "Conv_0 (Conv), Relu_1 (Relu)"; each
/// once, in the order they are found.
std::string nodeNames(mlir::Location loc);

} // namespace bornc

#endif // BORNC_COMPILER_DIAGNOSTICS_H
