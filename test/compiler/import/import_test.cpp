//===- import_test.cpp - import ONNX text and look at the result ----------===//
#include "test/compiler/import/import_test.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace bornc;
using namespace bornc::test;
using llvm::StringRef;

template <typename T>
static std::string print(T thing) {
  std::string text;
  llvm::raw_string_ostream(text) << thing;
  return text;
}

mlir::func::FuncOp Imported::main() { return module->lookupSymbol<mlir::func::FuncOp>("main"); }

std::string Imported::ops() {
  if (!module)
    return "error: " + error;
  std::string names;
  for (mlir::Operation &op : main().getBody().front().without_terminator()) {
    StringRef name = op.getName().getStringRef();
    if (name == "onnx.Constant" || name == "onnx.None")
      continue;
    name.consume_front("onnx.");
    names += (names.empty() ? "" : " ") + name.str();
  }
  return names;
}

std::string Imported::result(unsigned i) {
  return module ? print(main().getResultTypes()[i]) : "error: " + error;
}

std::string Imported::constant(unsigned i) {
  if (!module)
    return "error: " + error;
  mlir::Value value = main().getBody().front().getTerminator()->getOperand(i);
  mlir::Operation *op = value.getDefiningOp();
  return op && op->hasAttr("value") ? print(op->getAttr("value")) : "not a constant";
}

std::string Imported::text() { return module ? print(*module) : "error: " + error; }

Folder::Folder() {
  llvm::SmallString<128> path;
  if (!llvm::sys::fs::createUniqueDirectory("bornc-import", path))
    root = path.str();
}

Folder::~Folder() { llvm::sys::fs::remove_directories(root); }

std::string Folder::path(StringRef name) const {
  llvm::SmallString<128> full(root);
  llvm::sys::path::append(full, name);
  return full.str().str();
}

std::string Folder::write(StringRef name, StringRef bytes) const {
  std::error_code error;
  llvm::raw_fd_ostream(path(name), error) << bytes;
  EXPECT_FALSE(error) << error.message();
  return path(name);
}

Imported ImportTest::importFile(StringRef path, const ImportOptions &options) {
  Imported imported;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      imported.error += diagnostic.str();
    return mlir::success();
  });
  auto module = importModel(path, options, &context);
  EXPECT_EQ(failed(module), !imported.error.empty()) << imported.error;
  if (succeeded(module))
    imported.module = std::move(*module);
  return imported;
}

Imported ImportTest::import(StringRef graph, const ImportOptions &options, int opset) {
  return importModelText("<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]>\n" +
                             graph.str(),
                         options);
}

Imported ImportTest::importModelText(StringRef model, const ImportOptions &options) {
  return importFile(folder.write("model.onnxtxt", model), options);
}
