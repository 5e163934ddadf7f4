//===- settings.h - what the caller and the environment ask for ------------===//
#ifndef BORN_RUNTIME_SETTINGS_H
#define BORN_RUNTIME_SETTINGS_H

#include "runtime/support.h"

namespace born {

enum class VariantChoice { Automatic, Generic, Software };

/// born_options with defaults filled in, and the environment:
///   BORN_DEVICE       the selector, where the options have none
///   BORN_NUM_THREADS  the number of threads, where the options have none
///   BORN_VARIANT      generic | software: which code variants to use
///   BORN_CACHE_DIR    where to keep pipelines ("": nowhere)
/// and switches for tests:
///   BORN_SHUFFLE=N  record the commands between two barriers in random order
///   BORN_MEMORY=staging  use staging copies even where memory is shared
///   BORN_MEMORY=poison   see poison.h
struct Settings {
  born_options options;
  const char *selector;
  bool hardwareOnly;    ///< software devices have to be asked for
  uint32_t threadCount; ///< 0: as many as there are cores
  VariantChoice variant;
  bool shuffle;
  uint64_t shuffleSeed;
  bool forceStaging;
  bool poison;

  /// Whether the selector asks for a CPU's own code.
  bool wantsCpu() const { return selector && !strcmp(selector, "cpu"); }
  bool has(born_flag flag) const { return (options.flags & flag) != 0; }
  /// Tells the log callback one line.
  void log(const char *format, ...) const __attribute__((format(printf, 2, 3)));
};

born_status readSettings(const born_options *options, Settings &settings, Message &message);

} // namespace born

#endif // BORN_RUNTIME_SETTINGS_H
