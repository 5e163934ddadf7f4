//===- pipelines.cpp - compute pipelines, created in parallel --------------===//

#include "runtime/context.h"
#include "runtime/float_controls.h"
#include "runtime/os.h"

using namespace born;

namespace {

/// What the compiling threads share.
struct Compilation {
  born_context *context;
  Program *program;
  uint32_t next; ///< atomic: the first kernel that nobody has taken
  int failed;    ///< atomic: the first failure owns the message
  born_status status;
};

} // namespace

static born_status createLayouts(born_context &context, Program &program) {
  const born_program &tables = *program.tables;
  if (!program.layouts.allocate(tables.kernel_count) ||
      !program.borrowed.allocate(tables.kernel_count) ||
      !program.pipelines.allocate(tables.kernel_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < tables.kernel_count; ++i) {
    const born_kernel &kernel = tables.kernels[i];
    for (uint32_t j = 0; j < i && !program.layouts[i]; ++j)
      if (tables.kernels[j].binding_count == kernel.binding_count &&
          tables.kernels[j].immediate_count == kernel.immediate_count)
        program.layouts[i] = program.layouts[j];
    if (program.layouts[i])
      continue;
    VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, 4 * kernel.immediate_count};
    VkPipelineLayoutCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    info.setLayoutCount = 1;
    info.pSetLayouts = &context.setLayouts[kernel.binding_count];
    info.pushConstantRangeCount = kernel.immediate_count ? 1 : 0;
    info.pPushConstantRanges = &range;
    VkResult result = context.device.vulkan.CreatePipelineLayout(context.device.handle, &info,
                                                                 nullptr, &program.layouts[i]);
    if (result != VK_SUCCESS)
      return fail(context.message, result, "vkCreatePipelineLayout");
  }
  return BORN_OK;
}

static bool isSameKernel(const born_kernel &a, const born_kernel &b) {
  bool same = a.binding_count == b.binding_count && a.immediate_count == b.immediate_count &&
              a.variant_count == b.variant_count && !strcmp(a.name, b.name);
  for (uint32_t i = 0; same && i < a.variant_count; ++i)
    same = a.variants[i].code == b.variants[i].code &&
           a.variants[i].subgroup_size == b.variants[i].subgroup_size;
  return same;
}

/// Programs of one model share kernels. A pipeline works with any layout that
/// was made the same way as its own.
static void borrowPipelines(born_context &context, Program &program) {
  for (Program &earlier : context.programs) {
    if (&earlier == &program)
      return;
    for (uint32_t i = 0; i < program.tables->kernel_count; ++i)
      for (uint32_t j = 0; j < earlier.tables->kernel_count && !program.borrowed[i]; ++j)
        if (isSameKernel(program.tables->kernels[i], earlier.tables->kernels[j])) {
          program.pipelines[i] = earlier.pipelines[j];
          program.borrowed[i] = true;
        }
  }
}

/// Requires the subgroup size that a variant is written for, where the device
/// lets it be required; where not, chooseVariant saw that it is the only one.
static void requireSubgroupSize(const PhysicalDevice &physical, const born_kernel_variant &variant,
                                VkPipelineShaderStageRequiredSubgroupSizeCreateInfo &required,
                                VkPipelineShaderStageCreateInfo &stage) {
  if (!variant.subgroup_size || !physical.subgroupSizeControl)
    return;
  required.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO;
  required.requiredSubgroupSize = variant.subgroup_size;
  stage.pNext = &required;
  if (physical.fullSubgroups && variant.workgroup_size[0] % variant.subgroup_size == 0)
    stage.flags |= VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
}

/// The kernel, and the ONNX nodes of its first dispatch.
static void addKernel(Message &message, const born_program &tables, uint32_t index) {
  const char *nodes = nullptr;
  for (uint32_t i = 0; i < tables.dispatch_count && !nodes; ++i)
    if (tables.dispatches[i].kernel == index)
      nodes = tables.dispatches[i].label;
  message.add(" (kernel %s%s%.300s)", tables.kernels[index].name, nodes ? ", of " : "",
              nodes ? nodes : "");
}

static born_status createPipeline(const born_context &context, Program &program, uint32_t index,
                                  Message &message) {
  const Vulkan &vulkan = context.device.vulkan;
  const PhysicalDevice &physical = context.device.physical;
  const born_kernel &kernel = program.tables->kernels[index];
  const born_kernel_variant *variant =
      chooseVariant(physical, kernel, context.settings.variant, message);
  if (!variant)
    return BORN_ERROR_DEVICE;

  Array<uint32_t> patched;
  if (!removeFloatControls(variant->code, variant->code_size, physical.features, patched))
    return message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  VkShaderModuleCreateInfo moduleInfo = {};
  moduleInfo.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  moduleInfo.codeSize = patched.data ? 4 * uint64_t(patched.count) : variant->code_size;
  moduleInfo.pCode = patched.data ? patched.data : variant->code;
  VkShaderModule shader = VK_NULL_HANDLE;
  VkResult result = vulkan.CreateShaderModule(context.device.handle, &moduleInfo, nullptr, &shader);
  if (result != VK_SUCCESS) {
    born_status status = fail(message, result, "vkCreateShaderModule");
    addKernel(message, *program.tables, index);
    return status;
  }
  VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required = {};
  VkComputePipelineCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = shader;
  info.stage.pName = kernel.name;
  info.layout = program.layouts[index];
  requireSubgroupSize(physical, *variant, required, info.stage);
  result = vulkan.CreateComputePipelines(context.device.handle, context.pipelineCache, 1, &info,
                                         nullptr, &program.pipelines[index]);
  vulkan.DestroyShaderModule(context.device.handle, shader, nullptr);
  if (result == VK_SUCCESS)
    return BORN_OK;
  program.pipelines[index] = VK_NULL_HANDLE;
  born_status status = fail(message, result, "vkCreateComputePipelines");
  addKernel(message, *program.tables, index);
  return status;
}

static void compileKernels(void *data) {
  Compilation &work = *static_cast<Compilation *>(data);
  Message message;
  while (!__atomic_load_n(&work.failed, __ATOMIC_RELAXED)) {
    uint32_t index = __atomic_fetch_add(&work.next, 1, __ATOMIC_RELAXED);
    if (index >= work.program->tables->kernel_count)
      return;
    if (work.program->borrowed[index])
      continue;
    born_status status = createPipeline(*work.context, *work.program, index, message);
    if (status && !__atomic_exchange_n(&work.failed, 1, __ATOMIC_RELAXED)) {
      work.status = status;
      work.context->message = message;
    }
  }
}

born_status born::createPipelines(born_context &context) {
  for (Program &program : context.programs) {
    if (born_status status = createLayouts(context, program))
      return status;
    borrowPipelines(context, program);
    Compilation work = {&context, &program, 0, 0, BORN_OK};
    callInParallel(min(osProcessorCount(), program.tables->kernel_count), compileKernels, &work);
    if (work.status)
      return work.status;
  }
  return BORN_OK;
}
