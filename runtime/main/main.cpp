//===- main.cpp - born_main ------------------------------------------------===//

#include "runtime/main/main.h"

#include <stdio.h>

using namespace born;

static void logLine(void *, const char *line) { fprintf(stderr, "born: %s\n", line); }

born_options born::contextOptions(const Arguments &arguments) {
  born_options options = {};
  options.size = sizeof options;
  options.device = arguments.device;
  options.weights_path = arguments.weightsPath;
  options.flags = BORN_FLAG_DISK_CACHE;
  if (arguments.benchRuns)
    options.flags |= BORN_FLAG_PROFILE;
  if (arguments.profile)
    options.flags |= BORN_FLAG_TRACE;
  options.threads = static_cast<int32_t>(arguments.threads);
  if (arguments.verbose)
    options.log = logLine;
  return options;
}

bool Session::allocate(const born_model &tables, uint32_t index, Message &message) {
  model = &tables;
  programIndex = index;
  program = &tables.programs[index];
  if (inputs.allocate(program->input_count))
    return true;
  message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  return false;
}

void Session::release() {
  born_destroy(context);
  for (TensorData &data : inputs)
    data.release();
}

bool Session::run(Message &message) {
  if (born_status status = born_run(context, programIndex, nullptr, nullptr)) {
    message.set(status, "%s", born_message(context));
    return false;
  }
  return true;
}

/// Where the weights are has to fit the model.
static bool checkWeights(const born_model &model, const Arguments &arguments, Message &message) {
  bool isOutside = model.weights_source != BORN_WEIGHTS_EMBEDDED;
  if (!isOutside && arguments.weightsPath)
    message.set(BORN_ERROR_ARGUMENT, "the model has its weights inside: leave out --weights");
  else if (model.weights_source == BORN_WEIGHTS_CALLER && model.weights_size &&
           !arguments.weightsPath)
    message.set(BORN_ERROR_WEIGHTS, "the model was compiled without weights: give --weights FILE");
  else
    return true;
  return false;
}

/// All that needs a context.
static bool runModel(Session &session, const Arguments &arguments, Message &message) {
  if (!checkWeights(*session.model, arguments, message))
    return false;
  if (!arguments.verifyFolder && !loadInputs(session, arguments, message))
    return false;
  born_options options = contextOptions(arguments);
  char text[1024];
  if (born_status status =
          born_create(session.model, &options, &session.context, text, sizeof text)) {
    message.set(status, "%s", text);
    return false;
  }
  if (arguments.verifyFolder)
    return verify(session, arguments, message);
  session.placeInputs(arguments);
  if (arguments.benchRuns && !benchmark(session, arguments, message))
    return false;
  if (!arguments.benchRuns && !session.run(message))
    return false;
  if (arguments.profile && !writeProfile(session, arguments.profile, message))
    return false;
  if (arguments.outputFolder)
    return writeOutputs(session, arguments.outputFolder, message);
  if (!arguments.benchRuns)
    printOutputs(session);
  return true;
}

static bool runAll(const born_model &model, const char *program, Arguments &arguments,
                   Message &message) {
  if (arguments.help) {
    printHelp(model, program);
    return true;
  }
  if (arguments.listDevices)
    return listDevices(model, arguments, message);
  if (arguments.info) {
    printInfo(model, arguments);
    return true;
  }
  if (model.table_version != BORN_TABLE_VERSION || model.program_count == 0) {
    message.set(BORN_ERROR_TABLES, "the model's tables do not fit this runtime");
    return false;
  }
  uint32_t index = 0;
  if (!chooseProgram(model, arguments, index, message))
    return false;
  Session session = {};
  bool good = session.allocate(model, index, message) && runModel(session, arguments, message);
  session.release();
  return good;
}

extern "C" int born_main(const born_model *model, int argc, char **argv) {
  const char *program = argc > 0 ? argv[0] : model->name;
  if (const char *slash = strrchr(program, '/'))
    program = slash + 1;
  Message message;
  message.clear();
  Arguments arguments = {};
  bool good =
      parseArguments(argc, argv, arguments, message) && runAll(*model, program, arguments, message);
  if (fflush(stdout) != 0 && good) {
    message.set(BORN_ERROR_ARGUMENT, "cannot write to standard output");
    good = false;
  }
  if (!good && message.text[0])
    fprintf(stderr, "%s: error: %s\n", program, message.text);
  return good ? 0 : 1;
}
