//===- BornOps.td - what all levels share: weights and layouts --*- tablegen -*-===//
#ifndef BORNC_DIALECTS_BORN_BORNOPS_TD
#define BORNC_DIALECTS_BORN_BORNOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Born_Dialect : Dialect {
  let name = "born";
  let summary = "weights and memory layouts, shared by all levels";
  let description = [{
    Weights stay in the file they came from: `born.weight` refers to bytes of a
    mapped file and lists the steps that turn them into the tensor. Nothing is
    read before the weight section of the artifact is written.
  }];
  let cppNamespace = "::bornc::born";
  let useDefaultAttributePrinterParser = 1;
}

class Born_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Born_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Born_SourceAttr : Born_Attr<"Source", "source"> {
  let summary = "a range of bytes in a file";
  let description = [{
    `length` bytes at `offset` of `file` (a path as given to the compiler; a
    relative one is relative to the model's folder). `hash` is the XXH3-64 of
    these bytes, 0 where it has not been taken.

    Example: `#born.source<"model.onnx", offset = 1024, length = 4096, hash = 0>`
  }];
  let parameters = (ins StringRefParameter<"path">:$file, "uint64_t":$offset,
                        "uint64_t":$length, "uint64_t":$hash);
  let assemblyFormat = "`<` $file `,` `offset` `=` $offset `,` `length` `=` $length `,` `hash` `=` $hash `>`";
}

// Steps of a weight, applied in order to the tensor as it is stored.

def Born_ReshapeStepAttr : Born_Attr<"ReshapeStep", "reshape"> {
  let summary = "same elements in row-major order, another shape";
  let parameters = (ins "::mlir::DenseI64ArrayAttr":$shape);
  let assemblyFormat = "`<` $shape `>`";
}

def Born_TransposeStepAttr : Born_Attr<"TransposeStep", "transpose"> {
  let summary = "result dimension i is source dimension perm[i]";
  let parameters = (ins ArrayRefParameter<"int64_t">:$perm);
  let assemblyFormat = "`<` `[` $perm `]` `>`";
}

def Born_SliceStepAttr : Born_Attr<"SliceStep", "slice"> {
  let summary = "part of the elements, as tensor.extract_slice takes them";
  let description = [{
    result[i, j, ...] = source[offsets[0] + i * strides[0], offsets[1] + j * strides[1], ...];
    as many entries as dimensions, every element within the source.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$offsets,
                        ArrayRefParameter<"int64_t">:$sizes,
                        ArrayRefParameter<"int64_t">:$strides);
  let assemblyFormat = "`<` `[` $offsets `]` `[` $sizes `]` `[` $strides `]` `>`";
}

def Born_PartAttr : Born_Attr<"Part", "part"> {
  let summary = "what a weight is, as part of another one";
  let description = [{
    Bytes, the tensor that they hold, and the steps from that to the part, as in `born.weight`.
  }];
  let parameters = (ins "::bornc::born::SourceAttr":$source, "::mlir::Type":$stored,
                        "::mlir::ArrayAttr":$steps);
  let assemblyFormat = "`<` $source `:` $stored `steps` $steps `>`";
}

def Born_ConcatStepAttr : Born_Attr<"ConcatStep", "concat"> {
  let summary = "the elements, and along one axis those of other parts behind them";
  let parameters = (ins "int64_t":$axis, "::mlir::ArrayAttr":$parts);
  let assemblyFormat = "`<` `axis` `=` $axis `,` $parts `>`";
}

def Born_CastStepAttr : Born_Attr<"CastStep", "cast"> {
  let summary = "elements converted as ONNX Cast converts them";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Born_ScaleStepAttr : Born_Attr<"ScaleStep", "scale"> {
  let summary = "elements multiplied by a vector along one axis";
  let description = [{
    result[..., i, ...] = source[..., i, ...] * factors[i] with i on `axis`;
    factors are f32, computed in f32. This is how BatchNormalization folds
    into the convolution before it.
  }];
  let parameters = (ins "int64_t":$axis, "::mlir::DenseElementsAttr":$factors);
  let assemblyFormat = "`<` `axis` `=` $axis `,` `factors` `=` $factors `>`";
}

def Born_LayoutAttr : Born_Attr<"Layout", "layout"> {
  let summary = "where the elements of a tensor lie in memory";
  let description = [{
    The encoding of a tensor type that is stored in another order than
    row-major: `map` takes logical indices to indices of a row-major array of
    `shape`. Every map result reads one logical dimension, so an address is a
    sum of one term per dimension. Positions no element maps to are padding,
    and zero in weights.

    Example: NHWC storage of an NCHW tensor, and panels of 16 output channels
    ```mlir
    tensor<1x64x56x56xf32, #born.layout<(d0, d1, d2, d3) -> (d0, d2, d3, d1), [1, 56, 56, 64]>>
    tensor<20x8xf32, #born.layout<(d0, d1) -> (d0 floordiv 16, d1, d0 mod 16), [2, 8, 16]>>
    ```
  }];
  let parameters = (ins "::mlir::AffineMap":$map, ArrayRefParameter<"int64_t">:$shape);
  let assemblyFormat = "`<` $map `,` `[` $shape `]` `>`";
  let genVerifyDecl = 1;
}

class Born_Op<string mnemonic, list<Trait> traits = []> : Op<Born_Dialect, mnemonic, traits>;

def Born_WeightOp : Born_Op<"weight", [Pure]> {
  let summary = "a constant tensor whose bytes stay in a file";
  let description = [{
    `stored` is the tensor as the file holds it (row-major, little endian);
    `steps` turn it into the logical tensor; a layout on the result's type says
    how the artifact stores it.

    Rules: (weight-c1) `source` has as many bytes as `stored` needs;
    (weight-c2) the steps take `stored` to the result's shape and element type.

    Example:
    ```mlir
    %w = born.weight #born.source<"m.onnx", offset = 64, length = 64, hash = 0> : tensor<4x4xf32>
           steps [#born.transpose<[1, 0]>] -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins Born_SourceAttr:$source, TypeAttrOf<AnyRankedTensor>:$stored,
                       DefaultValuedAttr<ArrayAttr, "{}">:$steps);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$source `:` $stored (`steps` $steps^)? `->` type($result) attr-dict";
  let hasVerifier = 1;
}

def Born_ConstantOp : Born_Op<"constant", [Pure]> {
  let summary = "a small constant tensor stored in a layout";
  let description = [{
    `arith.constant` with a result whose type carries a layout; `value` is in
    logical order.

    Rule: (constant-c1) `value` has the result's type without its layout.

    Example:
    ```mlir
    %c = born.constant dense<1.0> : tensor<4x4xf32> -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$value `->` type($result) attr-dict";
  let hasVerifier = 1;
}

#endif // BORNC_DIALECTS_BORN_BORNOPS_TD
