//===- memory.h - one VkBuffer with its memory -----------------------------===//
#ifndef BORN_RUNTIME_MEMORY_H
#define BORN_RUNTIME_MEMORY_H

#include "runtime/device.h"

namespace born {

/// Who reads and writes a buffer.
enum class MemoryUse {
  Device,  ///< kernels only
  Shared,  ///< kernels and the host, where both have the same memory
  Staging, ///< the host and copy commands
};

struct Buffer {
  VkBuffer handle;
  VkDeviceMemory memory;
  uint8_t *mapped; ///< null for MemoryUse::Device; always coherent
  uint64_t size;
};

/// The open device, as memory management and all that follows see it.
struct Device {
  Vulkan vulkan;
  PhysicalDevice physical;
  VkDevice handle;
  VkQueue queue;
};

/// Makes a buffer of `size` bytes and of `guard` more behind them; none for size 0.
/// `what` names it in messages, in the plural. After a failure it still has to be destroyed.
born_status createBuffer(const Device &device, MemoryUse use, uint64_t size, const char *what,
                         Buffer &buffer, Message &message, uint64_t guard = 0);
void destroyBuffer(const Device &device, Buffer &buffer);

} // namespace born

#endif // BORN_RUNTIME_MEMORY_H
