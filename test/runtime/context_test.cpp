//===- context_test.cpp - creating, querying, running ----------------------===//

#include "runtime/context.h"
#include "test/runtime/runtime_test.h"

#include <atomic>
#include <cstring>
#include <thread>

using namespace test;

namespace {

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}
#define EXPECT_CONTAINS(text, part)                                                                \
  EXPECT_TRUE(contains(text, part)) << "expected '" << part << "' in: " << text

TEST(Context, Queries) {
  Context context(model());
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  EXPECT_EQ(born_program_count(context.handle), 1u);
  EXPECT_STREQ(born_program_name(context.handle, 0), "main");
  EXPECT_EQ(born_program_name(context.handle, 1), nullptr);
  EXPECT_EQ(born_input_count(context.handle, 0), 1u);
  EXPECT_EQ(born_output_count(context.handle, 0), 1u);
  EXPECT_EQ(born_input_count(context.handle, 7), 0u);
  born_tensor tensor;
  ASSERT_EQ(born_input_tensor(context.handle, 0, 0, &tensor), BORN_OK);
  EXPECT_STREQ(tensor.name, "x");
  EXPECT_EQ(tensor.type, 1u);
  ASSERT_EQ(tensor.rank, 2u);
  EXPECT_EQ(tensor.shape[0], 10);
  EXPECT_EQ(tensor.shape[1], 100);
  EXPECT_EQ(tensor.size, bytes);
  EXPECT_EQ(born_output_tensor(context.handle, 0, 1, &tensor), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "there is no output 1: the program has 1");
}

TEST(Context, RunsOnceAndAgain) {
  Context context(model());
  expectRuns(context.handle);
  expectRuns(context.handle);
  born_profile profile;
  ASSERT_EQ(born_get_profile(context.handle, &profile), BORN_OK);
  EXPECT_EQ(profile.runs, 2u);
  EXPECT_EQ(profile.submissions, 2u);
  EXPECT_EQ(profile.gpu_ns, 0u);
  EXPECT_GT(profile.total_ns, 0u);
}

TEST(Context, ProfilesOnRequest) {
  born_options with = options();
  with.flags = BORN_FLAG_PROFILE;
  Context context(model(), &with);
  expectRuns(context.handle);
  born_profile profile;
  ASSERT_EQ(born_get_profile(context.handle, &profile), BORN_OK);
  EXPECT_GT(profile.gpu_ns, 0u);
}

/// The trace of the only program.
std::vector<born_trace_event> traceOf(born_context *context) {
  uint32_t count = 0;
  EXPECT_EQ(born_get_trace(context, 0, nullptr, 0, &count), BORN_OK);
  std::vector<born_trace_event> events(count);
  EXPECT_EQ(born_get_trace(context, 0, events.data(), count, &count), BORN_OK);
  return events;
}

TEST(Context, TracesTheLastRun) {
  for (const char *memory : {"", "staging"})
    for (const char *variant : {"generic", "software"}) {
      Environment a("BORN_MEMORY", memory), b("BORN_VARIANT", variant);
      born_options with = options();
      with.flags = BORN_FLAG_TRACE;
      Context context(model(), &with);
      ASSERT_EQ(context.status, BORN_OK) << context.message;
      EXPECT_TRUE(traceOf(context.handle).empty());
      for (int run = 0; run < 2; ++run) {
        expectRuns(context.handle);
        std::vector<std::string> names, nodes;
        uint64_t last = 0;
        for (const born_trace_event &event : traceOf(context.handle)) {
          names.push_back(event.kernel);
          nodes.push_back(event.nodes);
          EXPECT_EQ(event.worker, 0u);
          EXPECT_EQ(event.first_workgroup, 0u);
          EXPECT_LE(event.start_ns, event.end_ns);
          EXPECT_GE(event.start_ns, last); // there are barriers between all of them
          last = event.end_ns;
          uint32_t workgroups = !strcmp(event.kernel, "scale") && !strcmp(variant, "software") ? 125
                                : *event.nodes                                                 ? 16
                                                                                               : 1;
          EXPECT_EQ(event.last_workgroup, workgroups) << event.kernel;
        }
        EXPECT_GT(last, 0u);
        if (*memory) {
          EXPECT_EQ(names, (std::vector<std::string>{"upload", "scale", "add", "download"}));
          EXPECT_EQ(nodes, (std::vector<std::string>{"", "scale (Mul)", "add (Add)", ""}));
        } else {
          EXPECT_EQ(names, (std::vector<std::string>{"scale", "add"}));
        }
      }
      born_profile profile;
      ASSERT_EQ(born_get_profile(context.handle, &profile), BORN_OK);
      EXPECT_EQ(profile.gpu_ns, 0u); // which was not asked for
    }
}

