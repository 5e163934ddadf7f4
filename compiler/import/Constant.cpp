//===- Constant.cpp - constant tensors of a model -------------------------===//
#include "onnx/onnx_pb.h"

#include "compiler/import/Constant.h"

#include "compiler/import/ImportError.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
enum class Class { Float, Int, Unsigned, Bool, Complex };
struct ElementInfo {
  int32_t type;
  Class kind;
  unsigned bits;
  const char *name;
};
constexpr ElementInfo kElements[] = {
    {TensorProto::FLOAT, Class::Float, 32, "float"},
    {TensorProto::DOUBLE, Class::Float, 64, "double"},
    {TensorProto::FLOAT16, Class::Float, 16, "float16"},
    {TensorProto::BFLOAT16, Class::Float, 16, "bfloat16"},
    {TensorProto::FLOAT8E4M3FN, Class::Float, 8, "float8e4m3fn"},
    {TensorProto::FLOAT8E4M3FNUZ, Class::Float, 8, "float8e4m3fnuz"},
    {TensorProto::FLOAT8E5M2, Class::Float, 8, "float8e5m2"},
    {TensorProto::FLOAT8E5M2FNUZ, Class::Float, 8, "float8e5m2fnuz"},
    {TensorProto::FLOAT8E8M0, Class::Float, 8, "float8e8m0"},
    {TensorProto::FLOAT4E2M1, Class::Float, 4, "float4e2m1"},
    {TensorProto::INT64, Class::Int, 64, "int64"},
    {TensorProto::INT32, Class::Int, 32, "int32"},
    {TensorProto::INT16, Class::Int, 16, "int16"},
    {TensorProto::INT8, Class::Int, 8, "int8"},
    {TensorProto::INT4, Class::Int, 4, "int4"},
    {TensorProto::INT2, Class::Int, 2, "int2"},
    {TensorProto::UINT64, Class::Unsigned, 64, "uint64"},
    {TensorProto::UINT32, Class::Unsigned, 32, "uint32"},
    {TensorProto::UINT16, Class::Unsigned, 16, "uint16"},
    {TensorProto::UINT8, Class::Unsigned, 8, "uint8"},
    {TensorProto::UINT4, Class::Unsigned, 4, "uint4"},
    {TensorProto::UINT2, Class::Unsigned, 2, "uint2"},
    {TensorProto::BOOL, Class::Bool, 8, "bool"},
    {TensorProto::COMPLEX64, Class::Complex, 64, "complex64"},
    {TensorProto::COMPLEX128, Class::Complex, 128, "complex128"},
};
} // namespace

static const ElementInfo *infoOf(int32_t type) {
  for (const ElementInfo &info : kElements)
    if (info.type == type)
      return &info;
  return nullptr;
}

unsigned importer::elementBits(int32_t type) {
  const ElementInfo *info = infoOf(type);
  return info ? info->bits : 0;
}

bool importer::isFloatType(int32_t type) {
  const ElementInfo *info = infoOf(type);
  return info && info->kind == Class::Float;
}

std::string importer::elementTypeName(int32_t type) {
  if (const ElementInfo *info = infoOf(type))
    return info->name;
  return type == TensorProto::STRING ? "string" : "undefined";
}

Type importer::toElementType(int32_t type, MLIRContext *ctx) {
  Builder b(ctx);
  switch (type) {
  case TensorProto::FLOAT:
    return b.getF32Type();
  case TensorProto::DOUBLE:
    return b.getF64Type();
  case TensorProto::FLOAT16:
    return b.getF16Type();
  case TensorProto::BFLOAT16:
    return b.getBF16Type();
  case TensorProto::FLOAT8E4M3FN:
    return Float8E4M3FNType::get(ctx);
  case TensorProto::FLOAT8E4M3FNUZ:
    return Float8E4M3FNUZType::get(ctx);
  case TensorProto::FLOAT8E5M2:
    return Float8E5M2Type::get(ctx);
  case TensorProto::FLOAT8E5M2FNUZ:
    return Float8E5M2FNUZType::get(ctx);
  case TensorProto::FLOAT8E8M0:
    return Float8E8M0FNUType::get(ctx);
  case TensorProto::FLOAT4E2M1:
    return Float4E2M1FNType::get(ctx);
  case TensorProto::BOOL:
    return b.getI1Type();
  case TensorProto::COMPLEX64:
    return ComplexType::get(b.getF32Type());
  case TensorProto::COMPLEX128:
    return ComplexType::get(b.getF64Type());
  default:
    break;
  }
  const ElementInfo *info = infoOf(type);
  if (!info)
    return nullptr;
  return info->kind == Class::Unsigned ? b.getIntegerType(info->bits, /*isSigned=*/false)
                                       : b.getIntegerType(info->bits);
}

