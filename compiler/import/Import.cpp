//===- Import.cpp - from an ONNX file to the onnx level -------------------===//
#include "compiler/import/Import.h"

#include "compiler/import/GraphImporter.h"
#include "compiler/import/ImportError.h"
#include "dialects/born/Born.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/onnx/Onnx.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;

GraphImporter::GraphImporter(ModelFile &file, const ImportOptions &options, MLIRContext *context)
    : file(file), options(options), context(context), user(options), functions(user.functions),
      builder(context) {
  for (const auto &opset : file.model().opset_import()) {
    std::string domain = canonicalDomain(opset.domain());
    if (domain.empty() && (opset.version() < 1 || opset.version() > newestOpset()))
      throw ImportError("the model uses opset " + Twine(opset.version()) + ", expected 1 to " +
                            Twine(newestOpset()) + "; convert it, or export it again",
                        Code::UnknownOpset);
    opsets[domain] = opset.version();
  }
  for (const ::onnx::FunctionProto &function : file.model().functions())
    functions.try_emplace(functionKey(function.domain(), function.name(), function.overload()),
                          &function);
}

OwningOpRef<ModuleOp> GraphImporter::run() {
  const ::onnx::GraphProto &graph = file.model().graph();
  std::vector<std::string> outputs = selectOutputs();
  createMain();
  addInitializers(graph, top);
  importNodes(graph, top, outputs);
  if (!unsupported.empty()) {
    emitError(nodeLocation(), Code::Unsupported) << unsupported.message();
    return nullptr;
  }
  finishMain(top, outputs);
  return succeeded(warn()) ? std::move(module) : nullptr;
}

void GraphImporter::createMain() {
  Location loc = nodeLocation();
  module = ModuleOp::create(loc);
  (*module)->setAttr("born.model", builder.getStringAttr(file.stem()));
  builder.setInsertionPointToEnd(module->getBody());
  main = func::FuncOp::create(builder, loc, "main", builder.getFunctionType({}, {}));
  Block *entry = main.addEntryBlock();
  builder.setInsertionPointToEnd(entry);
  for (auto &[name, type] : pinInputs(file.model().graph(), options)) {
    ImportValue *value = newValue(name);
    value->type = type;
    top.values[name] = value;
    auto given = options.values.find(name);
    if (given != options.values.end()) {
      value->constant = std::make_shared<ConstantData>(parseValue(name, given->second, type));
      setTensorType(value->type, value->constant->elementType, value->constant->shape);
      continue;
    }
    RankedTensorType tensor = toTensorType(type, context);
    if (tensor && elementCount(tensor.getShape()).value_or(kMaxElements) >= kMaxElements)
      throw ImportError("input '" + name + "' has more than 2^48 elements", Code::TooLarge);
    if (!tensor)
      throw ImportError("input '" + name + "' has elements of type " +
                            elementTypeName(value->elementType()) + ", which no device has",
                        Code::UnsupportedInput);
    value->ir = entry->addArgument(tensor, NameLoc::get(builder.getStringAttr(name)));
  }
  main.setType(builder.getFunctionType(entry->getArgumentTypes(), {}));
  for (const auto &[name, value] : top.values)
    if (auto argument = dyn_cast_or_null<BlockArgument>(value->ir))
      main.setArgAttr(argument.getArgNumber(), "born.name", builder.getStringAttr(name));
}

/// An initializer that is listed as an input too (IR version 3) is a default:
/// it holds unless the user has pinned the input.
void GraphImporter::addInitializers(const ::onnx::GraphProto &graph, Scope &scope) {
  auto add = [&](const std::string &name, auto &proto) {
    if (scope.values.count(name))
      return;
    try {
      ImportValue *value = constant(file.load(proto));
      value->name = name;
      scope.values[name] = value;
    } catch (const Unsupported &why) {
      unsupported.add("initializer", 0, "'" + name + "'", why.what());
      scope.values[name] = poison();
    }
  };
  for (const auto &tensor : graph.initializer())
    add(tensor.name(), tensor);
  for (const auto &tensor : graph.sparse_initializer())
    add(tensor.values().name(), tensor);
}

std::vector<std::string> GraphImporter::selectOutputs() {
  if (!options.outputs.empty())
    return options.outputs;
  std::vector<std::string> outputs;
  for (const auto &output : file.model().graph().output())
    outputs.push_back(output.name());
  if (outputs.empty())
    throw ImportError("the graph has no outputs", Code::MissingOutput);
  return outputs;
}

void GraphImporter::finishMain(const Scope &scope, const std::vector<std::string> &outputs) {
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attrs;
  for (const std::string &name : outputs) {
    ImportValue *value = scope.find(name);
    if (!value)
      throw ImportError("output '" + name + "' is an optional result that its node does not give",
                        Code::MissingOutput);
    results.push_back(materialize(value));
    attrs.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr("born.name", builder.getStringAttr(name))));
  }
  func::ReturnOp::create(builder, main.getLoc(), results);
  Block &entry = main.getBody().front();
  main.setType(builder.getFunctionType(entry.getArgumentTypes(), ValueRange(results).getTypes()));
  main.setAllResultAttrs(attrs);
  // No ONNX operator has an effect; constants may have been built for nodes
  // that were resolved after all. Not llvm::reverse(without_terminator()): its
  // iterators stand behind the op they name and would not survive its end.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry)))
    if (op.use_empty() && !op.hasTrait<OpTrait::IsTerminator>())
      op.erase();
}

LogicalResult importer::emitCaught(Location loc) {
  try {
    throw;
  } catch (const ImportError &error) {
    return emitError(loc, error.code) << error.what();
  } catch (const std::exception &error) { // the ONNX library's, outside of a node
    return emitError(loc, Code::NotOnnx) << error.what();
  }
}

FailureOr<OwningOpRef<ModuleOp>> bornc::importModel(StringRef path, const ImportOptions &options,
                                                    MLIRContext *context) {
  context->loadDialect<arith::ArithDialect, func::FuncDialect, born::BornDialect,
                       kernel::KernelDialect, onnx::OnnxDialect>();
  Location loc = NameLoc::get(StringAttr::get(context, path));
  try {
    ModelFile file(path);
    OwningOpRef<ModuleOp> module = GraphImporter(file, options, context).run();
    if (!module || failed(verify(*module)))
      return failure();
    return module;
  } catch (const std::exception &) {
    return emitCaught(loc);
  }
}
