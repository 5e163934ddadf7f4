//===- GroupAttention.cpp - attentions become groups ----------------------===//
#include "passes/codegen/Attention.h"
#include "passes/fusion/Grouping.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::fusion;

/// The groups that read what `group` makes; null for what is no group.
llvm::DenseSet<Group *> Grouping::readersOf(Group *group) const {
  llvm::DenseSet<Group *> readers;
  for (Operation &op : block)
    if (!isView(&op))
      for (Value read : reads(&op))
        for (Value leaf : leaves(read))
          if (groupOf(leaf) == group && groupOf(&op) != group)
            readers.insert(groupOf(&op));
  return readers;
}

/// Whether ops of the group read `value`, and what they compute of it, element by element only,
/// each where the element is computed. `inPlace`: what `value` is a view of.
bool Grouping::isReadInPlace(Value value, Group *group, bool inPlace) const {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user->getNumResults() != 1)
      return groupOf(user) != group;
    bool isInPlace = inPlace && isBijectiveUse(use);
    if (isView(user))
      return isReadInPlace(user->getResult(0), group, isInPlace);
    return groupOf(user) != group ||
           (isInPlace && isReadInPlace(user->getResult(0), group, /*inPlace=*/true));
  });
}

static constexpr StringLiteral readElsewhere = "what the attention computes is read elsewhere, too";

StringRef Grouping::whyNotFuse(const codegen::Attention &attention) const {
  if (StringRef why = codegen::whyNotFuse(attention); !why.empty())
    return why;
  linalg::LinalgOp root = attention.product;
  Group *product = groupOf(root), *softmax = groupOf(attention.weights->get()),
        *scores = groupOf(attention.logits);
  auto isReadBy = [&](Group *maker, Group *reader) {
    return readersOf(maker) == llvm::DenseSet<Group *>{reader};
  };
  if (!softmax || !scores || groupOf(attention.scores->getResult(0)) != scores ||
      groupOf(attention.maximum->getResult(0)) != softmax || !isReadBy(scores, softmax) ||
      !isReadBy(softmax, product) || !isReadInPlace(root->getResult(0), product, /*inPlace=*/true))
    return readElsewhere;
  auto isAnother = [&](Operation *op) {
    auto contraction = dyn_cast<linalg::LinalgOp>(op);
    return contraction && contraction != root && codegen::matchAttention(contraction);
  };
  if (llvm::any_of(scores->ops, isAnother))
    return "the attention's scores are computed by another attention";
  return whyNotMerge({scores, softmax, product});
}

/// Two products and the softmax between them become one group: the matrix between them would be
/// the largest tensor of the model.
void Grouping::fuseAttention() {
  for (auto op : block.getOps<linalg::LinalgOp>()) {
    std::optional<codegen::Attention> attention;
    if (groupOf(op))
      attention = codegen::matchAttention(op);
    if (!attention)
      continue;
    Value probabilities = attention->weights->get();
    if (StringRef why = whyNotFuse(*attention); !why.empty()) {
      notJoined[{probabilities.getDefiningOp(), op}] = why;
      continue;
    }
    Group *product = groupOf(op), *softmax = groupOf(probabilities);
    Group *scores = groupOf(attention->logits);
    merge(softmax, product);
    merge(scores, product);
  }
}
