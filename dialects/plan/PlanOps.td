//===- PlanOps.td - weights, arenas and the one submission --*- tablegen -*-===//
#ifndef BORNC_DIALECTS_PLAN_PLANOPS_TD
#define BORNC_DIALECTS_PLAN_PLANOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let summary = "memory and order of what a program submits to the device";
  let description = [{
    A `plan.program` is one entry point of a model: its buffers with their
    bytes, and one `plan.submit` with the commands of its one submission, in
    the order of recording. Weights are symbols of the module, shared by its
    programs. All sizes and offsets are in bytes.

    Rules over a whole program are checked by `born-verify-plan`:

    - (plan-c1) a program has exactly one `plan.submit`;
    - (plan-c2) two commands that touch the same bytes, one of them writing,
      have a barrier between them whose scopes cover both kinds of command.
      The host counts: it reads the outputs at the end. Accesses are
      recomputed from byte ranges;
    - (plan-c3) every barrier is the only one between some such pair, so that
      none is redundant;
    - (plan-c4) what is read from the transient arena or from an output was
      written before, and every output is written;
    - (plan-c5) every buffer lies inside its space;
    - (plan-c6) the limits of the target class hold: bindings per kernel, bytes
      of a binding, bytes of immediates, workgroups per axis, invocations and
      memory of a workgroup;
    - (plan-c7) a dispatch has the bindings and immediates of its executable,
      each written or read as the executable does;
    - (plan-c8) inputs and weights are never written;
    - (plan-c9) weights do not overlap, and a weight buffer is where its weight
      is.
  }];
  let cppNamespace = "::bornc::plan";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::bornc::born::BornDialect"];
}

// Not from BornOps.td: including it would generate its ops a second time.
def Plan_SourceAttr : Attr<CPred<"::llvm::isa<::bornc::born::SourceAttr>($_self)">,
                           "bytes of a file (#born.source)"> {
  let storageType = "::bornc::born::SourceAttr";
  let returnType = "::bornc::born::SourceAttr";
  let convertFromStorage = "$_self";
}

// The values are those of runtime/program.h.

def Plan_Space : I32EnumAttr<"Space", "the memory spaces of a program", [
    I32EnumAttrCase<"Transient", 0, "transient">,
    I32EnumAttrCase<"Weights", 1, "weights">,
    I32EnumAttrCase<"Io", 2, "io">,
    I32EnumAttrCase<"State", 3, "state">]> {
  let cppNamespace = "::bornc::plan";
}

def Plan_Access : I32EnumAttr<"Access", "what a dispatch does with a buffer", [
    I32EnumAttrCase<"Read", 1, "read">,
    I32EnumAttrCase<"Write", 2, "write">,
    I32EnumAttrCase<"ReadWrite", 3, "read_write">]> {
  let cppNamespace = "::bornc::plan";
}

def Plan_Scope : I32BitEnumAttr<"Scope", "what a barrier orders", [
    I32BitEnumAttrCaseBit<"DispatchToDispatch", 0, "dispatch_to_dispatch">,
    I32BitEnumAttrCaseBit<"UploadToDispatch", 1, "upload_to_dispatch">,
    I32BitEnumAttrCaseBit<"DispatchToDownload", 2, "dispatch_to_download">,
    I32BitEnumAttrCaseBit<"CopyToDispatch", 3, "copy_to_dispatch">,
    I32BitEnumAttrCaseBit<"DispatchToCopy", 4, "dispatch_to_copy">,
    I32BitEnumAttrCaseBit<"ToHost", 5, "to_host">,
    I32BitEnumAttrCaseBit<"CopyToCopy", 6, "copy_to_copy">]> {
  let cppNamespace = "::bornc::plan";
  let separator = ", ";
  let genSpecializedAttr = 0;
}
def Plan_ScopeAttr : EnumAttr<Plan_Dialect, Plan_Scope, "scope"> {
  let assemblyFormat = "`<` $value `>`";
}

