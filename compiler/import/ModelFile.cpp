//===- ModelFile.cpp - a model and the files its weights are in -----------===//
#include "compiler/import/ModelFile.h"

#include "onnx/defs/parser.h"

#include "compiler/import/ImportError.h"
#include "compiler/import/WireFormat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

#include <climits>
#include <cstring>
#include <google/protobuf/stubs/logging.h>

using namespace bornc;
using namespace bornc::importer;
using llvm::StringRef;
using llvm::Twine;
using ::onnx::TensorProto;

static_assert(llvm::endianness::native == llvm::endianness::little,
              "raw_data is used as it lies in the file");

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static std::unique_ptr<llvm::MemoryBuffer> mapFile(StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    throw ImportError("cannot read '" + path + "': " + error.message(), Code::CannotRead);
  if (!llvm::sys::fs::is_regular_file(status))
    throw ImportError("cannot read '" + path + "': not a regular file", Code::CannotRead);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    throw ImportError("cannot read '" + path + "': " + buffer.getError().message(),
                      Code::CannotRead);
  return std::move(*buffer);
}

/// Calls `parse` with a parser of `text`, until it has read all of it.
static void parseText(StringRef text,
                      llvm::function_ref<::onnx::Common::Status(::onnx::OnnxParser &)> parse) {
  int depth = 0; // the parser recurses without a limit
  for (char c : text) {
    depth += (c == '{') - (c == '}'); // every subgraph has braces
    if (depth > 100)
      throw ImportError("not ONNX text: nested more than 100 deep", Code::NotOnnx);
  }
  std::string copy = text.str(); // the parser wants a terminator
  ::onnx::OnnxParser parser(copy.c_str());
  do {
    auto status = parse(parser);
    if (!status.IsOK())
      throw ImportError("not ONNX text: " + status.ErrorMessage(), Code::NotOnnx);
  } while (!parser.EndOfInput());
}

static void parseModel(StringRef text, ::onnx::ModelProto &model) {
  parseText(text, [&](::onnx::OnnxParser &parser) {
    if (model.has_graph())
      throw ImportError("not ONNX text: there is more text after the model", Code::NotOnnx);
    return parser.Parse(model);
  });
}

static void parseBinary(StringRef bytes, ::onnx::ModelProto &model) {
  google::protobuf::LogSilencer silence; // it would print to stderr
  std::string small = stripLargeTensors(bytes);
  if (small.size() > INT_MAX)
    throw ImportError("the model has " + Twine(small.size()) +
                          " bytes besides its large tensors, protobuf's limit is " + Twine(INT_MAX),
                      Code::TooLarge);
  if (!model.ParseFromArray(small.data(), int(small.size())))
    throw ImportError("not an ONNX model: its protobuf fields have the wrong types", Code::NotOnnx);
}

ModelFile::ModelFile(StringRef path) : filePath(path), file(mapFile(path)) {
  StringRef bytes = file->getBuffer();
  if (bytes.empty())
    throw ImportError("'" + path + "' is empty", Code::NotOnnx);
  if (path.ends_with(".onnxtxt"))
    parseModel(bytes, proto);
  else
    parseBinary(bytes, proto);
  if (!proto.has_graph())
    throw ImportError("'" + path + "' is not an ONNX model: it has no graph", Code::NotOnnx);
}

/// Whether a tensor in an attribute of these nodes is in another file.
static bool hasExternalTensors(const google::protobuf::RepeatedPtrField<::onnx::NodeProto> &nodes) {
  return llvm::any_of(nodes, [](const ::onnx::NodeProto &node) {
    return llvm::any_of(node.attribute(), [](const ::onnx::AttributeProto &attribute) {
      return attribute.t().external_data_size() > 0 || hasExternalTensors(attribute.g().node());
    });
  });
}

