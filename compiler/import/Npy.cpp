//===- Npy.cpp - numpy's array files --------------------------------------===//
#include "onnx/onnx_pb.h"

#include "compiler/import/Npy.h"

#include "compiler/import/ImportError.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace bornc;
using namespace bornc::importer;
using llvm::StringRef;
using ::onnx::TensorProto;

/// The text after `'key':` in the header, a Python dict.
static StringRef entryOf(StringRef header, StringRef key) {
  size_t at = header.find(("'" + key + "':").str());
  return at == StringRef::npos ? StringRef() : header.substr(at + key.size() + 3).ltrim();
}

static Shape parseShape(StringRef text, const llvm::Twine &path) {
  Shape shape;
  size_t close = text.find(')');
  if (!text.consume_front("(") || close == StringRef::npos)
    throw ImportError("'" + path + "': malformed shape", Code::WrongValue);
  llvm::SmallVector<StringRef> parts;
  text.take_front(close - 1).split(parts, ',');
  for (StringRef part : parts) {
    int64_t dim = 0;
    if (part.trim().empty())
      continue;
    if (part.trim().getAsInteger(10, dim))
      throw ImportError("'" + path + "': malformed shape", Code::WrongValue);
    shape.push_back(dim);
  }
  return shape;
}

ConstantData importer::readNpy(StringRef path) {
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    throw ImportError("cannot read '" + path + "': " + buffer.getError().message(),
                      Code::CannotRead);
  StringRef bytes = (*buffer)->getBuffer();
  if (!bytes.starts_with("\x93NUMPY") || bytes.size() < 12)
    throw ImportError("'" + path + "' is not a .npy file", Code::WrongValue);
  bool isLong = bytes[6] >= 2;
  size_t length = isLong ? llvm::support::endian::read32le(bytes.data() + 8)
                         : llvm::support::endian::read16le(bytes.data() + 8);
  size_t start = isLong ? 12 : 10;
  if (length > bytes.size() - start)
    throw ImportError("'" + path + "' is truncated", Code::WrongValue);
  StringRef header = bytes.substr(start, length), data = bytes.substr(start + length);
  if (!entryOf(header, "fortran_order").starts_with("False"))
    throw ImportError("'" + path + "' is in Fortran order, expected C order", Code::WrongValue);
  StringRef descr = entryOf(header, "descr");
  descr = descr.consume_front("'") ? descr.take_until([](char c) { return c == '\''; }) : "";
  ConstantData constant;
  constant.elementType = llvm::StringSwitch<int32_t>(descr)
                             .Case("<f2", TensorProto::FLOAT16)
                             .Case("<f4", TensorProto::FLOAT)
                             .Case("<f8", TensorProto::DOUBLE)
                             .Case("<i8", TensorProto::INT64)
                             .Case("<i4", TensorProto::INT32)
                             .Case("<i2", TensorProto::INT16)
                             .Case("|i1", TensorProto::INT8)
                             .Case("<u8", TensorProto::UINT64)
                             .Case("<u4", TensorProto::UINT32)
                             .Case("<u2", TensorProto::UINT16)
                             .Case("|u1", TensorProto::UINT8)
                             .Case("|b1", TensorProto::BOOL)
                             .Default(0);
  if (constant.elementType == 0)
    throw ImportError("'" + path + "' has elements of type '" + descr + "', which ONNX lacks",
                      Code::WrongValue);
  constant.shape = parseShape(entryOf(header, "shape"), path);
  std::optional<int64_t> count = elementCount(constant.shape);
  if (!count || *count >= (int64_t(1) << 48) ||
      byteSize(constant.elementType, *count) != data.size())
    throw ImportError("'" + path + "' has " + llvm::Twine(data.size()) +
                          " bytes of data, which its shape does not need",
                      Code::WrongValue);
  constant.owned = data.str();
  return constant;
}
