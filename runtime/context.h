//===- context.h - a model that is ready to run ----------------------------===//
//
// What all parts of a context share. The parts of born_create leave what they
// made in it, also when they fail: closing the backend is the one place that
// cleans up. What is said of Vulkan is zero on a CPU, and the other way round.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_CONTEXT_H
#define BORN_RUNTIME_CONTEXT_H

#include "runtime/cpu_class.h"
#include "runtime/executor.h"
#include "runtime/memory.h"
#include "runtime/variant.h"

namespace born {

/// Memory of a CPU.
struct HostMemory {
  uint8_t *data;
  uint64_t size;  ///< 0: nothing to free
  uint64_t guard; ///< bytes in front of it and behind it that are nobody's
};

struct Program {
  const born_program *tables;
  uint8_t *mapped; ///< where the host writes inputs and reads outputs; laid out as io

  // Vulkan.
  Buffer io, state;
  Buffer staging;                  ///< where memory is not shared; laid out as io
  Array<VkPipelineLayout> layouts; ///< one per kernel; equal ones are shared
  Array<VkPipeline> pipelines;     ///< one per kernel
  Array<bool> borrowed;            ///< by kernel: the pipeline is an earlier program's
  VkDescriptorPool descriptorPool;
  Array<VkDescriptorSet> sets; ///< one per dispatch
  VkQueryPool queries;         ///< timestamps, for profiles and traces; null: none
  Array<uint64_t> times;       ///< of the last run, by query
  VkCommandBuffer commands;

  // CPU.
  HostMemory hostIo, hostState;
  Array<void *> pointers;      ///< of all bindings, then target and source of each copy
  Array<uint32_t> copiedSizes; ///< two words for each copy
  Graph graph;                 ///< on Vulkan only its trace
  AccessGuard accessGuard;     ///< of a model with a sanitizer
};

/// Bytes that no binding covers; only with BORN_MEMORY=poison.
struct Gap {
  uint8_t *space;
  uint64_t offset, size;
  const char *name; ///< of the space
};

} // namespace born

struct born_context {
  born::Settings settings;
  const born_model *model;
  const born_backend *backend;
  char reason[256]; ///< why the device is the one that was chosen
  born::Array<born::Program> programs;
  mutable born::Message message;
  born_profile profile;
  int busy; ///< atomic: a thread is inside born_run

  // Vulkan.
  born::Device device;
  bool sharesMemory;
  VkCommandPool commandPool;
  VkFence fence;
  VkPipelineCache pipelineCache;
  uint64_t cachedHash; ///< of the cache's bytes on disk; 0: none
  born::Buffer weights, transient;
  born::Array<VkDescriptorSetLayout> setLayouts; ///< by number of bindings
  bool unfinished;                               ///< a submission was not waited for to its end
  born::Array<born::Gap> gaps;                   ///< for BORN_MEMORY=poison
  size_t gapCount;
  bool lost;

  // CPU.
  born::Cpu cpu;
  born::HostMemory hostTransient;
  born::HostMemory hostWeights;  ///< where they are not read in place
  born::FileView weightsFile;    ///< read in place
  const uint8_t *weightsInPlace; ///< wherever they are
  born::Team team;
};

namespace born {

// The parts of the Vulkan backend, in the order in which they run.

/// Buffers of all spaces, weights not yet filled in.
born_status createMemory(born_context &context);
/// The buffer of a born_space.
VkBuffer spaceBuffer(const born_context &context, const Program &program, uint32_t space);
/// Brings the weights to the device and zeroes the state.
born_status uploadWeights(born_context &context);
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

/// Makes queries for the timestamps that the options ask for; an error where the
/// device has none and they are needed.
born_status createTimestamps(born_context &context, Program &program);
/// The query before a command that is traced; the next one is after it. 0: it is
/// not. In the order of recording.
uint32_t addTimestamps(const born_context &context, Program &program, uint32_t command);
/// After a run: fills in the profile and the trace.
born_status readTimestamps(born_context &context, Program &program);

/// Submits a command buffer and waits. The only call of vkQueueSubmit.
born_status submit(born_context &context, VkCommandBuffer commands);
/// Waits for a submission that an earlier run did not wait for to its end.
born_status waitForDevice(born_context &context);
/// A run of a program.
born_status submitProgram(born_context &context, Program &program);

} // namespace born

#endif // BORN_RUNTIME_CONTEXT_H
