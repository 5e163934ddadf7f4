//===- Recurrence.cpp -----------------------------------------------------===//
#include "passes/lower/Recurrence.h"
#include "llvm/Support/FormatVariadic.h"

#include "dialects/born/Born.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

namespace {
struct ActivationRow {
  llvm::StringLiteral name; // lower case
  Value (*function)(Scalars &s, Value x, double alpha, double beta);
  double alpha, beta; // defaults
};
} // namespace

static Value selectPositive(Scalars &s, Value x, Value other) {
  return s.select(s.compare(Compare::Lt, x, 0.0), other, x);
}

static constexpr ActivationRow activations[] = {
    {"affine",
     [](Scalars &s, Value x, double alpha, double beta) { return s.add(s.mul(x, alpha), beta); }, 1,
     0},
    {"elu",
     [](Scalars &s, Value x, double alpha, double) {
       return selectPositive(s, x, s.mul(s.make<math::ExpM1Op>(x), alpha));
     },
     1, 0},
    {"hardsigmoid",
     [](Scalars &s, Value x, double alpha, double beta) {
       return s.clamp(s.add(s.mul(x, alpha), beta), s.constant(x.getType(), 0),
                      s.constant(x.getType(), 1));
     },
     0.2, 0.5},
    {"leakyrelu",
     [](Scalars &s, Value x, double alpha, double) {
       return selectPositive(s, x, s.mul(x, alpha));
     },
     0.01, 0},
    {"relu",
     [](Scalars &s, Value x, double, double) {
       return selectPositive(s, x, s.constant(x.getType(), 0));
     },
     0, 0},
    {"scaledtanh",
     [](Scalars &s, Value x, double alpha, double beta) {
       return s.mul(s.make<math::TanhOp>(s.mul(x, beta)), alpha);
     },
     1, 1},
    {"sigmoid", [](Scalars &s, Value x, double, double) { return s.sigmoid(x); }, 0, 0},
    {"softplus", [](Scalars &s, Value x, double, double) { return s.softplus(x); }, 0, 0},
    {"softsign", [](Scalars &s, Value x, double, double) { return s.div(x, s.add(s.abs(x), 1.0)); },
     0, 0},
    {"tanh", [](Scalars &s, Value x, double, double) { return Value(s.make<math::TanhOp>(x)); }, 0,
     0},
    {"thresholdedrelu",
     [](Scalars &s, Value x, double alpha, double) {
       return s.select(s.compare(Compare::Gt, x, alpha), x, s.constant(x.getType(), 0));
     },
     1, 0},
};

