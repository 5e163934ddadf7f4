//===- OnnxGeneratedOps.td - written by tools/gen_onnx_ops.py -*- tablegen -*-===//
#ifndef BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD
#define BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_AbsOp : Onnx_UnaryOp<"Abs"> {
  let summary = "ONNX Abs, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Abs.html";
}

def Onnx_AcosOp : Onnx_UnaryOp<"Acos"> {
  let summary = "ONNX Acos, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Acos.html";
}

def Onnx_AcoshOp : Onnx_UnaryOp<"Acosh"> {
  let summary = "ONNX Acosh, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Acosh.html";
}

def Onnx_AddOp : Onnx_BinaryOp<"Add"> {
  let summary = "ONNX Add, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Add.html";
}

def Onnx_AffineGridOp : Onnx_Op<"AffineGrid", [Pure]> {
  let summary = "ONNX AffineGrid, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__AffineGrid.html";
  let arguments = (ins AnyTensor:$theta, AnyTensor:$size,
                       DefaultValuedAttr<I64Attr, "0">:$align_corners);
  let results = (outs AnyTensor:$grid);
}

def Onnx_AndOp : Onnx_BinaryOp<"And"> {
  let summary = "ONNX And, version 7";
  let description = "https://onnx.ai/onnx/operators/onnx__And.html";
}

def Onnx_ArgMaxOp : Onnx_Op<"ArgMax", [Pure]> {
  let summary = "ONNX ArgMax, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__ArgMax.html";
  let arguments = (ins AnyTensor:$data, DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "1">:$keepdims,
                       DefaultValuedAttr<I64Attr, "0">:$select_last_index);
  let results = (outs AnyTensor:$reduced);
}

def Onnx_ArgMinOp : Onnx_Op<"ArgMin", [Pure]> {
  let summary = "ONNX ArgMin, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__ArgMin.html";
  let arguments = (ins AnyTensor:$data, DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "1">:$keepdims,
                       DefaultValuedAttr<I64Attr, "0">:$select_last_index);
  let results = (outs AnyTensor:$reduced);
}

def Onnx_AsinOp : Onnx_UnaryOp<"Asin"> {
  let summary = "ONNX Asin, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Asin.html";
}

def Onnx_AsinhOp : Onnx_UnaryOp<"Asinh"> {
  let summary = "ONNX Asinh, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Asinh.html";
}

def Onnx_AtanOp : Onnx_UnaryOp<"Atan"> {
  let summary = "ONNX Atan, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Atan.html";
}

def Onnx_AtanhOp : Onnx_UnaryOp<"Atanh"> {
  let summary = "ONNX Atanh, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Atanh.html";
}

def Onnx_AttentionOp : Onnx_Op<"Attention", [
    Pure, Onnx_AtMost<"operands", 7>, Onnx_AtMost<"results", 4>]> {
  let summary = "ONNX Attention, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Attention.html";
  let arguments = (ins AnyTensor:$Q, AnyTensor:$K, AnyTensor:$V,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$is_causal,
                       OptionalAttr<I64Attr>:$kv_num_heads,
                       DefaultValuedAttr<I64Attr, "-1">:$left_window_size,
                       OptionalAttr<I64Attr>:$q_num_heads,
                       DefaultValuedAttr<I64Attr, "0">:$qk_matmul_output_mode,
                       DefaultValuedAttr<I64Attr, "-1">:$right_window_size,
                       OptionalAttr<F32Attr>:$scale, DefaultValuedAttr<F32Attr, "0.0f">:$softcap,
                       OptionalAttr<I64Attr>:$softmax_precision);
  let results = (outs AnyTensor:$Y, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getAttnMask() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getPastKey() { return ::bornc::onnx::presentOperand(*this, 4); }
    ::mlir::Value getPastValue() { return ::bornc::onnx::presentOperand(*this, 5); }
    ::mlir::Value getNonpadKvSeqlen() { return ::bornc::onnx::presentOperand(*this, 6); }
    ::mlir::Value getPresentKey() { return ::bornc::onnx::presentResult(*this, 1); }
    ::mlir::Value getPresentValue() { return ::bornc::onnx::presentResult(*this, 2); }
    ::mlir::Value getQkMatmulOutput() { return ::bornc::onnx::presentResult(*this, 3); }
  }];
}

def Onnx_AveragePoolOp : Onnx_Op<"AveragePool", [Pure]> {
  let summary = "ONNX AveragePool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__AveragePool.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       DefaultValuedAttr<I64Attr, "0">:$ceil_mode,
                       DefaultValuedAttr<I64Attr, "0">:$count_include_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DenseI64ArrayAttr:$kernel_shape, OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y);
}

def Onnx_BatchNormalizationOp : Onnx_Op<"BatchNormalization", [Pure, Onnx_AtMost<"results", 3>]> {
  let summary = "ONNX BatchNormalization, version 15";
  let description = "https://onnx.ai/onnx/operators/onnx__BatchNormalization.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$scale, AnyTensor:$B, AnyTensor:$input_mean,
                       AnyTensor:$input_var, DefaultValuedAttr<F32Attr, "1e-05f">:$epsilon,
                       DefaultValuedAttr<F32Attr, "0.9f">:$momentum,
                       DefaultValuedAttr<I64Attr, "0">:$training_mode);
  let results = (outs AnyTensor:$Y, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getRunningMean() { return ::bornc::onnx::presentResult(*this, 1); }
    ::mlir::Value getRunningVar() { return ::bornc::onnx::presentResult(*this, 2); }
  }];
}

def Onnx_BernoulliOp : Onnx_Op<"Bernoulli", []> {
  let summary = "ONNX Bernoulli, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Bernoulli.html";
  let arguments = (ins AnyTensor:$input, OptionalAttr<I64Attr>:$dtype,
                       OptionalAttr<F32Attr>:$seed);
  let results = (outs AnyTensor:$output);
}

def Onnx_BitCastOp : Onnx_Op<"BitCast", [Pure]> {
  let summary = "ONNX BitCast, version 26";
  let description = "https://onnx.ai/onnx/operators/onnx__BitCast.html";
  let arguments = (ins AnyTensor:$input, I64Attr:$to);
  let results = (outs AnyTensor:$output);
}

def Onnx_BitShiftOp : Onnx_Op<"BitShift", [Pure]> {
  let summary = "ONNX BitShift, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__BitShift.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$Y, StrAttr:$direction);
  let results = (outs AnyTensor:$Z);
}

def Onnx_BitwiseAndOp : Onnx_BinaryOp<"BitwiseAnd"> {
  let summary = "ONNX BitwiseAnd, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__BitwiseAnd.html";
}

def Onnx_BitwiseNotOp : Onnx_UnaryOp<"BitwiseNot"> {
  let summary = "ONNX BitwiseNot, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__BitwiseNot.html";
}

def Onnx_BitwiseOrOp : Onnx_BinaryOp<"BitwiseOr"> {
  let summary = "ONNX BitwiseOr, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__BitwiseOr.html";
}

def Onnx_BitwiseXorOp : Onnx_BinaryOp<"BitwiseXor"> {
  let summary = "ONNX BitwiseXor, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__BitwiseXor.html";
}

def Onnx_BlackmanWindowOp : Onnx_Op<"BlackmanWindow", [Pure]> {
  let summary = "ONNX BlackmanWindow, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__BlackmanWindow.html";
  let arguments = (ins AnyTensor:$size, DefaultValuedAttr<I64Attr, "1">:$output_datatype,
                       DefaultValuedAttr<I64Attr, "1">:$periodic);
  let results = (outs AnyTensor:$output);
}

def Onnx_CastOp : Onnx_Op<"Cast", [Pure]> {
  let summary = "ONNX Cast, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Cast.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedStrAttr<StrAttr, "up">:$round_mode,
                       DefaultValuedAttr<I64Attr, "1">:$saturate, I64Attr:$to);
  let results = (outs AnyTensor:$output);
}

def Onnx_CastLikeOp : Onnx_Op<"CastLike", [Pure]> {
  let summary = "ONNX CastLike, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__CastLike.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$target_type,
                       DefaultValuedStrAttr<StrAttr, "up">:$round_mode,
                       DefaultValuedAttr<I64Attr, "1">:$saturate);
  let results = (outs AnyTensor:$output);
}

