//===- Progress.h - what a compile is doing and for how long ----*- C++ -*-===//
#ifndef BORNC_COMPILER_PROGRESS_H
#define BORNC_COMPILER_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <chrono>

namespace bornc {

/// Tells people about the parts of a compile on standard error: a line with
/// the time of each (`timings`), or one line that shows the part at work and
/// goes away (`live`, for terminals).
class Progress {
public:
  Progress(bool timings, bool live) : timings(timings), live(live) {}

  /// A part that ends with this object, or before.
  class Part {
  public:
    Part(Progress &progress, llvm::StringRef name);
    Part(const Part &) = delete;
    Part &operator=(const Part &) = delete;
    ~Part() { end(); }
    void end();

  private:
    Progress *progress;
    llvm::StringRef name;
    std::chrono::steady_clock::time_point start;
  };
  Part begin(llvm::StringRef name) { return Part(*this, name); }

private:
  bool timings, live;
};

} // namespace bornc

#endif // BORNC_COMPILER_PROGRESS_H
