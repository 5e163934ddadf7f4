//===- Emitter.cpp - elements of tensor ops -------------------------------===//
//
// Loads and stores are in EmitterMemory.cpp; pad, concat and insert_slice in
// EmitterPieces.cpp.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Reductions of at most this many steps are unrolled, so that neighbouring
/// outputs share what they read.
static constexpr int64_t kUnrollLimit = 50;

Emitter::Emitter(kernel::ExecutableOp source, gpu::GPUFuncOp function, Machine machine,
                 int64_t lanes)
    : space(source.getContext()), builder(source.getContext()), loc(source.getLoc()),
      source(source), function(function), machine(machine) {
  space.setLanes(lanes);
  builder.setInsertionPointToStart(&function.getBody().front());
  for (RankedTensorType type : source.inputTypes())
    bindings.push_back({type, {}, false});
  for (auto [index, type] : llvm::enumerate(source.resultTypes()))
    if (source.tiedInput(index) < 0)
      bindings.push_back({type, {}, true});
    else
      bindings[source.tiedInput(index)].written = true;
  scopes.emplace_back();
}

Value Emitter::fail(Operation *op, const Twine &why, Type type) {
  if (reason.empty())
    reason = (op->getName().getStringRef() + ": " + why).str();
  return ub::PoisonOp::create(builder, loc, type);
}

//===----------------------------------------------------------------------===//
// Small things
//===----------------------------------------------------------------------===//

Value Emitter::constantIndex(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value Emitter::zero(Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

Value Emitter::toVector(Value value) {
  if (isa<VectorType>(value.getType()) || space.lanes() == 1)
    return value;
  auto type = VectorType::get({space.lanes()}, value.getType());
  return vector::BroadcastOp::create(builder, loc, type, value);
}

Value Emitter::lessThan(AffineExpr expr, int64_t bound) {
  expr = space.simplify(expr);
  IndexSpace::Range range = space.range(expr);
  if (range.low >= 0 && range.high < bound)
    return {};
  for (Scope &scope : llvm::reverse(scopes))
    if (Value known = scope.checks.lookup({expr, bound}))
      return known;
  // Unsigned: what is negative is out of bounds as well.
  Value check = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, materialize(expr),
                                      constantIndex(bound));
  scopes.back().checks[{expr, bound}] = check;
  return check;
}

AffineExpr Emitter::clamp(AffineExpr expr, int64_t bound) {
  expr = space.simplify(expr);
  IndexSpace::Range range = space.range(expr);
  if (range.low >= 0 && range.high < bound)
    return expr;
  for (Scope &scope : llvm::reverse(scopes))
    if (AffineExpr known = scope.clamped.lookup({expr, bound}))
      return known;
  Value value = arith::MinUIOp::create(builder, loc, materialize(expr), constantIndex(bound - 1));
  return scopes.back().clamped[{expr, bound}] = space.add(value, bound);
}

SmallVector<Value>
Emitter::emitLoop(int64_t trips, ValueRange init,
                  function_ref<SmallVector<Value>(AffineExpr, ValueRange)> emitBody) {
  if (trips == 1)
    return emitBody(space.constant(0), init);
  auto loop = scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(trips),
                                 constantIndex(1), init);
  if (init.empty())
    loop.getBody()->getTerminator()->erase();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  scopes.emplace_back();
  AffineExpr counter = space.add(loop.getInductionVar(), trips);
  SmallVector<Value> next = emitBody(counter, loop.getRegionIterArgs());
  scf::YieldOp::create(builder, loc, next);
  scopes.pop_back();
  return loop.getResults();
}

void Emitter::emitIf(Value condition, function_ref<void()> emitThen) {
  if (!condition)
    return emitThen();
  auto branch = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scopes.emplace_back();
  emitThen();
  scopes.pop_back();
}

