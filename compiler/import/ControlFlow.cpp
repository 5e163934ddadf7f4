//===- ControlFlow.cpp - If, Loop and Scan --------------------------------===//
#include "compiler/import/GraphOrder.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::GraphProto;
using ::onnx::TensorProto;
using ::onnx::TypeProto;

/// A subgraph on its way to a region.
struct GraphImporter::Body {
  std::unique_ptr<Region> region = std::make_unique<Region>();
  SmallVector<TypeProto> argumentTypes;
  Values arguments, results;
};

/// Imports what `graph` computes, where the builder is, and returns its outputs.
Values GraphImporter::importSubgraph(const GraphProto &graph, Scope &scope) {
  addInitializers(graph, scope);
  std::vector<std::string> outputs;
  for (const auto &output : graph.output())
    outputs.push_back(output.name());
  importNodes(graph, scope, outputs);
  Values results;
  for (const std::string &output : outputs)
    results.push_back(scope.find(output));
  return results;
}

static void checkResult(const ImportValue *value) {
  if (!value || value->poisoned)
    throw Unsupported("its subgraph is not supported");
}

/// Imports `graph` as a region that ends in onnx.Yield.
void GraphImporter::importBody(const GraphProto &graph, const Scope &outer, Body &body) {
  OpBuilder::InsertionGuard guard(builder);
  Block *block = &body.region->emplaceBlock();
  builder.setInsertionPointToEnd(block);
  Scope scope;
  scope.parent = &outer;
  if (graph.input_size() != int(body.argumentTypes.size()))
    throw ImportError("expected a subgraph with " + Twine(body.argumentTypes.size()) +
                      " inputs, found " + Twine(graph.input_size()));
  for (auto [input, type] : llvm::zip(graph.input(), body.argumentTypes)) {
    ImportValue *value = newValue(input.name());
    value->type = type;
    value->ir = block->addArgument(toTensorType(type, context),
                                   NameLoc::get(builder.getStringAttr(input.name())));
    scope.values[input.name()] = value;
    body.arguments.push_back(value);
  }
  body.results = importSubgraph(graph, scope);
  SmallVector<Value> yielded;
  for (ImportValue *value : body.results) {
    checkResult(value);
    yielded.push_back(materialize(value));
  }
  OperationState yield(nodeLocation(), "onnx.Yield");
  yield.addOperands(yielded);
  builder.create(yield);
}

static const GraphProto &subgraph(const Node &node, StringRef name) {
  const ::onnx::AttributeProto *attribute = node.attributes.find(name);
  if (!attribute || !attribute->has_g())
    throw ImportError("expected a subgraph in attribute '" + name + "'");
  return attribute->g();
}

/// The value of a constant bool, if it is one.
static std::optional<bool> knownCondition(const ImportValue *value) {
  if (!value || !value->constant)
    return std::nullopt;
  std::optional<Numbers> numbers = toNumbers(*value->constant);
  if (!numbers || numbers->ints.size() != 1)
    return std::nullopt;
  return numbers->ints[0] != 0;
}

//===----------------------------------------------------------------------===//
// If
//===----------------------------------------------------------------------===//

Values GraphImporter::importIf(Node &node) {
  const GraphProto *branches[] = {&subgraph(node, "then_branch"), &subgraph(node, "else_branch")};
  auto importBranch = [&](const GraphProto &branch) {
    Scope scope;
    scope.parent = &node.scope;
    return importSubgraph(branch, scope);
  };
  if (std::optional<bool> condition = knownCondition(node.input(0)))
    return importBranch(*branches[*condition ? 0 : 1]);
  // In one submission nothing chooses on the way: both are computed, and each result is selected.
  Location location = nodeLocation();
  Values yes = importBranch(*branches[0]), no = importBranch(*branches[1]);
  if (yes.size() != no.size())
    throw ImportError("the branches give " + Twine(yes.size()) + " and " + Twine(no.size()) +
                      " results");
  ImportValue *condition = node.input(0);
  if (auto type = dyn_cast_or_null<RankedTensorType>(toTensorType(condition->type, context));
      type && type.getRank() != 0)
    condition = emit("Reshape", {condition, ints({})})[0];
  Values results;
  for (auto [a, b] : llvm::zip_equal(yes, no)) {
    checkResult(a);
    checkResult(b);
    Type type = toTensorType(a->type, context);
    if (!type || type != toTensorType(b->type, context))
      throw Unsupported("the branches give results of different types, or no tensors, and the "
                        "condition is known only at run time");
    results.push_back(emit("Where", {condition, a, b})[0]);
  }
  runTimeBranches.push_back(location);
  return results;
}

