//===- GraphImporter.h - one model on its way to the onnx level -*- C++ -*-===//
//
// Nodes are taken in topological order. Each goes through the handler of its
// operator and version (Registry.h), which emits nodes of the newest opset;
// `emit` infers their types, computes what is constant, and builds the rest.
// So shapes and constants are always known when the next node needs them, and
// static shape arithmetic never becomes IR.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_COMPILER_IMPORT_GRAPHIMPORTER_H
#define BORNC_COMPILER_IMPORT_GRAPHIMPORTER_H

#include "compiler/custom/Descriptor.h"
#include "compiler/import/Attributes.h"
#include "compiler/import/Constant.h"
#include "compiler/import/Import.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/Unsupported.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <deque>

namespace onnx {
class OpSchema;
}

namespace bornc::importer {

/// A value of the model: what is known about it, and its IR once it has any.
struct ImportValue {
  std::string name;
  ::onnx::TypeProto type;
  ConstantPtr constant;  ///< null: computed at run time
  mlir::Value ir;        ///< null: a constant that nothing needed yet
  bool poisoned = false; ///< depends on something unsupported

  int32_t elementType() const { return type.tensor_type().elem_type(); }
  Shape shape() const;
};
using Values = llvm::SmallVector<ImportValue *, 4>; ///< null: absent

/// The names that a graph sees: its own and those of the graphs around it.
struct Scope {
  const Scope *parent = nullptr;
  llvm::StringMap<ImportValue *> values;
  ImportValue *find(llvm::StringRef name) const;
};

using OpsetMap = llvm::StringMap<int64_t>; ///< by domain, "" for ai.onnx

class GraphImporter;

/// What the user adds to the operators that there are (CustomNodes.cpp).
struct UserOperators {
  explicit UserOperators(const ImportOptions &options);

  std::map<std::string, std::vector<CustomOperator>> kernels; ///< by `functionKey`
  std::map<std::string, const ::onnx::FunctionProto *> functions;

private:
  std::deque<::onnx::ModelProto> files;
};

/// What calls of a function are looked up by.
std::string functionKey(llvm::StringRef domain, llvm::StringRef name,
                        llvm::StringRef overload = "");

/// A node as its handler sees it.
struct Node {
  GraphImporter &importer;
  const ::onnx::NodeProto &proto;
  Scope &scope;
  int sinceVersion;
  Values inputs;         ///< trailing absent ones dropped
  Attributes attributes; ///< for the handler to change and pass on
  unsigned numOutputs;   ///< trailing unnamed ones dropped

  ImportValue *input(unsigned i) const { return i < inputs.size() ? inputs[i] : nullptr; }
  /// Whether the model reads output `i`.
  bool wants(unsigned i) const;
  /// The elements of a constant integer input; throws Unsupported if it is
  /// known only at run time.
  llvm::SmallVector<int64_t> constantInts(unsigned i) const;
};

class GraphImporter {
public:
  GraphImporter(ModelFile &file, const ImportOptions &options, mlir::MLIRContext *context);

  /// Builds the module; null when unsupported operators, or warnings
  /// that are errors, have been reported.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  // For handlers.

  /// Emits a node of the newest opset of ONNX's own domain.
  Values emit(llvm::StringRef op, llvm::ArrayRef<ImportValue *> inputs,
              const Attributes &attributes = {}, unsigned numOutputs = 1);
  /// Emits `node` under its own name, with its present inputs and attributes.
  Values passThrough(const Node &node);
  ImportValue *constant(ConstantData data);
  ImportValue *constant(ConstantPtr data);
  ImportValue *ints(llvm::ArrayRef<int64_t> values) { return constant(makeInts(values)); }
  ModelFile &modelFile() { return file; }

  // Control flow (ControlFlow.cpp).
  Values importIf(Node &node);
  Values importLoop(Node &node);
  Values importScan(Node &node);

private:
  // The graph around the nodes (Import.cpp).
  void createMain();
  void addInitializers(const ::onnx::GraphProto &graph, Scope &scope);
  std::vector<std::string> selectOutputs();
  void finishMain(const Scope &scope, const std::vector<std::string> &outputs);

