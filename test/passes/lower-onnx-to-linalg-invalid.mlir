// RUN: born-opt %s -split-input-file -born-lower-onnx-to-linalg -verify-diagnostics

// Every op that stays is named, with the reason of its lowering.
func.func @refused(%x: tensor<4xf32>, %p: tensor<2xi64>) -> (tensor<4xf32>, tensor<1x4xi64>) {
  // expected-error@+1 {{cannot lower onnx.NonZero: no lowering for this operator}}
  %0 = onnx.NonZero %x : (tensor<4xf32>) -> tensor<1x4xi64>
  // expected-error@+1 {{cannot lower onnx.Pad: pads or axes are not constant}}
  %1 = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xf32>
  return %1, %0 : tensor<4xf32>, tensor<1x4xi64>
}

// -----

func.func @shapes(%x: tensor<4xf32>, %y: tensor<3xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
  // expected-error@+1 {{cannot lower onnx.Add: operand 1 does not broadcast to the result}}
  %0 = onnx.Add %x, %y : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  // expected-error@+1 {{cannot lower onnx.Flatten: the result has another number of elements}}
  %1 = onnx.Flatten %x : (tensor<4xf32>) -> tensor<5xf32>
  return %0, %1 : tensor<4xf32>, tensor<5xf32>
}

// -----

// Shapes of weights that ONNX's own inference does not look at.
func.func @recurrent(%x: tensor<1x3x2xf32>, %w: tensor<1x15x1xf32>, %r: tensor<1x15x5xf32>) -> tensor<1x3x5xf32> {
  // expected-error@+1 {{cannot lower onnx.GRU: expected W of shape 1x15x2, found 1x15x1}}
  %0:2 = onnx.GRU %x, %w, %r {hidden_size = 5 : i64} : (tensor<1x3x2xf32>, tensor<1x15x1xf32>, tensor<1x15x5xf32>) -> (none, tensor<1x3x5xf32>)
  return %0#1 : tensor<1x3x5xf32>
}

// -----

// Ops around one that stays are lowered; the error is still about that one.
func.func @unsigned(%x: tensor<4xui8>) -> tensor<4xui8> {
  %0 = onnx.Max %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // expected-error@+1 {{cannot lower onnx.Unique: no lowering for this operator}}
  %1 = onnx.Unique %0 : (tensor<4xui8>) -> tensor<4xui8>
  %2 = onnx.Min %1, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %2 : tensor<4xui8>
}

// -----

func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error@+1 {{cannot lower onnx.Neg: expected tensors of static shape}}
  %0 = onnx.Neg %x : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// A shape that the lowering does not ask about: refused by what it makes.
func.func @counts(%x: tensor<1x2x3x3xf32>) -> tensor<1x5x1x1xf32> {
  // expected-error@+1 {{expected dimension 0 of collapsed type to be static value of 5}}
  %0 = onnx.GlobalAveragePool %x : (tensor<1x2x3x3xf32>) -> tensor<1x5x1x1xf32>
  return %0 : tensor<1x5x1x1xf32>
}