::onnx::ModelProto importer::readFunctions(StringRef path) {
  std::unique_ptr<llvm::MemoryBuffer> file = mapFile(path);
  StringRef bytes = file->getBuffer();
  ::onnx::ModelProto model;
  // The header of a model has a version, that of a function has not.
  bool isModel = bytes.take_until([](char c) { return c == '>'; }).contains("ir_version");
  if (path.ends_with(".onnxtxt") && isModel) {
    parseModel(bytes, model);
  } else if (path.ends_with(".onnxtxt")) {
    parseText(bytes,
              [&](::onnx::OnnxParser &parser) { return parser.Parse(*model.add_functions()); });
  } else {
    google::protobuf::LogSilencer silence; // it would print to stderr
    if (bytes.size() > INT_MAX || !model.ParseFromArray(bytes.data(), int(bytes.size())))
      throw ImportError("'" + path + "' is not an ONNX model", Code::NotOnnx);
  }
  if (model.functions().empty())
    throw ImportError("'" + path + "' has no functions", Code::InvalidFunction);
  for (const ::onnx::FunctionProto &function : model.functions())
    if (hasExternalTensors(function.node()))
      throw ImportError("'" + path + "': the function '" + function.name() +
                            "' has tensors in other files, expected them inside",
                        Code::ExternalData);
  return model;
}

std::string ModelFile::name() const { return llvm::sys::path::filename(filePath).str(); }
std::string ModelFile::stem() const { return llvm::sys::path::stem(filePath).str(); }

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static std::string describe(const TensorProto &tensor) {
  std::string text =
      "tensor '" + tensor.name() + "' of type " + elementTypeName(tensor.data_type()) + "[";
  for (int i = 0; i < tensor.dims_size(); ++i)
    text += (i ? "," : "") + std::to_string(tensor.dims(i));
  return text + "]";
}

/// Copies `values`, each as an element (or byte) of `Stored`.
template <typename Stored, typename Values>
static std::string packed(const Values &values) {
  std::string bytes(values.size() * sizeof(Stored), '\0');
  for (int i = 0; i < values.size(); ++i) {
    Stored value = Stored(values.Get(i));
    std::memcpy(bytes.data() + i * sizeof(Stored), &value, sizeof(Stored));
  }
  return bytes;
}

/// The elements of the typed field that the element type uses.
static std::string typedBytes(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64:
    return packed<float>(tensor.float_data());
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128:
    return packed<double>(tensor.double_data());
  case TensorProto::INT64:
    return packed<int64_t>(tensor.int64_data());
  case TensorProto::UINT64:
    return packed<uint64_t>(tensor.uint64_data());
  case TensorProto::UINT32:
    return packed<uint32_t>(tensor.uint64_data());
  case TensorProto::INT32:
    return packed<int32_t>(tensor.int32_data());
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return packed<uint16_t>(tensor.int32_data());
  default: // 8 bits, and sub-byte elements packed into bytes
    return packed<uint8_t>(tensor.int32_data());
  }
}

