//===- tables.cpp - are the tables of a model consistent? ------------------===//
//
// Every index and range of the tables is checked once at load, so that nothing
// after it needs to. It costs microseconds and catches a compiler's mistake
// where it is made, not as a lost device.
//
//===----------------------------------------------------------------------===//

#include "runtime/variant.h"

using namespace born;

namespace {

struct TableChecker {
  const born_model &model;
  const born_program &program;
  Message &message;

  born_status wrong(const char *what, uint32_t index) {
    return message.set(BORN_ERROR_TABLES, "program %s: %s %u is out of range", program.name, what,
                       index);
  }
  uint64_t sizeOf(uint32_t space) const {
    switch (static_cast<born_space>(space)) {
    case BORN_SPACE_TRANSIENT:
      return program.transient_size;
    case BORN_SPACE_WEIGHTS:
      return model.weights_size;
    case BORN_SPACE_IO:
      return program.io_size;
    case BORN_SPACE_STATE:
      return program.state_size;
    }
    return 0;
  }
  bool isGood(const born_binding &binding) const {
    return binding.space <= BORN_SPACE_STATE && binding.size > 0 &&
           inside(binding.offset, binding.size, sizeOf(binding.space));
  }

  born_status checkTensors();
  born_status checkKernels();
  born_status checkDispatches();
  born_status checkCommands();
  born_status checkSteps();
};

} // namespace

born_status TableChecker::checkTensors() {
  if (program.input_size > program.io_size || program.input_size % 256)
    return message.set(BORN_ERROR_TABLES, "program %s: input_size is wrong", program.name);
  for (uint32_t i = 0; i < program.input_count; ++i)
    if (!inside(program.inputs[i].offset, program.inputs[i].size, program.input_size))
      return wrong("input", i);
  for (uint32_t i = 0; i < program.output_count + program.check_count; ++i)
    if (program.outputs[i].offset < program.input_size ||
        !inside(program.outputs[i].offset, program.outputs[i].size, program.io_size) ||
        (i >= program.output_count && program.outputs[i].size != sizeof(uint32_t)))
      return wrong("output", i);
  return BORN_OK;
}

born_status TableChecker::checkKernels() {
  for (uint32_t i = 0; i < program.kernel_count; ++i) {
    const born_kernel &kernel = program.kernels[i];
    for (uint32_t j = 0; j < kernel.variant_count; ++j) {
      const born_kernel_variant &variant = kernel.variants[j];
      if (!variant.code || variant.code_size < 20 || variant.code_size % 4 ||
          variant.code[0] != 0x07230203)
        return message.set(BORN_ERROR_TABLES, "program %s: kernel %s has no SPIR-V module",
                           program.name, kernel.name);
    }
    for (uint32_t j = 0; j < kernel.cpu_variant_count; ++j) {
      const born_cpu_variant &variant = kernel.cpu_variants[j];
      if (!variant.function || !variant.workgroup_count || !variant.task_size ||
          variant.device_class < BORN_CLASS_SSE4 || variant.device_class > BORN_CLASS_LAST)
        return message.set(BORN_ERROR_TABLES, "program %s: kernel %s has no CPU code", program.name,
                           kernel.name);
    }
  }
  return BORN_OK;
}

born_status TableChecker::checkDispatches() {
  for (uint32_t i = 0; i < program.dispatch_count; ++i) {
    const born_dispatch &dispatch = program.dispatches[i];
    if (dispatch.kernel >= program.kernel_count)
      return wrong("dispatch", i);
    const born_kernel &kernel = program.kernels[dispatch.kernel];
    if (!inside(dispatch.first_binding, kernel.binding_count, program.binding_count) ||
        !inside(dispatch.first_immediate, kernel.immediate_count, program.immediate_count))
      return wrong("dispatch", i);
    for (uint32_t j = 0; j < kernel.binding_count; ++j) {
      const born_binding &binding = program.bindings[dispatch.first_binding + j];
      if (!isGood(binding) || binding.offset % 256)
        return wrong("binding", dispatch.first_binding + j);
      if (binding.space == BORN_SPACE_WEIGHTS && (binding.access & BORN_ACCESS_WRITE))
        return message.set(BORN_ERROR_TABLES, "program %s: dispatch %u writes to the weights",
                           program.name, i);
    }
  }
  return BORN_OK;
}

