//===- OnnxBase.td - the onnx dialect and its op families ------*- tablegen -*-===//
#ifndef BORNC_DIALECTS_ONNX_ONNXBASE_TD
#define BORNC_DIALECTS_ONNX_ONNXBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let summary = "one op per ONNX operator, at its newest version";
  let description = [{
    Operands are positional. An optional operand that is absent is a value of
    `none` type made by `onnx.None`; trailing ones are dropped. Its accessor
    returns a null value in both cases. A result that nothing reads may have
    type `none`; trailing ones are dropped. Attributes keep their ONNX names
    and defaults. `onnx::NAMEOp::get<Attribute>()` is the value with its default.

    ODS names: a `name` that is an operand and a result gets the suffix `_out`.
  }];
  let cppNamespace = "::bornc::onnx";
  let hasConstantMaterializer = 1;
}

def Onnx_TensorOrNone : AnyTypeOf<[AnyTensor, NoneType], "tensor or none">;

/// At most `count` operands or results (`what`), for ops with optional ones.
class Onnx_AtMost<string what, int count> : PredOpTrait<
    "at most " # count # " " # what,
    CPred<"$_op.getNum" # !if(!eq(what, "operands"), "Operands", "Results") # "() <= " # count>>;

class Onnx_Op<string mnemonic, list<Trait> traits = []> : Op<Onnx_Dialect, mnemonic, traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let skipDefaultBuilders = 1; // 200 ops: they would be most of the header
  let builders = [OpBuilder<(ins
      "::mlir::TypeRange":$results, "::mlir::ValueRange":$operands,
      CArg<"::llvm::ArrayRef<::mlir::NamedAttribute>", "{}">:$attributes), [{
    $_state.addTypes(results);
    $_state.addOperands(operands);
    $_state.addAttributes(attributes);
  }]>];
}

/// An op with subgraphs, which end in `onnx.Yield` and may capture values.
class Onnx_RegionOp<string mnemonic, list<Trait> traits = []> : Onnx_Op<mnemonic, traits> {
  let assemblyFormat = "operands regions attr-dict `:` functional-type(operands, results)";
}

/// One tensor to one of the same shape.
class Onnx_UnaryOp<string mnemonic> : Onnx_Op<mnemonic, [Pure]> {
  let arguments = (ins AnyTensor:$X);
  let results = (outs AnyTensor:$Y);
}

/// Two tensors, broadcast as numpy does.
class Onnx_BinaryOp<string mnemonic> : Onnx_Op<mnemonic, [Pure]> {
  let arguments = (ins AnyTensor:$A, AnyTensor:$B);
  let results = (outs AnyTensor:$C);
}

/// Two tensors, broadcast, to a tensor of bool.
class Onnx_ComparisonOp<string mnemonic> : Onnx_BinaryOp<mnemonic> {
  let results = (outs TensorOf<[I1]>:$C);
}

/// Any number of tensors, broadcast.
class Onnx_VariadicOp<string mnemonic> : Onnx_Op<mnemonic, [Pure]> {
  let arguments = (ins Variadic<AnyTensor>:$inputs);
  let results = (outs AnyTensor:$result);
}

/// Reduces the dimensions in `axes`, or all.
class Onnx_ReduceOp<string mnemonic> : Onnx_Op<mnemonic, [Pure, Onnx_AtMost<"operands", 2>]> {
  let arguments = (ins AnyTensor:$data, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "1">:$keepdims,
                       DefaultValuedAttr<I64Attr, "0">:$noop_with_empty_axes);
  let results = (outs AnyTensor:$reduced);
  let extraClassDeclaration = [{
    ::mlir::Value getAxes() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

#endif // BORNC_DIALECTS_ONNX_ONNXBASE_TD
