//===- Driver.cpp ---------------------------------------------------------===//
#include "compiler/Driver.h"
using namespace mlir;
using namespace bornc;
LogicalResult bornc::compile(const CompileOptions &options, MLIRContext *context) {
  return emitError(UnknownLoc::get(context), "cannot compile yet");
}
LogicalResult bornc::inspect(const CompileOptions &options, bool json, MLIRContext *context) {
  return emitError(UnknownLoc::get(context), "cannot inspect yet");
}
