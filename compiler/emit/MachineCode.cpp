//===- MachineCode.cpp ----------------------------------------------------===//
#include "compiler/emit/MachineCode.h"

#include "dialects/errors/Errors.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"

#include <mutex>

using namespace mlir;
using namespace bornc;
using kernel::DeviceClass;

namespace {
/// What LLVM is told of a class. The features are those of runtime/program.h.
struct CpuClass {
  DeviceClass deviceClass;
  llvm::Triple::ArchType arch;
  StringLiteral tuning, features, vectorBits;
};
} // namespace

static const CpuClass &getCpuClass(DeviceClass deviceClass) {
  static constexpr CpuClass table[] = {
      {DeviceClass::Sse4, llvm::Triple::x86_64, "x86-64-v2", "+sse4.2,+popcnt,+cx16", "128"},
      {DeviceClass::Avx2, llvm::Triple::x86_64, "x86-64-v3",
       "+sse4.2,+popcnt,+cx16,+avx,+avx2,+fma,+f16c", "256"},
      {DeviceClass::Avx512, llvm::Triple::x86_64, "x86-64-v4",
       "+sse4.2,+popcnt,+cx16,+avx,+avx2,+fma,+f16c,+avx512f,+avx512bw,+avx512dq,+avx512vl", "512"},
      {DeviceClass::Avx512Vnni, llvm::Triple::x86_64, "x86-64-v4",
       "+sse4.2,+popcnt,+cx16,+avx,+avx2,+fma,+f16c,+avx512f,+avx512bw,+avx512dq,+avx512vl,"
       "+avx512vnni",
       "512"},
      {DeviceClass::Neon, llvm::Triple::aarch64, "generic", "+neon", "128"},
      {DeviceClass::NeonDotprod, llvm::Triple::aarch64, "generic", "+neon,+dotprod", "128"},
      {DeviceClass::NeonI8mm, llvm::Triple::aarch64, "generic", "+neon,+dotprod,+i8mm", "128"},
  };
  const auto *row =
      llvm::find_if(table, [&](const CpuClass &c) { return c.deviceClass == deviceClass; });
  assert(row != std::end(table) && "every class of CPU has its row");
  return *row;
}

ArrayRef<DeviceClass> bornc::defaultCpuClasses(const llvm::Triple &triple) {
  static constexpr DeviceClass x86[] = {DeviceClass::Avx2, DeviceClass::Avx512,
                                        DeviceClass::Avx512Vnni};
  static constexpr DeviceClass arm[] = {DeviceClass::Neon, DeviceClass::NeonDotprod,
                                        DeviceClass::NeonI8mm};
  if (triple.getArch() == llvm::Triple::x86_64)
    return x86;
  if (triple.getArch() == llvm::Triple::aarch64)
    return arm;
  return {};
}

std::optional<DeviceClass> bornc::nativeCpuClass() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  llvm::StringMap<bool> found = llvm::sys::getHostCPUFeatures();
  for (DeviceClass deviceClass :
       {DeviceClass::Avx512Vnni, DeviceClass::Avx512, DeviceClass::Avx2, DeviceClass::Sse4,
        DeviceClass::NeonI8mm, DeviceClass::NeonDotprod, DeviceClass::Neon}) {
    llvm::SmallVector<StringRef> features;
    getCpuClass(deviceClass).features.split(features, ',');
    if (isClassOf(deviceClass, triple) &&
        llvm::all_of(features, [&](StringRef feature) { return found.lookup(feature.substr(1)); }))
      return deviceClass;
  }
  return std::nullopt;
}

bool bornc::isClassOf(DeviceClass deviceClass, const llvm::Triple &triple) {
  return kernel::isCpu(deviceClass) && getCpuClass(deviceClass).arch == triple.getArch();
}

static std::unique_ptr<llvm::TargetMachine>
createMachine(const CpuClass &cpu, const llvm::Triple &triple, std::string &error) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu.arch == llvm::Triple::x86_64 ? "x86-64" : "generic", cpu.features, options,
      llvm::Reloc::PIC_, llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
}

