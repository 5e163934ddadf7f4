//===- Passes.td - every pass, in pipeline order ---------------*- tablegen -*-===//
#ifndef BORNC_PASSES_PASSES_TD
#define BORNC_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// onnx level
//===----------------------------------------------------------------------===//

def CheckIndicesPass : Pass<"born-check-indices", "::mlir::func::FuncOp"> {
  let summary = "counts indices that are out of range";
  let description = [{
    What an index outside of its dimension reads or writes is clamped or ignored, so a
    wrong one goes unnoticed. On request the function gets a result more for every
    operator that takes indices at run time: how many of them are out of range, named
    after the node and what was expected. The program reports the first that is not
    zero instead of its outputs. Constant indices out of range are an error here.

    Before:
    ```mlir
    %y = onnx.Gather %x, %i : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
    return %y : tensor<2xf32>
    ```
    After:
    ```mlir
    %y = onnx.Gather %x, %i : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
    %n = ... // of type tensor<i32>: the elements of %i below -4 or above 3
    return %y, %n : tensor<2xf32>, tensor<i32>
    ```
  }];
}

def FoldWeightsPass : Pass<"born-fold-weights", "::mlir::func::FuncOp"> {
  let summary = "turns data movement of constants into steps of the constants";
  let description = [{
    Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Identity and Cast (to f32)
    of a `born.weight` become its steps; of a small `onnx.Constant` they are
    computed. Models transpose and reshape weights at run time, and the
    artifact can store them the way they are read. A Cast of quantised weights
    (integers below 32 bits, floats below 16) stays: it is computed where they
    are read, so that they take no more memory than in the model.

    Before:
    ```mlir
    %w = born.weight <"m.onnx", offset = 0, length = 24, hash = 0> : tensor<2x3xf32> -> tensor<2x3xf32>
    %t = onnx.Transpose %w {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
    ```
    After:
    ```mlir
    %t = born.weight <"m.onnx", offset = 0, length = 24, hash = 0> : tensor<2x3xf32>
           steps [#born.transpose<[1, 0]>] -> tensor<3x2xf32>
    ```
  }];
  let dependentDialects = ["::bornc::born::BornDialect"];
}

def FoldBatchNormPass : Pass<"born-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "folds BatchNormalization into the convolution before it";
  let description = [{
    A BatchNormalization with constant parameters scales and shifts channels. If
    the only use of a Conv or ConvTranspose with a constant weight is such a
    normalisation, the weight gets a `#born.scale` step (an `onnx.Constant` is
    scaled in place) and the convolution a new bias.

    Requires `born-fold-weights`. Parameters may be `onnx.Constant` only; a
    normalisation whose parameters are `born.weight` stays.

    Before:
    ```mlir
    %c = onnx.Conv %x, %w : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32>
    %y = onnx.BatchNormalization %c, %scale, %b, %mean, %var : (...) -> tensor<1x2x4x4xf32>
    ```
    After:
    ```mlir
    %y = onnx.Conv %x, %scaled, %bias : (...) -> tensor<1x2x4x4xf32>
    ```
  }];
  let dependentDialects = ["::bornc::born::BornDialect"];
}

def VerifyOnnxPass : Pass<"born-verify-onnx", "::mlir::ModuleOp"> {
  let summary = "names what cannot be lowered";
  let description = [{
    The end of the onnx level: every type is a static ranked tensor and every
    onnx op has a lowering. All violations are reported, not only the first.
  }];
}

