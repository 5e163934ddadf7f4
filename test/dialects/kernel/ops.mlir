// RUN: born-opt %s | born-opt | FileCheck %s

// CHECK-LABEL: kernel.executable @copy (tensor<4xf32>) -> tensor<4xf32>
kernel.executable @copy (tensor<4xf32>) -> tensor<4xf32> attributes {strategy = #kernel.strategy<movement>} {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  // CHECK: kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1]
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    // CHECK: kernel.binary "main" dense<[119734787, 65536]> : tensor<2xi32>
    kernel.binary "main" dense<[119734787, 65536]> : tensor<2xi32>
  }
}

// CHECK-LABEL: func.func @dispatch
func.func @dispatch(%x: tensor<4xf32>, %t: index) -> tensor<4xf32> {
  // CHECK: kernel.dispatch "named" ins(%{{.*}} : tensor<4xf32>) imm(%{{.*}}) -> tensor<4xf32> attributes {tied = array<i64: 0>}
  %0 = kernel.dispatch "named" ins(%x : tensor<4xf32>) imm(%t) -> tensor<4xf32> attributes {tied = array<i64: 0>} {
  ^bb0(%a: tensor<4xf32>, %i: index):
    kernel.yield %a : tensor<4xf32>
  }
  // CHECK: kernel.call @copy ins(%{{.*}} : tensor<4xf32>) imm() -> tensor<4xf32>
  %1 = kernel.call @copy ins(%0 : tensor<4xf32>) imm() -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @custom
func.func @custom(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  // CHECK: kernel.custom "example.Twice" ins(%{{.*}} : tensor<4xf32>) imm(%{{.*}}) -> tensor<4xf32> entry "main" workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] code dense<[119734787, 65536]> : tensor<2xi32>{{$}}
  %0 = kernel.custom "example.Twice" ins(%x : tensor<4xf32>) imm(%n) -> tensor<4xf32> entry "main" workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] code dense<[119734787, 65536]> : tensor<2xi32>
  return %0 : tensor<4xf32>
}
