//===- layer.h - what Vulkan layers share -----------------------------------===//
//
// A layer stands between the loader and the driver. It sees vkCreateInstance
// and vkCreateDevice with a link to the next in the chain, and is asked by name
// for the functions that it wants to intercept.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_TEST_LAYERS_LAYER_H
#define BORN_TEST_LAYERS_LAYER_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>
#include <vulkan/vk_layer.h>

#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace layer {

/// What is next in the chain, by dispatch table: the first word of every
/// dispatchable handle, equal for all handles of one instance or device.
struct Next {
  VkInstance instance;
  VkDevice device;
  PFN_vkGetInstanceProcAddr getInstanceProcAddr;
  PFN_vkGetDeviceProcAddr getDeviceProcAddr;
  /// Instance functions by name. They have to be asked for while the instance
  /// is created: later the loader answers with the top of the chain.
  std::map<std::string, PFN_vkVoidFunction> functions;
};

struct Entry {
  const char *name;
  PFN_vkVoidFunction function;
};

inline std::mutex mutex;
inline std::map<void *, Next> instances, devices;

template <typename Handle>
const Next *find(const std::map<void *, Next> &table, Handle handle) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = table.find(*reinterpret_cast<void **>(handle));
  return found == table.end() ? nullptr : &found->second;
}

/// The next layer's function, e.g. ofDevice<PFN_vkQueueSubmit>(queue, "vkQueueSubmit").
template <typename Function, typename Handle>
Function ofDevice(Handle handle, const char *name) {
  const Next *next = find(devices, handle);
  return reinterpret_cast<Function>(next->getDeviceProcAddr(next->device, name));
}
template <typename Function, typename Handle>
Function ofInstance(Handle handle, const char *name) {
  return reinterpret_cast<Function>(find(instances, handle)->functions.at(name));
}

/// Creates the instance and remembers the next function of each entry.
template <size_t N>
VkResult createInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *allocator,
                        VkInstance *instance, const Entry (&entries)[N]) {
  auto *link = const_cast<VkLayerInstanceCreateInfo *>(
      static_cast<const VkLayerInstanceCreateInfo *>(info->pNext));
  while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO &&
                   link->function == VK_LAYER_LINK_INFO))
    link = const_cast<VkLayerInstanceCreateInfo *>(
        static_cast<const VkLayerInstanceCreateInfo *>(link->pNext));
  if (!link)
    return VK_ERROR_INITIALIZATION_FAILED;
  auto get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  auto create = reinterpret_cast<PFN_vkCreateInstance>(get(nullptr, "vkCreateInstance"));
  VkResult result = create(info, allocator, instance);
  if (result == VK_SUCCESS) {
    Next next = {*instance, nullptr, get, nullptr, {}};
    for (const Entry &entry : entries)
      next.functions[entry.name] = get(*instance, entry.name);
    std::lock_guard<std::mutex> lock(mutex);
    instances[*reinterpret_cast<void **>(*instance)] = next;
  }
  return result;
}

inline VkResult createDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                             const VkAllocationCallbacks *allocator, VkDevice *device) {
  auto *link = const_cast<VkLayerDeviceCreateInfo *>(
      static_cast<const VkLayerDeviceCreateInfo *>(info->pNext));
  while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO &&
                   link->function == VK_LAYER_LINK_INFO))
    link = const_cast<VkLayerDeviceCreateInfo *>(
        static_cast<const VkLayerDeviceCreateInfo *>(link->pNext));
  if (!link)
    return VK_ERROR_INITIALIZATION_FAILED;
  auto getInstance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  auto getDevice = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkInstance instance = find(instances, physical)->instance;
  auto create = reinterpret_cast<PFN_vkCreateDevice>(getInstance(instance, "vkCreateDevice"));
  VkResult result = create(physical, info, allocator, device);
  if (result == VK_SUCCESS) {
    std::lock_guard<std::mutex> lock(mutex);
    devices[*reinterpret_cast<void **>(*device)] = {instance, *device, getInstance, getDevice, {}};
  }
  return result;
}

/// The layer's function of this name; null for others. Promoted functions have two names.
template <size_t N>
PFN_vkVoidFunction findEntry(const Entry (&entries)[N], const char *name) {
  for (const Entry &entry : entries) {
    size_t length = strlen(entry.name);
    if (!strncmp(entry.name, name, length) && (!name[length] || !strcmp(name + length, "KHR")))
      return entry.function;
  }
  return nullptr;
}

/// What a layer answers to vkGetInstanceProcAddr: its own of `entries`, else the next layer's.
template <size_t N>
PFN_vkVoidFunction answer(VkInstance instance, const char *name, const Entry (&entries)[N],
                          PFN_vkGetInstanceProcAddr getInstance,
                          PFN_vkGetDeviceProcAddr getDevice) {
  if (!strcmp(name, "vkGetInstanceProcAddr"))
    return reinterpret_cast<PFN_vkVoidFunction>(getInstance);
  if (!strcmp(name, "vkGetDeviceProcAddr"))
    return reinterpret_cast<PFN_vkVoidFunction>(getDevice);
  if (PFN_vkVoidFunction own = findEntry(entries, name))
    return own;
  const Next *next = instance ? find(instances, instance) : nullptr;
  return next ? next->getInstanceProcAddr(instance, name) : nullptr;
}

/// The negotiation that every layer exports.
inline VkResult negotiate(VkNegotiateLayerInterface *version, PFN_vkGetInstanceProcAddr getInstance,
                          PFN_vkGetDeviceProcAddr getDevice) {
  if (version->loaderLayerInterfaceVersion < 2)
    return VK_ERROR_INITIALIZATION_FAILED;
  version->loaderLayerInterfaceVersion = 2;
  version->pfnGetInstanceProcAddr = getInstance;
  version->pfnGetDeviceProcAddr = getDevice;
  version->pfnGetPhysicalDeviceProcAddr = nullptr;
  return VK_SUCCESS;
}

} // namespace layer

#define LAYER_EXPORT extern "C" __attribute__((visibility("default")))
#define LAYER_ENTRY(function) {"vk" #function, reinterpret_cast<PFN_vkVoidFunction>(function)}

#endif // BORN_TEST_LAYERS_LAYER_H