void Emitter::withLanes(int64_t count, function_ref<void()> emitBody) {
  int64_t before = space.lanes();
  if (count == before)
    return emitBody();
  space.setLanes(count);
  scopes.emplace_back();
  emitBody();
  scopes.pop_back();
  space.setLanes(before);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static bool variesByLane(Indices position) {
  return llvm::any_of(position, IndexSpace::variesByLane);
}

Type Emitter::typeAt(Value tensor, Indices position) const {
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  return variesByLane(position) ? VectorType::get({space.lanes()}, element) : element;
}

AffineMap Emitter::key(Indices position) {
  // The number of dims grows as variables are added; a fixed one keeps equal
  // positions equal. That of symbols tells vectors of other lengths apart.
  unsigned lanes = variesByLane(position) ? space.lanes() : 1;
  return AffineMap::get(1 << 20, lanes, position, source.getContext());
}

Value Emitter::lookup(Value tensor, AffineMap position) {
  for (Scope &scope : llvm::reverse(scopes))
    if (Value known = scope.elements.lookup({tensor, position}))
      return known;
  return {};
}

void Emitter::remember(Value tensor, Indices position, Value value) {
  IndexVector simplified =
      llvm::map_to_vector(position, [&](AffineExpr expr) { return space.simplify(expr); });
  scopes.back().elements[{tensor, key(simplified)}] = value;
}

Value Emitter::emit(Value tensor, Indices position) {
  IndexVector simplified =
      llvm::map_to_vector(position, [&](AffineExpr expr) { return space.simplify(expr); });
  AffineMap map = key(simplified);
  if (Value known = lookup(tensor, map))
    return known;
  Value value = emitUncached(tensor, simplified);
  scopes.back().elements[{tensor, map}] = value;
  return value;
}

Value Emitter::emitPerLane(Value tensor, Indices position) {
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < space.lanes(); ++lane) {
    IndexVector at =
        llvm::map_to_vector(position, [&](AffineExpr expr) { return space.atLane(expr, lane); });
    lanes.push_back(emit(tensor, at));
  }
  auto type = VectorType::get({space.lanes()}, lanes.front().getType());
  return vector::FromElementsOp::create(builder, loc, type, lanes);
}

void Emitter::setStaged(Value tensor, Value memory, Indices base, ArrayRef<int64_t> extents,
                        ArrayRef<int64_t> strides) {
  staged = {tensor, memory, IndexVector(base), SmallVector<int64_t>(extents),
            SmallVector<int64_t>(strides)};
}

Value Emitter::emitStaged(Indices position) {
  AffineExpr where = space.constant(0);
  for (auto [index, base, extent, stride] :
       llvm::zip_equal(position, staged.base, staged.extents, staged.strides)) {
    AffineExpr local = space.simplify(index - base);
    IndexSpace::Range range = space.range(local);
    if (range.low < 0 || range.high >= extent)
      return {};
    where = where + local * stride;
  }
  where = space.simplify(where);
  Value first = materialize(space.atLane(where, 0));
  if (!IndexSpace::variesByLane(where))
    return memref::LoadOp::create(builder, loc, staged.memory, first);
  if (space.simplify(where - space.atLane(where, 0)) != space.lane())
    return {};
  Type element = cast<MemRefType>(staged.memory.getType()).getElementType();
  return vector::LoadOp::create(builder, loc, VectorType::get({space.lanes()}, element),
                                staged.memory, first);
}

