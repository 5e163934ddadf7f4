// RUN: born-opt %s --split-input-file --verify-diagnostics --born-verify-plan

// plan-c1: exactly one submission
// expected-error @+1 {{expected exactly one plan.submit, found 2}}
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
  plan.submit {}
  plan.submit {}
}

// -----

// plan-c1: none
// expected-error @+1 {{expected exactly one plan.submit, found 0}}
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
}

// -----

kernel.executable @neg (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// plan-c2: RAW from the upload, RAW between dispatches, host
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>]
    outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
    input_size 256 io_size 512 transient_size 256 lower_bound 256 {
  %x = plan.buffer io offset 0 size 16 : tensor<4xf32>
  %y = plan.buffer io offset 256 size 16 : tensor<4xf32>
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  plan.submit {
    // expected-error @+1 {{conflicts with the dispatch of @neg, and no barrier upload_to_dispatch is between them}}
    plan.upload
    // expected-note @+2 {{the other command}}
    // expected-error @+1 {{conflicts with the dispatch of @neg, and no barrier dispatch_to_dispatch is between them}}
    plan.dispatch @neg(read %x, write %t) label ""
    // A barrier of another scope does not help.
    // expected-error @+1 {{is redundant}}
    plan.barrier <copy_to_copy>
    // expected-note @+3 {{the other command}}
    // expected-error @+2 {{conflicts with the download, and no barrier dispatch_to_download is between them}}
    // expected-error @+1 {{conflicts with the host, which reads the outputs, and no barrier to_host is between them}}
    plan.dispatch @neg(read %t, write %y) label ""
    // expected-note @+1 {{the other command}}
    plan.download
  }
}

// -----

kernel.executable @neg (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// plan-c2: WAR and WAW by overlapping bytes of different buffers
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>]
    outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
    input_size 256 io_size 512 transient_size 512 lower_bound 256 {
  %x = plan.buffer io offset 0 size 16 : tensor<4xf32>
  %y = plan.buffer io offset 256 size 16 : tensor<4xf32>
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  %u = plan.buffer transient offset 0 size 16 : tensor<2x2xf32>
  plan.submit {
    plan.upload
    plan.barrier <upload_to_dispatch>
    // WAW
    // expected-error @+1 {{conflicts with the dispatch of @neg, and no barrier dispatch_to_dispatch is between them}}
    plan.dispatch @neg(read %x, write %t) label ""
    // expected-note @+1 {{the other command}}
    plan.dispatch @neg(read %x, write %u) label ""
    plan.barrier <dispatch_to_dispatch>
    // WAR
    // expected-error @+1 {{conflicts with the dispatch of @neg, and no barrier dispatch_to_dispatch is between them}}
    plan.dispatch @neg(read %t, write %y) label ""
    // expected-note @+1 {{the other command}}
    plan.dispatch @neg(read %x, write %u) label ""
    plan.barrier <dispatch_to_download>
    plan.download
    plan.barrier <to_host>
  }
}

// -----

kernel.executable @neg (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// plan-c3: no barrier is redundant
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>]
    outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
    input_size 256 io_size 512 transient_size 0 lower_bound 0 {
  %x = plan.buffer io offset 0 size 16 : tensor<4xf32>
  %y = plan.buffer io offset 256 size 16 : tensor<4xf32>
  plan.submit {
    plan.upload
    plan.barrier <upload_to_dispatch>
    plan.dispatch @neg(read %x, write %y) label ""
    plan.barrier <dispatch_to_download>
    // expected-error @+1 {{is redundant: every conflict that it orders is ordered by another one}}
    plan.barrier <dispatch_to_dispatch>
    plan.download
    plan.barrier <to_host>
  }
}

// -----

