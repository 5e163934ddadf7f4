// RUN: born-opt %s --split-input-file --verify-diagnostics

func.func @dispatch_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected block argument 0 of type 'tensor<4xf32>', found 'tensor<5xf32>'}}
  %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<5xf32> {
  ^bb0(%a: tensor<5xf32>):
    kernel.yield %a : tensor<5xf32>
  }
  return
}

// -----

func.func @dispatch_c2(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected yielded value 0 of type 'tensor<5xf32>', found 'tensor<4xf32>'}}
  %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<5xf32> {
  ^bb0(%a: tensor<4xf32>):
    kernel.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @dispatch_c3(%x: tensor<4xf32>) {
  // expected-error @+1 {{result 0 cannot be tied to input 1}}
  %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> attributes {tied = array<i64: 1>} {
  ^bb0(%a: tensor<4xf32>):
    kernel.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @dispatch_c4(%x: tensor<?xf32>) {
  // expected-error @+1 {{expected static shapes, found 'tensor<?xf32>'}}
  %0 = kernel.dispatch ins(%x : tensor<?xf32>) imm() -> tensor<?xf32> {
  ^bb0(%a: tensor<?xf32>):
    kernel.yield %a : tensor<?xf32>
  }
  return
}

// -----

kernel.executable @executable_c2 (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
} variants {
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
  }
  // expected-error @+1 {{second variant for device class generic}}
  kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
  }
}

// -----

// expected-error @+1 {{expected 1 entries in 'quantized', found 2}}
kernel.executable @executable_c3 (tensor<4xf32>) -> tensor<4xf32> attributes {quantized = [none, none]} {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}

// -----

// expected-error @+1 {{input of type 'tensor<4xf16>' cannot be quantised as !quant.uniform<u8:f32, 5.000000e-01:7>}}
kernel.executable @executable_c3_type (tensor<4xf16>) -> tensor<4xf16> attributes {quantized = [!quant.uniform<u8:f32, 0.5:7>]} {
^bb0(%a: tensor<4xf16>):
  kernel.yield %a : tensor<4xf16>
}

// -----

kernel.executable @k (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  kernel.yield %a : tensor<4xf32>
}

func.func @call_c1(%x: tensor<5xf32>) {
  // expected-error @+1 {{expected the type of its executable, '(tensor<4xf32>) -> tensor<4xf32>', found '(tensor<5xf32>) -> tensor<5xf32>'}}
  %0 = kernel.call @k ins(%x : tensor<5xf32>) imm() -> tensor<5xf32>
  return
}

// -----

func.func @custom_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected workgroup sizes and counts of three axes}}
  %0 = kernel.custom "example.Twice" ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> entry "main" workgroup_size [64] workgroup_count [1, 1, 1] code dense<0> : tensor<1xi32>
  return
}

// -----

kernel.executable @custom_c2 (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
  // expected-error @+1 {{expected the arguments of its block as operands}}
  %0 = kernel.custom "example.Twice" ins(%b, %a : tensor<4xf32>, tensor<4xf32>) imm() -> tensor<4xf32> entry "main" workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] code dense<0> : tensor<1xi32>
  kernel.yield %0 : tensor<4xf32>
}
