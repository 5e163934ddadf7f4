//===- FreeDims.cpp - the static shape of every input ---------------------===//
#include "compiler/import/GraphImporter.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::GraphProto;
using ::onnx::TypeProto;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static std::string dimText(const ::onnx::TensorShapeProto::Dimension &dim) {
  if (dim.has_dim_value() && dim.dim_value() >= 0)
    return std::to_string(dim.dim_value());
  return dim.has_dim_param() && !dim.dim_param().empty() ? dim.dim_param() : "?";
}

static std::string shapeText(const TypeProto &type) {
  if (!type.tensor_type().has_shape())
    return "of unknown rank";
  std::string text = "[";
  for (const auto &dim : type.tensor_type().shape().dim())
    text += (text.size() > 1 ? ", " : "") + dimText(dim);
  return text + "]";
}

/// `--shape name=...` for an input, with N where the user has to choose.
static std::string shapeFlag(const std::string &name, const TypeProto &type) {
  if (!type.tensor_type().has_shape())
    return "--shape " + name + "=D0xD1x...";
  SmallVector<std::string> dims;
  for (const auto &dim : type.tensor_type().shape().dim())
    dims.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dimText(dim) : "N");
  return "--shape " + name + "=" + llvm::join(dims, "x");
}

static void applyShape(const std::string &name, TypeProto &type, ArrayRef<int64_t> shape) {
  const auto &tensor = type.tensor_type();
  bool fits = !tensor.has_shape() || tensor.shape().dim_size() == int(shape.size());
  for (int i = 0; fits && tensor.has_shape() && i < int(shape.size()); ++i) {
    const auto &dim = tensor.shape().dim(i);
    fits = !dim.has_dim_value() || dim.dim_value() < 0 || dim.dim_value() == shape[i];
  }
  if (!fits || !elementCount(shape))
    throw ImportError(
        "--shape " + name + "=" +
            llvm::join(llvm::map_range(shape, [](int64_t dim) { return std::to_string(dim); }),
                       "x") +
            " does not fit the input, which is " + shapeText(type),
        Code::WrongShape);
  setTensorType(type, tensor.elem_type(), shape);
}

namespace {
/// A dimension left free, as the error lists it.
struct FreeDim {
  std::string name; ///< empty: has none, or the rank is unknown
  SmallVector<std::string> inputs;
  std::string flag;
};
} // namespace

static void collectFree(const std::string &name, const TypeProto &type,
                        SmallVectorImpl<FreeDim> &free) {
  bool unnamed = !type.tensor_type().has_shape();
  for (const auto &dim : type.tensor_type().shape().dim()) {
    std::string text = dimText(dim);
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      continue;
    if (text == "?") {
      unnamed = true;
      continue;
    }
    auto known = llvm::find_if(free, [&](const FreeDim &other) { return other.name == text; });
    if (known == free.end())
      free.push_back({text,
                      {name},
                      "--dim " + (text.find_first_of(" *()") != text.npos ? "'" + text + "=SIZE'"
                                                                          : text + "=SIZE")});
    else if (known->inputs.back() != name)
      known->inputs.push_back(name);
  }
  if (unnamed)
    free.push_back({"", {name}, shapeFlag(name, type)});
}

