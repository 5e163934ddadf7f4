//===- FormDispatches.cpp - gathers tensor ops into dispatches ------------===//
//
// Groups grow along the data flow: an op joins the group of a value it reads
// where the group's kernel can compute it at the same place, otherwise it starts
// a group. Afterwards elementwise groups that only one group reads are computed
// inside that one. Ops that only rename elements belong to no group; every group
// that reads through them gets a copy.
//
//===----------------------------------------------------------------------===//
#include "dialects/plan/Plan.h"
#include "passes/Passes.h"
#include "passes/fusion/Grouping.h"
#include "passes/fusion/OpKinds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace bornc {
#define GEN_PASS_DEF_FORMDISPATCHESPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

namespace {
/// Turns the groups of a block into dispatches.
class DispatchBuilder {
public:
  DispatchBuilder(Block &block, Grouping &grouping) : block(block), grouping(grouping) {}
  void run();

private:
  void build(Group &group);
  void buildCustom(kernel::CustomOp op);
  Value cloneValue(Value value);
  SmallVector<Value> resultsOf(Group &group);
  void markNeeded(Value value, Group *reader);

  Block &block;
  Grouping &grouping;
  llvm::DenseSet<Value> needed;   // read outside of the group that computes them
  DenseMap<Value, Value> outside; // value of the block -> result of its dispatch

  // Of the group being built:
  Group *current = nullptr;
  kernel::DispatchOp dispatch;
  OpBuilder *body = nullptr;
  IRMapping mapping;
  SmallVector<Value> inputs, immediates;
};
} // namespace

void DispatchBuilder::markNeeded(Value value, Group *reader) {
  for (Value leaf : grouping.leaves(value)) {
    Group *maker = grouping.groupOf(leaf);
    if (maker && maker != reader)
      needed.insert(leaf);
  }
}

void DispatchBuilder::run() {
  SmallVector<Node> order = grouping.schedule();
  for (Operation &op : block) {
    Group *group = grouping.groupOf(&op);
    if (!group && grouping.isView(&op))
      continue;
    for (Value value : grouping.reads(&op))
      markNeeded(value, group);
  }
  Operation *terminator = block.getTerminator();
  SmallVector<Operation *> dead;
  for (Node &node : order) {
    if (node.group) {
      build(*node.group);
      continue;
    }
    node.op->moveBefore(terminator);
    node.op->walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        if (Value replaced = outside.lookup(operand.get()))
          operand.set(replaced);
    });
  }
  for (OpOperand &operand : terminator->getOpOperands())
    if (Value replaced = outside.lookup(operand.get()))
      operand.set(replaced);
  // What was cloned is unused now, last ones first.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if ((grouping.groupOf(&op) || grouping.isView(&op)) && op.use_empty())
      op.erase();
}

/// The value inside the dispatch under construction.
Value DispatchBuilder::cloneValue(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  bool inside = op && (grouping.isCopied(op) || grouping.groupOf(op) == current);
  if (!inside) {
    Value source = outside.lookup(value) ? outside.lookup(value) : value;
    Block &target = dispatch.getBody().front();
    if (isa<IndexType>(value.getType())) {
      immediates.push_back(source);
      BlockArgument argument = target.addArgument(value.getType(), value.getLoc());
      mapping.map(value, argument);
      return argument;
    }
    unsigned position = inputs.size();
    inputs.push_back(source);
    BlockArgument argument = target.insertArgument(
        position, born::dropLayout(cast<RankedTensorType>(value.getType())), value.getLoc());
    mapping.map(value, argument);
    return argument;
  }
  for (Value read : grouping.reads(op))
    cloneValue(read);
  Operation *clone = body->clone(*op, mapping);
  for (auto [from, to] : llvm::zip_equal(op->getResults(), clone->getResults()))
    mapping.map(from, to);
  return mapping.lookup(value);
}

SmallVector<Value> DispatchBuilder::resultsOf(Group &group) {
  SmallVector<Value> results;
  for (Operation *op : group.ops)
    for (Value result : op->getResults())
      if (needed.contains(result))
        results.push_back(result);
  return results;
}

/// The ONNX nodes of all ops.
static Location locationOf(const Group &group) {
  SmallVector<Location> locations =
      llvm::map_to_vector(group.ops, [](Operation *op) { return op->getLoc(); });
  return FusedLoc::get(group.ops.front()->getContext(), locations);
}

