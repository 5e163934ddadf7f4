//===- device_features.cpp - asking for and enabling features --------------===//

#include "runtime/device.h"

using namespace born;

namespace {

/// The feature structs of all optional features, chained when they are known to
/// the device.
struct FeatureChain {
  VkPhysicalDeviceFeatures2 core;
  VkPhysicalDevice16BitStorageFeatures storage16;
  VkPhysicalDevice8BitStorageFeatures storage8;
  VkPhysicalDeviceShaderFloat16Int8Features float16Int8;
  VkPhysicalDeviceSubgroupSizeControlFeatures subgroupSize;

  FeatureChain(const PhysicalDevice &device) {
    memset(static_cast<void *>(this), 0, sizeof *this);
    core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    storage16.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
    storage8.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES;
    float16Int8.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
    subgroupSize.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
    uint32_t version = device.properties.apiVersion;
    core.pNext = &storage16;
    void **next = &storage16.pNext;
    if (version >= VK_API_VERSION_1_2 || device.storage8BitExtension) {
      *next = &storage8;
      next = &storage8.pNext;
    }
    if (version >= VK_API_VERSION_1_2 || device.float16Int8Extension) {
      *next = &float16Int8;
      next = &float16Int8.pNext;
    }
    if (version >= VK_API_VERSION_1_3 || device.subgroupSizeExtension)
      *next = &subgroupSize;
  }
  FeatureChain(const FeatureChain &) = delete;
};

} // namespace

static void findExtensions(const Vulkan &vulkan, PhysicalDevice &device) {
  uint32_t count = 0;
  Array<VkExtensionProperties> extensions;
  if (vulkan.EnumerateDeviceExtensionProperties(device.handle, nullptr, &count, nullptr) < 0 ||
      !extensions.allocate(count) ||
      vulkan.EnumerateDeviceExtensionProperties(device.handle, nullptr, &count, extensions.data) <
          0)
    return;
  uint32_t version = device.properties.apiVersion;
  for (const VkExtensionProperties &extension : extensions) {
    const char *name = extension.extensionName;
    if (!strcmp(name, BORN_PORTABILITY_SUBSET))
      device.portabilitySubset = true;
    if (version < VK_API_VERSION_1_3 && !strcmp(name, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME))
      device.subgroupSizeExtension = true;
    if (version >= VK_API_VERSION_1_2)
      continue;
    if (!strcmp(name, VK_KHR_8BIT_STORAGE_EXTENSION_NAME))
      device.storage8BitExtension = true;
    else if (!strcmp(name, VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME))
      device.float16Int8Extension = true;
    else if (!strcmp(name, VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME))
      device.floatControlsExtension = true;
  }
}

static void queryProperties(const Vulkan &vulkan, PhysicalDevice &device) {
  uint32_t version = device.properties.apiVersion;
  VkPhysicalDeviceProperties2 properties = {};
  VkPhysicalDeviceSubgroupProperties subgroup = {};
  VkPhysicalDeviceMaintenance3Properties maintenance = {};
  VkPhysicalDeviceSubgroupSizeControlProperties control = {};
  VkPhysicalDeviceFloatControlsProperties floats = {};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
  control.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
  floats.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES;
  properties.pNext = &subgroup;
  subgroup.pNext = &maintenance;
  void **next = &maintenance.pNext;
  if (version >= VK_API_VERSION_1_2 || device.floatControlsExtension) {
    *next = &floats;
    next = &floats.pNext;
  }
  bool hasControl = version >= VK_API_VERSION_1_3 || device.subgroupSizeExtension;
  if (hasControl)
    *next = &control;
  vulkan.GetPhysicalDeviceProperties2(device.handle, &properties);

  device.maxAllocationSize = maintenance.maxMemoryAllocationSize;
  device.subgroupSize = subgroup.subgroupSize;
  device.minSubgroupSize = device.maxSubgroupSize = subgroup.subgroupSize;
  if (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) {
    if (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT)
      device.features |= BORN_FEATURE_SUBGROUP_SHUFFLE;
    if (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT)
      device.features |= BORN_FEATURE_SUBGROUP_ARITHMETIC;
  }
  if (floats.shaderSignedZeroInfNanPreserveFloat32)
    device.features |= BORN_FEATURE_PRESERVE_FLOAT32;
  if (floats.shaderSignedZeroInfNanPreserveFloat16)
    device.features |= BORN_FEATURE_PRESERVE_FLOAT16;
  if (floats.shaderDenormPreserveFloat32)
    device.features |= BORN_FEATURE_DENORM_FLOAT32;
  if (floats.shaderRoundingModeRTEFloat16)
    device.features |= BORN_FEATURE_ROUND_FLOAT16_RTE;
  if (hasControl && (control.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT)) {
    device.minSubgroupSize = control.minSubgroupSize;
    device.maxSubgroupSize = control.maxSubgroupSize;
    device.maxWorkgroupSubgroups = control.maxComputeWorkgroupSubgroups;
  }
}