/// The activations of all directions, `count` each.
static FailureOr<SmallVector<Activation>>
parseActivations(TensorBuilder &b, const RecurrenceSpec &spec, int64_t directions) {
  size_t count = spec.defaultActivations.size();
  SmallVector<StringRef> names;
  if (auto attr = b.op->getAttrOfType<ArrayAttr>("activations"))
    llvm::append_range(names, attr.getAsValueRange<StringAttr>());
  if (names.empty() || names.size() < count)
    names = spec.defaultActivations;
  while (names.size() < count * directions)
    llvm::append_range(names, SmallVector<StringRef>(names));
  auto floats = [&](StringRef name) {
    auto attr = dyn_cast_or_null<DenseF32ArrayAttr>(b.op->getAttr(name));
    return attr ? attr.asArrayRef() : ArrayRef<float>();
  };
  ArrayRef<float> alphas = floats("activation_alpha"), betas = floats("activation_beta");
  SmallVector<Activation> result;
  for (StringRef name : names) {
    std::string lower = name.lower();
    const ActivationRow *row =
        llvm::find_if(activations, [&](const ActivationRow &row) { return row.name == lower; });
    if (row == std::end(activations))
      return b.fail("unknown activation '" + name + "'");
    size_t i = result.size();
    result.push_back({row->function, i < alphas.size() ? alphas[i] : row->alpha,
                      i < betas.size() ? betas[i] : row->beta});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Gates
//===----------------------------------------------------------------------===//

Value GateValues::part(int gate, unsigned index) {
  unsigned position = llvm::find(gates, gate) - gates.begin();
  return args[position * numParts + index];
}

Value GateValues::clip(Value x) {
  if (!direction.clip)
    return x;
  Type type = x.getType();
  return s.clamp(x, s.constant(type, -*direction.clip), s.constant(type, *direction.clip));
}

Value GateValues::sum(int gate, unsigned peephole, Value cell) {
  Value total = part(gate, 0);
  for (unsigned i = 1; i < numParts; ++i)
    total = s.add(total, part(gate, i));
  if (peephole != ~0u)
    total = s.add(total, s.mul(state(peephole), cell));
  return clip(total);
}

unsigned GateSums::addState(Value state) {
  states.push_back(state);
  stateMaps.push_back(b.identity(2));
  return states.size() - 1;
}

unsigned GateSums::addPeephole(int64_t index) {
  if (!direction.peepholes)
    return ~0u;
  states.push_back(direction.peepholes);
  stateMaps.push_back(b.mapOf(2, {b.getAffineConstantExpr(index), b.dim(1)}));
  return states.size() - 1;
}

Value GateSums::build(ArrayRef<int> gates, function_ref<Value(Scalars &, GateValues &)> body) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (int gate : gates)
    for (Value part : parts) {
      // A projection of fewer gates has no such slice; the cell does not read it.
      int64_t available = std::min<int64_t>(gate, shapeOf(part)[1] - 1);
      inputs.push_back(part);
      maps.push_back(b.mapOf(2, {b.dim(0), b.getAffineConstantExpr(available), b.dim(1)}));
    }
  unsigned firstState = inputs.size();
  llvm::append_range(inputs, states);
  llvm::append_range(maps, stateMaps);
  SmallVector<int64_t> shape{shapeOf(parts[0])[0], shapeOf(parts[0])[2]};
  return b.parallel(shape, elementOf(parts[0]), inputs, maps, [&](Scalars &s, ValueRange args) {
    GateValues values{s, direction, args, gates, static_cast<unsigned>(parts.size()), firstState};
    return body(s, values);
  });
}

Value bornc::lower::recurrentProjection(TensorBuilder &b, const Direction &, Value hidden,
                                        Value weight) {
  AffineExpr batch = b.dim(0), gate = b.dim(1), unit = b.dim(2), k = b.dim(3);
  SmallVector<AffineMap> maps{b.mapOf(4, {batch, k}), b.mapOf(4, {gate, unit, k}),
                              b.mapOf(4, {batch, gate, unit})};
  ArrayRef<int64_t> shape = shapeOf(weight);
  return b.contract(hidden, weight, maps, {shapeOf(hidden)[0], shape[0], shape[1]},
                    elementOf(hidden));
}

Value bornc::lower::addRecurrentBias(TensorBuilder &b, const Direction &direction,
                                     Value projected) {
  if (!direction.recurrentBias)
    return projected;
  return b.elementwise(shapeOf(projected), elementOf(projected),
                       {projected, direction.recurrentBias},
                       [](Scalars &s, ValueRange args) { return s.add(args[0], args[1]); });
}

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

namespace {
struct Sizes {
  int64_t steps, batch, input, hidden, directions;
};

/// One direction's pieces of the operands.
struct DirectionParts {
  Direction direction;
  Value projected; // steps x batch x gates x hidden
  SmallVector<Value> initialStates;
};
} // namespace

/// Part `index` of the leading dimension, which disappears.
static Value directionOf(TensorBuilder &b, Value value, int64_t index, ArrayRef<int64_t> shape) {
  return b.reshape(b.sliceDim(value, 0, index, 1), shape);
}

/// X W' + bias for all steps; the recurrent bias joins in unless it is separate.
static Value projectInput(TensorBuilder &b, const RecurrenceSpec &spec, const Sizes &n, Value x,
                          int64_t index, Direction &direction) {
  Value weight = directionOf(b, spec.operands[1], index, {spec.gates, n.hidden, n.input});
  AffineExpr step = b.dim(0), batch = b.dim(1), gate = b.dim(2), unit = b.dim(3), k = b.dim(4);
  SmallVector<AffineMap> maps{b.mapOf(5, {step, batch, k}), b.mapOf(5, {gate, unit, k}),
                              b.mapOf(5, {step, batch, gate, unit})};
  SmallVector<int64_t> shape{n.steps, n.batch, spec.gates, n.hidden};
  Type element = elementOf(x);
  Value projected = b.contract(x, weight, maps, shape, element);
  if (!onnx::presentOperand(b.op, 3))
    return projected;
  Value both = directionOf(b, spec.operands[3], index, {2, spec.gates, n.hidden});
  AffineExpr first = b.getAffineConstantExpr(0), second = b.getAffineConstantExpr(1);
  SmallVector<Value> inputs{projected, both};
  SmallVector<AffineMap> biasMaps{b.identity(4), b.mapOf(4, {first, gate, unit})};
  if (spec.separateRecurrentBias) {
    direction.recurrentBias = b.reshape(b.sliceDim(both, 0, 1, 1), {spec.gates, n.hidden});
  } else {
    inputs.push_back(both);
    biasMaps.push_back(b.mapOf(4, {second, gate, unit}));
  }
  return b.parallel(shape, element, inputs, biasMaps, [&](Scalars &s, ValueRange args) {
    Value bias = inputs.size() > 2 ? s.add(args[1], args[2]) : args[1];
    return s.add(args[0], bias);
  });
}

/// `value` where the step is inside the sequence of its batch entry, else `other`.
static Value maskBySequence(TensorBuilder &b, Value lengths, Value step, Value value, Value other) {
  SmallVector<Value> inputs{value, lengths};
  SmallVector<AffineMap> maps{b.identity(2), b.mapOf(2, {b.dim(0)})};
  if (other) {
    inputs.push_back(other);
    maps.push_back(b.identity(2));
  }
  return b.parallel(
      shapeOf(value), elementOf(value), inputs, maps, [&](Scalars &s, ValueRange args) {
        Value at = s.make<arith::IndexCastOp>(args[1].getType(), step);
        Value inside = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, at, args[1]);
        return s.select(inside, args[0], other ? args[2] : s.constant(args[0].getType(), 0));
      });
}

