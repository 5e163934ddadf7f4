//===- session.cpp - inputs in, outputs out --------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

using namespace born;

/// One element from 64 random bits. The floats are multiples of a power of two
/// that every type of the family holds exactly.
static void storeRandom(const ElementType &type, uint64_t random, uint8_t *target) {
  uint64_t bit = random >> 63;
  switch (type.onnx) {
  case 1: {
    float value = static_cast<float>(static_cast<int32_t>(random >> 40) - (1 << 23)) * 0x1p-23f;
    memcpy(target, &value, sizeof value);
    return;
  }
  case 11: {
    double value =
        static_cast<double>(static_cast<int64_t>(random >> 11) - (int64_t{1} << 52)) * 0x1p-52;
    memcpy(target, &value, sizeof value);
    return;
  }
  case 16: { // 8 bits of precision, so the upper half of a float is all of it
    float value = static_cast<float>(static_cast<int32_t>(random >> 56) - 128) * 0x1p-7f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t upper = static_cast<uint16_t>(bits >> 16);
    memcpy(target, &upper, sizeof upper);
    return;
  }
  case 10: { // 11 bits of precision: put sign, exponent and fraction together
    int32_t steps = static_cast<int32_t>(random >> 53) - 1024;
    uint16_t sign = static_cast<uint16_t>(steps < 0 ? 0x8000 : 0);
    int32_t magnitude = steps < 0 ? -steps : steps;
    uint16_t bits = 0;
    if (magnitude) {
      int exponent = 31 - __builtin_clz(static_cast<unsigned>(magnitude)); // value 2^(exponent-10)
      bits = static_cast<uint16_t>((exponent + 5) << 10 | ((magnitude << (10 - exponent)) & 1023));
    }
    bits = static_cast<uint16_t>(bits | sign);
    memcpy(target, &bits, sizeof bits);
    return;
  }
  default:
    break;
  }
  if (type.kind == ElementType::Signed || type.kind == ElementType::Unsigned ||
      type.kind == ElementType::Bool)
    memcpy(target, &bit, type.bits / 8); // little-endian
}

void born::fillRandom(const born_tensor_desc &tensor, uint64_t seed, uint8_t *data) {
  uint64_t state = seed;
  if (tensor.type == 14 || tensor.type == 15) { // pairs of floats
    const ElementType &part = elementType(tensor.type == 14 ? 1 : 11);
    for (uint64_t i = 0; i < tensor.size; i += part.bits / 8)
      storeRandom(part, nextRandom(state), data + i);
    return;
  }
  const ElementType &type = elementType(tensor.type);
  if (type.kind == ElementType::Opaque) {
    memset(data, 0, tensor.size);
    return;
  }
  for (uint64_t i = 0; i + type.bits / 8 <= tensor.size; i += type.bits / 8)
    storeRandom(type, nextRandom(state), data + i);
}

int born::findInput(const born_program &program, const char *argument, const char *&path) {
  const char *split = strrchr(argument, '=');
  size_t length = static_cast<size_t>(split - argument);
  path = split + 1;
  for (uint32_t i = 0; i < program.input_count; ++i) {
    const char *name = program.inputs[i].name;
    if (strlen(name) == length && !memcmp(name, argument, length))
      return static_cast<int>(i);
  }
  return -1;
}

static bool unknownInput(const Session &session, const char *argument, Message &message) {
  message.set(BORN_ERROR_ARGUMENT, "the model has no input '%.*s'; its inputs are:",
              static_cast<int>(min<ptrdiff_t>(strrchr(argument, '=') - argument, 200)), argument);
  for (uint32_t i = 0; i < session.program->input_count; ++i) {
    char text[200];
    const born_tensor_desc &tensor = session.program->inputs[i];
    describeTensor(tensor.type, tensor.shape, tensor.rank, text, sizeof text);
    message.add("%s '%s' %s", i ? "," : "", tensor.name, text);
  }
  return false;
}

