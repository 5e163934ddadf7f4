//===- CpuDot.cpp ---------------------------------------------------------===//
#include "passes/codegen/CpuDot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Whether weights less their zero point are signed bytes as they are, or with their highest bit
/// turned.
static bool isCentred(const WidenedBytes &weights) {
  if (!weights.zero)
    return weights.isSigned;
  DenseIntElementsAttr zero;
  return matchPattern(weights.zero, m_Constant(&zero)) && zero.isSplat() &&
         zero.getSplatValue<APInt>().getZExtValue() == (weights.isSigned ? 0 : 128);
}

bool CpuDot::takesData() { return strideAlong(data, inner) == 1 && innerExtent % kFour == 0; }

bool CpuDot::takesWeights() {
  return isCentred(weightBytes) && isPanel(emitter, weightBytes.bytes);
}

bool CpuDot::matchOperands() {
  if (!multipliesBytes(root))
    return false;
  dataBytes = *matchWidenedBytes(data->get());
  weightBytes = *matchWidenedBytes(weights->get());
  bool isProduct = llvm::all_of(root.getBlock()->without_terminator(),
                                llvm::IsaPred<arith::MulIOp, arith::AddIOp>);
  return isProduct && isPlain(dataBytes.bytes) && takesData() && takesWeights();
}

bool CpuDot::chooseTile() {
  if (!device.byteDot || gates > 1 || k.size == 0 || !matchOperands())
    return false;
  chooseWidth();
  chooseSizes(m.size);
  columns = std::min(columns, kWeightBytes / (k.size * width));
  if (width != device.lanes || columns == 0)
    return false;
  stagesWeights = true;
  orderReduction();
  unrollAll = false;
  addsInitLast = lastWidth() != width && !startsFromConstant();
  return true;
}

/// Calls `body(number, carried)` for each four steps of the reduction, which begin at the indices
/// that are set.
SmallVector<Value> CpuDot::forEachFour(size_t depth, AffineExpr number, ValueRange carried,
                                       Body body) {
  bool isInner = depth + 1 == order.size();
  int64_t count = isInner ? innerExtent / kFour : extents[depth];
  return emitter.emitLoop(count, carried, [&](AffineExpr i, ValueRange inside) {
    reduction[order[depth]] = isInner ? space.simplify(i * kFour) : i;
    AffineExpr next = space.simplify(number * count + i);
    return isInner ? body(next, inside) : forEachFour(depth + 1, next, inside, body);
  });
}

/// Adds to each lane the products of its four bytes of `data` and of `weight`.
Value CpuDot::dot(Value accumulator, Value data, Value weight) {
  return LLVM::CallIntrinsicOp::create(emitter.builder, emitter.loc, accumulator.getType(),
                                       emitter.builder.getStringAttr(device.byteDot->intrinsic),
                                       ValueRange{accumulator, data, weight})
      .getResult(0);
}

/// Every byte's highest bit turned: from signed to unsigned, plus 128, and back.
static Value turnHighestBits(Emitter &emitter, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  Value highest = arith::ConstantOp::create(
      emitter.builder, emitter.loc,
      DenseElementsAttr::get(type, APInt::getSignMask(type.getElementTypeBitWidth())));
  return arith::XOrIOp::create(emitter.builder, emitter.loc, bytes, highest);
}

Value CpuDot::loadFour(int64_t row, AffineExpr) {
  AffineExpr step = reduction[inner];
  AffineExpr at = emitter.clamp(space.simplify(firstRow + row), m.size);
  Value bytes;
  emitter.withLanes(kFour, [&] {
    reduction[inner] = space.simplify(step + space.lane());
    bytes = emitter.emit(dataBytes.bytes,
                         emitter.operandPosition(root, *data, loopsAt(at, space.constant(0))));
  });
  reduction[inner] = step;
  bytes = inAllLanes(bytes);
  return turnsData() ? turnHighestBits(emitter, bytes) : bytes;
}

/// Four bytes in every lane.
Value CpuDot::inAllLanes(Value bytes) {
  OpBuilder &b = emitter.builder;
  Value word =
      vector::BitCastOp::create(b, emitter.loc, VectorType::get({1}, b.getI32Type()), bytes);
  word = vector::ExtractOp::create(b, emitter.loc, word, 0);
  Value words = emitter.toVector(word);
  return vector::BitCastOp::create(b, emitter.loc, VectorType::get({width * kFour}, b.getI8Type()),
                                   words);
}

/// One vector after the other; a power of two of them.
static Value concatenate(Emitter &emitter, ValueRange vectors) {
  if (vectors.size() == 1)
    return vectors.front();
  size_t half = vectors.size() / 2;
  Value first = concatenate(emitter, vectors.take_front(half));
  Value second = concatenate(emitter, vectors.drop_front(half));
  int64_t count = cast<VectorType>(first.getType()).getNumElements();
  return vector::ShuffleOp::create(emitter.builder, emitter.loc, first, second,
                                   llvm::to_vector(llvm::seq<int64_t>(2 * count)));
}

