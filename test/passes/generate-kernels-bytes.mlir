// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=avx512,avx512vnni}),cse)' --split-input-file | FileCheck %s
// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=avx2}),cse)' --split-input-file | FileCheck %s --check-prefix=AVX2
// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=neon,neondotprod,neoni8mm}),cse)' --split-input-file | FileCheck %s --check-prefix=NEON

// Bytes less a zero point: in the class that has an instruction for it, four products at a time.
// The zero point is taken off with the sums of the columns.
// CHECK-LABEL: kernel.executable @product
// CHECK: kernel.variant <avx512>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
// CHECK: kernel.variant <avx512vnni>
// CHECK: %[[WEIGHTS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<384xi8>
// CHECK: %[[SUMS:.*]] = scf.for
// CHECK:   %[[LINES:.*]] = vector.load %{{.*}} : memref<384xi8>, vector<64xi8>
// CHECK:   %[[WORDS:.*]] = vector.bitcast %[[LINES]]
// CHECK:   %[[COLUMNS:.*]] = vector.shuffle %[[WORDS]], %[[WORDS]] [0, 4, 8, 12, 1,
// CHECK:   %[[BYTES:.*]] = vector.bitcast %[[COLUMNS]]
// CHECK:   %[[FOUR:.*]] = vector.shuffle %[[BYTES]], %[[BYTES]] [0, 4, 8, 12, 1,
// CHECK:   vector.store %[[FOUR]], %[[WEIGHTS]]
// CHECK:   llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %{{.*}}, %[[FOUR]])
// CHECK: %[[ZERO:.*]] = vector.broadcast %{{.*}} : i32 to vector<16xi32>
// CHECK: %[[OFF:.*]] = arith.muli %[[ZERO]], %[[SUMS]] : vector<16xi32>
// CHECK: %[[ALL:.*]]:5 = scf.for
// CHECK:   vector.load %[[WEIGHTS]]
// CHECK:   vector.bitcast %{{.*}} : vector<4xi8> to vector<1xi32>
// CHECK:   llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: arith.subi %[[ALL]]#0, %[[OFF]] : vector<16xi32>
//
// Elsewhere 16 bits hold the bytes without their zero points, of rows as well; two steps at a time.
// AVX2-LABEL: kernel.executable @product
// AVX2: %[[WEIGHTS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<384xi16>
// AVX2: %[[ROWS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<120xi16>
// AVX2: arith.subi
// AVX2: %[[ROW:.*]] = arith.trunci %{{.*}} : vector<16xi32> to vector<16xi16>
// AVX2: vector.store %[[ROW]], %[[ROWS]]
// AVX2: %[[EVEN:.*]] = arith.andi %{{.*}} : vector<8xi32>
// AVX2: %[[ODD:.*]] = arith.shli %{{.*}} : vector<8xi32>
// AVX2: %[[WORDS:.*]] = arith.ori %[[EVEN]], %[[ODD]]
// AVX2: %[[PAIRS:.*]] = vector.bitcast %[[WORDS]] : vector<8xi32> to vector<16xi16>
// AVX2: vector.store %[[PAIRS]], %[[WEIGHTS]]
// AVX2: scf.for
// AVX2:   vector.load %[[WEIGHTS]]
// AVX2:   %[[PAIR:.*]] = vector.load %[[ROWS]][{{.*}}] : memref<120xi16>, vector<2xi16>
// AVX2:   %[[SUM:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// AVX2:   arith.addi %{{.*}}, %[[SUM]] : vector<8xi32>
// AVX2-NOT: arith.subi
//
// Where the instruction takes signed data, unsigned bytes have their highest bit turned. A vector
// has a part of a panel's columns.
// NEON-LABEL: kernel.executable @product
// NEON: kernel.variant <neon>
// NEON-NOT: llvm.call_intrinsic
// NEON: kernel.variant <neondotprod>
// NEON: scf.for
// NEON-COUNT-4: vector.load %{{.*}} : memref<384xi8>, vector<4xi8>
// NEON:   %[[FOUR:.*]] = vector.shuffle %{{.*}} [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15] : vector<16xi8>
// NEON:   llvm.call_intrinsic "llvm.aarch64.neon.sdot"(%{{.*}}, %{{.*}}, %[[FOUR]])
// NEON: %[[ZERO:.*]] = arith.addi %{{.*}}, %c-128_i32
// NEON: vector.broadcast %[[ZERO]] : i32 to vector<4xi32>
// NEON: scf.for
// NEON:   %[[DATA:.*]] = arith.xori %{{.*}} : vector<16xi8>
// NEON:   llvm.call_intrinsic "llvm.aarch64.neon.sdot"(%{{.*}}, %[[DATA]], %{{.*}})
//
// Two rows and eight steps at a time, for two columns each: vectors of both rows' first and last
// columns, until all are summed up.
// NEON: kernel.variant <neoni8mm>
// NEON: %[[SUMS:.*]]:{{[0-9]+}} = scf.for
// NEON-COUNT-8: vector.load %{{.*}} : memref<384xi8>, vector<4xi8>
// NEON:   %[[EIGHT:.*]] = vector.shuffle %{{.*}} [0, 4, 8, 12, 16, 20, 24, 28, 1, 5,{{.*}} : vector<32xi8>
// NEON:   %[[FIRST:.*]] = vector.shuffle %[[EIGHT]], %[[EIGHT]] [0, 1, 2,
// NEON:   llvm.call_intrinsic "llvm.aarch64.neon.usmmla"(%{{.*}}, %{{.*}}, %[[FIRST]])
// NEON:   %[[LAST:.*]] = vector.shuffle %[[EIGHT]], %[[EIGHT]] [16, 17, 18,
// NEON:   llvm.call_intrinsic "llvm.aarch64.neon.usmmla"(%{{.*}}, %{{.*}}, %[[LAST]])
// NEON: vector.shuffle %[[SUMS]]#0, %[[SUMS]]#1 [0, 1, 4, 5]
// NEON: %[[ALL:.*]]:{{[0-9]+}} = scf.for
// NEON:   %[[ROW0:.*]] = vector.load %{{.*}} : memref<120xi8>, vector<8xi8>
// NEON:   %[[ROW1:.*]] = vector.load %{{.*}} : memref<120xi8>, vector<8xi8>
// NEON:   %[[ROWS:.*]] = vector.shuffle %[[ROW0]], %[[ROW1]] [0, 1, 2, 3, 4, 5, 6, 7, 8,
// NEON:   llvm.call_intrinsic "llvm.aarch64.neon.usmmla"(%{{.*}}, %[[ROWS]], %{{.*}})
// NEON: vector.shuffle %[[ALL]]#0, %[[ALL]]#{{[0-9]+}} [0, 1, 4, 5]
// NEON: vector.shuffle %[[ALL]]#0, %[[ALL]]#{{[0-9]+}} [2, 3, 6, 7]
#panels = #born.layout<(k, n) -> (n floordiv 16, k, n mod 16), [1, 24, 16]>
kernel.executable @product (tensor<5x24xi8>, tensor<i8>, tensor<24x16xi8, #panels>) -> tensor<5x16xi32>
    attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<5x24xi8>, %z: tensor<i8>, %b: tensor<24x16xi8>):
  %ea = tensor.empty() : tensor<5x24xi32>
  %wa = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
                        iterator_types = ["parallel", "parallel"]}
      ins(%a, %z : tensor<5x24xi8>, tensor<i8>) outs(%ea : tensor<5x24xi32>) {
  ^bb1(%x: i8, %y: i8, %o: i32):
    %0 = arith.extui %x : i8 to i32
    %1 = arith.extui %y : i8 to i32
    %2 = arith.subi %0, %1 : i32
    linalg.yield %2 : i32
  } -> tensor<5x24xi32>
  %eb = tensor.empty() : tensor<24x16xi32>
  %wb = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                        iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<24x16xi8>) outs(%eb : tensor<24x16xi32>) {
  ^bb1(%x: i8, %o: i32):
    %0 = arith.extsi %x : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<24x16xi32>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<5x16xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<5x16xi32>) -> tensor<5x16xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%wa, %wb : tensor<5x24xi32>, tensor<24x16xi32>) outs(%f : tensor<5x16xi32>) {
  ^bb1(%x: i32, %y: i32, %o: i32):
    %0 = arith.muli %x, %y : i32
    %1 = arith.addi %o, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<5x16xi32>
  kernel.yield %r : tensor<5x16xi32>
}

