//===- Inspect.cpp - what a model needs, without pinning anything ---------===//
#include "compiler/import/Import.h"

#include "onnx/defs/schema.h"

#include "compiler/import/GraphImporter.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"
#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::OpSchemaRegistry;

namespace {

class Inspector {
public:
  Inspector(ModelFile &file, const ImportOptions &options, MLIRContext *context)
      : file(file), options(options), context(context), user(options) {}

  ModelSummary run() {
    const ::onnx::ModelProto &model = file.model();
    summary.name = file.name();
    summary.producer = model.producer_name();
    if (!model.producer_version().empty())
      summary.producer += " " + model.producer_version();
    summary.irVersion = model.ir_version();
    for (const auto &opset : model.opset_import())
      opsets[canonicalDomain(opset.domain())] = opset.version();
    for (const auto &opset : opsets)
      summary.opsets.push_back({opset.first().str(), opset.second});
    llvm::sort(summary.opsets);
    for (const auto &function : model.functions())
      functions.insert(functionKey(function.domain(), function.name()));
    for (const auto &[key, function] : user.functions)
      functions.insert(functionKey(function->domain(), function->name()));
    describeInterface(model.graph());
    countGraph(model.graph());
    for (const auto &function : model.functions())
      for (const auto &node : function.node())
        countNode(node);
    for (auto &entry : operators)
      summary.operators.push_back(std::move(entry.second));
    return std::move(summary);
  }

private:
  static ModelSummary::Value describe(const ::onnx::ValueInfoProto &info) {
    ModelSummary::Value value;
    value.name = info.name();
    if (!info.type().has_tensor_type()) {
      value.elementType = "no tensor";
      value.hasShape = false;
      return value;
    }
    value.elementType = elementTypeName(info.type().tensor_type().elem_type());
    value.hasShape = info.type().tensor_type().has_shape();
    for (const auto &dim : info.type().tensor_type().shape().dim()) {
      bool known = dim.has_dim_value() && dim.dim_value() >= 0;
      value.dims.push_back(known ? std::to_string(dim.dim_value())
                           : dim.has_dim_param() && !dim.dim_param().empty() ? dim.dim_param()
                                                                             : "?");
    }
    return value;
  }

  void describeInterface(const ::onnx::GraphProto &graph) {
    llvm::StringMap<bool> defaults;
    for (const auto &tensor : graph.initializer())
      defaults[tensor.name()] = true;
    for (const auto &input : graph.input())
      if (!defaults.count(input.name()))
        summary.inputs.push_back(describe(input));
    for (const auto &output : graph.output())
      summary.outputs.push_back(describe(output));
    for (const ModelSummary::Value &input : summary.inputs) {
      if (!input.hasShape)
        addFree("", input.name);
      for (const std::string &dim : input.dims)
        if (!llvm::all_of(dim, [](char c) { return isdigit(uint8_t(c)); }))
          addFree(dim == "?" ? "" : dim, input.name);
    }
  }

  void addFree(const std::string &name, const std::string &input) {
    for (ModelSummary::FreeDim &dim : summary.freeDims)
      if (dim.name == name) {
        if (dim.inputs.back() != input)
          dim.inputs.push_back(input);
        return;
      }
    summary.freeDims.push_back({name, {input}});
  }

  void countGraph(const ::onnx::GraphProto &graph) {
    for (const auto &tensor : graph.initializer())
      countWeight(tensor);
    for (const auto &node : graph.node())
      countNode(node);
  }

  void countWeight(const ::onnx::TensorProto &tensor) {
    std::optional<int64_t> count = elementCount(Shape(tensor.dims().begin(), tensor.dims().end()));
    if (!count || elementBits(tensor.data_type()) == 0)
      return;
    ++summary.weights;
    summary.weightBytes += byteSize(tensor.data_type(), *count);
  }

  void countNode(const ::onnx::NodeProto &node) {
    ++summary.nodes;
    std::string domain = canonicalDomain(node.domain());
    ModelSummary::Operator &entry = operators[{domain, node.op_type()}];
    if (entry.count++ == 0) {
      entry.domain = domain;
      entry.name = node.op_type();
      judge(entry);
    }
    for (const auto &attribute : node.attribute()) {
      if (attribute.has_g())
        countGraph(attribute.g());
      if (attribute.has_t())
        countWeight(attribute.t());
    }
  }

  /// Fills in the since-version, and why the operator is unsupported.
  void judge(ModelSummary::Operator &entry) {
    std::string key = functionKey(entry.domain, entry.name);
    if (functions.contains(key) || user.kernels.count(key))
      return;
    auto opset = opsets.find(entry.domain);
    const ::onnx::OpSchema *schema =
        opset == opsets.end() ? nullptr
                              : OpSchemaRegistry::Schema(entry.name, opset->second, entry.domain);
    if (!schema) {
      entry.why = "no such operator in the model's opset";
      return;
    }
    entry.sinceVersion = schema->since_version();
    const HandlerRow *row =
        findHandler(qualifiedName(entry.domain, entry.name), entry.sinceVersion);
    if (!row && !entry.domain.empty()) {
      if (!schema->HasFunction() && !schema->HasContextDependentFunction())
        entry.why = "this operator of its domain is not supported";
      return;
    }
    std::string emitted = row && row->emits ? row->emits : entry.name;
    if (emitted.empty())
      return;
    if (!RegisteredOperationName::lookup("onnx." + emitted, context))
      entry.why = "operator is not in the onnx dialect";
    else if (options.whyNoLowering)
      entry.why = options.whyNoLowering("", emitted).value_or("");
  }

  ModelFile &file;
  const ImportOptions &options;
  MLIRContext *context;
  UserOperators user;
  ModelSummary summary;
  OpsetMap opsets;
  llvm::StringSet<> functions; ///< by `functionKey`, whatever their overload
  std::map<std::pair<std::string, std::string>, ModelSummary::Operator> operators;
};

} // namespace

llvm::FailureOr<ModelSummary> bornc::inspectModel(StringRef path, const ImportOptions &options,
                                                  MLIRContext *context) {
  context->loadDialect<onnx::OnnxDialect>();
  try {
    ModelFile file(path);
    return Inspector(file, options, context).run();
  } catch (const std::exception &) {
    return emitCaught(NameLoc::get(StringAttr::get(context, path)));
  }
}
