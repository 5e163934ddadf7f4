//===- affine_main.cpp - the test model as an executable -------------------===//

#include "runtime/export.h"
#include "test/runtime/test_model.h"

BORN_MAIN(&test::model())
