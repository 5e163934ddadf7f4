//===- variant.cpp - which code of a kernel fits a device ------------------===//

#include "runtime/variant.h"

using namespace born;

/// The Vulkan version that has the SPIR-V version of a module in its core.
static uint32_t vulkanOfSpirv(const born_kernel_variant &variant) {
  uint32_t version = variant.code[1];
  if (version <= 0x00010300)
    return VK_API_VERSION_1_1;
  return version <= 0x00010500 ? VK_API_VERSION_1_2 : VK_API_VERSION_1_3;
}

static bool exceeds(const char *kernel, const char *limit, uint64_t needed, uint64_t found,
                    Message &message) {
  if (needed <= found)
    return false;
  message.set(BORN_ERROR_LIMIT, "kernel %s needs %s %llu, the device has %llu", kernel, limit,
              static_cast<unsigned long long>(needed), static_cast<unsigned long long>(found));
  return true;
}

static bool fitsSubgroup(const PhysicalDevice &device, const born_kernel &kernel,
                         const born_kernel_variant &variant, Message &message) {
  uint32_t size = variant.subgroup_size;
  if (size == 0 || (!device.subgroupSizeControl && size == device.subgroupSize))
    return true;
  if (!device.subgroupSizeControl || size < device.minSubgroupSize ||
      size > device.maxSubgroupSize) {
    if (device.minSubgroupSize == device.maxSubgroupSize)
      message.set(BORN_ERROR_LIMIT, "kernel %s needs subgroups of %u, the device has %u",
                  kernel.name, size, device.subgroupSize);
    else
      message.set(BORN_ERROR_LIMIT, "kernel %s needs subgroups of %u, the device has %u to %u",
                  kernel.name, size, device.minSubgroupSize, device.maxSubgroupSize);
    return false;
  }
  const uint32_t *local = variant.workgroup_size;
  return !exceeds(kernel.name, "maxComputeWorkgroupSubgroups",
                  (static_cast<uint64_t>(local[0]) * local[1] * local[2] + size - 1) / size,
                  device.maxWorkgroupSubgroups, message);
}

static bool fits(const PhysicalDevice &device, const born_kernel &kernel,
                 const born_kernel_variant &variant, Message &message) {
  uint32_t missing = variant.features & ~device.features;
  if (missing) {
    message.set(BORN_ERROR_DEVICE, "kernel %s needs %s, which the device lacks", kernel.name,
                featureName(missing & ~(missing - 1)));
    return false;
  }
  uint32_t version = vulkanOfSpirv(variant);
  if (device.properties.apiVersion < version) {
    message.set(BORN_ERROR_DEVICE, "kernel %s needs Vulkan %u.%u, the device has %u.%u",
                kernel.name, VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version),
                VK_API_VERSION_MAJOR(device.properties.apiVersion),
                VK_API_VERSION_MINOR(device.properties.apiVersion));
    return false;
  }
  const VkPhysicalDeviceLimits &limits = device.limits();
  const uint32_t *local = variant.workgroup_size;
  const uint32_t *count = variant.workgroup_count;
  const struct {
    const char *limit;
    uint64_t needed, found;
  } table[] = {
      {"maxComputeWorkGroupInvocations", static_cast<uint64_t>(local[0]) * local[1] * local[2],
       limits.maxComputeWorkGroupInvocations},
      {"maxComputeWorkGroupSize[0]", local[0], limits.maxComputeWorkGroupSize[0]},
      {"maxComputeWorkGroupSize[1]", local[1], limits.maxComputeWorkGroupSize[1]},
      {"maxComputeWorkGroupSize[2]", local[2], limits.maxComputeWorkGroupSize[2]},
      {"maxComputeWorkGroupCount[0]", count[0], limits.maxComputeWorkGroupCount[0]},
      {"maxComputeWorkGroupCount[1]", count[1], limits.maxComputeWorkGroupCount[1]},
      {"maxComputeWorkGroupCount[2]", count[2], limits.maxComputeWorkGroupCount[2]},
      {"maxComputeSharedMemorySize", variant.workgroup_memory, limits.maxComputeSharedMemorySize},
      {"maxPerStageDescriptorStorageBuffers", kernel.binding_count,
       limits.maxPerStageDescriptorStorageBuffers},
      {"maxPerStageResources", kernel.binding_count, limits.maxPerStageResources},
      {"maxPushConstantsSize", uint64_t{4} * kernel.immediate_count, limits.maxPushConstantsSize},
  };
  for (const auto &row : table)
    if (exceeds(kernel.name, row.limit, row.needed, row.found, message))
      return false;
  return fitsSubgroup(device, kernel, variant, message);
}