// -----

// Weights of no step fill up the last pair. A class whose instruction takes bytes has no code of its own.
// CHECK-LABEL: kernel.executable @odd
// CHECK: kernel.variant <avx512>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
// CHECK-NOT: llvm.x86.avx512.vpdpbusd
// AVX2-LABEL: kernel.executable @odd
// AVX2: %[[WEIGHTS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<384xi16>
// AVX2: memref.alloca() {alignment = 64 : i64} : memref<120xi16>
// AVX2: %[[IS_STEP:.*]] = arith.cmpi ult, %{{.*}}, %c23
// AVX2: arith.select %[[IS_STEP]], %{{.*}}, %cst{{.*}} : vector<8xi32>
// AVX2: vector.store %{{.*}}, %[[WEIGHTS]]
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
#panels = #born.layout<(k, n) -> (n floordiv 16, k, n mod 16), [1, 23, 16]>
kernel.executable @odd (tensor<5x23xi8>, tensor<i8>, tensor<23x16xi8, #panels>) -> tensor<5x16xi32>
    attributes {strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<5x23xi8>, %z: tensor<i8>, %b: tensor<23x16xi8>):
  %ea = tensor.empty() : tensor<5x23xi32>
  %wa = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
                        iterator_types = ["parallel", "parallel"]}
      ins(%a, %z : tensor<5x23xi8>, tensor<i8>) outs(%ea : tensor<5x23xi32>) {
  ^bb1(%x: i8, %y: i8, %o: i32):
    %0 = arith.extui %x : i8 to i32
    %1 = arith.extui %y : i8 to i32
    %2 = arith.subi %0, %1 : i32
    linalg.yield %2 : i32
  } -> tensor<5x23xi32>
  %eb = tensor.empty() : tensor<23x16xi32>
  %wb = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                        iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<23x16xi8>) outs(%eb : tensor<23x16xi32>) {
  ^bb1(%x: i8, %o: i32):
    %0 = arith.extsi %x : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<23x16xi32>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<5x16xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<5x16xi32>) -> tensor<5x16xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%wa, %wb : tensor<5x23xi32>, tensor<23x16xi32>) outs(%f : tensor<5x16xi32>) {
  ^bb1(%x: i32, %y: i32, %o: i32):
    %0 = arith.muli %x, %y : i32
    %1 = arith.addi %o, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<5x16xi32>
  kernel.yield %r : tensor<5x16xi32>
}

