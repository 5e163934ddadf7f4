//===- LinearAttention.cpp - attention with a recurrent state -------------===//
//
// A loop over the tokens. The state is a matrix per batch and head of keys and
// values, kept in f32; a step decays it, adds a product of key and value, and
// reads it with the queries.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Recurrence.h"
#include "passes/lower/Registry.h"
#include <cmath>

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

namespace {
struct LinearAttention {
  int64_t batch, steps, queryHeads, heads, keySize, valueSize;
  bool isGated, isDelta;
  double scale;

  Value step(TensorBuilder &b, ValueRange parts, Value &state) const;
  int64_t group() const { return queryHeads / heads; }
};
} // namespace

/// [batch, steps, rest...] as steps x batch x heads x size in f32.
static Value timeFirst(TensorBuilder &b, Value packed, int64_t heads) {
  ArrayRef<int64_t> shape = shapeOf(packed);
  Value split = b.reshape(packed, {shape[0], shape[1], heads, shape[2] / heads});
  return b.convert(b.transpose(split, {1, 0, 2, 3}), b.getF32Type());
}

/// The output of one token (batch x queryHeads x valueSize); `parts` are query,
/// key, value and where the rule has them decay and beta, of that token.
Value LinearAttention::step(TensorBuilder &b, ValueRange parts, Value &state) const {
  Type f32 = b.getF32Type();
  SmallVector<int64_t> stateShape{batch, heads, keySize, valueSize};
  AffineExpr n = b.dim(0), h = b.dim(1), k = b.dim(2), v = b.dim(3);
  AffineExpr zero = b.getAffineConstantExpr(0);
  AffineMap all = b.identity(4), keyMap = b.mapOf(4, {n, h, k}), valueMap = b.mapOf(4, {n, h, v});
  size_t next = 3;
  if (isGated) {
    Value decay = parts[next++];
    bool perKey = shapeOf(decay)[2] != 1;
    AffineMap decayMap = b.mapOf(4, {n, h, perKey ? k : zero});
    state = b.parallel(
        stateShape, f32, {state, decay}, {all, decayMap},
        [](Scalars &s, ValueRange args) { return s.mul(args[0], s.make<math::ExpOp>(args[1])); });
  }
  Value value = parts[2];
  if (isDelta) {
    // beta * (value - state^T key): loops n, h, v, k.
    AffineMap stateMap = b.mapOf(4, {n, h, v, k}), readKey = b.mapOf(4, {n, h, v});
    Value known = b.contract(state, parts[1], {stateMap, readKey, b.mapOf(4, {n, h, k})},
                             {batch, heads, valueSize}, f32);
    Value beta = parts[next++];
    AffineMap betaMap = b.mapOf(3, {n, shapeOf(beta)[1] == 1 ? zero : h, zero});
    value = b.parallel({batch, heads, valueSize}, f32, {value, known, beta},
                       {b.identity(3), b.identity(3), betaMap}, [](Scalars &s, ValueRange args) {
                         return s.mul(args[2], s.sub(args[0], args[1]));
                       });
  }
  state = b.parallel(
      stateShape, f32, {state, parts[1], value}, {all, keyMap, valueMap},
      [](Scalars &s, ValueRange args) { return s.add(args[0], s.mul(args[1], args[2])); });
  // Query heads of a group share a state: loops n, h, member, v, k.
  Value query = b.reshape(parts[0], {batch, heads, group(), keySize});
  AffineExpr member = b.dim(2), column = b.dim(3), inner = b.dim(4);
  Value read = b.contract(query, state,
                          {b.mapOf(5, {n, h, member, inner}), b.mapOf(5, {n, h, inner, column}),
                           b.mapOf(5, {n, h, member, column})},
                          {batch, heads, group(), valueSize}, f32);
  Value scaled = b.elementwise(shapeOf(read), f32, read,
                               [&](Scalars &s, ValueRange args) { return s.mul(args[0], scale); });
  return b.reshape(scaled, {batch, queryHeads * valueSize});
}

static FailureOr<LinearAttention> shapeOfAttention(onnx::LinearAttentionOp op, ValueRange operands,
                                                   TensorBuilder &b) {
  ArrayRef<int64_t> query = shapeOf(operands[0]), value = shapeOf(operands[2]);
  LinearAttention a{};
  a.queryHeads = op.getQNumHeads();
  a.heads = op.getKvNumHeads();
  if (query.size() != 3 || value.size() != 3 || a.heads < 1 || a.queryHeads < a.heads ||
      a.queryHeads % a.heads != 0 || query[2] % a.queryHeads != 0 || value[2] % a.heads != 0)
    return b.fail("the heads do not fit the shapes of query and value");
  a.batch = query[0];
  a.steps = query[1];
  a.keySize = query[2] / a.queryHeads;
  a.valueSize = value[2] / a.heads;
  StringRef rule = op.getUpdateRule();
  a.isGated = rule.starts_with("gated");
  a.isDelta = rule.ends_with("delta");
  if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta")
    return b.fail("unknown update_rule '" + rule + "'");
  if ((a.isGated && !op.getDecay()) || (a.isDelta && !op.getBeta()))
    return b.fail("the update_rule needs decay or beta, which is absent");
  a.scale = op.getScale().convertToDouble();
  if (a.scale == 0)
    a.scale = 1 / std::sqrt(static_cast<double>(a.keySize));
  return a;
}

static LogicalResult lowerLinearAttention(onnx::LinearAttentionOp op, ValueRange operands,
                                          TensorBuilder &b) {
  FailureOr<LinearAttention> attention = shapeOfAttention(op, operands, b);
  if (failed(attention))
    return failure();
  const LinearAttention &a = *attention;
  Type f32 = b.getF32Type(), element = b.resultType().getElementType();
  SmallVector<Value> sequences{timeFirst(b, operands[0], a.queryHeads),
                               timeFirst(b, operands[1], a.heads),
                               timeFirst(b, operands[2], a.heads)};
  if (a.isGated)
    sequences.push_back(timeFirst(b, operands[4], a.heads));
  if (a.isDelta)
    sequences.push_back(timeFirst(b, operands[5], shapeOf(operands[5])[2] == 1 ? 1 : a.heads));
  Value state = op.getPastState() ? b.convert(operands[3], f32)
                                  : b.filled({a.batch, a.heads, a.keySize, a.valueSize}, f32, 0);
  Value outputs = b.empty({a.steps, a.batch, a.queryHeads * a.valueSize}, f32);
  SmallVector<Value> last =
      loopOverSteps(b, a.steps, {state, outputs}, [&](Value token, ValueRange current) {
        Value next = current[0];
        SmallVector<Value> parts;
        for (Value sequence : sequences)
          parts.push_back(stepOf(b, sequence, token));
        Value output = a.step(b, parts, next);
        return SmallVector<Value>{next, insertStep(b, output, current[1], token)};
      });
  SmallVector<Value> results(op->getNumResults());
  results[0] = b.convert(b.transpose(last[1], {1, 0, 2}), element);
  if (onnx::presentResult(op, 1))
    results[1] = b.convert(last[0], b.resultType(1).getElementType());
  return b.replace(results);
}

void bornc::lower::populateLinearAttention(LoweringTable &table) {
  addLowering<onnx::LinearAttentionOp, lowerLinearAttention>(table);
}
