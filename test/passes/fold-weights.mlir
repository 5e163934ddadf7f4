// RUN: born-opt %s -born-fold-weights | FileCheck %s

// CHECK-LABEL: func.func @transposed_weight
func.func @transposed_weight() -> tensor<3x2xf32> {
  // CHECK-NEXT: born.weight {{.*}} : tensor<2x3xf32> steps [#born.transpose<[1, 0]>] -> tensor<3x2xf32>
  // CHECK-NEXT: return
  %w = born.weight <"m.onnx", offset = 0, length = 24, hash = 0> : tensor<2x3xf32> -> tensor<2x3xf32>
  %t = onnx.Transpose %w {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %t : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @chain
func.func @chain() -> tensor<6xf32> {
  // CHECK: steps [#born.cast<f32>, #born.reshape<[6]>] -> tensor<6xf32>
  %w = born.weight <"m.onnx", offset = 0, length = 12, hash = 0> : tensor<2x3xf16> -> tensor<2x3xf16>
  %c = onnx.Cast %w {to = 1 : i64} : (tensor<2x3xf16>) -> tensor<2x3xf32>
  %s = onnx.Constant dense<-1> : tensor<1xi64>
  %r = onnx.Reshape %c, %s : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
  %i = onnx.Identity %r : (tensor<6xf32>) -> tensor<6xf32>
  return %i : tensor<6xf32>
}

// CHECK-LABEL: func.func @constant
func.func @constant() -> (tensor<3x2xi64>, tensor<6xi64>) {
  // CHECK-DAG: onnx.Constant dense<{{\[}}[1, 4], [2, 5], [3, 6]]> : tensor<3x2xi64>
  // CHECK-DAG: onnx.Constant dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi64>
  %c = onnx.Constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %t = onnx.Transpose %c : (tensor<2x3xi64>) -> tensor<3x2xi64>
  %f = onnx.Flatten %c {axis = 0 : i64} : (tensor<2x3xi64>) -> tensor<6xi64>
  return %t, %f : tensor<3x2xi64>, tensor<6xi64>
}

// An f64 stays: no step converts to it.
// CHECK-LABEL: func.func @cast_to_f64
func.func @cast_to_f64() -> tensor<2xf64> {
  // CHECK: onnx.Cast
  %w = born.weight <"m.onnx", offset = 0, length = 8, hash = 0> : tensor<2xf32> -> tensor<2xf32>
  %c = onnx.Cast %w {to = 11 : i64} : (tensor<2xf32>) -> tensor<2xf64>
  return %c : tensor<2xf64>
}

// Quantised weights stay as small as they are.
// CHECK-LABEL: func.func @quantised
func.func @quantised() -> tensor<2x3xf32> {
  // CHECK: %[[W:.*]] = born.weight {{.*}} : tensor<2x3xi8> -> tensor<2x3xi8>
  // CHECK: onnx.Cast %[[W]]
  %w = born.weight <"m.onnx", offset = 0, length = 6, hash = 0> : tensor<2x3xi8> -> tensor<2x3xi8>
  %c = onnx.Cast %w {to = 1 : i64} : (tensor<2x3xi8>) -> tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}

// Elements that share a byte are not moved; another shape is fine.
// CHECK-LABEL: func.func @packed
func.func @packed() -> tensor<2x4xi4> {
  // CHECK: %[[W:.*]] = born.weight {{.*}} : tensor<8xi4> steps [#born.reshape<[4, 2]>] -> tensor<4x2xi4>
  // CHECK: onnx.Transpose %[[W]]
  %w = born.weight <"m.onnx", offset = 0, length = 4, hash = 0> : tensor<8xi4> -> tensor<8xi4>
  %s = onnx.Constant dense<[4, 2]> : tensor<2xi64>
  %r = onnx.Reshape %w, %s : (tensor<8xi4>, tensor<2xi64>) -> tensor<4x2xi4>
  %t = onnx.Transpose %r {perm = array<i64: 1, 0>} : (tensor<4x2xi4>) -> tensor<2x4xi4>
  return %t : tensor<2x4xi4>
}