def Onnx_CausalConvWithStateOp : Onnx_Op<"CausalConvWithState", [
    Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX CausalConvWithState, version 27";
  let description = "https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$weight,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "none">:$activation);
  let results = (outs AnyTensor:$output, AnyTensor:$present_state);
  let extraClassDeclaration = [{
    ::mlir::Value getBias() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getPastState() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_CeilOp : Onnx_UnaryOp<"Ceil"> {
  let summary = "ONNX Ceil, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Ceil.html";
}

def Onnx_CeluOp : Onnx_Op<"Celu", [Pure]> {
  let summary = "ONNX Celu, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Celu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_CenterCropPadOp : Onnx_Op<"CenterCropPad", [Pure]> {
  let summary = "ONNX CenterCropPad, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__CenterCropPad.html";
  let arguments = (ins AnyTensor:$input_data, AnyTensor:$shape,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
  let results = (outs AnyTensor:$output_data);
}

def Onnx_ClipOp : Onnx_Op<"Clip", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX Clip, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Clip.html";
  let arguments = (ins AnyTensor:$input, Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getMin() { return ::bornc::onnx::presentOperand(*this, 1); }
    ::mlir::Value getMax() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_Col2ImOp : Onnx_Op<"Col2Im", [Pure]> {
  let summary = "ONNX Col2Im, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__Col2Im.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$image_shape, AnyTensor:$block_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$output);
}

def Onnx_CompressOp : Onnx_Op<"Compress", [Pure]> {
  let summary = "ONNX Compress, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Compress.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$condition, OptionalAttr<I64Attr>:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_ConcatOp : Onnx_Op<"Concat", [Pure]> {
  let summary = "ONNX Concat, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Concat.html";
  let arguments = (ins Variadic<AnyTensor>:$inputs, I64Attr:$axis);
  let results = (outs AnyTensor:$concat_result);
}

def Onnx_ConcatFromSequenceOp : Onnx_Op<"ConcatFromSequence", [Pure]> {
  let summary = "ONNX ConcatFromSequence, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__ConcatFromSequence.html";
  let arguments = (ins AnyType:$input_sequence, I64Attr:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$new_axis);
  let results = (outs AnyTensor:$concat_result);
}

def Onnx_ConstantOfShapeOp : Onnx_Op<"ConstantOfShape", [Pure]> {
  let summary = "ONNX ConstantOfShape, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html";
  let arguments = (ins AnyTensor:$input, OptionalAttr<ElementsAttr>:$value);
  let results = (outs AnyTensor:$output);
}

def Onnx_ConvOp : Onnx_Op<"Conv", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX Conv, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Conv.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_ConvIntegerOp : Onnx_Op<"ConvInteger", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX ConvInteger, version 10";
  let description = "https://onnx.ai/onnx/operators/onnx__ConvInteger.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$w,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$y);
  let extraClassDeclaration = [{
    ::mlir::Value getXZeroPoint() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getWZeroPoint() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_ConvTransposeOp : Onnx_Op<"ConvTranspose", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX ConvTranspose, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__ConvTranspose.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$output_padding,
                       OptionalAttr<DenseI64ArrayAttr>:$output_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_CosOp : Onnx_UnaryOp<"Cos"> {
  let summary = "ONNX Cos, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Cos.html";
}

def Onnx_CoshOp : Onnx_UnaryOp<"Cosh"> {
  let summary = "ONNX Cosh, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Cosh.html";
}

def Onnx_CumProdOp : Onnx_Op<"CumProd", [Pure]> {
  let summary = "ONNX CumProd, version 26";
  let description = "https://onnx.ai/onnx/operators/onnx__CumProd.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$axis, DefaultValuedAttr<I64Attr, "0">:$exclusive,
                       DefaultValuedAttr<I64Attr, "0">:$reverse);
  let results = (outs AnyTensor:$y);
}

def Onnx_CumSumOp : Onnx_Op<"CumSum", [Pure]> {
  let summary = "ONNX CumSum, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__CumSum.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$axis, DefaultValuedAttr<I64Attr, "0">:$exclusive,
                       DefaultValuedAttr<I64Attr, "0">:$reverse);
  let results = (outs AnyTensor:$y);
}

def Onnx_DFTOp : Onnx_Op<"DFT", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX DFT, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__DFT.html";
  let arguments = (ins AnyTensor:$input, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$inverse,
                       DefaultValuedAttr<I64Attr, "0">:$onesided);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getDftLength() { return ::bornc::onnx::presentOperand(*this, 1); }
    ::mlir::Value getAxis() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_DeformConvOp : Onnx_Op<"DeformConv", [Pure, Onnx_AtMost<"operands", 5>]> {
  let summary = "ONNX DeformConv, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__DeformConv.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W, AnyTensor:$offset,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       DefaultValuedAttr<I64Attr, "1">:$offset_group,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getMask() { return ::bornc::onnx::presentOperand(*this, 4); }
  }];
}

def Onnx_DepthToSpaceOp : Onnx_Op<"DepthToSpace", [Pure]> {
  let summary = "ONNX DepthToSpace, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__DepthToSpace.html";
  let arguments = (ins AnyTensor:$input, I64Attr:$blocksize,
                       DefaultValuedStrAttr<StrAttr, "DCR">:$mode);
  let results = (outs AnyTensor:$output);
}

def Onnx_DequantizeLinearOp : Onnx_Op<"DequantizeLinear", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX DequantizeLinear, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$x_scale,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "1">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size,
                       DefaultValuedAttr<I64Attr, "0">:$output_dtype);
  let results = (outs AnyTensor:$y);
  let extraClassDeclaration = [{
    ::mlir::Value getXZeroPoint() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_DetOp : Onnx_Op<"Det", [Pure]> {
  let summary = "ONNX Det, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Det.html";
  let arguments = (ins AnyTensor:$X);
  let results = (outs AnyTensor:$Y);
}

def Onnx_DivOp : Onnx_BinaryOp<"Div"> {
  let summary = "ONNX Div, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Div.html";
}

def Onnx_DropoutOp : Onnx_Op<"Dropout", [
    Pure, Onnx_AtMost<"operands", 3>, Onnx_AtMost<"results", 2>]> {
  let summary = "ONNX Dropout, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Dropout.html";
  let arguments = (ins AnyTensor:$data, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<I64Attr>:$seed);
  let results = (outs AnyTensor:$output, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getRatio() { return ::bornc::onnx::presentOperand(*this, 1); }
    ::mlir::Value getTrainingMode() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getMask() { return ::bornc::onnx::presentResult(*this, 1); }
  }];
}

def Onnx_DynamicQuantizeLinearOp : Onnx_Op<"DynamicQuantizeLinear", [Pure]> {
  let summary = "ONNX DynamicQuantizeLinear, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html";
  let arguments = (ins AnyTensor:$x);
  let results = (outs AnyTensor:$y, AnyTensor:$y_scale, AnyTensor:$y_zero_point);
}

def Onnx_EinsumOp : Onnx_Op<"Einsum", [Pure]> {
  let summary = "ONNX Einsum, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Einsum.html";
  let arguments = (ins Variadic<AnyTensor>:$Inputs, StrAttr:$equation);
  let results = (outs AnyTensor:$Output);
}

def Onnx_EluOp : Onnx_Op<"Elu", [Pure]> {
  let summary = "ONNX Elu, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Elu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_EqualOp : Onnx_ComparisonOp<"Equal"> {
  let summary = "ONNX Equal, version 19";
  let description = "https://onnx.ai/onnx/operators/onnx__Equal.html";
}

def Onnx_ErfOp : Onnx_UnaryOp<"Erf"> {
  let summary = "ONNX Erf, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Erf.html";
}

def Onnx_ExpOp : Onnx_UnaryOp<"Exp"> {
  let summary = "ONNX Exp, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Exp.html";
}

def Onnx_ExpandOp : Onnx_Op<"Expand", [Pure]> {
  let summary = "ONNX Expand, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Expand.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$shape);
  let results = (outs AnyTensor:$output);
}

def Onnx_EyeLikeOp : Onnx_Op<"EyeLike", [Pure]> {
  let summary = "ONNX EyeLike, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__EyeLike.html";
  let arguments = (ins AnyTensor:$input, OptionalAttr<I64Attr>:$dtype,
                       DefaultValuedAttr<I64Attr, "0">:$k);
  let results = (outs AnyTensor:$output);
}

def Onnx_FlattenOp : Onnx_Op<"Flatten", [Pure]> {
  let summary = "ONNX Flatten, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Flatten.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_FloorOp : Onnx_UnaryOp<"Floor"> {
  let summary = "ONNX Floor, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Floor.html";
}

def Onnx_GRUOp : Onnx_Op<"GRU", [Pure, Onnx_AtMost<"operands", 6>, Onnx_AtMost<"results", 2>]> {
  let summary = "ONNX GRU, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__GRU.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W, AnyTensor:$R,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_alpha,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_beta,
                       OptionalAttr<StrArrayAttr>:$activations, OptionalAttr<F32Attr>:$clip,
                       DefaultValuedStrAttr<StrAttr, "forward">:$direction,
                       OptionalAttr<I64Attr>:$hidden_size,
                       DefaultValuedAttr<I64Attr, "0">:$layout,
                       DefaultValuedAttr<I64Attr, "0">:$linear_before_reset);
  let results = (outs Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getSequenceLens() { return ::bornc::onnx::presentOperand(*this, 4); }
    ::mlir::Value getInitialH() { return ::bornc::onnx::presentOperand(*this, 5); }
    ::mlir::Value getY() { return ::bornc::onnx::presentResult(*this, 0); }
    ::mlir::Value getYH() { return ::bornc::onnx::presentResult(*this, 1); }
  }];
}

def Onnx_GatherOp : Onnx_Op<"Gather", [Pure]> {
  let summary = "ONNX Gather, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Gather.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$indices,
                       DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_GatherElementsOp : Onnx_Op<"GatherElements", [Pure]> {
  let summary = "ONNX GatherElements, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__GatherElements.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$indices,
                       DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_GatherNDOp : Onnx_Op<"GatherND", [Pure]> {
  let summary = "ONNX GatherND, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__GatherND.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$indices,
                       DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs AnyTensor:$output);
}

def Onnx_GeluOp : Onnx_Op<"Gelu", [Pure]> {
  let summary = "ONNX Gelu, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__Gelu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedStrAttr<StrAttr, "none">:$approximate);
  let results = (outs AnyTensor:$Y);
}

def Onnx_GemmOp : Onnx_Op<"Gemm", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX Gemm, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Gemm.html";
  let arguments = (ins AnyTensor:$A, AnyTensor:$B,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha,
                       DefaultValuedAttr<F32Attr, "1.0f">:$beta,
                       DefaultValuedAttr<I64Attr, "0">:$transA,
                       DefaultValuedAttr<I64Attr, "0">:$transB);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getC() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_GlobalAveragePoolOp : Onnx_Op<"GlobalAveragePool", [Pure]> {
  let summary = "ONNX GlobalAveragePool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html";
  let arguments = (ins AnyTensor:$X);
  let results = (outs AnyTensor:$Y);
}

def Onnx_GlobalLpPoolOp : Onnx_Op<"GlobalLpPool", [Pure]> {
  let summary = "ONNX GlobalLpPool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<I64Attr, "2">:$p);
  let results = (outs AnyTensor:$Y);
}

def Onnx_GlobalMaxPoolOp : Onnx_Op<"GlobalMaxPool", [Pure]> {
  let summary = "ONNX GlobalMaxPool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html";
  let arguments = (ins AnyTensor:$X);
  let results = (outs AnyTensor:$Y);
}

def Onnx_GreaterOp : Onnx_ComparisonOp<"Greater"> {
  let summary = "ONNX Greater, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Greater.html";
}

def Onnx_GreaterOrEqualOp : Onnx_ComparisonOp<"GreaterOrEqual"> {
  let summary = "ONNX GreaterOrEqual, version 16";
  let description = "https://onnx.ai/onnx/operators/onnx__GreaterOrEqual.html";
}

def Onnx_GridSampleOp : Onnx_Op<"GridSample", [Pure]> {
  let summary = "ONNX GridSample, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__GridSample.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$grid,
                       DefaultValuedAttr<I64Attr, "0">:$align_corners,
                       DefaultValuedStrAttr<StrAttr, "linear">:$mode,
                       DefaultValuedStrAttr<StrAttr, "zeros">:$padding_mode);
  let results = (outs AnyTensor:$Y);
}

def Onnx_GroupNormalizationOp : Onnx_Op<"GroupNormalization", [Pure]> {
  let summary = "ONNX GroupNormalization, version 21";
  let description = "https://onnx.ai/onnx/operators/onnx__GroupNormalization.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$scale, AnyTensor:$bias,
                       DefaultValuedAttr<F32Attr, "1e-05f">:$epsilon, I64Attr:$num_groups,
                       DefaultValuedAttr<I64Attr, "1">:$stash_type);
  let results = (outs AnyTensor:$Y);
}

