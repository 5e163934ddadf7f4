// RUN: born-opt %s -born-verify-onnx-lowered -verify-diagnostics

func.func @left(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expected no onnx op at the linalg level, found 'onnx.Neg'}}
  %0 = onnx.Neg %x : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error@+1 {{expected signless integers at the linalg level, found 'tensor<2xui8>'}}
  %1 = tensor.empty() : tensor<2xui8>
  return %0 : tensor<4xf32>
}
