//===- descriptors.cpp - descriptor sets, written once ---------------------===//

#include "runtime/context.h"

using namespace born;

static born_status createSetLayouts(born_context &context) {
  uint32_t most = 0;
  for (const Program &program : context.programs)
    for (uint32_t i = 0; i < program.tables->kernel_count; ++i)
      most = max(most, program.tables->kernels[i].binding_count);
  Array<VkDescriptorSetLayoutBinding> bindings;
  if (!context.setLayouts.allocate(most + size_t{1}) || !bindings.allocate(most))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < most; ++i)
    bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};

  for (const Program &program : context.programs)
    for (uint32_t i = 0; i < program.tables->kernel_count; ++i) {
      uint32_t count = program.tables->kernels[i].binding_count;
      if (context.setLayouts[count])
        continue;
      VkDescriptorSetLayoutCreateInfo info = {};
      info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
      info.bindingCount = count;
      info.pBindings = bindings.data;
      VkResult result = context.device.vulkan.CreateDescriptorSetLayout(
          context.device.handle, &info, nullptr, &context.setLayouts[count]);
      if (result != VK_SUCCESS)
        return fail(context.message, result, "vkCreateDescriptorSetLayout");
    }
  return BORN_OK;
}

static born_status allocateSets(born_context &context, Program &program, uint32_t descriptors) {
  const born_program &tables = *program.tables;
  const Vulkan &vulkan = context.device.vulkan;
  VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptors};
  VkDescriptorPoolCreateInfo poolInfo = {};
  poolInfo.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  poolInfo.maxSets = tables.dispatch_count;
  poolInfo.poolSizeCount = 1;
  poolInfo.pPoolSizes = &size;
  VkResult result = vulkan.CreateDescriptorPool(context.device.handle, &poolInfo, nullptr,
                                                &program.descriptorPool);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkCreateDescriptorPool");

  Array<VkDescriptorSetLayout> layouts;
  if (!layouts.allocate(tables.dispatch_count) || !program.sets.allocate(tables.dispatch_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < tables.dispatch_count; ++i)
    layouts[i] = context.setLayouts[tables.kernels[tables.dispatches[i].kernel].binding_count];
  VkDescriptorSetAllocateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  info.descriptorPool = program.descriptorPool;
  info.descriptorSetCount = tables.dispatch_count;
  info.pSetLayouts = layouts.data;
  result = vulkan.AllocateDescriptorSets(context.device.handle, &info, program.sets.data);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkAllocateDescriptorSets");
  return BORN_OK;
}

static born_status writeSets(born_context &context, Program &program) {
  const born_program &tables = *program.tables;
  uint32_t descriptors = 0;
  for (uint32_t i = 0; i < tables.dispatch_count; ++i)
    descriptors += tables.kernels[tables.dispatches[i].kernel].binding_count;
  if (descriptors == 0)
    return BORN_OK;
  if (born_status status = allocateSets(context, program, descriptors))
    return status;

  Array<VkDescriptorBufferInfo> buffers;
  Array<VkWriteDescriptorSet> writes;
  if (!buffers.allocate(descriptors) || !writes.allocate(tables.dispatch_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  uint32_t next = 0, writeCount = 0;
  for (uint32_t i = 0; i < tables.dispatch_count; ++i) {
    const born_dispatch &dispatch = tables.dispatches[i];
    uint32_t count = tables.kernels[dispatch.kernel].binding_count;
    if (count == 0)
      continue;
    // One write goes on into the following bindings.
    VkWriteDescriptorSet &write = writes[writeCount++];
    write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    write.dstSet = program.sets[i];
    write.descriptorCount = count;
    write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    write.pBufferInfo = &buffers[next];
    for (uint32_t j = 0; j < count; ++j) {
      const born_binding &binding = tables.bindings[dispatch.first_binding + j];
      buffers[next++] = {spaceBuffer(context, program, binding.space), binding.offset,
                         context.settings.poison ? VK_WHOLE_SIZE : binding.size};
    }
  }
  context.device.vulkan.UpdateDescriptorSets(context.device.handle, writeCount, writes.data, 0,
                                             nullptr);
  return BORN_OK;
}

born_status born::createDescriptors(born_context &context) {
  if (born_status status = createSetLayouts(context))
    return status;
  for (Program &program : context.programs)
    if (born_status status = writeSets(context, program))
      return status;
  return BORN_OK;
}
