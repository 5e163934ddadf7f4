//===- BuildPlan.cpp - calls to buffers and one submission ---------------===//
#include "dialects/kernel/Kernel.h"
#include "dialects/plan/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Passes.h"
#include "passes/plan/Arena.h"
#include "passes/plan/Ordering.h"
#include "passes/plan/Schedule.h"
#include "llvm/ADT/MapVector.h"

namespace bornc {
#define GEN_PASS_DEF_BUILDPLANPASS
#include "passes/Passes.h.inc"

using namespace mlir;
using plan::Space;

namespace {

/// The weight section: every distinct constant of the module once.
class WeightTable {
public:
  explicit WeightTable(OpBuilder &builder) : builder(builder) {}

  plan::WeightOp get(Operation *op) {
    auto weight = dyn_cast<born::WeightOp>(op);
    Type type = op->getResult(0).getType();
    Attribute key =
        weight ? ArrayAttr::get(op->getContext(), {weight.getSource(), weight.getStoredAttr(),
                                                   weight.getSteps(), TypeAttr::get(type)})
               : ArrayAttr::get(op->getContext(), {op->getAttr("value"), TypeAttr::get(type)});
    auto [it, isNew] = known.try_emplace(key);
    if (isNew)
      it->second = weight ? add(weight) : add(op, cast<ElementsAttr>(op->getAttr("value")));
    return it->second;
  }

private:
  plan::WeightOp add(born::WeightOp weight) {
    ArrayAttr steps = weight.getSteps().empty() ? ArrayAttr() : weight.getSteps();
    return create(weight, weight.getSource(), weight.getStoredAttr(), steps, nullptr);
  }
  plan::WeightOp add(Operation *constant, ElementsAttr value) {
    return create(constant, nullptr, nullptr, nullptr, value);
  }
  plan::WeightOp create(Operation *op, born::SourceAttr source, TypeAttr stored, ArrayAttr steps,
                        ElementsAttr value) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    uint64_t size = plan::bufferSize(type);
    auto weight = plan::WeightOp::create(
        builder, op->getLoc(), builder.getStringAttr("w" + Twine(known.size() - 1)),
        TypeAttr::get(type), builder.getI64IntegerAttr(end), builder.getI64IntegerAttr(size),
        source, stored, steps, value);
    end = llvm::alignTo(end + size, plan::bufferAlignment);
    return weight;
  }

  OpBuilder &builder;
  llvm::DenseMap<Attribute, plan::WeightOp> known;
  uint64_t end = 0;
};

/// Places inputs and outputs in the io space.
class IoSpace {
public:
  explicit IoSpace(func::FuncOp entry) : entry(entry) {
    Builder builder(entry);
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      inputs.push_back(tensor("input", i, entry.getArgumentTypes()[i], entry.getArgAttrDict(i)));
    inputSize = end;
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      outputs.push_back(tensor("output", i, entry.getResultTypes()[i], entry.getResultAttrDict(i)));
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      numChecks += entry.getResultAttr(i, "born.check") != nullptr;
  }

  uint64_t offset(unsigned index) const {
    Attribute attr = index < inputs.size() ? inputs[index] : outputs[index - inputs.size()];
    return cast<plan::TensorAttr>(attr).getOffset();
  }

  SmallVector<Attribute> inputs, outputs; ///< checks are the last outputs
  uint64_t inputSize = 0, end = 0, numChecks = 0;

private:
  Attribute tensor(StringRef kind, unsigned index, Type type, DictionaryAttr attrs) {
    auto name = attrs ? attrs.getAs<StringAttr>("born.name") : StringAttr();
    auto element = attrs ? attrs.getAs<TypeAttr>("born.type") : TypeAttr();
    auto tensor = cast<RankedTensorType>(type);
    if (element) // what ONNX calls it, where that differs (ui8)
      tensor = RankedTensorType::get(tensor.getShape(), element.getValue());
    uint64_t offset = end;
    end = llvm::alignTo(end + plan::bufferSize(tensor), plan::bufferAlignment);
    return plan::TensorAttr::get(
        entry.getContext(), name ? name.str() : (kind + "_" + Twine(index)).str(), tensor, offset);
  }

  func::FuncOp entry;
};

/// Writes one program.
class ProgramBuilder {
public:
  ProgramBuilder(func::FuncOp entry, const Unrolled &unrolled, Schedule &schedule,
                 WeightTable &weights, OpBuilder &builder)
      : entry(entry), unrolled(unrolled), schedule(schedule), weights(weights), builder(builder),
        io(entry) {}

