//===- Movement.cpp - reshape, transpose, slice, concat and the like ------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

/// Payload of generics that only move elements.
static Value copyElement(Scalars &, ValueRange args) { return args[0]; }

//===----------------------------------------------------------------------===//
// Shape changes
//===----------------------------------------------------------------------===//

/// Reshape, Flatten, Squeeze, Unsqueeze: the result type says it all.
static LogicalResult lowerReshape(Operation *op, ValueRange operands, TensorBuilder &b) {
  if (cast<RankedTensorType>(operands[0].getType()).getNumElements() !=
      b.resultType().getNumElements())
    return b.fail("the result has another number of elements");
  return b.replace(b.reshape(operands[0], b.resultType().getShape()));
}

static LogicalResult lowerTranspose(onnx::TransposeOp op, ValueRange operands, TensorBuilder &b) {
  int64_t rank = rankOf(operands[0]);
  SmallVector<int64_t> perm;
  if (auto attr = op.getPerm())
    perm.assign(attr->begin(), attr->end());
  else
    perm = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return b.fail("perm is not a permutation of the dimensions");
  return b.replace(b.transpose(operands[0], perm));
}

static LogicalResult lowerExpand(onnx::ExpandOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  if (shapeOf(operands[0]) == type.getShape())
    return b.replace(operands[0]);
  if (!TensorBuilder::broadcasts(shapeOf(operands[0]), type.getShape()))
    return b.fail("the input does not broadcast to the result");
  return b.replace(b.elementwise(type.getShape(), type.getElementType(), operands[0], copyElement));
}

/// Every dimension gets a loop over its copies before it.
static LogicalResult lowerTile(onnx::TileOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  if (rankOf(operands[0]) != type.getRank())
    return b.fail("the result has another rank");
  for (auto [size, total] : llvm::zip(shapeOf(operands[0]), type.getShape())) {
    if (size == 0 || total % size != 0)
      return b.fail("the result is not a multiple of the input");
    if (total != size)
      shape.push_back(total / size);
    exprs.push_back(b.dim(shape.size()));
    shape.push_back(size);
  }
  if (shapeOf(operands[0]) == type.getShape())
    return b.replace(operands[0]);
  Value tiled = b.parallel(shape, type.getElementType(), operands[0], b.mapOf(shape.size(), exprs),
                           copyElement);
  return b.replace(b.reshape(tiled, type.getShape()));
}

/// Splits, permutes and merges dimensions.
static Value blockMove(TensorBuilder &b, Value data, ArrayRef<int64_t> split,
                       ArrayRef<int64_t> perm) {
  return b.reshape(b.transpose(b.reshape(data, split), perm), b.resultType().getShape());
}

static LogicalResult lowerDepthToSpace(onnx::DepthToSpaceOp op, ValueRange operands,
                                       TensorBuilder &b) {
  ArrayRef<int64_t> shape = shapeOf(operands[0]);
  int64_t block = op.getBlocksize();
  if (shape.size() != 4 || block < 1 || shape[1] % (block * block) != 0)
    return b.fail("expected four dimensions and channels that the block divides");
  int64_t channels = shape[1] / (block * block);
  if (op.getMode() == "CRD")
    return b.replace(blockMove(b, operands[0],
                               {shape[0], channels, block, block, shape[2], shape[3]},
                               {0, 1, 4, 2, 5, 3}));
  return b.replace(blockMove(b, operands[0], {shape[0], block, block, channels, shape[2], shape[3]},
                             {0, 3, 4, 1, 5, 2}));
}

