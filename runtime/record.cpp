//===- record.cpp - the command buffer of a program ------------------------===//

#include "runtime/context.h"

using namespace born;

namespace {

struct Recorder {
  born_context &context;
  Program &program;
  const Vulkan &vulkan;
  VkCommandBuffer commands;
  VkPipeline boundPipeline;

  void dispatch(const born_dispatch &dispatch, const born_kernel_variant &variant, size_t index);
  void copy(const born_copy &copy);
  void stage(VkBuffer from, VkBuffer to, uint64_t start, uint64_t end);
  void barrier(uint32_t scopes);
  born_status command(const born_command &command);
  born_status tracedCommand(uint32_t index);
  born_status all();
};

} // namespace

void Recorder::dispatch(const born_dispatch &dispatch, const born_kernel_variant &variant,
                        size_t index) {
  const born_program &tables = *program.tables;
  const born_kernel &kernel = tables.kernels[dispatch.kernel];
  VkPipelineLayout layout = program.layouts[dispatch.kernel];
  VkPipeline pipeline = program.pipelines[dispatch.kernel];
  if (pipeline != boundPipeline)
    vulkan.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
  boundPipeline = pipeline;
  if (kernel.binding_count)
    vulkan.CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1,
                                 &program.sets[index], 0, nullptr);
  if (kernel.immediate_count)
    vulkan.CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                            4 * kernel.immediate_count,
                            tables.immediates + dispatch.first_immediate);
  vulkan.CmdDispatch(commands, variant.workgroup_count[0], variant.workgroup_count[1],
                     variant.workgroup_count[2]);
}

void Recorder::copy(const born_copy &copy) {
  VkBufferCopy region = {copy.source.offset, copy.target.offset, copy.source.size};
  vulkan.CmdCopyBuffer(commands, spaceBuffer(context, program, copy.source.space),
                       spaceBuffer(context, program, copy.target.space), 1, &region);
}

/// Uploads or downloads [start, end) of the io space; where memory is shared
/// there is nothing to do.
void Recorder::stage(VkBuffer from, VkBuffer to, uint64_t start, uint64_t end) {
  if (context.sharesMemory || start == end)
    return;
  VkBufferCopy region = {start, start, end - start};
  vulkan.CmdCopyBuffer(commands, from, to, 1, &region);
}

void Recorder::barrier(uint32_t scopes) {
  const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
  const VkPipelineStageFlags host = VK_PIPELINE_STAGE_HOST_BIT;
  const VkAccessFlags read = VK_ACCESS_SHADER_READ_BIT, write = VK_ACCESS_SHADER_WRITE_BIT;
  const VkAccessFlags copyRead = VK_ACCESS_TRANSFER_READ_BIT;
  const VkAccessFlags copyWrite = VK_ACCESS_TRANSFER_WRITE_BIT;
  const bool shared = context.sharesMemory;
  // Outputs come to the host from kernels (or copies) where memory is shared,
  // from the download where not.
  const bool copies = program.tables->copy_count > 0;
  const VkPipelineStageFlags lastStage = shared ? compute | (copies ? transfer : 0) : transfer;
  const VkAccessFlags lastWrite = shared ? write | (copies ? copyWrite : 0) : copyWrite;
  const struct {
    born_barrier_scope scope;
    bool needed;
    VkPipelineStageFlags sourceStage, targetStage;
    VkAccessFlags sourceAccess, targetAccess;
  } table[] = {
      {BORN_BARRIER_DISPATCH_TO_DISPATCH, true, compute, compute, write, read | write},
      {BORN_BARRIER_UPLOAD_TO_DISPATCH, !shared, transfer, compute, copyWrite, read | write},
      {BORN_BARRIER_DISPATCH_TO_DOWNLOAD, !shared, compute, transfer, write, copyRead},
      {BORN_BARRIER_COPY_TO_DISPATCH, true, transfer, compute, copyWrite, read | write},
      {BORN_BARRIER_DISPATCH_TO_COPY, true, compute, transfer, write, copyRead | copyWrite},
      {BORN_BARRIER_TO_HOST, true, lastStage, host, lastWrite, VK_ACCESS_HOST_READ_BIT},
      {BORN_BARRIER_COPY_TO_COPY, true, transfer, transfer, copyWrite, copyRead | copyWrite},
  };
  VkPipelineStageFlags sourceStages = 0, targetStages = 0;
  VkMemoryBarrier barriers[sizeof table / sizeof table[0]];
  uint32_t count = 0;
  for (const auto &row : table) {
    if (!row.needed || !(scopes & static_cast<uint32_t>(row.scope)))
      continue;
    sourceStages |= row.sourceStage;
    targetStages |= row.targetStage;
    barriers[count++] = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, row.sourceAccess,
                         row.targetAccess};
  }
  if (count)
    vulkan.CmdPipelineBarrier(commands, sourceStages, targetStages, 0, count, barriers, 0, nullptr,
                              0, nullptr);
}

