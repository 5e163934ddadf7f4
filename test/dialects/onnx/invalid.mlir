// RUN: born-opt %s -split-input-file -verify-diagnostics

func.func @operand_count(%x: tensor<4xf32>) {
  // expected-error@+1 {{at most 3 operands}}
  %0 = onnx.Clip %x, %x, %x, %x : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @missing_attribute(%x: tensor<4xf32>) {
  // expected-error@+1 {{requires attribute 'axis'}}
  %0 = onnx.Concat %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @comparison_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{result #0 must be tensor of 1-bit signless integer values}}
  %0 = onnx.Less %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @required_operand(%x: tensor<4xf32>) {
  %none = onnx.None
  // expected-error@+1 {{operand #0 must be tensor of any type values, but got 'none'}}
  %0 = onnx.Relu %none : (none) -> tensor<4xf32>
  return
}

// -----

func.func @attribute_kind(%x: tensor<4xf32>) {
  // expected-error@+1 {{attribute 'alpha' failed to satisfy constraint}}
  %0 = onnx.LeakyRelu %x {alpha = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}