static void queryFeatures(const Vulkan &vulkan, PhysicalDevice &device) {
  FeatureChain chain(device);
  vulkan.GetPhysicalDeviceFeatures2(device.handle, &chain.core);
  const struct {
    VkBool32 there;
    born_feature feature;
  } table[] = {
      {chain.float16Int8.shaderFloat16, BORN_FEATURE_SHADER_FLOAT16},
      {chain.float16Int8.shaderInt8, BORN_FEATURE_SHADER_INT8},
      {chain.core.features.shaderInt16, BORN_FEATURE_SHADER_INT16},
      {chain.core.features.shaderInt64, BORN_FEATURE_SHADER_INT64},
      {chain.core.features.shaderFloat64, BORN_FEATURE_SHADER_FLOAT64},
      {chain.storage8.storageBuffer8BitAccess, BORN_FEATURE_STORAGE_8BIT},
      {chain.storage16.storageBuffer16BitAccess, BORN_FEATURE_STORAGE_16BIT},
  };
  for (const auto &row : table)
    if (row.there)
      device.features |= static_cast<uint32_t>(row.feature);
  // Only with maxWorkgroupSubgroups can a size be required of compute.
  device.subgroupSizeControl =
      chain.subgroupSize.subgroupSizeControl && device.maxWorkgroupSubgroups > 0;
  device.fullSubgroups = device.subgroupSizeControl && chain.subgroupSize.computeFullSubgroups;
  if (!device.subgroupSizeControl)
    device.minSubgroupSize = device.maxSubgroupSize = device.subgroupSize;
}

static bool findQueue(const Vulkan &vulkan, PhysicalDevice &device) {
  uint32_t count = 0;
  Array<VkQueueFamilyProperties> families;
  vulkan.GetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
  if (!families.allocate(count))
    return false;
  vulkan.GetPhysicalDeviceQueueFamilyProperties(device.handle, &count, families.data);
  for (uint32_t i = 0; i < count; ++i)
    if (families[i].queueCount > 0 && (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)) {
      device.queueFamily = i;
      device.timestampBits = families[i].timestampValidBits;
      return true;
    }
  return false;
}

born_status born::queryDevice(const Vulkan &vulkan, PhysicalDevice &device, Message &message) {
  vulkan.GetPhysicalDeviceProperties(device.handle, &device.properties);
  // A newer device than the instance offers only what the instance was made for.
  device.properties.apiVersion = min(device.properties.apiVersion, vulkan.instanceVersion);
  uint32_t version = device.properties.apiVersion;
  vulkan.GetPhysicalDeviceMemoryProperties(device.handle, &device.memory);
  if (version < VK_API_VERSION_1_1)
    return message.set(BORN_ERROR_DEVICE, "it has Vulkan %u.%u, 1.1 is needed",
                       VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version));
  findExtensions(vulkan, device);
  queryProperties(vulkan, device);
  queryFeatures(vulkan, device);
  if (!findQueue(vulkan, device))
    return message.set(BORN_ERROR_DEVICE, "it has no compute queue");
  return BORN_OK;
}

born_status born::openDevice(Vulkan &vulkan, const PhysicalDevice &physical, uint32_t features,
                             VkDevice &device, VkQueue &queue, Message &message) {
  FeatureChain chain(physical);
  chain.core.features.shaderInt16 = (features & BORN_FEATURE_SHADER_INT16) != 0;
  chain.core.features.shaderInt64 = (features & BORN_FEATURE_SHADER_INT64) != 0;
  chain.core.features.shaderFloat64 = (features & BORN_FEATURE_SHADER_FLOAT64) != 0;
  chain.storage16.storageBuffer16BitAccess = (features & BORN_FEATURE_STORAGE_16BIT) != 0;
  chain.storage8.storageBuffer8BitAccess = (features & BORN_FEATURE_STORAGE_8BIT) != 0;
  chain.float16Int8.shaderFloat16 = (features & BORN_FEATURE_SHADER_FLOAT16) != 0;
  chain.float16Int8.shaderInt8 = (features & BORN_FEATURE_SHADER_INT8) != 0;
  chain.subgroupSize.subgroupSizeControl = physical.subgroupSizeControl;
  chain.subgroupSize.computeFullSubgroups = physical.fullSubgroups;

  const char *extensions[5];
  uint32_t extensionCount = 0;
  if (physical.portabilitySubset)
    extensions[extensionCount++] = BORN_PORTABILITY_SUBSET;
  if (physical.storage8BitExtension)
    extensions[extensionCount++] = VK_KHR_8BIT_STORAGE_EXTENSION_NAME;
  if (physical.float16Int8Extension)
    extensions[extensionCount++] = VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME;
  if (physical.subgroupSizeExtension)
    extensions[extensionCount++] = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
  if (physical.floatControlsExtension)
    extensions[extensionCount++] = VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME;

  float priority = 1.0f;
  VkDeviceQueueCreateInfo queueInfo = {};
  queueInfo.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queueInfo.queueFamilyIndex = physical.queueFamily;
  queueInfo.queueCount = 1;
  queueInfo.pQueuePriorities = &priority;
  VkDeviceCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &chain.core;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queueInfo;
  info.enabledExtensionCount = extensionCount;
  info.ppEnabledExtensionNames = extensions;
  VkResult result = vulkan.CreateDevice(physical.handle, &info, nullptr, &device);
  if (result != VK_SUCCESS) {
    device = VK_NULL_HANDLE;
    return fail(message, result, "vkCreateDevice");
  }
  if (born_status status = loadDeviceFunctions(vulkan, device, message))
    return status;
  vulkan.GetDeviceQueue(device, physical.queueFamily, 0, &queue);
  return BORN_OK;
}
