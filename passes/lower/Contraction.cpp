//===- Contraction.cpp - matrix products ----------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

//===----------------------------------------------------------------------===//
// MatMul
//===----------------------------------------------------------------------===//

/// Dimensions are batch, rows, columns, k; a vector operand has no rows or no
/// columns. Batch dimensions broadcast.
static LogicalResult lowerMatMul(onnx::MatMulOp op, ValueRange operands, TensorBuilder &b) {
  Value lhs = operands[0], rhs = operands[1];
  int64_t lhsRank = rankOf(lhs), rhsRank = rankOf(rhs);
  if (lhsRank == 0 || rhsRank == 0)
    return b.fail("expected operands of rank 1 or more");
  RankedTensorType type = b.resultType();
  bool hasRows = lhsRank > 1, hasColumns = rhsRank > 1;
  int64_t numBatch = type.getRank() - hasRows - hasColumns;
  unsigned numDims = type.getRank() + 1;
  AffineExpr k = b.dim(numDims - 1);

  auto batchOf = [&](Value value) {
    SmallVector<AffineExpr> exprs;
    int64_t count = std::max<int64_t>(rankOf(value) - 2, 0);
    for (int64_t i = 0; i < count; ++i) {
      int64_t loop = numBatch - count + i;
      bool stretched = shapeOf(value)[i] == 1 && type.getDimSize(loop) != 1;
      exprs.push_back(stretched ? b.getAffineConstantExpr(0) : b.dim(loop));
    }
    return exprs;
  };
  SmallVector<AffineExpr> lhsExprs = batchOf(lhs), rhsExprs = batchOf(rhs);
  if (hasRows)
    lhsExprs.push_back(b.dim(numBatch));
  lhsExprs.push_back(k);
  rhsExprs.push_back(k);
  if (hasColumns)
    rhsExprs.push_back(b.dim(type.getRank() - 1));
  SmallVector<AffineMap> maps{b.mapOf(numDims, lhsExprs), b.mapOf(numDims, rhsExprs),
                              b.without(numDims, {numDims - 1})};
  return b.replace(b.contract(lhs, rhs, maps, type.getShape(), type.getElementType()));
}

/// alpha * A' B' + beta * C, with A and B transposed by their maps.
static LogicalResult lowerGemm(onnx::GemmOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  AffineExpr m = b.dim(0), n = b.dim(1), k = b.dim(2);
  auto aExprs = op.getTransA() ? SmallVector<AffineExpr>{k, m} : SmallVector<AffineExpr>{m, k};
  auto bExprs = op.getTransB() ? SmallVector<AffineExpr>{n, k} : SmallVector<AffineExpr>{k, n};
  SmallVector<AffineMap> maps{b.mapOf(3, aExprs), b.mapOf(3, bExprs), b.mapOf(3, {m, n})};
  Value product = b.contract(operands[0], operands[1], maps, type.getShape(), element);

  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  SmallVector<Value> inputs{product};
  if (op.getC() && beta != 0)
    inputs.push_back(operands[2]);
  if (inputs.size() == 1 && alpha == 1)
    return b.replace(product);
  return b.replace(
      b.elementwise(type.getShape(), element, inputs, [&](Scalars &s, ValueRange args) {
        Value result = alpha == 1 ? args[0] : s.mul(args[0], alpha);
        if (inputs.size() == 1)
          return result;
        return s.add(result, beta == 1 ? args[1] : s.mul(args[1], beta));
      }));
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

namespace {
/// An equation with its spaces removed. Labels are letters; the dimensions of
/// an ellipsis get the labels '0', '1', ... counted from the right.
struct Equation {
  SmallVector<std::string> inputs;
  std::string output;
};
} // namespace

/// `term` with "..." replaced by labels for `count` dimensions.
static std::string expandEllipsis(StringRef term, int64_t count) {
  std::string labels;
  for (int64_t i = count; i-- > 0;)
    labels += static_cast<char>('0' + i);
  auto [before, after] = term.split("...");
  return term.contains("...") ? (before + labels + after).str() : term.str();
}

static FailureOr<Equation> parseEquation(StringRef text, ValueRange operands, TensorBuilder &b) {
  std::string stripped;
  for (char c : text)
    if (c != ' ')
      stripped += c;
  auto [left, right] = StringRef(stripped).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != operands.size())
    return b.fail("the equation has another number of terms than there are operands");
  Equation equation;
  int64_t broadcastRank = 0;
  for (auto [term, operand] : llvm::zip(terms, operands)) {
    bool hasEllipsis = term.contains("...");
    int64_t count = rankOf(operand) - static_cast<int64_t>(term.size()) + (hasEllipsis ? 3 : 0);
    if (count < 0 || count > 9 || (!hasEllipsis && count != 0))
      return b.fail("a term of the equation does not fit the rank of its operand");
    broadcastRank = std::max(broadcastRank, count);
    equation.inputs.push_back(expandEllipsis(term, count));
  }
  if (StringRef(stripped).contains("->")) {
    equation.output = expandEllipsis(right, broadcastRank);
    return equation;
  }
  // The implicit output: the ellipsis, then labels that occur once, sorted.
  std::map<char, int> counts;
  for (StringRef input : equation.inputs)
    for (char label : input)
      ++counts[label];
  equation.output = expandEllipsis("...", broadcastRank);
  for (auto [label, count] : counts)
    if (count == 1 && llvm::isAlpha(label))
      equation.output += label;
  return equation;
}

