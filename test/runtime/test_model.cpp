//===- test_model.cpp - a model of two dispatches, written by hand ---------===//

#include "test/runtime/test_model.h"

#include "runtime/support.h"

#include "add.spv.h"
#include "scale.spv.h"
#include "scale8.spv.h"

using namespace test;

const float *test::weights() {
  alignas(64) static float values[count];
  for (uint32_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(i) / 4;
  return values;
}

static const int64_t shape[] = {10, 100};
static const float factor = 2;
static uint32_t immediates[] = {count, 0, count};

Tables::Tables() {
  memcpy(&immediates[1], &factor, sizeof factor);
  scaleVariants[0] = {BORN_CLASS_GENERIC,   0, 0, {64, 1, 1}, 0, {16, 1, 1}, born_spv_scale,
                      sizeof born_spv_scale};
  scaleVariants[1] = {
      BORN_CLASS_SOFTWARE, BORN_FEATURE_SUBGROUP_SHUFFLE, 8, {8, 1, 1}, 0, {125, 1, 1},
      born_spv_scale8,     sizeof born_spv_scale8};
  addVariants[0] = {BORN_CLASS_GENERIC, 0, 0, {64, 1, 1}, 0, {16, 1, 1}, born_spv_add,
                    sizeof born_spv_add};
  kernels[0] = {"scale", 2, 2, 2, scaleVariants, 0, nullptr};
  kernels[1] = {"add", 3, 1, 1, addVariants, 0, nullptr};
  dispatches[0] = {0, 0, 0, "scale (Mul)"};
  dispatches[1] = {1, 2, 2, "add (Add)"};
  bindings[0] = {BORN_SPACE_IO, BORN_ACCESS_READ, 0, bytes};
  bindings[1] = {BORN_SPACE_TRANSIENT, BORN_ACCESS_WRITE, 256, bytes};
  bindings[2] = {BORN_SPACE_TRANSIENT, BORN_ACCESS_READ, 256, bytes};
  bindings[3] = {BORN_SPACE_WEIGHTS, BORN_ACCESS_READ, 0, bytes};
  bindings[4] = {BORN_SPACE_IO, BORN_ACCESS_WRITE, 4096, bytes};
  static const born_command all[] = {
      {BORN_COMMAND_UPLOAD, 0},   {BORN_COMMAND_BARRIER, BORN_BARRIER_UPLOAD_TO_DISPATCH},
      {BORN_COMMAND_DISPATCH, 0}, {BORN_COMMAND_BARRIER, BORN_BARRIER_DISPATCH_TO_DISPATCH},
      {BORN_COMMAND_DISPATCH, 1}, {BORN_COMMAND_BARRIER, BORN_BARRIER_DISPATCH_TO_DOWNLOAD},
      {BORN_COMMAND_DOWNLOAD, 0}, {BORN_COMMAND_BARRIER, BORN_BARRIER_TO_HOST},
  };
  input = {"x", 1, 2, shape, bytes, 0};
  output = {"y", 1, 2, shape, bytes, 4096};
  program = {};
  program.name = "main";
  program.input_count = program.output_count = 1;
  program.inputs = &input;
  program.outputs = &output;
  program.input_size = 4096;
  program.io_size = 8192;
  program.transient_size = 4352;
  program.kernel_count = program.dispatch_count = 2;
  program.binding_count = 5;
  program.immediate_count = 3;
  program.command_count = sizeof all / sizeof all[0];
  program.kernels = kernels;
  program.dispatches = dispatches;
  program.bindings = bindings;
  program.immediates = immediates;
  program.commands = all;
  model = {};
  model.table_version = BORN_TABLE_VERSION;
  model.name = "affine";
  model.producer = "hand";
  model.weights_source = BORN_WEIGHTS_EMBEDDED;
  model.weights_size = bytes;
  model.weights = weights();
  model.weights_hash = born::hashBytes(weights(), bytes);
  model.program_count = 1;
  model.programs = &program;
#ifndef BORN_TEST_CPU_ONLY
  model.vulkan = &born_vulkan_backend;
#endif
}

/// A workgroup is ten elements.
static void scaleElements(void *const *bindings, const uint32_t *constants, uint32_t first,
                          uint32_t last) {
  const float *x = static_cast<const float *>(bindings[0]);
  float *y = static_cast<float *>(bindings[1]);
  float by;
  memcpy(&by, &constants[1], sizeof by);
  for (uint32_t i = 10 * first; i < 10 * last; ++i)
    y[i] = x[i] * by;
}

static void addElements(void *const *bindings, const uint32_t *, uint32_t first, uint32_t last) {
  const float *a = static_cast<const float *>(bindings[0]);
  const float *b = static_cast<const float *>(bindings[1]);
  float *c = static_cast<float *>(bindings[2]);
  for (uint32_t i = 10 * first; i < 10 * last; ++i)
    c[i] = a[i] + b[i];
}

void Tables::addCpuCode() {
  scaleCpu[0] = {BORN_CLASS_SSE4, 100, 10, scaleElements};
  scaleCpu[1] = {BORN_CLASS_NEON, 100, 10, scaleElements};
  addCpu[0] = {BORN_CLASS_SSE4, 100, 10, addElements};
  addCpu[1] = {BORN_CLASS_NEON, 100, 10, addElements};
  kernels[0].cpu_variant_count = kernels[1].cpu_variant_count = 2;
  kernels[0].cpu_variants = scaleCpu;
  kernels[1].cpu_variants = addCpu;
  steps[0] = {2, 0, 0, 1};
  steps[1] = {4, 1, 1, 0};
  static const uint32_t edges[] = {1};
  program.step_count = 2;
  program.edge_count = 1;
  program.steps = steps;
  program.edges = edges;
  program.cost = 1 << 20; // enough to be worth several threads
  model.cpu = &born_cpu_backend;
}

const born_model &test::model() {
  static const Tables tables;
  return tables.model;
}