def Onnx_HammingWindowOp : Onnx_Op<"HammingWindow", [Pure]> {
  let summary = "ONNX HammingWindow, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__HammingWindow.html";
  let arguments = (ins AnyTensor:$size, DefaultValuedAttr<I64Attr, "1">:$output_datatype,
                       DefaultValuedAttr<I64Attr, "1">:$periodic);
  let results = (outs AnyTensor:$output);
}

def Onnx_HannWindowOp : Onnx_Op<"HannWindow", [Pure]> {
  let summary = "ONNX HannWindow, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__HannWindow.html";
  let arguments = (ins AnyTensor:$size, DefaultValuedAttr<I64Attr, "1">:$output_datatype,
                       DefaultValuedAttr<I64Attr, "1">:$periodic);
  let results = (outs AnyTensor:$output);
}

def Onnx_HardSigmoidOp : Onnx_Op<"HardSigmoid", [Pure]> {
  let summary = "ONNX HardSigmoid, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__HardSigmoid.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "0.2f">:$alpha,
                       DefaultValuedAttr<F32Attr, "0.5f">:$beta);
  let results = (outs AnyTensor:$Y);
}

def Onnx_HardSwishOp : Onnx_UnaryOp<"HardSwish"> {
  let summary = "ONNX HardSwish, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__HardSwish.html";
}

def Onnx_HardmaxOp : Onnx_Op<"Hardmax", [Pure]> {
  let summary = "ONNX Hardmax, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Hardmax.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_IdentityOp : Onnx_Op<"Identity", [Pure]> {
  let summary = "ONNX Identity, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Identity.html";
  let arguments = (ins AnyType:$input);
  let results = (outs AnyType:$output);
}

def Onnx_IfOp : Onnx_RegionOp<"If", [RecursiveMemoryEffects]> {
  let summary = "ONNX If, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__If.html";
  let arguments = (ins AnyTensor:$cond);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$else_branch, SizedRegion<1>:$then_branch);
}

def Onnx_ImageDecoderOp : Onnx_Op<"ImageDecoder", [Pure]> {
  let summary = "ONNX ImageDecoder, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__ImageDecoder.html";
  let arguments = (ins AnyTensor:$encoded_stream,
                       DefaultValuedStrAttr<StrAttr, "RGB">:$pixel_format);
  let results = (outs AnyTensor:$image);
}

def Onnx_InstanceNormalizationOp : Onnx_Op<"InstanceNormalization", [Pure]> {
  let summary = "ONNX InstanceNormalization, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$scale, AnyTensor:$B,
                       DefaultValuedAttr<F32Attr, "1e-05f">:$epsilon);
  let results = (outs AnyTensor:$output);
}

def Onnx_IsInfOp : Onnx_Op<"IsInf", [Pure]> {
  let summary = "ONNX IsInf, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__IsInf.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<I64Attr, "1">:$detect_negative,
                       DefaultValuedAttr<I64Attr, "1">:$detect_positive);
  let results = (outs AnyTensor:$Y);
}

def Onnx_IsNaNOp : Onnx_UnaryOp<"IsNaN"> {
  let summary = "ONNX IsNaN, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__IsNaN.html";
}

def Onnx_LRNOp : Onnx_Op<"LRN", [Pure]> {
  let summary = "ONNX LRN, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__LRN.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1e-04f">:$alpha,
                       DefaultValuedAttr<F32Attr, "0.75f">:$beta,
                       DefaultValuedAttr<F32Attr, "1.0f">:$bias, I64Attr:$size);
  let results = (outs AnyTensor:$Y);
}

