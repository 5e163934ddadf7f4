// A kernel-level module whose kernels have code: what the driver makes of it
// needs neither the importer nor code generation.
module attributes {born.model = "mini"} {
  kernel.executable @add (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> attributes {strategy = #kernel.strategy<elementwise>} {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %e = tensor.empty() : tensor<4xf32>
    %0 = linalg.add ins(%a, %b : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    kernel.yield %0 : tensor<4xf32>
  } variants {
    kernel.variant <generic> workgroup_size [4, 1, 1] workgroup_count [1, 1, 1] {
      spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader], []> {
        spirv.GlobalVariable @id built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
        spirv.GlobalVariable @a bind(0, 0) {non_writable} : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
        spirv.GlobalVariable @b bind(0, 1) {non_writable} : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
        spirv.GlobalVariable @c bind(0, 2) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
        spirv.func @add() "None" {
          %zero = spirv.Constant 0 : i32
          %id_p = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>
          %id = spirv.Load "Input" %id_p : vector<3xi32>
          %i = spirv.CompositeExtract %id[0 : i32] : vector<3xi32>
          %a = spirv.mlir.addressof @a : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
          %a_p = spirv.AccessChain %a[%zero, %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
          %a_v = spirv.Load "StorageBuffer" %a_p : f32
          %b = spirv.mlir.addressof @b : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
          %b_p = spirv.AccessChain %b[%zero, %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
          %b_v = spirv.Load "StorageBuffer" %b_p : f32
          %sum = spirv.FAdd %a_v, %b_v : f32
          %c = spirv.mlir.addressof @c : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
          %c_p = spirv.AccessChain %c[%zero, %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
          spirv.Store "StorageBuffer" %c_p, %sum : f32
          spirv.Return
        }
        spirv.EntryPoint "GLCompute" @add, @id
        spirv.ExecutionMode @add "LocalSize", 4, 1, 1
      }
    }
  }

  func.func @main(%x: tensor<4xf32> {born.name = "x"}) -> (tensor<4xf32> {born.name = "y"}) {
    %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %0 = kernel.call @add ins(%x, %w : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_0 (Add)")
    %1 = kernel.call @add ins(%0, %x : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_1 (Add)")
    return %1 : tensor<4xf32>
  }
}
