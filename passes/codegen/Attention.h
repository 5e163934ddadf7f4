//===- Attention.h - softmax(f(Q K)) V --------------------------*- C++ -*-===//
//
// Two products and the softmax between them, "Attention Is All You Need" (Vaswani et al., 2017,
// equation 1). Computed a block of queries at a time, nothing of the matrix of scores is ever in
// the model's memory, as in Dao et al.'s "FlashAttention" (2022).
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_ATTENTION_H
#define BORNC_PASSES_CODEGEN_ATTENTION_H

#include "passes/codegen/Strategy.h"

namespace bornc::codegen {

/// Keys whose logits a workgroup of a CPU keeps on the stack, of a vector of queries.
inline constexpr int64_t kMostKeys = 2048;

/// The ops of an attention, whose tensors are of f32. `scores` has the dimensions [batch..., query,
/// key], in which the order of the batch is the same for both products.
struct Attention {
  mlir::linalg::LinalgOp scores;        ///< Q K
  mlir::OpOperand *queries, *keys;      ///< of `scores`
  mlir::Value logits;                   ///< f(Q K), element by element
  mlir::linalg::LinalgOp maximum;       ///< of the logits of a query
  mlir::linalg::LinalgOp exponentials;  ///< exp(logit - maximum)
  mlir::linalg::LinalgOp sum;           ///< of the exponentials
  mlir::linalg::LinalgOp probabilities; ///< exponential / sum
  mlir::linalg::LinalgOp product;       ///< probabilities V
  mlir::OpOperand *weights, *values;    ///< of `product`: the probabilities, V
  bool clearsNans = false;              ///< probabilities that are NaN become 0
  int64_t queryCount, keyCount;
  int64_t headSize, valueSize; ///< elements of a query and a key, and of a value
};

/// The attention that ends in `product`, if it does.
std::optional<Attention> matchAttention(mlir::linalg::LinalgOp product);
/// The attention of a dispatch.
std::optional<Attention> findAttention(mlir::Block &body);
/// Why an attention is no kernel of its own; "": it is.
llvm::StringRef whyNotFuse(const Attention &attention);

/// What a step of the softmax computes of an element and its row's, or of two elements.
mlir::Value emitStep(Emitter &emitter, mlir::linalg::LinalgOp step, mlir::Value a, mlir::Value b);

mlir::LogicalResult emitCpuAttention(Emitter &emitter, const DeviceParameters &device,
                                     KernelShape &shape, const Attention &attention);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_ATTENTION_H
