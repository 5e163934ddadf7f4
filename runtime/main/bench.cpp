//===- bench.cpp - --bench -------------------------------------------------===//

#include "runtime/main/main.h"

#include <stdio.h>

using namespace born;

static int compareTimes(const void *a, const void *b) {
  uint64_t x = *static_cast<const uint64_t *>(a), y = *static_cast<const uint64_t *>(b);
  return x < y ? -1 : x > y;
}

/// The nearest-rank percentile of sorted times.
static double percentile(const Array<uint64_t> &sorted, uint32_t percent) {
  size_t rank = (sorted.count * percent + 99) / 100;
  return static_cast<double>(sorted[rank ? rank - 1 : 0]);
}

bool born::benchmark(Session &session, const Arguments &arguments, Message &message) {
  uint32_t runs = arguments.benchRuns;
  Array<uint64_t> total, gpu, host;
  if (!total.allocate(runs) || !gpu.allocate(runs) || !host.allocate(runs)) {
    message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
    return false;
  }
  for (uint32_t i = 0; i < arguments.warmUpRuns; ++i)
    if (!session.run(message))
      return false;
  born_profile before, profile;
  born_get_profile(session.context, &before);
  for (uint32_t i = 0; i < runs; ++i) {
    if (!session.run(message))
      return false;
    born_get_profile(session.context, &profile);
    total[i] = profile.total_ns;
    gpu[i] = profile.gpu_ns;
    host[i] = profile.total_ns - min(profile.wait_ns, profile.total_ns);
  }
  Array<uint64_t> *const series[] = {&total, &gpu, &host};
  for (Array<uint64_t> *times : series)
    qsort(times->data, times->count, sizeof(uint64_t), compareTimes);
  double submissions = static_cast<double>(profile.submissions - before.submissions) / runs;
  const double ms = 1e-6;
  double values[] = {percentile(total, 50) * ms, static_cast<double>(total[0]) * ms,
                     percentile(total, 90) * ms, percentile(total, 99) * ms,
                     percentile(gpu, 50) * ms,   percentile(host, 50) * 1e-3};
  if (arguments.json)
    printf("{\"runs\": %u, \"median_ms\": %.4f, \"min_ms\": %.4f, \"p90_ms\": %.4f, "
           "\"p99_ms\": %.4f, \"gpu_ms\": %.4f, \"host_us\": %.2f, \"threads\": %u, "
           "\"submissions\": %g}\n",
           runs, values[0], values[1], values[2], values[3], values[4], values[5], profile.threads,
           submissions);
  else
    printf("%u runs: median %.3f ms, min %.3f ms, p90 %.3f ms, p99 %.3f ms\n", runs, values[0],
           values[1], values[2], values[3]);
  if (!arguments.json && profile.threads)
    printf("%u threads, host %.1f us (median)\n", profile.threads, values[5]);
  else if (!arguments.json)
    printf("GPU %.3f ms (median), host %.1f us (median), %g submissions per run\n", values[4],
           values[5], submissions);
  return true;
}
