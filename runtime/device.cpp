//===- device.cpp - the choice of a device ---------------------------------===//

#include "runtime/device.h"
#include "runtime/variant.h"

using namespace born;

static const char *typeName(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return "integrated";
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return "discrete";
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return "virtual";
  case VK_PHYSICAL_DEVICE_TYPE_CPU:
    return "software";
  default:
    return "other";
  }
}

/// Larger is better.
static int rank(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return 4;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return 3;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return 2;
  case VK_PHYSICAL_DEVICE_TYPE_CPU:
    return 1;
  default:
    return 0;
  }
}

bool PhysicalDevice::sharesMemory() const {
  if (isSoftware() || properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU)
    return true;
  // A discrete device can expose its memory to the host too (resizable BAR),
  // but the host reads it uncached over the bus: staging is faster.
  return false;
}

static bool isIndex(const char *text) {
  for (const char *c = text; *c; ++c)
    if (*c < '0' || *c > '9')
      return false;
  return *text != 0;
}

static bool matches(const PhysicalDevice &device, const char *selector) {
  if (!strcmp(selector, "vulkan"))
    return true;
  if (isIndex(selector))
    return strtoul(selector, nullptr, 10) == device.index;
  const char *const types[] = {"discrete", "integrated", "virtual", "software"};
  for (const char *type : types)
    if (!strcmp(selector, type))
      return !strcmp(typeName(device.properties.deviceType), type);
  return containsIgnoringCase(device.properties.deviceName, selector);
}

born_status born::findDevices(const Vulkan &vulkan, const born_model *model,
                              const Settings &settings, Array<PhysicalDevice> &devices,
                              Message &message) {
  uint32_t count = 0;
  VkResult result = vulkan.EnumeratePhysicalDevices(vulkan.instance, &count, nullptr);
  Array<VkPhysicalDevice> handles;
  if (result >= 0 && !handles.allocate(count))
    result = VK_ERROR_OUT_OF_HOST_MEMORY;
  if (result >= 0 && count > 0)
    result = vulkan.EnumeratePhysicalDevices(vulkan.instance, &count, handles.data);
  if (result >= 0 && !devices.allocate(count))
    result = VK_ERROR_OUT_OF_HOST_MEMORY;
  if (result < 0)
    return fail(message, result, "vkEnumeratePhysicalDevices");

  PhysicalDevice *best = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    PhysicalDevice &device = devices[i];
    device.handle = handles[i];
    device.index = i;
    Message why;
    why.clear();
    born_status status = queryDevice(vulkan, device, why);
    if (!status && model)
      status = checkModel(device, *model, settings.variant, why);
    if (status) {
      format(device.reason, sizeof device.reason, "%s", why.text);
    } else if (settings.hardwareOnly && device.isSoftware()) {
      format(device.reason, sizeof device.reason,
             "a software device, which has to be asked for: the CPU has code of its own");
    } else if (settings.selector && !matches(device, settings.selector)) {
      format(device.reason, sizeof device.reason, "not selected by '%s'", settings.selector);
    } else if (!best || rank(device.properties.deviceType) > rank(best->properties.deviceType)) {
      best = &device;
    }
  }
  for (PhysicalDevice &device : devices)
    if (best && &device != best && !device.reason[0])
      format(device.reason, sizeof device.reason, "device %u (%s) is preferred", best->index,
             typeName(best->properties.deviceType));
  if (best)
    best->chosen = true;
  return BORN_OK;
}

born_status born::chooseDevice(const Array<PhysicalDevice> &devices, const Settings &settings,
                               const PhysicalDevice *&chosen, Message &message) {
  for (const PhysicalDevice &device : devices)
    if (device.chosen) {
      chosen = &device;
      return BORN_OK;
    }
  if (devices.count == 0)
    return message.set(BORN_ERROR_DEVICE, "no Vulkan device found");
  if (settings.selector)
    message.set(BORN_ERROR_DEVICE, "no usable Vulkan device matches '%s':", settings.selector);
  else
    message.set(BORN_ERROR_DEVICE, "no Vulkan device can run this model:");
  for (const PhysicalDevice &device : devices)
    message.add("%s device %u '%s': %s", &device == devices.begin() ? "" : ";", device.index,
                device.properties.deviceName, device.reason);
  return BORN_ERROR_DEVICE;
}

void born::describeDevice(const PhysicalDevice &device, born_device &out) {
  memset(&out, 0, sizeof out);
  const VkPhysicalDeviceProperties &properties = device.properties;
  out.index = device.index;
  out.type = properties.deviceType <= VK_PHYSICAL_DEVICE_TYPE_CPU
                 ? static_cast<uint32_t>(properties.deviceType)
                 : static_cast<uint32_t>(BORN_DEVICE_OTHER);
  format(out.name, sizeof out.name, "%s", properties.deviceName);
  out.api_version[0] = VK_API_VERSION_MAJOR(properties.apiVersion);
  out.api_version[1] = VK_API_VERSION_MINOR(properties.apiVersion);
  out.api_version[2] = VK_API_VERSION_PATCH(properties.apiVersion);
  out.vendor = properties.vendorID;
  out.driver_version = properties.driverVersion;
  out.subgroup_size = device.subgroupSize;
  for (uint32_t i = 0; i < device.memory.memoryHeapCount; ++i)
    if (device.memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      out.memory = max<uint64_t>(out.memory, device.memory.memoryHeaps[i].size);
  out.chosen = device.chosen;
  format(out.reason, sizeof out.reason, "%s", device.reason);
}