static LogicalResult lowerEinsum(onnx::EinsumOp op, ValueRange operands, TensorBuilder &b) {
  FailureOr<Equation> equation = parseEquation(op.getEquation(), operands, b);
  if (failed(equation))
    return failure();
  RankedTensorType type = b.resultType();
  llvm::MapVector<char, unsigned> dims; // label to loop, those of the output first
  llvm::DenseMap<char, int64_t> sizes;
  for (char label : equation->output)
    dims.insert({label, dims.size()});
  for (auto [term, operand] : llvm::zip(equation->inputs, operands))
    for (auto [label, size] : llvm::zip(term, shapeOf(operand))) {
      dims.insert({label, dims.size()});
      int64_t &known = sizes.try_emplace(label, size).first->second;
      known = std::max(known, size);
    }
  if (static_cast<int64_t>(equation->output.size()) != type.getRank())
    return b.fail("the equation's output does not fit the rank of the result");

  SmallVector<AffineMap> maps;
  for (auto [term, operand] : llvm::zip(equation->inputs, operands)) {
    SmallVector<AffineExpr> exprs;
    for (auto [label, size] : llvm::zip(term, shapeOf(operand)))
      exprs.push_back(size == 1 && sizes[label] != 1 ? b.getAffineConstantExpr(0)
                                                     : b.dim(dims[label]));
    maps.push_back(b.mapOf(dims.size(), exprs));
  }
  SmallVector<AffineExpr> exprs;
  for (char label : equation->output)
    exprs.push_back(b.dim(dims[label]));
  maps.push_back(b.mapOf(dims.size(), exprs));
  if (operands.size() == 2)
    return b.replace(
        b.contract(operands[0], operands[1], maps, type.getShape(), type.getElementType()));
  Value init = b.filled(type.getShape(), type.getElementType(), 0);
  return b.replace(b.generic(operands, init, maps, [](Scalars &s, ValueRange args) {
    Value product = args[0];
    for (Value factor : args.drop_front().drop_back())
      product = s.mul(product, factor);
    return s.add(args.back(), product);
  }));
}

void bornc::lower::populateContraction(LoweringTable &table) {
  addLowering<onnx::EinsumOp, lowerEinsum>(table);
  addLowering<onnx::GemmOp, lowerGemm>(table);
  addLowering<onnx::MatMulOp, lowerMatMul>(table);
}
