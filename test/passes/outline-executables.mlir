// RUN: born-opt %s --born-outline-executables | FileCheck %s

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
