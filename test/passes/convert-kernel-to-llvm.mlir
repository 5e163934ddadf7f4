// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(kernel.variant(born-convert-kernel-to-llvm,canonicalize,cse)))' | FileCheck %s

// A loop over the workgroups [first, last); bindings come from the table of pointers,
// immediates from that of words; the divisor is one that the machine can divide by.
// CHECK-LABEL: kernel.variant <avx2>
// CHECK: builtin.module
// CHECK: llvm.func @kernel_0_div_avx2(%[[BINDINGS:.*]]: !llvm.ptr, %[[WORDS:.*]]: !llvm.ptr, %[[FIRST:.*]]: i32, %[[LAST:.*]]: i32)
// CHECK-DAG: %[[X:.*]] = llvm.load %[[BINDINGS]] : !llvm.ptr -> !llvm.ptr
// CHECK-DAG: %[[SLOT:.*]] = llvm.getelementptr %[[BINDINGS]][2]
// CHECK-DAG: %[[Y:.*]] = llvm.load %[[SLOT]] : !llvm.ptr -> !llvm.ptr
// CHECK-DAG: %[[FROM:.*]] = llvm.zext %[[FIRST]] : i32 to i64
// CHECK-DAG: %[[TO:.*]] = llvm.zext %[[LAST]] : i32 to i64
// CHECK: llvm.br ^[[HEAD:.*]](%[[FROM]] : i64)
// CHECK: ^[[HEAD]](%[[GROUP:.*]]: i64):
// CHECK: llvm.icmp "slt" %[[GROUP]], %[[TO]]
// CHECK: llvm.getelementptr %[[WORDS]][1]
// CHECK: %[[SAFE:.*]] = llvm.select %{{.*}}, %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xi32>
// CHECK: llvm.sdiv %{{.*}}, %[[SAFE]] : vector<8xi32>
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 4 : i64} : vector<8xi32>
kernel.executable @"0_div" (tensor<8xi32>, index, index) -> tensor<8xi32> {
^bb0(%a: tensor<8xi32>, %t: index, %u: index):
  kernel.yield %a : tensor<8xi32>
} variants {
  kernel.variant <avx2> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @"0_div"(%x: memref<8xi32> {kernel.binding = 0}, %y: memref<8xi32> {kernel.binding = 2}) kernel {
        %group = gpu.block_id x
        %t = kernel.immediate 1
        %at = arith.addi %t, %group : index
        %0 = vector.load %x[%at] : memref<8xi32>, vector<8xi32>
        %1 = arith.divsi %0, %0 : vector<8xi32>
        vector.store %1, %y[%at] : memref<8xi32>, vector<8xi32>
        gpu.return
      }
    }
  }
}

// What a kernel has on the stack is there once, whatever the number of workgroups; helpers
// are seen by nobody else.
// CHECK-LABEL: kernel.variant <neon>
// CHECK: llvm.func internal @soft
// CHECK: llvm.func @kernel_1_stack_neon
// CHECK: llvm.alloca
// CHECK: llvm.br
// CHECK-NOT: llvm.alloca
// CHECK: llvm.intr.fma
// CHECK: llvm.return
kernel.executable @"1_stack" (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <neon> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      func.func @soft(%v: f32) -> f32 {
        %0 = arith.negf %v : f32
        return %0 : f32
      }
      gpu.func @"1_stack"(%x: memref<4xf32> {kernel.binding = 0}) kernel {
        %group = gpu.block_id x
        %buffer = memref.alloca() : memref<4xf32>
        %0 = memref.load %x[%group] : memref<4xf32>
        %f = math.fma %0, %0, %0 : f32
        %1 = func.call @soft(%f) : (f32) -> f32
        memref.store %1, %buffer[%group] : memref<4xf32>
        %2 = memref.load %buffer[%group] : memref<4xf32>
        memref.store %2, %x[%group] : memref<4xf32>
        gpu.return
      }
    }
  }
}

// Code for Vulkan is not touched.
// CHECK-LABEL: kernel.variant <generic>
// CHECK: gpu.func @k
kernel.executable @k (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
    gpu.module @code {
      gpu.func @k() kernel {
        gpu.return
      }
    }
  }
}
