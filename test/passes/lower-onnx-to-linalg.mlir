// RUN: born-opt %s -split-input-file -born-lower-onnx-to-linalg | FileCheck %s

// Broadcasting is a map; a constant of one value is a scalar of the payload.
// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (0, d1)>
// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<2x3xf32>, %r: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$ROW]], #[[$ID]]], iterator_types = ["parallel", "parallel"]}
  // CHECK: arith.addf
  %0 = onnx.Add %x, %r : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$ID]]]
  // CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
  // CHECK: arith.mulf %{{.*}}, %[[TWO]]
  %two = onnx.Constant dense<2.0> : tensor<f32>
  %1 = onnx.Mul %0, %two : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// Unsigned integers become signless; their ops stay unsigned.
// `born.type` keeps what ONNX calls them.
// CHECK-LABEL: func.func @unsigned(%{{.*}}: tensor<4xi8> {born.type = ui8}) -> tensor<4xf32>
func.func @unsigned(%x: tensor<4xui8>) -> tensor<4xf32> {
  // CHECK: arith.divui
  %c = onnx.Constant dense<3> : tensor<ui8>
  %0 = onnx.Div %x, %c : (tensor<4xui8>, tensor<ui8>) -> tensor<4xui8>
  // CHECK: arith.uitofp
  %1 = onnx.Cast %0 {to = 1 : i64} : (tensor<4xui8>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// CHECK-DAG: #[[$A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @matmul
func.func @matmul(%a: tensor<5x2x3xf32>, %b: tensor<3x4xf32>) -> tensor<5x2x4xf32> {
  // CHECK: linalg.fill
  // CHECK: linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
  // CHECK: ^bb0(%[[$X:.*]]: f32, %[[Y:.*]]: f32, %[[ACC:.*]]: f32):
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[$X]], %[[Y]] : f32
  // CHECK-NEXT: arith.addf %[[ACC]], %[[P]] : f32
  %0 = onnx.MatMul %a, %b : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
  return %0 : tensor<5x2x4xf32>
}

// -----

// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d2 * 2 + d5, d3 * 2 + d6)>
// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d5, d6)>
// CHECK-LABEL: func.func @conv
func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>) -> tensor<1x4x4x4xf32> {
  // CHECK: tensor.pad %{{.*}} low[0, 0, 1, 1] high[0, 0, 1, 1]
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$W]], #{{.*}}], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
  // CHECK: linalg.generic
  // CHECK: arith.addf
  %0 = onnx.Conv %x, %w, %b {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
  return %0 : tensor<1x4x4x4xf32>
}

// -----

// Depthwise: the channel is parallel, the weight's second dimension has no loop.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 + d3)>
// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, 0, d3)>
// CHECK-LABEL: func.func @depthwise
func.func @depthwise(%x: tensor<1x4x8xf32>, %w: tensor<4x1x3xf32>) -> tensor<1x4x6xf32> {
  // CHECK: linalg.generic {indexing_maps = [#[[$X]], #[[$W]], #{{.*}}], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
  %0 = onnx.Conv %x, %w {group = 4 : i64} : (tensor<1x4x8xf32>, tensor<4x1x3xf32>) -> tensor<1x4x6xf32>
  return %0 : tensor<1x4x6xf32>
}

// -----

// Grouped: a group dimension on all three; a weight gets it as a step.
// CHECK-LABEL: func.func @grouped
func.func @grouped(%x: tensor<1x4x8xf32>) -> tensor<1x6x6xf32> {
  // CHECK-DAG: born.weight {{.*}} steps [#born.reshape<[2, 3, 2, 3]>] -> tensor<2x3x2x3xf32>
  // CHECK-DAG: tensor.expand_shape %{{.*}} into tensor<1x2x2x8xf32>
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
  // CHECK: tensor.collapse_shape %{{.*}} : tensor<1x2x3x6xf32> into tensor<1x6x6xf32>
  %w = born.weight <"m.onnx", offset = 0, length = 144, hash = 0> : tensor<6x2x3xf32> -> tensor<6x2x3xf32>
  %0 = onnx.Conv %x, %w {group = 2 : i64} : (tensor<1x4x8xf32>, tensor<6x2x3xf32>) -> tensor<1x6x6xf32>
  return %0 : tensor<1x6x6xf32>
}

// -----

// CHECK-LABEL: func.func @softmax
func.func @softmax(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // CHECK: iterator_types = ["parallel", "reduction"]
  // CHECK: arith.maximumf
  // CHECK: iterator_types = ["parallel", "parallel"]
  // CHECK: arith.subf
  // CHECK: math.exp
  // CHECK: iterator_types = ["parallel", "reduction"]
  // CHECK: arith.addf
  // CHECK: arith.divf
  %0 = onnx.Softmax %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// -----

// The window's size is the shape of an input that the payload does not read.
// CHECK-LABEL: func.func @max_pool
func.func @max_pool(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: %[[WINDOW:.*]] = tensor.empty() : tensor<2x2xf32>
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[WINDOW]] : tensor<1x2x4x4xf32>, tensor<2x2xf32>)
  // CHECK: arith.maximumf
  %0 = onnx.MaxPool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x2x4x4xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// -----

// CHECK-LABEL: func.func @reduce_mean
func.func @reduce_mean(%x: tensor<2x4xf32>) -> tensor<2x1xf32> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
  // CHECK: arith.mulf %{{.*}}, %{{.*}}
  // CHECK: tensor.expand_shape %{{.*}} : tensor<2xf32> into tensor<2x1xf32>
  %axes = onnx.Constant dense<-1> : tensor<1xi64>
  %0 = onnx.ReduceMean %x, %axes : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// An index out of range is never read: it is clamped, then wrapped once.
