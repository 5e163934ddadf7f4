//===- Elementwise.cpp - one invocation, a few neighbouring outputs -------===//
//
// Serves all dispatches whose outputs are independent of each other:
// elementwise graphs, data movement, windows (depthwise convolution, pooling),
// reductions over outer dimensions, recurrent steps. Invocations take four
// neighbours in memory order, and for windows a strip of such groups along the
// next dimension, so that overlapping windows share their loads.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

static int64_t product(ArrayRef<int64_t> values) {
  int64_t result = 1;
  for (int64_t value : values)
    result *= value;
  return result;
}

/// Logical dimension of each physical one, for a tensor that is stored as a
/// permutation; the identity for one that is not.
static SmallVector<int64_t> memoryOrder(RankedTensorType type) {
  SmallVector<int64_t> order;
  if (auto layout = dyn_cast_or_null<born::LayoutAttr>(type.getEncoding());
      layout && layout.getMap().isPermutation())
    for (AffineExpr expr : layout.getMap().getResults())
      order.push_back(cast<AffineDimExpr>(expr).getPosition());
  else
    order = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return order;
}

namespace {
/// The outputs in memory order: dimensions of the first written tensor.
struct Domain {
  SmallVector<int64_t> order, shape; // physical

  /// The logical position of physical indices.
  IndexVector logical(Indices physical) const {
    IndexVector result(order.size());
    for (auto [dim, index] : llvm::zip_equal(order, physical))
      result[dim] = index;
    return result;
  }
};
} // namespace

static Domain getDomain(Emitter &emitter, const StoredResult &first) {
  auto type = cast<RankedTensorType>(first.tensor.getType());
  Domain domain;
  RankedTensorType stored = emitter.getSource().resultTypes()[first.number];
  if (first.tensor == first.yielded)
    domain.order = memoryOrder(stored);
  else
    domain.order = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  for (int64_t dim : domain.order)
    domain.shape.push_back(type.getDimSize(dim));
  return domain;
}

/// Writes every result at the positions that `linear` names in the domain.
static LogicalResult storeAll(Emitter &emitter, ArrayRef<StoredResult> results,
                              const Domain &domain, Indices physical) {
  IndexSpace &space = emitter.space;
  IndexVector first = domain.logical(physical);
  auto firstShape = cast<RankedTensorType>(results.front().tensor.getType()).getShape();
  for (const StoredResult &result : results) {
    auto shape = cast<RankedTensorType>(result.tensor.getType()).getShape();
    IndexVector position = first;
    if (shape != firstShape)
      position = space.delinearize(space.linearize(first, firstShape), shape);
    Value value = emitter.emit(result.tensor, position);
    FailureOr<IndexVector> target = IndexVector(position);
    if (result.tensor != result.yielded)
      target = forwardPosition(emitter, result.tensor, result.yielded, position);
    if (failed(target))
      return failure();
    emitter.store(result.number, *target, value);
  }
  return success();
}

/// Elements below a word that do not fill whole words: the last word is computed
/// lane by lane, past the end with the last element again.
static LogicalResult storeRagged(Emitter &emitter, ArrayRef<StoredResult> results,
                                 const Domain &domain, AffineExpr group, int64_t total) {
  IndexSpace &space = emitter.space;
  for (const StoredResult &result : results) {
    auto type = cast<RankedTensorType>(result.tensor.getType());
    if (type.getNumElements() != total || result.tensor != result.yielded)
      return failure();
    SmallVector<Value> lanes;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      AffineExpr linear = emitter.clamp(group * kLanes + lane, total);
      lanes.push_back(
          emitter.emit(result.tensor, domain.logical(space.delinearize(linear, domain.shape))));
    }
    auto vectorType = VectorType::get({kLanes}, type.getElementType());
    Value value = vector::FromElementsOp::create(emitter.builder, emitter.loc, vectorType, lanes);
    emitter.storeGroup(result.number, group, value);
  }
  return success();
}

static bool hasWideResult(Emitter &emitter) {
  return llvm::any_of(emitter.getSource().resultTypes(),
                      [](RankedTensorType type) { return type.getElementTypeBitWidth() == 64; });
}

static bool hasPackedResult(Emitter &emitter) {
  return llvm::any_of(emitter.getSource().resultTypes(),
                      [](RankedTensorType type) { return type.getElementTypeBitWidth() < 32; });
}

LogicalResult codegen::emitElementwise(Emitter &emitter, const DeviceParameters &device,
                                       KernelShape &shape) {
  SmallVector<StoredResult> results = storedResults(emitter);
  Domain domain = getDomain(emitter, results.front());
  IndexSpace &space = emitter.space;
  int64_t total = product(domain.shape);
  for (const StoredResult &result : results)
    if (cast<RankedTensorType>(result.tensor.getType()).getNumElements() != total) {
      emitter.fail(emitter.getSource(), "results have different numbers of elements",
                   emitter.builder.getIndexType());
      return failure();
    }

  bool ragged = hasPackedResult(emitter) && total % kLanes != 0;
  bool vector = !hasWideResult(emitter) && total % kLanes == 0;
  int64_t strip = 1;
  size_t rank = domain.shape.size();
  bool isWindow = emitter.getSource().getStrategy() == kernel::Strategy::Window;
  if (isWindow && vector && rank >= 2 && domain.shape.back() % kLanes == 0)
    for (int64_t candidate = 2; candidate <= device.windowStrip; ++candidate)
      if (domain.shape[rank - 2] % candidate == 0)
        strip = candidate;

  int64_t count = ragged ? llvm::divideCeil(total, kLanes) : total / (vector ? kLanes : 1) / strip;
  int64_t size = std::min<int64_t>(device.elementwiseWorkgroup, llvm::PowerOf2Ceil(count));
  AffineExpr group = workgroupNumber(emitter, shape, llvm::divideCeil(count, size));
  AffineExpr number = space.simplify(group * size + invocationNumber(emitter, shape, size));

  LogicalResult status = success();
  emitter.emitIf(emitter.lessThan(number, count), [&] {
    AffineExpr unit =
        space.range(number).high < count ? number : space.add(emitter.materialize(number), count);
    if (ragged) {
      status = storeRagged(emitter, results, domain, unit, total);
      return;
    }
    if (strip == 1) {
      AffineExpr linear = vector ? unit * kLanes + space.lane() : unit;
      status = storeAll(emitter, results, domain, space.delinearize(linear, domain.shape));
      return;
    }
    SmallVector<int64_t> grid(domain.shape);
    grid[rank - 2] /= strip;
    grid[rank - 1] /= kLanes;
    IndexVector at = space.delinearize(unit, grid);
    AffineExpr row = at[rank - 2];
    at[rank - 1] = at[rank - 1] * kLanes + space.lane();
    for (int64_t step = 0; step < strip && succeeded(status); ++step) {
      at[rank - 2] = row * strip + step;
      status = storeAll(emitter, results, domain, at);
    }
  });
  return success(succeeded(status) && !emitter.hasFailed());
}