RankedTensorType importer::toTensorType(const ::onnx::TypeProto &type, MLIRContext *ctx) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape())
    return nullptr;
  Type element = toElementType(type.tensor_type().elem_type(), ctx);
  if (!element)
    return nullptr;
  Shape shape;
  for (const auto &dim : type.tensor_type().shape().dim()) {
    if (!dim.has_dim_value() || dim.dim_value() < 0)
      return nullptr;
    shape.push_back(dim.dim_value());
  }
  return RankedTensorType::get(shape, element);
}

void importer::setTensorType(::onnx::TypeProto &type, int32_t elementType,
                             ArrayRef<int64_t> shape) {
  type.Clear();
  type.mutable_tensor_type()->set_elem_type(elementType);
  auto *dims = type.mutable_tensor_type()->mutable_shape();
  for (int64_t dim : shape)
    dims->add_dim()->set_dim_value(dim);
}

std::optional<int64_t> importer::elementCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    if (dim < 0 || llvm::MulOverflow(count, dim, count))
      return std::nullopt;
  return count;
}

uint64_t importer::byteSize(int32_t elementType, int64_t count) {
  unsigned bits = elementBits(elementType);
  // Whole bytes first, so that no product of a plausible count overflows.
  return bits >= 8 ? uint64_t(count) * (bits / 8) : llvm::divideCeil(uint64_t(count), 8 / bits);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

bool Numbers::isFloat() const { return isFloatType(elementType); }

static const llvm::fltSemantics &semanticsOf(int32_t type) {
  switch (type) {
  case TensorProto::DOUBLE:
    return llvm::APFloat::IEEEdouble();
  case TensorProto::FLOAT16:
    return llvm::APFloat::IEEEhalf();
  case TensorProto::BFLOAT16:
    return llvm::APFloat::BFloat();
  case TensorProto::FLOAT8E4M3FN:
    return llvm::APFloat::Float8E4M3FN();
  case TensorProto::FLOAT8E4M3FNUZ:
    return llvm::APFloat::Float8E4M3FNUZ();
  case TensorProto::FLOAT8E5M2:
    return llvm::APFloat::Float8E5M2();
  case TensorProto::FLOAT8E5M2FNUZ:
    return llvm::APFloat::Float8E5M2FNUZ();
  case TensorProto::FLOAT8E8M0:
    return llvm::APFloat::Float8E8M0FNU();
  case TensorProto::FLOAT4E2M1:
    return llvm::APFloat::Float4E2M1FN();
  default:
    return llvm::APFloat::IEEEsingle();
  }
}

/// The bits of element `i`, not extended.
static uint64_t bitsAt(StringRef bytes, unsigned bits, int64_t i) {
  if (bits < 8) {
    unsigned perByte = 8 / bits;
    return (uint8_t(bytes[i / perByte]) >> (i % perByte * bits)) & ((1u << bits) - 1);
  }
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + i * (bits / 8), bits / 8);
  return value;
}

static void setBitsAt(std::string &bytes, unsigned bits, int64_t i, uint64_t value) {
  if (bits >= 8) {
    std::memcpy(bytes.data() + i * (bits / 8), &value, bits / 8);
    return;
  }
  unsigned perByte = 8 / bits;
  bytes[i / perByte] |= char((value & ((1u << bits) - 1)) << (i % perByte * bits));
}

static double floatFromBits(int32_t type, unsigned bits, uint64_t value) {
  if (type == TensorProto::FLOAT)
    return llvm::bit_cast<float>(uint32_t(value));
  if (type == TensorProto::DOUBLE)
    return llvm::bit_cast<double>(value);
  return llvm::APFloat(semanticsOf(type), llvm::APInt(bits, value)).convertToDouble();
}

