// RUN: born-opt %s -canonicalize -cse | FileCheck %s

// Ops are pure, constants are shared.
// CHECK-LABEL: func.func @dead_and_equal
func.func @dead_and_equal(%x: tensor<2x3xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  // CHECK-NEXT: %[[SHAPE:.*]] = onnx.Constant dense<6> : tensor<1xi64>
  // CHECK-NEXT: %[[Y:.*]] = onnx.Reshape %{{.*}}, %[[SHAPE]]
  // CHECK-NEXT: return %[[Y]], %[[Y]]
  %a = onnx.Constant dense<6> : tensor<1xi64>
  %b = onnx.Constant dense<6> : tensor<1xi64>
  %none = onnx.None
  %dead = onnx.Neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = onnx.Reshape %x, %a : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
  %1 = onnx.Reshape %x, %b : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
  return %0, %1 : tensor<6xf32>, tensor<6xf32>
}

// Random values are not.
// CHECK-LABEL: func.func @random
func.func @random() -> tensor<4xf32> {
  // CHECK-COUNT-2: onnx.RandomNormal
  %0 = onnx.RandomNormal {shape = array<i64: 4>} : () -> tensor<4xf32>
  %1 = onnx.RandomNormal {shape = array<i64: 4>} : () -> tensor<4xf32>
  %2 = onnx.Add %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
