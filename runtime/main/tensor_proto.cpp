//===- tensor_proto.cpp - ONNX TensorProto files ---------------------------===//
//
// The few fields of onnx.proto's TensorProto that test data sets use, read from
// the protobuf wire format. Every length is checked against what is left.
//
//===----------------------------------------------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>

using namespace born;

namespace {

constexpr uint32_t maxRank = 32;

struct Bytes {
  const uint8_t *next = nullptr, *end = nullptr;

  uint64_t size() const { return static_cast<uint64_t>(end - next); }

  bool varint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && next < end; shift += 7) {
      uint8_t byte = *next++;
      value |= static_cast<uint64_t>(byte & 127) << shift;
      if (!(byte & 128))
        return true;
    }
    return false;
  }
  bool take(uint64_t count, Bytes &part) {
    if (count > size())
      return false;
    part.next = next;
    part.end = next += count;
    return true;
  }
};

/// One field of a message: a number, or a run of bytes.
struct Field {
  uint64_t number;
  unsigned wire;
  uint64_t value;
  Bytes bytes;
};

bool nextField(Bytes &message, Field &field) {
  uint64_t tag = 0;
  if (!message.varint(tag))
    return false;
  field.number = tag >> 3;
  field.wire = tag & 7;
  field.value = 0;
  switch (field.wire) {
  case 0: // varint
    return message.varint(field.value);
  case 1: // 64 bits
    return message.take(8, field.bytes);
  case 2: // length-delimited
    return message.varint(field.value) && message.take(field.value, field.bytes);
  case 5: // 32 bits
    return message.take(4, field.bytes);
  default:
    return false;
  }
}

enum FieldNumber : uint64_t {
  dimsField = 1,
  typeField = 2,
  floatField = 4,
  int32Field = 5,
  int64Field = 7,
  nameField = 8,
  rawField = 9,
  doubleField = 10,
  uint64Field = 11,
  locationField = 14,
};

struct TensorProto {
  uint32_t type = 0;
  int64_t dims[maxRank];
  uint32_t rank = 0;
  Bytes name, raw;
  bool hasRaw = false, external = false;
};

/// Calls `visit` on each value of a repeated number field, packed or not.
template <typename Visit>
bool eachNumber(Field field, Visit visit) {
  if (field.wire == 0)
    return visit(field.value);
  if (field.wire != 2)
    return false;
  while (field.bytes.size() > 0) {
    uint64_t value = 0;
    if (!field.bytes.varint(value) || !visit(value))
      return false;
  }
  return true;
}

bool parseFields(Bytes bytes, TensorProto &tensor) {
  Field field;
  while (bytes.size() > 0) {
    if (!nextField(bytes, field))
      return false;
    bool good = true;
    switch (field.number) {
    case dimsField:
      good = eachNumber(field, [&](uint64_t value) {
        if (tensor.rank == maxRank || value > INT64_MAX)
          return false;
        tensor.dims[tensor.rank++] = static_cast<int64_t>(value);
        return true;
      });
      break;
    case typeField:
      good = field.wire == 0 && field.value <= 1000;
      tensor.type = static_cast<uint32_t>(field.value);
      break;
    case nameField:
      good = field.wire == 2;
      tensor.name = field.bytes;
      break;
    case rawField:
      good = field.wire == 2;
      tensor.raw = field.bytes;
      tensor.hasRaw = true;
      break;
    case locationField:
      tensor.external = field.value == 1;
      break;
    default:
      break;
    }
    if (!good)
      return false;
  }
  return true;
}

/// Appends numbers of `width` bytes each to a tensor's bytes.
struct TypedWriter {
  Array<uint8_t> &target;
  uint64_t size; ///< of the tensor
  uint64_t written;

  bool put(const void *value, uint64_t width) {
    if (width > size - written)
      return false;
    memcpy(target.data + written, value, width);
    written += width;
    return true;
  }
};

