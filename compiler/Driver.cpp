//===- Driver.cpp ---------------------------------------------------------===//
#include "compiler/Driver.h"

#include "compiler/Pipelines.h"
#include "compiler/Progress.h"
#include "compiler/Report.h"
#include "compiler/emit/HostEmitter.h"
#include "compiler/emit/MachineCode.h"
#include "compiler/emit/TempFiles.h"
#include "compiler/emit/WeightWriter.h"
#include "dialects/errors/Errors.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/plan/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/lower/Registry.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace bornc;

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

/// Whether a file is MLIR (text or bytecode) rather than ONNX: a protobuf
/// starts with a tag below 0x80 that is no letter, ONNX text with `<` or a name
/// and a `<`.
static bool isMlir(StringRef content) {
  if (content.starts_with("ML\xefR"))
    return true;
  StringRef text = content.take_front(4096).ltrim();
  for (StringRef start : {"module", "//", "#", "!", "\"", "func.", "builtin.", "kernel.", "plan."})
    if (text.starts_with(start))
      return true;
  return false;
}

/// The options with what the linalg level has no word for.
static ImportOptions importOptions(const CompileOptions &options) {
  ImportOptions import = options.import;
  import.whyNoLowering = [](StringRef domain, StringRef op) -> std::optional<std::string> {
    if (domain.empty() && lower::hasLowering(op))
      return std::nullopt;
    return "there is no lowering for it";
  };
  return import;
}

/// One function per shape set in one module. Passes and plan share what is
/// equal between them.
static FailureOr<OwningOpRef<ModuleOp>> importPrograms(const CompileOptions &options,
                                                       MLIRContext *context) {
  ImportOptions import = importOptions(options);
  if (options.shapeSets.empty())
    return importModel(options.input, import, context);
  OwningOpRef<ModuleOp> all;
  for (const ShapeSet &set : options.shapeSets) {
    ImportOptions one = import;
    if (all)
      one.warnings.disableAll(); // the first program has had them
    for (const auto &[name, shape] : set.shapes)
      if (!one.shapes.try_emplace(name, shape).second)
        return emitError(UnknownLoc::get(context), Code::CommandLine)
               << "--shape and --shape-set both pin the input '" << name << "'";
    FailureOr<OwningOpRef<ModuleOp>> module = importModel(options.input, one, context);
    if (failed(module))
      return failure();
    auto entry = *(*module)->getOps<func::FuncOp>().begin();
    entry.setSymName(set.name);
    if (!all) {
      all = std::move(*module);
      continue;
    }
    for (auto earlier : all->getOps<func::FuncOp>())
      if (earlier.getArgumentTypes() == entry.getArgumentTypes())
        return emitError(UnknownLoc::get(context), Code::CommandLine)
               << "--shape-set " << earlier.getSymName() << " and --shape-set " << set.name
               << " give the inputs the same shapes";
    entry->moveBefore(all->getBody(), all->getBody()->end());
  }
  return all;
}

/// Gives errors of verifiers and of MLIR itself their kind: text that was
/// written by hand may be wrong, what the compiler made of a model must not.
static LogicalResult setMissingCode(Diagnostic &diagnostic, bool isMlirInput) {
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error && !codeOf(diagnostic))
    setCode(diagnostic, isMlirInput ? Code::InvalidModule : Code::Internal);
  return failure(); // the next handler prints it
}

