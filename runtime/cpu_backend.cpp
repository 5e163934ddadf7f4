//===- cpu_backend.cpp - programs as task graphs on this machine's cores ---===//

#include "runtime/backend.h"
#include "runtime/poison.h"
#include "runtime/weights.h"

using namespace born;

/// Below this much work a run is over before another thread is awake.
static constexpr uint64_t inlineNs = 30000;

/// Copies go in pieces of this many bytes, which are what workgroups are to
/// dispatches.
static constexpr uint32_t copyBlock = 4096;
static constexpr uint32_t blocksPerTask = 16;

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

static uint32_t threadCount(const Settings &settings) {
  return settings.threadCount ? settings.threadCount : min(osCoreCount(), 1024u);
}

/// The best class that the model has code for; some kernels may do with less.
static const char *bestClass(const born_model &model, const Cpu &cpu) {
  uint32_t best = 0;
  for (uint32_t i = 0; i < model.program_count; ++i)
    for (uint32_t j = 0; j < model.programs[i].kernel_count; ++j)
      if (const born_cpu_variant *variant = chooseCpuVariant(model.programs[i].kernels[j], cpu))
        best = max(best, variant->device_class);
  return best ? className(best) : "no kernels";
}

static void describe(const born_model &model, const Settings &settings, const Cpu &cpu,
                     born_device &device) {
  device = {};
  device.index = UINT32_MAX;
  device.type = BORN_DEVICE_CPU;
  uint32_t threads = threadCount(settings);
  format(device.name, sizeof device.name, "%s (%s, %u thread%s)", cpu.name, bestClass(model, cpu),
         threads, threads == 1 ? "" : "s");
}

static born_status listCpu(const born_model &model, const Settings &settings,
                           Array<born_device> &devices, Message &message) {
  Cpu cpu;
  if (born_status status = queryCpu(cpu, message))
    return status;
  if (!devices.allocate(1))
    return message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  Message why;
  why.clear();
  describe(model, settings, cpu, devices[0]);
  devices[0].chosen = checkCpu(model, cpu, why) == BORN_OK;
  format(devices[0].reason, sizeof devices[0].reason, "%s", why.text);
  return BORN_OK;
}

static born_status chooseCpu(born_context &context) {
  if (born_status status = queryCpu(context.cpu, context.message))
    return status;
  return checkCpu(*context.model, context.cpu, context.message);
}

static void describeCpu(const born_context &context, born_device &device) {
  describe(*context.model, context.settings, context.cpu, device);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static born_status allocate(born_context &context, uint64_t size, const char *what,
                            HostMemory &memory) {
  if (size == 0)
    return BORN_OK;
  uint64_t guard = context.settings.poison || context.model->sanitizer ? poisonGuard : 0;
  auto *start = static_cast<uint8_t *>(osAllocate(size + 2 * guard));
  if (!start)
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory: the %s need %llu bytes",
                               what, static_cast<unsigned long long>(size));
  memory = {start + guard, size, guard};
  return BORN_OK;
}

/// For a sanitizer: nobody may touch memory, nor what is around it.
static void close(const born_context &context, const HostMemory &memory) {
  if (const born_sanitizer *sanitizer = context.model->sanitizer; sanitizer && memory.size)
    sanitizer->poison(memory.data - memory.guard, memory.size + 2 * memory.guard);
}

static void release(const born_context &context, HostMemory &memory) {
  if (memory.size == 0)
    return;
  uint8_t *start = memory.data - memory.guard;
  uint64_t size = memory.size + 2 * memory.guard;
  if (const born_sanitizer *sanitizer = context.model->sanitizer)
    sanitizer->unpoison(start, size); // what is mapped here next is not ours
  osFree(start, size);
  memory = {};
}

