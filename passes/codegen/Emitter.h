//===- Emitter.h - computes elements of a dispatch --------------*- C++ -*-===//
//
// A dispatch is a small graph of tensor ops. The emitter computes any element
// of any tensor in it on demand: asked for a tensor at a position, it asks the
// op that makes the tensor for the elements that op reads, down to loads from
// the bindings. Fusion is therefore the default, reshapes and slices cost index
// arithmetic only, and a strategy decides just which invocation computes which
// elements, and in what order. XLA's fused_ir_emitter works in the same way.
//
// Positions are affine expressions (IndexSpace.h). One that contains the lane
// symbol names as many elements as vectors have lanes, and yields a vector<LxT> (or a
// scalar, where all of them are the same element); loads become vector loads where the
// address is provably contiguous and, on GPUs, aligned.
//
// Computed elements are remembered per scope (a loop body is a scope), so a
// tile that is unrolled reads each element once.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_EMITTER_H
#define BORNC_PASSES_CODEGEN_EMITTER_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/codegen/IndexSpace.h"

namespace bornc::codegen {

/// Elements of a vector of a Vulkan shader, which has no longer ones.
constexpr int64_t kLanes = 4;

/// On an argument of a CPU's kernel: the number of the binding that it is a view of.
constexpr llvm::StringLiteral kBindingAttr = "kernel.binding";

/// What code may do with memory and with types.
enum class Machine {
  Shader, ///< logical addressing: words and vec4 at multiples of their size; no 64-bit types
  Cpu     ///< elements of whole bytes and vectors of them at any address; all types
};

using Indices = llvm::ArrayRef<mlir::AffineExpr>;
using IndexVector = llvm::SmallVector<mlir::AffineExpr>;

class Emitter {
public:
  /// Emits into the entry block of `function`, a gpu.func without arguments;
  /// views of the bindings become its arguments when first used.
  Emitter(kernel::ExecutableOp source, mlir::gpu::GPUFuncOp function, Machine machine,
          int64_t lanes);

  IndexSpace space;
  mlir::OpBuilder builder;
  mlir::Location loc;

  kernel::ExecutableOp getSource() { return source; }
  bool isCpu() const { return machine == Machine::Cpu; }
  mlir::Block &getBody() { return source.getBody().front(); }

  /// Emits with vectors of `count` lanes (1: none) while `emitBody` runs, in a scope of its own if
  /// that is another number than before.
  void withLanes(int64_t count, llvm::function_ref<void()> emitBody);

  /// The element (or vector) of `tensor` at `position`.
  mlir::Value emit(mlir::Value tensor, Indices position);

  /// Makes `value` known as the element of `tensor` at `position`.
  void remember(mlir::Value tensor, Indices position, mlir::Value value);

  /// From now on elements of `tensor` in the box of `extents` at `base` are read from a buffer,
  /// where dimension d has neighbours `strides[d]` elements apart. On CPUs.
  void setStaged(mlir::Value tensor, mlir::Value memory, Indices base,
                 llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<int64_t> strides);
  /// No more.
  void dropStaged() { staged = {}; }

  /// Writes an element (or vector) of result `result` of the dispatch.
  void store(unsigned result, Indices position, mlir::Value value);

  /// Writes four neighbours in memory, the `group`-th four of the result.
  void storeGroup(unsigned result, mlir::AffineExpr group, mlir::Value value);

  /// Writes the `word`-th word of a result of elements below 32 bits, all that are in it.
  void storeWord(unsigned result, mlir::AffineExpr word, llvm::ArrayRef<mlir::Value> elements);

  /// The same payload that `generic` applies, on values (scalars or vectors):
  /// one per input, then one per output (the accumulators).
  llvm::SmallVector<mlir::Value> emitPayload(mlir::linalg::LinalgOp op, Indices loops,
                                             mlir::ValueRange values);

  /// Positions in the operand of `op` at the given loop indices.
  IndexVector operandPosition(mlir::linalg::LinalgOp op, mlir::OpOperand &operand, Indices loops);

  /// Where `insert` puts the element of its source at `position`.
  IndexVector insertedPosition(mlir::tensor::InsertSliceOp insert, Indices position);

  /// The address of an element in a tensor stored as `type` says.
  mlir::AffineExpr address(mlir::RankedTensorType type, Indices position);

  /// A scf.for from 0 to `trips` whose body `emitBody(counter, carried)` returns
  /// the carried values of the next iteration. Opens a scope.
  llvm::SmallVector<mlir::Value>
  emitLoop(int64_t trips, mlir::ValueRange init,
           llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::AffineExpr, mlir::ValueRange)>
               emitBody);

  /// A scf.if around what `emitThen` emits; opens a scope.
  void emitIf(mlir::Value condition, llvm::function_ref<void()> emitThen);

