//===- failure_test.cpp - every Vulkan call fails once ---------------------===//

#include "test/runtime/runtime_test.h"

#include <dlfcn.h>
#include <vulkan/vulkan_core.h>

using namespace test;

namespace {

/// The loader of failing_vulkan.cpp, in use for a scope.
struct FailingLoader {
  Environment environment{"BORN_VULKAN_LIBRARY", FAILING_VULKAN};
  void *library = dlopen(FAILING_VULKAN, RTLD_NOW);
  void (*set)(int, int) = reinterpret_cast<void (*)(int, int)>(dlsym(library, "failing_set"));
  const char *(*call)() = reinterpret_cast<const char *(*)()>(dlsym(library, "failing_call"));
  int (*live)() = reinterpret_cast<int (*)()>(dlsym(library, "failing_live"));

  ~FailingLoader() { set(0, 0); }
};

/// Creates and runs with the n-th call failing; false when there was none.
bool failOnce(FailingLoader &loader, int n, VkResult result) {
  loader.set(n, result);
  {
    born_options with = options();
    with.flags = BORN_FLAG_PROFILE | BORN_FLAG_TRACE;
    Context context(model(), &with);
    if (context.status == BORN_OK) {
      born_status status = born_run(context.handle, 0, nullptr, nullptr);
      EXPECT_EQ(status != BORN_OK, born_message(context.handle)[0] != 0);
    } else {
      EXPECT_EQ(context.handle, nullptr);
      EXPECT_NE(context.message, "");
    }
  }
  EXPECT_EQ(loader.live(), 0) << "objects left after call " << n << " failed: " << loader.call();
  bool failed = loader.call() != nullptr;
  loader.set(0, 0);
  return failed;
}

TEST(Failure, NothingIsLeftBehind) {
  FailingLoader loader;
  ASSERT_NE(loader.library, nullptr) << dlerror();
  for (const char *memory : {"", "staging"}) {
    Environment environment("BORN_MEMORY", memory);
    int n = 1;
    while (failOnce(loader, n, VK_ERROR_OUT_OF_DEVICE_MEMORY) && n < 1000)
      ++n;
    EXPECT_GT(n, 30);
    EXPECT_LT(n, 1000);
  }
}

TEST(Failure, OutOfMemoryIsNamed) {
  FailingLoader loader;
  unsigned seen = 0;
  for (int n = 1; n < 60; ++n) {
    loader.set(n, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    Context context(model());
    if (loader.call() && std::string(loader.call()) == "vkAllocateMemory") {
      ++seen;
      EXPECT_EQ(context.status, BORN_ERROR_DEVICE_MEMORY);
      EXPECT_NE(context.message.find("out of device memory: the "), std::string::npos)
          << context.message;
    }
  }
  EXPECT_EQ(seen, 3u); // intermediate tensors, weights, inputs and outputs
}

TEST(Failure, PipelinesNameTheirNodes) {
  FailingLoader loader;
  unsigned seen = 0;
  for (int n = 1; n < 200; ++n) {
    loader.set(n, VK_ERROR_OUT_OF_HOST_MEMORY);
    Context context(model());
    if (!loader.call() || std::string(loader.call()) != "vkCreateComputePipelines")
      continue;
    ++seen;
    EXPECT_TRUE(context.message.find("(kernel scale, of scale (Mul))") != std::string::npos ||
                context.message.find("(kernel add, of add (Add))") != std::string::npos)
        << context.message;
  }
  EXPECT_GE(seen, 1u);
}

TEST(Failure, LostDevice) {
  FailingLoader loader;
  Context context(model());
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  expectRuns(context.handle);
  EXPECT_GT(loader.live(), 10);
  for (int n : {1, 2}) { // vkQueueSubmit, vkWaitForFences
    Context other(model());
    loader.set(n, VK_ERROR_DEVICE_LOST);
    EXPECT_EQ(born_run(other.handle, 0, nullptr, nullptr), BORN_ERROR_LOST) << n;
    EXPECT_NE(std::string(born_message(other.handle)).find("VK_ERROR_DEVICE_LOST"),
              std::string::npos);
    loader.set(0, 0);
    // It stays lost.
    EXPECT_EQ(born_run(other.handle, 0, nullptr, nullptr), BORN_ERROR_LOST);
  }
  expectRuns(context.handle);
}

TEST(Failure, RunsAfterAFailedWait) {
  FailingLoader loader;
  Context context(model());
  for (int n : {1, 2, 3}) { // vkQueueSubmit, vkWaitForFences, vkResetFences
    loader.set(n, VK_ERROR_OUT_OF_HOST_MEMORY);
    EXPECT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_ERROR_HOST_MEMORY) << n;
    EXPECT_NE(born_message(context.handle)[0], 0);
    expectRuns(context.handle);
  }
}

} // namespace
