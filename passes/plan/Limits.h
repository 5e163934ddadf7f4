//===- Limits.h - what kernels and plans may use ----------------*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_LIMITS_H
#define BORNC_PASSES_PLAN_LIMITS_H

#include "dialects/kernel/Kernel.h"

namespace bornc {

/// Limits that a variant for a device class keeps to. Names in comments are
/// those of VkPhysicalDeviceLimits.
struct TargetLimits {
  unsigned bindings;         ///< maxPerStageDescriptorStorageBuffers
  uint64_t bindingBytes;     ///< maxStorageBufferRange
  unsigned workgroupCount;   ///< maxComputeWorkGroupCount, each axis
  unsigned invocations;      ///< maxComputeWorkGroupInvocations
  unsigned workgroupSize[3]; ///< maxComputeWorkGroupSize
  unsigned workgroupMemory;  ///< maxComputeSharedMemorySize
};

/// Generic is the least that Vulkan 1.1 guarantees, except for the bindings:
/// it guarantees 4, and no driver in use has fewer than 8.
constexpr TargetLimits genericLimits = {8, 1u << 27, 65535, 128, {128, 128, 64}, 16384};
constexpr TargetLimits softwareLimits = {8, 1u << 27, 65535, 1024, {1024, 1024, 1024}, 32768};

/// Workgroups are a range of 32-bit numbers, run by one invocation each.
constexpr TargetLimits cpuLimits = {8, 1u << 27, 0x7fffffff, 1, {1, 1, 1}, 0};

constexpr const TargetLimits &limitsOf(kernel::DeviceClass deviceClass) {
  if (kernel::isCpu(deviceClass))
    return cpuLimits;
  return deviceClass == kernel::DeviceClass::Software ? softwareLimits : genericLimits;
}

} // namespace bornc

#endif // BORNC_PASSES_PLAN_LIMITS_H
