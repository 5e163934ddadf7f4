//===- Errors.h - kinds of errors and warnings ------------------*- C++ -*-===//
#ifndef BORNC_DIALECTS_ERRORS_ERRORS_H
#define BORNC_DIALECTS_ERRORS_ERRORS_H

#include "mlir/IR/Diagnostics.h"

#include <bitset>
#include <optional>

namespace bornc {

/// A kind of error or warning, named after its page in this folder:
/// Code::FreeDimension is free-dimension.md.
enum class Code {
#define BORNC_CODE(ENUMERATOR, NAME) ENUMERATOR,
#include "dialects/errors/Codes.inc"
};

/// As it is printed and asked for: "free-dimension".
llvm::StringRef codeName(Code code);
std::optional<Code> findCode(llvm::StringRef name);
/// All there are, sorted by name.
llvm::ArrayRef<Code> allCodes();
/// The page, in Markdown, and its first paragraph as one line.
llvm::StringRef codePage(Code code);
std::string codeSummary(Code code);

/// Starts an error of a kind. An error without one is by `codeOf` of none.
mlir::InFlightDiagnostic emitError(mlir::Location loc, Code code);
/// The kind of a diagnostic; none: MLIR's, or a verifier's.
std::optional<Code> codeOf(mlir::Diagnostic &diagnostic);
void setCode(mlir::Diagnostic &diagnostic, Code code);

/// Which warnings are given, and which of them are errors.
class WarningFlags {
public:
  /// The kinds of warnings; all are on at first.
  static llvm::ArrayRef<Code> kinds();

  void disableAll() { off.set(); }
  void makeAllErrors() { errors.set(); }
  void enable(Code code) { off.reset(index(code)); }
  void disable(Code code) { off.set(index(code)); }
  void makeError(Code code) {
    enable(code);
    errors.set(index(code));
  }

  bool isEnabled(Code code) const { return !off.test(index(code)); }
  /// Gives a warning, as an error where it is one, or nothing where it is off.
  /// Failure: it was an error.
  mlir::LogicalResult warn(mlir::Location loc, Code code, const llvm::Twine &message) const;

private:
  static size_t index(Code code) { return static_cast<size_t>(code); }
  std::bitset<64> off, errors;
};

} // namespace bornc

#endif // BORNC_DIALECTS_ERRORS_ERRORS_H
