//===- NodeMath.h - arithmetic in handlers ----------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_NODEMATH_H
#define BORNC_COMPILER_IMPORT_NODEMATH_H

#include "compiler/import/GraphImporter.h"

namespace bornc::importer {

/// Emits elementwise nodes, so that a formula of a specification reads like
/// one. Numbers take the element type of the value beside them.
struct NodeMath {
  GraphImporter &importer;

  ImportValue *op(llvm::StringRef name, llvm::ArrayRef<ImportValue *> inputs,
                  const Attributes &attributes = {}) const {
    return importer.emit(name, inputs, attributes)[0];
  }
  ImportValue *number(ImportValue *like, double value) const {
    return importer.constant(makeScalar(like->elementType(), value));
  }
  ImportValue *add(ImportValue *a, ImportValue *b) const { return op("Add", {a, b}); }
  ImportValue *add(ImportValue *a, double b) const { return b == 0 ? a : add(a, number(a, b)); }
  ImportValue *sub(ImportValue *a, ImportValue *b) const { return op("Sub", {a, b}); }
  ImportValue *sub(double a, ImportValue *b) const { return sub(number(b, a), b); }
  ImportValue *mul(ImportValue *a, ImportValue *b) const { return op("Mul", {a, b}); }
  ImportValue *mul(ImportValue *a, double b) const { return b == 1 ? a : mul(a, number(a, b)); }
  ImportValue *div(ImportValue *a, ImportValue *b) const { return op("Div", {a, b}); }
  ImportValue *sqrt(ImportValue *a) const { return op("Sqrt", {a}); }
  ImportValue *where(ImportValue *condition, ImportValue *yes, ImportValue *no) const {
    return op("Where", {condition, yes, no});
  }
  ImportValue *cast(ImportValue *a, int32_t type) const {
    return a->elementType() == type ? a : op("Cast", {a}, Attributes().set("to", int64_t(type)));
  }
  ImportValue *isPositive(ImportValue *a) const { return op("Greater", {a, number(a, 0)}); }
};

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_NODEMATH_H
