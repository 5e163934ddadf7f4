//===- Ordering.cpp -------------------------------------------------------===//
#include "passes/plan/Ordering.h"

#include "passes/plan/Hazards.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::plan;

/// The scope that orders two commands; null is the host.
static Scope scopeBetween(Operation *earlier, Operation *later) {
  if (!later)
    return Scope::ToHost;
  bool fromDispatch = isa<DispatchOp>(earlier), toDispatch = isa<DispatchOp>(later);
  if (fromDispatch && toDispatch)
    return Scope::DispatchToDispatch;
  if (fromDispatch)
    return isa<DownloadOp>(later) ? Scope::DispatchToDownload : Scope::DispatchToCopy;
  if (toDispatch)
    return isa<UploadOp>(earlier) ? Scope::UploadToDispatch : Scope::CopyToDispatch;
  return Scope::CopyToCopy;
}

namespace {

struct ConflictFinder {
  ProgramOp program;
  Ordering out;
  HazardTracker trackers[4] = {};
  llvm::SmallVector<unsigned> found; ///< conflicts of the command at hand

  auto note() {
    return [this](unsigned earlier) { found.push_back(earlier); };
  }
  bool read(Space space, uint64_t offset, uint64_t size, unsigned command) {
    auto callback = note();
    return trackers[static_cast<int>(space)].read(offset, offset + size, command, callback);
  }
  void write(Space space, uint64_t offset, uint64_t size, unsigned command) {
    auto callback = note();
    trackers[static_cast<int>(space)].write(offset, offset + size, command, callback);
  }

  void visitBuffer(Value value, Access access, unsigned command, bool &unwritten) {
    BufferOp buffer = bufferOf(value);
    // Weights are never written, so that nothing conflicts there (plan-c8).
    if (buffer.getSpace() == Space::Weights && access == Access::Read)
      return;
    if (access != Access::Write)
      unwritten |= !read(buffer.getSpace(), buffer.getOffset(), buffer.getSize(), command);
    if (access != Access::Read)
      write(buffer.getSpace(), buffer.getOffset(), buffer.getSize(), command);
  }

  void visit(Operation *op, unsigned command) {
    bool unwritten = false;
    if (auto dispatch = dyn_cast<DispatchOp>(op)) {
      for (auto [index, buffer] : llvm::enumerate(dispatch.getBuffers()))
        visitBuffer(buffer, dispatch.accessOf(index), command, unwritten);
    } else if (auto copy = dyn_cast<CopyOp>(op)) {
      visitBuffer(copy.getSource(), Access::Read, command, unwritten);
      visitBuffer(copy.getTarget(), Access::Write, command, unwritten);
    } else if (isa<UploadOp>(op)) {
      for (auto tensor : program.getInputs().getAsRange<TensorAttr>())
        write(Space::Io, tensor.getOffset(), bufferSize(tensor.getType()), command);
    } else if (isa<DownloadOp>(op)) {
      for (auto tensor : program.getOutputs().getAsRange<TensorAttr>())
        read(Space::Io, tensor.getOffset(), bufferSize(tensor.getType()), command);
    }
    if (unwritten)
      out.readsUnwritten.push_back(op);
    flush(command, op);
  }

  void visitHost(unsigned command) {
    for (auto [index, tensor] : llvm::enumerate(program.getOutputs().getAsRange<TensorAttr>()))
      if (!read(Space::Io, tensor.getOffset(), bufferSize(tensor.getType()), command))
        out.unwrittenOutputs.push_back(index);
    flush(command, nullptr);
  }

  void flush(unsigned command, Operation *op) {
    llvm::sort(found);
    found.erase(llvm::unique(found), found.end());
    for (unsigned earlier : found)
      out.conflicts.push_back({earlier, command, scopeBetween(out.commands[earlier], op)});
    found.clear();
  }
};

} // namespace

Ordering plan::findConflicts(ProgramOp program, SubmitOp submit) {
  ConflictFinder finder{program, {}, {}, {}};
  for (Operation &op : submit.getBody().front())
    if (!isa<BarrierOp>(op))
      finder.out.commands.push_back(&op);
  for (auto [index, op] : llvm::enumerate(finder.out.commands))
    finder.visit(op, index);
  // A download leaves a copy of the outputs where the host reads them.
  finder.visitHost(finder.out.commands.size());
  return std::move(finder.out);
}

void plan::insertBarriers(ProgramOp program, SubmitOp submit, ArrayRef<unsigned> levels) {
  Ordering ordering = findConflicts(program, submit);
  unsigned count = ordering.commands.size();
  if (count == 0)
    return;
  auto levelOf = [&](unsigned command) {
    return command < count ? levels[command] : levels.back() + 1;
  };
  // scopes[l]: of the barrier before level l. Conflicts of neighbouring levels
  // leave no choice; the others use a barrier that is there, or the last one.
  std::vector<Scope> scopes(levels.back() + 2, Scope());
  for (const Conflict &conflict : ordering.conflicts)
    if (levelOf(conflict.earlier) + 1 == levelOf(conflict.later))
      scopes[levelOf(conflict.later)] = scopes[levelOf(conflict.later)] | conflict.scope;
  for (const Conflict &conflict : ordering.conflicts) {
    auto first = scopes.begin() + levelOf(conflict.earlier) + 1;
    auto last = scopes.begin() + levelOf(conflict.later) + 1;
    if (std::none_of(first, last,
                     [&](Scope scope) { return bitEnumContainsAll(scope, conflict.scope); }))
      *(last - 1) = *(last - 1) | conflict.scope;
  }

  OpBuilder builder = OpBuilder::atBlockEnd(&submit.getBody().front());
  for (unsigned command = 1; command <= count; ++command) {
    unsigned level = levelOf(command);
    if (level == levelOf(command - 1) || scopes[level] == Scope())
      continue;
    if (command < count)
      builder.setInsertionPoint(ordering.commands[command]);
    else
      builder.setInsertionPointToEnd(&submit.getBody().front());
    BarrierOp::create(builder, submit.getLoc(), scopes[level]);
  }
}
