//===- CpuQuantizedDot.cpp - products of dequantised bytes on a CPU -------===//
//
// A model of QuantizeLinear and DequantizeLinear multiplies floats, (d - z) s of data with w t of
// weights, where s is one constant and t one per column. Their sum over the reduction is
// s t sum((d - z) w), whose integers are exact. Data lies in memory as floats, for the devices
// that are best with these; a workgroup brings its rows back to bytes, which is exact too, and
// shares them among all of its columns. Where the weights are such data as well, (w - y) t, the
// sum is that less y sum(d - z), a number per row.
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

/// Bytes of a workgroup's rows on the stack, beside its weights in the second-level cache.
static constexpr int64_t kRowBytes = 131072;
/// Floats of a row that become bytes at a time.
static constexpr int64_t kStagedLanes = 16;
/// Products of bytes that an i32 holds the sum of: 255 * 255 * 32768 < 2^31.
static constexpr int64_t kMostSteps = 32768;
/// 1.5 * 2^23, among floats that are 1 apart: a sum with it is rounded to an integer, whose lowest
/// byte is the sum's.
static constexpr float kIntegers = 12582912.0f;

namespace {
class CpuQuantizedDot : public CpuDot {
public:
  using CpuDot::CpuDot;
  LogicalResult emit() override;

protected:
  bool matchOperands() override;
  Value loadFour(int64_t row, AffineExpr number) override;
  Value zeroOfData() override;
  Value interleave(AffineExpr group) override;
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
  Value toWords(Value real, Quantization quantization, int64_t zero);
  void stageRows(AffineExpr first, int64_t count);
  void startRow();
  void addToRow(Value bytes);
  void endRow(AffineExpr row);
  Value scalesOf(AffineExpr columns, Type type);

  Quantization ofData;
  // Of the weights there is one of these.
  Quantization ofWeights;
  linalg::LinalgOp dequantize;
  OpOperand *scale = nullptr; // of `dequantize`

