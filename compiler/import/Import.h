//===- Import.h - from an ONNX file to the onnx level -----------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_IMPORT_H
#define BORNC_COMPILER_IMPORT_IMPORT_H

#include "dialects/errors/Errors.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bornc {

/// What the user decides about a model before it is compiled.
struct ImportOptions {
  /// Free dimensions by the name that the model gives them: `--dim batch=1`.
  std::map<std::string, int64_t> dims;
  /// Whole input shapes: `--shape x=1x3x224x224`.
  std::map<std::string, llvm::SmallVector<int64_t>> shapes;
  /// Inputs that become constants: `--value sr=16000`, `--value x=1,2,3` (row-major elements), or
  /// the path of a .npy file.
  std::map<std::string, std::string> values;
  /// The values to compute, any of the top-level graph; empty: the graph's outputs.
  std::vector<std::string> outputs;
  /// What is said about a model that is legal but suspicious.
  WarningFlags warnings;
  /// Files whose functions nodes may call, before those of the model: `--functions ops.onnx`.
  std::vector<std::string> functions;
  /// Descriptors of operators with kernels of the user's, before any function: `--custom-op`.
  std::vector<std::string> customOps;
  /// Says why the newest version of an operator cannot be lowered; nothing if it can. The domain
  /// of ONNX's own operators is "". Unset: every operator that the onnx dialect registers is fine.
  std::function<std::optional<std::string>(llvm::StringRef domain, llvm::StringRef op)>
      whyNoLowering;
};

/// Imports the model at `path` (.onnx, or .onnxtxt for ONNX text) as a module with one
/// `func.func @main` at the onnx level: newest semantics, static shapes, no functions, no shape
/// arithmetic. Errors are emitted as diagnostics: one for a malformed model, one that lists all
/// free dimensions, one table of everything unsupported. Loads the dialects that it needs.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(llvm::StringRef path, const ImportOptions &options, mlir::MLIRContext *context);

/// What can be said about a model without pinning anything.
struct ModelSummary {
  struct Value {
    std::string name;
    std::string elementType; ///< as ONNX spells it: "float", "int64"
    bool hasShape = true;
    std::vector<std::string> dims; ///< "3", a name, or "?"
  };
  struct Operator {
    std::string domain, name;
    int sinceVersion = 0; ///< 0: not known to the ONNX library
    int count = 0;
    std::string why; ///< why it is unsupported; empty if it is not
  };
  struct FreeDim {
    std::string name; ///< empty: the model gives no name
    std::vector<std::string> inputs;
  };
  std::string name, producer;
  int64_t irVersion = 0;
  std::vector<std::pair<std::string, int64_t>> opsets;
  std::vector<Value> inputs, outputs;
  std::vector<FreeDim> freeDims;
  std::vector<Operator> operators; ///< sorted by name, subgraphs included
  uint64_t weightBytes = 0, weights = 0, nodes = 0;
};

llvm::FailureOr<ModelSummary> inspectModel(llvm::StringRef path, const ImportOptions &options,
                                           mlir::MLIRContext *context);
void printText(const ModelSummary &summary, llvm::raw_ostream &os);
void printJson(const ModelSummary &summary, llvm::raw_ostream &os);

/// One row of the support table: how nodes of one operator and since-version are normalised.
struct ImportRow {
  llvm::StringRef domain, op;
  int sinceVersion;    ///< the handler is for versions from this one ...
  int lastVersion;     ///< ... to this one
  llvm::StringRef how; ///< one phrase, for the documentation
};
std::vector<ImportRow> importTable();

} // namespace bornc

#endif // BORNC_COMPILER_IMPORT_IMPORT_H