static LogicalResult lowerSpaceToDepth(onnx::SpaceToDepthOp op, ValueRange operands,
                                       TensorBuilder &b) {
  ArrayRef<int64_t> shape = shapeOf(operands[0]);
  int64_t block = op.getBlocksize();
  if (shape.size() != 4 || block < 1 || shape[2] % block != 0 || shape[3] % block != 0)
    return b.fail("expected four dimensions and sizes that the block divides");
  SmallVector<int64_t> split{shape[0], shape[1], shape[2] / block, block, shape[3] / block, block};
  if (op.getMode() == "CRD")
    return b.replace(blockMove(b, operands[0], split, {0, 1, 3, 5, 2, 4}));
  return b.replace(blockMove(b, operands[0], split, {0, 3, 5, 1, 2, 4}));
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static LogicalResult lowerConcat(onnx::ConcatOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t axis = normalizeAxis(op.getAxis(), type.getRank());
  if (axis < 0)
    return b.fail("the axis is out of range");
  SmallVector<Value> parts;
  for (Value part : operands)
    if (shapeOf(part)[axis] != 0)
      parts.push_back(part);
  return b.replace(parts.empty() ? b.empty(type.getShape(), type.getElementType())
                                 : b.concat(parts, axis));
}

static LogicalResult lowerSplit(onnx::SplitOp op, ValueRange operands, TensorBuilder &b) {
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(operands[0])), offset = 0;
  if (axis < 0)
    return b.fail("the axis is out of range");
  SmallVector<Value> results;
  for (unsigned i = 0; i < op->getNumResults(); ++i) {
    int64_t size = b.resultType(i).getDimSize(axis);
    results.push_back(b.sliceDim(operands[0], axis, offset, size));
    offset += size;
  }
  return b.replace(results);
}

/// A slice with negative steps reads backwards, with a map.
static LogicalResult lowerSlice(onnx::SliceOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank();
  auto starts = b.constantInts(1), axes = b.constantInts(3), steps = b.constantInts(4);
  if (!starts || (op.getAxes() && !axes) || (op.getSteps() && !steps))
    return b.fail("starts, axes or steps are not constant");
  SmallVector<int64_t> offsets(rank, 0), strides(rank, 1);
  for (size_t i = 0; i < starts->size(); ++i) {
    int64_t axis = axes ? normalizeAxis((*axes)[i], rank) : i;
    if (axis < 0 || axis >= rank)
      return b.fail("an axis is out of range");
    int64_t size = shapeOf(operands[0])[axis], step = steps ? (*steps)[i] : 1;
    if (step == 0)
      return b.fail("a step is zero");
    int64_t start = (*starts)[i] + ((*starts)[i] < 0 ? size : 0);
    offsets[axis] = std::clamp<int64_t>(start, 0, step > 0 ? size : std::max<int64_t>(size - 1, 0));
    strides[axis] = step;
  }
  if (type.getNumElements() == 0)
    return b.replace(b.empty(type.getShape(), type.getElementType()));
  if (rankOf(operands[0]) != rank)
    return b.fail("the result has another rank");
  if (llvm::all_of(strides, [](int64_t stride) { return stride > 0; }))
    return b.replace(b.slice(operands[0], offsets, type.getShape(), strides));
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i)
    exprs.push_back(b.dim(i) * strides[i] + offsets[i]);
  return b.replace(b.parallel(type.getShape(), type.getElementType(), operands[0],
                              b.mapOf(rank, exprs), copyElement));
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// The input position of padded position `i` of a dimension of `size`.
static Value padSource(Scalars &s, Value i, int64_t low, int64_t size, StringRef mode) {
  Value zero = s.index(0), last = s.index(size - 1);
  Value position = s.make<arith::SubIOp>(i, s.index(low));
  if (mode == "edge")
    return s.make<arith::MinSIOp>(s.make<arith::MaxSIOp>(position, zero), last);
  if (mode == "wrap") {
    int64_t turns = (low + size - 1) / size * size;
    return s.make<arith::RemUIOp>(s.make<arith::AddIOp>(position, s.index(turns)), s.index(size));
  }
  if (size == 1)
    return zero;
  // A reflection has period 2 * (size - 1) and is even.
  int64_t period = 2 * (size - 1), turns = (low + period - 1) / period * period;
  Value phase =
      s.make<arith::RemUIOp>(s.make<arith::AddIOp>(position, s.index(turns)), s.index(period));
  return s.make<arith::MinSIOp>(phase, s.make<arith::SubIOp>(s.index(period), phase));
}

