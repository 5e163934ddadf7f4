//===- import_test.h - import ONNX text and look at the result --*- C++ -*-===//
#ifndef BORNC_TEST_COMPILER_IMPORT_IMPORT_TEST_H
#define BORNC_TEST_COMPILER_IMPORT_IMPORT_TEST_H

#include "compiler/import/Import.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

namespace bornc::test {

/// For EXPECT_PRED_FORMAT2: that `text` has `part` in it.
inline ::testing::AssertionResult contains(const char *, const char *, llvm::StringRef text,
                                           llvm::StringRef part) {
  if (text.contains(part))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "expected \"" << part.str() << "\" in\n" << text.str();
}
#define EXPECT_CONTAINS(text, part) EXPECT_PRED_FORMAT2(::bornc::test::contains, text, part)

/// What became of a model: the module, or the message of the errors.
struct Imported {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string error;

  explicit operator bool() const { return bool(module); }
  mlir::func::FuncOp main();
  /// The ops of main without constants, such as "Conv Relu".
  std::string ops();
  /// The type of result `i`, such as "tensor<2xf32>".
  std::string result(unsigned i = 0);
  /// The value of result `i` if it is a constant, such as "dense<1> : tensor<2xi64>".
  std::string constant(unsigned i = 0);
  /// The whole module.
  std::string text();
};

/// A folder for the files of a test, removed with the object.
class Folder {
public:
  Folder();
  ~Folder();
  std::string write(llvm::StringRef name, llvm::StringRef bytes) const;
  std::string path(llvm::StringRef name = "") const;

private:
  std::string root;
};

class ImportTest : public ::testing::Test {
protected:
  /// Imports a file.
  Imported importFile(llvm::StringRef path, const ImportOptions &options = {});
  /// Imports ONNX text: a graph, behind a header of `opset`.
  Imported import(llvm::StringRef graph, const ImportOptions &options = {}, int opset = 17);
  /// Imports a whole model in ONNX text.
  Imported importModelText(llvm::StringRef model, const ImportOptions &options = {});

  Folder folder;
  mlir::MLIRContext context;
};

} // namespace bornc::test

#endif // BORNC_TEST_COMPILER_IMPORT_IMPORT_TEST_H
