//===- cpu_test.cpp - programs on the cores of this machine ----------------===//

#include "runtime/context.h"
#include "test/runtime/cpu_model.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace test;

namespace {

/// The example model with code for CPUs only.
struct CpuTables : Tables {
  CpuTables() {
    addCpuCode();
    model.vulkan = nullptr;
  }
};

born_options withThreads(int32_t threads) {
  born_options with = options();
  with.threads = threads;
  return with;
}

std::vector<float> someInput(uint64_t seed) {
  std::vector<float> x(CpuModel::elements);
  for (float &value : x)
    value = static_cast<float>(born::nextRandom(seed) >> 44) / 1024;
  return x;
}

/// Runs a random model and compares with the reference, bit by bit.
void expectBits(born_context *context, const CpuModel &model, uint64_t seed) {
  std::vector<float> x = someInput(seed), y(CpuModel::elements), expected = model.expected(x);
  born_input input = {x.data(), x.size() * sizeof(float)};
  born_output output = {y.data(), y.size() * sizeof(float)};
  ASSERT_EQ(born_run(context, 0, &input, &output), BORN_OK) << born_message(context);
  ASSERT_EQ(memcmp(y.data(), expected.data(), input.size), 0);
}

TEST(Cpu, RunsTheExample) {
  CpuTables tables;
  for (int32_t threads : {0, 1, 2, 5}) {
    born_options with = withThreads(threads);
    Context context(tables.model, &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    expectRuns(context.handle);
    expectRuns(context.handle);
    born_profile profile;
    ASSERT_EQ(born_get_profile(context.handle, &profile), BORN_OK);
    EXPECT_EQ(profile.runs, 2u);
    EXPECT_EQ(profile.submissions, 0u);
    EXPECT_EQ(profile.shares_memory, 1);
    EXPECT_EQ(profile.threads, threads ? static_cast<uint32_t>(threads) : born::osCoreCount());
    EXPECT_GE(profile.total_ns, profile.wait_ns);
    born_device device;
    ASSERT_EQ(born_get_device(context.handle, &device), BORN_OK);
    EXPECT_EQ(device.type, BORN_DEVICE_CPU);
    EXPECT_EQ(device.index, UINT32_MAX);
    EXPECT_EQ(device.chosen, 1);
    EXPECT_STREQ(device.reason, "the model has code for nothing else");
  }
}

TEST(Cpu, RunsInMappedMemory) {
  CpuTables tables;
  Context context(tables.model);
  ASSERT_NE(context.handle, nullptr) << context.message;
  std::vector<float> x = exampleInput(), expected = expectedOutput();
  void *memory = born_input_memory(context.handle, 0, 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
  memcpy(memory, x.data(), bytes);
  ASSERT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_OK);
  EXPECT_EQ(memcmp(born_output_memory(context.handle, 0, 0), expected.data(), bytes), 0);
}

TEST(Cpu, SameBitsForAnyThreads) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    // Few slots make chains of writers and readers, many make wide graphs.
    CpuModel model(seed, 40 * static_cast<unsigned>(seed), 4 + static_cast<unsigned>(seed * seed));
    for (int32_t threads : {1, 2, 3, 8}) {
      born_options with = withThreads(threads);
      Context context(model.get(), &with);
      ASSERT_EQ(context.status, BORN_OK) << context.message;
      for (uint64_t run = 0; run < 20; ++run)
        expectBits(context.handle, model, seed * 100 + run);
    }
  }
}

// Workers sleep between the runs, and are woken.
TEST(Cpu, WakesSleepers) {
  CpuModel model(5, 60, 30);
  born_options with = withThreads(4);
  Context context(model.get(), &with);
  for (uint64_t run = 0; run < 30; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    expectBits(context.handle, model, run);
  }
}