def Onnx_LSTMOp : Onnx_Op<"LSTM", [Pure, Onnx_AtMost<"operands", 8>, Onnx_AtMost<"results", 3>]> {
  let summary = "ONNX LSTM, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__LSTM.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W, AnyTensor:$R,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_alpha,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_beta,
                       OptionalAttr<StrArrayAttr>:$activations, OptionalAttr<F32Attr>:$clip,
                       DefaultValuedStrAttr<StrAttr, "forward">:$direction,
                       OptionalAttr<I64Attr>:$hidden_size,
                       DefaultValuedAttr<I64Attr, "0">:$input_forget,
                       DefaultValuedAttr<I64Attr, "0">:$layout);
  let results = (outs Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getSequenceLens() { return ::bornc::onnx::presentOperand(*this, 4); }
    ::mlir::Value getInitialH() { return ::bornc::onnx::presentOperand(*this, 5); }
    ::mlir::Value getInitialC() { return ::bornc::onnx::presentOperand(*this, 6); }
    ::mlir::Value getP() { return ::bornc::onnx::presentOperand(*this, 7); }
    ::mlir::Value getY() { return ::bornc::onnx::presentResult(*this, 0); }
    ::mlir::Value getYH() { return ::bornc::onnx::presentResult(*this, 1); }
    ::mlir::Value getYC() { return ::bornc::onnx::presentResult(*this, 2); }
  }];
}

def Onnx_LayerNormalizationOp : Onnx_Op<"LayerNormalization", [
    Pure, Onnx_AtMost<"operands", 3>, Onnx_AtMost<"results", 3>]> {
  let summary = "ONNX LayerNormalization, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__LayerNormalization.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$Scale,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<F32Attr, "1e-05f">:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$stash_type);
  let results = (outs AnyTensor:$Y, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getMean() { return ::bornc::onnx::presentResult(*this, 1); }
    ::mlir::Value getInvStdDev() { return ::bornc::onnx::presentResult(*this, 2); }
  }];
}

def Onnx_LeakyReluOp : Onnx_Op<"LeakyRelu", [Pure]> {
  let summary = "ONNX LeakyRelu, version 16";
  let description = "https://onnx.ai/onnx/operators/onnx__LeakyRelu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "0.01f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_LessOp : Onnx_ComparisonOp<"Less"> {
  let summary = "ONNX Less, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Less.html";
}

def Onnx_LessOrEqualOp : Onnx_ComparisonOp<"LessOrEqual"> {
  let summary = "ONNX LessOrEqual, version 16";
  let description = "https://onnx.ai/onnx/operators/onnx__LessOrEqual.html";
}

def Onnx_LinearAttentionOp : Onnx_Op<"LinearAttention", [Pure, Onnx_AtMost<"operands", 6>]> {
  let summary = "ONNX LinearAttention, version 27";
  let description = "https://onnx.ai/onnx/operators/onnx__LinearAttention.html";
  let arguments = (ins AnyTensor:$query, AnyTensor:$key, AnyTensor:$value,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "64">:$chunk_size, I64Attr:$kv_num_heads,
                       I64Attr:$q_num_heads, DefaultValuedAttr<F32Attr, "0.0f">:$scale,
                       DefaultValuedStrAttr<StrAttr, "gated_delta">:$update_rule);
  let results = (outs AnyTensor:$output, AnyTensor:$present_state);
  let extraClassDeclaration = [{
    ::mlir::Value getPastState() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getDecay() { return ::bornc::onnx::presentOperand(*this, 4); }
    ::mlir::Value getBeta() { return ::bornc::onnx::presentOperand(*this, 5); }
  }];
}

def Onnx_LogOp : Onnx_UnaryOp<"Log"> {
  let summary = "ONNX Log, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Log.html";
}

def Onnx_LogSoftmaxOp : Onnx_Op<"LogSoftmax", [Pure]> {
  let summary = "ONNX LogSoftmax, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__LogSoftmax.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_LoopOp : Onnx_RegionOp<"Loop", [RecursiveMemoryEffects]> {
  let summary = "ONNX Loop, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Loop.html";
  let arguments = (ins Onnx_TensorOrNone:$M, Onnx_TensorOrNone:$cond,
                       Variadic<AnyType>:$v_initial);
  let results = (outs Variadic<AnyType>:$v_final_and_scan_outputs);
  let regions = (region SizedRegion<1>:$body);
}

def Onnx_LpNormalizationOp : Onnx_Op<"LpNormalization", [Pure]> {
  let summary = "ONNX LpNormalization, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__LpNormalization.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<I64Attr, "2">:$p);
  let results = (outs AnyTensor:$output);
}

def Onnx_LpPoolOp : Onnx_Op<"LpPool", [Pure]> {
  let summary = "ONNX LpPool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__LpPool.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       DefaultValuedAttr<I64Attr, "0">:$ceil_mode,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DenseI64ArrayAttr:$kernel_shape, DefaultValuedAttr<I64Attr, "2">:$p,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y);
}

def Onnx_MatMulOp : Onnx_Op<"MatMul", [Pure]> {
  let summary = "ONNX MatMul, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__MatMul.html";
  let arguments = (ins AnyTensor:$A, AnyTensor:$B);
  let results = (outs AnyTensor:$Y);
}

def Onnx_MatMulIntegerOp : Onnx_Op<"MatMulInteger", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX MatMulInteger, version 10";
  let description = "https://onnx.ai/onnx/operators/onnx__MatMulInteger.html";
  let arguments = (ins AnyTensor:$A, AnyTensor:$B,
                       Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getAZeroPoint() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getBZeroPoint() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_MaxOp : Onnx_VariadicOp<"Max"> {
  let summary = "ONNX Max, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Max.html";
}

def Onnx_MaxPoolOp : Onnx_Op<"MaxPool", [Pure, Onnx_AtMost<"results", 2>]> {
  let summary = "ONNX MaxPool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__MaxPool.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       DefaultValuedAttr<I64Attr, "0">:$ceil_mode,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DenseI64ArrayAttr:$kernel_shape, OptionalAttr<DenseI64ArrayAttr>:$pads,
                       DefaultValuedAttr<I64Attr, "0">:$storage_order,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$Y, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getIndices() { return ::bornc::onnx::presentResult(*this, 1); }
  }];
}

def Onnx_MaxRoiPoolOp : Onnx_Op<"MaxRoiPool", [Pure]> {
  let summary = "ONNX MaxRoiPool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$rois, DenseI64ArrayAttr:$pooled_shape,
                       DefaultValuedAttr<F32Attr, "1.0f">:$spatial_scale);
  let results = (outs AnyTensor:$Y);
}

def Onnx_MaxUnpoolOp : Onnx_Op<"MaxUnpool", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX MaxUnpool, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__MaxUnpool.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$I,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DenseI64ArrayAttr:$kernel_shape, OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getOutputShape() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_MeanOp : Onnx_VariadicOp<"Mean"> {
  let summary = "ONNX Mean, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Mean.html";
}

def Onnx_MeanVarianceNormalizationOp : Onnx_Op<"MeanVarianceNormalization", [Pure]> {
  let summary = "ONNX MeanVarianceNormalization, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<DenseI64ArrayAttr, "{0, 2, 3}">:$axes);
  let results = (outs AnyTensor:$Y);
}

def Onnx_MelWeightMatrixOp : Onnx_Op<"MelWeightMatrix", [Pure]> {
  let summary = "ONNX MelWeightMatrix, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html";
  let arguments = (ins AnyTensor:$num_mel_bins, AnyTensor:$dft_length, AnyTensor:$sample_rate,
                       AnyTensor:$lower_edge_hertz, AnyTensor:$upper_edge_hertz,
                       DefaultValuedAttr<I64Attr, "1">:$output_datatype);
  let results = (outs AnyTensor:$output);
}

def Onnx_MinOp : Onnx_VariadicOp<"Min"> {
  let summary = "ONNX Min, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Min.html";
}

def Onnx_MishOp : Onnx_UnaryOp<"Mish"> {
  let summary = "ONNX Mish, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Mish.html";
}

