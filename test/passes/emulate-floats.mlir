// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-emulate-floats)))' | FileCheck %s

// Halves are computed in f32 and rounded once.
// CHECK-LABEL: gpu.func @half
// CHECK-NOT: f16
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK-NOT: f16
// CHECK: gpu.return

// Moving changes no bit: nothing is decoded.
// CHECK-LABEL: gpu.func @move
// CHECK: %[[BITS:.*]] = arith.trunci %{{.*}} : i32 to i8
// CHECK-NOT: f32
// CHECK: arith.select %{{.*}}, %[[BITS]], %{{.*}} : i8
// CHECK-NOT: f32
// CHECK: gpu.return

// Doubles are calls of one function.
// CHECK-LABEL: gpu.func @double
// CHECK: %[[SUM:.*]] = func.call @add_f64(%{{.*}}, %{{.*}}) : (i64, i64) -> i64
// CHECK: func.call @add_f64(%[[SUM]], %{{.*}}) : (i64, i64) -> i64
// CHECK-NOT: f64{{$}}
// CHECK: gpu.return
// CHECK: func.func private @add_f64(%{{.*}}: i64, %{{.*}}: i64) -> i64
// CHECK-NOT: func.func private @add_f64
kernel.executable @k (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @half(%x: memref<1xi32>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<1xi32>
        %1 = arith.trunci %0 : i32 to i16
        %2 = arith.bitcast %1 : i16 to f16
        %3 = arith.addf %2, %2 : f16
        %4 = arith.bitcast %3 : f16 to i16
        %5 = arith.extui %4 : i16 to i32
        memref.store %5, %x[%c0] : memref<1xi32>
        gpu.return
      }
      gpu.func @move(%x: memref<1xi32>) kernel {
        %c0 = arith.constant 0 : index
        %zero = arith.constant 0 : i32
        %one = arith.constant 1.0 : f8E4M3FN
        %0 = memref.load %x[%c0] : memref<1xi32>
        %negative = arith.cmpi slt, %0, %zero : i32
        %1 = arith.trunci %0 : i32 to i8
        %2 = arith.bitcast %1 : i8 to f8E4M3FN
        %3 = arith.select %negative, %2, %one : f8E4M3FN
        %4 = arith.bitcast %3 : f8E4M3FN to i8
        %5 = arith.extui %4 : i8 to i32
        memref.store %5, %x[%c0] : memref<1xi32>
        gpu.return
      }
      gpu.func @double(%x: memref<1xvector<2xi32>>) kernel {
        %c0 = arith.constant 0 : index
        %0 = memref.load %x[%c0] : memref<1xvector<2xi32>>
        %1 = builtin.unrealized_conversion_cast %0 : vector<2xi32> to f64
        %2 = arith.addf %1, %1 : f64
        %3 = arith.addf %2, %1 : f64
        %4 = builtin.unrealized_conversion_cast %3 : f64 to vector<2xi32>
        memref.store %4, %x[%c0] : memref<1xvector<2xi32>>
        gpu.return
      }
    }
  }
}
