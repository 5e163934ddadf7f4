// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-emulate-wide-integers)))' | FileCheck %s

// CHECK-LABEL: gpu.func @add
// CHECK: memref.load %{{.*}} : memref<4xvector<2xi32>>
// CHECK: arith.addui_extended
// CHECK: %[[SUM:.*]] = vector.insert {{.*}} into vector<2xi32>
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: i64
// CHECK: memref.store %{{.*}}, %{{.*}} : memref<4xvector<2xi32>>
kernel.executable @k (tensor<4xi64>) -> tensor<4xi64> {
^bb0(%a: tensor<4xi64>):
  kernel.yield %a : tensor<4xi64>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @add(%x: memref<4xvector<2xi32>>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<4xvector<2xi32>>
        %1 = builtin.unrealized_conversion_cast %0 : vector<2xi32> to i64
        %2 = arith.addi %1, %1 : i64
        %3 = builtin.unrealized_conversion_cast %2 : i64 to vector<2xi32>
        memref.store %3, %x[%c0] : memref<4xvector<2xi32>>
        gpu.return
      }
    }
  }
}
