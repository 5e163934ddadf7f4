//===- CpuContractionStaging.cpp - operands of a CPU's tiles in buffers ---===//
#include "passes/codegen/CpuContraction.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Runs `body` for each step of the reduction loops from `first` to before `last`, in loops.
void CpuContraction::forEachStep(size_t first, size_t last, function_ref<void()> body) {
  if (first == last)
    return body();
  emitter.emitLoop(extents[first], {}, [&](AffineExpr i, ValueRange) {
    reduction[order[first]] = i;
    forEachStep(first + 1, last, body);
    return SmallVector<Value>{};
  });
}

/// The current step's number among those of the loops from `first` on.
AffineExpr CpuContraction::stepNumber(size_t first) {
  IndexVector indices;
  for (unsigned dim : ArrayRef(order).drop_front(first))
    indices.push_back(reduction[dim]);
  return space.linearize(indices, ArrayRef(extents).drop_front(first));
}

/// Calls `body(row, element)` for the data of `count` rows from `first` on, in vectors of at most
/// `lanes` steps of the reduction loops from `depth` on, which are set.
void CpuContraction::forEachStaged(AffineExpr first, int64_t count, size_t depth, int64_t lanes,
                                   function_ref<void(AffineExpr row, Value element)> body) {
  IndexVector before = reduction;
  emitter.emitLoop(count, {}, [&](AffineExpr row, ValueRange) {
    AffineExpr known = emitter.clamp(space.simplify(first + row), m.size);
    forEachStep(depth, order.size() - 1, [&] {
      emitter.withLanes(lanes, [&] {
        forEachVector(emitter, innerExtent, [&](AffineExpr step) {
          reduction[inner] = step;
          body(row, load(data, loopsAt(known, space.constant(0))));
        });
      });
    });
    return SmallVector<Value>{};
  });
  reduction = before;
}

/// Row by row, the steps of the current block side by side.
void CpuContraction::stageData() {
  forEachStaged(firstRow, rows, blockDim, device.lanes, [&](AffineExpr row, Value element) {
    stagedData.store(row * blockSteps + stepNumber(blockDim), element);
  });
}

/// A vector of weights at the current step; past the last column the last one again.
Value CpuContraction::weightsAlong(AffineExpr group) {
  AffineExpr columnsAt = columnsOf(group);
  if (width == 1 || lastWidth() == width || isPanel(emitter, weights->get()))
    return emitter.toVector(load(weights, loopsAt(space.constant(0), columnsAt)));
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < width; ++lane) {
    AffineExpr column = emitter.clamp(space.atLane(columnsAt, lane), n.size);
    lanes.push_back(load(weights, loopsAt(space.constant(0), column)));
  }
  auto type = VectorType::get({width}, lanes.front().getType());
  return vector::FromElementsOp::create(emitter.builder, emitter.loc, type, lanes);
}

/// Step by step, the tile's columns side by side.
void CpuContraction::stageWeights() {
  stagedWeights = StackBuffer(emitter, k.size * columns * width, weights->get());
  IndexVector before = reduction;
  forEachStep(0, order.size(), [&] {
    for (auto [column, group] : llvm::enumerate(columnGroup))
      stagedWeights.store((stepNumber(0) * columns + column) * width, weightsAlong(group));
  });
  reduction = before;
}
