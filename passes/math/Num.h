//===- Num.h - arithmetic that reads like arithmetic ------------*- C++ -*-===//
//
// A value of floats, integers or truth values, scalar or vector, with operators that
// build the ops of arith and math. Functions over Num are the tables
// of elementary functions and of emulated types: one text for scalars and vectors.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_NUM_H
#define BORNC_PASSES_MATH_NUM_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace bornc::math {

class Num {
public:
  Num() = default;
  Num(mlir::ImplicitLocOpBuilder &builder, mlir::Value value) : builder(&builder), value(value) {}

  mlir::Value get() const { return value; }
  mlir::ImplicitLocOpBuilder &getBuilder() const { return *builder; }
  bool isFloat() const {
    return mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(value.getType()));
  }

  /// The type with other elements.
  mlir::Type typeOf(mlir::Type element) const {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(value.getType()))
      return vector.clone(element);
    return element;
  }

  /// A constant of this value's shape: of its own type, of f32, of i32.
  Num constant(double number) const;
  Num same(uint64_t number) const; ///< integers only
  Num ofFloat(double number) const;
  Num ofInt(uint32_t number) const;

  /// The same bits as the other type.
  Num bits() const;
  Num asFloat() const;
  /// Conversion by value: toward zero, to nearest.
  Num toInt() const;
  Num toFloat() const;
  Num toFloatUnsigned() const;

  template <typename OpTy>
  Num make(Num other) const {
    return {*builder, OpTy::create(*builder, value, other.value).getResult()};
  }
  template <typename OpTy>
  Num make() const {
    return {*builder, OpTy::create(*builder, value).getResult()};
  }

private:
  mlir::ImplicitLocOpBuilder *builder = nullptr;
  mlir::Value value;
};

Num operator+(Num a, Num b);
Num operator-(Num a, Num b);
Num operator*(Num a, Num b);
Num operator/(Num a, Num b); // floats only
Num operator-(Num a);
inline Num operator+(Num a, double b) { return a + a.constant(b); }
inline Num operator-(Num a, double b) { return a - a.constant(b); }
inline Num operator*(Num a, double b) { return a * a.constant(b); }
inline Num operator+(double a, Num b) { return b.constant(a) + b; }
inline Num operator-(double a, Num b) { return b.constant(a) - b; }
inline Num operator*(double a, Num b) { return b.constant(a) * b; }
inline Num operator/(double a, Num b) { return b.constant(a) / b; }

// Integers and truth values.
Num operator&(Num a, Num b);
Num operator|(Num a, Num b);
Num operator^(Num a, Num b);
Num operator!(Num a); // truth values
inline Num operator&(Num a, uint64_t b) { return a & a.same(b); }
inline Num operator|(Num a, uint64_t b) { return a | a.same(b); }
inline Num operator^(Num a, uint64_t b) { return a ^ a.same(b); }
Num shiftLeft(Num a, Num count);
Num shiftRight(Num a, Num count);       // fills with zeros
Num shiftRightSigned(Num a, Num count); // fills with the sign
inline Num shiftLeft(Num a, uint64_t count) { return shiftLeft(a, a.same(count)); }
inline Num shiftRight(Num a, uint64_t count) { return shiftRight(a, a.same(count)); }
inline Num shiftRightSigned(Num a, uint64_t count) { return shiftRightSigned(a, a.same(count)); }
Num divideUnsigned(Num a, Num b);
Num remainderUnsigned(Num a, Num b);
/// Low and high word of the product.
std::pair<Num, Num> multiplyWide(Num a, Num b);

/// Zero bits before the first one; i32 only.
Num leadingZeros(Num a);
/// Between i64 and its words.
Num lowWord(Num a);
Num highWord(Num a);
Num joinWords(Num low, Num high);

// Comparisons: floats are ordered (false for NaN), integers signed.
Num operator<(Num a, Num b);
Num operator==(Num a, Num b);
Num operator!=(Num a, Num b); // true for NaN
inline Num operator>(Num a, Num b) { return b < a; }
inline Num operator<(Num a, double b) { return a < a.constant(b); }
inline Num operator>(Num a, double b) { return a.constant(b) < a; }
inline Num operator==(Num a, double b) { return a == a.constant(b); }
inline Num operator!=(Num a, double b) { return a != a.constant(b); }
Num below(Num a, Num b); // unsigned
inline Num below(Num a, uint64_t b) { return below(a, a.same(b)); }

Num select(Num condition, Num yes, Num no);
inline Num select(Num condition, double yes, Num no) {
  return select(condition, no.constant(yes), no);
}
inline Num select(Num condition, Num yes, double no) {
  return select(condition, yes, yes.constant(no));
}

/// a * b + c, rounded once or twice as the device likes.
Num fma(Num a, Num b, Num c);
inline Num fma(Num a, double b, Num c) { return fma(a, a.constant(b), c); }
inline Num fma(Num a, Num b, double c) { return fma(a, b, a.constant(c)); }
/// Horner's scheme, lowest coefficient first.
Num polynomial(Num x, std::initializer_list<double> coefficients);

Num abs(Num a);
Num sqrt(Num a);
Num isNan(Num a);
/// The magnitude of `a`, which is not negative, with the sign of `b`.
Num withSign(Num a, Num b);
Num nan(Num like);
Num infinity(Num like);

/// A number as the sum of two floats (of f32 or f64), the second below the last digit of
/// the first.
struct Pair {
  Num high, low;
};
/// a + b exactly, |a| >= |b|.
Pair sumOf(Num a, Num b);
/// a * b exactly, after Dekker: halves of the digits have exact products.
Pair productOf(Num a, Num b);
Pair productOf(Pair a, Pair b);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_NUM_H
