// RUN: born-opt %s -born-lower-onnx-to-linalg -verify-diagnostics

// Every op that stays is named, with the reason of its lowering.
func.func @refused(%x: tensor<4xf32>, %p: tensor<2xi64>) -> (tensor<4xf32>, tensor<1x4xi64>) {
  // expected-error@+1 {{cannot lower onnx.NonZero: no lowering for this operator}}
  %0 = onnx.NonZero %x : (tensor<4xf32>) -> tensor<1x4xi64>
  // expected-error@+1 {{cannot lower onnx.Pad: pads or axes are not constant}}
  %1 = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xf32>
  return %1, %0 : tensor<4xf32>, tensor<1x4xi64>
}