static FailureOr<OwningOpRef<ModuleOp>> readModule(const CompileOptions &options, bool &isMlirInput,
                                                   MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  if (llvm::sys::fs::is_directory(options.input))
    return emitError(loc, Code::CannotRead)
           << "cannot read '" << options.input << "': it is a directory";
  auto file = llvm::MemoryBuffer::getFile(options.input, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return emitError(loc, Code::CannotRead)
           << "cannot read '" << options.input << "': " << file.getError().message();
  if ((*file)->getBufferSize() == 0)
    return emitError(loc, Code::NotOnnx) << "'" << options.input << "' is empty";
  isMlirInput = isMlir((*file)->getBuffer());
  if (!isMlirInput)
    return importPrograms(options, context);
  const ImportOptions &import = options.import;
  if (!import.dims.empty() || !import.shapes.empty() || !import.values.empty() ||
      !import.outputs.empty() || !import.functions.empty() || !import.customOps.empty() ||
      !options.shapeSets.empty())
    return emitError(loc, Code::CommandLine)
           << "'" << options.input
           << "' is MLIR, whose inputs and outputs are fixed: leave out --dim, "
              "--shape, --shape-set, --value, --outputs, --functions and --custom-op";
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(options.input, context);
  if (!module)
    return failure();
  return module;
}

/// The first op of a module that fulfils a condition; null if none does.
static Operation *find(ModuleOp module, function_ref<bool(Operation *)> condition) {
  Operation *found = nullptr;
  module.walk([&](Operation *op) {
    found = condition(op) ? op : nullptr;
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

/// The level that the ops of a module belong to.
static Level levelOf(ModuleOp module) {
  bool hasProgram = !module.getOps<plan::ProgramOp>().empty();
  bool hasExecutable = !module.getOps<kernel::ExecutableOp>().empty();
  bool hasCode = llvm::any_of(module.getOps<kernel::ExecutableOp>(),
                              [](auto executable) { return !executable.getVariants().empty(); });
  if (hasProgram)
    return hasCode || !hasExecutable ? Level::Code : Level::Plan;
  if (hasExecutable)
    return Level::Kernel;
  bool hasOnnx = find(
      module, [](Operation *op) { return isa_and_nonnull<onnx::OnnxDialect>(op->getDialect()); });
  return hasOnnx ? Level::Imported : Level::Linalg;
}

static Level levelFor(Emit emit) {
  switch (emit) {
  case Emit::Onnx:
    return Level::Onnx;
  case Emit::Linalg:
    return Level::Linalg;
  case Emit::Kernel:
    return Level::Kernel;
  case Emit::Plan:
    return Level::Plan;
  case Emit::Spirv:
  case Emit::Cpp:
  case Emit::Artifact:
    return Level::Code;
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Lowering and output
//===----------------------------------------------------------------------===//

static LogicalResult lowerTo(ModuleOp module, Level target, const PipelineOptions &options,
                             Progress &progress) {
  static constexpr std::pair<Level, StringLiteral> names[] = {{Level::Onnx, "onnx"},
                                                              {Level::Linalg, "linalg"},
                                                              {Level::Kernel, "kernel"},
                                                              {Level::Plan, "plan"},
                                                              {Level::Code, "code"}};
  for (auto [next, name] : names) {
    // Asked each time: executables may have had their code before the plan.
    if (next <= levelOf(module) || next > target)
      continue;
    Progress::Part part = progress.begin(name);
    PassManager pm(module.getContext());
    buildPipeline(pm, static_cast<Level>(static_cast<int>(next) - 1), next, options);
    if (failed(pm.run(module)))
      return failure();
  }
  return success();
}

/// The text of a level; it parses again, locations included.
static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags().enableDebugInfo().assumeVerified());
  os << '\n';
  return text;
}

static FailureOr<std::string> printHost(ModuleOp module, StringRef output,
                                        const ArtifactOptions &options) {
  FailureOr<std::vector<KernelCode>> codes = serializeKernels(module);
  if (failed(codes))
    return failure();
  WeightSection weights;
  weights.size = weightSectionSize(module); // the hash is taken when weights are written
  weights.place = options.weights;
  weights.file = (llvm::sys::path::filename(output) + ".weights").str();
  std::string prefix = options.name.empty() ? identifier(modelName(module)) : options.name;
  return emitHost(
      module, *codes, weights,
      {prefix, options.kind == ArtifactKind::Program, options.targets, options.isSanitized});
}

/// Where relative sources of weights are.
static std::string sourceDir(const CompileOptions &options) {
  if (!options.weightsDir.empty())
    return options.weightsDir;
  return llvm::sys::path::parent_path(options.input).str();
}

/// The classes of CPU that code is generated for on machines of `triple`.
static LogicalResult addCpuClasses(const CompileOptions &options, const llvm::Triple &triple,
                                   Location loc, SmallVectorImpl<std::string> &names) {
  using kernel::DeviceClass;
  llvm::SmallSetVector<DeviceClass, 4> classes;
  for (const std::string &name : options.cpuClasses) {
    std::optional<DeviceClass> known =
        name == "native" ? nativeCpuClass() : kernel::symbolizeDeviceClass(name);
    if (!known || !isClassOf(*known, triple))
      return emitError(loc, Code::CommandLine)
             << "expected --cpu to name classes of CPU that '" << triple.str()
             << "' has (sse4, avx2, avx512 on x86-64; neon on aarch64; native for that of this "
                "machine), found '"
             << name << "'";
    classes.insert(*known);
  }
  if (options.cpuClasses.empty())
    classes.insert_range(defaultCpuClasses(triple));
  if (classes.empty())
    return emitError(loc, Code::CommandLine)
           << "there is no code for CPUs of '" << triple.str() << "': use --target=vulkan";
  // Those for single kernels come with the one for all, and it with them.
  constexpr DeviceClass singles[] = {DeviceClass::Avx512Vnni, DeviceClass::NeonDotprod,
                                     DeviceClass::NeonI8mm};
  for (DeviceClass single : singles)
    if (classes.contains(single))
      classes.insert(*kernel::generalClass(single));
  for (DeviceClass single : singles)
    if (classes.contains(*kernel::generalClass(single)))
      classes.insert(single);
  for (DeviceClass deviceClass : classes)
    names.push_back(kernel::stringifyDeviceClass(deviceClass).str());
  return success();
}

namespace {
/// What code is made for.
struct Machines {
  Targets targets;
  llvm::Triple triple; ///< of the CPUs; unknown where there is no code for them
  SmallVector<std::string> deviceClasses;
};
} // namespace

/// Chooses among what there can be code for: kernels of custom operators are given for Vulkan
/// only, LLVM is asked for no other machines than those with classes, and a static program
/// opens no driver.
static FailureOr<Machines> chooseMachines(ModuleOp module, const CompileOptions &options,
                                          Location loc) {
  Machines machines;
  const ArtifactOptions &artifact = options.artifact;
  bool asksForCpu = options.targets
                        ? options.targets->cpu
                        : !options.cpuClasses.empty() || artifact.isStatic || artifact.isSanitized;
  bool hasCpuCode = find(module, [](Operation *op) {
    auto variant = dyn_cast<kernel::VariantOp>(op);
    return variant && kernel::isCpu(variant.getDeviceClass());
  });
  if (artifact.isSanitized && !asksForCpu && !hasCpuCode)
    return emitError(loc, Code::CommandLine) << "--sanitize is of no use without the target cpu";
  if (!options.targets || asksForCpu || hasCpuCode) {
    FailureOr<llvm::Triple> triple = artifactTriple(artifact, loc);
    if (failed(triple))
      return failure();
    machines.triple = *triple;
  }
  Operation *custom = find(module, [](Operation *op) { return isa<kernel::CustomOp>(op); });
  if (custom && asksForCpu)
    return emitError(custom->getLoc(), Code::CustomOperator)
           << "a custom operator has no code for CPUs: compile for Vulkan only, with "
              "--target=vulkan";
  bool canHaveCpu = !custom && !defaultCpuClasses(machines.triple).empty();
  machines.targets =
      options.targets.value_or(Targets{!artifact.isStatic, asksForCpu || canHaveCpu});
  if (machines.targets.vulkan)
    machines.deviceClasses = {"generic", "software"};
  if (machines.targets.cpu &&
      failed(addCpuClasses(options, machines.triple, loc, machines.deviceClasses)))
    return failure();
  return machines;
}

LogicalResult bornc::compile(const CompileOptions &options, MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  if (options.emit == Emit::Artifact && (options.output.empty() || options.output == "-"))
    return emitError(loc, Code::CommandLine) << "expected -o with the file to make";
  Progress progress(options.timings, options.progress);

  bool isMlirInput = false;
  ScopedDiagnosticHandler codes(
      context, [&](Diagnostic &diagnostic) { return setMissingCode(diagnostic, isMlirInput); });
  Progress::Part import = progress.begin("import");
  FailureOr<OwningOpRef<ModuleOp>> owned = readModule(options, isMlirInput, context);
  if (failed(owned))
    return failure();
  import.end();

  ModuleOp module = owned->get();
  if (options.checkIndices && levelOf(module) != Level::Imported)
    return emitError(loc, Code::CommandLine)
           << "--check-indices needs a model with ONNX operators, and '" << options.input
           << "' has none";
  PipelineOptions pipeline;
  pipeline.recordReasons = !options.report.empty();
  pipeline.checkIndices = options.checkIndices;
  ArtifactOptions artifact = options.artifact;
  llvm::Triple triple;
  if (levelFor(options.emit) == Level::Code) {
    FailureOr<Machines> machines = chooseMachines(module, options, loc);
    if (failed(machines))
      return failure();
    artifact.targets = machines->targets;
    triple = machines->triple;
    pipeline.deviceClasses = machines->deviceClasses;
  }
  if (failed(lowerTo(module, levelFor(options.emit), pipeline, progress)))
    return failure();

  Progress::Part emit = progress.begin("emit");
  if (!options.report.empty() && failed(writeText(options.report, reportJson(module), loc)))
    return failure();
  if (options.emit == Emit::Artifact) {
    FailureOr<std::vector<CpuObject>> objects =
        compileCpuKernels(module, triple, artifact.isSanitized);
    if (failed(objects))
      return failure();
    return writeArtifact(module, *objects, options.output, sourceDir(options), artifact);
  }
  if (options.emit != Emit::Cpp)
    return writeText(options.output, print(module), loc);
  FailureOr<std::string> host = printHost(module, options.output, artifact);
  return failed(host) ? failure() : writeText(options.output, *host, loc);
}

LogicalResult bornc::inspect(const CompileOptions &options, bool json, MLIRContext *context) {
  FailureOr<ModelSummary> summary = inspectModel(options.input, importOptions(options), context);
  if (failed(summary))
    return failure();
  std::string text;
  llvm::raw_string_ostream os(text);
  json ? printJson(*summary, os) : printText(*summary, os);
  return writeText(options.output, text, UnknownLoc::get(context));
}
