//===- FoldWeights.cpp ----------------------------------------------------===//
#include "dialects/born/Born.h"
#include "dialects/onnx/Onnx.h"
#include "passes/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace bornc {
#define GEN_PASS_DEF_FOLDWEIGHTSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

/// What an op that only moves or converts elements does to a constant: one step
/// of a weight, null for none (the types are equal).
namespace {
struct Step {
  Attribute attr;
};
} // namespace

static FailureOr<Step> stepOf(Operation *op, PatternRewriter &rewriter) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto source = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  if (!type || !type.hasStaticShape() || !source)
    return failure();
  if (isa<onnx::IdentityOp>(op))
    return Step{};
  // Elements that share a byte stay in their order.
  bool isPacked = born::storageBits(source.getElementType()) % 8 != 0;
  if (isa<onnx::ReshapeOp, onnx::FlattenOp, onnx::SqueezeOp, onnx::UnsqueezeOp>(op))
    return Step{born::ReshapeStepAttr::get(op->getContext(),
                                           rewriter.getDenseI64ArrayAttr(type.getShape()))};
  auto transpose = dyn_cast<onnx::TransposeOp>(op);
  if (transpose && !isPacked) {
    SmallVector<int64_t> perm =
        llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, type.getRank())));
    if (auto attr = transpose.getPerm())
      perm.assign(attr->begin(), attr->end());
    return Step{born::TransposeStepAttr::get(op->getContext(), perm)};
  }
  // Quantised weights stay as small as they are: whoever reads them converts them.
  Type element = source.getElementType();
  bool isQuantised = born::storageBits(element) < (isa<IntegerType>(element) ? 32 : 16);
  if (isa<onnx::CastOp>(op) && type.getElementType().isF32() && !isQuantised)
    return Step{born::CastStepAttr::get(op->getContext(), type.getElementType())};
  return failure();
}

static bool isMovement(Operation *op) {
  return isa<onnx::CastOp, onnx::FlattenOp, onnx::IdentityOp, onnx::ReshapeOp, onnx::SqueezeOp,
             onnx::TransposeOp, onnx::UnsqueezeOp>(op);
}

/// The elements of `value` in the order that `perm` puts them.
static DenseElementsAttr transposed(DenseElementsAttr value, ArrayRef<int64_t> perm,
                                    RankedTensorType type) {
  if (value.isSplat())
    return value.resizeSplat(type);
  ArrayRef<int64_t> source = cast<RankedTensorType>(value.getType()).getShape();
  SmallVector<int64_t> strides(source.size(), 1);
  for (int64_t i = static_cast<int64_t>(source.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * source[i + 1];
  auto elements = value.getValues<Attribute>();
  SmallVector<Attribute> result;
  for (int64_t linear = 0; linear < type.getNumElements(); ++linear) {
    int64_t rest = linear, position = 0;
    for (int64_t i = type.getRank() - 1; i >= 0; --i) {
      position += rest % type.getDimSize(i) * strides[perm[i]];
      rest /= type.getDimSize(i);
    }
    result.push_back(elements[position]);
  }
  return DenseElementsAttr::get(type, result);
}

namespace {

/// Appends the step of a movement op to the weight it reads.
struct FoldIntoWeight : RewritePattern {
  FoldIntoWeight(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isMovement(op))
      return failure();
    auto weight = op->getOperand(0).getDefiningOp<born::WeightOp>();
    if (!weight)
      return rewriter.notifyMatchFailure(op, "the operand is not a weight");
    FailureOr<Step> step = stepOf(op, rewriter);
    if (failed(step))
      return rewriter.notifyMatchFailure(op, "no step does what the op does");
    SmallVector<Attribute> steps(weight.getSteps().getValue());
    if (step->attr)
      steps.push_back(step->attr);
    // A step that does not fit (a malformed perm) leaves the op to the lowering.
    ArrayAttr all = rewriter.getArrayAttr(steps);
    bool fits = true;
    {
      ScopedDiagnosticHandler quiet(op->getContext(), [](Diagnostic &) { return success(); });
      auto type = born::applySteps(cast<RankedTensorType>(weight.getStored()), all,
                                   [&] { return op->emitError(); });
      fits = succeeded(type) && *type == op->getResult(0).getType();
    }
    if (!fits)
      return rewriter.notifyMatchFailure(op, "the step does not give the result's type");
    rewriter.replaceOpWithNewOp<born::WeightOp>(op, op->getResult(0).getType(), weight.getSource(),
                                                weight.getStored(), all);
    return success();
  }
};

/// Computes a movement op of a small constant.
struct FoldConstant : RewritePattern {
  FoldConstant(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isMovement(op) || isa<onnx::CastOp>(op))
      return failure();
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    DenseElementsAttr value;
    if (!type || !matchPattern(op->getOperand(0), m_Constant(&value)))
      return rewriter.notifyMatchFailure(op, "the operand is not a constant");
    if (value.getNumElements() != type.getNumElements())
      return rewriter.notifyMatchFailure(op, "the result has another number of elements");
    if (auto transpose = dyn_cast<onnx::TransposeOp>(op)) {
      SmallVector<int64_t> perm =
          llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, type.getRank())));
      if (auto attr = transpose.getPerm())
        perm.assign(attr->begin(), attr->end());
      SmallVector<int64_t> sorted(perm);
      llvm::sort(sorted);
      if (!llvm::equal(sorted, llvm::seq<int64_t>(0, type.getRank())))
        return rewriter.notifyMatchFailure(op, "perm is not a permutation");
      value = transposed(value, perm, type);
    } else {
      value = value.reshape(type);
    }
    rewriter.replaceOpWithNewOp<onnx::ConstantOp>(op, value);
    return success();
  }
};

struct FoldWeightsPass : bornc::impl::FoldWeightsPassBase<FoldWeightsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldConstant, FoldIntoWeight>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
