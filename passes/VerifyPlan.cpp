//===- VerifyPlan.cpp - the rules over whole programs --------------------===//
#include "dialects/errors/Errors.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/plan/Plan.h"
#include "passes/Passes.h"
#include "passes/plan/Limits.h"
#include "passes/plan/Ordering.h"
#include "llvm/Support/MathExtras.h"

namespace bornc {
#define GEN_PASS_DEF_VERIFYPLANPASS
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace plan;

namespace {

/// What to call a command in a message.
std::string describe(Operation *op) {
  if (!op)
    return "the host, which reads the outputs";
  if (auto dispatch = dyn_cast<DispatchOp>(op))
    return ("the dispatch of @" + dispatch.getExecutable()).str();
  return ("the " + op->getName().stripDialect()).str();
}

LogicalResult verifyOrdering(ProgramOp program, SubmitOp submit) {
  Ordering ordering = findConflicts(program, submit);
  bool ok = true;
  for (Operation *op : ordering.readsUnwritten) { // plan-c4
    op->emitOpError("reads bytes that nothing has written");
    ok = false;
  }
  for (unsigned output : ordering.unwrittenOutputs) { // plan-c4
    program.emitOpError("never writes all of its output ") << program.getOutputs()[output];
    ok = false;
  }

  // before[c]: barriers in front of command c; behind the last command is the host.
  SmallVector<BarrierOp> barriers;
  SmallVector<unsigned> before;
  for (Operation &op : submit.getBody().front()) {
    if (auto barrier = dyn_cast<BarrierOp>(op))
      barriers.push_back(barrier);
    else
      before.push_back(barriers.size());
  }
  before.push_back(barriers.size());

  std::vector<bool> needed(barriers.size());
  for (const Conflict &conflict : ordering.conflicts) {
    SmallVector<unsigned> between;
    for (unsigned b = before[conflict.earlier]; b < before[conflict.later]; ++b)
      if (bitEnumContainsAll(barriers[b].getScopes(), conflict.scope))
        between.push_back(b);
    if (between.size() == 1)
      needed[between.front()] = true;
    if (!between.empty())
      continue;
    Operation *earlier = ordering.commands[conflict.earlier];
    Operation *later =
        conflict.later < ordering.commands.size() ? ordering.commands[conflict.later] : nullptr;
    auto error = earlier->emitOpError("conflicts with ") // plan-c2
                 << describe(later) << ", and no barrier " << stringifyScope(conflict.scope)
                 << " is between them";
    if (later)
      error.attachNote(later->getLoc()) << "the other command";
    ok = false;
  }
  for (auto [barrier, isNeeded] : llvm::zip(barriers, needed))
    if (!isNeeded) { // plan-c3
      barrier.emitOpError("is redundant: every conflict that it orders is ordered by another one");
      ok = false;
    }
  return success(ok);
}

LogicalResult verifyBuffer(ProgramOp program, BufferOp buffer, const SymbolTable &symbols) {
  uint64_t space = program.spaceSize(buffer.getSpace());
  if (buffer.getOffset() > space || buffer.getSize() > space - buffer.getOffset()) // plan-c5
    return buffer.emitOpError("lies outside of its space, which has ") << space << " bytes";
  if (buffer.getSize() > genericLimits.bindingBytes) // plan-c6
    return emitError(buffer.getLoc(), Code::TooLarge)
           << "a tensor has " << buffer.getSize() << " bytes, more than the "
           << genericLimits.bindingBytes << " that can be bound";
  if (!buffer.getWeight())
    return success();
  auto weight = symbols.lookup<WeightOp>(*buffer.getWeight());
  if (!weight || weight.getType() != buffer.getType() ||
      weight.getOffset() != buffer.getOffset()) // plan-c9
    return buffer.emitOpError("does not agree with its weight @") << *buffer.getWeight();
  return success();
}

/// The access and the type behind every binding of an executable.
SmallVector<std::pair<Access, RankedTensorType>> signature(kernel::ExecutableOp executable) {
  SmallVector<std::pair<Access, RankedTensorType>> bindings;
  for (RankedTensorType type : executable.inputTypes())
    bindings.push_back({Access::Read, type});
  for (auto [index, type] : llvm::enumerate(executable.resultTypes())) {
    if (executable.tiedInput(index) < 0)
      bindings.push_back({Access::Write, type});
    else
      bindings[executable.tiedInput(index)].first = Access::ReadWrite;
  }
  return bindings;
}

LogicalResult verifyDispatch(ProgramOp program, DispatchOp dispatch, const SymbolTable &symbols) {
  auto executable = symbols.lookup<kernel::ExecutableOp>(dispatch.getExecutable());
  if (!executable) // plan-c7
    return dispatch.emitOpError("expected a kernel.executable named @") << dispatch.getExecutable();
  auto bindings = signature(executable);
  if (dispatch.getBuffers().size() != bindings.size()) // plan-c7
    return dispatch.emitOpError("expected ")
           << bindings.size() << " buffers, found " << dispatch.getBuffers().size();
  if (dispatch.getImmediates().size() != executable.numImmediates()) // plan-c7
    return dispatch.emitOpError("expected ") << executable.numImmediates() << " immediates, found "
                                             << dispatch.getImmediates().size();
  if (bindings.size() > genericLimits.bindings) // plan-c6
    return dispatch.emitOpError("has ")
           << bindings.size() << " bindings, more than " << genericLimits.bindings;
  for (auto [index, value, binding] : llvm::enumerate(dispatch.getBuffers(), bindings)) {
    BufferOp buffer = bufferOf(value);
    auto [access, type] = binding;
    if (dispatch.accessOf(index) != access) // plan-c7
      return dispatch.emitOpError("expected binding ")
             << index << " to be " << stringifyAccess(access) << ", found "
             << stringifyAccess(dispatch.accessOf(index));
    if (buffer.getSize() != bufferSize(type)) // plan-c7
      return dispatch.emitOpError("expected binding ")
             << index << " to have " << bufferSize(type) << " bytes, found " << buffer.getSize();
    if (access == Access::Read)
      continue;
    bool isInput = buffer.getSpace() == Space::Io && buffer.getOffset() < program.getInputSize();
    if (buffer.getSpace() == Space::Weights || isInput) // plan-c8
      return dispatch.emitOpError("writes ") << (isInput ? "an input" : "a weight");
  }
  return success();
}

LogicalResult verifyVariant(kernel::VariantOp variant) { // plan-c6
  const TargetLimits &limits = limitsOf(variant.getDeviceClass());
  ArrayRef<int32_t> size = variant.getWorkgroupSize(), count = variant.getWorkgroupCount();
  if (size.size() != 3 || count.size() != 3)
    return variant.emitOpError("expected workgroup sizes and counts of three axes");
  uint64_t invocations = 1, workgroups = 1;
  for (unsigned axis = 0; axis < 3; ++axis) {
    if (count[axis] < 1 || static_cast<unsigned>(count[axis]) > limits.workgroupCount)
      return variant.emitOpError("has ") << count[axis] << " workgroups on axis " << axis
                                         << ", expected 1 to " << limits.workgroupCount;
    if (size[axis] < 1 || static_cast<unsigned>(size[axis]) > limits.workgroupSize[axis])
      return variant.emitOpError("has ") << size[axis] << " invocations on axis " << axis
                                         << ", expected 1 to " << limits.workgroupSize[axis];
    invocations *= size[axis];
    workgroups = llvm::SaturatingMultiply<uint64_t>(workgroups, count[axis]);
  }
  if (isCpu(variant.getDeviceClass()) && workgroups > UINT32_MAX)
    return variant.emitOpError("has ") << workgroups << " workgroups, more than " << UINT32_MAX;
  if (invocations > limits.invocations)
    return variant.emitOpError("has ")
           << invocations << " invocations per workgroup, more than " << limits.invocations;
  if (variant.getWorkgroupMemory() > limits.workgroupMemory)
    return variant.emitOpError("uses ")
           << variant.getWorkgroupMemory() << " bytes of workgroup memory, more than "
           << limits.workgroupMemory;
  return success();
}

LogicalResult verifyWeights(ModuleOp module) { // plan-c9
  auto weights = llvm::to_vector(module.getOps<WeightOp>());
  llvm::stable_sort(weights, [](WeightOp a, WeightOp b) { return a.getOffset() < b.getOffset(); });
  bool ok = true;
  for (size_t i = 1; i < weights.size(); ++i)
    if (weights[i - 1].getOffset() + weights[i - 1].getSize() > weights[i].getOffset()) {
      weights[i].emitOpError("overlaps @") << weights[i - 1].getSymName();
      ok = false;
    }
  return success(ok);
}

LogicalResult verifyProgram(ProgramOp program, const SymbolTable &symbols) {
  auto submissions = llvm::to_vector(program.submissions());
  if (submissions.size() != 1) // plan-c1
    return program.emitOpError("expected exactly one plan.submit, found ") << submissions.size();
  SubmitOp submit = submissions.front();
  bool ok = true;
  for (BufferOp buffer : program.buffers())
    ok &= succeeded(verifyBuffer(program, buffer, symbols));
  for (auto dispatch : submit.getBody().getOps<DispatchOp>())
    ok &= succeeded(verifyDispatch(program, dispatch, symbols));
  for (auto copy : submit.getBody().getOps<CopyOp>()) {
    BufferOp target = bufferOf(copy.getTarget());
    bool isInput = target.getSpace() == Space::Io && target.getOffset() < program.getInputSize();
    if (target.getSpace() == Space::Weights || isInput) { // plan-c8
      copy.emitOpError("writes ") << (isInput ? "an input" : "a weight");
      ok = false;
    }
  }
  return success(succeeded(verifyOrdering(program, submit)) && ok);
}

struct VerifyPlanPass final : impl::VerifyPlanPassBase<VerifyPlanPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    bool ok = succeeded(verifyWeights(module));
    for (auto executable : module.getOps<kernel::ExecutableOp>())
      if (!executable.getVariants().empty())
        for (auto variant : executable.getVariants().getOps<kernel::VariantOp>())
          ok &= succeeded(verifyVariant(variant));
    for (auto program : module.getOps<ProgramOp>())
      ok &= succeeded(verifyProgram(program, symbols));
    if (!ok)
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace bornc
