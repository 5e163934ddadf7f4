//===- KernelOps.td - dispatches: one region, one GPU kernel --*- tablegen -*-===//
#ifndef BORNC_DIALECTS_KERNEL_KERNELOPS_TD
#define BORNC_DIALECTS_KERNEL_KERNELOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let summary = "fused dispatches and the code made from them";
  let description = [{
    A `kernel.dispatch` is an isolated region of linalg and tensor ops that
    becomes one GPU kernel. Outlining moves the region into a
    `kernel.executable`, which equal dispatches share, and leaves a
    `kernel.call`. Code generation adds one `kernel.variant` per device class.

    Values between dispatches carry their memory layout in their type
    (`#born.layout`); inside a region all types are logical.
  }];
  let cppNamespace = "::bornc::kernel";
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::bornc::born::BornDialect", "::mlir::quant::QuantDialect"];
}

def Kernel_Strategy : I32EnumAttr<"Strategy", "how the loops of a dispatch map to invocations", [
    I32EnumAttrCase<"Elementwise", 0, "elementwise">,
    I32EnumAttrCase<"RowReduction", 1, "row_reduction">,
    I32EnumAttrCase<"Contraction", 2, "contraction">,
    I32EnumAttrCase<"Window", 3, "window">,
    I32EnumAttrCase<"Movement", 4, "movement">,
    I32EnumAttrCase<"Recurrent", 5, "recurrent">,
    I32EnumAttrCase<"Attention", 6, "attention">]> {
  let cppNamespace = "::bornc::kernel";
  let genSpecializedAttr = 0;
}
def Kernel_StrategyAttr : EnumAttr<Kernel_Dialect, Kernel_Strategy, "strategy"> {
  let assemblyFormat = "`<` $value `>`";
}

