//===- bornc.cpp - the command line of the compiler ----------------------===//
#include "compiler/Dialects.h"
#include "compiler/Driver.h"
#include "compiler/Diagnostics.h"
#include "dialects/errors/Errors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <csignal>

using namespace bornc;
namespace cl = llvm::cl;
using llvm::StringRef;

static cl::OptionCategory outputGroup("1. What comes out");
static cl::OptionCategory modelGroup("2. The model");
static cl::OptionCategory hostGroup("3. The host program");
static cl::OptionCategory tellGroup("4. What is told");

static cl::opt<std::string> input(cl::Positional, cl::desc("<model.onnx | module.mlir>"),
                                  cl::value_desc("model"), cl::cat(outputGroup));
static cl::opt<std::string>
    output("o", cl::desc("Where to write; text goes to standard output without it"),
           cl::value_desc("file"), cl::cat(outputGroup));
static cl::opt<bool> object("c", cl::desc("Make one relocatable object and a C header beside it"),
                            cl::cat(outputGroup));
static cl::opt<bool> staticLib("static-lib", cl::desc("The same as an archive (.a)"),
                               cl::cat(outputGroup));
static cl::opt<bool> shared("shared", cl::desc("The same as a shared library (.so)"),
                            cl::cat(outputGroup));
static cl::opt<bool> isStatic("static", cl::desc("Make an executable without shared libraries"),
                              cl::cat(outputGroup));
static cl::opt<Emit>
    emit("emit", cl::desc("Stop at a level and print it:"), cl::init(Emit::Artifact),
         cl::values(clEnumValN(Emit::Onnx, "onnx", "typed ONNX operators, static shapes"),
                    clEnumValN(Emit::Linalg, "linalg", "linalg on tensors"),
                    clEnumValN(Emit::Kernel, "kernel", "fused dispatches and their executables"),
                    clEnumValN(Emit::Plan, "plan", "buffers, commands and the one submission"),
                    clEnumValN(Emit::Spirv, "spirv", "the plan with the code of its kernels"),
                    clEnumValN(Emit::Cpp, "cpp", "the host program")),
         cl::cat(outputGroup));
static cl::list<std::string> targets("target", cl::desc("Machines to have code for (default: all)"),
                                     cl::value_desc("vulkan,cpu"), cl::CommaSeparated,
                                     cl::cat(outputGroup));
static cl::list<std::string>
    cpus("cpu",
         cl::desc("Classes of CPU: sse4, avx2, avx512, neon, or native for "
                  "this machine's (default: avx2 and avx512, or neon); avx512 "
                  "uses VNNI where there is, neon dot products"),
         cl::value_desc("list"), cl::CommaSeparated, cl::cat(outputGroup));
static cl::opt<bool> sanitize("sanitize",
                              cl::desc("Check every access of code for CPUs (AddressSanitizer)"),
                              cl::cat(outputGroup));
static cl::opt<std::string> report("report", cl::desc("Write a report on dispatches and memory"),
                                   cl::value_desc("file.json"), cl::cat(outputGroup));

static cl::list<std::string> dims("dim", cl::desc("Pin a free dimension (repeatable)"),
                                  cl::value_desc("name=n"), cl::cat(modelGroup));
static cl::list<std::string> shapes("shape", cl::desc("Pin the shape of an input (repeatable)"),
                                    cl::value_desc("input=1x3x224x224"), cl::cat(modelGroup));
static cl::list<std::string>
    shapeSets("shape-set", cl::desc("One of several programs, chosen by its inputs' shapes"),
              cl::value_desc("a=1x32,b=1x32"), cl::cat(modelGroup));
static cl::list<std::string> values("value", cl::desc("Make an input a constant (repeatable)"),
                                    cl::value_desc("input=1,2,3 | input=file.npy"),
                                    cl::cat(modelGroup));
