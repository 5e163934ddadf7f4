//===- KernelCode.cpp -----------------------------------------------------===//
#include "compiler/emit/KernelCode.h"

#include "compiler/custom/SpirvModule.h"
#include "dialects/plan/Plan.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

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

static InFlightDiagnostic codeError(kernel::VariantOp variant) {
  auto executable = variant->getParentOfType<kernel::ExecutableOp>();
  InFlightDiagnostic error = executable.emitError("kernel '");
  error << executable.getSymName() << "' for " << stringifyDeviceClass(variant.getDeviceClass())
        << " devices ";
  return error;
}

static LogicalResult serialize(KernelCode &code) {
  if (code.isCpu())
    return success();
  if (auto given = code.variant.getBody().getOps<kernel::BinaryOp>(); !given.empty()) {
    kernel::BinaryOp binary = *given.begin();
    code.words.assign(binary.getWords().value_begin<uint32_t>(),
                      binary.getWords().value_end<uint32_t>());
    if (std::string message = validateSpirv(code.words); !message.empty())
      return codeError(code.variant) << "is not valid SPIR-V: " << message;
    auto executable = code.variant->getParentOfType<kernel::ExecutableOp>();
    renameEntryPoint(code.words, binary.getEntry(), executable.getSymName());
    return success();
  }
  auto modules = llvm::to_vector(code.variant.getBody().getOps<spirv::ModuleOp>());
  if (modules.size() != 1)
    return codeError(code.variant) << "needs one spirv.module, found " << modules.size();
  auto entries = llvm::to_vector(modules.front().getOps<spirv::EntryPointOp>());
  auto executable = code.variant->getParentOfType<kernel::ExecutableOp>();
  if (entries.size() != 1 || entries.front().getFn() != executable.getSymName())
    return codeError(code.variant) << "needs one entry point with its name";
  if (failed(spirv::serialize(modules.front(), code.words)))
    return codeError(code.variant) << "cannot be serialised";
  if (std::string message = validateSpirv(code.words); !message.empty())
    return codeError(code.variant) << "is not valid SPIR-V: " << message;
  return success();
}

/// The name of the function that is a CPU's kernel; "" where it is not clear.
static StringRef functionName(kernel::VariantOp variant) {
  StringRef name;
  for (auto module : variant.getBody().getOps<ModuleOp>())
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal() || function.getLinkage() != LLVM::Linkage::External)
        continue;
      if (!name.empty())
        return "";
      name = function.getSymName();
    }
  return identifier(name) == name ? name : "";
}

static SmallVector<kernel::VariantOp> variantsOf(kernel::ExecutableOp executable) {
  if (executable.getVariants().empty())
    return {};
  return llvm::to_vector(executable.getVariants().getOps<kernel::VariantOp>());
}

static uint32_t bitOf(kernel::DeviceClass deviceClass) {
  return 1u << static_cast<uint32_t>(deviceClass);
}

/// Checks that all executables have code for the same targets, but for classes that single kernels
/// have beside the more general one.
static LogicalResult checkTargets(ArrayRef<kernel::ExecutableOp> executables) {
  uint32_t needed = 0;
  for (kernel::ExecutableOp executable : executables)
    for (kernel::VariantOp variant : variantsOf(executable)) {
      kernel::DeviceClass deviceClass = variant.getDeviceClass();
      needed |= bitOf(kernel::generalClass(deviceClass).value_or(deviceClass));
    }
  if (needed == 0)
    needed = bitOf(kernel::DeviceClass::Generic);
  bool ok = true;
  for (kernel::ExecutableOp executable : executables) {
    uint32_t missing = needed;
    for (kernel::VariantOp variant : variantsOf(executable))
      missing &= ~bitOf(variant.getDeviceClass());
    for (; missing; missing &= missing - 1) {
      auto deviceClass = static_cast<kernel::DeviceClass>(llvm::countr_zero(missing));
      executable.emitError("kernel '") << executable.getSymName() << "' has no code for "
                                       << stringifyDeviceClass(deviceClass) << " devices";
      ok = false;
    }
  }
  return success(ok);
}

/// Gives every code its symbol.
static LogicalResult nameCodes(std::vector<KernelCode> &codes) {
  llvm::StringSet<> symbols;
  bool ok = true;
  for (auto [index, code] : llvm::enumerate(codes)) {
    if (!code.isCpu()) { // distinct names can be the same identifier
      auto executable = code.variant->getParentOfType<kernel::ExecutableOp>();
      code.symbol = identifier(("code_" + executable.getSymName() + "_" +
                                stringifyDeviceClass(code.variant.getDeviceClass()))
                                   .str());
      if (!symbols.insert(code.symbol).second)
        symbols.insert(code.symbol += "_" + std::to_string(index));
      continue;
    }
    code.symbol = functionName(code.variant).str();
    if (code.symbol.empty())
      codeError(code.variant) << "needs one external llvm.func whose name is a C identifier";
    else if (!symbols.insert(code.symbol).second)
      codeError(code.variant) << "has a function named as another's, '" << code.symbol << "'";
    else
      continue;
    ok = false;
  }
  return success(ok);
}

FailureOr<std::vector<KernelCode>> bornc::serializeKernels(ModuleOp module) {
  llvm::StringSet<> used;
  module.walk([&](plan::DispatchOp dispatch) { used.insert(dispatch.getExecutable()); });
  SmallVector<kernel::ExecutableOp> executables;
  std::vector<KernelCode> codes;
  for (auto executable : module.getOps<kernel::ExecutableOp>()) {
    if (!used.contains(executable.getSymName()))
      continue;
    executables.push_back(executable);
    for (kernel::VariantOp variant : variantsOf(executable))
      codes.push_back({variant, "", {}});
  }
  if (failed(checkTargets(executables)) || failed(nameCodes(codes)) ||
      failed(failableParallelForEach(module.getContext(), codes, serialize)))
    return failure();
  return codes;
}
