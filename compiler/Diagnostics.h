//===- Diagnostics.h - errors as people read them ---------------*- C++ -*-===//
#ifndef BORNC_COMPILER_DIAGNOSTICS_H
#define BORNC_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

namespace bornc {

/// Prints the diagnostics of a context to standard error while it lives:
/// `error: <ONNX nodes>: <message> [<kind>]`, or `file:line:col: error: ...`
/// where the location is one in a text.
class ConsoleDiagnostics : public mlir::ScopedDiagnosticHandler {
public:
  explicit ConsoleDiagnostics(mlir::MLIRContext *context);
};

} // namespace bornc

#endif // BORNC_COMPILER_DIAGNOSTICS_H
