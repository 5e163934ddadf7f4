//===- cpu_class.h - which code this CPU can run ---------------------------===//
#ifndef BORN_RUNTIME_CPU_CLASS_H
#define BORN_RUNTIME_CPU_CLASS_H

#include "runtime/program.h"
#include "runtime/support.h"

namespace born {

/// What this CPU is. Classes are those of born_device_class.
struct Cpu {
  char name[64];
  uint32_t classes; ///< set of 1 << class
};

/// What CPUID and XGETBV say on x86-64, as far as it matters.
struct CpuidWords {
  uint32_t leaf1c;         ///< ECX of leaf 1
  uint32_t leaf7b, leaf7c; ///< EBX, ECX of leaf 7
  uint64_t xcr0;           ///< registers that the system saves; 0 where it saves none of them
};
/// The classes of a CPU whose system also saves the registers.
uint32_t classesOf(const CpuidWords &words);
/// The classes of an aarch64 CPU, of which Linux says `hwcap` (AT_HWCAP) and `hwcap2` (AT_HWCAP2).
uint32_t classesOfHwcap(uint64_t hwcap, uint64_t hwcap2);

/// This CPU, or less of it where BORN_CPU names a lower class.
born_status queryCpu(Cpu &cpu, Message &message);

/// "avx2"; as in kernel dialect and BORN_CPU.
const char *className(uint32_t deviceClass);

/// The best variant of a kernel for a CPU; null where there is none.
const born_cpu_variant *chooseCpuVariant(const born_kernel &kernel, const Cpu &cpu);

/// Whether a CPU can run all programs of a model.
born_status checkCpu(const born_model &model, const Cpu &cpu, Message &message);

} // namespace born

#endif // BORN_RUNTIME_CPU_CLASS_H
