//===- poison.cpp ----------------------------------------------------------===//

#include "runtime/poison.h"

#include <stdlib.h>

using namespace born;

namespace {

struct Range {
  uint64_t begin, end;
};

/// Ranges of one memory space, of one program or of all.
struct Ranges {
  Array<Range> list;
  size_t count = 0;

  void add(uint64_t offset, uint64_t size) { list[count++] = {offset, offset + size}; }
  void add(const born_binding &binding, uint32_t space) {
    if (binding.space == space)
      add(binding.offset, binding.size);
  }
};

} // namespace

/// NaN as a float, and no number that a model has.
static constexpr uint8_t pattern[] = {0xAD, 0xDE, 0xC0, 0xFF};

static void fill(uint8_t *begin, uint64_t size) {
  for (uint64_t i = 0; i < size; ++i)
    begin[i] = pattern[i % sizeof pattern];
}

static void addTensors(Ranges &ranges, const born_tensor_desc *tensors, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    ranges.add(tensors[i].offset, tensors[i].size);
}

static void addProgram(Ranges &ranges, const born_program &tables, uint32_t space) {
  for (uint32_t i = 0; i < tables.binding_count; ++i)
    ranges.add(tables.bindings[i], space);
  for (uint32_t i = 0; i < tables.copy_count; ++i) {
    ranges.add(tables.copies[i].source, space);
    ranges.add(tables.copies[i].target, space);
  }
  if (space != BORN_SPACE_IO)
    return;
  addTensors(ranges, tables.inputs, tables.input_count);
  addTensors(ranges, tables.outputs, tables.output_count + tables.check_count);
}

static uint32_t rangeCount(const born_program &tables) {
  return tables.binding_count + 2 * tables.copy_count + tables.input_count + tables.output_count +
         tables.check_count;
}

static int compareRanges(const void *a, const void *b) {
  uint64_t left = static_cast<const Range *>(a)->begin,
           right = static_cast<const Range *>(b)->begin;
  return left < right ? -1 : left > right;
}

/// Memory without the guard behind it.
struct Space {
  uint8_t *data;
  uint64_t size;
};

static Space transientOf(const born_context &context) {
  if (context.hostTransient.data)
    return {context.hostTransient.data, context.hostTransient.size};
  return {context.transient.mapped, context.transient.size};
}

/// Adds what the ranges leave of a space and of the guard behind it.
static void addGaps(born_context &context, Ranges &ranges, const Space &space, const char *name) {
  if (!space.data)
    return;
  qsort(ranges.list.data, ranges.count, sizeof(Range), compareRanges);
  uint64_t end = 0;
  auto add = [&](uint64_t next) {
    if (next > end)
      context.gaps[context.gapCount++] = {space.data, end, next - end, name};
  };
  for (size_t i = 0; i < ranges.count; ++i) {
    add(ranges.list[i].begin);
    end = max(end, ranges.list[i].end);
  }
  add(space.size + poisonGuard);
}

born_status born::findGaps(born_context &context) {
  size_t most = 0;
  for (const Program &program : context.programs)
    most += rangeCount(*program.tables) + size_t{1};
  Ranges ranges;
  // Every range is in one space, and may have a gap in front of it.
  if (!ranges.list.allocate(most) || !context.gaps.allocate(2 * most + 2))
    return context.message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  const struct {
    born_space space;
    Space memory;
    const char *name;
  } shared[] = {{BORN_SPACE_TRANSIENT, transientOf(context), "transient"},
                {BORN_SPACE_WEIGHTS, {context.weights.mapped, context.weights.size}, "weights"}};
  for (const auto &row : shared) {
    ranges.count = 0;
    for (const Program &program : context.programs)
      addProgram(ranges, *program.tables, row.space);
    addGaps(context, ranges, row.memory, row.name);
  }
  for (const Program &program : context.programs) {
    ranges.count = 0;
    addProgram(ranges, *program.tables, BORN_SPACE_IO);
    addGaps(context, ranges, {program.mapped, program.tables->io_size}, "io");
  }
  return BORN_OK;
}

void born::spreadPoison(born_context &context, const Program &program) {
  if (Space transient = transientOf(context); transient.data)
    fill(transient.data, transient.size);
  const born_program &tables = *program.tables;
  fill(program.mapped + tables.input_size, tables.io_size - tables.input_size);
  for (size_t i = 0; i < context.gapCount; ++i)
    fill(context.gaps[i].space + context.gaps[i].offset, context.gaps[i].size);
}

born_status born::checkPoison(born_context &context) {
  for (size_t i = 0; i < context.gapCount; ++i) {
    const Gap &gap = context.gaps[i];
    for (uint64_t j = 0; j < gap.size; ++j)
      if (gap.space[gap.offset + j] != pattern[j % sizeof pattern])
        return context.message.set(
            BORN_ERROR_TABLES, "a kernel wrote outside of its buffers: byte %llu of the %s space",
            static_cast<unsigned long long>(gap.offset + j), gap.name);
  }
  return BORN_OK;
}
