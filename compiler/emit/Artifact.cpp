//===- Artifact.cpp -------------------------------------------------------===//
#include "compiler/emit/Artifact.h"

#include "compiler/emit/HostCompiler.h"
#include "compiler/emit/HostEmitter.h"
#include "compiler/emit/ObjectFile.h"
#include "compiler/emit/TempFiles.h"
#include "compiler/emit/WeightWriter.h"
#include "dialects/errors/Errors.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace bornc;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// Relocations reach 2 GiB; more than this goes into a side file.
static constexpr uint64_t maxEmbeddedWeights = 3ull << 29;

/// The headers that a host program needs, by the path it includes them under.
static const struct {
  const char *path, *text;
} headers[] = {
#include "compiler/emit/RuntimeHeaders.inc"
};

static StringRef headerText(StringRef name) {
  for (const auto &header : headers)
    if (name == header.path)
      return header.text;
  return "";
}

namespace {

class ArtifactWriter {
public:
  ArtifactWriter(ModuleOp module, ArrayRef<CpuObject> objects, StringRef output,
                 StringRef sourceDir, const ArtifactOptions &options)
      : module(module), objects(objects), output(output), sourceDir(sourceDir), options(options),
        loc(UnknownLoc::get(module.getContext())), compiler(loc) {}

  LogicalResult run() {
    std::string base = options.name.empty() ? identifier(modelName(module)) : options.name;
    if (identifier(base) != base)
      return emitError(loc, Code::CommandLine)
             << "expected a C identifier as --name, found '" << base << "'";
    host = {base, options.kind == ArtifactKind::Program, options.targets, options.isSanitized};
    if (weightSectionSize(module) > maxEmbeddedWeights && options.weights == WeightsPlace::Embedded)
      return emitError(loc, Code::LargeWeights)
             << "weights of " << weightSectionSize(module)
             << " bytes do not fit into an artifact, which holds at most " << maxEmbeddedWeights
             << ": use --weights=file or --weights=stripped";
    if (failed(compiler.find(options)))
      return failure();
    if (compiler.isWindows() &&
        (options.kind == ArtifactKind::Object || options.kind == ArtifactKind::StaticLibrary))
      return emitError(loc, Code::HostCompiler)
             << "cannot hide symbols in objects for Windows: use --shared";
    if (failed(temp.create(output, loc)))
      return failure();
    return success(succeeded(writeInputs()) && succeeded(build()) && succeeded(publish()));
  }

private:
  LogicalResult writeInputs() {
    FailureOr<std::vector<KernelCode>> codes = serializeKernels(module);
    if (failed(codes))
      return failure();
    // A Vulkan driver is a shared library.
    if (options.isStatic && !llvm::all_of(*codes, [](auto &code) { return code.isCpu(); }))
      return emitError(loc, Code::CommandLine)
             << "a static executable cannot open a Vulkan driver: compile for the CPU only, with "
                "--target=cpu";
    FailureOr<WeightSection> weights = writeWeights(module, sourceDir, temp.path("weights.bin"));
    if (failed(weights))
      return failure();
    weights->place = options.weights;
    bool isEmbedded = options.weights == WeightsPlace::Embedded && weights->size > 0;
    if (options.weights == WeightsPlace::File)
      weights->file = (path::filename(output) + ".weights").str();

    std::string code;
    for (const KernelCode &kernel : *codes)
      code.append(reinterpret_cast<const char *>(kernel.words.data()), kernel.words.size() * 4);
    for (const auto &header : headers)
      if (failed(temp.write(header.path, header.text, loc)))
        return failure();
    for (const CpuObject &object : objects)
      if (failed(temp.write(fileName(object), object.bytes, loc)) ||
          (!compiler.isWindows() && failed(hideDefined(temp.path(fileName(object)), loc))))
        return failure();
    return success(
        succeeded(temp.write("kernels.spv", code, loc)) &&
        succeeded(temp.write("model.cpp", emitHost(module, *codes, *weights, host), loc)) &&
        succeeded(temp.write(
            "data.s",
            emitData(*codes, "kernels.spv", isEmbedded ? "weights.bin" : "", !compiler.isWindows()),
            loc)));
  }

  static std::string fileName(const CpuObject &object) {
    return ("kernels_" + stringifyDeviceClass(object.deviceClass) + "_" + Twine(object.part) + ".o")
        .str();
  }