static LogicalResult lowerPad(onnx::PadOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank();
  Type element = type.getElementType();
  auto pads = b.constantInts(1), axes = b.constantInts(3);
  if (!pads || (op.getAxes() && !axes))
    return b.fail("pads or axes are not constant");
  if (!axes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (pads->size() != 2 * axes->size())
    return b.fail("expected two pads for each axis");
  SmallVector<int64_t> low(rank, 0), high(rank, 0), offsets(rank, 0), sizes(shapeOf(operands[0]));
  for (size_t i = 0; i < axes->size(); ++i) {
    int64_t axis = normalizeAxis((*axes)[i], rank);
    if (axis < 0)
      return b.fail("an axis is out of range");
    int64_t before = (*pads)[i], after = (*pads)[i + axes->size()];
    low[axis] = std::max<int64_t>(before, 0);
    high[axis] = std::max<int64_t>(after, 0);
    offsets[axis] = std::max<int64_t>(-before, 0); // negative pads crop
    sizes[axis] -= offsets[axis] + std::max<int64_t>(-after, 0);
  }
  if (llvm::any_of(sizes, [](int64_t size) { return size < 0; }))
    return b.fail("negative pads remove more than there is");
  Value data = b.slice(operands[0], offsets, sizes);
  if (op.getMode() == "constant") {
    Value padding = b.scalar(element, 0);
    if (op.getConstantValue()) {
      DenseElementsAttr value = b.constantOperand(2);
      if (!value || value.getNumElements() != 1)
        return b.fail("the padding value is not constant");
      padding =
          isa<FloatType>(element)
              ? b.create<arith::ConstantOp>(*value.value_begin<FloatAttr>()).getResult()
              : b.create<arith::ConstantOp>(b.getIntegerAttr(element, *value.value_begin<APInt>()));
    }
    return b.replace(b.pad(data, low, high, padding));
  }
  if (!llvm::is_contained({"reflect", "edge", "wrap"}, op.getMode()))
    return b.fail("unknown padding mode");
  return b.replace(b.parallel(type.getShape(), element, {}, {}, [&](Scalars &s, ValueRange) {
    SmallVector<Value> indices;
    for (int64_t i = 0; i < rank; ++i) {
      Value index = s.loop(i);
      bool isPadded = low[i] != 0 || high[i] != 0;
      indices.push_back(isPadded ? padSource(s, index, low[i], sizes[i], op.getMode()) : index);
    }
    return s.make<tensor::ExtractOp>(data, indices);
  }));
}

//===----------------------------------------------------------------------===//
// Generated and masked tensors
//===----------------------------------------------------------------------===//

static LogicalResult lowerTrilu(onnx::TriluOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank();
  if (rank < 2)
    return b.fail("expected at least two dimensions");
  SmallVector<Value> inputs{operands[0]};
  if (op.getK()) {
    if (cast<RankedTensorType>(operands[1].getType()).getNumElements() != 1)
      return b.fail("expected one number as k");
    inputs.push_back(operands[1]); // broadcasts
  }
  auto predicate = op.getUpper() ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle;
  return b.replace(b.elementwise(
      type.getShape(), type.getElementType(), inputs, [&](Scalars &s, ValueRange args) {
        Value diagonal = s.make<arith::SubIOp>(s.loop(rank - 1, s.builder.getI64Type()),
                                               s.loop(rank - 2, s.builder.getI64Type()));
        Value k = args.size() > 1 ? args[1] : s.constant(s.builder.getI64Type(), 0);
        Value kept = s.make<arith::CmpIOp>(predicate, diagonal, k);
        return s.select(kept, args[0], s.constant(args[0].getType(), 0));
      }));
}

static LogicalResult lowerEyeLike(onnx::EyeLikeOp op, ValueRange, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  if (type.getRank() != 2)
    return b.fail("expected two dimensions");
  return b.replace(
      b.parallel(type.getShape(), type.getElementType(), {}, {}, [&](Scalars &s, ValueRange) {
        Value diagonal = s.make<arith::SubIOp>(s.loop(1, s.builder.getI64Type()),
                                               s.loop(0, s.builder.getI64Type()));
        Value k = s.constant(diagonal.getType(), op.getK());
        Value isOne = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, diagonal, k);
        return s.select(isOne, s.constant(type.getElementType(), 1),
                        s.constant(type.getElementType(), 0));
      }));
}