TEST(Context, RunsInMappedMemory) {
  Context context(model());
  ASSERT_NE(context.handle, nullptr) << context.message;
  std::vector<float> x = exampleInput(), expected = expectedOutput();
  memcpy(born_input_memory(context.handle, 0, 0), x.data(), bytes);
  ASSERT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_OK);
  EXPECT_EQ(memcmp(born_output_memory(context.handle, 0, 0), expected.data(), bytes), 0);
  EXPECT_EQ(born_input_memory(context.handle, 0, 1), nullptr);
  EXPECT_EQ(born_output_memory(context.handle, 1, 0), nullptr);
}

TEST(Context, AllModesGiveTheSameBits) {
  for (const char *memory : {"", "staging"})
    for (const char *variant : {"", "generic", "software"})
      for (const char *seed : {"", "1", "2"}) {
        Environment a("BORN_MEMORY", memory), b("BORN_VARIANT", variant), c("BORN_SHUFFLE", seed);
        Context context(model());
        ASSERT_EQ(context.status, BORN_OK) << context.message;
        expectRuns(context.handle);
        born_profile profile;
        born_get_profile(context.handle, &profile);
        if (*memory) {
          EXPECT_EQ(profile.shares_memory, 0);
        }
      }
}

TEST(Context, SeveralPrograms) {
  Tables tables;
  born_program programs[] = {tables.program, tables.program};
  programs[1].name = "again";
  programs[1].transient_size = 1 << 16;
  // A kernel of another program is shared where it is the same.
  born_kernel other[] = {tables.kernels[1], tables.kernels[0]};
  born_dispatch swapped[] = {tables.dispatches[0], tables.dispatches[1]};
  swapped[0].kernel = 1;
  swapped[1].kernel = 0;
  programs[1].kernels = other;
  programs[1].dispatches = swapped;
  tables.model.programs = programs;
  tables.model.program_count = 2;
  Context context(tables.model);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  EXPECT_EQ(born_program_count(context.handle), 2u);
  EXPECT_STREQ(born_program_name(context.handle, 1), "again");
  EXPECT_NE(born_input_memory(context.handle, 0, 0), born_input_memory(context.handle, 1, 0));
  const born::Program *made = context.handle->programs.data;
  EXPECT_EQ(made[0].pipelines[0], made[1].pipelines[1]);
  EXPECT_EQ(made[0].pipelines[1], made[1].pipelines[0]);
  std::vector<float> x = exampleInput(), y(count);
  born_input input = {x.data(), bytes};
  born_output output = {y.data(), bytes};
  ASSERT_EQ(born_run(context.handle, 1, &input, &output), BORN_OK);
  EXPECT_EQ(y, expectedOutput());
  expectRuns(context.handle);
}

