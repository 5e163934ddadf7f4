// RUN: born-opt %s --born-assign-layouts --split-input-file | FileCheck %s

#data = affine_map<(n, f, h, w, c, kh, kw) -> (n, c, h + kh, w + kw)>
#weight = affine_map<(n, f, h, w, c, kh, kw) -> (f, c, kh, kw)>
#result = affine_map<(n, f, h, w, c, kh, kw) -> (n, f, h, w)>
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>

// A feature map between dispatches is stored channels-last, the weight in panels
// of 16 outputs with channels innermost of the reduction; what the function
// returns keeps ONNX's order.
// CHECK-LABEL: func.func @convolution
// CHECK: %[[W:.*]] = born.weight {{.*}} -> tensor<20x8x3x3xf32, #born.layout<(d0, d1, d2, d3) -> (d0 floordiv 16, d2, d3, d1, d0 mod 16), [2, 3, 3, 8, 16]>>
// CHECK: %[[C:.*]] = kernel.dispatch ins(%{{.*}}, %[[W]]
// CHECK-SAME: -> tensor<1x20x4x4xf32, #born.layout<(d0, d1, d2, d3) -> (d0, d2, d3, d1), [1, 4, 4, 20]>>
// CHECK-SAME: strategy = #kernel.strategy<contraction>
// CHECK: kernel.dispatch ins(%[[C]]
// CHECK-SAME: -> tensor<1x20x4x4xf32> attributes {strategy = #kernel.strategy<elementwise>}
func.func @convolution(%x: tensor<1x8x6x6xf32>) -> tensor<1x20x4x4xf32> {
  %w = born.weight <"m.onnx", offset = 0, length = 5760, hash = 0> : tensor<20x8x3x3xf32> -> tensor<20x8x3x3xf32>
  %0 = kernel.dispatch ins(%x, %w : tensor<1x8x6x6xf32>, tensor<20x8x3x3xf32>) imm() -> tensor<1x20x4x4xf32> {
  ^bb0(%a: tensor<1x8x6x6xf32>, %b: tensor<20x8x3x3xf32>):
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<1x20x4x4xf32>
    %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x20x4x4xf32>) -> tensor<1x20x4x4xf32>
    %1 = linalg.generic {indexing_maps = [#data, #weight, #result], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x8x6x6xf32>, tensor<20x8x3x3xf32>) outs(%z : tensor<1x20x4x4xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<1x20x4x4xf32>
    kernel.yield %1 : tensor<1x20x4x4xf32>
  }
  %2 = kernel.dispatch ins(%0 : tensor<1x20x4x4xf32>) imm() -> tensor<1x20x4x4xf32> {
  ^bb0(%a: tensor<1x20x4x4xf32>):
    %e = tensor.empty() : tensor<1x20x4x4xf32>
    %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%a : tensor<1x20x4x4xf32>) outs(%e : tensor<1x20x4x4xf32>) {
    ^bb0(%p: f32, %o: f32):
      %s = arith.negf %p : f32
      linalg.yield %s : f32
    } -> tensor<1x20x4x4xf32>
    kernel.yield %1 : tensor<1x20x4x4xf32>
  }
  return %2 : tensor<1x20x4x4xf32>
}

// -----

#data = affine_map<(n, f, x, c, k) -> (n, c, x + k)>
#weight = affine_map<(n, f, x, c, k) -> (f, c, k)>
#result = affine_map<(n, f, x, c, k) -> (n, f, x)>
#rows = affine_map<(n, m, f, c) -> (n, m, c)>
#columns = affine_map<(n, m, f, c) -> (c, f)>
#product = affine_map<(n, m, f, c) -> (n, m, f)>

// Where dimension 1 has the rows of a product, of what was a feature map, the columns stay the
// innermost dimension: they are written in vectors.
// CHECK-LABEL: func.func @product
// CHECK: %[[C:.*]] = kernel.dispatch
// CHECK-SAME: -> tensor<1x20x4xf32, #born.layout<(d0, d1, d2) -> (d0, d2, d1), [1, 4, 20]>>
// CHECK: kernel.dispatch ins(%[[C]]
// CHECK-SAME: -> tensor<1x20x9xf32> attributes
func.func @product(%x: tensor<1x8x6xf32>) -> tensor<1x20x9xf32> {
  %w = born.weight <"m.onnx", offset = 0, length = 1920, hash = 0> : tensor<20x8x3xf32> -> tensor<20x8x3xf32>
  %v = born.weight <"m.onnx", offset = 1920, length = 144, hash = 0> : tensor<4x9xf32> -> tensor<4x9xf32>
  %0 = kernel.dispatch ins(%x, %w : tensor<1x8x6xf32>, tensor<20x8x3xf32>) imm() -> tensor<1x20x4xf32> {
  ^bb0(%a: tensor<1x8x6xf32>, %b: tensor<20x8x3xf32>):
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<1x20x4xf32>
    %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x20x4xf32>) -> tensor<1x20x4xf32>
    %1 = linalg.generic {indexing_maps = [#data, #weight, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x8x6xf32>, tensor<20x8x3xf32>) outs(%z : tensor<1x20x4xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<1x20x4xf32>
    kernel.yield %1 : tensor<1x20x4xf32>
  }
  %2 = kernel.dispatch ins(%0, %v : tensor<1x20x4xf32>, tensor<4x9xf32>) imm() -> tensor<1x20x9xf32> {
  ^bb0(%a: tensor<1x20x4xf32>, %b: tensor<4x9xf32>):
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<1x20x9xf32>
    %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x20x9xf32>) -> tensor<1x20x9xf32>
    %1 = linalg.generic {indexing_maps = [#rows, #columns, #product], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<1x20x4xf32>, tensor<4x9xf32>) outs(%z : tensor<1x20x9xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<1x20x9xf32>
    kernel.yield %1 : tensor<1x20x9xf32>
  }
  %3 = kernel.dispatch ins(%2 : tensor<1x20x9xf32>) imm() -> tensor<1x20x9xf32> {
  ^bb0(%a: tensor<1x20x9xf32>):
    kernel.yield %a : tensor<1x20x9xf32>
  }
  return %3 : tensor<1x20x9xf32>
}
