//===- VerifyOnnx.cpp -----------------------------------------------------===//
#include "dialects/onnx/Onnx.h"
#include "passes/Passes.h"
#include "passes/lower/Registry.h"

namespace bornc {
#define GEN_PASS_DEF_VERIFYONNXPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

static bool isStaticTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape();
}

namespace {
struct VerifyOnnxPass : bornc::impl::VerifyOnnxPassBase<VerifyOnnxPass> {
  void runOnOperation() override {
    bool valid = true;
    getOperation().walk([&](Operation *op) {
      if (!isa_and_nonnull<onnx::OnnxDialect>(op->getDialect()) || isa<onnx::NoneOp>(op))
        return;
      if (!isa<onnx::YieldOp>(op) && !lower::hasLowering(op->getName().getStringRef())) {
        op->emitError("no lowering for ") << op->getName();
        valid = false;
      }
      for (Type type : op->getResultTypes()) {
        if (isStaticTensor(type) || isa<NoneType>(type))
          continue;
        op->emitError("expected a static tensor at the end of the onnx level, found ") << type;
        valid = false;
      }
    });
    if (!valid)
      signalPassFailure();
  }
};
} // namespace