  StackBuffer stagedRows;
  // Where weights have a zero point: of each row's sums, and the current row's bytes.
  StackBuffer rowCorrections, sumOfLanes;
  AffineExpr rowInBlock; // of the tile's first
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
  bool isProduct = llvm::all_of(root.getBlock()->without_terminator(),
                                llvm::IsaPred<arith::MulFOp, arith::AddFOp>);
  return ofData && isProduct && startsFromZero(root) && k.size <= kMostSteps && takesData() &&
         matchWeights();
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
  return ofWeights ? zeroPoint(ofWeights, /*isSigned=*/true) : 0;
}

int64_t CpuQuantizedDot::zeroOfRows() const {
  return zeroPoint(ofData, device.byteDot->isDataSigned);
}

Value CpuQuantizedDot::zeroOfData() { return constant(emitter.builder.getI32Type(), zeroOfRows()); }

/// `value` in all lanes of `type`.
Value CpuQuantizedDot::constant(Type type, float value) {
  return createScalarOrSplatConstant(emitter.builder, emitter.loc, type, APFloat(value));
}

Value CpuQuantizedDot::constant(Type type, int64_t value) {
  return createScalarOrSplatConstant(emitter.builder, emitter.loc, type, value);
}

/// Words (a vector) whose lowest byte is what floats are multiples of the scale by, plus `zero`.
/// Rounding takes away what dequantisation has rounded, and what the scale's inverse has.
Value CpuQuantizedDot::toWords(Value real, Quantization quantization, int64_t zero) {
  Type type = real.getType();
  float inverse = 1.0f / static_cast<float>(quantization.getScale());
  Value sum = math::FmaOp::create(emitter.builder, emitter.loc, real, constant(type, inverse),
                                  constant(type, kIntegers + static_cast<float>(zero)));
  Type words = cast<VectorType>(type).clone(emitter.builder.getI32Type());
  return arith::BitcastOp::create(emitter.builder, emitter.loc, words, sum);
}

Value CpuQuantizedDot::interleave(AffineExpr group) {
  if (!ofWeights)
    return CpuDot::interleave(group);
  OpBuilder &b = emitter.builder;
  AffineExpr step = reduction[inner];
  Value words;
  for (int64_t i = 0; i < kFour; ++i) {
    reduction[inner] = space.simplify(step + i);
    Value word = toWords(weightsAlong(group), ofWeights, zeroOfWeights());
    Type type = word.getType();
    word = arith::AndIOp::create(b, emitter.loc, word, constant(type, int64_t{255}));
    word = arith::ShLIOp::create(b, emitter.loc, word, constant(type, 8 * i));
    words = words ? arith::OrIOp::create(b, emitter.loc, words, word).getResult() : word;
  }
  reduction[inner] = step;
  return vector::BitCastOp::create(b, emitter.loc, VectorType::get({width * kFour}, b.getI8Type()),
                                   words);
}

/// Rows from `first` on, one after the other in the order of the reduction.
void CpuQuantizedDot::stageRows(AffineExpr first, int64_t count) {
  OpBuilder &b = emitter.builder;
  stagedRows = StackBuffer(emitter, count * k.size, b.getI8Type());
  if (zeroOfWeights() != 0) {
    rowCorrections = StackBuffer(emitter, count, b.getI32Type());
    sumOfLanes = StackBuffer(emitter, kStagedLanes, b.getI32Type());
  }
  IndexVector before = reduction;
  emitter.emitLoop(count, {}, [&](AffineExpr row, ValueRange) {
    AffineExpr known = emitter.clamp(space.simplify(first + row), m.size);
    startRow();
    forEachStep(0, order.size() - 1, [&] {
      emitter.withLanes(kStagedLanes, [&] {
        forEachVector(emitter, innerExtent, [&](AffineExpr step) {
          reduction[inner] = step;
          Value words =
              toWords(load(data, loopsAt(known, space.constant(0))), ofData, zeroOfRows());
          Value bytes = arith::TruncIOp::create(
              b, emitter.loc, cast<VectorType>(words.getType()).clone(b.getI8Type()), words);
          stagedRows.store(row * k.size + stepNumber(0), bytes);
          addToRow(bytes);
        });
      });
    });
    endRow(row);
    return SmallVector<Value>{};
  });
  reduction = before;
}

void CpuQuantizedDot::startRow() {
  if (zeroOfWeights() != 0)
    sumOfLanes.store(space.constant(0),
                     emitter.zero(VectorType::get({kStagedLanes}, emitter.builder.getI32Type())));
}

void CpuQuantizedDot::addToRow(Value bytes) {
  if (zeroOfWeights() == 0)
    return;
  Value sum = sumOfLanes.load(space.constant(0), space.lanes());
  bytes =
      device.byteDot->isDataSigned
          ? arith::ExtSIOp::create(emitter.builder, emitter.loc, sum.getType(), bytes).getResult()
          : arith::ExtUIOp::create(emitter.builder, emitter.loc, sum.getType(), bytes).getResult();
  sum = arith::AddIOp::create(emitter.builder, emitter.loc, sum, bytes);
  sumOfLanes.store(space.constant(0), sum);
}

/// Keeps the row's y sum(d - z).
void CpuQuantizedDot::endRow(AffineExpr row) {
  if (zeroOfWeights() == 0)
    return;
  OpBuilder &b = emitter.builder;
  Type i32 = b.getI32Type();
  Value sum = vector::ReductionOp::create(b, emitter.loc, vector::CombiningKind::ADD,
                                          sumOfLanes.load(space.constant(0), kStagedLanes));
  sum = arith::SubIOp::create(b, emitter.loc, sum, constant(i32, k.size * zeroOfRows()));
  sum = arith::MulIOp::create(b, emitter.loc, sum, constant(i32, zeroOfWeights()));
  emitter.withLanes(1, [&] { rowCorrections.store(row, sum); });
}

Value CpuQuantizedDot::loadFour(int64_t row, AffineExpr number) {
  return inAllLanes(stagedRows.load((rowInBlock + row) * k.size + number * kFour, kFour));
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

/// A workgroup has a block of rows and some tiles of columns, whose weights it brings side by side
/// one tile at a time.
LogicalResult CpuQuantizedDot::emit() {
  int64_t rowTiles = llvm::divideCeil(m.size, rows);
  int64_t most = std::max<int64_t>(1, kRowBytes / (rows * k.size));
  int64_t perBlock = llvm::divideCeil(rowTiles, llvm::divideCeil(rowTiles, most));
  int64_t blocks = llvm::divideCeil(rowTiles, perBlock);
  int64_t columnTiles = llvm::divideCeil(groups, columns);
  int64_t perPart = dealColumns(batch.size * blocks, columnTiles);
  int64_t parts = llvm::divideCeil(columnTiles, perPart);
  AffineExpr number = workgroupNumber(emitter, shape, batch.size * parts * blocks);
  IndexVector at = space.delinearize(number, {batch.size, parts, blocks});
  batchIndex = at[0];

  stagedWeights = StackBuffer(emitter, k.size * columns * width, emitter.builder.getI8Type());
  AffineExpr firstTile = space.simplify(at[2] * perBlock);
  stageRows(space.simplify(firstTile * rows), perBlock * rows);
  forEachColumnTile(at[1], perPart, columnTiles, [&](AffineExpr columnTile) {
    selectColumns(columnTile);
    stageWeights();
    forEachTile(perBlock, [&](AffineExpr tile) {
      LogicalResult result = success();
      AffineExpr inAll = space.simplify(firstTile + tile);
      emitter.emitIf(emitter.lessThan(inAll, rowTiles), [&] {
        firstRow = space.simplify(emitter.clamp(inAll, rowTiles) * rows);
        rowInBlock = space.simplify(tile * rows);
        result = emitTile(columnTile);
      });
      return result;
    });
    return success();
  });
  return success(succeeded(status) && !emitter.hasFailed());
}

std::unique_ptr<ContractionTile>
codegen::makeCpuQuantizedDot(Emitter &emitter, const DeviceParameters &device, KernelShape &shape) {
  return std::make_unique<CpuQuantizedDot>(emitter, device, shape);
}
