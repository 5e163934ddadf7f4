//===- access_guard_test.cpp - what a sanitizer is told during a run -------===//

#include "runtime/context.h"
#include "test/runtime/cpu_model.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <set>

using namespace test;

namespace {

/// Stands in for AddressSanitizer's shadow: granules of eight bytes.
struct Shadow {
  std::mutex mutex;
  std::set<uintptr_t> poisoned;
  size_t all = 0; ///< that were poisoned at the same time
  std::atomic<int> wrong;

  void clear() {
    poisoned.clear();
    all = 0;
    wrong = 0;
  }
};
Shadow shadow;

void poison(const volatile void *address, size_t size) {
  std::lock_guard<std::mutex> guard(shadow.mutex);
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  for (uintptr_t at = begin / 8; at < (begin + size) / 8; ++at)
    shadow.poisoned.insert(at);
  shadow.all = std::max(shadow.all, shadow.poisoned.size());
}

void unpoison(const volatile void *address, size_t size) {
  std::lock_guard<std::mutex> guard(shadow.mutex);
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  for (uintptr_t at = begin / 8; at < (begin + size + 7) / 8; ++at)
    shadow.poisoned.erase(at);
}

bool isAccessible(const void *buffer) {
  std::lock_guard<std::mutex> guard(shadow.mutex);
  uintptr_t begin = reinterpret_cast<uintptr_t>(buffer) / 8;
  auto next = shadow.poisoned.lower_bound(begin);
  return next == shadow.poisoned.end() || *next >= begin + CpuModel::elements * sizeof(float) / 8;
}

born_cpu_function mixBuffers;

/// Its buffers are accessible while it runs.
void mixAccessible(void *const *buffers, const uint32_t *immediates, uint32_t first,
                   uint32_t last) {
  for (int i = 0; i < 3; ++i)
    shadow.wrong += !isAccessible(buffers[i]);
  mixBuffers(buffers, immediates, first, last);
  for (int i = 0; i < 3; ++i)
    shadow.wrong += !isAccessible(buffers[i]);
}

/// And nothing else is.
void mixExactly(void *const *buffers, const uint32_t *immediates, uint32_t first, uint32_t last) {
  mixAccessible(buffers, immediates, first, last);
  std::set<void *> distinct(buffers, buffers + 3);
  std::lock_guard<std::mutex> guard(shadow.mutex);
  shadow.wrong += shadow.all - shadow.poisoned.size() !=
                  distinct.size() * CpuModel::elements * sizeof(float) / 8;
}

/// A random model whose kernels look at the shadow.
struct Watched : CpuModel {
  born_sanitizer sanitizer = {poison, unpoison};

  Watched(uint64_t seed, unsigned dispatches, unsigned slots, born_cpu_function function)
      : CpuModel(seed, dispatches, slots) {
    mixBuffers = variants[0].function;
    for (born_cpu_variant &variant : variants)
      variant.function = function;
    model.sanitizer = &sanitizer;
    shadow.clear();
  }
};

void expectBits(born_context *context, const CpuModel &model) {
  std::vector<float> x(CpuModel::elements, 0.5f), y(CpuModel::elements);
  born_input input = {x.data(), x.size() * sizeof(float)};
  born_output output = {y.data(), y.size() * sizeof(float)};
  ASSERT_EQ(born_run(context, 0, &input, &output), BORN_OK) << born_message(context);
  std::vector<float> expected = model.expected(x);
  ASSERT_EQ(memcmp(y.data(), expected.data(), input.size), 0);
}

TEST(AccessGuard, OnOneThreadOnlyTheStepsOwn) {
  for (uint64_t cost : {0, 1 << 30}) {
    Watched model(11, 60, 6, mixExactly);
    model.program.cost = cost;
    born_options with = options();
    with.threads = 1;
    {
      Context context(model.get(), &with);
      ASSERT_EQ(context.status, BORN_OK) << context.message;
      for (int run = 0; run < 3; ++run)
        expectBits(context.handle, model);
      EXPECT_EQ(shadow.wrong, 0);
      // Between runs inputs and outputs are the host's; the rest is nobody's.
      EXPECT_TRUE(isAccessible(born_input_memory(context.handle, 0, 0)));
      EXPECT_TRUE(isAccessible(born_output_memory(context.handle, 0, 0)));
      EXPECT_EQ(shadow.all - shadow.poisoned.size(), model.program.io_size / 8);
    }
    EXPECT_TRUE(shadow.poisoned.empty());
  }
}

TEST(AccessGuard, StepsAtTheSameTimeShare) {
  // Few slots: the same tensors are read, and written again, all the time.
  for (unsigned slots : {4u, 40u}) {
    Watched model(3, 300, slots, mixAccessible);
    born_options with = options();
    with.threads = 4;
    with.flags = BORN_FLAG_TRACE;
    {
      Context context(model.get(), &with);
      ASSERT_EQ(context.status, BORN_OK) << context.message;
      for (int run = 0; run < 5; ++run)
        expectBits(context.handle, model);
      EXPECT_EQ(shadow.wrong, 0);
      EXPECT_EQ(shadow.all - shadow.poisoned.size(), model.program.io_size / 8);
    }
    EXPECT_TRUE(shadow.poisoned.empty());
  }
}

// Pieces: a tensor where others were, and ends inside of a granule.
TEST(AccessGuard, RangesThatOverlap) {
  shadow.clear();
  alignas(64) static uint8_t memory[1024];
  born_sanitizer sanitizer = {poison, unpoison};
  born::AccessGuard guard = {};
  ASSERT_TRUE(guard.allocate(sanitizer, 4, 4));
  guard.add(0, memory, 100);
  guard.add(1, memory, 1000);
  guard.add(2, memory + 256, 300);
  guard.add(3, memory, 0);
  ASSERT_TRUE(guard.finish());
  poison(memory, sizeof memory);
  auto accessible = [] { return sizeof memory / 8 - shadow.poisoned.size(); };
  guard.enter(0);
  EXPECT_EQ(accessible(), 13u);
  guard.enter(1);
  EXPECT_EQ(accessible(), 125u);
  guard.enter(2);
  guard.leave(1);
  EXPECT_EQ(accessible(), 13u + 38u);
  guard.enter(3);
  guard.leave(3);
  guard.leave(0);
  EXPECT_EQ(accessible(), 38u);
  guard.leave(2);
  EXPECT_EQ(accessible(), 0u);
}

} // namespace
