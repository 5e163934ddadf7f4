//===- ObjectFile.cpp - through LLVM's libraries instead of binutils ------===//
//
// binutils are built for one CPU, LLVM knows all of them, and a call is faster
// than a process.
//
//===----------------------------------------------------------------------===//
#include "compiler/emit/ObjectFile.h"

#include "dialects/errors/Errors.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace bornc;

/// Opens `path` beside the original, so that a full disk leaves the original.
static llvm::Error rewrite(llvm::StringRef path,
                           llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  std::string temporary = (path + ".new").str();
  std::error_code code;
  llvm::raw_fd_ostream os(temporary, code);
  if (code)
    return llvm::errorCodeToError(code);
  llvm::Error error = write(os);
  os.close();
  if (os.has_error()) {
    code = os.error();
    os.clear_error();
    return llvm::joinErrors(std::move(error), llvm::errorCodeToError(code));
  }
  if (error)
    return error;
  return llvm::errorCodeToError(llvm::sys::fs::rename(temporary, path));
}

/// Rewrites an ELF object as `configure` says.
static llvm::Error objcopy(llvm::StringRef path,
                           llvm::function_ref<llvm::Error(llvm::objcopy::ConfigManager &,
                                                          const llvm::object::ELFObjectFileBase &)>
                               configure) {
  auto binary = llvm::object::createBinary(path);
  if (!binary)
    return binary.takeError();
  auto *object = dyn_cast<llvm::object::ELFObjectFileBase>(binary->getBinary());
  if (!object)
    return llvm::createStringError("expected an ELF object");
  llvm::objcopy::ConfigManager config;
  config.Common.InputFilename = config.Common.OutputFilename = path;
  if (llvm::Error error = configure(config, *object))
    return error;
  return rewrite(path, [&](llvm::raw_ostream &os) {
    return llvm::objcopy::executeObjcopyOnBinary(config, *object, os);
  });
}

static llvm::Error localize(llvm::objcopy::ConfigManager &config,
                            const llvm::object::ELFObjectFileBase &) {
  config.ELF.LocalizeHidden = true;
  return llvm::Error::success();
}

static llvm::Error hide(llvm::objcopy::ConfigManager &config,
                        const llvm::object::ELFObjectFileBase &object) {
  llvm::objcopy::NameMatcher defined;
  for (llvm::object::ELFSymbolRef symbol : object.symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) ||
        !(*flags & llvm::object::SymbolRef::SF_Global))
      continue;
    auto ignore = [](llvm::Error error) { return error; };
    if (llvm::Error error = defined.addMatcher(llvm::objcopy::NameOrPattern::create(
            *name, llvm::objcopy::MatchStyle::Literal, ignore)))
      return error;
  }
  config.ELF.SymbolsToSetVisibility.emplace_back(std::move(defined), llvm::ELF::STV_HIDDEN);
  return llvm::Error::success();
}

static llvm::Error archive(llvm::StringRef path, llvm::StringRef memberName) {
  auto member = llvm::NewArchiveMember::getFile(path, /*Deterministic=*/true);
  if (!member)
    return member.takeError();
  member->MemberName = memberName;
  return rewrite(path, [&](llvm::raw_ostream &os) {
    return llvm::writeArchiveToStream(os, *member, llvm::SymtabWritingMode::NormalSymtab,
                                      llvm::object::Archive::K_GNU, /*Deterministic=*/true,
                                      /*Thin=*/false);
  });
}

LogicalResult bornc::localizeHidden(StringRef path, Location loc) {
  if (llvm::Error error = objcopy(path, localize))
    return emitError(loc, Code::HostCompiler)
           << "cannot hide symbols of the object: " << llvm::toString(std::move(error));
  return success();
}

LogicalResult bornc::hideDefined(StringRef path, Location loc) {
  if (llvm::Error error = objcopy(path, hide))
    return emitError(loc, Code::HostCompiler)
           << "cannot hide symbols of machine code: " << llvm::toString(std::move(error));
  return success();
}

LogicalResult bornc::archiveObject(StringRef path, StringRef member, Location loc) {
  if (llvm::Error error = archive(path, member))
    return emitError(loc, Code::CannotWrite)
           << "cannot write the archive: " << llvm::toString(std::move(error));
  return success();
}
