// RUN: born-opt %s --born-outline-executables --split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// Two dispatches that compute the same are calls of one executable, which is
// named after its operators, shape and type.
// CHECK: kernel.executable @k0_neg_exp_4_f32 (tensor<4xf32>) -> tensor<4xf32>
// CHECK: arith.negf
// CHECK-NOT: kernel.executable
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = kernel.call @k0_neg_exp_4_f32 ins(%{{.*}} : tensor<4xf32>) imm() -> tensor<4xf32>
// CHECK: kernel.call @k0_neg_exp_4_f32 ins(%[[A]] : tensor<4xf32>) imm() -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %e = tensor.empty() : tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {
    ^bb0(%p: f32, %o: f32):
      %s = arith.negf %p : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    kernel.yield %1 : tensor<4xf32>
  } loc(fused["a/neg (Neg)", "a/exp (Exp)"])
  %2 = kernel.dispatch ins(%0 : tensor<4xf32>) imm() -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %e = tensor.empty() : tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {
    ^bb0(%p: f32, %o: f32):
      %s = arith.negf %p : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    kernel.yield %1 : tensor<4xf32>
  } loc("b/neg (Neg)")
  return %2 : tensor<4xf32>
}

// -----

#two = affine_map<(i, j) -> (i, j)>
#one = affine_map<(i, j) -> ()>

// An executable that multiplies with dequantised bytes says how its data is quantised, also through
// a reshape; one that multiplies with floats, and what is no product, say nothing.
// CHECK: kernel.executable @k0_dequantizelinear_5x4_f32 (tensor<20xi8>) -> tensor<5x4xf32> {
// CHECK: kernel.executable @k1_matmul_4x16_f32 (tensor<4x5xf32>, tensor<5x16xi8>) -> tensor<4x16xf32>
// CHECK-SAME: attributes {quantized = [!quant.uniform<i8:f32, 5.000000e-01:-7>, none]}
// CHECK: kernel.executable @k2_matmul_4x16_f32 (tensor<4x5xf32>, tensor<5x16xf32>) -> tensor<4x16xf32> {
// CHECK-LABEL: func.func @quantized
// CHECK: kernel.call @k0_dequantizelinear_5x4_f32
// CHECK: kernel.call @k1_matmul_4x16_f32
// CHECK: kernel.call @k2_matmul_4x16_f32
func.func @quantized(%x: tensor<20xi8>, %v: tensor<5x16xi8>, %w: tensor<5x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %d = kernel.dispatch ins(%x : tensor<20xi8>) imm() -> tensor<5x4xf32> {
  ^bb0(%a: tensor<20xi8>):
    %scale = arith.constant dense<0.5> : tensor<f32>
    %zero = arith.constant dense<-7> : tensor<i8>
    %b = tensor.expand_shape %a [[0, 1]] output_shape [5, 4] : tensor<20xi8> into tensor<5x4xi8>
    %e = tensor.empty() : tensor<5x4xf32>
    %1 = linalg.generic {indexing_maps = [#two, #one, #one, #two], iterator_types = ["parallel", "parallel"]}
        ins(%b, %scale, %zero : tensor<5x4xi8>, tensor<f32>, tensor<i8>) outs(%e : tensor<5x4xf32>) {
    ^bb0(%q: i8, %s: f32, %z: i8, %o: f32):
      %2 = arith.sitofp %q : i8 to f32
      %3 = arith.sitofp %z : i8 to f32
      %4 = arith.subf %2, %3 : f32
      %5 = arith.mulf %4, %s : f32
      linalg.yield %5 : f32
    } -> tensor<5x4xf32>
    kernel.yield %1 : tensor<5x4xf32>
  } loc("d (DequantizeLinear)")
  %flat = tensor.collapse_shape %d [[0, 1]] : tensor<5x4xf32> into tensor<20xf32>
  %rows = tensor.expand_shape %flat [[0, 1]] output_shape [4, 5] : tensor<20xf32> into tensor<4x5xf32>
  %p = kernel.dispatch ins(%rows, %v : tensor<4x5xf32>, tensor<5x16xi8>) imm() -> tensor<4x16xf32> {
  ^bb0(%a: tensor<4x5xf32>, %v0: tensor<5x16xi8>):
    %scale = arith.constant dense<0.25> : tensor<f32>
    %e0 = tensor.empty() : tensor<5x16xf32>
    %b = linalg.generic {indexing_maps = [#two, #one, #two], iterator_types = ["parallel", "parallel"]}
        ins(%v0, %scale : tensor<5x16xi8>, tensor<f32>) outs(%e0 : tensor<5x16xf32>) {
    ^bb0(%q: i8, %s: f32, %o: f32):
      %2 = arith.sitofp %q : i8 to f32
      %3 = arith.mulf %2, %s : f32
      linalg.yield %3 : f32
    } -> tensor<5x16xf32>
    %e = tensor.empty() : tensor<4x16xf32>
    %1 = linalg.matmul ins(%a, %b : tensor<4x5xf32>, tensor<5x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
    kernel.yield %1 : tensor<4x16xf32>
  } loc("p (MatMul)")
  %r = kernel.dispatch ins(%rows, %w : tensor<4x5xf32>, tensor<5x16xf32>) imm() -> tensor<4x16xf32> {
  ^bb0(%a: tensor<4x5xf32>, %b: tensor<5x16xf32>):
    %e = tensor.empty() : tensor<4x16xf32>
    %1 = linalg.matmul ins(%a, %b : tensor<4x5xf32>, tensor<5x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
    kernel.yield %1 : tensor<4x16xf32>
  } loc("r (MatMul)")
  return %p, %r : tensor<4x16xf32>, tensor<4x16xf32>
}