//===----------------------------------------------------------------------===//
// Loop and Scan
//===----------------------------------------------------------------------===//

Values GraphImporter::importLoop(Node &node) {
  checkSupported("Loop");
  const GraphProto &graph = subgraph(node, "body");
  unsigned carried = node.inputs.size() < 2 ? 0 : node.inputs.size() - 2;
  Body body;
  setTensorType(body.argumentTypes.emplace_back(), TensorProto::INT64, {});
  setTensorType(body.argumentTypes.emplace_back(), TensorProto::BOOL, {});
  for (unsigned i = 0; i < carried; ++i) {
    if (!node.input(2 + i))
      throw ImportError("a carried value is absent");
    body.argumentTypes.push_back(node.input(2 + i)->type);
  }
  importBody(graph, node.scope, body);
  if (body.results.size() < 1 + carried)
    throw ImportError("expected a body with at least " + Twine(1 + carried) + " results, found " +
                      Twine(body.results.size()));
  // The number of iterations is known if the condition never ends the loop.
  ImportValue *condition = node.input(1);
  bool alwaysGoesOn =
      (!condition || knownCondition(condition) == true) &&
      (body.results[0] == body.arguments[1] || knownCondition(body.results[0]) == true);
  std::optional<int64_t> trips;
  if (node.input(0) && node.input(0)->constant && alwaysGoesOn) {
    SmallVector<int64_t> count = node.constantInts(0);
    if (count.size() != 1)
      throw ImportError("expected one trip count, found " + Twine(count.size()));
    trips = std::max<int64_t>(0, count[0]);
  }
  Values results;
  for (unsigned i = 0; i + 1 < body.results.size(); ++i) {
    ImportValue *inside = body.results[i + 1];
    results.push_back(newValue());
    results.back()->type = inside->type;
    if (i < carried) {
      if (inside->shape() != node.input(2 + i)->shape())
        throw Unsupported("a carried value changes its shape");
      continue;
    }
    if (!trips)
      throw Unsupported("the number of iterations, which is a result's size, is known only at " +
                        Twine("run time"));
    Shape shape = inside->shape();
    shape.insert(shape.begin(), *trips);
    setTensorType(results.back()->type, inside->elementType(), shape);
  }
  std::unique_ptr<Region> regions[] = {std::move(body.region)};
  Operation *op = build("Loop", node.inputs, {}, results, regions);
  for (auto [value, result] : llvm::zip(results, op->getResults()))
    value->ir = result;
  return results;
}

/// The entry of a Scan's axes attribute, counted from the front.
static int64_t scanAxis(const SmallVector<int64_t> &axes, unsigned i, int64_t rank) {
  int64_t axis = i < axes.size() ? axes[i] : 0;
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    throw ImportError("scan axis " + Twine(axis) + " is out of range for rank " + Twine(rank));
  return axis;
}

