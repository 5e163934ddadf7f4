//===- KernelSource.cpp - files to SPIR-V ---------------------------------===//
#include "compiler/custom/SpirvModule.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstring>
#include <spirv-tools/libspirv.h>

using namespace bornc;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

/// What a module starts with.
static constexpr uint32_t spirvMagic = 0x07230203;

using Defines = std::map<std::string, std::string>;

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readFile(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError("cannot read '" + path + "': " + file.getError().message());
  return std::move(*file);
}

static llvm::Expected<SpirvWords> readBinary(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  StringRef bytes = (*file)->getBuffer();
  SpirvWords words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  if (words.empty() || words.front() != spirvMagic || bytes.size() % 4 != 0)
    return llvm::createStringError("'" + path + "' is not SPIR-V of little-endian words");
  return words;
}

static llvm::Expected<SpirvWords> assemble(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  StringRef text = (*file)->getBuffer();
  spv_context context = spvContextCreate(SPV_ENV_VULKAN_1_1);
  spv_binary binary = nullptr;
  spv_diagnostic diagnostic = nullptr;
  llvm::scope_exit release([&] {
    spvBinaryDestroy(binary);
    spvDiagnosticDestroy(diagnostic);
    spvContextDestroy(context);
  });
  if (spvTextToBinary(context, text.data(), text.size(), &binary, &diagnostic) != SPV_SUCCESS)
    return llvm::createStringError("'" + path + "' cannot be assembled: line " +
                                   Twine(diagnostic->position.line + 1) + ": " + diagnostic->error);
  return SpirvWords(binary->code, binary->code + binary->wordCount);
}

/// Runs the compiler that is installed.
static llvm::Expected<SpirvWords> compileGlsl(StringRef path, const Defines &defines) {
  llvm::ErrorOr<std::string> found = std::error_code();
  StringRef name;
  for (StringRef candidate : {"glslangValidator", "glslang", "glslc"})
    if ((found = llvm::sys::findProgramByName(name = candidate)))
      break;
  if (!found)
    return llvm::createStringError("cannot compile '" + path +
                                   "': found none of glslangValidator, glslang and glslc; "
                                   "install one of them, or give the kernel as SPIR-V");
  llvm::SmallString<128> output, log;
  llvm::scope_exit remove([&] {
    fs::remove(output);
    fs::remove(log);
  });
  std::error_code error = fs::createTemporaryFile("bornc", "spv", output);
  if (!error)
    error = fs::createTemporaryFile("bornc", "log", log);
  if (error)
    return llvm::createStringError("cannot write a temporary file: " + error.message());
  std::vector<std::string> words = {*found};
  if (name == "glslc")
    llvm::append_values(words, "--target-env=vulkan1.1", "-fshader-stage=comp");
  else
    llvm::append_values(words, "-V", "--target-env", "vulkan1.1", "-S", "comp");
  for (const auto &[name, value] : defines)
    words.push_back("-D" + name + "=" + value);
  llvm::append_values(words, "-o", output.str().str(), path.str());
  llvm::SmallVector<StringRef> command(words.begin(), words.end());
  std::optional<StringRef> redirects[] = {StringRef(""), log.str(), log.str()};
  std::string message;
  if (llvm::sys::ExecuteAndWait(*found, command, std::nullopt, redirects, 0, 0, &message) == 0)
    return readBinary(output);
  auto text = readFile(log);
  if (text)
    message = (*text)->getBuffer().trim().str();
  else
    llvm::consumeError(text.takeError());
  return llvm::createStringError("'" + path + "' cannot be compiled:\n" + message);
}

llvm::Expected<SpirvWords> bornc::readKernelSource(StringRef path, const Defines &defines) {
  StringRef extension = llvm::sys::path::extension(path);
  bool isSpirv = extension == ".spv" || extension == ".spvasm";
  if (isSpirv && !defines.empty())
    return llvm::createStringError("'" + path +
                                   "' is SPIR-V, which has no macros: leave out "
                                   "\"defines\"");
  llvm::Expected<SpirvWords> words = extension == ".spv"      ? readBinary(path)
                                     : extension == ".spvasm" ? assemble(path)
                                                              : compileGlsl(path, defines);
  if (!words)
    return words.takeError();
  if (std::string message = validateSpirv(*words); !message.empty())
    return llvm::createStringError("'" + path + "' is not valid SPIR-V for Vulkan 1.1: " + message);
  return words;
}
