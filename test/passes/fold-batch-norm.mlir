// RUN: born-opt %s -born-fold-batch-norm | FileCheck %s

// factor = scale / sqrt(var + epsilon) = [2, 0.5], bias = b - mean * factor
// CHECK-LABEL: func.func @weight
func.func @weight(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  // CHECK-DAG: %[[W:.*]] = born.weight {{.*}} steps [#born.scale<axis = 0, factors = dense<[2.000000e+00, 5.000000e-01]> : tensor<2xf32>>]
  // CHECK-DAG: %[[B:.*]] = onnx.Constant dense<[-1.000000e+00, 0.000000e+00]> : tensor<2xf32>
  // CHECK: onnx.Conv %{{.*}}, %[[W]], %[[B]] {strides = array<i64: 1, 1>}
  // CHECK-NOT: BatchNormalization
  %w = born.weight <"m.onnx", offset = 0, length = 16, hash = 0> : tensor<2x2x1x1xf32> -> tensor<2x2x1x1xf32>
  %c = onnx.Conv %x, %w {strides = array<i64: 1, 1>} : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %scale = onnx.Constant dense<[2.0, 1.0]> : tensor<2xf32>
  %b = onnx.Constant dense<[1.0, 1.0]> : tensor<2xf32>
  %mean = onnx.Constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = onnx.Constant dense<[1.0, 4.0]> : tensor<2xf32>
  %y = onnx.BatchNormalization %c, %scale, %b, %mean, %var {epsilon = 0.0 : f32}
      : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}

// The convolution's result has another reader.
// CHECK-LABEL: func.func @second_use
func.func @second_use(%x: tensor<1x1x4x4xf32>) -> (tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>) {
  // CHECK: onnx.BatchNormalization
  %w = onnx.Constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = onnx.Conv %x, %w : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
  %p = onnx.Constant dense<1.0> : tensor<1xf32>
  %y = onnx.BatchNormalization %c, %p, %p, %p, %p
      : (tensor<1x1x4x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x4x4xf32>
  return %c, %y : tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>
}
