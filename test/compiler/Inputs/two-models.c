/* An application with two models, from the objects and headers of bornc -c. */
#include "one.h"
#include "two.h"

#include <stdio.h>

int main(void) {
  char message[512];
  float x[4] = {1, 2, 3, 4}, y[4], z[4];
  born_context *one, *two;
  if (one_create(NULL, &one, message, sizeof message) != BORN_OK ||
      two_create(NULL, &two, message, sizeof message) != BORN_OK) {
    puts(message);
    return 1;
  }
  born_input input = {x, sizeof x};
  born_output first = {y, sizeof y}, second = {z, sizeof z};
  if (one_run(one, 0, &input, &first) != BORN_OK || two_run(two, 0, &input, &second) != BORN_OK)
    return 1;
  printf("%g %g %g %g\n", y[0], y[1], z[2], z[3]);
  one_destroy(one);
  two_destroy(two);
  return 0;
}
