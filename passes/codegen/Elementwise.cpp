//===- Elementwise.cpp - one invocation, a few neighbouring outputs -------===//
//
// Serves all dispatches whose outputs are independent of each other:
// elementwise graphs, data movement, windows (depthwise convolution, pooling),
// reductions over outer dimensions, recurrent steps. Invocations take four
// neighbours in memory order, and for windows a strip of such groups along the
// next dimension, so that overlapping windows share their loads. CPUs take whole rows
// instead, and of windows with padding boxes whose input they stage (StagedWindow.h).
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/StagedWindow.h"
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

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

/// Bits of an element of a result in memory.
static int64_t elementBits(Emitter &emitter, const StoredResult &result) {
  return born::storageBits(emitter.getSource().resultTypes()[result.number].getElementType());
}

/// Elements below a byte, or below a word where they do not fill whole words: words are
/// computed element by element, past the end with the last one again, or with zeros
/// below a byte, as ONNX fills up the last byte. `group` counts `width` elements.
static LogicalResult storeRagged(Emitter &emitter, ArrayRef<StoredResult> results, AffineExpr group,
                                 int64_t width) {
  IndexSpace &space = emitter.space;
  for (const StoredResult &result : results) {
    if (result.tensor != result.yielded)
      return failure();
    int64_t total = cast<RankedTensorType>(result.tensor.getType()).getNumElements();
    int64_t bits = elementBits(emitter, result);
    Domain domain = getDomain(emitter, result);
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < width; ++lane) {
      AffineExpr linear = group * width + lane;
      AffineExpr inside = emitter.clamp(linear, total);
      Value element =
          emitter.emit(result.tensor, domain.logical(space.delinearize(inside, domain.shape)));
      Value isInside = bits < 8 ? emitter.lessThan(linear, total) : Value();
      if (isInside)
        element = arith::SelectOp::create(emitter.builder, emitter.loc, isInside, element,
                                          emitter.zero(element.getType()));
      elements.push_back(element);
    }
    int64_t perWord = 32 / bits, words = width / perWord;
    int64_t used = llvm::divideCeil(total, perWord);
    for (int64_t word = 0; word < words; ++word) {
      AffineExpr at = group * words + word;
      emitter.emitIf(emitter.lessThan(at, used), [&] {
        emitter.storeWord(result.number, emitter.clamp(at, used),
                          ArrayRef(elements).slice(word * perWord, perWord));
      });
    }
  }
  return success();
}

namespace {
/// Results with the same number of elements, which are written together;
/// elements below a word that do not fill whole words apart from others.
struct Part {
  SmallVector<StoredResult> results;
  Domain domain;
  int64_t total = 0;
  int64_t count = 0; // invocations
  int64_t strip = 1;
  int64_t width = kLanes; // elements per invocation, where ragged
  bool ragged = false, vector = false;
  int64_t row = 1, rowDims = 0; // CPU: elements of a row, dimensions that it runs over
};
} // namespace

static bool isWindow(Emitter &emitter) {
  return emitter.getSource().getStrategy() == kernel::Strategy::Window;
}

/// Invocations take a group of four neighbours, or a strip of groups.
static void setGroups(Emitter &emitter, const DeviceParameters &device, Part &part) {
  bool wide = llvm::any_of(
      part.results, [&](const StoredResult &result) { return elementBits(emitter, result) == 64; });
  part.vector = !wide && part.total % kLanes == 0;
  ArrayRef<int64_t> shape = part.domain.shape;
  if (isWindow(emitter) && part.vector && shape.size() >= 2 && shape.back() % kLanes == 0)
    for (int64_t candidate = 2; candidate <= device.windowStrip; ++candidate)
      if (shape[shape.size() - 2] % candidate == 0)
        part.strip = candidate;
  part.count = part.ragged ? llvm::divideCeil(part.total, part.width)
                           : part.total / (part.vector ? kLanes : 1) / part.strip;
}