  mlir::Value constantIndex(int64_t value);
  mlir::Value materialize(mlir::AffineExpr expr) { return space.materialize(builder, loc, expr); }
  /// Whether expr < bound, or null where that always holds. `expr` >= 0.
  mlir::Value lessThan(mlir::AffineExpr expr, int64_t bound);
  /// min(expr, bound - 1) as a variable of that bound.
  mlir::AffineExpr clamp(mlir::AffineExpr expr, int64_t bound);
  mlir::Value toVector(mlir::Value value);
  mlir::Value zero(mlir::Type type);

  /// Records why no code can be made; the first reason is kept. Returns a
  /// value of `type` so that emission can go on to its end.
  mlir::Value fail(mlir::Operation *op, const llvm::Twine &why, mlir::Type type);
  bool hasFailed() const { return !reason.empty(); }
  llvm::StringRef getReason() const { return reason; }

  /// Gives the function its signature. Called once, at the end.
  void finish();

private:
  enum class View { Scalar, Vector, Word };
  struct Binding {
    mlir::RankedTensorType type; // with layout
    mlir::Value views[3];
    bool written = false;
  };
  struct Scope {
    llvm::DenseMap<std::pair<mlir::Value, mlir::AffineMap>, mlir::Value> elements;
    llvm::DenseMap<std::pair<mlir::AffineExpr, int64_t>, mlir::Value> checks;
    llvm::DenseMap<std::pair<mlir::AffineExpr, int64_t>, mlir::AffineExpr> clamped;
  };

  /// A box of a tensor's elements in a buffer.
  struct Staged {
    mlir::Value tensor, memory;
    IndexVector base;
    llvm::SmallVector<int64_t> extents, strides;
  };

  /// The staged element at `position`; null where the position may lie outside of the box.
  mlir::Value emitStaged(Indices position);
  /// The element type of `tensor`, or a vector of it where `position` varies by lane.
  mlir::Type typeAt(mlir::Value tensor, Indices position) const;
  mlir::AffineMap key(Indices position);
  mlir::Value lookup(mlir::Value tensor, mlir::AffineMap position);
  mlir::Value emitUncached(mlir::Value tensor, Indices position);
  mlir::Value emitPerLane(mlir::Value tensor, Indices position);
  mlir::Value emitGeneric(mlir::linalg::LinalgOp op, unsigned result, Indices position);
  mlir::Value emitReduction(mlir::linalg::LinalgOp op, unsigned result, IndexVector loops);
  mlir::Value emitExtract(mlir::tensor::ExtractOp op, llvm::ArrayRef<mlir::Value> indices,
                          llvm::DenseMap<mlir::Value, mlir::AffineExpr> &positions);
  mlir::Value emitPad(mlir::tensor::PadOp op, Indices position);
  mlir::Value emitConcat(mlir::tensor::ConcatOp op, Indices position);
  mlir::Value emitInsertSlice(mlir::tensor::InsertSliceOp op, Indices position);
  /// `value` or `other`, as vectors if either is one; the condition is of a scalar.
  mlir::Value select(mlir::Value condition, mlir::Value value, mlir::Value other);
  /// value inside the box, `otherwise` outside; clamps the position it reads.
  mlir::Value emitGuarded(llvm::ArrayRef<int64_t> sizes, IndexVector position,
                          llvm::function_ref<mlir::Value(Indices)> inside,
                          llvm::function_ref<mlir::Value()> outside);
  mlir::AffineExpr offsetExpr(mlir::OpFoldResult offset, int64_t bound);
  mlir::Value loadImmediate(unsigned number);

  mlir::Value load(unsigned binding, mlir::RankedTensorType type, Indices position);
  mlir::Value loadVector(unsigned binding, mlir::AffineExpr first);
  void storeVector(unsigned binding, mlir::AffineExpr first, mlir::Value value);
  mlir::Value fromMemory(mlir::Value stored, mlir::Type elementType);
  mlir::Value toMemory(mlir::Value value);
  mlir::Value loadScalar(unsigned binding, mlir::AffineExpr address);
  mlir::Value loadPacked(unsigned binding, mlir::AffineExpr address);
  mlir::Value view(unsigned binding, View kind);
  mlir::Value unpack(mlir::Value word, int64_t bit, mlir::Type elementType);
  /// The bits of an element below 32 bits as a word, shifted to `bit`.
  mlir::Value packed(mlir::Value element, int64_t bit);
  void storePacked(unsigned binding, mlir::AffineExpr address, mlir::Value value);
  bool isPacked(unsigned binding);

  kernel::ExecutableOp source;
  mlir::gpu::GPUFuncOp function;
  Machine machine;
  llvm::SmallVector<Binding> bindings;
  llvm::SmallVector<std::pair<unsigned, mlir::BlockArgument>> arguments; // binding of each view
  llvm::SmallVector<Scope> scopes;
  Staged staged;
  std::string reason;
};

/// `like`, an element or a vector, with elements of `element`.
mlir::Type withElement(mlir::Type like, mlir::Type element);

/// Whether `op` computes with 64-bit elements, which have no vectors in shaders.
bool computesOnScalarsOnly(mlir::linalg::LinalgOp op);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_EMITTER_H