/// A dispatch whose inputs are the operands one by one, as the bindings of the code are.
void DispatchBuilder::buildCustom(kernel::CustomOp op) {
  OpBuilder builder(block.getTerminator());
  SmallVector<Value> operands = llvm::map_to_vector(op.getInputs(), [&](Value value) {
    Value computed = outside.lookup(value);
    return computed ? computed : value;
  });
  // Constants are copied as everywhere: the originals may come later.
  SmallVector<Value> numbers = llvm::map_to_vector(op.getImmediates(), [&](Value value) {
    return matchPattern(value, m_Constant()) ? builder.clone(*value.getDefiningOp())->getResult(0)
                                             : value;
  });
  auto wrapper =
      kernel::DispatchOp::create(builder, op.getLoc(), op->getResultTypes(), operands, numbers,
                                 StringAttr(), kernel::StrategyAttr(), DenseI64ArrayAttr());
  Block *target = builder.createBlock(&wrapper.getBody());
  for (Value operand : op->getOperands())
    target->addArgument(operand.getType(), operand.getLoc());
  auto clone = cast<kernel::CustomOp>(builder.clone(*op));
  clone->setOperands(target->getArguments());
  kernel::YieldOp::create(builder, op.getLoc(), clone.getOutputs());
  for (auto [from, to] : llvm::zip_equal(op.getOutputs(), wrapper.getOutputs()))
    outside[from] = to;
}

void DispatchBuilder::build(Group &group) {
  SmallVector<Value> results = resultsOf(group);
  if (results.empty())
    return; // nobody reads it
  if (auto op = dyn_cast<kernel::CustomOp>(group.ops.front()))
    return buildCustom(op);
  Operation *terminator = block.getTerminator();
  OpBuilder builder(terminator);
  SmallVector<Type> types = llvm::map_to_vector(results, [](Value v) { return v.getType(); });
  Location loc = locationOf(group);
  // Operands come last: they are known only once the body has been cloned.
  OperationState state(loc, kernel::DispatchOp::getOperationName());
  kernel::DispatchOp::build(builder, state, types, {}, {}, StringAttr(), kernel::StrategyAttr(),
                            DenseI64ArrayAttr());
  dispatch = cast<kernel::DispatchOp>(builder.create(state));
  Block *target = builder.createBlock(&dispatch.getBody());
  OpBuilder inner = OpBuilder::atBlockEnd(target);
  body = &inner;
  current = &group;
  mapping.clear();
  inputs.clear();
  immediates.clear();
  SmallVector<Value> yielded;
  for (Operation *op : group.ops)
    if (llvm::any_of(op->getResults(), [&](Value v) { return needed.contains(v); }))
      cloneValue(op->getResult(0));
  for (Value result : results)
    yielded.push_back(mapping.lookup(result));
  kernel::YieldOp::create(inner, loc, yielded);
  // A slice written into a loop-carried tensor is written in place.
  SmallVector<int64_t> tied(results.size(), -1);
  for (auto [index, result] : llvm::enumerate(results))
    if (auto insert = result.getDefiningOp<tensor::InsertSliceOp>())
      if (isInPlaceInsert(insert))
        tied[index] = llvm::find(inputs, insert.getDest()) - inputs.begin();
  dispatch.getInputsMutable().assign(inputs);
  dispatch.getImmediatesMutable().assign(immediates);
  if (llvm::any_of(tied, [](int64_t input) { return input >= 0; }))
    dispatch.setTied(tied);
  for (auto [from, to] : llvm::zip_equal(results, dispatch.getOutputs()))
    outside[from] = to;
}

static StringAttr nodesOf(const Group &group) {
  Location loc = locationOf(group);
  return StringAttr::get(loc.getContext(), plan::nodeNames(loc));
}

/// Rows of `born.unfused`: [nodes of the producer, nodes of the consumer, why].
static void addReasons(const Grouping &grouping, SmallVectorImpl<Attribute> &reasons) {
  for (const Unfused &pair : grouping.unfused()) {
    StringAttr producer = nodesOf(*pair.producer);
    MLIRContext *context = producer.getContext();
    reasons.push_back(ArrayAttr::get(
        context, {producer, nodesOf(*pair.consumer), StringAttr::get(context, pair.why)}));
  }
}

namespace {
struct FormDispatches : bornc::impl::FormDispatchesPassBase<FormDispatches> {
  using FormDispatchesPassBase::FormDispatchesPassBase;

  void runOnOperation() override {
    // Loop bodies first: to the block around it a loop is one op.
    SmallVector<Block *> blocks;
    getOperation().walk<WalkOrder::PostOrder>([&](Operation *op) {
      if (isa<scf::ForOp, func::FuncOp>(op))
        for (Region &region : op->getRegions())
          for (Block &block : region)
            blocks.push_back(&block);
    });
    SmallVector<Attribute> reasons;
    for (Block *block : blocks) {
      Grouping grouping(*block);
      grouping.run();
      if (recordReasons)
        addReasons(grouping, reasons);
      DispatchBuilder(*block, grouping).run();
    }
    if (recordReasons)
      getOperation()->setAttr("born.unfused", ArrayAttr::get(&getContext(), reasons));
  }
};
} // namespace
