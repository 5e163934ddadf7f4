//===- run.cpp - an inference, and the queries -----------------------------===//

#include "runtime/backend.h"

using namespace born;

static born_status wrongSize(born_context &context, const char *what,
                             const born_tensor_desc &tensor, uint64_t found) {
  return context.message.set(BORN_ERROR_ARGUMENT, "%s '%s': expected %llu bytes, found %llu", what,
                             tensor.name, static_cast<unsigned long long>(tensor.size),
                             static_cast<unsigned long long>(found));
}

static born_status checkArguments(born_context &context, const born_program &tables,
                                  const born_input *inputs, const born_output *outputs) {
  for (uint32_t i = 0; inputs && i < tables.input_count; ++i)
    if (inputs[i].data && inputs[i].size != tables.inputs[i].size)
      return wrongSize(context, "input", tables.inputs[i], inputs[i].size);
  for (uint32_t i = 0; outputs && i < tables.output_count; ++i)
    if (outputs[i].data && outputs[i].size != tables.outputs[i].size)
      return wrongSize(context, "output", tables.outputs[i], outputs[i].size);
  return BORN_OK;
}

/// Whether all that the program checks on the device held.
static born_status readChecks(born_context &context, const Program &program) {
  const born_program &tables = *program.tables;
  for (uint32_t i = 0; i < tables.check_count; ++i) {
    const born_tensor_desc &check = tables.outputs[tables.output_count + i];
    uint32_t count;
    memcpy(&count, program.mapped + check.offset, sizeof count);
    if (count)
      return context.message.set(BORN_ERROR_INDEX, "%s, found %u outside", check.name, count);
  }
  return BORN_OK;
}

static born_status runProgram(born_context &context, uint32_t index, const born_input *inputs,
                              const born_output *outputs) {
  uint64_t start = osTime();
  context.message.clear();
  if (index >= context.programs.count)
    return context.message.set(BORN_ERROR_ARGUMENT, "there is no program %u: the model has %zu",
                               index, context.programs.count);
  Program &program = context.programs[index];
  const born_program &tables = *program.tables;
  if (born_status status = checkArguments(context, tables, inputs, outputs))
    return status;
  if (born_status status = context.backend->prepare(context))
    return status;
  for (uint32_t i = 0; inputs && i < tables.input_count; ++i)
    if (inputs[i].data)
      memcpy(program.mapped + tables.inputs[i].offset, inputs[i].data, tables.inputs[i].size);
  if (born_status status = context.backend->run(context, program))
    return status;
  if (born_status status = readChecks(context, program))
    return status;
  for (uint32_t i = 0; outputs && i < tables.output_count; ++i)
    if (outputs[i].data)
      memcpy(outputs[i].data, program.mapped + tables.outputs[i].offset, tables.outputs[i].size);
  ++context.profile.runs;
  context.profile.total_ns = osTime() - start;
  return BORN_OK;
}

born_status born_run(born_context *context, uint32_t program, const born_input *inputs,
                     const born_output *outputs) {
  if (!context)
    return BORN_ERROR_ARGUMENT;
  // The message belongs to the thread that is inside: the status has to do.
  if (__atomic_exchange_n(&context->busy, 1, __ATOMIC_ACQUIRE))
    return BORN_ERROR_BUSY;
  born_status status = runProgram(*context, program, inputs, outputs);
  __atomic_store_n(&context->busy, 0, __ATOMIC_RELEASE);
  return status;
}

const char *born_message(const born_context *context) {
  return context ? context->message.text : "the context is null";
}

/// Null where there is no such program.
static const born_program *tablesOf(const born_context *context, uint32_t program) {
  return context && program < context->programs.count ? context->programs[program].tables : nullptr;
}

uint32_t born_program_count(const born_context *context) {
  return context ? static_cast<uint32_t>(context->programs.count) : 0;
}

const char *born_program_name(const born_context *context, uint32_t program) {
  const born_program *tables = tablesOf(context, program);
  return tables ? tables->name : nullptr;
}

