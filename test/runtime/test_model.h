//===- test_model.h - a model of two dispatches, written by hand -----------===//
//
// y = x * 2 + w for 1000 floats: what bornc would generate for it.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_TEST_RUNTIME_TEST_MODEL_H
#define BORN_TEST_RUNTIME_TEST_MODEL_H

#include "runtime/program.h"

namespace test {

constexpr uint32_t count = 1000;
constexpr uint64_t bytes = count * sizeof(float);

/// The model's weights: w[i] = i / 4.
const float *weights();
extern const born_model &model();

/// A copy of the model that a test may change.
struct Tables {
  born_model model;
  born_program program;
  born_kernel kernels[2];
  born_kernel_variant scaleVariants[2], addVariants[1];
  born_dispatch dispatches[2];
  born_binding bindings[5];
  born_tensor_desc input, output;
  born_cpu_variant scaleCpu[2], addCpu[2];
  born_step steps[2];

  Tables();
  /// Adds code for every class of the two common CPUs, in ten tasks each.
  void addCpuCode();
  Tables(const Tables &) = delete;
};

} // namespace test

#endif // BORN_TEST_RUNTIME_TEST_MODEL_H
