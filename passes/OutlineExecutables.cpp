//===- OutlineExecutables.cpp - dispatch bodies become symbols ------------===//
#include "passes/Passes.h"

#include "mlir/IR/AsmState.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/QuantizedBytes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace bornc {
#define GEN_PASS_DEF_OUTLINEEXECUTABLESPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

/// ONNX operators of a fused location, each once, in order: locations are named
/// "<node> (<operator>)".
static void collectOperators(Location loc, SmallVectorImpl<std::string> &operators) {
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectOperators(part, operators);
    return;
  }
  auto name = dyn_cast<NameLoc>(loc);
  if (!name)
    return;
  StringRef text = name.getName();
  size_t open = text.rfind('(');
  if (open == StringRef::npos || !text.ends_with(")"))
    return;
  std::string op = text.slice(open + 1, text.size() - 1).lower();
  if (!llvm::is_contained(operators, op))
    operators.push_back(op);
}

/// `<n>_<ops>_<shape>_<type>`, with letters, digits and underscores only.
static std::string kernelName(kernel::DispatchOp dispatch, unsigned number) {
  SmallVector<std::string> operators;
  collectOperators(dispatch.getLoc(), operators);
  if (operators.size() > 4)
    operators.resize(4);
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "k" << number;
  for (const std::string &op : operators)
    out << '_' << op;
  if (operators.empty() && dispatch.getStrategy())
    out << '_' << kernel::stringifyStrategy(*dispatch.getStrategy());
  auto type = cast<RankedTensorType>(dispatch.getResult(0).getType());
  out << '_';
  llvm::interleave(type.getShape(), out, "x");
  if (type.getRank() == 0)
    out << "scalar";
  out << '_' << type.getElementType();
  for (char &c : text)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  return text;
}

/// What is known of how the inputs of a dispatch are quantised, by the dispatches that they come
/// from; null where nothing is, or where it is of no use.
static ArrayAttr quantizationOfInputs(kernel::DispatchOp dispatch) {
  Builder builder(dispatch.getContext());
  SmallVector<Type> types;
  for (Value input : dispatch.getInputs()) {
    Type known = codegen::quantizationOf(input);
    types.push_back(known ? known : builder.getNoneType());
  }
  auto isUsed = [&](linalg::LinalgOp op) {
    return codegen::isContractionRoot(op) && codegen::multipliesQuantized(op, types);
  };
  if (llvm::all_of(types, llvm::IsaPred<NoneType>) ||
      llvm::none_of(dispatch.getBody().getOps<linalg::LinalgOp>(), isUsed))
    return {};
  return builder.getTypeArrayAttr(types);
}

/// What makes two dispatches the same kernel: their text without names.
static std::string fingerprint(kernel::DispatchOp dispatch, ArrayAttr quantized) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (Type type : dispatch->getOperandTypes())
    out << type << ' ';
  for (Type type : dispatch->getResultTypes())
    out << type << ' ';
  out << dispatch.getStrategyAttr() << dispatch.getTiedAttr() << quantized;
  // The region alone: what the operands are called is not part of it.
  AsmState state(dispatch, OpPrintingFlags().useLocalScope().printGenericOpForm());
  for (Operation &op : dispatch.getBody().front()) {
    op.print(out, state);
    out << '\n';
  }
  return text;
}

namespace {
struct OutlineExecutables : bornc::impl::OutlineExecutablesPassBase<OutlineExecutables> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::StringMap<kernel::ExecutableOp> known;
    SmallVector<kernel::DispatchOp> dispatches;
    module.walk([&](kernel::DispatchOp dispatch) { dispatches.push_back(dispatch); });
    SmallVector<ArrayAttr> quantized = llvm::map_to_vector(dispatches, quantizationOfInputs);
    OpBuilder builder(module.getContext());
    builder.setInsertionPointToStart(module.getBody());
    for (auto [dispatch, ofInputs] : llvm::zip_equal(dispatches, quantized)) {
      kernel::ExecutableOp &executable = known[fingerprint(dispatch, ofInputs)];
      if (!executable) {
        auto type = FunctionType::get(module.getContext(), dispatch->getOperandTypes(),
                                      dispatch->getResultTypes());
        executable = kernel::ExecutableOp::create(
            builder, dispatch.getLoc(), kernelName(dispatch, known.size() - 1), type,
            dispatch.getStrategyAttr(), dispatch.getTiedAttr(), ofInputs);
        executable.getBody().takeBody(dispatch.getBody());
      }
      OpBuilder at(dispatch);
      auto call = kernel::CallOp::create(at, dispatch.getLoc(), dispatch->getResultTypes(),
                                         executable.getSymName(), dispatch.getInputs(),
                                         dispatch.getImmediates());
      dispatch->replaceAllUsesWith(call);
      dispatch.erase();
    }
  }
};
} // namespace