def Plan_TensorAttr : AttrDef<Plan_Dialect, "Tensor"> {
  let mnemonic = "tensor";
  let summary = "an input or output of a program";
  let description = [{
    The ONNX value's name, its type as ONNX sees it (unsigned types as `ui8`,
    no layout), and where it lies in the io space.

    Example: `#plan.tensor<"x" : tensor<1x4xf32> at 0>`
  }];
  let parameters = (ins StringRefParameter<"name">:$name, "::mlir::RankedTensorType":$type,
                        "uint64_t":$offset);
  let assemblyFormat = "`<` $name `:` $type `at` $offset `>`";
}
def Plan_TensorArrayAttr : TypedArrayAttrBase<Plan_TensorAttr, "array of tensors">;

def Plan_BufferType : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "bytes of a memory space";
}
// Written without its type wherever the operand says enough.
def Plan_Buffer : TypeAlias<Plan_BufferType, "buffer">,
    BuildableType<"::bornc::plan::BufferType::get($_builder.getContext())">;

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;
class Plan_Command<string mnemonic, list<Trait> traits = []>
    : Plan_Op<mnemonic, !listconcat(traits, [HasParent<"SubmitOp">])>;

//===----------------------------------------------------------------------===//
// What a program is made of
//===----------------------------------------------------------------------===//

