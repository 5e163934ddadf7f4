//===- Inference.cpp - result types by the library's inference ------------===//
#include "compiler/import/Fold.h"
#include "compiler/import/GraphImporter.h"
#include "compiler/import/ImportError.h"

#include "onnx/defs/schema.h"
#include "onnx/defs/shape_inference.h"

using namespace bornc;
using namespace bornc::importer;
using ::onnx::AttributeProto;
using ::onnx::OpSchema;
using ::onnx::TensorProto;
using ::onnx::TensorShapeProto;
using ::onnx::TypeProto;

namespace {

/// One node as the library's inference functions see it.
class NodeContext final : public ::onnx::InferenceContext {
public:
  NodeContext(llvm::ArrayRef<ImportValue *> inputs, const Attributes &attributes,
              llvm::ArrayRef<ImportValue *> results)
      : inputs(inputs), attributes(attributes), results(results), data(inputs.size()) {}

  const AttributeProto *getAttribute(const std::string &name) const override {
    return attributes.find(name);
  }
  size_t getNumInputs() const override { return inputs.size(); }
  const TypeProto *getInputType(size_t i) const override {
    return i < inputs.size() && inputs[i] ? &inputs[i]->type : nullptr;
  }
  const TensorProto *getInputData(size_t i) const override {
    if (i >= inputs.size() || !inputs[i] || !inputs[i]->constant)
      return nullptr;
    const ConstantData &constant = *inputs[i]->constant;
    if (*elementCount(constant.shape) > kMaxFoldElements)
      return nullptr;
    if (!data[i])
      data[i] = std::make_unique<TensorProto>(toTensorProto(constant));
    return data[i].get();
  }
  size_t getNumOutputs() const override { return results.size(); }
  TypeProto *getOutputType(size_t i) override {
    return i < results.size() ? &results[i]->type : nullptr;
  }
  ::onnx::GraphInferencer *getGraphAttributeInferencer(const std::string &) override {
    return nullptr; // control flow infers its bodies itself
  }
  const ::onnx::SparseTensorProto *getInputSparseData(size_t) const override { return nullptr; }
  const TensorShapeProto *getSymbolicInput(size_t) const override { return nullptr; }

private:
  llvm::ArrayRef<ImportValue *> inputs;
  const Attributes &attributes;
  llvm::ArrayRef<ImportValue *> results;
  mutable std::vector<std::unique_ptr<TensorProto>> data;
};

} // namespace

Values GraphImporter::infer(const OpSchema &schema, llvm::ArrayRef<ImportValue *> inputs,
                            const Attributes &attributes, llvm::ArrayRef<bool> wanted) {
  Values results;
  for (size_t i = 0; i < wanted.size(); ++i)
    results.push_back(newValue());
  bool keepsType = schema.Name() == "GroupNormalization" ||
                   schema.Name() == "MeanVarianceNormalization"; // no function in the library
  NodeContext node(inputs, attributes, results);
  if (keepsType)
    results[0]->type = inputs[0]->type;
  else if (schema.has_type_and_shape_inference_function())
    schema.GetTypeAndShapeInferenceFunction()(node);
  else
    throw Unsupported("the library cannot infer its result types");
  // Some functions set every output's type, named or not: drop those of the
  // unnamed only now.
  for (auto [value, isWanted] : llvm::zip(results, wanted))
    if (!isWanted)
      value->type.Clear();
  return results;
}