// y = x + state; state = y, with every kind of command and barrier.
TEST(Context, CopiesAndState) {
  static const born_command commands[] = {
      {BORN_COMMAND_UPLOAD, 0},
      {BORN_COMMAND_BARRIER, BORN_BARRIER_COPY_TO_COPY},
      {BORN_COMMAND_COPY, 0},
      {BORN_COMMAND_BARRIER, BORN_BARRIER_COPY_TO_DISPATCH},
      {BORN_COMMAND_DISPATCH, 1},
      {BORN_COMMAND_BARRIER, BORN_BARRIER_DISPATCH_TO_COPY | BORN_BARRIER_DISPATCH_TO_DOWNLOAD},
      {BORN_COMMAND_COPY, 1},
      {BORN_COMMAND_DOWNLOAD, 0},
      {BORN_COMMAND_BARRIER, BORN_BARRIER_TO_HOST},
  };
  Tables tables;
  const born_copy copies[] = {{tables.bindings[0], tables.bindings[1]},
                              {tables.bindings[4], {BORN_SPACE_STATE, 2, 512, bytes}}};
  tables.bindings[3] = {BORN_SPACE_STATE, BORN_ACCESS_READ, 512, bytes};
  tables.program.state_size = 8192;
  tables.program.copies = copies;
  tables.program.copy_count = 2;
  tables.program.commands = commands;
  tables.program.command_count = sizeof commands / sizeof commands[0];
  for (const char *memory : {"", "staging"})
    for (const char *seed : {"", "1", "2"}) {
      Environment a("BORN_MEMORY", memory), b("BORN_SHUFFLE", seed);
      Context context(tables.model);
      ASSERT_EQ(context.status, BORN_OK) << context.message;
      expectSumsUp(context.handle);
    }
}

TEST(Context, NothingToDo) {
  Tables tables;
  born_program empty = {};
  empty.name = "empty";
  tables.model.programs = &empty;
  tables.model.weights_size = 0;
  for (const char *memory : {"", "staging"}) {
    Environment environment("BORN_MEMORY", memory);
    Context context(tables.model);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    EXPECT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_OK);
  }
}

TEST(Context, SeveralAtATime) {
  Context first(model());
  Tables tables;
  Context second(tables.model);
  expectRuns(first.handle);
  expectRuns(second.handle);
  std::thread other([&] {
    expectRuns(first.handle);
    Context third(model());
    expectRuns(third.handle);
  });
  expectRuns(second.handle);
  Context fourth(model());
  expectRuns(fourth.handle);
  other.join();
}

TEST(Context, RefusesASecondThread) {
  Context context(model());
  ASSERT_NE(context.handle, nullptr);
  context.handle->busy = 1; // as if another thread were inside
  EXPECT_EQ(born_run(context.handle, 0, nullptr, nullptr), BORN_ERROR_BUSY);
  context.handle->busy = 0;
  expectRuns(context.handle);

  std::atomic<unsigned> good{0}, busy{0}, bad{0};
  auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      born_status status = born_run(context.handle, 0, nullptr, nullptr);
      ++(status == BORN_OK ? good : status == BORN_ERROR_BUSY ? busy : bad);
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(bad, 0u);
  EXPECT_EQ(good + busy, 400u);
  born_profile profile;
  born_get_profile(context.handle, &profile);
  EXPECT_EQ(profile.runs, good + 1);
}

