//===- EmitterMemory.cpp - loads and stores of bindings -------------------===//
//
// A shader sees a binding through up to three views of the same descriptor: scalars,
// vec4, and 32-bit words. Logical addressing has no pointer casts, so each view
// is a variable of its own. Elements below 32 bits are always read and written
// as parts of words, which needs no device feature. Native code reads and writes elements
// of whole bytes, and vectors of them, where they are.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVEnums.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;
using born::storageBits;

static int64_t elementCount(RankedTensorType type) {
  int64_t count = 1;
  for (int64_t dim : born::physicalShape(type))
    count *= dim;
  return count;
}

bool Emitter::isPacked(unsigned binding) {
  return storageBits(bindings[binding].type.getElementType()) < (isCpu() ? 8 : 32);
}

Value Emitter::loadImmediate(unsigned number) {
  return kernel::ImmediateOp::create(builder, loc, builder.getIndexType(), number);
}

/// The type of an element in a CPU's memory: a bool is a byte, floats that have to be
/// emulated are their bits.
static Type memoryType(Type element) {
  if (element.isInteger(1) || (isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32))
    return IntegerType::get(element.getContext(), storageBits(element));
  return element;
}

Value Emitter::view(unsigned binding, View kind) {
  Value &known = bindings[binding].views[static_cast<int>(kind)];
  if (known)
    return known;
  RankedTensorType type = bindings[binding].type;
  int64_t count = elementCount(type);
  Type element = type.getElementType();
  switch (kind) {
  case View::Scalar: // 64 bits as two words: no device needs to have such integers
    if (storageBits(element) == 64 && !isCpu())
      element = VectorType::get({2}, builder.getI32Type());
    if (isCpu())
      element = memoryType(element);
    break;
  case View::Vector:
    count /= space.lanes();
    element = VectorType::get({space.lanes()}, element);
    break;
  case View::Word:
    count = llvm::divideCeil(count * storageBits(element), 32);
    element = builder.getI32Type();
    break;
  }
  Attribute space;
  if (!isCpu())
    space = spirv::StorageClassAttr::get(builder.getContext(), spirv::StorageClass::StorageBuffer);
  auto memref = MemRefType::get({count}, element, MemRefLayoutAttrInterface(), space);
  BlockArgument argument = function.getBody().front().addArgument(memref, loc);
  arguments.push_back({binding, argument});
  return known = argument;
}

AffineExpr Emitter::address(RankedTensorType type, Indices position) {
  if (auto layout = dyn_cast_or_null<born::LayoutAttr>(type.getEncoding())) {
    IndexVector physical = llvm::map_to_vector(
        layout.getMap().getResults(), [&](AffineExpr expr) { return expr.replaceDims(position); });
    return space.linearize(physical, layout.getShape());
  }
  return space.linearize(position, type.getShape());
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

/// Whether the lanes of `address` are neighbours.
static bool isContiguous(const IndexSpace &space, AffineExpr address) {
  AffineExpr first = space.atLane(address, 0);
  for (int64_t lane = 1; lane < space.lanes(); ++lane)
    if (space.simplify(space.atLane(address, lane) - first) != space.constant(lane))
      return false;
  return true;
}

/// The address of the first of some neighbours, in units of their number, or null.
static AffineExpr vectorAddress(const IndexSpace &space, AffineExpr address) {
  AffineExpr first = space.atLane(address, 0);
  if (first.getLargestKnownDivisor() % space.lanes() != 0 || !isContiguous(space, address))
    return {};
  return space.simplify(first.floorDiv(space.lanes()));
}

Type codegen::withElement(Type like, Type element) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? vector.clone(element) : element;
}

Value Emitter::fromMemory(Value stored, Type element) {
  if (!isCpu() || memoryType(element) == element)
    return stored;
  if (isa<FloatType>(element))
    return arith::BitcastOp::create(builder, loc, withElement(stored.getType(), element), stored);
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(stored.getType()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, stored, none);
}

Value Emitter::toMemory(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  if (!isCpu() || memoryType(element) == element)
    return value;
  Type type = withElement(value.getType(), memoryType(element));
  if (isa<FloatType>(element))
    return arith::BitcastOp::create(builder, loc, type, value);
  return arith::ExtUIOp::create(builder, loc, type, value);
}

Value Emitter::loadVector(unsigned binding, AffineExpr first) {
  Value memory = view(binding, View::Scalar);
  auto type = VectorType::get({space.lanes()}, cast<MemRefType>(memory.getType()).getElementType());
  Value loaded = vector::LoadOp::create(builder, loc, type, memory, materialize(first));
  return fromMemory(loaded, bindings[binding].type.getElementType());
}

