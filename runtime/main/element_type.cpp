//===- element_type.cpp - ONNX's element types -----------------------------===//

#include "runtime/main/main.h"

#include <math.h>

using namespace born;

static const ElementType types[] = {
    {1, "float", "f4", 32, ElementType::Float},
    {2, "uint8", "u1", 8, ElementType::Unsigned},
    {3, "int8", "i1", 8, ElementType::Signed},
    {4, "uint16", "u2", 16, ElementType::Unsigned},
    {5, "int16", "i2", 16, ElementType::Signed},
    {6, "int32", "i4", 32, ElementType::Signed},
    {7, "int64", "i8", 64, ElementType::Signed},
    {9, "bool", "b1", 8, ElementType::Bool},
    {10, "float16", "f2", 16, ElementType::Float},
    {11, "double", "f8", 64, ElementType::Float},
    {12, "uint32", "u4", 32, ElementType::Unsigned},
    {13, "uint64", "u8", 64, ElementType::Unsigned},
    {14, "complex64", "c8", 64, ElementType::Complex},
    {15, "complex128", "c16", 128, ElementType::Complex},
    {16, "bfloat16", "u2", 16, ElementType::Float},
    {17, "float8e4m3fn", "u1", 8, ElementType::Opaque},
    {18, "float8e4m3fnuz", "u1", 8, ElementType::Opaque},
    {19, "float8e5m2", "u1", 8, ElementType::Opaque},
    {20, "float8e5m2fnuz", "u1", 8, ElementType::Opaque},
    {21, "uint4", "u1", 4, ElementType::Opaque},
    {22, "int4", "u1", 4, ElementType::Opaque},
    {23, "float4e2m1", "u1", 4, ElementType::Opaque},
    {24, "float8e8m0", "u1", 8, ElementType::Opaque},
    {25, "uint2", "u1", 2, ElementType::Opaque},
    {26, "int2", "u1", 2, ElementType::Opaque},
};

const ElementType &born::elementType(uint32_t onnx) {
  static const ElementType unknown = {0, "undefined", "u1", 8, ElementType::Opaque};
  for (const ElementType &type : types)
    if (type.onnx == onnx)
      return type;
  return unknown;
}

template <typename T>
static T load(const void *data, uint64_t index) {
  T value;
  memcpy(&value, static_cast<const char *>(data) + index * sizeof value, sizeof value);
  return value;
}

static double halfAsDouble(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double fraction = (bits & 1023) / 1024.0;
  double value = exponent == 31  ? (bits & 1023 ? static_cast<double>(NAN) : HUGE_VAL)
                 : exponent == 0 ? ldexp(fraction, -14)
                                 : ldexp(1 + fraction, exponent - 15);
  return bits & 0x8000 ? -value : value;
}

static double floatAsDouble(const ElementType &type, const void *data, uint64_t index) {
  switch (type.onnx) {
  case 1:
    return static_cast<double>(load<float>(data, index));
  case 10:
    return halfAsDouble(load<uint16_t>(data, index));
  case 16: {
    uint32_t bits = static_cast<uint32_t>(load<uint16_t>(data, index)) << 16;
    return static_cast<double>(load<float>(&bits, 0));
  }
  default:
    return load<double>(data, index);
  }
}

double born::elementAsDouble(const ElementType &type, const void *data, uint64_t index) {
  switch (type.kind) {
  case ElementType::Float:
    return floatAsDouble(type, data, index);
  case ElementType::Bool:
    return load<uint8_t>(data, index);
  case ElementType::Signed:
    switch (type.bits) {
    case 8:
      return load<int8_t>(data, index);
    case 16:
      return load<int16_t>(data, index);
    case 32:
      return load<int32_t>(data, index);
    default:
      return static_cast<double>(load<int64_t>(data, index));
    }
  case ElementType::Unsigned:
    switch (type.bits) {
    case 8:
      return load<uint8_t>(data, index);
    case 16:
      return load<uint16_t>(data, index);
    case 32:
      return load<uint32_t>(data, index);
    default:
      return static_cast<double>(load<uint64_t>(data, index));
    }
  case ElementType::Complex:
  case ElementType::Opaque:
    break;
  }
  return static_cast<double>(NAN);
}

uint64_t born::elementCount(const born_tensor_desc &tensor) {
  uint64_t count = 1;
  for (uint32_t i = 0; i < tensor.rank; ++i)
    count *= static_cast<uint64_t>(tensor.shape[i]);
  return count;
}

void born::describeTensor(uint32_t type, const int64_t *shape, uint32_t rank, char *text,
                          size_t size) {
  format(text, size, "%s[", elementType(type).name);
  for (uint32_t i = 0; i < rank; ++i) {
    size_t used = strlen(text);
    format(text + used, size - used, i ? ", %lld" : "%lld", static_cast<long long>(shape[i]));
  }
  size_t used = strlen(text);
  format(text + used, size - used, "]");
}
