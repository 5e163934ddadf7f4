//===- npy_test.cpp - .npy files, good and hostile -------------------------===//

#include "runtime/main/main.h"
#include "test/runtime/runtime_test.h"

#include <cmath>
#include <cstring>

using namespace test;

namespace {

const int64_t shape[] = {2, 3};
const float values[] = {1, -2, 3.5f, 0, INFINITY, -0.0f};
const born_tensor_desc tensor = {"x", 1, 2, shape, sizeof values, 0};

std::string header(const std::string &dict, char version = 1) {
  std::string text = std::string("\x93NUMPY") + version + '\0';
  text += static_cast<char>(dict.size() & 255);
  text += static_cast<char>(dict.size() >> 8);
  if (version > 1)
    text += std::string(2, '\0');
  return text + dict;
}
std::string data() { return std::string(reinterpret_cast<const char *>(values), sizeof values); }

/// The message of reading these bytes, "" when they were read.
std::string read(const std::string &bytes, const born_tensor_desc &wanted = tensor) {
  Folder folder;
  std::string path = folder / "f.npy";
  writeFile(path, bytes);
  born::TensorData result;
  born::Message message;
  message.clear();
  bool good = born::readNpy(path.c_str(), wanted, result, message);
  EXPECT_EQ(good, message.text[0] == 0);
  if (good) {
    EXPECT_EQ(memcmp(result.data, bytes.data() + bytes.size() - wanted.size, wanted.size), 0);
  }
  std::string text = message.text;
  size_t where = text.find(path);
  return where == std::string::npos ? text : text.replace(where, path.size(), "F");
}

const char *good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

TEST(Npy, Versions) {
  for (char version : {1, 2, 3})
    EXPECT_EQ(read(header(good, version) + data()), "");
  EXPECT_EQ(read(header(std::string(good) + "          \n") + data()), "");
  EXPECT_EQ(read(header("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}") + data()),
            "");
  EXPECT_EQ(read(header(good, 4) + data()),
            "input 'x': cannot read 'F': its .npy version is not 1, 2 or 3");
}

TEST(Npy, NotWhatIsWanted) {
  auto with = [](const char *descr, const char *order, const char *dims) {
    return header(std::string("{'descr': '") + descr + "', 'fortran_order': " + order +
                  ", 'shape': " + dims + ", }") +
           data();
  };
  EXPECT_EQ(read(with("<f8", "False", "(2, 3)")),
            "input 'x': expected float '<f4' (2, 3), found '<f8' (2, 3) in 'F'");
  EXPECT_EQ(read(with(">f4", "False", "(2, 3)")),
            "input 'x': expected float '<f4' (2, 3), found '>f4' (2, 3) in 'F'");
  EXPECT_EQ(read(with("<f4", "False", "(6,)")),
            "input 'x': expected float '<f4' (2, 3), found '<f4' (6,) in 'F'");
  EXPECT_EQ(read(with("<f4", "False", "()")),
            "input 'x': expected float '<f4' (2, 3), found '<f4' () in 'F'");
  EXPECT_EQ(read(with("<f4", "True", "(2, 3)")),
            "input 'x': 'F' is in Fortran order, expected C order (numpy.ascontiguousarray)");
  EXPECT_EQ(read(header(good) + data() + "x"),
            "input 'x': expected 24 bytes of data, found 25 in 'F'");
  EXPECT_EQ(read(header(good) + data().substr(1)),
            "input 'x': expected 24 bytes of data, found 23 in 'F'");
}

TEST(Npy, Hostile) {
  const char *dicts[] = {
      "",
      "{",
      "}",
      "{}",
      "{'descr': '<f4'}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
      "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
      "{'descr': '<f4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'fortran_order': False}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}",
      "{'a key that is much longer than any': 1}",
      "{'descr': '<f4",
  };
  for (const char *dict : dicts)
    EXPECT_EQ(read(header(dict) + data()), "input 'x': cannot read 'F': its .npy header is damaged")
        << dict;
  EXPECT_EQ(read(""), "input 'x': cannot read 'F': it is no .npy file");
  EXPECT_EQ(read("PK\x03\x04 this is a zip file"),
            "input 'x': cannot read 'F': it is no .npy file");
  std::string whole = header(good) + data();
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(read(whole.substr(0, size)), "") << size;
  std::string longHeader = header(good);
  longHeader[9] = '\x7f';
  EXPECT_NE(read(longHeader + data()), "");
}

TEST(Npy, Missing) {
  born::TensorData result;
  born::Message message;
  EXPECT_FALSE(born::readNpy("/nothing/here.npy", tensor, result, message));
  EXPECT_STREQ(message.text,
               "input 'x': cannot read '/nothing/here.npy': No such file or directory");
  EXPECT_FALSE(born::readNpy("/", tensor, result, message));
}

TEST(Npy, RoundTripOfAllTypes) {
  Folder folder;
  for (uint32_t type = 1; type <= 26; ++type) {
    const born::ElementType &element = born::elementType(type);
    if (element.onnx == 0)
      continue;
    for (uint32_t rank : {0u, 1u, 3u}) {
      const int64_t dims[] = {3, 1, 5};
      uint64_t count = rank == 0 ? 1 : rank == 1 ? 3 : 15;
      born_tensor_desc desc = {"t", type, rank, dims, (count * element.bits + 7) / 8, 0};
      std::vector<uint8_t> data(desc.size);
      born::fillRandom(desc, 7, data.data());
      std::string path = folder / "t.npy";
      born::Message message;
      message.clear();
      ASSERT_TRUE(born::writeNpy(path.c_str(), desc, data.data(), message)) << message.text;
      born::TensorData result;
      ASSERT_TRUE(born::readNpy(path.c_str(), desc, result, message)) << message.text;
      EXPECT_EQ(memcmp(result.data, data.data(), data.size()), 0);
    }
  }
}

TEST(Npy, CannotWrite) {
  born::Message message;
  EXPECT_FALSE(born::writeNpy("/nothing/here.npy", tensor, values, message));
  EXPECT_STREQ(message.text, "cannot write '/nothing/here.npy': No such file or directory");
}

TEST(Random, IsInItsRange) {
  const int64_t dims[] = {4096};
  for (uint32_t type : {1u, 2u, 3u, 6u, 7u, 9u, 10u, 11u, 13u, 16u}) {
    const born::ElementType &element = born::elementType(type);
    born_tensor_desc desc = {"t", type, 1, dims, 4096 * element.bits / 8, 0};
    std::vector<uint8_t> data(desc.size), again(desc.size), other(desc.size);
    born::fillRandom(desc, 1, data.data());
    born::fillRandom(desc, 1, again.data());
    born::fillRandom(desc, 2, other.data());
    EXPECT_EQ(data, again);
    EXPECT_NE(data, other);
    double low = INFINITY, high = -INFINITY, sum = 0;
    for (uint64_t i = 0; i < 4096; ++i) {
      double value = born::elementAsDouble(element, data.data(), i);
      low = std::min(low, value);
      high = std::max(high, value);
      sum += value;
    }
    if (element.kind == born::ElementType::Float) {
      EXPECT_GE(low, -1) << element.name;
      EXPECT_LT(low, -0.98) << element.name;
      EXPECT_LT(high, 1) << element.name;
      EXPECT_GT(high, 0.98) << element.name;
      EXPECT_LT(std::abs(sum / 4096), 0.05) << element.name;
    } else {
      EXPECT_EQ(low, 0) << element.name;
      EXPECT_EQ(high, 1) << element.name;
      EXPECT_LT(std::abs(sum / 4096 - 0.5), 0.05) << element.name;
    }
  }
}

} // namespace
