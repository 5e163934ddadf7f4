// RUN: born-opt %s --split-input-file --verify-diagnostics

// weight-c1: a source or a value
// expected-error @+1 {{expected either a source or a value, found none}}
plan.weight @w : tensor<2xf32> offset 0 size 8

// -----

// weight-c1: not both
// expected-error @+1 {{expected either a source or a value, found both}}
plan.weight @w : tensor<2xf32> offset 0 size 8
  from #born.source<"m.onnx", offset = 64, length = 8, hash = 0> stored tensor<2xf32>
  value dense<1.0> : tensor<2xf32>

// -----

// weight-c2: offset
// expected-error @+1 {{expected an offset that is a multiple of 256, found 8}}
plan.weight @w : tensor<2xf32> offset 8 size 8 value dense<1.0> : tensor<2xf32>

// -----

// weight-c2: size
// expected-error @+1 {{expected a size of 8 for 'tensor<2xf32>', found 12}}
plan.weight @w : tensor<2xf32> offset 0 size 12 value dense<1.0> : tensor<2xf32>

// -----

// weight-c3: type of the value
// expected-error @+1 {{expected a value of type 'tensor<2xf32>', found 'tensor<2xi32>'}}
plan.weight @w : tensor<2xf32> offset 0 size 8 value dense<1> : tensor<2xi32>

// -----

// weight-c3: bytes of the source
// expected-error @+1 {{expected 8 bytes for 'tensor<2xf32>', found a source of 12}}
plan.weight @w : tensor<2xf32> offset 0 size 8
  from #born.source<"m.onnx", offset = 64, length = 12, hash = 0> stored tensor<2xf32>

// -----

// weight-c3: type that the steps make
// expected-error @+1 {{steps make 'tensor<3x2xf32>', but the weight is 'tensor<2x3xf32>'}}
plan.weight @w : tensor<2x3xf32> offset 0 size 24
  from #born.source<"m.onnx", offset = 64, length = 24, hash = 0> stored tensor<2x3xf32>
  steps [#born.transpose<[1, 0]>]

// -----

// program-c1: offset
// expected-error @+1 {{input 'x' needs an offset that is a multiple of 256, found 4}}
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 4>] outputs []
    input_size 256 io_size 256 transient_size 0 lower_bound 0 {
  plan.submit {}
}

// -----

// program-c1: inputs in the input part
// expected-error @+1 {{input 'x' lies outside [0, 256)}}
plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 256>] outputs []
    input_size 256 io_size 512 transient_size 0 lower_bound 0 {
  plan.submit {}
}

// -----

// program-c1: outputs in the output part
// expected-error @+1 {{output 'y' lies outside [256, 512)}}
plan.program @main inputs [] outputs [#plan.tensor<"y" : tensor<4xf32> at 0>]
    input_size 256 io_size 512 transient_size 0 lower_bound 0 {
  plan.submit {}
}

// -----

// program-c1: static shapes
// expected-error @+1 {{input 'x' needs a static shape and no layout, found 'tensor<?xf32>'}}
plan.program @main inputs [#plan.tensor<"x" : tensor<?xf32> at 0>] outputs []
    input_size 256 io_size 256 transient_size 0 lower_bound 0 {
  plan.submit {}
}

// -----

// program-c2: what a program holds
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
  // expected-error @+1 {{expected only plan.buffer and plan.submit in a plan.program}}
  %0 = arith.constant 1 : index
}

// -----

// program-c3: what a check is
// expected-error @+1 {{expected checks of type 'tensor<i32>', found #plan.tensor<"n" : tensor<4xi32> at 0>}}
plan.program @main inputs [] outputs [#plan.tensor<"n" : tensor<4xi32> at 0>]
    input_size 0 io_size 256 transient_size 0 lower_bound 0 checks 1 {
}

// -----

// buffer-c1: offset
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 512 lower_bound 0 {
  // expected-error @+1 {{expected an offset that is a multiple of 256, found 128}}
  %t = plan.buffer transient offset 128 size 16 : tensor<4xf32>
}

// -----

// buffer-c2: size
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 512 lower_bound 0 {
  // expected-error @+1 {{expected a size of 4 for 'tensor<3xi8>', found 3}}
  %t = plan.buffer transient offset 0 size 3 : tensor<3xi8>
}

// -----

// buffer-c3: weights are named
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 512 lower_bound 0 {
  // expected-error @+1 {{expected a weight's name in the weights space and only there}}
  %t = plan.buffer weights offset 0 size 16 : tensor<4xf32>
}

// -----

// submit-c1: what a submit holds
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
  plan.submit {
    // expected-error @+1 {{expected only commands in a plan.submit}}
    %0 = arith.constant 1 : index
  }
}

// -----

// dispatch-c1: an access per buffer
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 256 lower_bound 0 {
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  plan.submit {
    // expected-error @+1 {{expected an access per buffer, found 0 for 1}}
    "plan.dispatch"(%t) {executable = @k, access = array<i32>, label = ""} : (!plan.buffer) -> ()
  }
}

// -----

// dispatch-c2: bytes of immediates
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 0 lower_bound 0 {
  plan.submit {
    // expected-error @+1 {{expected at most 128 bytes of immediates, found 132}}
    plan.dispatch @k() imm [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] label ""
  }
}

// -----

// copy-c1: equal sizes
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 512 lower_bound 0 {
  %a = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  %b = plan.buffer transient offset 256 size 8 : tensor<2xf32>
  plan.submit {
    // expected-error @+1 {{expected buffers of equal size, found 16 and 8 bytes}}
    plan.copy %a to %b
  }
}

// -----

// copy-c1: no overlap
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 1024 lower_bound 0 {
  %a = plan.buffer transient offset 0 size 512 : tensor<128xf32>
  %b = plan.buffer transient offset 256 size 512 : tensor<128xf32>
  plan.submit {
    // expected-error @+1 {{expected buffers that do not overlap}}
    plan.copy %a to %b
  }
}

// -----

// syntax of bindings
plan.program @main inputs [] outputs [] input_size 0 io_size 0 transient_size 256 lower_bound 0 {
  %t = plan.buffer transient offset 0 size 16 : tensor<4xf32>
  plan.submit {
    // expected-error @+1 {{expected read, write or read_write, found 'reads'}}
    plan.dispatch @k(reads %t) label ""
  }
}
