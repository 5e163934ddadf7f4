//===- count.cpp - VkLayer_born_count ---------------------------------------===//
//
// Counts the calls that an inference must not make. After every submission and
// when a device is destroyed it appends the totals, as one JSON object, to the
// file that BORN_COUNT_FILE names.
//
//===----------------------------------------------------------------------===//

#include "test/layers/layer.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace layer;

static std::atomic<unsigned long long> submits, recordings, allocations, pipelines, dispatches,
    barriers, copies, descriptorUpdates;

static void report(const char *event) {
  const char *path = getenv("BORN_COUNT_FILE");
  FILE *file = path ? fopen(path, "a") : nullptr;
  if (!file)
    return;
  fprintf(file,
          "{\"event\": \"%s\", \"submits\": %llu, \"recordings\": %llu, \"allocations\": %llu, "
          "\"pipelines\": %llu, \"dispatches\": %llu, \"barriers\": %llu, \"copies\": %llu, "
          "\"descriptor_updates\": %llu}\n",
          event, submits.load(), recordings.load(), allocations.load(), pipelines.load(),
          dispatches.load(), barriers.load(), copies.load(), descriptorUpdates.load());
  fclose(file);
}

static VKAPI_ATTR VkResult VKAPI_CALL QueueSubmit(VkQueue queue, uint32_t count,
                                                  const VkSubmitInfo *infos, VkFence fence) {
  ++submits;
  VkResult result = ofDevice<PFN_vkQueueSubmit>(queue, "vkQueueSubmit")(queue, count, infos, fence);
  report("submit");
  return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL QueueSubmit2(VkQueue queue, uint32_t count,
                                                   const VkSubmitInfo2 *infos, VkFence fence) {
  ++submits;
  VkResult result =
      ofDevice<PFN_vkQueueSubmit2>(queue, "vkQueueSubmit2")(queue, count, infos, fence);
  report("submit");
  return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL BeginCommandBuffer(VkCommandBuffer commands,
                                                         const VkCommandBufferBeginInfo *info) {
  ++recordings;
  return ofDevice<PFN_vkBeginCommandBuffer>(commands, "vkBeginCommandBuffer")(commands, info);
}

static VKAPI_ATTR VkResult VKAPI_CALL AllocateMemory(VkDevice device,
                                                     const VkMemoryAllocateInfo *info,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkDeviceMemory *memory) {
  ++allocations;
  return ofDevice<PFN_vkAllocateMemory>(device, "vkAllocateMemory")(device, info, allocator,
                                                                    memory);
}

static VKAPI_ATTR VkResult VKAPI_CALL
CreateComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                       const VkComputePipelineCreateInfo *infos,
                       const VkAllocationCallbacks *allocator, VkPipeline *result) {
  pipelines += count;
  return ofDevice<PFN_vkCreateComputePipelines>(device, "vkCreateComputePipelines")(
      device, cache, count, infos, allocator, result);
}

static VKAPI_ATTR void VKAPI_CALL UpdateDescriptorSets(VkDevice device, uint32_t writeCount,
                                                       const VkWriteDescriptorSet *writes,
                                                       uint32_t copyCount,
                                                       const VkCopyDescriptorSet *setCopies) {
  ++descriptorUpdates;
  ofDevice<PFN_vkUpdateDescriptorSets>(device, "vkUpdateDescriptorSets")(device, writeCount, writes,
                                                                         copyCount, setCopies);
}

static VKAPI_ATTR void VKAPI_CALL CmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y,
                                              uint32_t z) {
  ++dispatches;
  ofDevice<PFN_vkCmdDispatch>(commands, "vkCmdDispatch")(commands, x, y, z);
}

static VKAPI_ATTR void VKAPI_CALL CmdPipelineBarrier(
    VkCommandBuffer commands, VkPipelineStageFlags source, VkPipelineStageFlags target,
    VkDependencyFlags flags, uint32_t memoryCount, const VkMemoryBarrier *memoryBarriers,
    uint32_t bufferCount, const VkBufferMemoryBarrier *bufferBarriers, uint32_t imageCount,
    const VkImageMemoryBarrier *imageBarriers) {
  ++barriers;
  ofDevice<PFN_vkCmdPipelineBarrier>(commands, "vkCmdPipelineBarrier")(
      commands, source, target, flags, memoryCount, memoryBarriers, bufferCount, bufferBarriers,
      imageCount, imageBarriers);
}

static VKAPI_ATTR void VKAPI_CALL CmdCopyBuffer(VkCommandBuffer commands, VkBuffer source,
                                                VkBuffer target, uint32_t count,
                                                const VkBufferCopy *regions) {
  ++copies;
  ofDevice<PFN_vkCmdCopyBuffer>(commands, "vkCmdCopyBuffer")(commands, source, target, count,
                                                             regions);
}

static VKAPI_ATTR void VKAPI_CALL DestroyDevice(VkDevice device,
                                                const VkAllocationCallbacks *allocator) {
  if (!device)
    return;
  report("destroy");
  auto destroy = ofDevice<PFN_vkDestroyDevice>(device, "vkDestroyDevice");
  {
    std::lock_guard<std::mutex> lock(mutex);
    devices.erase(*reinterpret_cast<void **>(device));
  }
  destroy(device, allocator);
}

namespace {
extern const Entry entries[13];
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateInstance(const VkInstanceCreateInfo *info,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkInstance *instance) {
  return createInstance(info, allocator, instance, entries);
}

static VKAPI_ATTR VkResult VKAPI_CALL CreateDevice(VkPhysicalDevice physical,
                                                   const VkDeviceCreateInfo *info,
                                                   const VkAllocationCallbacks *allocator,
                                                   VkDevice *device) {
  return createDevice(physical, info, allocator, device);
}

namespace {
const Entry entries[13] = {
    LAYER_ENTRY(CreateInstance),
    LAYER_ENTRY(CreateDevice),
    LAYER_ENTRY(DestroyDevice),
    LAYER_ENTRY(QueueSubmit),
    LAYER_ENTRY(QueueSubmit2),
    {"vkQueueSubmit2KHR", reinterpret_cast<PFN_vkVoidFunction>(QueueSubmit2)},
    LAYER_ENTRY(BeginCommandBuffer),
    LAYER_ENTRY(AllocateMemory),
    LAYER_ENTRY(CmdDispatch),
    LAYER_ENTRY(CreateComputePipelines),
    LAYER_ENTRY(CmdPipelineBarrier),
    LAYER_ENTRY(UpdateDescriptorSets),
    LAYER_ENTRY(CmdCopyBuffer),
};
} // namespace

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getDeviceProcAddr(VkDevice device,
                                                                  const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr"))
    return reinterpret_cast<PFN_vkVoidFunction>(getDeviceProcAddr);
  PFN_vkVoidFunction below = find(devices, device)->getDeviceProcAddr(device, name);
  // What the driver lacks must stay absent.
  PFN_vkVoidFunction own = below ? findEntry(entries, name) : nullptr;
  return own ? own : below;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getInstanceProcAddr(VkInstance instance,
                                                                    const char *name) {
  return answer(instance, name, entries, getInstanceProcAddr, getDeviceProcAddr);
}

LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *version) {
  return negotiate(version, getInstanceProcAddr, getDeviceProcAddr);
}