static LogicalResult lowerRange(onnx::RangeOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  SmallVector<AffineMap> maps(2, b.mapOf(1, {}));
  return b.replace(b.parallel(type.getShape(), element, {operands[0], operands[2]}, maps,
                              [&](Scalars &s, ValueRange args) {
                                Value i = s.convert(s.loop(0, s.builder.getI64Type()), element);
                                return s.add(args[0], s.mul(i, args[1]));
                              }));
}

static LogicalResult lowerConstantOfShape(onnx::ConstantOfShapeOp op, ValueRange,
                                          TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  Attribute value = b.getZeroAttr(type.getElementType());
  if (auto attr = dyn_cast_or_null<DenseElementsAttr>(op.getValueAttr())) {
    if (attr.getNumElements() != 1)
      return b.fail("expected a value of one element");
    value = *attr.value_begin<Attribute>();
    if (auto integer = dyn_cast<IntegerAttr>(value))
      value = b.getIntegerAttr(type.getElementType(), integer.getValue());
  }
  return b.replace(b.create<arith::ConstantOp>(DenseElementsAttr::get(type, value))->getResult(0));
}

static LogicalResult lowerShape(onnx::ShapeOp op, ValueRange operands, TensorBuilder &b) {
  ArrayRef<int64_t> shape = shapeOf(operands[0]);
  int64_t rank = shape.size();
  auto clampAxis = [&](int64_t axis) {
    return std::clamp<int64_t>(axis + (axis < 0 ? rank : 0), 0, rank);
  };
  int64_t start = clampAxis(op.getStart()), end = op.getEnd() ? clampAxis(*op.getEnd()) : rank;
  return b.replace(b.constantI64(shape.slice(start, std::max<int64_t>(end - start, 0))));
}

static LogicalResult lowerSize(onnx::SizeOp op, ValueRange operands, TensorBuilder &b) {
  int64_t count = cast<RankedTensorType>(operands[0].getType()).getNumElements();
  return b.replace(
      b.create<arith::ConstantOp>(DenseElementsAttr::get(b.resultType(), count))->getResult(0));
}

void bornc::lower::populateMovement(LoweringTable &table) {
  for (StringRef name : {"onnx.Flatten", "onnx.Reshape", "onnx.Squeeze", "onnx.Unsqueeze"})
    table[name] = lowerReshape;
  addLowering<onnx::ConcatOp, lowerConcat>(table);
  addLowering<onnx::ConstantOfShapeOp, lowerConstantOfShape>(table);
  addLowering<onnx::DepthToSpaceOp, lowerDepthToSpace>(table);
  addLowering<onnx::ExpandOp, lowerExpand>(table);
  addLowering<onnx::EyeLikeOp, lowerEyeLike>(table);
  addLowering<onnx::PadOp, lowerPad>(table);
  addLowering<onnx::RangeOp, lowerRange>(table);
  addLowering<onnx::ShapeOp, lowerShape>(table);
  addLowering<onnx::SizeOp, lowerSize>(table);
  addLowering<onnx::SliceOp, lowerSlice>(table);
  addLowering<onnx::SpaceToDepthOp, lowerSpaceToDepth>(table);
  addLowering<onnx::SplitOp, lowerSplit>(table);
  addLowering<onnx::TileOp, lowerTile>(table);
  addLowering<onnx::TransposeOp, lowerTranspose>(table);
  addLowering<onnx::TriluOp, lowerTrilu>(table);
}