  // Nodes (GraphImporter.cpp).
  void importNodes(const ::onnx::GraphProto &graph, Scope &scope,
                   const std::vector<std::string> &outputs);
  void importNode(const ::onnx::NodeProto &node, Scope &scope);
  Values resultsOf(const ::onnx::NodeProto &node, Scope &scope, int &sinceVersion);
  Values importCustom(llvm::ArrayRef<CustomOperator> overloads, const ::onnx::NodeProto &node,
                      llvm::ArrayRef<ImportValue *> inputs);
  Values importForeign(const ::onnx::OpSchema &schema, const Node &node);
  mlir::RankedTensorType irType(const ImportValue *value);
  Values callFunction(const ::onnx::FunctionProto &function, llvm::ArrayRef<ImportValue *> inputs,
                      const Attributes &attributes, llvm::ArrayRef<bool> wanted);
  std::optional<Values> expand(const ::onnx::OpSchema &schema, llvm::ArrayRef<ImportValue *> inputs,
                               const Attributes &attributes, llvm::ArrayRef<bool> wanted);
  Values infer(const ::onnx::OpSchema &schema, llvm::ArrayRef<ImportValue *> inputs,
               const Attributes &attributes, llvm::ArrayRef<bool> wanted);
  bool foldConstants(llvm::StringRef op, llvm::ArrayRef<ImportValue *> inputs,
                     const Attributes &attributes, llvm::ArrayRef<ImportValue *> results);
  Values emit(llvm::StringRef op, llvm::ArrayRef<ImportValue *> inputs,
              const Attributes &attributes, llvm::ArrayRef<bool> wanted);
  std::optional<std::string> whyUnsupported(llvm::StringRef op);
  void checkSupported(llvm::StringRef op);
  mlir::Operation *build(llvm::StringRef op, llvm::ArrayRef<ImportValue *> inputs,
                         const Attributes &attributes, llvm::ArrayRef<ImportValue *> results,
                         llvm::ArrayRef<std::unique_ptr<mlir::Region>> regions = {});
  mlir::Attribute convert(const ::onnx::AttributeProto &attribute);

  // What is legal but suspicious (Warnings.cpp).
  void noteNonFinite(const ConstantData &data, mlir::Operation *op);
  mlir::LogicalResult warn();

  // Values.
  ImportValue *newValue(llvm::StringRef name = "");
  ImportValue *poison();
  mlir::Value materialize(ImportValue *value);
  mlir::Value materializeConstant(const ConstantData &constant, llvm::StringRef name);
  mlir::Value none();
  mlir::Location nodeLocation();

  // Control flow.
  Values importSubgraph(const ::onnx::GraphProto &graph, Scope &scope);
  struct Body;
  void importBody(const ::onnx::GraphProto &graph, const Scope &outer, Body &body);

  ModelFile &file;
  const ImportOptions &options;
  mlir::MLIRContext *context;
  UnsupportedTable unsupported;
  OpsetMap opsets;
  UserOperators user;
  std::map<std::string, const ::onnx::FunctionProto *> functions; ///< the user's and the model's
  std::vector<const ::onnx::FunctionProto *> callStack;
  const ::onnx::NodeProto *current = nullptr;  ///< the node that is imported
  const ::onnx::NodeProto *expanded = nullptr; ///< the model's node whose body `current` is in
  std::string callPrefix;                      ///< names of the calls around `current`
  int64_t importedNodes = 0;                   ///< function bodies at each call

  std::deque<ImportValue> arena;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  mlir::OpBuilder builder;
  mlir::Value noneValue;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;   ///< by value or source
  llvm::DenseMap<mlir::Operation *, std::string> nonFinite; ///< weights, and what they hold
  llvm::SmallVector<mlir::Location> runTimeBranches;        ///< nodes that compute both branches
  Scope top;
};

/// Which outputs the model names; trailing unnamed ones dropped.
llvm::SmallVector<bool> wantedOutputs(const ::onnx::NodeProto &node);

/// The types that the handlers see of `main`'s inputs, by the options (FreeDims.cpp). Throws
/// ImportError that lists every dimension left free.
std::vector<std::pair<std::string, ::onnx::TypeProto>> pinInputs(const ::onnx::GraphProto &graph,
                                                                 const ImportOptions &options);
/// The constant that `--value name=text` gives for an input of `type`.
ConstantData parseValue(llvm::StringRef name, llvm::StringRef text, const ::onnx::TypeProto &type);

/// No tensor may have more elements: offsets in bytes must not overflow.
inline constexpr int64_t kMaxElements = int64_t(1) << 48;

/// The newest opset of ONNX's own domain that the library knows.
int newestOpset();
/// "" for ai.onnx.
std::string canonicalDomain(llvm::StringRef domain);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_GRAPHIMPORTER_H
