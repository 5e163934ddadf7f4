// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels,canonicalize,cse))' --split-input-file --verify-diagnostics | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// Rows of 7 are not multiples of four, but all 28 elements lie side by side:
// four neighbours are read and written at once.
// CHECK-LABEL: kernel.executable @elementwise
// CHECK: kernel.variant <generic> workgroup_size [8, 1, 1] workgroup_count [1, 1, 1]
// CHECK: gpu.func @elementwise(%[[X:.*]]: memref<7xvector<4xf32>, #spirv.storage_class<StorageBuffer>> {{.*}}(0, 0){{.*}}, %[[Y:.*]]: memref<7xvector<4xf32>, #spirv.storage_class<StorageBuffer>> {{.*}}(0, 1)
// CHECK: scf.if
// CHECK: %[[V:.*]] = memref.load %[[X]]
// CHECK: %[[N:.*]] = arith.negf %[[V]] : vector<4xf32>
// CHECK: memref.store %[[N]], %[[Y]]
// CHECK: kernel.variant <software>
kernel.executable @elementwise (tensor<4x7xf32>) -> tensor<4x7xf32> attributes {strategy = #kernel.strategy<elementwise>} {
^bb0(%a: tensor<4x7xf32>):
  %e = tensor.empty() : tensor<4x7xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x7xf32>) outs(%e : tensor<4x7xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.negf %p : f32
    linalg.yield %s : f32
  } -> tensor<4x7xf32>
  kernel.yield %1 : tensor<4x7xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// A row per workgroup; the software class shares partial sums by shuffles, any
