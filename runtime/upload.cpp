//===- upload.cpp - weights to a Vulkan device ------------------------------===//

#include "runtime/weights.h"

using namespace born;

static born_status copyToShared(born_context &context, WeightSource &source) {
  for (uint64_t offset = 0; offset < context.weights.size; offset += weightChunkSize) {
    size_t size = min(weightChunkSize, context.weights.size - offset);
    if (born_status status =
            copyWeights(context, source, offset, context.weights.mapped + offset, size))
      return status;
  }
  return BORN_OK;
}

static born_status beginOnce(born_context &context, VkCommandBuffer commands) {
  VkCommandBufferBeginInfo begin = {};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  VkResult result = context.device.vulkan.BeginCommandBuffer(commands, &begin);
  return result == VK_SUCCESS ? BORN_OK : fail(context.message, result, "vkBeginCommandBuffer");
}

static born_status endOnce(born_context &context, VkCommandBuffer commands) {
  VkResult result = context.device.vulkan.EndCommandBuffer(commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkEndCommandBuffer");
  return submit(context, commands);
}

static born_status copyThrough(born_context &context, WeightSource &source,
                               VkCommandBuffer commands, Buffer &staging) {
  for (uint64_t offset = 0; offset < context.weights.size; offset += weightChunkSize) {
    uint64_t size = min(weightChunkSize, context.weights.size - offset);
    if (born_status status = copyWeights(context, source, offset, staging.mapped, size))
      return status;
    if (born_status status = beginOnce(context, commands))
      return status;
    VkBufferCopy region = {0, offset, size};
    context.device.vulkan.CmdCopyBuffer(commands, staging.handle, context.weights.handle, 1,
                                        &region);
    if (born_status status = endOnce(context, commands))
      return status;
  }
  return BORN_OK;
}

static born_status zeroStates(born_context &context, VkCommandBuffer commands) {
  bool any = false;
  for (const Program &program : context.programs)
    any = any || program.state.size > 0;
  if (!any)
    return BORN_OK;
  if (born_status status = beginOnce(context, commands))
    return status;
  for (const Program &program : context.programs)
    if (program.state.size > 0)
      context.device.vulkan.CmdFillBuffer(commands, program.state.handle, 0, VK_WHOLE_SIZE, 0);
  return endOnce(context, commands);
}

static born_status upload(born_context &context, WeightSource &source) {
  VkCommandBufferAllocateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  info.commandPool = context.commandPool;
  info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  info.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE; // freed with its pool
  VkResult result =
      context.device.vulkan.AllocateCommandBuffers(context.device.handle, &info, &commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkAllocateCommandBuffers");

  born_status status = zeroStates(context, commands);
  if (status || context.weights.size == 0)
    return status;
  if (context.weights.mapped)
    return copyToShared(context, source);
  Buffer staging;
  status =
      createBuffer(context.device, MemoryUse::Staging, min(weightChunkSize, context.weights.size),
                   "staged weights", staging, context.message);
  if (!status)
    status = copyThrough(context, source, commands, staging);
  if (status) // the device may still read what a failed wait did not wait for
    context.device.vulkan.DeviceWaitIdle(context.device.handle);
  destroyBuffer(context.device, staging);
  return status;
}

born_status born::uploadWeights(born_context &context) {
  WeightSource source = {};
  born_status status = openWeights(context, source);
  if (!status)
    status = upload(context, source);
  if (!status)
    status = checkWeights(context, source);
  osUnmapFile(source.file);
  return status;
}
