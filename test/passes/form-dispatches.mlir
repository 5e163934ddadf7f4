// RUN: born-opt %s --born-form-dispatches --split-input-file | FileCheck %s

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// Softmax, spelled out, with the addition before it, is one dispatch.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[R:.*]] = kernel.dispatch ins(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<64xf32>)
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.divf
// CHECK-NOT: kernel.dispatch
// CHECK: return %[[R]]
func.func @softmax(%x: tensor<8x64xf32>, %b: tensor<64xf32>) -> tensor<8x64xf32> {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %r = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #column, #map], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<8x64xf32>, tensor<64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<8x64xf32>
  %l = linalg.fill ins(%low : f32) outs(%r : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "reduction"]}
      ins(%0 : tensor<8x64xf32>) outs(%l : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %1 : tensor<8x64xf32>, tensor<8xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %d = arith.subf %p, %q : f32
    %s = math.exp %d : f32
    linalg.yield %s : f32
  } -> tensor<8x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<8xf32>) -> tensor<8xf32>
  %3 = linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "reduction"]}
      ins(%2 : tensor<8x64xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %4 = linalg.generic {indexing_maps = [#map, #row, #map], iterator_types = ["parallel", "parallel"]}
      ins(%2, %3 : tensor<8x64xf32>, tensor<8xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.divf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<8x64xf32>
  return %4 : tensor<8x64xf32>
}

// -----

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>
#map = affine_map<(d0, d1) -> (d0, d1)>
#map3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// A product takes the elementwise op and the reshape after it; a value that is
// read elsewhere becomes a second result.
// CHECK-LABEL: func.func @epilogue
// CHECK: %[[D:.*]]:2 = kernel.dispatch ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8x6xf32>, tensor<4x6xf32>)
// CHECK: tensor.expand_shape
// CHECK: kernel.yield
// CHECK-NOT: kernel.dispatch
// CHECK: return %[[D]]#1, %[[D]]#0
func.func @epilogue(%x: tensor<4x8xf32>, %w: tensor<8x6xf32>, %r: tensor<4x6xf32>)
    -> (tensor<4x2x3xf32>, tensor<4x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%z : tensor<4x6xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %r : tensor<4x6xf32>, tensor<4x6xf32>) outs(%e : tensor<4x6xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  %2 = tensor.expand_shape %1 [[0], [1, 2]] output_shape [4, 2, 3] : tensor<4x6xf32> into tensor<4x2x3xf32>
  return %2, %0 : tensor<4x2x3xf32>, tensor<4x6xf32>
}

// -----

#map = affine_map<(d0) -> (d0)>

// What is written into a loop-carried tensor is written in place.
// CHECK-LABEL: func.func @loop
// CHECK: scf.for %[[T:.*]] = {{.*}} iter_args(%[[Y:.*]] = %{{.*}})
// CHECK: kernel.dispatch ins(%{{.*}}, %[[Y]] : tensor<4xf32>, tensor<3x4xf32>) imm(%[[T]]) -> tensor<3x4xf32>
// CHECK-SAME: tied = array<i64: 1>
func.func @loop(%x: tensor<4xf32>, %y: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %e = tensor.empty() : tensor<4xf32>
  %r = scf.for %t = %c0 to %c3 step %c1 iter_args(%carried = %y) -> tensor<3x4xf32> {
    %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
        ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
    ^bb0(%p: f32, %o: f32):
      %s = arith.negf %p : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    %1 = tensor.insert_slice %0 into %carried[%t, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<3x4xf32>
    scf.yield %1 : tensor<3x4xf32>
  }
  return %r : tensor<3x4xf32>
}

// -----

#h = affine_map<(d0, d1, d2, d3) -> (d0, d3)>
#w = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
#sums = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#first = affine_map<(d0, d1) -> (d0, 0, d1)>
#second = affine_map<(d0, d1) -> (d0, 1, d1)>
#map = affine_map<(d0, d1) -> (d0, d1)>

// Two gates from one product, and what is computed from both: a recurrent step
// is one dispatch.
// CHECK-LABEL: func.func @gates
// CHECK-COUNT-1: kernel.dispatch
// CHECK-NOT: kernel.dispatch
// CHECK: return
func.func @gates(%h: tensor<1x8xf32>, %w: tensor<2x8x8xf32>) -> tensor<1x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %0 = linalg.generic {indexing_maps = [#h, #w, #sums], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h, %w : tensor<1x8xf32>, tensor<2x8x8xf32>) outs(%z : tensor<1x2x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x2x8xf32>
  %f = tensor.empty() : tensor<1x8xf32>
  %1 = linalg.generic {indexing_maps = [#first, #second, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0, %0 : tensor<1x2x8xf32>, tensor<1x2x8xf32>) outs(%f : tensor<1x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.mulf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<1x8xf32>
  return %1 : tensor<1x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Rows of six bytes share words with their neighbours: no kernel of rows writes them, so each op
// gets a kernel of its own.
// CHECK-LABEL: func.func @rows_that_share_words
// CHECK: kernel.dispatch
// CHECK: arith.maximumf
// CHECK: kernel.dispatch
// CHECK: arith.fptosi
func.func @rows_that_share_words(%a: tensor<4x6xf32>) -> (tensor<4xf32>, tensor<4x6xi8>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<4x6xf32>) outs(%z : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.maximumf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b = tensor.empty() : tensor<4x6xi8>
  %2 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %1 : tensor<4x6xf32>, tensor<4xf32>) outs(%b : tensor<4x6xi8>) {
  ^bb0(%p: f32, %m: f32, %o: i8):
    %s = arith.subf %p, %m : f32
    %i = arith.fptosi %s : f32 to i8
    linalg.yield %i : i8
  } -> tensor<4x6xi8>
  return %1, %2 : tensor<4xf32>, tensor<4x6xi8>
}

// -----

// Code of the user's is a dispatch of its own: what only renames elements is computed before it,
// nothing joins it, and its inputs are its operands one by one.
// CHECK-LABEL: func.func @custom
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
// CHECK: %[[V:.*]] = kernel.dispatch ins(%[[X]] : tensor<4xf32>) imm() -> tensor<2x2xf32>
// CHECK: tensor.expand_shape
// CHECK: %[[N:.*]] = arith.constant 7 : index
// CHECK: %[[C:.*]] = kernel.dispatch ins(%[[V]], %[[V]] : tensor<2x2xf32>, tensor<2x2xf32>) imm(%[[N]]) -> tensor<2x2xf32>
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<2x2xf32>, %[[B:.*]]: tensor<2x2xf32>, %[[I:.*]]: index):
// CHECK-NEXT: %[[R:.*]] = kernel.custom "example.Op" ins(%[[A]], %[[B]] : tensor<2x2xf32>, tensor<2x2xf32>) imm(%[[I]])
// CHECK-NEXT: kernel.yield %[[R]]
// CHECK: kernel.dispatch ins(%[[C]] : tensor<2x2xf32>)
// CHECK: arith.negf
func.func @custom(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %n = arith.constant 7 : index
  %v = tensor.expand_shape %x [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  %c = kernel.custom "example.Op" ins(%v, %v : tensor<2x2xf32>, tensor<2x2xf32>) imm(%n) -> tensor<2x2xf32> entry "main" workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] code dense<0> : tensor<1xi32>
  %e = tensor.empty() : tensor<2x2xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.negf %a : f32
    linalg.yield %s : f32
  } -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
