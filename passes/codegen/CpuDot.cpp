//===- CpuDot.cpp ---------------------------------------------------------===//
#include "passes/codegen/CpuDot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Bits and bytes of a word, of which vectors of `width` lanes consist.
static constexpr int64_t kWordBits = 32, kBytes = 4;
/// Bytes of a workgroup's rows and weights on the stack, which stay in the second-level cache.
static constexpr int64_t kStagedBytes = 196608;

static bool isOneElement(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getNumElements() == 1;
}

Type CpuDot::factorType() { return emitter.builder.getIntegerType(instruction->bits); }

VectorType CpuDot::factors(int64_t count) { return VectorType::get({count}, factorType()); }

/// Whether weights less their zero point are signed bytes as they are, or with their highest bit
/// turned.
static bool isCentred(const WidenedBytes &weights) {
  if (!weights.zero)
    return weights.isSigned;
  DenseIntElementsAttr zero;
  return matchPattern(weights.zero, m_Constant(&zero)) && zero.isSplat() &&
         zero.getSplatValue<APInt>().getZExtValue() == (weights.isSigned ? 0 : 128);
}

bool CpuDot::takesWeights() {
  return isCentred(weightBytes) && isPanel(emitter, weightBytes.bytes);
}

bool CpuDot::matchOperands() {
  bool isProduct = llvm::all_of(root.getBlock()->without_terminator(),
                                llvm::IsaPred<arith::MulIOp, arith::AddIOp>);
  if (!isProduct || !multipliesBytes(root))
    return false;
  auto plain = matchWidenedBytes(data->get());
  dataBytes = plain ? *plain : *matchWidenedBytes(lookThroughMoves(data->get()));
  stagesRows = instruction->bits != 8 || !plain || !isPlain(dataBytes.bytes) ||
               strideAlong(data, inner) != 1;
  if (instruction->bits != 8)
    return true;
  auto found = matchWidenedBytes(weights->get());
  weightBytes = found.value_or(WidenedBytes());
  return found && takesWeights() && (!dataBytes.zero || isOneElement(dataBytes.zero));
}

/// Weights for two rows are two vectors, and products of 16 bits are one before they are added.
int64_t CpuDot::mostColumns(int64_t rows) const {
  int64_t products = instruction->bits == 8 ? 0 : 1;
  return (device.tileRegisters - products) / (rows + instruction->rows);
}

/// Factors of 16 bits, which are staged on both sides, may have steps beyond the innermost loop.
bool CpuDot::fits(const ByteDot &dot) {
  instruction = &dot;
  stagedSteps = k.size / innerExtent * llvm::alignTo(innerExtent, dot.steps);
  return m.size >= dot.rows && (stagedSteps == k.size || dot.bits != 8) && matchOperands();
}

/// Beside a tile's weights.
int64_t CpuDot::mostStagedRows() const {
  return kStagedBytes * 8 / (stagedSteps * instruction->bits) - columns * width;
}

bool CpuDot::chooseTile() {
  if (gates > 1 || k.size == 0 ||
      llvm::none_of(device.byteDots, [&](const ByteDot &dot) { return fits(dot); }))
    return false;
  chooseWidth();
  chooseSizes(m.size);
  if (instruction->rows > 1) {
    rows = llvm::alignTo(rows, instruction->rows);
    columns = std::min(columns, mostColumns(rows));
  }
  int64_t columnBytes = stagedSteps * instruction->bits / 8;
  columns = std::min(columns, kWeightBytes / (columnBytes * width));
  if (stagesRows)
    rows = std::min<int64_t>(rows, llvm::alignDown(mostStagedRows(), instruction->rows));
  if (width != device.lanes || columns == 0 || rows == 0)
    return false;
  stagesWeights = true;
  orderReduction();
  extents.back() = llvm::alignTo(innerExtent, instruction->steps);
  unrollAll = false;
  addsInitLast = lastWidth() != width && !startsFromConstant();
  return true;
}

/// Calls `body(number, carried)` for each of the instruction's steps of the reduction, which begin
/// at the indices that are set.
SmallVector<Value> CpuDot::forEachSteps(size_t depth, AffineExpr number, ValueRange carried,
                                        Body body) {
  bool isInner = depth + 1 == order.size();
  int64_t count = extents[depth] / (isInner ? instruction->steps : 1);
  return emitter.emitLoop(count, carried, [&](AffineExpr i, ValueRange inside) {
    reduction[order[depth]] = isInner ? space.simplify(i * instruction->steps) : i;
    AffineExpr next = space.simplify(number * count + i);
    return isInner ? body(next, inside) : forEachSteps(depth + 1, next, inside, body);
  });
}