bool copyTyped(Bytes bytes, const ElementType &type, TypedWriter &writer) {
  Field field;
  const uint64_t width = max(type.bits / 8, 1u);
  while (bytes.size() > 0) {
    if (!nextField(bytes, field))
      return false;
    switch (field.number) {
    case floatField:
    case doubleField: {
      uint64_t unit = field.number == floatField ? 4 : 8;
      bool fits = type.onnx == (unit == 4 ? 1u : 11u) || type.onnx == (unit == 4 ? 14u : 15u);
      if (!fits || field.bytes.size() % unit || !writer.put(field.bytes.next, field.bytes.size()))
        return false;
      break;
    }
    case int32Field:
    case int64Field:
    case uint64Field: {
      bool fits = field.number == int32Field   ? width <= 4 && type.onnx != 1 && type.onnx != 12
                  : field.number == int64Field ? type.onnx == 7
                                               : type.onnx == 12 || type.onnx == 13;
      // Little-endian: the lower bytes are the value.
      if (!fits || !eachNumber(field, [&](uint64_t value) { return writer.put(&value, width); }))
        return false;
      break;
    }
    default:
      break;
    }
  }
  return true;
}

bool cannotRead(const char *path, const char *why, Message &message) {
  message.set(BORN_ERROR_ARGUMENT, "cannot read '%.900s': %s", path, why);
  return false;
}

bool openProto(const char *path, FileView &file, TensorProto &tensor, Message &message) {
  if (!osMapFile(path, false, file))
    return cannotRead(path, strerror(errno), message);
  Bytes bytes;
  bytes.next = file.data;
  bytes.end = file.data + file.size;
  return parseFields(bytes, tensor) || cannotRead(path, "it is no ONNX TensorProto", message);
}

} // namespace

bool born::tensorProtoFits(const char *path, const born_tensor_desc &wanted) {
  FileView file;
  TensorProto tensor;
  Message ignored;
  bool good = openProto(path, file, tensor, ignored) && tensor.rank == wanted.rank &&
              !memcmp(tensor.dims, wanted.shape, tensor.rank * sizeof tensor.dims[0]);
  osUnmapFile(file);
  return good;
}

bool born::readTensorProtoName(const char *path, char *name, size_t size, Message &message) {
  FileView file;
  TensorProto tensor;
  bool good = openProto(path, file, tensor, message);
  if (good)
    format(name, size, "%.*s", static_cast<int>(min<uint64_t>(tensor.name.size(), size - 1)),
           tensor.name.next ? reinterpret_cast<const char *>(tensor.name.next) : "");
  osUnmapFile(file);
  return good;
}

bool born::readTensorProto(const char *path, const born_tensor_desc &wanted, TensorData &data,
                           Message &message) {
  TensorProto tensor;
  if (!openProto(path, data.file, tensor, message))
    return false;
  if (tensor.type != wanted.type || tensor.rank != wanted.rank ||
      memcmp(tensor.dims, wanted.shape, tensor.rank * sizeof tensor.dims[0]) != 0) {
    char expected[256], found[256];
    describeTensor(wanted.type, wanted.shape, wanted.rank, expected, sizeof expected);
    describeTensor(tensor.type, tensor.dims, tensor.rank, found, sizeof found);
    message.set(BORN_ERROR_ARGUMENT, "'%s': expected %s, found %s in '%.600s'", wanted.name,
                expected, found, path);
    return false;
  }
  if (tensor.external)
    return cannotRead(path, "its data is in another file", message);
  if (tensor.hasRaw) {
    if (tensor.raw.size() != wanted.size)
      return cannotRead(path, "its raw_data has the wrong size", message);
    data.data = tensor.raw.next;
    return true;
  }
  if (!data.owned.allocate(max<uint64_t>(wanted.size, 1)))
    return cannotRead(path, "out of host memory", message);
  Bytes bytes;
  bytes.next = data.file.data;
  bytes.end = data.file.data + data.file.size;
  TypedWriter writer = {data.owned, wanted.size, 0};
  if (!copyTyped(bytes, elementType(wanted.type), writer) || writer.written != wanted.size)
    return cannotRead(path, "its data does not fit its type and shape", message);
  data.data = data.owned.data;
  return true;
}
