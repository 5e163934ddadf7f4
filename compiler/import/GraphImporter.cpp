//===- GraphImporter.cpp - nodes: normalise, infer, fold, build -----------===//
#include "compiler/import/GraphImporter.h"

#include "onnx/defs/schema.h"

#include "compiler/import/Fold.h"
#include "compiler/import/GraphOrder.h"
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"
#include "compiler/import/WireFormat.h"
#include "dialects/born/Born.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::AttributeProto;
using ::onnx::NodeProto;
using ::onnx::OpSchema;
using ::onnx::OpSchemaRegistry;
using ::onnx::TensorProto;
using ::onnx::TypeProto;

int importer::newestOpset() {
  return OpSchemaRegistry::DomainToVersionRange::Instance().LastReleaseVersionMap().at("");
}

std::string importer::canonicalDomain(StringRef domain) {
  return domain == "ai.onnx" ? "" : domain.str();
}

std::string importer::functionKey(StringRef domain, StringRef name, StringRef overload) {
  return (canonicalDomain(domain) + "\n" + name + "\n" + overload).str();
}

static constexpr int kOldestOpset = 6;
static constexpr int64_t kMaxNodes = 1 << 22;

//===----------------------------------------------------------------------===//
// Values and nodes
//===----------------------------------------------------------------------===//

Shape ImportValue::shape() const {
  Shape result;
  for (const auto &dim : type.tensor_type().shape().dim())
    result.push_back(dim.dim_value());
  return result;
}

ImportValue *Scope::find(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (ImportValue *value = scope->values.lookup(name))
      return value;
  return nullptr;
}

bool Node::wants(unsigned i) const {
  return i < unsigned(proto.output_size()) && !proto.output(i).empty();
}

SmallVector<int64_t> Node::constantInts(unsigned i) const {
  ImportValue *value = input(i);
  std::optional<Numbers> numbers;
  if (value && value->constant && *elementCount(value->constant->shape) <= kMaxFoldElements)
    numbers = toNumbers(*value->constant);
  if (!numbers || numbers->isFloat())
    throw Unsupported("input " + Twine(i) + " must be a constant integer tensor");
  return SmallVector<int64_t>(numbers->ints.begin(), numbers->ints.end());
}

ImportValue *GraphImporter::newValue(StringRef name) {
  ImportValue &value = arena.emplace_back();
  value.name = name.str();
  return &value;
}

ImportValue *GraphImporter::poison() {
  ImportValue *value = newValue();
  value->poisoned = true;
  return value;
}

ImportValue *GraphImporter::constant(ConstantPtr data) {
  ImportValue *value = newValue();
  setTensorType(value->type, data->elementType, data->shape);
  value->constant = std::move(data);
  return value;
}

