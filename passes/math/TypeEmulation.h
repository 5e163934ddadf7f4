//===- TypeEmulation.h - values of one type as another ----------*- C++ -*-===//
//
// What the passes that emulate element types share: ops that only move values take
// the new types as they are.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_TYPEEMULATION_H
#define BORNC_PASSES_MATH_TYPEEMULATION_H

#include "passes/math/Num.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc::math {

/// Makes `converter`, which knows scalars, know vectors, memrefs and functions of them.
void addShapedConversions(mlir::TypeConverter &converter);

/// Patterns and legality for ops that move values: selects, vectors, memory, loops,
/// branches, shuffles, functions and calls. All other ops are legal if their types are.
void addMovementPatterns(mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                         mlir::ConversionTarget &target);

/// The function `name` in the kernel's module around `user`. `body` makes it when it is
/// asked for first: from its arguments to its result.
mlir::func::FuncOp getFunction(mlir::Operation *user, llvm::StringRef name, mlir::FunctionType type,
                               llvm::function_ref<Num(llvm::ArrayRef<Num>)> body);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_TYPEEMULATION_H
