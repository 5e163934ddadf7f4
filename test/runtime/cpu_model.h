//===- cpu_model.h - random task graphs with C kernels ---------------------===//
#ifndef BORN_TEST_RUNTIME_CPU_MODEL_H
#define BORN_TEST_RUNTIME_CPU_MODEL_H

#include "test/runtime/runtime_test.h"

namespace test {

/// A model for CPUs whose dispatches each read two buffers and write one. Tasks
/// wait for what touches the same bytes, as bornc would have it.
class CpuModel {
public:
  static constexpr uint32_t elements = 256; ///< of a buffer

  /// Dispatches a[i] = f(b[i], c[i]) on `slots` buffers of the arena, taken at
  /// random; the input comes first, the output is the last slot that was written.
  CpuModel(uint64_t seed, unsigned dispatches, unsigned slots);
  CpuModel(const CpuModel &) = delete;

  const born_model &get() const { return model; }
  /// What the model computes, one dispatch after the other.
  std::vector<float> expected(const std::vector<float> &input) const;

  born_program program = {};
  born_model model = {};
  born_kernel kernel = {};
  std::vector<born_cpu_variant> variants;

private:
  void addEdges();

  std::vector<born_dispatch> dispatches;
  std::vector<born_binding> bindings;
  std::vector<uint32_t> immediates, edges;
  std::vector<born_command> commands;
  std::vector<born_step> steps;
  born_tensor_desc input, output;
};

} // namespace test

#endif // BORN_TEST_RUNTIME_CPU_MODEL_H
