//===- affine_main.cpp - the test model as an executable -------------------===//

#include "runtime/export.h"
#include "test/runtime/test_model.h"

#ifdef BORN_TEST_CPU_ONLY
static const born_model *model() {
  static test::Tables tables;
  tables.addCpuCode();
  return &tables.model;
}
BORN_MAIN(model())
#else
BORN_MAIN(&test::model())
#endif