static cl::list<std::string> outputs("outputs",
                                     cl::desc("Compute these values instead of the outputs"),
                                     cl::value_desc("a,b"), cl::CommaSeparated,
                                     cl::cat(modelGroup));
static cl::list<std::string> functions("functions",
                                       cl::desc("Functions that nodes may call (repeatable)"),
                                       cl::value_desc("ops.onnx"), cl::cat(modelGroup));
static cl::list<std::string>
    customOps("custom-op", cl::desc("An operator with a kernel of your own (repeatable)"),
              cl::value_desc("op.json"), cl::cat(modelGroup));
static cl::opt<bool> checkIndices("check-indices",
                                  cl::desc("Have the program report indices that are out of range"),
                                  cl::cat(modelGroup));
static cl::opt<std::string>
    weightsDir("weights-dir", cl::desc("Where the files are that an .mlir input refers to"),
               cl::value_desc("dir"), cl::cat(modelGroup));

static cl::opt<std::string> name("name", cl::desc("Prefix of the C functions"),
                                 cl::value_desc("prefix"), cl::cat(hostGroup));
static cl::opt<std::string> cxx("cxx", cl::desc("The C++ compiler (default: $CXX, else c++)"),
                                cl::value_desc("command"), cl::cat(hostGroup));
static cl::opt<std::string> triple("target-triple",
                                   cl::desc("The machine to make code for (default: this one)"),
                                   cl::value_desc("aarch64-linux-gnu"), cl::cat(hostGroup));
static cl::opt<std::string> sysroot("sysroot", cl::desc("Headers and libraries of that machine"),
                                    cl::value_desc("dir"), cl::cat(hostGroup));
static cl::opt<WeightsPlace>
    weights("weights", cl::desc("Where the weights are:"), cl::init(WeightsPlace::Embedded),
            cl::values(clEnumValN(WeightsPlace::Embedded, "embed", "in the artifact (default)"),
                       clEnumValN(WeightsPlace::File, "file",
                                  "in <output>.weights, which the artifact opens beside itself"),
                       clEnumValN(WeightsPlace::Stripped, "stripped",
                                  "in <output>.weights, which the application supplies")),
            cl::cat(hostGroup));

static cl::opt<bool> inspectOnly("inspect",
                                 cl::desc("Show inputs, free dimensions and operators only"),
                                 cl::cat(tellGroup));
static cl::opt<bool> listOps("list-ops", cl::desc("Show the operators that are supported"),
                             cl::cat(tellGroup));
static cl::opt<bool> json("json", cl::desc("--inspect or --list-ops as JSON"), cl::cat(tellGroup));
static cl::opt<std::string>
    explain("explain", cl::desc("Explain a kind of error or warning; list all without a name"),
            cl::value_desc("name"), cl::ValueOptional, cl::cat(tellGroup));
static cl::opt<bool> noWarnings("w", cl::desc("Give no warnings"), cl::cat(tellGroup));
namespace {
/// libLLVM's assembler has registered a -W before this file's options.
struct FreeTheNameW {
  FreeTheNameW() {
    if (cl::Option *option = cl::getRegisteredOptions().lookup("W"))
      option->removeArgument();
  }
};
} // namespace
static FreeTheNameW freeTheNameW;
static cl::list<std::string>
    warnings("W", cl::Prefix, cl::cat(tellGroup), cl::value_desc("name"),
             cl::desc("-Wno-<name>: not this warning; -Werror, -Werror=<name>: as errors"));
static cl::opt<bool> verbose("v", cl::desc("Tell how long each part takes"), cl::cat(tellGroup));

static int fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << " [" << codeName(Code::CommandLine) << "]\n";
  return 1;
}

/// --explain: the page of a kind, or all names with a sentence each.
static int explainCode(StringRef name) {
  name.consume_front("[");
  name.consume_back("]");
  if (name.empty()) {
    for (Code code : allCodes())
      llvm::outs() << llvm::left_justify(codeName(code), 20) << codeSummary(code) << '\n';
    return 0;
  }
  std::optional<Code> code = findCode(name);
  if (!code)
    return fail("there is no kind of error '" + name + "': --explain alone lists all");
  llvm::outs() << codePage(*code);
  return 0;
}

