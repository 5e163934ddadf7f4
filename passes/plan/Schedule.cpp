//===- Schedule.cpp -------------------------------------------------------===//
#include "passes/plan/Schedule.h"

#include "passes/plan/Hazards.h"

using namespace mlir;
using namespace bornc;
using plan::Access;
using plan::Space;

namespace {

class Scheduler {
public:
  Scheduler(const Unrolled &program, unsigned numInputs, Location loc)
      : program(program), numInputs(numInputs), loc(loc), storageOf(program.values.size(), -1),
        lastUse(program.values.size(), -1) {}

  Schedule run() {
    for (auto [index, step] : llvm::enumerate(program.steps))
      for (unsigned value : step.inputs)
        lastUse[value] = index;
    for (unsigned value : program.results)
      lastUse[value] = program.steps.size();

    if (numInputs)
      out.commands.push_back({Command::Upload, 0, {}, loc});
    for (unsigned step = 0; step < program.steps.size(); ++step)
      addDispatch(step);
    for (unsigned result = 0; result < program.results.size(); ++result)
      addResult(result);
    assignLevels();
    return std::move(out);
  }

private:
  unsigned addStorage(Space space, unsigned index, RankedTensorType type) {
    out.storages.push_back({space, index, type});
    return out.storages.size() - 1;
  }

  unsigned storage(unsigned value) {
    if (storageOf[value] >= 0)
      return storageOf[value];
    const TensorValue &tensor = program.values[value];
    Space space = tensor.kind == TensorValue::Input      ? Space::Io
                  : tensor.kind == TensorValue::Constant ? Space::Weights
                                                         : Space::Transient;
    return storageOf[value] = addStorage(space, tensor.index, tensor.type);
  }

  void addCopy(unsigned from, unsigned to, Location where) {
    out.commands.push_back({Command::Copy, 0, {{from, Access::Read}, {to, Access::Write}}, where});
  }

  /// Whether `step` may overwrite its input `value`: computed memory that
  /// nobody reads later, and not through another binding of the same step.
  bool mayOverwrite(unsigned value, unsigned index) {
    const Step &step = program.steps[index];
    return program.values[value].kind == TensorValue::Computed &&
           lastUse[value] == static_cast<int64_t>(index) && llvm::count(step.inputs, value) == 1;
  }

  void addDispatch(unsigned index) {
    const Step &step = program.steps[index];
    kernel::ExecutableOp executable = step.executable;
    Command command{Command::Dispatch, index, {}, step.call->getLoc()};
    for (unsigned value : step.inputs)
      command.bindings.push_back({storage(value), Access::Read});
    for (auto [result, value] : llvm::enumerate(step.outputs)) {
      int64_t tied = executable.tiedInput(result);
      if (tied < 0) {
        command.bindings.push_back({storage(value), Access::Write});
        continue;
      }
      unsigned input = step.inputs[tied];
      if (mayOverwrite(input, index)) {
        storageOf[value] = storage(input);
      } else {
        storageOf[value] = addStorage(Space::Transient, 0, program.values[value].type);
        addCopy(storage(input), storageOf[value], command.loc);
      }
      command.bindings[tied] = {static_cast<unsigned>(storageOf[value]), Access::ReadWrite};
    }
    out.commands.push_back(std::move(command));
  }

  /// A result is computed where the output lies, except when that is not
  /// possible: inputs, constants, and values that are returned twice.
  void addResult(unsigned result) {
    unsigned value = program.results[result];
    Storage &computed = out.storages[storage(value)];
    if (computed.space == Space::Transient) {
      computed.space = Space::Io;
      computed.index = numInputs + result;
      return;
    }
    RankedTensorType type = computed.type;
    addCopy(storage(value), addStorage(Space::Io, numInputs + result, type), loc);
  }

  void assignLevels() {
    std::vector<HazardTracker> trackers(out.storages.size());
    for (unsigned index = 0; index < out.commands.size(); ++index) {
      Command &command = out.commands[index];
      auto after = [&](unsigned earlier) {
        command.level = std::max(command.level, out.commands[earlier].level + 1);
      };
      if (command.kind == Command::Upload)
        for (auto [storage, tracker] : llvm::zip(out.storages, trackers))
          if (storage.space == Space::Io && storage.index < numInputs)
            tracker.write(0, 1, index, after);
      for (auto [storage, access] : command.bindings) {
        if (access != Access::Write)
          trackers[storage].read(0, 1, index, after);
        if (access != Access::Read)
          trackers[storage].write(0, 1, index, after);
      }
      out.levels = std::max(out.levels, command.level + 1);
    }
    llvm::stable_sort(out.commands,
                      [](const Command &a, const Command &b) { return a.level < b.level; });
    if (!program.results.empty()) {
      out.commands.push_back({Command::Download, 0, {}, loc, out.levels});
      ++out.levels;
    }
  }

  const Unrolled &program;
  unsigned numInputs;
  Location loc;
  std::vector<int64_t> storageOf; ///< by value, -1: none yet
  std::vector<int64_t> lastUse;   ///< by value, a step; behind all steps: returned
  Schedule out;
};

} // namespace

Schedule bornc::schedule(const Unrolled &program, unsigned numInputs, Location loc) {
  return Scheduler(program, numInputs, loc).run();
}
