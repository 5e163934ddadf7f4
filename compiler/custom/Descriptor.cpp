//===- Descriptor.cpp -----------------------------------------------------===//
#include "compiler/custom/Descriptor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace bornc;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// A misspelt key would be a rule that is silently not there.
static bool hasOnlyKeys(const json::Value &value, std::initializer_list<StringRef> keys,
                        json::Path path) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return true; // the mapper says what was expected
  for (const auto &[key, entry] : *object)
    if (!llvm::is_contained(keys, StringRef(key))) {
      path.field(key).report("unknown key");
      return false;
    }
  return true;
}

/// Whether expressions can name it.
static bool isName(StringRef text) {
  return !text.empty() && !llvm::isDigit(text.front()) &&
         llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static bool checkName(StringRef name, json::Path path) {
  if (isName(name))
    return true;
  path.report("expected a name of letters, digits and '_'");
  return false;
}

namespace bornc {

static bool fromJSON(const json::Value &value, CustomOperator::Tensor &tensor, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !hasOnlyKeys(value, {"name", "type", "shape"}, path) ||
      !map.map("name", tensor.name) || !map.map("type", tensor.type) ||
      !checkName(tensor.name, path.field("name")))
    return false;
  const json::Value *shape = value.getAsObject()->get("shape");
  if (!shape)
    return true;
  if (auto like = shape->getAsString()) {
    tensor.like = like->str();
    return true;
  }
  return json::fromJSON(*shape, tensor.dims, path.field("shape"));
}

static bool fromJSON(const json::Value &value, CustomOperator::Attribute &attribute,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  std::string type;
  if (!map || !hasOnlyKeys(value, {"type", "default"}, path) || !map.map("type", type) ||
      !map.mapOptional("default", attribute.byDefault))
    return false;
  attribute.isFloat = type == "float";
  if (type != "float" && type != "int") {
    path.field("type").report("expected \"int\" or \"float\"");
    return false;
  }
  if (!attribute.isFloat && attribute.byDefault &&
      !value.getAsObject()->get("default")->getAsInteger()) {
    path.field("default").report("expected an integer");
    return false;
  }
  return true;
}

/// Distinct names, and rules about shapes where they belong.
static bool checkTensors(const CustomOperator &op, json::Path path) {
  std::map<std::string, bool> known;
  for (const auto &[name, attribute] : op.attributes) {
    if (!checkName(name, path.field("attributes")))
      return false;
    known[name] = true;
  }
  auto check = [&](const std::vector<CustomOperator::Tensor> &tensors, StringRef key,
                   bool isInput) {
    json::Path list = path.field(key); // a path refers to the one that it was made from
    for (const auto &[index, tensor] : llvm::enumerate(tensors)) {
      json::Path at = list.index(index);
      bool isLikeInput = llvm::any_of(op.inputs, [&](const CustomOperator::Tensor &input) {
        return input.name == tensor.like;
      });
      if (!known.try_emplace(tensor.name, true).second)
        at.field("name").report("expected a name that nothing else has");
      else if (isInput && (!tensor.like.empty() || !tensor.dims.empty()))
        at.field("shape").report("expected no shape: inputs have any");
      else if (!tensor.like.empty() && !isLikeInput)
        at.field("shape").report("expected the name of an input, or a list of extents");
      else
        continue;
      return false;
    }
    return true;
  };
  return check(op.inputs, "inputs", true) && check(op.outputs, "outputs", false);
}

static bool fromJSON(const json::Value &value, CustomOperator &op, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map ||
      !hasOnlyKeys(value,
                   {"domain", "op", "inputs", "outputs", "attributes", "conditions", "kernel",
                    "entry", "workgroups", "push_constants", "defines"},
                   path) ||
      !map.map("domain", op.domain) || !map.map("op", op.name) || !map.map("inputs", op.inputs) ||
      !map.map("outputs", op.outputs) || !map.map("kernel", op.source) ||
      !map.map("workgroups", op.workgroups) || !map.mapOptional("attributes", op.attributes) ||
      !map.mapOptional("conditions", op.conditions) || !map.mapOptional("entry", op.entry) ||
      !map.mapOptional("push_constants", op.pushConstants) ||
      !map.mapOptional("defines", op.defines))
    return false;
  if (op.domain.empty() || op.domain == "ai.onnx") {
    path.field("domain").report("expected a domain that is not ONNX's own");
    return false;
  }
  if (op.outputs.empty()) {
    path.field("outputs").report("expected at least one output");
    return false;
  }
  if (op.workgroups.empty() || op.workgroups.size() > 3) {
    path.field("workgroups").report("expected one to three expressions");
    return false;
  }
  for (const auto &[name, text] : op.defines)
    if (!checkName(name, path.field("defines")))
      return false;
  return checkTensors(op, path);
}

} // namespace bornc

llvm::Expected<CustomOperator> bornc::readCustomOperator(StringRef path) {
  auto fail = [&](const Twine &why) {
    return llvm::createStringError("custom operator '" + path + "': " + why);
  };
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return fail("cannot read it: " + file.getError().message());
  llvm::Expected<json::Value> value = json::parse((*file)->getBuffer());
  if (!value)
    return fail("not JSON: " + llvm::toString(value.takeError()));
  CustomOperator op;
  json::Path::Root root("descriptor");
  if (!fromJSON(*value, op, root))
    return fail(llvm::toString(root.getError()));
  op.file = path.str();
  if (llvm::sys::path::is_relative(op.source)) {
    llvm::SmallString<256> full(llvm::sys::path::parent_path(path));
    llvm::sys::path::append(full, op.source);
    op.source = full.str().str();
  }
  return op;
}