ImportValue *GraphImporter::constant(ConstantData data) {
  return constant(std::make_shared<const ConstantData>(std::move(data)));
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

void GraphImporter::importNodes(const ::onnx::GraphProto &graph, Scope &scope,
                                const std::vector<std::string> &outputs) {
  auto isDefinedOutside = [&](StringRef name) { return scope.find(name) != nullptr; };
  for (int index : sortNodes(graph, outputs, isDefinedOutside))
    importNode(graph.node(index), scope);
}

[[noreturn]] static void throwInNode(StringRef message, Code code, const NodeProto &node) {
  ImportError error("node " + nodeLabel(node) + ": " + message, code);
  error.namesNode = true;
  throw error;
}

void GraphImporter::importNode(const NodeProto &node, Scope &scope) {
  if (++importedNodes > kMaxNodes)
    throw ImportError("the model has more than " + Twine(kMaxNodes) +
                          " nodes with all functions expanded",
                      Code::TooLarge);
  const NodeProto *outer = std::exchange(current, &node);
  Values results;
  int sinceVersion = 0;
  try {
    results = resultsOf(node, scope, sinceVersion);
  } catch (const Unsupported &why) {
    unsupported.add(qualifiedName(canonicalDomain(node.domain()), node.op_type()), sinceVersion,
                    nodeLabel(node), why.what());
    results.assign(node.output_size(), poison());
  } catch (const ImportError &error) {
    if (error.namesNode) // of one in a subgraph
      throw;
    throwInNode(error.what(), error.code, node);
  } catch (const std::exception &error) {
    throwInNode(error.what(), Code::InvalidNode, node);
  }
  for (auto [name, value] : llvm::zip(node.output(), results))
    if (!name.empty()) {
      scope.values[name] = value;
      if (value->name.empty())
        value->name = name;
    }
  current = outer;
}

SmallVector<bool> importer::wantedOutputs(const NodeProto &node) {
  SmallVector<bool> wanted;
  for (const std::string &output : node.output())
    wanted.push_back(!output.empty());
  while (!wanted.empty() && !wanted.back())
    wanted.pop_back();
  return wanted;
}

/// Checks that all inputs are there and have types that the operator takes:
/// inference does not, and handlers and folds rely on it. The caller adds the node.
static void checkInputs(const OpSchema &schema, ArrayRef<ImportValue *> inputs) {
  size_t formals = schema.inputs().size();
  llvm::StringMap<std::pair<::onnx::DataType, size_t>> bound; // by type variable
  for (size_t i = 0; i < std::max(inputs.size(), formals); ++i) {
    if (formals == 0)
      throw ImportError("expected no inputs, found " + Twine(inputs.size()), Code::NodeInput);
    const auto &formal = schema.inputs()[std::min(i, formals - 1)];
    ImportValue *input = i < inputs.size() ? inputs[i] : nullptr;
    bool mayBeAbsent = formal.GetOption() == OpSchema::Optional ||
                       (formal.GetOption() == OpSchema::Variadic && i >= inputs.size());
    std::string label = "input " + std::to_string(i) + " ('" + formal.GetName() + "')";
    if (!input && !mayBeAbsent)
      throw ImportError(label + " is required", Code::NodeInput);
    if (!input || input->poisoned)
      continue;
    ::onnx::DataType type = ::onnx::Utils::DataTypeUtils::ToType(input->type);
    if (!formal.GetTypes().count(type))
      throw ImportError(label + ", value '" + input->name + "', has type " + *type +
                            ", which the operator does not take",
                        Code::NodeInput);
    if (!formal.GetIsHomogeneous())
      continue;
    auto [first, isNew] = bound.try_emplace(formal.GetTypeStr(), type, i);
    if (!isNew && first->second.first != type)
      throw ImportError(label + " has type " + *type + ", but input " +
                            Twine(first->second.second) + " has type " + *first->second.first +
                            "; they must be the same, cast one",
                        Code::NodeInput);
  }
}

Values GraphImporter::resultsOf(const NodeProto &proto, Scope &scope, int &sinceVersion) {
  Values inputs;
  for (const std::string &name : proto.input())
    inputs.push_back(name.empty() ? nullptr : scope.find(name));
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  std::string domain = canonicalDomain(proto.domain());
  if (auto custom = user.kernels.find(functionKey(domain, proto.op_type()));
      custom != user.kernels.end())
    return importCustom(custom->second, proto, inputs);
  std::string key = functionKey(domain, proto.op_type(), proto.overload());
  if (auto function = functions.find(key); function != functions.end()) {
    Values results =
        callFunction(*function->second, inputs, Attributes(proto), wantedOutputs(proto));
    results.resize(proto.output_size());
    return results;
  }
  auto opset = opsets.find(domain);
  if (opset == opsets.end())
    throw ImportError("the model imports no opset of domain '" + domain + "'", Code::UnknownOpset);
  const OpSchema *schema = OpSchemaRegistry::Schema(proto.op_type(), opset->second, domain);
  if (!schema)
    throw Unsupported(domain.empty() ? "no such operator in opset " + Twine(opset->second)
                                     : "the domain '" + Twine(domain) + "' is not known");
  sinceVersion = schema->since_version();
  // The handlers know versions back to opset 6; an older model is fine where it
  // uses what opset 6 has.
  const OpSchema *oldest = OpSchemaRegistry::Schema(proto.op_type(), kOldestOpset, domain);
  if (domain.empty() && opset->second < kOldestOpset &&
      (!oldest || oldest->since_version() != sinceVersion))
    throw Unsupported("a version from before opset " + Twine(kOldestOpset));
  if (!schema->deprecated()) // else a handler replaces it
    schema->Verify(proto);
  checkInputs(*schema, inputs);
  Node node{*this,
            proto,
            scope,
            sinceVersion,
            inputs,
            Attributes(proto),
            unsigned(wantedOutputs(proto).size())};
  const HandlerRow *row = findHandler(qualifiedName(domain, proto.op_type()), sinceVersion);
  if (llvm::any_of(inputs, [](ImportValue *value) { return value && value->poisoned; })) {
    if (!row && domain.empty()) // a handler may emit other operators
      checkSupported(proto.op_type());
    return Values(proto.output_size(), poison());
  }
  Values results = row              ? row->handler(node)
                   : domain.empty() ? passThrough(node)
                                    : importForeign(*schema, node);
  results.resize(proto.output_size(), nullptr);
  return results;
}

Values GraphImporter::passThrough(const Node &node) {
  return emit(node.proto.op_type(), node.inputs, node.attributes, wantedOutputs(node.proto));
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Why a result has no static shape, with the flag that would mend it where
/// inputs of the program decide it.
static std::string dynamicShapeReason(ArrayRef<ImportValue *> inputs) {
  std::string why = "the shape of its result depends on values known only at run time";
  std::string flags;
  for (ImportValue *input : inputs)
    if (input && isa_and_nonnull<BlockArgument>(input->ir) && !isFloatType(input->elementType()))
      flags += " --value " + input->name + "=...";
  return flags.empty() ? why : why + "; if these are fixed, give" + flags;
}

/// The static type of a value; null if it has none.
RankedTensorType GraphImporter::irType(const ImportValue *value) {
  RankedTensorType type = toTensorType(value->type, context);
  if (type && elementCount(type.getShape()).value_or(kMaxElements) >= kMaxElements)
    throw ImportError("a result has more than 2^48 elements", Code::TooLarge);
  return type;
}

Values GraphImporter::emit(StringRef op, ArrayRef<ImportValue *> inputs,
                           const Attributes &attributes, unsigned numOutputs) {
  return emit(op, inputs, attributes, SmallVector<bool>(numOutputs, true));
}

Values GraphImporter::emit(StringRef op, ArrayRef<ImportValue *> given,
                           const Attributes &attributes, ArrayRef<bool> wanted) {
  ArrayRef<ImportValue *> inputs = given;
  while (!inputs.empty() && !inputs.back())
    inputs = inputs.drop_back();
  const OpSchema *schema = OpSchemaRegistry::Schema(op.str(), newestOpset(), "");
  if (!schema || schema->deprecated())
    throw Unsupported("no longer in opset " + Twine(newestOpset()));
  for (const AttributeProto &attribute : attributes)
    if (!schema->attributes().count(attribute.name()))
      throw Unsupported("attribute '" + attribute.name() + "' of an old version");
  Values results = infer(*schema, inputs, attributes, wanted);
  if (foldConstants(op, inputs, attributes, results))
    return results;
  if (std::optional<std::string> why = whyUnsupported(op)) {
    if (std::optional<Values> body = expand(*schema, inputs, attributes, wanted))
      return *body;
    throw Unsupported(*why);
  }
  for (auto [i, value] : llvm::enumerate(results)) {
    if (!wanted[i] || irType(value))
      continue;
    bool isTensor = value->type.has_tensor_type();
    int32_t element = value->elementType();
    throw Unsupported(!isTensor ? "gives a sequence, map or optional"
                      : toElementType(element, context) == nullptr
                          ? "gives elements of type " + elementTypeName(element)
                          : dynamicShapeReason(inputs));
  }
  Operation *built = build(op, inputs, attributes, results);
  for (auto [value, result] : llvm::zip(results, built->getResults()))
    value->ir = result;
  return results;
}

/// Why an operator of the newest opset cannot be built and lowered.
std::optional<std::string> GraphImporter::whyUnsupported(StringRef op) {
  if (!RegisteredOperationName::lookup(("onnx." + op).str(), context))
    return "operator is not in the onnx dialect";
  return options.whyNoLowering ? options.whyNoLowering("", op) : std::nullopt;
}

void GraphImporter::checkSupported(StringRef op) {
  const OpSchema *schema = OpSchemaRegistry::Schema(op.str(), newestOpset(), "");
  bool hasBody = schema && (schema->HasFunction() || schema->HasContextDependentFunction());
  if (std::optional<std::string> why = whyUnsupported(op); why && !hasBody)
    throw Unsupported(*why);
}

bool GraphImporter::foldConstants(StringRef op, ArrayRef<ImportValue *> inputs,
                                  const Attributes &attributes, ArrayRef<ImportValue *> results) {
  auto setConstant = [&](ImportValue *value, ConstantData data) {
    setTensorType(value->type, data.elementType, data.shape);
    value->constant = std::make_shared<const ConstantData>(std::move(data));
  };
  if (op == "Shape" && toTensorType(inputs[0]->type, context)) {
    // Inference has applied `start` and `end`: the result's length is known.
    Shape shape = inputs[0]->shape();
    int64_t rank = shape.size(), start = attributes.getInt("start", 0);
    start = std::clamp<int64_t>(start < 0 ? start + rank : start, 0, rank);
    Shape dims = results[0]->shape();
    setConstant(results[0],
                makeInts(ArrayRef<int64_t>(shape).slice(start, std::min(dims[0], rank - start))));
    return true;
  }
  if (op == "Size" && toTensorType(inputs[0]->type, context)) {
    ConstantData size = makeInts(*elementCount(inputs[0]->shape()));
    size.shape.clear();
    setConstant(results[0], std::move(size));
    return true;
  }
  bool isStatic =
      llvm::all_of(results, [&](ImportValue *value) { return irType(value) != nullptr; });
  if (op == "ConstantOfShape" && isStatic) {
    ConstantData filled = makeScalar(TensorProto::FLOAT, 0);
    if (const AttributeProto *value = attributes.find("value"))
      filled = *file.load(value->t());
    if (elementCount(filled.shape) != 1)
      throw ImportError("expected a value of one element");
    filled.splat = true;
    filled.shape = results[0]->shape();
    setConstant(results[0], std::move(filled));
    return true;
  }
  if (op == "Expand" && isStatic && inputs[0]->constant && !inputs[0]->constant->isMapped() &&
      (inputs[0]->constant->splat || *elementCount(inputs[0]->constant->shape) == 1)) {
    ConstantData filled = *inputs[0]->constant;
    filled.splat = true;
    filled.shape = results[0]->shape();
    setConstant(results[0], std::move(filled));
    return true;
  }

  FoldRule rule = findFold(op);
  if (!rule || (!isStatic && op != "NonZero"))
    return false;
  std::deque<Numbers> storage;
  SmallVector<const Numbers *> numbers;
  for (ImportValue *input : inputs) {
    numbers.push_back(nullptr);
    if (!input)
      continue;
    if (!input->constant || *elementCount(input->constant->shape) > kMaxFoldElements)
      return false;
    std::optional<Numbers> converted = toNumbers(*input->constant);
    if (!converted)
      return false;
    numbers.back() = &storage.emplace_back(std::move(*converted));
  }
  SmallVector<Shape> shapes;
  SmallVector<int32_t> types;
  for (ImportValue *result : results) {
    shapes.push_back(result->shape());
    types.push_back(result->elementType());
    // Weights that are computed with stay weights.
    int64_t limit = isFloatType(types.back()) ? kLargeTensor / 4 : kMaxFoldElements / 8;
    if (*elementCount(shapes.back()) > limit)
      return false;
  }
  std::vector<Numbers> folded;
  if (!rule({op, attributes, numbers, shapes, types}, folded))
    return false;
  for (const Numbers &data : folded)
    if (elementCount(data.shape) != data.size())
      return false;
  for (auto [value, data] : llvm::zip(results, folded))
    setConstant(value, fromNumbers(data));
  return true;
}

//===----------------------------------------------------------------------===//
// IR
//===----------------------------------------------------------------------===//

Location GraphImporter::nodeLocation() {
  if (!current)
    return NameLoc::get(StringAttr::get(context, file.name()));
  const NodeProto &node = expanded ? *expanded : *current;
  std::string name = node.name();
  for (int i = 0; name.empty() && i < node.output_size(); ++i)
    name = node.output(i);
  std::string prefix = expanded ? "" : callPrefix;
  return NameLoc::get(StringAttr::get(context, prefix + name + " (" + node.op_type() + ")"));
}

Operation *GraphImporter::build(StringRef op, ArrayRef<ImportValue *> inputs,
                                const Attributes &attributes, ArrayRef<ImportValue *> results,
                                ArrayRef<std::unique_ptr<Region>> regions) {
  OperationState state(nodeLocation(), ("onnx." + op).str());
  for (ImportValue *input : inputs)
    state.operands.push_back(input ? materialize(input) : none());
  for (const AttributeProto &attribute : attributes)
    state.addAttribute(attribute.name(), convert(attribute));
  for (ImportValue *result : results) {
    Type type = irType(result);
    state.types.push_back(type ? type : NoneType::get(context));
  }
  for (const std::unique_ptr<Region> &region : regions)
    state.addRegion()->takeBody(*region);
  return builder.create(state);
}

Attribute GraphImporter::convert(const AttributeProto &attribute) {
  switch (attribute.type()) {
  case AttributeProto::FLOAT:
    return builder.getF32FloatAttr(attribute.f());
  case AttributeProto::INT:
    return builder.getI64IntegerAttr(attribute.i());
  case AttributeProto::STRING:
    return builder.getStringAttr(attribute.s());
  case AttributeProto::FLOATS:
    return builder.getDenseF32ArrayAttr(
        SmallVector<float>(attribute.floats().begin(), attribute.floats().end()));
  case AttributeProto::INTS:
    return builder.getDenseI64ArrayAttr(
        SmallVector<int64_t>(attribute.ints().begin(), attribute.ints().end()));
  case AttributeProto::STRINGS: {
    SmallVector<StringRef> strings(attribute.strings().begin(), attribute.strings().end());
    return builder.getStrArrayAttr(strings);
  }
  case AttributeProto::TENSOR:
    return toElementsAttr(*file.load(attribute.t()), context);
  default:
    throw Unsupported("attribute '" + attribute.name() + "' of type " +
                      AttributeProto::AttributeType_Name(attribute.type()));
  }
}

Value GraphImporter::materialize(ImportValue *value) {
  if (!value->ir)
    value->ir = materializeConstant(*value->constant, value->name);
  return value->ir;
}

/// Constants belong to main's own block, so that every subgraph sees them:
/// the op that they are built for is not inserted yet, so the end is early
/// enough.
Value GraphImporter::materializeConstant(const ConstantData &data, StringRef name) {
  OpBuilder entry = OpBuilder::atBlockEnd(&main.getBody().front());
  Location loc =
      name.empty() ? nodeLocation() : Location(NameLoc::get(builder.getStringAttr(name)));
  bool isComplex =
      data.elementType == TensorProto::COMPLEX64 || data.elementType == TensorProto::COMPLEX128;
  if (!data.isMapped() || isComplex) {
    ElementsAttr attr = toElementsAttr(data, context);
    Value &known = constants[attr];
    if (!known) {
      OperationState state(loc, "onnx.Constant");
      state.addAttribute("value", attr);
      state.addTypes(attr.getType());
      known = entry.create(state)->getResult(0);
      noteNonFinite(data, known.getDefiningOp());
    }
    return known;
  }
  auto type = RankedTensorType::get(data.shape, toElementType(data.elementType, context));
  auto source = born::SourceAttr::get(context, data.file, data.offset, data.mapped.size(),
                                      llvm::xxh3_64bits(data.mapped));
  Value &known = constants[builder.getArrayAttr({source, TypeAttr::get(type)})];
  if (!known) {
    known = born::WeightOp::create(entry, loc, type, source, TypeAttr::get(type),
                                   builder.getArrayAttr({}));
    noteNonFinite(data, known.getDefiningOp());
  }
  return known;
}

Value GraphImporter::none() {
  if (!noneValue) {
    OpBuilder entry = OpBuilder::atBlockBegin(&main.getBody().front());
    OperationState state(main.getLoc(), "onnx.None");
    state.addTypes(NoneType::get(context));
    noneValue = entry.create(state)->getResult(0);
  }
  return noneValue;
}
