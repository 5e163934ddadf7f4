//===- TensorBuilder.cpp --------------------------------------------------===//
#include "passes/lower/TensorBuilder.h"

#include "dialects/born/Born.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

LogicalResult TensorBuilder::replace(ValueRange values) {
  rewriter.replaceOp(op, values);
  return success();
}

SmallVector<Value> TensorBuilder::inlineBody(Region &body, ValueRange arguments) {
  Block &block = body.front();
  Operation *yield = block.getTerminator();
  SmallVector<Value> results;
  for (Value value : yield->getOperands()) {
    auto argument = dyn_cast<BlockArgument>(value);
    bool isOwn = argument && argument.getOwner() == &block;
    results.push_back(isOwn ? arguments[argument.getArgNumber()] : value);
  }
  rewriter.inlineBlockBefore(&block, getInsertionBlock(), getInsertionPoint(), arguments);
  rewriter.eraseOp(yield);
  return results;
}

RankedTensorType TensorBuilder::resultType(unsigned index) {
  return cast<RankedTensorType>(signless(op->getResult(index).getType()));
}

bool TensorBuilder::isUnsigned(unsigned index) {
  return index < op->getNumOperands() &&
         getElementTypeOrSelf(op->getOperand(index).getType()).isUnsignedInteger();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

DenseElementsAttr TensorBuilder::constantOperand(unsigned index) {
  DenseElementsAttr attr;
  Value operand = onnx::presentOperand(op, index);
  return operand && matchPattern(operand, m_Constant(&attr)) ? attr : DenseElementsAttr();
}

std::optional<SmallVector<int64_t>> TensorBuilder::constantInts(unsigned index) {
  DenseElementsAttr attr = constantOperand(index);
  if (!attr || !isa<IntegerType>(attr.getElementType()))
    return std::nullopt;
  SmallVector<int64_t> values;
  for (const APInt &value : attr.getValues<APInt>())
    values.push_back(value.getSExtValue());
  return values;
}

std::optional<double> TensorBuilder::constantFloat(unsigned index) {
  DenseElementsAttr attr = constantOperand(index);
  if (!attr || attr.getNumElements() != 1)
    return std::nullopt;
  if (isa<IntegerType>(attr.getElementType()))
    return static_cast<double>((*attr.value_begin<APInt>()).getSExtValue());
  APFloat value = *attr.value_begin<APFloat>();
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
  return value.convertToDouble();
}

Value TensorBuilder::scalar(Type type, double value) {
  return Scalars(*this, getLoc()).constant(type, value);
}

Value TensorBuilder::constantI64(ArrayRef<int64_t> values) {
  return create<arith::ConstantOp>(getI64TensorAttr(values));
}

Value TensorBuilder::constantF32(ArrayRef<float> values, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, getF32Type());
  return create<arith::ConstantOp>(DenseElementsAttr::get(type, values));
}

Value TensorBuilder::empty(ArrayRef<int64_t> shape, Type element) {
  return create<tensor::EmptyOp>(shape, element);
}

Value TensorBuilder::filled(ArrayRef<int64_t> shape, Value scalar) {
  return create<linalg::FillOp>(scalar, empty(shape, scalar.getType())).getResult(0);
}

//===----------------------------------------------------------------------===//
// Generics
//===----------------------------------------------------------------------===//

bool TensorBuilder::broadcasts(ArrayRef<int64_t> from, ArrayRef<int64_t> shape) {
  if (from.size() > shape.size())
    return false;
  return llvm::all_of(llvm::zip(from, shape.take_back(from.size())), [](auto sizes) {
    auto [own, target] = sizes;
    return own == 1 || own == target;
  });
}

AffineMap TensorBuilder::broadcastMap(RankedTensorType type, ArrayRef<int64_t> shape) {
  SmallVector<AffineExpr> exprs;
  int64_t offset = static_cast<int64_t>(shape.size()) - type.getRank();
  for (int64_t i = 0; i < type.getRank(); ++i) {
    bool stretched = type.getDimSize(i) == 1 && shape[offset + i] != 1;
    exprs.push_back(stretched ? getAffineConstantExpr(0) : dim(offset + i));
  }
  return mapOf(shape.size(), exprs);
}

AffineMap TensorBuilder::without(unsigned rank, ArrayRef<int64_t> dims) {
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(dims, i))
      exprs.push_back(dim(i));
  return mapOf(rank, exprs);
}