/// Element `step` of the leading dimension, which disappears.
Value bornc::lower::stepOf(TensorBuilder &b, Value sequence, Value step) {
  SmallVector<OpFoldResult> offsets(rankOf(sequence), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(rankOf(sequence), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), shapeOf(sequence));
  offsets[0] = step;
  sizes[0] = b.getIndexAttr(1);
  auto type = RankedTensorType::get(shapeOf(sequence).drop_front(), elementOf(sequence));
  return b.create<tensor::ExtractSliceOp>(type, sequence, offsets, sizes, strides);
}

Value bornc::lower::insertStep(TensorBuilder &b, Value part, Value sequence, Value step) {
  SmallVector<OpFoldResult> offsets(rankOf(sequence), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(rankOf(sequence), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), shapeOf(sequence));
  offsets[0] = step;
  sizes[0] = b.getIndexAttr(1);
  return b.create<tensor::InsertSliceOp>(part, sequence, offsets, sizes, strides);
}

SmallVector<Value>
bornc::lower::loopOverSteps(TensorBuilder &b, int64_t steps, ValueRange carried,
                            function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto index = [&](int64_t value) -> Value { return b.create<arith::ConstantIndexOp>(value); };
  auto loop = b.create<scf::ForOp>(index(0), index(steps), index(1), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  b.create<scf::YieldOp>(body(loop.getInductionVar(), loop.getRegionIterArgs()));
  return SmallVector<Value>(loop.getResults());
}

Value bornc::lower::stepFromEnd(TensorBuilder &b, int64_t steps, Value step) {
  return b.create<arith::SubIOp>(b.create<arith::ConstantIndexOp>(steps - 1), step);
}

/// The loop of one direction: its final states and then its outputs, steps x
/// batch x hidden. A reverse loop starts at the last step; with sequence
/// lengths, states stay initial until it comes into the sequence.
static SmallVector<Value> buildLoop(TensorBuilder &b, const DirectionParts &parts, const Sizes &n,
                                    Value lengths, CellFn cell) {
  SmallVector<Value> carried(parts.initialStates);
  carried.push_back(b.empty({n.steps, n.batch, n.hidden}, elementOf(parts.projected)));
  return loopOverSteps(b, n.steps, carried, [&](Value step, ValueRange current) {
    if (parts.direction.isReverse)
      step = stepFromEnd(b, n.steps, step);
    ValueRange states = current.drop_back();
    SmallVector<Value> next = cell(parts.direction, stepOf(b, parts.projected, step), states);
    Value output = next[0];
    if (lengths) {
      output = maskBySequence(b, lengths, step, next[0], {});
      for (auto [value, old] : llvm::zip(next, states))
        value = maskBySequence(b, lengths, step, value, old);
    }
    next.push_back(insertStep(b, output, current.back(), step));
    return next;
  });
}

/// Directions joined to the results Y, Y_h (and Y_c), in the op's layout.
static SmallVector<Value> joinResults(TensorBuilder &b, const Sizes &n, int64_t numStates,
                                      ArrayRef<SmallVector<Value>> loops, bool batchFirst) {
  SmallVector<Value> results;
  for (int64_t i = 0; i < static_cast<int64_t>(b.op->getNumResults()); ++i) {
    if (!onnx::presentResult(b.op, i)) {
      results.push_back({});
      continue;
    }
    SmallVector<Value> parts;
    bool isSequence = i == 0;
    for (const SmallVector<Value> &loop : loops) {
      Value value = isSequence ? loop[numStates] : loop[i - 1];
      parts.push_back(isSequence ? b.reshape(value, {n.steps, 1, n.batch, n.hidden})
                                 : b.reshape(value, {1, n.batch, n.hidden}));
    }
    Value joined = b.concat(parts, isSequence ? 1 : 0);
    if (batchFirst)
      joined = isSequence ? b.transpose(joined, {2, 0, 1, 3}) : b.transpose(joined, {1, 0, 2});
    results.push_back(joined);
  }
  return results;
}

/// The shapes that ONNX asks for, given those of X and R. Shape inference of the
/// ONNX library looks at neither weights nor states.
static LogicalResult checkShapes(TensorBuilder &b, const RecurrenceSpec &spec, const Sizes &n,
                                 bool batchFirst) {
  SmallVector<int64_t> state{n.directions, n.batch, n.hidden};
  if (batchFirst)
    std::swap(state[0], state[1]);
  int64_t rows = spec.gates * n.hidden;
  const struct {
    unsigned operand;
    StringLiteral name;
    SmallVector<int64_t> shape;
  } expected[] = {{1, "W", {n.directions, rows, n.input}},
                  {2, "R", {n.directions, rows, n.hidden}},
                  {3, "B", {n.directions, 2 * rows}},
                  {4, "sequence_lens", {n.batch}},
                  {5, "initial_h", state},
                  {6, "initial_c", state},
                  {7, "P", {n.directions, 3 * n.hidden}}};
  for (const auto &[operand, name, shape] : expected)
    if (onnx::presentOperand(b.op, operand) && shapeOf(spec.operands[operand]) != ArrayRef(shape))
      return b.fail(llvm::formatv("expected {0} of shape {1:$[x]}, found {2:$[x]}", name,
                                  llvm::make_range(shape.begin(), shape.end()),
                                  llvm::make_range(shapeOf(spec.operands[operand]).begin(),
                                                   shapeOf(spec.operands[operand]).end()))
                        .str());
  return success();
}

LogicalResult bornc::lower::lowerRecurrence(TensorBuilder &b, const RecurrenceSpec &spec,
                                            CellFn cell) {
  bool batchFirst = b.op->getAttrOfType<IntegerAttr>("layout") &&
                    b.op->getAttrOfType<IntegerAttr>("layout").getInt() != 0;
  auto directionAttr = b.op->getAttrOfType<StringAttr>("direction");
  StringRef direction = directionAttr ? directionAttr.getValue() : "forward";
  Value x = spec.operands[0];
  if (rankOf(x) != 3 || rankOf(spec.operands[2]) != 3)
    return b.fail("expected X and R of rank 3");
  if (batchFirst)
    x = b.transpose(x, {1, 0, 2});
  ArrayRef<int64_t> recurrent = shapeOf(spec.operands[2]);
  Sizes n{shapeOf(x)[0], shapeOf(x)[1], shapeOf(x)[2], recurrent[2], recurrent[0]};
  if (n.directions != (direction == "bidirectional" ? 2 : 1) ||
      recurrent[1] != spec.gates * n.hidden)
    return b.fail("the recurrent weight does not fit the direction");
  if (failed(checkShapes(b, spec, n, batchFirst)))
    return failure();
  FailureOr<SmallVector<Activation>> activations = parseActivations(b, spec, n.directions);
  if (failed(activations))
    return failure();
  Value lengths = onnx::presentOperand(b.op, 4) ? spec.operands[4] : Value();

  SmallVector<SmallVector<Value>> loops;
  size_t perDirection = spec.defaultActivations.size();
  for (int64_t i = 0; i < n.directions; ++i) {
    DirectionParts parts;
    Direction &d = parts.direction;
    d.isReverse = direction == "reverse" || i == 1;
    d.gates.assign(activations->begin() + i * perDirection,
                   activations->begin() + (i + 1) * perDirection);
    if (auto clip = b.op->getAttrOfType<FloatAttr>("clip"))
      d.clip = clip.getValueAsDouble();
    d.recurrentWeight = directionOf(b, spec.operands[2], i, {spec.gates, n.hidden, n.hidden});
    if (spec.peepholes)
      d.peepholes = directionOf(b, spec.peepholes, i, {3, n.hidden});
    parts.projected = projectInput(b, spec, n, x, i, d);
    for (Value initial : spec.initialStates) {
      if (initial && batchFirst)
        initial = b.transpose(initial, {1, 0, 2});
      parts.initialStates.push_back(initial ? directionOf(b, initial, i, {n.batch, n.hidden})
                                            : b.filled({n.batch, n.hidden}, elementOf(x), 0));
    }
    loops.push_back(buildLoop(b, parts, n, lengths, cell));
  }
  return b.replace(joinResults(b, n, spec.states, loops, batchFirst));
}