born_status Recorder::command(const born_command &command) {
  const born_program &tables = *program.tables;
  switch (static_cast<born_command_kind>(command.kind)) {
  case BORN_COMMAND_DISPATCH: {
    const born_dispatch &entry = tables.dispatches[command.index];
    const born_kernel_variant *variant =
        chooseVariant(context.device.physical, tables.kernels[entry.kernel],
                      context.settings.variant, context.message);
    if (!variant)
      return BORN_ERROR_DEVICE;
    dispatch(entry, *variant, command.index);
    break;
  }
  case BORN_COMMAND_BARRIER:
    barrier(command.index);
    break;
  case BORN_COMMAND_COPY:
    copy(tables.copies[command.index]);
    break;
  case BORN_COMMAND_UPLOAD:
    stage(program.staging.handle, program.io.handle, 0, tables.input_size);
    break;
  case BORN_COMMAND_DOWNLOAD:
    stage(program.io.handle, program.staging.handle, tables.input_size, tables.io_size);
    break;
  }
  return BORN_OK;
}

/// A command by its number in the tables, with timestamps around it where they are wanted.
born_status Recorder::tracedCommand(uint32_t index) {
  uint32_t query = addTimestamps(context, program, index);
  if (query)
    vulkan.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, program.queries, query);
  if (born_status status = command(program.tables->commands[index]))
    return status;
  if (query)
    vulkan.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, program.queries,
                             query + 1);
  return BORN_OK;
}

born_status Recorder::all() {
  const born_program &tables = *program.tables;
  Array<uint32_t> order;
  if (!order.allocate(tables.command_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < tables.command_count; ++i)
    order[i] = i;
  if (context.settings.shuffle) {
    uint64_t state = context.settings.shuffleSeed;
    uint32_t start = 0;
    for (uint32_t i = 0; i < tables.command_count; ++i) {
      if (tables.commands[i].kind == BORN_COMMAND_BARRIER) {
        start = i + 1;
        continue;
      }
      // Inside-out Fisher-Yates over the interval so far.
      uint32_t j = start + static_cast<uint32_t>(nextRandom(state) % (i - start + 1));
      uint32_t moved = order[j];
      order[j] = order[i];
      order[i] = moved;
    }
  }
  if (program.queries) {
    vulkan.CmdResetQueryPool(commands, program.queries, 0,
                             static_cast<uint32_t>(program.times.count));
    vulkan.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, program.queries, 0);
  }
  for (uint32_t index : order)
    if (born_status status = tracedCommand(index))
      return status;
  if (program.queries)
    vulkan.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, program.queries, 1);
  return BORN_OK;
}

static born_status recordProgram(born_context &context, Program &program) {
  const Device &device = context.device;
  const Vulkan &vulkan = device.vulkan;
  if (born_status status = createTimestamps(context, program))
    return status;
  VkCommandBufferAllocateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  info.commandPool = context.commandPool;
  info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  info.commandBufferCount = 1;
  VkResult result = vulkan.AllocateCommandBuffers(device.handle, &info, &program.commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkAllocateCommandBuffers");
  VkCommandBufferBeginInfo begin = {};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  result = vulkan.BeginCommandBuffer(program.commands, &begin);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkBeginCommandBuffer");
  Recorder recorder = {context, program, vulkan, program.commands, VK_NULL_HANDLE};
  if (born_status status = recorder.all())
    return status;
  program.graph.traced = 0; // until a run
  result = vulkan.EndCommandBuffer(program.commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkEndCommandBuffer");
  return BORN_OK;
}

born_status born::recordPrograms(born_context &context) {
  for (Program &program : context.programs)
    if (born_status status = recordProgram(context, program))
      return status;
  return BORN_OK;
}
