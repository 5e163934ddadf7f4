// RUN: born-opt %s --pass-pipeline='builtin.module(spirv.module(born-finish-spirv))' | FileCheck %s

// Two views of a written binding alias each other; a buffer that is only read
// says so. Floats mean what they say.
// CHECK: spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader, SignedZeroInfNanPreserve, DenormPreserve], [SPV_KHR_float_controls]>
// CHECK: spirv.GlobalVariable @read bind(0, 0) {non_writable}
// CHECK: spirv.GlobalVariable @scalars bind(0, 1) {aliased}
// CHECK: spirv.GlobalVariable @vectors bind(0, 1) {aliased}
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
  spirv.GlobalVariable @read bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
  spirv.GlobalVariable @scalars bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
  spirv.GlobalVariable @vectors bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.array<1 x vector<4xf32>, stride=16> [0])>, StorageBuffer>
  spirv.func @k() "None" {
    %zero = spirv.Constant 0 : i32
    %in = spirv.mlir.addressof @read : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
    %out = spirv.mlir.addressof @scalars : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
    %from = spirv.AccessChain %in[%zero, %zero] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    %to = spirv.AccessChain %out[%zero, %zero] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    %value = spirv.Load "StorageBuffer" %from : f32
    // CHECK: spirv.FAdd %{{.*}}, %{{.*}} {no_contraction} : f32
    %sum = spirv.FAdd %value, %value : f32
    spirv.Store "StorageBuffer" %to, %sum : f32
    spirv.Return
  }
  // CHECK: spirv.EntryPoint
  // CHECK-DAG: spirv.ExecutionMode @k "SignedZeroInfNanPreserve", 32
  // CHECK-DAG: spirv.ExecutionMode @k "DenormPreserve", 32
  spirv.EntryPoint "GLCompute" @k
}

// Integers need no float controls.
// CHECK: spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader], []>
// CHECK-NOT: spirv.ExecutionMode
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], []> {
  spirv.func @integers() "None" {
    %zero = spirv.Constant 0 : i32
    %sum = spirv.IAdd %zero, %zero : i32
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @integers
}
