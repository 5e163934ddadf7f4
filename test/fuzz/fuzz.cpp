//===- fuzz.cpp - damaged models never crash, hang or leak ----------------===//
//
//   fuzz --seconds N [--seed S] --findings FOLDER MODEL.onnx[@INPUT=AxBxC]...
//   fuzz --replay FILE[@INPUT=AxBxC]...
//
// Compiles mutants of models to SPIR-V, each in a child process of its own. A
// mutant has to compile, or to be refused with an error message. Anything else is a
// finding: its file is kept, and the exit code is 1.
//
//===----------------------------------------------------------------------===//
#include "compiler/Diagnostics.h"
#include "compiler/Dialects.h"
#include "compiler/Driver.h"
#include "test/fuzz/Mutator.h"
#include "llvm/Support/Signals.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

using namespace bornc;
using namespace bornc::test;
using Clock = std::chrono::steady_clock;

namespace {

/// With sanitizers, on a busy machine; the models themselves take a second.
constexpr int secondsPerMutant = 60;
constexpr long mostMemory = 4l << 20; // in KiB

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file and the shape of one of its inputs.
struct Model {
  std::string path, input;
  llvm::SmallVector<int64_t> shape;

  explicit Model(llvm::StringRef text) {
    auto [file, pin] = text.split('@');
    auto [name, dims] = pin.rsplit('=');
    path = file.str();
    input = name.str();
    llvm::SmallVector<llvm::StringRef> parts;
    dims.split(parts, 'x', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef part : parts)
      if (part.getAsInteger(10, shape.emplace_back()))
        shape.back() = 1;
  }
};

/// The child: compiles and leaves with 0 or 1, or 2 where it leaks.
[[noreturn]] void compileAndLeave(const Model &model, const std::string &log) {
  int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(file, 1);
  dup2(file, 2);
  int code = 0;
  {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    ConsoleDiagnostics diagnostics(&context);
    CompileOptions options;
    options.input = model.path;
    if (!model.input.empty())
      options.import.shapes[model.input] = model.shape;
    options.output = "/dev/null";
    options.emit = Emit::Spirv;
    code = succeeded(compile(options, &context)) ? 0 : 1;
  }
#if defined(__SANITIZE_ADDRESS__)
  if (__lsan_do_recoverable_leak_check())
    code = 2;
#endif
  _exit(code);
}

/// Compiles a file; "" where all is well, else what is not.
std::string tryFile(const Model &model, const std::string &log) {
  pid_t child = fork();
  if (child == 0)
    compileAndLeave(model, log);
  Clock::time_point start = Clock::now();
  int status = 0;
  rusage usage;
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    if (Clock::now() - start > std::chrono::seconds(secondsPerMutant)) {
      kill(child, SIGKILL);
      wait4(child, &status, 0, &usage);
      return "takes more than " + std::to_string(secondsPerMutant) + " s";
    }
    usleep(500);
  }
  if (WIFSIGNALED(status))
    return std::string("signal ") + strsignal(WTERMSIG(status));
  if (usage.ru_maxrss > mostMemory)
    return "takes " + std::to_string(usage.ru_maxrss >> 10) + " MiB";
  std::string text = readFile(log);
  int code = WEXITSTATUS(status);
  if (text.find("Sanitizer") != std::string::npos ||
      text.find("runtime error: ") != std::string::npos)
    return "a sanitizer's report";
  if (code > 1)
    return code == 2 ? "leaks" : "exit code " + std::to_string(code);
  if (code == 1 && text.find("error: ") == std::string::npos)
    return "fails without an error message";
  return "";
}

struct Arguments {
  int seconds = 60;
  uint64_t seed = 1;
  std::string findings = ".";
  bool isReplay = false;
  std::vector<std::string> files;
};

Arguments parse(int argc, char **argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (flag == "--replay")
      arguments.isReplay = true;
    else if (flag == "--seconds")
      arguments.seconds = atoi(argv[++i]);
    else if (flag == "--seed")
      arguments.seed = strtoull(argv[++i], nullptr, 10);
    else if (flag == "--findings")
      arguments.findings = argv[++i];
    else
      arguments.files.push_back(flag);
  }
  return arguments;
}

/// Compiles the given files as they are; the number of those that are not well.
int replay(const Arguments &arguments, const std::string &log) {
  int bad = 0;
  for (const std::string &file : arguments.files) {
    std::string what = tryFile(Model(file), log);
    std::printf("%s: %s\n%s\n", file.c_str(), what.empty() ? "ok" : what.c_str(),
                readFile(log).substr(0, 6000).c_str());
    bad += !what.empty();
  }
  return bad;
}

int fuzz(const Arguments &arguments, const std::string &log) {
  std::vector<Model> mutants;
  std::vector<std::string> models;
  std::vector<std::vector<Field>> fields;
  for (const std::string &file : arguments.files) {
    mutants.emplace_back(file);
    models.push_back(readFile(mutants.back().path));
    mutants.back().path = log + ".onnx";
    fields.push_back(findFields(models.back()));
    std::printf("%s: %zu bytes, %zu fields\n", file.c_str(), models.back().size(),
                fields.back().size());
    if (models.back().empty() || fields.back().size() < 10)
      return 1;
  }
  std::filesystem::create_directories(arguments.findings);
  int findings = 0, number = 0, compiled = 0;
  std::string path = log + ".onnx";
  for (Clock::time_point start = Clock::now();
       Clock::now() - start < std::chrono::seconds(arguments.seconds); ++number) {
    std::mt19937_64 rng(arguments.seed * 1000003 + number);
    size_t model = rng() % models.size();
    std::ofstream(path, std::ios::binary) << mutate(models[model], fields[model], rng);
    std::string what = tryFile(mutants[model], log);
    compiled += what.empty() && readFile(log).find("error: ") == std::string::npos;
    if (what.empty())
      continue;
    std::string kept = arguments.findings + "/" + std::to_string(arguments.seed) + "-" +
                       std::to_string(number) + ".onnx";
    std::filesystem::copy_file(path, kept, std::filesystem::copy_options::overwrite_existing);
    std::printf("%s (of model %zu): %s\n%s\n", kept.c_str(), model, what.c_str(),
                readFile(log).substr(0, 3000).c_str());
    std::fflush(stdout);
    ++findings;
  }
  std::filesystem::remove(path);
  std::printf("%d mutants, %d of them compiled, %d findings\n", number, compiled, findings);
  if (compiled == 0)
    std::printf("no mutant compiled: most of the compiler has seen none\n");
  return compiled == 0 ? 1 : findings;
}

} // namespace

int main(int argc, char **argv) {
  Arguments arguments = parse(argc, argv);
  std::string log =
      std::filesystem::temp_directory_path() / ("born-fuzz-" + std::to_string(getpid()));
  int bad = arguments.isReplay ? replay(arguments, log) : fuzz(arguments, log);
  std::filesystem::remove(log);
  return bad || arguments.files.empty() ? 1 : 0;
}
