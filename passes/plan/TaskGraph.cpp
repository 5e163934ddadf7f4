//===- TaskGraph.cpp ------------------------------------------------------===//
#include "passes/plan/TaskGraph.h"

#include "passes/plan/Ordering.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::plan;

/// Beyond this many nodes the sets of ancestors would take too much memory;
/// edges that follow from others then stay, which is slower but right.
static constexpr size_t maxReducedNodes = 1 << 14;

static uint64_t costOf(Operation *op, const SymbolTable &symbols,
                       llvm::StringMap<uint64_t> &known) {
  auto dispatch = dyn_cast<DispatchOp>(op);
  if (!dispatch) // a copy reads and writes, which is what both bytes of a nanosecond are for
    return std::max<uint64_t>(bufferOf(cast<CopyOp>(op).getSource()).getSize() / 8, 1);
  auto [it, isNew] = known.try_emplace(dispatch.getExecutable(), 1);
  if (auto executable = symbols.lookup<kernel::ExecutableOp>(dispatch.getExecutable());
      isNew && executable)
    it->second = estimateCost(executable);
  return it->second;
}

namespace {

/// The graph under construction, in the order of the plan.
struct GraphBuilder {
  std::vector<TaskNode> nodes;
  std::vector<SmallVector<unsigned, 2>> before; ///< by node, what it waits for

  void addNodes(SubmitOp submit, const SymbolTable &symbols) {
    llvm::StringMap<uint64_t> known;
    for (auto [number, op] : llvm::enumerate(submit.getBody().front()))
      if (isa<DispatchOp, CopyOp>(op))
        nodes.push_back(
            {&op, static_cast<unsigned>(number), costOf(&op, symbols, known), 0, 0, {}});
    before.resize(nodes.size());
  }

  void addEdges(ProgramOp program, SubmitOp submit) {
    Ordering ordering = findConflicts(program, submit);
    SmallVector<int64_t> nodeOf; // by command of the ordering; -1: none
    int64_t count = 0;
    for (Operation *op : ordering.commands)
      nodeOf.push_back(isa<DispatchOp, CopyOp>(op) ? count++ : -1);
    nodeOf.push_back(-1); // the host
    for (const Conflict &conflict : ordering.conflicts)
      if (int64_t from = nodeOf[conflict.earlier], to = nodeOf[conflict.later];
          from >= 0 && to >= 0)
        before[to].push_back(from);
  }

  /// Drops the edges that follow from others: from the latest node that one
  /// waits for to the earliest, those that are its ancestors already.
  void reduce() {
    if (nodes.size() > maxReducedNodes)
      return;
    std::vector<llvm::BitVector> ancestors(nodes.size());
    for (size_t node = 0; node < nodes.size(); ++node) {
      llvm::BitVector &seen = ancestors[node];
      seen.resize(node);
      llvm::sort(before[node], std::greater<>());
      llvm::erase_if(before[node], [&](unsigned earlier) {
        if (seen.test(earlier))
          return true;
        seen |= ancestors[earlier];
        seen.set(earlier);
        return false;
      });
    }
  }
};

} // namespace

std::vector<unsigned> TaskGraph::widths() const {
  std::vector<unsigned> widths;
  for (const TaskNode &node : nodes) {
    widths.resize(std::max<size_t>(widths.size(), node.level + 1));
    ++widths[node.level];
  }
  return widths;
}

TaskGraph plan::buildTaskGraph(ProgramOp program, const SymbolTable &symbols) {
  SubmitOp submit = *program.submissions().begin();
  GraphBuilder builder;
  builder.addNodes(submit, symbols);
  builder.addEdges(program, submit);
  builder.reduce();

  // behind[n]: the cost of the longest way from node n to the end, n included.
  std::vector<TaskNode> &planned = builder.nodes;
  std::vector<uint64_t> behind(planned.size());
  for (size_t node = planned.size(); node-- > 0;) {
    behind[node] += planned[node].cost;
    for (unsigned earlier : builder.before[node])
      behind[earlier] = std::max(behind[earlier], behind[node]);
  }
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, planned.size()));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) { return behind[a] > behind[b]; });

  TaskGraph graph;
  SmallVector<unsigned> placeOf(planned.size());
  for (auto [place, node] : llvm::enumerate(order))
    placeOf[node] = place;
  for (unsigned node : order) {
    TaskNode &added = graph.nodes.emplace_back(planned[node]);
    graph.cost += added.cost;
    added.waits = builder.before[node].size();
    for (unsigned earlier : builder.before[node]) {
      TaskNode &from = graph.nodes[placeOf[earlier]];
      from.next.push_back(graph.nodes.size() - 1);
      added.level = std::max(added.level, from.level + 1);
    }
  }
  // The first node has the longest way of all behind it; so does, of those that
  // wait for it, the first.
  for (size_t node = 0; node < graph.nodes.size();) {
    graph.critical.push_back(node);
    graph.criticalCost += graph.nodes[node].cost;
    if (graph.nodes[node].next.empty())
      break;
    node = graph.nodes[node].next.front();
  }
  return graph;
}
