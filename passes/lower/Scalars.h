//===- Scalars.h - arithmetic inside a payload ------------------*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_SCALARS_H
#define BORNC_PASSES_LOWER_SCALARS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace bornc::lower {

/// The type without signedness: ui8 becomes i8.
mlir::Type signless(mlir::Type type);

/// Builds scalar operations, float or integer by the type of their operands.
/// Integers are signless from this level on, so the builder knows whether the
/// ONNX type was unsigned.
class Scalars {
public:
  Scalars(mlir::OpBuilder &builder, mlir::Location loc, bool isUnsigned = false)
      : builder(builder), loc(loc), isUnsigned(isUnsigned) {}

  mlir::Value constant(mlir::Type type, double value);
  mlir::Value index(int64_t value);
  /// The index of a loop of the generic around the payload; as a number of `type`.
  mlir::Value loop(int64_t dim);
  mlir::Value loop(int64_t dim, mlir::Type type);

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b); // integers truncate
  mlir::Value rem(mlir::Value a, mlir::Value b); // with the sign of a
  mlir::Value max(mlir::Value a, mlir::Value b); // NaN if either is
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value abs(mlir::Value a);
  mlir::Value logicalNot(mlir::Value a);

  mlir::Value add(mlir::Value a, double b) { return add(a, constant(a.getType(), b)); }
  mlir::Value sub(double a, mlir::Value b) { return sub(constant(b.getType(), a), b); }
  mlir::Value mul(mlir::Value a, double b) { return mul(a, constant(a.getType(), b)); }
  mlir::Value div(double a, mlir::Value b) { return div(constant(b.getType(), a), b); }

  enum class Compare { Eq, Ne, Lt, Le, Gt, Ge };
  mlir::Value compare(Compare predicate, mlir::Value a, mlir::Value b);
  mlir::Value compare(Compare predicate, mlir::Value a, double b) {
    return compare(predicate, a, constant(a.getType(), b));
  }
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);
  /// low if a < low, high if a > high, else a (also NaN).
  mlir::Value clamp(mlir::Value a, mlir::Value low, mlir::Value high);

  mlir::Value sigmoid(mlir::Value a);
  mlir::Value softplus(mlir::Value a);

  /// Within the range of `to`, if that is a float of 8 bits or fewer; else `a`.
  mlir::Value saturate(mlir::Value a, mlir::Type to);
  /// The f8E8M0FNU whose exponent is that of `a`, rounded "up", "down" or to "nearest".
  mlir::Value toExponent(mlir::Value a, bool saturates, llvm::StringRef roundMode);

  /// As ONNX Cast does without saturation; `toUnsigned` says whether the ONNX target type is.
  mlir::Value convert(mlir::Value a, mlir::Type to, bool toUnsigned = false);

  /// An op of one operand, or more, whose result has the type of the first.
  template <typename OpTy, typename... Args>
  mlir::Value make(Args &&...args) {
    return OpTy::create(builder, loc, std::forward<Args>(args)...);
  }

  static bool isFloat(mlir::Value a) { return mlir::isa<mlir::FloatType>(a.getType()); }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  bool isUnsigned;
};

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_SCALARS_H
