//===- Grouping.cpp -------------------------------------------------------===//
#include "passes/fusion/Grouping.h"
#include "passes/fusion/OpKinds.h"

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/Strategy.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

//===----------------------------------------------------------------------===//
// Kinds of ops
//===----------------------------------------------------------------------===//

static bool isTensorOp(Operation *op) {
  return isa<linalg::LinalgOp, tensor::ConcatOp, tensor::InsertSliceOp, kernel::CustomOp>(op);
}

bool Grouping::isView(Operation *op) const {
  if (materialized.contains(op))
    return false;
  if (isa<tensor::EmptyOp, tensor::PadOp, tensor::ExtractSliceOp, tensor::ExpandShapeOp,
          tensor::CollapseShapeOp, linalg::FillOp>(op) ||
      isSplatConstant(op))
    return true;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && (onlyMoves(linalgOp) || onlyWidensBytes(linalgOp));
}

bool Grouping::isCopied(Operation *op) const {
  if (op->getBlock() == &block && isView(op))
    return true;
  if (materialized.contains(op))
    return false;
  bool scalarConstant = matchPattern(op, m_Constant()) && op->getNumResults() == 1 &&
                        !isa<RankedTensorType>(op->getResult(0).getType());
  return scalarConstant || isSplatConstant(op) || isa<tensor::EmptyOp, linalg::FillOp>(op);
}

static int64_t elementsOf(Operation *op) {
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op); insert && isInPlaceInsert(insert))
    return insert.getSourceType().getNumElements();
  return cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Graph
//===----------------------------------------------------------------------===//

Group *Grouping::groupOf(Value value) const {
  Operation *op = value.getDefiningOp();
  return op ? groupOf(op) : nullptr;
}

SmallVector<Value> Grouping::reads(Operation *op) const {
  llvm::SetVector<Value> values(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), values);
  return values.takeVector();
}

void Grouping::collectLeaves(Value value, llvm::SmallSetVector<Value, 8> &found) const {
  Operation *op = value.getDefiningOp();
  if (!op || !isCopied(op)) {
    found.insert(value);
    return;
  }
  for (Value read : reads(op))
    collectLeaves(read, found);
}

SmallVector<Value> Grouping::leaves(Value value) const {
  llvm::SmallSetVector<Value, 8> found;
  collectLeaves(value, found);
  return found.takeVector();
}

bool Grouping::dependsOn(Group *group, Group *ancestor) const {
  SmallVector<Group *> work{group};
  llvm::DenseSet<Group *> seen;
  while (!work.empty()) {
    Group *next = work.pop_back_val();
    if (next == ancestor)
      return true;
    if (!seen.insert(next).second)
      continue;
    llvm::append_range(work, next->producers);
  }
  return false;
}

/// Storage buffers of a kernel with these ops: what it reads and, roughly, one
/// output per value that is used elsewhere.
size_t Grouping::bindingCount(ArrayRef<Operation *> ops) const {
  llvm::SmallSetVector<Value, 8> inputs;
  llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
  size_t outputs = 0;
  for (Operation *op : ops) {
    for (Value read : reads(op))
      for (Value leaf : leaves(read)) {
        Operation *maker = leaf.getDefiningOp();
        if (!isa<RankedTensorType>(leaf.getType()) || (maker && inside.contains(maker)))
          continue;
        inputs.insert(leaf);
      }
    outputs +=
        llvm::any_of(op->getUsers(), [&](Operation *user) { return !inside.contains(user); });
  }
  return inputs.size() + std::max<size_t>(outputs, 1);
}

//===----------------------------------------------------------------------===//
// Growing groups
//===----------------------------------------------------------------------===//

void Grouping::join(Operation *op, Group *group) {
  group->ops.push_back(op);
  groupOfOp[op] = group;
  for (Value read : reads(op))
    for (Value leaf : leaves(read)) {
      Group *producer = groupOf(leaf);
      if (producer && producer != group)
        group->producers.insert(producer);
    }
}

Group *Grouping::start(Operation *op, GroupKind kind) {
  groups.push_back(std::make_unique<Group>());
  Group *group = groups.back().get();
  group->kind = kind;
  group->number = groups.size();
  group->elements = elementsOf(op);
  join(op, group);
  return group;
}

