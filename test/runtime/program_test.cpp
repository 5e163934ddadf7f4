//===- program_test.cpp - a compiled model's executable, from outside ------===//
//
// Runs the test model's program under our layers and under validation.
//
//===----------------------------------------------------------------------===//

#include "test/runtime/runtime_test.h"

#include <cstring>
#include <sstream>
#include <sys/wait.h>

using namespace test;

namespace {

struct Result {
  int code;
  std::string out, error;
};

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Runs the program in a shell, with variables before it.
Result run(const std::string &arguments, const std::string &variables = "",
           const std::string &program = AFFINE) {
  Folder folder;
  std::string command = variables + " '" + program + "' " + arguments + " >'" + folder / "out" +
                        "' 2>'" + folder / "error" + "' </dev/null";
  int status = system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, readFile(folder / "out"),
          readFile(folder / "error")};
}

const std::string layerPath =
    "VK_LAYER_PATH='" LAYERS "':/usr/share/vulkan/explicit_layer.d VK_INSTANCE_LAYERS=";
const std::string validation =
    "VK_LAYER_ENABLES=VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT " + layerPath +
    "VK_LAYER_KHRONOS_validation";

std::string npy(const std::vector<float> &values, const char *shape = "(10, 100)") {
  std::string dict =
      std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + ", }\n";
  std::string header = "\x93NUMPY\x01";
  header += '\0';
  header += static_cast<char>(dict.size());
  header += '\0';
  return header + dict +
         std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
}

std::string proto(const std::vector<float> &values, const char *name) {
  std::string data(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
  // dims 10 and 100, float, name, raw_data of 4000 bytes
  return std::string("\x08\x0a\x08\x64\x10\x01\x42\x01") + name + "\x4a\xa0\x1f" + data;
}

void expectError(const Result &result, const std::string &message) {
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.error, "affine: error: " + message + "\n");
}

TEST(Program, WritesOutputs) {
  Folder folder;
  writeFile(folder / "x=1.npy", npy(exampleInput()));
  Result bad = run("--input x='" + folder / "x=1.npy'");
  EXPECT_EQ(bad.code, 1); // split at the last '='
  writeFile(folder / "x.npy", npy(exampleInput()));
  Result result = run("--input x='" + folder / "x.npy' --output-dir '" + folder / "a/b'");
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.out + result.error, "");
  std::string output = readFile(folder / "a/b/output_0.npy");
  ASSERT_GE(output.size(), bytes);
  EXPECT_EQ(memcmp(output.data() + output.size() - bytes, expectedOutput().data(), bytes), 0);
  EXPECT_EQ((output.size() - bytes) % 64, 0u);
  EXPECT_EQ(readFile(folder / "a/b/outputs.json"),
            "{\"outputs\": [\n  {\"name\": \"y\", \"type\": \"float\", \"shape\": [10, 100], "
            "\"file\": \"output_0.npy\"}\n]}\n");
  unsigned files = 0;
  for (auto &entry : std::filesystem::directory_iterator(folder / "a/b"))
    files += entry.is_regular_file();
  EXPECT_EQ(files, 2u); // no temporary files
}

TEST(Program, Errors) {
  Folder folder;
  writeFile(folder / "x.npy", npy(exampleInput()));
  writeFile(folder / "small.npy", npy({1, 2}, "(2,)"));
  std::string x = "--input x='" + folder / "x.npy'";
  expectError(run(""),
              "missing input: 'x' float[10, 100] (give --input NAME=FILE.npy or --random SEED)");
  expectError(run("--input z='" + folder / "x.npy'"),
              "the model has no input 'z'; its inputs are: 'x' float[10, 100]");
  expectError(run(x + " " + x), "input 'x' is given twice");
  expectError(run("--input x='" + folder / "small.npy'"),
              "input 'x': expected float '<f4' (10, 100), found '<f4' (2,) in '" +
                  folder / "small.npy'");
  expectError(run("--input x"), "expected --input NAME=FILE.npy, found 'x' (--help shows the "
                                "options)");
  expectError(run("--nonsense"), "unknown option '--nonsense' (--help shows the options)");
  expectError(run("file"), "unexpected argument 'file' (--help shows the options)");
  expectError(run("--random"), "a value is missing after '--random' (--help shows the options)");
  expectError(run("--random x1"), "--random: expected a whole number, found 'x1' (--help shows the "
                                  "options)");
  expectError(run("--bench=0"), "--bench: expected a number of runs from 1 to 1000000, found '0' "
                                "(--help shows the options)");
  expectError(run("--random 1 --output-dir /dev/null/x"),
              "cannot make the folder '/dev/null/x': Not a directory");
  expectError(run("--random 1", "BORN_VULKAN_LIBRARY=libnothing.so"),
              "no Vulkan loader found: cannot open libnothing.so (Debian: apt install libvulkan1)");
  expectError(run("--random 1", "VK_ICD_FILENAMES=/dev/null VK_DRIVER_FILES=/dev/null"),
              "no Vulkan device found: the loader is there, but no driver for it");
  EXPECT_NE(system("'" AFFINE "' --random 1 >/dev/full 2>/dev/null"), 0);
}

