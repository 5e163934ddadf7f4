//===- context.h - a model that is ready to run ----------------------------===//
//
// The parts of born_create in the order in which they run. Each leaves what it
// made in the context, also when it fails: destroying the context is the one
// place that cleans up.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_CONTEXT_H
#define BORN_RUNTIME_CONTEXT_H

#include "runtime/memory.h"
#include "runtime/variant.h"

namespace born {

struct Program {
  const born_program *tables;
  Buffer io, state;
  Buffer staging;                  ///< where memory is not shared; laid out as io
  uint8_t *mapped;                 ///< of staging, else of io
  Array<VkPipelineLayout> layouts; ///< one per kernel; equal ones are shared
  Array<VkPipeline> pipelines;     ///< one per kernel
  Array<bool> borrowed;            ///< by kernel: the pipeline is an earlier program's
  VkDescriptorPool descriptorPool;
  Array<VkDescriptorSet> sets; ///< one per dispatch
  VkQueryPool queries;         ///< two timestamps, for profiles
  VkCommandBuffer commands;
};

} // namespace born

struct born_context {
  born::Settings settings;
  const born_model *model;
  born::Device device;
  bool sharesMemory;
  VkCommandPool commandPool;
  VkFence fence;
  VkPipelineCache pipelineCache;
  uint64_t cachedHash; ///< of the cache's bytes on disk; 0: none
  born::Buffer weights, transient;
  born::Array<VkDescriptorSetLayout> setLayouts; ///< by number of bindings
  born::Array<born::Program> programs;
  mutable born::Message message;
  born_profile profile;
  int busy;        ///< atomic: a thread is inside born_run
  bool unfinished; ///< a submission was not waited for to its end
  bool lost;
};

namespace born {

/// Buffers of all spaces, weights not yet filled in.
born_status createMemory(born_context &context);
/// The buffer of a born_space.
VkBuffer spaceBuffer(const born_context &context, const Program &program, uint32_t space);
/// Brings the weights to the device and zeroes the state.
born_status loadWeights(born_context &context);
/// Set layouts, pools and the sets of all dispatches.
born_status createDescriptors(born_context &context);
/// Compiles all kernels, in parallel.
born_status createPipelines(born_context &context);
/// Records the command buffer of every program.
born_status recordPrograms(born_context &context);

/// Creates context.pipelineCache, from the file of an earlier process if there
/// is a good one.
born_status openPipelineCache(born_context &context);
/// Writes it where it has changed. Failures are only logged.
void storePipelineCache(born_context &context);

/// Submits a command buffer and waits. The only call of vkQueueSubmit.
born_status submit(born_context &context, VkCommandBuffer commands);

} // namespace born

#endif // BORN_RUNTIME_CONTEXT_H
