//===- born-opt.cpp - runs passes on the text of any level ---------------===//
#include "compiler/Dialects.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  bornc::registerAllPasses();
  mlir::DialectRegistry registry;
  bornc::registerAllDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "bornc's modular optimizer driver\n", registry));
}
