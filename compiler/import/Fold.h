//===- Fold.h - computing with small constants ------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_FOLD_H
#define BORNC_COMPILER_IMPORT_FOLD_H

#include "compiler/import/Attributes.h"
#include "compiler/import/Constant.h"

namespace bornc::importer {

/// A node of the newest opset whose inputs are constants.
struct FoldRequest {
  llvm::StringRef op;
  const Attributes &attributes;
  llvm::ArrayRef<const Numbers *> inputs; ///< null: absent
  /// Shapes and element types of the results, as shape inference gives them.
  llvm::ArrayRef<Shape> resultShapes;
  llvm::ArrayRef<int32_t> resultTypes;

  const Numbers *input(unsigned i) const { return i < inputs.size() ? inputs[i] : nullptr; }
  Numbers newResult(unsigned i = 0) const {
    Numbers result;
    result.elementType = resultTypes[i];
    result.shape = resultShapes[i];
    return result;
  }
};

/// Computes the results; false where the rule does not apply (a division by
/// zero, an index out of range): the node is then left to run time.
using FoldRule = bool (*)(const FoldRequest &request, std::vector<Numbers> &results);

struct FoldRow {
  const char *op;
  FoldRule rule;
};
llvm::ArrayRef<FoldRow> elementwiseFolds(); // FoldElementwise.cpp
llvm::ArrayRef<FoldRow> movementFolds();    // FoldMovement.cpp
llvm::ArrayRef<FoldRow> reductionFolds();   // FoldReduction.cpp

/// Null if there is no rule for the operator.
FoldRule findFold(llvm::StringRef op);

/// Constants of more elements are not computed with.
inline constexpr int64_t kMaxFoldElements = 65536;

/// Row-major strides.
Shape stridesOf(llvm::ArrayRef<int64_t> shape);
/// For each element of `result`, in order, the position of the element of a
/// tensor of `shape` that broadcasts to it.
std::vector<int64_t> broadcastPositions(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> result);
/// Appends element `position` of `source` to `result`, which has its type.
inline void appendElement(Numbers &result, const Numbers &source, int64_t position) {
  if (result.isFloat())
    result.floats.push_back(source.floats[position]);
  else
    result.ints.push_back(source.ints[position]);
}

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_FOLD_H
