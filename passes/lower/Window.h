//===- Window.h - sliding windows of convolution and pooling ----*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_WINDOW_H
#define BORNC_PASSES_LOWER_WINDOW_H

#include "passes/lower/TensorBuilder.h"

namespace bornc::lower {

/// The window of one op, one entry per spatial dimension. Output position o
/// and window position k read o * stride + k * dilation of the padded input.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations, padLow, padHigh;

  unsigned rank() const { return kernel.size(); }
  mlir::AffineExpr position(unsigned i, mlir::AffineExpr output, mlir::AffineExpr inside) const {
    return output * strides[i] + inside * dilations[i];
  }
  /// Grows padHigh so that every output position lies in the padded input, as
  /// ceil_mode needs.
  void coverOutput(llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> output);
};

/// Reads the attributes that Conv and the pooling ops share. `input` and
/// `output` are spatial sizes, from which auto_pad follows.
mlir::FailureOr<Window> windowOf(TensorBuilder &b, llvm::ArrayRef<int64_t> kernel,
                                 llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> output);

/// `value` (batch, channel, spatial...) with the window's padding.
mlir::Value padWindow(TensorBuilder &b, mlir::Value value, const Window &window,
                      mlir::Value padding);

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_WINDOW_H
