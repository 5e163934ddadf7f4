//===- FoldBatchNorm.cpp --------------------------------------------------===//
#include "dialects/born/Born.h"
#include "dialects/onnx/Onnx.h"
#include "passes/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace bornc {
#define GEN_PASS_DEF_FOLDBATCHNORMPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

/// The elements of a small f32 constant.
static std::optional<SmallVector<double>> constantFloats(Value value) {
  DenseElementsAttr attr;
  if (!value || !matchPattern(value, m_Constant(&attr)) || !attr.getElementType().isF32())
    return std::nullopt;
  SmallVector<double> values;
  for (float element : attr.getValues<float>())
    values.push_back(element);
  return values;
}

static Value floatsConstant(PatternRewriter &rewriter, Location loc, ArrayRef<double> values) {
  SmallVector<float> floats(values);
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, rewriter.getF32Type());
  return onnx::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(type, ArrayRef(floats)));
}

/// `weight` with slice i of `axis` multiplied by factors[i]; null if it is not
/// constant.
static Value scaledWeight(PatternRewriter &rewriter, Value weight, int64_t axis,
                          ArrayRef<double> factors) {
  auto type = cast<RankedTensorType>(weight.getType());
  if (auto op = weight.getDefiningOp<born::WeightOp>()) {
    SmallVector<float> floats(factors);
    auto vector =
        RankedTensorType::get({static_cast<int64_t>(factors.size())}, rewriter.getF32Type());
    SmallVector<Attribute> steps(op.getSteps().getValue());
    steps.push_back(born::ScaleStepAttr::get(op.getContext(), axis,
                                             DenseElementsAttr::get(vector, ArrayRef(floats))));
    return born::WeightOp::create(rewriter, op.getLoc(), type, op.getSource(), op.getStored(),
                                  rewriter.getArrayAttr(steps));
  }
  std::optional<SmallVector<double>> values = constantFloats(weight);
  if (!values)
    return {};
  int64_t inner = 1;
  for (int64_t size : type.getShape().drop_front(axis + 1))
    inner *= size;
  SmallVector<float> scaled;
  for (auto [i, value] : llvm::enumerate(*values))
    scaled.push_back(static_cast<float>(value) *
                     static_cast<float>(factors[i / inner % type.getDimSize(axis)]));
  return onnx::ConstantOp::create(rewriter, weight.getLoc(),
                                  DenseElementsAttr::get(type, ArrayRef(scaled)));
}

namespace {

/// The axis of the weight that holds output channels, or -1 if a group makes
/// it no single axis.
int64_t channelAxis(onnx::ConvOp) { return 0; }
int64_t channelAxis(onnx::ConvTransposeOp op) { return op.getGroup() == 1 ? 1 : -1; }

template <typename ConvOp>
struct FoldBatchNorm : OpRewritePattern<onnx::BatchNormalizationOp> {
  using OpRewritePattern<onnx::BatchNormalizationOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::BatchNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    auto conv = op.getX().template getDefiningOp<ConvOp>();
    if (!conv)
      return failure();
    if (!conv->hasOneUse() || op.getTrainingMode() != 0)
      return rewriter.notifyMatchFailure(op, "the convolution has other uses, or training mode");
    int64_t axis = channelAxis(conv);
    auto type = dyn_cast<RankedTensorType>(conv.getW().getType());
    if (axis < 0 || !type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op,
                                         "the weight has no single channel axis, or is not f32");
    auto scale = constantFloats(op.getScale()), shift = constantFloats(op.getB());
    auto mean = constantFloats(op.getInputMean()), variance = constantFloats(op.getInputVar());
    if (!scale || !shift || !mean || !variance)
      return rewriter.notifyMatchFailure(op, "the parameters are not small f32 constants");
    size_t channels = type.getDimSize(axis);
    SmallVector<double> bias(channels, 0.0);
    if (conv.getB()) {
      auto constant = constantFloats(conv.getB());
      if (!constant)
        return rewriter.notifyMatchFailure(op, "the bias is not a small f32 constant");
      bias = *constant;
    }
    if (llvm::any_of(ArrayRef<size_t>{scale->size(), shift->size(), mean->size(), variance->size(),
                                      bias.size()},
                     [&](size_t size) { return size != channels; }))
      return rewriter.notifyMatchFailure(op, "the parameters do not fit the channels");

    SmallVector<double> factors;
    double epsilon = op.getEpsilon().convertToDouble();
    for (size_t i = 0; i < channels; ++i) {
      factors.push_back((*scale)[i] / std::sqrt((*variance)[i] + epsilon));
      bias[i] = (bias[i] - (*mean)[i]) * factors[i] + (*shift)[i];
    }
    Value weight = scaledWeight(rewriter, conv.getW(), axis, factors);
    if (!weight)
      return rewriter.notifyMatchFailure(op, "the weight is not constant");
    Location loc = rewriter.getFusedLoc({conv.getLoc(), op.getLoc()});
    Value newBias = floatsConstant(rewriter, op.getLoc(), bias);
    auto folded = ConvOp::create(rewriter, loc, TypeRange{op.getResult(0).getType()},
                                 ValueRange{conv.getX(), weight, newBias}, conv->getAttrs());
    rewriter.replaceAllUsesWith(op.getResult(0), folded->getResult(0));
    rewriter.eraseOp(op);
    return success();
  }
};

struct FoldBatchNormPass : bornc::impl::FoldBatchNormPassBase<FoldBatchNormPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldBatchNorm<onnx::ConvOp>, FoldBatchNorm<onnx::ConvTransposeOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
