//===- verify.cpp - --verify: an ONNX test data set ------------------------===//

#include "runtime/main/main.h"

#include <math.h>
#include <stdio.h>

using namespace born;

namespace {

struct Difference {
  double absolute = 0, relative = 0;
  uint64_t ulps = 0;
  uint64_t count = 0, wrong = 0;
  uint64_t firstWrong = 0;
};

const uint8_t *bytesOf(const ElementType &type, const void *data, uint64_t index) {
  return static_cast<const uint8_t *>(data) + index * (type.bits / 8);
}

/// The position of a float among all floats of its type, so that neighbours
/// differ by one.
int64_t order(const ElementType &type, const void *data, uint64_t index) {
  int64_t bits = 0;
  memcpy(&bits, bytesOf(type, data, index), type.bits / 8);
  int64_t sign = int64_t{1} << (type.bits - 1 < 63 ? type.bits - 1 : 62);
  if (type.bits == 64)
    return bits < 0 ? INT64_MIN - bits : bits;
  return bits & sign ? -(bits & (sign - 1)) : bits;
}

uint64_t distance(int64_t a, int64_t b) {
  return a > b ? static_cast<uint64_t>(a) - static_cast<uint64_t>(b)
               : static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
}

} // namespace

static void compareNumbers(const ElementType &type, const void *found, const void *expected,
                           const Arguments &arguments, bool exact, Difference &result) {
  for (uint64_t i = 0; i < result.count; ++i) {
    double a = elementAsDouble(type, found, i), b = elementAsDouble(type, expected, i);
    if (isnan(a) && isnan(b))
      continue;
    double difference = a == b ? 0 : fabs(a - b); // equal infinities have no difference
    bool good = difference <= arguments.atol + arguments.rtol * fabs(b);
    if (isnan(difference) || (isinf(b) && a != b))
      good = false;
    if (exact) // 64-bit integers do not all fit a double
      good = !memcmp(bytesOf(type, found, i), bytesOf(type, expected, i), type.bits / 8);
    if (!good && result.wrong++ == 0)
      result.firstWrong = i;
    result.absolute = isnan(difference) ? HUGE_VAL : fmax(result.absolute, difference);
    if (difference != 0)
      result.relative = fmax(result.relative, b == 0 ? HUGE_VAL : difference / fabs(b));
    if (type.kind == ElementType::Float)
      result.ulps = max(result.ulps, distance(order(type, found, i), order(type, expected, i)));
  }
}

static bool compareOutput(const born_tensor_desc &tensor, const void *found, const void *expected,
                          const Arguments &arguments) {
  const ElementType *type = &elementType(tensor.type);
  Difference result;
  result.count = elementCount(tensor);
  if (type->kind == ElementType::Complex) {
    type = &elementType(tensor.type == 14 ? 1 : 11);
    result.count *= 2;
  }
  if (type->kind == ElementType::Opaque) {
    result.wrong = memcmp(found, expected, tensor.size) != 0;
    printf("%s: %s (compared as bytes)\n", tensor.name, result.wrong ? "FAILED" : "ok");
    return result.wrong == 0;
  }
  bool exact = type->kind != ElementType::Float && !arguments.hasTolerance;
  compareNumbers(*type, found, expected, arguments, exact, result);
  printf("%s: %s, max abs error %.3g, max rel error %.3g, max ULP error %llu", tensor.name,
         result.wrong ? "FAILED" : "ok", result.absolute, result.relative,
         static_cast<unsigned long long>(result.ulps));
  if (result.wrong)
    printf(", %llu of %llu outside, first at %llu: %.9g, expected %.9g",
           static_cast<unsigned long long>(result.wrong),
           static_cast<unsigned long long>(result.count),
           static_cast<unsigned long long>(result.firstWrong),
           elementAsDouble(*type, found, result.firstWrong),
           elementAsDouble(*type, expected, result.firstWrong));
  printf("\n");
  return result.wrong == 0;
}

bool born::findDataSetInput(const born_program &program, const char *folder, uint32_t number,
                            DataSetInput &input, Message &message) {
  char name[1024];
  format(input.path, sizeof input.path, "%.3000s/input_%u.pb", folder, number);
  if (!readTensorProtoName(input.path, name, sizeof name, message))
    return false;
  input.target = number;
  for (uint32_t i = 0; i < program.input_count; ++i)
    if (!strcmp(name, program.inputs[i].name))
      input.target = i;
  return true;
}

static bool loadDataSet(Session &session, const char *folder, Message &message) {
  const born_program &program = *session.program;
  for (uint32_t i = 0; i < program.input_count; ++i) {
    DataSetInput input;
    if (!findDataSetInput(program, folder, i, input, message))
      return false;
    uint32_t target = input.target;
    if (session.inputs[target].data) {
      message.set(BORN_ERROR_ARGUMENT, "input '%s' is given twice in '%.900s'",
                  program.inputs[target].name, folder);
      return false;
    }
    if (!readTensorProto(input.path, program.inputs[target], session.inputs[target], message))
      return false;
  }
  return true;
}

bool born::verify(Session &session, const Arguments &arguments, Message &message) {
  const char *folder = arguments.verifyFolder;
  if (strlen(folder) > 3000) {
    message.set(BORN_ERROR_ARGUMENT, "--verify: the path is too long");
    return false;
  }
  if (!loadDataSet(session, folder, message))
    return false;
  session.placeInputs(arguments);
  if (!session.run(message))
    return false;
  const born_program &program = *session.program;
  uint32_t failed = 0;
  for (uint32_t i = 0; i < program.output_count; ++i) {
    char path[4096];
    format(path, sizeof path, "%s/output_%u.pb", folder, i);
    TensorData expected;
    if (!readTensorProto(path, program.outputs[i], expected, message))
      return false;
    failed += !compareOutput(program.outputs[i], session.output(i), expected.data, arguments);
  }
  if (arguments.outputFolder && !writeOutputs(session, arguments.outputFolder, message))
    return false;
  if (failed)
    message.set(BORN_ERROR_ARGUMENT, "%u of %u outputs differ from '%.800s' (atol %g, rtol %g)",
                failed, program.output_count, folder, arguments.atol, arguments.rtol);
  return failed == 0;
}