// CHECK-LABEL: func.func @gather
func.func @gather(%x: tensor<8x4xf32>, %i: tensor<3xi64>) -> tensor<3x4xf32> {
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<3xi64>)
  // CHECK: arith.maxsi {{.*}} : i64
  // CHECK: arith.minsi {{.*}} : i64
  // CHECK: arith.index_cast
  // CHECK: arith.cmpi slt
  // CHECK: arith.select
  // CHECK: tensor.extract %{{.*}} : tensor<8x4xf32>
  %0 = onnx.Gather %x, %i : (tensor<8x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// CHECK-DAG: #[[$REVERSED:.*]] = affine_map<(d0) -> (-d0 + 7)>
// CHECK-LABEL: func.func @slice
func.func @slice(%x: tensor<8xf32>) -> (tensor<3xf32>, tensor<8xf32>) {
  // CHECK: tensor.extract_slice %{{.*}}[1] [3] [2] : tensor<8xf32> to tensor<3xf32>
  %starts = onnx.Constant dense<1> : tensor<1xi64>
  %ends = onnx.Constant dense<7> : tensor<1xi64>
  %axes = onnx.Constant dense<0> : tensor<1xi64>
  %steps = onnx.Constant dense<2> : tensor<1xi64>
  %0 = onnx.Slice %x, %starts, %ends, %axes, %steps : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[$REVERSED]], #{{.*}}]
  %last = onnx.Constant dense<-1> : tensor<1xi64>
  %before = onnx.Constant dense<-100> : tensor<1xi64>
  %back = onnx.Constant dense<-1> : tensor<1xi64>
  %1 = onnx.Slice %x, %last, %before, %axes, %back : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<8xf32>
  return %0, %1 : tensor<3xf32>, tensor<8xf32>
}

// -----

// The input projection is outside of the loop, four gates in one contraction.
// CHECK-LABEL: func.func @lstm
func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x2xf32>, %b: tensor<1x16xf32>)
    -> (tensor<5x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]
  // CHECK: %[[LOOP:.*]]:3 = scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[H:.*]] = %{{.*}}, %[[$C:.*]] = %{{.*}}, %[[Y:.*]] = %{{.*}}) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<5x1x2xf32>)
  // CHECK: tensor.extract_slice %{{.*}}[%[[T]], 0, 0, 0] [1, 1, 4, 2] [1, 1, 1, 1] : tensor<5x1x4x2xf32> to tensor<1x4x2xf32>
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]
  // CHECK: math.tanh
  // CHECK: tensor.insert_slice %{{.*}} into %[[Y]][%[[T]], 0, 0] [1, 1, 2] [1, 1, 1]
  // CHECK: scf.yield
  %y, %h, %c = onnx.LSTM %x, %w, %r, %b {hidden_size = 2 : i64}
      : (tensor<5x1x4xf32>, tensor<1x8x4xf32>, tensor<1x8x2xf32>, tensor<1x16xf32>)
      -> (tensor<5x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
  return %y, %h, %c : tensor<5x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
}

// -----

// A stride of 2 and a kernel of 4: each of the four phases of an output block reads 2x2 taps. The
// input is not spread, the bias comes before the cut.
// CHECK-LABEL: func.func @conv_transpose
func.func @conv_transpose(%x: tensor<1x3x5x5xf32>, %w: tensor<3x8x4x4xf32>, %b: tensor<8xf32>) -> tensor<1x8x10x10xf32> {
  // CHECK: tensor.pad %{{.*}} low[0, 0, 1, 1] high[0, 0, 1, 1]
  // CHECK: tensor.expand_shape %{{.*}} : tensor<3x8x4x4xf32> into tensor<3x8x2x2x2x2xf32>
  // CHECK-NOT: tensor.insert_slice
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
  // CHECK: tensor.collapse_shape %{{.*}} : tensor<1x8x6x2x6x2xf32> into tensor<1x8x12x12xf32>
  // CHECK: arith.addf
  // CHECK: tensor.extract_slice %{{.*}}[0, 0, 1, 1] [1, 8, 10, 10]
  %y = onnx.ConvTranspose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>}
      : (tensor<1x3x5x5xf32>, tensor<3x8x4x4xf32>, tensor<8xf32>) -> tensor<1x8x10x10xf32>
  return %y : tensor<1x8x10x10xf32>
}

// -----

// A Scan is a loop over entries of the outermost dimension; its body moves in.
// CHECK-LABEL: func.func @scan
// CHECK: scf.for %[[I:.*]] = {{.*}} iter_args(%[[SUM:.*]] = {{.*}}, %[[OUT:.*]] = {{.*}}) -> (tensor<2xf32>, tensor<3x2xf32>)
// CHECK: %[[X:.*]] = tensor.extract_slice %{{.*}}[%[[I]], 0] [1, 2] [1, 1]
// CHECK: %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %[[X]]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[NEXT]] into %[[OUT]][%[[I]], 0]
// CHECK: scf.yield %[[NEXT]], %[[ALL]]
func.func @scan(%s: tensor<2xf32>, %x: tensor<3x2xf32>) -> (tensor<2xf32>, tensor<3x2xf32>) {
  %0:2 = onnx.Scan %s, %x {
  ^bb0(%sum: tensor<2xf32>, %part: tensor<2xf32>):
    %1 = onnx.Add %sum, %part : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    onnx.Yield %1, %1 : tensor<2xf32>, tensor<2xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2xf32>, tensor<3x2xf32>) -> (tensor<2xf32>, tensor<3x2xf32>)
  return %0#0, %0#1 : tensor<2xf32>, tensor<3x2xf32>
}