/// Fills the warning flags from the command line, in its order; 1 after an error.
static int parseWarnings(WarningFlags &flags) {
  for (StringRef text : warnings) {
    if (text == "error") {
      flags.makeAllErrors();
      continue;
    }
    StringRef name = text;
    bool isError = name.consume_front("error=");
    bool isOff = !isError && name.consume_front("no-");
    std::optional<Code> code = findCode(name);
    if (!code || !llvm::is_contained(WarningFlags::kinds(), *code))
      return fail("-W" + text + ": there is no such warning; there are " +
                  llvm::join(llvm::map_range(WarningFlags::kinds(), codeName), ", "));
    isError ? flags.makeError(*code) : isOff ? flags.disable(*code) : flags.enable(*code);
  }
  if (noWarnings)
    flags.disableAll();
  return 0;
}

/// Splits NAME=VALUE at the last '=': names of ONNX values may contain one.
static bool split(StringRef text, std::string &name, StringRef &value) {
  auto [left, right] = text.rsplit('=');
  name = left.str();
  value = right;
  return left.size() != text.size() && !left.empty() && !right.empty();
}

/// Parses AxBxC, or "scalar" for no dimensions.
static bool parseShape(StringRef text, llvm::SmallVectorImpl<int64_t> &shape) {
  llvm::SmallVector<StringRef> parts;
  if (text != "scalar")
    text.split(parts, 'x');
  for (StringRef part : parts)
    if (part.getAsInteger(10, shape.emplace_back()) || shape.back() < 0)
      return false;
  return true;
}

/// Parses A=1x32,B=1x32; a comma that no shape stands before is part of a name.
static bool parseShapeSet(StringRef text, ShapeSet &set) {
  set.name = text.str();
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',');
  std::string pending;
  for (StringRef part : parts) {
    pending += (pending.empty() ? "" : ",") + part.str();
    std::string name;
    StringRef value;
    llvm::SmallVector<int64_t> shape;
    if (!split(pending, name, value) || !parseShape(value, shape))
      continue;
    if (!set.shapes.try_emplace(name, shape).second)
      return false;
    pending.clear();
  }
  return pending.empty();
}

/// Fills the import options from the command line; 1 after an error.
static int parseModelOptions(ImportOptions &options) {
  std::string key;
  StringRef value;
  for (const std::string &text : dims) {
    int64_t dim;
    if (!split(text, key, value) || value.getAsInteger(10, dim) || dim < 0)
      return fail("expected --dim NAME=N, found '" + text + "'");
    options.dims[key] = dim;
  }
  for (const std::string &text : shapes) {
    llvm::SmallVector<int64_t> shape;
    if (!split(text, key, value) || !parseShape(value, shape))
      return fail("expected --shape NAME=AxBxC, found '" + text + "'");
    options.shapes[key] = shape;
  }
  for (const std::string &text : values) {
    if (!split(text, key, value))
      return fail("expected --value NAME=VALUES or NAME=FILE.npy, found '" + text + "'");
    options.values[key] = value.str();
  }
  options.outputs.assign(outputs.begin(), outputs.end());
  options.functions.assign(functions.begin(), functions.end());
  options.customOps.assign(customOps.begin(), customOps.end());
  return 0;
}

/// Fills the targets from the command line; 1 after an error.
static int parseTargets(std::optional<Targets> &chosen) {
  if (targets.empty())
    return 0;
  Targets &result = chosen.emplace(Targets{false, false});
  for (StringRef name : targets) {
    if (name != "vulkan" && name != "cpu")
      return fail("expected --target to name vulkan or cpu, found '" + name + "'");
    (name == "cpu" ? result.cpu : result.vulkan) = true;
  }
  if (!cpus.empty() && !result.cpu)
    return fail("--cpu is of no use without the target cpu");
  return 0;
}