born_status TableChecker::checkCommands() {
  for (uint32_t i = 0; i < program.copy_count; ++i) {
    const born_copy &copy = program.copies[i];
    if (!isGood(copy.source) || !isGood(copy.target) || copy.source.size != copy.target.size ||
        copy.target.space == BORN_SPACE_WEIGHTS)
      return wrong("copy", i);
  }
  for (uint32_t i = 0; i < program.command_count; ++i) {
    const born_command &command = program.commands[i];
    bool good = false;
    switch (static_cast<born_command_kind>(command.kind)) {
    case BORN_COMMAND_DISPATCH:
      good = command.index < program.dispatch_count;
      break;
    case BORN_COMMAND_COPY:
      good = command.index < program.copy_count;
      break;
    case BORN_COMMAND_BARRIER:
      good = command.index < 2 * BORN_BARRIER_COPY_TO_COPY;
      break;
    case BORN_COMMAND_UPLOAD:
    case BORN_COMMAND_DOWNLOAD:
      good = true;
      break;
    }
    if (!good)
      return wrong("command", i);
  }
  return BORN_OK;
}

/// Every dispatch and copy is a step, once; edges lead to later steps, as many
/// to each as it waits for.
born_status TableChecker::checkSteps() {
  Array<uint32_t> waits;
  Array<bool> seen;
  if (!waits.allocate(program.step_count) || !seen.allocate(program.command_count))
    return message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < program.step_count; ++i) {
    const born_step &step = program.steps[i];
    bool good = step.command < program.command_count && !seen[step.command] &&
                inside(step.first_edge, step.edge_count, program.edge_count);
    if (good) {
      uint32_t kind = program.commands[step.command].kind;
      good = kind == BORN_COMMAND_DISPATCH || kind == BORN_COMMAND_COPY;
      seen[step.command] = true;
    }
    for (uint32_t j = 0; good && j < step.edge_count; ++j) {
      uint32_t next = program.edges[step.first_edge + j];
      good = next > i && next < program.step_count;
      if (good)
        ++waits[next];
    }
    if (!good || waits[i] != step.wait_count) // all edges to it are from earlier ones
      return wrong("step", i);
  }
  for (uint32_t i = 0; i < program.command_count; ++i) {
    uint32_t kind = program.commands[i].kind;
    if (!seen[i] && (kind == BORN_COMMAND_DISPATCH || kind == BORN_COMMAND_COPY))
      return message.set(BORN_ERROR_TABLES, "program %s: command %u is in no step", program.name,
                         i);
  }
  return BORN_OK;
}

born_status born::checkTables(const born_model &model, Message &message) {
  if (model.table_version != BORN_TABLE_VERSION)
    return message.set(BORN_ERROR_TABLES, "the model's tables have version %u, this runtime has %u",
                       model.table_version, BORN_TABLE_VERSION);
  if (model.weights_source > BORN_WEIGHTS_CALLER)
    return message.set(BORN_ERROR_TABLES, "the model has weights source %u", model.weights_source);
  if (model.weights_source == BORN_WEIGHTS_EMBEDDED && model.weights_size && !model.weights)
    return message.set(BORN_ERROR_TABLES, "the model has no embedded weights");
  for (uint32_t i = 0; i < model.program_count; ++i) {
    TableChecker checker = {model, model.programs[i], message};
    born_status status = checker.checkTensors();
    if (!status)
      status = checker.checkKernels();
    if (!status)
      status = checker.checkDispatches();
    if (!status)
      status = checker.checkCommands();
    if (!status && model.cpu)
      status = checker.checkSteps();
    if (status)
      return status;
  }
  return BORN_OK;
}
