//===- Artifact.cpp -------------------------------------------------------===//
#include "compiler/emit/Artifact.h"

#include "compiler/emit/HostEmitter.h"
#include "compiler/emit/ObjectFile.h"
#include "compiler/emit/TempFiles.h"
#include "compiler/emit/WeightWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

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
  ArtifactWriter(ModuleOp module, StringRef output, StringRef sourceDir,
                 const ArtifactOptions &options)
      : module(module), output(output), sourceDir(sourceDir), options(options),
        loc(UnknownLoc::get(module.getContext())) {}

  LogicalResult run() {
    std::string base = options.name.empty() ? identifier(modelName(module)) : options.name;
    if (identifier(base) != base)
      return emitError(loc) << "expected a C identifier as --name, found '" << base << "'";
    host = {base, options.kind == ArtifactKind::Program};
    if (weightSectionSize(module) > maxEmbeddedWeights && options.weights == WeightsPlace::Embedded)
      return emitError(loc) << "weights of " << weightSectionSize(module)
                            << " bytes do not fit into an artifact, which holds at most "
                            << maxEmbeddedWeights << ": use --weights=file or --weights=stripped";
    if (failed(findTools()) || failed(temp.create(output, loc)))
      return failure();
    return success(succeeded(writeInputs()) && succeeded(build()) && succeeded(publish()));
  }

private:
  LogicalResult findTools() {
    std::optional<std::string> fromEnvironment = llvm::sys::Process::GetEnv("CXX");
    std::string command = !options.cxx.empty()                           ? options.cxx
                          : fromEnvironment && !fromEnvironment->empty() ? *fromEnvironment
                                                                         : "c++";
    // CXX may be a command with arguments: "ccache g++".
    SmallVector<StringRef> words;
    StringRef(command).split(words, ' ', -1, /*KeepEmpty=*/false);
    if (words.empty())
      return emitError(loc) << "expected a C++ compiler as --cxx, found nothing";
    cxx.assign(words.begin(), words.end());
    llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName(cxx.front());
    if (!program)
      return emitError(loc) << "cannot find the C++ compiler '" << cxx.front()
                            << "': give one with --cxx";
    llvm::SmallString<256> absolute(*program);
    fs::make_absolute(absolute);
    cxx.front() = absolute.str().str();
    for (StringRef archive : {"libborn_runtime.a", "libborn_main.a"}) {
      llvm::SmallString<256> file(options.libraryDir);
      path::append(file, archive);
      fs::make_absolute(file);
      if (!fs::exists(file))
        return emitError(loc) << "cannot find '" << file << "', a part of bornc";
      archives.push_back(file.str().str());
    }
    return success();
  }

  LogicalResult writeInputs() {
    FailureOr<std::vector<KernelCode>> codes = serializeKernels(module);
    if (failed(codes))
      return failure();
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
    return success(
        succeeded(temp.write("kernels.spv", code, loc)) &&
        succeeded(temp.write("model.cpp", emitHost(module, *codes, *weights, host), loc)) &&
        succeeded(temp.write(
            "data.s", emitData(*codes, "kernels.spv", isEmbedded ? "weights.bin" : ""), loc)));
  }

  /// Compiles, assembles and links, all in one call of the compiler: starting
  /// it takes longer than what it does here.
  LogicalResult build() {
    SmallVector<StringRef> words = {"-std=c++17",
                                    "-O1",
                                    "-fPIC",
                                    "-fno-exceptions",
                                    "-fno-rtti",
                                    "-fno-asynchronous-unwind-tables",
                                    "-fvisibility=hidden",
                                    "-I.",
                                    "model.cpp",
                                    "data.s"};
    std::string soname = ("-Wl,-soname," + path::filename(output)).str();
    switch (options.kind) {
    case ArtifactKind::Program:
      words.append({archives[1], archives[0], "-Wl,--as-needed", "-Wl,--gc-sections",
                    "-static-libgcc", "-ldl", "-pthread", "-lm"});
      break;
    case ArtifactKind::SharedLibrary:
      words.append({archives[0], "-shared", "-Wl,-z,defs", soname, "-Wl,--as-needed",
                    "-Wl,--gc-sections", "-static-libgcc", "-ldl", "-pthread"});
      break;
    case ArtifactKind::Object:
    case ArtifactKind::StaticLibrary:
      words.append({archives[0], "-r", "-nostdlib", "-Wl,--force-group-allocation"});
      break;
    }
    words.append({"-o", "out"});
    if (failed(run(words)))
      return failure();
    if (options.kind == ArtifactKind::Program)
      return success();
    if (options.kind != ArtifactKind::SharedLibrary &&
        failed(localizeHidden(temp.path("out"), loc)))
      return failure();
    if (options.kind == ArtifactKind::StaticLibrary &&
        failed(archiveObject(temp.path("out"), (host.prefix + ".o"), loc)))
      return failure();
    return writeHeader();
  }

  LogicalResult writeHeader() {
    std::string header =
        ("/* The C interface of a compiled model, and its manual below. */\n" +
         headerText("runtime/born.h") + "\nBORN_DECLARE_MODEL(" + host.prefix + ")\n")
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
    return temp.publish("out", output, loc);
  }

  LogicalResult run(ArrayRef<StringRef> arguments) {
    SmallVector<StringRef> words(cxx.begin(), cxx.end());
    words.append(arguments.begin(), arguments.end());
    return execute(words);
  }

  /// Runs a command inside the temporary folder, on relative names, so that
  /// no path of this machine gets into the artifact.
  LogicalResult execute(ArrayRef<StringRef> command) {
    std::string log = temp.path("log");
    SmallVector<StringRef> words = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", temp.dir()};
    words.append(command.begin(), command.end());
    std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log), StringRef(log)};
    std::string message;
    int status =
        llvm::sys::ExecuteAndWait("/bin/sh", words, std::nullopt, redirects, 0, 0, &message);
    if (status == 0)
      return success();
    auto error = emitError(loc) << "command failed: " << llvm::join(command, " ");
    if (!message.empty())
      error << ": " << message;
    if (auto text = llvm::MemoryBuffer::getFile(log))
      if (StringRef content = (*text)->getBuffer().trim(); !content.empty())
        error.attachNote() << content.take_front(4000);
    return failure();
  }

  ModuleOp module;
  StringRef output, sourceDir;
  const ArtifactOptions &options;
  Location loc;
  HostOptions host;
  TempDir temp;
  std::vector<std::string> cxx, archives;
};

} // namespace

LogicalResult bornc::writeArtifact(ModuleOp module, StringRef output, StringRef sourceDir,
                                   const ArtifactOptions &options) {
  return ArtifactWriter(module, output, sourceDir, options).run();
}
