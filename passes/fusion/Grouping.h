//===- Grouping.h - which tensor ops share a kernel -------------*- C++ -*-===//
#ifndef BORNC_PASSES_FUSION_GROUPING_H
#define BORNC_PASSES_FUSION_GROUPING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

namespace bornc::codegen {
struct Attention;
} // namespace bornc::codegen

namespace bornc::fusion {

/// What kind of kernel a group will be; decides what may join.
enum class GroupKind {
  Elementwise, ///< independent elements
  Row,         ///< reductions along shared rows, and elementwise ops on them
  Root,        ///< a contraction, window or other reduction with its epilogue
  Custom       ///< a kernel that the user gave: nothing joins it
};

struct Group {
  GroupKind kind;
  unsigned number;
  llvm::SmallVector<mlir::Operation *> ops; // in program order
  int64_t elements = 0;                     // of the domain: rows * length for rows
  int64_t rows = 0, length = 0;
  llvm::SmallSetVector<Group *, 4> producers; // groups it reads, loops and calls excluded
};

/// Two groups of which one reads the other, and why they are not one.
struct Unfused {
  Group *producer, *consumer;
  std::string why;
};

/// A group, or an op that stays as it is (a loop, a weight).
struct Node {
  Group *group = nullptr;
  mlir::Operation *op = nullptr;
};

/// Storage buffers that a kernel may use; see design limits: Vulkan guarantees
/// four, every known driver has more.
constexpr size_t kMaxBindings = 8;

class Grouping {
public:
  explicit Grouping(mlir::Block &block) : block(block) {}
  void run();

  Group *groupOf(mlir::Operation *op) const { return groupOfOp.lookup(op); }
  Group *groupOf(mlir::Value value) const;
  /// An op that only renames elements, or fills with a constant.
  bool isView(mlir::Operation *op) const;
  /// A view, or a constant (of this block or of one around it) that is part of
  /// the code: every reader gets a copy of it.
  bool isCopied(mlir::Operation *op) const;
  /// Values that `op` reads, those captured by its regions included.
  llvm::SmallVector<mlir::Value> reads(mlir::Operation *op) const;
  /// What `value` is made of when looking through views: values of groups,
  /// weights, arguments.
  llvm::SmallVector<mlir::Value> leaves(mlir::Value value) const;
  /// Every pair of neighbours once, in the order of the readers.
  std::vector<Unfused> unfused() const;
  /// Groups and other ops in an order that respects all reads.
  llvm::SmallVector<Node> schedule();

private:
  /// Makes the groups, with the ops of `apart` in none that others begin.
  void form();
  void visit(mlir::Operation *op);
  Group *start(mlir::Operation *op, GroupKind kind);
  void join(mlir::Operation *op, Group *group);
  /// Why `op` cannot be in the group's kernel; "": it can.
  llvm::StringRef whyNotJoin(mlir::Operation *op, Group *group);
  bool joinsInPlace(mlir::Operation *op, Group *group);
  bool joinsGates(mlir::Operation *op, Group *group);
  bool dependsOn(Group *group, Group *ancestor) const;
  void absorbProducers();
  llvm::DenseSet<Group *> readersOf(Group *group) const;
  bool isReadInPlace(mlir::Value value, Group *group, bool inPlace) const;
  /// Why an attention cannot be one group; "": it can.
  llvm::StringRef whyNotFuse(const codegen::Attention &attention) const;
  void fuseAttention();
  /// The ops whose results other kernels read, but which a row's kernel could only write as parts
  /// of words that another row's writes too.
  llvm::SmallVector<mlir::Operation *> unstorable() const;
  void dissolveUnstorable();
  /// Why the producer cannot be computed where it is read; "": it can.
  llvm::StringRef whyNotAbsorb(Group *producer, Group *consumer);
  bool expandsConstants(const Group &group) const;
  llvm::StringRef whyNotMerge(llvm::ArrayRef<Group *> groups) const;
  void merge(Group *producer, Group *consumer);
  size_t bindingCount(llvm::ArrayRef<mlir::Operation *> ops) const;
  void collectLeaves(mlir::Value value, llvm::SmallSetVector<mlir::Value, 8> &found) const;
  void materializeReadViews();

  mlir::Block &block;
  std::vector<std::unique_ptr<Group>> groups;
  llvm::DenseMap<mlir::Operation *, Group *> groupOfOp;
  llvm::DenseSet<mlir::Operation *> materialized; // views that are groups of their own
  llvm::DenseSet<mlir::Operation *> apart;        // join no group
  /// For `unfused`: by what is read and its reader, and by what was not absorbed.
  llvm::DenseMap<std::pair<mlir::Operation *, mlir::Operation *>, llvm::StringRef> notJoined;
  llvm::DenseMap<Group *, llvm::StringRef> notAbsorbed;
};

/// Whether the reader computes each of its elements from one of what it reads, and all of them
/// once.
bool isBijectiveUse(mlir::OpOperand &use);

/// Whether each element of `to` comes from one element of `from` and the other
/// way round: elementwise ops without broadcast, reshapes, transposes.
bool isBijectivePath(mlir::Value from, mlir::Value to);

} // namespace bornc::fusion

#endif // BORNC_PASSES_FUSION_GROUPING_H