/// Where bornc is installed: the folder above that of this program.
static std::string prefix(const char *argv0) {
  std::string self = llvm::sys::fs::getMainExecutable(argv0, reinterpret_cast<void *>(&prefix));
  return llvm::sys::path::parent_path(llvm::sys::path::parent_path(self)).str();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  std::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes is an error of the write
  cl::HideUnrelatedOptions({&outputGroup, &modelGroup, &hostGroup, &tellGroup});
  cl::SetVersionPrinter([](llvm::raw_ostream &os) { os << "bornc " BORNC_VERSION "\n"; });
  std::string errors;
  llvm::raw_string_ostream os(errors);
  if (!cl::ParseCommandLineOptions(argc, argv, "compiles ONNX models to Vulkan programs\n", &os)) {
    // The first line says what is wrong, after the program's name; a value that an option
    // does not take has been reported already.
    StringRef text = StringRef(errors).split('\n').first;
    text.consume_front((llvm::sys::path::filename(argv[0]) + ": ").str());
    return text.empty() ? 1 : fail(text);
  }

  if (explain.getNumOccurrences() != 0) // --explain=NAME or --explain NAME
    return explainCode(explain.empty() ? StringRef(input) : StringRef(explain));
  if (input.empty() && !listOps)
    return fail("expected a model to compile: bornc model.onnx -o model");

  CompileOptions options;
  if (parseModelOptions(options.import) || parseWarnings(options.import.warnings))
    return 1;
  const std::pair<StringRef, bool> forms[] = {{"-c", object},
                                              {"--static-lib", staticLib},
                                              {"--shared", shared},
                                              {"--static", isStatic},
                                              {"--emit", emit != Emit::Artifact}};
  StringRef form;
  for (auto [flag, isGiven] : forms) {
    if (isGiven && !form.empty())
      return fail(form + " and " + flag + " exclude each other");
    form = isGiven ? flag : form;
  }
  if (sanitize && isStatic)
    return fail("--sanitize needs a shared library, AddressSanitizer's: leave out --static");
  if (sanitize && emit != Emit::Artifact && emit != Emit::Cpp)
    return fail("--sanitize is about machine code, which no level has: leave out --emit");
  for (const std::string &text : shapeSets)
    if (!parseShapeSet(text, options.shapeSets.emplace_back()))
      return fail("expected --shape-set NAME=AxBxC,..., found '" + text + "'");
  if (parseTargets(options.targets))
    return 1;
  options.cpuClasses.assign(cpus.begin(), cpus.end());
  bool hasVulkan = options.targets ? options.targets->vulkan : !isStatic;
  if (!hasVulkan) // a CPU has 64-bit floats
    options.import.warnings.disable(Code::F64);
  options.input = input;
  options.output = output;
  options.emit = emit;
  options.report = report;
  options.weightsDir = weightsDir;
  options.checkIndices = checkIndices;
  options.timings = verbose;
  options.progress = !verbose && llvm::sys::Process::StandardErrIsDisplayed();
  options.artifact.name = name;
  options.artifact.cxx = cxx;
  options.artifact.triple = triple;
  options.artifact.sysroot = sysroot;
  options.artifact.prefix = prefix(argv[0]);
  options.artifact.kind = object      ? ArtifactKind::Object
                          : staticLib ? ArtifactKind::StaticLibrary
                          : shared    ? ArtifactKind::SharedLibrary
                                      : ArtifactKind::Program;
  options.artifact.isStatic = isStatic;
  options.artifact.isSanitized = sanitize;
  options.artifact.weights = weights;

  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  ConsoleDiagnostics diagnostics(&context);
  mlir::LogicalResult result = listOps       ? listOperators(options, json, &context)
                               : inspectOnly ? inspect(options, json, &context)
                                             : compile(options, &context);
  return succeeded(result) ? 0 : 1;
}
