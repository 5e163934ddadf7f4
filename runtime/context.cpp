//===- context.cpp - creation and destruction ------------------------------===//

#include "runtime/context.h"
#include "runtime/os.h"

#include <new>

using namespace born;

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

static born_status openChosenDevice(born_context &context) {
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
  context.sharesMemory = chosen->sharesMemory() && !context.settings.forceStaging;
  context.profile.shares_memory = context.sharesMemory;
  uint32_t features = neededFeatures(*chosen, *context.model, context.settings.variant);
  return openDevice(vulkan, *chosen, features, context.device.handle, context.device.queue,
                    context.message);
}

static born_status setUp(born_context &context) {
  static const struct {
    const char *name;
    born_status (*run)(born_context &);
  } steps[] = {
      {"opened the device", openChosenDevice},
      {"made the queue objects", createQueueObjects},
      {"allocated memory", createMemory},
      {"loaded the weights", loadWeights},
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

born_status born_create(const born_model *model, const born_options *options,
                        born_context **out_context, char *out_message, size_t message_size) {
  Message message;
  message.clear();
  if (out_message && message_size)
    out_message[0] = 0;
  if (!out_context || !model) {
    format(out_message, message_size, "born_create: %s is null", model ? "out_context" : "model");
    return BORN_ERROR_ARGUMENT;
  }
  *out_context = nullptr;
  void *memory = malloc(sizeof(born_context));
  if (!memory) {
    format(out_message, message_size, "out of host memory");
    return BORN_ERROR_HOST_MEMORY;
  }
  born_context *context = new (memory) born_context();
  context->model = model;
  born_status status = readSettings(options, context->settings, context->message);
  if (!status)
    status = checkTables(*model, context->message);
  if (!status)
    status = setUp(*context);
  if (status) {
    format(out_message, message_size, "%s", context->message.text);
    born_destroy(context);
    return status;
  }
  // The caller's strings and weights are not ours beyond this call.
  context->settings.selector = nullptr;
  born_options &kept = context->settings.options;
  kept.device = nullptr;
  kept.weights = nullptr;
  kept.read_weights = nullptr;
  kept.weights_path = nullptr;
  *out_context = context;
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
  program.pipelines.reset();
  program.borrowed.reset();
  program.layouts.reset();
  program.sets.reset();
}

void born_destroy(born_context *context) {
  if (!context)
    return;
  const Device &device = context->device;
  const Vulkan &vulkan = device.vulkan;
  if (device.handle && vulkan.QueueSubmit) {
    vulkan.DeviceWaitIdle(device.handle);
    for (Program &program : context->programs)
      destroyProgram(*context, program);
    for (VkDescriptorSetLayout layout : context->setLayouts)
      if (layout)
        vulkan.DestroyDescriptorSetLayout(device.handle, layout, nullptr);
    destroyBuffer(device, context->weights);
    destroyBuffer(device, context->transient);
    if (context->pipelineCache)
      vulkan.DestroyPipelineCache(device.handle, context->pipelineCache, nullptr);
    if (context->fence)
      vulkan.DestroyFence(device.handle, context->fence, nullptr);
    if (context->commandPool)
      vulkan.DestroyCommandPool(device.handle, context->commandPool, nullptr);
  }
  if (device.handle && vulkan.DestroyDevice)
    vulkan.DestroyDevice(device.handle, nullptr);
  unloadVulkan(context->device.vulkan);
  context->~born_context();
  free(context);
}

born_status born_list_devices(const born_model *model, const born_options *options,
                              born_device *out_devices, uint32_t capacity, uint32_t *out_count,
                              char *out_message, size_t message_size) {
  Message message;
  message.clear();
  Settings settings;
  Vulkan vulkan = {};
  Array<PhysicalDevice> devices;
  if (out_message && message_size)
    out_message[0] = 0;
  if (!out_count || (capacity && !out_devices)) {
    format(out_message, message_size, "born_list_devices: a result pointer is null");
    return BORN_ERROR_ARGUMENT;
  }
  *out_count = 0;
  born_status status = readSettings(options, settings, message);
  if (!status && model)
    status = checkTables(*model, message);
  if (!status)
    status = loadVulkan(vulkan, message);
  if (!status)
    status = findDevices(vulkan, model, settings, devices, message);
  unloadVulkan(vulkan);
  if (status) {
    format(out_message, message_size, "%s", message.text);
    return status;
  }
  *out_count = static_cast<uint32_t>(devices.count);
  for (uint32_t i = 0; i < min(capacity, *out_count); ++i)
    describeDevice(devices[i], out_devices[i]);
  return BORN_OK;
}
