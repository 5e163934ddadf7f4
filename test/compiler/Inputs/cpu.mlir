// A kernel-level module with CPU code of a kernel that two branches run: there
// is nothing for Vulkan in it.
module attributes {born.model = "cpu"} {
  kernel.executable @add (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> attributes {strategy = #kernel.strategy<elementwise>} {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %e = tensor.empty() : tensor<4xf32>
    %0 = linalg.add ins(%a, %b : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    kernel.yield %0 : tensor<4xf32>
  } variants {
    kernel.variant <avx2> workgroup_size [1, 1, 1] workgroup_count [2, 2, 1] {
      builtin.module {
        llvm.func internal @helper() { llvm.return }
        llvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
        llvm.func @add_avx2(%b: !llvm.ptr, %i: !llvm.ptr, %first: i32, %last: i32) { llvm.return }
      }
    }
    kernel.variant <avx512> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
      builtin.module {
        llvm.func @add_avx512(%b: !llvm.ptr, %i: !llvm.ptr, %first: i32, %last: i32) { llvm.return }
      }
    }
  }

  func.func @main(%x: tensor<4xf32> {born.name = "x"}) -> (tensor<4xf32> {born.name = "y"}, tensor<4xf32> {born.name = "z"}) {
    %0 = kernel.call @add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_0 (Add)")
    %1 = kernel.call @add ins(%0, %x : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_1 (Add)")
    %2 = kernel.call @add ins(%0, %0 : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_2 (Add)")
    %3 = kernel.call @add ins(%1, %0 : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_3 (Add)")
    return %2, %3 : tensor<4xf32>, tensor<4xf32>
  }
}
