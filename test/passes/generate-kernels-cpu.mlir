// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=avx512}),cse)' --split-input-file | FileCheck %s

// A row in vectors of sixteen, its end in shorter ones.
// CHECK-LABEL: gpu.func @neg
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %c2
// CHECK:   %[[AT:.*]] = arith.muli %[[I]], %c16
// CHECK:   vector.load %arg0[%[[AT]]] : memref<43xi8>, vector<16xi8>
// CHECK:   vector.store %{{.*}}, %arg1[%[[AT]]] : memref<43xi8>, vector<16xi8>
// CHECK: vector.load %arg0[%c32] : memref<43xi8>, vector<8xi8>
// CHECK: vector.load %arg0[%c40] : memref<43xi8>, vector<2xi8>
// CHECK: memref.load %arg0[%c42] : memref<43xi8>
kernel.executable @neg (tensor<43xi8>) -> tensor<43xi8> {
^bb0(%a: tensor<43xi8>):
  %e = tensor.empty() : tensor<43xi8>
  %c0 = arith.constant 0 : i8
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]} ins(%a : tensor<43xi8>) outs(%e : tensor<43xi8>) {
  ^bb1(%x: i8, %o: i8):
    %s = arith.subi %c0, %x : i8
    linalg.yield %s : i8
  } -> tensor<43xi8>
  kernel.yield %r : tensor<43xi8>
}

// -----

// Rows of the sum: a vector, then an eight, then two.
// CHECK-LABEL: gpu.func @sum
// CHECK: gpu.block_id x
// CHECK: vector.load %arg0[%{{.*}}] : memref<78xf32>, vector<16xf32>
// CHECK: vector.load %arg0[%{{.*}}] : memref<78xf32>, vector<8xf32>
// CHECK: vector.load %arg0[%{{.*}}] : memref<78xf32>, vector<2xf32>
// CHECK-NOT: gpu.barrier
// CHECK: memref.store %{{.*}}, %arg1[%block_id_x] : memref<3xf32>
kernel.executable @sum (tensor<3x26xf32>) -> tensor<3xf32> attributes {strategy = #kernel.strategy<row_reduction>} {
^bb0(%a: tensor<3x26xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                       iterator_types = ["parallel", "reduction"]} ins(%a : tensor<3x26xf32>) outs(%f : tensor<3xf32>) {
  ^bb1(%x: f32, %o: f32):
    %s = arith.addf %o, %x : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  kernel.yield %r : tensor<3xf32>
}

// -----

// The weights' columns lie in panels, the last one is cut off where it is written; the data is
// read in place.
// CHECK-LABEL: gpu.func @matmul
// CHECK: scf.for {{.*}} iter_args
// CHECK:   vector.load %arg0[%{{.*}}] : memref<256xf32>, vector<16xf32>
// CHECK:   memref.load %arg1[%{{.*}}] : memref<56xf32>
// CHECK:   math.fma %{{.*}} : vector<16xf32>
// CHECK: vector.store %{{.*}} : memref<140xf32>, vector<16xf32>
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3] : vector<16xf32>
// CHECK: vector.store %{{.*}} : memref<140xf32>, vector<4xf32>
#panel = #born.layout<(k, n) -> (n floordiv 16, k, n mod 16), [2, 8, 16]>
kernel.executable @matmul (tensor<7x8xf32>, tensor<8x20xf32, #panel>) -> tensor<7x20xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<7x8xf32>, %b: tensor<8x20xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<7x20xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7x20xf32>) -> tensor<7x20xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<7x8xf32>, tensor<8x20xf32>) outs(%f : tensor<7x20xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<7x20xf32>
  kernel.yield %r : tensor<7x20xf32>
}

// -----

// Rows of data 2048 bytes apart share sets of the first-level cache: six of them are a tile's.
// CHECK-LABEL: gpu.func @aliasing
// CHECK: scf.for
// CHECK-COUNT-24: math.fma
// CHECK-NOT: math.fma
#panel = #born.layout<(k, n) -> (n floordiv 16, k, n mod 16), [4, 512, 16]>
kernel.executable @aliasing (tensor<30x512xf32>, tensor<512x64xf32, #panel>) -> tensor<30x64xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<30x512xf32>, %b: tensor<512x64xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<30x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<30x64xf32>) -> tensor<30x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<30x512xf32>, tensor<512x64xf32>) outs(%f : tensor<30x64xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<30x64xf32>
  kernel.yield %r : tensor<30x64xf32>
}

// -----