def Onnx_ModOp : Onnx_Op<"Mod", [Pure]> {
  let summary = "ONNX Mod, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Mod.html";
  let arguments = (ins AnyTensor:$A, AnyTensor:$B, DefaultValuedAttr<I64Attr, "0">:$fmod);
  let results = (outs AnyTensor:$C);
}

def Onnx_MulOp : Onnx_BinaryOp<"Mul"> {
  let summary = "ONNX Mul, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Mul.html";
}

def Onnx_MultinomialOp : Onnx_Op<"Multinomial", []> {
  let summary = "ONNX Multinomial, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Multinomial.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "6">:$dtype,
                       DefaultValuedAttr<I64Attr, "1">:$sample_size,
                       OptionalAttr<F32Attr>:$seed);
  let results = (outs AnyTensor:$output);
}

def Onnx_NegOp : Onnx_UnaryOp<"Neg"> {
  let summary = "ONNX Neg, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Neg.html";
}

def Onnx_NegativeLogLikelihoodLossOp : Onnx_Op<"NegativeLogLikelihoodLoss", [
    Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX NegativeLogLikelihoodLoss, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$target,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<I64Attr>:$ignore_index,
                       DefaultValuedStrAttr<StrAttr, "mean">:$reduction);
  let results = (outs AnyTensor:$loss);
  let extraClassDeclaration = [{
    ::mlir::Value getWeight() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_NonMaxSuppressionOp : Onnx_Op<"NonMaxSuppression", [Pure, Onnx_AtMost<"operands", 5>]> {
  let summary = "ONNX NonMaxSuppression, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html";
  let arguments = (ins AnyTensor:$boxes, AnyTensor:$scores,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$center_point_box);
  let results = (outs AnyTensor:$selected_indices);
  let extraClassDeclaration = [{
    ::mlir::Value getMaxOutputBoxesPerClass() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getIouThreshold() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getScoreThreshold() { return ::bornc::onnx::presentOperand(*this, 4); }
  }];
}

def Onnx_NonZeroOp : Onnx_Op<"NonZero", [Pure]> {
  let summary = "ONNX NonZero, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__NonZero.html";
  let arguments = (ins AnyTensor:$X);
  let results = (outs AnyTensor:$Y);
}

def Onnx_NotOp : Onnx_UnaryOp<"Not"> {
  let summary = "ONNX Not, version 1";
  let description = "https://onnx.ai/onnx/operators/onnx__Not.html";
}

def Onnx_OneHotOp : Onnx_Op<"OneHot", [Pure]> {
  let summary = "ONNX OneHot, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__OneHot.html";
  let arguments = (ins AnyTensor:$indices, AnyTensor:$depth, AnyTensor:$values,
                       DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_OptionalOp : Onnx_Op<"Optional", [Pure, Onnx_AtMost<"operands", 1>]> {
  let summary = "ONNX Optional, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Optional.html";
  let arguments = (ins Variadic<AnyType>:$optional_operands, OptionalAttr<TypeAttr>:$type);
  let results = (outs AnyType:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getInput() { return ::bornc::onnx::presentOperand(*this, 0); }
  }];
}

def Onnx_OptionalGetElementOp : Onnx_Op<"OptionalGetElement", [Pure]> {
  let summary = "ONNX OptionalGetElement, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__OptionalGetElement.html";
  let arguments = (ins AnyType:$input);
  let results = (outs AnyType:$output);
}

def Onnx_OptionalHasElementOp : Onnx_Op<"OptionalHasElement", [Pure, Onnx_AtMost<"operands", 1>]> {
  let summary = "ONNX OptionalHasElement, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__OptionalHasElement.html";
  let arguments = (ins Variadic<AnyType>:$optional_operands);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getInput() { return ::bornc::onnx::presentOperand(*this, 0); }
  }];
}

def Onnx_OrOp : Onnx_BinaryOp<"Or"> {
  let summary = "ONNX Or, version 7";
  let description = "https://onnx.ai/onnx/operators/onnx__Or.html";
}

def Onnx_PReluOp : Onnx_BinaryOp<"PRelu"> {
  let summary = "ONNX PRelu, version 16";
  let description = "https://onnx.ai/onnx/operators/onnx__PRelu.html";
}

def Onnx_PadOp : Onnx_Op<"Pad", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX Pad, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Pad.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$pads,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "constant">:$mode);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getConstantValue() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getAxes() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_PowOp : Onnx_BinaryOp<"Pow"> {
  let summary = "ONNX Pow, version 15";
  let description = "https://onnx.ai/onnx/operators/onnx__Pow.html";
}

def Onnx_QLinearConvOp : Onnx_Op<"QLinearConv", [Pure, Onnx_AtMost<"operands", 9>]> {
  let summary = "ONNX QLinearConv, version 10";
  let description = "https://onnx.ai/onnx/operators/onnx__QLinearConv.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$x_scale, AnyTensor:$x_zero_point, AnyTensor:$w,
                       AnyTensor:$w_scale, AnyTensor:$w_zero_point, AnyTensor:$y_scale,
                       AnyTensor:$y_zero_point, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs AnyTensor:$y);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 8); }
  }];
}

def Onnx_QLinearMatMulOp : Onnx_Op<"QLinearMatMul", [Pure]> {
  let summary = "ONNX QLinearMatMul, version 21";
  let description = "https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html";
  let arguments = (ins AnyTensor:$a, AnyTensor:$a_scale, AnyTensor:$a_zero_point, AnyTensor:$b,
                       AnyTensor:$b_scale, AnyTensor:$b_zero_point, AnyTensor:$y_scale,
                       AnyTensor:$y_zero_point);
  let results = (outs AnyTensor:$y);
}

def Onnx_QuantizeLinearOp : Onnx_Op<"QuantizeLinear", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX QuantizeLinear, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html";
  let arguments = (ins AnyTensor:$x, AnyTensor:$y_scale,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "1">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size,
                       DefaultValuedAttr<I64Attr, "0">:$output_dtype,
                       DefaultValuedAttr<I64Attr, "0">:$precision,
                       DefaultValuedAttr<I64Attr, "1">:$saturate);
  let results = (outs AnyTensor:$y);
  let extraClassDeclaration = [{
    ::mlir::Value getYZeroPoint() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_RMSNormalizationOp : Onnx_Op<"RMSNormalization", [Pure]> {
  let summary = "ONNX RMSNormalization, version 23";
  let description = "https://onnx.ai/onnx/operators/onnx__RMSNormalization.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$scale, DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<F32Attr, "1e-05f">:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$stash_type);
  let results = (outs AnyTensor:$Y);
}

def Onnx_RNNOp : Onnx_Op<"RNN", [Pure, Onnx_AtMost<"operands", 6>, Onnx_AtMost<"results", 2>]> {
  let summary = "ONNX RNN, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RNN.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$W, AnyTensor:$R,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_alpha,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_beta,
                       DefaultValuedAttr<StrArrayAttr, "{\"Tanh\", \"Tanh\"}">:$activations,
                       OptionalAttr<F32Attr>:$clip,
                       DefaultValuedStrAttr<StrAttr, "forward">:$direction,
                       OptionalAttr<I64Attr>:$hidden_size,
                       DefaultValuedAttr<I64Attr, "0">:$layout);
  let results = (outs Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getB() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getSequenceLens() { return ::bornc::onnx::presentOperand(*this, 4); }
    ::mlir::Value getInitialH() { return ::bornc::onnx::presentOperand(*this, 5); }
    ::mlir::Value getY() { return ::bornc::onnx::presentResult(*this, 0); }
    ::mlir::Value getYH() { return ::bornc::onnx::presentResult(*this, 1); }
  }];
}

def Onnx_RandomNormalOp : Onnx_Op<"RandomNormal", []> {
  let summary = "ONNX RandomNormal, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RandomNormal.html";
  let arguments = (ins DefaultValuedAttr<I64Attr, "1">:$dtype,
                       DefaultValuedAttr<F32Attr, "0.0f">:$mean,
                       DefaultValuedAttr<F32Attr, "1.0f">:$scale, OptionalAttr<F32Attr>:$seed,
                       DenseI64ArrayAttr:$shape);
  let results = (outs AnyTensor:$output);
}