bool fusion::isBijectiveUse(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
    return true;
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(user))
    return isInPlaceInsert(insert) && use.get() == insert.getSource();
  auto op = dyn_cast<linalg::LinalgOp>(user);
  if (!op || op.getNumReductionLoops() != 0 || op.isDpsInit(&use))
    return false;
  AffineMap map = op.getMatchingIndexingMap(&use);
  if (!map.isProjectedPermutation())
    return false;
  auto type = cast<RankedTensorType>(use.get().getType());
  return type.getNumElements() == elementsOf(op);
}

bool fusion::isBijectivePath(Value from, Value to) {
  if (from == to)
    return true;
  for (OpOperand &use : from.getUses())
    if (use.getOwner()->getNumResults() == 1 && isBijectiveUse(use) &&
        isBijectivePath(use.getOwner()->getResult(0), to))
      return true;
  return false;
}

/// Whether `op` computes each of its elements where the group has computed the
/// element that it reads.
bool Grouping::joinsInPlace(Operation *op, Group *group) {
  for (Operation *member : group->ops)
    for (Value value : member->getResults())
      if (isBijectivePath(value, op->getResult(0)) && elementsOf(member) == elementsOf(op))
        return true;
  return false;
}

/// Whether `op` computes from all gates of the group's contraction: a recurrent
/// step. Each invocation then has the same column of every gate.
bool Grouping::joinsGates(Operation *op, Group *group) {
  auto root = dyn_cast<linalg::LinalgOp>(group->ops.front());
  auto reader = dyn_cast<linalg::LinalgOp>(op);
  if (!root || !reader || !codegen::isContractionRoot(root))
    return false;
  // Either operand may turn out to be the weights, when layouts are assigned.
  std::optional<codegen::Gates> gates = codegen::getGates(root, *root.getDpsInputOperand(1));
  if (!gates)
    gates = codegen::getGates(root, *root.getDpsInputOperand(0));
  if (!gates || elementsOf(op) * gates->count != elementsOf(root))
    return false;
  return llvm::any_of(reads(op), [&](Value read) {
    auto slice = read.getDefiningOp<tensor::ExtractSliceOp>();
    return (slice ? slice.getSource() : read) == root->getResult(0);
  });
}

static constexpr StringLiteral tooManyBindings =
    "together they would need more storage buffers than a kernel may have";
static constexpr StringLiteral otherElements = "it has another number of elements";
static constexpr StringLiteral longRows = "its rows are too long for one workgroup";
static constexpr StringLiteral givenCode = "the code of a custom operator is given";

StringRef Grouping::whyNotJoin(Operation *op, Group *group) {
  // No way around: what else it reads must not wait for the group.
  for (Value read : reads(op))
    for (Value leaf : leaves(read)) {
      Group *other = groupOf(leaf);
      if (other && other != group && dependsOn(other, group))
        return "it also reads what is computed from this by another kernel";
      // A loop may read what the group makes, and groups do not know it.
      if (isa_and_nonnull<scf::ForOp>(leaf.getDefiningOp()))
        return "it also reads what a loop computes";
    }
  SmallVector<Operation *> ops(group->ops);
  ops.push_back(op);
  if (bindingCount(ops) > kMaxBindings)
    return tooManyBindings;

  int64_t elements = elementsOf(op);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  bool isReduction = linalgOp && linalgOp.getNumReductionLoops() != 0;
  bool takesRows = group->kind == GroupKind::Elementwise || group->kind == GroupKind::Row;
  if (isReduction && takesRows && !reducesRows(linalgOp))
    return "its reduction does not run along rows of what it reads";
  RowShape shape = isReduction && takesRows ? rowShape(linalgOp) : RowShape();
  switch (group->kind) {
  case GroupKind::Elementwise:
    if (shape.length > codegen::kLongestRow)
      return longRows;
    elements = isReduction ? shape.rows * shape.length : elements; // that it reads
    return elements == group->elements ? "" : otherElements;
  case GroupKind::Row:
    if (isReduction)
      return shape.length == group->length && shape.rows == group->rows ? ""
                                                                        : "its rows are others";
    if (elements == group->rows)
      return "";
    if (elements != group->rows * group->length)
      return "its elements are neither those of the rows nor one for each row";
    return group->length <= codegen::kLongestRow ? "" : longRows;
  case GroupKind::Root:
    if (isReduction)
      return "a kernel has one contraction, window or reduction across rows";
    return joinsInPlace(op, group) || joinsGates(op, group)
               ? ""
               : "its elements are not computed where those that it reads are";
  case GroupKind::Custom:
    return givenCode;
  }
  llvm_unreachable("all kinds are handled");
}