// Data that is computed is staged on the stack, and so are weights that lie along the reduction.
// CHECK-LABEL: gpu.func @staged
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<{{[0-9]+}}xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<1024xf32>
// CHECK: math.fma
kernel.executable @staged (tensor<64x64xf32>, tensor<16x64xf32>) -> tensor<64x16xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<64x64xf32>, %b: tensor<16x64xf32>):
  %zero = arith.constant 0.0 : f32
  %d = tensor.empty() : tensor<64x64xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%a : tensor<64x64xf32>) outs(%d : tensor<64x64xf32>) {
  ^bb1(%x: f32, %o: f32):
    %s = arith.negf %x : f32
    linalg.yield %s : f32
  } -> tensor<64x64xf32>
  %e = tensor.empty() : tensor<64x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x16xf32>) -> tensor<64x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%n, %b : tensor<64x64xf32>, tensor<16x64xf32>) outs(%f : tensor<64x16xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<64x16xf32>
  kernel.yield %r : tensor<64x16xf32>
}

// -----

// The end of a row, in shorter vectors, reads the sum that the row has: nothing is read element
// by element.
// CHECK-LABEL: gpu.func @normalize
// CHECK: arith.divf %{{.*}} : vector<16xf32>
// CHECK: arith.divf %{{.*}} : vector<8xf32>
// CHECK: arith.divf %{{.*}} : vector<2xf32>
// CHECK-NOT: memref.load
// CHECK: gpu.return
kernel.executable @normalize (tensor<3x26xf32>) -> tensor<3x26xf32> attributes {strategy = #kernel.strategy<row_reduction>} {
^bb0(%a: tensor<3x26xf32>):
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                       iterator_types = ["parallel", "reduction"]} ins(%a : tensor<3x26xf32>) outs(%f : tensor<3xf32>) {
  ^bb1(%x: f32, %o: f32):
    %s = arith.addf %o, %x : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  %g = tensor.empty() : tensor<3x26xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%a, %r : tensor<3x26xf32>, tensor<3xf32>) outs(%g : tensor<3x26xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %s = arith.divf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<3x26xf32>
  kernel.yield %q : tensor<3x26xf32>
}

// -----

// A convolution stages what four of its eight lines read, six lines of ten with their padding; the
// multiply-adds know of no bounds.
// CHECK-LABEL: gpu.func @convolution
// CHECK: %[[BOX:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1920xf32>
// CHECK: arith.cmpi ult
// CHECK: vector.store %{{.*}}, %[[BOX]]
// CHECK: scf.for {{.*}} iter_args
// CHECK-NOT: arith.cmpi
// CHECK: memref.load %[[BOX]]
// CHECK: math.fma %{{.*}} : vector<16xf32>
kernel.executable @convolution (tensor<8x8x32xf32>, tensor<3x3x32x16xf32>) -> tensor<8x8x16xf32> attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<8x8x32xf32>, %b: tensor<3x3x32x16xf32>):
  %zero = arith.constant 0.0 : f32
  %d = tensor.pad %a low[1, 1, 0] high[1, 1, 0] {
  ^bb1(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<8x8x32xf32> to tensor<10x10x32xf32>
  %e = tensor.empty() : tensor<8x8x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8x16xf32>) -> tensor<8x8x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, o, y, x, c) -> (h + y, w + x, c)>,
                                        affine_map<(h, w, o, y, x, c) -> (y, x, c, o)>,
                                        affine_map<(h, w, o, y, x, c) -> (h, w, o)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%d, %b : tensor<10x10x32xf32>, tensor<3x3x32x16xf32>) outs(%f : tensor<8x8x16xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x8x16xf32>
  kernel.yield %r : tensor<8x8x16xf32>
}

// -----

// A large window stages a vector of channels of the whole map: zeros around it, then the inside.
// CHECK-LABEL: gpu.func @depthwise
// CHECK: %[[BOX:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2304xf32>
// CHECK: vector.store %{{.*}}, %[[BOX]]
// CHECK: scf.for
// CHECK-NOT: arith.cmpi
// CHECK: vector.load %[[BOX]][%{{.*}}] : memref<2304xf32>, vector<16xf32>
kernel.executable @depthwise (tensor<8x8x32xf32>, tensor<5x5x32xf32>) -> tensor<8x8x32xf32> attributes {strategy = #kernel.strategy<window>} {
^bb0(%a: tensor<8x8x32xf32>, %b: tensor<5x5x32xf32>):
  %zero = arith.constant 0.0 : f32
  %d = tensor.pad %a low[2, 2, 0] high[2, 2, 0] {
  ^bb1(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<8x8x32xf32> to tensor<12x12x32xf32>
  %e = tensor.empty() : tensor<8x8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8x32xf32>) -> tensor<8x8x32xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, c, y, x) -> (h + y, w + x, c)>,
                                        affine_map<(h, w, c, y, x) -> (y, x, c)>,
                                        affine_map<(h, w, c, y, x) -> (h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%d, %b : tensor<12x12x32xf32>, tensor<5x5x32xf32>) outs(%f : tensor<8x8x32xf32>) {
  ^bb1(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x8x32xf32>
  kernel.yield %r : tensor<8x8x32xf32>
}
