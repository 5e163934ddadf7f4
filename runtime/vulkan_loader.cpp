//===- vulkan_loader.cpp - from libvulkan.so to an instance ----------------===//

#include "runtime/os.h"
#include "runtime/vulkan.h"

using namespace born;

static const char *resultName(VkResult result) {
  switch (result) {
#define NAME(value)                                                                                \
  case value:                                                                                      \
    return #value;
    NAME(VK_NOT_READY)
    NAME(VK_TIMEOUT)
    NAME(VK_INCOMPLETE)
    NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
    NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
    NAME(VK_ERROR_INITIALIZATION_FAILED)
    NAME(VK_ERROR_DEVICE_LOST)
    NAME(VK_ERROR_MEMORY_MAP_FAILED)
    NAME(VK_ERROR_LAYER_NOT_PRESENT)
    NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
    NAME(VK_ERROR_FEATURE_NOT_PRESENT)
    NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
    NAME(VK_ERROR_TOO_MANY_OBJECTS)
    NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
    NAME(VK_ERROR_FRAGMENTED_POOL)
    NAME(VK_ERROR_INVALID_SHADER_NV)
#undef NAME
  default:
    return nullptr;
  }
}

born_status born::fail(Message &message, VkResult result, const char *call) {
  born_status status = BORN_ERROR_VULKAN;
  if (result == VK_ERROR_DEVICE_LOST)
    status = BORN_ERROR_LOST;
  else if (result == VK_ERROR_OUT_OF_HOST_MEMORY)
    status = BORN_ERROR_HOST_MEMORY;
  else if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
    status = BORN_ERROR_DEVICE_MEMORY;
  if (const char *name = resultName(result))
    return message.set(status, "%s failed: %s", call, name);
  return message.set(status, "%s failed: VkResult %d", call, static_cast<int>(result));
}

static void *openLoader(const char *&name) {
  name = osEnvironment("BORN_VULKAN_LIBRARY");
  if (name && *name) {
    const char *const own[] = {name, nullptr};
    return osOpenLibrary(own);
  }
  name = osVulkanLoaders[0];
  return osOpenLibrary(osVulkanLoaders);
}

static bool hasPortabilityEnumeration(const Vulkan &vulkan) {
  uint32_t count = 0;
  Array<VkExtensionProperties> extensions;
  if (vulkan.EnumerateInstanceExtensionProperties(nullptr, &count, nullptr) < 0 ||
      !extensions.allocate(count) ||
      vulkan.EnumerateInstanceExtensionProperties(nullptr, &count, extensions.data) < 0)
    return false;
  for (uint32_t i = 0; i < count; ++i)
    if (!strcmp(extensions[i].extensionName, VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME))
      return true;
  return false;
}

static born_status createInstance(Vulkan &vulkan, Message &message) {
  VkApplicationInfo application = {};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pEngineName = "born";
  application.apiVersion = min<uint32_t>(vulkan.instanceVersion, VK_API_VERSION_1_3);

  // Without it the loader hides drivers that lack some of Vulkan (MoltenVK).
  const char *extensions[] = {VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME};
  VkInstanceCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (hasPortabilityEnumeration(vulkan)) {
    info.flags = VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = extensions;
  }
  VkResult result = vulkan.CreateInstance(&info, nullptr, &vulkan.instance);
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
    vulkan.instance = VK_NULL_HANDLE;
    return message.set(BORN_ERROR_DEVICE,
                       "no Vulkan device found: the loader is there, but no driver for it");
  }
  if (result != VK_SUCCESS) {
    vulkan.instance = VK_NULL_HANDLE;
    return fail(message, result, "vkCreateInstance");
  }
  return BORN_OK;
}

born_status born::loadVulkan(Vulkan &vulkan, Message &message) {
  const char *name = nullptr;
  void *library = openLoader(name);
  if (!library)
    return message.set(BORN_ERROR_LOADER,
                       "no Vulkan loader found: cannot open %s (Debian: apt install libvulkan1)",
                       name);
  void *entry = osFindSymbol(library, "vkGetInstanceProcAddr");
  if (!entry)
    return message.set(BORN_ERROR_LOADER, "%s is no Vulkan loader: it has no vkGetInstanceProcAddr",
                       name);
  memcpy(&vulkan.GetInstanceProcAddr, &entry, sizeof entry);

#define LOAD(function)                                                                             \
  vulkan.function = reinterpret_cast<PFN_vk##function>(                                            \
      vulkan.GetInstanceProcAddr(vulkan.instance, "vk" #function));                                \
  if (!vulkan.function)                                                                            \
    return message.set(BORN_ERROR_LOADER,                                                          \
                       "the Vulkan loader lacks vk" #function ": Vulkan 1.1 is needed");
  BORN_GLOBAL_FUNCTIONS(LOAD)
  vulkan.instanceVersion = VK_API_VERSION_1_0;
  vulkan.EnumerateInstanceVersion(&vulkan.instanceVersion);
  if (vulkan.instanceVersion < VK_API_VERSION_1_1)
    return message.set(BORN_ERROR_LOADER, "the Vulkan loader is of version 1.0, 1.1 is needed");
  if (born_status status = createInstance(vulkan, message))
    return status;
  BORN_INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
  return BORN_OK;
}

born_status born::loadDeviceFunctions(Vulkan &vulkan, VkDevice device, Message &message) {
#define LOAD(function)                                                                             \
  vulkan.function =                                                                                \
      reinterpret_cast<PFN_vk##function>(vulkan.GetDeviceProcAddr(device, "vk" #function));        \
  if (!vulkan.function)                                                                            \
    return message.set(BORN_ERROR_VULKAN, "the Vulkan driver lacks vk" #function);
  BORN_DEVICE_FUNCTIONS(LOAD)
#undef LOAD
  return BORN_OK;
}

void born::unloadVulkan(Vulkan &vulkan) {
  if (vulkan.instance && vulkan.DestroyInstance)
    vulkan.DestroyInstance(vulkan.instance, nullptr);
  vulkan.instance = VK_NULL_HANDLE;
}