// -----

// No bytes: the more general class will do.
// CHECK-LABEL: kernel.executable @neg
// CHECK: kernel.variant <avx512>
// CHECK-NOT: kernel.variant
kernel.executable @neg (tensor<16xi8>) -> tensor<16xi8> {
^bb0(%a: tensor<16xi8>):
  %e = tensor.empty() : tensor<16xi8>
  %c0 = arith.constant 0 : i8
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]} ins(%a : tensor<16xi8>) outs(%e : tensor<16xi8>) {
  ^bb1(%x: i8, %o: i8):
    %s = arith.subi %c0, %x : i8
    linalg.yield %s : i8
  } -> tensor<16xi8>
  kernel.yield %r : tensor<16xi8>
}

// -----

// Data that is known to be 0.5 (q - 7) is brought back to its bytes, by a sum with a number among
// those that are 1 apart, plus the zero point; the sums are multiplied with both scales.
// CHECK-LABEL: kernel.executable @quantized
// CHECK: kernel.variant <avx512>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
// CHECK: kernel.variant <avx512vnni>
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<512xi8>
// CHECK: %[[ROWS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<160xi8>
// CHECK: scf.for
// CHECK-DAG: %[[INTEGERS:.*]] = arith.constant dense<0x4B400007> : vector<16xf32>
// CHECK-DAG: %[[INVERSE:.*]] = arith.constant dense<2.000000e+00> : vector<16xf32>
// CHECK:   %[[SUM:.*]] = math.fma %{{.*}}, %[[INVERSE]], %[[INTEGERS]] : vector<16xf32>
// CHECK:   %[[BITS:.*]] = arith.bitcast %[[SUM]] : vector<16xf32> to vector<16xi32>
// CHECK:   %[[BYTES:.*]] = arith.trunci %[[BITS]] : vector<16xi32> to vector<16xi8>
// CHECK:   vector.store %[[BYTES]], %[[ROWS]]
// CHECK:   llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK:   vector.load %[[ROWS]]
// CHECK:   llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: arith.sitofp %{{.*}} : vector<16xi32> to vector<16xf32>
//
// 7 - 128 where the instruction takes signed data.
// NEON-LABEL: kernel.executable @quantized
// NEON: kernel.variant <neondotprod>
// NEON: arith.constant dense<0x4B3FFF87> : vector<16xf32>
// NEON: llvm.call_intrinsic "llvm.aarch64.neon.sdot"
//
// Without a zero point where 16 bits are multiplied.
// AVX2-LABEL: kernel.executable @quantized
// AVX2: %[[ROWS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<160xi16>
// AVX2: arith.constant dense<0x4B400000> : vector<16xf32>
// AVX2: vector.store %{{.*}}, %[[ROWS]]{{.*}} vector<16xi16>
// AVX2: arith.extsi %{{.*}} : vector<8xi8> to vector<8xi32>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
#panels = #born.layout<(k, n) -> (n floordiv 16, k, n mod 16), [1, 32, 16]>
kernel.executable @quantized (tensor<5x32xf32>, tensor<32x16xi8, #panels>, tensor<16xf32>) -> tensor<5x16xf32>
    attributes {quantized = [!quant.uniform<u8:f32, 0.5:7>, none, none], strategy = #kernel.strategy<contraction>} {
^bb0(%a: tensor<5x32xf32>, %b: tensor<32x16xi8>, %s: tensor<16xf32>):
  %eb = tensor.empty() : tensor<32x16xf32>
  %wb = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                        iterator_types = ["parallel", "parallel"]}
      ins(%b, %s : tensor<32x16xi8>, tensor<16xf32>) outs(%eb : tensor<32x16xf32>) {
  ^bb1(%x: i8, %y: f32, %o: f32):
    %0 = arith.sitofp %x : i8 to f32
    %1 = arith.mulf %0, %y : f32
    linalg.yield %1 : f32
  } -> tensor<32x16xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x16xf32>) -> tensor<5x16xf32>
  %r = linalg.matmul ins(%a, %wb : tensor<5x32xf32>, tensor<32x16xf32>) outs(%f : tensor<5x16xf32>) -> tensor<5x16xf32>
  kernel.yield %r : tensor<5x16xf32>
}
