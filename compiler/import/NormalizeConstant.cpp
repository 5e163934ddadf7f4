//===- NormalizeConstant.cpp - constants, and what only passes values on --===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

#include <cmath>

using namespace bornc;
using namespace bornc::importer;
using ::onnx::AttributeProto;
using ::onnx::TensorProto;

static Values importConstant(Node &node) {
  if (std::distance(node.attributes.begin(), node.attributes.end()) != 1)
    throw ImportError("expected exactly one attribute with the value");
  const AttributeProto &value = *node.attributes.begin();
  GraphImporter &importer = node.importer;
  Numbers numbers;
  switch (value.type()) {
  case AttributeProto::TENSOR:
    return {importer.constant(importer.modelFile().load(value.t()))};
  case AttributeProto::SPARSE_TENSOR:
    return {importer.constant(importer.modelFile().load(value.sparse_tensor()))};
  case AttributeProto::FLOAT:
    return {importer.constant(makeScalar(TensorProto::FLOAT, value.f()))};
  case AttributeProto::INT:
    numbers.elementType = TensorProto::INT64;
    numbers.ints = {value.i()};
    return {importer.constant(fromNumbers(numbers))};
  case AttributeProto::INTS:
    return {importer.ints(llvm::SmallVector<int64_t>(value.ints().begin(), value.ints().end()))};
  case AttributeProto::FLOATS:
    numbers.elementType = TensorProto::FLOAT;
    numbers.shape = {value.floats_size()};
    numbers.floats.assign(value.floats().begin(), value.floats().end());
    return {importer.constant(fromNumbers(numbers))};
  default:
    throw Unsupported("attribute '" + value.name() + "': strings have no place on the device");
  }
}

static Values importIdentity(Node &node) { return {node.input(0)}; }

/// A cast to the type that the value has is nothing.
static Values importCast(Node &node) {
  int64_t to = node.attributes.getInt("to", 0);
  if (node.input(0)->elementType() == to)
    return {node.input(0)};
  if (to == TensorProto::STRING || node.input(0)->elementType() == TensorProto::STRING)
    throw Unsupported("strings have no place on the device");
  return node.importer.passThrough(node);
}

static Values importCastLike(Node &node) {
  node.attributes.set("to", int64_t(node.input(1)->elementType()));
  if (node.input(0)->elementType() == node.input(1)->elementType())
    return {node.input(0)};
  return node.importer.emit("Cast", {node.input(0)}, node.attributes);
}

/// For inference the values themselves, and a mask of ones.
static Values importDropout(Node &node) {
  bool trains = node.sinceVersion == 6 && !node.attributes.getInt("is_test", 0);
  if (ImportValue *mode = node.input(2)) {
    std::optional<Numbers> known;
    if (mode->constant)
      known = toNumbers(*mode->constant);
    trains = !known || known->ints.empty() || known->ints[0] != 0;
  }
  if (trains && node.sinceVersion < 12)
    throw Unsupported("training mode of an old version");
  if (trains)
    return node.importer.passThrough(node);
  Values results = {node.input(0)};
  if (node.wants(1)) {
    ConstantData mask = makeScalar(
        node.sinceVersion < 10 ? node.input(0)->elementType() : int32_t(TensorProto::BOOL), 1);
    mask.splat = true;
    mask.shape = node.input(0)->shape();
    results.push_back(node.importer.constant(std::move(mask)));
  }
  return results;
}

/// Inference does not know the length for every type.
static Values importRange(Node &node) {
  std::optional<Numbers> given[3];
  for (unsigned i = 0; i < 3; ++i) {
    ImportValue *input = node.input(i);
    if (!input || !input->constant || elementCount(input->constant->shape) != 1)
      return node.importer.passThrough(node);
    given[i] = toNumbers(*input->constant);
  }
  auto &[start, limit, delta] = given;
  if (!start || !limit || !delta)
    return node.importer.passThrough(node);
  Numbers result;
  result.elementType = start->elementType;
  auto span = [&](auto first, auto last, auto step) {
    double count = step == 0 ? 0 : std::ceil((double(last) - double(first)) / double(step));
    if (step == 0 || !(count < double(1 << 24)))
      throw ImportError("cannot count from " + llvm::Twine(std::to_string(first)) + " to " +
                        std::to_string(last) + " in steps of " + std::to_string(step));
    result.shape = {std::max<int64_t>(0, int64_t(count))};
  };
  if (result.isFloat()) {
    span(start->floats[0], limit->floats[0], delta->floats[0]);
    for (int64_t i = 0; i < result.shape[0]; ++i)
      result.floats.push_back(start->floats[0] + double(i) * delta->floats[0]);
  } else {
    span(start->ints[0], limit->ints[0], delta->ints[0]);
    for (int64_t i = 0; i < result.shape[0]; ++i)
      result.ints.push_back(start->ints[0] + i * delta->ints[0]);
  }
  return {node.importer.constant(fromNumbers(result))};
}

llvm::ArrayRef<HandlerRow> importer::constantRows() {
  static constexpr HandlerRow rows[] = {
      {"Cast", 1, kNewest, importCast, "dropped if the type stays"},
      {"CastLike", 1, kNewest, importCastLike, "Cast to the second input's type", "Cast"},
      {"Constant", 1, kNewest, importConstant, "a constant, in all its forms", ""},
      {"Dropout", 1, kNewest, importDropout, "dropped, unless it trains"},
      {"Identity", 1, kNewest, importIdentity, "dropped", ""},
      {"Range", 1, kNewest, importRange, "a constant if its operands are"},
  };
  return rows;
}
