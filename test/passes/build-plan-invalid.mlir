// RUN: born-opt %s --split-input-file --verify-diagnostics --born-build-plan

// Every op without a place is reported.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'tensor.empty' op has no place in a plan}}
  %0 = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{'arith.addf' op has no place in a plan}}
  %1 = arith.addf %x, %x : tensor<4xf32>
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected arguments that are static tensors without a layout, found 'tensor<?xf32>'}}
func.func @main(%x: tensor<?xf32>) {
  return
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error @+1 {{expected bounds that are known and a positive step}}
  %r = scf.for %i = %zero to %one step %zero iter_args(%h = %x) -> tensor<4xf32> {
    scf.yield %h : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// expected-error @+1 {{is no program: expected a function that returns tensors, as @main does}}
func.func @nothing() {
  return
}
