// RUN: born-opt %s -born-check-indices --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @gather
// CHECK-SAME: -> (tensor<2xf32> {born.name = "y"}, tensor<i32> {born.check, born.name = "pick (Gather): expected indices from -4 to 3"})
func.func @gather(%x: tensor<4xf32>, %i: tensor<2xi64>) -> (tensor<2xf32> {born.name = "y"}) {
  // CHECK: %[[Y:.*]] = onnx.Gather
  // CHECK-DAG: %[[LOW:.*]] = onnx.Constant dense<-4> : tensor<i64>
  // CHECK-DAG: %[[HIGH:.*]] = onnx.Constant dense<3> : tensor<i64>
  // CHECK-DAG: %[[BELOW:.*]] = onnx.Less %{{.*}}, %[[LOW]] : (tensor<2xi64>, tensor<i64>) -> tensor<2xi1>
  // CHECK-DAG: %[[ABOVE:.*]] = onnx.Greater %{{.*}}, %[[HIGH]]
  // CHECK: %[[WRONG:.*]] = onnx.Or %[[BELOW]], %[[ABOVE]]
  // CHECK: %[[ONES:.*]] = onnx.Cast %[[WRONG]] {to = 6 : i64} : (tensor<2xi1>) -> tensor<2xi32>
  // CHECK: %[[COUNT:.*]] = onnx.ReduceSum %[[ONES]] {keepdims = 0 : i64} : (tensor<2xi32>) -> tensor<i32>
  // CHECK: return %[[Y]], %[[COUNT]]
  %y = onnx.Gather %x, %i : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32> loc("pick (Gather)")
  return %y : tensor<2xf32>
}

// -----

// Each component of a tuple has a range of its own.
// CHECK-LABEL: func.func @tuples
// CHECK-SAME: expected indices from [-4, -5] to [3, 4]
func.func @tuples(%x: tensor<4x5xf32>, %i: tensor<7x2xi64>) -> tensor<7xf32> {
  // CHECK-DAG: onnx.Constant dense<[-4, -5]> : tensor<2xi64>
  // CHECK-DAG: onnx.Constant dense<[3, 4]> : tensor<2xi64>
  %y = onnx.GatherND %x, %i : (tensor<4x5xf32>, tensor<7x2xi64>) -> tensor<7xf32>
  return %y : tensor<7xf32>
}

// -----

// A class that is ignored may have any number.
// CHECK-LABEL: func.func @loss
// CHECK-SAME: expected indices from 0 to 4
func.func @loss(%x: tensor<3x5xf32>, %t: tensor<3xi64>) -> tensor<f32> {
  // CHECK: %[[WRONG:.*]] = onnx.Or
  // CHECK: %[[SAME:.*]] = onnx.Equal %{{.*}} : (tensor<3xi64>, tensor<i64>) -> tensor<3xi1>
  // CHECK: %[[OTHER:.*]] = onnx.Not %[[SAME]]
  // CHECK: onnx.And %[[WRONG]], %[[OTHER]]
  %y = onnx.NegativeLogLikelihoodLoss %x, %t {ignore_index = -100 : i64} : (tensor<3x5xf32>, tensor<3xi64>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// Constants are checked here: one is fine, the other is not.
func.func @constant(%x: tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %good = onnx.Constant dense<[-4, 3]> : tensor<2xi64>
  %bad = onnx.Constant dense<[0, 4]> : tensor<2xi64>
  %y = onnx.Gather %x, %good : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
  // expected-error @+1 {{expected indices from -4 to 3, found 1 outside}}
  %z = onnx.Gather %x, %bad : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
  return %y, %z : tensor<2xf32>, tensor<2xf32>
}
