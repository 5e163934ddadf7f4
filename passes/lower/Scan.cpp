//===- Scan.cpp - a loop over slices --------------------------------------===//
//
// The length is an extent of the inputs, so the loop has a known count. Scanned
// dimensions go to the front, where a step is one entry.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Recurrence.h"
#include "passes/lower/Registry.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

namespace {
/// One scanned input or output.
struct Scanned {
  int64_t axis;
  bool isReverse;
};
} // namespace

static FailureOr<Scanned> scanned(TensorBuilder &b, std::optional<ArrayRef<int64_t>> axes,
                                  std::optional<ArrayRef<int64_t>> directions, size_t i,
                                  int64_t rank) {
  int64_t axis = normalizeAxis(axes && i < axes->size() ? (*axes)[i] : 0, rank);
  if (axis < 0)
    return b.fail("a scan axis is out of range");
  return Scanned{axis, directions && i < directions->size() && (*directions)[i] != 0};
}

/// The permutation that moves `axis` to the front, and the one that undoes it.
static SmallVector<int64_t> toFront(int64_t rank, int64_t axis) {
  SmallVector<int64_t> perm{axis};
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      perm.push_back(i);
  return perm;
}
static SmallVector<int64_t> fromFront(int64_t rank, int64_t axis) {
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(1, rank));
  perm.insert(perm.begin() + axis, 0);
  return perm;
}

static LogicalResult lowerScan(onnx::ScanOp op, ValueRange operands, TensorBuilder &b) {
  size_t numInputs = op.getNumScanInputs(), numStates = operands.size() - numInputs;
  size_t numOutputs = op->getNumResults() - numStates;
  SmallVector<Value> sequences, carried(operands.take_front(numStates));
  SmallVector<Scanned> inputs, outputs;
  for (auto [i, value] : llvm::enumerate(operands.drop_front(numStates))) {
    auto scan = scanned(b, op.getScanInputAxes(), op.getScanInputDirections(), i, rankOf(value));
    if (failed(scan))
      return failure();
    inputs.push_back(*scan);
    sequences.push_back(b.transpose(value, toFront(rankOf(value), scan->axis)));
  }
  for (size_t i = 0; i < numOutputs; ++i) {
    if (!onnx::presentResult(op, numStates + i))
      return b.fail("expected all scan outputs to have a type");
    RankedTensorType type = b.resultType(numStates + i);
    auto scan = scanned(b, op.getScanOutputAxes(), op.getScanOutputDirections(), i, type.getRank());
    if (failed(scan))
      return failure();
    outputs.push_back(*scan);
    SmallVector<int64_t> shape(type.getShape());
    shape.erase(shape.begin() + scan->axis);
    shape.insert(shape.begin(), type.getDimSize(scan->axis));
    carried.push_back(b.empty(shape, type.getElementType()));
  }
  int64_t steps = shapeOf(sequences.front())[0];
  SmallVector<Value> results =
      loopOverSteps(b, steps, carried, [&](Value step, ValueRange current) {
        Value back = stepFromEnd(b, steps, step);
        SmallVector<Value> arguments(current.take_front(numStates));
        for (auto [sequence, scan] : llvm::zip_equal(sequences, inputs))
          arguments.push_back(stepOf(b, sequence, scan.isReverse ? back : step));
        SmallVector<Value> next = b.inlineBody(op.getBody(), arguments);
        for (auto [i, scan] : llvm::enumerate(outputs))
          next[numStates + i] = insertStep(b, next[numStates + i], current[numStates + i],
                                           scan.isReverse ? back : step);
        return next;
      });
  for (auto [i, scan] : llvm::enumerate(outputs)) {
    Value &result = results[numStates + i];
    result = b.transpose(result, fromFront(rankOf(result), scan.axis));
  }
  return b.replace(results);
}

void bornc::lower::populateScan(LoweringTable &table) {
  addLowering<onnx::ScanOp, lowerScan>(table);
}