static const born_kernel_variant *find(const born_kernel &kernel, born_device_class wanted) {
  for (uint32_t i = 0; i < kernel.variant_count; ++i)
    if (kernel.variants[i].device_class == static_cast<uint32_t>(wanted))
      return &kernel.variants[i];
  return nullptr;
}

const born_kernel_variant *born::chooseVariant(const PhysicalDevice &device,
                                               const born_kernel &kernel, VariantChoice choice,
                                               Message &message) {
  const born_kernel_variant *software = find(kernel, BORN_CLASS_SOFTWARE);
  const born_kernel_variant *generic = find(kernel, BORN_CLASS_GENERIC);
  if (software && choice == VariantChoice::Software)
    return fits(device, kernel, *software, message) ? software : nullptr;
  if (software && choice == VariantChoice::Automatic && device.isSoftware()) {
    Message why;
    if (fits(device, kernel, *software, why))
      return software;
  }
  if (!generic) {
    message.set(BORN_ERROR_TABLES, "kernel %s has no generic variant", kernel.name);
    return nullptr;
  }
  return fits(device, kernel, *generic, message) ? generic : nullptr;
}

static born_status checkSpace(const PhysicalDevice &device, const char *what, uint64_t size,
                              Message &message) {
  if (size > device.maxAllocationSize)
    return message.set(BORN_ERROR_LIMIT,
                       "the %s need maxMemoryAllocationSize %llu, the device has %llu", what,
                       static_cast<unsigned long long>(size),
                       static_cast<unsigned long long>(device.maxAllocationSize));
  return BORN_OK;
}

static born_status checkProgram(const PhysicalDevice &device, const born_program &program,
                                VariantChoice choice, Message &message) {
  for (uint32_t i = 0; i < program.kernel_count; ++i)
    if (!chooseVariant(device, program.kernels[i], choice, message))
      return BORN_ERROR_DEVICE;
  for (uint32_t i = 0; i < program.dispatch_count; ++i) {
    const born_dispatch &dispatch = program.dispatches[i];
    const born_kernel &kernel = program.kernels[dispatch.kernel];
    for (uint32_t j = 0; j < kernel.binding_count; ++j) {
      const born_binding &binding = program.bindings[dispatch.first_binding + j];
      if (exceeds(kernel.name, "maxStorageBufferRange", binding.size,
                  device.limits().maxStorageBufferRange, message))
        return BORN_ERROR_LIMIT;
    }
  }
  if (born_status status =
          checkSpace(device, "intermediate tensors", program.transient_size, message))
    return status;
  if (born_status status = checkSpace(device, "state tensors", program.state_size, message))
    return status;
  return checkSpace(device, "inputs and outputs", program.io_size, message);
}

born_status born::checkModel(const PhysicalDevice &device, const born_model &model,
                             VariantChoice choice, Message &message) {
  if (born_status status = checkSpace(device, "weights", model.weights_size, message))
    return status;
  for (uint32_t i = 0; i < model.program_count; ++i)
    if (born_status status = checkProgram(device, model.programs[i], choice, message))
      return status;
  return BORN_OK;
}

uint32_t born::neededFeatures(const PhysicalDevice &device, const born_model &model,
                              VariantChoice choice) {
  uint32_t features = 0;
  Message message;
  for (uint32_t i = 0; i < model.program_count; ++i)
    for (uint32_t j = 0; j < model.programs[i].kernel_count; ++j)
      if (const born_kernel_variant *variant =
              chooseVariant(device, model.programs[i].kernels[j], choice, message))
        features |= variant->features;
  return features;
}
