// RUN: born-opt %s --born-form-dispatches --split-input-file | FileCheck %s

// Two products, and what is between them, are one dispatch.
// CHECK-LABEL: func.func @attention
// CHECK: %[[R:.*]] = kernel.dispatch ins(
// CHECK-SAME: imm() -> tensor<3x16x8xf32>
// CHECK-COUNT-2: linalg.batch_matmul
// CHECK-NOT: kernel.dispatch
// CHECK: return %[[R]]
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @attention(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>) -> tensor<3x16x8xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16x32xf32>
  %r = tensor.empty() : tensor<3x16xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x16x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x16x32xf32>) outs(%l : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x16x32xf32>) outs(%z : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %f = tensor.empty() : tensor<3x16x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x16x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  return %5 : tensor<3x16x8xf32>
}

// -----

// The caller reads the probabilities too.
// CHECK-LABEL: func.func @probabilities_are_read
// CHECK-COUNT-3: kernel.dispatch
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @probabilities_are_read(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>) -> (tensor<3x16x8xf32>, tensor<3x16x32xf32>) {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16x32xf32>
  %r = tensor.empty() : tensor<3x16xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x16x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x16x32xf32>) outs(%l : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x16x32xf32>) outs(%z : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %f = tensor.empty() : tensor<3x16x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x16x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  return %5, %4 : tensor<3x16x8xf32>, tensor<3x16x32xf32>
}

// -----

// A vector of queries would be half empty.
// CHECK-LABEL: func.func @few_queries
// CHECK-COUNT-3: kernel.dispatch
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @few_queries(%q: tensor<3x4x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<4x32xf32>) -> tensor<3x4x8xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x4x32xf32>
  %r = tensor.empty() : tensor<3x4xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x4x32xf32>) -> tensor<3x4x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x4x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x4x32xf32>) -> tensor<3x4x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x4x32xf32>, tensor<4x32xf32>) outs(%e : tensor<3x4x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x4x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x4x32xf32>) outs(%l : tensor<3x4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x4xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x4x32xf32>, tensor<3x4xf32>) outs(%e : tensor<3x4x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x4x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x4xf32>) -> tensor<3x4xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x4x32xf32>) outs(%z : tensor<3x4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x4xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x4x32xf32>, tensor<3x4xf32>) outs(%e : tensor<3x4x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x4x32xf32>
  %f = tensor.empty() : tensor<3x4x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x4x8xf32>) -> tensor<3x4x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x4x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x4x8xf32>) -> tensor<3x4x8xf32>
  return %5 : tensor<3x4x8xf32>
}

// -----

// What is computed of the product where it is joins, however often it is read there.
// CHECK-LABEL: func.func @epilogue
// CHECK-COUNT-1: kernel.dispatch
// CHECK-NOT: kernel.dispatch
// CHECK: return
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @epilogue(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>) -> tensor<3x16x8xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16x32xf32>
  %r = tensor.empty() : tensor<3x16xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x16x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x16x32xf32>) outs(%l : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x16x32xf32>) outs(%z : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %f = tensor.empty() : tensor<3x16x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x16x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %6 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%5, %5 : tensor<3x16x8xf32>, tensor<3x16x8xf32>) outs(%f : tensor<3x16x8xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.mulf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x8xf32>
  return %6 : tensor<3x16x8xf32>
}

// -----

// Rows of the product that are added to others would be computed twice.
// CHECK-LABEL: func.func @other_place
// CHECK-COUNT-3: kernel.dispatch
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @other_place(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>) -> tensor<3x16x8xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16x32xf32>
  %r = tensor.empty() : tensor<3x16xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x16x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x16x32xf32>) outs(%l : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x16x32xf32>) outs(%z : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %f = tensor.empty() : tensor<3x16x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x16x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %slice = tensor.extract_slice %5[0, 0, 0] [3, 15, 8] [1, 1, 1] : tensor<3x16x8xf32> to tensor<3x15x8xf32>
  %shifted = tensor.pad %slice low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%x: index, %y: index, %w: index):
    tensor.yield %zero : f32
  } : tensor<3x15x8xf32> to tensor<3x16x8xf32>
  %6 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%5, %shifted : tensor<3x16x8xf32>, tensor<3x16x8xf32>) outs(%f : tensor<3x16x8xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x8xf32>
  return %6 : tensor<3x16x8xf32>
}

// -----

// Halves of the product meet in one element: its tiles have no place for both.
// CHECK-LABEL: func.func @gated
// CHECK-COUNT-3: kernel.dispatch
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
func.func @gated(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>) -> tensor<3x16x4xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16x32xf32>
  %r = tensor.empty() : tensor<3x16xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %scores = linalg.batch_matmul ins(%q, %k : tensor<3x16x4xf32>, tensor<3x4x32xf32>) outs(%s0 : tensor<3x16x32xf32>) -> tensor<3x16x32xf32>
  %0 = linalg.generic {indexing_maps = [#map, #mask, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%scores, %mask : tensor<3x16x32xf32>, tensor<16x32xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.addf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0 : tensor<3x16x32xf32>) outs(%l : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %1 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %d = arith.subf %p, %m : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3x16xf32>) -> tensor<3x16xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%2 : tensor<3x16x32xf32>) outs(%z : tensor<3x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x16xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%2, %3 : tensor<3x16x32xf32>, tensor<3x16xf32>) outs(%e : tensor<3x16x32xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.divf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x32xf32>
  %f = tensor.empty() : tensor<3x16x8xf32>
  %p0 = linalg.fill ins(%zero : f32) outs(%f : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %5 = linalg.batch_matmul ins(%4, %v : tensor<3x16x32xf32>, tensor<3x32x8xf32>) outs(%p0 : tensor<3x16x8xf32>) -> tensor<3x16x8xf32>
  %a = tensor.extract_slice %5[0, 0, 0] [3, 16, 4] [1, 1, 1] : tensor<3x16x8xf32> to tensor<3x16x4xf32>
  %b = tensor.extract_slice %5[0, 0, 4] [3, 16, 4] [1, 1, 1] : tensor<3x16x8xf32> to tensor<3x16x4xf32>
  %g = tensor.empty() : tensor<3x16x4xf32>
  %6 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %b : tensor<3x16x4xf32>, tensor<3x16x4xf32>) outs(%g : tensor<3x16x4xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %s = arith.mulf %p, %m : f32
    linalg.yield %s : f32
  } -> tensor<3x16x4xf32>
  return %6 : tensor<3x16x4xf32>
}
