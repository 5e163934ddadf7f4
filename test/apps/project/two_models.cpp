// Two models in two threads, each with a context of its own.
#include "edges.h"
#include "light.h"

#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

using Frame = std::vector<float>;

static void check(born_status status, const char *message) {
  if (status != BORN_OK)
    throw std::runtime_error(message);
}

static float sharpness(const Frame &frame, int runs) {
  char message[512];
  born_context *context;
  check(edges_create(nullptr, &context, message, sizeof message), message);
  float result = 0;
  born_input input = {frame.data(), frame.size() * sizeof(float)};
  born_output outputs[] = {{nullptr, 0}, {&result, sizeof result}}; // the picture is not needed
  for (int i = 0; i < runs; ++i)
    check(edges_run(context, 0, &input, outputs), edges_message(context));
  edges_destroy(context);
  return result;
}

static float brightness(const Frame &frame, int runs) {
  char message[512];
  born_context *context;
  check(light_create(nullptr, &context, message, sizeof message), message);
  float mean = 0, brightest = 0;
  born_input input = {frame.data(), frame.size() * sizeof(float)};
  born_output outputs[] = {{&mean, sizeof mean}, {&brightest, sizeof brightest}};
  for (int i = 0; i < runs; ++i)
    check(light_run(context, 0, &input, outputs), light_message(context));
  light_destroy(context);
  return mean * brightest;
}

int main() try {
  Frame frame(120 * 160);
  for (int y = 40; y < 60; ++y)
    for (int x = 70; x < 90; ++x)
      frame[y * 160 + x] = 1;
  float sharp = 0, bright = 0;
  std::thread other([&] { sharp = sharpness(frame, 50); });
  bright = brightness(frame, 50);
  other.join();
  std::printf("sharpness %.6f, brightness %.6f\n", sharp, bright);
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