void Grouping::visit(Operation *op) {
  llvm::SmallSetVector<Group *, 4> candidates;
  for (Value read : reads(op))
    for (Value leaf : leaves(read))
      if (Group *group = groupOf(leaf))
        candidates.insert(group);
  // Kernels with a root gain most from an epilogue; later ones first.
  SmallVector<Group *> sorted(candidates.begin(), candidates.end());
  llvm::sort(sorted, [](Group *a, Group *b) {
    if (a->kind != b->kind)
      return a->kind > b->kind;
    return a->number > b->number;
  });
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  bool isReduction = linalgOp && linalgOp.getNumReductionLoops() != 0;
  constexpr StringLiteral sharesWords = "a row's kernel would write parts of words";
  StringRef startsAlone = isa<tensor::ConcatOp>(op)   ? "a concatenation starts a kernel"
                          : isa<kernel::CustomOp>(op) ? StringRef(givenCode)
                          : apart.contains(op)        ? StringRef(sharesWords)
                                                      : "";
  // For the report: why `op` is not where a value of `group` is computed.
  auto note = [&](Group *group, StringRef why) {
    for (Value read : reads(op))
      for (Value leaf : leaves(read))
        if (groupOf(leaf) == group)
          notJoined[{leaf.getDefiningOp(), op}] = why;
  };
  for (auto [position, group] : llvm::enumerate(sorted)) {
    StringRef why = startsAlone.empty() ? whyNotJoin(op, group) : startsAlone;
    auto isApart = [&](Operation *member) { return apart.contains(member); };
    if (why.empty() && isReduction && llvm::any_of(group->ops, isApart))
      why = sharesWords;
    if (!why.empty()) {
      note(group, why);
      continue;
    }
    for (Group *other : ArrayRef<Group *>(sorted).drop_front(position + 1))
      note(other, "it is part of another kernel that it reads");
    join(op, group);
    if (isReduction && group->kind == GroupKind::Elementwise) {
      group->kind = GroupKind::Row;
      group->rows = elementsOf(op);
      group->length = group->elements / group->rows;
    }
    return;
  }
  if (!isReduction) {
    start(op, isa<kernel::CustomOp>(op) ? GroupKind::Custom : GroupKind::Elementwise);
    return;
  }
  bool row = reducesRows(linalgOp);
  Group *group = start(op, row ? GroupKind::Row : GroupKind::Root);
  if (row) {
    RowShape shape = rowShape(linalgOp);
    group->rows = shape.rows;
    group->length = shape.length;
  }
}

//===----------------------------------------------------------------------===//
// Producers that are computed where they are read
//===----------------------------------------------------------------------===//

/// Rough cost of computing one element once more, in additions.
static int64_t payloadCost(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return 4;
  int64_t cost = 0;
  for (Operation &inner : linalgOp->getRegion(0).front().without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect()))
      cost += 12;
    else if (isa<tensor::ExtractOp, arith::DivFOp, arith::RemFOp>(inner))
      cost += 4;
    else
      cost += 1;
  }
  return cost;
}

/// Whether a group makes wider elements of constants: storing them would take more memory than the
/// model's weights do.
bool Grouping::expandsConstants(const Group &group) const {
  bool isNarrow = false;
  for (Operation *op : group.ops)
    for (Value read : reads(op))
      for (Value leaf : leaves(read)) {
        Operation *maker = leaf.getDefiningOp();
        auto type = dyn_cast<RankedTensorType>(leaf.getType());
        if (!type || (maker && groupOf(maker) == &group))
          continue;
        if (!isa_and_nonnull<born::WeightOp, arith::ConstantOp>(maker))
          return false;
        isNarrow |= type.getNumElements() >= group.elements &&
                    born::storageBits(type.getElementType()) < 16;
      }
  return isNarrow;
}

