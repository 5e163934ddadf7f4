//===- Report.h - what was made of a model ----------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_REPORT_H
#define BORNC_COMPILER_REPORT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace bornc {

/// The JSON report on a module at plan level or below: per program its memory,
/// commands and dispatches with the bytes they move and the floating-point
/// operations they do, and why neighbouring dispatches are not one.
std::string reportJson(mlir::ModuleOp module);

} // namespace bornc

#endif // BORNC_COMPILER_REPORT_H
