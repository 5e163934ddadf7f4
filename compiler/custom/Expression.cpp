//===- Expression.cpp - values of what descriptors say --------------------===//
//
// The syntax is that of MLIR's affine expressions over symbols, which MLIR
// parses: integers, names, + - * floordiv ceildiv mod and parentheses.
//
//===----------------------------------------------------------------------===//
#include "compiler/custom/Descriptor.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/IntegerSet.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace bornc;
using namespace mlir;

void bornc::addTensorNames(CustomNames &names, StringRef name, ArrayRef<int64_t> shape) {
  int64_t size = 1;
  for (auto [index, extent] : llvm::enumerate(shape)) {
    names[(name + "." + Twine(index)).str()] = extent;
    size *= extent;
  }
  names[(name + ".rank").str()] = static_cast<int64_t>(shape.size());
  names[(name + ".size").str()] = size;
}

namespace {
/// The integers among the names, as the parser and the evaluation want them.
struct Symbols {
  explicit Symbols(const CustomNames &names) {
    for (const auto &[name, value] : names)
      if (auto *integer = std::get_if<int64_t>(&value)) {
        list += (list.empty() ? "" : ", ") + name;
        values.push_back(*integer);
      }
  }
  std::string list;
  SmallVector<int64_t> values;
};
} // namespace

/// Parses `prefix()[names]suffix`.
static llvm::Expected<Attribute> parse(StringRef expression, const std::string &text,
                                       MLIRContext *context) {
  std::string message;
  ScopedDiagnosticHandler collect(context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  Attribute attribute = parseAttribute(text, context);
  if (!attribute)
    return llvm::createStringError("'" + expression + "': " + message);
  return attribute;
}

/// Nothing where it overflows or divides by zero: affine folding would wrap.
static std::optional<int64_t> valueOf(AffineExpr expr, ArrayRef<int64_t> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> a = binary ? valueOf(binary.getLHS(), symbols) : std::nullopt;
  std::optional<int64_t> b = a ? valueOf(binary.getRHS(), symbols) : std::nullopt;
  if (!b)
    return std::nullopt;
  bool canDivide = *b > 0;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return llvm::checkedAdd(*a, *b);
  case AffineExprKind::Mul:
    return llvm::checkedMul(*a, *b);
  case AffineExprKind::FloorDiv:
    return canDivide ? std::optional(llvm::divideFloorSigned(*a, *b)) : std::nullopt;
  case AffineExprKind::CeilDiv:
    return canDivide ? std::optional(llvm::divideCeilSigned(*a, *b)) : std::nullopt;
  case AffineExprKind::Mod:
    return canDivide ? std::optional(llvm::mod(*a, *b)) : std::nullopt;
  default:
    return std::nullopt;
  }
}

static llvm::Error noValue(StringRef expression) {
  return llvm::createStringError("'" + expression +
                                 "' overflows, or divides by what is not positive");
}

llvm::Expected<int64_t> bornc::evaluate(StringRef expression, const CustomNames &names,
                                        MLIRContext *context) {
  Symbols symbols(names);
  llvm::Expected<Attribute> attribute = parse(
      expression, ("affine_map<()[" + symbols.list + "] -> (" + expression + ")>").str(), context);
  if (!attribute)
    return attribute.takeError();
  auto map = dyn_cast<AffineMapAttr>(*attribute);
  if (!map || map.getValue().getNumResults() != 1)
    return llvm::createStringError("expected one expression, found '" + expression + "'");
  if (std::optional<int64_t> value = valueOf(map.getValue().getResult(0), symbols.values))
    return *value;
  return noValue(expression);
}

llvm::Expected<bool> bornc::holds(StringRef condition, const CustomNames &names,
                                  MLIRContext *context) {
  Symbols symbols(names);
  llvm::Expected<Attribute> attribute = parse(
      condition, ("affine_set<()[" + symbols.list + "] : (" + condition + ")>").str(), context);
  if (!attribute)
    return attribute.takeError();
  auto set = dyn_cast<IntegerSetAttr>(*attribute);
  if (!set)
    return llvm::createStringError("expected a condition, found '" + condition + "'");
  for (auto [index, constraint] : llvm::enumerate(set.getValue().getConstraints())) {
    std::optional<int64_t> value = valueOf(constraint, symbols.values);
    if (!value)
      return noValue(condition);
    if (set.getValue().isEq(index) ? *value != 0 : *value < 0)
      return false;
  }
  return true;
}

llvm::Expected<uint32_t> bornc::evaluateWord(StringRef text, const CustomNames &names,
                                             MLIRContext *context) {
  if (auto found = names.find(text.str()); found != names.end())
    if (auto *number = std::get_if<float>(&found->second))
      return llvm::bit_cast<uint32_t>(*number);
  llvm::Expected<int64_t> value = evaluate(text, names, context);
  if (!value)
    return value.takeError();
  if (!llvm::isInt<32>(*value) && !llvm::isUInt<32>(*value))
    return llvm::createStringError("'" + text + "' is " + Twine(*value) +
                                   ", expected a 32-bit integer");
  return static_cast<uint32_t>(*value);
}
