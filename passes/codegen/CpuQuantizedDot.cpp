//===- CpuQuantizedDot.cpp - products of dequantised bytes on a CPU -------===//
//
// A model of QuantizeLinear and DequantizeLinear multiplies floats, (d - z) s of data with w t of
// weights, where s is one constant and t one per column. Their sum over the reduction is
// s t sum((d - z) w), whose integers are exact. Data lies in memory as floats, for the devices
// that are best with these; a workgroup brings its rows back to bytes, which is exact too, and
// shares them among all of its columns. Where the weights are such data as well, (w - y) t, the
// sum is that less y sum(d - z), a number per row. Factors of 16 bits are (d - z) and (w - y).
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/CpuDot.h"
#include "passes/codegen/LoopRoles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Products of bytes that an i32 holds the sum of: 255 * 255 * 32768 < 2^31.
static constexpr int64_t kMostSteps = 32768;
/// 1.5 * 2^23, among floats that are 1 apart: a sum with it is rounded to an integer, whose lowest
/// byte is the sum's.
static constexpr float kIntegers = 12582912.0f;

namespace {
class CpuQuantizedDot : public CpuDot {
public:
  using CpuDot::CpuDot;

protected:
  bool matchOperands() override;
  Value zeroOfData() override;
  Value interleave(AffineExpr group) override;
  Value weightWords(AffineExpr group) override;
  Value toWords(Value data, Value zero) override;
  void finishRows(int64_t count) override;
  SmallVector<Value> reduce(ValueRange accumulators) override;
  LogicalResult storeColumn(AffineExpr row, int64_t column, Value sum) override;

private:
  using Quantization = quant::UniformQuantizedType;

  bool scalesColumns();
  bool matchWeights();
  int64_t zeroOfWeights() const;
  int64_t zeroOfRows() const;
  Value constant(Type type, float value);
  Value constant(Type type, int64_t value);
  Value quantize(Value real, Quantization quantization, int64_t zero);
  Value scalesOf(AffineExpr columns, Type type);

  Quantization ofData;
  // Of the weights there is one of these.
  Quantization ofWeights;
  linalg::LinalgOp dequantize;
  OpOperand *scale = nullptr; // of `dequantize`

  StackBuffer rowCorrections; // where weights have a zero point
};
} // namespace

/// Whether weights of a column have the same scale.
bool CpuQuantizedDot::scalesColumns() {
  AffineMap inWeights = root.getMatchingIndexingMap(weights);
  return llvm::all_of(dequantize.getMatchingIndexingMap(scale).getResults(), [&](AffineExpr at) {
    if (isa<AffineConstantExpr>(at))
      return true;
    auto dim = dyn_cast<AffineDimExpr>(at);
    auto loop = dim ? dyn_cast<AffineDimExpr>(inWeights.getResult(dim.getPosition())) : dim;
    return loop && !llvm::is_contained(k.dims, loop.getPosition());
  });
}

bool CpuQuantizedDot::matchWeights() {
  if (auto found = matchDequantizedBytes(weights->get())) {
    weightBytes = found->wide;
    dequantize = found->op;
    scale = found->scale;
    return scalesColumns() && takesWeights();
  }
  ofWeights = quantizationOf(weights->get(), emitter.getSource().quantizedInputs());
  return ofWeights && isPlain(weights->get()) && strideAlong(weights, n.dims.back()) == 1;
}