Value Emitter::emitUncached(Value tensor, Indices position) {
  if (tensor == staged.tensor)
    if (Value value = emitStaged(position))
      return value;
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return load(argument.getArgNumber(), source.inputTypes()[argument.getArgNumber()], position);

  Operation *op = tensor.getDefiningOp();
  unsigned result = cast<OpResult>(tensor).getResultNumber();
  Type type = typeAt(tensor, position);
  return TypeSwitch<Operation *, Value>(op)
      .Case<linalg::FillOp>([&](linalg::FillOp fill) {
        Attribute value;
        if (matchPattern(fill.value(), m_Constant(&value)))
          return Value(arith::ConstantOp::create(builder, loc, cast<TypedAttr>(value)));
        return fail(op, "expected a constant value", type);
      })
      .Case<linalg::LinalgOp>(
          [&](linalg::LinalgOp linalgOp) { return emitGeneric(linalgOp, result, position); })
      .Case<tensor::EmptyOp>([&](tensor::EmptyOp) {
        return zero(cast<RankedTensorType>(tensor.getType()).getElementType());
      })
      .Case<arith::ConstantOp>([&](arith::ConstantOp constant) {
        auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
        if (!splat)
          return fail(op, "expected a splat; other constants are inputs", type);
        return Value(arith::ConstantOp::create(builder, loc,
                                               cast<TypedAttr>(splat.getSplatValue<Attribute>())));
      })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>([&](auto reshape) {
        auto resultType = cast<RankedTensorType>(tensor.getType());
        auto sourceType = cast<RankedTensorType>(reshape.getSrc().getType());
        AffineExpr linear = space.linearize(position, resultType.getShape());
        return emit(reshape.getSrc(), space.delinearize(linear, sourceType.getShape()));
      })
      .Case<tensor::ExtractSliceOp>([&](tensor::ExtractSliceOp slice) {
        // Rank-reducing slices drop unit dimensions of the sizes.
        llvm::SmallBitVector dropped = slice.getDroppedDims();
        IndexVector at;
        unsigned next = 0;
        for (auto [dim, offset, stride] :
             llvm::enumerate(slice.getMixedOffsets(), slice.getStaticStrides())) {
          int64_t room = slice.getSourceType().getDimSize(dim) - slice.getStaticSizes()[dim] + 1;
          AffineExpr index = dropped[dim] ? space.constant(0) : position[next++];
          at.push_back(offsetExpr(offset, room) + index * stride);
        }
        return emit(slice.getSource(), at);
      })
      .Case<tensor::InsertSliceOp>(
          [&](tensor::InsertSliceOp insert) { return emitInsertSlice(insert, position); })
      .Case<tensor::PadOp>([&](tensor::PadOp pad) { return emitPad(pad, position); })
      .Case<tensor::ConcatOp>([&](tensor::ConcatOp concat) { return emitConcat(concat, position); })
      .Default([&](Operation *) { return fail(op, "has no element rule", type); });
}

AffineExpr Emitter::offsetExpr(OpFoldResult offset, int64_t bound) {
  if (std::optional<int64_t> known = getConstantIntValue(offset))
    return space.constant(*known);
  Value value = cast<Value>(offset);
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument) {
    fail(value.getDefiningOp(), "expected an offset that is an immediate", builder.getIndexType());
    return space.constant(0);
  }
  unsigned immediate = argument.getArgNumber() - source.inputTypes().size();
  for (Scope &scope : llvm::reverse(scopes))
    if (AffineExpr known = scope.clamped.lookup({space.constant(-1 - immediate), bound}))
      return known;
  // Placed at the start so that it dominates every use.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  Value loaded = loadImmediate(immediate);
  return scopes.front().clamped[{space.constant(-1 - immediate), bound}] = space.add(loaded, bound);
}

//===----------------------------------------------------------------------===//
// linalg ops
//===----------------------------------------------------------------------===//

bool codegen::computesOnScalarsOnly(linalg::LinalgOp op) {
  auto needsScalars = [](Type type) {
    return !type.isIndex() && type.isIntOrFloat() && type.getIntOrFloatBitWidth() == 64;
  };
  Block &payload = op->getRegion(0).front();
  if (llvm::any_of(payload.getArgumentTypes(), needsScalars))
    return true;
  return llvm::any_of(payload, [&](Operation &inner) {
    return llvm::any_of(inner.getResultTypes(), needsScalars);
  });
}

