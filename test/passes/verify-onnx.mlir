// RUN: born-opt %s -split-input-file -born-verify-onnx -verify-diagnostics

func.func @supported(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.Neg %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// All problems are named, not only the first.
func.func @unsupported(%x: tensor<4xf32>, %d: tensor<?xf32>) {
  // expected-error@+1 {{no lowering for onnx.NonZero}}
  %0 = onnx.NonZero %x : (tensor<4xf32>) -> tensor<1x4xi64>
  // expected-error@+1 {{expected a static tensor at the end of the onnx level, found 'tensor<?xf32>'}}
  %1 = onnx.Neg %d : (tensor<?xf32>) -> tensor<?xf32>
  return
}
