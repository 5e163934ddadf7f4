//===- timestamps.cpp - when a device began and ended what ------------------===//

#include "runtime/context.h"

using namespace born;

/// Queries 0 and 1 are around all commands, two more around each traced one.
static constexpr uint32_t firstTraced = 2;

static bool isTraced(const born_context &context, const born_program &tables,
                     const born_command &command) {
  switch (static_cast<born_command_kind>(command.kind)) {
  case BORN_COMMAND_DISPATCH:
  case BORN_COMMAND_COPY:
    return true;
  case BORN_COMMAND_BARRIER:
    return false;
  case BORN_COMMAND_UPLOAD:
    return !context.sharesMemory && tables.input_size > 0;
  case BORN_COMMAND_DOWNLOAD:
    return !context.sharesMemory && tables.io_size > tables.input_size;
  }
  return false;
}

born_status born::createTimestamps(born_context &context, Program &program) {
  const Device &device = context.device;
  const born_program &tables = *program.tables;
  bool traces = context.settings.has(BORN_FLAG_TRACE);
  if (traces && device.physical.timestampBits == 0)
    return context.message.set(BORN_ERROR_DEVICE,
                               "device '%s' has no timestamps on its queue for compute, which a "
                               "trace (--profile) needs: trace another device, or the CPU",
                               device.physical.properties.deviceName);
  if (!traces && (!context.settings.has(BORN_FLAG_PROFILE) || device.physical.timestampBits == 0))
    return BORN_OK;
  uint32_t events = 0;
  for (uint32_t i = 0; traces && i < tables.command_count; ++i)
    events += isTraced(context, tables, tables.commands[i]);
  if (!program.graph.trace.allocate(events) || !program.times.allocate(firstTraced + 2 * events))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  VkQueryPoolCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = static_cast<uint32_t>(program.times.count);
  VkResult result = device.vulkan.CreateQueryPool(device.handle, &info, nullptr, &program.queries);
  return result == VK_SUCCESS ? BORN_OK : fail(context.message, result, "vkCreateQueryPool");
}

static uint32_t workgroupsOf(const born_context &context, const born_program &tables,
                             const born_command &command) {
  if (command.kind != BORN_COMMAND_DISPATCH)
    return 1;
  const born_kernel_variant *variant = chooseVariant(
      context.device.physical, tables.kernels[tables.dispatches[command.index].kernel],
      context.settings.variant, context.message);
  return variant ? variant->workgroup_count[0] * variant->workgroup_count[1] *
                       variant->workgroup_count[2]
                 : 0;
}

uint32_t born::addTimestamps(const born_context &context, Program &program, uint32_t command) {
  Graph &graph = program.graph;
  const born_program &tables = *program.tables;
  if (graph.trace.count == 0 || !isTraced(context, tables, tables.commands[command]))
    return 0;
  uint32_t query = firstTraced + 2 * graph.traced;
  uint32_t workgroups = workgroupsOf(context, tables, tables.commands[command]);
  graph.trace[graph.traced++] = {command, 0, 0, workgroups, 0, 0};
  return query;
}

born_status born::readTimestamps(born_context &context, Program &program) {
  const Device &device = context.device;
  Array<uint64_t> &times = program.times;
  if (!program.queries)
    return BORN_OK;
  program.graph.traced = 0;
  VkResult result = device.vulkan.GetQueryPoolResults(
      device.handle, program.queries, 0, static_cast<uint32_t>(times.count),
      times.count * sizeof times[0], times.data, sizeof times[0], VK_QUERY_RESULT_64_BIT);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkGetQueryPoolResults");
  uint32_t bits = device.physical.timestampBits;
  uint64_t mask = bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  double period = static_cast<double>(device.physical.limits().timestampPeriod);
  auto sinceStart = [&](size_t query) {
    return static_cast<uint64_t>(static_cast<double>((times[query] - times[0]) & mask) * period);
  };
  if (context.settings.has(BORN_FLAG_PROFILE))
    context.profile.gpu_ns = sinceStart(1);
  for (size_t i = 0; i < program.graph.trace.count; ++i) {
    program.graph.trace[i].start = sinceStart(firstTraced + 2 * i);
    program.graph.trace[i].end = sinceStart(firstTraced + 2 * i + 1);
  }
  program.graph.traced = static_cast<uint32_t>(program.graph.trace.count);
  return BORN_OK;
}
