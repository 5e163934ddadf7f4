//===- Strategy.h - how a dispatch becomes a kernel -------------*- C++ -*-===//
//
// A strategy builds the tiled loop structure of one dispatch for one device
// class: which invocation computes which elements. What is computed there is
// the emitter's business. To add a strategy: a case in kernel::Strategy, a file
// that implements `LogicalResult emit<Name>(Emitter &, const DeviceParameters &,
// KernelShape &)`, its case in Strategy.cpp, and its choice in passes/fusion/Roles.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_STRATEGY_H
#define BORNC_PASSES_CODEGEN_STRATEGY_H

#include "passes/codegen/Emitter.h"

#include <numeric>

namespace bornc::codegen {

/// An instruction that multiplies integers, the second ones signed, and sums up `steps` products
/// for each lane of i32. The lanes are columns of one row, or of two rows one after the other, half
/// as many each. One of bytes adds the sums to what it is given; one of 16 bits has none of that.
struct ByteDot {
  llvm::StringLiteral intrinsic;
  bool isDataSigned; ///< as what it takes the first factors
  int64_t steps = 4, rows = 1;
  unsigned bits = 8; ///< of a factor
};

/// What strategies take from the device class.
struct DeviceParameters {
  kernel::DeviceClass deviceClass;
  Machine machine;
  int64_t lanes;                ///< of a vector; 4 in shaders
  int64_t subgroupSize;         ///< the size code may rely on, 0 for none
  int64_t elementwiseWorkgroup; ///< invocations of elementwise kernels; CPU: elements
  int64_t rowWorkgroup;         ///< invocations that share one row of a reduction
  int64_t rowRegisters;         ///< vec4 of a row that an invocation may keep
  int64_t contractionRows;      ///< most output rows of a contraction tile
  int64_t contractionColumns;   ///< most vectors of columns per invocation
  int64_t contractionMemory;    ///< bytes of workgroup memory for its operands, 0 for none
  int64_t windowStrip;          ///< most outputs per invocation along the second-innermost dim
  int64_t tileRegisters;        ///< CPU: for the sums of a contraction tile and its weights
  llvm::ArrayRef<ByteDot> byteDots = {}; ///< CPU: for products of bytes, the best first
};

const DeviceParameters &getDeviceParameters(kernel::DeviceClass deviceClass);

/// What a kernel needs beside its code.
struct KernelShape {
  int64_t workgroupSize[3] = {1, 1, 1};
  int64_t workgroupCount[3] = {1, 1, 1};
  int64_t subgroupSize = 0;
  int64_t workgroupMemory = 0;
};

/// Emits the code of the emitter's dispatch; a failure leaves its reason in the
/// emitter.
mlir::LogicalResult emitKernel(Emitter &emitter, const DeviceParameters &device,
                               KernelShape &shape);

mlir::LogicalResult emitElementwise(Emitter &emitter, const DeviceParameters &device,
                                    KernelShape &shape);
mlir::LogicalResult emitRowReduction(Emitter &emitter, const DeviceParameters &device,
                                     KernelShape &shape);
/// Whether no two workgroups write parts of the same word, where each computes one of
/// `rows` rows of `length` elements of a result of `type`, or the row's only element.
bool rowOwnsWords(mlir::RankedTensorType type, int64_t rows, int64_t length);

mlir::LogicalResult emitAttention(Emitter &emitter, const DeviceParameters &device,
                                  KernelShape &shape);
mlir::LogicalResult emitContraction(Emitter &emitter, const DeviceParameters &device,
                                    KernelShape &shape);

/// Covers [0, length) with vectors of the current number of lanes, in a loop, and its end with
/// ever shorter ones: `emitBody(position)` is emitted once for each length.
void forEachVector(Emitter &emitter, int64_t length,
                   llvm::function_ref<void(mlir::AffineExpr)> emitBody);

/// The number of elements of a shape.
inline int64_t product(llvm::ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
}

/// Lays `count` workgroups of `size` invocations out over the grid, within
/// 65,535 per axis, and returns the workgroup's number. Where the grid had to be
/// rounded up, numbers reach past `count`: the returned expression is bounded
/// by the rounded count.
mlir::AffineExpr workgroupNumber(Emitter &emitter, KernelShape &shape, int64_t count);

/// The invocation's number in its (one-dimensional) workgroup of `size`.
mlir::AffineExpr invocationNumber(Emitter &emitter, KernelShape &shape, int64_t size);

/// `value` combined over the invocations of a workgroup of `size` whose numbers are equal modulo
/// `stride` (both powers of two), through workgroup memory: any subgroup size will do. A fixed
/// tree, so the same bits every time. To be emitted where all invocations pass.
mlir::Value combineAcross(Emitter &emitter, KernelShape &shape, mlir::Value value,
                          mlir::AffineExpr invocation, int64_t size, int64_t stride,
                          llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

/// Where the element of `from` at `position` ends up in `to`, which is computed
/// from it by elementwise ops and reshapes; failure if there is no such path.
mlir::FailureOr<IndexVector> forwardPosition(Emitter &emitter, mlir::Value from, mlir::Value to,
                                             Indices position);

/// A result of the dispatch and the part of it that is written: `tensor` is
/// what is inserted into a tied input, or the result itself.
struct StoredResult {
  unsigned number;
  mlir::Value tensor, yielded;
};
llvm::SmallVector<StoredResult> storedResults(Emitter &emitter);

/// Elements between neighbouring lanes where `tensor` at `position` is read; nothing where that is
/// not the same for all lanes. Looks through elementwise ops at the operand that varies.
std::optional<int64_t> laneStride(Emitter &emitter, mlir::Value tensor, Indices position);

/// Elements of a row that one workgroup reduces or writes; longer ones leave the device
/// idle, and some drivers end an invocation after 65,535 iterations.
inline constexpr int64_t kLongestRow = 65536;

/// How a reduction combines: the op of its payload that takes the accumulator.
struct Combiner {
  mlir::Operation *op = nullptr;
  bool idempotent = false; ///< x op x = x: the initial value may be used often
  mlir::TypedAttr neutral; ///< where it is not
};

/// The combiner of a reduction with one output, if its payload is
/// `accumulator op f(inputs)`.
mlir::FailureOr<Combiner> matchCombiner(mlir::linalg::LinalgOp op);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_STRATEGY_H
