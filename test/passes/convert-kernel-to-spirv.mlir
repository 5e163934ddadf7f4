// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-convert-kernel-to-spirv)))' | FileCheck %s

// CHECK-LABEL: kernel.variant <generic>
// CHECK: spirv.module @{{.*}} Logical GLSL450
// CHECK: spirv.GlobalVariable @{{.*}} : !spirv.ptr<!spirv.struct<(!spirv.array<2 x i32, stride=4> [0])>, PushConstant>
// CHECK: spirv.func @k
// CHECK: spirv.Load "StorageBuffer" %{{.*}} : vector<4xf32>
// CHECK: spirv.FNegate
// CHECK: spirv.Store "StorageBuffer"
kernel.executable @k (tensor<8xf32>, index, index) -> tensor<8xf32> {
^bb0(%a: tensor<8xf32>, %t: index, %u: index):
  kernel.yield %a : tensor<8xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @k(%x: memref<2xvector<4xf32>, #spirv.storage_class<StorageBuffer>> {spirv.interface_var_abi = #spirv.interface_var_abi<(0, 0)>},
                  %y: memref<2xvector<4xf32>, #spirv.storage_class<StorageBuffer>> {spirv.interface_var_abi = #spirv.interface_var_abi<(0, 1)>})
          kernel attributes {spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [1, 1, 1]>} {
        %t = kernel.immediate 1
        %0 = memref.load %x[%t] : memref<2xvector<4xf32>, #spirv.storage_class<StorageBuffer>>
        %1 = arith.negf %0 : vector<4xf32>
        memref.store %1, %y[%t] : memref<2xvector<4xf32>, #spirv.storage_class<StorageBuffer>>
        gpu.return
      }
    }
  }
}
