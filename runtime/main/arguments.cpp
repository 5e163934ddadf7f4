//===- arguments.cpp - the command line ------------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>
#include <stdio.h>

using namespace born;

namespace {

struct Parser {
  int argc;
  char **argv;
  int next;
  Arguments &arguments;
  Message &message;

  bool parse();
  bool option(const char *text);
  bool flag(const char *text);
  bool valueOption(const char *text);
  bool fail(const char *what, const char *text) {
    message.set(BORN_ERROR_ARGUMENT, "%s '%.700s' (--help shows the options)", what, text);
    return false;
  }
};

bool parseUnsigned(const char *text, uint64_t &value) {
  if (*text < '0' || *text > '9')
    return false;
  char *end = nullptr;
  errno = 0;
  value = strtoull(text, &end, 10);
  return errno == 0 && *end == 0;
}

bool parseTolerance(const char *text, double &value) {
  char *end = nullptr;
  value = strtod(text, &end);
  return end != text && *end == 0 && value >= 0;
}

} // namespace

bool Parser::flag(const char *text) {
  const struct {
    const char *name;
    bool *target;
  } flags[] = {
      {"--json", &arguments.json},
      {"--info", &arguments.info},
      {"--list-devices", &arguments.listDevices},
      {"-v", &arguments.verbose},
      {"--verbose", &arguments.verbose},
      {"-h", &arguments.help},
      {"--help", &arguments.help},
  };
  for (const auto &row : flags)
    if (!strcmp(text, row.name)) {
      *row.target = true;
      return true;
    }
  return false;
}

/// Options with a value, as `--option value` or `--option=value`.
bool Parser::valueOption(const char *text) {
  static const char *const names[] = {"--input",   "--output-dir", "--random", "--verify",
                                      "--rtol",    "--atol",       "--device", "--weights",
                                      "--program", "--threads",    "--profile"};
  int found = -1;
  const char *value = nullptr;
  for (int i = 0; i < 11 && found < 0; ++i) {
    size_t length = strlen(names[i]);
    if (strncmp(text, names[i], length) != 0 || (text[length] && text[length] != '='))
      continue;
    found = i;
    value = text[length] ? text + length + 1 : next < argc ? argv[next++] : nullptr;
  }
  if (found < 0)
    return fail("unknown option", text);
  if (!value || !*value)
    return fail("a value is missing after", text);
  switch (found) {
  case 0:
    if (!strchr(value, '='))
      return fail("expected --input NAME=FILE.npy, found", value);
    arguments.inputs[arguments.inputCount++] = value;
    return true;
  case 1:
    arguments.outputFolder = value;
    return true;
  case 2:
    arguments.hasRandom = true;
    return parseUnsigned(value, arguments.randomSeed) ||
           fail("--random: expected a whole number, found", value);
  case 3:
    arguments.verifyFolder = value;
    return true;
  case 4:
  case 5:
    arguments.hasTolerance = true;
    return parseTolerance(value, found == 4 ? arguments.rtol : arguments.atol) ||
           fail("--rtol/--atol: expected a number that is not negative, found", value);
  case 6:
    arguments.device = value;
    return true;
  case 7:
    arguments.weightsPath = value;
    return true;
  case 8:
    arguments.program = value;
    return true;
  case 9: {
    uint64_t count = 0;
    if (!parseUnsigned(value, count) || count == 0 || count > 1024)
      return fail("--threads: expected a number from 1 to 1024, found", value);
    arguments.threads = static_cast<uint32_t>(count);
    return true;
  }
  default:
    arguments.profile = value;
    return true;
  }
}

bool Parser::option(const char *text) {
  if (text[0] != '-')
    return fail("unexpected argument", text);
  if (flag(text))
    return true;
  if (!strcmp(text, "--bench")) {
    arguments.benchRuns = 50;
    return true;
  }
  uint64_t runs = 0;
  if (!strncmp(text, "--bench=", 8)) {
    if (!parseUnsigned(text + 8, runs) || runs == 0 || runs > 1000000)
      return fail("--bench: expected a number of runs from 1 to 1000000, found", text + 8);
    arguments.benchRuns = static_cast<uint32_t>(runs);
    return true;
  }
  if (!strncmp(text, "--warm-up=", 10)) {
    if (!parseUnsigned(text + 10, runs) || runs > 1000000)
      return fail("--warm-up: expected a number of runs from 0 to 1000000, found", text + 10);
    arguments.warmUpRuns = static_cast<uint32_t>(runs);
    return true;
  }
  return valueOption(text);
}

bool Parser::parse() {
  arguments.rtol = 1e-4;
  arguments.atol = 1e-5;
  arguments.warmUpRuns = 5;
  if (!arguments.inputs.allocate(static_cast<size_t>(argc) + 1))
    return fail("out of host memory for", "arguments");
  while (next < argc)
    if (!option(argv[next++]))
      return false;
  if (arguments.json && !arguments.benchRuns)
    return fail("only with --bench is there", "--json");
  if (arguments.verifyFolder && (arguments.inputCount || arguments.benchRuns))
    return fail("neither --input nor --bench go together with", "--verify");
  if (arguments.verifyFolder && arguments.profile)
    return fail("--profile does not go together with", "--verify");
  return true;
}

bool born::parseArguments(int argc, char **argv, Arguments &arguments, Message &message) {
  Parser parser = {argc, argv, 1, arguments, message};
  return parser.parse();
}

void born::printHelp(const born_model &model, const char *program) {
  printf("%s: the model '%s', compiled by %s\n\n", program, model.name, model.producer);
  if (model.program_count > 1) {
    printf("Programs, of which the inputs' shapes choose one:");
    for (uint32_t i = 0; i < model.program_count; ++i)
      printf(" %s", model.programs[i].name);
    printf("\n\n");
  }
  printf("Run it:\n"
         "  --input NAME=FILE.npy  an input; split at the last '='\n"
         "  --random SEED          inputs that are not given: floats uniform in [-1, 1),\n"
         "                         integers and bools uniform in {0, 1}\n"
         "  --output-dir DIR       write output_0.npy, output_1.npy, ... and outputs.json\n"
         "                         (types that numpy lacks as unsigned integers); without\n"
         "                         it a summary is printed\n"
         "  --program P            a program by name or number, whatever the shapes say\n"
         "\nCheck it:\n"
         "  --verify DIR           run the ONNX test data set of DIR (input_*.pb, output_*.pb)\n"
         "                         and compare: |a-b| <= atol + rtol*|b|, NaN equals NaN\n"
         "  --rtol R, --atol A     default 1e-4 and 1e-5; integers have to be equal unless one\n"
         "                         of them is given\n"
         "\nMeasure it:\n"
         "  --bench[=N]            N runs (50) that are timed; inputs that are not given are as\n"
         "                         with --random 0\n"
         "  --warm-up=N            runs before these, 5 without\n"
         "  --json                 the result as one JSON object\n"
         "  --profile FILE         what each thread, or the device, did in the last run, for\n"
         "                         chrome://tracing or ui.perfetto.dev\n"
         "\nDevices:\n"
         "  --device D             cpu, vulkan, an index, a part of a name, or discrete,\n"
         "                         integrated, virtual, software (also: BORN_DEVICE)\n"
         "  --threads N            on a CPU, how many of them (also: BORN_NUM_THREADS;\n"
         "                         default: as many as there are cores)\n"
         "  --list-devices         the devices and why each is taken or not\n"
         "  --info                 what the model needs\n"
         "  --weights FILE         the weights, where they are outside of this program\n"
         "\n"
         "  -v, --verbose          say what is going on, on standard error\n"
         "  -h, --help             this text\n");
}