def Kernel_DeviceClass : I32EnumAttr<"DeviceClass", "devices that a variant is tuned for", [
    I32EnumAttrCase<"Generic", 0, "generic">,
    I32EnumAttrCase<"Software", 1, "software">,
    I32EnumAttrCase<"Sse4", 2, "sse4">,
    I32EnumAttrCase<"Avx2", 3, "avx2">,
    I32EnumAttrCase<"Avx512", 4, "avx512">,
    I32EnumAttrCase<"Neon", 5, "neon">,
    I32EnumAttrCase<"Avx512Vnni", 6, "avx512vnni">,
    I32EnumAttrCase<"NeonDotprod", 7, "neondotprod">,
    I32EnumAttrCase<"NeonI8mm", 8, "neoni8mm">]> {
  let cppNamespace = "::bornc::kernel";
  let genSpecializedAttr = 0;
}
def Kernel_DeviceClassAttr : EnumAttr<Kernel_Dialect, Kernel_DeviceClass, "device_class"> {
  let assemblyFormat = "`<` $value `>`";
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

def Kernel_DispatchOp : Kernel_Op<"dispatch", [
    Pure, IsolatedFromAbove, AttrSizedOperandSegments,
    SingleBlockImplicitTerminator<"::bornc::kernel::YieldOp">]> {
  let summary = "computes tensors in one GPU kernel";
  let description = [{
    The block takes the inputs (without layouts) and then the immediates.
    `tied[i]` is the input that result i is computed in place of, -1 for none:
    such a result is that input with some elements replaced.

    Rules: (dispatch-c1) block arguments are the inputs without layout, then
    the immediates; (dispatch-c2) yielded types are the result types without
    layout; (dispatch-c3) `tied` has an entry per result, and a tied input has
    the result's type and is tied once; (dispatch-c4) all shapes are static.

    Example:
    ```mlir
    %0 = kernel.dispatch ins(%x : tensor<4xf32>) imm() -> tensor<4xf32> {
    ^bb0(%a: tensor<4xf32>):
      kernel.yield %a : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, Variadic<Index>:$immediates,
                       OptionalAttr<StrAttr>:$name, OptionalAttr<Kernel_StrategyAttr>:$strategy,
                       OptionalAttr<DenseI64ArrayAttr>:$tied);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    ($name^)? `ins` `(` ($inputs^ `:` type($inputs))? `)` `imm` `(` ($immediates^)? `)`
    `->` type($outputs) attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The input that result `i` overwrites, or -1.
    int64_t tiedInput(unsigned i) { return getTied() ? (*getTied())[i] : -1; }
  }];
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["DispatchOp", "ExecutableOp"]>]> {
  let summary = "the results of a dispatch";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Kernel_ExecutableOp : Kernel_Op<"executable", [Symbol, IsolatedFromAbove, NoTerminator]> {
  let summary = "the source of a kernel and its compiled variants";
  let description = [{
    `type` is the signature with layouts: inputs, then immediates (index), to
    results. Bindings are numbered: inputs in order, then the results that are
    not tied. `body` is the dispatch's region; `variants` holds one
    `kernel.variant` per device class once code has been generated.
    `quantized[i]` is what is known of input i, !quant.uniform<u8:f32, 0.5:7>:
    its elements are 0.5 (q - 7) for bytes q; none for other inputs.

    Rules: (executable-c1) as dispatch-c1 and dispatch-c2 for `type`;
    (executable-c2) at most one variant per device class; (executable-c3)
    `quantized` has an entry per tensor, none or bytes with one scale for all,
    expressed as the tensor's element type.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$type,
                       OptionalAttr<Kernel_StrategyAttr>:$strategy,
                       OptionalAttr<DenseI64ArrayAttr>:$tied,
                       OptionalAttr<TypeArrayAttr>:$quantized);
  let regions = (region SizedRegion<1>:$body, MaxSizedRegion<1>:$variants);
  let assemblyFormat = [{
    $sym_name $type attr-dict-with-keyword $body (`variants` $variants^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t tiedInput(unsigned i) { return getTied() ? (*getTied())[i] : -1; }
    /// The entries of `quantized`; empty where it is not given.
    ::llvm::SmallVector<::mlir::Type> quantizedInputs();
    /// Tensor inputs of the signature, with their layouts.
    ::llvm::SmallVector<::mlir::RankedTensorType> inputTypes();
    /// Results of the signature, with their layouts.
    ::llvm::SmallVector<::mlir::RankedTensorType> resultTypes();
    /// Number of immediates (push constants).
    unsigned numImmediates();
    /// Binding number of result `i`.
    unsigned resultBinding(unsigned i);
    unsigned numBindings();
  }];
}

def Kernel_VariantOp : Kernel_Op<"variant", [
    HasParent<"ExecutableOp">, IsolatedFromAbove, NoTerminator, SingleBlock, SymbolTable]> {
  let summary = "the code of a kernel for one device class";
  let description = [{
    For a Vulkan device (`generic`, `software`): the `spirv.module`, whose one
    entry point has the executable's name, or the `kernel.binary` that the user
    gave (`generic` only, for all devices). `subgroup_size` is the size the code
    is written for, 0 for any; `workgroup_memory` is in bytes; `features` names
    the device features it needs beyond Vulkan 1.1's minimum (subgroup_shuffle,
    ...).

    For a CPU (`sse4`, `avx2`, `avx512`, `avx512vnni`, `neon`, `neondotprod`,
    `neoni8mm`): a `module` with one external `llvm.func` that has a body, a `born_cpu_function` of
    runtime/program.h whose name no other kernel of any class has.
    `workgroup_count` is the number of workgroups, its product over the axes fits 32
    bits; the rest is as for one invocation without needs.
  }];
  let arguments = (ins Kernel_DeviceClassAttr:$device_class,
                       DenseI32ArrayAttr:$workgroup_size, DenseI32ArrayAttr:$workgroup_count,
                       DefaultValuedAttr<I32Attr, "0">:$subgroup_size,
                       DefaultValuedAttr<I32Attr, "0">:$workgroup_memory,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$features);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $device_class `workgroup_size` $workgroup_size `workgroup_count` $workgroup_count
    attr-dict-with-keyword $body
  }];
}

def Kernel_CustomOp : Kernel_Op<"custom", [Pure, AttrSizedOperandSegments]> {
  let summary = "computes tensors by a kernel that the user gave";
  let description = [{
    An operator of the user's, `op`, whose code is the entry point `entry` of the
    SPIR-V module `code` (its words). Bindings are numbered: inputs in order,
    then results, all row-major. It is a dispatch of its own, and nothing is
    fused with it; the executable's variant for generic devices is this code.

    Rules: (custom-c1) sizes and counts of workgroups have three axes;
    (custom-c2) in a dispatch or an executable, the inputs and immediates are the
    arguments of the block, in order.

    Example:
    ```mlir
    %0 = kernel.custom "example.Twice" ins(%x : tensor<4xf32>) imm(%n) -> tensor<4xf32>
           entry "main" workgroup_size [64, 1, 1] workgroup_count [1, 1, 1]
           code dense<[119734787, 65536]> : tensor<2xi32>
    ```
  }];
  let arguments = (ins StrAttr:$op, Variadic<AnyRankedTensor>:$inputs, Variadic<Index>:$immediates,
                       StrAttr:$entry, DenseI32ArrayAttr:$workgroup_size,
                       DenseI32ArrayAttr:$workgroup_count, I32ElementsAttr:$code,
                       DefaultValuedAttr<I32Attr, "0">:$workgroup_memory,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$features);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    $op `ins` `(` ($inputs^ `:` type($inputs))? `)` `imm` `(` ($immediates^)? `)`
    `->` type($outputs) `entry` $entry `workgroup_size` $workgroup_size
    `workgroup_count` $workgroup_count `code` $code attr-dict
  }];
  let hasVerifier = 1;
}

def Kernel_BinaryOp : Kernel_Op<"binary", [HasParent<"VariantOp">]> {
  let summary = "the code of a variant as words of SPIR-V";
  let description = [{
    What a variant holds instead of a `spirv.module` where its code was given:
    the words are used as they are, but for the name of `entry`.

    Example: `kernel.binary "main" dense<[119734787, 65536]> : tensor<2xi32>`
  }];
  let arguments = (ins StrAttr:$entry, I32ElementsAttr:$words);
  let assemblyFormat = "$entry $words attr-dict";
}

def Kernel_CallOp : Kernel_Op<"call", [Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs an executable";
  let description = [{
    Rule: (call-c1) operand and result types are those of the executable.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyRankedTensor>:$inputs,
                       Variadic<Index>:$immediates);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    $callee `ins` `(` ($inputs^ `:` type($inputs))? `)` `imm` `(` ($immediates^)? `)`
    `->` type($outputs) attr-dict
  }];
}

def Kernel_ImmediateOp : Kernel_Op<"immediate", [Pure]> {
  let summary = "an immediate of the running dispatch";
  let description = [{
    Reads push constant `number`, a 32-bit word that the recorded command
    buffer holds. Only in code of a variant.

    Example: `%t = kernel.immediate 0`
  }];
  let arguments = (ins I32Attr:$number);
  let results = (outs Index:$result);
  let assemblyFormat = "$number attr-dict";
}

#endif // BORNC_DIALECTS_KERNEL_KERNELOPS_TD
