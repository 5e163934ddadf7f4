//===- Schedule.h - steps to commands on storages, in levels ----*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_SCHEDULE_H
#define BORNC_PASSES_PLAN_SCHEDULE_H

#include "dialects/plan/Plan.h"
#include "passes/plan/Unroll.h"

namespace bornc {

/// The memory of one or, where steps work in place, several values.
struct Storage {
  plan::Space space;
  unsigned index; ///< of the constant; of the input, or of inputs + output in io
  mlir::RankedTensorType type;
  uint64_t offset = 0;
};

struct Command {
  enum Kind { Upload, Dispatch, Copy, Download } kind;
  unsigned step = 0; ///< of a dispatch
  struct Binding {
    unsigned storage;
    plan::Access access;
  };
  /// By binding number; source and target of a copy; nothing for the others.
  llvm::SmallVector<Binding> bindings;
  mlir::Location loc;
  unsigned level = 0;
};

struct Schedule {
  std::vector<Storage> storages;
  /// Sorted by level, in the order of the program within one.
  std::vector<Command> commands;
  unsigned levels = 0;
};

/// Gives every value its storage and every command its level: the first one
/// after all commands that it depends on.
Schedule schedule(const Unrolled &program, unsigned numInputs, mlir::Location loc);

} // namespace bornc

#endif // BORNC_PASSES_PLAN_SCHEDULE_H
