//===- ImportError.h - exceptions inside the importer -----------*- C++ -*-===//
//
// The ONNX library throws, so the importer does too; importModel catches at
// its boundary. Nothing is ever thrown through a frame of LLVM or MLIR.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_COMPILER_IMPORT_IMPORTERROR_H
#define BORNC_COMPILER_IMPORT_IMPORTERROR_H

#include "dialects/errors/Errors.h"
#include "llvm/ADT/Twine.h"

#include <stdexcept>

namespace bornc::importer {

/// The model is malformed, or the options do not fit it: the import ends. What
/// is wrong inside a node need not name it, importNode does.
struct ImportError : std::runtime_error {
  explicit ImportError(const llvm::Twine &message, Code code = Code::InvalidNode)
      : std::runtime_error(message.str()), code(code) {}

  Code code;
  bool namesNode = false;
};

/// Emits the exception that is being handled as an error.
mlir::LogicalResult emitCaught(mlir::Location loc);

/// The model is fine, but this node cannot be compiled: a row of the table of
/// unsupported operators, and the import goes on to find the others.
struct Unsupported : std::runtime_error {
  explicit Unsupported(const llvm::Twine &why) : std::runtime_error(why.str()) {}
};

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_IMPORTERROR_H
