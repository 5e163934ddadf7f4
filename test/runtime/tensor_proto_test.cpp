//===- tensor_proto_test.cpp - ONNX TensorProto files ----------------------===//

#include "runtime/main/main.h"
#include "test/runtime/runtime_test.h"

#include <cstring>

using namespace test;

namespace {

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7)
    bytes += static_cast<char>((value & 127) | 128);
  return bytes + static_cast<char>(value);
}
std::string number(unsigned field, uint64_t value) { return varint(field << 3) + varint(value); }
std::string run(unsigned field, const std::string &bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
template <typename T>
std::string raw(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char *>(values.begin()), values.size() * sizeof(T));
}

const int64_t shape[] = {3};

/// The message of reading these bytes, or "" and the bytes of the tensor.
std::string read(const std::string &bytes, uint32_t type, std::string *result = nullptr) {
  Folder folder;
  std::string path = folder / "t.pb";
  writeFile(path, bytes);
  const born::ElementType &element = born::elementType(type);
  born_tensor_desc tensor = {"x", type, 1, shape, (uint64_t{3} * element.bits + 7) / 8, 0};
  born::TensorData data;
  born::Message message;
  message.clear();
  bool good = born::readTensorProto(path.c_str(), tensor, data, message);
  EXPECT_EQ(good, message.text[0] == 0);
  if (good && result)
    *result = std::string(static_cast<const char *>(data.data), tensor.size);
  return message.text;
}

std::string proto(uint32_t type, const std::string &data) {
  return number(1, 3) + number(2, type) + run(8, "x") + data;
}

TEST(TensorProto, RawData) {
  std::string result, values = raw<float>({1, 2, 3});
  EXPECT_EQ(read(proto(1, run(9, values)), 1, &result), "");
  EXPECT_EQ(result, values);
  // dims packed, fields in another order, an unknown field
  EXPECT_EQ(read(run(9, values) + run(12, "doc") + number(2, 1) + run(1, varint(3)), 1, &result),
            "");
  EXPECT_EQ(result, values);
}

TEST(TensorProto, TypedFields) {
  std::string result;
  EXPECT_EQ(read(proto(1, run(4, raw<float>({1, 2, 3}))), 1, &result), "");
  EXPECT_EQ(result, raw<float>({1, 2, 3}));
  // Not packed: one field per value.
  EXPECT_EQ(read(proto(1, varint(4 << 3 | 5) + raw<float>({1}) + varint(4 << 3 | 5) +
                              raw<float>({2}) + varint(4 << 3 | 5) + raw<float>({3})),
                 1, &result),
            "");
  EXPECT_EQ(result, raw<float>({1, 2, 3}));
  EXPECT_EQ(read(proto(11, run(10, raw<double>({1, 2, 3}))), 11, &result), "");
  EXPECT_EQ(result, raw<double>({1, 2, 3}));
  std::string ints = varint(1) + varint(static_cast<uint64_t>(-2)) + varint(3);
  EXPECT_EQ(read(proto(6, run(5, ints)), 6, &result), "");
  EXPECT_EQ(result, raw<int32_t>({1, -2, 3}));
  EXPECT_EQ(read(proto(3, run(5, ints)), 3, &result), "");
  EXPECT_EQ(result, raw<int8_t>({1, -2, 3}));
  EXPECT_EQ(read(proto(10, run(5, varint(0x3c00) + varint(0x4000) + varint(0))), 10, &result), "");
  EXPECT_EQ(result, raw<uint16_t>({0x3c00, 0x4000, 0}));
  EXPECT_EQ(read(proto(7, run(7, ints)), 7, &result), "");
  EXPECT_EQ(result, raw<int64_t>({1, -2, 3}));
  EXPECT_EQ(read(proto(7, number(7, 1) + number(7, 2) + number(7, 3)), 7, &result), "");
  EXPECT_EQ(result, raw<int64_t>({1, 2, 3}));
  EXPECT_EQ(read(proto(12, run(11, varint(1) + varint(2) + varint(3))), 12, &result), "");
  EXPECT_EQ(result, raw<uint32_t>({1, 2, 3}));
}

TEST(TensorProto, NotWhatIsWanted) {
  EXPECT_EQ(read(proto(7, run(9, raw<int64_t>({1, 2, 3}))), 1).substr(0, 46),
            "'x': expected float[3], found int64[3] in '/tm");
  EXPECT_NE(read(number(1, 4) + number(2, 1) + run(9, raw<float>({1, 2, 3, 4})), 1), "");
  EXPECT_NE(read(proto(1, run(9, raw<float>({1, 2}))), 1), "");
  EXPECT_NE(read(proto(1, run(4, raw<float>({1, 2}))), 1), "");
  EXPECT_NE(read(proto(1, run(4, raw<float>({1, 2, 3, 4}))), 1), "");
  EXPECT_NE(read(proto(1, run(7, varint(1) + varint(2) + varint(3))), 1), "");
  EXPECT_NE(read(proto(1, run(9, raw<float>({1, 2, 3})) + number(14, 1)), 1), "");
  EXPECT_NE(read(proto(1, ""), 1), "");
  EXPECT_NE(read("", 1), "");
}

TEST(TensorProto, Hostile) {
  std::string whole = proto(1, run(4, raw<float>({1, 2, 3})));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(read(whole.substr(0, size), 1), "") << size;
  EXPECT_NE(read(std::string(100, '\xff'), 1), "");
  EXPECT_NE(read(varint(9 << 3 | 2) + varint(UINT64_MAX) + "x", 1), "");
  EXPECT_NE(read(varint(9 << 3 | 3), 1), ""); // a group
  std::string dims;
  for (int i = 0; i < 100; ++i)
    dims += number(1, 1);
  EXPECT_NE(read(dims + number(2, 1), 1), "");
  EXPECT_NE(read(number(1, UINT64_MAX) + number(2, 1), 1), "");
  EXPECT_NE(read(number(2, UINT64_MAX), 1), "");
  // Every byte of a good file changed: an error or other numbers, no crash.
  for (size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      read(damaged, 1);
    }
}

TEST(TensorProto, Name) {
  Folder folder;
  std::string path = folder / "t.pb";
  char name[8];
  born::Message message;
  writeFile(path, proto(1, ""));
  EXPECT_TRUE(born::readTensorProtoName(path.c_str(), name, sizeof name, message));
  EXPECT_STREQ(name, "x");
  writeFile(path, run(8, std::string(1000, 'n')));
  EXPECT_TRUE(born::readTensorProtoName(path.c_str(), name, sizeof name, message));
  EXPECT_STREQ(name, "nnnnnnn");
  writeFile(path, number(2, 1));
  EXPECT_TRUE(born::readTensorProtoName(path.c_str(), name, sizeof name, message));
  EXPECT_STREQ(name, "");
}

} // namespace