ConstantPtr ModelFile::load(const TensorProto &tensor) {
  if (tensor.data_type() == TensorProto::STRING)
    throw Unsupported("strings have no place on the device (" + describe(tensor) + ")");
  if (elementBits(tensor.data_type()) == 0)
    throw ImportError(describe(tensor) + ": unknown element type " + Twine(tensor.data_type()),
                      Code::TensorData);
  if (tensor.has_segment())
    throw Unsupported("tensors in segments (" + describe(tensor) + ")");
  auto constant = std::make_shared<ConstantData>();
  constant->elementType = tensor.data_type();
  constant->shape.assign(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = elementCount(constant->shape);
  if (!count || *count >= (int64_t(1) << 48))
    throw ImportError(describe(tensor) + ": not a possible shape", Code::TensorData);
  if (tensor.data_location() == TensorProto::EXTERNAL)
    loadExternal(tensor, *constant);
  else if (tensor.has_raw_data())
    constant->owned = tensor.raw_data();
  else
    constant->owned = typedBytes(tensor);
  uint64_t expected = byteSize(tensor.data_type(), *count);
  if (constant->bytes().size() != expected)
    throw ImportError(describe(tensor) + ": expected " + Twine(expected) + " bytes, found " +
                          Twine(constant->bytes().size()),
                      Code::TensorData);
  if (constant->isMapped() && expected < kLargeTensor) {
    constant->owned = constant->mapped.str();
    constant->file.clear();
  }
  return constant;
}

ConstantPtr ModelFile::load(const ::onnx::SparseTensorProto &sparse) {
  ConstantPtr values = load(sparse.values()), indices = load(sparse.indices());
  Shape shape(sparse.dims().begin(), sparse.dims().end());
  std::optional<int64_t> count = elementCount(shape);
  unsigned bits = elementBits(values->elementType);
  if (!count || *count > (int64_t(1) << 31) || values->shape.size() != 1 || bits < 8)
    throw ImportError("malformed sparse tensor '" + sparse.values().name() + "'", Code::TensorData);
  int64_t nonZeros = values->shape[0], rank = shape.size();
  bool linear = indices->shape.size() == 1;
  if (indices->elementType != TensorProto::INT64 ||
      (linear ? indices->shape[0] != nonZeros
              : indices->shape.size() != 2 || indices->shape[0] != nonZeros ||
                    indices->shape[1] != rank))
    throw ImportError("malformed indices of sparse tensor '" + sparse.values().name() + "'",
                      Code::TensorData);
  auto dense = std::make_shared<ConstantData>();
  dense->elementType = values->elementType;
  dense->shape = shape;
  dense->owned.assign(byteSize(values->elementType, *count), '\0');
  Numbers position = *toNumbers(*indices);
  for (int64_t i = 0; i < nonZeros; ++i) {
    int64_t at = linear ? position.ints[i] : 0;
    bool inside = at >= 0 && at < *count;
    for (int64_t d = 0; !linear && inside && d < rank; ++d) {
      int64_t index = position.ints[i * rank + d];
      inside = index >= 0 && index < shape[d];
      at = at * shape[d] + index;
    }
    if (!inside)
      throw ImportError("sparse tensor '" + sparse.values().name() + "' has an index out of range",
                        Code::TensorData);
    std::memcpy(dense->owned.data() + at * (bits / 8), values->bytes().data() + i * (bits / 8),
                bits / 8);
  }
  return dense;
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

void ModelFile::loadExternal(const TensorProto &tensor, ConstantData &constant) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const auto &entry : tensor.external_data()) {
    uint64_t number = 0;
    bool isNumber = entry.key() == "offset" || entry.key() == "length";
    if (isNumber && StringRef(entry.value()).getAsInteger(10, number))
      throw ImportError(describe(tensor) + ": external data has a malformed " + entry.key() + " '" +
                            entry.value() + "'",
                        Code::ExternalData);
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offset = number;
    else if (entry.key() == "length")
      length = number;
  }
  StringRef bytes;
  if (location == kMappedLocation) {
    bytes = file->getBuffer();
    constant.file = name();
  } else {
    bytes = externalFile(location);
    constant.file = location;
    if (!length)
      length = byteSize(tensor.data_type(), *elementCount(constant.shape));
  }
  if (offset > bytes.size() || length.value_or(0) > bytes.size() - offset)
    throw ImportError(describe(tensor) + ": needs bytes " + Twine(offset) + " to " + Twine(offset) +
                          "+" + Twine(length.value_or(0)) + " of '" + constant.file +
                          "', which has only " + Twine(bytes.size()),
                      Code::ExternalData);
  constant.offset = offset;
  constant.mapped = bytes.substr(offset, length.value_or(0));
}

/// Only files inside the model's folder: a model is untrusted, and must not
/// name others. (A link that the user put there may lead elsewhere.)
StringRef ModelFile::externalFile(const std::string &location) {
  namespace path = llvm::sys::path;
  bool escapes = location.empty() || path::is_absolute(location) ||
                 StringRef(location).contains('\0') || StringRef(location).contains('\\');
  for (auto part = path::begin(location), end = path::end(location); part != end; ++part)
    escapes |= *part == "..";
  if (escapes)
    throw ImportError("external data location '" + location +
                          "' is not a path inside the model's folder",
                      Code::ExternalData);
  auto &buffer = external[location];
  if (!buffer) {
    llvm::SmallString<256> full(path::parent_path(filePath));
    path::append(full, location);
    buffer = mapFile(full);
  }
  return buffer->getBuffer();
}
