// RUN: born-opt %s --split-input-file --born-build-plan --born-verify-plan | FileCheck %s

// One dispatch: from the input to where the output lies.

// CHECK: plan.weight @w0 : tensor<4xf32> offset 0 size 16 value dense<1.000000e+00> : tensor<4xf32>
// CHECK-NOT: plan.weight
kernel.executable @add (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// CHECK-LABEL: plan.program @chain
// CHECK-SAME: inputs [#plan.tensor<"x" : tensor<4xui32> at 0>]
// CHECK-SAME: outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
// CHECK-SAME: input_size 256 io_size 512 transient_size 512 lower_bound 512
func.func @chain(%x: tensor<4xf32> {born.name = "x", born.type = ui32}) -> (tensor<4xf32> {born.name = "y"}) {
  // Equal constants are one weight.
  %c = arith.constant dense<1.0> : tensor<4xf32>
  %d = arith.constant dense<1.0> : tensor<4xf32>
  // CHECK-DAG: %[[X:.*]] = plan.buffer io offset 0 size 16
  // CHECK-DAG: %[[Y:.*]] = plan.buffer io offset 256 size 16
  // CHECK: %[[W:.*]] = plan.buffer weights offset 0 size 16 of @w0
  // CHECK: %[[A:.*]] = plan.buffer transient
  // CHECK: %[[B:.*]] = plan.buffer transient
  // CHECK: plan.submit {
  // CHECK-NEXT: plan.upload
  // CHECK-NEXT: plan.barrier <upload_to_dispatch>
  // Two dispatches that do not depend on each other are at one level.
  // CHECK-NEXT: plan.dispatch @add(read %[[X]], read %[[W]], write %[[A]]) label "Add_0 (Add)"
  // CHECK-NEXT: plan.dispatch @add(read %[[W]], read %[[X]], write %[[B]]) label "Add_1 (Add), Relu_1 (Relu)"
  // CHECK-NEXT: plan.barrier <dispatch_to_dispatch>
  // CHECK-NEXT: plan.dispatch @add(read %[[A]], read %[[B]], write %[[Y]])
  // CHECK-NEXT: plan.barrier <dispatch_to_download>
  // CHECK-NEXT: plan.download
  // CHECK-NEXT: plan.barrier <to_host>
  // CHECK-NEXT: }
  %0 = kernel.call @add ins(%x, %c : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc("Add_0 (Add)")
  %1 = kernel.call @add ins(%d, %x : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> loc(fused["Add_1 (Add)", "Relu_1 (Relu)"])
  %2 = kernel.call @add ins(%0, %1 : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// A long chain needs two tensors of the arena, however long it is.

kernel.executable @neg (tensor<64xf32>) -> tensor<64xf32> {
^bb0(%a: tensor<64xf32>):
  kernel.yield %a : tensor<64xf32>
}
// CHECK-LABEL: plan.program @reuse
// CHECK-SAME: transient_size 512 lower_bound 512
func.func @reuse(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = kernel.call @neg ins(%x : tensor<64xf32>) imm() -> tensor<64xf32>
  %1 = kernel.call @neg ins(%0 : tensor<64xf32>) imm() -> tensor<64xf32>
  %2 = kernel.call @neg ins(%1 : tensor<64xf32>) imm() -> tensor<64xf32>
  %3 = kernel.call @neg ins(%2 : tensor<64xf32>) imm() -> tensor<64xf32>
  %4 = kernel.call @neg ins(%3 : tensor<64xf32>) imm() -> tensor<64xf32>
  return %4 : tensor<64xf32>
}

// -----

// A loop is unrolled; the step is an immediate. The carried state is in two
// buffers by turns, the sequence is written in place into the output.

kernel.executable @step (tensor<64xf32>) -> tensor<64xf32> {
^bb0(%a: tensor<64xf32>):
  kernel.yield %a : tensor<64xf32>
}
kernel.executable @put (tensor<3x64xf32>, tensor<64xf32>, index) -> tensor<3x64xf32>
    attributes {tied = array<i64: 0>} {
^bb0(%a: tensor<3x64xf32>, %b: tensor<64xf32>, %i: index):
  kernel.yield %a : tensor<3x64xf32>
}
// CHECK-LABEL: plan.program @loop
// CHECK: %[[X:.*]] = plan.buffer io offset 0
// CHECK: %[[Y:.*]] = plan.buffer io offset 256
// CHECK: %[[Z:.*]] = plan.buffer weights
func.func @loop(%x: tensor<64xf32>) -> tensor<3x64xf32> {
  %begin = arith.constant 0 : index
  %one = arith.constant 1 : index
  %end = arith.constant 3 : index
  %zeros = arith.constant dense<0.0> : tensor<3x64xf32>
  // The constant must not change.
  // CHECK: plan.copy %[[Z]] to %[[Y]]
  // CHECK: plan.dispatch @step(read %[[X]], write %[[H0:.*]]) label
  // CHECK: plan.barrier <dispatch_to_dispatch, copy_to_dispatch>
  // CHECK: plan.dispatch @put(read_write %[[Y]], read %[[H0]]) imm [6] label
  // CHECK: plan.dispatch @step(read %[[H0]], write %[[H1:.*]]) label
  // CHECK: plan.dispatch @put(read_write %[[Y]], read %[[H1]]) imm [7] label
  // CHECK: plan.dispatch @step(read %[[H1]], write %[[H2:.*]]) label
  // CHECK: plan.dispatch @put(read_write %[[Y]], read %[[H2]]) imm [8] label
  // The state of the last step is not read: there is no fourth.
  // CHECK-NOT: plan.dispatch
  %offset = arith.constant 6 : index
  %r:2 = scf.for %i = %begin to %end step %one iter_args(%h = %x, %o = %zeros) -> (tensor<64xf32>, tensor<3x64xf32>) {
    %h2 = kernel.call @step ins(%h : tensor<64xf32>) imm() -> tensor<64xf32>
    %at = arith.addi %i, %offset : index
    %o2 = kernel.call @put ins(%o, %h2 : tensor<3x64xf32>, tensor<64xf32>) imm(%at) -> tensor<3x64xf32>
    scf.yield %h2, %o2 : tensor<64xf32>, tensor<3x64xf32>
  }
  return %r#1 : tensor<3x64xf32>
}

// -----

// What is in place is copied first where the old value is needed afterwards.

kernel.executable @put (tensor<4xf32>, index) -> tensor<4xf32> attributes {tied = array<i64: 0>} {
^bb0(%a: tensor<4xf32>, %i: index):
  kernel.yield %a : tensor<4xf32>
}
kernel.executable @add (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// CHECK-LABEL: plan.program @in_place
func.func @in_place(%x: tensor<4xf32>) -> tensor<4xf32> {
  %i = arith.constant 0 : index
  // CHECK: plan.copy %[[X:.*]] to %[[A:.*]]
  // CHECK: plan.dispatch @put(read_write %[[A]]) imm [0]
  %0 = kernel.call @put ins(%x : tensor<4xf32>) imm(%i) -> tensor<4xf32>
  // CHECK: plan.copy %[[A]] to %[[B:.*]]
  // CHECK: plan.dispatch @put(read_write %[[B]]) imm [0]
  %1 = kernel.call @put ins(%0 : tensor<4xf32>) imm(%i) -> tensor<4xf32>
  // CHECK: plan.dispatch @add(read %[[A]], read %[[B]], write
  %2 = kernel.call @add ins(%0, %1 : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// Inputs, constants and values that are returned twice are copied to the outputs.

kernel.executable @neg (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// CHECK-LABEL: plan.program @copies
// CHECK-SAME: outputs [#plan.tensor<"output_0" : tensor<4xf32> at 256>, #plan.tensor<"output_1" : tensor<4xf32> at 512>, #plan.tensor<"output_2" : tensor<4xf32> at 768>, #plan.tensor<"output_3" : tensor<4xi1> at 1024>]
func.func @copies(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>) {
  %c = arith.constant dense<true> : tensor<4xi1>
  // CHECK: plan.upload
  // CHECK-NEXT: plan.copy %w0
  // CHECK-NEXT: plan.barrier <upload_to_dispatch, copy_to_copy>
  // CHECK-NEXT: plan.dispatch @neg(read %[[X:.*]], write %[[A:.*]])
  // CHECK-NEXT: plan.copy %[[X]] to
  // CHECK-NEXT: plan.barrier <dispatch_to_copy>
  // CHECK-NEXT: plan.copy %[[A]] to
  // CHECK-NEXT: plan.barrier <dispatch_to_download, copy_to_copy>
  // CHECK-NEXT: plan.download
  %0 = kernel.call @neg ins(%x : tensor<4xf32>) imm() -> tensor<4xf32>
  return %0, %0, %x, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>
}
