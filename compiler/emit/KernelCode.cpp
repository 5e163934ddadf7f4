//===- KernelCode.cpp -----------------------------------------------------===//
#include "compiler/emit/KernelCode.h"

#include "dialects/plan/Plan.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <spirv-tools/libspirv.h>

using namespace mlir;
using namespace bornc;

std::string bornc::identifier(StringRef name) {
  std::string text = name.str();
  for (char &c : text)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  if (text.empty() || llvm::isDigit(text.front()))
    text.insert(0, "_");
  return text;
}

/// The message of SPIRV-Tools about an invalid module; "" for a valid one.
static std::string validate(ArrayRef<uint32_t> words) {
  spv_context context = spvContextCreate(SPV_ENV_VULKAN_1_1);
  spv_validator_options options = spvValidatorOptionsCreate();
  spv_const_binary_t binary = {words.data(), words.size()};
  spv_diagnostic diagnostic = nullptr;
  spv_result_t result = spvValidateWithOptions(context, options, &binary, &diagnostic);
  std::string message;
  if (result != SPV_SUCCESS)
    message = diagnostic && diagnostic->error ? diagnostic->error : "unknown reason";
  spvDiagnosticDestroy(diagnostic);
  spvValidatorOptionsDestroy(options);
  spvContextDestroy(context);
  return message;
}

static LogicalResult serialize(KernelCode &code) {
  auto executable = code.variant->getParentOfType<kernel::ExecutableOp>();
  auto error = [&] {
    return executable.emitError("kernel '")
           << executable.getSymName() << "' for "
           << stringifyDeviceClass(code.variant.getDeviceClass()) << " devices ";
  };
  auto modules = llvm::to_vector(code.variant.getBody().getOps<spirv::ModuleOp>());
  if (modules.size() != 1)
    return error() << "needs one spirv.module, found " << modules.size();
  auto entries = llvm::to_vector(modules.front().getOps<spirv::EntryPointOp>());
  if (entries.size() != 1 || entries.front().getFn() != executable.getSymName())
    return error() << "needs one entry point with its name";
  if (failed(spirv::serialize(modules.front(), code.words)))
    return error() << "cannot be serialised";
  if (std::string message = validate(code.words); !message.empty())
    return error() << "is not valid SPIR-V: " << message;
  return success();
}

FailureOr<std::vector<KernelCode>> bornc::serializeKernels(ModuleOp module) {
  llvm::StringSet<> used;
  module.walk([&](plan::DispatchOp dispatch) { used.insert(dispatch.getExecutable()); });
  std::vector<KernelCode> codes;
  bool ok = true;
  for (auto executable : module.getOps<kernel::ExecutableOp>()) {
    if (!used.contains(executable.getSymName()))
      continue;
    bool isGeneric = false;
    if (!executable.getVariants().empty())
      for (auto variant : executable.getVariants().getOps<kernel::VariantOp>()) {
        isGeneric |= variant.getDeviceClass() == kernel::DeviceClass::Generic;
        codes.push_back({variant,
                         identifier(("code_" + executable.getSymName() + "_" +
                                     stringifyDeviceClass(variant.getDeviceClass()))
                                        .str()),
                         {}});
      }
    if (!isGeneric) {
      executable.emitError("kernel '")
          << executable.getSymName() << "' has no code for generic devices";
      ok = false;
    }
  }
  // Distinct names can be the same identifier.
  llvm::StringSet<> symbols;
  for (auto [index, code] : llvm::enumerate(codes))
    if (!symbols.insert(code.symbol).second)
      symbols.insert(code.symbol += "_" + std::to_string(index));
  if (!ok || failed(failableParallelForEach(module.getContext(), codes, serialize)))
    return failure();
  return codes;
}