StringRef Grouping::whyNotAbsorb(Group *producer, Group *consumer) {
  static constexpr StringLiteral tooDear =
      "computing it again wherever it is read costs more than storing it";
  if (consumer->kind == GroupKind::Custom)
    return givenCode;
  int64_t cost = 0;
  for (Operation *op : producer->ops)
    cost += payloadCost(op);
  if (consumer->kind == GroupKind::Root) {
    // Every element is computed once per tile that reads it.
    for (Operation *op : consumer->ops)
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
          linalgOp && codegen::isContractionRoot(linalgOp))
        return cost <= (expandsConstants(*producer) ? 12 : 4) ? "" : tooDear;
    return cost <= 8 ? "" : tooDear;
  }
  // Broadcast: once per element of the consumer.
  int64_t times = consumer->elements / std::max<int64_t>(producer->elements, 1);
  return times <= 1 || cost <= 16 ? "" : tooDear;
}

StringRef Grouping::whyNotMerge(ArrayRef<Group *> merged) const {
  SmallVector<Operation *> ops;
  for (Group *group : merged)
    llvm::append_range(ops, group->ops);
  return bindingCount(ops) > kMaxBindings ? StringRef(tooManyBindings) : "";
}

void Grouping::merge(Group *producer, Group *consumer) {
  SmallVector<Operation *> ops(producer->ops);
  llvm::append_range(ops, consumer->ops);
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  consumer->ops = ops;
  for (Operation *op : producer->ops)
    groupOfOp[op] = consumer;
  consumer->producers.remove(producer);
  consumer->producers.insert(producer->producers.begin(), producer->producers.end());
  producer->ops.clear();
  producer->producers.clear();
}

void Grouping::absorbProducers() {
  // Who reads what, through views.
  DenseMap<Group *, llvm::SmallSetVector<Group *, 4>> readers;
  llvm::DenseSet<Group *> readOutside;
  for (Operation &op : block) {
    if (isView(&op))
      continue;
    Group *reader = groupOf(&op);
    for (Value read : reads(&op))
      for (Value leaf : leaves(read)) {
        Group *maker = groupOf(leaf);
        if (!maker || maker == reader)
          continue;
        if (reader)
          readers[maker].insert(reader);
        else
          readOutside.insert(maker);
      }
  }
  for (auto &entry : llvm::reverse(groups)) {
    Group *producer = entry.get();
    auto &consumers = readers[producer];
    if (producer->kind != GroupKind::Elementwise || consumers.empty())
      continue;
    StringRef why;
    Group *consumer = consumers.front();
    if (readOutside.contains(producer))
      why = "a loop or the caller reads it too";
    else if (consumers.size() != 1)
      why = "several kernels read it";
    else if (llvm::any_of(producer->ops,
                          [](Operation *op) { return isa<tensor::InsertSliceOp>(op); }))
      why = "it writes into a tensor in place";
    else if (why = whyNotAbsorb(producer, consumer); why.empty())
      why = whyNotMerge({producer, consumer});
    if (!why.empty()) {
      notAbsorbed[producer] = why;
      continue;
    }
    merge(producer, consumer);
    for (auto &[maker, set] : readers)
      if (set.remove(producer))
        set.insert(consumer);
  }
}

SmallVector<Operation *> Grouping::unstorable() const {
  llvm::SmallSetVector<Operation *, 4> found;
  for (Operation &op : block)
    if (!isView(&op))
      for (Value read : reads(&op))
        for (Value leaf : leaves(read)) {
          Group *maker = groupOf(leaf);
          auto type = dyn_cast<RankedTensorType>(leaf.getType());
          if (maker && maker != groupOf(&op) && maker->kind == GroupKind::Row &&
              maker->ops.size() > 1 && type &&
              !codegen::rowOwnsWords(type, maker->rows, maker->length))
            found.insert(leaf.getDefiningOp());
        }
  return found.takeVector();
}