/// Weights are read where they are: in the artifact or in a mapped file. Only
/// the caller's are copied, which are not ours after born_create, and what is
/// poisoned, which other contexts may be reading.
static born_status placeWeights(born_context &context, WeightSource &source) {
  uint64_t total = context.model->weights_size;
  bool isAligned = reinterpret_cast<uintptr_t>(source.bytes) % 64 == 0;
  if (source.staysInPlace(*context.model) && isAligned && !context.model->sanitizer) {
    context.weightsInPlace = source.bytes;
    context.weightsFile = source.file;
    source.file = FileView();
    if (source.isChecked)
      source.hasher.update(source.bytes, total);
    return checkWeights(context, source);
  }
  if (born_status status = allocate(context, total, "weights", context.hostWeights))
    return status;
  for (uint64_t offset = 0; offset < total; offset += weightChunkSize)
    if (born_status status = copyWeights(context, source, offset, context.hostWeights.data + offset,
                                         min(weightChunkSize, total - offset)))
      return status;
  context.weightsInPlace = context.hostWeights.data;
  return checkWeights(context, source);
}

static born_status findWeights(born_context &context) {
  if (context.model->weights_size == 0)
    return BORN_OK;
  WeightSource source = {};
  born_status status = openWeights(context, source);
  if (!status)
    status = placeWeights(context, source);
  osUnmapFile(source.file);
  return status;
}

static born_status allocateSpaces(born_context &context) {
  const born_model &model = *context.model;
  if (!context.programs.allocate(model.program_count))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  uint64_t transient = 0; // one program runs at a time, so they share the arena
  for (uint32_t i = 0; i < model.program_count; ++i) {
    context.programs[i].tables = &model.programs[i];
    transient = max(transient, model.programs[i].transient_size);
  }
  born_status status = allocate(context, transient, "intermediate tensors", context.hostTransient);
  for (Program &program : context.programs) {
    if (!status)
      status = allocate(context, program.tables->io_size, "inputs and outputs", program.hostIo);
    if (!status)
      status = allocate(context, program.tables->state_size, "state tensors", program.hostState);
    program.mapped = program.hostIo.data;
  }
  return status || !context.settings.poison ? status : findGaps(context);
}

