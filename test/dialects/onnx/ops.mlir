// RUN: born-opt %s | born-opt | FileCheck %s

// CHECK-LABEL: func.func @families
func.func @families(%x: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2xf32> {
  // CHECK: onnx.Relu %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = onnx.Relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: onnx.Add
  %1 = onnx.Add %0, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: onnx.Less {{.*}} -> tensor<2x3xi1>
  %2 = onnx.Less %1, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: onnx.Max
  %3 = onnx.Max %0, %1, %b : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: onnx.Constant dense<1> : tensor<1xi64>
  %axes = onnx.Constant dense<1> : tensor<1xi64>
  // CHECK: onnx.ReduceSum {{.*}} {keepdims = 0 : i64}
  %4 = onnx.ReduceSum %3, %axes {keepdims = 0 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2xf32>
  return %4 : tensor<2xf32>
}

// CHECK-LABEL: func.func @absent
func.func @absent(%x: tensor<5x1x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x2xf32>,
                  %h: tensor<1x1x2xf32>) -> tensor<1x1x2xf32> {
  // CHECK: %[[NONE:.*]] = onnx.None
  %none = onnx.None
  // CHECK: onnx.LSTM %{{.*}}, %{{.*}}, %{{.*}}, %[[NONE]], %[[NONE]], %{{.*}} {hidden_size = 2 : i64}
  %y, %y_h = onnx.LSTM %x, %w, %r, %none, %none, %h {hidden_size = 2 : i64}
      : (tensor<5x1x4xf32>, tensor<1x8x4xf32>, tensor<1x8x2xf32>, none, none, tensor<1x1x2xf32>)
      -> (none, tensor<1x1x2xf32>)
  return %y_h : tensor<1x1x2xf32>
}

// CHECK-LABEL: func.func @subgraphs
func.func @subgraphs(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: onnx.If %{{.*}} {
  // CHECK: onnx.Yield %{{.*}} : tensor<4xf32>
  %0 = onnx.If %c {
    %1 = onnx.Neg %x : (tensor<4xf32>) -> tensor<4xf32>
    onnx.Yield %1 : tensor<4xf32>
  }, {
    onnx.Yield %x : tensor<4xf32>
  } : (tensor<i1>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
