//===- minimum.cpp - VkLayer_born_minimum -----------------------------------===//
//
// Makes a device look like the least that Vulkan 1.1 guarantees: the required
// limits (specification, "Required Limits"), no optional feature, no device
// extension, basic subgroup operations only. Asking for more than that when the
// device is created fails. The subgroup size stays the device's own.
//
//===----------------------------------------------------------------------===//

#include "test/layers/layer.h"

#include <cstring>

using namespace layer;

static constexpr VkDeviceSize maxAllocation = VkDeviceSize{1} << 30;

static void lowerLimits(VkPhysicalDeviceProperties &properties) {
  properties.apiVersion = VK_API_VERSION_1_1;
  VkPhysicalDeviceLimits &limits = properties.limits;
  limits.maxUniformBufferRange = 16384;
  limits.maxStorageBufferRange = 1u << 27;
  limits.maxPushConstantsSize = 128;
  limits.maxMemoryAllocationCount = 4096;
  limits.maxBoundDescriptorSets = 4;
  limits.maxPerStageDescriptorUniformBuffers = 12;
  limits.maxPerStageDescriptorStorageBuffers = 4;
  limits.maxPerStageResources = 128;
  limits.maxDescriptorSetStorageBuffers = 24;
  limits.maxDescriptorSetStorageBuffersDynamic = 4;
  limits.maxComputeSharedMemorySize = 16384;
  limits.maxComputeWorkGroupInvocations = 128;
  const uint32_t size[] = {128, 128, 64};
  for (int i = 0; i < 3; ++i) {
    limits.maxComputeWorkGroupCount[i] = 65535;
    limits.maxComputeWorkGroupSize[i] = size[i];
  }
  limits.maxTexelBufferElements = 65536;
  limits.minTexelBufferOffsetAlignment = 256;
  limits.minUniformBufferOffsetAlignment = 256;
  limits.minStorageBufferOffsetAlignment = 256;
  limits.nonCoherentAtomSize = 256;
}

template <typename T>
static T &as(VkBaseOutStructure *structure) {
  return *reinterpret_cast<T *>(structure);
}

/// Zeroes all of a struct behind its sType and pNext.
template <typename T>
static void zero(VkBaseOutStructure *structure) {
  memset(reinterpret_cast<char *>(structure) + sizeof(VkBaseOutStructure), 0,
         sizeof(T) - sizeof(VkBaseOutStructure));
}

static void lowerProperties(VkBaseOutStructure *chain) {
  for (; chain; chain = chain->pNext)
    switch (chain->sType) {
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES:
      as<VkPhysicalDeviceSubgroupProperties>(chain).supportedStages = VK_SHADER_STAGE_COMPUTE_BIT;
      as<VkPhysicalDeviceSubgroupProperties>(chain).supportedOperations =
          VK_SUBGROUP_FEATURE_BASIC_BIT;
      break;
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES:
      as<VkPhysicalDeviceMaintenance3Properties>(chain).maxPerSetDescriptors = 1024;
      as<VkPhysicalDeviceMaintenance3Properties>(chain).maxMemoryAllocationSize = maxAllocation;
      break;
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES:
      as<VkPhysicalDeviceVulkan11Properties>(chain).subgroupSupportedStages =
          VK_SHADER_STAGE_COMPUTE_BIT;
      as<VkPhysicalDeviceVulkan11Properties>(chain).subgroupSupportedOperations =
          VK_SUBGROUP_FEATURE_BASIC_BIT;
      as<VkPhysicalDeviceVulkan11Properties>(chain).maxMemoryAllocationSize = maxAllocation;
      break;
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES:
      zero<VkPhysicalDeviceFloatControlsProperties>(chain);
      break;
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES:
      zero<VkPhysicalDeviceSubgroupSizeControlProperties>(chain);
      break;
    default:
      break;
    }
}

