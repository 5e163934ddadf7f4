//===- Progress.cpp -------------------------------------------------------===//
#include "compiler/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace bornc;

/// Back to the start of the line, and erase it (ECMA-48).
static constexpr llvm::StringLiteral eraseLine = "\r\x1b[K";

Progress::Part::Part(Progress &progress, llvm::StringRef name)
    : progress(&progress), name(name), start(std::chrono::steady_clock::now()) {
  if (progress.live)
    llvm::errs() << eraseLine << "bornc: " << name << " ...";
}

void Progress::Part::end() {
  if (!progress)
    return;
  std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  if (progress->live)
    llvm::errs() << eraseLine;
  if (progress->timings)
    llvm::errs() << llvm::format("%8.1f ms  ", time.count()) << name << '\n';
  progress = nullptr;
}
