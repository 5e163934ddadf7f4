//===- OnnxOps.td - all ops of the onnx dialect ----------------*- tablegen -*-===//
#ifndef BORNC_DIALECTS_ONNX_ONNXOPS_TD
#define BORNC_DIALECTS_ONNX_ONNXOPS_TD

include "dialects/onnx/OnnxBase.td"
include "dialects/onnx/OnnxGeneratedOps.td"

def Onnx_ConstantOp : Onnx_Op<"Constant", [
    Pure, ConstantLike, AllTypesMatch<["value", "output"]>]> {
  let summary = "a small tensor known at compile time";
  let description = [{
    Large ones are `born.weight`.

    Example: `%c = onnx.Constant dense<1.0> : tensor<4xf32>`
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyTensor:$output);
  let assemblyFormat = "$value attr-dict";
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    $_state.addTypes(value.getType());
    $_state.getOrAddProperties<Properties>().value = value;
  }]>];
  let hasFolder = 1;
}

def Onnx_NoneOp : Onnx_Op<"None", [Pure]> {
  let summary = "an optional operand that is absent";
  let description = "Example: `%n = onnx.None`";
  let results = (outs NoneType:$output);
  let assemblyFormat = "attr-dict";
}

def Onnx_YieldOp : Onnx_Op<"Yield", [Pure, Terminator, ReturnLike]> {
  let summary = "the results of a subgraph";
  let description = "Example: `onnx.Yield %a, %b : tensor<f32>, tensor<4xf32>`";
  let arguments = (ins Variadic<AnyType>:$outputs);
  let assemblyFormat = "($outputs^ `:` type($outputs))? attr-dict";
}

#endif // BORNC_DIALECTS_ONNX_ONNXOPS_TD
