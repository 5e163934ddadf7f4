//===- cpu_calls_test.cpp - what a CPU context asks of the C library -------===//

#include "runtime/context.h"
#include "test/runtime/counted_calls.h"
#include "test/runtime/cpu_model.h"

using namespace test;

namespace {

born_options fourThreads() {
  born_options with = options();
  with.threads = 4;
  return with;
}

TEST(CpuCalls, NothingDuringARun) {
  CpuModel model(2, 100, 20);
  born_options with = fourThreads();
  Context context(model.get(), &with);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  CountedCalls before = calls;
  for (int run = 0; run < 100; ++run)
    born_run(context.handle, 0, nullptr, nullptr);
  CountedCalls after = calls;
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.live, before.live);
  EXPECT_EQ(after.threads, before.threads);
  EXPECT_EQ(after.locks, before.locks);
  // The counters do count.
  void *volatile memory = malloc(1);
  free(memory);
  EXPECT_EQ(calls.allocations, after.allocations + 1);
}

// With code for both, asked for or not.
TEST(CpuCalls, NeverOpensALibrary) {
  Tables tables;
  tables.addCpuCode();
  long before = calls.libraries;
  {
    Environment device("BORN_DEVICE", "cpu");
    Context context(tables.model);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    expectRuns(context.handle);
    uint32_t found = 0;
    born_device one;
    ASSERT_EQ(born_list_devices(&tables.model, nullptr, &one, 1, &found, nullptr, 0), BORN_OK);
    EXPECT_EQ(found, 1u);
  }
  tables.model.vulkan = nullptr;
  Context context(tables.model);
  expectRuns(context.handle);
  EXPECT_EQ(calls.libraries, before);
}

TEST(CpuCalls, FailingThreads) {
  CpuModel model(2, 20, 20);
  born_options with = fourThreads();
  for (long n = 1; n <= 3; ++n) {
    long live = calls.live;
    {
      calls.failThread = n;
      char message[256];
      born_context *context = nullptr;
      EXPECT_EQ(born_create(&model.get(), &with, &context, message, sizeof message),
                BORN_ERROR_THREAD);
      EXPECT_EQ(context, nullptr);
      EXPECT_EQ(message, "cannot start thread " + std::to_string(n + 1) + " of 4: use fewer");
    }
    EXPECT_EQ(calls.live, live);
  }
  calls.failThread = 0;
}

TEST(CpuCalls, FailingMemory) {
  CpuModel model(2, 20, 20);
  born_options with = fourThreads();
  with.flags = BORN_FLAG_TRACE;
  int failures = 0;
  for (long n = 1; n < 100; ++n) {
    long live = calls.live;
    born_context *context = nullptr;
    char message[256];
    calls.failAllocation = n;
    born_status status = born_create(&model.get(), &with, &context, message, sizeof message);
    calls.failAllocation = 0;
    born_destroy(context);
    EXPECT_EQ(calls.live, live) << "after allocation " << n << " failed";
    if (status == BORN_OK)
      break;
    EXPECT_EQ(status, BORN_ERROR_HOST_MEMORY);
    EXPECT_EQ(std::string(message).substr(0, 18), "out of host memory");
    ++failures;
  }
  EXPECT_GT(failures, 8);
  EXPECT_LT(failures, 50);
}

} // namespace