/// Visits the feature structs that there are up to Vulkan 1.3 in compute.
template <typename Visitor>
static void eachFeatureStruct(VkBaseOutStructure *chain, Visitor visit) {
#define CASE(type, name)                                                                           \
  case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_##type##_FEATURES:                                        \
    visit(chain, sizeof(VkPhysicalDevice##name##Features));                                        \
    break;
  for (; chain; chain = chain->pNext)
    switch (chain->sType) {
      CASE(VULKAN_1_1, Vulkan11)
      CASE(VULKAN_1_2, Vulkan12)
      CASE(VULKAN_1_3, Vulkan13)
      CASE(16BIT_STORAGE, 16BitStorage)
      CASE(8BIT_STORAGE, 8BitStorage)
      CASE(SHADER_FLOAT16_INT8, ShaderFloat16Int8)
      CASE(SUBGROUP_SIZE_CONTROL, SubgroupSizeControl)
      CASE(VARIABLE_POINTERS, VariablePointers)
      CASE(TIMELINE_SEMAPHORE, TimelineSemaphore)
      CASE(BUFFER_DEVICE_ADDRESS, BufferDeviceAddress)
      CASE(SYNCHRONIZATION_2, Synchronization2)
      CASE(VULKAN_MEMORY_MODEL, VulkanMemoryModel)
    default:
      break;
    }
#undef CASE
}

static VKAPI_ATTR void VKAPI_CALL
GetPhysicalDeviceProperties(VkPhysicalDevice physical, VkPhysicalDeviceProperties *properties) {
  ofInstance<PFN_vkGetPhysicalDeviceProperties>(physical, "vkGetPhysicalDeviceProperties")(
      physical, properties);
  lowerLimits(*properties);
}

static VKAPI_ATTR void VKAPI_CALL
GetPhysicalDeviceProperties2(VkPhysicalDevice physical, VkPhysicalDeviceProperties2 *properties) {
  ofInstance<PFN_vkGetPhysicalDeviceProperties2>(physical, "vkGetPhysicalDeviceProperties2")(
      physical, properties);
  lowerLimits(properties->properties);
  lowerProperties(static_cast<VkBaseOutStructure *>(properties->pNext));
}

static VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceQueueFamilyProperties(
    VkPhysicalDevice physical, uint32_t *count, VkQueueFamilyProperties *families) {
  ofInstance<PFN_vkGetPhysicalDeviceQueueFamilyProperties>(
      physical, "vkGetPhysicalDeviceQueueFamilyProperties")(physical, count, families);
  for (uint32_t i = 0; families && i < *count; ++i)
    families[i].timestampValidBits = 0;
}

static VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceFeatures(VkPhysicalDevice,
                                                            VkPhysicalDeviceFeatures *features) {
  *features = {};
  features->robustBufferAccess = VK_TRUE; // the one that every device has
}

static VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceFeatures2(VkPhysicalDevice physical,
                                                             VkPhysicalDeviceFeatures2 *features) {
  GetPhysicalDeviceFeatures(physical, &features->features);
  eachFeatureStruct(static_cast<VkBaseOutStructure *>(features->pNext),
                    [](VkBaseOutStructure *structure, size_t size) {
                      memset(structure + 1, 0, size - sizeof *structure);
                    });
}

static VKAPI_ATTR VkResult VKAPI_CALL
EnumerateDeviceExtensionProperties(VkPhysicalDevice physical, const char *layerName,
                                   uint32_t *count, VkExtensionProperties *properties) {
  if (layerName && strcmp(layerName, "VK_LAYER_born_minimum") != 0)
    return ofInstance<PFN_vkEnumerateDeviceExtensionProperties>(
        physical, "vkEnumerateDeviceExtensionProperties")(physical, layerName, count, properties);
  *count = 0;
  return VK_SUCCESS;
}

/// Whether any VkBool32 in a run of them is true.
static bool anyTrue(const void *bools, size_t size) {
  VkBool32 value = VK_FALSE;
  for (size_t i = 0; i + sizeof value <= size && !value; i += sizeof value)
    memcpy(&value, static_cast<const char *>(bools) + i, sizeof value);
  return value != VK_FALSE;
}

static bool asksForFeatures(const VkDeviceCreateInfo &info) {
  bool any = false;
  auto check = [&](const VkPhysicalDeviceFeatures &wanted) {
    VkPhysicalDeviceFeatures features = wanted;
    features.robustBufferAccess = VK_FALSE;
    any = any || anyTrue(&features, sizeof features);
  };
  if (info.pEnabledFeatures)
    check(*info.pEnabledFeatures);
  auto *chain = static_cast<VkBaseOutStructure *>(const_cast<void *>(info.pNext));
  for (auto *next = chain; next; next = next->pNext)
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2)
      check(as<VkPhysicalDeviceFeatures2>(next).features);
  eachFeatureStruct(chain, [&](VkBaseOutStructure *structure, size_t size) {
    any = any || anyTrue(structure + 1, size - sizeof *structure);
  });
  return any;
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateDevice(VkPhysicalDevice physical,
                                                   const VkDeviceCreateInfo *info,
                                                   const VkAllocationCallbacks *allocator,
                                                   VkDevice *device) {
  if (info->enabledExtensionCount > 0)
    return VK_ERROR_EXTENSION_NOT_PRESENT;
  if (asksForFeatures(*info))
    return VK_ERROR_FEATURE_NOT_PRESENT;
  return createDevice(physical, info, allocator, device);
}

namespace {
extern const Entry entries[9];
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateInstance(const VkInstanceCreateInfo *info,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkInstance *instance) {
  return createInstance(info, allocator, instance, entries);
}

static VKAPI_ATTR VkResult VKAPI_CALL AllocateMemory(VkDevice device,
                                                     const VkMemoryAllocateInfo *info,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkDeviceMemory *memory) {
  if (info->allocationSize > maxAllocation)
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return ofDevice<PFN_vkAllocateMemory>(device, "vkAllocateMemory")(device, info, allocator,
                                                                    memory);
}

namespace {
const Entry entries[9] = {
    LAYER_ENTRY(CreateInstance),
    LAYER_ENTRY(CreateDevice),
    LAYER_ENTRY(AllocateMemory),
    LAYER_ENTRY(GetPhysicalDeviceProperties),
    LAYER_ENTRY(GetPhysicalDeviceProperties2),
    LAYER_ENTRY(GetPhysicalDeviceQueueFamilyProperties),
    LAYER_ENTRY(GetPhysicalDeviceFeatures),
    LAYER_ENTRY(GetPhysicalDeviceFeatures2),
    LAYER_ENTRY(EnumerateDeviceExtensionProperties),
};
} // namespace

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getDeviceProcAddr(VkDevice device,
                                                                  const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr"))
    return reinterpret_cast<PFN_vkVoidFunction>(getDeviceProcAddr);
  if (!strcmp(name, "vkAllocateMemory"))
    return reinterpret_cast<PFN_vkVoidFunction>(AllocateMemory);
  return find(devices, device)->getDeviceProcAddr(device, name);
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getInstanceProcAddr(VkInstance instance,
                                                                    const char *name) {
  return answer(instance, name, entries, getInstanceProcAddr, getDeviceProcAddr);
}

LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *version) {
  return negotiate(version, getInstanceProcAddr, getDeviceProcAddr);
}
