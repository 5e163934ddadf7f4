// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=avx512}),cse)' | FileCheck %s --check-prefix=CPU
// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=generic}),cse)' | FileCheck %s --check-prefix=GPU
// RUN: born-opt %s --pass-pipeline='builtin.module(kernel.executable(born-generate-kernels{device-classes=software}),cse)' | FileCheck %s --check-prefix=SOFTWARE

// Native code has the logits of sixteen queries side by side for each of the 32 keys on the stack,
// turns them into exponentials, and divides the products with the values by their sums.
// CPU-LABEL: gpu.func @attention
// CPU-DAG: %[[LOGITS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xf32>
// CPU-DAG: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CPU: math.fma {{.*}} : vector<16xf32>
// CPU: vector.store %{{.*}}, %[[LOGITS]]
// CPU: arith.maximumf {{.*}} : vector<16xf32>
// CPU: math.exp {{.*}} : vector<16xf32>
// CPU: vector.store %{{.*}}, %[[LOGITS]]
// CPU: vector.store %{{.*}}, %[[SUMS]]
// CPU: memref.load %[[LOGITS]]
// CPU: math.fma {{.*}} : vector<8xf32>
// CPU: arith.divf {{.*}} : vector<8xf32>

// An invocation has two queries, each with a largest logit that starts at the lowest number, a sum,
// and eight sums of values; four keys at a time.
// GPU-LABEL: gpu.func @attention
// GPU-NOT: memref.alloc
// GPU: arith.constant -3.40282347E+38 : f32
// GPU: scf.for {{.*}} -> (f32, f32, vector<4xf32>, vector<4xf32>, f32, f32, vector<4xf32>, vector<4xf32>)
// GPU-COUNT-10: math.exp
// GPU-NOT: math.exp
// GPU-NOT: gpu.shuffle
// GPU: arith.divf {{.*}} : vector<4xf32>

// The eight invocations of a subgroup read the parts of a key and a value once.
// SOFTWARE-LABEL: gpu.func @attention
// Four keys of one vec4 and their values of two.
// SOFTWARE: scf.for
// SOFTWARE-COUNT-48: gpu.shuffle idx
// SOFTWARE-NOT: gpu.shuffle
#map = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#mask = affine_map<(b, i, j) -> (i, j)>
kernel.executable @attention (tensor<3x16x4xf32>, tensor<3x4x32xf32>, tensor<3x32x8xf32>, tensor<16x32xf32>) -> tensor<3x16x8xf32> attributes {strategy = #kernel.strategy<attention>} {
^bb0(%q: tensor<3x16x4xf32>, %k: tensor<3x4x32xf32>, %v: tensor<3x32x8xf32>, %mask: tensor<16x32xf32>):
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
  kernel.yield %5 : tensor<3x16x8xf32>
}
