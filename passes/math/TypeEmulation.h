//===- TypeEmulation.h - values of one type as another ----------*- C++ -*-===//
//
// What the passes that emulate element types share: ops that only move values take
// the new types as they are, and constants their bits.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_TYPEEMULATION_H
#define BORNC_PASSES_MATH_TYPEEMULATION_H

#include "passes/math/Num.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc::math {

/// Makes `converter`, which knows scalars, know vectors and memrefs of them.
void addShapedConversions(mlir::TypeConverter &converter);

/// Patterns and legality for ops that move values: selects, vectors, memory, loops,
/// branches, shuffles, functions and calls. All other ops are legal if their types are.
void addMovementPatterns(mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                         mlir::ConversionTarget &target);

/// Constants of scalars and vectors whose new elements are integers: the bits of the old
/// ones, sign-extended to the width of the new.
void addConstantPattern(mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

/// An op that computes one value from others: not a constant, a select or a move.
bool computesValue(mlir::Operation *op);

/// `op` once more, on other operands and to other types.
mlir::Operation *createLike(mlir::OpBuilder &builder, mlir::Operation *op,
                            mlir::ValueRange operands, mlir::TypeRange types);

/// The function `name` in the kernel's module around `user`. `body` makes it when it is
/// asked for first: from its arguments to its result.
mlir::func::FuncOp getFunction(mlir::Operation *user, llvm::StringRef name, mlir::FunctionType type,
                               llvm::function_ref<Num(llvm::ArrayRef<Num>)> body);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_TYPEEMULATION_H
