//===- TempFiles.cpp ------------------------------------------------------===//
#include "compiler/emit/TempFiles.h"

#include "dialects/errors/Errors.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace bornc;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

TempDir::~TempDir() {
  if (!folder.empty())
    fs::remove_directories(folder);
}

LogicalResult TempDir::create(StringRef output, Location loc) {
  if (fs::is_directory(output))
    return emitError(loc, Code::CannotWrite)
           << "cannot write '" << output << "': it is a directory";
  llvm::SmallString<256> pattern(path::parent_path(output));
  path::append(pattern, "." + path::filename(output) + "-%%%%%%%%");
  fs::make_absolute(pattern); // createUniquePath would take the system's temporary folder
  for (int attempt = 0; attempt < 16; ++attempt) {
    fs::createUniquePath(pattern, folder, /*MakeAbsolute=*/false);
    std::error_code error = fs::create_directory(folder, /*IgnoreExisting=*/false);
    if (!error)
      return success();
    if (error != std::errc::file_exists) {
      folder.clear();
      return emitError(loc, Code::CannotWrite)
             << "cannot write '" << output << "': " << error.message();
    }
  }
  folder.clear();
  return emitError(loc, Code::CannotWrite)
         << "cannot write '" << output << "': no free temporary name";
}

std::string TempDir::path(StringRef name) const {
  llvm::SmallString<256> result(folder);
  path::append(result, name);
  return result.str().str();
}

LogicalResult TempDir::write(StringRef name, StringRef content, Location loc) {
  std::string file = path(name);
  std::error_code error = fs::create_directories(path::parent_path(file));
  if (!error) {
    llvm::raw_fd_ostream os(file, error);
    os << content;
    os.close();
    if (os.has_error()) {
      error = os.error();
      os.clear_error();
    }
  }
  if (error)
    return emitError(loc, Code::CannotWrite)
           << "cannot write '" << file << "': " << error.message();
  return success();
}

LogicalResult TempDir::publish(StringRef name, StringRef target, Location loc) {
  if (std::error_code error = fs::rename(path(name), target))
    return emitError(loc, Code::CannotWrite)
           << "cannot write '" << target << "': " << error.message();
  return success();
}

LogicalResult bornc::writeText(StringRef output, StringRef content, Location loc) {
  if (output.empty() || output == "-") {
    llvm::outs() << content;
    llvm::outs().flush();
    if (!llvm::outs().has_error())
      return success();
    std::error_code error = llvm::outs().error();
    llvm::outs().clear_error();
    return emitError(loc, Code::CannotWrite)
           << "cannot write to standard output: " << error.message();
  }
  // Devices and pipes are written in place.
  if (fs::exists(output) && !fs::is_regular_file(output) && !fs::is_directory(output)) {
    std::error_code error;
    llvm::raw_fd_ostream os(output, error);
    if (!error)
      os << content;
    os.close();
    if (!error && os.has_error())
      error = os.error();
    os.clear_error();
    if (error)
      return emitError(loc, Code::CannotWrite)
             << "cannot write '" << output << "': " << error.message();
    return success();
  }
  TempDir temp;
  if (failed(temp.create(output, loc)) || failed(temp.write("text", content, loc)))
    return failure();
  return temp.publish("text", output, loc);
}
