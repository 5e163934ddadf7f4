//===- Registry.cpp -------------------------------------------------------===//
#include "passes/lower/Registry.h"

#include "llvm/ADT/Twine.h"

using namespace bornc::lower;

const LoweringTable &bornc::lower::lowerings() {
  static const LoweringTable table = [] {
    LoweringTable table;
    populateContraction(table);
    populateConvolution(table);
    populateDeformConv(table);
    populateDeterminant(table);
    populateElementwise(table);
    populateFourier(table);
    populateGather(table);
    populateLinearAttention(table);
    populateMovement(table);
    populateNormalization(table);
    populatePooling(table);
    populateQuantization(table);
    populateRandom(table);
    populateRecurrent(table);
    populateReduction(table);
    populateResize(table);
    populateRegionPooling(table);
    populateSampling(table);
    populateScan(table);
    populateSort(table);
    return table;
  }();
  return table;
}

bool bornc::lower::hasLowering(llvm::StringRef name) {
  if (name.starts_with("onnx."))
    return lowerings().contains(name);
  return lowerings().contains((llvm::Twine("onnx.") + name).str());
}
