//===- backend.h - one way of running programs -----------------------------===//
//
// born_vulkan_backend and born_cpu_backend. A model's tables name those that it
// has code for, and nothing else does: an artifact holds no more of the runtime
// than it needs, and one without Vulkan code cannot open libvulkan.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_BACKEND_H
#define BORN_RUNTIME_BACKEND_H

#include "runtime/context.h"

struct born_backend {
  /// Lists the devices and marks at most one as chosen; the others have a
  /// reason. An error when there is no list.
  born_status (*list)(const born_model &model, const born::Settings &settings,
                      born::Array<born_device> &devices, born::Message &message);
  /// Chooses a device; an error when none can run the model or all that are
  /// asked for. What it opened, `close` closes, also after a failure.
  born_status (*choose)(born_context &context);
  /// Makes all that runs need, after `choose`.
  born_status (*open)(born_context &context);
  void (*close)(born_context &context);
  /// Waits until inputs may be written.
  born_status (*prepare)(born_context &context);
  /// From inputs in memory to outputs in memory.
  born_status (*run)(born_context &context, born::Program &program);
  void (*describe)(const born_context &context, born_device &device);
};

#endif // BORN_RUNTIME_BACKEND_H
