//===- ObjectFile.h - object files and archives -----------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_OBJECTFILE_H
#define BORNC_COMPILER_EMIT_OBJECTFILE_H

#include "mlir/IR/Diagnostics.h"

namespace bornc {

/// Makes the hidden symbols of an ELF object local, for any CPU: what several
/// models linked into one program would otherwise define twice.
mlir::LogicalResult localizeHidden(llvm::StringRef path, mlir::Location loc);

/// Makes the symbols that an ELF object defines hidden; those it needs stay.
mlir::LogicalResult hideDefined(llvm::StringRef path, mlir::Location loc);

/// Makes an object the only member, named `member`, of an archive at the same path.
mlir::LogicalResult archiveObject(llvm::StringRef path, llvm::StringRef member, mlir::Location loc);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_OBJECTFILE_H
