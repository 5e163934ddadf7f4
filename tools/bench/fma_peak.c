// What a core can do at most: prints the GFLOP/s in f32 of the fastest of several loops of fused
// multiply-adds that live in registers alone. Compiled with -O3 -march=native.
#include <stdio.h>
#include <time.h>

enum { STEPS = 200000, REPEATS = 40 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static volatile float sink;

// A loop with COUNT independent chains of vectors of BYTES: too few wait for the latency, too many
// do not fit the registers, and the widest vectors are not the fastest everywhere.
#define LOOP(BYTES, COUNT)                                                                         \
  static double loop_##BYTES##_##COUNT(void) {                                                     \
    typedef float vector __attribute__((vector_size(BYTES)));                                      \
    vector sums[COUNT], scale = {0}, shift = {0};                                                  \
    scale += 0.999f + sink;                                                                        \
    shift += 0.001f + sink;                                                                        \
    for (int i = 0; i < COUNT; ++i)                                                                \
      sums[i] = shift + (float)i;                                                                  \
    double start = seconds();                                                                      \
    for (int step = 0; step < STEPS; ++step)                                                       \
      for (int i = 0; i < COUNT; ++i)                                                              \
        sums[i] = sums[i] * scale + shift;                                                         \
    double time = seconds() - start;                                                               \
    for (int i = 1; i < COUNT; ++i)                                                                \
      sums[0] += sums[i];                                                                          \
    sink = 0 * sums[0][0];                                                                         \
    return 2e-9 * STEPS * COUNT * (BYTES / 4) / time;                                              \
  }

#define LOOPS(BYTES) LOOP(BYTES, 8) LOOP(BYTES, 10) LOOP(BYTES, 12) LOOP(BYTES, 16) LOOP(BYTES, 20)
#define NAMES(BYTES)                                                                               \
  loop_##BYTES##_8, loop_##BYTES##_10, loop_##BYTES##_12, loop_##BYTES##_16, loop_##BYTES##_20

#ifdef __AVX512F__
LOOPS(64)
#endif
#ifdef __AVX__
LOOPS(32)
#endif
LOOPS(16)

int main(void) {
  double (*const loops[])(void) = {
#ifdef __AVX512F__
      NAMES(64),
#endif
#ifdef __AVX__
      NAMES(32),
#endif
      NAMES(16),
  };
  double best = 0;
  for (int repeat = 0; repeat < REPEATS; ++repeat)
    for (unsigned i = 0; i < sizeof loops / sizeof *loops; ++i) {
      double speed = loops[i]();
      best = speed > best ? speed : best;
    }
  printf("%.1f\n", best);
  return 0;
}