/// The sums of the instruction's rows in a column group, from vectors of one row to vectors of the
/// first and the last columns of both rows, and back.
CpuDot::Rows CpuDot::exchange(Rows sums) {
  if (instruction->rows == 1)
    return sums;
  int64_t half = width / 2;
  SmallVector<int64_t> first = llvm::to_vector(llvm::seq<int64_t>(0, half)), last;
  llvm::append_range(first, llvm::seq(width, width + half));
  for (int64_t lane : first)
    last.push_back(lane + half);
  auto shuffle = [&](ArrayRef<int64_t> mask) -> Value {
    return vector::ShuffleOp::create(emitter.builder, emitter.loc, sums[0], sums[1], mask);
  };
  return {shuffle(first), shuffle(last)};
}

/// Adds the products of the instruction's rows of `data` and of the columns of `weight`.
CpuDot::Rows CpuDot::dot(Rows sums, Value data, Value weight) {
  OpBuilder &b = emitter.builder;
  bool adds = instruction->bits == 8;
  int64_t size = cast<VectorType>(data.getType()).getNumElements();
  Rows next;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    SmallVector<Value> operands{data, weight};
    if (sums.size() > 1) {
      auto half = llvm::to_vector(
          llvm::seq<int64_t>(static_cast<int64_t>(i) * size, static_cast<int64_t>(i + 1) * size));
      operands.back() = vector::ShuffleOp::create(b, emitter.loc, weight, weight, half);
    }
    if (adds)
      operands.insert(operands.begin(), sum);
    Value result = LLVM::CallIntrinsicOp::create(b, emitter.loc, sum.getType(),
                                                 b.getStringAttr(instruction->intrinsic), operands)
                       .getResult(0);
    next.push_back(adds ? result : add(sum, result));
  }
  return next;
}

/// Every byte's highest bit turned: from signed to unsigned, plus 128, and back.
static Value turnHighestBits(Emitter &emitter, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  Value highest = arith::ConstantOp::create(
      emitter.builder, emitter.loc,
      DenseElementsAttr::get(type, APInt::getSignMask(type.getElementTypeBitWidth())));
  return arith::XOrIOp::create(emitter.builder, emitter.loc, bytes, highest);
}

/// The current steps of a row of the tile, the `number`-th ones of the reduction.
Value CpuDot::loadData(int64_t row, AffineExpr number) {
  int64_t steps = instruction->steps;
  if (stagesRows)
    return stagedRows.load((rowInBlock + row) * stagedSteps + number * steps, steps);
  AffineExpr step = reduction[inner];
  AffineExpr at = emitter.clamp(space.simplify(firstRow + row), m.size);
  Value bytes;
  emitter.withLanes(steps, [&] {
    reduction[inner] = space.simplify(step + space.lane());
    bytes = emitter.emit(dataBytes.bytes,
                         emitter.operandPosition(root, *data, loopsAt(at, space.constant(0))));
  });
  reduction[inner] = step;
  return bytes;
}