/// A CPU takes rows: the inner dimensions that together have enough elements. Dimensions
/// are merged only where vectors do not straddle them.
static void setRows(Emitter &emitter, const DeviceParameters &device, Part &part) {
  ArrayRef<int64_t> shape = part.domain.shape;
  if (part.ragged) {
    part.count = llvm::divideCeil(part.total, part.width);
    return;
  }
  if (isWindow(emitter) && shape.size() >= 2) {
    part.strip = device.windowStrip;
    part.rowDims = 2;
    part.row = shape.back() * shape[shape.size() - 2];
  } else {
    while (part.rowDims < static_cast<int64_t>(shape.size()) &&
           (part.row < device.lanes ||
            (part.row % device.lanes == 0 && part.row < device.elementwiseWorkgroup)))
      part.row *= shape[shape.size() - ++part.rowDims];
  }
  part.count = part.row == 0 ? 0 : part.total / part.row;
}

/// The results by their numbers of elements, in the order of the first of each.
static SmallVector<Part> getParts(Emitter &emitter, const DeviceParameters &device) {
  SmallVector<Part> parts;
  for (const StoredResult &result : storedResults(emitter)) {
    int64_t total = cast<RankedTensorType>(result.tensor.getType()).getNumElements();
    int64_t bits = elementBits(emitter, result);
    bool ragged = bits < 8 || (!emitter.isCpu() && bits < 32 && total % kLanes != 0);
    auto *known = llvm::find_if(
        parts, [&](const Part &part) { return part.total == total && part.ragged == ragged; });
    if (known == parts.end()) {
      parts.emplace_back();
      known = &parts.back();
      known->total = total;
      known->ragged = ragged;
      known->domain = getDomain(emitter, result);
    }
    known->width = std::max(known->width, 32 / bits);
    known->results.push_back(result);
  }
  for (Part &part : parts)
    if (emitter.isCpu())
      setRows(emitter, device, part);
    else
      setGroups(emitter, device, part);
  return parts;
}

/// Covers [0, width) with strips of `strip` steps, in a loop, and a shorter one behind them.
static void forEachStrip(Emitter &emitter, int64_t width, int64_t strip,
                         function_ref<void(AffineExpr first, int64_t steps)> emitStrip) {
  int64_t strips = width / strip, rest = width % strip;
  if (strips > 0)
    emitter.emitLoop(strips, {}, [&](AffineExpr number, ValueRange) {
      emitStrip(number * strip, strip);
      return SmallVector<Value>{};
    });
  if (rest > 0)
    emitStrip(emitter.space.constant(width - rest), rest);
}

/// On a CPU: writes one row of a part.
static LogicalResult storeRow(Emitter &emitter, const Part &part, AffineExpr row) {
  IndexSpace &space = emitter.space;
  ArrayRef<int64_t> shape = part.domain.shape;
  LogicalResult status = success();
  auto storeAt = [&](Indices physical) {
    if (failed(storeAll(emitter, part.results, part.domain, physical)))
      status = failure();
  };
  if (!isWindow(emitter) || part.rowDims < 2) {
    forEachVector(emitter, part.row, [&](AffineExpr position) {
      storeAt(space.delinearize(row * part.row + position, shape));
    });
    return status;
  }
  size_t rank = shape.size();
  int64_t width = shape[rank - 2];
  IndexVector at = space.delinearize(row, shape.drop_back(2));
  at.resize(rank);
  auto storeStrip = [&](AffineExpr first, int64_t steps) {
    forEachVector(emitter, shape.back(), [&](AffineExpr position) {
      at[rank - 1] = position;
      for (int64_t step = 0; step < steps; ++step) {
        at[rank - 2] = space.simplify(first + step);
        storeAt(at);
      }
    });
  };
  forEachStrip(emitter, width, part.strip, storeStrip);
  return status;
}

//===----------------------------------------------------------------------===//
// Windows on a CPU
//===----------------------------------------------------------------------===//

/// Bytes of the staged input of a box: about a first-level cache.
static constexpr int64_t kBoxBytes = 49152;

