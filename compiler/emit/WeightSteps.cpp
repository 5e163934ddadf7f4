//===- WeightSteps.cpp ----------------------------------------------------===//
#include "compiler/emit/WeightSteps.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/APFloat.h"

#include <cmath>
#include <cstring>
#include <vector>

using namespace mlir;
using namespace bornc;
using llvm::APFloat;

static unsigned bytesOf(Type element) { return born::storageBits(element) / 8; }

unsigned StridedTensor::elementSize() const { return bytesOf(type.getElementType()); }

static SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

bool StridedTensor::isContiguous() const {
  SmallVector<int64_t> expected = rowMajorStrides(type.getShape());
  for (auto [dim, stride, wanted] : llvm::zip(type.getShape(), strides, expected))
    if (dim > 1 && stride != wanted)
      return false;
  return true;
}

StridedTensor bornc::rowMajor(const uint8_t *data, RankedTensorType type) {
  return {data, type, rowMajorStrides(type.getShape()), nullptr};
}

/// Calls fn(address in elements) for every index in row-major order; the
/// address is the sum of one entry of `tables` per dimension. The last
/// dimension is given as a whole: fn(base, table of the last dimension).
template <typename Fn>
static void forEachRow(ArrayRef<std::vector<int64_t>> tables, Fn fn) {
  static const std::vector<int64_t> scalar = {0};
  for (const std::vector<int64_t> &table : tables)
    if (table.empty())
      return;
  size_t outer = tables.empty() ? 0 : tables.size() - 1;
  const std::vector<int64_t> &row = tables.empty() ? scalar : tables.back();
  SmallVector<size_t> index(outer, 0);
  while (true) {
    int64_t base = 0;
    for (size_t d = 0; d < outer; ++d)
      base += tables[d][index[d]];
    fn(base, row);
    size_t d = outer;
    while (d > 0 && ++index[d - 1] == tables[d - 1].size())
      index[--d] = 0;
    if (d == 0)
      return;
  }
}

static std::vector<std::vector<int64_t>> strideTables(ArrayRef<int64_t> shape,
                                                      ArrayRef<int64_t> strides) {
  std::vector<std::vector<int64_t>> tables;
  for (auto [dim, stride] : llvm::zip(shape, strides)) {
    tables.emplace_back(dim);
    for (int64_t i = 0; i < dim; ++i)
      tables.back()[i] = i * stride;
  }
  return tables;
}

/// Address tables of a layout: a physical index is a function of one logical
/// dimension (Born.cpp verifies that), so an address is a sum of terms.
static std::vector<std::vector<int64_t>> layoutTables(RankedTensorType type) {
  auto layout = dyn_cast_or_null<born::LayoutAttr>(type.getEncoding());
  if (!layout)
    return strideTables(type.getShape(), rowMajorStrides(type.getShape()));
  MLIRContext *ctx = type.getContext();
  SmallVector<int64_t> strides = rowMajorStrides(layout.getShape());
  std::vector<std::vector<int64_t>> tables;
  auto index = IntegerType::get(ctx, 64);
  for (int64_t d = 0; d < type.getRank(); ++d) {
    tables.emplace_back(type.getDimSize(d), 0);
    for (auto [number, expr] : llvm::enumerate(layout.getMap().getResults())) {
      bool isConstant = isa<AffineConstantExpr>(expr);
      if (!expr.isFunctionOfDim(d) && !(isConstant && d == 0))
        continue;
      for (int64_t i = 0; i < type.getDimSize(d); ++i) {
        SmallVector<Attribute> operands(type.getRank(), IntegerAttr::get(index, 0)), results;
        operands[d] = IntegerAttr::get(index, i);
        AffineMap one = AffineMap::get(type.getRank(), 0, expr, ctx);
        if (succeeded(one.constantFold(operands, results)))
          tables[d][i] += cast<IntegerAttr>(results[0]).getInt() * strides[number];
      }
    }
  }
  return tables;
}

template <unsigned size>
static void scatter(const StridedTensor &tensor, ArrayRef<std::vector<int64_t>> from,
                    ArrayRef<std::vector<int64_t>> to, uint8_t *target) {
  // Both walks visit the same indices in the same order.
  std::vector<int64_t> bases;
  forEachRow(to, [&](int64_t base, const std::vector<int64_t> &) { bases.push_back(base); });
  static const std::vector<int64_t> scalar = {0};
  const std::vector<int64_t> &targetRow = to.empty() ? scalar : to.back();
  size_t row = 0;
  forEachRow(from, [&](int64_t base, const std::vector<int64_t> &sourceRow) {
    const uint8_t *source = tensor.data + base * size;
    uint8_t *out = target + bases[row++] * size;
    for (size_t i = 0; i < sourceRow.size(); ++i)
      std::memcpy(out + targetRow[i] * size, source + sourceRow[i] * size, size);
  });
}