static bool checkMissing(const Session &session, Message &message) {
  bool any = false;
  for (uint32_t i = 0; i < session.program->input_count; ++i) {
    const born_tensor_desc &tensor = session.program->inputs[i];
    if (session.inputs[i].data)
      continue;
    char text[200];
    describeTensor(tensor.type, tensor.shape, tensor.rank, text, sizeof text);
    if (!any)
      message.set(BORN_ERROR_ARGUMENT, "missing input:");
    message.add("%s '%s' %s", any ? "," : "", tensor.name, text);
    any = true;
  }
  if (any)
    message.add(" (give --input NAME=FILE.npy or --random SEED)");
  return !any;
}

bool born::loadInputs(Session &session, const Arguments &arguments, Message &message) {
  const born_program &program = *session.program;
  for (uint32_t i = 0; i < arguments.inputCount; ++i) {
    const char *path = nullptr;
    int index = findInput(program, arguments.inputs[i], path);
    if (index < 0)
      return unknownInput(session, arguments.inputs[i], message);
    const born_tensor_desc &tensor = program.inputs[index];
    TensorData &data = session.inputs[index];
    if (data.data) {
      message.set(BORN_ERROR_ARGUMENT, "input '%s' is given twice", tensor.name);
      return false;
    }
    if (!readNpy(path, tensor, data, message))
      return false;
  }
  return arguments.hasRandom || arguments.benchRuns || checkMissing(session, message);
}

void TensorData::release() {
  osUnmapFile(file);
  owned.reset();
  data = nullptr;
}

void Session::placeInputs(const Arguments &arguments) {
  for (uint32_t i = 0; i < program->input_count; ++i) {
    const born_tensor_desc &tensor = program->inputs[i];
    auto *target = static_cast<uint8_t *>(born_input_memory(context, programIndex, i));
    if (inputs[i].data) {
      memcpy(target, inputs[i].data, tensor.size);
      inputs[i].release();
      continue;
    }
    // Each input has a sequence of its own.
    uint64_t state = arguments.randomSeed + (uint64_t{i} << 32);
    fillRandom(tensor, nextRandom(state), target);
  }
}

bool born::writeOutputs(Session &session, const char *folder, Message &message) {
  const born_program &program = *session.program;
  char path[4096];
  if (strlen(folder) > sizeof path - 64 || !osMakeFolder(folder)) {
    message.set(BORN_ERROR_ARGUMENT, "cannot make the folder '%.900s': %s", folder,
                strerror(errno));
    return false;
  }
  TextBuffer json;
  json.print("{\"outputs\": [");
  for (uint32_t i = 0; i < program.output_count; ++i) {
    const born_tensor_desc &tensor = program.outputs[i];
    format(path, sizeof path, "%s/output_%u.npy", folder, i);
    if (!writeNpy(path, tensor, session.output(i), message))
      return false;
    json.print("%s\n  {\"name\": ", i ? "," : "");
    json.quote(tensor.name);
    json.print(", \"type\": \"%s\", \"shape\": [", elementType(tensor.type).name);
    for (uint32_t j = 0; j < tensor.rank; ++j)
      json.print(j ? ", %lld" : "%lld", static_cast<long long>(tensor.shape[j]));
    json.print("], \"file\": \"output_%u.npy\"}", i);
  }
  json.print("\n]}\n");
  format(path, sizeof path, "%s/outputs.json", folder);
  if (!json.good || !osWriteFile(path, json.data, json.size)) {
    message.set(BORN_ERROR_ARGUMENT, "cannot write '%.900s': %s", path, strerror(errno));
    return false;
  }
  return true;
}

void born::printOutputs(const Session &session) {
  for (uint32_t i = 0; i < session.program->output_count; ++i) {
    const born_tensor_desc &tensor = session.program->outputs[i];
    const ElementType &type = elementType(tensor.type);
    char text[256];
    describeTensor(tensor.type, tensor.shape, tensor.rank, text, sizeof text);
    printf("%s %s", tensor.name, text);
    uint64_t count = elementCount(tensor);
    if (type.kind != ElementType::Opaque && type.kind != ElementType::Complex && count > 0) {
      printf(":");
      for (uint64_t j = 0; j < min<uint64_t>(count, 8); ++j)
        printf(" %.7g", elementAsDouble(type, session.output(i), j));
      if (count > 8)
        printf(" ...");
    }
    printf("\n");
  }
}
