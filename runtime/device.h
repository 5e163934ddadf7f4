//===- device.h - finding a device and opening it --------------------------===//
#ifndef BORN_RUNTIME_DEVICE_H
#define BORN_RUNTIME_DEVICE_H

#include "runtime/program.h"
#include "runtime/settings.h"
#include "runtime/vulkan.h"

namespace born {

/// What is known of a device before it is opened.
struct PhysicalDevice {
  VkPhysicalDevice handle;
  uint32_t index;
  VkPhysicalDeviceProperties properties;
  VkPhysicalDeviceMemoryProperties memory;
  uint32_t features; ///< set of born_feature
  uint32_t subgroupSize;
  uint32_t minSubgroupSize, maxSubgroupSize; ///< both subgroupSize without the control
  uint32_t maxWorkgroupSubgroups;
  bool subgroupSizeControl; ///< a size can be required of a compute pipeline
  bool fullSubgroups;
  uint64_t maxAllocationSize;
  uint32_t queueFamily;
  uint32_t timestampBits;
  // Extensions to enable for features that are not core in its version.
  bool storage8BitExtension, float16Int8Extension, subgroupSizeExtension, floatControlsExtension;
  bool portabilitySubset;
  bool chosen;
  char reason[256]; ///< why it was not chosen

  const VkPhysicalDeviceLimits &limits() const { return properties.limits; }
  bool isSoftware() const { return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU; }
  /// Whether all its memory is the host's.
  bool sharesMemory() const;
};

/// Fills in what follows index from handle. An error when no model at all can
/// run there.
born_status queryDevice(const Vulkan &vulkan, PhysicalDevice &device, Message &message);

/// Finds all devices and marks at most one as chosen; the others have a reason.
/// An error when the devices cannot be listed, not when none is chosen.
born_status findDevices(const Vulkan &vulkan, const born_model *model, const Settings &settings,
                        Array<PhysicalDevice> &devices, Message &message);

/// The chosen one, or an error that lists all reasons.
born_status chooseDevice(const Array<PhysicalDevice> &devices, const Settings &settings,
                         const PhysicalDevice *&chosen, Message &message);

/// Creates a device with one compute queue and only the given features.
born_status openDevice(Vulkan &vulkan, const PhysicalDevice &physical, uint32_t features,
                       VkDevice &device, VkQueue &queue, Message &message);

void describeDevice(const PhysicalDevice &device, born_device &out);

} // namespace born

#endif // BORN_RUNTIME_DEVICE_H