void bornc::store(const StridedTensor &tensor, RankedTensorType type, uint8_t *target) {
  unsigned size = tensor.elementSize();
  if (!type.getEncoding() && tensor.isContiguous()) {
    std::memcpy(target, tensor.data, tensor.type.getNumElements() * size);
    return;
  }
  auto from = strideTables(tensor.type.getShape(), tensor.strides);
  auto to = layoutTables(type);
  switch (size) {
  case 1:
    return scatter<1>(tensor, from, to, target);
  case 2:
    return scatter<2>(tensor, from, to, target);
  case 4:
    return scatter<4>(tensor, from, to, target);
  case 8:
    return scatter<8>(tensor, from, to, target);
  }
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// A tensor of `type` in memory of its own.
static StridedTensor allocate(RankedTensorType type) {
  auto memory = std::make_unique<uint8_t[]>(
      std::max<int64_t>(1, type.getNumElements() * bytesOf(type.getElementType())));
  StridedTensor result = rowMajor(memory.get(), type);
  result.owned = std::move(memory);
  return result;
}

static void makeContiguous(StridedTensor &tensor) {
  if (tensor.isContiguous())
    return;
  StridedTensor copy = allocate(tensor.type);
  store(tensor, copy.type, copy.owned.get());
  tensor = std::move(copy);
}

/// An element as wide as anything it can be. ONNX converts between integers
/// modulo 2^n, and from integers to floats with one rounding.
struct Element {
  bool isFloat;
  double real;
  int64_t integer; ///< the bits of a uint64_t where the type is unsigned
  bool isUnsigned;
};

static const llvm::fltSemantics &semantics(Type type) {
  return cast<FloatType>(type).getFloatSemantics();
}

static Element load(const uint8_t *at, Type type) {
  uint64_t bits = 0;
  std::memcpy(&bits, at, bytesOf(type)); // little endian, as ONNX and the artifact
  if (auto integer = dyn_cast<IntegerType>(type)) {
    unsigned width = integer.getWidth();
    if (width == 1)
      return {false, 0, bits != 0, false};
    if (integer.isUnsigned())
      return {false, 0, static_cast<int64_t>(bits), true};
    return {false, 0, llvm::SignExtend64(bits, width), false};
  }
  if (type.isF32()) {
    float value;
    std::memcpy(&value, at, 4);
    return {true, value, 0, false};
  }
  APFloat value(semantics(type), llvm::APInt(type.getIntOrFloatBitWidth(), bits));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
  return {true, value.convertToDouble(), 0, false};
}

static uint64_t toInteger(const Element &element, IntegerType type) {
  if (type.getWidth() == 1)
    return element.isFloat ? element.real != 0 : element.integer != 0;
  if (!element.isFloat)
    return static_cast<uint64_t>(element.integer);
  // Out of range is undefined in ONNX; it must not be in C++.
  double real = std::trunc(element.real);
  if (std::isnan(real))
    return 0;
  if (type.isUnsigned())
    return real <= -9.3e18                  ? 0
           : real < 0                       ? static_cast<uint64_t>(static_cast<int64_t>(real))
           : real >= 18446744073709551616.0 ? UINT64_MAX
                                            : static_cast<uint64_t>(real);
  return static_cast<uint64_t>(real >= 9223372036854775808.0   ? INT64_MAX
                               : real < -9223372036854775808.0 ? INT64_MIN
                                                               : static_cast<int64_t>(real));
}

static void save(const Element &element, uint8_t *at, Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    uint64_t bits = toInteger(element, integer);
    std::memcpy(at, &bits, bytesOf(type));
    return;
  }
  if (type.isF32()) {
    float value = element.isFloat      ? static_cast<float>(element.real)
                  : element.isUnsigned ? static_cast<float>(static_cast<uint64_t>(element.integer))
                                       : static_cast<float>(element.integer);
    std::memcpy(at, &value, 4);
    return;
  }
  APFloat value(semantics(type));
  if (element.isFloat) {
    value = APFloat(element.real);
    bool losesInfo;
    value.convert(semantics(type), APFloat::rmNearestTiesToEven, &losesInfo);
  } else {
    value.convertFromAPInt(llvm::APInt(64, static_cast<uint64_t>(element.integer)),
                           !element.isUnsigned, APFloat::rmNearestTiesToEven);
  }
  uint64_t bits = value.bitcastToAPInt().getZExtValue();
  std::memcpy(at, &bits, bytesOf(type));
}

/// out[i] = fn(in[i]) over all elements.
template <typename Fn>
static void mapElements(StridedTensor &tensor, Type element, Fn fn) {
  makeContiguous(tensor);
  StridedTensor result = allocate(RankedTensorType::get(tensor.type.getShape(), element));
  unsigned from = tensor.elementSize(), to = result.elementSize();
  for (int64_t i = 0, e = tensor.type.getNumElements(); i < e; ++i)
    fn(tensor.data + i * from, result.owned.get() + i * to, i);
  tensor = std::move(result);
}