bool CpuQuantizedDot::matchOperands() {
  ofData = quantizationOf(data->get(), emitter.getSource().quantizedInputs());
  dataBytes.isSigned = instruction->isDataSigned; // as they are staged
  stagesRows = true;
  bool isProduct = llvm::all_of(root.getBlock()->without_terminator(),
                                llvm::IsaPred<arith::MulFOp, arith::AddFOp>);
  return ofData && isProduct && startsFromZero(root) && k.size <= kMostSteps &&
         strideAlong(data, inner) == 1 && matchWeights();
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

/// The zero point of bytes that are brought back as signed or unsigned ones.
static int64_t zeroPoint(quant::UniformQuantizedType quantization, bool isSigned) {
  int64_t unsignedZero = quantization.getZeroPoint() - quantization.getStorageTypeMin();
  return isSigned ? unsignedZero - 128 : unsignedZero;
}

int64_t CpuQuantizedDot::zeroOfWeights() const {
  return ofWeights && instruction->bits == 8 ? zeroPoint(ofWeights, /*isSigned=*/true) : 0;
}

int64_t CpuQuantizedDot::zeroOfRows() const {
  return instruction->bits == 8 ? zeroPoint(ofData, dataBytes.isSigned) : 0;
}

Value CpuQuantizedDot::zeroOfData() {
  return zeroOfRows() != 0 ? constant(emitter.builder.getI32Type(), zeroOfRows()) : Value();
}

/// `value` in all lanes of `type`.
Value CpuQuantizedDot::constant(Type type, float value) {
  return createScalarOrSplatConstant(emitter.builder, emitter.loc, type, APFloat(value));
}

Value CpuQuantizedDot::constant(Type type, int64_t value) {
  return createScalarOrSplatConstant(emitter.builder, emitter.loc, type, value);
}

/// Words whose lowest byte is what floats are multiples of the scale by, plus `zero`.
/// Rounding takes away what dequantisation has rounded, and what the scale's inverse has.
Value CpuQuantizedDot::quantize(Value real, Quantization quantization, int64_t zero) {
  Type type = real.getType();
  float inverse = 1.0f / static_cast<float>(quantization.getScale());
  Value sum = math::FmaOp::create(emitter.builder, emitter.loc, real, constant(type, inverse),
                                  constant(type, kIntegers + static_cast<float>(zero)));
  Type words = withElement(type, emitter.builder.getI32Type());
  return arith::BitcastOp::create(emitter.builder, emitter.loc, words, sum);
}

Value CpuQuantizedDot::toWords(Value data, Value) { return quantize(data, ofData, zeroOfRows()); }

Value CpuQuantizedDot::interleave(AffineExpr group) {
  if (!ofWeights)
    return CpuDot::interleave(group);
  return pack(group);
}

Value CpuQuantizedDot::weightWords(AffineExpr group) {
  if (ofWeights)
    return quantize(weightsAlong(group), ofWeights, zeroOfWeights());
  OpBuilder &b = emitter.builder;
  IndexVector loops = loopsAt(space.constant(0), columnsOf(group));
  Value bytes = emitter.emit(weightBytes.bytes, emitter.operandPosition(root, *weights, loops));
  Type words = withElement(bytes.getType(), b.getI32Type());
  if (weightBytes.isSigned)
    return arith::ExtSIOp::create(b, emitter.loc, words, bytes);
  Value wide = arith::ExtUIOp::create(b, emitter.loc, words, bytes);
  return arith::SubIOp::create(b, emitter.loc, wide, constant(words, int64_t{128}));
}

/// Keeps each row's y sum(d - z).
void CpuQuantizedDot::finishRows(int64_t count) {
  if (zeroOfWeights() == 0)
    return;
  OpBuilder &b = emitter.builder;
  Type i32 = b.getI32Type();
  rowCorrections = StackBuffer(emitter, count, i32);
  int64_t lanes = std::min(kStagedLanes, k.size & -k.size);
  auto type = VectorType::get({lanes}, i32);
  emitter.emitLoop(count, {}, [&](AffineExpr row, ValueRange) {
    auto addPiece = [&](AffineExpr piece, ValueRange sums) {
      Value bytes = stagedRows.load(space.simplify(row * k.size + piece * lanes), lanes);
      Value wide = dataBytes.isSigned
                       ? arith::ExtSIOp::create(b, emitter.loc, type, bytes).getResult()
                       : arith::ExtUIOp::create(b, emitter.loc, type, bytes).getResult();
      return SmallVector<Value>{arith::AddIOp::create(b, emitter.loc, sums.front(), wide)};
    };
    Value sum = emitter.emitLoop(k.size / lanes, emitter.zero(type), addPiece).front();
    sum = vector::ReductionOp::create(b, emitter.loc, vector::CombiningKind::ADD, sum);
    sum = arith::SubIOp::create(b, emitter.loc, sum, constant(i32, k.size * zeroOfRows()));
    sum = arith::MulIOp::create(b, emitter.loc, sum, constant(i32, zeroOfWeights()));
    emitter.withLanes(1, [&] { rowCorrections.store(row, sum); });
    return SmallVector<Value>{};
  });
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SmallVector<Value> CpuQuantizedDot::reduce(ValueRange accumulators) {
  OpBuilder &b = emitter.builder;
  Value zero = emitter.zero(VectorType::get({width}, b.getI32Type()));
  SmallVector<Value> sums = CpuDot::reduce(SmallVector<Value>(accumulators.size(), zero));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    if (zeroOfWeights() != 0) {
      Value correction = rowCorrections.load(rowInBlock + static_cast<int64_t>(i) / columns);
      sum = arith::SubIOp::create(b, emitter.loc, sum, emitter.toVector(correction));
    }
    sum = arith::SIToFPOp::create(b, emitter.loc, VectorType::get({width}, b.getF32Type()), sum);
  }
  return sums;
}

/// The scales of the weights of some columns, as `type`.
Value CpuQuantizedDot::scalesOf(AffineExpr columnsAt, Type type) {
  if (ofWeights)
    return constant(type, static_cast<float>(ofWeights.getScale()));
  IndexVector position =
      emitter.operandPosition(root, *weights, loopsAt(space.constant(0), columnsAt));
  Value scales = emitter.emit(scale->get(), emitter.operandPosition(dequantize, *scale, position));
  return isa<VectorType>(type) ? emitter.toVector(scales) : scales;
}

LogicalResult CpuQuantizedDot::storeColumn(AffineExpr row, int64_t column, Value sum) {
  LogicalResult stored = success();
  forEachPiece(columnGroup[column], [&](AffineExpr columnsAt, Pick pick) {
    Value real = pick(sum);
    Type type = real.getType();
    // One after the other: their product alone may be too small for a float.
    for (Value factor :
         {scalesOf(columnsAt, type), constant(type, static_cast<float>(ofData.getScale()))})
      real = arith::MulFOp::create(emitter.builder, emitter.loc, real, factor);
    if (failed(storeElements(row, columnsAt, real)))
      stored = failure();
  });
  return stored;
}

std::unique_ptr<ContractionTile>
codegen::makeCpuQuantizedDot(Emitter &emitter, const DeviceParameters &device, KernelShape &shape) {
  return std::make_unique<CpuQuantizedDot>(emitter, device, shape);
}