TEST(Program, NothingHalfWritten) {
  Folder folder;
  writeFile(folder / "small.npy", npy({1, 2}, "(2,)"));
  Result result = run("--input x='" + folder / "small.npy' --output-dir '" + folder / "out'");
  EXPECT_EQ(result.code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(Program, Verify) {
  Folder folder;
  std::vector<float> expected = expectedOutput();
  writeFile(folder / "input_0.pb", proto(exampleInput(), "x"));
  writeFile(folder / "output_0.pb", proto(expected, "y"));
  Result good = run("--verify '" + folder.path + "'");
  EXPECT_EQ(good.code, 0) << good.error;
  EXPECT_EQ(good.out, "y: ok, max abs error 0, max rel error 0, max ULP error 0\n");
  expected[4] += 0.5f;
  writeFile(folder / "output_0.pb", proto(expected, "y"));
  Result bad = run("--verify '" + folder.path + "'");
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.out.find("y: FAILED, max abs error 0.5"), std::string::npos) << bad.out;
  EXPECT_NE(bad.out.find("1 of 1000 outside, first at 4: 9, expected 9.5"), std::string::npos)
      << bad.out;
  EXPECT_EQ(run("--atol 1 --verify '" + folder.path + "'").code, 0);
  writeFile(folder / "output_0.pb", "garbage");
  expectError(run("--verify '" + folder.path + "'"),
              "cannot read '" + folder / "output_0.pb': it is no ONNX TensorProto");
  std::filesystem::remove(folder / "input_0.pb");
  expectError(run("--verify '" + folder.path + "'"),
              "cannot read '" + folder / "input_0.pb': No such file or directory");
}

TEST(Program, BenchAndInfo) {
  Result bench = run("--bench=3 --json");
  EXPECT_EQ(bench.code, 0) << bench.error;
  for (const char *key :
       {"median_ms", "min_ms", "p90_ms", "p99_ms", "gpu_ms", "host_us", "\"submissions\": 1}"})
    EXPECT_NE(bench.out.find(key), std::string::npos) << bench.out;
  EXPECT_EQ(run("--info").code, 0);
  EXPECT_NE(run("--list-devices").out.find("* 0: "), std::string::npos);
  EXPECT_EQ(run("--help").code, 0);
  // Without Vulkan it still says what it needs.
  EXPECT_EQ(run("--info", "BORN_VULKAN_LIBRARY=libnothing.so").code, 0);
  EXPECT_EQ(run("--list-devices", "BORN_VULKAN_LIBRARY=libnothing.so").code, 1);
}

TEST(Program, TheSameBitsAgain) {
  std::string first = run("--random 5 --device software").out;
  EXPECT_NE(first, "");
  for (const char *variables : {"", "BORN_SHUFFLE=1", "BORN_SHUFFLE=2", "BORN_VARIANT=generic"})
    EXPECT_EQ(run("--random 5", variables).out, first) << variables;
}

/// A number in the last line that has this event.
unsigned long long total(const std::string &line, const char *key) {
  size_t where = line.find(std::string("\"") + key + "\": ");
  EXPECT_NE(where, std::string::npos) << key << " in " << line;
  return strtoull(line.c_str() + where + strlen(key) + 4, nullptr, 10);
}

TEST(Program, OneSubmissionPerRun) {
  for (const char *memory : {"", "staging"}) {
    Folder folder;
    Result result = run("--bench=4", "BORN_MEMORY=" + std::string(memory) + " BORN_COUNT_FILE='" +
                                         folder / "counts' " + layerPath + "VK_LAYER_born_count");
    ASSERT_EQ(result.code, 0) << result.error;
    std::istringstream lines(readFile(folder / "counts"));
    std::vector<std::string> submits;
    for (std::string line; std::getline(lines, line);)
      if (line.find("\"submit\"") != std::string::npos)
        submits.push_back(line);
    ASSERT_GE(submits.size(), 9u);                     // 5 to warm up, 4 timed
    submits.erase(submits.begin(), submits.end() - 9); // less the upload of weights
    for (size_t i = 1; i < submits.size(); ++i) {
      EXPECT_EQ(total(submits[i], "submits"), total(submits[i - 1], "submits") + 1);
      for (const char *key :
           {"recordings", "allocations", "pipelines", "dispatches", "descriptor_updates"})
        EXPECT_EQ(total(submits[i], key), total(submits[0], key)) << key;
    }
    EXPECT_EQ(total(submits[0], "dispatches"), 2u);
  }
}

TEST(Program, ValidationIsSilent) {
  for (const char *memory : {"", "staging"})
    for (const char *variables : {"", "BORN_VARIANT=generic", "BORN_SHUFFLE=3"}) {
      Result result = run("--bench=3 --json", "BORN_MEMORY=" + std::string(memory) + " " +
                                                  variables + " " + validation);
      EXPECT_EQ(result.code, 0);
      EXPECT_EQ(result.error, "");
      EXPECT_EQ(result.out[0], '{') << result.out;
      EXPECT_EQ(result.out.find('\n'), result.out.size() - 1) << result.out;
    }
}

TEST(Program, WritesAProfile) {
  for (const char *memory : {"", "staging"}) {
    Folder folder;
    Result result = run("--bench=2 --profile '" + folder / "p.json'",
                        "BORN_MEMORY=" + std::string(memory) + " " + validation);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.error, "");
    std::string profile = readFile(folder / "p.json");
    for (const char *part : {"\"name\": \"scale\"", "\"name\": \"add\"", "\"nodes\": \"add (Add)\"",
                             "\"ph\": \"X\", \"pid\": 1, \"tid\": 0"})
      EXPECT_NE(profile.find(part), std::string::npos) << part << " in " << profile;
    EXPECT_EQ(profile.find("worker"), std::string::npos) << profile;
    EXPECT_EQ(profile.find("\"upload\"") != std::string::npos, *memory != 0);
    std::string check = "python3 -c 'import json,sys; json.load(open(sys.argv[1]))' '";
    EXPECT_EQ(system((check + folder / "p.json'").c_str()), 0);
  }
  // Vulkan demands no timestamps.
  Result result = run("--random 1 --profile p", layerPath + "VK_LAYER_born_minimum");
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.error.find("has no timestamps on its queue for compute, which a trace "
                              "(--profile) needs: trace another device, or the CPU"),
            std::string::npos)
      << result.error;
  EXPECT_EQ(run("--bench=2", layerPath + "VK_LAYER_born_minimum").code, 0);
}

