//===- support.h - messages, arrays and hashes without libstdc++ ----------===//
//
// The runtime is linked into every artifact and must not need libstdc++ there,
// so this is all the library that it has.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_SUPPORT_H
#define BORN_RUNTIME_SUPPORT_H

#include "runtime/born.h"

#include <stdlib.h>
#include <string.h>

namespace born {

/// The text that goes with a status. `return message.set(status, ...)` is how
/// every function of the runtime fails.
struct Message {
  char text[1024];

  born_status set(born_status status, const char *format, ...)
      __attribute__((format(printf, 3, 4)));
  /// Appends to the text.
  void add(const char *format, ...) __attribute__((format(printf, 2, 3)));
  void clear() { text[0] = 0; }
};

/// snprintf that always terminates and never reports.
void format(char *target, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// A heap array of plain data, zero-initialised, freed at the end of its scope.
/// It may live in zero-initialised memory without having been constructed.
template <typename T>
struct Array {
  T *data = nullptr;
  size_t count = 0;

  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { reset(); }

  /// False when there is no memory. Zero elements always succeed.
  bool allocate(size_t n) {
    reset();
    if (n == 0)
      return true;
    data = static_cast<T *>(calloc(n, sizeof(T)));
    count = data ? n : 0;
    return data != nullptr;
  }
  void reset() {
    free(data);
    data = nullptr;
    count = 0;
  }
  T &operator[](size_t i) { return data[i]; }
  const T &operator[](size_t i) const { return data[i]; }
  T *begin() { return data; }
  T *end() { return data + count; }
  const T *begin() const { return data; }
  const T *end() const { return data + count; }
};

template <typename T>
T min(T a, T b) {
  return a < b ? a : b;
}
template <typename T>
T max(T a, T b) {
  return a < b ? b : a;
}

/// True where [offset, offset + size) lies inside [0, limit).
inline bool inside(uint64_t offset, uint64_t size, uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

/// Calls work(data) on up to `threads` threads, this one included, and returns
/// when all calls have. Fewer threads are not an error.
void callInParallel(unsigned threads, void (*work)(void *), void *data);

/// Whether `part` occurs in `text`, ASCII letters compared without case.
bool containsIgnoringCase(const char *text, const char *part);

/// What Vulkan calls one born_feature.
const char *featureName(uint32_t feature);

/// The next number of a deterministic random sequence (splitmix64).
inline uint64_t nextRandom(uint64_t &state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// XXH3-64 with seed 0, by which the compiler names the weight section.
uint64_t hashBytes(const void *data, size_t size);

/// The same over data that comes in pieces.
struct Hasher {
  uint64_t lanes[8];
  uint8_t buffer[256];
  uint8_t lastStripe[64];
  size_t buffered;
  size_t stripesInBlock;
  uint64_t total;

  void begin();
  void update(const void *data, size_t size);
  uint64_t finish();
};

} // namespace born

#endif // BORN_RUNTIME_SUPPORT_H