static void reshape(StridedTensor &tensor, ArrayRef<int64_t> shape) {
  makeContiguous(tensor);
  tensor.type = RankedTensorType::get(shape, tensor.type.getElementType());
  tensor.strides = rowMajorStrides(shape);
}

static void transpose(StridedTensor &tensor, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> shape, strides;
  for (int64_t dim : perm) {
    shape.push_back(tensor.type.getDimSize(dim));
    strides.push_back(tensor.strides[dim]);
  }
  tensor.type = RankedTensorType::get(shape, tensor.type.getElementType());
  tensor.strides = strides;
}

static void slice(StridedTensor &tensor, born::SliceStepAttr step) {
  int64_t first = 0;
  for (auto [stride, offset, by] :
       llvm::zip_equal(tensor.strides, step.getOffsets(), step.getStrides())) {
    first += offset * stride;
    stride *= by;
  }
  tensor.data += first * tensor.elementSize();
  tensor.type = RankedTensorType::get(step.getSizes(), tensor.type.getElementType());
}

static LogicalResult concat(StridedTensor &tensor, born::ConcatStepAttr step, SourceReader read,
                            Location loc) {
  SmallVector<StridedTensor> parts;
  parts.push_back(std::move(tensor));
  SmallVector<int64_t> shape(parts.front().type.getShape());
  for (auto attr : step.getParts().getAsRange<born::PartAttr>()) {
    FailureOr<ArrayRef<uint8_t>> bytes = read(attr.getSource());
    if (failed(bytes))
      return failure();
    StridedTensor part = rowMajor(bytes->data(), cast<RankedTensorType>(attr.getStored()));
    if (failed(applyStepsTo(part, attr.getSteps(), read, loc)))
      return failure();
    shape[step.getAxis()] += part.type.getDimSize(step.getAxis());
    parts.push_back(std::move(part));
  }
  StridedTensor result =
      allocate(RankedTensorType::get(shape, parts.front().type.getElementType()));
  // Rows around the axis: of each part one behind the other.
  int64_t rows = 1;
  for (int64_t extent : ArrayRef(shape).take_front(step.getAxis()))
    rows *= extent;
  uint8_t *out = result.owned.get();
  for (StridedTensor &part : parts)
    makeContiguous(part);
  for (int64_t row = 0; row < rows; ++row)
    for (const StridedTensor &part : parts) {
      int64_t bytes = part.type.getNumElements() / rows * part.elementSize();
      std::memcpy(out, part.data + row * bytes, bytes);
      out += bytes;
    }
  tensor = std::move(result);
  return success();
}

static LogicalResult scale(StridedTensor &tensor, born::ScaleStepAttr step, Location loc) {
  Type element = tensor.type.getElementType();
  if (!isa<FloatType>(element) || element.getIntOrFloatBitWidth() % 8)
    return emitError(loc) << "cannot scale a weight of " << element;
  auto factors = llvm::to_vector(step.getFactors().getValues<float>());
  int64_t inner = 1;
  for (int64_t d = step.getAxis() + 1; d < tensor.type.getRank(); ++d)
    inner *= tensor.type.getDimSize(d);
  mapElements(tensor, element, [&](const uint8_t *in, uint8_t *out, int64_t i) {
    float factor = factors[(i / inner) % factors.size()];
    Element value = load(in, element);
    value.real = static_cast<float>(value.real) * factor;
    save(value, out, element);
  });
  return success();
}

LogicalResult bornc::applyStepsTo(StridedTensor &tensor, ArrayAttr steps, SourceReader read,
                                  Location loc) {
  for (Attribute attr : steps) {
    if (auto step = dyn_cast<born::ReshapeStepAttr>(attr)) {
      reshape(tensor, step.getShape().asArrayRef());
    } else if (auto step = dyn_cast<born::TransposeStepAttr>(attr)) {
      transpose(tensor, step.getPerm());
    } else if (auto step = dyn_cast<born::SliceStepAttr>(attr)) {
      slice(tensor, step);
    } else if (auto step = dyn_cast<born::ConcatStepAttr>(attr)) {
      if (failed(concat(tensor, step, read, loc)))
        return failure();
    } else if (auto step = dyn_cast<born::ScaleStepAttr>(attr)) {
      if (failed(scale(tensor, step, loc)))
        return failure();
    } else if (auto step = dyn_cast<born::CastStepAttr>(attr)) {
      Type from = tensor.type.getElementType(), to = step.getElementType();
      if (!to.isIntOrFloat() || (!to.isInteger(1) && to.getIntOrFloatBitWidth() % 8) ||
          to.getIntOrFloatBitWidth() > 64)
        return emitError(loc) << "cannot convert a weight from " << from << " to " << to;
      mapElements(tensor, to,
                  [&](const uint8_t *in, uint8_t *out, int64_t) { save(load(in, from), out, to); });
    }
  }
  return success();
}
