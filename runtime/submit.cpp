//===- submit.cpp - one queue submission -----------------------------------===//

#include "runtime/os.h"
#include "runtime/poison.h"

using namespace born;

static born_status lost(born_context &context) {
  context.lost = true;
  return context.message.set(BORN_ERROR_LOST,
                             "the device was lost (VK_ERROR_DEVICE_LOST): destroy the context");
}

static born_status waitForFence(born_context &context) {
  const Device &device = context.device;
  uint64_t timeout = context.settings.options.timeout_ns;
  VkResult result = device.vulkan.WaitForFences(device.handle, 1, &context.fence, VK_TRUE,
                                                timeout ? timeout : UINT64_MAX);
  // Until the fence is reset, the next run has to wait for it first.
  context.unfinished = true;
  if (result == VK_TIMEOUT)
    return context.message.set(BORN_ERROR_TIMEOUT, "the device did not finish within %.3f s",
                               static_cast<double>(timeout) * 1e-9);
  if (result == VK_ERROR_DEVICE_LOST)
    return lost(context);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkWaitForFences");
  result = device.vulkan.ResetFences(device.handle, 1, &context.fence);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkResetFences");
  context.unfinished = false;
  return BORN_OK;
}

born_status born::submit(born_context &context, VkCommandBuffer commands) {
  VkSubmitInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands;
  VkResult result =
      context.device.vulkan.QueueSubmit(context.device.queue, 1, &info, context.fence);
  if (result == VK_ERROR_DEVICE_LOST)
    return lost(context);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkQueueSubmit");
  uint64_t start = osTime();
  born_status status = waitForFence(context);
  context.profile.wait_ns = osTime() - start;
  return status;
}

born_status born::waitForDevice(born_context &context) {
  if (context.lost)
    return lost(context);
  // After a timeout the device may still use the buffers.
  return context.unfinished ? waitForFence(context) : BORN_OK;
}

born_status born::submitProgram(born_context &context, Program &program) {
  ++context.profile.submissions;
  if (context.settings.poison)
    spreadPoison(context, program);
  if (born_status status = submit(context, program.commands))
    return status;
  if (born_status status = readTimestamps(context, program))
    return status;
  return context.settings.poison ? checkPoison(context) : BORN_OK;
}
