//===- Ordering.h - conflicts of commands and their barriers ----*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_ORDERING_H
#define BORNC_PASSES_PLAN_ORDERING_H

#include "dialects/plan/Plan.h"

#include <vector>

namespace bornc::plan {

/// Command `later` has to wait for command `earlier`. Numbers count the
/// commands of a submit without its barriers; the number behind the last one
/// is the host that reads the outputs.
struct Conflict {
  unsigned earlier, later;
  Scope scope; ///< of a barrier that orders them
};

struct Ordering {
  std::vector<mlir::Operation *> commands; ///< without barriers
  std::vector<Conflict> conflicts;         ///< sorted by `later`, each pair once
  /// Commands that read bytes which no command wrote.
  std::vector<mlir::Operation *> readsUnwritten;
  /// Outputs that are not written in full.
  std::vector<unsigned> unwrittenOutputs;
};

/// Recomputes from byte ranges what the commands of a submit conflict in.
Ordering findConflicts(ProgramOp program, SubmitOp submit);

/// Adds the barriers between commands whose levels differ, with the scopes
/// that the conflicts need, and the one for the host. `levels` are ascending,
/// one per command.
void insertBarriers(ProgramOp program, SubmitOp submit, llvm::ArrayRef<unsigned> levels);

} // namespace bornc::plan

#endif // BORNC_PASSES_PLAN_ORDERING_H