/// Each op of a group with a result that cannot be stored gets a kernel of its own.
void Grouping::dissolveUnstorable() {
  for (Operation *op : unstorable()) {
    Group *group = groupOf(op);
    SmallVector<Operation *> ops = std::move(group->ops);
    group->ops.clear();
    for (Operation *member : ops)
      groupOfOp.erase(member);
    for (Operation *member : ops) {
      auto linalgOp = dyn_cast<linalg::LinalgOp>(member);
      bool isReduction = linalgOp && linalgOp.getNumReductionLoops() != 0;
      start(member, isReduction ? GroupKind::Root : GroupKind::Elementwise);
    }
  }
}

/// A view that leaves the block, or that code of the user's reads, has to be computed.
void Grouping::materializeReadViews() {
  auto visitReads = [&](Operation *op) {
    for (Value read : reads(op)) {
      Operation *maker = read.getDefiningOp();
      if (!maker || maker->getBlock() != &block || !isa<RankedTensorType>(read.getType()) ||
          !isView(maker))
        continue;
      materialized.insert(maker);
    }
  };
  for (Operation &op : block)
    if (!isView(&op) && (!isTensorOp(&op) || isa<kernel::CustomOp>(op)))
      visitReads(&op);
}

void Grouping::form() {
  groups.clear();
  groupOfOp.clear();
  notJoined.clear();
  notAbsorbed.clear();
  for (Operation &op : block)
    if (!isView(&op) && (isTensorOp(&op) || materialized.contains(&op)))
      visit(&op);
  absorbProducers();
  fuseAttention();
}

void Grouping::run() {
  materializeReadViews();
  form();
  // What cannot be stored begins a kernel, and the rest is one without it. An op that ends up among
  // rows for all that takes its whole group along.
  for (SmallVector<Operation *> ops = unstorable(); !ops.empty(); ops = unstorable()) {
    if (llvm::any_of(ops, [&](Operation *op) { return !apart.insert(op).second; }))
      return dissolveUnstorable();
    form();
  }
}

std::vector<Unfused> Grouping::unfused() const {
  std::vector<Unfused> pairs;
  llvm::DenseSet<std::pair<Group *, Group *>> seen;
  for (Operation &op : block) {
    Group *consumer = groupOf(&op);
    if (!consumer)
      continue;
    for (Value read : reads(&op))
      for (Value leaf : leaves(read)) {
        Group *producer = groupOf(leaf);
        if (!producer || producer == consumer || !seen.insert({producer, consumer}).second)
          continue;
        std::string why = notJoined.lookup({leaf.getDefiningOp(), &op}).str();
        if (StringRef second = notAbsorbed.lookup(producer); !second.empty())
          why += (why.empty() ? "" : "; ") + second.str();
        if (why.empty()) // what dissolveUnstorable took apart
          why = "rows of elements of less than 4 bytes would share words of memory";
        pairs.push_back({producer, consumer, why});
      }
  }
  return pairs;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

SmallVector<Node> Grouping::schedule() {
  SmallVector<Node> order;
  llvm::DenseSet<void *> placed;
  std::function<void(Operation *)> place = [&](Operation *op) {
    Group *group = groupOf(op);
    if (!group && isView(op)) {
      for (Value read : reads(op))
        if (Operation *maker = read.getDefiningOp(); maker && maker->getBlock() == &block)
          place(maker);
      return;
    }
    if (!placed.insert(group ? static_cast<void *>(group) : op).second)
      return;
    SmallVector<Operation *> ops = group ? group->ops : SmallVector<Operation *>{op};
    for (Operation *member : ops)
      for (Value read : reads(member))
        for (Value leaf : leaves(read)) {
          Operation *maker = leaf.getDefiningOp();
          if (maker && maker->getBlock() == &block && (!group || groupOf(maker) != group))
            place(maker);
        }
    order.push_back(group ? Node{group, nullptr} : Node{nullptr, op});
  };
  for (Operation &op : block.without_terminator())
    if (groupOf(&op) || !isView(&op))
      place(&op);
  return order;
}
