//===- CustomNodes.cpp - operators and functions that the user gives ------===//
#include "compiler/import/GraphImporter.h"

#include "compiler/custom/SpirvModule.h"
#include "compiler/import/GraphOrder.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/plan/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/plan/Limits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace bornc;
using namespace bornc::importer;
using namespace mlir;
using ::onnx::AttributeProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

UserOperators::UserOperators(const ImportOptions &options) {
  for (const std::string &path : options.customOps) {
    llvm::Expected<CustomOperator> op = readCustomOperator(path);
    if (!op)
      throw ImportError(llvm::toString(op.takeError()), Code::CustomOperator);
    kernels[functionKey(op->domain, op->name)].push_back(std::move(*op));
  }
  for (const std::string &path : options.functions) {
    files.push_back(readFunctions(path));
    for (const ::onnx::FunctionProto &function : files.back().functions()) {
      auto [known, isNew] = functions.try_emplace(
          functionKey(function.domain(), function.name(), function.overload()), &function);
      if (!isNew)
        throw ImportError("'" + path + "': the function '" + function.name() + "' of domain '" +
                              function.domain() + "' is there twice",
                          Code::InvalidFunction);
    }
  }
}

namespace {

/// One node of an operator whose kernel the user gave. Errors leave out the node's name.
class CustomNode {
public:
  CustomNode(const NodeProto &node, ArrayRef<ImportValue *> inputs, MLIRContext *context)
      : node(node), inputs(inputs), context(context) {}

  /// The descriptor whose inputs have the types of this node's.
  void choose(ArrayRef<CustomOperator> overloads) {
    std::string expected;
    for (const CustomOperator &candidate : overloads) {
      expected += expected.empty() ? "(" : " or (";
      bool fits = candidate.inputs.size() == inputs.size();
      for (auto [index, tensor] : llvm::enumerate(candidate.inputs)) {
        expected += (index ? ", " : "") + tensor.name + ": " + tensor.type;
        fits = fits && inputs[index] && typeOf(inputs[index]) == tensor.type;
      }
      expected += ") of '" + candidate.file + "'";
      if (fits) {
        op = &candidate;
        return;
      }
    }
    std::string found;
    for (ImportValue *input : inputs)
      found += (found.empty() ? "" : ", ") + (input ? typeOf(input) : std::string("nothing"));
    throw ImportError("expected inputs " + expected + ", found (" + found + ")",
                      Code::CustomOperator);
  }

  /// Extents and attributes as names, and the shapes of the results.
  void infer() {
    if (node.output_size() > static_cast<int>(op->outputs.size()))
      fail("expected at most " + Twine(op->outputs.size()) + " outputs, found " +
           Twine(node.output_size()));
    for (auto [input, tensor] : llvm::zip_equal(inputs, op->inputs))
      addTensorNames(names, tensor.name, input->shape());
    addAttributes();
    for (const std::string &condition : op->conditions)
      if (!check(holds(condition, names, context), "conditions"))
        fail("expected " + condition + ", found " + extents());
    for (const CustomOperator::Tensor &output : op->outputs) {
      Shape shape;
      for (auto [input, tensor] : llvm::zip_equal(inputs, op->inputs))
        if (tensor.name == output.like)
          shape = input->shape();
      for (const std::string &extent : output.dims)
        shape.push_back(check(evaluate(extent, names, context), "shape of " + output.name));
      if (elementCount(shape).value_or(kMaxElements) >= kMaxElements)
        fail("output '" + output.name + "' has the shape [" +
             llvm::join(llvm::map_range(shape, [](int64_t d) { return std::to_string(d); }), ", ") +
             "], which is no shape or too large");
      shapes.push_back(shape);
    }
    for (auto [output, shape] : llvm::zip_equal(op->outputs, shapes))
      addTensorNames(names, output.name, shape);
  }

  /// Compiles or reads the kernel for this node, and checks that it fits the descriptor.
  void readKernel() {
    std::map<std::string, std::string> defines;
    for (const auto &[name, text] : op->defines)
      defines[name] = macro(text);
    SpirvWords words = check(readKernelSource(op->source, defines), "kernel");
    kernel = check(inspectSpirv(std::move(words), op->entry), "kernel '" + op->source + "'");
    for (auto [index, text] : llvm::enumerate(op->workgroups)) {
      int64_t count = check(evaluate(text, names, context), "workgroups");
      if (count < 1 || count > genericLimits.workgroupCount)
        fail("workgroups: '" + Twine(text) + "' is " + Twine(count) + ", expected 1 to " +
             Twine(genericLimits.workgroupCount));
      workgroupCount[index] = count;
    }
    for (const std::string &text : op->pushConstants)
      immediates.push_back(check(evaluateWord(text, names, context), "push_constants"));
    if (kernel.pushConstantBytes > immediates.size() * 4)
      fail("the kernel reads " + Twine(kernel.pushConstantBytes) +
           " bytes of push constants, but push_constants has " + Twine(immediates.size() * 4));
    if (immediates.size() * 4 > plan::maxImmediateBytes)
      fail("push_constants has " + Twine(immediates.size() * 4) + " bytes, more than " +
           Twine(plan::maxImmediateBytes));
    checkBindings();
    checkWorkgroup();
  }

  const CustomOperator *op = nullptr;
  std::vector<Shape> shapes; ///< of the results
  SpirvKernel kernel;
  int32_t workgroupCount[3] = {1, 1, 1};
  SmallVector<uint32_t> immediates;

private:
  static std::string typeOf(ImportValue *value) { return elementTypeName(value->elementType()); }

  [[noreturn]] void fail(const Twine &why) const {
    throw ImportError("custom operator '" + op->file + "': " + why, Code::CustomOperator);
  }