Values GraphImporter::importScan(Node &node) {
  checkSupported("Scan");
  unsigned scans = node.attributes.getInt("num_scan_inputs", 0);
  if (scans < 1 || scans > node.inputs.size())
    throw ImportError("num_scan_inputs is " + Twine(scans) + " for " + Twine(node.inputs.size()) +
                      " inputs");
  unsigned states = node.inputs.size() - scans;
  SmallVector<int64_t> inputAxes = node.attributes.getInts("scan_input_axes");
  SmallVector<int64_t> outputAxes = node.attributes.getInts("scan_output_axes");
  Body body;
  int64_t length = -1;
  for (auto [i, input] : llvm::enumerate(node.inputs)) {
    if (!input)
      throw ImportError("input " + Twine(i) + " is absent");
    Shape shape = input->shape();
    if (i >= states) {
      int64_t axis = scanAxis(inputAxes, i - states, shape.size());
      if (length >= 0 && length != shape[axis])
        throw ImportError("expected scan inputs of length " + Twine(length) + ", found " +
                          Twine(shape[axis]));
      length = shape[axis];
      shape.erase(shape.begin() + axis);
    }
    setTensorType(body.argumentTypes.emplace_back(), input->elementType(), shape);
  }
  importBody(subgraph(node, "body"), node.scope, body);
  if (body.results.size() < states)
    throw ImportError("expected a body with at least " + Twine(states) + " results, found " +
                      Twine(body.results.size()));
  Values results;
  for (auto [i, inside] : llvm::enumerate(body.results)) {
    Shape shape = inside->shape();
    if (i < states && shape != node.inputs[i]->shape())
      throw Unsupported("a state changes its shape");
    if (i >= states)
      shape.insert(shape.begin() + scanAxis(outputAxes, i - states, shape.size() + 1), length);
    results.push_back(newValue());
    setTensorType(results.back()->type, inside->elementType(), shape);
  }
  node.attributes.remove("body");
  std::unique_ptr<Region> regions[] = {std::move(body.region)};
  Operation *op = build("Scan", node.inputs, node.attributes, results, regions);
  for (auto [value, result] : llvm::zip(results, op->getResults()))
    value->ir = result;
  return results;
}

/// Opset 8: a batch dimension is in front of all, and a scan of its own for each entry.
static Values importScan8(Node &node) {
  GraphImporter &importer = node.importer;
  if (node.input(0))
    throw Unsupported("lengths of sequences (sequence_lens)");
  ArrayRef<ImportValue *> operands = ArrayRef(node.inputs).drop_front();
  int64_t batch = -1;
  for (ImportValue *operand : operands) {
    if (!operand || operand->shape().empty() || (batch >= 0 && operand->shape()[0] != batch))
      throw ImportError("expected operands with equal batch dimensions in front");
    batch = operand->shape()[0];
  }
  Attributes attributes = node.attributes, axis0;
  if (attributes.has("directions"))
    attributes.set("scan_input_directions", attributes.getInts("directions"));
  attributes.remove("directions");
  axis0.set("axis", int64_t(0));
  SmallVector<Values> parts(node.numOutputs);
  for (int64_t entry = 0; entry < batch; ++entry) {
    Values slices;
    ImportValue *index = importer.constant(makeScalar(::onnx::TensorProto::INT64, double(entry)));
    for (ImportValue *operand : operands)
      slices.push_back(importer.emit("Gather", {operand, index}, axis0)[0]);
    Node one{importer, node.proto, node.scope, 9, slices, attributes, node.numOutputs};
    for (auto [part, result] : llvm::zip(parts, importer.importScan(one)))
      part.push_back(importer.emit("Unsqueeze", {result, importer.ints({0})})[0]);
  }
  Values results;
  for (const Values &part : parts)
    results.push_back(importer.emit("Concat", part, axis0)[0]);
  return results;
}

llvm::ArrayRef<HandlerRow> importer::controlFlowRows() {
  static constexpr HandlerRow rows[] = {
      {"If", 1, kNewest, [](Node &node) { return node.importer.importIf(node); },
       "inlined: the branch that is known to be taken, else both"},
      {"Loop", 1, kNewest, [](Node &node) { return node.importer.importLoop(node); },
       "the body becomes a region"},
      {"Scan", 8, 8, importScan8, "one Scan for each entry of the batch"},
      {"Scan", 9, kNewest, [](Node &node) { return node.importer.importScan(node); },
       "the body becomes a region"},
  };
  return rows;
}
