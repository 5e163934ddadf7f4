//===- Unroll.cpp ---------------------------------------------------------===//
#include "passes/plan/Unroll.h"

#include "dialects/errors/Errors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;

/// More commands than this are a loop that should have stayed one.
static constexpr size_t maxSteps = 100000;

namespace {

/// Runs the function symbolically: tensors are numbers of values, scalars are
/// known integers.
class Unroller {
public:
  Unroller(func::FuncOp entry, const SymbolTable &symbols) : entry(entry), symbols(symbols) {}

  FailureOr<Unrolled> run() {
    for (BlockArgument argument : entry.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(argument.getType());
      if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat() ||
          type.getEncoding())
        return entry.emitOpError(
                   "expected arguments that are static tensors without a layout, found ")
               << argument.getType();
      tensors[argument] = add(TensorValue::Input, argument.getArgNumber(), type);
    }
    if (failed(runBlock(entry.getBody().front())))
      return failure();
    for (Value value : entry.getBody().front().getTerminator()->getOperands()) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type || type.getEncoding() || !tensors.count(value))
        return entry.emitOpError("expected results that are tensors without a layout, found ")
               << value.getType();
      out.results.push_back(tensors[value]);
    }
    dropDeadSteps();
    return std::move(out);
  }

private:
  unsigned add(TensorValue::Kind kind, unsigned index, RankedTensorType type) {
    out.values.push_back({kind, index, type});
    return out.values.size() - 1;
  }

  LogicalResult runBlock(Block &block) {
    bool ok = true;
    for (Operation &op : block.without_terminator())
      ok &= succeeded(runOp(&op));
    return success(ok);
  }

  LogicalResult runOp(Operation *op) {
    if (auto call = dyn_cast<kernel::CallOp>(op))
      return runCall(call);
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return runLoop(loop);
    if (op->getNumResults() == 1 && isa<RankedTensorType>(op->getResult(0).getType()) &&
        isa<born::WeightOp, born::ConstantOp, arith::ConstantOp>(op))
      return runConstant(op);
    return runScalar(op);
  }

  LogicalResult runConstant(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!type.getElementType().isIntOrFloat())
      return op->emitOpError("expected a constant of integers or floats, found ") << type;
    // Equal constants are one value, however often they were written down.
    Attribute key =
        ArrayAttr::get(op->getContext(), {op->getAttrDictionary(), TypeAttr::get(type)});
    auto [it, isNew] = constants.try_emplace(key, 0);
    if (isNew) {
      it->second = add(TensorValue::Constant, out.constants.size(), type);
      out.constants.push_back(op);
    }
    tensors[op->getResult(0)] = it->second;
    return success();
  }

  /// Index arithmetic on known values, whatever the dialect: it folds.
  LogicalResult runScalar(Operation *op) {
    SmallVector<Attribute> operands;
    SmallVector<OpFoldResult> results;
    for (Value operand : op->getOperands())
      operands.push_back(scalars.lookup(operand));
    if (op->getNumResults() != 1 || !op->getResult(0).getType().isIntOrIndex() ||
        llvm::is_contained(operands, Attribute()) || failed(op->fold(operands, results)))
      return op->emitOpError("has no place in a plan: expected kernel.call, a loop, a constant or "
                             "arithmetic on known integers");
    Attribute value = results.empty() ? scalars.lookup(op->getOperand(0)) : Attribute();
    if (!results.empty())
      value = isa<Attribute>(results[0]) ? cast<Attribute>(results[0])
                                         : scalars.lookup(cast<Value>(results[0]));
    scalars[op->getResult(0)] = value;
    return success();
  }

  LogicalResult runCall(kernel::CallOp call) {
    if (out.steps.size() == maxSteps)
      return emitError(call.getLoc(), Code::TooLarge)
             << "the loops around it are unrolled into more than " << maxSteps << " dispatches";
    Step step{call, symbols.lookup<kernel::ExecutableOp>(call.getCallee()), {}, {}, {}};
    for (Value input : call.getInputs()) {
      auto it = tensors.find(input);
      if (it == tensors.end())
        return failure(); // its op was reported
      step.inputs.push_back(it->second);
    }
    for (Value immediate : call.getImmediates()) {
      auto value = dyn_cast_or_null<IntegerAttr>(scalars.lookup(immediate));
      if (!value || !llvm::isInt<32>(value.getInt()))
        return call.emitOpError("expected immediates that are known 32-bit integers");
      step.immediates.push_back(static_cast<int32_t>(value.getInt()));
    }
    for (Value output : call.getOutputs()) {
      auto type = cast<RankedTensorType>(output.getType());
      step.outputs.push_back(add(TensorValue::Computed, out.steps.size(), type));
      tensors[output] = step.outputs.back();
    }
    out.steps.push_back(std::move(step));
    return success();
  }

  std::optional<int64_t> known(Value value) {
    auto attr = dyn_cast_or_null<IntegerAttr>(scalars.lookup(value));
    return attr ? std::optional(attr.getInt()) : std::nullopt;
  }

  LogicalResult runLoop(scf::ForOp loop) {
    std::optional<int64_t> begin = known(loop.getLowerBound()), end = known(loop.getUpperBound()),
                           stride = known(loop.getStep());
    if (!begin || !end || !stride || *stride <= 0)
      return loop.emitOpError("expected bounds that are known and a positive step");
    SmallVector<unsigned> carried;
    for (Value init : loop.getInitArgs()) {
      auto it = tensors.find(init);
      if (it == tensors.end())
        return loop.emitOpError("expected loop-carried tensors, found ") << init.getType();
      carried.push_back(it->second);
    }
    for (int64_t i = *begin; i < *end; i += *stride) {
      scalars[loop.getInductionVar()] = IntegerAttr::get(loop.getInductionVar().getType(), i);
      for (auto [argument, value] : llvm::zip(loop.getRegionIterArgs(), carried))
        tensors[argument] = value;
      if (failed(runBlock(*loop.getBody())))
        return failure();
      for (auto [index, value] : llvm::enumerate(loop.getBody()->getTerminator()->getOperands()))
        carried[index] = tensors.lookup(value);
    }
    for (auto [result, value] : llvm::zip(loop.getResults(), carried))
      tensors[result] = value;
    return success();
  }

  /// Unrolling leaves results of last iterations that nobody reads.
  void dropDeadSteps() {
    std::vector<bool> needed(out.values.size());
    for (unsigned value : out.results)
      needed[value] = true;
    std::vector<Step> live;
    for (Step &step : llvm::reverse(out.steps)) {
      if (llvm::none_of(step.outputs, [&](unsigned value) { return needed[value]; }))
        continue;
      for (unsigned value : step.inputs)
        needed[value] = true;
      live.push_back(std::move(step));
    }
    out.steps.assign(std::make_move_iterator(live.rbegin()), std::make_move_iterator(live.rend()));
  }

  func::FuncOp entry;
  const SymbolTable &symbols;
  Unrolled out;
  llvm::DenseMap<Value, unsigned> tensors;
  llvm::DenseMap<Value, Attribute> scalars;
  llvm::DenseMap<Attribute, unsigned> constants;
};

} // namespace

FailureOr<Unrolled> bornc::unroll(func::FuncOp entry, const SymbolTable &symbols) {
  return Unroller(entry, symbols).run();
}