uint32_t born_input_count(const born_context *context, uint32_t program) {
  const born_program *tables = tablesOf(context, program);
  return tables ? tables->input_count : 0;
}

uint32_t born_output_count(const born_context *context, uint32_t program) {
  const born_program *tables = tablesOf(context, program);
  return tables ? tables->output_count : 0;
}

static bool fits(const born_tensor_desc &tensor, const born_shape &shape) {
  return !shape.dims || (shape.rank == tensor.rank &&
                         !memcmp(shape.dims, tensor.shape, sizeof(int64_t) * tensor.rank));
}

static void addShape(Message &message, const char *name, const int64_t *dims, uint32_t rank) {
  message.add(" '%s' [", name);
  for (uint32_t i = 0; i < rank; ++i)
    message.add(i ? ", %lld" : "%lld", static_cast<long long>(dims[i]));
  message.add("]");
}

born_status born_find_program(const born_context *context, const born_shape *input_shapes,
                              uint32_t input_count, uint32_t *out_program) {
  if (!context)
    return BORN_ERROR_ARGUMENT;
  context->message.clear();
  if (!out_program || (input_count && !input_shapes))
    return context->message.set(BORN_ERROR_ARGUMENT, "born_find_program: a pointer is null");
  for (size_t i = 0; i < context->programs.count; ++i) {
    const born_program &tables = *context->programs[i].tables;
    bool good = tables.input_count == input_count;
    for (uint32_t j = 0; good && j < input_count; ++j)
      good = fits(tables.inputs[j], input_shapes[j]);
    if (good) {
      *out_program = static_cast<uint32_t>(i);
      return BORN_OK;
    }
  }
  context->message.set(BORN_ERROR_ARGUMENT,
                       "no program fits the %u input shapes; there are:", input_count);
  for (const Program &program : context->programs) {
    for (uint32_t i = 0; i < program.tables->input_count; ++i)
      addShape(context->message, program.tables->inputs[i].name, program.tables->inputs[i].shape,
               program.tables->inputs[i].rank);
    context->message.add(&program + 1 == context->programs.end() ? "" : ";");
  }
  return BORN_ERROR_ARGUMENT;
}

/// Inputs or outputs of a program, and what to call them.
struct Tensors {
  const char *what;
  const born_tensor_desc *data;
  uint32_t count;
};

/// Fails where there is no such program.
static born_status tensorsOf(const born_context &context, uint32_t program, bool areInputs,
                             Tensors &tensors) {
  const born_program *tables = tablesOf(&context, program);
  context.message.clear();
  if (!tables)
    return context.message.set(BORN_ERROR_ARGUMENT, "there is no program %u: the model has %zu",
                               program, context.programs.count);
  tensors = areInputs ? Tensors{"input", tables->inputs, tables->input_count}
                      : Tensors{"output", tables->outputs, tables->output_count};
  return BORN_OK;
}

static born_status describe(const born_context *context, uint32_t program, bool isInput,
                            uint32_t index, born_tensor *out_tensor) {
  if (!context || !out_tensor)
    return BORN_ERROR_ARGUMENT;
  Tensors tensors = {};
  if (born_status status = tensorsOf(*context, program, isInput, tensors))
    return status;
  if (index >= tensors.count)
    return context->message.set(BORN_ERROR_ARGUMENT, "there is no %s %u: the program has %u",
                                tensors.what, index, tensors.count);
  const born_tensor_desc &tensor = tensors.data[index];
  *out_tensor = {tensor.name, tensor.type, tensor.rank, tensor.shape, tensor.size};
  return BORN_OK;
}

born_status born_input_tensor(const born_context *context, uint32_t program, uint32_t input,
                              born_tensor *out_tensor) {
  return describe(context, program, true, input, out_tensor);
}

born_status born_output_tensor(const born_context *context, uint32_t program, uint32_t output,
                               born_tensor *out_tensor) {
  return describe(context, program, false, output, out_tensor);
}