  template <typename Value>
  Value check(llvm::Expected<Value> value, const Twine &where) const {
    if (!value)
      fail(where + ": " + llvm::toString(value.takeError()));
    return std::move(*value);
  }

  void addAttributes() {
    Attributes given(node);
    for (const AttributeProto &attribute : given)
      if (!op->attributes.count(attribute.name()))
        fail("there is no attribute '" + attribute.name() + "'");
    for (const auto &[name, attribute] : op->attributes) {
      if (!given.has(name) && !attribute.byDefault)
        fail("expected the attribute '" + name + "', which has no default");
      double byDefault = attribute.byDefault.value_or(0);
      if (attribute.isFloat)
        names[name] = given.getFloat(name, static_cast<float>(byDefault));
      else
        names[name] = given.getInt(name, static_cast<int64_t>(byDefault));
    }
  }

  /// The integers that a condition could have named.
  std::string extents() const {
    std::string text;
    for (const auto &[name, value] : names)
      if (auto *integer = std::get_if<int64_t>(&value))
        text += (text.empty() ? "" : ", ") + name + " = " + std::to_string(*integer);
    return text;
  }

  /// The text of a macro: an integer, or a float attribute's literal.
  std::string macro(const std::string &text) const {
    if (auto found = names.find(text); found != names.end())
      if (auto *number = std::get_if<float>(&found->second)) {
        std::string literal;
        llvm::raw_string_ostream(literal) << "(" << llvm::format("%.9e", *number) << ")";
        return literal;
      }
    return "(" + std::to_string(check(evaluate(text, names, context), "defines")) + ")";
  }

  void checkBindings() const {
    unsigned count = op->inputs.size() + op->outputs.size();
    if (count > genericLimits.bindings)
      fail("it has " + Twine(count) + " tensors, more than the " + Twine(genericLimits.bindings) +
           " buffers of a kernel");
    for (auto [binding, isWritable] : kernel.isWritable) {
      if (binding >= count)
        fail("the kernel has a buffer at binding " + Twine(binding) +
             ", but the operator has only " + Twine(count) + " tensors");
      if (isWritable && binding < op->inputs.size())
        fail("the kernel may write to its input '" + op->inputs[binding].name +
             "': declare the buffer at binding " + Twine(binding) + " readonly");
    }
    for (auto [index, output] : llvm::enumerate(op->outputs)) {
      auto found = kernel.isWritable.find(op->inputs.size() + index);
      if (found == kernel.isWritable.end() || !found->second)
        fail("the kernel does not write the output '" + output.name + "': expected a buffer at " +
             "binding " + Twine(op->inputs.size() + index) + " that is not readonly");
    }
  }

  void checkWorkgroup() const {
    int64_t invocations = 1;
    for (auto [axis, size] : llvm::enumerate(kernel.workgroupSize)) {
      invocations *= size;
      if (size < 1 || size > static_cast<int64_t>(genericLimits.workgroupSize[axis]))
        fail("the kernel's workgroup has " + Twine(size) + " invocations on axis " + Twine(axis) +
             ", expected 1 to " + Twine(genericLimits.workgroupSize[axis]));
    }
    if (invocations > genericLimits.invocations)
      fail("the kernel's workgroup has " + Twine(invocations) + " invocations, more than " +
           Twine(genericLimits.invocations));
    if (kernel.workgroupMemory > genericLimits.workgroupMemory)
      fail("the kernel uses " + Twine(kernel.workgroupMemory) +
           " bytes of shared memory, more than " + Twine(genericLimits.workgroupMemory));
  }

  const NodeProto &node;
  ArrayRef<ImportValue *> inputs;
  MLIRContext *context;
  CustomNames names;
};

} // namespace

Values GraphImporter::importCustom(ArrayRef<CustomOperator> overloads, const NodeProto &node,
                                   ArrayRef<ImportValue *> inputs) {
  if (llvm::any_of(inputs, [](ImportValue *input) { return input && input->poisoned; }))
    return Values(node.output_size(), poison());
  CustomNode custom(node, inputs, context);
  custom.choose(overloads);
  custom.infer();
  custom.readKernel();

  Values results;
  SmallVector<Type> types;
  for (auto [output, shape] : llvm::zip_equal(custom.op->outputs, custom.shapes)) {
    TensorProto::DataType element;
    if (!TensorProto::DataType_Parse(StringRef(output.type).upper(), &element) ||
        !toElementType(element, context))
      throw ImportError("custom operator '" + custom.op->file + "': output '" + output.name +
                            "' has the type '" + output.type + "', which no tensor on a device has",
                        Code::CustomOperator);
    results.push_back(newValue());
    setTensorType(results.back()->type, element, shape);
    types.push_back(irType(results.back()));
  }
  SmallVector<Value> operands, immediates;
  for (ImportValue *input : inputs)
    operands.push_back(materialize(input));
  Location loc = nodeLocation();
  for (uint32_t word : custom.immediates)
    immediates.push_back(arith::ConstantIndexOp::create(builder, loc, static_cast<int32_t>(word)));
  const SpirvKernel &kernel = custom.kernel;
  auto words = DenseIntElementsAttr::get(
      RankedTensorType::get(kernel.words.size(), builder.getI32Type()), ArrayRef(kernel.words));
  auto op = kernel::CustomOp::create(
      builder, loc, types, qualifiedName(custom.op->domain, custom.op->name), operands, immediates,
      custom.op->entry, builder.getDenseI32ArrayAttr(kernel.workgroupSize),
      builder.getDenseI32ArrayAttr(custom.workgroupCount), words, kernel.workgroupMemory,
      builder.getStrArrayAttr(kernel.features));
  for (auto [value, result] : llvm::zip_equal(results, op.getOutputs()))
    value->ir = result;
  results.resize(node.output_size());
  return results;
}
