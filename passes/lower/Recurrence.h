//===- Recurrence.h - what LSTM, GRU and RNN have in common -----*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_RECURRENCE_H
#define BORNC_PASSES_LOWER_RECURRENCE_H

#include "passes/lower/TensorBuilder.h"

namespace bornc::lower {

/// An activation function with its parameters.
struct Activation {
  mlir::Value (*function)(Scalars &s, mlir::Value x, double alpha, double beta);
  double alpha, beta;
  mlir::Value apply(Scalars &s, mlir::Value x) const { return function(s, x, alpha, beta); }
};

/// The weights of one direction; gates are the outermost dimension.
struct Direction {
  mlir::Value recurrentWeight; // gates x hidden x hidden
  mlir::Value recurrentBias;   // gates x hidden, if it is not in the projection
  mlir::Value peepholes;       // 3 x hidden, or null
  llvm::SmallVector<Activation> gates;
  std::optional<double> clip;
  bool isReverse = false;
};

struct RecurrenceSpec {
  int64_t gates, states;
  llvm::SmallVector<llvm::StringRef> defaultActivations;
  mlir::ValueRange operands;                         // X, W, R, B, sequence_lens, ...
  llvm::SmallVector<mlir::Value> initialStates = {}; // null: zeros
  mlir::Value peepholes = {};
  bool separateRecurrentBias = false;
};

/// Computes new states (the first is the output) from the projected input of a
/// step (batch x gates x hidden) and the states (batch x hidden).
using CellFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    const Direction &direction, mlir::Value projected, mlir::ValueRange states)>;

/// Replaces an LSTM, GRU or RNN by loops over the steps.
mlir::LogicalResult lowerRecurrence(TensorBuilder &b, const RecurrenceSpec &spec, CellFn cell);

/// hidden (batch x hidden) times weight (gates x hidden x hidden), as
/// batch x gates x hidden.
mlir::Value recurrentProjection(TensorBuilder &b, const Direction &direction, mlir::Value hidden,
                                mlir::Value weight);
mlir::Value addRecurrentBias(TensorBuilder &b, const Direction &direction, mlir::Value projected);

/// Entry `step` (an index) of the outermost dimension, and its counterpart.
mlir::Value stepOf(TensorBuilder &b, mlir::Value sequence, mlir::Value step);
mlir::Value insertStep(TensorBuilder &b, mlir::Value part, mlir::Value sequence, mlir::Value step);

/// A loop of `steps` over `carried`; `body` makes the next ones from the step (an index)
/// and the current ones. Returns the last.
llvm::SmallVector<mlir::Value> loopOverSteps(
    TensorBuilder &b, int64_t steps, mlir::ValueRange carried,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body);
/// Step `steps` - 1 - `step`.
mlir::Value stepFromEnd(TensorBuilder &b, int64_t steps, mlir::Value step);

/// The scalars of one unit inside the payload of GateSums::build.
struct GateValues {
  Scalars &s;
  const Direction &direction;
  mlir::ValueRange args;
  llvm::ArrayRef<int> gates;
  unsigned numParts, firstState;

  /// Gate `gate` of projection `index`.
  mlir::Value part(int gate, unsigned index);
  mlir::Value state(unsigned index) { return args[firstState + index]; }
  mlir::Value clip(mlir::Value x);
  /// The clipped sum of a gate's projections, with peephole * state if there is one.
  mlir::Value sum(int gate, unsigned peephole = ~0u, mlir::Value cell = {});
};

/// Builds one generic over batch x hidden that reads some gates of projections,
/// states and peephole weights.
class GateSums {
public:
  GateSums(TensorBuilder &b, const Direction &direction, llvm::ArrayRef<mlir::Value> parts)
      : b(b), direction(direction), parts(parts.begin(), parts.end()) {}
  unsigned addState(mlir::Value state);
  /// Row `index` of the peephole weights; ~0u if there are none.
  unsigned addPeephole(int64_t index);
  mlir::Value build(llvm::ArrayRef<int> gates,
                    llvm::function_ref<mlir::Value(Scalars &, GateValues &)> body);

private:
  TensorBuilder &b;
  const Direction &direction;
  llvm::SmallVector<mlir::Value> parts, states;
  llvm::SmallVector<mlir::AffineMap> stateMaps;
};

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_RECURRENCE_H
