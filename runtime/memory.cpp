//===- memory.cpp - one VkBuffer with its memory ---------------------------===//

#include "runtime/memory.h"

using namespace born;

namespace {
struct TypeWish {
  VkMemoryPropertyFlags required, preferred, avoided;
};
} // namespace

static TypeWish wishOf(MemoryUse use) {
  // Coherent memory always exists, and needs no flushes.
  const VkMemoryPropertyFlags host =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  switch (use) {
  case MemoryUse::Device:
    return {0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT};
  case MemoryUse::Shared:
    return {host, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, 0};
  case MemoryUse::Staging:
    return {host, VK_MEMORY_PROPERTY_HOST_CACHED_BIT, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT};
  }
  return {};
}

/// The best memory type for a use; VK_MAX_MEMORY_TYPES when there is none.
static uint32_t chooseType(const PhysicalDevice &device, MemoryUse use, uint32_t allowed) {
  // These types need features or care that this library does not have.
  const VkMemoryPropertyFlags never =
      VK_MEMORY_PROPERTY_PROTECTED_BIT | VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT |
      VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;
  TypeWish wish = wishOf(use);
  uint32_t best = VK_MAX_MEMORY_TYPES;
  int bestScore = -100;
  for (uint32_t i = 0; i < device.memory.memoryTypeCount; ++i) {
    VkMemoryPropertyFlags flags = device.memory.memoryTypes[i].propertyFlags;
    if (!(allowed >> i & 1) || (flags & wish.required) != wish.required || (flags & never))
      continue;
    int score =
        2 * __builtin_popcount(flags & wish.preferred) - __builtin_popcount(flags & wish.avoided);
    if (score > bestScore) {
      best = i;
      bestScore = score;
    }
  }
  return best;
}

static unsigned long long number(uint64_t value) { return value; }

static born_status allocate(const Device &device, MemoryUse use, const char *what, Buffer &buffer,
                            Message &message) {
  const Vulkan &vulkan = device.vulkan;
  const PhysicalDevice &physical = device.physical;
  VkMemoryRequirements requirements;
  vulkan.GetBufferMemoryRequirements(device.handle, buffer.handle, &requirements);
  uint32_t type = chooseType(physical, use, requirements.memoryTypeBits);
  if (type == VK_MAX_MEMORY_TYPES)
    return message.set(BORN_ERROR_DEVICE_MEMORY, "the device has no type of memory for the %s",
                       what);
  uint64_t heap = physical.memory.memoryHeaps[physical.memory.memoryTypes[type].heapIndex].size;
  if (requirements.size > physical.maxAllocationSize)
    return message.set(BORN_ERROR_LIMIT,
                       "the %s need maxMemoryAllocationSize %llu, the device has %llu", what,
                       number(requirements.size), number(physical.maxAllocationSize));
  if (requirements.size > heap)
    return message.set(BORN_ERROR_DEVICE_MEMORY,
                       "the %s need %llu bytes of device memory, the device has %llu", what,
                       number(requirements.size), number(heap));
  VkMemoryAllocateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  info.allocationSize = requirements.size;
  info.memoryTypeIndex = type;
  VkResult result = vulkan.AllocateMemory(device.handle, &info, nullptr, &buffer.memory);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
    return message.set(BORN_ERROR_DEVICE_MEMORY,
                       "out of device memory: the %s need %llu bytes, of %llu that the device has",
                       what, number(requirements.size), number(heap));
  if (result != VK_SUCCESS)
    return fail(message, result, "vkAllocateMemory");
  return BORN_OK;
}

born_status born::createBuffer(const Device &device, MemoryUse use, uint64_t size, const char *what,
                               Buffer &buffer, Message &message, uint64_t guard) {
  buffer = Buffer();
  if (size == 0)
    return BORN_OK;
  const Vulkan &vulkan = device.vulkan;
  VkBufferCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = size + guard;
  info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  if (use != MemoryUse::Staging)
    info.usage |= VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  VkResult result = vulkan.CreateBuffer(device.handle, &info, nullptr, &buffer.handle);
  if (result != VK_SUCCESS)
    return fail(message, result, "vkCreateBuffer");
  buffer.size = size;
  if (born_status status = allocate(device, use, what, buffer, message))
    return status;
  result = vulkan.BindBufferMemory(device.handle, buffer.handle, buffer.memory, 0);
  if (result != VK_SUCCESS)
    return fail(message, result, "vkBindBufferMemory");
  if (use == MemoryUse::Device)
    return BORN_OK;
  void *mapped = nullptr;
  result = vulkan.MapMemory(device.handle, buffer.memory, 0, VK_WHOLE_SIZE, 0, &mapped);
  if (result != VK_SUCCESS)
    return fail(message, result, "vkMapMemory");
  buffer.mapped = static_cast<uint8_t *>(mapped);
  return BORN_OK;
}

void born::destroyBuffer(const Device &device, Buffer &buffer) {
  if (buffer.handle)
    device.vulkan.DestroyBuffer(device.handle, buffer.handle, nullptr);
  if (buffer.memory)
    device.vulkan.FreeMemory(device.handle, buffer.memory, nullptr);
  buffer = Buffer();
}
