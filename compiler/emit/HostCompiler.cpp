//===- HostCompiler.cpp ---------------------------------------------------===//
#include "compiler/emit/HostCompiler.h"

#include "dialects/errors/Errors.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace bornc;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static llvm::Triple parseTriple(StringRef text) {
  return llvm::Triple(llvm::Triple::normalize(text));
}

/// Whether code for one runs on the other; vendors do not matter.
static bool isSameMachine(const llvm::Triple &a, const llvm::Triple &b) {
  return a.getArch() == b.getArch() && a.getOS() == b.getOS() &&
         a.getEnvironment() == b.getEnvironment();
}

/// Runs a command with its output going to the file `log`.
static int execute(ArrayRef<StringRef> command, StringRef log, std::string &message) {
  std::optional<StringRef> redirects[] = {StringRef(""), log, log};
  return llvm::sys::ExecuteAndWait(command.front(), command, std::nullopt, redirects, 0, 0,
                                   &message);
}

LogicalResult HostCompiler::findCompiler(const ArtifactOptions &options) {
  return success(succeeded(findProgram(options)) && succeeded(findTarget(options)));
}

LogicalResult HostCompiler::find(const ArtifactOptions &options) {
  return success(succeeded(findCompiler(options)) && succeeded(findRuntime(options)));
}

LogicalResult HostCompiler::findProgram(const ArtifactOptions &options) {
  std::optional<std::string> fromEnvironment = llvm::sys::Process::GetEnv("CXX");
  std::string text = options.cxx;
  if (text.empty() && !options.triple.empty()) {
    text = options.triple + "-g++";
    if (!llvm::sys::findProgramByName(text))
      text = llvm::sys::findProgramByName("clang++") ? "clang++" : text;
  } else if (text.empty()) {
    text = fromEnvironment && !fromEnvironment->empty() ? *fromEnvironment : "c++";
  }
  // It may be a command with arguments: "ccache g++"; or a path with spaces.
  if (llvm::sys::findProgramByName(text)) {
    command = {text};
  } else {
    SmallVector<StringRef> words;
    StringRef(text).split(words, ' ', -1, /*KeepEmpty=*/false);
    command.assign(words.begin(), words.end());
  }
  if (command.empty())
    return emitError(loc, Code::HostCompiler) << "expected a C++ compiler as --cxx, found nothing";
  llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(command.front());
  if (!found)
    return emitError(loc, Code::HostCompiler)
           << "cannot find the C++ compiler '" << command.front() << "': give one with --cxx";
  llvm::SmallString<256> absolute(*found);
  fs::make_absolute(absolute);
  command.front() = absolute.str().str();
  if (!options.triple.empty() && path::filename(absolute).contains("clang"))
    command.push_back("--target=" + options.triple);
  if (!options.sysroot.empty()) {
    if (!fs::is_directory(options.sysroot))
      return emitError(loc, Code::HostCompiler)
             << "expected a folder as --sysroot, found '" << options.sysroot << "'";
    llvm::SmallString<256> sysroot(options.sysroot);
    fs::make_absolute(sysroot);
    command.push_back(("--sysroot=" + sysroot).str());
  }
  return success();
}

