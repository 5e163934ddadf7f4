//===- Registry.h - handlers by operator and since-version ------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_REGISTRY_H
#define BORNC_COMPILER_IMPORT_REGISTRY_H

#include "compiler/import/GraphImporter.h"

namespace bornc::importer {

/// Emits nodes of the newest opset that do what `node` does, and returns its
/// results, one per output that the node names.
using Handler = Values (*)(Node &node);

/// A handler for the versions of an operator whose since-version is in
/// [first, last]. Versions without a row mean what the newest does.
struct HandlerRow {
  const char *op; ///< with its domain in front, unless that is ONNX's own
  int first, last;
  Handler handler;
  const char *how;             ///< one phrase for the support table
  const char *emits = nullptr; ///< what it becomes, if not the operator itself; "": nothing
};

constexpr int kNewest = 1 << 20; ///< a row for all later versions too

// One table per operator family, each in its own file.
llvm::ArrayRef<HandlerRow> constantRows();      // NormalizeConstant.cpp
llvm::ArrayRef<HandlerRow> shapeRows();         // NormalizeShape.cpp
llvm::ArrayRef<HandlerRow> mathRows();          // NormalizeMath.cpp
llvm::ArrayRef<HandlerRow> normalizationRows(); // NormalizeNorm.cpp
llvm::ArrayRef<HandlerRow> imageRows();         // NormalizeImage.cpp
llvm::ArrayRef<HandlerRow> controlFlowRows();   // ControlFlow.cpp
llvm::ArrayRef<HandlerRow> trainingRows();      // NormalizeTraining.cpp
llvm::ArrayRef<HandlerRow> mlRows();            // NormalizeMl.cpp

/// An operator's name with its domain, as rows and messages have it.
std::string qualifiedName(llvm::StringRef domain, llvm::StringRef op);

/// The handler for an operator (a qualified name); null: none is needed.
const HandlerRow *findHandler(llvm::StringRef op, int sinceVersion);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_REGISTRY_H
