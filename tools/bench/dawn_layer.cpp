//===- dawn_layer.cpp - VK_LAYER_born_dawn ----------------------------------===//
//
// Dawn takes no device that cannot index arrays of images dynamically, and Mesa
// 22.3's lavapipe cannot. ONNX Runtime's WebGPU programs have storage buffers
// only: this layer claims the two features, and asks the driver for what it has.
//
//===----------------------------------------------------------------------===//

#include "test/layers/layer.h"

#include <cstring>

using namespace layer;

static void claim(VkPhysicalDeviceFeatures &features) {
  features.shaderSampledImageArrayDynamicIndexing = VK_TRUE;
  features.shaderStorageImageArrayDynamicIndexing = VK_TRUE;
}

static VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceFeatures(VkPhysicalDevice physical,
                                                            VkPhysicalDeviceFeatures *features) {
  ofInstance<PFN_vkGetPhysicalDeviceFeatures>(physical, "vkGetPhysicalDeviceFeatures")(physical,
                                                                                       features);
  claim(*features);
}

static VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceFeatures2(VkPhysicalDevice physical,
                                                             VkPhysicalDeviceFeatures2 *features) {
  ofInstance<PFN_vkGetPhysicalDeviceFeatures2>(physical, "vkGetPhysicalDeviceFeatures2")(physical,
                                                                                         features);
  claim(features->features);
}

/// Takes back what was claimed for nothing, in the struct that the program gave.
static void takeBack(const VkPhysicalDeviceFeatures &wanted, const VkPhysicalDeviceFeatures &real) {
  auto &features = const_cast<VkPhysicalDeviceFeatures &>(wanted);
  features.shaderSampledImageArrayDynamicIndexing &= real.shaderSampledImageArrayDynamicIndexing;
  features.shaderStorageImageArrayDynamicIndexing &= real.shaderStorageImageArrayDynamicIndexing;
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateDevice(VkPhysicalDevice physical,
                                                   const VkDeviceCreateInfo *info,
                                                   const VkAllocationCallbacks *allocator,
                                                   VkDevice *device) {
  VkPhysicalDeviceFeatures real;
  ofInstance<PFN_vkGetPhysicalDeviceFeatures>(physical, "vkGetPhysicalDeviceFeatures")(physical,
                                                                                       &real);
  if (info->pEnabledFeatures)
    takeBack(*info->pEnabledFeatures, real);
  auto *next = static_cast<const VkBaseInStructure *>(info->pNext);
  for (; next; next = next->pNext)
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2)
      takeBack(reinterpret_cast<const VkPhysicalDeviceFeatures2 *>(next)->features, real);
  return createDevice(physical, info, allocator, device);
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateInstance(const VkInstanceCreateInfo *info,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkInstance *instance);

static const Entry entries[] = {
    LAYER_ENTRY(CreateInstance),
    LAYER_ENTRY(CreateDevice),
    LAYER_ENTRY(GetPhysicalDeviceFeatures),
    LAYER_ENTRY(GetPhysicalDeviceFeatures2),
};

static VkResult CreateInstance(const VkInstanceCreateInfo *info,
                               const VkAllocationCallbacks *allocator, VkInstance *instance) {
  return createInstance(info, allocator, instance, entries);
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getDeviceProcAddr(VkDevice device,
                                                                  const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr"))
    return reinterpret_cast<PFN_vkVoidFunction>(getDeviceProcAddr);
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