TEST(Program, MinimumDevice) {
  std::string expected = run("--random 5").out;
  Result result = run("--random 5", validation + ":VK_LAYER_born_minimum");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.out, expected);
  Result listed = run("--list-devices", layerPath + "VK_LAYER_born_minimum");
  EXPECT_NE(listed.out.find("Vulkan 1.1.0"), std::string::npos) << listed.out;
  Result refused =
      run("--random 5", "BORN_VARIANT=software " + layerPath + "VK_LAYER_born_minimum");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.error.find("kernel scale needs VK_SUBGROUP_FEATURE_SHUFFLE_BIT in compute, "
                               "which the device lacks"),
            std::string::npos)
      << refused.error;
}

//===----------------------------------------------------------------------===//
// The static program for CPUs
//===----------------------------------------------------------------------===//

Result runOnCpu(const std::string &arguments, const std::string &variables = "") {
  return run(arguments, variables, AFFINE_CPU);
}

TEST(CpuProgram, SameOutputs) {
  Folder folder;
  ASSERT_EQ(run("--random 3 --output-dir '" + folder / "gpu'").code, 0);
  for (const char *threads : {"", "--threads 1", "--threads=3"}) {
    Result result = runOnCpu("--random 3 --output-dir '" + folder / "cpu' " + std::string(threads));
    EXPECT_EQ(result.code, 0) << result.error;
    EXPECT_EQ(readFile(folder / "gpu/output_0.npy"), readFile(folder / "cpu/output_0.npy"));
  }
}