kernel.executable @neg (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}
// plan-c4: reading what nobody wrote, and outputs that nobody writes
// expected-error @+1 {{never writes all of its output #plan.tensor<"z" : tensor<4xf32> at 256>}}
plan.program @main inputs [] outputs [#plan.tensor<"y" : tensor<4xf32> at 0>, #plan.tensor<"z" : tensor<4xf32> at 256>]
    input_size 0 io_size 512 transient_size 256 lower_bound 256 {
  %y = plan.buffer io offset 0 size 16 : tensor<4xf32>
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  plan.submit {
    // expected-error @+1 {{reads bytes that nothing has written}}
    plan.dispatch @neg(read %t, write %y) label ""
    plan.barrier <dispatch_to_download>
    plan.download
    plan.barrier <to_host>
  }
}

// -----

// plan-c5: buffers inside their space
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 256 lower_bound 0 {
  // expected-error @+1 {{lies outside of its space, which has 256 bytes}}
  %t = plan.buffer transient offset 256 size 16 : tensor<4xf32>
  plan.submit {}
}

// -----

// plan-c6: bytes of a binding
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 268435456 lower_bound 0 {
  // expected-error @+1 {{has 268435456 bytes, more than the 134217728 that can be bound}}
  %t = plan.buffer transient offset 0 size 268435456 : tensor<67108864xf32>
  plan.submit {}
}

// -----

// plan-c6: workgroups, invocations, memory
kernel.executable @grid () -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  kernel.yield %0 : tensor<4xf32>
} variants {
  // expected-error @+1 {{has 65536 workgroups on axis 0, expected 1 to 65535}}
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [65536, 1, 1] {}
  // The software class may have larger workgroups.
  kernel.variant <software> workgroup_size [256, 1, 1] workgroup_count [1, 1, 1] {}
}
kernel.executable @large () -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  kernel.yield %0 : tensor<4xf32>
} variants {
  // expected-error @+1 {{has 256 invocations per workgroup, more than 128}}
  kernel.variant <generic> workgroup_size [16, 16, 1] workgroup_count [1, 1, 1] {}
}
kernel.executable @memory () -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  kernel.yield %0 : tensor<4xf32>
} variants {
  // expected-error @+1 {{uses 16388 bytes of workgroup memory, more than 16384}}
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] attributes {workgroup_memory = 16388 : i32} {}
}

// -----

kernel.executable @zero () -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  kernel.yield %0 : tensor<4xf32>
}
kernel.executable @add (tensor<4xf32>, index) -> tensor<4xf32> attributes {tied = array<i64: 0>} {
^bb0(%a: tensor<4xf32>, %i: index):
  kernel.yield %a : tensor<4xf32>
}
// plan-c7: dispatches are as their executables
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 1024 lower_bound 0 {
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  %s = plan.buffer transient offset 512 size 16 : tensor<4xf32>
  %u = plan.buffer transient offset 256 size 4 : tensor<1xf32>
  plan.submit {
    // expected-error @+1 {{expected a kernel.executable named @sub}}
    plan.dispatch @sub() label ""
    // expected-error @+1 {{expected 1 buffers, found 0}}
    plan.dispatch @add() imm [0] label ""
    // expected-error @+1 {{expected binding 0 to be read_write, found write}}
    plan.dispatch @add(write %t) imm [0] label ""
    plan.dispatch @zero(write %s) label ""
    plan.barrier <dispatch_to_dispatch>
    // expected-error @+1 {{expected 1 immediates, found 0}}
    plan.dispatch @add(read_write %s) label ""
    // expected-error @+2 {{expected binding 0 to have 16 bytes, found 4}}
    // expected-error @+1 {{reads bytes that nothing has written}}
    plan.dispatch @add(read_write %u) imm [0] label ""
  }
}

// -----

plan.weight @w : tensor<4xf32> offset 0 size 16 value dense<1.0> : tensor<4xf32>
kernel.executable @zero () -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  kernel.yield %0 : tensor<4xf32>
}
// plan-c8: inputs and weights are never written
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>] outputs []
    input_size 256 io_size 256 transient_size 0 lower_bound 0 {
  %x = plan.buffer io offset 0 size 16 : tensor<4xf32>
  %w = plan.buffer weights offset 0 size 16 of @w : tensor<4xf32>
  plan.submit {
    // expected-error @+1 {{writes a weight}}
    plan.dispatch @zero(write %w) label ""
    // expected-error @+1 {{writes an input}}
    plan.dispatch @zero(write %x) label ""
  }
}

// -----

plan.weight @a : tensor<128xf32> offset 0 size 512 value dense<1.0> : tensor<128xf32>
// plan-c9: weights do not overlap
// expected-error @+1 {{overlaps @a}}
plan.weight @b : tensor<4xf32> offset 256 size 16 value dense<1.0> : tensor<4xf32>
// plan-c9: a weight buffer is where its weight is
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
  // expected-error @+1 {{does not agree with its weight @b}}
  %w = plan.buffer weights offset 0 size 16 of @b : tensor<4xf32>
  plan.submit {}
}

// -----

// plan-c6: a CPU's workgroups are one range of 32-bit numbers
kernel.executable @many () -> tensor<1xf32> {
  %e = tensor.empty() : tensor<1xf32>
  kernel.yield %e : tensor<1xf32>
} variants {
  // expected-error @+1 {{has 4294967296 workgroups, more than 4294967295}}
  kernel.variant <avx2> workgroup_size [1, 1, 1] workgroup_count [65536, 65536, 1] {
    builtin.module {}
  }
  // expected-error @+1 {{has 2 invocations on axis 0, expected 1 to 1}}
  kernel.variant <neon> workgroup_size [2, 1, 1] workgroup_count [1, 1, 1] {
    builtin.module {}
  }
}
