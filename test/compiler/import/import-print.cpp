//===- import-print.cpp - print a model at the onnx level -----------------===//
//
// import-print model.onnx [--dim NAME=N] [--shape NAME=1x2] [--value NAME=V]
// [--output NAME]: for looking at what the importer makes.
//
//===----------------------------------------------------------------------===//
#include "compiler/import/Import.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

using namespace bornc;

int main(int argc, char **argv) {
  ImportOptions options;
  for (int i = 2; i + 1 < argc; i += 2) {
    llvm::StringRef flag = argv[i];
    auto [name, value] = llvm::StringRef(argv[i + 1]).rsplit('=');
    if (flag == "--dim") {
      value.getAsInteger(10, options.dims[name.str()]);
    } else if (flag == "--shape") {
      llvm::SmallVector<llvm::StringRef> dims;
      value.split(dims, 'x');
      for (llvm::StringRef dim : dims)
        dim.getAsInteger(10, options.shapes[name.str()].emplace_back(0));
    } else if (flag == "--value") {
      options.values[name.str()] = value.str();
    } else if (flag == "--output") {
      options.outputs.push_back(argv[i + 1]);
    }
  }
  mlir::MLIRContext context;
  auto module = importModel(argc > 1 ? argv[1] : "", options, &context);
  if (failed(module))
    return 1;
  (*module)->print(llvm::outs());
  return 0;
}