namespace {
/// A window whose input is padded or computed, in boxes: a vector of the innermost dimension by
/// whole lines of the next by some of the one around that.
class WindowBoxes {
public:
  WindowBoxes(Emitter &emitter, const DeviceParameters &device, const Part &part)
      : emitter(emitter), space(emitter.space), device(device), part(part) {}

  /// Whether the part is such a window. Emits nothing.
  bool match();
  int64_t count() const { return product(grid); }
  LogicalResult emit(AffineExpr unit);

private:
  bool findRoot();
  bool setLines(int64_t count);

  Emitter &emitter;
  IndexSpace &space;
  const DeviceParameters &device;
  const Part &part;
  linalg::LinalgOp root;
  OpOperand *data = nullptr;
  std::optional<StagedWindow> window;
  SmallVector<unsigned> loops; // of the root, by physical dimension
  SmallVector<int64_t> grid;   // boxes by physical dimension; the last one counts vectors
  int64_t lines = 1, lanes = 1;
};
} // namespace

bool WindowBoxes::findRoot() {
  for (auto op : emitter.getBody().getOps<linalg::LinalgOp>()) {
    if (op.getNumReductionLoops() == 0 || op->getNumResults() != 1)
      continue;
    root = op;
    break;
  }
  ArrayRef<int64_t> order = part.domain.order;
  if (!root || order.size() < 3)
    return false;
  auto type = cast<RankedTensorType>(root->getResult(0).getType());
  AffineMap map = root.getMatchingIndexingMap(root.getDpsInitOperand(0));
  if (!map.isProjectedPermutation() || type.getRank() != static_cast<int64_t>(order.size()))
    return false;
  for (auto [dim, extent] : llvm::zip_equal(order, part.domain.shape)) {
    if (type.getDimSize(dim) != extent)
      return false;
    loops.push_back(map.getDimPosition(dim));
  }
  for (OpOperand *operand : root.getDpsInputOperands()) {
    if (isa<BlockArgument>(operand->get()) ||
        cast<RankedTensorType>(operand->get().getType()).getElementTypeBitWidth() < 8)
      continue;
    window = StagedWindow::match(root, *operand, loops.back());
    data = operand;
    if (window)
      return true;
  }
  return false;
}

/// Whether the buffer holds what `count` lines read.
bool WindowBoxes::setLines(int64_t count) {
  SmallVector<int64_t> box = root.getStaticLoopRanges();
  auto kinds = root.getIteratorTypesArray();
  for (auto [extent, kind] : llvm::zip_equal(box, kinds))
    extent = kind == utils::IteratorType::parallel ? 1 : extent;
  size_t rank = loops.size();
  box[loops[rank - 1]] = lanes;
  box[loops[rank - 2]] = part.domain.shape[rank - 2];
  box[loops[rank - 3]] = lines = count;
  window->setBox(box);
  return window->bytes() <= kBoxBytes;
}

bool WindowBoxes::match() {
  ArrayRef<int64_t> shape = part.domain.shape;
  if (part.ragged || part.total == 0 || !isWindow(emitter) || !findRoot())
    return false;
  lanes = device.lanes;
  if (shape.back() % lanes != 0 || !setLines(1))
    return false;
  int64_t all = shape[shape.size() - 3], most = 1;
  for (int64_t candidate = 2; candidate <= all; ++candidate)
    if (all % candidate == 0 && setLines(candidate))
      most = candidate;
  setLines(most);
  // An element takes two or three instructions to stage: little next to its taps.
  int64_t taps = 1;
  for (auto [extent, kind] :
       llvm::zip_equal(root.getStaticLoopRanges(), root.getIteratorTypesArray()))
    taps *= kind == utils::IteratorType::reduction ? extent : 1;
  if (8 * window->size() > lines * shape[shape.size() - 2] * lanes * taps)
    return false;
  grid.assign(shape.begin(), shape.end() - 3);
  grid.append({all / lines, 1, shape.back() / lanes});
  return true;
}

