//===- Constant.h - constant tensors of a model -----------------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_CONSTANT_H
#define BORNC_COMPILER_IMPORT_CONSTANT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
class TypeProto;
} // namespace onnx

namespace bornc::importer {

using Shape = llvm::SmallVector<int64_t, 4>;

/// A constant tensor. Its bytes are as ONNX's raw_data has them: little
/// endian, row-major, a byte per bool, elements below a byte packed.
struct ConstantData {
  int32_t elementType = 0; ///< TensorProto::DataType
  Shape shape;
  bool splat = false;     ///< `owned` is one element that all others equal
  std::string owned;      ///< the bytes, unless they stay in a file
  std::string file;       ///< relative to the model's folder; empty: owned
  uint64_t offset = 0;    ///< in `file`
  llvm::StringRef mapped; ///< the bytes in the mapped file

  bool isMapped() const { return !file.empty(); }
  llvm::StringRef bytes() const { return isMapped() ? mapped : llvm::StringRef(owned); }
};
using ConstantPtr = std::shared_ptr<const ConstantData>;

/// Elements as numbers, for computing with small constants. Every integer and
/// bool fits an int64_t (uint64 by its bits), every float a double.
struct Numbers {
  int32_t elementType = 0;
  Shape shape;
  std::vector<int64_t> ints;
  std::vector<double> floats;

  bool isFloat() const;
  int64_t size() const { return isFloat() ? floats.size() : ints.size(); }
};

/// Bits of an element in storage; 0 for what has no fixed size (strings).
unsigned elementBits(int32_t elementType);
bool isFloatType(int32_t elementType);
/// The name that ONNX's text has for the type: "float", "int64".
std::string elementTypeName(int32_t elementType);
/// The product, or nothing where it overflows or a dimension is negative.
std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> shape);
/// The bytes that a tensor takes in storage.
uint64_t byteSize(int32_t elementType, int64_t count);

/// Converts; nothing for types that numbers cannot hold (complex, strings).
std::optional<Numbers> toNumbers(const ConstantData &constant);
/// Wraps integers and rounds floats to the element type, as a cast does.
ConstantData fromNumbers(const Numbers &numbers);
/// For the library's shape inference.
::onnx::TensorProto toTensorProto(const ConstantData &constant);

ConstantData makeInts(llvm::ArrayRef<int64_t> values);
/// A rank-0 constant of any numeric type.
ConstantData makeScalar(int32_t elementType, double value);

/// The type at the onnx level; null where there is none.
mlir::Type toElementType(int32_t elementType, mlir::MLIRContext *context);
/// Null unless `type` is a tensor with a static shape.
mlir::RankedTensorType toTensorType(const ::onnx::TypeProto &type, mlir::MLIRContext *context);
void setTensorType(::onnx::TypeProto &type, int32_t elementType, llvm::ArrayRef<int64_t> shape);
mlir::ElementsAttr toElementsAttr(const ConstantData &constant, mlir::MLIRContext *context);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_CONSTANT_H
