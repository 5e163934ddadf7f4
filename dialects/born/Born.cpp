//===- Born.cpp -----------------------------------------------------------===//
#include "dialects/born/Born.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::born;

#include "dialects/born/BornDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/born/BornAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/born/BornOps.cpp.inc"

void BornDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/born/BornAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/born/BornOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

/// Whether `expr` reads at most one dimension.
static bool readsOneDim(AffineExpr expr, unsigned numDims) {
  unsigned used = 0;
  for (unsigned i = 0; i < numDims; ++i)
    used += expr.isFunctionOfDim(i);
  return used <= 1;
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, AffineMap map,
                                 ArrayRef<int64_t> shape) {
  if (map.getNumResults() != shape.size())
    return emitError() << "layout map has " << map.getNumResults() << " results, but the shape has "
                       << shape.size() << " dimensions";
  if (map.getNumSymbols() != 0)
    return emitError() << "layout map takes no symbols, found " << map.getNumSymbols();
  for (AffineExpr expr : map.getResults())
    if (!readsOneDim(expr, map.getNumDims()))
      return emitError() << "layout map reads more than one dimension in a result of "
                         << AffineMapAttr::get(map);
  return success();
}

ArrayRef<int64_t> born::physicalShape(RankedTensorType type) {
  if (auto layout = dyn_cast_or_null<LayoutAttr>(type.getEncoding()))
    return layout.getShape();
  return type.getShape();
}

unsigned born::storageBits(Type element) {
  return element.isInteger(1) ? 8 : element.getIntOrFloatBitWidth();
}

uint64_t born::storageSize(RankedTensorType type) {
  uint64_t count = 1;
  for (int64_t dim : physicalShape(type))
    count *= dim;
  return llvm::divideCeil(count * storageBits(type.getElementType()), 8);
}

