//===- TensorBuilder.h - linalg on tensors, with less typing ----*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_TENSORBUILDER_H
#define BORNC_PASSES_LOWER_TENSORBUILDER_H

#include "dialects/onnx/Onnx.h"
#include "passes/lower/Registry.h"
#include "passes/lower/Scalars.h"
#include "passes/plan/Limits.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc::lower {

/// What an op may read at most to become one kernel, which writes one tensor.
constexpr size_t maxKernelInputs = genericLimits.bindings - 1;

/// Creates the ops that replace one onnx op, all at that op's location.
class TensorBuilder : public mlir::ImplicitLocOpBuilder {
public:
  TensorBuilder(mlir::Operation *op, mlir::ConversionPatternRewriter &rewriter)
      : ImplicitLocOpBuilder(op->getLoc(), rewriter), op(op), rewriter(rewriter) {}

  /// Replaces the onnx op; a null value stands for an absent result.
  mlir::LogicalResult replace(mlir::ValueRange values);
  mlir::LogicalResult fail(const llvm::Twine &reason) {
    reasonOfFailure = reason.str();
    return rewriter.notifyMatchFailure(op, reasonOfFailure);
  }
  llvm::StringRef failure() const { return reasonOfFailure; }

  /// The type of a result of the onnx op, signless.
  mlir::RankedTensorType resultType(unsigned index = 0);
  /// Whether the ONNX element type of operand `index` is an unsigned integer.
  bool isUnsigned(unsigned index = 0);
  Scalars scalars(unsigned operand = 0) { return Scalars(*this, getLoc(), isUnsigned(operand)); }

  // What an operand of the onnx op is, if it is an onnx.Constant.
  mlir::DenseElementsAttr constantOperand(unsigned index);
  std::optional<llvm::SmallVector<int64_t>> constantInts(unsigned index);
  std::optional<double> constantFloat(unsigned index);

  mlir::Value scalar(mlir::Type type, double value);
  mlir::Value empty(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::Value filled(llvm::ArrayRef<int64_t> shape, mlir::Value scalar);
  mlir::Value filled(llvm::ArrayRef<int64_t> shape, mlir::Type element, double value) {
    return filled(shape, scalar(element, value));
  }
  mlir::Value constantI64(llvm::ArrayRef<int64_t> values); // rank 1
  mlir::Value constantF32(llvm::ArrayRef<float> values, llvm::ArrayRef<int64_t> shape);

  mlir::AffineExpr dim(unsigned i) { return getAffineDimExpr(i); }
  mlir::AffineMap mapOf(unsigned numDims, llvm::ArrayRef<mlir::AffineExpr> results) {
    return mlir::AffineMap::get(numDims, 0, results, getContext());
  }
  /// Whether a tensor of shape `from` stretches to `shape`.
  static bool broadcasts(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> shape);
  /// How a loop nest over `shape` reads `type`, aligned at the right as numpy does.
  mlir::AffineMap broadcastMap(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> shape);

  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(Scalars &, mlir::ValueRange)>;
  using Body1 = llvm::function_ref<mlir::Value(Scalars &, mlir::ValueRange)>;

  /// linalg.generic; dimensions that no map of `inits` reads are reductions.
  llvm::SmallVector<mlir::Value> generic(mlir::ValueRange inputs, mlir::ValueRange inits,
                                         llvm::ArrayRef<mlir::AffineMap> maps, Body body,
                                         bool isUnsigned = false);
  mlir::Value generic(mlir::ValueRange inputs, mlir::Value init,
                      llvm::ArrayRef<mlir::AffineMap> maps, Body1 body, bool isUnsigned = false);

  /// A parallel generic over `shape`; inputs are read with `maps`.
  mlir::Value parallel(llvm::ArrayRef<int64_t> shape, mlir::Type element, mlir::ValueRange inputs,
                       llvm::ArrayRef<mlir::AffineMap> maps, Body1 body, bool isUnsigned = false);
  /// A parallel generic over `shape`; inputs broadcast as numpy does.
  mlir::Value elementwise(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                          mlir::ValueRange inputs, Body1 body, bool isUnsigned = false);
  /// Reduces `dims` (sorted) away. The body gets the inputs and the accumulator;
  /// inputs after the first have the shape of the result.
  mlir::Value reduce(mlir::ValueRange inputs, llvm::ArrayRef<int64_t> dims, mlir::Value init,
                     Body1 body, bool isUnsigned = false);
  /// sum over k of a * b into zeros; the last map is that of the result.
  mlir::Value contract(mlir::Value a, mlir::Value b, llvm::ArrayRef<mlir::AffineMap> maps,
                       llvm::ArrayRef<int64_t> shape, mlir::Type element);

  /// The maps that read a tensor of the same shape as the result, and one where
  /// `dims` have been reduced away.
  mlir::AffineMap identity(unsigned rank) { return getMultiDimIdentityMap(rank); }
  mlir::AffineMap without(unsigned rank, llvm::ArrayRef<int64_t> dims);

  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> perm);
  mlir::Value slice(mlir::Value value, llvm::ArrayRef<int64_t> offsets,
                    llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> strides = {});
  /// The part [offset, offset + size) of one dimension.
  mlir::Value sliceDim(mlir::Value value, int64_t dim, int64_t offset, int64_t size);
  /// `source` written into `target`.
  mlir::Value insert(mlir::Value source, mlir::Value target, llvm::ArrayRef<int64_t> offsets,
                     llvm::ArrayRef<int64_t> strides = {});
  /// In several steps where there are many parts.
  mlir::Value concat(mlir::ValueRange parts, int64_t dim);
  mlir::Value pad(mlir::Value value, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                  mlir::Value padding);
  mlir::Value convert(mlir::Value value, mlir::Type element);
  /// Moves the ops of a subgraph of the onnx op to here; returns what it yields.
  llvm::SmallVector<mlir::Value> inlineBody(mlir::Region &body, mlir::ValueRange arguments);

  mlir::Operation *op;

private:
  mlir::ConversionPatternRewriter &rewriter;
  std::string reasonOfFailure;
};

/// Enters a lowering that takes the op by its class.
template <typename OpTy, auto Lower>
void addLowering(LoweringTable &table) {
  table[OpTy::getOperationName()] = [](mlir::Operation *op, mlir::ValueRange operands,
                                       TensorBuilder &builder) -> mlir::LogicalResult {
    return Lower(mlir::cast<OpTy>(op), operands, builder);
  };
}

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
}
inline int64_t rankOf(mlir::Value value) { return shapeOf(value).size(); }
inline mlir::Type elementOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType();
}
/// The value that max (or min) leaves as it is.
mlir::Value extremeValue(TensorBuilder &b, mlir::Type type, bool lowest, bool isUnsigned);

/// An axis counted from the front; -1 if it is out of range.
inline int64_t normalizeAxis(int64_t axis, int64_t rank) {
  axis += axis < 0 ? rank : 0;
  return axis < rank ? std::max<int64_t>(axis, -1) : -1;
}

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_TENSORBUILDER_H
