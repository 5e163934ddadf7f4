// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-emulate-narrow-integers)))' | FileCheck %s

// Sums need no extension; a maximum reads the sign.
// CHECK-LABEL: gpu.func @max
// CHECK: %[[WORD:.*]] = memref.load
// CHECK: %[[SUM:.*]] = arith.addi %[[WORD]], %[[WORD]] : i32
// CHECK: arith.shli %[[SUM]], %{{.*}} : i32
// CHECK: arith.shrsi
// CHECK: %[[MAX:.*]] = arith.maxsi %{{.*}}, %{{.*}} : i32
// CHECK: arith.andi %[[MAX]], %{{.*}} : i32
// CHECK-NOT: i8
// CHECK: gpu.return
kernel.executable @k (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @max(%x: memref<1xi32>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<1xi32>
        %1 = arith.trunci %0 : i32 to i8
        %2 = arith.addi %1, %1 : i8
        %3 = arith.maxsi %2, %1 : i8
        %4 = arith.extui %3 : i8 to i32
        memref.store %4, %x[%c0] : memref<1xi32>
        gpu.return
      }
    }
  }
}