static born_status findByName(const born_context *context, uint32_t program, bool isInput,
                              const char *name, uint32_t *out_index) {
  if (!context || !name || !out_index)
    return BORN_ERROR_ARGUMENT;
  Tensors tensors = {};
  if (born_status status = tensorsOf(*context, program, isInput, tensors))
    return status;
  for (uint32_t i = 0; i < tensors.count; ++i)
    if (!strcmp(tensors.data[i].name, name)) {
      *out_index = i;
      return BORN_OK;
    }
  context->message.set(BORN_ERROR_ARGUMENT, "there is no %s '%.200s'; there are:", tensors.what,
                       name);
  for (uint32_t i = 0; i < tensors.count; ++i)
    context->message.add("%s '%s'", i ? "," : "", tensors.data[i].name);
  return BORN_ERROR_ARGUMENT;
}

born_status born_find_input(const born_context *context, uint32_t program, const char *name,
                            uint32_t *out_input) {
  return findByName(context, program, true, name, out_input);
}

born_status born_find_output(const born_context *context, uint32_t program, const char *name,
                             uint32_t *out_output) {
  return findByName(context, program, false, name, out_output);
}

void *born_input_memory(born_context *context, uint32_t program, uint32_t input) {
  const born_program *tables = tablesOf(context, program);
  if (!tables || input >= tables->input_count)
    return nullptr;
  return context->programs[program].mapped + tables->inputs[input].offset;
}

const void *born_output_memory(born_context *context, uint32_t program, uint32_t output) {
  const born_program *tables = tablesOf(context, program);
  if (!tables || output >= tables->output_count)
    return nullptr;
  return context->programs[program].mapped + tables->outputs[output].offset;
}

born_status born_get_profile(const born_context *context, born_profile *out_profile) {
  if (!context || !out_profile)
    return BORN_ERROR_ARGUMENT;
  *out_profile = context->profile;
  return BORN_OK;
}

born_status born_get_device(const born_context *context, born_device *out_device) {
  if (!context || !out_device)
    return BORN_ERROR_ARGUMENT;
  memset(out_device, 0, sizeof *out_device);
  context->backend->describe(*context, *out_device);
  out_device->chosen = 1;
  format(out_device->reason, sizeof out_device->reason, "%s", context->reason);
  return BORN_OK;
}

static const char *copyName(uint32_t kind) {
  return kind == BORN_COMMAND_UPLOAD ? "upload" : kind == BORN_COMMAND_COPY ? "copy" : "download";
}

born_status born_get_trace(const born_context *context, uint32_t program,
                           born_trace_event *out_events, uint32_t capacity, uint32_t *out_count) {
  if (!context || !out_count || (capacity && !out_events))
    return BORN_ERROR_ARGUMENT;
  *out_count = 0;
  if (!tablesOf(context, program))
    return context->message.set(BORN_ERROR_ARGUMENT, "there is no program %u: the model has %zu",
                                program, context->programs.count);
  const Program &ran = context->programs[program];
  const born_program &tables = *ran.tables;
  const Graph &graph = ran.graph;
  *out_count = static_cast<uint32_t>(min<size_t>(graph.traced, graph.trace.count));
  for (uint32_t i = 0; i < min(capacity, *out_count); ++i) {
    const TraceEvent &event = graph.trace[i];
    const born_command &command = tables.commands[event.command];
    bool isDispatch = command.kind == BORN_COMMAND_DISPATCH;
    const born_dispatch *dispatch = isDispatch ? &tables.dispatches[command.index] : nullptr;
    out_events[i] = {isDispatch ? tables.kernels[dispatch->kernel].name : copyName(command.kind),
                     isDispatch ? dispatch->label : "",
                     event.worker,
                     event.first,
                     event.last,
                     event.start - graph.traceStart,
                     event.end - graph.traceStart};
  }
  return BORN_OK;
}