def Plan_WeightOp : Plan_Op<"weight", [Symbol]> {
  let summary = "a constant tensor in the weight section";
  let description = [{
    `type` is the tensor with its layout, `offset` and `size` its place in the
    weight section. The bytes come from a file (`from`, as in `born.weight`) or
    from the IR (`value`).

    Rules: (weight-c1) either a source or a value; (weight-c2) `offset` is a
    multiple of 256 and `size` that of the type, rounded up to words;
    (weight-c3) as weight-c1 and weight-c2 of `born.weight`, or the value has
    the type without layout.

    Example:
    ```mlir
    plan.weight @w0 : tensor<4x4xf32> offset 0 size 64
      from #born.source<"m.onnx", offset = 64, length = 64, hash = 0>
      stored tensor<4x4xf32> steps [#born.transpose<[1, 0]>]
    plan.weight @w1 : tensor<2xf32> offset 256 size 8 value dense<[1.0, 2.0]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type,
                       I64Attr:$offset, I64Attr:$size,
                       OptionalAttr<Plan_SourceAttr>:$source,
                       OptionalAttr<TypeAttrOf<AnyRankedTensor>>:$stored,
                       OptionalAttr<ArrayAttr>:$steps, OptionalAttr<ElementsAttr>:$value);
  let assemblyFormat = [{
    $sym_name `:` $type `offset` $offset `size` $size
    (`from` $source^ `stored` $stored (`steps` $steps^)?)? (`value` $value^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Plan_ProgramOp : Plan_Op<"program", [Symbol, IsolatedFromAbove, NoTerminator,
                                         SingleBlock]> {
  let summary = "an entry point: its buffers and its one submission";
  let description = [{
    The io space holds the inputs in [0, `input_size`) and the outputs in
    [`input_size`, `io_size`). `lower_bound` is the least size that any packing
    of the transient arena can have under this schedule. The last `checks`
    outputs are not the model's: each is a word that must be zero, and its name
    says what was expected.

    Rules: (program-c1) tensors have static shapes and no layout, their offsets
    are multiples of 256, inputs lie in the input part and outputs in the
    output part; (program-c2) the body holds only `plan.buffer` and
    `plan.submit`; (program-c3) checks are outputs of type `tensor<i32>`.

    Example:
    ```mlir
    plan.program @main inputs [#plan.tensor<"x" : tensor<4xf32> at 0>]
        outputs [#plan.tensor<"y" : tensor<4xf32> at 256>]
        input_size 256 io_size 512 transient_size 0 lower_bound 0 {
      %in = plan.buffer io offset 0 size 16 : tensor<4xf32>
      %out = plan.buffer io offset 256 size 16 : tensor<4xf32>
      plan.submit {
        plan.upload
        plan.barrier <copy_to_copy>
        plan.copy %in to %out
        plan.barrier <copy_to_copy>
        plan.download
        plan.barrier <to_host>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Plan_TensorArrayAttr:$inputs,
                       Plan_TensorArrayAttr:$outputs, I64Attr:$input_size, I64Attr:$io_size,
                       I64Attr:$transient_size, I64Attr:$lower_bound,
                       DefaultValuedAttr<I64Attr, "0">:$checks);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `inputs` $inputs `outputs` $outputs `input_size` $input_size `io_size` $io_size
    `transient_size` $transient_size `lower_bound` $lower_bound (`checks` $checks^)?
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The submissions of the program; one in a valid plan.
    auto submissions() { return getBody().getOps<SubmitOp>(); }
    auto buffers() { return getBody().getOps<BufferOp>(); }
    /// Bytes of `space`; those of the weights are in the module.
    uint64_t spaceSize(Space space);
  }];
}

def Plan_BufferOp : Plan_Op<"buffer", [HasParent<"ProgramOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "the bytes of one tensor";
  let description = [{
    `type` is the tensor that lies there, with its layout; tensors that are
    computed in place share a buffer.

    Rules: (buffer-c1) `offset` is a multiple of 256; (buffer-c2) `size` is
    that of the type, rounded up to words; (buffer-c3) buffers in the weights
    space, and only they, name their weight.

    Example:
    ```mlir
    %0 = plan.buffer transient offset 256 size 64 : tensor<16xf32>
    %w = plan.buffer weights offset 0 size 64 of @w0 : tensor<16xf32>
    ```
  }];
  let arguments = (ins Plan_Space:$space, I64Attr:$offset, I64Attr:$size,
                       OptionalAttr<FlatSymbolRefAttr>:$weight,
                       TypeAttrOf<AnyRankedTensor>:$type);
  let results = (outs Plan_Buffer:$buffer);
  let assemblyFormat = [{
    $space `offset` $offset `size` $size (`of` $weight^)? `:` $type attr-dict
  }];
  let hasVerifier = 1;
}

def Plan_SubmitOp : Plan_Op<"submit", [HasParent<"ProgramOp">, NoTerminator, SingleBlock]> {
  let summary = "the commands of one queue submission, in the order of recording";
  let description = [{
    Commands run in any order that the barriers between them allow.

    Rule: (submit-c1) the body holds only commands.
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

def Plan_DispatchOp : Plan_Command<"dispatch"> {
  let summary = "runs a kernel";
  let description = [{
    Buffer i is bound at binding i. `immediates` are 32-bit push constants;
    `label` names the ONNX nodes that the dispatch computes.

    Rules: (dispatch-c1) an access per buffer; (dispatch-c2) immediates take
    at most 128 bytes.

    Example:
    ```mlir
    plan.dispatch @step(read %x, read_write %h) imm [3] label "LSTM_0 (LSTM)"
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$executable, Variadic<Plan_Buffer>:$buffers,
                       DenseI32ArrayAttr:$access,
                       DefaultValuedAttr<DenseI32ArrayAttr, "{}">:$immediates,
                       StrAttr:$label);
  let assemblyFormat = [{
    $executable `(` custom<Bindings>($buffers, $access) `)` (`imm` $immediates^)? `label` $label
    attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    Access accessOf(unsigned i) { return static_cast<Access>(getAccess()[i]); }
  }];
}

def Plan_CopyOp : Plan_Command<"copy"> {
  let summary = "copies the bytes of a buffer";
  let description = [{
    Rule: (copy-c1) the buffers have the same size and do not overlap.

    Example: `plan.copy %a to %b`
  }];
  let arguments = (ins Plan_Buffer:$source, Plan_Buffer:$target);
  let assemblyFormat = "$source `to` $target attr-dict";
  let hasVerifier = 1;
}

def Plan_BarrierOp : Plan_Command<"barrier"> {
  let summary = "orders what came before against what comes after";
  let description = [{
    Example: `plan.barrier <dispatch_to_dispatch, copy_to_dispatch>`
  }];
  let arguments = (ins Plan_ScopeAttr:$scopes);
  let assemblyFormat = "$scopes attr-dict";
}

def Plan_UploadOp : Plan_Command<"upload"> {
  let summary = "brings all inputs to the device";
  let description = [{
    Does nothing where host and device share memory.

    Example: `plan.upload`
  }];
  let assemblyFormat = "attr-dict";
}

def Plan_DownloadOp : Plan_Command<"download"> {
  let summary = "brings all outputs to the host";
  let description = [{
    Does nothing where host and device share memory.

    Example: `plan.download`
  }];
  let assemblyFormat = "attr-dict";
}

#endif // BORNC_DIALECTS_PLAN_PLANOPS_TD
