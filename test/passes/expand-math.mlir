// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-expand-math)))' | FileCheck %s

// CHECK-LABEL: gpu.func @exp
// CHECK-NOT: math.exp
// CHECK: math.fma
// CHECK: gpu.return
// CHECK-LABEL: gpu.func @exact
// CHECK: math.sqrt
kernel.executable @k (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @exp(%x: memref<1xvector<4xf32>>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<1xvector<4xf32>>
        %1 = math.exp %0 : vector<4xf32>
        memref.store %1, %x[%c0] : memref<1xvector<4xf32>>
        gpu.return
      }
      gpu.func @exact(%x: memref<1xf32>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<1xf32>
        %1 = math.sqrt %0 : f32
        memref.store %1, %x[%c0] : memref<1xf32>
        gpu.return
      }
    }
  }
}
