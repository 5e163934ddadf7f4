// RUN: born-opt %s | born-opt | FileCheck %s
// RUN: born-opt %s --mlir-print-op-generic | born-opt | FileCheck %s

// CHECK: plan.weight @w0 : tensor<4x4xf32> offset 0 size 64 from <"m.onnx", offset = 64, length = 64, hash = 0> stored tensor<4x4xf32> steps [#born.transpose<[1, 0]>]
plan.weight @w0 : tensor<4x4xf32> offset 0 size 64
  from #born.source<"m.onnx", offset = 64, length = 64, hash = 0>
  stored tensor<4x4xf32> steps [#born.transpose<[1, 0]>]
// CHECK: plan.weight @w1 : tensor<2xf32> offset 256 size 8 value dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
plan.weight @w1 : tensor<2xf32> offset 256 size 8 value dense<[1.0, 2.0]> : tensor<2xf32>
// Sizes are rounded up to words.
// CHECK: plan.weight @w2 : tensor<3xi1> offset 512 size 4
plan.weight @w2 : tensor<3xi1> offset 512 size 4 value dense<true> : tensor<3xi1>

// CHECK: plan.program @main inputs [#plan.tensor<"x" : tensor<4xui8> at 0>]
// CHECK-SAME: outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
// CHECK-SAME: input_size 256 io_size 512 transient_size 256 lower_bound 256
plan.program @main inputs [#plan.tensor<"x" : tensor<4xui8> at 0>]
    outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
    input_size 256 io_size 512 transient_size 256 lower_bound 256 {
  // CHECK: %[[X:.*]] = plan.buffer io offset 0 size 4 : tensor<4xi8>
  %x = plan.buffer io offset 0 size 4 : tensor<4xi8>
  %y = plan.buffer io offset 256 size 16 : tensor<4xf32>
  // CHECK: %w0 = plan.buffer weights offset 0 size 64 of @w0 : tensor<4x4xf32>
  %w = plan.buffer weights offset 0 size 64 of @w0 : tensor<4x4xf32>
  // CHECK: %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  // CHECK: plan.submit {
  plan.submit {
    // CHECK-NEXT: plan.upload
    plan.upload
    // CHECK-NEXT: plan.barrier <upload_to_dispatch>
    plan.barrier <upload_to_dispatch>
    // CHECK-NEXT: plan.dispatch @step(read %[[X]], read %w0, read_write %t) imm [3, -1] label "LSTM_0 (LSTM)"
    plan.dispatch @step(read %x, read %w, read_write %t) imm [3, -1] label "LSTM_0 (LSTM)"
    // CHECK-NEXT: plan.dispatch @nothing() label ""
    plan.dispatch @nothing() label ""
    // CHECK-NEXT: plan.barrier <dispatch_to_copy, copy_to_copy>
    plan.barrier <dispatch_to_copy, copy_to_copy>
    // CHECK-NEXT: plan.copy %t to %
    plan.copy %t to %y
    plan.barrier <copy_to_copy>
    // CHECK: plan.download
    plan.download
    // CHECK-NEXT: plan.barrier <to_host>
    plan.barrier <to_host>
  }
}
