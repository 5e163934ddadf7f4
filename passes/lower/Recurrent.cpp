//===- Recurrent.cpp - LSTM, GRU, RNN -------------------------------------===//
//
// The input projections of all steps are one contraction before the loop; the
// loop body multiplies the hidden state by the recurrent weight, one generic
// with a gate dimension, and computes the gates elementwise. All directions
// share the code; each has its own loop.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Recurrence.h"
#include "passes/lower/Registry.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

/// i, o, f, c gates; states are h and c.
static SmallVector<Value> lstmCell(TensorBuilder &b, const Direction &d, Value projected,
                                   ValueRange states, bool inputForget) {
  Value recurrent = recurrentProjection(b, d, states[0], d.recurrentWeight);
  GateSums sums(b, d, {projected, recurrent});
  enum { Input, Output, Forget, Cell };
  unsigned cellState = sums.addState(states[1]);
  unsigned inputPeephole = sums.addPeephole(0), forgetPeephole = sums.addPeephole(2);
  Value cell = sums.build({Input, Forget, Cell}, [&](Scalars &s, GateValues &v) {
    Value c = v.state(cellState);
    Value i = d.gates[0].apply(s, v.sum(Input, inputPeephole, c));
    Value f = inputForget ? s.sub(1.0, i) : d.gates[0].apply(s, v.sum(Forget, forgetPeephole, c));
    Value g = d.gates[1].apply(s, v.sum(Cell));
    return s.add(s.mul(f, c), s.mul(i, g));
  });

  GateSums outputSums(b, d, {projected, recurrent});
  unsigned newCell = outputSums.addState(cell), outputPeephole = outputSums.addPeephole(1);
  Value hidden = outputSums.build({Output}, [&](Scalars &s, GateValues &v) {
    Value c = v.state(newCell);
    Value o = d.gates[0].apply(s, v.sum(Output, outputPeephole, c));
    return s.mul(o, d.gates[2].apply(s, c));
  });
  return {hidden, cell};
}

/// z, r, h gates. The recurrent part of h sees the reset either after the
/// product (linear_before_reset) or before it.
static SmallVector<Value> gruCell(TensorBuilder &b, const Direction &d, Value projected,
                                  ValueRange states, bool linearBeforeReset) {
  enum { Update, Reset, Hidden };
  Value previous = states[0];
  if (linearBeforeReset) {
    Value recurrent = recurrentProjection(b, d, previous, d.recurrentWeight);
    recurrent = addRecurrentBias(b, d, recurrent);
    GateSums sums(b, d, {projected, recurrent});
    unsigned h = sums.addState(previous);
    return {sums.build({Update, Reset, Hidden}, [&](Scalars &s, GateValues &v) {
      Value z = d.gates[0].apply(s, v.sum(Update));
      Value r = d.gates[0].apply(s, v.sum(Reset));
      Value inner = s.add(v.part(Hidden, 0), s.mul(r, v.part(Hidden, 1)));
      Value candidate = d.gates[1].apply(s, v.clip(inner));
      return s.add(s.mul(s.sub(1.0, z), candidate), s.mul(z, v.state(h)));
    })};
  }
  auto sliceGates = [&](Value tensor, int64_t dim, int64_t first, int64_t count) {
    return b.sliceDim(tensor, dim, first, count);
  };
  Value recurrent = recurrentProjection(b, d, previous, sliceGates(d.recurrentWeight, 0, 0, 2));
  GateSums resetSums(b, d, {projected, recurrent});
  unsigned before = resetSums.addState(previous);
  Value reset = resetSums.build({Reset}, [&](Scalars &s, GateValues &v) {
    return s.mul(d.gates[0].apply(s, v.sum(Reset)), v.state(before));
  });
  Value inner = recurrentProjection(b, d, reset, sliceGates(d.recurrentWeight, 0, 2, 1));
  inner = b.reshape(inner, shapeOf(previous));
  GateSums sums(b, d, {projected, recurrent});
  unsigned h = sums.addState(previous), innerSum = sums.addState(inner);
  return {sums.build({Update, Hidden}, [&](Scalars &s, GateValues &v) {
    Value z = d.gates[0].apply(s, v.sum(Update));
    Value total = s.add(v.part(Hidden, 0), v.state(innerSum));
    Value candidate = d.gates[1].apply(s, v.clip(total));
    return s.add(s.mul(s.sub(1.0, z), candidate), s.mul(z, v.state(h)));
  })};
}

static SmallVector<Value> rnnCell(TensorBuilder &b, const Direction &d, Value projected,
                                  ValueRange states) {
  Value recurrent = recurrentProjection(b, d, states[0], d.recurrentWeight);
  GateSums sums(b, d, {projected, recurrent});
  return {
      sums.build({0}, [&](Scalars &s, GateValues &v) { return d.gates[0].apply(s, v.sum(0)); })};
}

//===----------------------------------------------------------------------===//
// Lowerings
//===----------------------------------------------------------------------===//

static LogicalResult lowerLSTM(onnx::LSTMOp op, ValueRange operands, TensorBuilder &b) {
  RecurrenceSpec spec{4, 2, {"Sigmoid", "Tanh", "Tanh"}, operands};
  spec.initialStates = {op.getInitialH() ? operands[5] : Value(),
                        op.getInitialC() ? operands[6] : Value()};
  spec.peepholes = op.getP() ? operands[7] : Value();
  bool inputForget = op.getInputForget() != 0;
  return lowerRecurrence(b, spec, [&](const Direction &d, Value projected, ValueRange states) {
    return lstmCell(b, d, projected, states, inputForget);
  });
}

static LogicalResult lowerGRU(onnx::GRUOp op, ValueRange operands, TensorBuilder &b) {
  RecurrenceSpec spec{3, 1, {"Sigmoid", "Tanh"}, operands};
  spec.initialStates = {op.getInitialH() ? operands[5] : Value()};
  bool linearBeforeReset = op.getLinearBeforeReset() != 0;
  spec.separateRecurrentBias = linearBeforeReset;
  return lowerRecurrence(b, spec, [&](const Direction &d, Value projected, ValueRange states) {
    return gruCell(b, d, projected, states, linearBeforeReset);
  });
}

static LogicalResult lowerRNN(onnx::RNNOp op, ValueRange operands, TensorBuilder &b) {
  RecurrenceSpec spec{1, 1, {"Tanh"}, operands};
  spec.initialStates = {op.getInitialH() ? operands[5] : Value()};
  return lowerRecurrence(b, spec, [&](const Direction &d, Value projected, ValueRange states) {
    return rnnCell(b, d, projected, states);
  });
}

void bornc::lower::populateRecurrent(LoweringTable &table) {
  addLowering<onnx::GRUOp, lowerGRU>(table);
  addLowering<onnx::LSTMOp, lowerLSTM>(table);
  addLowering<onnx::RNNOp, lowerRNN>(table);
}
