//===- TaskGraph.h - what waits for what, without barriers ------*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_TASKGRAPH_H
#define BORNC_PASSES_PLAN_TASKGRAPH_H

#include "dialects/kernel/Kernel.h"
#include "dialects/plan/Plan.h"

#include <vector>

namespace bornc::plan {

/// A dispatch or a copy. Uploads and downloads are the queue's business.
struct TaskNode {
  mlir::Operation *op;
  unsigned command;                    ///< its number in the submit, barriers counted
  uint64_t cost;                       ///< estimated nanoseconds on one core; at least 1
  unsigned level;                      ///< the number of nodes on the longest way to it
  unsigned waits;                      ///< nodes that have this one as `next`
  llvm::SmallVector<unsigned, 2> next; ///< the nodes that wait for it, ascending
};

/// The commands of a program for an executor that starts each of them as soon
/// as those it depends on are done. The edges are those of findConflicts, which
/// recomputes them from byte ranges, less those that follow from others.
struct TaskGraph {
  /// In the order in which workers take them: what has most work behind it
  /// comes first. Every node is behind those that it waits for.
  std::vector<TaskNode> nodes;
  std::vector<unsigned> critical; ///< the way through with the greatest cost
  uint64_t cost = 0;              ///< of all nodes
  uint64_t criticalCost = 0;

  /// The number of nodes of each level.
  std::vector<unsigned> widths() const;
};

TaskGraph buildTaskGraph(ProgramOp program, const mlir::SymbolTable &symbols);

/// Floating-point operations of an executable: the scalar ones of each
/// structured op, times the points of its domain. An elementary function
/// counts as one, data movement as none.
int64_t countFlops(kernel::ExecutableOp executable);

/// A guess at the nanoseconds that an executable takes on one core of a CPU:
/// good enough to cut work into pieces, no more.
uint64_t estimateCost(kernel::ExecutableOp executable);

/// The workgroups that make a task: as many as are worth handing to another
/// core, of a kernel that costs `cost` nanoseconds in all.
uint32_t workgroupsPerTask(uint64_t cost, uint32_t workgroupCount);

} // namespace bornc::plan

#endif // BORNC_PASSES_PLAN_TASKGRAPH_H