/// Checks in front of every access. The calls are those of version 8 of the interface, which
/// the run-time libraries of GCC and of LLVM share.
static llvm::AddressSanitizerPass addressSanitizer() {
  llvm::AddressSanitizerOptions options;
  options.UseAfterReturn = llvm::AsanDetectStackUseAfterReturnMode::Never;
  return {options, /*UseGlobalGC=*/false, /*UseOdrIndicator=*/false};
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine, bool isSanitized) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  // The emitter has made the vectors; what is left of loops counts.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager passes =
      builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2);
  if (isSanitized)
    passes.addPass(addressSanitizer());
  passes.run(module, modules);
}

/// Kernels of one class in one module.
static std::unique_ptr<llvm::Module> translate(ArrayRef<kernel::VariantOp> variants,
                                               llvm::LLVMContext &context) {
  auto all = std::make_unique<llvm::Module>("kernels", context);
  llvm::Linker linker(*all);
  for (kernel::VariantOp variant : variants)
    for (auto module : variant.getBody().getOps<ModuleOp>()) {
      std::unique_ptr<llvm::Module> one = translateModuleToLLVMIR(module, context, "kernels");
      if (!one || linker.linkInModule(std::move(one)))
        return nullptr;
    }
  return all;
}

/// An object with kernels of one class; "" after an error.
static std::string compilePart(DeviceClass deviceClass, ArrayRef<kernel::VariantOp> variants,
                               const llvm::Triple &triple, bool isSanitized, Location loc) {
  const CpuClass &cpu = getCpuClass(deviceClass);
  StringRef name = stringifyDeviceClass(deviceClass);
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(cpu, triple, error);
  if (!machine) {
    emitError(loc) << "cannot make code for " << name << " CPUs: " << error;
    return "";
  }
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = translate(variants, context);
  if (!module) {
    emitError(loc) << "cannot translate the kernels for " << name << " CPUs to LLVM";
    return "";
  }
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  module->setPICLevel(llvm::PICLevel::BigPIC);
  for (llvm::Function &function : *module)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", machine->getTargetCPU());
      function.addFnAttr("target-features", cpu.features);
      function.addFnAttr("prefer-vector-width", cpu.vectorBits);
      function.addFnAttr("min-legal-vector-width", cpu.vectorBits);
      function.addFnAttr(llvm::Attribute::NoUnwind);
      if (isSanitized)
        function.addFnAttr(llvm::Attribute::SanitizeAddress);
      if (!function.hasLocalLinkage())
        function.setVisibility(llvm::GlobalValue::HiddenVisibility);
    }
  optimize(*module, *machine, isSanitized);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager emit;
  if (machine->addPassesToEmitFile(emit, os, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    emitError(loc) << "cannot write objects for " << name << " CPUs";
    return "";
  }
  emit.run(*module);
  return std::string(bytes.data(), bytes.size());
}

/// Kernels in an object: few, so that all threads have something to do to the end.
static constexpr size_t partSize = 4;

FailureOr<std::vector<CpuObject>>
bornc::compileCpuKernels(ModuleOp module, const llvm::Triple &triple, bool isSanitized) {
  std::map<DeviceClass, SmallVector<kernel::VariantOp>> variants;
  module.walk([&](kernel::VariantOp variant) {
    if (kernel::isCpu(variant.getDeviceClass()))
      variants[variant.getDeviceClass()].push_back(variant);
  });
  std::vector<CpuObject> objects;
  std::vector<ArrayRef<kernel::VariantOp>> parts;
  for (auto &[deviceClass, ofClass] : variants) {
    if (!isClassOf(deviceClass, triple))
      return emitError(module.getLoc(), Code::CommandLine)
             << "code for " << stringifyDeviceClass(deviceClass) << " CPUs does not run on '"
             << triple.str() << "'";
    ArrayRef<kernel::VariantOp> left = ofClass;
    for (unsigned part = 0; !left.empty(); ++part) {
      objects.push_back({deviceClass, part, ""});
      parts.push_back(left.take_front(partSize));
      left = left.drop_front(parts.back().size());
    }
  }
  LogicalResult status =
      failableParallelForEachN(module.getContext(), 0, objects.size(), [&](size_t i) {
        objects[i].bytes =
            compilePart(objects[i].deviceClass, parts[i], triple, isSanitized, module.getLoc());
        return success(!objects[i].bytes.empty());
      });
  if (failed(status))
    return failure();
  return objects;
}
