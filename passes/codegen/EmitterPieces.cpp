//===- EmitterPieces.cpp - pad, concat and insert_slice -------------------===//
//
// Elements that come from one of several sources, depending on the position.
// All sources are read at a position inside them, and a select takes one value:
// on devices with masked control flow that costs no more than a branch.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

Value Emitter::select(Value condition, Value value, Value other) {
  if (isa<VectorType>(value.getType()) || isa<VectorType>(other.getType())) {
    value = toVector(value);
    other = toVector(other);
    condition = toVector(condition);
  }
  return arith::SelectOp::create(builder, loc, condition, value, other);
}

Value Emitter::emitGuarded(ArrayRef<int64_t> sizes, IndexVector position,
                           function_ref<Value(Indices)> inside, function_ref<Value()> outside) {
  Value condition;
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    AffineExpr index = position[dim] = space.simplify(position[dim]);
    IndexSpace::Range range = space.range(index);
    if (range.high < 0 || range.low >= size)
      return outside();
    if (range.low >= 0 && range.high < size)
      continue;
    // A vector lies inside or outside as a whole where both the size and its
    // first index are multiples of its length.
    AffineExpr first = index, rest = space.constant(0);
    int64_t unit = 1, limit = size;
    if (IndexSpace::variesByLane(index)) {
      first = space.atLane(index, 0);
      rest = space.lane();
      unit = space.lanes();
      limit = size / space.lanes();
      first = space.simplify(first.floorDiv(space.lanes()));
    }
    Value check = lessThan(first, limit);
    if (!check)
      continue;
    Value safe = arith::SelectOp::create(builder, loc, check, materialize(first), constantIndex(0));
    position[dim] = space.add(safe, limit) * unit + rest;
    condition =
        condition ? arith::AndIOp::create(builder, loc, condition, check).getResult() : check;
  }
  Value value = inside(position);
  return condition ? select(condition, value, outside()) : value;
}

/// Whether a check of `index` against multiples of `unit` answers for a whole
/// vector.
static bool checksWholeVector(const IndexSpace &space, AffineExpr index, ArrayRef<int64_t> bounds) {
  index = space.simplify(index);
  if (!IndexSpace::variesByLane(index))
    return true;
  IndexSpace::Range range = space.range(index);
  if (range.low >= 0 && llvm::all_of(bounds, [&](int64_t b) { return range.high < b; }))
    return true;
  AffineExpr first = space.atLane(index, 0);
  if (space.simplify(index - first) != space.lane())
    return false;
  return first.getLargestKnownDivisor() % space.lanes() == 0 &&
         llvm::all_of(bounds, [&](int64_t bound) { return bound % space.lanes() == 0; });
}

Value Emitter::emitPad(tensor::PadOp op, Indices position) {
  Type type = typeAt(op.getResult(), position);
  Attribute constant;
  Value padding = op.getConstantPaddingValue();
  if (!padding || !matchPattern(padding, m_Constant(&constant)))
    return fail(op, "expected a constant padding value", type);
  ArrayRef<int64_t> sizes = op.getSourceType().getShape();
  IndexVector at;
  for (auto [index, low] : llvm::zip_equal(position, op.getStaticLow()))
    at.push_back(space.simplify(index - low));
  for (auto [index, size] : llvm::zip_equal(at, sizes))
    if (!checksWholeVector(space, index, size))
      return emitPerLane(op.getResult(), position);
  return emitGuarded(
      sizes, at, [&](Indices inside) { return emit(op.getSource(), inside); },
      [&] { return Value(arith::ConstantOp::create(builder, loc, cast<TypedAttr>(constant))); });
}

Value Emitter::emitConcat(tensor::ConcatOp op, Indices position) {
  int64_t axis = op.getDim();
  SmallVector<int64_t> ends;
  for (Value input : op.getInputs())
    ends.push_back((ends.empty() ? 0 : ends.back()) +
                   cast<RankedTensorType>(input.getType()).getDimSize(axis));
  IndexSpace::Range range = space.range(position[axis]);
  if (!checksWholeVector(space, position[axis], ends))
    for (auto [index, end] : llvm::enumerate(ends)) { // unless it lies in one input
      int64_t begin = index == 0 ? 0 : ends[index - 1];
      if (range.low >= begin && range.high < end)
        break;
      if (index + 1 == ends.size())
        return emitPerLane(op.getResult(), position);
    }
  std::function<Value(size_t)> from = [&](size_t input) -> Value {
    int64_t begin = input == 0 ? 0 : ends[input - 1];
    IndexVector at(position);
    at[axis] = space.simplify(at[axis] - begin);
    Value tensor = op.getInputs()[input];
    if (range.low >= ends[input] && input + 1 < ends.size())
      return from(input + 1);
    if (input + 1 == ends.size() || range.high < ends[input]) {
      // The last one, or the only one: what is not in those before is here.
      auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
      return emitGuarded(
          shape, at, [&](Indices inside) { return emit(tensor, inside); },
          [&] { return zero(cast<RankedTensorType>(tensor.getType()).getElementType()); });
    }
    auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
    return emitGuarded(
        shape, at, [&](Indices inside) { return emit(tensor, inside); },
        [&] { return from(input + 1); });
  };
  return from(0);
}

IndexVector Emitter::insertedPosition(tensor::InsertSliceOp op, Indices position) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  IndexVector result;
  unsigned next = 0;
  for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
    int64_t room = op.getDestType().getDimSize(dim) - op.getStaticSizes()[dim] + 1;
    AffineExpr index = dropped[dim] ? space.constant(0) : position[next++];
    result.push_back(space.simplify(offsetExpr(offset, room) + index * op.getStaticStrides()[dim]));
  }
  return result;
}

Value Emitter::emitInsertSlice(tensor::InsertSliceOp op, Indices position) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<int64_t> sizes(op.getStaticSizes());
  IndexVector at;
  Value onStep; // whether a strided slice has an element there
  for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
    int64_t stride = op.getStaticStrides()[dim];
    int64_t room = op.getDestType().getDimSize(dim) - (sizes[dim] - 1) * stride;
    at.push_back(space.simplify(position[dim] - offsetExpr(offset, room)));
    if (stride == 1) {
      if (!checksWholeVector(space, at.back(), sizes[dim]))
        return emitPerLane(op.getResult(), position);
      continue;
    }
    if (IndexSpace::variesByLane(at.back()))
      return emitPerLane(op.getResult(), position);
    AffineExpr rest = space.simplify(at.back() % stride);
    at.back() = space.simplify(at.back().floorDiv(stride));
    Value check = lessThan(rest, 1);
    if (check)
      onStep = onStep ? arith::AndIOp::create(builder, loc, onStep, check).getResult() : check;
  }
  auto emitDest = [&] { return emit(op.getDest(), position); };
  auto emitSource = [&](Indices inside) {
    IndexVector kept;
    for (auto [dim, index] : llvm::enumerate(inside))
      if (!dropped[dim])
        kept.push_back(index);
    return emit(op.getSource(), kept);
  };
  Value value = emitGuarded(sizes, at, emitSource, emitDest);
  return onStep ? select(onStep, value, emitDest()) : value;
}