void Emitter::storeVector(unsigned binding, AffineExpr first, Value value) {
  vector::StoreOp::create(builder, loc, toMemory(value), view(binding, View::Scalar),
                          materialize(first));
}

Value Emitter::load(unsigned binding, RankedTensorType type, Indices position) {
  AffineExpr where = address(type, position);
  if (!IndexSpace::variesByLane(where))
    return loadScalar(binding, where);
  Type element = type.getElementType();
  if (isCpu() && !isPacked(binding) && isContiguous(space, where))
    return loadVector(binding, space.atLane(where, 0));
  if (AffineExpr vector = isCpu() ? AffineExpr() : vectorAddress(space, where)) {
    if (isPacked(binding) && storageBits(element) >= 8)
      return loadPacked(binding, vector);
    if (storageBits(element) == 32)
      return memref::LoadOp::create(builder, loc, view(binding, View::Vector), materialize(vector));
  }
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < space.lanes(); ++lane) {
    AffineExpr at = space.atLane(where, lane);
    Value scalar;
    for (int64_t before = 0; before < lane && !scalar; ++before)
      if (space.atLane(where, before) == at)
        scalar = lanes[before];
    lanes.push_back(scalar ? scalar : loadScalar(binding, at));
  }
  if (llvm::all_equal(lanes))
    return lanes.front();
  auto vectorType = VectorType::get({space.lanes()}, element);
  return vector::FromElementsOp::create(builder, loc, vectorType, lanes);
}

Value Emitter::unpack(Value word, int64_t bit, Type element) {
  Value bits = word;
  if (bit != 0)
    bits = arith::ShRUIOp::create(builder, loc, word,
                                  arith::ConstantIntOp::create(builder, loc, bit, 32));
  int64_t width = storageBits(element);
  if (element.isInteger(1)) {
    Value mask = arith::ConstantIntOp::create(builder, loc, 0xff, 32);
    Value byte = arith::AndIOp::create(builder, loc, bits, mask);
    Value none = arith::ConstantIntOp::create(builder, loc, 0, 32);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, byte, none);
  }
  Value narrow = arith::TruncIOp::create(builder, loc, builder.getIntegerType(width), bits);
  return isa<FloatType>(element) ? Value(arith::BitcastOp::create(builder, loc, element, narrow))
                                 : narrow;
}

Value Emitter::loadScalar(unsigned binding, AffineExpr where) {
  Type element = bindings[binding].type.getElementType();
  if (!isPacked(binding)) {
    Value loaded =
        memref::LoadOp::create(builder, loc, view(binding, View::Scalar), materialize(where));
    loaded = fromMemory(loaded, element);
    if (loaded.getType() == element)
      return loaded;
    // Resolved when 64-bit integers are emulated.
    return UnrealizedConversionCastOp::create(builder, loc, element, loaded).getResult(0);
  }
  int64_t perWord = 32 / storageBits(element);
  Value words = view(binding, View::Word);
  Value word = memref::LoadOp::create(builder, loc, words,
                                      materialize(space.simplify(where.floorDiv(perWord))));
  AffineExpr part = space.simplify(where % perWord);
  if (auto constant = dyn_cast<AffineConstantExpr>(part))
    return unpack(word, constant.getValue() * storageBits(element), element);
  Value bit = materialize(space.simplify(part * storageBits(element)));
  Value shift = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), bit);
  return unpack(arith::ShRUIOp::create(builder, loc, word, shift), 0, element);
}