def Onnx_RandomNormalLikeOp : Onnx_Op<"RandomNormalLike", []> {
  let summary = "ONNX RandomNormalLike, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RandomNormalLike.html";
  let arguments = (ins AnyTensor:$input, OptionalAttr<I64Attr>:$dtype,
                       DefaultValuedAttr<F32Attr, "0.0f">:$mean,
                       DefaultValuedAttr<F32Attr, "1.0f">:$scale, OptionalAttr<F32Attr>:$seed);
  let results = (outs AnyTensor:$output);
}

def Onnx_RandomUniformOp : Onnx_Op<"RandomUniform", []> {
  let summary = "ONNX RandomUniform, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RandomUniform.html";
  let arguments = (ins DefaultValuedAttr<I64Attr, "1">:$dtype,
                       DefaultValuedAttr<F32Attr, "1.0f">:$high,
                       DefaultValuedAttr<F32Attr, "0.0f">:$low, OptionalAttr<F32Attr>:$seed,
                       DenseI64ArrayAttr:$shape);
  let results = (outs AnyTensor:$output);
}

def Onnx_RandomUniformLikeOp : Onnx_Op<"RandomUniformLike", []> {
  let summary = "ONNX RandomUniformLike, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RandomUniformLike.html";
  let arguments = (ins AnyTensor:$input, OptionalAttr<I64Attr>:$dtype,
                       DefaultValuedAttr<F32Attr, "1.0f">:$high,
                       DefaultValuedAttr<F32Attr, "0.0f">:$low, OptionalAttr<F32Attr>:$seed);
  let results = (outs AnyTensor:$output);
}

def Onnx_RangeOp : Onnx_Op<"Range", [Pure]> {
  let summary = "ONNX Range, version 27";
  let description = "https://onnx.ai/onnx/operators/onnx__Range.html";
  let arguments = (ins AnyTensor:$start, AnyTensor:$limit, AnyTensor:$delta,
                       DefaultValuedAttr<I64Attr, "1">:$stash_type);
  let results = (outs AnyTensor:$output);
}

def Onnx_ReciprocalOp : Onnx_UnaryOp<"Reciprocal"> {
  let summary = "ONNX Reciprocal, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Reciprocal.html";
}

def Onnx_ReduceL1Op : Onnx_ReduceOp<"ReduceL1"> {
  let summary = "ONNX ReduceL1, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceL1.html";
}

def Onnx_ReduceL2Op : Onnx_ReduceOp<"ReduceL2"> {
  let summary = "ONNX ReduceL2, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceL2.html";
}

def Onnx_ReduceLogSumOp : Onnx_ReduceOp<"ReduceLogSum"> {
  let summary = "ONNX ReduceLogSum, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceLogSum.html";
}

def Onnx_ReduceLogSumExpOp : Onnx_ReduceOp<"ReduceLogSumExp"> {
  let summary = "ONNX ReduceLogSumExp, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceLogSumExp.html";
}

def Onnx_ReduceMaxOp : Onnx_ReduceOp<"ReduceMax"> {
  let summary = "ONNX ReduceMax, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceMax.html";
}

def Onnx_ReduceMeanOp : Onnx_ReduceOp<"ReduceMean"> {
  let summary = "ONNX ReduceMean, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceMean.html";
}

def Onnx_ReduceMinOp : Onnx_ReduceOp<"ReduceMin"> {
  let summary = "ONNX ReduceMin, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceMin.html";
}

def Onnx_ReduceProdOp : Onnx_ReduceOp<"ReduceProd"> {
  let summary = "ONNX ReduceProd, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceProd.html";
}

def Onnx_ReduceSumOp : Onnx_ReduceOp<"ReduceSum"> {
  let summary = "ONNX ReduceSum, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceSum.html";
}

def Onnx_ReduceSumSquareOp : Onnx_ReduceOp<"ReduceSumSquare"> {
  let summary = "ONNX ReduceSumSquare, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ReduceSumSquare.html";
}

def Onnx_RegexFullMatchOp : Onnx_Op<"RegexFullMatch", [Pure]> {
  let summary = "ONNX RegexFullMatch, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__RegexFullMatch.html";
  let arguments = (ins AnyTensor:$X, OptionalAttr<StrAttr>:$pattern);
  let results = (outs AnyTensor:$Y);
}

def Onnx_ReluOp : Onnx_UnaryOp<"Relu"> {
  let summary = "ONNX Relu, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Relu.html";
}

def Onnx_ReshapeOp : Onnx_Op<"Reshape", [Pure]> {
  let summary = "ONNX Reshape, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Reshape.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$shape,
                       DefaultValuedAttr<I64Attr, "0">:$allowzero);
  let results = (outs AnyTensor:$reshaped);
}

def Onnx_ResizeOp : Onnx_Op<"Resize", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX Resize, version 19";
  let description = "https://onnx.ai/onnx/operators/onnx__Resize.html";
  let arguments = (ins AnyTensor:$X, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$antialias,
                       OptionalAttr<DenseI64ArrayAttr>:$axes,
                       DefaultValuedStrAttr<StrAttr, "half_pixel">:$coordinate_transformation_mode,
                       DefaultValuedAttr<F32Attr, "-0.75f">:$cubic_coeff_a,
                       DefaultValuedAttr<I64Attr, "0">:$exclude_outside,
                       DefaultValuedAttr<F32Attr, "0.0f">:$extrapolation_value,
                       DefaultValuedStrAttr<StrAttr, "stretch">:$keep_aspect_ratio_policy,
                       DefaultValuedStrAttr<StrAttr, "nearest">:$mode,
                       DefaultValuedStrAttr<StrAttr, "round_prefer_floor">:$nearest_mode);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getRoi() { return ::bornc::onnx::presentOperand(*this, 1); }
    ::mlir::Value getScales() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getSizes() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_ReverseSequenceOp : Onnx_Op<"ReverseSequence", [Pure]> {
  let summary = "ONNX ReverseSequence, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__ReverseSequence.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$sequence_lens,
                       DefaultValuedAttr<I64Attr, "1">:$batch_axis,
                       DefaultValuedAttr<I64Attr, "0">:$time_axis);
  let results = (outs AnyTensor:$Y);
}

def Onnx_RoiAlignOp : Onnx_Op<"RoiAlign", [Pure]> {
  let summary = "ONNX RoiAlign, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__RoiAlign.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$rois, AnyTensor:$batch_indices,
                       DefaultValuedStrAttr<StrAttr, "half_pixel">:$coordinate_transformation_mode,
                       DefaultValuedStrAttr<StrAttr, "avg">:$mode,
                       DefaultValuedAttr<I64Attr, "1">:$output_height,
                       DefaultValuedAttr<I64Attr, "1">:$output_width,
                       DefaultValuedAttr<I64Attr, "0">:$sampling_ratio,
                       DefaultValuedAttr<F32Attr, "1.0f">:$spatial_scale);
  let results = (outs AnyTensor:$Y);
}

def Onnx_RotaryEmbeddingOp : Onnx_Op<"RotaryEmbedding", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX RotaryEmbedding, version 23";
  let description = "https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$cos_cache, AnyTensor:$sin_cache,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$interleaved,
                       OptionalAttr<I64Attr>:$num_heads,
                       DefaultValuedAttr<I64Attr, "0">:$rotary_embedding_dim);
  let results = (outs AnyTensor:$Y);
  let extraClassDeclaration = [{
    ::mlir::Value getPositionIds() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_RoundOp : Onnx_UnaryOp<"Round"> {
  let summary = "ONNX Round, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Round.html";
}

def Onnx_STFTOp : Onnx_Op<"STFT", [Pure, Onnx_AtMost<"operands", 4>]> {
  let summary = "ONNX STFT, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__STFT.html";
  let arguments = (ins AnyTensor:$signal, AnyTensor:$frame_step,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "1">:$onesided);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getWindow() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getFrameLength() { return ::bornc::onnx::presentOperand(*this, 3); }
  }];
}

def Onnx_ScanOp : Onnx_RegionOp<"Scan", [RecursiveMemoryEffects]> {
  let summary = "ONNX Scan, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Scan.html";
  let arguments = (ins Variadic<AnyType>:$initial_state_and_scan_inputs,
                       I64Attr:$num_scan_inputs,
                       OptionalAttr<DenseI64ArrayAttr>:$scan_input_axes,
                       OptionalAttr<DenseI64ArrayAttr>:$scan_input_directions,
                       OptionalAttr<DenseI64ArrayAttr>:$scan_output_axes,
                       OptionalAttr<DenseI64ArrayAttr>:$scan_output_directions);
  let results = (outs Variadic<AnyType>:$final_state_and_scan_outputs);
  let regions = (region SizedRegion<1>:$body);
}