/// The factors of a word in every lane.
Value CpuDot::inAllLanes(Value word) {
  OpBuilder &b = emitter.builder;
  word = vector::BitCastOp::create(b, emitter.loc, VectorType::get({1}, b.getI32Type()), word);
  word = vector::ExtractOp::create(b, emitter.loc, word, 0);
  return vector::BitCastOp::create(b, emitter.loc, factors(width * instruction->steps),
                                   emitter.toVector(word));
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

/// The current steps of the instruction's rows of the tile from `first` on, as it takes them.
Value CpuDot::loadRows(int64_t first, AffineExpr number) {
  SmallVector<Value> parts;
  for (int64_t row = 0; row < instruction->rows; ++row)
    parts.push_back(loadData(first + row, number));
  Value all = parts.size() == 1 ? inAllLanes(parts.front()) : concatenate(emitter, parts);
  return turnsData() && !stagesRows ? turnHighestBits(emitter, all) : all;
}

/// The bytes of a column group at the current steps, step by step, as words.
Value CpuDot::loadSteps(AffineExpr group) {
  OpBuilder &b = emitter.builder;
  auto argument = cast<BlockArgument>(weightBytes.bytes);
  RankedTensorType type = emitter.getSource().inputTypes()[argument.getArgNumber()];
  // A panel has the columns of a step side by side, one step after the other.
  int64_t together = born::physicalShape(type).back() == width ? instruction->steps : 1;
  AffineExpr step = reduction[inner];
  SmallVector<Value> parts;
  for (int64_t i = 0; i < instruction->steps; i += together)
    emitter.withLanes(together * width, [&] {
      reduction[inner] = space.simplify(step + i + space.lane().floorDiv(width));
      AffineExpr column = space.simplify(group * width + space.lane() % width);
      Value part =
          emitter.emit(weightBytes.bytes,
                       emitter.operandPosition(root, *weights, loopsAt(space.constant(0), column)));
      auto words = VectorType::get({together * width / kBytes}, b.getI32Type());
      parts.push_back(vector::BitCastOp::create(b, emitter.loc, words, part));
    });
  reduction[inner] = step;
  return concatenate(emitter, parts);
}

Value CpuDot::pack(AffineExpr group) {
  OpBuilder &b = emitter.builder;
  int64_t bits = instruction->bits, perWord = kWordBits / bits;
  AffineExpr step = reduction[inner];
  Value all; // words, those of a column side by side
  for (int64_t first = 0; first < instruction->steps; first += perWord) {
    Value words;
    for (int64_t i = 0; i < perWord; ++i) {
      AffineExpr at = space.simplify(step + first + i);
      reduction[inner] = emitter.clamp(at, innerExtent);
      Value word = weightWords(group);
      auto constant = [&](int64_t value) {
        return createScalarOrSplatConstant(b, emitter.loc, word.getType(), value);
      };
      if (Value inside = emitter.lessThan(at, innerExtent)) // else the data there may be anything
        word = arith::SelectOp::create(b, emitter.loc, inside, word, constant(0));
      if (i + 1 < perWord)
        word = arith::AndIOp::create(b, emitter.loc, word, constant((int64_t{1} << bits) - 1));
      if (i > 0)
        word = arith::ShLIOp::create(b, emitter.loc, word, constant(bits * i));
      words = words ? arith::OrIOp::create(b, emitter.loc, words, word).getResult() : word;
    }
    all = all ? vector::InterleaveOp::create(b, emitter.loc, all, words).getResult() : words;
  }
  reduction[inner] = step;
  return vector::BitCastOp::create(b, emitter.loc, factors(width * instruction->steps), all);
}

Value CpuDot::interleave(AffineExpr group) {
  if (instruction->bits != 8)
    return pack(group);
  OpBuilder &b = emitter.builder;
  // Fours of columns become lanes of their own first, as instructions have it.
  int64_t fours = width / kBytes, steps = instruction->steps;
  SmallVector<int64_t> words, mask(width * steps);
  for (int64_t four = 0; four < fours; ++four)
    for (int64_t i = 0; i < steps; ++i)
      words.push_back(i * fours + four);
  for (int64_t four = 0; four < fours; ++four)
    for (int64_t column = 0; column < kBytes; ++column)
      for (int64_t i = 0; i < steps; ++i)
        mask[(four * kBytes + column) * steps + i] = (four * steps + i) * kBytes + column;
  Value bytes = loadSteps(group);
  bytes = vector::ShuffleOp::create(b, emitter.loc, bytes, bytes, words);
  bytes = vector::BitCastOp::create(b, emitter.loc, factors(width * steps), bytes);
  bytes = vector::ShuffleOp::create(b, emitter.loc, bytes, bytes, mask);
  return weightBytes.isSigned ? bytes : turnHighestBits(emitter, bytes);
}

Value CpuDot::zeroOfData() {
  if (instruction->bits != 8)
    return {};
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

Value CpuDot::toWords(Value data, Value zero) {
  if (!zero)
    return data;
  return arith::AddIOp::create(emitter.builder, emitter.loc, data, emitter.toVector(zero));
}

/// Rows from `first` on, one after the other in the order of the reduction.
void CpuDot::stageRows(AffineExpr first, int64_t count) {
  stagedRows = StackBuffer(emitter, count * stagedSteps, factorType());
  Value zero = zeroOfData();
  forEachStaged(first, count, 0, kStagedLanes, [&](AffineExpr row, Value element) {
    Value words = toWords(emitter.toVector(element), zero);
    Value staged = arith::TruncIOp::create(emitter.builder, emitter.loc,
                                           withElement(words.getType(), factorType()), words);
    stagedRows.store(row * stagedSteps + stepNumber(0), staged);
  });
  finishRows(count);
}

/// Memory for a tile's weights, unless there is some.
void CpuDot::reserveWeights() {
  if (!stagedWeights.getMemory())
    stagedWeights = StackBuffer(emitter, stagedSteps * columns * width, factorType());
}

void CpuDot::stageWeights() {
  OpBuilder &b = emitter.builder;
  int64_t size = width * instruction->steps;
  reserveWeights();
  Value ones = arith::ConstantOp::create(
      b, emitter.loc,
      DenseElementsAttr::get(factors(size / instruction->rows), APInt(instruction->bits, 1)));
  // Of each column group as many rows as the instruction has, all of them the sums; none where
  // factors have no zero point.
  int64_t summed = instruction->bits == 8 ? instruction->rows : 0;
  Value zeroes = emitter.zero(VectorType::get({width}, b.getI32Type()));
  SmallVector<Value> sums(columns * summed, zeroes);
  IndexVector before = reduction;
  sums = forEachSteps(0, space.constant(0), sums, [&](AffineExpr number, ValueRange carried) {
    SmallVector<Value> next;
    for (auto [column, group] : llvm::enumerate(columnGroup)) {
      Value weight = interleave(group);
      stagedWeights.store((number * columns + column) * size, weight);
      if (summed > 0)
        llvm::append_range(next, dot(Rows(carried.slice(column * summed, summed)), ones, weight));
    }
    return next;
  });
  reduction = before;
  corrections.clear();
  Value zero = zeroOfData();
  for (int64_t column = 0; zero && column < columns; ++column) {
    ArrayRef<Value> ofColumn = ArrayRef(sums).slice(column * summed, summed);
    corrections.push_back(arith::MulIOp::create(b, emitter.loc, emitter.toVector(zero),
                                                exchange(Rows(ofColumn)).front()));
  }
}

/// `exchange` for all sums of the tile, which are by rows and then by column groups.
SmallVector<Value> CpuDot::exchangeTile(ValueRange sums) {
  SmallVector<Value> exchanged(sums);
  for (int64_t row = 0; row < rows; row += instruction->rows)
    for (int64_t column = 0; column < columns; ++column)
      setSums(exchanged, row, column, exchange(sumsAt(sums, row, column)));
  return exchanged;
}

/// Of the instruction's rows from `row` on.
CpuDot::Rows CpuDot::sumsAt(ValueRange sums, int64_t row, int64_t column) {
  Rows found;
  for (int64_t i = 0; i < instruction->rows; ++i)
    found.push_back(sums[(row + i) * columns + column]);
  return found;
}

void CpuDot::setSums(MutableArrayRef<Value> sums, int64_t row, int64_t column, const Rows &values) {
  for (auto [i, value] : llvm::enumerate(values))
    sums[(row + i) * columns + column] = value;
}

SmallVector<Value> CpuDot::reduce(ValueRange accumulators) {
  int64_t size = width * instruction->steps;
  SmallVector<Value> sums = forEachSteps(
      0, space.constant(0), exchangeTile(accumulators), [&](AffineExpr number, ValueRange carried) {
        SmallVector<Value> vectors, next(carried);
        for (int64_t column = 0; column < columns; ++column)
          vectors.push_back(stagedWeights.load((number * columns + column) * size, size));
        for (int64_t row = 0; row < rows; row += instruction->rows) {
          Value ofRows = loadRows(row, number);
          for (int64_t column = 0; column < columns; ++column)
            setSums(next, row, column, dot(sumsAt(carried, row, column), ofRows, vectors[column]));
        }
        return next;
      });
  sums = exchangeTile(sums);
  if (!corrections.empty())
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = arith::SubIOp::create(emitter.builder, emitter.loc, sum, corrections[i % columns]);
  reduction.assign(root.getNumLoops(), space.constant(0));
  return sums;
}

/// Blocks of the tiles of rows, so that all workgroups together stage the least: each block's rows
/// for each part of the columns, and all columns for each block.
int64_t CpuDot::chooseBlocks(int64_t rowTiles, int64_t columnTiles) {
  int64_t most = mostStagedRows() / rows;
  int64_t fewest = llvm::divideCeil(rowTiles, most), best = fewest, bestSize = 0;
  for (int64_t blocks = fewest; blocks <= rowTiles; ++blocks) {
    int64_t parts = llvm::divideCeil(columnTiles, dealColumns(batch.size * blocks, columnTiles));
    int64_t size = parts * m.size + blocks * n.size;
    if (bestSize == 0 || size < bestSize) {
      bestSize = size;
      best = blocks;
    }
  }
  return best;
}

/// A workgroup has a block of rows and some tiles of columns, whose weights it brings side by side
/// one tile at a time.
LogicalResult CpuDot::emit() {
  if (!stagesRows)
    return CpuContraction::emit();
  int64_t rowTiles = llvm::divideCeil(m.size, rows);
  int64_t columnTiles = llvm::divideCeil(groups, columns);
  int64_t perBlock = llvm::divideCeil(rowTiles, chooseBlocks(rowTiles, columnTiles));
  int64_t blocks = llvm::divideCeil(rowTiles, perBlock);
  int64_t perPart = dealColumns(batch.size * blocks, columnTiles);
  int64_t parts = llvm::divideCeil(columnTiles, perPart);
  AffineExpr number = workgroupNumber(emitter, shape, batch.size * parts * blocks);
  IndexVector at = space.delinearize(number, {batch.size, parts, blocks});
  batchIndex = at[0];

  reserveWeights();
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
codegen::makeCpuDot(Emitter &emitter, const DeviceParameters &device, KernelShape &shape) {
  return std::make_unique<CpuDot>(emitter, device, shape);
}
