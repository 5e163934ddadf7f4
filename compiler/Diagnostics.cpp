//===- Diagnostics.cpp ----------------------------------------------------===//
#include "compiler/Diagnostics.h"

#include "dialects/errors/Errors.h"
#include "dialects/plan/Plan.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

/// The first position in a text that `loc` holds, if any.
static FileLineColLoc position(Location loc) {
  FileLineColLoc found;
  loc->walk([&](Location inner) {
    found = dyn_cast<FileLineColLoc>(inner);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

static StringRef severity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error: ";
  case DiagnosticSeverity::Warning:
    return "warning: ";
  case DiagnosticSeverity::Note:
    return "note: ";
  case DiagnosticSeverity::Remark:
    return "remark: ";
  }
  llvm_unreachable("covered switch");
}

static void print(Diagnostic &diagnostic) {
  llvm::raw_ostream &os = llvm::errs();
  Location loc = diagnostic.getLocation();
  std::string names = bornc::plan::nodeNames(loc);
  if (FileLineColLoc at = position(loc); at && names.empty())
    os << at.getFilename().getValue() << ':' << at.getLine() << ':' << at.getColumn() << ": ";
  os << severity(diagnostic.getSeverity());
  if (!names.empty())
    os << names << ": ";
  // At the end of the first line, so that a table below it stays one.
  std::string message = diagnostic.str();
  auto [first, rest] = StringRef(message).split('\n');
  os << first;
  if (std::optional<bornc::Code> code = bornc::codeOf(diagnostic))
    os << " [" << bornc::codeName(*code) << ']';
  os << '\n';
  if (!rest.empty())
    os << rest << '\n';
  for (Diagnostic &note : diagnostic.getNotes())
    print(note);
}

bornc::ConsoleDiagnostics::ConsoleDiagnostics(MLIRContext *context)
    : ScopedDiagnosticHandler(context) {
  context->printOpOnDiagnostic(false);
  setHandler([](Diagnostic &diagnostic) { print(diagnostic); });
}