  /// Compiles, assembles and links, all in one call of the compiler: starting
  /// it takes longer than what it does here.
  LogicalResult build() {
    std::vector<std::string> words = {"-std=c++17",
                                      "-O1",
                                      "-fno-exceptions",
                                      "-fno-rtti",
                                      "-fno-asynchronous-unwind-tables",
                                      "-fvisibility=hidden",
                                      "-I.",
                                      "model.cpp",
                                      "data.s"};
    bool isProgram = options.kind == ArtifactKind::Program;
    for (const CpuObject &object : objects)
      words.push_back(fileName(object));
    bool isLinked = isProgram || options.kind == ArtifactKind::SharedLibrary;
    for (std::string &part : compiler.runtime(isProgram))
      words.push_back(std::move(part));
    auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
    if (!compiler.isWindows())
      add({"-fPIC"});
    if (isLinked)
      add({"-Wl,--gc-sections", "-static-libgcc"});
    else
      add({"-r", "-nostdlib", "-Wl,--force-group-allocation"});
    if (options.isStatic)
      add({"-static"});
    if (isLinked && options.isSanitized)
      add({"-fsanitize=address"});
    if (!isProgram && isLinked)
      add({"-shared"});
    if (!isProgram && isLinked && !compiler.isWindows())
      add({("-Wl,-soname," + path::filename(output)).str()});
    // Some compilers leave the sanitizer's library to the program that loads a shared one.
    if (!isProgram && isLinked && !compiler.isWindows() && !options.isSanitized)
      add({"-Wl,-z,defs"});
    if (isLinked && !compiler.isWindows())
      add({"-Wl,--as-needed", "-ldl", "-pthread", "-lm"});
    if (isLinked && compiler.isWindows()) // no clock in the header, no libstdc++ at run time
      add({"-Wl,--no-insert-timestamp", "-static"});
    add({"-o", "out.bin"}); // a name without a dot would get .exe
    if (failed(compiler.run(temp.dir(), words)))
      return failure();
    if (isProgram)
      return success();
    if (!isLinked && failed(localizeHidden(temp.path("out.bin"), loc)))
      return failure();
    if (options.kind == ArtifactKind::StaticLibrary &&
        failed(archiveObject(temp.path("out.bin"), (host.prefix + ".o"), loc)))
      return failure();
    return writeHeader();
  }

  LogicalResult writeHeader() {
    std::string header =
        ("/* The C interface of a compiled model, and its manual below. */\n" +
         headerText("runtime/born.h") + "\n/* This model, in the order of the arrays of " +
         host.prefix + "_run:\n *\n" + describePrograms(module) + " */\nBORN_DECLARE_MODEL(" +
         host.prefix + ")\n")
            .str();
    return temp.write("out.h", header, loc);
  }

  LogicalResult publish() {
    if (options.weights != WeightsPlace::Embedded && fs::exists(temp.path("weights.bin")) &&
        failed(temp.publish("weights.bin", (output + ".weights").str(), loc)))
      return failure();
    if (options.kind != ArtifactKind::Program) {
      llvm::SmallString<256> header(output);
      path::replace_extension(header, "h");
      if (failed(temp.publish("out.h", header, loc)))
        return failure();
    }
    return temp.publish("out.bin", output, loc);
  }

  ModuleOp module;
  ArrayRef<CpuObject> objects;
  StringRef output, sourceDir;
  const ArtifactOptions &options;
  Location loc;
  HostOptions host;
  TempDir temp;
  HostCompiler compiler;
};

} // namespace

FailureOr<llvm::Triple> bornc::artifactTriple(const ArtifactOptions &options, Location loc) {
  HostCompiler compiler(loc);
  if (failed(compiler.findCompiler(options)))
    return failure();
  if (options.isSanitized && compiler.isCrossCompiler())
    return emitError(loc, Code::CommandLine)
           << "--sanitize is for programs that run on this machine, and the C++ compiler makes "
              "those of "
           << compiler.target().str() << ": leave it out";
  return compiler.target();
}

LogicalResult bornc::writeArtifact(ModuleOp module, ArrayRef<CpuObject> objects, StringRef output,
                                   StringRef sourceDir, const ArtifactOptions &options) {
  return ArtifactWriter(module, objects, output, sourceDir, options).run();
}
