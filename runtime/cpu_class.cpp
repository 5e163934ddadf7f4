//===- cpu_class.cpp - which code this CPU can run -------------------------===//

#include "runtime/cpu_class.h"
#include "runtime/os.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

using namespace born;

static const struct {
  born_device_class deviceClass;
  const char *name;
} classes[] = {
    {BORN_CLASS_SSE4, "sse4"},         {BORN_CLASS_AVX2, "avx2"},
    {BORN_CLASS_AVX512, "avx512"},     {BORN_CLASS_AVX512VNNI, "avx512vnni"},
    {BORN_CLASS_NEON, "neon"},         {BORN_CLASS_NEONDOTPROD, "neondotprod"},
    {BORN_CLASS_NEONI8MM, "neoni8mm"},
};

static constexpr uint32_t bit(uint32_t deviceClass) { return 1u << deviceClass; }

const char *born::className(uint32_t deviceClass) {
  for (const auto &row : classes)
    if (row.deviceClass == deviceClass)
      return row.name;
  return "unknown";
}

// Intel SDM volume 2, CPUID; volume 1, 13.2 and 14.3: a register is usable
// where XCR0 says that the system saves it.
uint32_t born::classesOf(const CpuidWords &words) {
  constexpr uint32_t sse4 = 1u << 9 | 1u << 19 | 1u << 20 | 1u << 23; // SSSE3, SSE4.1/2, POPCNT
  constexpr uint32_t avx = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29; // FMA, OSXSAVE, AVX, F16C
  constexpr uint32_t avx2 = 1u << 5;
  constexpr uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; // F, DQ, BW, VL
  constexpr uint64_t ymm = 0x6, zmm = 0xE6;
  auto has = [](uint64_t word, uint64_t bits) { return (word & bits) == bits; };
  uint32_t found = 0;
  if (!has(words.leaf1c, sse4))
    return found;
  found |= bit(BORN_CLASS_SSE4);
  if (!has(words.leaf1c, avx) || !has(words.leaf7b, avx2) || !has(words.xcr0, ymm))
    return found;
  found |= bit(BORN_CLASS_AVX2);
  if (!has(words.leaf7b, avx512) || !has(words.xcr0, zmm))
    return found;
  found |= bit(BORN_CLASS_AVX512);
  if (words.leaf7c & 1u << 11)
    found |= bit(BORN_CLASS_AVX512VNNI);
  return found;
}

uint32_t born::classesOfHwcap(uint64_t hwcap, uint64_t hwcap2) {
  constexpr uint64_t asimddp = 1u << 20; // HWCAP_ASIMDDP
  constexpr uint64_t i8mm = 1u << 13;    // HWCAP2_I8MM
  uint32_t found = bit(BORN_CLASS_NEON);
  if (!(hwcap & asimddp))
    return found;
  found |= bit(BORN_CLASS_NEONDOTPROD);
  if (hwcap2 & i8mm)
    found |= bit(BORN_CLASS_NEONI8MM);
  return found;
}

#if defined(__x86_64__)

static uint64_t readXcr0() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

/// What the machine says of itself; no name where it has none.
static void detect(Cpu &cpu) {
  uint32_t a, b, c, d;
  CpuidWords words = {};
  if (__get_cpuid(1, &a, &b, &c, &d))
    words.leaf1c = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    words.leaf7b = b;
    words.leaf7c = c;
  }
  if (words.leaf1c & 1u << 27) // OSXSAVE: there is the instruction
    words.xcr0 = readXcr0();
  cpu.classes = classesOf(words);
  uint32_t brand[12];
  bool isNamed = true;
  for (uint32_t i = 0; i < 3; ++i)
    isNamed = isNamed && __get_cpuid(0x80000002 + i, &brand[4 * i], &brand[4 * i + 1],
                                     &brand[4 * i + 2], &brand[4 * i + 3]);
  if (isNamed)
    format(cpu.name, sizeof cpu.name, "%.48s", reinterpret_cast<const char *>(brand));
}

#elif defined(__aarch64__)

static void detect(Cpu &cpu) {
#if defined(__linux__)
  cpu.classes = classesOfHwcap(getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
#else
  cpu.classes = classesOfHwcap(0, 0);
#endif
}

#else

static void detect(Cpu &) {}

#endif

born_status born::queryCpu(Cpu &cpu, Message &message) {
  cpu = {};
  detect(cpu);
  // Brands are padded with blanks, on either side.
  size_t start = strspn(cpu.name, " "), length = strlen(cpu.name + start);
  memmove(cpu.name, cpu.name + start, length + 1);
  while (length > 0 && cpu.name[length - 1] == ' ')
    cpu.name[--length] = 0;
  if (length == 0)
    format(cpu.name, sizeof cpu.name, "CPU");

  const char *limit = osEnvironment("BORN_CPU");
  if (!limit || !*limit)
    return BORN_OK;
  for (const auto &row : classes) {
    if (strcmp(row.name, limit) != 0)
      continue;
    if (!(cpu.classes & bit(row.deviceClass)))
      return message.set(BORN_ERROR_DEVICE, "BORN_CPU is '%s', which this CPU (%s) is not", limit,
                         cpu.name);
    cpu.classes &= 2 * bit(row.deviceClass) - 1;
    return BORN_OK;
  }
  message.set(BORN_ERROR_ARGUMENT, "BORN_CPU is '%.100s', expected one of:", limit);
  for (const auto &row : classes)
    message.add(" %s", row.name);
  return BORN_ERROR_ARGUMENT;
}

const born_cpu_variant *born::chooseCpuVariant(const born_kernel &kernel, const Cpu &cpu) {
  const born_cpu_variant *best = nullptr;
  for (uint32_t i = 0; i < kernel.cpu_variant_count; ++i) {
    const born_cpu_variant &variant = kernel.cpu_variants[i];
    bool fits = (cpu.classes & bit(variant.device_class)) != 0;
    if (fits && (!best || variant.device_class > best->device_class))
      best = &variant;
  }
  return best;
}

static void addClasses(Message &message, uint32_t set) {
  bool any = false;
  for (const auto &row : classes)
    if (set & bit(row.deviceClass)) {
      message.add("%s%s", any ? ", " : " ", row.name);
      any = true;
    }
  if (!any)
    message.add(" none of the known classes");
}

born_status born::checkCpu(const born_model &model, const Cpu &cpu, Message &message) {
  for (uint32_t i = 0; i < model.program_count; ++i)
    for (uint32_t j = 0; j < model.programs[i].kernel_count; ++j) {
      const born_kernel &kernel = model.programs[i].kernels[j];
      if (chooseCpuVariant(kernel, cpu))
        continue;
      uint32_t needed = 0;
      for (uint32_t k = 0; k < kernel.cpu_variant_count; ++k)
        needed |= bit(kernel.cpu_variants[k].device_class);
      message.set(BORN_ERROR_DEVICE, "this CPU (%s) is", cpu.name);
      addClasses(message, cpu.classes);
      message.add("; the model has code for");
      addClasses(message, needed);
      return BORN_ERROR_DEVICE;
    }
  return BORN_OK;
}