// other by workgroup memory.
// CHECK-LABEL: kernel.executable @row_sum
// CHECK: kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [8, 1, 1] attributes {workgroup_memory = 256 : i32}
// CHECK: gpu.barrier
// CHECK: kernel.variant <software> workgroup_size [8, 1, 1] workgroup_count [8, 1, 1] attributes {features = ["subgroup_shuffle"], subgroup_size = 8 : i32}
// CHECK-COUNT-3: gpu.shuffle xor
// CHECK-NOT: gpu.barrier
kernel.executable @row_sum (tensor<8x64xf32>) -> tensor<8xf32> attributes {strategy = #kernel.strategy<row_reduction>} {
^bb0(%a: tensor<8x64xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<8x64xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  kernel.yield %1 : tensor<8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// Columns: four neighbours are summed at once, 16 of 64 columns' workgroups each. Many terms are
// summed in blocks, so that the error does not grow with their number.
// CHECK-LABEL: kernel.executable @column_sum
// CHECK: kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [16, 1, 1]
// CHECK: kernel.variant <software> workgroup_size [8, 1, 1] workgroup_count [16, 1, 1]
// CHECK: scf.for
// CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
// CHECK: memref.load {{.*}} : memref<65536xvector<4xf32>
// CHECK-COUNT-12: gpu.shuffle xor
kernel.executable @column_sum (tensor<4096x64xf32>) -> tensor<64xf32> attributes {strategy = #kernel.strategy<row_reduction>} {
^bb0(%a: tensor<4096x64xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %1 = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%a : tensor<4096x64xf32>) outs(%z : tensor<64xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  kernel.yield %1 : tensor<64xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Bytes of a row and its maximum: whole words are written, so the row must be a multiple of four.
// CHECK-LABEL: kernel.executable @row_of_bytes
// CHECK: kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [4, 1, 1]
// CHECK: memref.store {{.*}} : memref<4xf32
// CHECK: memref.store {{.*}} : memref<64xi32
kernel.executable @row_of_bytes (tensor<4x64xf32>) -> (tensor<4xf32>, tensor<4x64xi8>) attributes {strategy = #kernel.strategy<row_reduction>} {
^bb0(%a: tensor<4x64xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<4x64xf32>) outs(%z : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b = tensor.empty() : tensor<4x64xi8>
  %2 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %1 : tensor<4x64xf32>, tensor<4xf32>) outs(%b : tensor<4x64xi8>) {
  ^bb0(%p: f32, %m: f32, %o: i8):
    %s = arith.subf %p, %m : f32
    %i = arith.fptosi %s : f32 to i8
    linalg.yield %i : i8
  } -> tensor<4x64xi8>
  kernel.yield %1, %2 : tensor<4xf32>, tensor<4x64xi8>
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>
#panels = #born.layout<(d0, d1) -> (d1 floordiv 16, d0, d1 mod 16), [2, 64, 16]>

// Four steps of the reduction per iteration: a vec4 of each row and four vec4 of
// the weights; on the software class lane l loads row l for all lanes. On others
// both operands go through workgroup memory, sixteen steps at a time: no binding
// is read between the second barrier and the end of the chunk.
// CHECK-LABEL: kernel.executable @product
// CHECK: kernel.variant <generic> {{.*}}workgroup_memory = 3328 : i32
// CHECK: scf.for
// CHECK: gpu.barrier
// CHECK: memref.load {{.*}}StorageBuffer
// CHECK: memref.store {{.*}}Workgroup
// CHECK: memref.load {{.*}}StorageBuffer
// CHECK: memref.store {{.*}}Workgroup
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK-NOT: StorageBuffer
// CHECK: memref.load {{.*}}Workgroup
// CHECK-NOT: StorageBuffer
// CHECK: scf.yield
// CHECK: kernel.variant <software>
// CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
// CHECK-COUNT-5: memref.load {{.*}}vector<4xf32>
// CHECK-COUNT-16: gpu.shuffle idx
kernel.executable @product (tensor<8x64xf32>, tensor<64x32xf32, #panels>) -> tensor<8x32xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%x: tensor<8x64xf32>, %w: tensor<64x32xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x64xf32>, tensor<64x32xf32>) outs(%z : tensor<8x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  kernel.yield %1 : tensor<8x32xf32>
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d1, d2)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>

// The second operand lies along the reduction: vec4 of four columns are read
// there and turned before they are staged.
// CHECK-LABEL: kernel.executable @product_transposed
// CHECK: kernel.variant <generic>
// CHECK: gpu.barrier
// CHECK: memref.store {{.*}}Workgroup
// CHECK-COUNT-4: memref.load {{.*}}StorageBuffer
// CHECK: vector.extract
// CHECK: vector.from_elements
// CHECK-COUNT-4: memref.store {{.*}}Workgroup
// CHECK: gpu.barrier
kernel.executable @product_transposed (tensor<8x64xf32>, tensor<32x64xf32>) -> tensor<8x32xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%x: tensor<8x64xf32>, %w: tensor<32x64xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x64xf32>, tensor<32x64xf32>) outs(%z : tensor<8x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  kernel.yield %1 : tensor<8x32xf32>
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>

// One row: eight invocations side by side for 8 x 4 outputs, eight deep for
// parts of the reduction, whose sums meet in workgroup memory.
// CHECK-LABEL: kernel.executable @vector_product
// CHECK: kernel.variant <generic> workgroup_size [64, 1, 1] {{.*}}workgroup_memory = 1024
// CHECK: scf.for
// CHECK: memref.store {{.*}}Workgroup
// CHECK-COUNT-4: gpu.barrier
// CHECK: arith.addf
// CHECK: memref.store {{.*}}StorageBuffer
// CHECK: kernel.variant <software>
// CHECK-NOT: gpu.barrier
kernel.executable @vector_product (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%x: tensor<1x64xf32>, %w: tensor<64x32xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32xf32>) -> tensor<1x32xf32>
  %1 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<1x64xf32>, tensor<64x32xf32>) outs(%z : tensor<1x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x32xf32>
  kernel.yield %1 : tensor<1x32xf32>
}

// -----

#h = affine_map<(d0, d1, d2, d3) -> (d0, d3)>
#w = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
#sums = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#first = affine_map<(d0, d1) -> (d0, 0, d1)>
#second = affine_map<(d0, d1) -> (d0, 1, d1)>
#map = affine_map<(d0, d1) -> (d0, d1)>

// An invocation has the same four columns of both gates, which meet without
// passing through memory; nothing else is multiplied after the sums.
// CHECK-LABEL: kernel.executable @gates
// CHECK: kernel.variant <software>
// CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>)
// CHECK: %[[BOTH:.*]] = arith.mulf %[[SUMS]]#0, %[[SUMS]]#1 : vector<4xf32>
// CHECK: memref.store %[[BOTH]]
// CHECK-NOT: arith.mulf
kernel.executable @gates (tensor<1x16xf32>, tensor<2x32x16xf32>) -> tensor<1x32xf32> attributes {strategy = #kernel.strategy<recurrent>} {
^bb0(%x: tensor<1x16xf32>, %y: tensor<2x32x16xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x32xf32>) -> tensor<1x2x32xf32>
  %0 = linalg.generic {indexing_maps = [#h, #w, #sums], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<1x16xf32>, tensor<2x32x16xf32>) outs(%z : tensor<1x2x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x2x32xf32>
  %f = tensor.empty() : tensor<1x32xf32>
  %1 = linalg.generic {indexing_maps = [#first, #second, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %0 : tensor<1x2x32xf32>, tensor<1x2x32xf32>) outs(%f : tensor<1x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.mulf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<1x32xf32>
  kernel.yield %1 : tensor<1x32xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Results of different sizes are written one after the other, each by as many
// invocations as it needs.
// CHECK-LABEL: kernel.executable @row_and_all
// CHECK: kernel.variant <generic> workgroup_size [8, 1, 1]
// CHECK: scf.if
// CHECK: memref.store {{.*}} : memref<6xf32
// CHECK: scf.if
// CHECK: memref.store {{.*}} : memref<3xf32
kernel.executable @row_and_all (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3xf32>) attributes {strategy = #kernel.strategy<window>} {
^bb0(%a: tensor<3x2xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %r = tensor.empty() : tensor<3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3xf32>) -> tensor<3xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.negf %p : f32
    linalg.yield %s : f32
  } -> tensor<3x2xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%1 : tensor<3x2xf32>) outs(%z : tensor<3xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  kernel.yield %1, %2 : tensor<3x2xf32>, tensor<3xf32>
}

// -----

// A slice with a step has an element at every other position only.
// CHECK-LABEL: kernel.executable @spread
// CHECK: arith.cmpi ult
// CHECK: arith.select
kernel.executable @spread (tensor<3xf32>) -> tensor<5xf32> attributes {strategy = #kernel.strategy<movement>} {
^bb0(%a: tensor<3xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<5xf32>) -> tensor<5xf32>
  %1 = tensor.insert_slice %a into %z[0] [3] [2] : tensor<3xf32> into tensor<5xf32>
  kernel.yield %1 : tensor<5xf32>
}

// -----

// expected-error @+1 {{cannot generate code for generic devices: tensor.scatter: has no element rule}}
kernel.executable @unknown (tensor<4xf32>, tensor<2x1xi32>, tensor<2xf32>) -> tensor<4xf32> attributes {strategy = #kernel.strategy<movement>} {
^bb0(%a: tensor<4xf32>, %i: tensor<2x1xi32>, %s: tensor<2xf32>):
  %1 = tensor.scatter %s into %a[%i] scatter_dims([0]) unique : (tensor<2xf32>, tensor<4xf32>, tensor<2x1xi32>) -> tensor<4xf32>
  kernel.yield %1 : tensor<4xf32>
}

// -----

// Code that was given is the variant for all devices.
// CHECK-LABEL: kernel.executable @given
// CHECK: kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [3, 1, 1] attributes {features = ["shader_int64"], workgroup_memory = 256 : i32} {
// CHECK-NEXT: kernel.binary "main" dense<[1, 2]> : tensor<2xi32>
// CHECK-NOT: kernel.variant
kernel.executable @given (tensor<4xf32>) -> tensor<4xf32> {
^bb0(%a: tensor<4xf32>):
  %0 = kernel.custom "example.Op" ins(%a : tensor<4xf32>) imm() -> tensor<4xf32> entry "main" workgroup_size [64, 1, 1] workgroup_count [3, 1, 1] code dense<[1, 2]> : tensor<2xi32> {features = ["shader_int64"], workgroup_memory = 256 : i32}
  kernel.yield %0 : tensor<4xf32>
}
