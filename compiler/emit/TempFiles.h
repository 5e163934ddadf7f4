//===- TempFiles.h - outputs that appear at once or not at all --*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_TEMPFILES_H
#define BORNC_COMPILER_EMIT_TEMPFILES_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallString.h"

#include <string>

namespace bornc {

/// A folder beside an output, on the same file system, that disappears with
/// this object. Files move from it to their place when they are complete.
class TempDir {
public:
  TempDir() = default;
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;
  ~TempDir();

  /// Makes the folder; an error says why the output cannot be written.
  mlir::LogicalResult create(llvm::StringRef output, mlir::Location loc);

  /// The path of a file in the folder.
  std::string path(llvm::StringRef name) const;
  llvm::StringRef dir() const { return folder; }

  mlir::LogicalResult write(llvm::StringRef name, llvm::StringRef content, mlir::Location loc);
  /// Moves a file of the folder to `target`.
  mlir::LogicalResult publish(llvm::StringRef name, llvm::StringRef target, mlir::Location loc);

private:
  llvm::SmallString<256> folder;
};

/// Writes `content` to `output`, all of it or nothing; "" and "-" are standard output.
mlir::LogicalResult writeText(llvm::StringRef output, llvm::StringRef content, mlir::Location loc);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_TEMPFILES_H
