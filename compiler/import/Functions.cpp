//===- Functions.cpp - calls of functions, and operators by their bodies --===//
#include "compiler/import/GraphImporter.h"

#include "onnx/defs/schema.h"

#include "compiler/import/GraphOrder.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;
using namespace mlir;
using ::onnx::AttributeProto;
using ::onnx::NodeProto;
using ::onnx::OpSchema;
using ::onnx::TypeProto;

/// Sets the attributes that the nodes of a function body take from the call.
static void bindAttributes(::onnx::GraphProto &body, const ::onnx::FunctionProto &function,
                           const Attributes &given) {
  for (NodeProto &node : *body.mutable_node()) {
    auto *attributes = node.mutable_attribute();
    for (int i = attributes->size() - 1; i >= 0; --i) {
      AttributeProto &attribute = *attributes->Mutable(i);
      if (attribute.has_g())
        bindAttributes(*attribute.mutable_g(), function, given);
      if (attribute.ref_attr_name().empty())
        continue;
      const AttributeProto *source = given.find(attribute.ref_attr_name());
      for (const AttributeProto &other : function.attribute_proto())
        if (!source && other.name() == attribute.ref_attr_name())
          source = &other;
      if (!source) { // absent in the call: absent here
        attributes->DeleteSubrange(i, 1);
        continue;
      }
      std::string name = attribute.name();
      attribute = *source;
      attribute.set_name(name);
    }
  }
}

Values GraphImporter::callFunction(const ::onnx::FunctionProto &function,
                                   ArrayRef<ImportValue *> inputs, const Attributes &attributes,
                                   ArrayRef<bool> wanted) {
  const NodeProto &call = *current;
  if (llvm::is_contained(callStack, &function))
    throw ImportError("function '" + function.name() + "' calls itself", Code::InvalidFunction);
  if (int(inputs.size()) > function.input_size() || int(wanted.size()) > function.output_size())
    throw ImportError("function '" + function.name() + "' has " + Twine(function.input_size()) +
                          " inputs and " + Twine(function.output_size()) + " outputs, the call " +
                          Twine(inputs.size()) + " and " + Twine(wanted.size()),
                      Code::InvalidFunction);
  ::onnx::GraphProto body;
  *body.mutable_node() = function.node();
  bindAttributes(body, function, attributes);
  Scope scope; // a function sees nothing of its caller
  for (auto [i, name] : llvm::enumerate(function.input())) {
    body.add_input()->set_name(name);
    scope.values[name] = i < inputs.size() ? inputs[i] : nullptr;
  }
  OpsetMap ownOpsets;
  for (const auto &opset : function.opset_import())
    ownOpsets[canonicalDomain(opset.domain())] = opset.version();
  std::vector<std::string> outputs;
  for (auto [i, isWanted] : llvm::enumerate(wanted))
    if (isWanted) // a body need not define the others
      outputs.push_back(function.output(i));
  std::string ownPrefix = callPrefix + call.name() + "/";
  std::swap(opsets, ownOpsets);
  std::swap(callPrefix, ownPrefix);
  callStack.push_back(&function);
  importNodes(body, scope, outputs);
  callStack.pop_back();
  std::swap(callPrefix, ownPrefix);
  std::swap(opsets, ownOpsets);
  Values results;
  for (auto [i, isWanted] : llvm::enumerate(wanted))
    results.push_back(isWanted ? scope.find(function.output(i)) : nullptr);
  return results;
}

/// An operator without a lowering, by the body that the standard gives for it.
std::optional<Values> GraphImporter::expand(const OpSchema &schema, ArrayRef<ImportValue *> inputs,
                                            const Attributes &given, ArrayRef<bool> wanted) {
  Attributes attributes = given;
  for (const auto &[name, attribute] : schema.attributes())
    if (!given.has(name) && attribute.default_value.has_name())
      attributes.set(attribute.default_value);
  ::onnx::FunctionProto function;
  if (schema.HasFunction()) {
    function = *schema.GetFunction(newestOpset());
  } else if (schema.HasContextDependentFunction()) {
    NodeProto node;
    node.set_op_type(schema.Name());
    std::vector<TypeProto> types;
    for (auto [i, input] : llvm::enumerate(inputs)) {
      node.add_input(input ? "x" + std::to_string(i) : "");
      types.push_back(input ? input->type : TypeProto());
    }
    for (auto [i, isWanted] : llvm::enumerate(wanted))
      node.add_output(isWanted ? "y" + std::to_string(i) : "");
    for (const AttributeProto &attribute : given)
      *node.add_attribute() = attribute;
    ::onnx::FunctionBodyBuildContextImpl context(node, types);
    if (!schema.BuildContextDependentFunction(context, function, newestOpset()))
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  // Bodies of other domains may name their own only.
  auto isOwn = [](const auto &opset) { return canonicalDomain(opset.domain()).empty(); };
  if (llvm::none_of(function.opset_import(), isOwn))
    function.add_opset_import()->set_version(newestOpset());
  for (const ::onnx::FunctionProto *outer : callStack)
    if (outer->name() == function.name() && outer->domain() == function.domain())
      return std::nullopt;
  const NodeProto *outer = std::exchange(expanded, expanded ? expanded : current);
  Values results = callFunction(function, inputs, attributes, wanted);
  expanded = outer;
  return results;
}

/// An operator of another domain than ONNX's own, by its function body: the
/// dialect has no op for it.
Values GraphImporter::importForeign(const OpSchema &schema, const Node &node) {
  if (std::optional<Values> body =
          expand(schema, node.inputs, node.attributes, wantedOutputs(node.proto)))
    return *body;
  throw Unsupported("this operator of domain '" + schema.domain() + "' is not supported");
}