/// Asks the compiler, unless it is the system's own.
LogicalResult HostCompiler::findTarget(const ArtifactOptions &options) {
  llvm::Triple host = parseTriple(BORNC_HOST_TRIPLE);
  triple = host;
  if (options.cxx.empty() && options.triple.empty() && options.sysroot.empty() &&
      !llvm::sys::Process::GetEnv("CXX"))
    return success();
  llvm::SmallString<128> log;
  if (std::error_code error = fs::createTemporaryFile("bornc", "log", log))
    return emitError(loc, Code::CannotWrite)
           << "cannot write a temporary file: " << error.message();
  llvm::scope_exit remove([&] { fs::remove(log); });
  SmallVector<StringRef> words(command.begin(), command.end());
  words.push_back("-dumpmachine");
  std::string message;
  if (execute(words, log, message) != 0)
    return emitError(loc, Code::HostCompiler) << "command failed: " << llvm::join(words, " ")
                                              << (message.empty() ? "" : ": ") << message;
  auto text = llvm::MemoryBuffer::getFile(log);
  StringRef machine = text ? (*text)->getBuffer().trim() : "";
  triple = parseTriple(machine);
  if (triple.getArch() == llvm::Triple::UnknownArch)
    return emitError(loc, Code::HostCompiler)
           << "'" << llvm::join(words, " ") << "' names no machine: found '" << machine << "'";
  if (!options.triple.empty() && !isSameMachine(triple, parseTriple(options.triple)))
    return emitError(loc, Code::HostCompiler)
           << "the C++ compiler makes code for " << machine << ", expected " << options.triple
           << ": give another with --cxx";
  isCross = !isSameMachine(triple, host);
  if (triple.isOSBinFormatCOFF() || triple.isOSBinFormatELF())
    return success();
  return emitError(loc, Code::HostCompiler) << "cannot make programs for " << machine
                                            << ": expected a system with ELF or COFF objects";
}

LogicalResult HostCompiler::findRuntime(const ArtifactOptions &options) {
  auto part = [&](StringRef folder, StringRef name) -> FailureOr<std::string> {
    llvm::SmallString<256> file(options.prefix);
    path::append(file, folder, name);
    fs::make_absolute(file);
    if (!fs::exists(file)) {
      emitError(loc, Code::HostCompiler) << "cannot find '" << file << "', a part of bornc";
      return failure();
    }
    return file.str().str();
  };
  auto add = [&](StringRef folder, StringRef name, std::vector<std::string> &parts) {
    FailureOr<std::string> file = part(folder, name);
    if (failed(file))
      return failure();
    parts.push_back(*file);
    return success();
  };
  if (!isCross)
    return success(succeeded(add("lib", "libborn_runtime.a", library)) &&
                   succeeded(add("lib", "libborn_main.a", program)));
  FailureOr<std::string> share = part("share", "bornc");
  if (failed(share))
    return failure();
  command.insert(command.end(), {"-I" + *share, "-fno-threadsafe-statics", "-ffunction-sections",
                                 "-fdata-sections"});
  if (isWindows())
    command.push_back("-D__USE_MINGW_ANSI_STDIO=1"); // %llu and %zu
  static constexpr StringLiteral libraryFiles[] = {BORN_RUNTIME_FILES};
  static constexpr StringLiteral programFiles[] = {BORN_MAIN_FILES};
  for (StringRef file : libraryFiles) {
    bool isPosix = file == "os_posix.cpp";
    StringRef name = isPosix && isWindows() ? "os_windows.cpp" : file;
    if (failed(add("share/bornc/runtime", name, library)))
      return failure();
  }
  for (StringRef file : programFiles)
    if (failed(add("share/bornc/runtime/main", file, program)))
      return failure();
  return success();
}

std::vector<std::string> HostCompiler::runtime(bool isProgram) const {
  std::vector<std::string> parts;
  if (isProgram) // archives in the order in which they need each other
    parts = program;
  parts.insert(parts.end(), library.begin(), library.end());
  return parts;
}

LogicalResult HostCompiler::run(StringRef folder, ArrayRef<std::string> arguments) const {
  llvm::SmallString<256> log(folder);
  path::append(log, "log");
  std::string all = llvm::join(command, " ") + " " + llvm::join(arguments, " ");
  SmallVector<StringRef> words = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder};
  words.append(command.begin(), command.end());
  words.append(arguments.begin(), arguments.end());
  std::string message;
  if (execute(words, log, message) == 0)
    return success();
  auto error = emitError(loc, Code::HostCompiler) << "command failed: " << all;
  if (!message.empty())
    error << ": " << message;
  if (auto text = llvm::MemoryBuffer::getFile(log))
    if (StringRef content = (*text)->getBuffer().trim(); !content.empty())
      error.attachNote() << content.take_front(4000);
  return failure();
}