/// The bytes of a column group at the current four steps, step by step, as words.
Value CpuDot::loadSteps(AffineExpr group) {
  OpBuilder &b = emitter.builder;
  auto argument = cast<BlockArgument>(weightBytes.bytes);
  RankedTensorType type = emitter.getSource().inputTypes()[argument.getArgNumber()];
  // A panel has the columns of a step side by side, one step after the other.
  int64_t together = born::physicalShape(type).back() == width ? kFour : 1;
  AffineExpr step = reduction[inner];
  SmallVector<Value> parts;
  for (int64_t i = 0; i < kFour; i += together)
    emitter.withLanes(together * width, [&] {
      reduction[inner] = space.simplify(step + i + space.lane().floorDiv(width));
      AffineExpr column = space.simplify(group * width + space.lane() % width);
      Value part =
          emitter.emit(weightBytes.bytes,
                       emitter.operandPosition(root, *weights, loopsAt(space.constant(0), column)));
      auto words = VectorType::get({together * width / kFour}, b.getI32Type());
      parts.push_back(vector::BitCastOp::create(b, emitter.loc, words, part));
    });
  reduction[inner] = step;
  return concatenate(emitter, parts);
}

Value CpuDot::interleave(AffineExpr group) {
  OpBuilder &b = emitter.builder;
  // Fours of columns become lanes of their own first, as instructions have it.
  int64_t fours = width / kFour;
  SmallVector<int64_t> words, mask(width * kFour);
  for (int64_t four = 0; four < fours; ++four)
    for (int64_t i = 0; i < kFour; ++i)
      words.push_back(i * fours + four);
  for (int64_t four = 0; four < fours; ++four)
    for (int64_t column = 0; column < kFour; ++column)
      for (int64_t i = 0; i < kFour; ++i)
        mask[(four * kFour + column) * kFour + i] = (four * kFour + i) * kFour + column;
  Value bytes = loadSteps(group);
  bytes = vector::ShuffleOp::create(b, emitter.loc, bytes, bytes, words);
  bytes = vector::BitCastOp::create(b, emitter.loc, VectorType::get({width * kFour}, b.getI8Type()),
                                    bytes);
  bytes = vector::ShuffleOp::create(b, emitter.loc, bytes, bytes, mask);
  return weightBytes.isSigned ? bytes : turnHighestBits(emitter, bytes);
}

Value CpuDot::zeroOfData() {
  OpBuilder &b = emitter.builder;
  Value zero;
  if (dataBytes.zero) {
    IndexVector position(cast<RankedTensorType>(dataBytes.zero.getType()).getRank(),
                         space.constant(0));
    zero = emitter.emit(dataBytes.zero, position);
    zero = dataBytes.isSigned
               ? arith::ExtSIOp::create(b, emitter.loc, b.getI32Type(), zero).getResult()
               : arith::ExtUIOp::create(b, emitter.loc, b.getI32Type(), zero).getResult();
  }
  if (!turnsData())
    return zero;
  int32_t moved = dataBytes.isSigned ? 128 : -128;
  Value turned = arith::ConstantOp::create(b, emitter.loc, b.getI32IntegerAttr(moved));
  return zero ? arith::AddIOp::create(b, emitter.loc, zero, turned).getResult() : turned;
}

void CpuDot::stageWeights() {
  OpBuilder &b = emitter.builder;
  if (!stagedWeights.getMemory())
    stagedWeights = StackBuffer(emitter, k.size * columns * width, weightBytes.bytes);
  Value ones = arith::ConstantOp::create(
      b, emitter.loc,
      DenseElementsAttr::get(VectorType::get({width * kFour}, b.getI8Type()), APInt(8, 1)));
  SmallVector<Value> sums(columns, emitter.zero(VectorType::get({width}, b.getI32Type())));
  IndexVector before = reduction;
  sums = forEachFour(0, space.constant(0), sums, [&](AffineExpr number, ValueRange carried) {
    SmallVector<Value> next;
    for (auto [column, group] : llvm::enumerate(columnGroup)) {
      Value four = interleave(group);
      stagedWeights.store((number * columns + column) * (width * kFour), four);
      next.push_back(dot(carried[column], ones, four));
    }
    return next;
  });
  reduction = before;
  corrections.clear();
  Value zero = zeroOfData();
  for (Value sum : zero ? ArrayRef<Value>(sums) : ArrayRef<Value>())
    corrections.push_back(arith::MulIOp::create(b, emitter.loc, emitter.toVector(zero), sum));
}

SmallVector<Value> CpuDot::reduce(ValueRange accumulators) {
  SmallVector<Value> sums =
      forEachFour(0, space.constant(0), accumulators, [&](AffineExpr number, ValueRange carried) {
        SmallVector<Value> vectors, next;
        for (int64_t column = 0; column < columns; ++column)
          vectors.push_back(
              stagedWeights.load((number * columns + column) * (width * kFour), width * kFour));
        for (int64_t row = 0; row < rows; ++row) {
          Value four = loadFour(row, number);
          for (int64_t column = 0; column < columns; ++column)
            next.push_back(dot(carried[row * columns + column], four, vectors[column]));
        }
        return next;
      });
  if (!corrections.empty())
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = arith::SubIOp::create(emitter.builder, emitter.loc, sum, corrections[i % columns]);
  reduction.assign(root.getNumLoops(), space.constant(0));
  return sums;
}

std::unique_ptr<ContractionTile>
codegen::makeCpuDot(Emitter &emitter, const DeviceParameters &device, KernelShape &shape) {
  return std::make_unique<CpuDot>(emitter, device, shape);
}
