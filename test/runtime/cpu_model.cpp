//===- cpu_model.cpp - random task graphs with C kernels -------------------===//

#include "test/runtime/cpu_model.h"

#include "runtime/support.h"

using namespace test;

static constexpr uint64_t bufferBytes = CpuModel::elements * sizeof(float);
static constexpr uint32_t perWorkgroup = 8;
static const int64_t shape[] = {CpuModel::elements};

static float mix(float a, float b, uint32_t salt) {
  return a * 0.75f - b * 0.5f + static_cast<float>(salt % 97) / 16;
}

static void mixBuffers(void *const *buffers, const uint32_t *immediates, uint32_t first,
                       uint32_t last) {
  const float *a = static_cast<const float *>(buffers[0]);
  const float *b = static_cast<const float *>(buffers[1]);
  float *c = static_cast<float *>(buffers[2]);
  for (uint32_t i = first * perWorkgroup; i < last * perWorkgroup; ++i)
    c[i] = mix(a[i], b[i], *immediates);
}

/// Slot 0 is the input, the last one the output.
static born_binding slotBinding(unsigned slot, unsigned last, born_access access) {
  uint32_t mode = static_cast<uint32_t>(access);
  if (slot == 0)
    return {BORN_SPACE_IO, mode, 0, bufferBytes};
  if (slot == last)
    return {BORN_SPACE_IO, mode, bufferBytes, bufferBytes};
  return {BORN_SPACE_TRANSIENT, mode, (slot - 1) * bufferBytes, bufferBytes};
}

CpuModel::CpuModel(uint64_t seed, unsigned count, unsigned slots) {
  uint64_t state = seed;
  std::vector<unsigned> written = {0}; // slots that hold something
  unsigned last = slots + 1;
  for (unsigned i = 0; i < count; ++i) {
    unsigned a = written[born::nextRandom(state) % written.size()];
    unsigned b = written[born::nextRandom(state) % written.size()];
    unsigned to =
        i + 1 == count ? last : 1 + static_cast<unsigned>(born::nextRandom(state) % slots);
    while (to == a || to == b)
      to = to % slots + 1;
    written.push_back(to);
    immediates.push_back(static_cast<uint32_t>(born::nextRandom(state)));
    dispatches.push_back({0, 3 * i, i, "Mix"});
    bindings.push_back(slotBinding(a, last, BORN_ACCESS_READ));
    bindings.push_back(slotBinding(b, last, BORN_ACCESS_READ));
    bindings.push_back(slotBinding(to, last, BORN_ACCESS_WRITE));
    commands.push_back({BORN_COMMAND_DISPATCH, i});
  }
  addEdges();
  for (uint32_t deviceClass : {BORN_CLASS_SSE4, BORN_CLASS_NEON})
    variants.push_back({deviceClass, elements / perWorkgroup, 2, mixBuffers});
  kernel = {"mix", 3, 1, 0, nullptr, static_cast<uint32_t>(variants.size()), variants.data()};
  input = {"x", 1, 1, shape, bufferBytes, 0};
  output = {"y", 1, 1, shape, bufferBytes, bufferBytes};
  program.name = "main";
  program.input_count = program.output_count = 1;
  program.inputs = &input;
  program.outputs = &output;
  program.input_size = bufferBytes;
  program.io_size = 2 * bufferBytes;
  program.transient_size = slots * bufferBytes;
  program.kernel_count = 1;
  program.dispatch_count = program.command_count = program.immediate_count = program.step_count =
      count;
  program.binding_count = 3 * count;
  program.edge_count = static_cast<uint32_t>(edges.size());
  program.kernels = &kernel;
  program.dispatches = dispatches.data();
  program.bindings = bindings.data();
  program.immediates = immediates.data();
  program.commands = commands.data();
  program.steps = steps.data();
  program.edges = edges.data();
  program.cost = 1 << 30;
  model.table_version = BORN_TABLE_VERSION;
  model.name = "random";
  model.producer = "hand";
  model.program_count = 1;
  model.programs = &program;
  model.cpu = &born_cpu_backend;
}

/// An edge between any two dispatches of which one writes what the other uses.
void CpuModel::addEdges() {
  auto conflict = [&](size_t a, size_t b) {
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 3; ++j) {
        const born_binding &x = bindings[3 * a + i], &y = bindings[3 * b + j];
        if (x.space == y.space && x.offset == y.offset && (x.access | y.access) & BORN_ACCESS_WRITE)
          return true;
      }
    return false;
  };
  std::vector<uint32_t> waits(dispatches.size());
  for (uint32_t i = 0; i < dispatches.size(); ++i) {
    uint32_t first = static_cast<uint32_t>(edges.size());
    for (uint32_t j = i + 1; j < dispatches.size(); ++j)
      if (conflict(i, j)) {
        edges.push_back(j);
        ++waits[j];
      }
    steps.push_back({i, waits[i], first, static_cast<uint32_t>(edges.size()) - first});
  }
}

std::vector<float> CpuModel::expected(const std::vector<float> &x) const {
  std::vector<float> io(2 * elements), arena(program.transient_size / sizeof(float));
  std::copy(x.begin(), x.end(), io.begin());
  auto at = [&](const born_binding &binding) {
    return (binding.space == BORN_SPACE_IO ? io : arena).data() + binding.offset / sizeof(float);
  };
  for (const born_dispatch &dispatch : dispatches) {
    const born_binding *bound = &bindings[dispatch.first_binding];
    for (uint32_t i = 0; i < elements; ++i)
      at(bound[2])[i] = mix(at(bound[0])[i], at(bound[1])[i], immediates[dispatch.first_immediate]);
  }
  return {io.begin() + elements, io.end()};
}