TEST(Context, WrongArguments) {
  Context context(model());
  std::vector<float> x(count), y(count);
  born_input input = {x.data(), bytes - 4};
  born_output output = {y.data(), bytes + 4};
  EXPECT_EQ(born_run(context.handle, 0, &input, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "input 'x': expected 4000 bytes, found 3996");
  EXPECT_EQ(born_run(context.handle, 0, nullptr, &output), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "output 'y': expected 4000 bytes, found 4004");
  EXPECT_EQ(born_run(context.handle, 1, nullptr, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "there is no program 1: the model has 1");
  EXPECT_EQ(born_run(nullptr, 0, nullptr, nullptr), BORN_ERROR_ARGUMENT);
  expectRuns(context.handle);
  EXPECT_STREQ(born_message(context.handle), "");
  EXPECT_EQ(born_create(nullptr, nullptr, nullptr, nullptr, 0), BORN_ERROR_ARGUMENT);
  born_options small = options();
  small.size = 4;
  Context none(model(), &small);
  EXPECT_EQ(none.status, BORN_ERROR_ARGUMENT);
  born_destroy(nullptr);
}

TEST(Context, NamesAreLookedUp) {
  Context context(model());
  uint32_t index = 7;
  ASSERT_EQ(born_find_input(context.handle, 0, "x", &index), BORN_OK);
  EXPECT_EQ(index, 0u);
  index = 7;
  ASSERT_EQ(born_find_output(context.handle, 0, "y", &index), BORN_OK);
  EXPECT_EQ(index, 0u);
  EXPECT_EQ(born_find_input(context.handle, 0, "y", &index), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "there is no input 'y'; there are: 'x'");
  EXPECT_EQ(born_find_output(context.handle, 0, "x", &index), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "there is no output 'x'; there are: 'y'");
  EXPECT_EQ(born_find_output(context.handle, 3, "y", &index), BORN_ERROR_ARGUMENT);
  EXPECT_STREQ(born_message(context.handle), "there is no program 3: the model has 1");
}

TEST(Context, ProgramsAreFoundByShapes) {
  Context context(model());
  const int64_t right[] = {10, 100}, wrong[] = {100, 10};
  uint32_t program = 7;
  born_shape shape = {right, 2};
  ASSERT_EQ(born_find_program(context.handle, &shape, 1, &program), BORN_OK);
  EXPECT_EQ(program, 0u);
  shape = {nullptr, 0};
  EXPECT_EQ(born_find_program(context.handle, &shape, 1, &program), BORN_OK);
  EXPECT_EQ(born_find_program(context.handle, nullptr, 0, &program), BORN_ERROR_ARGUMENT);
  for (born_shape bad : {born_shape{wrong, 2}, born_shape{right, 1}}) {
    EXPECT_EQ(born_find_program(context.handle, &bad, 1, &program), BORN_ERROR_ARGUMENT);
    EXPECT_STREQ(born_message(context.handle),
                 "no program fits the 1 input shapes; there are: 'x' [10, 100]");
  }
}

// What an application does that forgot to look whether it has a context.
TEST(Context, NoContext) {
  uint32_t index;
  born_tensor tensor;
  born_profile profile;
  born_device device;
  born_shape shape = {nullptr, 0};
  EXPECT_EQ(born_run(nullptr, 0, nullptr, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_input_tensor(nullptr, 0, 0, &tensor), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_output_tensor(nullptr, 0, 0, &tensor), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_input(nullptr, 0, "x", &index), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_output(nullptr, 0, "y", &index), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_program(nullptr, &shape, 1, &index), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_get_profile(nullptr, &profile), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_get_device(nullptr, &device), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_program_count(nullptr), 0u);
  EXPECT_EQ(born_program_name(nullptr, 0), nullptr);
  EXPECT_EQ(born_input_count(nullptr, 0) + born_output_count(nullptr, 0), 0u);
  EXPECT_EQ(born_input_memory(nullptr, 0, 0), nullptr);
  EXPECT_EQ(born_output_memory(nullptr, 0, 0), nullptr);
  EXPECT_STREQ(born_message(nullptr), "the context is null");
  born_destroy(nullptr);

  // Nor a place for the answer.
  Context context(model());
  EXPECT_EQ(born_input_tensor(context.handle, 0, 0, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_input(context.handle, 0, nullptr, &index), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_input(context.handle, 0, "x", nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_find_program(context.handle, &shape, 1, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_get_profile(context.handle, nullptr), BORN_ERROR_ARGUMENT);
  EXPECT_EQ(born_get_device(context.handle, nullptr), BORN_ERROR_ARGUMENT);
  // Asked before the first run: zeroes.
  ASSERT_EQ(born_get_profile(context.handle, &profile), BORN_OK);
  EXPECT_EQ(profile.runs, 0u);
}

TEST(Context, Timeout) {
  born_options quick = options();
  quick.timeout_ns = 1;
  Context context(model(), &quick);
  ASSERT_EQ(context.status, BORN_OK) << context.message;
  bool timedOut = false;
  for (int i = 0; i < 100; ++i) {
    born_status status = born_run(context.handle, 0, nullptr, nullptr);
    timedOut = timedOut || status == BORN_ERROR_TIMEOUT;
    EXPECT_TRUE(status == BORN_OK || status == BORN_ERROR_TIMEOUT);
  }
  EXPECT_TRUE(timedOut);
}

TEST(Device, Selectors) {
  born_options with = options();
  for (const char *selector : {"0", "software", "LLVMpipe"}) {
    with.device = selector;
    Context context(model(), &with);
    EXPECT_EQ(context.status, BORN_OK) << context.message;
  }
  for (const char *selector : {"99", "discrete", "no such device"}) {
    with.device = selector;
    Context context(model(), &with);
    EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
    EXPECT_EQ(context.handle, nullptr);
    EXPECT_CONTAINS(context.message, selector);
    EXPECT_CONTAINS(context.message, "not selected by");
  }
  Environment environment("BORN_DEVICE", "nothing");
  Context context(model());
  EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
}

TEST(Device, Lists) {
  born_device devices[4];
  uint32_t found = 0;
  char message[256];
  ASSERT_EQ(born_list_devices(&model(), nullptr, devices, 4, &found, message, sizeof message),
            BORN_OK)
      << message;
  ASSERT_GE(found, 1u);
  unsigned chosen = 0;
  for (uint32_t i = 0; i < std::min(found, 4u); ++i) {
    chosen += devices[i].chosen;
    EXPECT_NE(devices[i].reason[0], 0);
    if (devices[i].chosen) {
      EXPECT_STREQ(devices[i].reason, "the model has code for nothing else");
    }
  }
  EXPECT_EQ(chosen, 1u);
  Context context(model());
  born_device own;
  ASSERT_EQ(born_get_device(context.handle, &own), BORN_OK);
  EXPECT_EQ(own.chosen, 1);
}

// A software device is for those who ask for it, where there is native code.
TEST(Device, ChoiceOfTarget) {
  Environment loader("BORN_VULKAN_LIBRARY", "libvulkan.so.1"); // looks for GPUs in any case
  Tables tables;
  tables.addCpuCode();
  const struct {
    const char *selector;
    uint32_t type;
    const char *reason;
  } cases[] = {{"", BORN_DEVICE_CPU, "no GPU: no Vulkan device can run this model: device 0"},
               {"cpu", BORN_DEVICE_CPU, "asked for"},
               {"vulkan", BORN_DEVICE_SOFTWARE, "asked for"},
               {"software", BORN_DEVICE_SOFTWARE, "asked for"},
               {"0", BORN_DEVICE_SOFTWARE, "asked for"}};
  for (const auto &row : cases) {
    Environment environment("BORN_DEVICE", row.selector);
    Context context(tables.model);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    born_device device;
    ASSERT_EQ(born_get_device(context.handle, &device), BORN_OK);
    EXPECT_EQ(device.type, row.type) << row.selector;
    EXPECT_CONTAINS(std::string(device.reason), row.reason);
    expectRuns(context.handle);
    born_device listed[4];
    uint32_t found = 0;
    ASSERT_EQ(born_list_devices(&tables.model, nullptr, listed, 4, &found, nullptr, 0), BORN_OK);
    ASSERT_EQ(found, strcmp(row.selector, "cpu") ? 2u : 1u);
    unsigned chosen = 0;
    for (uint32_t i = 0; i < found; ++i) {
      chosen += listed[i].chosen;
      EXPECT_NE(listed[i].reason[0], 0);
      if (listed[i].chosen) {
        EXPECT_EQ(listed[i].type, row.type);
      }
    }
    EXPECT_EQ(chosen, 1u);
  }
  // Neither will do: both reasons are told.
  tables.scaleCpu[0].device_class = tables.scaleCpu[1].device_class = BORN_CLASS_AVX512;
  Environment old("BORN_CPU", "sse4");
  Context context(tables.model);
  EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(context.message, "the model has code for avx512; no GPU: ");
  EXPECT_CONTAINS(context.message, "has to be asked for: BORN_DEVICE=vulkan");
  // Vulkan code only.
  Environment cpu("BORN_DEVICE", "cpu");
  Context none(model());
  EXPECT_EQ(none.status, BORN_ERROR_DEVICE);
  EXPECT_EQ(none.message,
            "device 'cpu' cannot be taken: the model has code for Vulkan devices only");
}

TEST(Device, NoLoader) {
  Environment environment("BORN_VULKAN_LIBRARY", "libnothing.so");
  Context context(model());
  EXPECT_EQ(context.status, BORN_ERROR_LOADER);
  EXPECT_CONTAINS(context.message, "no Vulkan loader found: cannot open libnothing.so");
}

TEST(Device, LoaderIsSomethingElse) {
  Environment environment("BORN_VULKAN_LIBRARY", "libm.so.6");
  Context context(model());
  EXPECT_EQ(context.status, BORN_ERROR_LOADER);
  EXPECT_CONTAINS(context.message, "no Vulkan loader");
}

TEST(Device, NoDriver) {
  Environment environment("VK_ICD_FILENAMES", "/dev/null");
  Environment newer("VK_DRIVER_FILES", "/dev/null");
  Context context(model());
  EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(context.message, "no Vulkan device found");
}

TEST(Device, LimitsAreNamed) {
  Tables tables;
  tables.program.transient_size = uint64_t{1} << 50;
  Context memory(tables.model);
  EXPECT_EQ(memory.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(memory.message, "intermediate tensors need maxMemoryAllocationSize");
  EXPECT_CONTAINS(memory.message, "1125899906842624");

  Tables range;
  range.program.transient_size = uint64_t{1} << 36;
  range.bindings[1].size = uint64_t{1} << 35;
  Context large(range.model);
  EXPECT_EQ(large.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(large.message, "kernel scale needs maxStorageBufferRange 34359738368");

  Tables invocations;
  invocations.addVariants[0].workgroup_size[0] = 1u << 20;
  Context group(invocations.model);
  EXPECT_CONTAINS(group.message, "kernel add needs maxComputeWorkGroupInvocations 1048576");
}

TEST(Device, VariantsThatDoNotFit) {
  Tables tables;
  tables.scaleVariants[1].subgroup_size = 64; // falls back to the generic one
  Context context(tables.model);
  expectRuns(context.handle);
  Environment environment("BORN_VARIANT", "software");
  Context forced(tables.model);
  EXPECT_EQ(forced.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(forced.message, "kernel scale needs subgroups of 64, the device has 8");
}

TEST(Device, UnknownFeature) {
  Tables tables;
  tables.addVariants[0].features = 1u << 31;
  Context context(tables.model);
  EXPECT_EQ(context.status, BORN_ERROR_DEVICE);
  EXPECT_CONTAINS(context.message, "a feature that this runtime does not know");
}

TEST(Device, WrongVariantName) {
  Environment environment("BORN_VARIANT", "fast");
  Context context(model());
  EXPECT_EQ(context.status, BORN_ERROR_ARGUMENT);
  EXPECT_CONTAINS(context.message, "BORN_VARIANT is 'fast'");
}

TEST(Tables, AreChecked) {
  const struct {
    const char *expected;
    void (*change)(Tables &);
  } cases[] = {
      {"version", [](Tables &t) { t.model.table_version = 0; }},
      {"weights source", [](Tables &t) { t.model.weights_source = 9; }},
      {"no embedded weights", [](Tables &t) { t.model.weights = nullptr; }},
      {"input_size", [](Tables &t) { t.program.input_size = 100; }},
      {"input_size", [](Tables &t) { t.program.input_size = 1u << 20; }},
      {"input 0", [](Tables &t) { t.input.offset = 256; }},
      {"output 0", [](Tables &t) { t.output.offset = 0; }},
      {"output 0", [](Tables &t) { t.output.offset = UINT64_MAX; }},
      {"dispatch 0", [](Tables &t) { t.dispatches[0].kernel = 2; }},
      {"dispatch 1", [](Tables &t) { t.dispatches[1].first_binding = 3; }},
      {"dispatch 1", [](Tables &t) { t.dispatches[1].first_immediate = UINT32_MAX; }},
      {"binding 1", [](Tables &t) { t.bindings[1].offset = 100; }},
      {"binding 1", [](Tables &t) { t.bindings[1].size = 1u << 20; }},
      {"binding 4", [](Tables &t) { t.bindings[4].space = 4; }},
      {"writes to the weights", [](Tables &t) { t.bindings[3].access = BORN_ACCESS_WRITE; }},
      {"no SPIR-V", [](Tables &t) { t.addVariants[0].code_size = 3; }},
  };
  for (const auto &row : cases) {
    Tables tables;
    row.change(tables);
    Context context(tables.model);
    EXPECT_EQ(context.status, BORN_ERROR_TABLES) << row.expected;
    EXPECT_CONTAINS(context.message, row.expected);
  }
}

} // namespace