RankedTensorType born::dropLayout(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

RankedTensorType born::withPermutation(RankedTensorType type, ArrayRef<int64_t> perm) {
  if (llvm::equal(perm, llvm::seq<int64_t>(0, type.getRank())))
    return dropLayout(type);
  MLIRContext *ctx = type.getContext();
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : perm) {
    shape.push_back(type.getDimSize(dim));
    exprs.push_back(getAffineDimExpr(dim, ctx));
  }
  auto layout = LayoutAttr::get(ctx, AffineMap::get(type.getRank(), 0, exprs, ctx), shape);
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static FailureOr<RankedTensorType> applySlice(RankedTensorType type, SliceStepAttr step,
                                              function_ref<InFlightDiagnostic()> emitError) {
  size_t rank = type.getRank();
  if (step.getOffsets().size() != rank || step.getSizes().size() != rank ||
      step.getStrides().size() != rank)
    return emitError() << "expected a slice of " << rank << " dimensions, found " << step;
  for (auto [extent, offset, size, stride] :
       llvm::zip_equal(type.getShape(), step.getOffsets(), step.getSizes(), step.getStrides())) {
    int64_t last = offset + (size - 1) * stride;
    if (size < 1 || offset < 0 || offset >= extent || last < 0 || last >= extent)
      return emitError() << step << " reaches beyond " << type;
  }
  return RankedTensorType::get(step.getSizes(), type.getElementType());
}

static FailureOr<RankedTensorType> applyConcat(RankedTensorType type, ConcatStepAttr step,
                                               function_ref<InFlightDiagnostic()> emitError) {
  int64_t axis = step.getAxis();
  if (axis < 0 || axis >= type.getRank())
    return emitError() << "axis " << axis << " is not a dimension of " << type;
  SmallVector<int64_t> shape(type.getShape());
  for (Attribute attr : step.getParts()) {
    auto part = dyn_cast<PartAttr>(attr);
    auto stored = part ? dyn_cast<RankedTensorType>(part.getStored()) : RankedTensorType();
    if (!stored || !stored.hasStaticShape() || part.getSource().getLength() != storageSize(stored))
      return emitError() << "expected a part with as many bytes as it stores, found " << attr;
    FailureOr<RankedTensorType> next = applySteps(stored, part.getSteps(), emitError);
    if (failed(next))
      return failure();
    SmallVector<int64_t> wanted(type.getShape());
    if (next->getRank() == type.getRank())
      wanted[axis] = next->getDimSize(axis);
    if (*next != RankedTensorType::get(wanted, type.getElementType()))
      return emitError() << "cannot join " << type << " and " << *next << " along " << axis;
    shape[axis] += next->getDimSize(axis);
  }
  return RankedTensorType::get(shape, type.getElementType());
}

FailureOr<RankedTensorType> born::applySteps(RankedTensorType stored, ArrayAttr steps,
                                             function_ref<InFlightDiagnostic()> emitError) {
  RankedTensorType type = stored;
  for (Attribute step : steps) {
    if (auto reshape = dyn_cast<ReshapeStepAttr>(step)) {
      auto next = RankedTensorType::get(reshape.getShape().asArrayRef(), type.getElementType());
      if (next.getNumElements() != type.getNumElements())
        return emitError() << "cannot reshape " << type << " to " << next;
      type = next;
    } else if (auto transpose = dyn_cast<TransposeStepAttr>(step)) {
      ArrayRef<int64_t> perm = transpose.getPerm();
      SmallVector<int64_t> sorted(perm);
      llvm::sort(sorted);
      if (!llvm::equal(sorted, llvm::seq<int64_t>(0, type.getRank())))
        return emitError() << "[" << perm << "] is not a permutation of the dimensions of " << type;
      SmallVector<int64_t> shape;
      for (int64_t dim : perm)
        shape.push_back(type.getDimSize(dim));
      type = RankedTensorType::get(shape, type.getElementType());
    } else if (auto slice = dyn_cast<SliceStepAttr>(step)) {
      FailureOr<RankedTensorType> next = applySlice(type, slice, emitError);
      if (failed(next))
        return failure();
      type = *next;
    } else if (auto concat = dyn_cast<ConcatStepAttr>(step)) {
      FailureOr<RankedTensorType> next = applyConcat(type, concat, emitError);
      if (failed(next))
        return failure();
      type = *next;
    } else if (auto cast = dyn_cast<CastStepAttr>(step)) {
      type = RankedTensorType::get(type.getShape(), cast.getElementType());
    } else if (auto scale = dyn_cast<ScaleStepAttr>(step)) {
      if (scale.getAxis() < 0 || scale.getAxis() >= type.getRank())
        return emitError() << "axis " << scale.getAxis() << " is not a dimension of " << type;
      auto factors = RankedTensorType::get({type.getDimSize(scale.getAxis())},
                                           Float32Type::get(type.getContext()));
      if (scale.getFactors().getType() != factors)
        return emitError() << "expected factors of type " << factors << ", found "
                           << scale.getFactors().getType();
    } else {
      return emitError()
             << "expected a step (reshape, transpose, slice, concat, cast, scale), found " << step;
    }
  }
  return type;
}

LogicalResult WeightOp::verify() {
  auto stored = cast<RankedTensorType>(getStored());
  if (!stored.hasStaticShape())
    return emitOpError("expected a static stored type, found ") << stored;
  if (getSource().getLength() != storageSize(stored)) // weight-c1
    return emitOpError("expected ") << storageSize(stored) << " bytes for " << stored
                                    << ", found a source of " << getSource().getLength();
  auto emit = [&] { return emitOpError(); };
  FailureOr<RankedTensorType> type = applySteps(stored, getSteps(), emit);
  if (failed(type))
    return failure();
  auto result = cast<RankedTensorType>(getResult().getType());
  if (*type != dropLayout(result)) // weight-c2
    return emitOpError("steps make ") << *type << ", but the result is " << dropLayout(result);
  return success();
}

LogicalResult ConstantOp::verify() {
  auto result = cast<RankedTensorType>(getResult().getType());
  if (getValue().getType() != dropLayout(result)) // constant-c1
    return emitOpError("expected a value of type ")
           << dropLayout(result) << ", found " << getValue().getType();
  return success();
}