  void build() {
    for (Storage &storage : schedule.storages)
      if (storage.space == Space::Io)
        storage.offset = io.offset(storage.index);
    for (Storage &storage : schedule.storages)
      if (storage.space == Space::Weights)
        storage.offset = weights.get(unrolled.constants[storage.index]).getOffset();
    packTransients();

    auto program =
        plan::ProgramOp::create(builder, entry.getLoc(), entry.getSymName(),
                                builder.getArrayAttr(io.inputs), builder.getArrayAttr(io.outputs),
                                io.inputSize, io.end, arena.size, lowerBound, io.numChecks);
    if (Attribute unfused = entry->getAttr("born.unfused"))
      program->setAttr("born.unfused", unfused);
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&program.getBody());
    createBuffers();
    auto submit = plan::SubmitOp::create(builder, entry.getLoc());
    builder.createBlock(&submit.getBody());
    createCommands();
    plan::insertBarriers(program, submit, levelOf);
  }

private:
  void packTransients() {
    std::vector<LiveRange> ranges;
    SmallVector<unsigned> rangeOf(schedule.storages.size(), ~0u);
    for (const Command &command : schedule.commands)
      for (auto [storage, access] : command.bindings) {
        if (schedule.storages[storage].space != Space::Transient)
          continue;
        if (rangeOf[storage] == ~0u) {
          rangeOf[storage] = ranges.size();
          ranges.push_back(
              {plan::bufferSize(schedule.storages[storage].type), command.level, command.level});
        }
        ranges[rangeOf[storage]].last = command.level;
      }
    arena = packArena(ranges);
    lowerBound = arenaLowerBound(ranges);
    for (auto [storage, range] : llvm::zip(schedule.storages, rangeOf))
      if (range != ~0u)
        storage.offset = arena.offsets[range];
  }

  /// One buffer per storage that a command uses, sorted by space.
  void createBuffers() {
    SmallVector<bool> used(schedule.storages.size());
    for (const Command &command : schedule.commands)
      for (const Command::Binding &binding : command.bindings)
        used[binding.storage] = true;
    buffers.resize(schedule.storages.size());
    for (Space space : {Space::Io, Space::Weights, Space::Transient})
      for (auto [index, storage] : llvm::enumerate(schedule.storages)) {
        if (storage.space != space || !used[index])
          continue;
        FlatSymbolRefAttr weight;
        if (space == Space::Weights)
          weight = FlatSymbolRefAttr::get(weights.get(unrolled.constants[storage.index]));
        buffers[index] = plan::BufferOp::create(
            builder, entry.getLoc(), builder.getType<plan::BufferType>(), space, storage.offset,
            plan::bufferSize(storage.type), weight, storage.type);
      }
  }

  void createCommands() {
    for (const Command &command : schedule.commands) {
      switch (command.kind) {
      case Command::Upload:
        plan::UploadOp::create(builder, command.loc);
        break;
      case Command::Download:
        plan::DownloadOp::create(builder, command.loc);
        break;
      case Command::Copy:
        plan::CopyOp::create(builder, command.loc, buffers[command.bindings[0].storage],
                             buffers[command.bindings[1].storage]);
        break;
      case Command::Dispatch:
        createDispatch(command);
        break;
      }
      levelOf.push_back(command.level);
    }
  }

  void createDispatch(const Command &command) {
    const Step &step = unrolled.steps[command.step];
    SmallVector<Value> operands;
    SmallVector<int32_t> access;
    for (const Command::Binding &binding : command.bindings) {
      operands.push_back(buffers[binding.storage]);
      access.push_back(static_cast<int32_t>(binding.access));
    }
    kernel::CallOp call = step.call;
    plan::DispatchOp::create(builder, command.loc, call.getCalleeAttr(), operands,
                             builder.getDenseI32ArrayAttr(access),
                             builder.getDenseI32ArrayAttr(step.immediates),
                             builder.getStringAttr(plan::nodeNames(command.loc)));
  }

  func::FuncOp entry;
  const Unrolled &unrolled;
  Schedule &schedule;
  WeightTable &weights;
  OpBuilder &builder;
  IoSpace io;
  Packing arena;
  uint64_t lowerBound = 0;
  SmallVector<Value> buffers;    ///< by storage
  SmallVector<unsigned> levelOf; ///< by command
};

struct BuildPlanPass final : impl::BuildPlanPassBase<BuildPlanPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    OpBuilder builder(module.getContext());
    builder.setInsertionPointToStart(module.getBody());
    WeightTable weights(builder);

    bool ok = true;
    for (auto entry : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      FailureOr<Unrolled> unrolled = unroll(entry, symbols);
      if (failed(unrolled)) {
        ok = false;
        continue;
      }
      if (entry.getNumResults() == 0) {
        entry.emitOpError("is no program: expected a function that returns tensors, as @main does");
        ok = false;
        continue;
      }
      Schedule scheduled = schedule(*unrolled, entry.getNumArguments(), entry.getLoc());
      OpBuilder programs = OpBuilder::atBlockEnd(module.getBody());
      buildProgram(entry, *unrolled, scheduled, weights, programs);
    }
    if (!ok)
      signalPassFailure();
  }

  static void buildProgram(func::FuncOp entry, const Unrolled &unrolled, Schedule &schedule,
                           WeightTable &weights, OpBuilder &builder) {
    ProgramBuilder(entry, unrolled, schedule, weights, builder).build();
    entry.erase();
  }
};

} // namespace
} // namespace bornc