def Onnx_ScatterElementsOp : Onnx_Op<"ScatterElements", [Pure]> {
  let summary = "ONNX ScatterElements, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ScatterElements.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$indices, AnyTensor:$updates,
                       DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedStrAttr<StrAttr, "none">:$reduction);
  let results = (outs AnyTensor:$output);
}

def Onnx_ScatterNDOp : Onnx_Op<"ScatterND", [Pure]> {
  let summary = "ONNX ScatterND, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__ScatterND.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$indices, AnyTensor:$updates,
                       DefaultValuedStrAttr<StrAttr, "none">:$reduction);
  let results = (outs AnyTensor:$output);
}

def Onnx_SeluOp : Onnx_Op<"Selu", [Pure]> {
  let summary = "ONNX Selu, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Selu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1.6732632f">:$alpha,
                       DefaultValuedAttr<F32Attr, "1.050701f">:$gamma);
  let results = (outs AnyTensor:$Y);
}

def Onnx_SequenceAtOp : Onnx_Op<"SequenceAt", [Pure]> {
  let summary = "ONNX SequenceAt, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceAt.html";
  let arguments = (ins AnyType:$input_sequence, AnyTensor:$position);
  let results = (outs AnyTensor:$tensor);
}

def Onnx_SequenceConstructOp : Onnx_Op<"SequenceConstruct", [Pure]> {
  let summary = "ONNX SequenceConstruct, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceConstruct.html";
  let arguments = (ins Variadic<AnyTensor>:$inputs);
  let results = (outs AnyType:$output_sequence);
}

def Onnx_SequenceEmptyOp : Onnx_Op<"SequenceEmpty", [Pure]> {
  let summary = "ONNX SequenceEmpty, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceEmpty.html";
  let arguments = (ins OptionalAttr<I64Attr>:$dtype);
  let results = (outs AnyType:$output);
}