TEST(Cpu, ManyContextsAtOnce) {
  CpuModel model(7, 100, 20);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 8; ++i)
    threads.emplace_back([&model, i] {
      uint64_t state = i;
      for (int round = 0; round < 3; ++round) {
        born_options with = withThreads(1 + static_cast<int32_t>(born::nextRandom(state) % 6));
        Context context(model.get(), &with);
        ASSERT_EQ(context.status, BORN_OK) << context.message;
        for (uint64_t run = 0; run < 20; ++run)
          expectBits(context.handle, model, born::nextRandom(state));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

// Two steps that wait for nothing are at work at the same time, and so are two
// tasks of one step.
std::atomic<int> meeting;
std::atomic<bool> met;
void meet(void *const *, const uint32_t *, uint32_t first, uint32_t last) {
  meeting += static_cast<int>(last - first);
  for (int i = 0; i < 20000 && meeting < 2; ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  met = meeting == 2;
}
TEST(Cpu, IndependentTasksRunAtOnce) {
  for (uint32_t steps : {1u, 2u}) {
    CpuModel model(1, steps, 4);
    for (born_cpu_variant &variant : model.variants)
      variant = {variant.device_class, 2 / steps, 1, meet};
    std::vector<born_step> free;
    for (uint32_t i = 0; i < steps; ++i)
      free.push_back({i, 0, 0, 0});
    model.program.steps = free.data();
    born_options with = withThreads(2);
    Context context(model.get(), &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    meeting = 0;
    ASSERT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_OK);
    EXPECT_TRUE(met) << steps;
  }
}

// A cheap program stays in the caller's thread.
std::thread::id ranIn;
void remember(void *const *, const uint32_t *, uint32_t, uint32_t) {
  ranIn = std::this_thread::get_id();
}
TEST(Cpu, SmallProgramsRunInline) {
  CpuModel model(1, 1, 4);
  for (born_cpu_variant &variant : model.variants)
    variant.function = remember;
  model.program.cost = 1000;
  born_options with = withThreads(8);
  Context context(model.get(), &with);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  for (int run = 0; run < 20; ++run) {
    ranIn = std::thread::id();
    ASSERT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_OK);
    EXPECT_EQ(ranIn, std::this_thread::get_id());
  }
}

using Work = void (*)(void *, uint32_t);
void callNobody(void *, Work, void *, uint32_t) {}
void callInTurn(void *, Work work, void *data, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    work(data, i);
}
void callAtOnce(void *user, Work work, void *data, uint32_t count) {
  ++*static_cast<int *>(user);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < count; ++i)
    threads.emplace_back(work, data, count - 1 - i);
  for (std::thread &thread : threads)
    thread.join();
}
TEST(Cpu, UsesTheCallersThreads) {
  CpuModel model(3, 80, 20);
  for (born_parallel_callback parallel : {callNobody, callInTurn, callAtOnce}) {
    int called = 0;
    born_options with = withThreads(4);
    with.parallel = parallel;
    with.parallel_user = &called;
    Context context(model.get(), &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    for (uint64_t run = 0; run < 5; ++run)
      expectBits(context.handle, model, run);
    EXPECT_EQ(called, parallel == callAtOnce ? 5 : 0);
    EXPECT_EQ(context.handle->team.workers.count, 0u);
  }
}

#if defined(__x86_64__)
// Kernels see denormals whatever the caller's mode is, and leave that alone.
void halve(void *const *buffers, const uint32_t *, uint32_t first, uint32_t last) {
  const float *x = static_cast<const float *>(buffers[0]);
  float *y = static_cast<float *>(buffers[2]);
  for (uint32_t i = 8 * first; i < 8 * last; ++i)
    y[i] = x[i] * 0.5f;
}
TEST(Cpu, KeepsDenormals) {
  CpuModel model(1, 1, 4);
  for (born_cpu_variant &variant : model.variants)
    variant.function = halve;
  for (uint64_t cost : {0, 1 << 30}) {
    model.program.cost = cost;
    born_options with = withThreads(3);
    Context context(model.get(), &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    float *x = static_cast<float *>(born_input_memory(context.handle, 0, 0));
    auto *y = static_cast<const float *>(born_output_memory(context.handle, 0, 0));
    std::fill(x, x + CpuModel::elements, 1e-40f);
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); // flush to zero, denormals are zero
    born_status status = born_run(context.handle, 0, nullptr, nullptr);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    ASSERT_EQ(status, BORN_OK);
    EXPECT_EQ(after & 0xFFC0, (before | 0x8040) & 0xFFC0);
    for (uint32_t i = 0; i < CpuModel::elements; ++i)
      ASSERT_EQ(y[i], 5e-41f);
  }
}
#endif

// y = x + state; state = y.
TEST(Cpu, CopiesAndState) {
  static const born_command commands[] = {
      {BORN_COMMAND_COPY, 0}, {BORN_COMMAND_DISPATCH, 1}, {BORN_COMMAND_COPY, 1}};
  static const born_step steps[] = {{0, 0, 0, 1}, {1, 1, 1, 1}, {2, 1, 2, 0}};
  static const uint32_t edges[] = {1, 2};
  CpuTables tables;
  const born_copy copies[] = {{tables.bindings[0], tables.bindings[1]},
                              {tables.bindings[4], {BORN_SPACE_STATE, 2, 512, bytes}}};
  tables.bindings[3] = {BORN_SPACE_STATE, BORN_ACCESS_READ, 512, bytes};
  tables.program.state_size = 8192;
  tables.program.copies = copies;
  tables.program.copy_count = 2;
  tables.program.commands = commands;
  tables.program.command_count = tables.program.step_count = 3;
  tables.program.steps = steps;
  tables.program.edges = edges;
  tables.program.edge_count = 2;
  for (int32_t threads : {1, 3}) {
    born_options with = withThreads(threads);
    Context context(tables.model, &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    expectSumsUp(context.handle);
  }
}

// Writes an element behind its output.
void overrun(void *const *buffers, const uint32_t *, uint32_t first, uint32_t) {
  if (first == 0)
    static_cast<float *>(buffers[2])[count] = 1;
}
TEST(Cpu, PoisonShowsWritesOutsideOfBuffers) {
  Environment environment("BORN_MEMORY", "poison");
  CpuTables tables;
  {
    Context context(tables.model);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    expectRuns(context.handle);
    expectRuns(context.handle);
  }
  for (born_cpu_variant &variant : tables.addCpu)
    variant.function = overrun;
  Context context(tables.model);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  EXPECT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_ERROR_TABLES);
  EXPECT_NE(std::string(born_message(context.handle)).find("wrote outside of its buffers"),
            std::string::npos)
      << born_message(context.handle);
}

TEST(Cpu, WeightsStayWhereTheyAre) {
  CpuTables tables;
  {
    Context context(tables.model);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    EXPECT_EQ(static_cast<const void *>(context.handle->weightsInPlace), weights());
  }
  Folder folder;
  std::string path = folder / "w";
  writeFile(path, std::string(reinterpret_cast<const char *>(weights()), bytes));
  tables.model.weights_source = BORN_WEIGHTS_FILE;
  tables.model.weights = nullptr;
  born_options with = options();
  with.weights_path = path.c_str();
  {
    Context context(tables.model, &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    EXPECT_EQ(context.handle->weightsInPlace, context.handle->weightsFile.data);
    EXPECT_EQ(context.handle->hostWeights.size, 0u);
    expectRuns(context.handle);
  }
  writeFile(path, std::string(bytes, 'x'));
  Context damaged(tables.model, &with);
  EXPECT_EQ(damaged.status, BORN_ERROR_WEIGHTS);
  EXPECT_NE(damaged.message.find("not those that the model was compiled with"), std::string::npos);

  // The caller's are copied: they are not ours after born_create.
  tables.model.weights_source = BORN_WEIGHTS_CALLER;
  std::vector<float> given(weights(), weights() + count);
  with = options();
  with.weights = given.data();
  with.weights_size = bytes;
  Context copied(tables.model, &with);
  ASSERT_EQ(copied.status, BORN_OK) << copied.message;
  std::fill(given.begin(), given.end(), 0.0f);
  expectRuns(copied.handle);
}

TEST(Cpu, ThreadCounts) {
  CpuTables tables;
  for (int32_t wrong : {-1, 1025, INT32_MIN, INT32_MAX}) {
    born_options with = withThreads(wrong);
    Context context(tables.model, &with);
    EXPECT_EQ(context.status, BORN_ERROR_ARGUMENT);
    EXPECT_NE(context.message.find("expected 1 to 1024, or 0"), std::string::npos)
        << context.message;
  }
  for (const char *wrong : {"0", "-2", "two", "3x", "1025", "99999999999999999999", " "}) {
    Environment environment("BORN_NUM_THREADS", wrong);
    Context context(tables.model);
    EXPECT_EQ(context.status, BORN_ERROR_ARGUMENT) << wrong;
    EXPECT_NE(context.message.find("expected a number from 1 to 1024"), std::string::npos)
        << context.message;
  }
  Environment environment("BORN_NUM_THREADS", "3");
  Context fromEnvironment(tables.model);
  ASSERT_EQ(fromEnvironment.status, BORN_OK) << fromEnvironment.message;
  EXPECT_EQ(fromEnvironment.handle->team.workerCount, 3u);
  born_options with = withThreads(2); // options come before the environment
  Context fromOptions(tables.model, &with);
  ASSERT_EQ(fromOptions.status, BORN_OK) << fromOptions.message;
  EXPECT_EQ(fromOptions.handle->team.workerCount, 2u);
}

TEST(Cpu, TracesTheLastRun) {
  CpuModel model(9, 30, 10);
  for (uint64_t cost : {0, 1 << 30}) {
    model.program.cost = cost;
    born_options with = withThreads(3);
    with.flags = BORN_FLAG_TRACE;
    Context context(model.get(), &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    uint32_t found = 7;
    ASSERT_EQ(born_get_trace(context.handle, 0, nullptr, 0, &found), BORN_OK);
    EXPECT_EQ(found, 0u);
    for (uint64_t run = 0; run < 3; ++run)
      expectBits(context.handle, model, run);
    ASSERT_EQ(born_get_trace(context.handle, 0, nullptr, 0, &found), BORN_OK);
    std::vector<born_trace_event> events(found);
    ASSERT_EQ(born_get_trace(context.handle, 0, events.data(), found, &found), BORN_OK);
    uint32_t workgroups = 0;
    for (const born_trace_event &event : events) {
      EXPECT_STREQ(event.kernel, "mix");
      EXPECT_STREQ(event.nodes, "Mix");
      EXPECT_LT(event.worker, 3u);
      EXPECT_LE(event.start_ns, event.end_ns);
      workgroups += event.last_workgroup - event.first_workgroup;
    }
    EXPECT_EQ(workgroups, 30 * model.variants[0].workgroup_count);
    EXPECT_EQ(born_get_trace(context.handle, 1, nullptr, 0, &found), BORN_ERROR_ARGUMENT);
  }
}

TEST(Cpu, WrongTables) {
  const born_step cases[][2] = {
      {{2, 1, 0, 1}, {4, 1, 1, 0}},                                // waits for nobody
      {{2, 0, 0, 1}, {4, 0, 1, 0}},                                // does not wait
      {{2, 0, 0, 1}, {2, 1, 1, 0}},                                // twice the same
      {{2, 0, 0, 1}, {3, 1, 1, 0}},                                // a barrier
      {{2, 0, 0, 1}, {99, 1, 1, 0}}, {{2, 0, 0, 2}, {4, 1, 1, 0}}, // beyond the edges
      {{2, 0, 1, 0}, {4, 1, 0, 1}},                                // an edge to itself
  };
  for (const auto &steps : cases) {
    CpuTables tables;
    tables.program.steps = steps;
    Context context(tables.model);
    EXPECT_EQ(context.status, BORN_ERROR_TABLES);
    EXPECT_NE(context.message.find("is out of range"), std::string::npos) << context.message;
  }
  CpuTables tables;
  tables.program.step_count = 1;
  tables.steps[0].edge_count = 0;
  Context missing(tables.model);
  EXPECT_EQ(missing.status, BORN_ERROR_TABLES);
  EXPECT_EQ(missing.message, "program main: command 4 is in no step");
  CpuTables noCode;
  noCode.addCpu[0].function = nullptr;
  Context without(noCode.model);
  EXPECT_EQ(without.status, BORN_ERROR_TABLES);
  EXPECT_EQ(without.message, "program main: kernel add has no CPU code");
}

//===----------------------------------------------------------------------===//
// Which code
//===----------------------------------------------------------------------===//

TEST(CpuClass, FromCpuid) {
  const uint32_t sse4 = 1u << 9 | 1u << 19 | 1u << 20 | 1u << 23;
  const uint32_t avx = sse4 | 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29;
  const uint32_t avx2 = 1u << 5, avx512 = avx2 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  const uint32_t one = 1 << BORN_CLASS_SSE4, two = one | 1 << BORN_CLASS_AVX2,
                 three = two | 1 << BORN_CLASS_AVX512, four = three | 1 << BORN_CLASS_AVX512VNNI;
  const uint32_t vnni = 1u << 11;
  const struct {
    born::CpuidWords words;
    uint32_t classes;
  } cases[] = {
      {{0, 0, 0, 0}, 0},
      {{sse4 & ~(1u << 20), 0, 0, 0}, 0},
      {{sse4, 0, 0, 0}, one},
      {{avx, avx2, 0, 7}, two},
      {{avx, avx2, 0, 3}, one},               // the system does not save YMM
      {{avx & ~(1u << 12), avx2, 0, 7}, one}, // no FMA
      {{avx & ~(1u << 29), avx2, 0, 7}, one}, // no F16C
      {{avx, 0, 0, 7}, one},                  // AVX only
      {{avx, avx512, 0, 0xE7}, three},
      {{avx, avx512, vnni, 0xE7}, four},
      {{avx, avx2, vnni, 0xE7}, two}, // VNNI of short vectors is another bit
      {{avx, avx512, 0, 0x67}, two},  // the system does not save ZMM16 to 31
      {{avx, avx512, 0, 7}, two},
      {{avx, avx512 & ~(1u << 31), 0, 0xE7}, two}, // no VL: Knights Landing
  };
  for (const auto &row : cases)
    EXPECT_EQ(born::classesOf(row.words), row.classes) << &row - cases;
}

TEST(CpuClass, FromHwcap) {
  const uint32_t neon = 1u << BORN_CLASS_NEON;
  const uint32_t dotprod = neon | 1u << BORN_CLASS_NEONDOTPROD;
  EXPECT_EQ(born::classesOfHwcap(0, 0), neon);
  EXPECT_EQ(born::classesOfHwcap(~(1u << 20), ~0u), neon);
  EXPECT_EQ(born::classesOfHwcap(1u << 20, 0), dotprod);
  EXPECT_EQ(born::classesOfHwcap(~0u, ~(1u << 13)), dotprod);
  EXPECT_EQ(born::classesOfHwcap(1u << 20, 1u << 13), dotprod | 1u << BORN_CLASS_NEONI8MM);
}

/// The example with one class of code.
struct OneClass : CpuTables {
  explicit OneClass(uint32_t deviceClass) {
    scaleCpu[0].device_class = addCpu[0].device_class = deviceClass;
    kernels[0].cpu_variant_count = kernels[1].cpu_variant_count = 1;
  }
};

TEST(CpuClass, RefusesWhatItCannotRun) {
#if defined(__x86_64__)
  OneClass tables(BORN_CLASS_NEON);
  const char *needed = "; the model has code for neon";
#else
  OneClass tables(BORN_CLASS_AVX2);
  const char *needed = "; the model has code for avx2";
#endif
  Context context(tables.model);
  EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
  EXPECT_NE(context.message.find(needed), std::string::npos) << context.message;
  uint32_t found = 0;
  born_device device;
  ASSERT_EQ(born_list_devices(&tables.model, nullptr, &device, 1, &found, nullptr, 0), BORN_OK);
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(device.chosen, 0);
  EXPECT_NE(std::string(device.reason).find(needed), std::string::npos) << device.reason;
}

#if defined(__x86_64__)
TEST(CpuClass, IsForcedDown) {
  Environment environment("BORN_CPU", "sse4"); // which every x86-64 CPU of the tests has
  CpuTables good;
  Context context(good.model);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  expectRuns(context.handle);
  EXPECT_EQ(context.handle->cpu.classes, 1u << BORN_CLASS_SSE4);
  OneClass tables(BORN_CLASS_AVX2);
  Context refused(tables.model);
  EXPECT_EQ(refused.status, BORN_ERROR_DEVICE);
  EXPECT_NE(refused.message.find(") is sse4; the model has code for avx2"), std::string::npos)
      << refused.message;
  Environment wrong("BORN_CPU", "neon");
  Context other(good.model);
  EXPECT_EQ(other.status, BORN_ERROR_DEVICE);
  EXPECT_NE(other.message.find("BORN_CPU is 'neon', which this CPU"), std::string::npos);
  Environment unknown("BORN_CPU", "pentium");
  Context nothing(good.model);
  EXPECT_EQ(nothing.status, BORN_ERROR_ARGUMENT);
  EXPECT_EQ(nothing.message,
            "BORN_CPU is 'pentium', expected one of: sse4 avx2 avx512 avx512vnni neon neondotprod "
            "neoni8mm");
}
#endif

TEST(CpuChoice, WithoutVulkanCode) {
  CpuTables tables;
  for (const char *selector : {"vulkan", "software", "0"}) {
    Environment environment("BORN_DEVICE", selector);
    Context context(tables.model);
    EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
    EXPECT_EQ(context.message, "device '" + std::string(selector) +
                                   "' cannot be taken: the model has code for CPUs only");
  }
  Environment environment("BORN_DEVICE", "cpu");
  Context context(tables.model);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  EXPECT_STREQ(context.handle->reason, "asked for");
}

} // namespace
