//===- programs.cpp - which program of a model to run ----------------------===//

#include "runtime/main/main.h"

#include <stdio.h>

using namespace born;

/// Whether an input has no such name or no readable file, in any program.
static bool hasBadInput(const born_program &program, const Arguments &arguments) {
  for (uint32_t i = 0; i < arguments.inputCount; ++i) {
    const char *path = nullptr;
    FileView file;
    if (findInput(program, arguments.inputs[i], path) < 0 || !osMapFile(path, false, file))
      return true;
    osUnmapFile(file);
  }
  return false;
}

/// Whether every input that is given has the program's shape.
static bool fits(const born_program &program, const Arguments &arguments) {
  for (uint32_t i = 0; i < arguments.inputCount; ++i) {
    const char *path = nullptr;
    int index = findInput(program, arguments.inputs[i], path);
    if (index < 0 || !npyFits(path, program.inputs[index]))
      return false;
  }
  for (uint32_t i = 0; arguments.verifyFolder && i < program.input_count; ++i) {
    DataSetInput input;
    Message ignored;
    if (!findDataSetInput(program, arguments.verifyFolder, i, input, ignored) ||
        !tensorProtoFits(input.path, program.inputs[input.target]))
      return false;
  }
  return true;
}

/// By name, or by number where no program has that name.
static bool byName(const born_model &model, const char *text, uint32_t &program, Message &message) {
  for (program = 0; program < model.program_count; ++program)
    if (!strcmp(text, model.programs[program].name))
      return true;
  char *end = nullptr;
  unsigned long number = strtoul(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == 0 && number < model.program_count) {
    program = static_cast<uint32_t>(number);
    return true;
  }
  message.set(BORN_ERROR_ARGUMENT, "there is no program '%.200s'; there are:", text);
  for (uint32_t i = 0; i < model.program_count; ++i)
    message.add("%s '%s'", i ? "," : "", model.programs[i].name);
  return false;
}

bool born::chooseProgram(const born_model &model, const Arguments &arguments, uint32_t &program,
                         Message &message) {
  program = 0;
  if (arguments.program)
    return byName(model, arguments.program, program, message);
  bool hasInputs = arguments.inputCount || arguments.verifyFolder;
  if (model.program_count == 1 || !hasInputs || hasBadInput(model.programs[0], arguments))
    return true; // reading the inputs says what is wrong with them
  for (uint32_t i = 0; i < model.program_count; ++i)
    if (fits(model.programs[i], arguments)) {
      program = i;
      return true;
    }
  message.set(BORN_ERROR_ARGUMENT, "no program fits the inputs; there are:");
  for (uint32_t i = 0; i < model.program_count; ++i)
    for (uint32_t j = 0; j < model.programs[i].input_count; ++j) {
      const born_tensor_desc &tensor = model.programs[i].inputs[j];
      char text[200];
      describeTensor(tensor.type, tensor.shape, tensor.rank, text, sizeof text);
      message.add("%s '%s' %s", j ? "," : i ? ";" : "", tensor.name, text);
    }
  message.add(" (--program chooses one, and says what does not fit)");
  return false;
}
