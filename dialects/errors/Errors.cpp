//===- Errors.cpp - kinds of errors and warnings --------------------------===//
#include "dialects/errors/Errors.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;
using namespace bornc;

namespace {
struct Page {
  StringLiteral name;
  StringLiteral text;
};
} // namespace

static constexpr Page pages[] = {
#define BORNC_PAGE(NAME, TEXT) {NAME, TEXT},
#include "dialects/errors/Pages.inc"
};

static constexpr Code codes[] = {
#define BORNC_CODE(ENUMERATOR, NAME) Code::ENUMERATOR,
#include "dialects/errors/Codes.inc"
};

static const Page &pageOf(Code code) { return pages[static_cast<size_t>(code)]; }

StringRef bornc::codeName(Code code) { return pageOf(code).name; }

std::optional<Code> bornc::findCode(StringRef name) {
  auto it = llvm::find_if(codes, [&](Code code) { return codeName(code) == name; });
  return it == std::end(codes) ? std::nullopt : std::optional<Code>(*it);
}

ArrayRef<Code> bornc::allCodes() { return codes; }

StringRef bornc::codePage(Code code) { return pageOf(code).text; }

std::string bornc::codeSummary(Code code) {
  StringRef text = codePage(code).split("\n\n").second.split("\n\n").first;
  std::string summary = text.str();
  std::replace(summary.begin(), summary.end(), '\n', ' ');
  return summary;
}

InFlightDiagnostic bornc::emitError(Location loc, Code code) {
  InFlightDiagnostic error = mlir::emitError(loc);
  setCode(*error.getUnderlyingDiagnostic(), code);
  return error;
}

std::optional<Code> bornc::codeOf(Diagnostic &diagnostic) {
  for (const DiagnosticArgument &argument : diagnostic.getMetadata())
    if (argument.getKind() == DiagnosticArgument::DiagnosticArgumentKind::String)
      if (std::optional<Code> code = findCode(argument.getAsString()))
        return code;
  return std::nullopt;
}

void bornc::setCode(Diagnostic &diagnostic, Code code) {
  diagnostic.getMetadata().push_back(DiagnosticArgument(codeName(code)));
}

ArrayRef<Code> WarningFlags::kinds() {
  static constexpr Code warnings[] = {Code::BothBranches, Code::F64, Code::NonFiniteWeight,
                                      Code::UnusedInput};
  return warnings;
}

LogicalResult WarningFlags::warn(Location loc, Code code, const Twine &message) const {
  if (!isEnabled(code))
    return success();
  bool isError = errors.test(index(code));
  InFlightDiagnostic diagnostic = isError ? mlir::emitError(loc) : emitWarning(loc);
  setCode(*diagnostic.getUnderlyingDiagnostic(), code);
  diagnostic << message;
  return failure(isError);
}
