//===- Plan.h - weights, arenas and the one submission ----------*- C++ -*-===//
#ifndef BORNC_DIALECTS_PLAN_PLAN_H
#define BORNC_DIALECTS_PLAN_PLAN_H

#include "dialects/born/Born.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"

#include <string>

#include "dialects/plan/PlanDialect.h.inc"
#include "dialects/plan/PlanEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/plan/PlanAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.h.inc"

namespace bornc::plan {

/// Every buffer starts at a multiple of this: the largest
/// minStorageBufferOffsetAlignment that Vulkan allows a device to ask for.
constexpr uint64_t bufferAlignment = 256;

/// Bytes of immediates: the least maxPushConstantsSize of Vulkan.
constexpr uint64_t maxImmediateBytes = 128;

/// Bytes of the buffer of a tensor: whole words, because kernels read and
/// write words, and never nothing, because a descriptor's range is not empty.
uint64_t bufferSize(mlir::RankedTensorType type);

/// The buffer behind an operand of a command.
BufferOp bufferOf(mlir::Value value);

/// The ONNX nodes that a location names, "Conv_0 (Conv), Relu_1 (Relu)"; each
/// once, in the order they are found.
std::string nodeNames(mlir::Location loc);

} // namespace bornc::plan

#endif // BORNC_DIALECTS_PLAN_PLAN_H
