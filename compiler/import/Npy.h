//===- Npy.h - numpy's array files ------------------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_NPY_H
#define BORNC_COMPILER_IMPORT_NPY_H

#include "compiler/import/Constant.h"

namespace bornc::importer {

/// Reads a little-endian C-order array. Throws ImportError.
ConstantData readNpy(llvm::StringRef path);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_NPY_H
