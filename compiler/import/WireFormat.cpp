//===- WireFormat.cpp - leave large tensors in the mapped file ------------===//
#include "compiler/import/WireFormat.h"

#include "compiler/import/ImportError.h"

using namespace bornc;
using namespace bornc::importer;
using llvm::StringRef;

namespace {

enum class Message {
  Opaque,
  Model,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  Function,
  Training
};

/// The message that `field` of `kind` holds, by the field numbers of
/// onnx.proto, which protobuf's rules keep stable.
Message childOf(Message kind, uint64_t field) {
  switch (kind) {
  case Message::Model:
    return field == 7    ? Message::Graph
           : field == 20 ? Message::Training
           : field == 25 ? Message::Function
                         : Message::Opaque;
  case Message::Graph:
    return field == 1    ? Message::Node
           : field == 5  ? Message::Tensor
           : field == 15 ? Message::SparseTensor
                         : Message::Opaque;
  case Message::Node:
    return field == 5 ? Message::Attribute : Message::Opaque;
  case Message::Attribute:
    return field == 5 || field == 10    ? Message::Tensor
           : field == 6 || field == 11  ? Message::Graph
           : field == 22 || field == 23 ? Message::SparseTensor
                                        : Message::Opaque;
  case Message::SparseTensor:
    return field == 1 || field == 2 ? Message::Tensor : Message::Opaque;
  case Message::Function:
    return field == 7 ? Message::Node : field == 11 ? Message::Attribute : Message::Opaque;
  case Message::Training:
    return field == 1 || field == 2 ? Message::Graph : Message::Opaque;
  case Message::Tensor:
  case Message::Opaque:
    return Message::Opaque;
  }
  return Message::Opaque;
}

/// Fields of TensorProto whose bytes are the little-endian elements.
bool isElementBytes(uint64_t field) { return field == 4 || field == 9 || field == 10; }

constexpr int kMaxDepth = 100; // protobuf's own limit

/// One field as it lies in the file.
struct Field {
  const char *begin; ///< of the tag
  uint64_t number;
  unsigned wireType;
  StringRef payload; ///< of length-delimited fields
};

class Reader {
public:
  explicit Reader(StringRef bytes) : pos(bytes.begin()), end(bytes.end()) {}
  bool atEnd() const { return pos == end; }

  Field next() {
    Field field{pos, 0, 0, {}};
    uint64_t tag = varint();
    field.number = tag >> 3;
    field.wireType = tag & 7;
    if (field.number == 0 || field.number >= (1u << 29))
      throw ImportError("not an ONNX model: invalid protobuf field number", Code::NotOnnx);
    switch (field.wireType) {
    case 0:
      varint();
      break;
    case 1:
      take(8);
      break;
    case 2:
      field.payload = take(varint());
      break;
    case 5:
      take(4);
      break;
    default:
      throw ImportError("not an ONNX model: invalid protobuf wire type", Code::NotOnnx);
    }
    return field;
  }
  const char *position() const { return pos; }

private:
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (pos == end)
        throw ImportError("truncated ONNX model: the file ends inside a field", Code::NotOnnx);
      uint8_t byte = *pos++;
      if (shift == 63 && byte > 1)
        break;
      value |= uint64_t(byte & 127) << shift;
      if (!(byte & 128))
        return value;
    }
    throw ImportError("not an ONNX model: overlong protobuf integer", Code::NotOnnx);
  }
  StringRef take(uint64_t count) {
    if (count > uint64_t(end - pos))
      throw ImportError("truncated ONNX model: a field of " + llvm::Twine(count) +
                            " bytes has only " + llvm::Twine(uint64_t(end - pos)),
                        Code::NotOnnx);
    StringRef bytes(pos, count);
    pos += count;
    return bytes;
  }
  const char *pos, *end;
};

void putVarint(std::string &out, uint64_t value) {
  for (; value > 127; value >>= 7)
    out.push_back(char(value | 128));
  out.push_back(char(value));
}

void putBytes(std::string &out, uint64_t field, StringRef bytes) {
  putVarint(out, field << 3 | 2);
  putVarint(out, bytes.size());
  out.append(bytes.begin(), bytes.end());
}

class Stripper {
public:
  Stripper(StringRef file, uint64_t threshold) : file(file), threshold(threshold) {}

  std::string strip(StringRef bytes, Message kind, int depth = 0) {
    if (depth > kMaxDepth)
      throw ImportError("not an ONNX model: nested more than " + llvm::Twine(kMaxDepth) + " deep",
                        Code::NotOnnx);
    bool tensorStays = kind == Message::Tensor && mayStay(bytes);
    std::string out;
    for (Reader reader(bytes); !reader.atEnd();) {
      Field field = reader.next();
      if (tensorStays && isLarge(field)) {
        putReference(out, field.payload);
        continue;
      }
      Message child = field.wireType == 2 ? childOf(kind, field.number) : Message::Opaque;
      if (child == Message::Opaque)
        out.append(field.begin, reader.position());
      else
        putBytes(out, field.number, strip(field.payload, child, depth + 1));
    }
    return out;
  }

private:
  bool isLarge(const Field &field) const {
    return field.wireType == 2 && isElementBytes(field.number) && field.payload.size() >= threshold;
  }

  /// A tensor whose elements come in several pieces is left to protobuf.
  bool mayStay(StringRef tensor) const {
    unsigned pieces = 0;
    for (Reader reader(tensor); !reader.atEnd();)
      pieces += isElementBytes(reader.next().number);
    return pieces == 1;
  }

  void putReference(std::string &out, StringRef bytes) const {
    auto entry = [&](StringRef key, const std::string &value) {
      std::string pair;
      putBytes(pair, 1, key);
      putBytes(pair, 2, value);
      putBytes(out, 13, pair); // external_data
    };
    entry("location", kMappedLocation);
    entry("offset", std::to_string(bytes.begin() - file.begin()));
    entry("length", std::to_string(bytes.size()));
    putVarint(out, 14 << 3); // data_location = EXTERNAL
    putVarint(out, 1);
  }

  StringRef file;
  uint64_t threshold;
};

} // namespace

std::string importer::stripLargeTensors(StringRef file, uint64_t threshold) {
  return Stripper(file, threshold).strip(file, Message::Model);
}