LogicalResult WindowBoxes::emit(AffineExpr unit) {
  size_t rank = loops.size();
  IndexVector first = space.delinearize(unit, grid);
  first[rank - 3] = space.simplify(first[rank - 3] * lines);
  first[rank - 2] = space.constant(0);
  first[rank - 1] = space.simplify(first[rank - 1] * lanes);
  IndexVector base(root.getNumLoops(), space.constant(0));
  for (auto [loop, index] : llvm::zip_equal(loops, first))
    base[loop] = index;

  LogicalResult status = success();
  emitter.withLanes(lanes, [&] {
    StackBuffer buffer = window->stage(emitter, base);
    emitter.setStaged(data->get(), buffer.getMemory(), window->begin(space, base),
                      window->getExtents(), window->getStrides());
    int64_t width = part.domain.shape[rank - 2];
    emitter.emitLoop(lines, {}, [&](AffineExpr line, ValueRange) {
      forEachStrip(emitter, width, part.strip, [&](AffineExpr begin, int64_t steps) {
        IndexVector at(first);
        at[rank - 3] = space.simplify(first[rank - 3] + line);
        at[rank - 1] = space.simplify(first[rank - 1] + space.lane());
        for (int64_t step = 0; step < steps; ++step) {
          at[rank - 2] = space.simplify(begin + step);
          if (failed(storeAll(emitter, part.results, part.domain, at)))
            status = failure();
        }
      });
      return SmallVector<Value>{};
    });
    emitter.dropStaged();
  });
  return status;
}

/// Writes what invocation `unit` of a part computes.
static LogicalResult storePart(Emitter &emitter, const Part &part, AffineExpr unit) {
  IndexSpace &space = emitter.space;
  ArrayRef<int64_t> shape = part.domain.shape;
  if (part.ragged)
    return storeRagged(emitter, part.results, unit, part.width);
  if (emitter.isCpu())
    return storeRow(emitter, part, unit);
  if (part.strip == 1) {
    AffineExpr linear = part.vector ? unit * kLanes + space.lane() : unit;
    return storeAll(emitter, part.results, part.domain, space.delinearize(linear, shape));
  }
  size_t rank = shape.size();
  SmallVector<int64_t> grid(shape);
  grid[rank - 2] /= part.strip;
  grid[rank - 1] /= kLanes;
  IndexVector at = space.delinearize(unit, grid);
  AffineExpr row = at[rank - 2];
  at[rank - 1] = at[rank - 1] * kLanes + space.lane();
  for (int64_t step = 0; step < part.strip; ++step) {
    at[rank - 2] = row * part.strip + step;
    if (failed(storeAll(emitter, part.results, part.domain, at)))
      return failure();
  }
  return success();
}

LogicalResult codegen::emitElementwise(Emitter &emitter, const DeviceParameters &device,
                                       KernelShape &shape) {
  SmallVector<Part> parts = getParts(emitter, device);
  IndexSpace &space = emitter.space;
  std::optional<WindowBoxes> boxes;
  if (emitter.isCpu() && parts.size() == 1) {
    boxes.emplace(emitter, device, parts.front());
    if (!boxes->match())
      boxes.reset();
    else
      parts.front().count = boxes->count();
  }
  int64_t most = 1; // a kernel of empty results is one invocation that does nothing
  for (const Part &part : parts)
    most = std::max(most, part.count);
  int64_t size = emitter.isCpu()
                     ? 1
                     : std::min<int64_t>(device.elementwiseWorkgroup, llvm::PowerOf2Ceil(most));
  AffineExpr group = workgroupNumber(emitter, shape, llvm::divideCeil(most, size));
  AffineExpr number = space.simplify(group * size + invocationNumber(emitter, shape, size));

  LogicalResult status = success();
  for (const Part &part : parts) {
    if (part.total == 0)
      continue;
    emitter.emitIf(emitter.lessThan(number, part.count), [&] {
      AffineExpr unit = space.range(number).high < part.count
                            ? number
                            : space.add(emitter.materialize(number), part.count);
      if (failed(boxes ? boxes->emit(unit) : storePart(emitter, part, unit)))
        status = failure();
    });
  }
  return success(succeeded(status) && !emitter.hasFailed());
}
