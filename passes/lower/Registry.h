//===- Registry.h - which onnx ops have a lowering --------------*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_REGISTRY_H
#define BORNC_PASSES_LOWER_REGISTRY_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"

namespace mlir {
class Operation;
class ValueRange;
} // namespace mlir

namespace bornc::lower {

class TensorBuilder;

/// Replaces `op`, whose operands are `operands` at the linalg level, or says
/// with TensorBuilder::fail why it does not take the op.
using LowerFn = llvm::LogicalResult (*)(mlir::Operation *op, mlir::ValueRange operands,
                                        TensorBuilder &builder);
using LoweringTable = llvm::StringMap<LowerFn>;

/// The lowering of every op that has one, by name ("onnx.Conv").
const LoweringTable &lowerings();

/// Whether there is a lowering for "onnx.Conv" (or "Conv"). It may still refuse
/// an op for its attributes, with a reason.
bool hasLowering(llvm::StringRef name);

// One family each; all of them are called by lowerings().
void populateContraction(LoweringTable &table);
void populateConvolution(LoweringTable &table);
void populateDeformConv(LoweringTable &table);
void populateDeterminant(LoweringTable &table);
void populateElementwise(LoweringTable &table);
void populateFourier(LoweringTable &table);
void populateGather(LoweringTable &table);
void populateLinearAttention(LoweringTable &table);
void populateMovement(LoweringTable &table);
void populateNormalization(LoweringTable &table);
void populatePooling(LoweringTable &table);
void populateQuantization(LoweringTable &table);
void populateRandom(LoweringTable &table);
void populateRecurrent(LoweringTable &table);
void populateReduction(LoweringTable &table);
void populateResize(LoweringTable &table);
void populateRegionPooling(LoweringTable &table);
void populateSampling(LoweringTable &table);
void populateScan(LoweringTable &table);
void populateSort(LoweringTable &table);

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_REGISTRY_H
