//===- runtime_test.h - what the unit tests share --------------------------===//
#ifndef BORN_TEST_RUNTIME_RUNTIME_TEST_H
#define BORN_TEST_RUNTIME_RUNTIME_TEST_H

#include "runtime/born.h"
#include "test/runtime/test_model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace test {

/// Sets an environment variable for a scope.
class Environment {
public:
  Environment(const char *name, const std::string &value) : name(name) {
    const char *before = getenv(name);
    hadBefore = before != nullptr;
    old = before ? before : "";
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (hadBefore)
      setenv(name, old.c_str(), 1);
    else
      unsetenv(name);
  }

private:
  const char *name;
  std::string old;
  bool hadBefore;
};

/// A folder of its own that goes with the test.
class Folder {
public:
  Folder() {
    std::string pattern = testing::TempDir() + "bornXXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string &name) const { return path + "/" + name; }

  std::string path;
};

inline void writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A context of a model, and the message where there is none.
struct Context {
  born_context *handle = nullptr;
  born_status status;
  std::string message;

  explicit Context(const born_model &model, const born_options *options = nullptr) {
    char text[1024] = "";
    status = born_create(&model, options, &handle, text, sizeof text);
    message = text;
  }
  Context(const Context &) = delete;
  ~Context() { born_destroy(handle); }
};

inline born_options options() {
  born_options options = {};
  options.size = sizeof options;
  return options;
}

/// x[i] = i, so that y[i] = 2i + i/4.
inline std::vector<float> exampleInput() {
  std::vector<float> x(count);
  for (uint32_t i = 0; i < count; ++i)
    x[i] = static_cast<float>(i);
  return x;
}
inline std::vector<float> expectedOutput() {
  std::vector<float> y(count);
  for (uint32_t i = 0; i < count; ++i)
    y[i] = 2.25f * static_cast<float>(i);
  return y;
}

/// Runs the example and compares.
inline void expectRuns(born_context *context) {
  ASSERT_NE(context, nullptr);
  std::vector<float> x = exampleInput(), y(count);
  born_input input = {x.data(), bytes};
  born_output output = {y.data(), bytes};
  ASSERT_EQ(born_run(context, 0, &input, &output), BORN_OK) << born_message(context);
  EXPECT_EQ(y, expectedOutput());
}

/// Runs a program that adds its input to a state of zeros and gives the sum.
inline void expectSumsUp(born_context *context) {
  ASSERT_NE(context, nullptr);
  std::vector<float> x = exampleInput(), y(count);
  born_input input = {x.data(), bytes};
  born_output output = {y.data(), bytes};
  for (int run = 1; run <= 3; ++run) {
    ASSERT_EQ(born_run(context, 0, &input, &output), BORN_OK) << born_message(context);
    for (uint32_t i = 0; i < count; ++i)
      ASSERT_EQ(y[i], static_cast<float>(run) * x[i]) << run << " " << i;
  }
}

} // namespace test

#endif // BORN_TEST_RUNTIME_RUNTIME_TEST_H