SmallVector<Value> TensorBuilder::generic(ValueRange inputs, ValueRange inits,
                                          ArrayRef<AffineMap> maps, Body body, bool isUnsigned) {
  unsigned numDims = maps.front().getNumDims();
  SmallVector<utils::IteratorType> iterators;
  for (unsigned i = 0; i < numDims; ++i) {
    bool isParallel = maps.back().isFunctionOfDim(i);
    iterators.push_back(isParallel ? utils::IteratorType::parallel
                                   : utils::IteratorType::reduction);
  }
  SmallVector<Type> types(inits.getTypes());
  auto bodyBuilder = [&](OpBuilder &nested, Location loc, ValueRange args) {
    Scalars scalars(nested, loc, isUnsigned);
    linalg::YieldOp::create(nested, loc, body(scalars, args));
  };
  auto generic =
      create<linalg::GenericOp>(TypeRange(types), inputs, inits, maps, iterators, bodyBuilder);
  return SmallVector<Value>(generic.getResults());
}

Value TensorBuilder::generic(ValueRange inputs, Value init, ArrayRef<AffineMap> maps, Body1 body,
                             bool isUnsigned) {
  auto all = [&](Scalars &s, ValueRange args) { return SmallVector<Value>{body(s, args)}; };
  return generic(inputs, ValueRange(init), maps, all, isUnsigned).front();
}

Value TensorBuilder::parallel(ArrayRef<int64_t> shape, Type element, ValueRange inputs,
                              ArrayRef<AffineMap> maps, Body1 body, bool isUnsigned) {
  SmallVector<AffineMap> all(maps);
  all.push_back(identity(shape.size()));
  return generic(inputs, empty(shape, element), all, body, isUnsigned);
}

Value TensorBuilder::elementwise(ArrayRef<int64_t> shape, Type element, ValueRange inputs,
                                 Body1 body, bool isUnsigned) {
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(broadcastMap(cast<RankedTensorType>(input.getType()), shape));
  return parallel(shape, element, inputs, maps, body, isUnsigned);
}

/// Sums of many halves need more digits than they have.
static bool isHalf(Type type) { return isa<FloatType>(type) && type.getIntOrFloatBitWidth() == 16; }

Value TensorBuilder::reduce(ValueRange inputs, ArrayRef<int64_t> dims, Value init, Body1 body,
                            bool isUnsigned) {
  unsigned rank = rankOf(inputs.front());
  SmallVector<int64_t> shape;
  for (auto [i, size] : llvm::enumerate(shapeOf(inputs.front())))
    if (!llvm::is_contained(dims, static_cast<int64_t>(i)))
      shape.push_back(size);
  SmallVector<AffineMap> maps(inputs.size() + 1, without(rank, dims));
  maps.front() = identity(rank);
  Type element = init.getType();
  if (!isHalf(element))
    return generic(inputs, filled(shape, init), maps, body, isUnsigned);
  auto wideBody = [&](Scalars &s, ValueRange args) {
    SmallVector<Value> wide =
        llvm::map_to_vector(args, [&](Value value) { return s.convert(value, getF32Type()); });
    return body(s, wide);
  };
  FloatAttr start;
  if (!matchPattern(init, m_Constant(&start)))
    llvm_unreachable("reductions start at a constant");
  Value wideInit = scalar(getF32Type(), start.getValueAsDouble());
  return convert(generic(inputs, filled(shape, wideInit), maps, wideBody), element);
}

Value TensorBuilder::contract(Value a, Value b, ArrayRef<AffineMap> maps, ArrayRef<int64_t> shape,
                              Type element) {
  Type sum = isHalf(element) ? getF32Type() : element;
  Value result = generic({a, b}, filled(shape, sum, 0), maps, [&](Scalars &s, ValueRange args) {
    Value left = s.convert(args[0], sum), right = s.convert(args[1], sum);
    return s.add(args[2], s.mul(left, right));
  });
  return convert(result, element);
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

/// What `step` makes of `value` if that is a weight: part of how the weight is
/// stored instead of an op. Null for other values.
static Value weightWithStep(TensorBuilder &b, Value value, Attribute step, RankedTensorType type) {
  auto weight = value.getDefiningOp<born::WeightOp>();
  // Elements that share a byte stay in their order.
  bool canMove =
      born::storageBits(type.getElementType()) % 8 == 0 || isa<born::ReshapeStepAttr>(step);
  if (!weight || type.getNumElements() == 0 || !canMove)
    return {};
  SmallVector<Attribute> steps(weight.getSteps().getValue());
  steps.push_back(step);
  return b.create<born::WeightOp>(type, weight.getSource(), weight.getStored(),
                                  b.getArrayAttr(steps));
}

Value TensorBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  auto source = cast<RankedTensorType>(value.getType());
  auto target = RankedTensorType::get(shape, source.getElementType());
  if (source == target)
    return value;
  if (target.getNumElements() == 0)
    return empty(shape, source.getElementType());
  auto step = born::ReshapeStepAttr::get(getContext(), getDenseI64ArrayAttr(shape));
  if (Value weight = weightWithStep(*this, value, step, target))
    return weight;
  auto groups = getReassociationIndicesForReshape(source, target);
  if (groups && source.getRank() > target.getRank())
    return create<tensor::CollapseShapeOp>(target, value, *groups);
  if (groups && source.getRank() < target.getRank())
    return create<tensor::ExpandShapeOp>(target, value, *groups);
  // Through one dimension. Where the counts differ, the verifier of the op refuses it.
  Value flat = source.getRank() == 1 ? value : reshape(value, {source.getNumElements()});
  SmallVector<ReassociationIndices> all(1, llvm::to_vector(llvm::seq<int64_t>(0, shape.size())));
  return create<tensor::ExpandShapeOp>(target, flat, all);
}