IndexVector Emitter::operandPosition(linalg::LinalgOp op, OpOperand &operand, Indices loops) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return llvm::map_to_vector(
      map.getResults(), [&](AffineExpr expr) { return space.simplify(expr.replaceDims(loops)); });
}

Value Emitter::emitGeneric(linalg::LinalgOp op, unsigned result, Indices position) {
  if (!isCpu() && variesByLane(position) && computesOnScalarsOnly(op))
    return emitPerLane(op->getResult(result), position);

  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(result));
  IndexVector loops(op.getNumLoops());
  for (auto [expr, index] : llvm::zip_equal(map.getResults(), position))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      loops[dim.getPosition()] = index;
  bool isReduction = op.getNumReductionLoops() != 0;
  for (auto [index, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (!loops[index] && kind == utils::IteratorType::parallel)
      return fail(op, "expected an output map that is a permutation",
                  typeAt(op->getResult(result), position));
  if (isReduction)
    return emitReduction(op, result, loops);

  SmallVector<Value> values;
  Block &payload = op->getRegion(0).front();
  for (OpOperand &operand : op->getOpOperands()) {
    bool used = !payload.getArgument(operand.getOperandNumber()).use_empty();
    values.push_back(used ? emit(operand.get(), operandPosition(op, operand, loops)) : Value());
  }
  SmallVector<Value> results = emitPayload(op, loops, values);
  for (auto [index, value] : llvm::enumerate(results))
    if (index != result)
      remember(op->getResult(index), position, value); // equal output maps: checked by fusion
  return results[result];
}

Value Emitter::emitReduction(linalg::LinalgOp op, unsigned result, IndexVector loops) {
  SmallVector<unsigned> reduced;
  op.getReductionDims(reduced);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t steps = 1;
  for (unsigned dim : reduced)
    steps *= extents[dim];

  SmallVector<Value> carried;
  bool vector = llvm::any_of(loops, [](AffineExpr e) { return e && IndexSpace::variesByLane(e); });
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value value = emit(init.get(), operandPosition(op, init, loops));
    carried.push_back(vector ? toVector(value) : value);
  }

  auto step = [&](ValueRange accumulators) {
    SmallVector<Value> values;
    for (OpOperand *operand : op.getDpsInputOperands())
      values.push_back(emit(operand->get(), operandPosition(op, *operand, loops)));
    llvm::append_range(values, accumulators);
    SmallVector<Value> next = emitPayload(op, loops, values);
    if (vector)
      for (Value &value : next)
        value = toVector(value);
    return next;
  };
  std::function<SmallVector<Value>(size_t, ValueRange)> nest = [&](size_t depth, ValueRange state) {
    if (depth == reduced.size())
      return step(state);
    unsigned dim = reduced[depth];
    if (steps <= kUnrollLimit) {
      SmallVector<Value> next(state);
      for (int64_t i = 0; i < extents[dim]; ++i) {
        loops[dim] = space.constant(i);
        next = nest(depth + 1, next);
      }
      return next;
    }
    return emitLoop(extents[dim], state, [&](AffineExpr counter, ValueRange inner) {
      loops[dim] = counter;
      return nest(depth + 1, inner);
    });
  };
  SmallVector<Value> results = nest(0, carried);

  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(result));
  IndexVector position = llvm::map_to_vector(
      map.getResults(), [&](AffineExpr expr) { return expr.replaceDims(loops); });
  for (auto [index, value] : llvm::enumerate(results))
    if (op.getMatchingIndexingMap(op.getDpsInitOperand(index)) == map)
      remember(op->getResult(index), position, value);
  return results[result];
}

