//===- Dialects.h - what the compiler's levels are written in ---*- C++ -*-===//
#ifndef BORNC_COMPILER_DIALECTS_H
#define BORNC_COMPILER_DIALECTS_H

namespace mlir {
class DialectRegistry;
}

namespace bornc {

/// Adds the dialects of all levels, with the interface implementations that
/// the pipelines need.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers the passes of Passes.td, the upstream ones that the pipelines
/// use, and the pipelines themselves, for the command lines of tools.
void registerAllPasses();

} // namespace bornc

#endif // BORNC_COMPILER_DIALECTS_H
