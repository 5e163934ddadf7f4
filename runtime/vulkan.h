//===- vulkan.h - the Vulkan functions that the runtime calls --------------===//
//
// Looked up at run time: an artifact starts, and fails with a message, on a
// machine that has no Vulkan at all.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_VULKAN_H
#define BORN_RUNTIME_VULKAN_H

#define VK_NO_PROTOTYPES
#include "runtime/support.h"

#include <vulkan/vulkan_core.h>

// Not in the headers of Vulkan 1.3.239 without VK_ENABLE_BETA_EXTENSIONS.
#define BORN_PORTABILITY_SUBSET "VK_KHR_portability_subset"

#define BORN_GLOBAL_FUNCTIONS(X)                                                                   \
  X(EnumerateInstanceVersion)                                                                      \
  X(EnumerateInstanceExtensionProperties)                                                          \
  X(CreateInstance)

#define BORN_INSTANCE_FUNCTIONS(X)                                                                 \
  X(DestroyInstance)                                                                               \
  X(EnumeratePhysicalDevices)                                                                      \
  X(EnumerateDeviceExtensionProperties)                                                            \
  X(GetPhysicalDeviceProperties)                                                                   \
  X(GetPhysicalDeviceProperties2)                                                                  \
  X(GetPhysicalDeviceFeatures2)                                                                    \
  X(GetPhysicalDeviceMemoryProperties)                                                             \
  X(GetPhysicalDeviceQueueFamilyProperties)                                                        \
  X(CreateDevice)                                                                                  \
  X(GetDeviceProcAddr)

#define BORN_DEVICE_FUNCTIONS(X)                                                                   \
  X(DestroyDevice)                                                                                 \
  X(GetDeviceQueue)                                                                                \
  X(DeviceWaitIdle)                                                                                \
  X(CreateBuffer)                                                                                  \
  X(DestroyBuffer)                                                                                 \
  X(GetBufferMemoryRequirements)                                                                   \
  X(AllocateMemory)                                                                                \
  X(FreeMemory)                                                                                    \
  X(BindBufferMemory)                                                                              \
  X(MapMemory)                                                                                     \
  X(CreateDescriptorSetLayout)                                                                     \
  X(DestroyDescriptorSetLayout)                                                                    \
  X(CreatePipelineLayout)                                                                          \
  X(DestroyPipelineLayout)                                                                         \
  X(CreateDescriptorPool)                                                                          \
  X(DestroyDescriptorPool)                                                                         \
  X(AllocateDescriptorSets)                                                                        \
  X(UpdateDescriptorSets)                                                                          \
  X(CreateShaderModule)                                                                            \
  X(DestroyShaderModule)                                                                           \
  X(CreatePipelineCache)                                                                           \
  X(DestroyPipelineCache)                                                                          \
  X(GetPipelineCacheData)                                                                          \
  X(CreateComputePipelines)                                                                        \
  X(DestroyPipeline)                                                                               \
  X(CreateCommandPool)                                                                             \
  X(DestroyCommandPool)                                                                            \
  X(AllocateCommandBuffers)                                                                        \
  X(BeginCommandBuffer)                                                                            \
  X(EndCommandBuffer)                                                                              \
  X(CmdBindPipeline)                                                                               \
  X(CmdBindDescriptorSets)                                                                         \
  X(CmdPushConstants)                                                                              \
  X(CmdDispatch)                                                                                   \
  X(CmdPipelineBarrier)                                                                            \
  X(CmdCopyBuffer)                                                                                 \
  X(CmdFillBuffer)                                                                                 \
  X(CmdResetQueryPool)                                                                             \
  X(CmdWriteTimestamp)                                                                             \
  X(CreateQueryPool)                                                                               \
  X(DestroyQueryPool)                                                                              \
  X(GetQueryPoolResults)                                                                           \
  X(CreateFence)                                                                                   \
  X(DestroyFence)                                                                                  \
  X(ResetFences)                                                                                   \
  X(WaitForFences)                                                                                 \
  X(QueueSubmit)

namespace born {

struct Vulkan {
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
  VkInstance instance;
  uint32_t instanceVersion;
#define BORN_FUNCTION(name) PFN_vk##name name;
  BORN_GLOBAL_FUNCTIONS(BORN_FUNCTION)
  BORN_INSTANCE_FUNCTIONS(BORN_FUNCTION)
  BORN_DEVICE_FUNCTIONS(BORN_FUNCTION)
#undef BORN_FUNCTION
};

/// Opens the loader and creates an instance. $BORN_VULKAN_LIBRARY replaces the
/// loader's name.
born_status loadVulkan(Vulkan &vulkan, Message &message);
/// Looks up the device functions.
born_status loadDeviceFunctions(Vulkan &vulkan, VkDevice device, Message &message);
/// Destroys the instance, if there is one.
void unloadVulkan(Vulkan &vulkan);

/// Turns a failed VkResult of the named call into a status with a message.
born_status fail(Message &message, VkResult result, const char *call);

} // namespace born

#endif // BORN_RUNTIME_VULKAN_H