SmallVector<Value> Emitter::emitPayload(linalg::LinalgOp op, Indices loops, ValueRange values) {
  Block &payload = op->getRegion(0).front();
  DenseMap<Value, Value> mapped;
  DenseMap<Value, AffineExpr> positions; // of index-typed values that are affine
  for (auto [argument, value] : llvm::zip_equal(payload.getArguments(), values))
    if (value)
      mapped[argument] = value;
  auto get = [&](Value value) -> Value {
    if (Value known = mapped.lookup(value))
      return known;
    if (AffineExpr expr = positions.lookup(value)) {
      if (!IndexSpace::variesByLane(expr))
        return mapped[value] = materialize(expr);
      SmallVector<Value> lanes;
      for (int64_t lane = 0; lane < space.lanes(); ++lane)
        lanes.push_back(materialize(space.atLane(expr, lane)));
      auto type = VectorType::get({space.lanes()}, builder.getIndexType());
      return mapped[value] = vector::FromElementsOp::create(builder, loc, type, lanes);
    }
    // A scalar constant of the dispatch around the op.
    Attribute constant;
    if (matchPattern(value, m_Constant(&constant)))
      return mapped[value] = arith::ConstantOp::create(builder, loc, cast<TypedAttr>(constant));
    return fail(op, "payload reads a value from outside", value.getType());
  };

  for (Operation &inner : payload.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      positions[index] = space.simplify(loops[index.getDim()]);
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      SmallVector<Value> indices;
      for (Value index : extract.getIndices())
        indices.push_back(positions.count(index) ? Value() : get(index));
      mapped[extract] = emitExtract(extract, indices, positions);
      continue;
    }
    if (inner.getNumRegions() != 0) {
      for (Value value : inner.getResults())
        mapped[value] = fail(&inner, "has no place in a payload", value.getType());
      continue;
    }
    SmallVector<Value> operands = llvm::map_to_vector(inner.getOperands(), get);
    bool vector = llvm::any_of(operands, [](Value v) { return isa<VectorType>(v.getType()); });
    SmallVector<Type> types(inner.getResultTypes());
    if (vector) {
      for (Value &operand : operands)
        operand = toVector(operand);
      for (Type &type : types)
        type = VectorType::get({space.lanes()}, type);
    }
    Operation *clone;
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      clone = builder.clone(*constant);
    } else {
      OperationState state(loc, inner.getName(), operands, types,
                           inner.getDiscardableAttrDictionary().getValue());
      state.propertiesAttr = inner.getPropertiesAsAttribute();
      clone = builder.create(state);
    }
    for (auto [from, to] : llvm::zip_equal(inner.getResults(), clone->getResults()))
      mapped[from] = to;
  }
  return llvm::map_to_vector(payload.getTerminator()->getOperands(), get);
}

Value Emitter::emitExtract(tensor::ExtractOp op, ArrayRef<Value> indices,
                           DenseMap<Value, AffineExpr> &positions) {
  ArrayRef<int64_t> shape = op.getTensor().getType().getShape();
  bool loadedVector =
      llvm::any_of(indices, [](Value value) { return value && isa<VectorType>(value.getType()); });
  auto at = [&](std::optional<int64_t> lane) {
    IndexVector position;
    for (auto [dim, original, value] : llvm::enumerate(op.getIndices(), indices)) {
      if (!value) {
        AffineExpr expr = positions.lookup(original);
        position.push_back(lane ? space.atLane(expr, *lane) : expr);
        continue;
      }
      Value index = value;
      if (isa<VectorType>(index.getType()))
        index = vector::ExtractOp::create(builder, loc, index, *lane);
      // Whatever the index is, the access stays inside the tensor.
      Value last = constantIndex(shape[dim] - 1);
      position.push_back(space.add(arith::MinUIOp::create(builder, loc, index, last), shape[dim]));
    }
    return emit(op.getTensor(), position);
  };
  if (!loadedVector)
    return at(std::nullopt);
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < space.lanes(); ++lane)
    lanes.push_back(at(lane));
  auto type = VectorType::get({space.lanes()}, lanes.front().getType());
  return vector::FromElementsOp::create(builder, loc, type, lanes);
}