static uint64_t floatToBits(int32_t type, double value) {
  if (type == TensorProto::FLOAT)
    return llvm::bit_cast<uint32_t>(float(value));
  llvm::APFloat number(value);
  bool lossy = false;
  number.convert(semanticsOf(type), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return number.bitcastToAPInt().getZExtValue();
}

std::optional<Numbers> importer::toNumbers(const ConstantData &constant) {
  const ElementInfo *info = infoOf(constant.elementType);
  if (!info || info->kind == Class::Complex)
    return std::nullopt;
  Numbers numbers;
  numbers.elementType = constant.elementType;
  numbers.shape = constant.shape;
  int64_t count = *elementCount(constant.shape);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = bitsAt(constant.bytes(), info->bits, constant.splat ? 0 : i);
    if (info->kind == Class::Float)
      numbers.floats.push_back(floatFromBits(info->type, info->bits, bits));
    else if (info->kind == Class::Int)
      numbers.ints.push_back(llvm::SignExtend64(bits, info->bits));
    else
      numbers.ints.push_back(info->kind == Class::Bool ? bits != 0 : bits);
  }
  return numbers;
}

ConstantData importer::fromNumbers(const Numbers &numbers) {
  const ElementInfo *info = infoOf(numbers.elementType);
  ConstantData constant;
  constant.elementType = numbers.elementType;
  constant.shape = numbers.shape;
  constant.owned.assign(byteSize(info->type, numbers.size()), '\0');
  for (int64_t i = 0, e = numbers.size(); i < e; ++i)
    setBitsAt(constant.owned, info->bits, i,
              numbers.isFloat() ? floatToBits(info->type, numbers.floats[i])
                                : uint64_t(numbers.ints[i]));
  return constant;
}

::onnx::TensorProto importer::toTensorProto(const ConstantData &constant) {
  TensorProto proto;
  proto.set_data_type(constant.elementType);
  for (int64_t dim : constant.shape)
    proto.add_dims(dim);
  if (!constant.splat) {
    proto.set_raw_data(constant.bytes().str());
    return proto;
  }
  std::string *raw = proto.mutable_raw_data();
  for (int64_t i = 0, e = *elementCount(constant.shape); i < e; ++i)
    raw->append(constant.owned);
  return proto;
}

ConstantData importer::makeInts(ArrayRef<int64_t> values) {
  Numbers numbers;
  numbers.elementType = TensorProto::INT64;
  numbers.shape = {int64_t(values.size())};
  numbers.ints.assign(values.begin(), values.end());
  return fromNumbers(numbers);
}

ConstantData importer::makeScalar(int32_t elementType, double value) {
  Numbers numbers;
  numbers.elementType = elementType;
  if (numbers.isFloat())
    numbers.floats = {value};
  else
    numbers.ints = {int64_t(value)};
  return fromNumbers(numbers);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// Whether all elements equal the first, which are then stored once: the same
/// constant must be the same attribute, whichever way it came about.
static bool isUniform(StringRef bytes, size_t element) {
  return bytes.size() <= element ||
         std::memcmp(bytes.data(), bytes.data() + element, bytes.size() - element) == 0;
}

ElementsAttr importer::toElementsAttr(const ConstantData &constant, MLIRContext *ctx) {
  const ElementInfo *info = infoOf(constant.elementType);
  auto type = RankedTensorType::get(constant.shape, toElementType(constant.elementType, ctx));
  int64_t count = type.getNumElements();
  StringRef bytes = constant.bytes();
  if (info->kind == Class::Bool || info->bits < 8) {
    // MLIR has its own storage for these: one value at a time.
    int64_t stored = constant.splat ? std::min<int64_t>(count, 1) : count;
    unsigned width = info->kind == Class::Bool ? 1 : info->bits;
    SmallVector<APInt> values;
    for (int64_t i = 0; i < stored; ++i) {
      uint64_t bits = bitsAt(bytes, info->bits, i);
      values.emplace_back(width, info->kind == Class::Bool ? bits != 0 : bits);
    }
    if (info->kind != Class::Float)
      return DenseElementsAttr::get(type, values);
    SmallVector<APFloat> floats;
    for (const APInt &value : values)
      floats.emplace_back(semanticsOf(info->type), value);
    return DenseElementsAttr::get(type, floats);
  }
  size_t element = info->bits / 8;
  if (count > 0 && (constant.splat || isUniform(bytes, element)))
    bytes = bytes.take_front(element);
  else if (count == 0)
    bytes = {};
  return DenseElementsAttr::getFromRawBuffer(type, ArrayRef<char>(bytes.data(), bytes.size()));
}