def LowerOnnxToLinalgPass : Pass<"born-lower-onnx-to-linalg", "::mlir::ModuleOp"> {
  let summary = "says in linalg on tensors what onnx ops compute";
  let description = [{
    One pattern per operator, in families (passes/lower/). Broadcasting becomes
    indexing maps, normalisations become row reductions and elementwise ops,
    recurrences become `scf.for`. Unsigned integers become signless. Ops that
    no pattern takes are all reported, each with the reason of its pattern.

    Before:
    ```mlir
    %y = onnx.Neg %x : (tensor<4xf32>) -> tensor<4xf32>
    ```
    After:
    ```mlir
    %e = tensor.empty() : tensor<4xf32>
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: f32, %out: f32):
        %n = arith.negf %a : f32
        linalg.yield %n : f32
      } -> tensor<4xf32>
    ```
  }];
  let dependentDialects = [
    "::bornc::born::BornDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

//===----------------------------------------------------------------------===//
// linalg level
//===----------------------------------------------------------------------===//

def VerifyOnnxLoweredPass : Pass<"born-verify-onnx-lowered", "::mlir::ModuleOp"> {
  let summary = "checks that no onnx op is left";
  let description = [{
    The start of the linalg level: no op of the onnx dialect is left and all
    integers are signless. All violations are reported, not only the first.
  }];
}

//===----------------------------------------------------------------------===//
// kernel level
//===----------------------------------------------------------------------===//

def SplitReductionsPass : Pass<"born-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "computes long sums in two stages";
  let description = [{
    A sum of more than 65,536 terms becomes sums of at most 16,384 (where the
    extents have such a divisor) and the sum of those. One workgroup per sum
    would leave the device idle, and some drivers end an invocation after 65,535
    iterations. Maxima, minima and products likewise.

    Before:
    ```mlir
    %s = linalg.generic {indexing_maps = [(d0) -> (d0), (d0) -> ()], iterator_types = ["reduction"]}
        ins(%x : tensor<1048576xf32>) outs(%zero : tensor<f32>) {...} -> tensor<f32>
    ```
    After:
    ```mlir
    %e = tensor.expand_shape %x [[0, 1]] : tensor<1048576xf32> into tensor<64x16384xf32>
    %p = linalg.generic {indexing_maps = [(d0, d1) -> (d1, d0), (d0, d1) -> (d1)], iterator_types = ["reduction", "parallel"]}
        ins(%e : tensor<64x16384xf32>) outs(%zeros : tensor<64xf32>) {...} -> tensor<64xf32>
    %s = linalg.generic {...} ins(%p : tensor<64xf32>) outs(%zero : tensor<f32>) {...} -> tensor<f32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FormDispatchesPass : Pass<"born-form-dispatches", "::mlir::func::FuncOp"> {
  let summary = "gathers tensor ops into dispatches, one per future kernel";
  let description = [{
    Every contraction, window and reduction starts a group; elementwise ops join
    the group of the value they read, and ops that only rename elements
    (reshape, slice, pad, transpose, broadcast) are copied to where they are
    read. Each group becomes a `kernel.dispatch` with its strategy. Reductions
    along the same rows share one group, so softmax and normalisations are one
    dispatch however they were spelled. The two products of an attention and the
    softmax between them are one dispatch.

    Requires the linalg level. Guarantees that every tensor computation is
    inside a dispatch.

    Before:
    ```mlir
    %0 = linalg.generic ... ins(%x) // negf
    %1 = linalg.generic ... ins(%0) // exp
    ```
    After:
    ```mlir
    %1 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> { ... }
    ```

    With `record-reasons` the function's attribute `born.unfused` has the ONNX
    nodes of every two dispatches of which one reads the other, and why they
    are not one; the report on a compiled model shows it.
  }];
  let options = [Option<"recordReasons", "record-reasons", "bool", "false",
                        "note why neighbouring dispatches are not one">];
  let dependentDialects = ["::bornc::kernel::KernelDialect"];
}

def AssignLayoutsPass : Pass<"born-assign-layouts", "::mlir::func::FuncOp"> {
  let summary = "decides how values between dispatches lie in memory";
  let description = [{
    Feature maps of convolutions are stored channels-last, and constant weights
    in the panels that contractions read (16 outputs, reduction inside). The
    layout is part of the value's type (`#born.layout`); the ops inside
    dispatches stay as they are, because code generation takes addresses from
    the types.

    Requires `born-form-dispatches`. Arguments and results of the function keep
    ONNX's row-major order.

    Before:
    ```mlir
    %0 = kernel.dispatch ins(%x, %w : ...) imm() -> tensor<1x8x4x4xf32> { ... }
    ```
    After:
    ```mlir
    %0 = kernel.dispatch ins(%x, %w : ...) imm() -> tensor<1x8x4x4xf32, #nhwc> { ... }
    ```
  }];
  let dependentDialects = ["::bornc::born::BornDialect"];
}

def OutlineExecutablesPass : Pass<"born-outline-executables", "::mlir::ModuleOp"> {
  let summary = "moves dispatch bodies into executables that equal ones share";
  let description = [{
    Dispatches with the same body, types and strategy become calls of one
    `kernel.executable`, named `<n>_<ops>_<shape>_<type>` after its first use.

    Before:
    ```mlir
    %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> { ... }
    ```
    After:
    ```mlir
    kernel.executable @"0_neg_4_f32" (tensor<4xf32>) -> tensor<4xf32> { ... }
    %0 = kernel.call @"0_neg_4_f32" ins(%x : tensor<4xf32>) imm() -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::bornc::kernel::KernelDialect"];
}

//===----------------------------------------------------------------------===//
// plan level
//===----------------------------------------------------------------------===//

def BuildPlanPass : Pass<"born-build-plan", "::mlir::ModuleOp"> {
  let summary = "decides the order of commands and the place of every byte";
  let description = [{
    Each entry function becomes a `plan.program` with one `plan.submit`
    (passes/plan/). Loops are unrolled: every iteration runs the same
    executables with its own immediates. Commands get levels, as soon as
    possible, with barriers between levels only. Transient tensors are packed
    into one arena by their lifetimes, results are computed where the outputs
    lie, every distinct constant is in the weight section once.

    A result that is tied to an input shares its buffer; a copy comes first
    where the input is needed later or must not change. Arguments and results
    are named by `born.name`; `born.type` holds the element type of ONNX where
    it is not the tensor's (ui8). Results with `born.check`, the last ones, are
    checks of the program.

    Requires `born-outline-executables`.

    Before:
    ```mlir
    func.func @main(%x: tensor<4xf32> {born.name = "x"}) -> (tensor<4xf32> {born.name = "y"}) {
      %0 = kernel.call @"0_neg_4_f32" ins(%x : tensor<4xf32>) imm() -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    After:
    ```mlir
    plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>]
        outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
        input_size 256 io_size 512 transient_size 0 lower_bound 0 {
      %io = plan.buffer io offset 0 size 16 : tensor<4xf32>
      %io_0 = plan.buffer io offset 256 size 16 : tensor<4xf32>
      plan.submit {
        plan.upload
        plan.barrier <upload_to_dispatch>
        plan.dispatch @"0_neg_4_f32"(read %io, write %io_0) label "Neg_0 (Neg)"
        plan.barrier <dispatch_to_download>
        plan.download
        plan.barrier <to_host>
      }
    }
    ```
  }];
  let dependentDialects = ["::bornc::plan::PlanDialect"];
}

def VerifyPlanPass : Pass<"born-verify-plan", "::mlir::ModuleOp"> {
  let summary = "checks the rules over whole plans";
  let description = [{
    The end of the plan level: rules plan-c1 to plan-c9 of the plan dialect,
    among them exactly one submission per program, and a barrier between any
    two commands that touch the same bytes, recomputed from the byte ranges.
    All violations are reported, not only the first. Changes nothing.
  }];
}

//===----------------------------------------------------------------------===//
// code of the kernels
//===----------------------------------------------------------------------===//

def GenerateKernelsPass : Pass<"born-generate-kernels", "::bornc::kernel::ExecutableOp"> {
  let summary = "writes the loops of an executable, once per device class";
  let description = [{
    The strategy of the executable builds a `gpu.func` for each device class:
    which invocation computes which elements, in which order (passes/codegen/).
    The functions use scf, arith, math, vector and memref on the views of the
    bindings, and go through upstream conversions from here on.

    Guarantees a `kernel.variant` for every device class that is asked for, or an
    error that says which op has no rule.

    Before:
    ```mlir
    kernel.executable @"0_neg_4_f32" (tensor<4xf32>) -> tensor<4xf32> { ... }
    ```
    After:
    ```mlir
    kernel.executable @"0_neg_4_f32" (tensor<4xf32>) -> tensor<4xf32> { ... } variants {
      kernel.variant <generic> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
        gpu.module @code { gpu.func @"0_neg_4_f32"(...) kernel { ... } }
      }
      ...
    }
    ```
  }];
  let options = [ListOption<"deviceClasses", "device-classes", "std::string",
                            "the device classes to generate code for; generic and software "
                            "if none is named">];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::spirv::SPIRVDialect",
    "::mlir::ub::UBDialect", "::mlir::vector::VectorDialect"];
}

def ExpandMathPass : Pass<"born-expand-math", "::bornc::kernel::VariantOp"> {
  let summary = "writes elementary functions as arithmetic";
  let description = [{
    Vulkan bounds the error of exp, log and sin loosely and has no erf at all.
    Elementary functions on floats of up to 32 bits become arithmetic of our own
    (passes/math/Functions.h), within 2 ULP on every device whose division and
    square root are rounded correctly; floor, ceil, abs, fma and sqrt stay.
    `arith.remf` becomes an exact division, which OpFRem is not.

    Before:
    ```mlir
    %1 = math.exp %0 : vector<4xf32>
    ```
    After:
    ```mlir
    %n = math.roundeven ...
    %1 = ... // 2^n * p(x - n * ln 2)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def EmulateFloatsPass : Pass<"born-emulate-floats", "::bornc::kernel::VariantOp"> {
  let summary = "computes floats that are not f32 as their bits";
  let description = [{
    f16, bf16 and ONNX's floats of 8 and 4 bits become integers of their width, so that
    moving them changes no bit, NaN payloads included. What computes with them decodes
    to f32, which holds all of them exactly, computes there and rounds once, to the
    nearest, to even (passes/math/SmallFloat.h). f64 becomes i64, and what computes with
    it calls of functions in the kernel's module, correctly rounded (passes/math/
    Double.h). No device has to know these types.

    Before:
    ```mlir
    %1 = arith.addf %0, %0 : f16
    ```
    After:
    ```mlir
    %1 = ... : f32                  // the number with the bits %0 : i16
    %2 = arith.addf %1, %1 : f32
    %3 = ... : i16                  // the bits of the nearest f16
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def EmulateNarrowIntegersPass
    : Pass<"born-emulate-narrow-integers", "::bornc::kernel::VariantOp"> {
  let summary = "computes integers below 32 bits as words";
  let description = [{
    Integers of 2 to 16 bits become i32 whose upper bits may be anything; what reads
    a sign or a magnitude extends its operands first. Loads and stores take whole
    words already.

    Before:
    ```mlir
    %1 = arith.maxsi %0, %c : i8
    ```
    After:
    ```mlir
    %1 = arith.shli %0, %c24 : i32
    %2 = arith.shrsi %1, %c24 : i32
    %3 = arith.maxsi %2, ... : i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def EmulateWideIntegersPass : Pass<"born-emulate-wide-integers", "::bornc::kernel::VariantOp"> {
  let summary = "computes 64-bit integers as two words";
  let description = [{
    ONNX's indices and shapes are 64 bits wide, and devices need not have such
    integers. Values of i64 become `vector<2xi32>`, low word first, as they lie
    in memory; the casts that the emitter put between memory and values vanish.
    Upstream's patterns do the arithmetic; divisions and remainders become calls of a
    function (passes/math/WideInteger.h).

    Before:
    ```mlir
    %0 = memref.load %x[%i] : memref<4xvector<2xi32>>
    %1 = builtin.unrealized_conversion_cast %0 : vector<2xi32> to i64
    %2 = arith.addi %1, %1 : i64
    ```
    After:
    ```mlir
    %0 = memref.load %x[%i] : memref<4xvector<2xi32>>
    %low, %carry = arith.addui_extended ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect", "::mlir::ub::UBDialect",
                           "::mlir::vector::VectorDialect"];
}

def ConvertKernelToLlvmPass : Pass<"born-convert-kernel-to-llvm", "::bornc::kernel::VariantOp"> {
  let summary = "converts the code of a CPU's variant to a function of the llvm dialect";
  let description = [{
    The body becomes that of a loop over the workgroups [first, last), the bindings come from
    the table of pointers that the caller gives (`born_cpu_function` in
    runtime/program.h), and upstream's conversions do the rest. Integer divisions get a
    divisor that the machine can divide by. Variants of other devices stay as they are.

    Before:
    ```mlir
    kernel.variant <avx2> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
      gpu.module @code { gpu.func @k(...) kernel { ... } }
    }
    ```
    After:
    ```mlir
    kernel.variant <avx2> workgroup_size [1, 1, 1] workgroup_count [1, 1, 1] {
      module {
        llvm.func @kernel_k_avx2(%bindings: !llvm.ptr, %words: !llvm.ptr, %first: i32, %last: i32) {
          ...
        }
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect",
                           "::mlir::scf::SCFDialect"];
}

def ConvertKernelToSpirvPass : Pass<"born-convert-kernel-to-spirv", "::bornc::kernel::VariantOp"> {
  let summary = "converts the code of a variant to a spirv.module";
  let description = [{
    Upstream's conversions of arith, math, vector, memref, scf, gpu and ub in
    one pass, without emulation of narrow types (the emitter never needs it),
    plus `kernel.immediate` as a push constant. Buffers that are only read become
    NonWritable. The module is SPIR-V 1.3, Vulkan 1.1's own version.

    Before:
    ```mlir
    kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] {
      gpu.module @code { gpu.func @k(...) kernel { ... } }
    }
    ```
    After:
    ```mlir
    kernel.variant <generic> workgroup_size [64, 1, 1] workgroup_count [1, 1, 1] {
      spirv.module Logical GLSL450 requires ... { ... }
    }
    ```
  }];
  let dependentDialects = ["::mlir::spirv::SPIRVDialect"];
}

def FinishSpirvPass : Pass<"born-finish-spirv", "::mlir::spirv::ModuleOp"> {
  let summary = "sets what a module needs and what its buffers promise";
  let description = [{
    Runs after capabilities and extensions were computed; raises the version to
    1.3, which Vulkan 1.1 guarantees and storage buffers need. Buffers that no instruction
    writes get NonWritable; synchronisation checks rely on it.

    Float operations get NoContraction: a fused multiply-add is written as one where
    it is wanted. Modules with f32 ask for SignedZeroInfNanPreserve and DenormPreserve;
    the runtime takes out of a module what the device does not have.

    Before:
    ```mlir
    spirv.GlobalVariable @k_arg_0 bind(0, 0) : ...
    ```
    After:
    ```mlir
    spirv.GlobalVariable @k_arg_0 bind(0, 0) {non_writable} : ...
    ```
  }];
}

#endif // BORNC_PASSES_PASSES_TD
