/* two_models.c - a C program with two models, as the manual says (born.h). */

#include "runtime/born.h"

#include <stdio.h>

BORN_DECLARE_MODEL(first)
BORN_DECLARE_MODEL(second)

static float x[1000], y[2][1000];

int main(void) {
  born_context *one = NULL, *two = NULL;
  char message[512];
  if (first_create(NULL, &one, message, sizeof message) != BORN_OK ||
      second_create(NULL, &two, message, sizeof message) != BORN_OK) {
    fprintf(stderr, "%s\n", message);
    return 1;
  }
  for (int i = 0; i < 1000; ++i)
    x[i] = (float)i;
  born_input input = {x, sizeof x};
  born_output outputs[2] = {{y[0], sizeof y[0]}, {y[1], sizeof y[1]}};
  if (first_run(one, 0, &input, &outputs[0]) != BORN_OK ||
      second_run(two, 0, &input, &outputs[1]) != BORN_OK) {
    fprintf(stderr, "%s%s\n", first_message(one), second_message(two));
    return 1;
  }
  first_destroy(one);
  second_destroy(two);
  for (int i = 0; i < 1000; ++i)
    if (y[0][i] != 2.25f * x[i] || y[1][i] != y[0][i]) {
      fprintf(stderr, "y[%d] is %g and %g\n", i, y[0][i], y[1][i]);
      return 1;
    }
  puts("two models, one answer");
  return 0;
}