static void *locate(const born_context &context, const Program &program,
                    const born_binding &binding) {
  switch (static_cast<born_space>(binding.space)) {
  case BORN_SPACE_TRANSIENT:
    return context.hostTransient.data + binding.offset;
  case BORN_SPACE_WEIGHTS: // never written: checkTables
    return const_cast<uint8_t *>(context.weightsInPlace) + binding.offset;
  case BORN_SPACE_IO:
    return program.hostIo.data + binding.offset;
  case BORN_SPACE_STATE:
    return program.hostState.data + binding.offset;
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// A copy as a kernel: from binding 1 to binding 0, its size in the immediates.
static void copyBlocks(void *const *bindings, const uint32_t *immediates, uint32_t first,
                       uint32_t last) {
  uint64_t size = immediates[0] | uint64_t{immediates[1]} << 32;
  uint64_t start = uint64_t{first} * copyBlock, end = min(uint64_t{last} * copyBlock, size);
  memcpy(static_cast<uint8_t *>(bindings[0]) + start,
         static_cast<const uint8_t *>(bindings[1]) + start, end - start);
}

static void setUpCopy(const born_context &context, Program &program, uint32_t index, Step &step) {
  const born_copy &copy = program.tables->copies[index];
  void **pointers = &program.pointers[program.tables->binding_count + 2 * index];
  uint32_t *size = &program.copiedSizes[2 * index];
  pointers[0] = locate(context, program, copy.target);
  pointers[1] = locate(context, program, copy.source);
  size[0] = static_cast<uint32_t>(copy.source.size);
  size[1] = static_cast<uint32_t>(copy.source.size >> 32);
  step.function = copyBlocks;
  step.bindings = pointers;
  step.immediates = size;
  step.workgroups = static_cast<uint32_t>((copy.source.size + copyBlock - 1) / copyBlock);
  step.taskSize = blocksPerTask;
}

static void setUpDispatch(const born_context &context, Program &program, uint32_t index,
                          Step &step) {
  const born_program &tables = *program.tables;
  const born_dispatch &dispatch = tables.dispatches[index];
  // chooseCpu has seen that there is one.
  const born_cpu_variant &variant = *chooseCpuVariant(tables.kernels[dispatch.kernel], context.cpu);
  step.function = variant.function;
  step.bindings = program.pointers.data + dispatch.first_binding;
  step.immediates = tables.immediates + dispatch.first_immediate;
  step.workgroups = variant.workgroup_count;
  step.taskSize = variant.task_size;
}

/// What each step may touch, for the sanitizer.
static bool setUpGuard(const born_context &context, Program &program) {
  const born_program &tables = *program.tables;
  AccessGuard &guard = program.accessGuard;
  size_t most = size_t{2} * tables.copy_count;
  for (uint32_t i = 0; i < tables.dispatch_count; ++i)
    most += tables.kernels[tables.dispatches[i].kernel].binding_count;
  if (!guard.allocate(*context.model->sanitizer, tables.step_count, most))
    return false;
  for (uint32_t i = 0; i < tables.step_count; ++i) {
    const born_command &command = tables.commands[tables.steps[i].command];
    guard.add(i, nullptr, 0);
    if (command.kind == BORN_COMMAND_COPY) {
      uint32_t first = tables.binding_count + 2 * command.index;
      guard.add(i, program.pointers[first], tables.copies[command.index].target.size);
      guard.add(i, program.pointers[first + 1], tables.copies[command.index].source.size);
      continue;
    }
    const born_dispatch &dispatch = tables.dispatches[command.index];
    for (uint32_t j = 0; j < tables.kernels[dispatch.kernel].binding_count; ++j) {
      uint32_t binding = dispatch.first_binding + j;
      guard.add(i, program.pointers[binding], tables.bindings[binding].size);
    }
  }
  program.graph.guard = &guard;
  return guard.finish();
}

static born_status setUpProgram(born_context &context, Program &program) {
  const born_program &tables = *program.tables;
  Graph &graph = program.graph;
  bool good = program.pointers.allocate(tables.binding_count + size_t{2} * tables.copy_count) &&
              program.copiedSizes.allocate(size_t{2} * tables.copy_count) &&
              graph.steps.allocate(tables.step_count);
  if (!good)
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < tables.binding_count; ++i)
    program.pointers[i] = locate(context, program, tables.bindings[i]);
  for (uint32_t i = 0; i < tables.step_count; ++i) {
    const born_step &row = tables.steps[i];
    const born_command &command = tables.commands[row.command];
    Step &step = graph.steps[i];
    if (command.kind == BORN_COMMAND_COPY)
      setUpCopy(context, program, command.index, step);
    else
      setUpDispatch(context, program, command.index, step);
    step.command = row.command;
    step.waitCount = row.wait_count;
    step.next = tables.edges + row.first_edge;
    step.nextCount = row.edge_count;
  }
  graph.isInline = tables.cost < inlineNs;
  if (!prepareGraph(graph, context.team.workerCount, context.settings.has(BORN_FLAG_TRACE)) ||
      (context.model->sanitizer && !setUpGuard(context, program)))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  return BORN_OK;
}

static born_status openCpu(born_context &context) {
  const born_options &options = context.settings.options;
  context.profile.shares_memory = 1;
  context.profile.threads = threadCount(context.settings);
  born_status status = allocateSpaces(context);
  if (!status)
    status = findWeights(context);
  if (!status)
    status = startTeam(context.team, context.profile.threads, options.parallel,
                       options.parallel_user, context.message);
  for (Program &program : context.programs)
    if (!status)
      status = setUpProgram(context, program);
  if (!status) {
    close(context, context.hostTransient);
    close(context, context.hostWeights);
  }
  return status;
}

static void closeCpu(born_context &context) {
  stopTeam(context.team);
  for (Program &program : context.programs) {
    release(context, program.hostIo);
    release(context, program.hostState);
  }
  release(context, context.hostTransient);
  release(context, context.hostWeights);
  osUnmapFile(context.weightsFile);
}

static born_status prepareCpu(born_context &) { return BORN_OK; }

static born_status runCpu(born_context &context, Program &program) {
  if (context.settings.poison)
    spreadPoison(context, program);
  close(context, program.hostIo);
  close(context, program.hostState);
  uint64_t start = osTime();
  program.graph.traceStart = start;
  runGraph(context.team, program.graph);
  context.profile.wait_ns = osTime() - start;
  if (const born_sanitizer *sanitizer = context.model->sanitizer) // it is the host's again
    sanitizer->unpoison(program.hostIo.data, program.hostIo.size);
  return context.settings.poison ? checkPoison(context) : BORN_OK;
}

const born_backend born_cpu_backend = {listCpu,    chooseCpu, openCpu,    closeCpu,
                                       prepareCpu, runCpu,    describeCpu};
