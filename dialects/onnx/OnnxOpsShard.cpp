//===- OnnxOpsShard.cpp - the ops of GET_OP_DEFS_<n>, which CMake defines -===//
#include "dialects/onnx/Onnx.h"

using namespace mlir;

#include "dialects/onnx/OnnxOpShards.cpp.inc"