static void reportFree(ArrayRef<FreeDim> free) {
  std::string text = "the model has free dimensions; give each a size:";
  for (const FreeDim &dim : free) {
    text += "\n  " + dim.flag + "   ";
    text += dim.name.empty() ? "(a dimension without a name" : "('" + dim.name + "'";
    text += " of input";
    text += (dim.inputs.size() > 1 ? "s " : " ") + llvm::join(dim.inputs, ", ") + ")";
  }
  throw ImportError(text, Code::FreeDimension);
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Every name in the options must be one of the model's: a pin that does
/// nothing is a mistake.
static void checkNames(ArrayRef<std::string> names, const llvm::StringSet<> &dims,
                       const ImportOptions &options) {
  auto checkInput = [&](const std::string &flag, const std::string &name) {
    if (!llvm::is_contained(names, name))
      throw ImportError(flag + " " + name + "=...: the model has no such input, its inputs are " +
                            llvm::join(names, ", "),
                        Code::UnknownName);
  };
  for (const auto &shape : options.shapes)
    checkInput("--shape", shape.first);
  for (const auto &value : options.values)
    checkInput("--value", value.first);
  for (const auto &dim : options.dims) {
    if (!dims.contains(dim.first)) {
      SmallVector<StringRef> known(dims.keys().begin(), dims.keys().end());
      llvm::sort(known);
      throw ImportError("--dim " + dim.first + "=" + Twine(dim.second) +
                            ": no input has such a dimension, " +
                            (known.empty() ? "there are no named ones"
                                           : "the named ones are " + llvm::join(known, ", ")),
                        Code::UnknownName);
    }
    if (dim.second < 0)
      throw ImportError("--dim " + dim.first + "=" + Twine(dim.second) + ": negative size",
                        Code::WrongShape);
  }
}

/// The named dimensions: those that the user has pinned, and those that follow
/// from the shapes of inputs, where these agree.
static std::map<std::string, int64_t> pinnedDims(const GraphProto &graph,
                                                 const ImportOptions &options) {
  std::map<std::string, int64_t> derived;
  llvm::StringSet<> ambiguous;
  for (const auto &input : graph.input()) {
    auto shape = options.shapes.find(input.name());
    const auto &dims = input.type().tensor_type().shape().dim();
    if (shape == options.shapes.end() || int(shape->second.size()) != dims.size())
      continue;
    for (auto [dim, size] : llvm::zip_equal(dims, shape->second))
      if (dim.has_dim_param() && !dim.dim_param().empty() &&
          derived.try_emplace(dim.dim_param(), size).first->second != size)
        ambiguous.insert(dim.dim_param());
  }
  for (const auto &name : ambiguous)
    derived.erase(name.getKey().str());
  std::map<std::string, int64_t> dims = options.dims;
  dims.insert(derived.begin(), derived.end());
  return dims;
}

std::vector<std::pair<std::string, TypeProto>> importer::pinInputs(const GraphProto &graph,
                                                                   const ImportOptions &options) {
  llvm::StringSet<> defaults;
  for (const auto &tensor : graph.initializer())
    defaults.insert(tensor.name());
  for (const auto &tensor : graph.sparse_initializer())
    defaults.insert(tensor.values().name());
  std::vector<std::pair<std::string, TypeProto>> used;
  SmallVector<std::string> names;
  llvm::StringSet<> dimNames;
  for (const auto &input : graph.input()) {
    names.push_back(input.name());
    for (const auto &dim : input.type().tensor_type().shape().dim())
      if (dim.has_dim_param() && !dim.dim_param().empty())
        dimNames.insert(dim.dim_param());
  }
  checkNames(names, dimNames, options);
  std::map<std::string, int64_t> dims = pinnedDims(graph, options);
  SmallVector<FreeDim> free;
  for (const auto &input : graph.input()) {
    const std::string &name = input.name();
    TypeProto type = input.type();
    auto shape = options.shapes.find(name);
    bool hasValue = options.values.count(name);
    if (defaults.contains(name) && shape == options.shapes.end() && !hasValue)
      continue;
    if (!type.has_tensor_type())
      throw ImportError("input '" + name +
                            "' is a sequence, map or optional; only tensors can be " +
                            "inputs of a program",
                        Code::UnsupportedInput);
    const auto &pins = shape == options.shapes.end() ? dims : options.dims;
    if (type.tensor_type().has_shape())
      for (auto &dim : *type.mutable_tensor_type()->mutable_shape()->mutable_dim()) {
        auto pin = pins.find(dim.dim_param());
        if (dim.has_dim_param() && pin != pins.end())
          dim.set_dim_value(pin->second);
      }
    if (shape != options.shapes.end())
      applyShape(name, type, shape->second);
    if (!hasValue)
      collectFree(name, type, free);
    used.push_back({name, type});
  }
  if (!free.empty())
    reportFree(free);
  return used;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static Numbers parseNumbers(StringRef text, int32_t elementType) {
  Numbers numbers;
  numbers.elementType = elementType;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    part = part.trim();
    int64_t integer = 0;
    double number = 0;
    bool bad = false;
    if (numbers.isFloat()) {
      bad = part.getAsDouble(number);
      numbers.floats.push_back(number);
    } else if (part == "true" || part == "false") {
      numbers.ints.push_back(part == "true");
    } else {
      bad = part.getAsInteger(0, integer);
      numbers.ints.push_back(integer);
    }
    if (bad)
      throw ImportError("expected " + Twine(elementTypeName(elementType)) + ", found '" + part +
                            "'",
                        Code::WrongValue);
  }
  return numbers;
}

ConstantData importer::parseValue(StringRef name, StringRef text, const TypeProto &type) {
  int32_t elementType = type.tensor_type().elem_type();
  ConstantData data;
  if (text.ends_with(".npy")) {
    data = readNpy(text);
  } else {
    if (elementBits(elementType) == 0)
      throw ImportError("--value " + name + ": cannot give elements of type " +
                            elementTypeName(elementType),
                        Code::WrongValue);
    Numbers numbers = parseNumbers(text, elementType);
    // A single number has the rank that the input asks for, others are vectors
    // unless the input's shape is static.
    bool isStatic = type.tensor_type().has_shape();
    for (const auto &dim : type.tensor_type().shape().dim()) {
      numbers.shape.push_back(dim.has_dim_value() ? dim.dim_value() : 1);
      isStatic &= dim.has_dim_value();
    }
    if (elementCount(numbers.shape) != numbers.size() && !isStatic)
      numbers.shape = {numbers.size()};
    if (elementCount(numbers.shape) != numbers.size())
      throw ImportError("--value " + name + ": expected " + shapeText(type) + ", found " +
                            Twine(numbers.size()) + " numbers",
                        Code::WrongValue);
    data = fromNumbers(numbers);
  }
  if (data.elementType != elementType)
    throw ImportError("--value " + name + ": expected elements of type " +
                          elementTypeName(elementType) + ", found " +
                          elementTypeName(data.elementType),
                      Code::WrongValue);
  TypeProto pinned = type;
  applyShape(name.str(), pinned, data.shape);
  return data;
}