Value Emitter::loadPacked(unsigned binding, AffineExpr where) {
  Type element = bindings[binding].type.getElementType();
  int64_t width = storageBits(element), perWord = 32 / width;
  Value words = view(binding, View::Word);
  SmallVector<Value> lanes;
  Value word;
  for (int64_t lane = 0; lane < space.lanes(); ++lane) {
    if (lane % perWord == 0)
      word = memref::LoadOp::create(
          builder, loc, words,
          materialize(space.simplify((where * space.lanes() + lane).floorDiv(perWord))));
    lanes.push_back(unpack(word, lane % perWord * width, element));
  }
  auto type = VectorType::get({space.lanes()}, element);
  return vector::FromElementsOp::create(builder, loc, type, lanes);
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

void Emitter::store(unsigned result, Indices position, Value value) {
  unsigned binding = source.resultBinding(result);
  RankedTensorType type = source.resultTypes()[result];
  AffineExpr where = address(type, position);
  if (isPacked(binding)) {
    AffineExpr vector =
        IndexSpace::variesByLane(where) ? vectorAddress(space, where) : AffineExpr();
    if (vector && storageBits(type.getElementType()) >= 8)
      return storePacked(binding, vector, toVector(value));
    // Neighbouring invocations own parts of the same word.
    fail(source, "stores of elements below 32 bits must cover whole words", type.getElementType());
    return;
  }
  if (isCpu() && IndexSpace::variesByLane(where) && isContiguous(space, where))
    return storeVector(binding, space.atLane(where, 0), toVector(value));
  auto storeAt = [&](View kind, Value stored, AffineExpr at) {
    stored = toMemory(stored);
    Type element = cast<MemRefType>(view(binding, kind).getType()).getElementType();
    if (stored.getType() != element)
      stored = UnrealizedConversionCastOp::create(builder, loc, element, stored).getResult(0);
    memref::StoreOp::create(builder, loc, stored, view(binding, kind), materialize(at));
  };
  if (!IndexSpace::variesByLane(where))
    return storeAt(View::Scalar, value, where);
  value = toVector(value);
  if (AffineExpr vector = vectorAddress(space, where);
      vector && !isCpu() && storageBits(type.getElementType()) == 32)
    return storeAt(View::Vector, value, vector);
  for (int64_t lane = 0; lane < space.lanes(); ++lane)
    storeAt(View::Scalar, vector::ExtractOp::create(builder, loc, value, lane),
            space.atLane(where, lane));
}

void Emitter::storeGroup(unsigned result, AffineExpr group, Value value) {
  unsigned binding = source.resultBinding(result);
  if (isPacked(binding))
    return storePacked(binding, group, value);
  memref::StoreOp::create(builder, loc, value, view(binding, View::Vector), materialize(group));
}

Value Emitter::packed(Value element, int64_t bit) {
  Type type = element.getType();
  if (isa<FloatType>(type))
    element = arith::BitcastOp::create(
        builder, loc, builder.getIntegerType(type.getIntOrFloatBitWidth()), element);
  Value bits = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), element);
  if (bit == 0)
    return bits;
  return arith::ShLIOp::create(builder, loc, bits,
                               arith::ConstantIntOp::create(builder, loc, bit, 32));
}

void Emitter::storeWord(unsigned result, AffineExpr word, ArrayRef<Value> elements) {
  int64_t width = storageBits(elements.front().getType());
  Value bits;
  for (auto [index, element] : llvm::enumerate(elements)) {
    Value part = packed(element, index * width);
    bits = bits ? arith::OrIOp::create(builder, loc, bits, part).getResult() : part;
  }
  memref::StoreOp::create(builder, loc, bits, view(source.resultBinding(result), View::Word),
                          materialize(space.simplify(word)));
}

void Emitter::storePacked(unsigned binding, AffineExpr where, Value value) {
  Type element = bindings[binding].type.getElementType();
  int64_t width = storageBits(element), perWord = 32 / width;
  Value word;
  for (int64_t lane = 0; lane < space.lanes(); ++lane) {
    Value bits =
        packed(vector::ExtractOp::create(builder, loc, value, lane), lane % perWord * width);
    word = lane % perWord == 0 ? bits : arith::OrIOp::create(builder, loc, word, bits).getResult();
    if ((lane + 1) % perWord == 0)
      memref::StoreOp::create(
          builder, loc, word, view(binding, View::Word),
          materialize(space.simplify((where * space.lanes() + lane).floorDiv(perWord))));
  }
}

//===----------------------------------------------------------------------===//
// Signature
//===----------------------------------------------------------------------===//

void Emitter::finish() {
  SmallVector<Type> types;
  SmallVector<Attribute> attributes;
  for (auto [binding, argument] : arguments) {
    types.push_back(argument.getType());
    NamedAttribute place =
        isCpu() ? builder.getNamedAttr(kBindingAttr, builder.getI64IntegerAttr(binding))
                : builder.getNamedAttr(spirv::getInterfaceVarABIAttrName(),
                                       spirv::getInterfaceVarABIAttr(0, binding, std::nullopt,
                                                                     builder.getContext()));
    attributes.push_back(builder.getDictionaryAttr(place));
  }
  function.setFunctionType(builder.getFunctionType(types, {}));
  if (!attributes.empty())
    function.setAllArgAttrs(attributes);
}
