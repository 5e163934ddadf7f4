// RUN: born-opt %s | born-opt | FileCheck %s

// CHECK-LABEL: func.func @weight
func.func @weight() -> tensor<4x2xf32> {
  // CHECK: born.weight <"m.onnx", offset = 64, length = 32, hash = 7> : tensor<2x4xf32> steps [#born.transpose<[1, 0]>] -> tensor<4x2xf32>
  %0 = born.weight <"m.onnx", offset = 64, length = 32, hash = 7> : tensor<2x4xf32>
         steps [#born.transpose<[1, 0]>] -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// CHECK-LABEL: func.func @steps
func.func @steps() -> tensor<2x3xf32> {
  // CHECK: #born.reshape<[3, 2]>, #born.cast<f32>, #born.scale<axis = 1, factors = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>>, #born.transpose<[1, 0]>
  %0 = born.weight <"m.onnx", offset = 0, length = 6, hash = 0> : tensor<6xi8>
         steps [#born.reshape<[3, 2]>, #born.cast<f32>,
                #born.scale<axis = 1, factors = dense<[1.0, 2.0]> : tensor<2xf32>>,
                #born.transpose<[1, 0]>] -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @slice
func.func @slice() -> tensor<1x2xf32> {
  // CHECK: steps [#born.slice<[1, 0] [1, 2] [1, 2]>] -> tensor<1x2xf32>
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.slice<[1, 0] [1, 2] [1, 2]>] -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @layout
// CHECK-SAME: tensor<20x8xf32, #born.layout<(d0, d1) -> (d0 floordiv 16, d1, d0 mod 16), [2, 8, 16]>>
func.func @layout(%a: tensor<20x8xf32, #born.layout<(d0, d1) -> (d0 floordiv 16, d1, d0 mod 16), [2, 8, 16]>>) {
  return
}

// CHECK-LABEL: func.func @constant
func.func @constant() {
  // CHECK: born.constant dense<1.000000e+00> : tensor<4x4xf32> -> tensor<4x4xf32>
  %0 = born.constant dense<1.0> : tensor<4x4xf32> -> tensor<4x4xf32>
  return
}
