//===- vulkan_backend.cpp - programs as one queue submission ---------------===//

#include "runtime/backend.h"

using namespace born;

static born_status listVulkan(const born_model &model, const Settings &settings,
                              Array<born_device> &devices, Message &message) {
  Vulkan vulkan = {};
  Array<PhysicalDevice> found;
  born_status status = loadVulkan(vulkan, message);
  if (!status)
    status = findDevices(vulkan, &model, settings, found, message);
  unloadVulkan(vulkan);
  if (!status && !devices.allocate(found.count))
    status = message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (size_t i = 0; i < devices.count; ++i)
    describeDevice(found[i], devices[i]);
  return status;
}

static born_status chooseVulkan(born_context &context) {
  Array<PhysicalDevice> devices;
  Vulkan &vulkan = context.device.vulkan;
  if (born_status status = loadVulkan(vulkan, context.message))
    return status;
  if (born_status status =
          findDevices(vulkan, context.model, context.settings, devices, context.message))
    return status;
  for (const PhysicalDevice &device : devices)
    context.settings.log("device %u '%s': %s", device.index, device.properties.deviceName,
                         device.chosen ? "chosen" : device.reason);
  const PhysicalDevice *chosen = nullptr;
  if (born_status status = chooseDevice(devices, context.settings, chosen, context.message))
    return status;
  context.device.physical = *chosen;
  return BORN_OK;
}

static born_status openChosenDevice(born_context &context) {
  const PhysicalDevice &chosen = context.device.physical;
  context.sharesMemory = chosen.sharesMemory() && !context.settings.forceStaging;
  context.profile.shares_memory = context.sharesMemory;
  uint32_t features = neededFeatures(chosen, *context.model, context.settings.variant);
  return openDevice(context.device.vulkan, chosen, features, context.device.handle,
                    context.device.queue, context.message);
}

static born_status createQueueObjects(born_context &context) {
  const Vulkan &vulkan = context.device.vulkan;
  VkCommandPoolCreateInfo poolInfo = {};
  poolInfo.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  poolInfo.queueFamilyIndex = context.device.physical.queueFamily;
  // The upload of weights records one buffer several times.
  poolInfo.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  VkResult result =
      vulkan.CreateCommandPool(context.device.handle, &poolInfo, nullptr, &context.commandPool);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkCreateCommandPool");
  VkFenceCreateInfo fenceInfo = {};
  fenceInfo.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  result = vulkan.CreateFence(context.device.handle, &fenceInfo, nullptr, &context.fence);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkCreateFence");
  return BORN_OK;
}

static born_status openVulkan(born_context &context) {
  static const struct {
    const char *name;
    born_status (*run)(born_context &);
  } steps[] = {
      {"opened the device", openChosenDevice},
      {"made the queue objects", createQueueObjects},
      {"allocated memory", createMemory},
      {"loaded the weights", uploadWeights},
      {"wrote the descriptors", createDescriptors},
      {"opened the pipeline cache", openPipelineCache},
      {"created the pipelines", createPipelines},
      {"recorded the programs", recordPrograms},
  };
  for (const auto &step : steps) {
    uint64_t start = osTime();
    if (born_status status = step.run(context))
      return status;
    context.settings.log("%s in %.1f ms", step.name, static_cast<double>(osTime() - start) * 1e-6);
  }
  storePipelineCache(context);
  return BORN_OK;
}

static void destroyProgram(const born_context &context, Program &program) {
  const Device &device = context.device;
  const Vulkan &vulkan = device.vulkan;
  for (size_t i = 0; i < program.pipelines.count; ++i)
    if (program.pipelines[i] && !program.borrowed[i])
      vulkan.DestroyPipeline(device.handle, program.pipelines[i], nullptr);
  // Equal layouts occur more than once in the table.
  for (size_t i = 0; i < program.layouts.count; ++i) {
    bool seen = false;
    for (size_t j = 0; j < i && !seen; ++j)
      seen = program.layouts[j] == program.layouts[i];
    if (!seen && program.layouts[i])
      vulkan.DestroyPipelineLayout(device.handle, program.layouts[i], nullptr);
  }
  if (program.descriptorPool)
    vulkan.DestroyDescriptorPool(device.handle, program.descriptorPool, nullptr);
  if (program.queries)
    vulkan.DestroyQueryPool(device.handle, program.queries, nullptr);
  destroyBuffer(device, program.io);
  destroyBuffer(device, program.state);
  destroyBuffer(device, program.staging);
}

static void closeVulkan(born_context &context) {
  const Device &device = context.device;
  const Vulkan &vulkan = device.vulkan;
  if (device.handle && vulkan.QueueSubmit) {
    vulkan.DeviceWaitIdle(device.handle);
    for (Program &program : context.programs)
      destroyProgram(context, program);
    for (VkDescriptorSetLayout layout : context.setLayouts)
      if (layout)
        vulkan.DestroyDescriptorSetLayout(device.handle, layout, nullptr);
    destroyBuffer(device, context.weights);
    destroyBuffer(device, context.transient);
    if (context.pipelineCache)
      vulkan.DestroyPipelineCache(device.handle, context.pipelineCache, nullptr);
    if (context.fence)
      vulkan.DestroyFence(device.handle, context.fence, nullptr);
    if (context.commandPool)
      vulkan.DestroyCommandPool(device.handle, context.commandPool, nullptr);
  }
  if (device.handle && vulkan.DestroyDevice)
    vulkan.DestroyDevice(device.handle, nullptr);
  unloadVulkan(context.device.vulkan);
}

static void describeVulkan(const born_context &context, born_device &device) {
  describeDevice(context.device.physical, device);
}

const born_backend born_vulkan_backend = {listVulkan,    chooseVulkan,  openVulkan,    closeVulkan,
                                          waitForDevice, submitProgram, describeVulkan};
