//===- resources.cpp - the memory of a context -----------------------------===//

#include "runtime/poison.h"

using namespace born;

born_status born::createMemory(born_context &context) {
  const Device &device = context.device;
  const born_model &model = *context.model;
  bool poison = context.settings.poison;
  if (poison && !context.sharesMemory)
    return context.message.set(
        BORN_ERROR_DEVICE, "BORN_MEMORY=poison needs a device that shares memory with the host");
  MemoryUse shared = context.sharesMemory ? MemoryUse::Shared : MemoryUse::Device;
  uint64_t guard = poison ? poisonGuard : 0;
  if (!context.programs.allocate(model.program_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");

  uint64_t transient = 0;
  for (uint32_t i = 0; i < model.program_count; ++i) {
    context.programs[i].tables = &model.programs[i];
    // One program runs at a time, so they share the arena.
    transient = max(transient, model.programs[i].transient_size);
  }
  born_status status =
      createBuffer(device, poison ? MemoryUse::Shared : MemoryUse::Device, transient,
                   "intermediate tensors", context.transient, context.message, guard);
  if (!status)
    status = createBuffer(device, shared, model.weights_size, "weights", context.weights,
                          context.message, guard);
  for (Program &program : context.programs) {
    uint64_t size = program.tables->io_size;
    if (!status)
      status = createBuffer(device, shared, size, "inputs and outputs", program.io, context.message,
                            guard);
    if (!status && !context.sharesMemory)
      status = createBuffer(device, MemoryUse::Staging, size, "staged inputs and outputs",
                            program.staging, context.message);
    if (!status)
      status = createBuffer(device, MemoryUse::Device, program.tables->state_size, "state tensors",
                            program.state, context.message);
    if (status)
      return status;
    program.mapped = context.sharesMemory ? program.io.mapped : program.staging.mapped;
    // The gaps between inputs are read by nobody, but a copy reads them all.
    if (program.mapped)
      memset(program.mapped, 0, size);
  }
  context.settings.log("memory: %llu intermediate, %llu weights, %s",
                       static_cast<unsigned long long>(transient),
                       static_cast<unsigned long long>(model.weights_size),
                       context.sharesMemory ? "shared with the host" : "with staging copies");
  return status || !poison ? status : findGaps(context);
}

VkBuffer born::spaceBuffer(const born_context &context, const Program &program, uint32_t space) {
  switch (static_cast<born_space>(space)) {
  case BORN_SPACE_TRANSIENT:
    return context.transient.handle;
  case BORN_SPACE_WEIGHTS:
    return context.weights.handle;
  case BORN_SPACE_IO:
    return program.io.handle;
  case BORN_SPACE_STATE:
    return program.state.handle;
  }
  return VK_NULL_HANDLE;
}
