// RUN: born-opt %s --split-input-file --verify-diagnostics

func.func @weight_c1() {
  // expected-error @+1 {{expected 64 bytes for 'tensor<4x4xf32>', found a source of 60}}
  %0 = born.weight <"m.onnx", offset = 0, length = 60, hash = 0> : tensor<4x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @weight_c2_shape() {
  // expected-error @+1 {{steps make 'tensor<4x2xf32>', but the result is 'tensor<2x4xf32>'}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.transpose<[1, 0]>] -> tensor<2x4xf32>
  return
}

// -----

func.func @weight_c2_permutation() {
  // expected-error @+1 {{is not a permutation of the dimensions of 'tensor<2x4xf32>'}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.transpose<[1, 1]>] -> tensor<2x4xf32>
  return
}

// -----

func.func @weight_c2_slice() {
  // expected-error @+1 {{#born.slice<[1, 0] [1, 3] [1, 2]> reaches beyond 'tensor<2x4xf32>'}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.slice<[1, 0] [1, 3] [1, 2]>] -> tensor<1x3xf32>
  return
}

// -----

func.func @weight_c2_slice_rank() {
  // expected-error @+1 {{expected a slice of 2 dimensions, found #born.slice<[1] [1] [1]>}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.slice<[1] [1] [1]>] -> tensor<1xf32>
  return
}

// -----

func.func @weight_c2_reshape() {
  // expected-error @+1 {{cannot reshape 'tensor<2x4xf32>' to 'tensor<3x3xf32>'}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.reshape<[3, 3]>] -> tensor<3x3xf32>
  return
}

// -----

func.func @constant_c1() {
  // expected-error @+1 {{expected a value of type 'tensor<4xf32>', found 'tensor<5xf32>'}}
  %0 = born.constant dense<1.0> : tensor<5xf32> -> tensor<4xf32>
  return
}

// -----

// expected-error @+1 {{layout map has 1 results, but the shape has 2 dimensions}}
func.func @layout_rank(%a: tensor<4xf32, #born.layout<(d0) -> (d0), [2, 2]>>) {
  return
}

// -----

// expected-error @+1 {{layout map reads more than one dimension in a result of}}
func.func @layout_mixed(%a: tensor<4x4xf32, #born.layout<(d0, d1) -> (d0 + d1), [8]>>) {
  return
}

// -----

func.func @weight_c2_concat() {
  // expected-error @+1 {{cannot join 'tensor<2x4xf32>' and 'tensor<8xf32>' along 0}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.concat<axis = 0, [#born.part<<"m.onnx", offset = 0, length = 32, hash = 0> : tensor<8xf32> steps []>]>] -> tensor<4x4xf32>
  return
}

// -----

func.func @weight_c2_concat_bytes() {
  // expected-error @+1 {{expected a part with as many bytes as it stores}}
  %0 = born.weight <"m.onnx", offset = 0, length = 32, hash = 0> : tensor<2x4xf32>
         steps [#born.concat<axis = 0, [#born.part<<"m.onnx", offset = 0, length = 16, hash = 0> : tensor<2x4xf32> steps []>]>] -> tensor<4x4xf32>
  return
}