def Onnx_SequenceEraseOp : Onnx_Op<"SequenceErase", [Pure, Onnx_AtMost<"operands", 2>]> {
  let summary = "ONNX SequenceErase, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceErase.html";
  let arguments = (ins AnyType:$input_sequence, Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyType:$output_sequence);
  let extraClassDeclaration = [{
    ::mlir::Value getPosition() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

def Onnx_SequenceInsertOp : Onnx_Op<"SequenceInsert", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX SequenceInsert, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceInsert.html";
  let arguments = (ins AnyType:$input_sequence, AnyTensor:$tensor,
                       Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyType:$output_sequence);
  let extraClassDeclaration = [{
    ::mlir::Value getPosition() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_SequenceLengthOp : Onnx_Op<"SequenceLength", [Pure]> {
  let summary = "ONNX SequenceLength, version 11";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceLength.html";
  let arguments = (ins AnyType:$input_sequence);
  let results = (outs AnyTensor:$length);
}

def Onnx_SequenceMapOp : Onnx_RegionOp<"SequenceMap", [RecursiveMemoryEffects]> {
  let summary = "ONNX SequenceMap, version 17";
  let description = "https://onnx.ai/onnx/operators/onnx__SequenceMap.html";
  let arguments = (ins AnyType:$input_sequence, Variadic<AnyType>:$additional_inputs);
  let results = (outs Variadic<AnyType>:$out_sequence);
  let regions = (region SizedRegion<1>:$body);
}

def Onnx_ShapeOp : Onnx_Op<"Shape", [Pure]> {
  let summary = "ONNX Shape, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Shape.html";
  let arguments = (ins AnyTensor:$data, OptionalAttr<I64Attr>:$end,
                       DefaultValuedAttr<I64Attr, "0">:$start);
  let results = (outs AnyTensor:$shape);
}

def Onnx_ShrinkOp : Onnx_Op<"Shrink", [Pure]> {
  let summary = "ONNX Shrink, version 9";
  let description = "https://onnx.ai/onnx/operators/onnx__Shrink.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<F32Attr, "0.0f">:$bias,
                       DefaultValuedAttr<F32Attr, "0.5f">:$lambd);
  let results = (outs AnyTensor:$output);
}

def Onnx_SigmoidOp : Onnx_UnaryOp<"Sigmoid"> {
  let summary = "ONNX Sigmoid, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Sigmoid.html";
}

def Onnx_SignOp : Onnx_UnaryOp<"Sign"> {
  let summary = "ONNX Sign, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Sign.html";
}

def Onnx_SinOp : Onnx_UnaryOp<"Sin"> {
  let summary = "ONNX Sin, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Sin.html";
}

def Onnx_SinhOp : Onnx_UnaryOp<"Sinh"> {
  let summary = "ONNX Sinh, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Sinh.html";
}

def Onnx_SizeOp : Onnx_Op<"Size", [Pure]> {
  let summary = "ONNX Size, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Size.html";
  let arguments = (ins AnyTensor:$data);
  let results = (outs AnyTensor:$size);
}

def Onnx_SliceOp : Onnx_Op<"Slice", [Pure, Onnx_AtMost<"operands", 5>]> {
  let summary = "ONNX Slice, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Slice.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$starts, AnyTensor:$ends,
                       Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getAxes() { return ::bornc::onnx::presentOperand(*this, 3); }
    ::mlir::Value getSteps() { return ::bornc::onnx::presentOperand(*this, 4); }
  }];
}

def Onnx_SoftmaxOp : Onnx_Op<"Softmax", [Pure]> {
  let summary = "ONNX Softmax, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Softmax.html";
  let arguments = (ins AnyTensor:$input, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs AnyTensor:$output);
}

def Onnx_SoftmaxCrossEntropyLossOp : Onnx_Op<"SoftmaxCrossEntropyLoss", [
    Pure, Onnx_AtMost<"operands", 3>, Onnx_AtMost<"results", 2>]> {
  let summary = "ONNX SoftmaxCrossEntropyLoss, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html";
  let arguments = (ins AnyTensor:$scores, AnyTensor:$labels,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       OptionalAttr<I64Attr>:$ignore_index,
                       DefaultValuedStrAttr<StrAttr, "mean">:$reduction);
  let results = (outs AnyTensor:$output, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getWeights() { return ::bornc::onnx::presentOperand(*this, 2); }
    ::mlir::Value getLogProb() { return ::bornc::onnx::presentResult(*this, 1); }
  }];
}

def Onnx_SoftplusOp : Onnx_UnaryOp<"Softplus"> {
  let summary = "ONNX Softplus, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Softplus.html";
}

def Onnx_SoftsignOp : Onnx_UnaryOp<"Softsign"> {
  let summary = "ONNX Softsign, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Softsign.html";
}

def Onnx_SpaceToDepthOp : Onnx_Op<"SpaceToDepth", [Pure]> {
  let summary = "ONNX SpaceToDepth, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html";
  let arguments = (ins AnyTensor:$input, I64Attr:$blocksize,
                       DefaultValuedStrAttr<StrAttr, "DCR">:$mode);
  let results = (outs AnyTensor:$output);
}

def Onnx_SplitOp : Onnx_Op<"Split", [Pure, Onnx_AtMost<"operands", 2>]> {
  let summary = "ONNX Split, version 18";
  let description = "https://onnx.ai/onnx/operators/onnx__Split.html";
  let arguments = (ins AnyTensor:$input, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$axis,
                       OptionalAttr<I64Attr>:$num_outputs);
  let results = (outs Variadic<AnyTensor>:$outputs);
  let extraClassDeclaration = [{
    ::mlir::Value getSplit() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

def Onnx_SplitToSequenceOp : Onnx_Op<"SplitToSequence", [Pure, Onnx_AtMost<"operands", 2>]> {
  let summary = "ONNX SplitToSequence, version 24";
  let description = "https://onnx.ai/onnx/operators/onnx__SplitToSequence.html";
  let arguments = (ins AnyTensor:$input, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "1">:$keepdims);
  let results = (outs AnyType:$output_sequence);
  let extraClassDeclaration = [{
    ::mlir::Value getSplit() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

def Onnx_SqrtOp : Onnx_UnaryOp<"Sqrt"> {
  let summary = "ONNX Sqrt, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Sqrt.html";
}

def Onnx_SqueezeOp : Onnx_Op<"Squeeze", [Pure, Onnx_AtMost<"operands", 2>]> {
  let summary = "ONNX Squeeze, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Squeeze.html";
  let arguments = (ins AnyTensor:$data, Variadic<Onnx_TensorOrNone>:$optional_operands);
  let results = (outs AnyTensor:$squeezed);
  let extraClassDeclaration = [{
    ::mlir::Value getAxes() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

def Onnx_StringConcatOp : Onnx_Op<"StringConcat", [Pure]> {
  let summary = "ONNX StringConcat, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__StringConcat.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$Y);
  let results = (outs AnyTensor:$Z);
}

def Onnx_StringNormalizerOp : Onnx_Op<"StringNormalizer", [Pure]> {
  let summary = "ONNX StringNormalizer, version 10";
  let description = "https://onnx.ai/onnx/operators/onnx__StringNormalizer.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedStrAttr<StrAttr, "NONE">:$case_change_action,
                       DefaultValuedAttr<I64Attr, "0">:$is_case_sensitive,
                       OptionalAttr<StrAttr>:$locale, OptionalAttr<StrArrayAttr>:$stopwords);
  let results = (outs AnyTensor:$Y);
}

def Onnx_StringSplitOp : Onnx_Op<"StringSplit", [Pure]> {
  let summary = "ONNX StringSplit, version 20";
  let description = "https://onnx.ai/onnx/operators/onnx__StringSplit.html";
  let arguments = (ins AnyTensor:$X, OptionalAttr<StrAttr>:$delimiter,
                       OptionalAttr<I64Attr>:$maxsplit);
  let results = (outs AnyTensor:$Y, AnyTensor:$Z);
}

def Onnx_SubOp : Onnx_BinaryOp<"Sub"> {
  let summary = "ONNX Sub, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Sub.html";
}

def Onnx_SumOp : Onnx_VariadicOp<"Sum"> {
  let summary = "ONNX Sum, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Sum.html";
}

def Onnx_SwiGLUOp : Onnx_Op<"SwiGLU", [Pure]> {
  let summary = "ONNX SwiGLU, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__SwiGLU.html";
  let arguments = (ins AnyTensor:$A, AnyTensor:$B, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_SwishOp : Onnx_Op<"Swish", [Pure]> {
  let summary = "ONNX Swish, version 24";
  let description = "https://onnx.ai/onnx/operators/onnx__Swish.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_TanOp : Onnx_UnaryOp<"Tan"> {
  let summary = "ONNX Tan, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__Tan.html";
}

def Onnx_TanhOp : Onnx_UnaryOp<"Tanh"> {
  let summary = "ONNX Tanh, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Tanh.html";
}

def Onnx_TensorScatterOp : Onnx_Op<"TensorScatter", [Pure, Onnx_AtMost<"operands", 3>]> {
  let summary = "ONNX TensorScatter, version 24";
  let description = "https://onnx.ai/onnx/operators/onnx__TensorScatter.html";
  let arguments = (ins AnyTensor:$past_cache, AnyTensor:$update,
                       Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "-2">:$axis,
                       DefaultValuedStrAttr<StrAttr, "linear">:$mode);
  let results = (outs AnyTensor:$present_cache);
  let extraClassDeclaration = [{
    ::mlir::Value getWriteIndices() { return ::bornc::onnx::presentOperand(*this, 2); }
  }];
}

def Onnx_TfIdfVectorizerOp : Onnx_Op<"TfIdfVectorizer", [Pure]> {
  let summary = "ONNX TfIdfVectorizer, version 9";
  let description = "https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html";
  let arguments = (ins AnyTensor:$X, I64Attr:$max_gram_length, I64Attr:$max_skip_count,
                       I64Attr:$min_gram_length, StrAttr:$mode, DenseI64ArrayAttr:$ngram_counts,
                       DenseI64ArrayAttr:$ngram_indexes,
                       OptionalAttr<DenseI64ArrayAttr>:$pool_int64s,
                       OptionalAttr<StrArrayAttr>:$pool_strings,
                       OptionalAttr<DenseF32ArrayAttr>:$weights);
  let results = (outs AnyTensor:$Y);
}

def Onnx_ThresholdedReluOp : Onnx_Op<"ThresholdedRelu", [Pure]> {
  let summary = "ONNX ThresholdedRelu, version 22";
  let description = "https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html";
  let arguments = (ins AnyTensor:$X, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs AnyTensor:$Y);
}

def Onnx_TileOp : Onnx_Op<"Tile", [Pure]> {
  let summary = "ONNX Tile, version 13";
  let description = "https://onnx.ai/onnx/operators/onnx__Tile.html";
  let arguments = (ins AnyTensor:$input, AnyTensor:$repeats);
  let results = (outs AnyTensor:$output);
}

def Onnx_TopKOp : Onnx_Op<"TopK", [Pure]> {
  let summary = "ONNX TopK, version 24";
  let description = "https://onnx.ai/onnx/operators/onnx__TopK.html";
  let arguments = (ins AnyTensor:$X, AnyTensor:$K, DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<I64Attr, "1">:$largest,
                       DefaultValuedAttr<I64Attr, "1">:$sorted);
  let results = (outs AnyTensor:$Values, AnyTensor:$Indices);
}

def Onnx_TransposeOp : Onnx_Op<"Transpose", [Pure]> {
  let summary = "ONNX Transpose, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Transpose.html";
  let arguments = (ins AnyTensor:$data, OptionalAttr<DenseI64ArrayAttr>:$perm);
  let results = (outs AnyTensor:$transposed);
}

def Onnx_TriluOp : Onnx_Op<"Trilu", [Pure, Onnx_AtMost<"operands", 2>]> {
  let summary = "ONNX Trilu, version 14";
  let description = "https://onnx.ai/onnx/operators/onnx__Trilu.html";
  let arguments = (ins AnyTensor:$input, Variadic<Onnx_TensorOrNone>:$optional_operands,
                       DefaultValuedAttr<I64Attr, "1">:$upper);
  let results = (outs AnyTensor:$output);
  let extraClassDeclaration = [{
    ::mlir::Value getK() { return ::bornc::onnx::presentOperand(*this, 1); }
  }];
}

def Onnx_UniqueOp : Onnx_Op<"Unique", [Pure, Onnx_AtMost<"results", 4>]> {
  let summary = "ONNX Unique, version 28";
  let description = "https://onnx.ai/onnx/operators/onnx__Unique.html";
  let arguments = (ins AnyTensor:$X, OptionalAttr<I64Attr>:$axis,
                       DefaultValuedAttr<I64Attr, "1">:$sorted);
  let results = (outs AnyTensor:$Y, Variadic<Onnx_TensorOrNone>:$optional_results);
  let extraClassDeclaration = [{
    ::mlir::Value getIndices() { return ::bornc::onnx::presentResult(*this, 1); }
    ::mlir::Value getInverseIndices() { return ::bornc::onnx::presentResult(*this, 2); }
    ::mlir::Value getCounts() { return ::bornc::onnx::presentResult(*this, 3); }
  }];
}

def Onnx_UnsqueezeOp : Onnx_Op<"Unsqueeze", [Pure]> {
  let summary = "ONNX Unsqueeze, version 25";
  let description = "https://onnx.ai/onnx/operators/onnx__Unsqueeze.html";
  let arguments = (ins AnyTensor:$data, AnyTensor:$axes);
  let results = (outs AnyTensor:$expanded);
}

def Onnx_WhereOp : Onnx_Op<"Where", [Pure]> {
  let summary = "ONNX Where, version 16";
  let description = "https://onnx.ai/onnx/operators/onnx__Where.html";
  let arguments = (ins AnyTensor:$condition, AnyTensor:$X, AnyTensor:$Y);
  let results = (outs AnyTensor:$output);
}

def Onnx_XorOp : Onnx_BinaryOp<"Xor"> {
  let summary = "ONNX Xor, version 7";
  let description = "https://onnx.ai/onnx/operators/onnx__Xor.html";
}

#endif // BORNC_DIALECTS_ONNX_ONNXGENERATEDOPS_TD
