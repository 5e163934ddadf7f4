//===- VerifyOnnxLowered.cpp ----------------------------------------------===//
#include "dialects/onnx/Onnx.h"
#include "passes/Passes.h"

namespace bornc {
#define GEN_PASS_DEF_VERIFYONNXLOWEREDPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

static bool hasSignlessElements(Type type) {
  auto element = dyn_cast<IntegerType>(getElementTypeOrSelf(type));
  return !element || element.isSignless();
}

namespace {
struct VerifyOnnxLoweredPass : bornc::impl::VerifyOnnxLoweredPassBase<VerifyOnnxLoweredPass> {
  void runOnOperation() override {
    bool valid = true;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<onnx::OnnxDialect>(op->getDialect())) {
        op->emitError("expected no onnx op at the linalg level, found '") << op->getName() << "'";
        valid = false;
        return;
      }
      for (Type type : op->getResultTypes()) {
        if (hasSignlessElements(type))
          continue;
        op->emitError("expected signless integers at the linalg level, found ") << type;
        valid = false;
      }
    });
    if (!valid)
      signalPassFailure();
  }
};
} // namespace