Value TensorBuilder::transpose(Value value, ArrayRef<int64_t> perm) {
  if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())))
    return value;
  SmallVector<int64_t> shape;
  for (int64_t dim : perm)
    shape.push_back(shapeOf(value)[dim]);
  if (Value weight = weightWithStep(*this, value, born::TransposeStepAttr::get(getContext(), perm),
                                    RankedTensorType::get(shape, elementOf(value))))
    return weight;
  Value init = empty(shape, elementOf(value));
  return create<linalg::TransposeOp>(value, init, perm)->getResult(0);
}

Value TensorBuilder::slice(Value value, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                           ArrayRef<int64_t> strides) {
  SmallVector<int64_t> ones(offsets.size(), 1);
  if (strides.empty())
    strides = ones;
  if (sizes == shapeOf(value) && strides == ArrayRef(ones))
    return value;
  if (Value weight = weightWithStep(*this, value,
                                    born::SliceStepAttr::get(getContext(), offsets, sizes, strides),
                                    RankedTensorType::get(sizes, elementOf(value))))
    return weight;
  return create<tensor::ExtractSliceOp>(value, getAsIndexOpFoldResult(getContext(), offsets),
                                        getAsIndexOpFoldResult(getContext(), sizes),
                                        getAsIndexOpFoldResult(getContext(), strides));
}

Value TensorBuilder::sliceDim(Value value, int64_t dim, int64_t offset, int64_t size) {
  SmallVector<int64_t> offsets(rankOf(value), 0), sizes(shapeOf(value));
  offsets[dim] = offset;
  sizes[dim] = size;
  return slice(value, offsets, sizes);
}

Value TensorBuilder::insert(Value source, Value target, ArrayRef<int64_t> offsets,
                            ArrayRef<int64_t> strides) {
  SmallVector<int64_t> ones(offsets.size(), 1);
  return create<tensor::InsertSliceOp>(
      source, target, getAsIndexOpFoldResult(getContext(), offsets),
      getAsIndexOpFoldResult(getContext(), shapeOf(source)),
      getAsIndexOpFoldResult(getContext(), strides.empty() ? ones : strides));
}

/// The weight that weights make one behind the other; null for other values.
static Value joinedWeight(TensorBuilder &b, ValueRange parts, int64_t dim) {
  auto first = parts.front().getDefiningOp<born::WeightOp>();
  if (!first)
    return {};
  SmallVector<Attribute> others;
  SmallVector<int64_t> shape(shapeOf(first));
  for (Value part : parts.drop_front()) {
    auto weight = part.getDefiningOp<born::WeightOp>();
    if (!weight)
      return {};
    others.push_back(born::PartAttr::get(b.getContext(), weight.getSource(), weight.getStored(),
                                         weight.getSteps()));
    shape[dim] += shapeOf(part)[dim];
  }
  auto step = born::ConcatStepAttr::get(b.getContext(), dim, b.getArrayAttr(others));
  return weightWithStep(b, first, step, RankedTensorType::get(shape, elementOf(first)));
}

Value TensorBuilder::concat(ValueRange parts, int64_t dim) {
  if (parts.size() > 1)
    if (Value weight = joinedWeight(*this, parts, dim))
      return weight;
  SmallVector<Value> rest(parts);
  while (rest.size() > maxKernelInputs) {
    SmallVector<Value> joined;
    for (ArrayRef<Value> left = rest; !left.empty();) {
      size_t count = std::min<size_t>(left.size(), maxKernelInputs);
      joined.push_back(concat(left.take_front(count), dim));
      left = left.drop_front(count);
    }
    rest = std::move(joined);
  }
  return rest.size() == 1 ? rest.front() : create<tensor::ConcatOp>(dim, rest).getResult();
}

Value TensorBuilder::pad(Value value, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                         Value padding) {
  auto isZero = [](int64_t amount) { return amount == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return value;
  SmallVector<int64_t> shape(shapeOf(value));
  for (size_t i = 0; i < shape.size(); ++i)
    shape[i] += low[i] + high[i];
  auto type = RankedTensorType::get(shape, elementOf(value));
  return create<tensor::PadOp>(type, value, getAsIndexOpFoldResult(getContext(), low),
                               getAsIndexOpFoldResult(getContext(), high), padding);
}

Value TensorBuilder::convert(Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return elementwise(shapeOf(value), element, value,
                     [&](Scalars &s, ValueRange args) { return s.convert(args[0], element); });
}