TEST(CpuProgram, NeedsNoLibrary) {
  // Nothing for a dynamic linker to do, and no call of Vulkan.
  EXPECT_NE(system("readelf -lW '" AFFINE_CPU "' | grep -q INTERP"), 0);
  EXPECT_EQ(system("readelf -lW '" AFFINE "' | grep -q INTERP"), 0);
  EXPECT_EQ(readFile(AFFINE_CPU).find("vkCreateInstance"), std::string::npos);
  EXPECT_NE(readFile(AFFINE).find("vkCreateInstance"), std::string::npos);
}

TEST(CpuProgram, SaysWhatItTakesAndWhy) {
  Result info = runOnCpu("--info");
  EXPECT_EQ(info.code, 0) << info.error;
  EXPECT_NE(info.out.find("  sse4 code: 2 kernels\n"), std::string::npos) << info.out;
  EXPECT_NE(info.out.find("* cpu: "), std::string::npos) << info.out;
  EXPECT_NE(info.out.find("      taken: the model has code for nothing else\n"), std::string::npos);
  Result listed = runOnCpu("--list-devices --threads 7");
  EXPECT_EQ(listed.code, 0) << listed.error;
  EXPECT_NE(listed.out.find(", 7 threads)\n      taken: "), std::string::npos) << listed.out;
  Result told = runOnCpu("-v --random 1 --threads 1");
  EXPECT_EQ(told.code, 0);
  EXPECT_NE(told.error.find(", 1 thread)' in "), std::string::npos) << told.error;
  EXPECT_NE(told.error.find(" ms: the model has code for nothing else\n"), std::string::npos)
      << told.error;
}

TEST(CpuProgram, Errors) {
  auto expect = [](const Result &result, const std::string &message) {
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.error, "affine_cpu: error: " + message + "\n");
  };
  for (const char *wrong : {"0", "-1", "1025", "many"})
    expect(runOnCpu("--threads " + std::string(wrong)),
           "--threads: expected a number from 1 to 1024, found '" + std::string(wrong) +
               "' (--help shows the options)");
  expect(runOnCpu("--random 1", "BORN_NUM_THREADS=0"),
         "BORN_NUM_THREADS is '0', expected a number from 1 to 1024");
  expect(runOnCpu("--random 1 --device vulkan"),
         "device 'vulkan' cannot be taken: the model has code for CPUs only");
  expect(runOnCpu("--verify . --profile p"),
         "--profile does not go together with '--verify' (--help shows the options)");
  expect(runOnCpu("--random 1 --profile /nowhere/p"),
         "cannot write '/nowhere/p': No such file or directory");
}

TEST(CpuProgram, WritesAProfile) {
  Folder folder;
  Result result = runOnCpu("--bench=3 --threads 2 --profile '" + folder / "p.json'");
  EXPECT_EQ(result.code, 0) << result.error;
  std::string profile = readFile(folder / "p.json");
  for (const char *part :
       {"\"name\": \"scale\"", "\"name\": \"add\"", "{\"name\": \"worker 0 (the caller)\"}",
        "{\"name\": \"worker 1\"}", "\"nodes\": \"add (Add)\"", "\"ph\": \"X\""})
    EXPECT_NE(profile.find(part), std::string::npos) << part << " in " << profile;
  std::string check = "python3 -c 'import json,sys; json.load(open(sys.argv[1]))' '";
  EXPECT_EQ(system((check + folder / "p.json'").c_str()), 0);
}

} // namespace
