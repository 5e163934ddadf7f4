//===- Descriptor.h - operators whose kernels the user gives ----*- C++ -*-===//
#ifndef BORNC_COMPILER_CUSTOM_DESCRIPTOR_H
#define BORNC_COMPILER_CUSTOM_DESCRIPTOR_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bornc {

/// An operator as its descriptor has it; docs/custom-operators.md is the manual of the format.
/// Texts of expressions are evaluated per node, when extents are known.
struct CustomOperator {
  struct Tensor {
    std::string name;
    std::string type;              ///< as ONNX spells it: "float", "int64"
    std::string like;              ///< of an output: the input that has its shape
    std::vector<std::string> dims; ///< of an output, unless `like`: expressions
  };
  struct Attribute {
    bool isFloat = false;
    std::optional<double> byDefault; ///< none: every node must give it
  };

  std::string file; ///< the descriptor
  std::string domain, name;
  std::vector<Tensor> inputs, outputs;
  std::map<std::string, Attribute> attributes;
  std::vector<std::string> conditions; ///< on extents and attributes
  std::string source;                  ///< of the kernel, a path
  std::string entry = "main";
  std::vector<std::string> workgroups;        ///< expressions, one to three
  std::vector<std::string> pushConstants;     ///< expressions, or names of float attributes
  std::map<std::string, std::string> defines; ///< macros for GLSL
};

/// Reads a descriptor; the error says what is wrong and where in it.
llvm::Expected<CustomOperator> readCustomOperator(llvm::StringRef path);

/// What expressions of a descriptor may name: integers ("x.0", "x.size", attributes), and float
/// attributes.
using CustomNames = std::map<std::string, std::variant<int64_t, float>>;

/// Adds the names of a tensor: NAME.rank, NAME.size (elements), NAME.0, NAME.1, ... (extents).
void addTensorNames(CustomNames &names, llvm::StringRef name, llvm::ArrayRef<int64_t> shape);

/// The value of an integer expression, in the syntax of MLIR's affine expressions, where any
/// operand may be a name.
llvm::Expected<int64_t> evaluate(llvm::StringRef expression, const CustomNames &names,
                                 mlir::MLIRContext *context);
/// Whether a condition holds: "x.1 == w.0", "x.0 mod 4 == 0", "n <= 64".
llvm::Expected<bool> holds(llvm::StringRef condition, const CustomNames &names,
                           mlir::MLIRContext *context);
/// The same, or the bits of a float attribute if that is what `text` names.
llvm::Expected<uint32_t> evaluateWord(llvm::StringRef text, const CustomNames &names,
                                      mlir::MLIRContext *context);

} // namespace bornc

#endif // BORNC_COMPILER_CUSTOM_DESCRIPTOR_H
