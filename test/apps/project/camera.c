/* A camera's loop: each frame is drawn where the model reads it, none is copied. */
#include "edges.h"

#include <stdio.h>
#include <string.h>

enum { HEIGHT = 120, WIDTH = 160, SIDE = 20, FRAMES = 30 };

/* Stands in for a camera: a bright square that moves. */
static void capture(float *frame, int number) {
  memset(frame, 0, sizeof(float) * HEIGHT * WIDTH);
  for (int y = 0; y < SIDE; ++y)
    for (int x = 0; x < SIDE; ++x)
      frame[(10 + number + y) * WIDTH + 5 + 4 * number + x] = 1;
}

int main(void) {
  char message[512];
  born_context *context;
  born_options options = {.size = sizeof options, .timeout_ns = 10u * 1000 * 1000 * 1000};
  if (edges_create(&options, &context, message, sizeof message) != BORN_OK) {
    fprintf(stderr, "%s\n", message);
    return 1;
  }
  uint32_t input, output;
  if (edges_find_input(context, 0, "frame", &input) != BORN_OK ||
      edges_find_output(context, 0, "sharpness", &output) != BORN_OK) {
    fprintf(stderr, "%s\n", edges_message(context));
    return 1;
  }
  float *frame = edges_input_memory(context, 0, input);
  const float *sharpness = edges_output_memory(context, 0, output);
  float least = 1, most = 0;
  for (int number = 0; number < FRAMES; ++number) {
    capture(frame, number);
    if (edges_run(context, 0, NULL, NULL) != BORN_OK) {
      fprintf(stderr, "frame %d: %s\n", number, edges_message(context));
      return 1;
    }
    least = *sharpness < least ? *sharpness : least;
    most = *sharpness > most ? *sharpness : most;
  }
  born_profile profile;
  edges_get_profile(context, &profile);
  printf("%u frames, %u submissions, sharpness %.6f to %.6f\n", FRAMES,
         (unsigned)profile.submissions, least, most);
  edges_destroy(context);
  return 0;
}
